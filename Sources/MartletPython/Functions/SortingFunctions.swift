import CPythonABI
import Martlet
import MartletIR

/// `sort`, `argsort`, `partition`, `argpartition` and `searchsorted`.
enum SortingFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "sort", "(a, axis=-1, kind=None, order=None, *, stable=None)",
      "The elements in ascending order along an axis, NaN last."
    ) { arguments throws(PythonError) in
      if let few = try sortFew(arguments, positions: false) { return few }
      let isStable = try checkKind(arguments)
      let (array, axis) = try subject(arguments, isPositions: false)
      return try ArrayObject.make(
        try computed(array) { (array) throws(MartletError) in
          try array.sorted(axis: axis, stable: isStable)
        })
    },
    argsort("argsort"),
    DoorFunction(
      "partition", "(a, kth, axis=-1, kind='introselect', order=None)",
      "The elements with those at positions where sorting would put them."
    ) { arguments throws(PythonError) in
      let (array, axis) = try partitioned(arguments)
      let kth = try positions(arguments.required(1))
      return try ArrayObject.make(
        try computed(array) { (array) throws(MartletError) in
          try array.partitioned(at: kth, axis: axis)
        })
    },
    argpartition("argpartition"),
    searchsorted("searchsorted"),
  ]

  static let methods: [DoorFunction] = [
    DoorFunction(
      "ndarray.sort", "(self, axis=-1, kind=None, order=None, *, stable=None)",
      "Puts the elements in ascending order along an axis, in place."
    ) { arguments throws(PythonError) in
      let object = try ArrayMethods.itself(arguments)
      if arguments.count == 1, sortFewInPlace(object) { return Python.none }
      let isStable = try checkKind(arguments)
      guard ArrayObject.isWritable(object) else { throw .value("sort array is read-only") }
      let array = ArrayObject.read(object)
      let axis = try arguments[1].map { (o) throws(PythonError) in try parseAxis(o) } ?? -1
      _ = try normalise(axis: axis, rank: array.rank)
      let result = try computed(array) { (array) throws(MartletError) in
        try array.sorted(axis: axis, stable: isStable)
      }
      if !ArrayObject.replaceContent(of: object, by: result) {
        try ArrayObject.assign(object, ArrayObject.state(object).pointee.layout, .array(result))
      }
      return Python.none
    },
    argsort("ndarray.argsort"),
    DoorFunction(
      "ndarray.partition", "(self, kth, axis=-1, kind='introselect', order=None)",
      "Puts the elements at positions where sorting would put them, in place."
    ) { arguments throws(PythonError) in
      let object = try ArrayMethods.itself(arguments)
      guard ArrayObject.isWritable(object) else { throw .value("partition array is read-only") }
      guard arguments[2] != py_none() else { throw .notNative("partitioning without an axis") }
      let (array, axis) = try partitioned(arguments)
      let kth = try positions(arguments.required(1))
      let result = try computed(array) { (array) throws(MartletError) in
        try array.partitioned(at: kth, axis: axis)
      }
      if !ArrayObject.replaceContent(of: object, by: result) {
        try ArrayObject.assign(object, ArrayObject.state(object).pointee.layout, .array(result))
      }
      return Python.none
    },
    argpartition("ndarray.argpartition"),
    searchsorted("ndarray.searchsorted"),
  ]

  private static func argpartition(_ path: String) -> DoorFunction {
    DoorFunction(
      path, "(a, kth, axis=-1, kind='introselect', order=None)",
      "The positions of the elements as `partition` arranges them."
    ) { arguments throws(PythonError) in
      let (array, axis) = try partitioned(arguments)
      let kth = try positions(arguments.required(1))
      return try ArrayObject.make(
        try computed(array) { (array) throws(MartletError) in
          try array.argPartitioned(at: kth, axis: axis)
        })
    }
  }

  private static func positions(_ kth: Ref) throws(PythonError) -> [Int] {
    if ArrayObject.check(kth), !ArrayObject.state(kth).pointee.dtype.isInteger {
      throw .notNative("positions that are no integers")
    }
    let positions = try parseInts(kth)
    if positions.isEmpty { throw .notNative("no position at all") }
    return positions
  }

  /// The array and axis of a call of `partition` and its like.
  private static func partitioned(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> (NDArray, Int) {
    if arguments.optional(4) != nil { throw .notNative("order= is about fields") }
    if let kind = arguments[3] {
      guard isSubclass(kind, stringFlag), try swiftString(kind) == "introselect" else {
        throw .notNative("a way of selecting that only NumPy knows")
      }
    }
    let array = try parseArray(arguments.required(0), dtype: nil)
    guard array.rank > 0, array.count > 0 else { throw .notNative("partitioning so few elements") }
    if arguments[2] == py_none() {
      return (try core { () throws(MartletError) in try array.raveled() }, 0)
    }
    let axis = try arguments[2].map { (o) throws(PythonError) in try parseAxis(o) } ?? -1
    return (array, try normalise(axis: axis, rank: array.rank))
  }

  private static func argsort(_ path: String) -> DoorFunction {
    DoorFunction(
      path, "(a, axis=-1, kind=None, order=None, *, stable=None)",
      "The positions of the elements in ascending order; equal ones stay in order."
    ) { arguments throws(PythonError) in
      if let few = try sortFew(arguments, positions: true) { return few }
      try checkKind(arguments)
      let (array, axis) = try subject(arguments, isPositions: true)
      return try ArrayObject.make(
        try computed(array) { (array) throws(MartletError) in try array.argSorted(axis: axis) })
    }
  }

  /// A row of a few elements in order, or their positions; nil for the general way.
  private static func sortFew(
    _ arguments: borrowing Arguments, positions: Bool
  ) throws(PythonError) -> Ref? {
    let object = arguments.required(0)
    guard arguments.count == 1, ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    guard state.pointee.layout.rank == 1, state.pointee.layout.count <= DirectSort.limit,
      !state.pointee.dtype.isComplex, let memory = DirectDoor.address(state),
      let made = try DirectDoor.makeEmpty(
        state.pointee.layout.shape, positions ? .int64 : state.pointee.dtype)
    else { return nil }
    _ = DirectSort.sort(
      memory, stride: state.pointee.layout.strides[0], count: state.pointee.layout.count,
      state.pointee.dtype, positions: positions, into: made.memory, stride: 1)
    return made.object
  }

  private static func sortFewInPlace(_ object: Ref) -> Bool {
    let state = ArrayObject.state(object)
    guard state.pointee.layout.rank == 1, state.pointee.layout.count <= DirectSort.limit,
      let memory = ArrayObject.memoryForWriting(object)
    else { return false }
    let stride = state.pointee.layout.strides[0]
    // Elements that lie on one another are no row.
    guard stride != 0 || state.pointee.layout.count <= 1 else { return false }
    return DirectSort.sort(
      memory, stride: stride, count: state.pointee.layout.count, state.pointee.dtype,
      positions: false, into: memory, stride: stride)
  }

  private static func searchsorted(_ path: String) -> DoorFunction {
    DoorFunction(
      path, "(a, v, side='left', sorter=None)",
      "Where elements would have to be inserted to keep the order."
    ) { arguments throws(PythonError) in
      if let direct = try searchDirectly(arguments) { return direct }
      let array = try parseArray(arguments.required(0), dtype: nil)
      let values = try parseArray(arguments.required(1), dtype: nil)
      var side = SearchSide.left
      if let given = arguments[2] {
        guard isSubclass(given, stringFlag) else { throw .notNative("side= is not a string") }
        switch try swiftString(given) {
        case "left": side = .left
        case "right": side = .right
        default: throw .notNative("a side other than left and right")
        }
      }
      let sorter = try arguments.optional(3).map { (sorter) throws(PythonError) in
        try parseArray(sorter, dtype: nil)
      }
      if let sorter {
        try checkSorter(sorter, size: array.count)
      }
      let place = side
      return try pythonResult(
        try computed(array) { (array) throws(MartletError) in
          try array.searchSorted(values, side: place, sorter: sorter)
        })
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
    guard row.pointee.layout.rank == 1, row.pointee.layout.isContiguous,
      let memory = DirectDoor.address(row)
    else { return nil }
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
    guard state.pointee.dtype == dtype, state.pointee.layout.rank > 0,
      state.pointee.layout.isContiguous, state.pointee.layout.count < DirectIndexing.limit,
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

  /// NumPy looks only at the positions that a search meets.
  private static func checkSorter(_ sorter: NDArray, size: Int) throws(PythonError) {
    guard sorter.dtype.isInteger, sorter.dtype != .uint64, sorter.count > 0 else {
      throw .notNative("a sorter that only NumPy reads")
    }
    let (low, high) = try core { () throws(MartletError) in
      (
        try sorter.reduced(.minimum).item().asInt64, try sorter.reduced(.maximum).item().asInt64
      )
    }
    if low < -size || high >= size { throw .notNative("a sorter with positions outside the array") }
  }

  ///
  /// Returns whether equal elements must stay in order, so that it can be seen which is which.
  @discardableResult
  private static func checkKind(_ arguments: borrowing Arguments) throws(PythonError) -> Bool {
    if arguments.optional(3) != nil { throw .notNative("order= is about fields") }
    guard let kind = arguments.optional(2) else {
      return try parseBool(arguments.optional(4), default: false)
    }
    guard isSubclass(kind, stringFlag), arguments.optional(4) == nil else {
      throw .notNative("a kind of sorting that only NumPy knows")
    }
    switch try swiftString(kind) {
    case "stable", "mergesort": return true
    case "quicksort", "heapsort": return false
    default: throw .notNative("a kind of sorting that only NumPy knows")
    }
  }

  /// The array and axis of a call; without an axis all elements in one.
  private static func subject(
    _ arguments: borrowing Arguments, isPositions: Bool
  ) throws(PythonError) -> (NDArray, Int) {
    let array = try parseArray(arguments.required(0), dtype: nil)
    var isFlat = arguments[1] == py_none()
    if array.rank == 0, isPositions {
      // NumPy lets the first and last axis pass here, and gives one position.
      if let axis = arguments.optional(1) {
        isFlat = (-1...0).contains(try parseAxis(axis))
      } else {
        isFlat = true
      }
    }
    if isFlat {
      return (try core { () throws(MartletError) in try array.raveled() }, -1)
    }
    let axis = try arguments[1].map { (o) throws(PythonError) in try parseAxis(o) } ?? -1
    return (array, try normalise(axis: axis, rank: array.rank))
  }

  private static func computed(
    _ array: NDArray, _ work: (NDArray) throws(MartletError) -> NDArray
  ) throws(PythonError) -> NDArray {
    try core { () throws(MartletError) in
      try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
        try work(array)
      }
    }
  }
}
