import MartletIR

// The operators of arrays and numbers once more for the numbers that programs are full of. The generic
// forms would do; but beside the standard library's own operators, which are not generic, the compiler
// would rather read `a[1] * 2` as a product of two `Int`s than of an array and a number. Those of
// `Float` are disfavoured, so that `.pi * x` means `Double`'s.

extension NDArray {
  // MARK: Arithmetic

  /// The sum of each element and a number.
  public static func + (a: NDArray, b: Int) -> NDArray { trapping(.add, a, b) }
  /// The sum of a number and each element.
  public static func + (a: Int, b: NDArray) -> NDArray { trapping(.add, a, b) }
  /// Replaces each element; the dtype stays.
  public static func += (a: inout NDArray, b: Int) { a.update(.add, b) }

  /// The sum of each element and a number.
  public static func + (a: NDArray, b: Double) -> NDArray { trapping(.add, a, b) }
  /// The sum of a number and each element.
  public static func + (a: Double, b: NDArray) -> NDArray { trapping(.add, a, b) }
  /// Replaces each element; the dtype stays.
  public static func += (a: inout NDArray, b: Double) { a.update(.add, b) }

  /// The sum of each element and a number.
  @_disfavoredOverload
  public static func + (a: NDArray, b: Float) -> NDArray { trapping(.add, a, b) }
  /// The sum of a number and each element.
  @_disfavoredOverload
  public static func + (a: Float, b: NDArray) -> NDArray { trapping(.add, a, b) }
  /// Replaces each element; the dtype stays.
  @_disfavoredOverload
  public static func += (a: inout NDArray, b: Float) { a.update(.add, b) }

  /// The difference of each element and a number.
  public static func - (a: NDArray, b: Int) -> NDArray { trapping(.subtract, a, b) }
  /// The difference of a number and each element.
  public static func - (a: Int, b: NDArray) -> NDArray { trapping(.subtract, a, b) }
  /// Replaces each element; the dtype stays.
  public static func -= (a: inout NDArray, b: Int) { a.update(.subtract, b) }

  /// The difference of each element and a number.
  public static func - (a: NDArray, b: Double) -> NDArray { trapping(.subtract, a, b) }
  /// The difference of a number and each element.
  public static func - (a: Double, b: NDArray) -> NDArray { trapping(.subtract, a, b) }
  /// Replaces each element; the dtype stays.
  public static func -= (a: inout NDArray, b: Double) { a.update(.subtract, b) }

  /// The difference of each element and a number.
  @_disfavoredOverload
  public static func - (a: NDArray, b: Float) -> NDArray { trapping(.subtract, a, b) }
  /// The difference of a number and each element.
  @_disfavoredOverload
  public static func - (a: Float, b: NDArray) -> NDArray { trapping(.subtract, a, b) }
  /// Replaces each element; the dtype stays.
  @_disfavoredOverload
  public static func -= (a: inout NDArray, b: Float) { a.update(.subtract, b) }

  /// The product of each element and a number.
  public static func * (a: NDArray, b: Int) -> NDArray { trapping(.multiply, a, b) }
  /// The product of a number and each element.
  public static func * (a: Int, b: NDArray) -> NDArray { trapping(.multiply, a, b) }
  /// Replaces each element; the dtype stays.
  public static func *= (a: inout NDArray, b: Int) { a.update(.multiply, b) }

  /// The product of each element and a number.
  public static func * (a: NDArray, b: Double) -> NDArray { trapping(.multiply, a, b) }
  /// The product of a number and each element.
  public static func * (a: Double, b: NDArray) -> NDArray { trapping(.multiply, a, b) }
  /// Replaces each element; the dtype stays.
  public static func *= (a: inout NDArray, b: Double) { a.update(.multiply, b) }

  /// The product of each element and a number.
  @_disfavoredOverload
  public static func * (a: NDArray, b: Float) -> NDArray { trapping(.multiply, a, b) }
  /// The product of a number and each element.
  @_disfavoredOverload
  public static func * (a: Float, b: NDArray) -> NDArray { trapping(.multiply, a, b) }
  /// Replaces each element; the dtype stays.
  @_disfavoredOverload
  public static func *= (a: inout NDArray, b: Float) { a.update(.multiply, b) }

  /// The quotient of each element and a number.
  public static func / (a: NDArray, b: Int) -> NDArray { trapping(.divide, a, b) }
  /// The quotient of a number and each element.
  public static func / (a: Int, b: NDArray) -> NDArray { trapping(.divide, a, b) }
  /// Replaces each element; the dtype stays.
  public static func /= (a: inout NDArray, b: Int) { a.update(.divide, b) }

  /// The quotient of each element and a number.
  public static func / (a: NDArray, b: Double) -> NDArray { trapping(.divide, a, b) }
  /// The quotient of a number and each element.
  public static func / (a: Double, b: NDArray) -> NDArray { trapping(.divide, a, b) }
  /// Replaces each element; the dtype stays.
  public static func /= (a: inout NDArray, b: Double) { a.update(.divide, b) }

