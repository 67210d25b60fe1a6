import CPythonABI
import Martlet
import MartletIR

/// NumPy's arrays, read and made without going through Python.
enum NumPyArray {
  /// NumPy's functions. Set once while the module is imported.
  nonisolated(unsafe) private static var table: NumPyTable! = nil

  static func load() throws(PythonError) {
    let module = try importModule("numpy._core._multiarray_umath")
    defer { py_release(module) }
    let capsule = try attribute(module, "_ARRAY_API")
    defer { py_release(capsule) }
    guard let pointer = PyCapsule_GetPointer(capsule, nil) else { throw .raised }
    let found = UnsafeRawPointer(pointer).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    guard numpy_abi_version(found) >> 24 == 2 else {
      throw .raise(
        py_exc_import_error(), "Martlet needs NumPy 2; this one's C interface is another.")
    }
    table = found
  }

  @inline(__always)
  static func check(_ object: Ref) -> Bool { isType(object, Python.numpyArrayType) }

  /// Whether the object is an array of NumPy's, subclasses included.
  static func isAny(_ object: Ref) -> Bool {
    check(object) || Python.numpyArrayType.map { isInstance(object, of: $0) } ?? false
  }

  @inline(__always)
  static func fields(_ array: Ref) -> UnsafePointer<NumPyArrayFields> {
    UnsafeRawPointer(array).assumingMemoryBound(to: NumPyArrayFields.self)
  }

  /// How many elements it has; `Int.max` for more than memory holds (views of stride 0).
  static func count(_ array: Ref) -> Int {
    guard let sizes = fields(array).pointee.dimensions else { return 1 }
    var count = 1
    for axis in 0..<Int(fields(array).pointee.rank) {
      let (product, overflows) = count.multipliedReportingOverflow(by: sizes[axis])
      if sizes[axis] == 0 { return 0 }
      count = overflows ? .max : product
    }
    return count
  }

  // MARK: Reading

  /// The dtype; nil where Martlet has none like it.
  static func dtype(_ array: Ref) throws(PythonError) -> DType? {
    do throws(PythonError) {
      return try MartletPython.dtype(ofNumPy: fields(array).pointee.dtype)
    } catch {
      guard case .notNative = error else { throw error }
      return nil
    }
  }

  /// How one of NumPy's arrays lies, in elements from its first one; nil where Martlet's arrays
  /// cannot lie so.
  static func layout(_ array: Ref, _ dtype: DType) -> Layout? {
    let fields = fields(array)
    let rank = Int(fields.pointee.rank)
    guard rank <= Shape.maximumRank, fields.pointee.flags & NUMPY_ALIGNED != 0 else { return nil }
    var layout = Layout(shape: Shape(), strides: Shape())
    guard rank > 0 else { return layout }
    guard let sizes = fields.pointee.dimensions, let strides = fields.pointee.strides else {
      return nil
    }
    for i in 0..<rank {
      guard strides[i] % dtype.itemSize == 0 || sizes[i] <= 1 else { return nil }
      layout.shape.append(sizes[i])
      layout.strides.append(strides[i] / dtype.itemSize)
    }
    return layout.isPossible ? layout : nil
  }

  /// The only element of an array without dimensions; nil for others, and dtypes that are not ours.
  static func number(_ array: Ref) -> Scalar? {
    guard fields(array).pointee.rank == 0, let memory = fields(array).pointee.data,
      let dtype = DTypeObjects.dtype(exactly: fields(array).pointee.dtype)
    else { return nil }
    return NumPyScalar.read(dtype, at: memory)
  }

  /// An array of ours with the same elements; nil where they are not few and in C's order.
  static func smallCopy(_ array: Ref) -> Ref? {
    guard let dtype = DTypeObjects.dtype(exactly: fields(array).pointee.dtype),
      let layout = layout(array, dtype), layout.rank > 0, layout.isContiguous,
      let source = fields(array).pointee.data
    else { return nil }
    let byteCount = layout.count &* dtype.itemSize
    guard byteCount <= 512 else { return nil }
    do throws(PythonError) {
      let (object, memory) = try ArrayObject.makePooled(byteCount)
      memory.copyMemory(from: source, byteCount: byteCount)
      let state = ArrayObject.state(object)
      state.pointee.layout = Layout(contiguous: layout.shape)
      state.pointee.dtype = dtype
      return object
    } catch {
      // No memory: the general way tells.
      PyErr_Clear()
      return nil
    }
  }

