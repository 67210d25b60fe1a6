import CPythonABI
import Martlet
import MartletIR

extension TypeBuilder {
  @discardableResult
  func arrayIndexing() -> TypeBuilder {
    self
      .size(PY_MP_LENGTH) { length(of: $0) }
      .binary(PY_MP_SUBSCRIPT) { object, key in
        do throws(PythonError) { return try element(of: object, key) } catch {
          return Fallback.recover(error, "operator.getitem", object, key)
        }
      }
      .storing(PY_MP_ASS_SUBSCRIPT) { object, key, value in
        guard let value else {
          PyErr_SetString(py_exc_value_error(), "cannot delete array elements")
          return -1
        }
        do throws(PythonError) {
          try store(value, into: object, key)
          return 0
        } catch {
          guard let result = Fallback.recover(error, "operator.setitem", object, key, value) else {
            return -1
          }
          py_release(result)
          return 0
        }
      }
      .size(PY_SQ_LENGTH) { length(of: $0) }
      .item(PY_SQ_ITEM) { object, position in
        do throws(PythonError) {
          if let element = try element(of: object, at: position) { return element }
          let layout = ArrayObject.state(object).pointee.layout
          guard layout.rank > 0 else {
            throw .martlet(.tooManyIndices(given: 1, rank: 0))
          }
          guard position >= 0, position < layout.shape[0] else {
            throw .martlet(
              .indexOutOfBounds(index: position, axis: 0, size: layout.shape[0]))
          }
          return try part(of: object, layout.indexed(axis: 0, at: position))
        } catch {
          setException(error)
          return nil
        }
      }
      .unary(PY_TP_ITER) { object in
        guard ArrayObject.state(object).pointee.layout.rank > 0 else {
          PyErr_SetString(py_exc_type_error(), "iteration over a 0-d array")
          return nil
        }
        return PySeqIter_New(object)
      }
      .contains(PY_SQ_CONTAINS) { object, value in
        guard let hits = Operator.equal.binary(object, value) else { return -1 }
        defer { py_release(hits) }
        do throws(PythonError) {
          let any = try callMethod(hits, "any")
          defer { py_release(any) }
          return PyObject_IsTrue(any)
        } catch {
          setException(error)
          return -1
        }
      }
  }
}

private func length(of object: Ref) -> Int {
  let layout = ArrayObject.state(object).pointee.layout
  guard layout.rank > 0 else {
    PyErr_SetString(py_exc_type_error(), "len() of unsized object")
    return -1
  }
  return layout.shape[0]
}

/// `a[key]`.
@inline(__always)
private func element(of object: Ref, _ key: Ref) throws(PythonError) -> Ref {
  let state = ArrayObject.state(object)
  let layout = DirectDoor.layout(state)
  if let place = try BasicIndex.place(key, in: layout), let memory = DirectDoor.address(state) {
    let dtype = state.pointee.dtype
    return try NumPyScalar.make(NumPyScalar.read(dtype, at: memory + place &* dtype.itemSize))
  }
  if DirectIndexing.isAdvanced(key), let direct = try DirectIndexing.get(object, key) {
    return direct
  }
  let view = try ArrayObject.makeView(of: object)
  let own = DirectDoor.mutableLayout(ArrayObject.state(view))
  let isView: Bool
  do throws(PythonError) { isView = try BasicIndex.select(key, of: layout, into: own) } catch {
    py_release(view)
    throw error
  }
  ArrayObject.state(view).pointee.dtype = state.pointee.dtype
  guard isView else {
    py_release(view)
    return try FloatingPointWarnings.checked(try AdvancedIndex.get(object, key))
  }
  // Integers for every axis give a scalar; with an ellipsis it stays an array.
  guard own.pointee.rank == 0 else { return view }
  if try !hasEllipsis(key) {
    defer { py_release(view) }
    return try scalar(of: object, own.pointee)
  }
  return view
}

/// A number of one dimension, as an iteration asks for it; nil for the general way.
@inline(__always)
private func element(of object: Ref, at position: Int) throws(PythonError) -> Ref? {
  let state = ArrayObject.state(object)
  guard state.pointee.layout.shape.rank == 1, position >= 0,
    position < state.pointee.layout.shape[unchecked: 0], let memory = DirectDoor.address(state)
  else { return nil }
  let dtype = state.pointee.dtype
  let place = position &* state.pointee.layout.strides[unchecked: 0] &* dtype.itemSize
  return try NumPyScalar.make(NumPyScalar.read(dtype, at: memory + place))
}

