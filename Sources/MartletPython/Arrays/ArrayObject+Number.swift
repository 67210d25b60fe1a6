import CPythonABI
import Martlet
import MartletIR

extension TypeBuilder {
  /// The slots of an array's operators.
  @discardableResult
  func arrayOperators() -> TypeBuilder {
    self.arithmetic().bitwise().inPlace().conversions()
  }

  @discardableResult
  private func arithmetic() -> TypeBuilder {
    self
      .binary(PY_NB_ADD) { Operator.add.binary($0, $1) }
      .binary(PY_NB_SUBTRACT) { Operator.subtract.binary($0, $1) }
      .binary(PY_NB_MULTIPLY) { Operator.multiply.binary($0, $1) }
      .binary(PY_NB_TRUE_DIVIDE) { Operator.divide.binary($0, $1) }
      .binary(PY_NB_FLOOR_DIVIDE) { Operator.floorDivide.binary($0, $1) }
      .binary(PY_NB_REMAINDER) { Operator.remainder.binary($0, $1) }
      .binary(PY_NB_DIVMOD) { divmodOperator($0, $1) }
      .ternary(PY_NB_POWER) { base, exponent, modulus in
        guard modulus == nil || modulus == py_none() else { return Python.notImplemented }
        return powerOperator(base, exponent)
      }
      .binary(PY_NB_MATRIX_MULTIPLY) { matrixMultiplyOperator($0, $1) }
      .unary(PY_NB_NEGATIVE) { Operator.negative.unary($0) }
      .unary(PY_NB_POSITIVE) { Operator.positive.unary($0) }
      .unary(PY_NB_ABSOLUTE) { Operator.absolute.unary($0) }
      .compare(PY_TP_RICHCOMPARE) { left, right, comparison in
        guard comparison >= 0, comparison < 6 else { return Python.notImplemented }
        return Operator.comparison(comparison).binary(left, right)
      }
  }

  @discardableResult
  private func bitwise() -> TypeBuilder {
    self
      .binary(PY_NB_LSHIFT) { Operator.leftShift.binary($0, $1) }
      .binary(PY_NB_RSHIFT) { Operator.rightShift.binary($0, $1) }
      .binary(PY_NB_AND) { Operator.and.binary($0, $1) }
      .binary(PY_NB_OR) { Operator.or.binary($0, $1) }
      .binary(PY_NB_XOR) { Operator.xor.binary($0, $1) }
      .unary(PY_NB_INVERT) { Operator.invert.unary($0) }
  }

  @discardableResult
  private func inPlace() -> TypeBuilder {
    self
      .binary(PY_NB_INPLACE_ADD) { Operator.add.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_SUBTRACT) { Operator.subtract.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_MULTIPLY) { Operator.multiply.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_TRUE_DIVIDE) { Operator.divide.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_FLOOR_DIVIDE) { Operator.floorDivide.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_REMAINDER) { Operator.remainder.inPlace($0, $1) }
      .ternary(PY_NB_INPLACE_POWER) { base, exponent, _ in Operator.power.inPlace(base, exponent) }
      .binary(PY_NB_INPLACE_LSHIFT) { Operator.leftShift.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_RSHIFT) { Operator.rightShift.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_AND) { Operator.and.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_OR) { Operator.or.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_XOR) { Operator.xor.inPlace($0, $1) }
      .binary(PY_NB_INPLACE_MATRIX_MULTIPLY) { inPlaceMatrixMultiply($0, $1) }
  }

  @discardableResult
  private func conversions() -> TypeBuilder {
    self
      .test(PY_NB_BOOL) { object in
        do throws(PythonError) { return try truth(of: object) ? 1 : 0 } catch {
          setException(error)
          return -1
        }
      }
      .unary(PY_NB_INT) { object in number(object, isWhole: true) }
      .unary(PY_NB_FLOAT) { object in number(object, isWhole: false) }
      .unary(PY_NB_INDEX) { object in
        do throws(PythonError) {
          let array = ArrayObject.read(object)
          guard array.rank == 0, array.dtype.isInteger else {
            throw PythonError.type("only integer scalar arrays can be converted to a scalar index")
          }
          return try pythonNumber(try onlyElement(array))
        } catch {
          setException(error)
          return nil
        }
      }
  }
}

/// `bool(a)`: of one element its own, of more an error.
private func truth(of object: Ref) throws(PythonError) -> Bool {
  let array = ArrayObject.read(object)
  switch array.count {
  case 1: return !(try onlyElement(array.untraced)).isZero
  case 0:
    throw .value(
      "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array "
        + "is not empty.")
  default:
    throw .value(
      "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
  }
}

/// The element of an array that has one.
func onlyElement(_ array: NDArray) throws(PythonError) -> Scalar {
  if array.isTraced {
    throw .martlet(
      .noDerivative(
        operation: "float",
        reason: "a Python number that is read from an array which is being differentiated would be "
          + "a constant; compute with the array (np.sin instead of math.sin), or say so with "
          + "martlet.stop_gradient"))
  }
  let array = try readable(try core { () throws(MartletError) in try array.peeked() })
  defer { withExtendedLifetime(array) {} }
  let memory = try evaluated(array)
  return NumPyScalar.read(array.dtype, at: memory + array.layout.offset * array.dtype.itemSize)
}

/// `int(a)` and `float(a)`, through the NumPy scalar, which knows the rules (complex is an error,
/// and NaN to an integer).
private func number(_ object: Ref, isWhole: Bool) -> Ref? {
  do throws(PythonError) {
    var array = ArrayObject.read(object)
    // Whole numbers don't change where the array changes a little.
    if isWhole { array = array.untraced }
    guard array.rank == 0 else {
      throw PythonError.type("only 0-dimensional arrays can be converted to Python scalars")
    }
    // NumPy would only warn of a scalar's lost imaginary part, but of an array's it is an error.
    let element = try onlyElement(array)
    let scalar = array.dtype.isComplex ? try pythonNumber(element) : try NumPyScalar.make(element)
    defer { py_release(scalar) }
    return try check(isWhole ? PyNumber_Long(scalar) : PyNumber_Float(scalar))
  } catch {
    setException(error)
    return nil
  }
}
