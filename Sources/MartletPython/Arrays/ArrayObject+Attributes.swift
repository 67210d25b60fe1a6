import CPythonABI
import Martlet
import MartletIR

extension TypeBuilder {
  @discardableResult
  func arrayAttributes() -> TypeBuilder {
    self.shapeAttributes().viewAttributes().exchangeAttributes()
  }

  @discardableResult
  private func shapeAttributes() -> TypeBuilder {
    self
      .fact(
        "shape",
        set: { o, value throws(PythonError) in try setShape(o, value) }
      ) { o, _ in
        let layout = DirectDoor.layout(ArrayObject.state(o))
        return tuple(of: layout.pointee.shape.rank) { layout.pointee.shape[unchecked: $0] }
      }
      .fact(
        "strides",
        set: { o, value throws(PythonError) in try ViewMethod.setStrides(o, value) }
      ) { o, _ in
        let state = ArrayObject.state(o)
        let layout = DirectDoor.layout(state)
        let itemSize = state.pointee.dtype.itemSize
        return tuple(of: layout.pointee.shape.rank) {
          layout.pointee.strides[unchecked: $0] &* itemSize
        }
      }
      .fact("ndim") { o, _ in
        PyLong_FromLongLong(Int64(DirectDoor.layout(ArrayObject.state(o)).pointee.shape.rank))
      }
      .fact("size") { o, _ in
        PyLong_FromLongLong(Int64(DirectDoor.layout(ArrayObject.state(o)).pointee.count))
      }
      .fact("itemsize") { o, _ in
        PyLong_FromLongLong(Int64(ArrayObject.state(o).pointee.dtype.itemSize))
      }
      .fact("nbytes") { o, _ in
        let state = ArrayObject.state(o)
        return PyLong_FromLongLong(
          Int64(DirectDoor.layout(state).pointee.count &* state.pointee.dtype.itemSize))
      }
      .fact(
        "dtype",
        set: { o, value throws(PythonError) in try ViewMethod.setDType(o, value) }
      ) { o, _ in
        let dtype = ArrayObject.state(o).pointee.dtype
        if let object = DTypeObjects.dtypes[Int(dtype.rawValue)] { return retained(object) }
        setException(.type("NumPy has no dtype for \(dtype.name)"))
        return nil
      }
      .attribute("device") { o throws(PythonError) in
        // What has an address is the host's.
        if DirectDoor.address(ArrayObject.state(o)) != nil {
          if hostName == nil { hostName = try pythonString(Device.host.name) }
          if let hostName { return retained(hostName) }
        }
        return try pythonString(ArrayObject.read(o).device.name)
      }
  }

  @discardableResult
  private func viewAttributes() -> TypeBuilder {
    self
      .attribute("T") { o throws(PythonError) in
        try ShapeFunctions.transposed(o)
      }
      .attribute("mT") { o throws(PythonError) in
        let layout = ArrayObject.state(o).pointee.layout
        let rank = layout.rank
        guard rank >= 2 else { throw .value("matrix transpose with ndim < 2 is undefined") }
        let axes = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
        return try ArrayObject.makeView(of: o, layout.transposed(axes))
      }
      .attribute("base") { o throws(PythonError) in
        let state = ArrayObject.state(o)
        if let base = state.pointee.base { return retained(base) }
        // Memory of Martlet's own has no owner beside.
        if let storage = state.pointee.storage, !storage.isForeign, !storage.isTraced {
          return Python.none
        }
        return try ForeignMemory.base(of: ArrayObject.read(o).storage) ?? Python.none
      }
      .attribute(
        "real",
        set: { o, value throws(PythonError) in
          let view = try complexPart(o, imaginary: false)
          defer { py_release(view) }
          try store(value, everywhereIn: view)
        }
      ) { o throws(PythonError) in
        try realPart(o)
      }
      .attribute(
        "imag",
        set: { o, value throws(PythonError) in
          guard ArrayObject.state(o).pointee.dtype.isComplex else {
            throw .type("array does not have imaginary part to set")
          }
          let view = try complexPart(o, imaginary: true)
          defer { py_release(view) }
          try store(value, everywhereIn: view)
        }
      ) { o throws(PythonError) in
        try imaginaryPart(o)
      }
  }

  @discardableResult
  private func exchangeAttributes() -> TypeBuilder {
    self
      .attribute("__array_interface__") { o throws(PythonError) in
        guard ArrayObject.read(o).device.isHost else {
          throw .raise(
            py_exc_attribute_error(),
            "the array lives on \(ArrayObject.read(o).device), which the host cannot read")
        }
        let view = try numpyView(of: o)
        defer { py_release(view) }
        // The memory must outlive this NumPy view: the object that is asked keeps it.
        let shared = ArrayObject.read(o).storage
        try core { () throws(MartletError) in try shared.pin() }
        return try MartletPython.attribute(view, "__array_interface__")
      }
      .attribute("__array_priority__") { _ throws(PythonError) in
        try check(PyFloat_FromDouble(0))
      }
      .attribute("_is_pending") { o throws(PythonError) in
        Python.bool(ArrayObject.read(o).isPending)
      }
      .attribute(
        "_is_writable",
        set: { o, value throws(PythonError) in
          try setWritable(o, try parseBool(value, default: true))
        }
      ) { o throws(PythonError) in
        Python.bool(ArrayObject.isWritable(o))
      }
      .attribute("_is_c_contiguous") { o throws(PythonError) in
        Python.bool(ArrayObject.state(o).pointee.layout.isContiguous)
      }
      .attribute("_is_f_contiguous") { o throws(PythonError) in
        Python.bool(ArrayObject.state(o).pointee.layout.isFortranContiguous)
      }
  }
}

