import MartletIR

/// Where the lanes of a load or store are.
enum Place {
  /// All at one address.
  case single(String)
  /// `step` elements apart, starting at an address.
  case stepped(String, Step)
  /// At a vector of distances (`<W x i64>`, in elements) from an address.
  case scattered(String, String)
}

extension FunctionEmitter {
  // MARK: Addresses

  private func stride(_ stride: Stride) throws(MartletError) -> Step {
    switch stride {
    case .constant(let number): .constant(number)
    case .slot(let number): .scalar(try slot(number))
    }
  }

  private func product(_ a: Step, _ b: Step) -> Step {
    switch (a, b) {
    case (.constant(let p), .constant(let q)): .constant(p &* q)
    case (.constant(1), let other), (let other, .constant(1)): other
    case (.constant(0), _), (_, .constant(0)): .constant(0)
    default: .scalar(text.define("mul i64 \(number(a)), \(number(b))"))
    }
  }

  private func sum(_ a: Step?, _ b: Step) -> Step {
    switch (a, b) {
    case (nil, let b): b
    case (.constant(0)?, let other): other
    case (let a?, .constant(0)): a
    case (.constant(let p)?, .constant(let q)): .constant(p &+ q)
    case (let a?, let b): .scalar(text.define("add i64 \(number(a)), \(number(b))"))
    }
  }

  func place(_ buffer: Int, _ index: [Value]) throws(MartletError) -> Place {
    guard kernel.buffers.indices.contains(buffer) else { throw malformed("buffer \(buffer)") }
    let parameter = kernel.buffers[buffer]
    guard parameter.strides.count == index.count else {
      throw malformed("\(index.count) indices for \(parameter.strides.count) strides")
    }
    var base: Step?
    var step: Step?
    var lanes: String?
    let width = vector?.width ?? 1
    for (stride, value) in zip(parameter.strides, index) where stride != .constant(0) {
      let operand = try operand(value)
      let distance = try self.stride(stride)
      if operand.lanes == 1 || operand.step != nil {
        let literal = operand.isLiteral ? Int(operand.parts[0]) : nil
        let position = literal.map { Step.constant($0) } ?? .scalar(operand.parts[0])
        base = sum(base, product(position, distance))
        if let own = operand.step { step = sum(step, product(own, distance)) }
        continue
      }
      let type = vectorType("i64", width)
      var offsets = operand.parts[0]
      if distance != .constant(1) {
        let factor: String
        switch distance {
        case .constant(let number): factor = splatLiteral("i64", String(number), width)
        case .scalar(let name): factor = splat(name, "i64", width)
        }
        offsets = text.define("mul \(type) \(offsets), \(factor)")
      }
      lanes = lanes.map { text.define("add \(type) \($0), \(offsets)") } ?? offsets
    }
    let start = element(try pointer(buffer), base ?? .constant(0), parameter.dtype)
    if let lanes {
      guard let step, step != .constant(0) else { return .scattered(start, lanes) }
      let moving = ramp("0", step, width)
      return .scattered(
        start, text.define("add \(vectorType("i64", width)) \(lanes), \(moving)"))
    }
    guard let step, step != .constant(0) else { return .single(start) }
    return .stepped(start, step)
  }

  /// The address `distance` elements after another.
  func element(_ start: String, _ distance: Step, _ type: DType) -> String {
    if distance == .constant(0) { return start }
    let unit = type.isComplex ? "[2 x \(type.memoryType)]" : type.memoryType
    return text.define("getelementptr \(unit), ptr \(start), i64 \(number(distance))")
  }

  private func part(_ address: String, _ number: Int, _ type: DType) -> String {
    if number == 0 { return address }
    return text.define("getelementptr \(type.memoryType), ptr \(address), i64 \(number)")
  }

  /// The address of one element.
  func address(_ buffer: Int, _ index: [Value]) throws(MartletError) -> String {
    guard case .single(let address) = try place(buffer, index) else {
      throw malformed("an address that differs between iterations of a vector loop")
    }
    return address
  }

  /// Tells LLVM which buffers lie apart from this one.
  private func aliasScopes(_ buffer: Int) -> String {
    guard kernel.buffers[buffer].isSeparate else { return "" }
    return text.separateScope(buffer, of: separateBuffers)
  }

  // MARK: Loads

