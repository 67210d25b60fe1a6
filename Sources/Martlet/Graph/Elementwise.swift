import MartletIR
import MartletRuntime
import Synchronization

/// Applies rows of the table: chooses the loop, settles shape and errors, and computes at once or
/// remembers.
package enum Elementwise {
  /// The results of an operation.
  ///
  /// - Throws: `.noLoop`, `.castForbidden`, `.broadcast`, `.outOfMemory`.
  package static func apply(
    _ operation: ElementwiseOperation, _ operands: [Operand], dtype: DType? = nil
  ) throws(MartletError) -> [NDArray] {
    if dtype == nil, let later = remember(operation, operands) { return [later] }
    try Room.ensure()
    let loop = try resolve(operation, operands, dtype: dtype, casting: .sameKind)
    return try apply(operation, loop: loop, operands)
  }

  package static func apply(
    _ operation: ElementwiseOperation, loop: Int, _ operands: [Operand]
  ) throws(MartletError) -> [NDArray] {
    for (operand, type) in zip(operands, operation.loops[loop].inputs) {
      if case .weak(_, let number) = operand { FloatingPointLog.note(converting: number, to: type) }
    }
    if operation === ElementwiseOperation.power, let exponent = number(operands[1]),
      case .array = operands[0],
      let (row, loop) = ConstantPowers.row(exponent, operation.loops[loop].inputs[0])
    {
      return try apply(row, loop: loop, [operands[0]])
    }
    if Trace.isUsed, operands.contains(where: \.isOnTape) {
      return try applyTraced(operation, loop: loop, operands)
    }
    if let direct = NDArray.direct(operation, loop: loop, operands) {
      withExtendedLifetime(operands) {}
      return [direct]
    }
    let shape = try broadcastShape(operation.name, operands)
    try checkExponents(operation, loop, operands)
    let types = operation.loops[loop]
    let device = try Placement.device(of: operands, for: operation.name)
    // A launch costs a device more than remembering work does, however small the arrays.
    var isLazy =
      (shape.elementCount >= Graph.lazyCount || (!device.isHost && shape.elementCount > 0))
      && !GlobalState.isEager
    if isLazy {
      for case .array(let array) in operands where array.storage.isPinned { isLazy = false }
    }
    for dtype in types.outputs { try Graph.checkPromise(shape, dtype) }
    let arrays = operands.compactMap { operand -> NDArray? in
      if case .array(let array) = operand { array } else { nil }
    }
    let layout = resultLayout(arrays, shape: shape)
    return isLazy
      ? try record(operation, loop, types, operands, shape, layout, on: device)
      : try compute(operation, loop, types, operands, layout, on: device)
  }

  // MARK: Types

  /// The first loop that the operands safely cast to, as NumPy finds it; with a `dtype`, the first
  /// that gives it and that the operands reach by `casting`.
  package static func resolve(
    _ operation: ElementwiseOperation, _ operands: [Operand], dtype: DType?,
    casting: Promotion.Casting
  ) throws(MartletError) -> Int {
    let loop = try chooseLoop(operation, operands, dtype: dtype, casting)
    // What counts is the type that it is computed in: an int8 array may be divided by 1000.
    for (operand, type) in zip(operands, operation.loops[loop].inputs) {
      if case .weak(let kind, let number) = operand { try checkFits(number, kind, type) }
    }
    return loop
  }

  private static func chooseLoop(
    _ operation: ElementwiseOperation, _ operands: [Operand], dtype: DType?,
    _ casting: Promotion.Casting
  ) throws(MartletError) -> Int {
    // A comparison's dtype says nothing about what it compares.
    if let dtype, operation.selection != .anyIntegers || dtype != .bool {
      for (i, loop) in operation.loops.enumerated() where loop.outputs[0] == dtype {
        if zip(operands, loop.inputs).allSatisfy({ accepts($0, $1, casting) }) { return i }
      }
      throw .noLoop(operation: operation.name, dtypes: operands.map { naturalType($0) } + [dtype])
    }
    // Literals take their type from the arrays and typed numbers beside them.
    var strong: DType?
    for operand in operands {
      switch operand {
      case .array(let array):
        strong = strong.map { Promotion.promote($0, array.dtype) } ?? array.dtype
      case .scalar(let number):
        strong = strong.map { Promotion.promote($0, number.dtype) } ?? number.dtype
      case .weak: break
      }
    }
    let types = operands.map { operand -> DType in
      switch operand {
      case .array(let array): return array.dtype
      case .scalar(let number): return number.dtype
      case .weak(let kind, let number):
        guard let strong else { return naturalType(operand) }
        if operation.selection == .literalsAnyNumber, kind == .bool { return .bool }
        let resolved = Promotion.resolve(kind, beside: strong)
        // Comparisons take the number as it is; their loops compare any two integers.
        if operation.selection == .anyIntegers, strong != .bool, !fits(number, kind, resolved) {
          return number.dtype
        }
        return resolved
      }
    }
    switch operation.selection {
    case .firstSafe, .anyIntegers, .literalsAnyNumber: break
    case .integersAsFloat64:
      if types.allSatisfy({ $0 == .bool || $0.isInteger }),
        let i = operation.loops.firstIndex(where: { $0.inputs.allSatisfy { $0 == .float64 } })
      {
        return i
      }
    case .refusesTruthValues(let message):
      if types.allSatisfy({ $0 == .bool }) {
        throw .invalidType(operation: operation.name, detail: message)
      }
    }
    // A loop in an input's own half type wins over a wider one that comes first in NumPy's order.
    if types.contains(.bfloat16),
      let i = operation.loops.firstIndex(where: { loop in
        loop.inputs.contains(.bfloat16)
          && zip(types, loop.inputs).allSatisfy { Promotion.canCast($0, to: $1, .safe) }
      })
    {
      return i
    }
    for (i, loop) in operation.loops.enumerated() {
      if zip(types, loop.inputs).allSatisfy({ Promotion.canCast($0, to: $1, .safe) }) { return i }
      guard operation.selection == .literalsAnyNumber else { continue }
      let matches = operands.indices.allSatisfy { j in
        if case .weak(.integer, _) = operands[j], let strong, strong != .bool { return true }
        return Promotion.canCast(types[j], to: loop.inputs[j], .safe)
      }
      if matches { return i }
    }
    throw .noLoop(operation: operation.name, dtypes: types)
  }

  /// A Python integer that the array's type cannot hold is an error, as NEP 50 says.
  private static func checkFits(
    _ number: Scalar, _ kind: Promotion.Weak, _ dtype: DType
  ) throws(MartletError) {
    if fits(number, kind, dtype) { return }
    let text = number.dtype == .uint64 ? "\(number.low)" : "\(number.asInt64)"
    throw .overflow(detail: "Python integer \(text) out of bounds for \(dtype)")
  }

  static func fits(_ number: Scalar, _ kind: Promotion.Weak, _ dtype: DType) -> Bool {
    guard kind == .integer, dtype.isInteger, number.dtype.isInteger else { return true }
    return number.converted(to: dtype).converted(to: number.dtype) == number
      && (dtype.isSigned || number.dtype == .uint64 || number.asInt64 >= 0)
      && !(dtype.isSigned && number.dtype == .uint64 && number.low > UInt64(Int64.max))
  }

  private static func naturalType(_ operand: Operand) -> DType {
    switch operand {
    case .array(let array): array.dtype
    case .scalar(let number): number.dtype
    // Among literals alone, one beyond int64 is uint64.
    case .weak(let kind, let number):
      kind == .integer && number.dtype == .uint64 ? .uint64 : Promotion.natural(kind)
    }
  }

  private static func accepts(
    _ operand: Operand, _ dtype: DType, _ casting: Promotion.Casting
  ) -> Bool {
    if case .weak(let kind, _) = operand {
      return Promotion.canCast(Promotion.resolve(kind, beside: dtype), to: dtype, casting)
    }
    return Promotion.canCast(naturalType(operand), to: dtype, casting)
  }

  /// An operand that is one real number.
  private static func number(_ operand: Operand) -> Double? {
    switch operand {
    case .scalar(let number), .weak(_, let number):
      number.dtype.isComplex ? nil : number.asDouble
    case .array: nil
    }
  }

  /// Integers to negative integer powers are an error, not a number.
  private static func checkExponents(
    _ operation: ElementwiseOperation, _ loop: Int, _ operands: [Operand]
  ) throws(MartletError) {
    guard operation.integerEvents == .negativeExponent,
      operation.loops[loop].inputs[1].isSigned
    else { return }
    let isNegative: Bool
    switch operands[1] {
    case .scalar(let number), .weak(_, let number): isNegative = number.asInt64 < 0
    case .array(let exponents):
      let hasSign = exponents.dtype.isSigned && exponents.count > 0
      isNegative = hasSign ? try exponents.reduced(.minimum).item().asInt64 < 0 : false
    }
    if isNegative {
      throw .invalidArgument(
        operation: operation.name, detail: IntegerEvents.negativeExponentMessage)
    }
  }

  // MARK: Shapes

  package static func broadcastShape(
    _ name: String, _ operands: [Operand]
  ) throws(MartletError) -> Shape {
    var shape = Shape()
    for operand in operands {
      guard let next = Shape.broadcast(shape, operand.shape) else {
        throw .broadcast(operation: name, shapes: operands.map(\.shape))
      }
      shape = next
    }
    try shape.checkedCount()
    return shape
  }

  /// The memory order of a result (NumPy's order "K").
  package static func resultLayout(_ arrays: [NDArray], shape: Shape) -> Layout {
    let natural = Layout(contiguous: shape)
    guard shape.rank > 1 else { return natural }
    for array in arrays where array.layout.isContiguous && array.shape == shape { return natural }
    let layouts = arrays.compactMap { $0.layout.broadcast(to: shape) }
    return Layout(shape: shape, inOrder: Layout.commonOrder(layouts, rank: shape.rank))
  }

  // MARK: Computing

  private static func compute(
    _ operation: ElementwiseOperation, _ loop: Int, _ types: TypedLoop, _ operands: [Operand],
    _ layout: Layout, on device: Device
  ) throws(MartletError) -> [NDArray] {
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: layout.shape, on: device)
      var inputs: [Program.Operand] = []
      for (operand, dtype) in zip(operands, types.inputs) {
        inputs.append(try builder.operand(operand, as: dtype))
      }
      let step = builder.step(operation, loop: loop, inputs)
      var results: [NDArray] = []
      for (i, dtype) in types.outputs.enumerated() {
        let buffer = try Buffer(byteCount: layout.count * dtype.itemSize, on: device)
        guard case .step(let number, _) = step else { continue }
        builder.output(.step(number, output: i), to: buffer.pointer, layout, dtype)
        results.append(NDArray(storage: Storage(buffer, on: device), layout: layout, dtype: dtype))
      }
      let kept = try builder.outputKept(except: nil)
      try Evaluation.run(builder)
      for (node, memory) in kept { node.finish(memory) }
      withExtendedLifetime(operands) {}
      return results
    }
  }

  /// Work on compressed elements stays unpacked only beside its like: the same mask, or numbers.
  private static func settleMasks(_ operands: [Operand]) throws(MartletError) {
    var mask: MaskPlan?
    var agrees = true
    for case .array(let array) in operands {
      array.storage.adoptResult()
      if let own = array.storage.node?.mask, array.layout == Layout(contiguous: [own.total]) {
        if let mask, !mask.isSame(as: own) { agrees = false }
        mask = mask ?? own
      } else {
        agrees = false
      }
    }
    if mask == nil || agrees { return }
    for case .array(let array) in operands where array.storage.node?.mask != nil {
      _ = try array.storage.evaluatedHere()
    }
  }

  private static func record(
    _ operation: ElementwiseOperation, _ loop: Int, _ types: TypedLoop, _ operands: [Operand],
    _ shape: Shape, _ layout: Layout, on device: Device
  ) throws(MartletError) -> [NDArray] {
    try Room.ensure()
    return try Graph.lock.locked { () throws(MartletError) in
      // A node's own elements are in C order of `stored`; the result is that seen through `layout`.
      let order = (0..<shape.rank).sorted { layout.strides[$0] > layout.strides[$1] }
      let isNatural = layout == Layout(contiguous: shape)
      let stored = isNatural ? shape : Shape(order.map { shape[$0] })

      try settleMasks(operands)
      var pendingSize = 1
      for case .array(let array) in operands {
        array.storage.adoptResult()
        pendingSize += array.storage.node?.size ?? 0
      }
      var inputs: [Node.Input] = []
      for (operand, dtype) in zip(operands, types.inputs) {
        switch operand {
        case .scalar(let number): inputs.append(.scalar(number))
        case .weak(_, let number): inputs.append(.scalar(number.converted(to: dtype)))
        case .array(let array):
          // Elements seen as another type must be there.
          if pendingSize > Graph.maximumSize
            || array.storage.node?.dtype ?? array.dtype != array.dtype
          {
            _ = try array.storage.evaluatedHere()
          }
          var own = array.layout.broadcast(to: shape)!
          if !isNatural { own = own.transposed(order) }
          if let node = array.storage.node, node.dtype == array.dtype {
            inputs.append(.node(node, own))
          } else {
            inputs.append(.array(array.storage, own, array.dtype))
          }
        }
      }
      let told = types.outputs.count > 1 ? Node.Told() : nil
      return types.outputs.indices.map { i in
        let own = UnsafeMutablePointer<Node.Input>.allocate(capacity: inputs.count)
        for (k, input) in inputs.enumerated() { (own + k).initialize(to: input) }
        let node = Node(
          operation, loop: loop, output: i, dtype: types.outputs[i], shape: stored, inputs: own,
          on: device, told: told)
        for case .array(let array) in operands { array.storage.register(reader: node) }
        return NDArray(storage: Storage(pending: node), layout: layout, dtype: types.outputs[i])
      }
    }
  }
}

