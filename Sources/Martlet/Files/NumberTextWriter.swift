import CMartlet
import MartletIR
import MartletRuntime

/// Writes numbers as text, in rows (`numpy.savetxt`).
struct NumberTextWriter {
  /// C's format for a number, such as `%.18e`, or `%lld` for integers.
  let format: String
  private let isInteger: Bool
  /// What stands between the numbers of a row, and after it.
  let delimiter: [UInt8]
  let newline: [UInt8]

  private static let mostWidth = 400

  /// Nil for formats that are not one width, one precision and one of `e f g E F G d i`.
  init?(format: String, delimiter: [UInt8], newline: [UInt8]) {
    var rest = format.utf8.dropFirst()
    guard format.utf8.first == UInt8(ascii: "%"), rest.first != UInt8(ascii: "0"),
      let kind = rest.popLast().map({ Unicode.Scalar($0) }),
      "efgEFGdi".unicodeScalars.contains(kind)
    else { return nil }
    let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, kind != "d" && kind != "i" || parts.count == 1 else { return nil }
    for part in parts {
      guard part.count <= 3, part.allSatisfy({ (0x30...0x39).contains($0) }),
        (Int(String(decoding: part, as: UTF8.self)) ?? 0) < 60
      else { return nil }
    }
    if parts.count == 2, parts[1].isEmpty { return nil }
    isInteger = kind == "d" || kind == "i"
    self.format = format
    self.delimiter = delimiter
    self.newline = newline
  }

  /// The text of a table of `width` columns; nil for numbers that C writes otherwise than Python.
  func text(_ numbers: [Double], width: Int) -> [UInt8]? {
    guard width > 0, !isInteger else { return nil }
    let isLarge = format.utf8.last.map { (0x41...0x5a).contains($0) } ?? false
    return rows(numbers.count, width) { i, room, text in
      let number = numbers[i]
      // Python knows no sign of a NaN.
      if number.isNaN {
        if isLarge { return nil }
        return Int(martlet_format_number(room, Int64(Self.mostWidth), text, Double.nan.magnitude))
      }
      return Int(martlet_format_number(room, Int64(Self.mostWidth), text, number))
    }
  }

  /// Likewise for integers.
  func text(_ numbers: [Int64], width: Int) -> [UInt8]? {
    guard isInteger, width > 0 else { return text(numbers.map(Double.init), width: width) }
    let least = Int(format.dropFirst().dropLast()) ?? 0
    return rows(numbers.count, width) { i, room, _ in
      let digits = Array(String(numbers[i]).utf8)
      let padding = max(least - digits.count, 0)
      for k in 0..<padding { room[k] = 0x20 }
      for (k, digit) in digits.enumerated() { room[padding + k] = digit }
      return padding + digits.count
    }
  }

  /// Writes `count` numbers, each by `write`, which gives how many bytes it has.
  private func rows(
    _ count: Int, _ width: Int,
    _ write: (Int, UnsafeMutablePointer<UInt8>, UnsafePointer<CChar>) -> Int?
  ) -> [UInt8]? {
    var text: [UInt8] = []
    text.reserveCapacity(count * 26)
    return format.withCString { format in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.mostWidth) { room -> [UInt8]? in
        guard let start = room.baseAddress else { return nil }
        for i in 0..<count {
          guard let length = write(i, start, format), length < Self.mostWidth else { return nil }
          text.append(contentsOf: room[..<length])
          text += i % width == width - 1 ? newline : delimiter
        }
        return text
      }
    }
  }
}
