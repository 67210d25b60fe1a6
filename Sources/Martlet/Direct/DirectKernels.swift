import CMartlet
import MartletIR
import MartletRuntime
import Synchronization

/// Kernels of one operation, found by a packed key.
///
/// A key says everything that the kernel's text depends on: the row, the dtypes, how each operand
/// moves in the innermost loop. Readers need no lock: an entry is written before its key, and never
/// changes. A table that is full is replaced by a larger one; the old one stays, for those who read
/// it.
enum DirectKernels {
  struct Entry {
    /// Takes the operands, and the slots that `DirectKernels.build` reserves. Nil where the general
    /// way must: there is no such loop, no compiler, or more is to be looked at.
    var function: UnsafeRawPointer?
    /// The dtypes of the results.
    var results: (DType, DType)
    /// What must not be among the operands' integers, as the general way tells of it.
    var check: IntegerCheck
    /// Whether the processor's flags are NumPy's events, without a second look.
    var isExact: Bool
    /// Of a reduction: the types of the states that its blocks leave.
    var states: InlineArray<3, DType> = [.bool, .bool, .bool]
    var stateCount = 0
  }

  enum IntegerCheck: UInt8 {
    case none
    /// The second input is 0.
    case zeroDivisor
    /// The second input is 0 or -1.
    case zeroOrMinusOneDivisor
    /// The first input is 0.
    case zeroInput
    /// The second input is negative.
    case negativeExponent
  }

  /// Rows beyond take the general way.
  static let rowLimit = 1 << 11
  /// Stands for the dtype of a result that is yet to be made.
  static let fresh: UInt64 = 15

  /// How an operand moves in the innermost loop.
  @inline(__always)
  static func moveClass(_ stride: Int) -> UInt64 {
    switch stride {
    case 0, 1, 2, 3, 4: UInt64(stride)
    case -1: 5
    default: 7
    }
  }

  // MARK: The table

  private struct Table {
    let mask: Int
    let keys: UnsafeMutablePointer<Atomic<UInt64>>
    let entries: UnsafeMutablePointer<Entry>
    /// The table that this one replaced: kept within reach, so that no leak is seen in it.
    let smaller: UnsafeMutablePointer<Table>?

    init(capacity: Int, replacing smaller: UnsafeMutablePointer<Table>? = nil) {
      mask = capacity - 1
      self.smaller = smaller
      keys = .allocate(capacity: capacity)
      for i in 0..<capacity { (keys + i).initialize(to: Atomic(0)) }
      entries = .allocate(capacity: capacity)
    }
  }

  /// Safe to share: what it leads to is published by key, and never freed.
  nonisolated(unsafe) private static let current: Atomic<UnsafeMutablePointer<Table>> = {
    let first = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    first.initialize(to: Table(capacity: 1024))
    return Atomic(first)
  }()
  /// Changed under the graph's lock.
  nonisolated(unsafe) private static var used = 0

