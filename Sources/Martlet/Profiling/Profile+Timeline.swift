import MartletRuntime

extension Profile {
  /// The events over time as a picture in SVG: a row for each device and thread, what ran inside of
  /// something else below it.
  package func timeline() -> String {
    typealias Row = (device: Int32, thread: Int32)
    // The longest, so that a browser can still draw it.
    let most = 2000
    let drawn = recording.events.sorted { $1.duration < $0.duration }.prefix(most)
      .sorted { ($0.start, $1.duration) < ($1.start, $0.duration) }
    var rows: [Row] = []
    for event in drawn where !rows.contains(where: { $0 == (event.key.device, event.thread) }) {
      rows.append((event.key.device, event.thread))
    }
    let (width, left, right, bar, top) = (1200.0, 130.0, 20.0, 20.0, 70.0)
    let total = max(Double(recording.duration), 1)
    let scale = (width - left - right) / total
    var bars: [String] = []
    var y = top
    var labels: [String] = []
    for row in rows {
      var open: [UInt64] = []
      var depth = 0
      for event in drawn where row == (event.key.device, event.thread) {
        while let end = open.last, end <= event.start { open.removeLast() }
        bars.append(
          rectangle(
            event, x: left + Double(event.start) * scale, y: y + Double(open.count) * (bar + 2),
            width: max(Double(event.duration) * scale, 0.5), height: bar))
        open.append(event.start + event.duration)
        depth = max(depth, open.count)
      }
      let name = "\(recording.names[Int(row.device)]), thread \(row.thread)"
      labels.append(Self.text(name, x: 10, y: y + 15))
      y += Double(max(depth, 1)) * (bar + 2) + 14
    }
    let height = y + 30
    var ticks: [String] = []
    for i in 0...10 {
      let x = left + (width - left - right) * Double(i) / 10
      ticks.append(
        #"<line x1="\#(Self.number(x))" y1="\#(top - 8)" x2="\#(Self.number(x))" "#
          + #"y2="\#(Self.number(y))" stroke="lightgray"/>"#)
      ticks.append(
        Self.text(
          ProfileText.time(total / 1e9 * Double(i) / 10), x: x, y: y + 14, anchor: "middle"))
    }
    var legend: [String] = []
    var x = left
    for kind in Profiler.Kind.allCases where kind != .direct {
      legend.append(
        #"<rect x="\#(Self.number(x))" y="38" width="12" height="12" fill="\#(Self.colour(kind))"/>"#
      )
      let name = Entry.Kind(kind).rawValue
      legend.append(Self.text(name, x: x + 16, y: 48))
      x += 32 + 7 * Double(name.count)
    }
    let missing = recording.events.count - drawn.count + unlisted
    var title =
      "\(ProfileText.time(seconds)), of which \(ProfileText.time(secondsInMartlet)) in Martlet"
    if missing > 0 { title += "; the longest \(drawn.count) events, \(missing) are not drawn" }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(width))" height="\(Int(height))" \
      viewBox="0 0 \(Int(width)) \(Int(height))" font-family="sans-serif" font-size="11">
      <rect width="100%" height="100%" fill="white"/>
      \(Self.text(title, x: 10, y: 22, size: 14))
      \((legend + ticks + labels + bars).joined(separator: "\n"))
      </svg>

      """
  }

  private func rectangle(
    _ event: Profiler.Event, x: Double, y: Double, width: Double, height: Double
  ) -> String {
    let name = recording.names[Int(event.key.name)]
    let place = recording.places[Int(event.key.place)]
    var title = "\(Entry.Kind(event.key.kind).rawValue) \(name), "
    title += ProfileText.time(Double(event.duration) / 1e9)
    if event.bytes > 0 { title += ", \(ProfileText.bytes(event.bytes))" }
    if !place.file.isEmpty { title += ", \(place.file):\(place.line)" }
    if event.key.note != 0 { title += ", \(recording.names[Int(event.key.note)])" }
    var text =
      #"<g><title>\#(Self.escaped(title))</title><rect x="\#(Self.number(x))" y="\#(Self.number(y))" "#
      + #"width="\#(Self.number(width))" height="\#(Int(height))" rx="2" "#
      + #"fill="\#(Self.colour(event.key.kind))"/>"#
    let room = Int((width - 6) / 6)
    if room >= 4 {
      text += Self.text(ProfileText.cut(name, room), x: x + 3, y: y + 14, fill: "white")
    }
    return text + "</g>"
  }

  /// Colours that people who see no red or green can tell apart.
  private static func colour(_ kind: Profiler.Kind) -> String {
    switch kind {
    case .call: "#7f7f7f"
    case .launch, .direct: "#0072b2"
    case .library: "#009e73"
    case .compile: "#b8860b"
    case .transfer: "#cc79a7"
    case .copy: "#8a5fbf"
    case .fallback: "#d55e00"
    case .section: "#444444"
    }
  }

  private static func text(
    _ text: String, x: Double, y: Double, size: Int = 11, anchor: String = "start",
    fill: String = "#222"
  ) -> String {
    #"<text x="\#(number(x))" y="\#(number(y))" font-size="\#(size)" text-anchor="\#(anchor)" "#
      + #"fill="\#(fill)">\#(escaped(text))</text>"#
  }

  private static func number(_ value: Double) -> String { ProfileText.decimal(max(value, 0), 2) }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
