import CPythonABI
import Martlet
import MartletIR

/// Functions and methods that look at the same elements in another shape.
enum ShapeFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "reshape", "(a, /, shape, order='C', *, copy=None)",
      "`a` in another shape: a view where the memory allows it, else a copy."
    ) { arguments throws(PythonError) in
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
    DoorFunction("ravel", "(a, order='C')", "The elements in one dimension.") {
      arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in
        guard let order = arguments.optional(1) else { return try raveled(a) }
        return try Reshaping.raveled(a, try MemoryOrder.parse(order, default: .c))
      }
    },
    DoorFunction("transpose", "(a, axes=None)", "The axes in another order, or reversed.") {
      arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in
        let axes = try arguments.optional(1).map { (o) throws(PythonError) in try parseInts(o) }
        return try transposed(a, axes)
      }
    },
    DoorFunction("permute_dims", "(a, axes=None)", "As `transpose`.") {
      arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in
        let axes = try arguments.optional(1).map { (o) throws(PythonError) in try parseInts(o) }
        return try transposed(a, axes)
      }
    },
    DoorFunction("squeeze", "(a, axis=None)", "Without axes of size 1.") {
      arguments throws(PythonError) in
      let object = arguments.required(0)
      if ArrayObject.check(object) { return try squeezed(object, arguments.optional(1)) }
      return try withArray(object) { a throws(PythonError) in
        try squeezed(a, arguments.optional(1))
      }
    },
    DoorFunction("expand_dims", "(a, axis)", "With new axes of size 1.") {
      arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in
        try expanded(a, try parseInts(arguments.required(1)))
      }
    },
    DoorFunction(
      "diagonal", "(a, offset=0, axis1=0, axis2=1)", "A diagonal of two axes: a view to read."
    ) { arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in try diagonal(a, arguments) }
    },
    DoorFunction("moveaxis", "(a, source, destination)", "With axes at other places.") {
      arguments throws(PythonError) in
      try withArray(arguments.required(0)) { a throws(PythonError) in
        try moved(
          a, try parseInts(arguments.required(1)), try parseInts(arguments.required(2)))
      }
    },
    DoorFunction(
      "broadcast_to", "(array, shape, subok=False)",
      "Stretched to a shape without copying; the view may not be written."
    ) { arguments throws(PythonError) in
      let target = try parseShape(arguments.required(1))
      return try withArray(arguments.required(0)) { a throws(PythonError) in
        let layout = ArrayObject.state(a).pointee.layout
        guard let stretched = layout.broadcast(to: target) else {
          throw .value(
            "operands could not be broadcast together with remapped shapes [original->remapped]: "
              + "\(plain(layout.shape))  and requested shape \(plain(target))")
        }
        return try ArrayObject.makeView(of: a, stretched, readOnly: true)
      }
    },
  ]

  static let methods: [DoorFunction] = FunctionTable.methods(
    ["ravel", "squeeze", "diagonal"], of: all)

  /// Views of arrays, of which nothing but the layout is touched.
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "swapaxes": { arguments throws(PythonError) in
      let a = arguments.required(0)
      guard ArrayObject.check(a), let axis1 = DirectDoor.integer(arguments.required(1)),
        let axis2 = DirectDoor.integer(arguments.required(2))
      else { return nil }
      var layout = ArrayObject.state(a).pointee.layout
      let first = try normalise(axis: axis1, rank: layout.rank)
      let second = try normalise(axis: axis2, rank: layout.rank)
      layout.shape.swapAt(first, second)
      layout.strides.swapAt(first, second)
      return try ArrayObject.makeView(of: a, layout)
    }
  ]

  // MARK: Views

  /// Runs `body` with the array object that an argument is or becomes.
  static func withArray(
    _ object: Ref, _ body: (Ref) throws(PythonError) -> Ref
  ) throws(PythonError) -> Ref {
    if ArrayObject.check(object) { return try body(object) }
    if Overrides.hasRules(object) { throw .notNative(Overrides.reason) }
    let made = try CreationFunctions.array(
      object, nil, mayShare: true, mustShare: false, minimumRank: 0)
    defer { py_release(made) }
    return try body(made)
  }

  /// The sizes of a shape, of which one may be open; None stands for the array's own.
  static func sizes(_ object: Ref, of array: Ref) throws(PythonError) -> Shape {
    if object == py_none() { return ArrayObject.state(array).pointee.layout.shape }
    return try shape(try parseInts(object), allowing: .min)
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

  static func squeezed(_ object: Ref, _ axes: Ref?) throws(PythonError) -> Ref {
    if axes == nil {
      // With nothing to leave out NumPy gives the very array.
      let own = DirectDoor.layout(ArrayObject.state(object))
      var hasOne = false
      for axis in 0..<own.pointee.shape.rank where own.pointee.shape[unchecked: axis] == 1 {
        hasOne = true
      }
      if !hasOne { return retained(object) }
    }
    var layout = ArrayObject.state(object).pointee.layout
    if axes == nil {
      for axis in (0..<layout.rank).reversed() where layout.shape[axis] == 1 {
        layout.shape.remove(at: axis)
        layout.strides.remove(at: axis)
      }
      return try ArrayObject.makeView(of: object, layout)
    }
    if let axes, try isScalarAxis(axes, rank: layout.rank) {
      return try ArrayObject.makeView(of: object, layout)
    }
    let chosen = try parseAxes(axes, rank: ArrayObject.state(object).pointee.layout.rank) ?? []
    if chosen.isEmpty { return retained(object) }
    layout = ArrayObject.state(object).pointee.layout
    for axis in chosen.sorted(by: >) {
      guard layout.shape[axis] == 1 else {
        throw .value("cannot select an axis to squeeze out which has size not equal to one")
      }
      layout = layout.indexed(axis: axis, at: 0)
    }
    return try ArrayObject.makeView(of: object, layout)
  }

  private static func expanded(_ object: Ref, _ axes: [Int]) throws(PythonError) -> Ref {
    var layout = ArrayObject.state(object).pointee.layout
    let rank = layout.rank + axes.count
    guard rank <= Shape.maximumRank else {
      throw .notNative("more dimensions than Martlet's arrays have")
    }
    var places: [Int] = []
    for axis in axes {
      let axis = try normalise(axis: axis, rank: rank)
      if places.contains(axis) { throw .value("repeated axis") }
      places.append(axis)
    }
    for axis in places.sorted() { layout = layout.expanded(at: axis) }
    return try ArrayObject.makeView(of: object, layout)
  }

  private static func diagonal(
    _ object: Ref, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    try diagonal(
      object, offset: try arguments[1].map { (o) throws(PythonError) in try parseInt(o) } ?? 0,
      try arguments[2].map { (o) throws(PythonError) in try parseAxis(o) } ?? 0,
      try arguments[3].map { (o) throws(PythonError) in try parseAxis(o) } ?? 1)
  }

  static func diagonal(
    _ object: Ref, offset: Int, _ axis1: Int, _ axis2: Int
  ) throws(PythonError) -> Ref {
    var layout = ArrayObject.state(object).pointee.layout
    guard layout.rank >= 2 else {
      throw .value("diag requires an array of at least two dimensions")
    }
    let first = try normalise(axis: axis1, rank: layout.rank)
    let second = try normalise(axis: axis2, rank: layout.rank)
    guard first != second else { throw .value("axis1 and axis2 cannot be the same") }
    let (rows, columns) = (layout.shape[first], layout.shape[second])
    let (down, across) = (layout.strides[first], layout.strides[second])
    // Of a diagonal outside of the array nothing is left.
    let skipped = Int(clamping: offset.magnitude)
    let length =
      offset < 0
      ? min(max(rows - min(skipped, rows), 0), columns)
      : min(rows, max(columns - min(skipped, columns), 0))
    if length > 0 { layout.offset &+= offset < 0 ? skipped &* down : skipped &* across }
    for axis in [max(first, second), min(first, second)] {
      layout.shape.remove(at: axis)
      layout.strides.remove(at: axis)
    }
    layout.shape.append(length)
    layout.strides.append(down &+ across)
    return try ArrayObject.makeView(of: object, layout, readOnly: true)
  }

  private static func moved(
    _ object: Ref, _ source: [Int], _ destination: [Int]
  ) throws(PythonError) -> Ref {
    let layout = ArrayObject.state(object).pointee.layout
    guard source.count == destination.count else {
      throw .value(
        "`source` and `destination` arguments must have the same number of elements")
    }
    var from: [Int] = []
    var to: [Int] = []
    for axis in source { from.append(try normalise(axis: axis, rank: layout.rank)) }
    for axis in destination { to.append(try normalise(axis: axis, rank: layout.rank)) }
    guard Set(from).count == from.count else { throw .value("repeated axis in `source` argument") }
    guard Set(to).count == to.count else {
      throw .value("repeated axis in `destination` argument")
    }
    var order = (0..<layout.rank).filter { !from.contains($0) }
    for (target, axis) in zip(to, from).sorted(by: { $0.0 < $1.0 }) {
      order.insert(axis, at: target)
    }
    return try ArrayObject.makeView(of: object, layout.transposed(order))
  }
}
