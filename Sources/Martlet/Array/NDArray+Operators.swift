import MartletIR

/// A Swift number beside an array: it takes the array's dtype where its kind allows, as Python's
/// numbers do in NumPy.
public protocol ArrayScalar: Sendable {
  /// Its kind and value.
  var weakScalar: (kind: Promotion.Weak, value: Scalar) { get }
}

extension Int: ArrayScalar {
  public var weakScalar: (kind: Promotion.Weak, value: Scalar) {
    (.integer, Scalar(Int64(self), .int64))
  }
}
extension Double: ArrayScalar {
  public var weakScalar: (kind: Promotion.Weak, value: Scalar) {
    (.floating, Scalar(self, .float64))
  }
}
extension Float: ArrayScalar {
  public var weakScalar: (kind: Promotion.Weak, value: Scalar) {
    (.floating, Scalar(Double(self), .float64))
  }
}
extension Bool: ArrayScalar {
  public var weakScalar: (kind: Promotion.Weak, value: Scalar) {
    (.bool, Scalar(Int64(self ? 1 : 0), .bool))
  }
}
extension Complex: ArrayScalar {
  public var weakScalar: (kind: Promotion.Weak, value: Scalar) {
    (.complex, Scalar(real: Double(real), imaginary: Double(imaginary), .complex128))
  }
}

extension ArrayScalar {
  var operand: Operand { .weak(weakScalar.kind, weakScalar.value) }
}

// MARK: - Throwing forms

extension NDArray {
  /// The results of a row of the operations table, by NumPy's name: `apply("hypot", a, b)`.
  ///
  /// - Throws: `.invalidArgument` for an unknown name or a wrong number of arrays, and what the
  ///   operation throws: `.broadcast`, `.noLoop`, `.invalidArgument`, `.outOfMemory`.
  public static func apply(
    _ name: String, _ arrays: NDArray...
  ) throws(MartletError) -> [NDArray] {
    guard let row = OperationTable.elementwise(named: name) else {
      throw .invalidArgument(operation: name, detail: "the operations table has no such row")
    }
    guard arrays.count == row.inputCount else {
      throw .invalidArgument(
        operation: name, detail: "it takes \(row.inputCount) arrays, not \(arrays.count)")
    }
    return try Elementwise.apply(row, arrays.map { .array($0) })
  }

