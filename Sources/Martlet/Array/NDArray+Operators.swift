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

  static func trapping(_ operation: ElementwiseOperation, _ operands: Operand...) -> NDArray {
    trapping { () throws(MartletError) in try Elementwise.apply(operation, operands)[0] }
  }

  /// For compound assignment: the dtype stays, as in NumPy.
  fileprivate mutating func update(_ operation: ElementwiseOperation, _ operand: Operand) {
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

precedencegroup PowerPrecedence {
  higherThan: MultiplicationPrecedence
  associativity: right
}

/// To the power of.
infix operator ** : PowerPrecedence
infix operator **= : AssignmentPrecedence

// Shapes that don't broadcast end the program, as Swift's arithmetic does on overflow; the throwing
// forms above don't. Each operator stands for two arrays, and for an array and a number on either
// side.

// MARK: Arithmetic

extension NDArray {
  public static func + (a: NDArray, b: NDArray) -> NDArray {
    trapping(.add, .array(a), .array(b))
  }
  public static func + (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.add, .array(a), b.operand)
  }
  public static func + (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.add, a.operand, .array(b))
  }

  public static func - (a: NDArray, b: NDArray) -> NDArray {
    trapping(.subtract, .array(a), .array(b))
  }
  public static func - (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.subtract, .array(a), b.operand)
  }
  public static func - (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.subtract, a.operand, .array(b))
  }

  public static func * (a: NDArray, b: NDArray) -> NDArray {
    trapping(.multiply, .array(a), .array(b))
  }
  public static func * (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.multiply, .array(a), b.operand)
  }
  public static func * (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.multiply, a.operand, .array(b))
  }

  public static func / (a: NDArray, b: NDArray) -> NDArray {
    trapping(.divide, .array(a), .array(b))
  }
  public static func / (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.divide, .array(a), b.operand)
  }
  public static func / (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.divide, a.operand, .array(b))
  }

  public static func % (a: NDArray, b: NDArray) -> NDArray {
    trapping(.remainder, .array(a), .array(b))
  }
  public static func % (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.remainder, .array(a), b.operand)
  }
  public static func % (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.remainder, a.operand, .array(b))
  }

  public static func ** (a: NDArray, b: NDArray) -> NDArray {
    trapping(.power, .array(a), .array(b))
  }
  public static func ** (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.power, .array(a), b.operand)
  }
  public static func ** (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.power, a.operand, .array(b))
  }

  public static func += (a: inout NDArray, b: NDArray) { a.update(.add, .array(b)) }
  public static func += (a: inout NDArray, b: some ArrayScalar) { a.update(.add, b.operand) }

  public static func -= (a: inout NDArray, b: NDArray) { a.update(.subtract, .array(b)) }
  public static func -= (a: inout NDArray, b: some ArrayScalar) { a.update(.subtract, b.operand) }

  public static func *= (a: inout NDArray, b: NDArray) { a.update(.multiply, .array(b)) }
  public static func *= (a: inout NDArray, b: some ArrayScalar) { a.update(.multiply, b.operand) }

  public static func /= (a: inout NDArray, b: NDArray) { a.update(.divide, .array(b)) }
  public static func /= (a: inout NDArray, b: some ArrayScalar) { a.update(.divide, b.operand) }

  public static func %= (a: inout NDArray, b: NDArray) { a.update(.remainder, .array(b)) }
  public static func %= (a: inout NDArray, b: some ArrayScalar) { a.update(.remainder, b.operand) }

  public static func **= (a: inout NDArray, b: NDArray) { a.update(.power, .array(b)) }
  public static func **= (a: inout NDArray, b: some ArrayScalar) { a.update(.power, b.operand) }

  public static prefix func - (a: NDArray) -> NDArray { trapping(.negative, .array(a)) }
  public static prefix func + (a: NDArray) -> NDArray { trapping(.positive, .array(a)) }
}

// MARK: Bits and truth values

