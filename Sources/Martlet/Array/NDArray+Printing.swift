import MartletIR
import MartletRuntime

extension NDArray: CustomStringConvertible, CustomDebugStringConvertible {
  /// The elements as NumPy's `str` writes them: `[[1. 2.]` …; the middle of large arrays is left
  /// out.
  public var description: String {
    do throws(MartletError) { return try text() } catch { return "NDArray(\(error))" }
  }

  /// The array as NumPy's `repr` writes it: `array([1, 2], dtype=int32)`.
  public var debugDescription: String {
    do throws(MartletError) { return try representation() } catch { return "NDArray(\(error))" }
  }

  /// As `description`.
  ///
  /// - Throws: What evaluating the array throws.
  package func text() throws(MartletError) -> String {
    if rank == 0 { return ElementFormat.text(try item()) }
    return try ArrayText(self, separator: " ", prefix: "", suffix: "").whole()
  }

  /// As `debugDescription`.
  ///
  /// - Throws: What evaluating the array throws.
  package func representation() throws(MartletError) -> String {
    let prefix = "array("
    var result = prefix
    result += try ArrayText(self, separator: ", ", prefix: prefix, suffix: ")").whole()
    var extras: [String] = []
    if (count == 0 && shape != [0]) || count > ArrayText.threshold {
      extras.append("shape=\(shape)")
    }
    let isImplied = [.bool, .int64, .float64, .complex128].contains(dtype)
    if !isImplied || count == 0 { extras.append("dtype=\(dtype.name)") }
    if extras.isEmpty { return result + ")" }
    result += ","
    let ending = extras.joined(separator: ", ") + ")"
    let lastLine = result.utf8.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
    let fits = lastLine + ending.utf8.count + 1 <= ArrayText.lineWidth
    return result + (fits ? " " : "\n" + String(repeating: " ", count: prefix.utf8.count)) + ending
  }
}

/// The elements of an array in brackets, in lines.
private struct ArrayText {
  /// Arrays of more elements are shortened to so many at each end of an axis.
  static let threshold = 1000
  static let edge = 3
  static let lineWidth = 75

  private let memory: UnsafeRawPointer
  private let array: NDArray
  private let separator: String
  private let indent: String
  private let width: Int
  private let isShortened: Bool

  init(
    _ array: NDArray, separator: String, prefix: String, suffix: String
  ) throws(MartletError) {
    self.array = try array.readable()
    memory = UnsafeRawPointer(try self.array.untraced.storage.evaluated())
    self.separator = separator
    indent = " " + String(repeating: " ", count: prefix.utf8.count)
    width = Self.lineWidth - suffix.utf8.count
    isShortened = array.count > Self.threshold
  }

  func whole() -> String {
    if array.count == 0 { return "[]" }
    defer { withExtendedLifetime(array) {} }
    var shown: [Scalar] = []
    collect(array.layout, into: &shown)
    let format = ElementFormat(shown, array.dtype, isScalar: array.rank == 0)
    return text(array.layout, format, indent: indent, width: width)
  }

  /// The positions shown along an axis; -1 stands for those left out.
  private func positions(_ size: Int) -> [Int] {
    guard isShortened, size > 2 * Self.edge else { return Array(0..<size) }
    return Array(0..<Self.edge) + [-1] + Array((size - Self.edge)..<size)
  }

  private func element(_ layout: Layout) -> Scalar {
    Scalar(reading: memory + layout.offset * array.dtype.itemSize, array.dtype)
  }

  private func collect(_ layout: Layout, into shown: inout [Scalar]) {
    if layout.rank == 0 { return shown.append(element(layout)) }
    for position in positions(layout.shape[0]) where position >= 0 {
      collect(layout.indexed(axis: 0, at: position), into: &shown)
    }
  }

  private func text(
    _ layout: Layout, _ format: ElementFormat, indent: String, width: Int
  ) -> String {
    if layout.rank == 0 { return format(element(layout)) }
    let parts = positions(layout.shape[0]).map { position in
      position < 0
        ? "..."
        : text(
          layout.indexed(axis: 0, at: position), format, indent: indent + " ", width: width - 1)
    }
    return layout.rank == 1
      ? "[" + lines(parts, indent: indent, width: width) + "]"
      : "["
        + parts.joined(
          separator: bareSeparator + String(repeating: "\n", count: layout.rank - 1) + indent)
        + "]"
  }

  private var bareSeparator: String { separator == ", " ? "," : "" }

  /// A row, broken where the next element would not fit.
  private func lines(_ words: [String], indent: String, width: Int) -> String {
    // Behind the last element of a line comes a comma or a bracket.
    let room = width - 1
    var result = ""
    var line = indent
    for (i, word) in words.enumerated() {
      let isEmpty = line.utf8.count <= indent.utf8.count
      if line.utf8.count + word.utf8.count > room, !isEmpty {
        while line.last == " " { line.removeLast() }
        result += line + "\n"
        line = indent
      }
      line += word
      if i + 1 < words.count { line += separator }
    }
    result += line
    return String(result.dropFirst(indent.utf8.count))
  }
}
