import CPythonABI
import Martlet
import MartletIR

/// `roll`, `tile` and `repeat` of small arrays of the host, done at once. Nil means that the general
/// way must.
enum DirectRearranging {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "roll": { arguments throws(PythonError) in
      try roll(arguments.required(0), arguments.required(1), arguments.optional(2))
    },
    "tile": { arguments throws(PythonError) in
      try tile(arguments.required(0), arguments.required(1))
    },
    "repeat": { arguments throws(PythonError) in
      try repeated(arguments.required(0), arguments.required(1), arguments.optional(2))
    },
  ]

  /// The elements moved along one axis, or along all in C order.
  static func roll(_ object: Ref, _ shift: Ref, _ axis: Ref?) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(object), let shift = DirectDoor.integer(shift) else { return nil }
    let state = ArrayObject.state(object)
    guard let memory = DirectDoor.address(state) else { return nil }
    var source = state.pointee.layout
    let target = source
    let itemSize = state.pointee.dtype.itemSize
    var along = 0
    if let axis {
      guard let given = DirectDoor.integer(axis), given >= -source.rank, given < source.rank else {
        return nil
      }
      along = given < 0 ? given + source.rank : given
    } else {
      guard source.isContiguous else { return nil }
      source = Layout(contiguous: Shape(repeating: source.count, count: 1))
    }
    guard let made = try DirectDoor.makeEmpty(target.shape, state.pointee.dtype) else { return nil }
    if axis != nil {
      ArrayObject.state(made.object).pointee.layout = MemoryOrder.keep.layout(
        of: target.shape, like: target)
    }
    let strides =
      axis == nil ? source.strides : ArrayObject.state(made.object).pointee.layout.strides
    let size = source.shape[along]
    if source.count == 0 { return made.object }
    let moved = (shift % size + size) % size
    // What stays in order, and what comes in at the front.
    for (from, to, count) in [(0, moved, size - moved), (size - moved, 0, moved)] {
      var part = source
      part.shape[along] = count
      DirectMove.copy(
        memory + from &* source.strides[along] &* itemSize, part,
        to: made.memory + to &* strides[along] &* itemSize,
        Layout(shape: part.shape, strides: strides), itemSize: itemSize)
    }
    return made.object
  }

  /// The whole array so many times along each axis.
  static func tile(_ object: Ref, _ repetitions: Ref) throws(PythonError) -> Ref? {
    var counts = Shape()
    guard ArrayObject.isExact(object), DirectDoor.readShape(repetitions, &counts) else {
      return nil
    }
    let state = ArrayObject.state(object)
    guard let memory = DirectDoor.address(state) else { return nil }
    var source = state.pointee.layout
    while source.rank < counts.rank {
      source.shape.insert(1, at: 0)
      source.strides.insert(0, at: 0)
    }
    while counts.rank < source.rank { counts.insert(1, at: 0) }
    // Nothing repeated is a copy, which keeps its order.
    if source.rank == state.pointee.layout.rank, counts.allSatisfy({ $0 == 1 }) {
      return try CreationFunctions.copied(object, nil, .keep)
    }
    let itemSize = state.pointee.dtype.itemSize
    var target = source
    for d in 0..<source.rank {
      guard counts[d] <= ArrayPool.largest, source.shape[d] <= ArrayPool.largest else { return nil }
      target.shape[d] = source.shape[d] &* counts[d]
    }
    guard let made = try DirectDoor.makeEmpty(target.shape, state.pointee.dtype) else { return nil }
    if target.shape.elementCount == 0 { return made.object }
    let strides = ArrayObject.state(made.object).pointee.layout.strides
    DirectMove.with { move in
      for d in 0..<source.rank {
        let stride = strides[d] &* itemSize
        move.pointee.append(counts[d], selected: 0, plain: stride &* source.shape[d])
        move.pointee.append(source.shape[d], selected: source.strides[d] &* itemSize, plain: stride)
      }
      move.pointee.read(memory, into: made.memory, itemSize: itemSize)
    }
    return made.object
  }

  /// Each element so many times, along an axis or in C order.
  static func repeated(_ object: Ref, _ times: Ref, _ axis: Ref?) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(object), isType(times, py_long_type()),
      let times = DirectDoor.integer(times), times >= 0, times <= ArrayPool.largest
    else { return nil }
    let state = ArrayObject.state(object)
    guard let memory = DirectDoor.address(state) else { return nil }
    var source = state.pointee.layout
    var along = 0
    if let axis {
      guard let given = DirectDoor.integer(axis), given >= -source.rank, given < source.rank else {
        return nil
      }
      along = given < 0 ? given + source.rank : given
    } else {
      guard source.rank == 1 || source.isContiguous else {
        return try repeated(memory, source, state.pointee.dtype, times)
      }
      if source.rank != 1 {
        source = Layout(contiguous: Shape(repeating: source.count, count: 1))
      }
    }
    let itemSize = state.pointee.dtype.itemSize
    var target = source
    guard source.shape[along] <= ArrayPool.largest else { return nil }
    target.shape[along] = source.shape[along] &* times
    guard let made = try DirectDoor.makeEmpty(target.shape, state.pointee.dtype) else { return nil }
    if target.count == 0 { return made.object }
    let strides = ArrayObject.state(made.object).pointee.layout.strides
    DirectMove.with { move in
      for d in 0..<source.rank {
        let stride = strides[d] &* itemSize
        let isAlong = d == along
        // The longer of two loops over single elements goes inside.
        let isOutside = d == source.rank - 1 && times < source.shape[d]
        if isAlong, isOutside { move.pointee.append(times, selected: 0, plain: stride) }
        move.pointee.append(
          source.shape[d], selected: source.strides[d] &* itemSize,
          plain: isAlong ? stride &* times : stride)
        if isAlong, !isOutside { move.pointee.append(times, selected: 0, plain: stride) }
      }
      move.pointee.read(memory, into: made.memory, itemSize: itemSize)
    }
    return made.object
  }

  /// The same in C order of elements that do not lie so.
  private static func repeated(
    _ memory: UnsafeMutableRawPointer, _ source: Layout, _ dtype: DType, _ times: Int
  ) throws(PythonError) -> Ref? {
    let itemSize = dtype.itemSize
    guard source.count <= ArrayPool.largest,
      let made = try DirectDoor.makeEmpty(
        Shape(repeating: source.count &* times, count: 1), dtype)
    else { return nil }
    if source.count == 0 || times == 0 { return made.object }
    let order = Layout(contiguous: source.shape)
    DirectMove.with { move in
      for d in 0..<source.rank {
        move.pointee.append(
          source.shape[d], selected: source.strides[d] &* itemSize,
          plain: order.strides[d] &* times &* itemSize)
      }
      move.pointee.append(times, selected: 0, plain: itemSize)
      move.pointee.read(memory, into: made.memory, itemSize: itemSize)
    }
    return made.object
  }
}