  func load(_ buffer: Int, _ index: [Value]) throws(MartletError) -> Operand {
    let type = kernel.buffers[buffer].dtype
    let width = vector?.width ?? 1
    let stored: [String]
    var lanes = width
    switch try place(buffer, index) {
    case .single(let address):
      lanes = 1
      let isMovable = width > 1 && kernel.buffers[buffer].access == .read
      let scope = isMovable ? text.uniformLoadScope() : width > 1 ? "" : aliasScopes(buffer)
      stored = (0..<type.partCount).map {
        text.define(
          "load \(type.memoryType), ptr \(part(address, $0, type)), "
            + "align \(type.memorySize)\(scope)")
      }
    case .stepped(let address, .constant(1)):
      stored = loadContiguous(address, first: address, type, width)
    case .stepped(let address, .constant(-1)):
      let lowest = element(address, .constant(1 - width), type)
      stored = loadContiguous(lowest, first: address, type, width, isReversed: true)
        .map { reversed($0, type.memoryType, width) }
    case .stepped(let address, .constant(let step))
    where vector?.mask == nil && (2...4).contains(abs(step)) && !type.isComplex:
      stored = [loadInterleaved(address, step, type, width)]
    case .stepped(let address, let step):
      if vector?.mask != nil {
        stored = gather(address, ramp("0", step, width), first: address, type, width)
      } else {
        stored = loadEach(stepped(address, step, type, width), type, width)
      }
    case .scattered(let address, let offsets):
      if vector?.mask != nil {
        let lanes = vectorType("i64", width)
        let distance = text.define("extractelement \(lanes) \(offsets), i64 0")
        let first = element(address, .scalar(distance), type)
        stored = gather(address, offsets, first: first, type, width)
      } else {
        stored = loadEach(addresses(address, offsets, type, width), type, width)
      }
    }
    if type.isComplex { return Operand(stored, lanes: lanes) }
    return fromMemory(stored[0], type, lanes)
  }

  /// `first` is where lane 0 is; the vector starts at `address`.
  private func loadContiguous(
    _ address: String, first: String, _ type: DType, _ width: Int, isReversed: Bool = false
  ) -> [String] {
    let count = width * type.partCount
    let vector = vectorType(type.memoryType, count)
    let loaded: String
    if let active = self.vector?.active {
      loaded = text.call(
        vector, "llvm.masked.load.\(vectorMangling(type.memoryMangling, count)).p0",
        [
          ("ptr", address), ("i32", String(type.memorySize)),
          (vectorType("i1", count), mask(active, type, width, isReversed: isReversed)),
          (vector, repeated(first, type, parts: type.partCount, width)),
        ])
    } else {
      loaded = text.define("load \(vector), ptr \(address), align \(type.memorySize)")
    }
    guard type.isComplex else { return [loaded] }
    return (0..<2).map { part in
      text.define(
        "shufflevector \(vector) \(loaded), \(vector) poison, "
          + shuffleMask((0..<width).map { 2 * $0 + part }))
    }
  }

  /// Lanes a few elements apart: whole vectors from the first element to the last, not beyond it,
  /// from which the lanes are picked.
  private func loadInterleaved(
    _ address: String, _ step: Int, _ type: DType, _ width: Int
  ) -> String {
    let distance = abs(step)
    let last = (width - 1) * distance
    let vector = vectorType(type.memoryType, width)
    let lowest = step > 0 ? address : element(address, .constant(-last), type)
    var result = ""
    for window in 0..<distance {
      let start = min(window * width, last - width + 1)
      let loaded = text.define(
        "load \(vector), ptr \(element(lowest, .constant(start), type)), "
          + "align \(type.memorySize)")
      if window == 0 {
        result = loaded
        continue
      }
      // Lanes of this window come from it, earlier ones from what was picked before: the first
      // window's elements at first, lanes in place afterwards.
      let picked = (0..<width).map { lane -> Int in
        let position = (step > 0 ? lane : width - 1 - lane) * distance
        if position >= window * width { return width + min(position - start, width - 1) }
        return window == 1 ? position : lane
      }
      result = text.define(
        "shufflevector \(vector) \(result), \(vector) \(loaded), " + shuffleMask(picked))
    }
    return result
  }

  /// What lanes that don't count hold: the element of lane 0, which always counts. So they do
  /// nothing that it doesn't do: divide by 0, say, or set a floating-point flag.
  private func repeated(_ first: String, _ type: DType, parts: Int, _ width: Int) -> String {
    let element = text.define(
      "load \(vectorType(type.memoryType, parts)), ptr \(first), align \(type.memorySize)")
    if parts == 1 { return splat(element, type.memoryType, width) }
    let pair = vectorType(type.memoryType, parts)
    return text.define(
      "shufflevector \(pair) \(element), \(pair) poison, "
        + shuffleMask((0..<(width * parts)).map { $0 % parts }))
  }

