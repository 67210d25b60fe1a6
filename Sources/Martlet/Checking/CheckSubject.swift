import MartletIR
import MartletRuntime

/// What is checked: an operation with the types it computes in, and how to run it.
package struct CheckSubject {
  /// How results relate to inputs.
  package enum Form: Sendable {
    /// Inputs are broadcast together, and each element of a result comes from those at its place.
    case elementwise
    /// One input, along an axis or all of them.
    case alongAxis
    /// What a user declared: inputs of the ranks that its signature says.
    case declared
  }

  /// How far results may be apart, in units in the last place.
  package struct Bounds: Sendable {
    /// From the device that the others are compared with.
    package var oracle: Double
    /// From NumPy, nil where NumPy's answer is no measure.
    package var numpy: Double?
    package var rule = CheckComparison.Rule.exact
  }

  /// Computes the results where the inputs live.
  typealias Run = (
    _ inputs: [NDArray], _ example: CheckExample
  ) throws(MartletError) -> [NDArray]

  package var name: String
  package var form: Form
  package var loops: [TypedLoop]
  /// Where inputs are drawn.
  package var domain: Domain
  /// Whether NumPy has a function of this name.
  package var isNumPys: Bool
  /// The ranks of a declared operation's arguments; nil for a number.
  var ranks: [Int?] = []
  /// Whether the result of no elements is an error.
  var hasNoEmptyResult = false
  /// Whether it works along one axis at a time.
  var needsAxis = false
  /// Inputs whose negative numbers are errors.
  var nonnegativeInput: Int?
  /// Whether results along an axis are exact, whatever the numbers.
  var isExact = true
  /// The device that the others are compared with.
  package var oracle = Device(Simulator.shared)
  /// All types that computing a loop takes.
  var types: (_ loop: Int) -> Set<DType>
  /// Why a device cannot run it, beside types that it lacks.
  var lacks: (Device) -> String? = { _ in nil }
  var bounds: (CheckExample) -> Bounds
  var run: Run
}

// MARK: - Elementwise rows

extension CheckSubject {
  /// A row of the table, or one made at run time.
  package init(_ row: ElementwiseOperation) {
    name = row.name
    form = .elementwise
    loops = row.loops
    domain = row.domain
    isNumPys = OperationTable.elementwise.contains { $0 === row } && !row.name.hasPrefix("_")
    nonnegativeInput = row.integerEvents == .negativeExponent ? 1 : nil
    types = { row.types(loop: $0) }
    let isArithmetic =
      (ElementwiseOperation.arithmetic + ElementwiseOperation.division).contains { $0 === row }
    bounds = { example in
      let loop = row.loops[example.loop]
      let isComplex = (loop.inputs + loop.outputs).contains(where: \.isComplex)
      let own = isComplex ? row.tolerance.complex : row.tolerance.real
      return NumPyBounds.elementwise(
        row.name, loop, own: own, oracle: isArithmetic ? 0 : own, isOrdinary: example.isOrdinary)
    }
    run = { inputs, example throws(MartletError) in
      try Elementwise.apply(row, loop: example.loop, inputs.map { .array($0) })
    }
  }
}

extension ElementwiseOperation {
  /// Every type that a kernel of the loop uses: complex64 is often computed in float64.
  fileprivate func types(loop: Int) -> Set<DType> {
    let builder = KernelBuilder(name: name)
    let zero = builder.integer(0)
    let inputs = loops[loop].inputs.map { dtype in
      builder.load(builder.buffer(dtype, strides: [.unit]), [zero])
    }
    for result in self(inputs) {
      builder.store(
        builder.buffer(result.dtype, strides: [.unit], access: .write), [zero], result)
    }
    let kernel = MathLibrary.expand(builder.finish())
    return Set(kernel.valueTypes + kernel.variableTypes + kernel.buffers.map(\.dtype))
  }
}

// MARK: - Reductions and cumulative operations