  @inline(__always)
  private static func start(_ key: UInt64, _ mask: Int) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
  }

  /// The entry of a key; nil where nobody asked for it yet. The address stays valid.
  @inline(__always)
  static func entry(_ key: UInt64) -> UnsafePointer<Entry>? {
    let table = current.load(ordering: .acquiring)
    let mask = table.pointee.mask
    var place = start(key, mask)
    while true {
      let found = table.pointee.keys[place].load(ordering: .acquiring)
      if found == key { return UnsafePointer(table.pointee.entries + place) }
      if found == 0 { return nil }
      place = (place &+ 1) & mask
    }
  }

  private static func insert(_ key: UInt64, _ entry: Entry) {
    Graph.lock.locked {
      var table = current.load(ordering: .relaxed)
      if used * 2 > table.pointee.mask {
        let larger = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        larger.initialize(to: Table(capacity: (table.pointee.mask + 1) * 4, replacing: table))
        for i in 0...table.pointee.mask {
          let key = table.pointee.keys[i].load(ordering: .relaxed)
          if key != 0 { place(key, table.pointee.entries[i], in: larger) }
        }
        current.store(larger, ordering: .releasing)
        table = larger
      }
      place(key, entry, in: table)
      used += 1
    }
  }

  private static func place(
    _ key: UInt64, _ entry: Entry, in table: UnsafeMutablePointer<Table>
  ) {
    let mask = table.pointee.mask
    var place = start(key, mask)
    while true {
      let found = table.pointee.keys[place].load(ordering: .relaxed)
      if found == key { return }
      if found == 0 { break }
      place = (place + 1) & mask
    }
    (table.pointee.entries + place).initialize(to: entry)
    table.pointee.keys[place].store(key, ordering: .releasing)
  }

  // MARK: Making kernels

  /// Makes the entry of a key. What cannot be made is remembered as left to the general way, which
  /// raises the error.
  @inline(never)
  static func prepare(
    _ key: UInt64, _ operation: ElementwiseOperation, inputs: [DType], isMasked: Bool,
    outputs: [DType?], classes: [UInt64]
  ) -> UnsafePointer<Entry>? {
    // Debugging must see every launch.
    if Debug.level != .off { return nil }
    var entry = Entry(function: nil, results: (.bool, .bool), check: .none, isExact: false)
    // Errors are the general way's to tell.
    if let types = loop(of: operation, inputs, outputs) {
      let results = zip(outputs, types.outputs).map { $0 ?? $1 }
      entry.results = (results[0], results.count > 1 ? results[1] : .bool)
      entry.check = check(operation, types)
      entry.isExact = isExact(operation, types, inputs, results)
      let kernel = build(operation, types, inputs, isMasked, results, classes)
      if let compiled = try? CPU.shared.compileForHost(kernel) {
        entry.function = compiled.directFunction
      }
    }
    insert(key, entry)
    return self.entry(key)
  }

  /// Compiles a kernel under a key; without one the key is left to the general way.
  static func add(
    _ key: UInt64, _ kernel: Kernel?, result: DType = .bool, states: [DType] = [],
    check: IntegerCheck = .none
  ) -> UnsafePointer<Entry>? {
    var entry = Entry(function: nil, results: (result, .bool), check: check, isExact: false)
    entry.stateCount = states.count
    for (i, dtype) in states.enumerated() { entry.states[i] = dtype }
    // A kernel that does not compile is an error of the general way too, which tells of it.
    if let kernel { entry.function = (try? CPU.shared.compileForHost(kernel))?.directFunction }
    insert(key, entry)
    return self.entry(key)
  }

  /// The loop for inputs of these types and outputs of those that are given.
  static func loop(
    of operation: ElementwiseOperation, _ inputs: [DType], _ outputs: [DType?]
  ) -> TypedLoop? {
    let types: TypedLoop
    if operation === ElementwiseOperation.cast {
      types = TypedLoop(inputs, [outputs[0] ?? inputs[0]])
    } else if operation === ElementwiseOperation.select {
      let type = outputs[0] ?? Promotion.promote(inputs[1], inputs[2])
      types = TypedLoop([.bool, type, type], [type])
    } else {
      let operands = inputs.map { Operand.scalar(Scalar(dtype: $0, low: 0)) }
      guard
        let loop = try? Elementwise.resolve(operation, operands, dtype: nil, casting: .sameKind)
      else { return nil }
      types = operation.loops[loop]
      for (given, own) in zip(outputs, types.outputs) {
        if let given, !Promotion.canCast(own, to: given, .sameKind) { return nil }
      }
    }
    // Losing imaginary parts is something that NumPy warns of.
    for (given, own) in zip(outputs, types.outputs) {
      guard let given, own.isComplex || types.inputs[0].isComplex else { continue }
      let lost = operation === ElementwiseOperation.cast ? types.inputs[0] : own
      if lost.isComplex, !given.isComplex, given != .bool { return nil }
    }
    return types
  }

  private static func check(_ operation: ElementwiseOperation, _ types: TypedLoop) -> IntegerCheck {
    guard types.inputs[0].isInteger else { return .none }
    switch operation.integerEvents {
    case .none: return .none
    case .divisor(let quotient):
      return quotient && types.inputs[0].isSigned ? .zeroOrMinusOneDivisor : .zeroDivisor
    case .zeroInput: return .zeroInput
    case .negativeExponent: return types.inputs[1].isSigned ? .negativeExponent : .none
    }
  }

  /// Whether the body is one instruction that IEEE 754 defines, or none that raises anything, on
  /// operands that need no conversion: then the flags are the events.
  static func isExact(
    _ operation: ElementwiseOperation, _ types: TypedLoop, _ inputs: [DType], _ results: [DType]
  ) -> Bool {
    let all = inputs + types.inputs + types.outputs + results
    if !all.contains(where: \.isInexact) { return true }
    guard inputs == types.inputs, results == types.outputs,
      all.allSatisfy({ $0 == .float32 || $0 == .float64 })
    else { return false }
    let b = KernelBuilder(name: "exact")
    _ = operation(types.inputs.map { b.slotValue(b.slot(for: $0), $0) })
    var steps = 0
    for case .define(_, let instruction) in b.finish().body {
      switch instruction {
      case .slot: break
      case .binary(let kind, _, _) where [.add, .subtract, .multiply, .divide].contains(kind):
        steps += 1
      case .unary(let kind, _) where [.negate, .absolute, .squareRoot].contains(kind): steps += 1
      default: return false
      }
    }
    return steps <= 1
  }

  /// Slots: columns, rows, then of each operand how far it moves from row to row and from column to
  /// column. A mask comes after the inputs.
  ///
  /// - Parameter compute: The results from the inputs as they are and as the loop takes them, where
  ///   that is not the operation itself.
  static func build(
    _ operation: ElementwiseOperation, _ types: TypedLoop, _ inputs: [DType], _ isMasked: Bool,
    _ results: [DType], _ classes: [UInt64],
    _ compute: ((_ given: [Expression], _ values: [Expression]) -> [Expression])? = nil
  ) -> Kernel {
    let b = KernelBuilder(
      name: "martlet_direct_\(operation.name.filter { $0.isLetter || $0.isNumber })")
    func stride(_ operand: Int) -> Stride {
      switch classes[operand] {
      case 0...4: .constant(Int(classes[operand]))
      case 5: .constant(-1)
      default: .slot(3 + 2 * operand)
      }
    }
    let first = inputs.count + (isMasked ? 1 : 0)
    let dtypes = inputs + (isMasked ? [.bool] : []) + results
    let buffers = dtypes.enumerated().map { k, dtype in
      b.buffer(
        dtype, strides: [.slot(2 + 2 * k), stride(k)],
        access: k < first ? .read : isMasked ? .readWrite : .write)
    }
    for _ in 0..<(2 + 2 * dtypes.count) { _ = b.slot() }
    let zero = b.integer(0)
    b.loop(.serial, from: zero, to: b.slotValue(1)) { row in
      b.loop(.vector, from: zero, to: b.slotValue(0)) { column in
        let mask = isMasked ? b.load(buffers[inputs.count], [row, column]) : nil
        let given = buffers.prefix(inputs.count).map { b.load($0, [row, column]) }
        var values = zip(given, types.inputs).map { $0.cast(to: $1) }
        if let mask {
          // What is not asked for must raise nothing.
          values = values.enumerated().map { k, value in
            let harmless = Scalar(operation.harmlessInput(k), value.dtype)
            return mask.select(value, b.constant(harmless))
          }
        }
        let computed =
          compute?(given, values) ?? zip(operation(values), types.outputs).map { $0.cast(to: $1) }
        for (i, result) in results.enumerated() {
          var value = computed[i].cast(to: result)
          let target = buffers[first + i]
          if let mask { value = mask.select(value, b.load(target, [row, column])) }
          b.store(target, [row, column], value)
        }
      }
    }
    return b.finish()
  }
}
