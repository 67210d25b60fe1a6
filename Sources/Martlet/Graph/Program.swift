import MartletIR

/// Elementwise work over one domain, ready to become a kernel: what it reads, what it computes,
/// what it writes. All layouts have the domain's rank.
struct Program {
  /// Where a number comes from.
  enum Operand: Hashable {
    case leaf(Int)
    case scalar(Int)
    case step(Int, output: Int)

    /// For keys: kind, output and number in one word.
    var word: UInt32 {
      switch self {
      case .leaf(let i): UInt32(i) << 4
      case .scalar(let i): UInt32(i) << 4 | 1
      case .step(let i, let output): UInt32(i) << 4 | UInt32(2 + output)
      }
    }

    init(word: UInt32) {
      let number = Int(word >> 4)
      switch word & 15 {
      case 0: self = .leaf(number)
      case 1: self = .scalar(number)
      case let kind: self = .step(number, output: Int(kind) - 2)
      }
    }
  }

  struct Leaf {
    /// Nil for positions: the element's value is where the layout says it is (an `.int64`).
    var pointer: UnsafeMutableRawPointer?
    var layout: Layout
    var dtype: DType
    /// For a gather: how far from the layout's place the element is, in elements.
    var offset: Operand? = nil
  }

  /// One application of a row. Operands are cast to the loop's types as they are read.
  struct Step {
    var operation: ElementwiseOperation
    var loop: Int
    var operands: [Operand]
    /// The floating-point events that users want to hear of from this step.
    var reported = GlobalState.reported
    /// The pending work that it is: told of an event, which is not told again.
    var node: Node?
  }

  struct Output {
    var operand: Operand
    var pointer: UnsafeMutableRawPointer
    var layout: Layout
    var dtype: DType
    /// For a scatter: how far from the layout's place the element goes, in elements.
    var offset: Operand? = nil
  }

  var domain: Shape
  /// Where it runs; all addresses are that device's.
  var device: Device
  var leaves: [Leaf] = []
  var scalars: [Scalar] = []
  var steps: [Step] = []
  var outputs: [Output] = []
  /// Where false, nobody sees what is computed, so it raises no events.
  var predicate: Operand?
  /// Whether elements are written one after another in the domain's order, so that the last of
  /// several writes to one place stays.
  var isOrdered = false

  func dtype(of operand: Operand) -> DType {
    switch operand {
    case .leaf(let i): leaves[i].dtype
    case .scalar(let i): scalars[i].dtype
    case .step(let i, let output): steps[i].operation.loops[steps[i].loop].outputs[output]
    }
  }
}

// MARK: - Writing the scalar part into a kernel

extension Program {
  /// The expressions of operands at one index of the domain, each computed once.
  struct Scope {
    let builder: KernelBuilder
    private let program: Program
    private let loadLeaf: (inout Scope, Int) -> Expression
    private let scalars: [Expression]
    private var leaves: [Expression?]
    private var steps: [[Expression]?]

    init(
      _ program: Program, builder: KernelBuilder, scalars: [Expression],
      loadLeaf: @escaping (inout Scope, Int) -> Expression
    ) {
      self.builder = builder
      self.program = program
      self.scalars = scalars
      self.loadLeaf = loadLeaf
      leaves = Array(repeating: nil, count: program.leaves.count)
      steps = Array(repeating: nil, count: program.steps.count)
    }

    func zero(_ dtype: DType) -> Expression { builder.integer(0, dtype) }

    /// Steps are in order of dependence, so writing them all from the first never recurses deep.
    mutating func expression(_ operand: Operand) -> Expression {
      switch operand {
      case .scalar(let i): return scalars[i]
      case .leaf(let i):
        if let known = leaves[i] { return known }
        let loaded = loadLeaf(&self, i)
        leaves[i] = loaded
        return loaded
      case .step(let i, let output):
        if let known = steps[i] { return known[output] }
        let step = program.steps[i]
        let loop = step.operation.loops[step.loop]
        let inputs = zip(step.operands, loop.inputs).map { expression($0).cast(to: $1) }
        let results = zip(step.operation(inputs), loop.outputs).map { $0.cast(to: $1) }
        steps[i] = results
        return results[output]
      }
    }
  }
}

// MARK: - Keys

/// What tells one kernel from another: everything that its text depends on, and no sizes.
struct KernelKey: Hashable {
  private(set) var words: [UInt32] = []

  init() {}
  init(_ words: KeptList<UInt32>) { self.words = words.array }

  mutating func append(_ word: UInt32) { words.append(word) }
  mutating func append(_ word: Int) { words.append(UInt32(truncatingIfNeeded: word)) }

  mutating func append(_ dtype: DType, _ strides: [Stride]) {
    var word = UInt32(dtype.rawValue)
    var shift: UInt32 = 4
    for stride in strides {
      // Three bits per dimension: eight dimensions and the dtype fit one word.
      let code: UInt32 =
        switch stride {
        case .slot: 7
        case .constant(let n): n < 0 ? 5 : UInt32(n)
        }
      word |= code << shift
      shift += 3
    }
    words.append(word)
  }

  mutating func append(scalarPartOf program: Program) {
    append(program.scalars.count)
    for scalar in program.scalars { append(Int(scalar.dtype.rawValue)) }
    append(program.steps.count)
    for step in program.steps {
      append(step.operation.index << 8 | step.loop)
      for operand in step.operands { append(operand.word) }
    }
  }
}
