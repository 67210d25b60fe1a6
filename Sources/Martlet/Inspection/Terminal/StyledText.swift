/// How a piece of text looks in a terminal.
struct TextStyle: Equatable {
  /// Of the 256 colours.
  var foreground: UInt8?
  var background: UInt8?
  var isBold = false
  var isReversed = false

  static let plain = TextStyle()
  static let faint = TextStyle(foreground: 244)
  static let bold = TextStyle(isBold: true)
  static let reversed = TextStyle(isReversed: true)

  static func of(_ kind: InspectionNode.Kind) -> TextStyle {
    switch kind {
    case .array: TextStyle(foreground: 39, isBold: true)
    case .data: TextStyle(foreground: 114)
    case .function: TextStyle(foreground: 215)
    case .type: TextStyle(foreground: 176)
    case .object: .plain
    case .fact: TextStyle(foreground: 250)
    case .failure: TextStyle(foreground: 203)
    }
  }

  /// The sequence that begins it. Bold and reversed are no colours, so `NO_COLOR` leaves them.
  func sequence(hasColours: Bool) -> String {
    var codes: [String] = []
    if isBold { codes.append("1") }
    if isReversed { codes.append("7") }
    if hasColours, let foreground { codes.append("38;5;\(foreground)") }
    if hasColours, let background { codes.append("48;5;\(background)") }
    return codes.isEmpty ? "" : "\u{1b}[\(codes.joined(separator: ";"))m"
  }
}

/// A line of a screen.
struct StyledText: Equatable {
  struct Span: Equatable {
    var text: String
    var style: TextStyle
  }

  private(set) var spans: [Span] = []

  init() {}
  init(_ text: String, _ style: TextStyle = .plain) { append(text, style) }

  mutating func append(_ text: String, _ style: TextStyle = .plain) {
    if text.isEmpty { return }
    if spans.last?.style == style {
      spans[spans.count - 1].text += text
    } else {
      spans.append(Span(text: text, style: style))
    }
  }

  var plain: String { spans.map(\.text).joined() }

  /// For a terminal: no wider than `columns`, and ASCII alone where it has no more.
  func sequence(columns: Int, hasColours: Bool, hasUnicode: Bool, isReversed: Bool) -> String {
    var result = ""
    var left = columns
    for span in spans where left > 0 {
      var style = span.style
      if isReversed { style.isReversed = true }
      let begin = style.sequence(hasColours: hasColours)
      result += begin
      for character in span.text.unicodeScalars {
        let shown = hasUnicode || character.isASCII ? character : "?"
        let width = CharacterWidth.of(shown)
        if width > left { left = 0 }
        if left == 0, width > 0 { break }
        result.unicodeScalars.append(shown)
        left -= width
      }
      if !begin.isEmpty { result += "\u{1b}[0m" }
    }
    if isReversed, left > 0 {
      result += "\u{1b}[7m" + String(repeating: " ", count: left) + "\u{1b}[0m"
    }
    return result
  }
}

/// How many columns of a terminal characters take (Unicode's East Asian Width, in short).
enum CharacterWidth {
  static func of(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x300...0x36f, 0x200b...0x200d, 0xfe00...0xfe0f: 0
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      2
    default: 1
    }
  }
}

/// The characters that pictures are drawn with.
struct PictureGlyphs {
  /// Bars of growing height, from none.
  var bars: [String]
  /// Growing cover of a part of a buffer, from none.
  var cover: [String]
  /// Growing values, where there is no colour.
  var ramp: [String]
  var notANumber: String
  /// Two cells of a heat-map in one character: the upper in the foreground's colour.
  var halfBlock: String?

  static let ascii = PictureGlyphs(
    bars: [" ", "#"], cover: [".", "-", "+", "#"],
    ramp: [".", ":", "-", "=", "+", "*", "#", "%", "@"], notANumber: "?", halfBlock: nil)
  static let unicode = PictureGlyphs(
    bars: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], cover: ["·", "░", "▒", "▓", "█"],
    ramp: [".", ":", "-", "=", "+", "*", "#", "%", "@"], notANumber: "?", halfBlock: nil)
  static let coloured = PictureGlyphs(
    bars: unicode.bars, cover: unicode.cover, ramp: unicode.ramp, notANumber: "?", halfBlock: "▀")
}

/// Views as lines of text.
enum PictureText {
  /// Dark blue to light yellow, in steps that look alike.
  private static let colours: [UInt8] = [
    17, 18, 19, 25, 31, 37, 36, 42, 41, 77, 113, 149, 185, 221, 227, 229,
  ]

