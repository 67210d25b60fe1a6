/// A key of a terminal.
enum Key: Equatable {
  case up, down, left, right, pageUp, pageDown, home, end
  case enter, escape, backspace, tab
  /// Ctrl-C, or Ctrl-D.
  case stop
  case character(Character)
}

/// Keys from the bytes that a terminal sends (ECMA-48, and xterm's names).
struct KeyReader {
  private var waiting: [UInt8] = []

  /// - Parameter bytes: what came; none when nothing came for a moment, which ends a lone Escape.
  mutating func keys(_ bytes: [UInt8]) -> [Key] {
    var keys: [Key] = []
    if bytes.isEmpty, !waiting.isEmpty {
      // A sequence that never ended.
      if waiting == [27] { keys.append(.escape) }
      waiting = []
      return keys
    }
    waiting += bytes
    while let (key, length) = next() {
      waiting.removeFirst(length)
      if let key { keys.append(key) }
    }
    return keys
  }

  /// The first key and its length; nil where its end has not come yet.
  private func next() -> (Key?, Int)? {
    guard let first = waiting.first else { return nil }
    switch first {
    case 13, 10: return (.enter, 1)
    case 3, 4: return (.stop, 1)
    case 8, 127: return (.backspace, 1)
    case 9: return (.tab, 1)
    case 27: return sequence()
    case 32..<127: return (.character(Character(Unicode.Scalar(first))), 1)
    case 0xc2..<0xf5:
      let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
      guard waiting.count >= length else { return nil }
      let text = String(decoding: waiting[..<length], as: UTF8.self)
      return (text.first.map { .character($0) }, length)
    default: return (nil, 1)
    }
  }

  private func sequence() -> (Key?, Int)? {
    guard waiting.count >= 2 else { return nil }
    if waiting[1] == 27 { return (.escape, 1) }
    guard waiting[1] == UInt8(ascii: "[") || waiting[1] == UInt8(ascii: "O") else {
      // Alt and a key: the key alone.
      return (nil, 1)
    }
    var end = 2
    while end < waiting.count, !(0x40...0x7e).contains(waiting[end]) { end += 1 }
    guard end < waiting.count else { return nil }
    let numbers = String(decoding: waiting[2..<end], as: UTF8.self)
    let key: Key? =
      switch waiting[end] {
      case UInt8(ascii: "A"): .up
      case UInt8(ascii: "B"): .down
      case UInt8(ascii: "C"): .right
      case UInt8(ascii: "D"): .left
      case UInt8(ascii: "H"): .home
      case UInt8(ascii: "F"): .end
      case UInt8(ascii: "M"): .enter
      case UInt8(ascii: "~"):
        switch numbers {
        case "1", "7": .home
        case "4", "8": .end
        case "5": .pageUp
        case "6": .pageDown
        default: nil
        }
      default: nil
      }
    return (key, end + 1)
  }
}
