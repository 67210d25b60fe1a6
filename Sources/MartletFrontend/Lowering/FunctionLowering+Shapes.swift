import MartletIR

/// NumPy's functions that look at the axes of an array, or put them otherwise.
extension FunctionLowering {
  /// What such a function gives; nil for others.
  func shape(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    switch name {
    case "shape", "ndim":
      let array = try array("a", &arguments, at: location)
      return try attribute(name, of: .array(array), at: location)
    case "size": return try size(&arguments, at: location)
    case "reshape": return try reshaped(&arguments, at: location)
    case "ravel", "flatten": return try flattened(name, &arguments, at: location)
    case "transpose", "permute_dims": return try transposed(&arguments, at: location)
    case "swapaxes":
      let array = try array("a", &arguments, at: location)
      var order = Array(0..<array.rank)
      order.swapAt(
        try fixedAxis("axis1", of: array, &arguments, at: location),
        try fixedAxis("axis2", of: array, &arguments, at: location))
      return .array(transposed(array, order))
    case "moveaxis": return try axesMoved(&arguments, at: location)
    case "squeeze": return try squeezed(&arguments, at: location)
    case "flip": return try flipped(&arguments, at: location)
    case "meshgrid": return try grids(&arguments, at: location)
    default: return nil
    }
  }

  private func size(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("a", &arguments, at: location)
    func size(_ axes: [Int]) -> Meaning {
      let sizes = axes.map { array.shape[$0] }
      guard let first = sizes.first else { return .literal(.integer(1)) }
      let count = sizes.dropFirst().reduce(first) { $0 * $1 }
      nonNegative.insert(count.value)
      return .scalar(count)
    }
    switch try axes(&arguments, of: array.rank, at: location) {
    case .all: return size(Array(0..<array.rank))
    case .fixed(let axes): return size(axes)
    case .open(let axes):
      let sizes = moved(array, axes, toEnd: true).shape.suffix(axes.count)
      return .scalar(sizes.dropFirst().reduce(sizes.first ?? builder.integer(1)) { $0 * $1 })
    }
  }

  /// An axis that is known when compiling.
  private func fixedAxis(
    _ parameter: String, of array: ArrayValue, _ arguments: inout BoundArguments,
    at location: SourcePosition
  ) throws(MartletError) -> Int {
    try fixedAxis(
      arguments.take(parameter), parameter, array.rank, arguments.name, at: location)
  }

  private func fixedAxis(
    _ meaning: Meaning, _ parameter: String, _ rank: Int, _ name: String,
    at location: SourcePosition
  ) throws(MartletError) -> Int {
    guard case .literal(let literal) = known(meaning), let number = literal.asInteger else {
      throw failure(
        "'\(parameter)' of \(name) is a number that is known when compiling, not "
          + meaning.description, at: location)
    }
    return try wrapped(number, rank, parameter, of: name, at: location)
  }

  /// Axes that are known when compiling: one or a tuple.
  private func fixedAxes(
    _ meaning: Meaning, _ parameter: String, _ rank: Int, _ name: String,
    at location: SourcePosition
  ) throws(MartletError) -> [Int] {
    var items = [meaning]
    if case .tuple(let own) = meaning { items = own }
    var axes: [Int] = []
    for item in items {
      let axis = try fixedAxis(item, parameter, rank, name, at: location)
      if axes.contains(axis) {
        throw failure("repeated axis in '\(parameter)' of \(name)", at: location)
      }
      axes.append(axis)
    }
    return axes
  }

  // MARK: Axes in another order

  private func transposed(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("a", &arguments, at: location)
    var given = arguments.take("axes")
    if arguments.row.isMethod, case .tuple(let items) = given {
      if items.isEmpty { given = .none }
      if items.count == 1 {
        switch items[0] {
        case .tuple, .none: given = items[0]
        default: break
        }
      }
    }
    if case .none = given {
      return .array(transposed(array, (0..<array.rank).reversed()))
    }
    let name = arguments.name
    let axes = try fixedAxes(given, "axes", array.rank, name, at: location)
    guard axes.count == array.rank else {
      throw failure(
        "'axes' of \(name) names \(axes.count) of \(array.rank) axes", at: location)
    }
    return .array(transposed(array, axes))
  }

  private func axesMoved(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("a", &arguments, at: location)
    let name = arguments.name
    let (from, to) = (known(arguments.take("source")), known(arguments.take("destination")))
    // One axis that the call says goes to the end, or comes from there.
    if case .scalar = from, case .literal(let end) = to, end.asInteger == -1,
      case .open(let axis) = try axis(from, "source", array.rank, name, at: location)
    {
      return .array(moved(array, axis, toEnd: true))
    }
    if case .scalar = to, case .literal(let end) = from, end.asInteger == -1,
      case .open(let axis) = try axis(to, "destination", array.rank, name, at: location)
    {
      return .array(moved(array, axis, toEnd: false))
    }
    if array.rank == 1, from.dtype != nil, to.dtype != nil {
      _ = try axis(from, "source", 1, name, at: location)
      _ = try axis(to, "destination", 1, name, at: location)
      return .array(array)
    }
    let sources = try fixedAxes(from, "source", array.rank, name, at: location)
    let targets = try fixedAxes(to, "destination", array.rank, name, at: location)
    guard sources.count == targets.count else {
      throw failure(
        "`source` and `destination` arguments must have the same number of elements", at: location)
    }
    var order = array.shape.indices.filter { !sources.contains($0) }
    for (target, source) in zip(targets, sources).sorted(by: { $0.0 < $1.0 }) {
      order.insert(source, at: target)
    }
    return .array(transposed(array, order))
  }