  @inline(__always)
  static func isWritable(_ array: Ref) -> Bool {
    fields(array).pointee.flags & NUMPY_WRITEABLE != 0
  }

  /// Whether nobody but the holder of the one reference sees the array's memory.
  static func isSole(_ array: Ref) -> Bool {
    guard py_is_unique(array) != 0 else { return false }
    if fields(array).pointee.flags & NUMPY_OWNS_DATA != 0 { return true }
    // A view of what its function made, such as `inv(a).T`.
    guard let base = fields(array).pointee.base, check(base) else { return false }
    return py_is_unique(base) != 0 && fields(base).pointee.flags & NUMPY_OWNS_DATA != 0
  }

  /// The array at the end of the chain of bases.
  static func owner(_ array: Ref) -> Ref {
    var owner = array
    while let base = fields(owner).pointee.base, check(base) { owner = base }
    return owner
  }

  /// The object that was lent to NumPy as this array, or whose memory it shows; borrowed, nil where
  /// that is none of Martlet's.
  static func lender(_ array: Ref) -> (object: Ref, isWhole: Bool)? {
    guard let type = Python.numpyArrayType else { return nil }
    var owner = array
    while let base = fields(owner).pointee.base {
      if isInstance(base, of: type) {
        owner = base
        continue
      }
      guard PyCapsule_IsValid(base, loanName) != 0,
        let pointer = PyCapsule_GetPointer(base, loanName)
      else { return nil }
      return (pointer.assumingMemoryBound(to: PyObject.self), owner == array)
    }
    return nil
  }

  // MARK: Lending

  /// A NumPy array on the same memory, lent for the moment.
  static func lent(_ object: Ref) throws(PythonError) -> Ref {
    let (memory, writable) = try ArrayBuffer.lend(object)
    let state = ArrayObject.state(object)
    let rank = state.pointee.layout.rank
    let dtype = try dtypeObject(state.pointee.dtype)
    var sizes = InlineArray<8, Int>(repeating: 0)
    var strides = InlineArray<8, Int>(repeating: 0)
    for i in 0..<rank {
      sizes[i] = state.pointee.layout.shape[i]
      strides[i] = state.pointee.layout.strides[i] &* state.pointee.dtype.itemSize
    }
    let made = withUnsafePointer(to: &sizes) { sizes in
      withUnsafePointer(to: &strides) { strides in
        numpy_new_array(
          table, Python.numpyArrayType.unsafelyUnwrapped, retained(dtype), Int32(rank),
          UnsafeRawPointer(sizes).assumingMemoryBound(to: Int.self),
          UnsafeRawPointer(strides).assumingMemoryBound(to: Int.self), memory,
          writable ? NUMPY_WRITEABLE : 0)
      }
    }
    let array = try MartletPython.check(made)
    // The memory counts as exported for as long as NumPy's array lives.
    guard let keeper = PyCapsule_New(object, loanName, endLoan) else {
      py_release(array)
      throw .raised
    }
    py_retain(object)
    ArrayObject.state(ArrayObject.root(object)).pointee.exports &+= 1
    if numpy_set_base(table, array, keeper) < 0 {
      py_release(array)
      throw .raised
    }
    return array
  }

  nonisolated(unsafe) private static let loanName = "martlet.loan".permanentCString

  private static let endLoan: @convention(c) (Ref) -> Void = { capsule in
    guard let pointer = PyCapsule_GetPointer(capsule, loanName) else {
      PyErr_WriteUnraisable(capsule)
      return
    }
    let object = pointer.assumingMemoryBound(to: PyObject.self)
    ArrayObject.endExport(object)
    py_release(object)
  }
}
