import CMartlet
import Glibc
import MartletIR
import MartletRuntime

/// Reads a table of plain numbers (`numpy.loadtxt`). What is anything else gives nil: then NumPy
/// reads it, or says what is wrong with it.
struct NumberTextReader {
  /// What divides the fields; nil for spaces and tabs.
  var delimiter: UInt8?
  /// What begins a comment.
  var comment: UInt8?
  var skippedLines = 0
  var mostRows: Int?
  /// The columns that are wanted, in their order; nil for all.
  var columns: [Int]?

  /// Rows one after another, of `width` numbers each.
  struct Table<Number: Sendable>: Sendable {
    var numbers: [Number] = []
    var width = 0
    var rows = 0
  }

  /// Lines are shared among threads in parts of so many bytes.
  private static let part = 1 << 20

  func read<Number: TextNumber>(
    _ bytes: UnsafeRawBufferPointer, as type: Number.Type
  ) throws(MartletError) -> [Table<Number>]? {
    // Other bytes are letters of some encoding.
    guard bytes.allSatisfy({ $0 < 0x80 && $0 != 0 }) else { return nil }
    var start = 0
    for _ in 0..<skippedLines where start < bytes.count { start = Self.nextLine(bytes, start) }
    var bounds = [start]
    if mostRows == nil {
      while let last = bounds.last, bytes.count - last > 2 * Self.part {
        bounds.append(Self.nextLine(bytes, last + Self.part))
      }
    }
    bounds.append(bytes.count)
    let ends = bounds
    let count = ends.count - 1
    let tables = UnsafeMutablePointer<Table<Number>?>.allocate(capacity: count)
    tables.initialize(repeating: nil, count: count)
    defer {
      tables.deinitialize(count: count)
      tables.deallocate()
    }
    // Nobody writes to the text meanwhile, and each task has a table of its own.
    nonisolated(unsafe) let (text, made) = (bytes, tables)
    Workers.shared.parallel(count: count, grain: 1, mayBeLeft: true) { first, last in
      for i in first..<last {
        made[i] = self.table(text, ends[i]..<ends[i + 1])
      }
    }
    try StoppableWork.check()
    var found: [Table<Number>] = []
    for i in 0..<count {
      guard let table = tables[i] else { return nil }
      if table.rows > 0 { found.append(table) }
    }
    guard let width = found.first?.width, found.allSatisfy({ $0.width == width }) else {
      return nil
    }
    return found
  }

  /// Where the line after the one at `place` begins.
  private static func nextLine(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int {
    var place = place
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte == 0x0a { return place }
      if byte == 0x0d {
        return place < bytes.count && bytes[place] == 0x0a ? place + 1 : place
      }
    }
    return place
  }

  private func table<Number: TextNumber>(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) -> Table<Number>? {
    var table = Table<Number>()
    var row: [Number] = []
    var fields = -1
    var line = range.lowerBound
    while line < range.upperBound, table.rows < mostRows ?? .max {
      let next = Self.nextLine(bytes, line)
      var end = next
      while end > line, bytes[end - 1] == 0x0a || bytes[end - 1] == 0x0d { end -= 1 }
      if let comment, let sign = (line..<end).first(where: { bytes[$0] == comment }) { end = sign }
      guard let isRow = read(bytes, line..<end, into: &row) else { return nil }
      line = next
      if !isRow { continue }
      if fields < 0 { fields = row.count }
      if let columns {
        for column in columns {
          let place = column < 0 ? column + row.count : column
          guard row.indices.contains(place) else { return nil }
          table.numbers.append(row[place])
        }
        table.width = columns.count
      } else {
        guard row.count == fields else { return nil }
        table.numbers += row
        table.width = fields
      }
      table.rows += 1
    }
    return table
  }