  /// The sum, element by element.
  ///
  /// - Throws: `.broadcast`, `.noLoop`, `.outOfMemory`; so do the others below.
  public func adding(_ other: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.add, .array(self), .array(other))
  }
  /// This array less another.
  public func subtracting(_ other: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.subtract, .array(self), .array(other))
  }
  /// The product, element by element.
  public func multiplied(by other: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.multiply, .array(self), .array(other))
  }
  /// The quotient; integers are divided as `float64`.
  public func divided(by other: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.divide, .array(self), .array(other))
  }
  /// The largest whole number not above the quotient.
  public func floorDivided(by other: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.floorDivide, .array(self), .array(other))
  }
  /// What floor division leaves: it has the divisor's sign.
  public func remainder(dividingBy other: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.remainder, .array(self), .array(other))
  }
  /// This array to the power of another.
  public func raised(to exponent: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.power, .array(self), .array(exponent))
  }

  static func compute(
    _ operation: ElementwiseOperation, _ operands: Operand...
  ) throws(MartletError) -> NDArray {
    try Elementwise.apply(operation, operands)[0]
  }

  // Small arrays are done directly; what that leaves, and all errors, is the general way's.

  @inline(__always)
  static func trapping(_ operation: ElementwiseOperation, _ a: NDArray) -> NDArray {
    if let row = a.row(operation) { return a.ofRowShape(row) }
    return trappingUnlessRow(operation, a)
  }

  @inline(__always)
  static func trapping(
    _ operation: ElementwiseOperation, _ a: NDArray, _ b: NDArray
  ) -> NDArray {
    if let row = a.row(operation, b) { return a.ofRowShape(row) }
    return trappingUnlessRow(operation, a, b)
  }

  @inline(__always)
  static func trapping(
    _ operation: ElementwiseOperation, _ a: NDArray, _ b: some ArrayScalar
  ) -> NDArray {
    let (kind, value) = b.weakScalar
    return trapping(operation, a, kind, value, literalFirst: false)
  }

  @inline(__always)
  static func trapping(
    _ operation: ElementwiseOperation, _ a: some ArrayScalar, _ b: NDArray
  ) -> NDArray {
    let (kind, value) = a.weakScalar
    return trapping(operation, b, kind, value, literalFirst: true)
  }

  @inline(never)
  private static func trapping(
    _ operation: ElementwiseOperation, _ a: NDArray, _ kind: Promotion.Weak, _ value: Scalar,
    literalFirst: Bool
  ) -> NDArray {
    guard let number = directNumber(operation, kind, value, beside: a.dtype) else {
      return literalFirst
        ? trappingGenerally(operation, .weak(kind, value), .array(a))
        : trappingGenerally(operation, .array(a), .weak(kind, value))
    }
    if let row = a.row(operation, number, numberFirst: literalFirst) { return a.ofRowShape(row) }
    return made {
      if direct(operation, a, number, numberFirst: literalFirst, into: $0) { return }
      $0.initialize(
        to: literalFirst
          ? trappingGenerally(operation, .weak(kind, value), .array(a))
          : trappingGenerally(operation, .array(a), .weak(kind, value)))
    }
  }

  @inline(never)
  private static func trappingUnlessRow(
    _ operation: ElementwiseOperation, _ a: NDArray
  ) -> NDArray {
    made {
      if direct(operation, a, into: $0) { return }
      $0.initialize(to: trappingGenerally(operation, .array(a)))
    }
  }

  @inline(never)
  private static func trappingUnlessRow(
    _ operation: ElementwiseOperation, _ a: NDArray, _ b: NDArray
  ) -> NDArray {
    made {
      if direct(operation, a, b, into: $0) { return }
      $0.initialize(to: trappingGenerally(operation, .array(a), .array(b)))
    }
  }

  /// The array that `body` puts into the place that it is given.
  @inline(__always)
  private static func made(_ body: (UnsafeMutablePointer<NDArray>) -> Void) -> NDArray {
    withUnsafeTemporaryAllocation(of: NDArray.self, capacity: 1) { buffer in
      let place = buffer.baseAddress.unsafelyUnwrapped
      body(place)
      return place.move()
    }
  }

  @inline(never)
  static func trappingGenerally(
    _ operation: ElementwiseOperation, _ operands: Operand...
  ) -> NDArray {
    trapping { () throws(MartletError) in try Elementwise.apply(operation, operands)[0] }
  }

  /// For compound assignment: the dtype stays, as in NumPy.
  @inline(__always)
  mutating func update(_ operation: ElementwiseOperation, _ operand: NDArray) {
    if updateDirectly(operation, operand) { return }
    // A view, as in `a[0, 1...] += b`: the result replaces it.
    if replaceDirectly({ Self.direct(operation, $0, operand, into: $1) }) { return }
    updateGenerally(operation, .array(operand))
  }

  @inline(__always)
  mutating func update(
    _ operation: ElementwiseOperation, _ operand: some ArrayScalar
  ) {
    let (kind, value) = operand.weakScalar
    if updateDirectly(operation, kind, value) { return }
    if let number = Self.directNumber(operation, kind, value, beside: dtype),
      replaceDirectly({ Self.direct(operation, $0, number, numberFirst: false, into: $1) })
    {
      return
    }
    updateGenerally(operation, .weak(kind, value))
  }

  /// Becomes the result that `body` makes, unless it makes none, or one of another type or shape.
  @inline(__always)
  private mutating func replaceDirectly(
    _ body: (borrowing NDArray, UnsafeMutablePointer<NDArray>) -> Bool
  ) -> Bool {
    withUnsafeTemporaryAllocation(of: NDArray.self, capacity: 1) { buffer in
      let place = buffer.baseAddress.unsafelyUnwrapped
      guard body(self, place) else { return false }
      let result = place.move()
      guard result.dtype == dtype, result.shape == shape else { return false }
      self = result
      return true
    }
  }

  @inline(never)
  private mutating func updateGenerally(_ operation: ElementwiseOperation, _ operand: Operand) {
    let array = self
    self = Self.trapping { () throws(MartletError) in
      let result = try Elementwise.apply(operation, [.array(array), operand])[0]
      guard result.shape == array.shape else {
        throw .shapeMismatch(
          operation: operation.name,
          detail: "non-broadcastable output operand with shape \(array.shape) doesn't match the "
            + "broadcast shape \(result.shape)")
      }
      if result.dtype == array.dtype { return result }
      guard Promotion.canCast(result.dtype, to: array.dtype, .sameKind) else {
        throw .castForbidden(
          operation: operation.name, from: result.dtype, to: array.dtype,
          casting: Promotion.Casting.sameKind.rawValue)
      }
      return try result.asType(array.dtype)
    }
  }
}

// MARK: - Operators

// Shapes that don't broadcast end the program, as Swift's arithmetic does on overflow; the throwing
// forms above don't. Each operator stands for two arrays, and for an array and a number on either
// side.

