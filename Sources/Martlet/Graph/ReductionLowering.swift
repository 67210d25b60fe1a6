import MartletIR
import MartletRuntime

/// Turns a program with a reduction at its root into kernels, and runs them.
///
/// One level reduces one dimension, in blocks whose states the next level combines, until one is
/// left; the first level computes the program's elements as it reads them. The partition depends on
/// the shape alone.
struct ReductionLowering {
  /// Elements of a block along the innermost dimension, and lanes they are spread over: 16
  /// additions in a chain, then a tree, as accurate as NumPy's pairwise sum.
  static let blockLength = 1024
  static let lanes = 64
  /// Rows of a block where whole rows are added up, and columns of a task.
  static let blockRows = 16
  static let taskColumns = 1024
  /// Innermost dimensions shorter than this are walked one by one, many results at a time.
  static let shortLength = 24

  /// Single rows shorter than this are walked one by one.
  static let serialLength = 8

  typealias Element = (inout Program.Scope) -> Expression

  let program: Program
  let reduction: ReductionOperation
  private let reduced: [Bool]
  /// Tells apart custom elements in keys.
  private let variant: Int
  private let parameter: Int64
  private let compute: DType
  private let result: DType
  private let element: Element
  /// Where false, an element does not count.
  private let predicate: Program.Operand?

  init(
    _ program: Program, reduction: ReductionOperation, reduced: [Bool], variant: Int,
    parameter: Int64, compute: DType = .uint64, result: DType = .uint64,
    predicate: Program.Operand? = nil, element: @escaping Element
  ) {
    self.program = program
    self.reduction = reduction
    self.reduced = reduced
    self.variant = variant
    self.parameter = parameter
    self.compute = compute
    self.result = result
    self.predicate = predicate
    self.element = element
  }

  /// Runs all levels, the last of which writes to `pointer` through `layout`, whose strides are 0
  /// along reduced dimensions.
  func run(
    into pointer: UnsafeMutableRawPointer, _ layout: Layout? = nil
  ) throws(MartletError) {
    let layout =
      layout
      ?? Layout(shape: program.domain, strides: Shape(repeating: 0, count: program.domain.rank))
    let leaves = program.leaves
    let domain = LoopNest(
      program.domain, layouts: leaves.map(\.layout) + [layout], reduced: reduced,
      leading: leading)
    var count = 1
    for (size, isReduced) in zip(program.domain, reduced) where isReduced { count *= size }

    var dimensions = domain.dimensions
    if !dimensions.contains(where: \.reduced) {
      // Every reduced dimension has one element: reduce a dimension of one.
      dimensions.append(
        .init(size: 1, reduced: true, strides: Array(repeating: 0, count: leaves.count + 1)))
    }
    var level = ReductionLevel(
      self, sizes: dimensions.map(\.size), reduced: dimensions.map(\.reduced), isFirst: true,
      count: count, parameter: parameter)
    level.inputs = leaves.indices.map { i in
      .init(
        pointer: leaves[i].pointer! + domain.offsets[i] * leaves[i].dtype.itemSize,
        dtype: leaves[i].dtype, strides: dimensions.map { $0.strides[i] })
    }
    let target = ReductionLevel.Buffer(
      pointer: pointer + domain.offsets[leaves.count] * result.itemSize, dtype: result,
      strides: dimensions.map { $0.strides[leaves.count] })
    var scratch: [MartletRuntime.Buffer] = []
    while true {
      if level.isLast {
        level.outputs = [target.selecting(level.kept)]
        try level.launch()
        break
      }
      let (next, memory) = try level.withStates()
      scratch.append(memory)
      level = next
    }
    withExtendedLifetime(scratch) {}
  }

  /// The leaf that is largest, whose memory order the loops follow.
  private var leading: Int {
    var best = program.leaves.count
    var most = -1
    for (i, leaf) in program.leaves.enumerated() {
      var elements = 1
      for (size, stride) in zip(leaf.layout.shape, leaf.layout.strides) where stride != 0 {
        elements *= size
      }
      if elements > most {
        most = elements
        best = i
      }
    }
    return best
  }

  // MARK: For the levels

  /// Events of the elements are named by their operations, those of the reduction are its own.
  func note(_ events: FloatingPointEvents) throws(MartletError) {
    guard variant & 0x100 == 0, program.device.runtime.capabilities.reportsFloatingPointEvents
    else { return }
    if events.isDisjoint(with: FloatingPointLog.reported) && !program.mayDivideIntegers { return }
    for event in try Audit.events(of: program) { FloatingPointLog.append(event) }
  }

  var stateTypes: [DType] { reduction.blockIdentity(compute).map(\.dtype) }
  var isPositional: Bool { stateTypes.count == 2 && stateTypes[1] == .int64 }
  var resultType: DType { result }
  var description: LaunchDescription {
    LaunchDescription(program, reduction: (reduction.name, result))
  }
  var computeType: DType { compute }

  func appendKey(_ key: inout KernelKey, isFirst: Bool) {
    key.append(reduction.index << 8 | Int(compute.rawValue))
    guard isFirst else { return }
    key.append(variant)
    key.append(predicate.map { $0.word } ?? .max)
    key.append(scalarPartOf: program)
    // What an audit finds out about conversions depends on what the program writes.
    for output in program.outputs {
      key.append(output.operand.word)
      key.append(Int(output.dtype.rawValue))
    }
  }

  var scalarValues: [Scalar] { program.scalars }

  /// The element of the program at an index, and whether it counts.
  func element(
    _ b: KernelBuilder, _ scalars: [Expression], _ load: @escaping (Int) -> Expression
  ) -> (value: Expression, counts: Expression?) {
    var scope = Program.Scope(program, builder: b, scalars: scalars) { _, i in load(i) }
    let value = element(&scope).cast(to: compute)
    let counts = predicate.map { scope.expression($0).cast(to: .bool) }
    return (value, counts)
  }
}
