import CPythonABI
import Martlet
import MartletIR

/// What stands behind the header of a Python `ndarray`.
///
/// A *root* owns memory: `storage` is set and `base` is not. A *view* has a root as its `base` and
/// reads whatever memory that root has now, so that writing through either is seen by both.
struct ArrayState: ~Copyable {
  /// CPython's list of weak references; it must come first (`ArrayObject.weakListOffset`).
  var weakReferences: Ref?
  var base: Ref?
  var storage: Storage?
  var layout: Layout
  var dtype: DType
  /// NumPy's `flags.writeable`, turned round.
  var isReadOnly: Bool
  /// Buffers that others have on this object's memory now.
  var exports: Int32
}

/// The Python type `ndarray` and its objects' life.
enum ArrayObject {
  /// Set at import, read under the interpreter's lock.
  nonisolated(unsafe) static var type: TypeRef? = nil
  static let weakListOffset = MemoryLayout<PyObject>.size
  static var basicSize: Int { MemoryLayout<PyObject>.size + MemoryLayout<ArrayState>.stride }

  /// Memory of dead objects, for the next ones. The interpreter's lock guards it.
  nonisolated(unsafe) private static var freeList = InlineArray<64, Ref?>(repeating: nil)
  nonisolated(unsafe) private static var freeCount = 0

  @inline(__always)
  static func state(_ object: Ref) -> UnsafeMutablePointer<ArrayState> {
    (UnsafeMutableRawPointer(object) + MemoryLayout<PyObject>.size)
      .assumingMemoryBound(to: ArrayState.self)
  }

  /// Whether the object is one of ours; the type has no subclasses.
  @inline(__always)
  static func isExact(_ object: Ref) -> Bool { py_type(object) == type }

  @inline(__always)
  static func check(_ object: Ref) -> Bool { isExact(object) }

  // MARK: Making

  /// A new root whose elements are not set, with its memory: a dead one of that size where there
  /// is one. The caller sets `layout` and `dtype`.
  @inline(__always)
  static func makePooled(
    _ byteCount: Int
  ) throws(PythonError) -> (object: Ref, memory: UnsafeMutableRawPointer) {
    guard byteCount <= ArrayPool.largest else { return try makeFresh(byteCount) }
    let size = ArrayPool.sizeClass(byteCount)
    if let object = ArrayPool.take(size) {
      Counters.allocations.add(1)
      object.pointee.refcount.whole = 1
      // Nobody else has seen the storage: it is not pending, and stays where it is.
      let storage = state(object).pointee.storage.unsafelyUnwrapped
      return (object, storage.pointer.unsafelyUnwrapped)
    }
    return try makeFresh(ArrayPool.capacity(size))
  }

  /// The same with one dimension of `count` elements.
  @inline(__always)
  static func makePooledRow(
    _ count: Int, _ dtype: DType
  ) throws(PythonError) -> (object: Ref, memory: UnsafeMutableRawPointer) {
    let made = try makePooled(count &* dtype.itemSize)
    let state = state(made.object)
    state.pointee.layout.shape.setRank(1)
    state.pointee.layout.strides.setRank(1)
    state.pointee.layout.shape[unchecked: 0] = count
    state.pointee.layout.strides[unchecked: 0] = count == 0 ? 0 : 1
    state.pointee.layout.offset = 0
    state.pointee.dtype = dtype
    return made
  }

  @inline(never)
  private static func makeFresh(
    _ byteCount: Int
  ) throws(PythonError) -> (object: Ref, memory: UnsafeMutableRawPointer) {
    let storage = try core { () throws(MartletError) in
      try Storage(byteCount: byteCount)
    }
    let memory = try core { () throws(MartletError) in try storage.evaluated() }
    let layout = Layout(contiguous: Shape())
    return (try make(NDArray(storage: storage, layout: layout, dtype: .bool)), memory)
  }

  @inline(__always)
  private static func allocate() throws(PythonError) -> Ref {
    if freeCount > 0 {
      freeCount &-= 1
      if let object = freeList[freeCount] {
        // The type's reference that the dead object held was kept.
        object.pointee.refcount.whole = 1
        return object
      }
    }
    guard let type, let memory = PyObject_Malloc(basicSize) else {
      _ = PyErr_NoMemory()
      throw .raised
    }
    return PyObject_Init(memory.assumingMemoryBound(to: PyObject.self), type)
  }

