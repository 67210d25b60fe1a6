import CPythonABI
import Martlet
import MartletIR

/// Advanced subscripts that are done at once: index arrays, lists of integers and masks, among
/// slices. Nil and false mean that the general way must, as in `DirectDoor`.
enum DirectIndexing {
  /// Results have fewer elements, and so have index arrays.
  static let limit = 16384

  /// Room for offsets, and for the integers of lists. The interpreter's lock guards both, and nothing
  /// that runs between filling and reading them is a user's.
  nonisolated(unsafe) static let offsets = UnsafeMutablePointer<Int>.allocate(capacity: limit)
  nonisolated(unsafe) private static let integers = UnsafeMutablePointer<Int>.allocate(
    capacity: limit)

  /// Whether a subscript has index arrays or lists among its parts.
  @inline(__always)
  static func isAdvanced(_ key: Ref) -> Bool {
    if isAdvancedPart(key) { return true }
    guard isType(key, py_tuple_type()) else { return false }
    for i in 0..<PyTuple_Size(key) {
      if let item = PyTuple_GetItem(key, i), isAdvancedPart(item) { return true }
    }
    return false
  }

  @inline(__always)
  private static func isAdvancedPart(_ item: Ref) -> Bool {
    ArrayObject.isExact(item) || isType(item, py_list_type())
  }

  typealias Selection = UnsafeMutablePointer<DirectSelection>

  /// The subscript that is being served, likewise.
  nonisolated(unsafe) private static let shared: Selection = {
    let selection = Selection.allocate(capacity: 1)
    selection.initialize(to: DirectSelection())
    return selection
  }()

  /// A subscript without parts.
  static func newSelection() -> Selection {
    shared.pointee.reset()
    return shared
  }

  // MARK: Reading

