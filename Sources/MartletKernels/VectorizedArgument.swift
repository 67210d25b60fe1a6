import MartletIR

/// What a vectorized function takes for a number: an array or a number.
public protocol VectorizedArgument: Sendable {
  /// The same as an operand.
  var vectorizedOperand: VectorizedOperand { get }
}

/// A number beside the arrays of a call.
public protocol VectorizedScalar: VectorizedArgument {}

/// An argument of a vectorized function.
public struct VectorizedOperand: Sendable {
  package let operand: Operand
}

extension NDArray: VectorizedArgument {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { VectorizedOperand(operand: .array(self)) }
}

// `Int`, `Double`, `Float` and `Bool` are what literals become: they take the type of the parameter,
// as beside an operator.
extension ArrayScalar where Self: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand {
    let (kind, value) = weakScalar
    return VectorizedOperand(operand: .weak(kind, value))
  }
}
extension Int: VectorizedScalar {}
extension Double: VectorizedScalar {}
extension Float: VectorizedScalar {}
extension Bool: VectorizedScalar {}

// Other numbers have the type that they have.
extension VectorizedOperand {
  fileprivate static func typed<Number: FixedWidthInteger & ArrayElement>(
    _ number: Number
  ) -> VectorizedOperand {
    let bits = UInt64(truncatingIfNeeded: number) & (.max >> UInt64(64 - Number.bitWidth))
    return VectorizedOperand(operand: .scalar(Scalar(dtype: Number.dtype, low: bits)))
  }
}
extension Int8: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension Int16: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension Int32: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension Int64: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension UInt8: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension UInt16: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension UInt32: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension UInt64: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension UInt: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand { .typed(self) }
}
extension Float16: VectorizedScalar {
  /// The same as an operand.
  public var vectorizedOperand: VectorizedOperand {
    VectorizedOperand(operand: .scalar(Scalar(Double(self), .float64).converted(to: .float16)))
  }
}