  /// A new root.
  @inline(__always)
  static func make(_ array: consuming NDArray, readOnly: Bool = false) throws(PythonError) -> Ref {
    let object = try allocate()
    let dtype = array.dtype
    state(object).initialize(
      to: ArrayState(
        weakReferences: nil, base: nil, storage: array.storage, layout: array.layout, dtype: dtype,
        isReadOnly: readOnly, exports: 0))
    return object
  }

  /// A new view of an array object: of its root, if it is a view itself.
  @inline(__always)
  static func makeView(
    of object: Ref, _ layout: Layout, dtype: DType? = nil, readOnly: Bool = false
  ) throws(PythonError) -> Ref {
    let view = try makeView(of: object)
    state(view).pointee.layout = layout
    if let dtype { state(view).pointee.dtype = dtype }
    if readOnly { state(view).pointee.isReadOnly = true }
    return view
  }

  /// The same with a layout that the caller sets, field by field: the value is large, and a view is
  /// made for every slice.
  @inline(__always)
  static func makeView(of object: Ref) throws(PythonError) -> Ref {
    let view = try allocate()
    let root = state(object).pointee.base ?? object
    py_retain(root)
    let new = state(view)
    new.pointee.weakReferences = nil
    new.pointee.base = root
    withUnsafeMutablePointer(to: &new.pointee.storage) { $0.initialize(to: nil) }
    new.pointee.dtype = state(object).pointee.dtype
    new.pointee.isReadOnly = state(object).pointee.isReadOnly
    new.pointee.exports = 0
    return view
  }

  // MARK: Reading and writing

  /// The object that owns the memory; borrowed.
  @inline(__always)
  static func root(_ object: Ref) -> Ref { state(object).pointee.base ?? object }

  /// The array as a value. For a view that is the root's memory of this moment.
  @inline(__always)
  static func read(_ object: Ref) -> NDArray {
    let here = state(object)
    let owner = here.pointee.base.map { state($0) } ?? here
    // A root always has its storage: it is set when the object is made and only ever replaced.
    return NDArray(
      storage: owner.pointee.storage.unsafelyUnwrapped, layout: here.pointee.layout,
      dtype: here.pointee.dtype)
  }

  static func isWritable(_ object: Ref) -> Bool {
    if state(object).pointee.isReadOnly { return false }
    let root = state(object).pointee.base ?? object
    return !(state(root).pointee.isReadOnly || state(root).pointee.storage?.isReadOnly ?? false)
  }

  /// Writes `value` into the elements that `region`, a layout over the root's memory, covers.
  static func assign(
    _ object: Ref, _ region: Layout, _ value: Operand
  ) throws(PythonError) {
    guard isWritable(object) else {
      throw .martlet(.readOnly(operation: "assignment"))
    }
    try mutate(object) { (array) throws(MartletError) in try array.assign(region, value) }
  }

  /// Lets `body` change the root's memory, given as the root's array; through a view of another
  /// dtype, as one row of that dtype.
  static func mutate(
    _ object: Ref, _ body: (inout NDArray) throws(MartletError) -> Void
  ) throws(PythonError) {
    let here = state(object)
    let owner = here.pointee.base.map { state($0) } ?? here
    // The storage moves into the array and back, so that it stays uniquely referenced. The
    // interpreter's lock is kept meanwhile: nobody sees the root without it.
    guard let storage = owner.pointee.storage.take() else {
      throw .runtime("the array is being written by another call")
    }
    var array = NDArray(
      storage: storage, layout: owner.pointee.layout, dtype: owner.pointee.dtype)
    _ = consume storage
    let dtype = here.pointee.dtype
    let isExported = owner.pointee.exports > 0
    var failure: MartletError?
    do throws(MartletError) {
      // Memory that others look at stays where it is.
      if isExported, !array.storage.isPinned { try array.storage.pin() }
      if dtype != array.dtype {
        _ = try array.untraced.storage.evaluated()
        let count = array.storage.byteCount / dtype.itemSize
        array = NDArray(
          storage: array.storage, layout: Layout(contiguous: [count]), dtype: dtype)
      }
      try body(&array)
    } catch {
      failure = error
    }
    owner.pointee.storage = array.storage
    // Users hear of what happened only now: they may look at the array.
    try core { () throws(MartletError) in if let failure { throw failure } }
  }