  /// The fields of a line; false where it has none, nil where one is no plain number.
  private func read<Number: TextNumber>(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, into row: inout [Number]
  ) -> Bool? {
    row.removeAll(keepingCapacity: true)
    var place = range.lowerBound
    if let delimiter {
      if range.isEmpty { return false }
      while true {
        var end = place
        while end < range.upperBound, bytes[end] != delimiter { end += 1 }
        var (first, last) = (place, end)
        while first < last, Self.isSpace(bytes[first]) { first += 1 }
        while first < last, Self.isSpace(bytes[last - 1]) { last -= 1 }
        guard let number = Number(bytes, first..<last) else { return nil }
        row.append(number)
        if end == range.upperBound { return true }
        place = end + 1
      }
    }
    while true {
      while place < range.upperBound, Self.isSpace(bytes[place]) { place += 1 }
      if place == range.upperBound { return !row.isEmpty }
      let first = place
      while place < range.upperBound, !Self.isSpace(bytes[place]) { place += 1 }
      guard let number = Number(bytes, first..<place) else { return nil }
      row.append(number)
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

/// A number as a text file has it.
protocol TextNumber: ArrayElement {
  /// Nil where the bytes are no plain number of this type.
  init?(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>)
}

extension Int64: TextNumber {
  init?(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    var place = range.lowerBound
    var isNegative = false
    if place < range.upperBound, bytes[place] == 0x2d || bytes[place] == 0x2b {
      isNegative = bytes[place] == 0x2d
      place += 1
    }
    guard place < range.upperBound, range.upperBound - place <= 18 else { return nil }
    var value: Int64 = 0
    while place < range.upperBound {
      let digit = bytes[place] &- 0x30
      guard digit <= 9 else { return nil }
      value = value &* 10 &+ Int64(digit)
      place += 1
    }
    self = isNegative ? -value : value
  }
}

extension Double: TextNumber {
  /// Powers of ten that are exact.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  init?(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    var place = range.lowerBound
    let end = range.upperBound
    var isNegative = false
    if place < end, bytes[place] == 0x2d || bytes[place] == 0x2b {
      isNegative = bytes[place] == 0x2d
      place += 1
    }
    var (mantissa, digits, scale): (UInt64, Int, Int) = (0, 0, 0)
    var (isFraction, isAny) = (false, false)
    while place < end {
      let byte = bytes[place]
      let digit = byte &- 0x30
      if digit <= 9 {
        isAny = true
        if mantissa > 0 || digit > 0 { digits += 1 }
        if digits <= 19 { mantissa = mantissa &* 10 &+ UInt64(digit) }
        if isFraction { scale -= 1 }
      } else if byte == 0x2e, !isFraction {
        isFraction = true
      } else {
        break
      }
      place += 1
    }
    guard isAny else {
      self.init(word: bytes, range.lowerBound..<end)
      return
    }
    if place < end {
      guard bytes[place] | 0x20 == 0x65 else { return nil }
      place += 1
      guard let exponent = Int64(bytes, place..<end), abs(exponent) < 10_000 else { return nil }
      scale += Int(exponent)
    }
    // Two exact numbers, rounded once (Clinger 1990).
    if digits <= 19, mantissa <= 1 << 53, abs(scale) <= 22 {
      let whole = Double(mantissa)
      let value = scale < 0 ? whole / Self.powers[-scale] : whole * Self.powers[scale]
      self = isNegative ? -value : value
      return
    }
    guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    var value = 0.0
    guard martlet_parse_number(start + range.lowerBound, Int64(range.count), &value) else {
      return nil
    }
    self = value
  }

  /// `nan`, `inf` and `infinity`, in letters of both sizes, with a sign.
  private init?(word bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    var word = range
    var isNegative = false
    if let first = word.first, bytes[first] == 0x2d || bytes[first] == 0x2b {
      isNegative = bytes[first] == 0x2d
      word = (first + 1)..<range.upperBound
    }
    switch String(decoding: word.map { bytes[$0] | 0x20 }, as: UTF8.self) {
    case "nan": self = isNegative ? -Double.nan : .nan
    case "inf", "infinity": self = isNegative ? -Double.infinity : .infinity
    default: return nil
    }
  }
}
