/// A value of the kernel under construction, with Swift's operators.
///
/// Both operands of an operator have the same type; literals take the other side's. Arithmetic on
/// complex numbers is written out in their parts here, so nothing below knows complex arithmetic.
public struct Expression {
  public let builder: KernelBuilder
  public let value: Value

  public init(builder: KernelBuilder, value: Value) {
    self.builder = builder
    self.value = value
  }

  public var dtype: DType { builder.kernel.valueTypes[Int(value.id)] }

  /// A literal of this expression's type.
  public func literal(_ number: Double) -> Expression { builder.constant(number, dtype) }
  public func literal(_ number: Int) -> Expression { builder.integer(number, dtype) }

  func unary(_ operation: UnaryOperation) -> Expression {
    builder.define(.unary(operation, value), dtype)
  }
  func binary(_ operation: BinaryOperation, _ other: Expression) -> Expression {
    precondition(
      dtype == other.dtype, "\(operation) of \(dtype) and \(other.dtype): cast one side first.")
    return builder.define(.binary(operation, value, other.value), dtype)
  }
  func compare(_ comparison: Comparison, _ other: Expression) -> Expression {
    precondition(
      dtype == other.dtype, "\(comparison) of \(dtype) and \(other.dtype): cast one side first.")
    return builder.define(.compare(comparison, value, other.value), .bool)
  }

  // MARK: Conversions

  public func cast(to target: DType) -> Expression {
    if target == dtype { return self }
    if dtype.isComplex {
      if target.isComplex {
        return .complex(real.cast(to: target.realType), imaginary.cast(to: target.realType))
      }
      if target == .bool { return real.cast(to: .bool) | imaginary.cast(to: .bool) }
      return real.cast(to: target)
    }
    if target.isComplex {
      let part = cast(to: target.realType)
      return .complex(part, part.literal(0))
    }
    return builder.define(.cast(value), target)
  }

  /// The same bits as `target`, a type of the same size.
  public func reinterpret(as target: DType) -> Expression {
    target == dtype ? self : builder.define(.reinterpret(value), target)
  }

  // MARK: Complex numbers

  public static func complex(_ real: Expression, _ imaginary: Expression) -> Expression {
    real.builder.define(
      .complex(real: real.value, imaginary: imaginary.value), real.dtype.complexType)
  }
  public var real: Expression {
    dtype.isComplex ? builder.define(.real(value), dtype.realType) : self
  }
  public var imaginary: Expression {
    dtype.isComplex ? builder.define(.imaginary(value), dtype.realType) : literal(0)
  }

  // MARK: IEEE functions

  public var absolute: Expression { unary(.absolute) }
  public var squareRoot: Expression { unary(.squareRoot) }
  public var floor: Expression { unary(.floor) }
  public var ceiling: Expression { unary(.ceiling) }
  public var truncated: Expression { unary(.truncate) }
  public var roundedEven: Expression { unary(.roundEven) }
  public var countOnes: Expression { unary(.countOnes) }
  public func copySign(of other: Expression) -> Expression { binary(.copySign, other) }
  public func remainder(_ other: Expression) -> Expression { binary(.remainder, other) }

  /// `self * b + c`, rounded once.
  public func fused(_ b: Expression, plus c: Expression) -> Expression {
    builder.define(.fusedMultiplyAdd(value, b.value, c.value), dtype)
  }

  public var isNaN: Expression {
    dtype.isComplex ? real.isNaN | imaginary.isNaN : compare(.notEqual, self)
  }

  public func call(_ function: MathFunction, _ other: Expression? = nil) -> Expression {
    builder.define(.call(function, [value] + (other.map { [$0.value] } ?? [])), dtype)
  }

  /// This where the condition (self, a bool) holds, else `other`.
  public func select(_ a: Expression, _ b: Expression) -> Expression {
    precondition(dtype == .bool && a.dtype == b.dtype, "select needs a bool and two alike.")
    if a.dtype.isComplex {
      return .complex(select(a.real, b.real), select(a.imaginary, b.imaginary))
    }
    return builder.define(.select(value, a.value, b.value), a.dtype)
  }
}

// MARK: - Operators