extension NDArray {
  public static func & (a: NDArray, b: NDArray) -> NDArray {
    trapping(.bitwiseAnd, .array(a), .array(b))
  }
  public static func & (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.bitwiseAnd, .array(a), b.operand)
  }
  public static func & (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.bitwiseAnd, a.operand, .array(b))
  }

  public static func | (a: NDArray, b: NDArray) -> NDArray {
    trapping(.bitwiseOr, .array(a), .array(b))
  }
  public static func | (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.bitwiseOr, .array(a), b.operand)
  }
  public static func | (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.bitwiseOr, a.operand, .array(b))
  }

  public static func ^ (a: NDArray, b: NDArray) -> NDArray {
    trapping(.bitwiseXor, .array(a), .array(b))
  }
  public static func ^ (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.bitwiseXor, .array(a), b.operand)
  }
  public static func ^ (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.bitwiseXor, a.operand, .array(b))
  }

  public static func << (a: NDArray, b: NDArray) -> NDArray {
    trapping(.leftShift, .array(a), .array(b))
  }
  public static func << (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.leftShift, .array(a), b.operand)
  }
  public static func << (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.leftShift, a.operand, .array(b))
  }

  public static func >> (a: NDArray, b: NDArray) -> NDArray {
    trapping(.rightShift, .array(a), .array(b))
  }
  public static func >> (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.rightShift, .array(a), b.operand)
  }
  public static func >> (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.rightShift, a.operand, .array(b))
  }

  public static func &= (a: inout NDArray, b: NDArray) { a.update(.bitwiseAnd, .array(b)) }
  public static func &= (a: inout NDArray, b: some ArrayScalar) { a.update(.bitwiseAnd, b.operand) }

  public static func |= (a: inout NDArray, b: NDArray) { a.update(.bitwiseOr, .array(b)) }
  public static func |= (a: inout NDArray, b: some ArrayScalar) { a.update(.bitwiseOr, b.operand) }

  public static func ^= (a: inout NDArray, b: NDArray) { a.update(.bitwiseXor, .array(b)) }
  public static func ^= (a: inout NDArray, b: some ArrayScalar) { a.update(.bitwiseXor, b.operand) }

  public static func <<= (a: inout NDArray, b: NDArray) { a.update(.leftShift, .array(b)) }
  public static func <<= (a: inout NDArray, b: some ArrayScalar) { a.update(.leftShift, b.operand) }

  public static func >>= (a: inout NDArray, b: NDArray) { a.update(.rightShift, .array(b)) }
  public static func >>= (a: inout NDArray, b: some ArrayScalar) {
    a.update(.rightShift, b.operand)
  }

  /// Every bit reversed; of truth values, whether each is false.
  public static prefix func ~ (a: NDArray) -> NDArray { trapping(.invert, .array(a)) }
}

// MARK: Comparisons: arrays of truth values, as SIMD's

extension NDArray {
  public static func .== (a: NDArray, b: NDArray) -> NDArray {
    trapping(.equal, .array(a), .array(b))
  }
  public static func .== (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.equal, .array(a), b.operand)
  }
  public static func .== (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.equal, a.operand, .array(b))
  }

  public static func .!= (a: NDArray, b: NDArray) -> NDArray {
    trapping(.notEqual, .array(a), .array(b))
  }
  public static func .!= (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.notEqual, .array(a), b.operand)
  }
  public static func .!= (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.notEqual, a.operand, .array(b))
  }

  public static func .< (a: NDArray, b: NDArray) -> NDArray {
    trapping(.less, .array(a), .array(b))
  }
  public static func .< (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.less, .array(a), b.operand)
  }
  public static func .< (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.less, a.operand, .array(b))
  }

  public static func .<= (a: NDArray, b: NDArray) -> NDArray {
    trapping(.lessEqual, .array(a), .array(b))
  }
  public static func .<= (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.lessEqual, .array(a), b.operand)
  }
  public static func .<= (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.lessEqual, a.operand, .array(b))
  }

  public static func .> (a: NDArray, b: NDArray) -> NDArray {
    trapping(.greater, .array(a), .array(b))
  }
  public static func .> (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.greater, .array(a), b.operand)
  }
  public static func .> (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.greater, a.operand, .array(b))
  }

  public static func .>= (a: NDArray, b: NDArray) -> NDArray {
    trapping(.greaterEqual, .array(a), .array(b))
  }
  public static func .>= (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.greaterEqual, .array(a), b.operand)
  }
  public static func .>= (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.greaterEqual, a.operand, .array(b))
  }
}
