import CPythonABI
import Martlet
import MartletIR

/// Functions and methods that look at the same elements in another shape.
enum ShapeFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "reshape": { arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in
        var target = Shape()
        if arguments[2] == nil, arguments[3] == nil,
          DirectDoor.readSizes(arguments.required(1), &target)
        {
          return try reshaped(a, target)
        }
        return try Reshaping.reshaped(
          a, try sizes(arguments.required(1), of: a), order: arguments[2], copy: arguments[3])
      }
    },
    "ravel": {
      arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in
        guard let order = arguments.optional(1) else { return try raveled(a) }
        return try Reshaping.raveled(a, try MemoryOrder.parse(order, default: .c))
      }
    },
  ]

  /// Views of Martlet's arrays by plain axes; nil for the general way.
  static let viewShortcuts: [String: FunctionRows.Shortcut] = [
    "squeeze": { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard arguments.count == 1, ArrayObject.isExact(object) else { return nil }
      let layout = DirectDoor.layout(ArrayObject.state(object))
      let rank = layout.pointee.shape.rank
      var kept = 0
      for i in 0..<rank where layout.pointee.shape[unchecked: i] != 1 { kept &+= 1 }
      if kept == rank { return retained(object) }
      let view = try ArrayObject.makeView(of: object)
      let own = DirectDoor.mutableLayout(ArrayObject.state(view))
      own.pointee.shape.setRank(kept)
      own.pointee.strides.setRank(kept)
      var next = 0
      for i in 0..<rank where layout.pointee.shape[unchecked: i] != 1 {
        own.pointee.shape[unchecked: next] = layout.pointee.shape[unchecked: i]
        own.pointee.strides[unchecked: next] = layout.pointee.strides[unchecked: i]
        next &+= 1
      }
      own.pointee.offset = layout.pointee.offset
      return view
    },
    "swapaxes": { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard ArrayObject.isExact(object) else { return nil }
      let rank = DirectDoor.layout(ArrayObject.state(object)).pointee.shape.rank
      guard let first = DirectDoor.axis(arguments.required(1), rank: rank),
        let second = DirectDoor.axis(arguments.required(2), rank: rank)
      else { return nil }
      return try moved(object) { i in i == first ? second : i == second ? first : i }
    },
    "rollaxis": { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard ArrayObject.isExact(object) else { return nil }
      let rank = DirectDoor.layout(ArrayObject.state(object)).pointee.shape.rank
      guard let axis = DirectDoor.axis(arguments.required(1), rank: rank),
        let start = arguments[2].map({ DirectDoor.integer($0) }) ?? 0, start >= 0, start <= rank
      else { return nil }
      let place = start > axis ? start &- 1 : start
      return try moved(object) { i in
        i == place
          ? axis
          : axis < place && i >= axis && i < place
            ? i &+ 1 : axis > place && i > place && i <= axis ? i &- 1 : i
      }
    },
    "diagonal": { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard arguments.count == 1, ArrayObject.isExact(object) else { return nil }
      let layout = DirectDoor.layout(ArrayObject.state(object))
      guard layout.pointee.shape.rank == 2 else { return nil }
      let view = try ArrayObject.makeView(of: object)
      let state = ArrayObject.state(view)
      let own = DirectDoor.mutableLayout(state)
      own.pointee.shape.setRank(1)
      own.pointee.strides.setRank(1)
      own.pointee.shape[unchecked: 0] = min(
        layout.pointee.shape[unchecked: 0], layout.pointee.shape[unchecked: 1])
      own.pointee.strides[unchecked: 0] =
        layout.pointee.strides[unchecked: 0] &+ layout.pointee.strides[unchecked: 1]
      own.pointee.offset = layout.pointee.offset
      state.pointee.isReadOnly = true
      return view
    },
  ]

  /// A view of which each axis is one of the array's.
  @inline(__always)
  private static func moved(
    _ object: Ref, _ source: (_ axis: Int) -> Int
  ) throws(PythonError) -> Ref {
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let view = try ArrayObject.makeView(of: object)
    let own = DirectDoor.mutableLayout(ArrayObject.state(view))
    let rank = layout.pointee.shape.rank
    own.pointee.shape.setRank(rank)
    own.pointee.strides.setRank(rank)
    for i in 0..<rank {
      let from = source(i)
      own.pointee.shape[unchecked: i] = layout.pointee.shape[unchecked: from]
      own.pointee.strides[unchecked: i] = layout.pointee.strides[unchecked: from]
    }
    own.pointee.offset = layout.pointee.offset
    return view
  }

  // MARK: Views

  /// Runs `body` with the array object that an argument is or becomes.
  static func withArray(
    _ object: Ref, _ body: (Ref) throws(PythonError) -> Ref
  ) throws(PythonError) -> Ref {
    if ArrayObject.check(object) { return try body(object) }
    let made = try asArray(object)
    defer { py_release(made) }
    return try body(made)
  }

  /// The array that something else than one becomes.
  static func asArray(_ object: Ref) throws(PythonError) -> Ref {
    if Overrides.hasRules(object) { throw .notNative(Overrides.reason) }
    return try CreationFunctions.array(
      object, nil, mayShare: true, mustShare: false, minimumRank: 0)
  }

  /// The sizes of a shape, of which one may be open; None stands for the array's own.
  static func sizes(_ object: Ref, of array: Ref) throws(PythonError) -> Shape {
    if object == py_none() { return ArrayObject.state(array).pointee.layout.shape }
    return try shape(try parseSizes(object), allowing: .min)
  }

  static func reshaped(_ object: Ref, _ sizes: [Int]) throws(PythonError) -> Ref {
    try reshaped(object, try shape(sizes, allowing: .min))
  }

  /// One size may be -1.
  static func reshaped(_ object: Ref, _ sizes: Shape) throws(PythonError) -> Ref {
    let layout = ArrayObject.state(object).pointee.layout
    let target = try completed(sizes, count: layout.count)
    if layout.isContiguous, layout.count > 0 {
      var view = Layout(contiguous: target)
      view.offset = layout.offset
      return try ArrayObject.makeView(of: object, view)
    }
    if let view = layout.reshaped(target) { return try ArrayObject.makeView(of: object, view) }
    let array = ArrayObject.read(object)
    let copy = try core { () throws(MartletError) in try array.copy() }
    return try ArrayObject.make(copy.view(Layout(contiguous: target)))
  }

  /// The elements in one dimension: a view of an array in C order, of others a copy.
  static func raveled(_ object: Ref) throws(PythonError) -> Ref {
    let state = ArrayObject.state(object)
    let count = state.pointee.layout.count
    if state.pointee.layout.isContiguous {
      let view = try ArrayObject.makeView(of: object)
      let own = DirectDoor.mutableLayout(ArrayObject.state(view))
      own.pointee.shape.setRank(1)
      own.pointee.strides.setRank(1)
      own.pointee.shape[unchecked: 0] = count
      own.pointee.strides[unchecked: 0] = 1
      own.pointee.offset = state.pointee.layout.offset
      return view
    }
    return try Reshaping.flattened(object, .c)
  }

  /// The axes reversed.
  static func transposed(_ object: Ref) throws(PythonError) -> Ref {
    let view = try ArrayObject.makeView(of: object)
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let own = DirectDoor.mutableLayout(ArrayObject.state(view))
    let rank = layout.pointee.shape.rank
    own.pointee.shape.setRank(rank)
    own.pointee.strides.setRank(rank)
    for i in 0..<rank {
      let axis = rank &- 1 &- i
      own.pointee.shape[unchecked: i] = layout.pointee.shape[unchecked: axis]
      own.pointee.strides[unchecked: i] = layout.pointee.strides[unchecked: axis]
    }
    own.pointee.offset = layout.pointee.offset
    return view
  }

  /// The axes in this order; nil where it is no permutation of them.
  static func transposed(_ object: Ref, by axes: Shape) throws(PythonError) -> Ref? {
    let layout = DirectDoor.layout(ArrayObject.state(object))
    let rank = layout.pointee.shape.rank
    guard axes.rank == rank else { return nil }
    var seen = 0
    for i in 0..<rank {
      let axis = axes[unchecked: i]
      guard axis >= -rank, axis < rank else { return nil }
      seen |= 1 << (axis < 0 ? axis &+ rank : axis)
    }
    guard seen == (1 << rank) &- 1 else { return nil }
    let view = try ArrayObject.makeView(of: object)
    let own = DirectDoor.mutableLayout(ArrayObject.state(view))
    own.pointee.shape.setRank(rank)
    own.pointee.strides.setRank(rank)
    for i in 0..<rank {
      let axis = axes[unchecked: i] < 0 ? axes[unchecked: i] &+ rank : axes[unchecked: i]
      own.pointee.shape[unchecked: i] = layout.pointee.shape[unchecked: axis]
      own.pointee.strides[unchecked: i] = layout.pointee.strides[unchecked: axis]
    }
    own.pointee.offset = layout.pointee.offset
    return view
  }

  static func transposed(_ object: Ref, _ axes: [Int]?) throws(PythonError) -> Ref {
    guard let axes else { return try transposed(object) }
    let layout = ArrayObject.state(object).pointee.layout
    guard axes.count == layout.rank else { throw .value("axes don't match array") }
    var order: [Int] = []
    for axis in axes {
      let axis = try normalise(axis: axis, rank: layout.rank)
      if order.contains(axis) { throw .value("repeated axis in transpose") }
      order.append(axis)
    }
    return try ArrayObject.makeView(of: object, layout.transposed(order))
  }
}
