import MartletIR
import MartletRuntime

/// Elementwise work over one domain as plain numbers, in lists that the next work uses again:
/// what `ProgramBuilder` collects, and all that a kernel that is known already needs to be launched.
///
/// A `Program`, from which kernels are written, is made of it where one is wanted. It is used
/// through a pointer and under the graph's lock.
struct Outline {
  /// Stands for no operand.
  static let none = UInt32.max

  /// A leaf or an output.
  struct Place {
    /// Nil for positions.
    var pointer: UnsafeMutableRawPointer?
    var layout: Layout
    var dtype: DType
    /// The word of the operand that says how far from the layout's place the element is.
    var offset = Outline.none
    /// Of an output: the word of what is written.
    var operand = Outline.none
    /// Of a leaf that is moved around: where in `shifts`.
    var shifts = -1
  }

  struct Step {
    /// Kept alive by whoever collects the work.
    var operation: Unmanaged<ElementwiseOperation>
    var loop: Int
    /// Where in `words` its operands are, and how many.
    var first: Int
    var count: Int
    var reported: FloatingPointEvents
    /// The pending work that it is, among the owners.
    var node: Unmanaged<Node>?
  }

  /// A node that was collected, and the layout that it is seen through.
  struct Known {
    var node: Unmanaged<Node>
    /// Nil for the domain in C order.
    var layout: Layout?
    var operand: Program.Operand
  }

  var domain = Shape()
  var leaves = KeptList<Place>(capacity: 16)
  var outputs = KeptList<Place>(capacity: 4)
  var scalars = KeptList<Scalar>(capacity: 16)
  var steps = KeptList<Step>(capacity: 16)
  /// The operands of the steps.
  var words = KeptList<UInt32>(capacity: 48)
  /// Work that is part of this already.
  var known = KeptList<Known>(capacity: 16)
  /// What must live until the launch: the nodes and the memory that is read. Retained.
  var owners = KeptList<Unmanaged<AnyObject>>(capacity: 32)
  var isOrdered = false
  /// Where the program's predicate comes from.
  var predicate = Outline.none
  /// What one element costs, in about the time of an addition.
  var cost = 0

  // What `settle` finds out.

  /// The loops, outermost first.
  var loopCount = 0
  var sizes = InlineArray<8, Int>(repeating: 0)
  /// Of place `b` (leaves, then outputs) in loop `i` at `8 * b + i`, in elements.
  var strides = KeptList<Int>(capacity: 8 * 16)
  /// What to add to each pointer, in elements.
  var starts = KeptList<Int>(capacity: 16)
  /// How a kernel sees each stride, at the same place.
  var classes = KeptList<UInt8>(capacity: 8 * 16)
  /// Which outputs bypass the caches, one bit each.
  var streams: UInt64 = 0
  var taskCount = 1
  var slots = KeptList<Int64>(capacity: 32)
  var key = KeptList<UInt32>(capacity: 64)
  var pointers = KeptList<UnsafeMutableRawPointer?>(capacity: 16)

  mutating func clear(_ domain: Shape) {
    self.domain = domain
    leaves.removeAll()
    outputs.removeAll()
    scalars.removeAll()
    steps.removeAll()
    words.removeAll()
    known.removeAll()
    isOrdered = false
    predicate = Outline.none
    cost = 0
  }

  mutating func letGo() {
    for i in 0..<owners.count { owners[i].release() }
    owners.removeAll()
  }

  // MARK: Collecting

  @inline(__always)
  mutating func keep(_ owner: AnyObject) { owners.append(.passRetained(owner)) }

  mutating func leaf(
    _ pointer: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType
  ) -> Program.Operand {
    for i in 0..<leaves.count {
      let known = leaves.base + i
      if known.pointee.pointer == pointer, known.pointee.dtype == dtype,
        known.pointee.offset == Outline.none, known.pointee.shifts < 0,
        known.pointee.layout == layout
      {
        return .leaf(i)
      }
    }
    leaves.append(Place(pointer: pointer, layout: layout, dtype: dtype))
    return .leaf(leaves.count - 1)
  }