  /// The quotient of each element and a number.
  @_disfavoredOverload
  public static func / (a: NDArray, b: Float) -> NDArray { trapping(.divide, a, b) }
  /// The quotient of a number and each element.
  @_disfavoredOverload
  public static func / (a: Float, b: NDArray) -> NDArray { trapping(.divide, a, b) }
  /// Replaces each element; the dtype stays.
  @_disfavoredOverload
  public static func /= (a: inout NDArray, b: Float) { a.update(.divide, b) }

  /// What division leaves of each element and a number.
  public static func % (a: NDArray, b: Int) -> NDArray { trapping(.remainder, a, b) }
  /// What division leaves of a number and each element.
  public static func % (a: Int, b: NDArray) -> NDArray { trapping(.remainder, a, b) }
  /// Replaces each element; the dtype stays.
  public static func %= (a: inout NDArray, b: Int) { a.update(.remainder, b) }

  /// What division leaves of each element and a number.
  public static func % (a: NDArray, b: Double) -> NDArray { trapping(.remainder, a, b) }
  /// What division leaves of a number and each element.
  public static func % (a: Double, b: NDArray) -> NDArray { trapping(.remainder, a, b) }
  /// Replaces each element; the dtype stays.
  public static func %= (a: inout NDArray, b: Double) { a.update(.remainder, b) }

  /// What division leaves of each element and a number.
  @_disfavoredOverload
  public static func % (a: NDArray, b: Float) -> NDArray { trapping(.remainder, a, b) }
  /// What division leaves of a number and each element.
  @_disfavoredOverload
  public static func % (a: Float, b: NDArray) -> NDArray { trapping(.remainder, a, b) }
  /// Replaces each element; the dtype stays.
  @_disfavoredOverload
  public static func %= (a: inout NDArray, b: Float) { a.update(.remainder, b) }

  // MARK: Bits

  /// The bits of both, of each element and a number.
  public static func & (a: NDArray, b: Int) -> NDArray { trapping(.bitwiseAnd, a, b) }
  /// The bits of both, of a number and each element.
  public static func & (a: Int, b: NDArray) -> NDArray { trapping(.bitwiseAnd, a, b) }
  /// Replaces each element; the dtype stays.
  public static func &= (a: inout NDArray, b: Int) { a.update(.bitwiseAnd, b) }

  /// The bits of either, of each element and a number.
  public static func | (a: NDArray, b: Int) -> NDArray { trapping(.bitwiseOr, a, b) }
  /// The bits of either, of a number and each element.
  public static func | (a: Int, b: NDArray) -> NDArray { trapping(.bitwiseOr, a, b) }
  /// Replaces each element; the dtype stays.
  public static func |= (a: inout NDArray, b: Int) { a.update(.bitwiseOr, b) }

  /// The bits of one alone, of each element and a number.
  public static func ^ (a: NDArray, b: Int) -> NDArray { trapping(.bitwiseXor, a, b) }
  /// The bits of one alone, of a number and each element.
  public static func ^ (a: Int, b: NDArray) -> NDArray { trapping(.bitwiseXor, a, b) }
  /// Replaces each element; the dtype stays.
  public static func ^= (a: inout NDArray, b: Int) { a.update(.bitwiseXor, b) }

  /// The bits shifted to the left, of each element and a number.
  public static func << (a: NDArray, b: Int) -> NDArray { trapping(.leftShift, a, b) }
  /// The bits shifted to the left, of a number and each element.
  public static func << (a: Int, b: NDArray) -> NDArray { trapping(.leftShift, a, b) }
  /// Replaces each element; the dtype stays.
  public static func <<= (a: inout NDArray, b: Int) { a.update(.leftShift, b) }

  /// The bits shifted to the right, of each element and a number.
  public static func >> (a: NDArray, b: Int) -> NDArray { trapping(.rightShift, a, b) }
  /// The bits shifted to the right, of a number and each element.
  public static func >> (a: Int, b: NDArray) -> NDArray { trapping(.rightShift, a, b) }
  /// Replaces each element; the dtype stays.
  public static func >>= (a: inout NDArray, b: Int) { a.update(.rightShift, b) }

  // MARK: Comparing elements

  /// Whether each element equals a number.
  public static func .== (a: NDArray, b: Int) -> NDArray { trapping(.equal, a, b) }
  /// Whether a number equals each element.
  public static func .== (a: Int, b: NDArray) -> NDArray { trapping(.equal, a, b) }

  /// Whether each element equals a number.
  public static func .== (a: NDArray, b: Double) -> NDArray { trapping(.equal, a, b) }
  /// Whether a number equals each element.
  public static func .== (a: Double, b: NDArray) -> NDArray { trapping(.equal, a, b) }

