import CPythonABI
import Martlet
import MartletIR

/// A Python operator and the row of the table that it means.
final class Operator: Sendable {
  let row: ElementwiseOperation?
  /// Its name in the module `operator`, for what NumPy must serve.
  let python: String

  init(_ row: String, _ python: String) {
    self.row = OperationTable.elementwise(named: row)
    self.python = "operator.\(python)"
  }

  static let add = Operator("add", "add")
  static let subtract = Operator("subtract", "sub")
  static let multiply = Operator("multiply", "mul")
  static let divide = Operator("divide", "truediv")
  static let floorDivide = Operator("floor_divide", "floordiv")
  static let remainder = Operator("remainder", "mod")
  static let divmod = Operator("divmod", "divmod")
  static let power = Operator("power", "pow")
  static let square = Operator("square", "pow")
  static let squareRoot = Operator("sqrt", "pow")
  static let reciprocal = Operator("reciprocal", "pow")
  static let leftShift = Operator("left_shift", "lshift")
  static let rightShift = Operator("right_shift", "rshift")
  static let and = Operator("bitwise_and", "and_")
  static let or = Operator("bitwise_or", "or_")
  static let xor = Operator("bitwise_xor", "xor")
  static let negative = Operator("negative", "neg")
  static let positive = Operator("positive", "pos")
  static let absolute = Operator("absolute", "abs")
  static let invert = Operator("invert", "invert")
  static let minimum = Operator("minimum", "minimum")
  static let maximum = Operator("maximum", "maximum")
  static let clip = Operator("clip", "clip")
  static let less = Operator("less", "lt")
  static let lessEqual = Operator("less_equal", "le")
  static let equal = Operator("equal", "eq")
  static let notEqual = Operator("not_equal", "ne")
  static let greater = Operator("greater", "gt")
  static let greaterEqual = Operator("greater_equal", "ge")

  /// By CPython's number of the comparison.
  @inline(__always)
  static func comparison(_ number: Int32) -> Operator {
    switch number {
    case 0: less
    case 1: lessEqual
    case 2: equal
    case 3: notEqual
    case 4: greater
    default: greaterEqual
    }
  }
}

// MARK: - Applying

/// The Python object for a result: a NumPy scalar where NumPy gives one.
@inline(__always)
/// A result as NumPy gives it: a scalar where it has no dimensions, but on another device, where
/// making one would wait for the device and copy.
func pythonResult(_ array: consuming NDArray) throws(PythonError) -> Ref {
  if array.layout.rank == 0, array.storage.isHosts { return try scalarResult(array) }
  return try ArrayObject.make(array)
}

/// One that is being differentiated stays an array, which knows where it comes from.
func scalarResult(_ array: NDArray) throws(PythonError) -> Ref {
  if array.isTraced { return try ArrayObject.make(array) }
  return try NumPyScalar.make(try onlyElement(array))
}

extension Operator {
  @inline(__always)
  func binary(_ left: Ref, _ right: Ref) -> Ref? {
    if let row, let direct = DirectDoor.binary(row, left, right) { return direct }
    return generalBinary(left, right)
  }

  @inline(never)
  private func generalBinary(_ left: Ref, _ right: Ref) -> Ref? {
    if PyErr_Occurred() != nil { return nil }
    if let row, let later = LazyDoor.binary(row, left, right) { return later }
    do throws(PythonError) {
      if try Overrides.leaves(left, right) { return Python.notImplemented }
      guard let row else { throw PythonError.notNative("the operation has no row yet") }
      let a = try parseOperand(left)
      let b = try parseOperand(right)
      let result = try applied(row, [a, b])
      return try FloatingPointWarnings.checked(try pythonResult(result))
    } catch {
      return Fallback.recover(error, python, left, right)
    }
  }

  @inline(__always)
  func unary(_ operand: Ref) -> Ref? {
    if let row, let direct = DirectDoor.unary(row, operand) { return direct }
    return generalUnary(operand)
  }

  @inline(never)
  private func generalUnary(_ operand: Ref) -> Ref? {
    if PyErr_Occurred() != nil { return nil }
    if let row, let later = LazyDoor.unary(row, operand) { return later }
    do throws(PythonError) {
      guard let row else { throw PythonError.notNative("the operation has no row yet") }
      let array = ArrayObject.read(operand)
      let result = try applied(row, [.array(array)])
      return try FloatingPointWarnings.checked(try pythonResult(result))
    } catch {
      return Fallback.recover(error, python, operand)
    }
  }

  /// `target op= operand`: as the ufunc with `out=target`.
  func inPlace(_ target: Ref, _ operand: Ref) -> Ref? {
    guard ArrayObject.check(target) else { return Python.notImplemented }
    if let row, let direct = DirectDoor.inPlace(row, target, operand) { return direct }
    if PyErr_Occurred() != nil { return nil }
    if let row, let done = LazyDoor.inPlace(row, target, operand) {
      return DirectDoor.told(true, done)
    }
    do throws(PythonError) {
      if try Overrides.leaves(target, operand, inPlace: true) { return Python.notImplemented }
      guard let row else { throw PythonError.notNative("the operation has no row yet") }
      try UFuncCall.checkInPlace(row, target, operand)
      // Nothing but the result may hold the target's memory when it is written.
      let result = try applied(row, [.array(ArrayObject.read(target)), try parseOperand(operand)])
      try UFuncCall.store(result, row.name, .sameKind, mask: nil, into: target)
      return try FloatingPointWarnings.checked(retained(target))
    } catch {
      return Fallback.recover(error, inPlaceName, target, operand)
    }
  }

  private var inPlaceName: String {
    let name = python.dropFirst("operator.".count)
    return "operator.i" + (name.hasSuffix("_") ? String(name.dropLast()) : String(name))
  }
}

/// `base ** exponent`, with NumPy's shortcuts for a few exponents.
func powerOperator(_ base: Ref, _ exponent: Ref) -> Ref? {
  if ArrayObject.check(base) {
    let dtype = ArrayObject.state(base).pointee.dtype
    if isType(exponent, py_long_type()) {
      var overflow: Int32 = 0
      let value = PyLong_AsLongLongAndOverflow(exponent, &overflow)
      // Of an integer that is too large the value is -1 as well.
      if overflow == 0, value == 2 { return Operator.square.unary(base) }
      if overflow == 0, value == -1, dtype.isInexact { return Operator.reciprocal.unary(base) }
    } else if isType(exponent, py_float_type()), dtype.isInexact {
      let value = PyFloat_AsDouble(exponent)
      if value == 2 { return Operator.square.unary(base) }
      if value == 0.5 { return Operator.squareRoot.unary(base) }
    }
  }
  return Operator.power.binary(base, exponent)
}

/// Floor division and remainder together, as `divmod` and `numpy.divmod`.
func divmodOperator(_ left: Ref, _ right: Ref) -> Ref? {
  do throws(PythonError) {
    if try Overrides.leaves(left, right) { return Python.notImplemented }
    guard let row = Operator.divmod.row else {
      throw PythonError.notNative("the operation has no row yet")
    }
    var call = UFuncCall(row)
    call.operands = [try parseOperand(left), try parseOperand(right)]
    return try FloatingPointWarnings.checked(try pythonTuple(owning: try call.run()))
  } catch {
    return Fallback.recover(error, "divmod", left, right)
  }
}