extension CheckSubject {
  package init(_ row: ReductionOperation) {
    let typed = DType.allCases.compactMap { dtype in row.types(dtype).map { (dtype, $0) } }
    name = row.name
    form = .alongAxis
    loops = typed.map { TypedLoop([$0.0], [$0.1.result]) }
    domain = .ranges([0.97...1.03])
    isNumPys = true
    switch row.identity {
    case .number, .negativeInfinity: break
    case .none, .reorderable: hasNoEmptyResult = true
    }
    isExact = row.tolerance == 0
    types = { [typed[$0].0, typed[$0].1.compute, typed[$0].1.result] }
    bounds = { example in
      NumPyBounds.alongAxis(
        row.name, own: row.tolerance, output: typed[example.loop].1.result, example)
    }
    let isPosition = row.name.hasPrefix("arg")
    run = { inputs, example throws(MartletError) in
      // Without an axis positions are counted in C order, so the elements must lie so.
      let input = isPosition && example.axis == nil ? try inputs[0].raveled() : inputs[0]
      return [
        try input.reduced(row, axes: isPosition ? [example.axis ?? 0] : example.axis.map { [$0] })
      ]
    }
  }

  /// A row's elements combined one after another, under the name that NumPy has for it.
  package init(accumulating row: ElementwiseOperation, _ name: String) {
    self.name = name
    form = .alongAxis
    let isSum = row === ElementwiseOperation.add || row === ElementwiseOperation.multiply
    loops = row.loops.compactMap { loop in
      let dtype = loop.outputs[0]
      guard loop.inputs.allSatisfy({ $0 == dtype }) else { return nil }
      // Sums and products of small integers are computed in 64 bits.
      let wide: DType = dtype.isUnsigned ? .uint64 : dtype.isInexact ? dtype : .int64
      return TypedLoop([dtype], [isSum ? wide : dtype])
    }
    domain = .ranges([0.97...1.03])
    isNumPys = true
    isExact = row.identity == .reorderable
    needsAxis = true
    let types = loops.map { Set($0.inputs + $0.outputs + [$0.outputs[0].computeType]) }
    self.types = { types[$0] }
    let outputs = loops.map { $0.outputs[0] }
    let isExact = isExact
    bounds = { example in
      NumPyBounds.alongAxis(
        name, own: isExact ? 0 : 1, output: outputs[example.loop], example)
    }
    run = { inputs, example throws(MartletError) in
      [try inputs[0].accumulated(row, axis: example.axis ?? 0)]
    }
  }
}

// MARK: - By name

extension CheckSubject {
  private static let cumulative: [(name: String, row: ElementwiseOperation)] = [
    ("cumsum", .add), ("cumprod", .multiply), ("maximum.accumulate", .maximum),
    ("minimum.accumulate", .minimum),
  ]

  /// Everything in the table.
  static var all: [CheckSubject] {
    OperationTable.elementwise.map { CheckSubject($0) }
      + ReductionOperation.rows.map { CheckSubject($0) }
      + cumulative.map { CheckSubject(accumulating: $0.row, $0.name) }
  }

  /// The row of a NumPy name: an elementwise one, a reduction, or a cumulative operation; or an
  /// operation that was declared in Swift.
  ///
  /// - Throws: `.invalidArgument` where the table has no such row.
  static func named(_ name: String) throws(MartletError) -> CheckSubject {
    if let row = OperationTable.elementwise(named: name) { return CheckSubject(row) }
    let reduction = ["amax": "max", "amin": "min"][name] ?? name
    if let row = ReductionOperation.rows.first(where: { $0.name == reduction }) {
      return CheckSubject(row)
    }
    if let (name, row) = cumulative.first(where: { $0.name == name }) {
      return CheckSubject(accumulating: row, name)
    }
    if let operation = OperationTable.dispatched(named: name) {
      return try CheckSubject(operation, tolerance: declaredTolerance)
    }
    throw .invalidArgument(
      operation: "check",
      detail: "There is no operation '\(name)' in the table. `martlet operations` lists them.")
  }
}
