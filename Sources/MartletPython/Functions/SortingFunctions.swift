import CPythonABI
import Martlet
import MartletIR

/// Shorter ways of `sort`, `argsort`, `searchsorted` and `bincount` for few elements.
enum SortingFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "sort": { arguments throws(PythonError) in
      try sorted(arguments, axis: 1, positions: false)
    },
    "ndarray.sort": { arguments throws(PythonError) in
      sortInPlace(try ArrayMethods.itself(arguments), arguments, axis: 1) ? Python.none : nil
    },
    "argsort": { arguments throws(PythonError) in
      try sorted(arguments, axis: 1, positions: true)
    },
    // What is in order is parted at every position.
    "partition": { arguments throws(PythonError) in
      try sorted(arguments, kth: 1, axis: 2, positions: false)
    },
    "ndarray.partition": { arguments throws(PythonError) in
      let object = try ArrayMethods.itself(arguments)
      return sortInPlace(object, arguments, kth: 1, axis: 2) ? Python.none : nil
    },
    "argpartition": { arguments throws(PythonError) in
      try sorted(arguments, kth: 1, axis: 2, positions: true)
    },
    "searchsorted": { arguments throws(PythonError) in try searchDirectly(arguments) },
  ]

  /// More elements in several rows are sorted in the general way.
  private static let mostElements = 512

  /// The axis that few elements are to be sorted along; nil where the general way must.
  private static func axis(
    of object: Ref, _ arguments: borrowing Arguments, kth: Int?, axis place: Int
  ) -> Int? {
    guard ArrayObject.isExact(object) else { return nil }
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let rank = layout.pointee.shape.rank
    let given = arguments[place]
    guard rank > 0, arguments.count == (kth == nil ? 1 : 2) + (given == nil ? 0 : 1) else {
      return nil
    }
    let axis: Int
    if let given {
      guard let found = DirectDoor.axis(given, rank: rank) else { return nil }
      axis = found
    } else {
      axis = rank &- 1
    }
    let size = layout.pointee.shape[axis]
    guard size <= DirectSort.limit, rank == 1 || layout.pointee.count <= mostElements else {
      return nil
    }
    if let kth {
      guard let position = DirectDoor.integer(arguments.required(kth)), position >= -size,
        position < size
      else { return nil }
    }
    return axis
  }

  /// The elements in order along an axis, or their positions; nil for the general way.
  private static func sorted(
    _ arguments: borrowing Arguments, kth: Int? = nil, axis place: Int, positions: Bool
  ) throws(PythonError) -> Ref? {
    let object = arguments.required(0)
    guard let axis = axis(of: object, arguments, kth: kth, axis: place) else { return nil }
    let state = ArrayObject.state(object)
    let layout = DirectDoor.layout(state)
    guard let memory = DirectDoor.address(state) else { return nil }
    let dtype = positions ? .int64 : state.pointee.dtype
    guard let made = try DirectDoor.makeEmpty(layout.pointee.shape, dtype) else { return nil }
    let target = ArrayObject.state(made.object)
    if !positions, layout.pointee.shape.rank > 1, !layout.pointee.isContiguous {
      target.pointee.layout = MemoryOrder.keep.layout(
        of: layout.pointee.shape, like: layout.pointee)
    }
    sortRows(
      memory, layout, state.pointee.dtype, axis, positions, to: made.memory,
      DirectDoor.layout(target), dtype.itemSize)
    return made.object
  }

  private static func sortInPlace(
    _ object: Ref, _ arguments: borrowing Arguments, kth: Int? = nil, axis place: Int
  ) -> Bool {
    guard let axis = axis(of: object, arguments, kth: kth, axis: place),
      let memory = ArrayObject.memoryForWriting(object)
    else { return false }
    let state = ArrayObject.state(object)
    let layout = DirectDoor.layout(state)
    // Elements that lie on one another are no row.
    for i in 0..<layout.pointee.shape.rank
    where layout.pointee.strides[i] == 0 && layout.pointee.shape[i] > 1 { return false }
    let dtype = state.pointee.dtype
    sortRows(memory, layout, dtype, axis, false, to: memory, layout, dtype.itemSize)
    return true
  }

  /// Sorts each row along an axis; those of one element are in order.
  private static func sortRows(
    _ memory: UnsafeMutableRawPointer, _ layout: UnsafePointer<Layout>, _ dtype: DType,
    _ axis: Int, _ positions: Bool, to target: UnsafeMutableRawPointer,
    _ targetLayout: UnsafePointer<Layout>, _ targetSize: Int
  ) {
    let rank = layout.pointee.shape.rank
    let length = layout.pointee.shape[axis]
    if layout.pointee.count == 0 || (memory == target && length == 1) { return }
    var place = InlineArray<8, Int>(repeating: 0)
    var (from, to) = (0, 0)
    while true {
      _ = DirectSort.sort(
        memory + from &* dtype.itemSize, stride: layout.pointee.strides[axis], count: length,
        dtype, positions: positions, into: target + to &* targetSize,
        stride: targetLayout.pointee.strides[axis])
      var d = rank &- 1
      while d >= 0 {
        if d != axis {
          place[d] += 1
          from &+= layout.pointee.strides[d]
          to &+= targetLayout.pointee.strides[d]
          if place[d] < layout.pointee.shape[d] { break }
          from &-= place[d] &* layout.pointee.strides[d]
          to &-= place[d] &* targetLayout.pointee.strides[d]
          place[d] = 0
        }
        d &-= 1
      }
      if d < 0 { return }
    }
  }

  /// Small rows of one type without a sorter; nil for the general way.
  private static func searchDirectly(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    let (object, values) = (arguments.required(0), arguments.required(1))
    guard arguments.count == (arguments[2] == nil ? 2 : 3), ArrayObject.isExact(object) else {
      return nil
    }
    var right = false
    if let side = arguments[2] {
      guard isType(side, py_unicode_type()) else { return nil }
      let text = try swiftString(side)
      guard text == "left" || text == "right" else { return nil }
      right = text == "right"
    }
    let row = ArrayObject.state(object)
    let dtype = row.pointee.dtype
    guard row.pointee.layout.rank == 1 else { return nil }
    if !row.pointee.layout.isContiguous {
      guard row.pointee.layout.count < DirectIndexing.limit,
        let copy = DirectDoor.copy(object, as: dtype, keepingOrder: false)
      else { return nil }
      defer { py_release(copy) }
      return try search(copy, values, right)
    }
    return try search(object, values, right)
  }

  private static func search(
    _ object: Ref, _ values: Ref, _ right: Bool
  ) throws(PythonError) -> Ref? {
    let row = ArrayObject.state(object)
    let dtype = row.pointee.dtype
    guard let memory = DirectDoor.address(row) else { return nil }
    let length = row.pointee.layout.count
    guard ArrayObject.isExact(values) else {
      guard
        isType(values, py_float_type()) && dtype == .float64
          || isType(values, py_long_type()) && dtype == .int64,
        let number = DirectDoor.exactly(values, as: dtype)
      else { return nil }
      var (bits, place) = (number.low, 0)
      guard
        DirectSearch.places(
          of: &bits, count: 1, in: memory, length: length, dtype, right: right, into: &place)
      else { return nil }
      return try NumPyScalar.make(Scalar(Int64(place), .int64))
    }
    let state = ArrayObject.state(values)
    guard state.pointee.dtype == dtype, state.pointee.layout.rank > 0 else { return nil }
    if !state.pointee.layout.isContiguous {
      guard state.pointee.layout.count < DirectIndexing.limit,
        let copy = DirectDoor.copy(values, as: dtype, keepingOrder: false)
      else { return nil }
      defer { py_release(copy) }
      return try search(object, copy, right)
    }
    guard state.pointee.layout.count < DirectIndexing.limit,
      let wanted = DirectDoor.address(state),
      let made = try DirectDoor.makeEmpty(state.pointee.layout.shape, .int64)
    else { return nil }
    if DirectSearch.places(
      of: wanted, count: state.pointee.layout.count, in: memory, length: length, dtype,
      right: right, into: made.memory.assumingMemoryBound(to: Int.self))
    {
      return made.object
    }
    py_release(made.object)
    return nil
  }

  /// Of a small row of int64; nil for others.
  static func bincount(_ arguments: borrowing Arguments) throws(PythonError) -> Ref? {
    let object = arguments.required(0)
    guard arguments.count == 1, ArrayObject.isExact(object) else {
      return nil
    }
    let state = ArrayObject.state(object)
    let count = state.pointee.layout.count
    guard state.pointee.dtype == .int64, state.pointee.layout.rank == 1,
      state.pointee.layout.isContiguous, count < DirectIndexing.limit,
      let memory = DirectDoor.address(state)?.assumingMemoryBound(to: Int.self),
      let largest = DirectSearch.largest(memory, count), largest < DirectIndexing.limit,
      let counts = try DirectDoor.makeFilled(
        Shape(repeating: largest + 1, count: 1), Scalar(dtype: .int64, low: 0)),
      let places = DirectDoor.address(ArrayObject.state(counts))
    else { return nil }
    DirectSearch.count(memory, count, into: places.assumingMemoryBound(to: Int.self))
    return counts
  }
}