/// Switches that change how work runs, not what it gives.
package enum GlobalState {
  private static let eager = Atomic<UInt32>(0)
  private static let usual: FloatingPointEvents = [.divideByZero, .overflow, .invalid]
  private static let events = Atomic<UInt32>(usual.rawValue)
  private static let everWanted = Atomic<UInt32>(usual.rawValue)

  /// Set where work is none of the user's own, for its thread or task alone.
  @TaskLocal private static var isQuiet = false
  /// How many parts of the process are quiet now; without one, nobody need look.
  private static let quietParts = Atomic<Int>(0)

  /// Runs work that no event is told of, wherever it is done at last: that of derivative rules. What
  /// the user's own work raises meanwhile is told.
  static func quietly(_ body: () throws(MartletError) -> Void) throws(MartletError) {
    quietParts.add(1, ordering: .relaxed)
    defer { quietParts.subtract(1, ordering: .relaxed) }
    let done = $isQuiet.withValue(true) { () -> Result<Void, MartletError> in
      do throws(MartletError) { return .success(try body()) } catch { return .failure(error) }
    }
    try done.get()
  }

  /// The floating-point events that users want to hear of now; work that is deferred remembers it.
  package static var reported: FloatingPointEvents {
    get {
      if quietParts.load(ordering: .relaxed) != 0, isQuiet { return [] }
      return FloatingPointEvents(rawValue: events.load(ordering: .relaxed))
    }
    set {
      events.store(newValue.rawValue, ordering: .relaxed)
      everWanted.bitwiseOr(newValue.rawValue, ordering: .relaxed)
    }
  }

  /// All that users have asked for so far: work that was deferred may be done when they no longer do.
  package static var watched: FloatingPointEvents {
    FloatingPointEvents(rawValue: everWanted.load(ordering: .relaxed))
  }

  /// Set while floating-point events must surface at the line that causes them.
  package static var isEager: Bool {
    get {
      let state = eager.load(ordering: .relaxed)
      return state != 0 && (state & 1 != 0 || FloatingPointLog.isGathering)
    }
    set {
      if newValue {
        eager.bitwiseOr(1, ordering: .relaxed)
      } else {
        eager.bitwiseAnd(~1, ordering: .relaxed)
      }
    }
  }

  /// Begins and ends a part of a program whose events are gathered: work is done at once there.
  static func gather(_ begins: Bool) {
    if begins {
      eager.add(2, ordering: .relaxed)
    } else {
      eager.subtract(2, ordering: .relaxed)
    }
  }

  /// Has events looked for that users have not asked for so far.
  static func watch(_ more: FloatingPointEvents) {
    everWanted.bitwiseOr(more.rawValue, ordering: .relaxed)
  }
}
