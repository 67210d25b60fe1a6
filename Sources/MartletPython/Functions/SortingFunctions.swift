import CPythonABI
import Martlet
import MartletIR

/// Shorter ways of `sort`, `argsort`, `searchsorted` and `bincount` for few elements.
enum SortingFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "sort": { arguments throws(PythonError) in try sortFew(arguments, positions: false) },
    "ndarray.sort": { arguments throws(PythonError) in
      let object = try ArrayMethods.itself(arguments)
      return arguments.count == 1 && sortFewInPlace(object) ? Python.none : nil
    },
    "argsort": { arguments throws(PythonError) in try sortFew(arguments, positions: true) },
    "searchsorted": { arguments throws(PythonError) in try searchDirectly(arguments) },
  ]

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
}