  /// `object[key]`.
  static func get(_ object: Ref, _ key: Ref) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(object), let selection = try read(key, of: object),
      let memory = DirectDoor.address(ArrayObject.state(object))
    else { return nil }
    return try gather(selection, memory, ArrayObject.state(object).pointee.dtype, outward: true)
  }

  /// Locates a selection and copies what it selects to a new array.
  static func gather(
    _ selection: Selection, _ memory: UnsafeRawPointer, _ dtype: DType,
    mode: DirectSelection.Mode = .raise, outward: Bool = false
  ) throws(PythonError) -> Ref? {
    if mode == .raise, let count = selection.pointee.rowCount, count <= limit {
      guard let made = try DirectDoor.makeEmpty(Shape(repeating: count, count: 1), dtype) else {
        return nil
      }
      if selection.pointee.takeRow(
        memory, count: count, into: made.memory, itemSize: dtype.itemSize)
      {
        return made.object
      }
      py_release(made.object)
      return nil
    }
    guard selection.pointee.locate(offsets, limit: limit, mode: mode) else { return nil }
    var layout = Layout(shape: Shape(), strides: Shape())
    selection.pointee.setLayout(&layout, outward: outward)
    guard let made = try DirectDoor.makeEmpty(layout.shape, dtype) else { return nil }
    if layout.rank > 1 { ArrayObject.state(made.object).pointee.layout = layout }
    selection.pointee.gather(
      memory, offsets, into: made.memory, itemSize: dtype.itemSize, outward: outward)
    return made.object
  }

  // MARK: Writing

  /// `object[key] = value`.
  static func set(_ object: Ref, _ key: Ref, _ value: Ref) throws(PythonError) -> Bool {
    guard ArrayObject.isExact(object), let selection = try read(key, of: object) else {
      return false
    }
    return scatter(selection, object, value)
  }

  /// Locates a selection and writes a number or an array's elements to it.
  static func scatter(
    _ selection: Selection, _ object: Ref, _ value: Ref, mode: DirectSelection.Mode = .raise
  ) -> Bool {
    let dtype = ArrayObject.state(object).pointee.dtype
    guard selection.pointee.locate(offsets, limit: limit, mode: mode) else { return false }
    guard ArrayObject.isExact(value) else {
      guard let number = DirectDoor.exactly(value, as: dtype),
        let target = ArrayObject.memoryForWriting(object)
      else { return false }
      var cell: InlineArray<2, UInt64> = [0, 0]
      return withUnsafeMutablePointer(to: &cell) {
        NumPyScalar.write(number, to: UnsafeMutableRawPointer($0))
        return selection.pointee.scatter(
          target, offsets, from: UnsafeRawPointer($0), nil, itemSize: dtype.itemSize)
      }
    }
    // Made ready to be written, the memory may be another than before.
    guard let target = ArrayObject.memoryForWriting(object) else { return false }
    guard let (values, isCopy) = DirectDoor.converted(value, to: dtype, apartFrom: object) else {
      return false
    }
    defer { if isCopy { py_release(values) } }
    let state = ArrayObject.state(values)
    guard let source = DirectDoor.address(state) else { return false }
    return selection.pointee.scatter(
      target, offsets, from: source, DirectDoor.layout(state), itemSize: dtype.itemSize)
  }

  // MARK: Subscripts

  private enum Part {
    case whole
    case newAxis
    case ellipsis
    case slice(Int, Int, Int)
    case position(Int)
    case array
    case list
  }

  /// Reads a subscript; nil where it is another than of the common kinds.
  private static func read(
    _ key: Ref, of object: Ref
  ) throws(PythonError) -> Selection? {
    guard isType(key, py_tuple_type()) else {
      let selection = newSelection()
      return readSole(key, object, selection) ? selection : nil
    }
    let count = PyTuple_Size(key)
    guard count <= 2 * Shape.maximumRank else { return nil }
    // Slices may run a user's code, so they come first; nothing that arrays have is read before.
    var parts = InlineArray<16, Part>(repeating: .whole)
    for i in 0..<count {
      guard let item = PyTuple_GetItem(key, i), let part = try part(item) else { return nil }
      parts[i] = part
    }
    let selection = newSelection()
    return combine(key, count, parts, object, selection) ? selection : nil
  }

  private static func part(_ item: Ref) throws(PythonError) -> Part? {
    if ArrayObject.isExact(item) { return .array }
    if isType(item, py_slice_type()) {
      var (start, stop, step) = (0, 0, 0)
      try check(PySlice_Unpack(item, &start, &stop, &step))
      return .slice(start, stop, step)
    }
    if isType(item, py_long_type()) || isType(item, int64Type) {
      return DirectDoor.integer(item).map { .position($0) }
    }
    if item == py_ellipsis() { return .ellipsis }
    if item == py_none() { return .newAxis }
    return isType(item, py_list_type()) ? .list : nil
  }

  private static var int64Type: TypeRef? { DTypeObjects.scalarTypes[Int(DType.int64.rawValue)] }

  /// A single array or list; the axes that it does not index stay.
  private static func readSole(
    _ key: Ref, _ object: Ref, _ selection: Selection
  ) -> Bool {
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let itemSize = ArrayObject.state(object).pointee.dtype.itemSize
    var (axis, used) = (0, 0)
    let isRead =
      ArrayObject.isExact(key)
      ? array(key, layout, &axis, itemSize, selection)
      : list(key, layout, &axis, itemSize, &used, selection)
    guard isRead else { return false }
    while axis < layout.pointee.shape.rank {
      guard
        selection.pointee.keep(
          layout.pointee.shape[axis], stride: layout.pointee.strides[axis] &* itemSize)
      else { return false }
      axis += 1
    }
    return true
  }

  private static func combine(
    _ key: Ref, _ count: Int, _ parts: borrowing InlineArray<16, Part>, _ object: Ref,
    _ selection: Selection
  ) -> Bool {
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let itemSize = ArrayObject.state(object).pointee.dtype.itemSize
    let rank = layout.pointee.shape.rank
    var consumed = 0
    var ellipses = 0
    for i in 0..<count {
      switch parts[i] {
      case .ellipsis: ellipses += 1
      case .newAxis: break
      case .array:
        guard let item = PyTuple_GetItem(key, i) else { return false }
        let state = ArrayObject.state(item)
        consumed += state.pointee.dtype == .bool ? state.pointee.layout.rank : 1
      default: consumed += 1
      }
    }
    guard consumed <= rank, ellipses <= 1 else { return false }
    var axis = 0
    var used = 0
    func keepWhole() -> Bool {
      let stride = layout.pointee.strides[axis] &* itemSize
      guard selection.pointee.keep(layout.pointee.shape[axis], stride: stride) else { return false }
      axis += 1
      return true
    }
    for i in 0..<count {
      guard let item = PyTuple_GetItem(key, i) else { return false }
      switch parts[i] {
      case .whole: return false
      case .newAxis: guard selection.pointee.keep(1, stride: 0) else { return false }
      case .ellipsis:
        selection.pointee.separate()
        for _ in 0..<(rank - consumed) { guard keepWhole() else { return false } }
      case .slice(var start, var stop, let step):
        let size = layout.pointee.shape[axis]
        let length = PySlice_AdjustIndices(size, &start, &stop, step)
        let stride = layout.pointee.strides[axis] &* itemSize
        guard
          selection.pointee.keep(
            length, stride: length > 1 ? stride &* step : stride,
            from: length > 0 ? start &* stride : 0)
        else { return false }
        axis += 1
      case .position(let given):
        let stride = layout.pointee.strides[axis] &* itemSize
        guard selection.pointee.position(given, size: layout.pointee.shape[axis], stride: stride)
        else {
          return false
        }
        axis += 1
      case .array: guard array(item, layout, &axis, itemSize, selection) else { return false }
      case .list: guard list(item, layout, &axis, itemSize, &used, selection) else { return false }
      }
    }
    while axis < rank { guard keepWhole() else { return false } }
    return true
  }

  /// An index array or a mask.
  private static func array(
    _ item: Ref, _ layout: UnsafePointer<Layout>, _ axis: inout Int, _ itemSize: Int,
    _ selection: Selection
  ) -> Bool {
    let state = ArrayObject.state(item)
    guard axis < layout.pointee.shape.rank, let memory = DirectDoor.address(state) else {
      return false
    }
    let own = DirectDoor.layout(state)
    if state.pointee.dtype == .bool {
      guard selection.pointee.mask(memory, own, over: layout, axis: axis, itemSize: itemSize) else {
        return false
      }
      axis += own.pointee.shape.rank
      return true
    }
    guard
      selection.pointee.index(
        memory, own, count: 0, state.pointee.dtype, size: layout.pointee.shape[axis],
        stride: layout.pointee.strides[axis] &* itemSize)
    else { return false }
    axis += 1
    return true
  }

  /// A list of plain integers.
  private static func list(
    _ item: Ref, _ layout: UnsafePointer<Layout>, _ axis: inout Int, _ itemSize: Int,
    _ used: inout Int, _ selection: Selection
  ) -> Bool {
    let count = PyList_Size(item)
    guard axis < layout.pointee.shape.rank, used + count <= limit else { return false }
    let row = integers + used
    for i in 0..<count {
      guard let number = PyList_GetItem(item, i), isType(number, py_long_type()),
        let value = DirectDoor.integer(number)
      else { return false }
      row[i] = value
    }
    used += count
    guard
      selection.pointee.index(
        row, nil, count: count, .int64, size: layout.pointee.shape[axis],
        stride: layout.pointee.strides[axis] &* itemSize)
    else { return false }
    axis += 1
    return true
  }
}