  private func gather(
    _ address: String, _ offsets: String, first: String, _ type: DType, _ width: Int
  ) -> [String] {
    let result = vectorType(type.memoryType, width)
    let pointers = vectorType("ptr", width)
    return (0..<type.partCount).map { number in
      let unit = type.isComplex ? "[2 x \(type.memoryType)]" : type.memoryType
      let targets = text.define(
        "getelementptr \(unit), ptr \(part(address, number, type)), "
          + "\(vectorType("i64", width)) \(offsets)")
      return text.call(
        result,
        "llvm.masked.gather.\(vectorMangling(type.memoryMangling, width)).v\(width)p0",
        [
          (pointers, targets), ("i32", String(type.memorySize)),
          (vectorType("i1", width), vector?.mask ?? splatLiteral("i1", "true", width)),
          (result, repeated(part(first, number, type), type, parts: 1, width)),
        ])
    }
  }

  /// The addresses of lanes that are a step apart. Four at a time, as processors add a register
  /// once or twice to an address for nothing.
  private func stepped(_ start: String, _ step: Step, _ type: DType, _ width: Int) -> [String] {
    if case .constant(let step) = step {
      return (0..<width).map { element(start, .constant(step &* $0), type) }
    }
    let triple = Step.scalar(text.define("mul i64 \(number(step)), 3"))
    let double = Step.scalar(text.define("shl i64 \(number(step)), 1"))
    let quadruple = Step.scalar(text.define("shl i64 \(number(step)), 2"))
    var addresses: [String] = []
    var base = start
    for lane in 0..<width {
      switch lane % 4 {
      case 0:
        if lane > 0 { base = element(base, quadruple, type) }
        addresses.append(base)
      case 1: addresses.append(element(base, step, type))
      case 2: addresses.append(element(base, double, type))
      default: addresses.append(element(base, triple, type))
      }
    }
    return addresses
  }

  private func addresses(
    _ start: String, _ offsets: String, _ type: DType, _ width: Int
  ) -> [String] {
    let vector = vectorType("i64", width)
    return (0..<width).map {
      let distance = text.define("extractelement \(vector) \(offsets), i64 \($0)")
      return element(start, .scalar(distance), type)
    }
  }

  private func loadEach(_ addresses: [String], _ type: DType, _ width: Int) -> [String] {
    if type.isComplex, width > 1 { return loadPairs(addresses, type) }
    let vector = vectorType(type.memoryType, width)
    return (0..<type.partCount).map { number in
      var result = "poison"
      for (lane, address) in addresses.enumerated() {
        let one = text.define(
          "load \(type.memoryType), ptr \(part(address, number, type)), align \(type.memorySize)")
        result = text.define(
          "insertelement \(vector) \(result), \(type.memoryType) \(one), i64 \(lane)")
      }
      return result
    }
  }

  // MARK: Stores

  func store(_ buffer: Int, _ index: [Value], _ value: Value) throws(MartletError) {
    let type = kernel.buffers[buffer].dtype
    let operand = try operand(value)
    guard self.type(value) == type else {
      throw malformed("a \(self.type(value)) is stored in a buffer of \(type)")
    }
    let place = try place(buffer, index)
    let width: Int
    if case .single = place { width = operand.lanes } else { width = vector?.width ?? 1 }
    var stored: [String]
    if let packed = operand.packed, operand.lanes == width {
      stored = [packed]
    } else {
      stored = parts(operand, type, lanes: width).map { toMemory($0, type, width) }
    }
    let scope = (vector?.width ?? 1) > 1 ? text.vectorStoreScope() : ""
    let scopes = (vector?.width ?? 1) > 1 ? "" : aliasScopes(buffer)
    switch place {
    case .single(let address):
      // All iterations store to one place: the last one stays.
      if width > 1 { stored = stored.map { lastLane($0, type, width) } }
      for (number, value) in stored.enumerated() {
        text.line(
          "store \(type.memoryType) \(value), ptr \(part(address, number, type)), "
            + "align \(type.memorySize)\(scopes)")
      }
    case .stepped(let address, .constant(1)):
      let streams = kernel.buffers[buffer].isStreamed && width * type.itemSize % 64 == 0
      storeContiguous(
        stored, address, type, width, active: vector?.active, streams: streams, scope)
    case .stepped(let address, .constant(-1)):
      let first = element(address, .constant(1 - width), type)
      storeContiguous(
        stored.map { reversed($0, type.memoryType, width) }, first, type, width,
        active: vector?.active, isReversed: true, scope)
    case .stepped(let address, let step):
      if vector?.mask != nil {
        scatter(stored, address, ramp("0", step, width), type, width, scope)
      } else {
        storeEach(stored, stepped(address, step, type, width), type, width, scope)
      }
    case .scattered(let address, let offsets):
      if vector?.mask != nil {
        scatter(stored, address, offsets, type, width, scope)
      } else {
        storeEach(stored, addresses(address, offsets, type, width), type, width, scope)
      }
    }
  }