extension Expression {
  public static func + (a: Expression, b: Expression) -> Expression {
    if a.dtype.isComplex { return complex(a.real + b.real, a.imaginary + b.imaginary) }
    return a.binary(.add, b)
  }
  public static func - (a: Expression, b: Expression) -> Expression {
    if a.dtype.isComplex { return complex(a.real - b.real, a.imaginary - b.imaginary) }
    return a.binary(.subtract, b)
  }
  public static func * (a: Expression, b: Expression) -> Expression {
    if a.dtype.isComplex {
      return complex(
        a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
    }
    return a.binary(.multiply, b)
  }
  /// For complex numbers Smith's algorithm, which NumPy uses: it divides by the larger part first.
  public static func / (a: Expression, b: Expression) -> Expression {
    guard a.dtype.isComplex else { return a.binary(.divide, b) }
    let (ar, ai, br, bi) = (a.real, a.imaginary, b.real, b.imaginary)
    let realIsLarger = br.absolute >= bi.absolute
    let large = realIsLarger.select(br, bi)
    let small = realIsLarger.select(bi, br)
    // Where both parts are 0 the ratio is left out, so that x/0 gives infinities as in NumPy.
    let bothZero = (br == 0) & (bi == 0)
    let ratio = small / bothZero.select(large.literal(1), large)
    let scale = large.literal(1) / (large + small * ratio)
    let real = realIsLarger.select(ar + ai * ratio, ar * ratio + ai) * scale
    let imaginary = realIsLarger.select(ai - ar * ratio, ai * ratio - ar) * scale
    return complex(
      bothZero.select(ar / br.absolute, real), bothZero.select(ai / br.absolute, imaginary))
  }
  public static prefix func - (a: Expression) -> Expression {
    if a.dtype.isComplex { return complex(-a.real, -a.imaginary) }
    return a.unary(.negate)
  }

  public static func & (a: Expression, b: Expression) -> Expression { a.binary(.and, b) }
  public static func | (a: Expression, b: Expression) -> Expression { a.binary(.or, b) }
  public static func ^ (a: Expression, b: Expression) -> Expression { a.binary(.xor, b) }
  public static func << (a: Expression, b: Expression) -> Expression { a.binary(.shiftLeft, b) }
  public static func >> (a: Expression, b: Expression) -> Expression { a.binary(.shiftRight, b) }
  public static prefix func ~ (a: Expression) -> Expression { a.unary(.not) }
  public static prefix func ! (a: Expression) -> Expression { a.unary(.not) }

  public static func == (a: Expression, b: Expression) -> Expression {
    if a.dtype.isComplex { return (a.real == b.real) & (a.imaginary == b.imaginary) }
    return a.compare(.equal, b)
  }
  public static func != (a: Expression, b: Expression) -> Expression {
    if a.dtype.isComplex { return (a.real != b.real) | (a.imaginary != b.imaginary) }
    return a.compare(.notEqual, b)
  }
  public static func < (a: Expression, b: Expression) -> Expression { a.compare(.less, b) }
  public static func <= (a: Expression, b: Expression) -> Expression { a.compare(.lessEqual, b) }
  public static func > (a: Expression, b: Expression) -> Expression { a.compare(.greater, b) }
  public static func >= (a: Expression, b: Expression) -> Expression { a.compare(.greaterEqual, b) }
}

// Literals on either side take the other's type.
extension Expression {
  public static func + (a: Expression, b: Double) -> Expression { a + a.literal(b) }
  public static func - (a: Expression, b: Double) -> Expression { a - a.literal(b) }
  public static func * (a: Expression, b: Double) -> Expression { a * a.literal(b) }
  public static func / (a: Expression, b: Double) -> Expression { a / a.literal(b) }
  public static func + (a: Double, b: Expression) -> Expression { b.literal(a) + b }
  public static func - (a: Double, b: Expression) -> Expression { b.literal(a) - b }
  public static func * (a: Double, b: Expression) -> Expression { b.literal(a) * b }
  public static func / (a: Double, b: Expression) -> Expression { b.literal(a) / b }
  public static func & (a: Expression, b: Int) -> Expression { a & a.literal(b) }
  public static func | (a: Expression, b: Int) -> Expression { a | a.literal(b) }
  public static func << (a: Expression, b: Int) -> Expression { a << a.literal(b) }
  public static func >> (a: Expression, b: Int) -> Expression { a >> a.literal(b) }
  public static func == (a: Expression, b: Double) -> Expression { a == a.literal(b) }
  public static func != (a: Expression, b: Double) -> Expression { a != a.literal(b) }
  public static func < (a: Expression, b: Double) -> Expression { a < a.literal(b) }
  public static func <= (a: Expression, b: Double) -> Expression { a <= a.literal(b) }
  public static func > (a: Expression, b: Double) -> Expression { a > a.literal(b) }
  public static func >= (a: Expression, b: Double) -> Expression { a >= a.literal(b) }
}
