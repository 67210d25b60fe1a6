import MartletIR

/// Rows that the array layer needs and that are no ufuncs of NumPy's.
extension ElementwiseOperation {
  /// `where(condition, a, b)`.
  package static let select = ElementwiseOperation(
    name: "where", summary: "One of two values, by a condition.",
    loops: DType.allCases.map { TypedLoop([.bool, $0, $0], [$0]) }, identity: .none, domain: .all,
    tolerance: 0, poles: .none, selection: .firstSafe, integerEvents: .none,
    gradient: .rule { g, inputs, _ in
      [
        inputs[0].cast(to: g.dtype).literal(0), inputs[0].select(g, g.literal(0)),
        inputs[0].select(g.literal(0), g),
      ]
    }
  ) { [$0[0].select($0[1], $0[2])] }

  /// `start + position * (next - start)`: the elements of `arange`. Halves are computed in single
  /// precision, as NumPy does.
  static let ramp = ElementwiseOperation(
    name: "arange", summary: "Evenly spaced numbers.",
    loops: DType.allCases.map { TypedLoop([.int64, $0, $0], [$0]) }, identity: .none, domain: .all,
    tolerance: 0, poles: .none, selection: .firstSafe, integerEvents: .none,
    gradient: .constant("it counts positions")
  ) { inputs in
    let type = inputs[1].dtype == .bool ? DType.int64 : inputs[1].dtype.computeType
    let start = inputs[1].cast(to: type)
    let next = inputs[2].cast(to: type)
    return [(start + inputs[0].cast(to: type) * (next - start)).cast(to: inputs[1].dtype)]
  }

  /// Where an index (negative from the end) on an axis of `size` lies, in elements of `stride`.
  static let indexOffset = ElementwiseOperation(
    name: "index", summary: "The offset of a position on an axis.",
    loops: [TypedLoop([.int64, .int64, .int64], [.int64])], identity: .none, domain: .all,
    tolerance: 0, poles: .none, selection: .firstSafe, integerEvents: .none, gradient: .integers
  ) { inputs in
    let (index, size, stride) = (inputs[0], inputs[1], inputs[2])
    return [(index < 0).select(index + size, index) * stride]
  }

  /// Whether an index is out of bounds of an axis of `size`.
  static let indexOutside = ElementwiseOperation(
    name: "index", summary: "Whether a position is outside an axis.",
    loops: [TypedLoop([.int64, .int64], [.bool]), TypedLoop([.uint64, .uint64], [.bool])],
    identity: .none, domain: .all, tolerance: 0, poles: .none, selection: .firstSafe,
    integerEvents: .none, gradient: .truth
  ) { inputs in
    let (index, size) = (inputs[0], inputs[1])
    if index.dtype == .uint64 { return [index >= size] }
    return [(index >= size) | (index < -size)]
  }

  /// The position along one axis of an element counted in C order: the axes after it have
  /// `divisor` elements, it has `size`.
  static let unravel = ElementwiseOperation(
    name: "unravel_index", summary: "The position along one axis.",
    loops: [TypedLoop([.int64, .int64, .int64], [.int64])], identity: .none, domain: .all,
    tolerance: 0, poles: .none, selection: .firstSafe, integerEvents: .none, gradient: .integers
  ) { [($0[0] / $0[1]).remainder($0[2])] }

  /// A conversion as a step of pending work: from one type to another, in the table's order.
  package static let cast = ElementwiseOperation(
    name: "cast", summary: "The same number in another type.",
    loops: DType.allCases.flatMap { from in DType.allCases.map { TypedLoop([from], [$0]) } },
    identity: .none, domain: .all, tolerance: 0, poles: .none, selection: .firstSafe,
    integerEvents: .none, gradient: .unary { g, _, _ in g }
  ) { $0 }

  /// The loop of `cast` between two types.
  static func castLoop(from: DType, to: DType) -> Int {
    Int(from.rawValue) * DType.allCases.count + Int(to.rawValue)
  }

  static let internalRows =
    [cast, unravel, select, ramp, indexOffset, indexOutside] + counterRows
}