/// The name of the host, once it was asked for.
nonisolated(unsafe) private var hostName: Ref?

/// A tuple of numbers; nil with the exception set.
@inline(__always)
private func tuple(of count: Int, _ number: (Int) -> Int) -> Ref? {
  guard let tuple = PyTuple_New(count) else { return nil }
  for i in 0..<count {
    guard let item = PyLong_FromLongLong(Int64(number(i))) else {
      py_release(tuple)
      return nil
    }
    PyTuple_SetItem(tuple, i, item)
  }
  return tuple
}

/// A NumPy array on the same memory, lent for the moment.
func numpyView(of object: Ref) throws(PythonError) -> Ref {
  try NumPyArray.lent(object)
}

/// `real`: of real numbers the array itself.
func realPart(_ object: Ref) throws(PythonError) -> Ref {
  guard ArrayObject.state(object).pointee.dtype.isComplex else { return retained(object) }
  return try complexPart(object, imaginary: false)
}

/// `imag`: of real numbers zeros that nobody may write.
func imaginaryPart(_ object: Ref) throws(PythonError) -> Ref {
  let state = ArrayObject.state(object)
  guard !state.pointee.dtype.isComplex else { return try complexPart(object, imaginary: true) }
  let zero = Scalar(dtype: state.pointee.dtype, low: 0)
  let own = DirectDoor.layout(state)
  let isPlain = own.pointee.isContiguous
  if let zeros = try DirectDoor.makeFilled(own.pointee.shape, zero) {
    if !isPlain {
      ArrayObject.state(zeros).pointee.layout = MemoryOrder.any.layout(
        of: own.pointee.shape, like: own.pointee)
    }
    ArrayObject.state(zeros).pointee.isReadOnly = true
    return zeros
  }
  let layout = MemoryOrder.any.layout(of: own.pointee.shape, like: own.pointee)
  let zeros = try core { () throws(MartletError) in
    try NDArray(zeros: layout.shape, zero.dtype).view(layout)
  }
  return try ArrayObject.make(zeros, readOnly: true)
}

/// A view of the real or imaginary parts.
func complexPart(_ object: Ref, imaginary: Bool) throws(PythonError) -> Ref {
  let state = ArrayObject.state(object)
  guard state.pointee.dtype.isComplex else {
    return try ArrayObject.makeView(of: object, state.pointee.layout)
  }
  var layout = state.pointee.layout
  layout.offset = layout.offset &* 2 &+ (imaginary ? 1 : 0)
  for i in 0..<layout.rank { layout.strides[i] = layout.strides[i] &* 2 }
  return try ArrayObject.makeView(of: object, layout, dtype: state.pointee.dtype.realType)
}

func store(_ value: Ref, everywhereIn object: Ref) throws(PythonError) {
  let state = ArrayObject.state(object)
  if DirectDoor.assign(value, to: object, DirectDoor.layout(state)) { return }
  if PyErr_Occurred() != nil { throw .raised }
  let operand = try parseElements(value, as: state.pointee.dtype)
  // What the value is may have run a user's code, so the array is looked at now.
  try checkStorable(operand, as: state.pointee.dtype)
  try ArrayObject.assign(object, state.pointee.layout, operand)
}

private func setShape(_ object: Ref, _ value: Ref) throws(PythonError) {
  let state = ArrayObject.state(object)
  let target: Shape
  do throws(PythonError) {
    let sizes = try shape(try parseInts(value), allowing: .min)
    target = try completed(sizes, count: state.pointee.layout.count)
  } catch {
    // Of sizes that Martlet's arrays have not, NumPy says what is wrong with them.
    if case .notNative = error {
      let view = try numpyView(of: object)
      defer { py_release(view) }
      try check(PyObject_SetAttrString(view, "shape", value))
    }
    throw error
  }
  let layout = state.pointee.layout
  guard let reshaped = layout.reshaped(target) else {
    throw .raise(
      py_exc_attribute_error(),
      "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with the "
        + "desired shape.")
  }
  state.pointee.layout = reshaped
}

/// A shape whose one open size (any negative one, to NumPy) is filled in.
func completed(_ target: Shape, count: Int) throws(PythonError) -> Shape {
  var result = target
  var open: Int?
  var product = 1
  for i in 0..<target.rank {
    if target[i] < 0 {
      if open != nil { throw .value("can only specify one unknown dimension") }
      open = i
    } else {
      let (next, overflow) = product.multipliedReportingOverflow(by: target[i])
      if overflow { throw mismatch(count, target) }
      product = next
    }
  }
  if let open {
    guard product > 0, count % product == 0 else { throw mismatch(count, target) }
    result[open] = count / product
  } else if product != count {
    throw mismatch(count, target)
  }
  // Without elements the other sizes are free.
  guard result.isPossible else { throw .notNative("more elements than Martlet's arrays have") }
  return result
}

private func mismatch(_ count: Int, _ target: Shape) -> PythonError {
  .value("cannot reshape array of size \(count) into shape \(target.plain)")
}

private func setWritable(_ object: Ref, _ writable: Bool) throws(PythonError) {
  let state = ArrayObject.state(object)
  if writable {
    let root = state.pointee.base ?? object
    let rootIsLocked =
      (root != object && ArrayObject.state(root).pointee.isReadOnly)
      || ArrayObject.state(root).pointee.storage?.isReadOnly ?? false
    if rootIsLocked { throw .value("cannot set WRITEABLE flag to True of this array") }
  }
  state.pointee.isReadOnly = !writable
}

extension NDArray {
  init(zeros shape: Shape, _ dtype: DType) throws(MartletError) {
    try self.init(filled: shape, with: Scalar(dtype: dtype, low: 0))
  }
}
