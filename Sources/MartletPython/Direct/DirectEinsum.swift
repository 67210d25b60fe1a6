import CPythonABI
import Martlet
import MartletIR

/// The short way of `einsum` of two small arrays that have one label to sum over in common, each with
/// one or two: a product of matrices. Everything else takes the general way.
enum DirectEinsum {
  /// The letters of a term.
  private struct Term {
    var first: UInt8 = 0
    var second: UInt8 = 0
    var count = 0

    /// Whether there was room.
    mutating func append(_ letter: UInt8) -> Bool {
      guard count < 2, letter != first else { return false }
      if count == 0 { first = letter } else { second = letter }
      count += 1
      return true
    }

    func contains(_ letter: UInt8) -> Bool { letter == first || letter == second }
    /// The other one; 0 where there is none.
    func other(than letter: UInt8) -> UInt8 { letter == first ? second : first }
  }

  /// The result; nil for the general way.
  static func run(_ arguments: borrowing Arguments) throws(PythonError) -> Ref? {
    guard arguments.count == 3, arguments.restCount == 3,
      isType(arguments.rest(0), py_unicode_type()), ArrayObject.isExact(arguments.rest(1)),
      ArrayObject.isExact(arguments.rest(2))
    else { return nil }
    let text = try swiftString(arguments.rest(0))
    guard text.utf8.count <= 9, let (left, right, output) = terms(text) else { return nil }
    // The one label that both have.
    let isFirst = right.contains(left.first)
    guard isFirst || (left.count == 2 && right.contains(left.second)) else { return nil }
    let common = isFirst ? left.first : left.second
    let (row, column) = (left.other(than: common), right.other(than: common))
    guard row != column || row == 0, !output.contains(common),
      output.count == (row == 0 ? 0 : 1) + (column == 0 ? 0 : 1),
      row == 0 || output.contains(row), column == 0 || output.contains(column)
    else { return nil }

    let (a, b) = (
      ArrayObject.state(arguments.rest(1)), ArrayObject.state(arguments.rest(2))
    )
    let dtype = a.pointee.dtype
    // Halves are added up in another type.
    guard dtype == b.pointee.dtype, dtype != .float16, dtype != .bfloat16,
      a.pointee.layout.rank == left.count, b.pointee.layout.rank == right.count,
      let first = DirectDoor.address(a), let second = DirectDoor.address(b),
      var x = DirectProductCall.operand(first, a), var y = DirectProductCall.operand(second, b)
    else { return nil }
    // Vectors are rows so far: (row, common) times (common, column).
    if left.count == 2, common == left.first { x = x.transposed }
    if right.count == 1 || common == right.second { y = y.transposed }
    guard x.columns == y.rows, x.rows > 0, y.columns > 0, x.columns > 0 else { return nil }
    if row != 0, column != 0, output.first == column { (x, y) = (y.transposed, x.transposed) }

    let size = x.rows.multipliedReportingOverflow(by: y.columns)
    guard !size.overflow, size.partialValue <= DirectProduct.largest / x.columns else {
      return nil
    }
    if output.count == 0 { return try number(dtype, x, y) }
    var shape = Shape(repeating: size.partialValue, count: output.count)
    if output.count == 2 {
      shape[0] = x.rows
      shape[1] = y.columns
    }
    let (object, memory) = try DirectProductCall.make(dtype, shape, size.partialValue)
    let target = MatrixOperand(
      memory, rows: x.rows, columns: y.columns, rowStride: y.columns, columnStride: 1)
    // Of events nobody hears.
    if DirectProduct.multiply((dtype, dtype), x, y, dtype, into: target) != nil { return object }
    py_release(object)
    return nil
  }

  /// A sum without axes.
  private static func number(
    _ dtype: DType, _ x: MatrixOperand, _ y: MatrixOperand
  ) throws(PythonError) -> Ref? {
    var cell = SIMD2<UInt64>.zero
    let found: Scalar? = withUnsafeMutableBytes(of: &cell) { bytes -> Scalar? in
      guard let base = bytes.baseAddress else { return nil }
      let c = MatrixOperand(base, rows: 1, columns: 1, rowStride: 1, columnStride: 1)
      guard DirectProduct.multiply((dtype, dtype), x, y, dtype, into: c) != nil else { return nil }
      return NumPyScalar.read(dtype, at: base)
    }
    return try found.map { (number) throws(PythonError) in try NumPyScalar.make(number) }
  }

  /// The terms of `ij,jk->ik`; nil for what is longer or has other signs.
  private static func terms(_ text: String) -> (Term, Term, output: Term)? {
    var terms = InlineArray<3, Term>(repeating: Term())
    var (place, isArrow, hasOutput) = (0, false, false)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        guard !isArrow, terms[place].append(byte) else { return nil }
      case UInt8(ascii: ",") where place == 0: place = 1
      case UInt8(ascii: "-") where place == 1 && !isArrow: isArrow = true
      case UInt8(ascii: ">") where isArrow:
        (isArrow, hasOutput, place) = (false, true, 2)
      default: return nil
      }
    }
    let (left, right) = (terms[0], terms[1])
    guard left.count > 0, right.count > 0, !isArrow else { return nil }
    if !hasOutput {
      // What only one of them has, in the order of the codes.
      var once: [UInt8] = []
      for letter in [left.first, left.second] where letter != 0 && !right.contains(letter) {
        once.append(letter)
      }
      for letter in [right.first, right.second] where letter != 0 && !left.contains(letter) {
        once.append(letter)
      }
      guard once.count <= 2 else { return nil }
      for letter in once.sorted() where !terms[2].append(letter) { return nil }
    }
    return (left, right, terms[2])
  }
}