  private func lastLane(_ value: String, _ type: DType, _ width: Int) -> String {
    let vectorText = vectorType(type.memoryType, width)
    let lane = vector?.active.map { text.define("add i64 \($0), -1") } ?? String(width - 1)
    return text.define("extractelement \(vectorText) \(value), i64 \(lane)")
  }

  private func storeContiguous(
    _ parts: [String], _ address: String, _ type: DType, _ width: Int, active: String?,
    isReversed: Bool = false, streams: Bool = false, _ scope: String
  ) {
    let count = width * type.partCount
    let vector = vectorType(type.memoryType, count)
    var value = parts[0]
    if type.isComplex {
      let half = vectorType(type.memoryType, width)
      value = text.define(
        "shufflevector \(half) \(parts[0]), \(half) \(parts[1]), "
          + shuffleMask((0..<width).flatMap { [$0, width + $0] }))
    }
    guard let active else {
      let how = streams ? "64\(text.streaming())" : "\(type.memorySize)"
      text.line("store \(vector) \(value), ptr \(address), align \(how)\(scope)")
      return
    }
    text.callVoid(
      "llvm.masked.store.\(vectorMangling(type.memoryMangling, count)).p0",
      [
        (vector, value), ("ptr", address), ("i32", String(type.memorySize)),
        (vectorType("i1", count), mask(active, type, width, isReversed: isReversed)),
      ], scope)
  }

  private func scatter(
    _ parts: [String], _ address: String, _ offsets: String, _ type: DType, _ width: Int,
    _ scope: String
  ) {
    let unit = type.isComplex ? "[2 x \(type.memoryType)]" : type.memoryType
    for (number, value) in parts.enumerated() {
      let targets = text.define(
        "getelementptr \(unit), ptr \(part(address, number, type)), "
          + "\(vectorType("i64", width)) \(offsets)")
      text.callVoid(
        "llvm.masked.scatter.\(vectorMangling(type.memoryMangling, width)).v\(width)p0",
        [
          (vectorType(type.memoryType, width), value), (vectorType("ptr", width), targets),
          ("i32", String(type.memorySize)),
          (vectorType("i1", width), vector?.mask ?? splatLiteral("i1", "true", width)),
        ], scope)
    }
  }

  private func storeEach(
    _ parts: [String], _ addresses: [String], _ type: DType, _ width: Int, _ scope: String
  ) {
    if type.isComplex, width > 1 { return storePairs(parts, addresses, type, scope) }
    let vector = vectorType(type.memoryType, width)
    for (lane, address) in addresses.enumerated() {
      for (number, value) in parts.enumerated() {
        let one =
          width == 1 ? value : text.define("extractelement \(vector) \(value), i64 \(lane)")
        text.line(
          "store \(type.memoryType) \(one), ptr \(part(address, number, type)), "
            + "align \(type.memorySize)\(scope)")
      }
    }
  }

  // MARK: Lanes

  private func reversed(_ value: String, _ type: String, _ width: Int) -> String {
    let vector = vectorType(type, width)
    return text.define(
      "shufflevector \(vector) \(value), \(vector) poison, "
        + shuffleMask((0..<width).reversed()))
  }

  /// Which elements of a contiguous vector count; each part of a complex number is one.
  private func mask(
    _ active: String, _ type: DType, _ width: Int, isReversed: Bool
  ) -> String {
    guard type.isComplex || isReversed else { return vector?.mask ?? "" }
    let count = type.isComplex ? text.define("shl i64 \(active), 1") : active
    let lanes = width * type.partCount
    return isReversed ? lastLanes(count, of: lanes) : firstLanes(count, of: lanes)
  }

  // MARK: Atomics