  /// Whether each element equals a number.
  @_disfavoredOverload
  public static func .== (a: NDArray, b: Float) -> NDArray { trapping(.equal, a, b) }
  /// Whether a number equals each element.
  @_disfavoredOverload
  public static func .== (a: Float, b: NDArray) -> NDArray { trapping(.equal, a, b) }

  /// Whether each element differs from a number.
  public static func .!= (a: NDArray, b: Int) -> NDArray { trapping(.notEqual, a, b) }
  /// Whether a number differs from each element.
  public static func .!= (a: Int, b: NDArray) -> NDArray { trapping(.notEqual, a, b) }

  /// Whether each element differs from a number.
  public static func .!= (a: NDArray, b: Double) -> NDArray { trapping(.notEqual, a, b) }
  /// Whether a number differs from each element.
  public static func .!= (a: Double, b: NDArray) -> NDArray { trapping(.notEqual, a, b) }

  /// Whether each element differs from a number.
  @_disfavoredOverload
  public static func .!= (a: NDArray, b: Float) -> NDArray { trapping(.notEqual, a, b) }
  /// Whether a number differs from each element.
  @_disfavoredOverload
  public static func .!= (a: Float, b: NDArray) -> NDArray { trapping(.notEqual, a, b) }

  /// Whether each element is less than a number.
  public static func .< (a: NDArray, b: Int) -> NDArray { trapping(.less, a, b) }
  /// Whether a number is less than each element.
  public static func .< (a: Int, b: NDArray) -> NDArray { trapping(.less, a, b) }

  /// Whether each element is less than a number.
  public static func .< (a: NDArray, b: Double) -> NDArray { trapping(.less, a, b) }
  /// Whether a number is less than each element.
  public static func .< (a: Double, b: NDArray) -> NDArray { trapping(.less, a, b) }

  /// Whether each element is less than a number.
  @_disfavoredOverload
  public static func .< (a: NDArray, b: Float) -> NDArray { trapping(.less, a, b) }
  /// Whether a number is less than each element.
  @_disfavoredOverload
  public static func .< (a: Float, b: NDArray) -> NDArray { trapping(.less, a, b) }

  /// Whether each element is at most a number.
  public static func .<= (a: NDArray, b: Int) -> NDArray { trapping(.lessEqual, a, b) }
  /// Whether a number is at most each element.
  public static func .<= (a: Int, b: NDArray) -> NDArray { trapping(.lessEqual, a, b) }

  /// Whether each element is at most a number.
  public static func .<= (a: NDArray, b: Double) -> NDArray { trapping(.lessEqual, a, b) }
  /// Whether a number is at most each element.
  public static func .<= (a: Double, b: NDArray) -> NDArray { trapping(.lessEqual, a, b) }

  /// Whether each element is at most a number.
  @_disfavoredOverload
  public static func .<= (a: NDArray, b: Float) -> NDArray { trapping(.lessEqual, a, b) }
  /// Whether a number is at most each element.
  @_disfavoredOverload
  public static func .<= (a: Float, b: NDArray) -> NDArray { trapping(.lessEqual, a, b) }

  /// Whether each element is greater than a number.
  public static func .> (a: NDArray, b: Int) -> NDArray { trapping(.greater, a, b) }
  /// Whether a number is greater than each element.
  public static func .> (a: Int, b: NDArray) -> NDArray { trapping(.greater, a, b) }

  /// Whether each element is greater than a number.
  public static func .> (a: NDArray, b: Double) -> NDArray { trapping(.greater, a, b) }
  /// Whether a number is greater than each element.
  public static func .> (a: Double, b: NDArray) -> NDArray { trapping(.greater, a, b) }

  /// Whether each element is greater than a number.
  @_disfavoredOverload
  public static func .> (a: NDArray, b: Float) -> NDArray { trapping(.greater, a, b) }
  /// Whether a number is greater than each element.
  @_disfavoredOverload
  public static func .> (a: Float, b: NDArray) -> NDArray { trapping(.greater, a, b) }

  /// Whether each element is at least a number.
  public static func .>= (a: NDArray, b: Int) -> NDArray { trapping(.greaterEqual, a, b) }
  /// Whether a number is at least each element.
  public static func .>= (a: Int, b: NDArray) -> NDArray { trapping(.greaterEqual, a, b) }

  /// Whether each element is at least a number.
  public static func .>= (a: NDArray, b: Double) -> NDArray { trapping(.greaterEqual, a, b) }
  /// Whether a number is at least each element.
  public static func .>= (a: Double, b: NDArray) -> NDArray { trapping(.greaterEqual, a, b) }

  /// Whether each element is at least a number.
  @_disfavoredOverload
  public static func .>= (a: NDArray, b: Float) -> NDArray { trapping(.greaterEqual, a, b) }
  /// Whether a number is at least each element.
  @_disfavoredOverload
  public static func .>= (a: Float, b: NDArray) -> NDArray { trapping(.greaterEqual, a, b) }
}
