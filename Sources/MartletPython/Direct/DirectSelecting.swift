import CPythonABI
import Martlet
import MartletIR

/// `take`, `nonzero` and their like on small arrays of the host, done at once. Nil means that the
/// general way must.
enum DirectSelecting {
  // MARK: take

  /// `take(a, indices, axis)`; all elements are one axis where none is given.
  static func take(
    _ object: Ref, _ indices: Ref, _ axis: Ref?, _ mode: DirectSelection.Mode
  ) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(object), ArrayObject.isExact(indices) else { return nil }
    var chosen: Int?
    if let axis {
      guard let given = DirectDoor.integer(axis) else { return nil }
      chosen = given
    }
    let state = ArrayObject.state(object)
    let layout = DirectDoor.layout(state)
    let itemSize = state.pointee.dtype.itemSize
    let rank = layout.pointee.shape.rank
    let own = ArrayObject.state(indices)
    guard let memory = DirectDoor.address(state), let places = DirectDoor.address(own),
      own.pointee.layout.rank > 0
    else { return nil }
    let selection = DirectIndexing.newSelection()
    func index(_ size: Int, _ stride: Int) -> Bool {
      selection.pointee.index(
        places, DirectDoor.layout(own), count: 0, own.pointee.dtype, size: size,
        stride: stride &* itemSize)
    }
    if let chosen {
      guard chosen >= -rank, chosen < rank else { return nil }
      let axis = chosen < 0 ? chosen + rank : chosen
      for d in 0..<rank {
        let (size, stride) = (layout.pointee.shape[d], layout.pointee.strides[d])
        guard
          d == axis ? index(size, stride) : selection.pointee.keep(size, stride: stride &* itemSize)
        else { return nil }
      }
    } else if rank == 1 {
      guard index(layout.pointee.shape[0], layout.pointee.strides[0]) else { return nil }
    } else {
      guard layout.pointee.isContiguous, index(layout.pointee.count, 1) else { return nil }
    }
    return try DirectIndexing.gather(selection, memory, state.pointee.dtype, mode: mode)
  }

  // MARK: nonzero

  /// Room for the truth values of arrays of other types. The interpreter's lock guards it.
  nonisolated(unsafe) private static let truths = UnsafeMutablePointer<UInt8>.allocate(
    capacity: DirectIndexing.limit)

  /// Where an array is not zero, counted in C order: in `DirectIndexing.offsets`.
  private static func positions(_ object: Ref) -> Int? {
    guard ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    let count = state.pointee.layout.count
    guard let memory = DirectDoor.address(state), state.pointee.layout.rank > 0,
      count <= DirectIndexing.limit
    else { return nil }
    let layout = DirectDoor.layout(state)
    if state.pointee.dtype == .bool, state.pointee.layout.isContiguous {
      return flatPositions(memory, count)
    }
    DirectMask.truths(memory, layout, state.pointee.dtype, into: truths)
    return flatPositions(truths, count)
  }

  private static func flatPositions(_ truths: UnsafeRawPointer, _ count: Int) -> Int? {
    var row = Layout(contiguous: Shape(repeating: count, count: 1))
    var strides = InlineArray<8, Int>(repeating: 0)
    strides[0] = 1
    return withUnsafePointer(to: &row) {
      DirectMask.offsets(
        truths, $0, strides: strides, into: DirectIndexing.offsets, limit: DirectIndexing.limit)
    }
  }

  /// A row of the positions.
  static func flatNonzero(_ object: Ref) throws(PythonError) -> Ref? {
    guard let found = positions(object) else { return nil }
    let made = try ArrayObject.makePooledRow(found, .int64)
    made.memory.copyMemory(from: DirectIndexing.offsets, byteCount: found &* 8)
    return made.object
  }

  /// A tuple of a row for each axis.
  static func nonzero(_ object: Ref) throws(PythonError) -> Ref? {
    guard let found = positions(object) else { return nil }
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let rank = layout.pointee.shape.rank
    let tuple = try check(PyTuple_New(rank))
    do throws(PythonError) {
      for axis in 0..<rank {
        let made = try ArrayObject.makePooledRow(found, .int64)
        PyTuple_SetItem(tuple, axis, made.object)
        split(layout, axis, found, to: made.memory.assumingMemoryBound(to: Int.self), step: 1)
      }
    } catch {
      py_release(tuple)
      throw error
    }
    return tuple
  }

  /// A row for each element that is not zero.
  static func positionRows(_ object: Ref) throws(PythonError) -> Ref? {
    guard let found = positions(object) else { return nil }
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let rank = layout.pointee.shape.rank
    guard let made = try DirectDoor.makeEmpty(DirectDoor.matrix(found, rank), .int64) else {
      return nil
    }
    for axis in 0..<rank {
      split(
        layout, axis, found, to: made.memory.assumingMemoryBound(to: Int.self) + axis, step: rank)
    }
    return made.object
  }

  /// The part of each position that counts along an axis.
  private static func split(
    _ layout: UnsafePointer<Layout>, _ axis: Int, _ found: Int,
    to target: UnsafeMutablePointer<Int>,
    step: Int
  ) {
    let rank = layout.pointee.shape.rank
    let offsets = DirectIndexing.offsets
    if rank == 1 {
      for i in 0..<found { target[i &* step] = offsets[i] }
      return
    }
    var below = 1
    for d in (axis + 1)..<max(rank, axis + 1) { below &*= layout.pointee.shape[d] }
    let size = layout.pointee.shape[axis]
    // Positions are in order, so most are on the row that the one before was on.
    var (row, begin) = (0, 0)
    var part = 0
    for i in 0..<found {
      let flat = offsets[i]
      if below == 1 {
        if flat &- begin >= size {
          row = flat / size
          begin = row &* size
        }
        part = flat &- begin
      } else if flat &- begin >= below {
        row = flat / below
        begin = row &* below
        part = axis == 0 ? row : row % size
      }
      target[i &* step] = part
    }
  }

  /// How many elements of an array are not zero.
  static func countNonzero(_ object: Ref) -> Int? {
    guard ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    let count = state.pointee.layout.count
    guard let memory = DirectDoor.address(state), state.pointee.layout.rank > 0,
      count <= DirectIndexing.limit
    else { return nil }
    if state.pointee.dtype == .bool, state.pointee.layout.isContiguous {
      return DirectMask.count(memory, count)
    }
    DirectMask.truths(memory, DirectDoor.layout(state), state.pointee.dtype, into: truths)
    return DirectMask.count(truths, count)
  }
}