  static func lines(
    _ content: InspectionView.Content, rows: Int, columns: Int, glyphs: PictureGlyphs
  ) -> [StyledText] {
    switch content {
    case .text(let lines): lines.map { StyledText(InspectionText.line($0)) }
    case .histogram(let histogram): bars(histogram, rows, columns, glyphs)
    case .heatMap(let map): cells(map, glyphs)
    case .strips(let strips, let note): covers(strips, note, rows, glyphs)
    }
  }

  /// How many rows of cells a heat-map of so many lines may have.
  static func cellRows(_ lines: Int, _ glyphs: PictureGlyphs) -> Int {
    max((lines - 1) * (glyphs.halfBlock == nil ? 1 : 2), 1)
  }

  private static func bars(
    _ histogram: InspectionView.Histogram, _ rows: Int, _ columns: Int, _ glyphs: PictureGlyphs
  ) -> [StyledText] {
    let height = max(min(rows - 2, 8), 1)
    let most = max(histogram.counts.max() ?? 1, 1)
    let width = max(min(columns / max(histogram.counts.count, 1), 8), 1)
    let levels = glyphs.bars.count - 1
    var lines: [StyledText] = []
    for row in (0..<height).reversed() {
      var text = ""
      for count in histogram.counts {
        // What is there shows, however little.
        let whole = Double(count) / Double(most) * Double(height * levels)
        let level = count > 0 ? max(Int(whole.rounded()), 1) : 0
        let here = min(max(level - row * levels, 0), levels)
        text += String(repeating: glyphs.bars[here], count: width)
      }
      lines.append(StyledText(text, TextStyle(foreground: 39)))
    }
    let low = InspectionText.short(histogram.low)
    let high = InspectionText.short(histogram.high)
    let gap = max(histogram.counts.count * width - low.count - high.count, 2)
    lines.append(StyledText(low + String(repeating: " ", count: gap) + high))
    lines.append(
      StyledText("highest bar \(InspectionText.count(most)); \(histogram.note)", .faint))
    return lines
  }

  private static func cells(_ map: InspectionView.HeatMap, _ glyphs: PictureGlyphs) -> [StyledText]
  {
    // By halves, since the whole range may be more than a number can be.
    let span = map.high / 2 - map.low / 2
    func level(_ value: Double, of count: Int) -> Int? {
      if value.isNaN { return nil }
      let share = span > 0 ? (value / 2 - map.low / 2) / span : 0.5
      return min(max(Int(share * Double(count)), 0), count - 1)
    }
    var lines: [StyledText] = []
    if let half = glyphs.halfBlock {
      for row in stride(from: 0, to: map.cells.count, by: 2) {
        var line = StyledText()
        for column in map.cells[row].indices {
          let upper = level(map.cells[row][column], of: colours.count)
          var style = TextStyle(foreground: upper.map { colours[$0] } ?? 240)
          if row + 1 < map.cells.count {
            let lower = level(map.cells[row + 1][column], of: colours.count)
            style.background = lower.map { colours[$0] } ?? 240
          }
          line.append(half, style)
        }
        lines.append(line)
      }
    } else {
      for row in map.cells {
        lines.append(
          StyledText(
            row.map {
              level($0, of: glyphs.ramp.count).map { glyphs.ramp[$0] } ?? glyphs.notANumber
            }
            .joined()))
      }
    }
    let scale =
      map.low.isNaN
      ? "no number" : "\(InspectionText.short(map.low)) … \(InspectionText.short(map.high))"
    lines.append(StyledText("\(scale)  \(map.note)", .faint))
    return lines
  }

  private static func covers(
    _ strips: [InspectionView.Strip], _ note: String, _ rows: Int, _ glyphs: PictureGlyphs
  ) -> [StyledText] {
    var lines = strips.prefix(max(rows - 1, 1)).map { strip in
      var line = StyledText(String(InspectionText.line(strip.label).prefix(15)))
      line.append(String(repeating: " ", count: max(17 - line.plain.count, 1)))
      let marks = strip.cover.map { cover -> String in
        if cover <= 0 { return glyphs.cover[0] }
        let levels = glyphs.cover.count - 1
        return glyphs.cover[min(max(Int((cover * Double(levels)).rounded()), 1), levels)]
      }
      line.append(marks.joined(), TextStyle(foreground: 39))
      return line
    }
    lines.append(StyledText(note, .faint))
    return lines
  }
}