// MARK: Arithmetic

extension NDArray {
  /// The sum, element by element.
  public static func + (a: NDArray, b: NDArray) -> NDArray {
    trapping(.add, a, b)
  }
  /// The sum of each element and a number.
  public static func + (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.add, a, b)
  }
  /// The sum of each element and a number.
  public static func + (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.add, a, b)
  }

  /// The difference, element by element.
  public static func - (a: NDArray, b: NDArray) -> NDArray {
    trapping(.subtract, a, b)
  }
  /// The difference of each element and a number.
  public static func - (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.subtract, a, b)
  }
  /// The difference of each element and a number.
  public static func - (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.subtract, a, b)
  }

  /// The product, element by element.
  public static func * (a: NDArray, b: NDArray) -> NDArray {
    trapping(.multiply, a, b)
  }
  /// The product of each element and a number.
  public static func * (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.multiply, a, b)
  }
  /// The product of each element and a number.
  public static func * (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.multiply, a, b)
  }

  /// The quotient, element by element.
  public static func / (a: NDArray, b: NDArray) -> NDArray {
    trapping(.divide, a, b)
  }
  /// The quotient of each element and a number.
  public static func / (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.divide, a, b)
  }
  /// The quotient of each element and a number.
  public static func / (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.divide, a, b)
  }

  /// What division leaves, element by element.
  public static func % (a: NDArray, b: NDArray) -> NDArray {
    trapping(.remainder, a, b)
  }
  /// What division leaves of each element and a number.
  public static func % (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.remainder, a, b)
  }
  /// What division leaves of each element and a number.
  public static func % (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.remainder, a, b)
  }

  /// Replaces each element; the dtype stays.
  public static func += (a: inout NDArray, b: NDArray) { a.update(.add, b) }
  /// Replaces each element; the dtype stays.
  public static func += (a: inout NDArray, b: some ArrayScalar) { a.update(.add, b) }

  /// Replaces each element; the dtype stays.
  public static func -= (a: inout NDArray, b: NDArray) { a.update(.subtract, b) }
  /// Replaces each element; the dtype stays.
  public static func -= (a: inout NDArray, b: some ArrayScalar) { a.update(.subtract, b) }

  /// Replaces each element; the dtype stays.
  public static func *= (a: inout NDArray, b: NDArray) { a.update(.multiply, b) }
  /// Replaces each element; the dtype stays.
  public static func *= (a: inout NDArray, b: some ArrayScalar) { a.update(.multiply, b) }

  /// Replaces each element; the dtype stays.
  public static func /= (a: inout NDArray, b: NDArray) { a.update(.divide, b) }
  /// Replaces each element; the dtype stays.
  public static func /= (a: inout NDArray, b: some ArrayScalar) { a.update(.divide, b) }

  /// Replaces each element; the dtype stays.
  public static func %= (a: inout NDArray, b: NDArray) { a.update(.remainder, b) }
  /// Replaces each element; the dtype stays.
  public static func %= (a: inout NDArray, b: some ArrayScalar) { a.update(.remainder, b) }

  /// Each element with the other sign.
  public static prefix func - (a: NDArray) -> NDArray { trapping(.negative, a) }
  /// The elements as they are.
  public static prefix func + (a: NDArray) -> NDArray { trapping(.positive, a) }
}

// MARK: Bits and truth values

