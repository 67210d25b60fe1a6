import CPythonABI
import Martlet
import MartletIR

/// Joining arrays of the host at once: each is moved, or converted, to its part of the result.
enum DirectJoin {
  /// How the arrays are seen before they are joined along an axis.
  enum Form {
    /// As they are, along an axis that may count from the end.
    case concatenate(axis: Int)
    /// With a new axis.
    case stack(axis: Int)
    /// With at least two dimensions, along the first.
    case rows
    /// Along the first axis of arrays of one dimension, else the second.
    case columns
    /// As columns of a matrix.
    case columnStack
    /// With at least three dimensions, along the third.
    case depth
  }

  /// The joined arrays of a tuple or list; nil where the general way must.
  static func join(_ sequence: Ref, _ form: Form) throws(PythonError) -> Ref? {
    let isTuple = isType(sequence, py_tuple_type())
    guard isTuple || isType(sequence, py_list_type()) else { return nil }
    let count = isTuple ? PyTuple_Size(sequence) : PyList_Size(sequence)
    @inline(__always)
    func part(_ i: Int) -> Ref? {
      let item = isTuple ? PyTuple_GetItem(sequence, i) : PyList_GetItem(sequence, i)
      guard let item, ArrayObject.isExact(item) else { return nil }
      return item
    }
    guard count > 0, let first = part(0) else { return nil }
    var dtype = ArrayObject.state(first).pointee.dtype
    var layout = ArrayObject.state(first).pointee.layout
    guard let axis = axis(form, layout.rank), adjust(&layout, form, axis) else { return nil }
    var shape = layout.shape
    shape[axis] = 0
    var isOrdered = true
    for i in 0..<count {
      guard let item = part(i) else { return nil }
      let state = ArrayObject.state(item)
      guard DirectDoor.address(state) != nil else { return nil }
      let own = state.pointee.dtype
      if own != dtype { dtype = Promotion.promote(dtype, own) }
      var other = state.pointee.layout
      guard adjust(&other, form, axis), other.rank == shape.rank else { return nil }
      if !other.isContiguous { isOrdered = false }
      for d in 0..<shape.rank where d != axis && other.shape[d] != shape[d] { return nil }
      shape[axis] = shape[axis] &+ other.shape[axis]
      guard shape[axis] <= ArrayPool.largest else { return nil }
    }
    guard let made = try DirectDoor.makeEmpty(shape, dtype) else { return nil }
    if !isOrdered, shape.rank > 1 {
      var layouts: [Layout] = []
      for i in 0..<count {
        guard let item = part(i) else { continue }
        var other = ArrayObject.state(item).pointee.layout
        if adjust(&other, form, axis) { layouts.append(other) }
      }
      ArrayObject.state(made.object).pointee.layout = Layout(
        shape: shape, inOrder: Layout.joinedOrder(layouts, rank: shape.rank))
    }
    let strides = ArrayObject.state(made.object).pointee.layout.strides
    var target = made.memory
    for i in 0..<count {
      guard let item = part(i) else { return nil }
      let state = ArrayObject.state(item)
      var source = state.pointee.layout
      guard adjust(&source, form, axis), let memory = DirectDoor.address(state),
        place(memory, &source, state.pointee.dtype, target, strides, dtype)
      else {
        py_release(made.object)
        return nil
      }
      target += source.shape[axis] &* strides[axis] &* dtype.itemSize
    }
    return made.object
  }

  /// The arrays of a list along a new first axis, as `array` takes them.
  static func stack(_ object: Ref) throws(PythonError) -> Ref? {
    try join(object, .stack(axis: 0))
  }

  /// The axis that is joined along; nil where there is none.
  private static func axis(_ form: Form, _ rank: Int) -> Int? {
    switch form {
    case .concatenate(let axis):
      return axis >= -rank && axis < rank ? (axis < 0 ? axis + rank : axis) : nil
    case .stack(let axis):
      let rank = rank + 1
      return axis >= -rank && axis < rank ? (axis < 0 ? axis + rank : axis) : nil
    case .rows: return 0
    case .columns: return rank <= 1 ? 0 : 1
    case .columnStack: return 1
    case .depth: return 2
    }
  }

  private static func adjust(_ layout: inout Layout, _ form: Form, _ axis: Int) -> Bool {
    func insert(at place: Int) {
      layout.shape.insert(1, at: place)
      layout.strides.insert(0, at: place)
    }
    guard layout.rank < Shape.maximumRank else { return false }
    switch form {
    case .concatenate: return true
    case .stack:
      guard axis <= layout.rank else { return false }
      insert(at: axis)
    case .rows: while layout.rank < 2 { insert(at: 0) }
    case .columns: if layout.rank == 0 { insert(at: 0) }
    case .columnStack:
      if layout.rank == 0 { insert(at: 0) }
      if layout.rank == 1 { insert(at: 1) }
    case .depth:
      while layout.rank < 2 { insert(at: 0) }
      if layout.rank == 2 { insert(at: 2) }
    }
    return true
  }

  /// Writes an array's elements to a part of memory with these strides; false where the conversion
  /// has something to tell.
  @inline(__always)
  private static func place(
    _ memory: UnsafeMutableRawPointer, _ source: inout Layout, _ dtype: DType,
    _ target: UnsafeMutableRawPointer, _ strides: Shape, _ type: DType
  ) -> Bool {
    if source.count == 0 { return true }
    if dtype == type {
      DirectMove.copy(
        memory, source, to: target, Layout(shape: source.shape, strides: strides),
        itemSize: type.itemSize)
      return true
    }
    var region = Layout(shape: source.shape, strides: strides)
    return DirectDoor.convert(memory, &source, dtype, to: target, &region, type)
  }
}