  /// Begins a step; its operands follow.
  @inline(__always)
  mutating func step(
    _ operation: ElementwiseOperation, loop: Int, operands: Int, reported: FloatingPointEvents,
    of node: Node? = nil
  ) {
    cost &+= operation.cost
    steps.append(
      Step(
        operation: .passUnretained(operation), loop: loop, first: words.count, count: operands,
        reported: reported, node: node.map { .passUnretained($0) }))
  }

  /// Whether some step may divide integers by zero, of which no flag tells.
  var mayDivideIntegers: Bool {
    for i in 0..<steps.count {
      let step = steps[i]
      let divides = step.operation._withUnsafeGuaranteedRef { row in
        switch row.integerEvents {
        case .none, .negativeExponent: false
        case .zeroInput: row.loops[step.loop].inputs[0].isInteger
        case .divisor:
          row.loops[step.loop].inputs[0].isInteger && !isHarmless(words[step.first + 1])
        }
      }
      if divides { return true }
    }
    return false
  }

  /// Whether an operand is a number that any integer may be divided by.
  private func isHarmless(_ word: UInt32) -> Bool {
    guard case .scalar(let i) = Program.Operand(word: word), scalars[i].dtype.isInteger else {
      return false
    }
    return !(-1...0).contains(scalars[i].asInt64)
  }
}

// MARK: - To a program and back

extension Outline {
  /// The same work as a program. Nothing in it is moved around.
  func program(on device: Device) -> Program {
    Counters.programs.add(1)
    func operand(_ word: UInt32) -> Program.Operand? {
      word == Outline.none ? nil : Program.Operand(word: word)
    }
    var program = Program(domain: domain, device: device)
    for i in 0..<leaves.count {
      let leaf = leaves[i]
      program.leaves.append(
        .init(
          pointer: leaf.pointer, layout: leaf.layout, dtype: leaf.dtype,
          offset: operand(leaf.offset)))
    }
    for i in 0..<scalars.count { program.scalars.append(scalars[i]) }
    for i in 0..<steps.count {
      let step = steps[i]
      program.steps.append(
        .init(
          operation: step.operation.takeUnretainedValue(), loop: step.loop,
          operands: (0..<step.count).map { Program.Operand(word: words[step.first + $0]) },
          reported: step.reported, node: step.node?.takeUnretainedValue()))
    }
    for i in 0..<outputs.count {
      let output = outputs[i]
      guard let pointer = output.pointer else { continue }
      program.outputs.append(
        .init(
          operand: Program.Operand(word: output.operand), pointer: pointer, layout: output.layout,
          dtype: output.dtype, offset: operand(output.offset)))
    }
    program.predicate = operand(predicate)
    program.isOrdered = isOrdered
    return program
  }

  /// Takes over a program, which must stay as long as this is used.
  mutating func take(_ program: Program) {
    clear(program.domain)
    for leaf in program.leaves {
      leaves.append(
        Place(
          pointer: leaf.pointer, layout: leaf.layout, dtype: leaf.dtype,
          offset: leaf.offset?.word ?? Outline.none))
    }
    for scalar in program.scalars { scalars.append(scalar) }
    for each in program.steps {
      step(
        each.operation, loop: each.loop, operands: each.operands.count, reported: each.reported,
        of: each.node)
      for operand in each.operands { words.append(operand.word) }
    }
    for output in program.outputs {
      outputs.append(
        Place(
          pointer: output.pointer, layout: output.layout, dtype: output.dtype,
          offset: output.offset?.word ?? Outline.none, operand: output.operand.word))
    }
    predicate = program.predicate?.word ?? Outline.none
    isOrdered = program.isOrdered
  }
}

// MARK: - Its memory

/// An outline for one piece of work, given back at the end.
final class OutlineLease {
  let outline: UnsafeMutablePointer<Outline>

  /// Those that nobody uses now: evaluating one piece of work may need another first. Under the
  /// graph's lock.
  nonisolated(unsafe) private static var free: [UnsafeMutablePointer<Outline>] = []

  init(_ domain: Shape) {
    let known = Graph.lock.locked { Self.free.popLast() }
    if let known {
      outline = known
    } else {
      outline = .allocate(capacity: 1)
      outline.initialize(to: Outline())
    }
    outline.pointee.clear(domain)
  }

  deinit {
    Graph.lock.locked {
      outline.pointee.letGo()
      Self.free.append(outline)
    }
  }
}
