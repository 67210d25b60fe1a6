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

  // MARK: Views

  /// One entry of a key after it was read, so that no user's code runs while a layout is looked at.
  private struct Entry {
    enum Kind: UInt8 { case position, slice, ellipsis, newAxis }
    var kind: Kind
    var start: Int
    var stop = 0
    var step = 0
  }

  /// The most entries: every dimension, as many new axes, and an ellipsis.
  private static let maximumEntries = 2 * Shape.maximumRank + 1

  /// Writes the layout of the view that a key selects, and says whether it is a view; false where
  /// the key needs advanced indexing.
  @inline(__always)
  static func select(
    _ key: Ref, of layout: UnsafePointer<Layout>, into result: UnsafeMutablePointer<Layout>
  ) throws(PythonError) -> Bool {
    var failure: PythonError?
    // The buffer's own function knows no typed errors.
    let isView = withUnsafeTemporaryAllocation(of: Entry.self, capacity: maximumEntries) {
      entries -> Bool in
      let entries = entries.baseAddress.unsafelyUnwrapped
      do throws(PythonError) {
        guard let count = try read(key, entries) else { return false }
        try apply(entries, count, layout, result)
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    return isView
  }

  /// Reads a key; how many entries it has, or nil where one of them is an array.
  @inline(__always)
  private static func read(
    _ key: Ref, _ entries: UnsafeMutablePointer<Entry>
  ) throws(PythonError) -> Int? {
    guard isType(key, py_tuple_type()) || isSubclass(key, tupleFlag) else {
      return try read(key, into: entries) ? 1 : nil
    }
    let count = PyTuple_Size(key)
    if count > maximumEntries { throw .notNative("an index of so many entries") }
    for i in 0..<count {
      guard let item = PyTuple_GetItem(key, i) else { throw .raised }
      guard try read(item, into: entries + i) else { return nil }
    }
    return count
  }

  @inline(__always)
  private static func read(
    _ item: Ref, into entry: UnsafeMutablePointer<Entry>
  ) throws(PythonError) -> Bool {
    if isType(item, py_long_type()) {
      entry.initialize(to: Entry(kind: .position, start: try integer(item)))
    } else if isType(item, py_slice_type()) {
      var (start, stop, step) = (0, 0, 0)
      try check(PySlice_Unpack(item, &start, &stop, &step))
      entry.initialize(to: Entry(kind: .slice, start: start, stop: stop, step: step))
    } else if item == py_ellipsis() {
      entry.initialize(to: Entry(kind: .ellipsis, start: 0))
    } else if item == py_none() {
      entry.initialize(to: Entry(kind: .newAxis, start: 0))
    } else if try isInteger(item) {
      entry.initialize(to: Entry(kind: .position, start: try integer(item)))
    } else {
      return false
    }
    return true
  }

  private static func apply(
    _ entries: UnsafeMutablePointer<Entry>, _ count: Int, _ layout: UnsafePointer<Layout>,
    _ result: UnsafeMutablePointer<Layout>
  ) throws(PythonError) {
    let rank = layout.pointee.shape.rank
    var consumed = 0
    var left = rank
    var hasEllipsis = false
    for i in 0..<count {
      switch entries[i].kind {
      case .position:
        consumed += 1
        left -= 1
      case .slice: consumed += 1
      case .newAxis: left += 1
      case .ellipsis:
        if hasEllipsis { throw .index("an index can only have a single ellipsis ('...')") }
        hasEllipsis = true
      }
    }
    guard consumed <= rank else {
      throw .martlet(.tooManyIndices(given: consumed, rank: rank))
    }
    guard left <= Shape.maximumRank else {
      throw .notNative("more dimensions than Martlet's arrays have")
    }
    var source = 0
    var target = 0
    var offset = layout.pointee.offset
    result.pointee.shape.setRank(left)
    result.pointee.strides.setRank(left)
    func keep(_ size: Int, _ stride: Int) {
      result.pointee.shape[unchecked: target] = size
      result.pointee.strides[unchecked: target] = stride
      target += 1
    }
    func keepWhole(_ axes: Int) {
      for _ in 0..<axes {
        keep(layout.pointee.shape[unchecked: source], layout.pointee.strides[unchecked: source])
        source += 1
      }
    }
    for i in 0..<count {
      switch entries[i].kind {
      case .ellipsis: keepWhole(rank - consumed)
      case .newAxis: keep(1, 0)
      case .position:
        let size = layout.pointee.shape[unchecked: source]
        let place = try wrapped(entries[i].start, axis: source, size: size)
        offset &+= place &* layout.pointee.strides[unchecked: source]
        source += 1
      case .slice:
        var (start, stop) = (entries[i].start, entries[i].stop)
        let stride = layout.pointee.strides[unchecked: source]
        let size = PySlice_AdjustIndices(
          layout.pointee.shape[unchecked: source], &start, &stop, entries[i].step)
        if size > 0 { offset &+= start &* stride }
        // A step beyond the axis takes at most one element; its stride must not overflow.
        keep(size, size > 1 ? stride &* entries[i].step : stride)
        source += 1
      }
    }
    if !hasEllipsis { keepWhole(rank - consumed) }
    result.pointee.offset = offset
  }

  /// Whether the object counts as one integer; truth values and arrays do not.
  static func isInteger(_ object: Ref) throws(PythonError) -> Bool {
    if isType(object, py_long_type()) { return true }
    if isType(object, py_bool_type()) || ArrayObject.check(object) { return false }
    if object == NumPyScalar.trueObject || object == NumPyScalar.falseObject { return false }
    if let type = Python.numpyArrayType, PyType_IsSubtype(py_type(object), type) != 0 {
      return false
    }
    return PyIndex_Check(object) != 0 && !Loan.standsForObject(object)
  }

  /// An integer index from the front.
  @inline(__always)
  static func position(_ object: Ref, axis: Int, size: Int) throws(PythonError) -> Int {
    try wrapped(try integer(object), axis: axis, size: size)
  }

  @inline(__always)
  private static func wrapped(_ given: Int, axis: Int, size: Int) throws(PythonError) -> Int {
    let place = given < 0 ? given &+ size : given
    guard place >= 0, place < size else {
      throw .martlet(.indexOutOfBounds(index: given, axis: axis, size: size))
    }
    return place
  }

  @inline(__always)
  private static func integer(_ object: Ref) throws(PythonError) -> Int {
    var overflow: Int32 = 0
    let given: Int
    if isType(object, py_long_type()) {
      given = Int(PyLong_AsLongLongAndOverflow(object, &overflow))
    } else {
      given = PyNumber_AsSsize_t(object, py_exc_index_error())
    }
    if given == -1, overflow != 0 || PyErr_Occurred() != nil {
      if PyErr_Occurred() != nil {
        // What is no integer after all may be anything, says NumPy, whatever its `__index__` says.
        if PyErr_ExceptionMatches(py_exc_index_error()) == 0 {
          PyErr_Clear()
          throw .index(AdvancedIndex.accepted)
        }
        throw .raised
      }
      throw .index("cannot fit 'int' into an index-sized integer")
    }
    return given
  }
}