extension NDArray {
  /// The bits of both, element by element.
  public static func & (a: NDArray, b: NDArray) -> NDArray {
    trapping(.bitwiseAnd, a, b)
  }
  /// The bits of both of each element and a number.
  public static func & (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.bitwiseAnd, a, b)
  }
  /// The bits of both of each element and a number.
  public static func & (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.bitwiseAnd, a, b)
  }

  /// The bits of either, element by element.
  public static func | (a: NDArray, b: NDArray) -> NDArray {
    trapping(.bitwiseOr, a, b)
  }
  /// The bits of either of each element and a number.
  public static func | (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.bitwiseOr, a, b)
  }
  /// The bits of either of each element and a number.
  public static func | (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.bitwiseOr, a, b)
  }

  /// The bits of one alone, element by element.
  public static func ^ (a: NDArray, b: NDArray) -> NDArray {
    trapping(.bitwiseXor, a, b)
  }
  /// The bits of one alone of each element and a number.
  public static func ^ (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.bitwiseXor, a, b)
  }
  /// The bits of one alone of each element and a number.
  public static func ^ (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.bitwiseXor, a, b)
  }

  /// The bits shifted to the left, element by element.
  public static func << (a: NDArray, b: NDArray) -> NDArray {
    trapping(.leftShift, a, b)
  }
  /// The bits shifted to the left of each element and a number.
  public static func << (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.leftShift, a, b)
  }
  /// The bits shifted to the left of each element and a number.
  public static func << (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.leftShift, a, b)
  }

  /// The bits shifted to the right, element by element.
  public static func >> (a: NDArray, b: NDArray) -> NDArray {
    trapping(.rightShift, a, b)
  }
  /// The bits shifted to the right of each element and a number.
  public static func >> (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.rightShift, a, b)
  }
  /// The bits shifted to the right of each element and a number.
  public static func >> (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.rightShift, a, b)
  }

  /// Replaces each element; the dtype stays.
  public static func &= (a: inout NDArray, b: NDArray) { a.update(.bitwiseAnd, b) }
  /// Replaces each element; the dtype stays.
  public static func &= (a: inout NDArray, b: some ArrayScalar) { a.update(.bitwiseAnd, b) }

  /// Replaces each element; the dtype stays.
  public static func |= (a: inout NDArray, b: NDArray) { a.update(.bitwiseOr, b) }
  /// Replaces each element; the dtype stays.
  public static func |= (a: inout NDArray, b: some ArrayScalar) { a.update(.bitwiseOr, b) }

  /// Replaces each element; the dtype stays.
  public static func ^= (a: inout NDArray, b: NDArray) { a.update(.bitwiseXor, b) }
  /// Replaces each element; the dtype stays.
  public static func ^= (a: inout NDArray, b: some ArrayScalar) { a.update(.bitwiseXor, b) }

  /// Replaces each element; the dtype stays.
  public static func <<= (a: inout NDArray, b: NDArray) { a.update(.leftShift, b) }
  /// Replaces each element; the dtype stays.
  public static func <<= (a: inout NDArray, b: some ArrayScalar) { a.update(.leftShift, b) }

  /// Replaces each element; the dtype stays.
  public static func >>= (a: inout NDArray, b: NDArray) { a.update(.rightShift, b) }
  /// Replaces each element; the dtype stays.
  public static func >>= (a: inout NDArray, b: some ArrayScalar) {
    a.update(.rightShift, b)
  }

  /// Every bit reversed; of truth values, whether each is false.
  public static prefix func ~ (a: NDArray) -> NDArray { trapping(.invert, a) }
}

// MARK: Comparisons: arrays of truth values, as SIMD's

extension NDArray {
  /// Whether elements are equal, element by element.
  public static func .== (a: NDArray, b: NDArray) -> NDArray {
    trapping(.equal, a, b)
  }
  /// Whether elements are equal of each element and a number.
  public static func .== (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.equal, a, b)
  }
  /// Whether elements are equal of each element and a number.
  public static func .== (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.equal, a, b)
  }

  /// Whether elements differ, element by element.
  public static func .!= (a: NDArray, b: NDArray) -> NDArray {
    trapping(.notEqual, a, b)
  }
  /// Whether elements differ of each element and a number.
  public static func .!= (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.notEqual, a, b)
  }
  /// Whether elements differ of each element and a number.
  public static func .!= (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.notEqual, a, b)
  }

  /// Whether elements are less, element by element.
  public static func .< (a: NDArray, b: NDArray) -> NDArray {
    trapping(.less, a, b)
  }
  /// Whether elements are less of each element and a number.
  public static func .< (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.less, a, b)
  }
  /// Whether elements are less of each element and a number.
  public static func .< (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.less, a, b)
  }

  /// Whether elements are at most the other's, element by element.
  public static func .<= (a: NDArray, b: NDArray) -> NDArray {
    trapping(.lessEqual, a, b)
  }
  /// Whether elements are at most the other's of each element and a number.
  public static func .<= (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.lessEqual, a, b)
  }
  /// Whether elements are at most the other's of each element and a number.
  public static func .<= (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.lessEqual, a, b)
  }

  /// Whether elements are greater, element by element.
  public static func .> (a: NDArray, b: NDArray) -> NDArray {
    trapping(.greater, a, b)
  }
  /// Whether elements are greater of each element and a number.
  public static func .> (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.greater, a, b)
  }
  /// Whether elements are greater of each element and a number.
  public static func .> (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.greater, a, b)
  }

  /// Whether elements are at least the other's, element by element.
  public static func .>= (a: NDArray, b: NDArray) -> NDArray {
    trapping(.greaterEqual, a, b)
  }
  /// Whether elements are at least the other's of each element and a number.
  public static func .>= (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.greaterEqual, a, b)
  }
  /// Whether elements are at least the other's of each element and a number.
  public static func .>= (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.greaterEqual, a, b)
  }
}