/// The scalar or view of one position along the first axis.
private func part(of object: Ref, _ layout: Layout) throws(PythonError) -> Ref {
  layout.rank == 0
    ? try scalar(of: object, layout) : try ArrayObject.makeView(of: object, layout)
}

private func hasEllipsis(_ key: Ref) throws(PythonError) -> Bool {
  if isType(key, py_long_type()) { return false }
  if key == py_ellipsis() { return true }
  guard isSubclass(key, tupleFlag) else { return false }
  for i in 0..<PyTuple_Size(key) where PyTuple_GetItem(key, i) == py_ellipsis() { return true }
  // `a[()]` of a 0-d array is its scalar.
  return false
}

@inline(__always)
private func scalar(of object: Ref, _ layout: Layout) throws(PythonError) -> Ref {
  let state = ArrayObject.state(object)
  let owner = state.pointee.base.map { ArrayObject.state($0) } ?? state
  let dtype = state.pointee.dtype
  guard let memory = owner.pointee.storage?.pointer else {
    let array = ArrayObject.read(object).view(layout)
    if array.isTraced {
      return try ArrayObject.make(try core { () throws(MartletError) in try array.copy() })
    }
    let element = try onlyElement(ArrayObject.read(object).view(layout))
    return try FloatingPointWarnings.checked(try NumPyScalar.make(element))
  }
  return try NumPyScalar.make(NumPyScalar.read(dtype, at: memory + layout.offset &* dtype.itemSize))
}

/// `a[key] = value`.
private func store(
  _ value: Ref, into object: Ref, _ key: Ref
) throws(PythonError) {
  let state = ArrayObject.state(object)
  if try storeElement(value, into: object, key) { return }
  guard ArrayObject.isWritable(object) else {
    throw .martlet(.readOnly(operation: "assignment"))
  }
  if DirectIndexing.isAdvanced(key), try DirectIndexing.set(object, key, value) { return }
  let dtype = state.pointee.dtype
  var region = Layout(shape: Shape(), strides: Shape())
  guard try BasicIndex.select(key, of: DirectDoor.layout(state), into: &region) else {
    try AdvancedIndex.set(object, key, value)
    if !FloatingPointLog.isEmpty { try FloatingPointWarnings.report() }
    return
  }
  if withUnsafePointer(to: &region, { DirectDoor.assign(value, to: object, $0) }) { return }
  if PyErr_Occurred() != nil { throw .raised }
  var isElement = region.rank == 0
  if isElement { isElement = try !hasEllipsis(key) }
  // What a list means there depends on the dtype.
  if isElement, isSubclass(value, listFlag) || isSubclass(value, tupleFlag) {
    throw .notNative("a sequence as one element")
  }
  var operand = try parseElements(value, as: dtype)
  // The region holds for as long as the storage, which never gets smaller, holds these elements.
  guard state.pointee.dtype == dtype else {
    throw .runtime("the array's dtype was changed while it was assigned to")
  }
  if isElement, case .array(let array) = operand {
    guard isArray(value), dtype != .bool || array.rank == 0 else {
      throw .notNative("a sequence as one element")
    }
    if array.rank > 0 { throw .value("setting an array element with a sequence.") }
  } else if case .array(let array) = operand, array.rank > region.rank, !isArray(value) {
    throw .value(
      "setting an array element with a sequence. The requested array would exceed the maximum "
        + "number of dimension of \(region.rank).")
  }
  try checkStorable(operand, as: dtype)
  if case .array(let array) = operand, array.rank > region.rank {
    operand = .array(withoutLeadingOnes(array, downTo: region.rank))
  }
  try ArrayObject.assign(object, region, operand)
  if !FloatingPointLog.isEmpty { try FloatingPointWarnings.report() }
}

/// One number at one place, written as it is. False where more is to be looked at.
@inline(__always)
private func storeElement(_ value: Ref, into object: Ref, _ key: Ref) throws(PythonError) -> Bool {
  let state = ArrayObject.state(object)
  let found: Int?
  do throws(PythonError) { found = try BasicIndex.place(key, in: DirectDoor.layout(state)) } catch {
    // NumPy looks at this first.
    guard ArrayObject.isWritable(object) else {
      PyErr_Clear()
      throw .martlet(.readOnly(operation: "assignment"))
    }
    throw error
  }
  guard let place = found else { return false }
  let dtype = state.pointee.dtype
  guard let number = DirectDoor.storable(value, as: dtype),
    let memory = ArrayObject.memoryForWriting(object)
  else { return false }
  if number.dtype != dtype, number.lost(as: dtype) != nil { return false }
  let converted = number.dtype == dtype ? number : number.converted(to: dtype)
  NumPyScalar.write(converted, to: memory + place &* dtype.itemSize)
  return true
}

