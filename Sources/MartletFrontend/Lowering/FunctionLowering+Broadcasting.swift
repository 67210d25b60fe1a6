import MartletIR

/// `np.broadcast_to` and its like, and windows: views that show elements several times, and so can't
/// be written.
extension FunctionLowering {
  /// What a function gives; nil for one that is written elsewhere.
  func repeating(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    switch name {
    case "broadcast_to":
      let array = try array("array", &arguments, at: location)
      let shape = try sizes(arguments.take("shape"), at: location)
      for size in shape where !isNonNegative(size) {
        try builder.branch(size < builder.integer(0)) { () throws(MartletError) in
          try failArray(
            "ValueError", "all elements of broadcast shape must be non-negative", at: location)
        }
      }
      return .array(try spread(array, to: shape, at: location))
    case "broadcast_shapes":
      var shapes: [[Expression]] = []
      for item in tuple(arguments.take("args")) { shapes.append(try sizes(item, at: location)) }
      return .tuple(try commonShape(shapes, at: location).map { .scalar($0) })
    case "broadcast_arrays":
      var arrays: [ArrayValue] = []
      for item in tuple(arguments.take("args")) {
        guard let array = try array(item, at: location) else {
          throw failure("broadcast_arrays takes arrays, not \(item.description)", at: location)
        }
        arrays.append(array)
      }
      let shape = try commonShape(arrays.map(\.shape), at: location)
      var views: [Meaning] = []
      for array in arrays { views.append(.array(try spread(array, to: shape, at: location))) }
      return .tuple(views)
    case "lib.stride_tricks.sliding_window_view":
      return .array(try windows(&arguments, at: location))
    default: return nil
    }
  }

  private func tuple(_ meaning: Meaning) -> [Meaning] {
    if case .tuple(let items) = meaning { return items }
    return [meaning]
  }

  /// The shape in which arrays of these shapes meet.
  private func commonShape(
    _ shapes: [[Expression]], at location: SourcePosition
  ) throws(MartletError) -> [Expression] {
    let one = builder.integer(1)
    let rank = shapes.map(\.count).max() ?? 0
    try checkRank(rank, at: location)
    var result = [Expression](repeating: one, count: rank)
    for shape in shapes {
      for (i, size) in shape.enumerated() {
        let place = rank - shape.count + i
        let other = result[place]
        if size.value == other.value || size.value == one.value { continue }
        if other.value != one.value {
          let isWrong = (size != other) & (size != one) & (other != one)
          try builder.branch(isWrong) { () throws(MartletError) in
            try failArray(
              "ValueError",
              "shape mismatch: objects cannot be broadcast to a single shape: {0} and {1}",
              [other, size], at: location)
          }
        }
        result[place] = (other == one).select(size, other)
      }
    }
    for size in result { nonNegative.insert(size.value) }
    return result
  }

  /// A view of this shape, in which axes of one element show it again and again.
  private func spread(
    _ given: ArrayValue, to shape: [Expression], at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let array = try given.place == nil ? copied(given, at: location) : given
    // The check is that of all broadcasting.
    _ = try broadcast(array, to: shape, at: location)
    let (zero, one) = (builder.integer(0), builder.integer(1))
    let offset = shape.count - array.rank
    var view = resized(array, shape) { index in
      array.shape.enumerated().map { i, size in
        let position = index[i + offset]
        return size.value == shape[i + offset].value
          ? position : (size == one).select(zero, position)
      }
    }
    view.isReadOnly = true
    return view
  }

  /// `sliding_window_view`: behind the axes those of the windows.
  private func windows(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let given = try array("x", &arguments, at: location)
    let array = try given.place == nil ? copied(given, at: location) : given
    let widths = try sizes(arguments.take("window_shape"), at: location)
    var axes: [Expression] = []
    if let along = arguments.takeGiven("axis") {
      for item in tuple(along) {
        switch try axis(known(item), "axis", array.rank, "sliding_window_view", at: location) {
        case .fixed(let axis): axes.append(builder.integer(axis))
        case .open(let axis): axes.append(axis)
        }
      }
      guard axes.count == widths.count else {
        throw failure(
          "Must provide matching length window_shape and axis; got \(widths.count) window_shape "
            + "elements and \(axes.count) axes elements.", at: location)
      }
    } else {
      guard widths.count == array.rank else {
        throw failure(
          "Since axis is None, must provide window_shape for all dimensions of `x`; got "
            + "\(widths.count) window_shape elements and `x.ndim` is \(array.rank).",
          at: location)
      }
      axes = array.shape.indices.map { builder.integer($0) }
    }
    try checkRank(array.rank + widths.count, at: location)
    let (zero, one) = (builder.integer(0), builder.integer(1))
    for width in widths where !isNonNegative(width) {
      try builder.branch(width < zero) { () throws(MartletError) in
        try failArray(
          "ValueError", "window_shape cannot contain negative values", at: location)
      }
    }
    var shape = array.shape
    for (axis, width) in zip(axes, widths) {
      for i in shape.indices {
        let isHere = axis == Double(i)
        try builder.branch(isHere & (shape[i] < width)) { () throws(MartletError) in
          try failArray(
            "ValueError", "window shape cannot be larger than input array shape", at: location)
        }
        shape[i] = shape[i] - isHere.select(width - one, zero)
      }
    }
    for size in shape { nonNegative.insert(size.value) }
    var view = resized(array, shape + widths) { index in
      array.shape.indices.map { i in
        axes.enumerated().reduce(index[i]) { sum, along in
          sum + (along.element == Double(i)).select(index[array.rank + along.offset], zero)
        }
      }
    }
    view.isReadOnly = true
    return view
  }
}