  /// Where an array's first element is, of memory that may be written now: nobody else sees it, or
  /// all who do are meant to. Nil where the general way must see to that.
  @inline(__always)
  static func memoryForWriting(_ object: Ref) -> UnsafeMutableRawPointer? {
    let here = state(object)
    let owner = here.pointee.base.map { state($0) } ?? here
    guard !here.pointee.isReadOnly, !owner.pointee.isReadOnly else { return nil }
    if owner.pointee.exports != 0 || !isKnownUniquelyReferenced(&owner.pointee.storage)
      || !owner.pointee.storage.unsafelyUnwrapped.isUnread
    {
      guard makeWritable(owner) else { return nil }
    }
    let storage = owner.pointee.storage.unsafelyUnwrapped
    guard !storage.isReadOnly, let memory = storage.pointer else { return nil }
    return memory + here.pointee.layout.offset &* here.pointee.dtype.itemSize
  }

  /// Takes memory of its own where another array shares it; false where work is pending, memory ends, or the memory is another device's.
  @inline(never)
  private static func makeWritable(_ owner: UnsafeMutablePointer<ArrayState>) -> Bool {
    guard let storage = owner.pointee.storage, storage.pointer != nil, storage.isUnread
    else { return false }
    if storage.isPinned { return true }
    // Memory that others look at is pinned by the general way.
    if owner.pointee.exports != 0 { return false }
    _ = consume storage
    if isKnownUniquelyReferenced(&owner.pointee.storage) { return true }
    let array = NDArray(
      storage: owner.pointee.storage.unsafelyUnwrapped, layout: owner.pointee.layout,
      dtype: owner.pointee.dtype)
    do throws(MartletError) { owner.pointee.storage = try array.duplicated() } catch {
      return false
    }
    return true
  }

  /// Makes a freshly computed array the content of a root of the same dtype and layout, instead of
  /// writing it there: pending work stays pending, so `a += b * c` in a loop becomes one pass.
  ///
  /// Returns whether that was possible.
  static func replaceContent(of object: Ref, by result: NDArray) -> Bool {
    let here = state(object)
    guard here.pointee.base == nil, here.pointee.exports == 0, result.dtype == here.pointee.dtype,
      result.layout == here.pointee.layout, let storage = here.pointee.storage,
      storage.device == result.storage.device, !storage.isPinned, !storage.isReadOnly
    else { return false }
    here.pointee.storage = result.storage
    return true
  }

  // MARK: The end

  static let deallocate: @convention(c) (Ref?) -> Void = { object in
    guard let object else { return }
    let here = state(object)
    if here.pointee.weakReferences != nil { PyObject_ClearWeakRefs(object) }
    let base = here.pointee.base
    if base == nil, py_type(object) == type, keepPooled(object) { return }
    here.deinitialize(count: 1)
    if py_type(object) == type, freeCount < 64 {
      freeList[freeCount] = object
      freeCount &+= 1
    } else {
      release(memoryOf: object)
    }
    if let base { py_release(base) }
    // Who owns the memory may close it now: `del array; file.close()`.
    if ForeignMemory.isWaiting { ForeignMemory.drain() }
  }

  /// Puts a dead root aside, with its memory, for the next one; false where others know the memory
  /// too.
  @inline(__always)
  private static func keepPooled(_ object: Ref) -> Bool {
    let here = state(object)
    guard here.pointee.exports == 0, isKnownUniquelyReferenced(&here.pointee.storage),
      let storage = here.pointee.storage, storage.isReusable
    else { return false }
    here.pointee.weakReferences = nil
    here.pointee.isReadOnly = false
    return ArrayPool.keep(object, byteCount: storage.byteCount)
  }

  private static func release(memoryOf object: Ref) {
    let type = py_type(object)
    if let slot = PyType_GetSlot(type, Int32(PY_TP_FREE)) {
      unsafeBitCast(slot, to: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self)(object)
    }
    py_release(py_object(type))
  }
}