  /// Axes of size 1 go; which these are must be said, since sizes show at run time.
  private func squeezed(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("a", &arguments, at: location)
    guard let given = arguments.takeGiven("axis") else {
      throw failure(
        "'axis' of squeeze has to be given in kernels: sizes are not known when compiling",
        at: location)
    }
    let axes = try fixedAxes(given, "axis", array.rank, "squeeze", at: location)
    for axis in axes where rules.target == .host {
      try builder.branch(array.shape[axis] != builder.integer(1)) { () throws(MartletError) in
        try fail(
          "ValueError",
          "cannot select an axis to squeeze out which has size not equal to one", at: location)
      }
    }
    let kept = array.shape.indices.filter { !axes.contains($0) }
    let zero = builder.integer(0)
    return .array(
      resized(array, kept.map { array.shape[$0] }) { index in
        var full = array.shape.map { _ in zero }
        for (place, axis) in kept.enumerated() { full[axis] = index[place] }
        return full
      })
  }

  /// The elements in reverse order along axes.
  private func flipped(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("m", &arguments, at: location)
    let one = builder.integer(1)
    let axes: [Int]
    switch try self.axes(&arguments, of: array.rank, at: location) {
    case .all: axes = Array(0..<array.rank)
    case .fixed(let given): axes = given
    case .open(let axes):
      let turned = moved(array, axes, toEnd: true)
      let first = array.rank - axes.count
      let flipped = rearranged(turned, turned) { index in
        index.enumerated().map { $0 < first ? $1 : turned.shape[$0] - one - $1 }
      }
      return .array(moved(flipped, axes, toEnd: false))
    }
    return .array(
      rearranged(array, array) { index in
        index.indices.map { axes.contains($0) ? array.shape[$0] - one - index[$0] : index[$0] }
      })
  }

  /// `np.meshgrid`: each array along an axis of its own.
  private func grids(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard case .tuple(let items) = arguments.take("xi") else { return .none }
    let order = try text("indexing", of: ["xy", "ij"], &arguments, at: location)
    let isSparse = try truth("sparse", &arguments, at: location)
    guard try truth("copy", &arguments, at: location) else {
      throw failure("'copy' of meshgrid is True in kernels", at: location)
    }
    var lines: [ArrayValue] = []
    for item in items {
      guard let array = try array(item, at: location) else {
        throw failure("'xi' of meshgrid are arrays, not \(item.description)", at: location)
      }
      let flat = try reshaped(
        array.rank == 0 ? copied(array, at: location) : array, [.literal(.integer(-1))],
        at: location)
      lines.append(flat)
    }
    try checkRank(lines.count, at: location)
    var places = Array(lines.indices)
    if order == "xy", lines.count > 1 { places.swapAt(0, 1) }
    let one = builder.integer(1)
    var shape = lines.map { _ in one }
    for (line, place) in zip(lines, places) { shape[place] = line.shape[0] }
    var results: [Meaning] = []
    for (line, place) in zip(lines, places) {
      var own = shape.map { _ in one }
      own[place] = line.shape[0]
      let thin = resized(line, own) { [$0[place]] }
      results.append(
        .array(
          try copied(isSparse ? thin : broadcast(thin, to: shape, at: location), at: location)))
    }
    return .tuple(results)
  }

  // MARK: Other shapes

  private func reshaped(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("a", &arguments, at: location)
    var given = arguments.take("shape")
    if arguments.row.isMethod, case .tuple(let items) = given, items.count == 1,
      case .tuple = items[0]
    {
      given = items[0]
    }
    var sizes = [given]
    if case .tuple(let items) = given { sizes = items }
    let order = try text("order", of: ["C", "F"], &arguments, at: location)
    var source = array.rank == 0 ? try copied(array, at: location) : array
    if arguments.takeGiven("copy") != nil {
      guard try truth("copy", &arguments, at: location) else {
        throw failure("'copy' of reshape is None or True in kernels", at: location)
      }
      source = try copied(source, at: location)
    }
    sizes = sizes.map { known($0) }
    guard order == "F" else { return .array(try reshaped(source, sizes, at: location)) }
    let turned = transposed(source, (0..<source.rank).reversed())
    let result = try reshaped(turned, sizes.reversed(), at: location)
    return .array(transposed(result, (0..<result.rank).reversed()))
  }

  private func flattened(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("a", &arguments, at: location)
    let order = try text(
      "order", of: array.rank < 2 ? ["C", "F", "A", "K"] : ["C", "F"], &arguments, at: location)
    let turned = order == "F" ? transposed(array, (0..<array.rank).reversed()) : array
    let source = name == "flatten" || array.rank == 0 ? try copied(turned, at: location) : turned
    return .array(try reshaped(source, [.literal(.integer(-1))], at: location))
  }
}
