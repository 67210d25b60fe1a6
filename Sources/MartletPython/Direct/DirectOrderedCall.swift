import CPythonABI
import Martlet
import MartletIR

/// The Python door to elements that are combined in order (`DirectOrdered`).
extension DirectDoor {
  /// `reduce` of a row along one axis, the first where none is given; nil where the general way must.
  static func reduceInOrder(
    _ row: ElementwiseOperation, _ object: Ref, axis given: Ref?, keepdims: Ref?
  ) -> Ref? {
    guard ArrayObject.isExact(object), let keeps = flag(keepdims) else { return nil }
    let rank = ArrayObject.state(object).pointee.layout.rank
    guard rank > 0, let axis = onlyAxis(given, rank: rank) else { return nil }
    return combine(row, object, axis: axis, keeps: keeps, nil, 1)
  }

  /// `reduceat` with positions in a list or a row of int64; nil where the general way must.
  static func reduceAt(
    _ row: ElementwiseOperation, _ object: Ref, _ positions: Ref, axis given: Ref?
  ) -> Ref? {
    guard ArrayObject.isExact(object) else { return nil }
    let layout = layout(ArrayObject.state(object))
    let rank = layout.pointee.rank
    guard rank > 0, let axis = onlyAxis(given, rank: rank) else { return nil }
    let size = layout.pointee.shape[axis]
    if ArrayObject.isExact(positions) {
      let state = ArrayObject.state(positions)
      guard state.pointee.dtype == .int64, state.pointee.layout.rank == 1,
        state.pointee.layout.isContiguous, let memory = address(state)
      else { return nil }
      return slices(
        row, object, axis, memory.assumingMemoryBound(to: Int.self), state.pointee.layout.count,
        size)
    }
    let most = 64
    let isList = isType(positions, py_list_type())
    guard isList || isType(positions, py_tuple_type()) else { return nil }
    let count = isList ? PyList_Size(positions) : PyTuple_Size(positions)
    guard count > 0, count <= most else { return nil }
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: most) { room in
      for i in 0..<count {
        guard let item = isList ? PyList_GetItem(positions, i) : PyTuple_GetItem(positions, i),
          let position = integer(item)
        else { return nil }
        room.initializeElement(at: i, to: position)
      }
      return slices(row, object, axis, room.baseAddress.unsafelyUnwrapped, count, size)
    }
  }

  private static func slices(
    _ row: ElementwiseOperation, _ object: Ref, _ axis: Int, _ starts: UnsafePointer<Int>,
    _ count: Int, _ size: Int
  ) -> Ref? {
    for i in 0..<count where starts[i] < 0 || starts[i] >= size { return nil }
    return combine(row, object, axis: axis, keeps: false, starts, count)
  }

  /// None stands for the only axis.
  private static func onlyAxis(_ given: Ref?, rank: Int) -> Int? {
    guard let given else { return 0 }
    if given == py_none() { return rank == 1 ? 0 : nil }
    return axis(given, rank: rank)
  }

  private static func combine(
    _ row: ElementwiseOperation, _ object: Ref, axis: Int, keeps: Bool,
    _ starts: UnsafePointer<Int>?, _ sliceCount: Int
  ) -> Ref? {
    let state = ArrayObject.state(object)
    guard let memory = address(state) else { return nil }
    return DirectOrdered.withCall { call in
      guard
        call.pointee.settle(
          row, memory, layout(state), state.pointee.dtype, axis: axis, keepsDimension: keeps,
          starts: starts, sliceCount: sliceCount)
      else { return nil }
      let dtype = call.pointee.resultType
      do throws(PythonError) {
        if call.pointee.shape.rank == 0 { return try number(call, row, dtype) }
        guard let made = try makeEmpty(call.pointee.shape, dtype) else { return nil }
        if call.pointee.run(row, into: made.memory) {
          return try FloatingPointWarnings.checked(made.object)
        }
        py_release(made.object)
        return nil
      } catch {
        setException(error)
        return nil
      }
    }
  }

  private static func number(
    _ call: UnsafeMutablePointer<DirectOrdered>, _ row: ElementwiseOperation, _ dtype: DType
  ) throws(PythonError) -> Ref? {
    var cell: (UInt64, UInt64) = (0, 0)
    let scalar = withUnsafeMutableBytes(of: &cell) { bytes -> Scalar? in
      guard let out = bytes.baseAddress, call.pointee.run(row, into: out) else { return nil }
      return NumPyScalar.read(dtype, at: out)
    }
    guard let scalar else { return nil }
    return try FloatingPointWarnings.checked(try NumPyScalar.make(scalar))
  }
}
