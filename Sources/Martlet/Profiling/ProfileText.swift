import MartletIR

/// Numbers as a reader of a profile wants them.
enum ProfileText {
  /// Three digits and a unit: `812 ms`, `1.23 s`.
  static func time(_ seconds: Double) -> String {
    let (value, unit) =
      seconds >= 0.9995
      ? (seconds, "s") : seconds >= 0.9995e-3 ? (seconds * 1e3, "ms") : (seconds * 1e6, "µs")
    return "\(digits(value)) \(unit)"
  }

  static func bytes(_ count: Int) -> String {
    let value = Double(count)
    if value >= 1e9 { return "\(digits(value / 1e9)) GB" }
    if value >= 1e6 { return "\(digits(value / 1e6)) MB" }
    return value >= 1e3 ? "\(digits(value / 1e3)) kB" : "\(count) bytes"
  }

  static func percent(_ share: Double) -> String {
    share.isFinite ? "\(Int((share * 100).rounded())) %" : "–"
  }

  /// At least three digits of a number that is not negative.
  static func digits(_ value: Double) -> String {
    guard value.isFinite, value < 1e15 else { return "\(value)" }
    let places = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    return decimal(value, places)
  }

  static func decimal(_ value: Double, _ places: Int) -> String {
    let scale = places == 0 ? 1.0 : places == 1 ? 10 : 100
    let whole = Int((value * scale).rounded())
    if places == 0 { return "\(whole)" }
    let rest = "\(whole % Int(scale))"
    return "\(whole / Int(scale))." + String(repeating: "0", count: places - rest.count) + rest
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// The beginning of a text that is too long, with a sign that it was.
  static func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
  }
}

extension Profile: CustomStringConvertible {
  /// The costliest lines as a table.
  public var description: String { table() }

  /// The costliest lines as a table, with what each did below it.
  ///
  /// `of peak` is the share of what this machine can do at most: of the bandwidth of the cache that a
  /// launch's operands fit into, or of the rate of its matrix products, whichever is the larger. That is
  /// measured the first time, which takes about a second, and kept in the cache folder.
  ///
  /// - Parameters:
  ///   - limit: how many lines.
  ///   - details: how many entries below each line.
  public func table(limit: Int = 20, details: Int = 3) -> String {
    let total = secondsInMartlet
    var text = [
      "martlet profile: \(ProfileText.time(seconds)), of which \(ProfileText.time(total)) in Martlet"
    ]
    guard !lines.isEmpty else { return text[0] }
    let limits = MachineLimits.here
    text.append("     time  share   calls     GB/s   of peak  what")
    for line in lines.prefix(limit) {
      text.append(row(line.seconds, total, line.entries, limits, line.place))
      for entry in line.entries.prefix(details) where entry.seconds > 0 || entry.kind == .fallback {
        var what = "\(entry.kind.rawValue) \(entry.name)"
        if entry.device != "cpu" { what += " on \(entry.device)" }
        if !entry.note.isEmpty { what += ": \(entry.note)" }
        text.append(row(entry.seconds, total, [entry], limits, "  " + what))
      }
      let rest = line.entries.dropFirst(details)
      if !rest.isEmpty {
        text.append(
          row(
            rest.reduce(0) { $0 + $1.seconds }, total, Array(rest), limits,
            "  \(rest.count) more"))
      }
    }
    if lines.count > limit { text.append("  \(lines.count - limit) more lines") }
    if lost > 0 { text.append("  \(lost) events of more kinds than are told apart are missing") }
    return text.joined(separator: "\n")
  }

  private func row(
    _ seconds: Double, _ total: Double, _ entries: [Entry], _ limits: MachineLimits?, _ what: String
  ) -> String {
    let bytes = entries.reduce(0) { $0 + $1.bytes }
    let moving = entries.filter { $0.bytes > 0 }.reduce(0) { $0 + $1.seconds }
    let speed = bytes > 0 && moving > 0 ? ProfileText.digits(Double(bytes) / moving / 1e9) : ""
    var peak = ""
    if entries.count == 1, let share = limits?.share(of: entries[0]) {
      peak = ProfileText.percent(share)
    }
    let count = entries.reduce(0) { $0 + $1.count }
    return ProfileText.right(ProfileText.time(seconds), 9)
      + ProfileText.right(total > 0 ? ProfileText.percent(seconds / total) : "", 7)
      + ProfileText.right("\(count)", 8) + ProfileText.right(speed, 9)
      + ProfileText.right(peak, 10) + "  " + what
  }
}
