import CPythonABI
import Martlet
import MartletIR

/// NumPy's basic indexing: integers, slices, `...` and `None` make a view and move nothing.
enum BasicIndex {
  /// Where the one element is that integers select, in elements from the layout's first; nil where
  /// the key is anything else than one Python or NumPy integer for each axis.
  @inline(__always)
  static func place(
    _ key: Ref, in layout: UnsafePointer<Layout>
  ) throws(PythonError) -> Int? {
    let rank = layout.pointee.shape.rank
    if isType(key, py_tuple_type()) {
      guard PyTuple_Size(key) == rank, rank > 0 else { return nil }
      var place = 0
      for axis in 0..<rank {
        guard let item = PyTuple_GetItem(key, axis), isPlainInteger(item) else { return nil }
        let own = try position(item, axis: axis, size: layout.pointee.shape[unchecked: axis])
        place &+= own &* layout.pointee.strides[unchecked: axis]
      }
      return place
    }
    guard rank == 1, isPlainInteger(key) else { return nil }
    let own = try position(key, axis: 0, size: layout.pointee.shape[unchecked: 0])
    return own &* layout.pointee.strides[unchecked: 0]
  }

  /// Whether an object is surely one integer, and asking for its value runs no user's code.
  @inline(__always)
  private static func isPlainInteger(_ object: Ref) -> Bool {
    isType(object, py_long_type())
      || isType(object, DTypeObjects.scalarTypes[Int(DType.int64.rawValue)])
  }

  /// The part of `layout` that the key selects; nil where the key needs advanced indexing.
  @inline(__always)
  static func select(_ key: Ref, of layout: Layout) throws(PythonError) -> Layout? {
    if isType(key, py_long_type()) {
      guard layout.rank > 0 else {
        throw .martlet(.tooManyIndices(given: 1, rank: 0))
      }
      return layout.indexed(axis: 0, at: try position(key, axis: 0, size: layout.shape[0]))
    }
    if isType(key, py_slice_type()) {
      guard layout.rank > 0 else {
        throw .martlet(.tooManyIndices(given: 1, rank: 0))
      }
      return try sliced(layout, axis: 0, key)
    }
    return try selectOther(key, of: layout)
  }

  private static func selectOther(_ key: Ref, of layout: Layout) throws(PythonError) -> Layout? {
    if isSubclass(key, tupleFlag) { return try selectTuple(key, of: layout) }
    if key == py_ellipsis() { return layout }
    if key == py_none() {
      try checkRank(layout.rank + 1)
      return layout.expanded(at: 0)
    }
    guard try isInteger(key) else { return nil }
    guard layout.rank > 0 else { throw .martlet(.tooManyIndices(given: 1, rank: 0)) }
    return layout.indexed(axis: 0, at: try position(key, axis: 0, size: layout.shape[0]))
  }

  private static func selectTuple(_ key: Ref, of layout: Layout) throws(PythonError) -> Layout? {
    let count = PyTuple_Size(key)
    var consumed = 0
    var hasEllipsis = false
    for i in 0..<count {
      guard let item = PyTuple_GetItem(key, i) else { throw .raised }
      if item == py_ellipsis() {
        if hasEllipsis { throw .index("an index can only have a single ellipsis ('...')") }
        hasEllipsis = true
      } else if item == py_none() {
        continue
      } else if isType(item, py_long_type()) || isType(item, py_slice_type()) {
        consumed += 1
      } else if try isInteger(item) {
        consumed += 1
      } else {
        return nil
      }
    }
    guard consumed <= layout.rank else {
      throw .martlet(.tooManyIndices(given: consumed, rank: layout.rank))
    }
    var result = layout
    var axis = 0
    // The axis of the original array, which errors name.
    var source = 0
    for i in 0..<count {
      guard let item = PyTuple_GetItem(key, i) else { throw .raised }
      if item == py_ellipsis() {
        axis += layout.rank - consumed
        source += layout.rank - consumed
      } else if item == py_none() {
        try checkRank(result.rank + 1)
        result = result.expanded(at: axis)
        axis += 1
      } else if isType(item, py_slice_type()) {
        result = try sliced(result, axis: axis, item)
        axis += 1
        source += 1
      } else {
        let place = try position(item, axis: source, size: result.shape[axis])
        result = result.indexed(axis: axis, at: place)
        source += 1
      }
    }
    return result
  }

  private static func checkRank(_ rank: Int) throws(PythonError) {
    if rank > Shape.maximumRank { throw .notNative("more dimensions than Martlet's arrays have") }
  }

  /// Whether the object counts as one integer; truth values and arrays do not.
  static func isInteger(_ object: Ref) throws(PythonError) -> Bool {
    if isType(object, py_long_type()) { return true }
    if isType(object, py_bool_type()) || ArrayObject.check(object) { return false }
    if object == NumPyScalar.trueObject || object == NumPyScalar.falseObject { return false }
    if let type = Python.numpyArrayType, PyType_IsSubtype(py_type(object), type) != 0 {
      return false
    }
    return PyIndex_Check(object) != 0
  }

  /// An integer index from the front.
  @inline(__always)
  static func position(_ object: Ref, axis: Int, size: Int) throws(PythonError) -> Int {
    var overflow: Int32 = 0
    var given: Int
    if isType(object, py_long_type()) {
      given = Int(PyLong_AsLongLongAndOverflow(object, &overflow))
    } else {
      given = PyNumber_AsSsize_t(object, py_exc_index_error())
    }
    if given == -1, overflow != 0 || PyErr_Occurred() != nil {
      if PyErr_Occurred() != nil { throw .raised }
      throw .index("cannot fit 'int' into an index-sized integer")
    }
    let place = given < 0 ? given &+ size : given
    guard place >= 0, place < size else {
      throw .martlet(.indexOutOfBounds(index: given, axis: axis, size: size))
    }
    return place
  }

  @inline(__always)
  private static func sliced(
    _ layout: Layout, axis: Int, _ slice: Ref
  ) throws(PythonError) -> Layout {
    var start = 0
    var stop = 0
    var step = 0
    try check(PySlice_Unpack(slice, &start, &stop, &step))
    let count = PySlice_AdjustIndices(layout.shape[axis], &start, &stop, step)
    // A step beyond the axis takes at most one element; its stride must not overflow.
    return layout.sliced(
      axis: axis, start: count == 0 ? 0 : start, count: count, step: count > 1 ? step : 1)
  }
}
