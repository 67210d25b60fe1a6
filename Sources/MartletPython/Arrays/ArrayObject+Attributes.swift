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
      .attribute(
        "shape",
        set: { o, value throws(PythonError) in try setShape(o, value) }
      ) { o throws(PythonError) in try pythonTuple(ArrayObject.state(o).pointee.layout.shape) }
      .attribute(
        "strides",
        set: { o, value throws(PythonError) in try ViewMethod.setStrides(o, value) }
      ) { o throws(PythonError) in
        let state = ArrayObject.state(o)
        let itemSize = state.pointee.dtype.itemSize
        var strides = state.pointee.layout.strides
        for i in 0..<strides.rank { strides[i] = strides[i] &* itemSize }
        return try pythonTuple(strides)
      }
      .attribute("ndim") { o throws(PythonError) in
        try pythonInt(ArrayObject.state(o).pointee.layout.rank)
      }
      .attribute("size") { o throws(PythonError) in
        try pythonInt(ArrayObject.state(o).pointee.layout.count)
      }
      .attribute("itemsize") { o throws(PythonError) in
        try pythonInt(ArrayObject.state(o).pointee.dtype.itemSize)
      }
      .attribute("nbytes") { o throws(PythonError) in
        let state = ArrayObject.state(o)
        return try pythonInt(state.pointee.layout.count &* state.pointee.dtype.itemSize)
      }
      .attribute(
        "dtype",
        set: { o, value throws(PythonError) in try ViewMethod.setDType(o, value) }
      ) { o throws(PythonError) in
        retained(try dtypeObject(ArrayObject.state(o).pointee.dtype))
      }
      .attribute("device") { o throws(PythonError) in
        try pythonString(ArrayObject.read(o).device.name)
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
        if let base = ArrayObject.state(o).pointee.base { return retained(base) }
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
        guard ArrayObject.state(o).pointee.dtype.isComplex else { return retained(o) }
        return try complexPart(o, imaginary: false)
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
        let state = ArrayObject.state(o)
        guard state.pointee.dtype.isComplex else {
          let dtype = state.pointee.dtype
          let layout = MemoryOrder.any.layout(
            of: state.pointee.layout.shape, like: state.pointee.layout)
          if let zeros = try DirectDoor.makeFilled(layout.shape, Scalar(dtype: dtype, low: 0)) {
            ArrayObject.state(zeros).pointee.layout = layout
            ArrayObject.state(zeros).pointee.isReadOnly = true
            return zeros
          }
          let zeros = try core { () throws(MartletError) in
            try NDArray(zeros: layout.shape, dtype).view(layout)
          }
          return try ArrayObject.make(zeros, readOnly: true)
        }
        return try complexPart(o, imaginary: true)
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

/// A NumPy array on the same memory, lent for the moment.
func numpyView(of object: Ref) throws(PythonError) -> Ref {
  try NumPyArray.lent(object)
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