  func atomic(
    _ operation: AtomicOperation, _ buffer: Int, _ index: [Value], _ value: Value, _ old: Value?
  ) throws(MartletError) {
    let type = kernel.buffers[buffer].dtype
    guard case .single(let address) = try place(buffer, index) else {
      throw malformed("an atomic runs as a vector")
    }
    guard !type.isComplex else {
      throw .unsupported(operation: kernel.name, detail: "an atomic on \(type)")
    }
    let operand = try operand(value)
    let previous: Operand
    if let name = instruction(operation, type) {
      let memory = type.memoryType
      let stored = toMemory(part(operand, type, lanes: 1), type, 1)
      previous = fromMemory(
        text.define("atomicrmw \(name) ptr \(address), \(memory) \(stored) monotonic"), type, 1)
    } else {
      previous = try exchange(operation, type, address, operand)
    }
    if let old { bind(old, previous) }
  }

  /// LLVM's name for an atomic that memory's type has.
  private func instruction(_ operation: AtomicOperation, _ type: DType) -> String? {
    if operation == .exchange { return type.memoryType.hasPrefix("i") ? "xchg" : nil }
    if type == .float32 || type == .float64 {
      return operation == .add ? "fadd" : operation == .subtract ? "fsub" : nil
    }
    guard type.isInteger || (type == .bool && [.and, .or, .xor].contains(operation)) else {
      return nil
    }
    switch operation {
    case .add: return "add"
    case .subtract: return "sub"
    case .minimum, .minimumNumber: return type.isSigned ? "min" : "umin"
    case .maximum, .maximumNumber: return type.isSigned ? "max" : "umax"
    case .and: return "and"
    case .or: return "or"
    case .xor: return "xor"
    case .exchange: return "xchg"
    case .increment, .decrement: return nil
    }
  }

  /// The other atomics: compute, and start again when another thread came first.
  private func exchange(
    _ operation: AtomicOperation, _ type: DType, _ address: String, _ value: Operand
  ) throws(MartletError) -> Operand {
    let bits = "i\(type.memorySize * 8)"
    let memory = type.memoryType
    func asValue(_ x: String) -> Operand {
      fromMemory(memory == bits ? x : text.define("bitcast \(bits) \(x) to \(memory)"), type, 1)
    }
    let name = text.fresh("atomic")
    let before = text.block
    let first = text.define(
      "load atomic \(bits), ptr \(address) monotonic, align \(type.memorySize)")
    text.branch(to: "\(name).try")
    text.label("\(name).try")
    text.line(
      "%\(name).seen = phi \(bits) [ \(first), %\(before) ], [ %\(name).found, %\(name).try ]")
    let seen = asValue("%\(name).seen")
    let new: Operand
    switch operation {
    case .exchange: new = value
    case .add where type.isFloating, .subtract where type.isFloating:
      let x = seen.parts[0]
      let y = part(value, type, lanes: 1)
      new = rounded(
        text.define(
          "\(operation == .add ? "fadd" : "fsub") \(type.registerType) \(x), \(y)"), type, 1)
    case .minimum where type.isFloating, .maximum where type.isFloating,
      .minimumNumber where type.isFloating, .maximumNumber where type.isFloating:
      let (x, y) = (seen.parts[0], part(value, type, lanes: 1))
      let register = type.registerType
      let isMinimum = operation == .minimum || operation == .minimumNumber
      var takes = text.define("fcmp \(isMinimum ? "olt" : "ogt") \(register) \(y), \(x)")
      if operation == .minimumNumber || operation == .maximumNumber {
        let isNaN = text.define("fcmp uno \(register) \(x), \(x)")
        takes = text.define("or i1 \(takes), \(isNaN)")
      }
      new = Operand(
        text.define("select i1 \(takes), \(register) \(y), \(register) \(x)"), lanes: 1)
    default:
      throw .unsupported(operation: kernel.name, detail: "atomic \(operation.rawValue) on \(type)")
    }
    let stored = toMemory(part(new, type, lanes: 1), type, 1)
    let desired =
      memory == bits ? stored : text.define("bitcast \(memory) \(stored) to \(bits)")
    let pair = text.define(
      "cmpxchg ptr \(address), \(bits) %\(name).seen, \(bits) \(desired) monotonic monotonic")
    text.line("%\(name).found = extractvalue { \(bits), i1 } \(pair), 0")
    let done = text.define("extractvalue { \(bits), i1 } \(pair), 1")
    text.branch(if: done, "\(name).done", else: "\(name).try")
    text.label("\(name).done")
    return seen
  }
}