/// Assignment takes a value with too many dimensions when the first ones have size 1.
func withoutLeadingOnes(_ array: NDArray, downTo rank: Int) -> NDArray {
  var layout = array.layout
  while layout.rank > rank, layout.shape[0] == 1 {
    layout.shape.remove(at: 0)
    layout.strides.remove(at: 0)
  }
  return array.view(layout)
}

/// Whether an object is an array, Martlet's or NumPy's, and not a list of what makes one.
func isArray(_ object: Ref) -> Bool {
  if ArrayObject.check(object) { return true }
  guard let type = Python.numpyArrayType else { return false }
  return PyType_IsSubtype(py_type(object), type) != 0
}

/// A value to be stored as elements of `dtype`. The numbers in a list are stored one by one, which
/// has other rules than converting an array of them.
func parseElements(_ value: Ref, as dtype: DType) throws(PythonError) -> Operand {
  if isType(value, py_list_type()) || isType(value, py_tuple_type()),
    let made = try NestedNumbers.array(value, dtype)
  {
    defer { py_release(made) }
    return .array(ArrayObject.read(made))
  }
  let operand = try parseOperand(value)
  guard case .array(let array) = operand, array.dtype != dtype, !isArray(value) else {
    return operand
  }
  return .array(try CreationFunctions.convertedByNumPy(value, dtype))
}

/// The numbers that NumPy refuses to store, and what it tells of the others.
///
/// A number is stored by other rules than an array's elements are converted; where a subscript has
/// arrays, NumPy makes an array of a typed number first (`converting`).
func checkStorable(
  _ value: Operand, as dtype: DType, converting: Bool = false
) throws(PythonError) {
  switch value {
  case .array(let array): try checkKeepsParts(array.dtype, dtype)
  case .scalar(let number):
    try checkKeepsParts(number.dtype, dtype)
    // Typed numbers wrap around where they become unsigned.
    if !converting, dtype.isSigned, !number.dtype.isComplex, number.dtype != .bool {
      try checkStorable(number.dtype.isInteger ? .integer : .floating, number, as: dtype)
    }
    FloatingPointLog.note(converting: number, to: dtype)
  case .weak(let kind, let number):
    try checkStorable(kind, number, as: dtype)
    FloatingPointLog.note(converting: number, to: dtype)
  }
}

private func checkStorable(
  _ kind: Promotion.Weak, _ number: Scalar, as dtype: DType
) throws(PythonError) {
  switch kind {
  case .bool: return
  case .integer:
    guard dtype.isInteger else { return }
    let fits =
      number.dtype == .uint64 && number.low > Int64.max
      ? dtype == .uint64
      : number.converted(to: dtype).asInt64 == number.asInt64
        && (dtype != .uint64 || number.asInt64 >= 0)
    if !fits {
      let text = number.dtype == .uint64 ? "\(number.low)" : "\(number.asInt64)"
      throw .raise(py_exc_overflow_error(), "Python integer \(text) out of bounds for \(dtype)")
    }
  case .floating:
    guard dtype.isInteger else { return }
    let double = number.asDouble
    if double.isNaN { throw .value("cannot convert float NaN to integer") }
    if double.isInfinite {
      throw .raise(py_exc_overflow_error(), "cannot convert float infinity to integer")
    }
    // NumPy goes through a Python integer, which must fit.
    if double.magnitude >= 0x1p31 { throw .notNative("a large float assigned to integers") }
    try checkStorable(.integer, Scalar(double, .int64), as: dtype)
  case .complex:
    if dtype.isComplex || dtype == .bool { return }
    if dtype.isInteger {
      throw .type(
        "int() argument must be a string, a bytes-like object or a real number, not 'complex'")
    }
    throw .type("float() argument must be a string or a real number, not 'complex'")
  }
}

/// Complex numbers that become real ones lose a part, which NumPy warns of.
func checkKeepsParts(_ from: DType, _ to: DType) throws(PythonError) {
  if from.isComplex, !to.isComplex, to != .bool {
    throw .notNative("discarding imaginary parts, which NumPy warns of")
  }
}
