import MartletIR

/// What only the threads of a grid have: their indices, memory of their block, barriers. Meetings
/// and atomics have files of their own.
extension FunctionLowering {
  private static let indexNames: [String: [GridIndex]] = [
    "cuda.threadIdx": [.threadX, .threadY, .threadZ],
    "cuda.blockIdx": [.blockX, .blockY, .blockZ],
    "cuda.blockDim": [.blockSizeX, .blockSizeY, .blockSizeZ],
    "cuda.gridDim": [.gridSizeX, .gridSizeY, .gridSizeZ],
  ]

  /// `cuda.threadIdx.x` and its like; nil for other names.
  func gridIndex(_ name: String) throws(MartletError) -> Meaning? {
    guard let dot = name.lastIndex(of: "."),
      let axes = Self.indexNames[String(name[..<dot])]
    else { return nil }
    let axis: Int? = ["x": 0, "y": 1, "z": 2][String(name[name.index(after: dot)...])]
    guard let axis else { return nil }
    return .scalar(grid(axes[axis]))
  }

  private func grid(_ index: GridIndex) -> Expression {
    let value = builder.grid(index)
    nonNegative.insert(value.value)
    return value
  }

  /// What a name in `cuda` does when it is called.
  enum GridOperation {
    /// The thread's place in the grid, or how many threads the grid has.
    case place, size
    case sharedArray, localArray, constantArray
    case barrier
    case fence(FenceScope)
    case sleep
    case blockVote(Collective)
    case syncWarp
    case vote(Collective)
    case match(Collective)
    case shuffle(Collective)
    case activeMask, lowerLanes
    case atomic(AtomicOperation)
    case compareAndSwap, compareExchange
    case fused
    case bits(Bits)
    case select
    /// NumPy's function of this name.
    case function(String)
  }

  enum Bits { case count, leadingZeros, firstOne, reversed }

  /// The names, each with what it does.
  static let gridOperations: [String: GridOperation] = [
    "cuda.grid": .place,
    "cuda.gridsize": .size,
    "cuda.shared.array": .sharedArray,
    "cuda.local.array": .localArray,
    "cuda.const.array_like": .constantArray,
    "cuda.syncthreads": .barrier,
    "cuda.syncthreads_count": .blockVote(.countThreads),
    "cuda.syncthreads_and": .blockVote(.allThreads),
    "cuda.syncthreads_or": .blockVote(.anyThread),
    "cuda.threadfence": .fence(.device),
    "cuda.threadfence_block": .fence(.block),
    "cuda.threadfence_system": .fence(.system),
    "cuda.nanosleep": .sleep,
    "cuda.syncwarp": .syncWarp,
    "cuda.all_sync": .vote(.allLanes),
    "cuda.any_sync": .vote(.anyLane),
    "cuda.eq_sync": .vote(.sameLanes),
    "cuda.ballot_sync": .vote(.ballot),
    "cuda.match_any_sync": .match(.matchAny),
    "cuda.match_all_sync": .match(.matchAll),
    "cuda.shfl_sync": .shuffle(.shuffle),
    "cuda.shfl_up_sync": .shuffle(.shuffleUp),
    "cuda.shfl_down_sync": .shuffle(.shuffleDown),
    "cuda.shfl_xor_sync": .shuffle(.shuffleXor),
    "cuda.activemask": .activeMask,
    "cuda.lanemask_lt": .lowerLanes,
    "cuda.atomic.add": .atomic(.add),
    "cuda.atomic.sub": .atomic(.subtract),
    "cuda.atomic.and_": .atomic(.and),
    "cuda.atomic.or_": .atomic(.or),
    "cuda.atomic.xor": .atomic(.xor),
    "cuda.atomic.exch": .atomic(.exchange),
    "cuda.atomic.max": .atomic(.maximum),
    "cuda.atomic.min": .atomic(.minimum),
    "cuda.atomic.nanmax": .atomic(.maximumNumber),
    "cuda.atomic.nanmin": .atomic(.minimumNumber),
    "cuda.atomic.inc": .atomic(.increment),
    "cuda.atomic.dec": .atomic(.decrement),
    "cuda.atomic.compare_and_swap": .compareAndSwap,
    "cuda.atomic.cas": .compareExchange,
    "cuda.fma": .fused,
    "cuda.popc": .bits(.count),
    "cuda.clz": .bits(.leadingZeros),
    "cuda.ffs": .bits(.firstOne),
    "cuda.brev": .bits(.reversed),
    "cuda.selp": .select,
    "cuda.cbrt": .function("cbrt"),
  ]

  /// A call in `cuda`, with its full name.
  struct GridCall {
    var name: String
    var arguments: [Meaning]
    var keywords: [(name: String, value: Meaning)]
    var location: SourcePosition
  }

  /// `cuda.laneid` and `cuda.warpsize`; nil for other names.
  func gridValue(_ name: String, at location: SourcePosition) throws(MartletError) -> Meaning? {
    guard name == "cuda.laneid" || name == "cuda.warpsize" else { return nil }
    try requireGrid(name, at: location)
    if name == "cuda.warpsize" { return .literal(.integer(Int64(Collective.warpSize))) }
    return .scalar(lane)
  }

  private func requireGrid(
    _ name: String, at location: SourcePosition
  ) throws(MartletError) {
    guard rules.target == .grid else {
      throw failure("'\(name)' is only there in kernels for a grid: use cuda.jit", at: location)
    }
  }

  /// A call of something in `cuda`; nil for other names.
  func gridCall(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard name.hasPrefix("cuda.") else { return nil }
    try requireGrid(name, at: location)
    guard let operation = Self.gridOperations[name] else {
      throw failure("'\(name)' is not in the language of kernels", at: location)
    }
    let call = GridCall(name: name, arguments: arguments, keywords: keywords, location: location)
    return try lower(operation, positional(call, Self.parameters(of: operation)))
  }

  /// The names of the parameters that numba's functions have, none where they take no keywords; nil
  /// for what looks at its keywords itself.
  private static func parameters(of operation: GridOperation) -> [String]? {
    switch operation {
    case .sharedArray, .localArray: nil
    case .vote: ["mask", "predicate"]
    case .shuffle(.shuffle): ["mask", "value", "src_lane"]
    case .shuffle(.shuffleXor): ["mask", "value", "lane_mask"]
    case .shuffle: ["mask", "value", "delta"]
    default: []
    }
  }

  /// The call with its keywords in their places.
  private func positional(
    _ call: GridCall, _ parameters: [String]?
  ) throws(MartletError) -> GridCall {
    guard let parameters else { return call }
    var result = call
    result.keywords = []
    var rest = call.keywords
    for parameter in parameters.dropFirst(call.arguments.count) {
      guard let place = rest.firstIndex(where: { $0.name == parameter }) else { break }
      result.arguments.append(rest.remove(at: place).value)
    }
    if let keyword = rest.first {
      throw failure("\(call.name) takes no argument '\(keyword.name)' here", at: call.location)
    }
    return result
  }

  private func lower(
    _ operation: GridOperation, _ call: GridCall
  ) throws(MartletError) -> Meaning {
    let (name, arguments, location) = (call.name, call.arguments, call.location)
    switch operation {
    case .sharedArray: return .array(try ownArray(isShared: true, call))
    case .localArray: return .array(try ownArray(isShared: false, call))
    case .place, .size: return try gridPlace(call, isSize: name == "cuda.gridsize")
    case .constantArray:
      // An array from outside is an argument of the kernel already.
      guard arguments.count == 1, case .array = arguments[0] else {
        throw failure("cuda.const.array_like takes an array from outside the kernel", at: location)
      }
      return arguments[0]
    case .barrier:
      try expect(0, call, "nothing")
      mark(location)
      builder.barrier()
      return Meaning.none
    case .fence(let scope):
      try expect(0, call, "nothing")
      builder.fence(scope)
      return Meaning.none
    case .sleep:
      try expect(1, call, "a number of nanoseconds")
      let time = try position(arguments[0], for: "a number of nanoseconds", at: location)
      builder.sleep(nanoseconds: time.cast(to: .uint32))
      return Meaning.none
    case .blockVote(let operation): return try blockVote(operation, call)
    case .syncWarp: return try syncWarp(call)
    case .vote(let operation): return try vote(operation, call)
    case .match(let operation): return try match(operation, call)
    case .shuffle(let operation): return try shuffle(operation, call)
    case .activeMask: return try activeMask(call)
    case .lowerLanes: return try lowerLanes(call)
    case .atomic(let operation): return try atomic(operation, call)
    case .compareAndSwap, .compareExchange: return try compareExchange(call)
    case .fused: return try fused(call)
    case .bits(let bits):
      guard arguments.count == 1, let dtype = arguments[0].dtype, dtype.isInteger else {
        throw failure("\(name) takes an integer", at: location)
      }
      return .scalar(self.bits(bits, try number(arguments[0], at: location)))
    case .select:
      try expect(3, call, "3 values")
      return try select(
        truth(of: arguments[0], at: location), arguments[1], arguments[2], at: location)
    case .function(let function):
      try expect(1, call, "a number")
      guard let result = try elementwise(function, arguments, at: location) else {
        throw failure("'\(name)' is not in the language of kernels", at: location)
      }
      return result
    }
  }

  func expect(_ count: Int, _ call: GridCall, _ what: String) throws(MartletError) {
    if call.arguments.count != count {
      throw failure("\(call.name) takes \(what)", at: call.location)
    }
  }

  private func gridPlace(_ call: GridCall, isSize: Bool) throws(MartletError) -> Meaning {
    guard call.arguments.count == 1, case .literal(.integer(let count)) = call.arguments[0],
      (1...3).contains(count)
    else { throw failure("\(call.name) takes 1, 2 or 3", at: call.location) }
    let axes: [(GridIndex, GridIndex, GridIndex, GridIndex)] = [
      (.threadX, .blockX, .blockSizeX, .gridSizeX), (.threadY, .blockY, .blockSizeY, .gridSizeY),
      (.threadZ, .blockZ, .blockSizeZ, .gridSizeZ),
    ]
    let items = axes.prefix(Int(count)).map { thread, block, size, all -> Meaning in
      let value = isSize ? grid(size) * grid(all) : grid(block) * grid(size) + grid(thread)
      nonNegative.insert(value.value)
      return .scalar(value)
    }
    return count == 1 ? items[0] : .tuple(items)
  }

  private func fused(_ call: GridCall) throws(MartletError) -> Meaning {
    let (arguments, location) = (call.arguments, call.location)
    try expect(3, call, "3 numbers")
    guard let type = commonType(arguments[0], arguments[1]),
      let wide = commonType(.scalar(builder.integer(0, type)), arguments[2]), wide.isFloating
    else { throw failure("cuda.fma takes floating-point numbers", at: location) }
    return .scalar(
      try number(arguments[0], as: wide, at: location).fused(
        number(arguments[1], as: wide, at: location),
        plus: number(arguments[2], as: wide, at: location)))
  }

  // MARK: Memory of a block or thread

  private func ownArray(
    isShared: Bool, _ call: GridCall
  ) throws(MartletError) -> ArrayValue {
    let location = call.location
    var (shape, type, alignment): (Meaning?, Meaning?, Meaning?)
    let wanted = "an array of a block or thread takes a shape and a dtype"
    for (i, value) in call.arguments.enumerated() {
      switch i {
      case 0: shape = value
      case 1: type = value
      case 2: alignment = value
      default: throw failure(wanted, at: location)
      }
    }
    for (name, value) in call.keywords {
      switch name {
      case "shape" where shape == nil: shape = value
      case "dtype" where type == nil: type = value
      case "alignment" where alignment == nil: alignment = value
      case "shape", "dtype", "alignment":
        throw failure("\(call.name) is given '\(name)' twice", at: location)
      default:
        throw failure("an array of a block has no '\(name)' in kernels", at: location)
      }
    }
    guard let shape, let type else { throw failure(wanted, at: location) }
    let dtype = try dtype(type, for: "an array of a block or thread", at: location)
    let bytes = try alignment.map { (value) throws(MartletError) in
      try self.alignment(value, dtype, at: location)
    }
    var sizes: [Int] = []
    var items = [shape]
    if case .tuple(let own) = shape { items = own }
    for item in items {
      guard case .literal(let literal) = item, let size = literal.asInteger, size >= 0,
        size <= 1 << 24
      else {
        throw failure(
          "the shape of an array of a block or thread is known when compiling, not "
            + item.description, at: location)
      }
      sizes.append(Int(size))
    }
    if sizes.reduce(1.0, { $0 * Double($1) }) > 0x1p26 {
      throw failure(
        "an array of a block or thread has at most \(1 << 26) elements, not "
          + sizes.map(String.init).joined(separator: " × "), at: location)
    }
    // A shared array of size 0 has what the launch gives.
    if isShared, sizes == [0] {
      ownArrayCount += 1
      if ownArrayCount > 1 {
        throw failure(
          "a kernel has one shared array whose size the launch gives, not two", at: location)
      }
      sizes = [rules.sharedBytes / dtype.itemSize]
    }
    let buffer = isShared ? builder.shared(dtype, sizes) : builder.local(dtype, sizes)
    if case .some(let bytes?) = bytes { builder.align(buffer, to: bytes) }
    return ArrayValue(
      dtype: dtype, shape: sizes.map { builder.integer($0) }, buffers: [buffer], builder: builder
    ) { ArrayValue.Place(buffer: buffer, index: $0) }
  }

  /// A number of bytes; nil for None.
  private func alignment(
    _ meaning: Meaning, _ dtype: DType, at location: SourcePosition
  ) throws(MartletError) -> Int? {
    if case .none = meaning { return nil }
    guard case .literal(.integer(let bytes)) = meaning, bytes > 0, bytes & (bytes - 1) == 0,
      bytes <= 1024
    else {
      throw failure(
        "an alignment is a power of two up to 1024 that is known when compiling", at: location)
    }
    // Never less than the type needs.
    return max(Int(bytes), dtype.isComplex ? dtype.itemSize / 2 : dtype.itemSize)
  }

  // MARK: Bits

  func bits(_ operation: Bits, _ value: Expression) -> Expression {
    let width = value.dtype.itemSize * 8
    let unsigned: DType =
      width == 64 ? .uint64 : width == 32 ? .uint32 : width == 16 ? .uint16 : .uint8
    let pattern = value.reinterpret(as: unsigned)
    /// Every bit below the highest one is set as well.
    func filled(_ value: Expression) -> Expression {
      var result = value
      var shift = 1
      while shift < width {
        result = result | (result >> shift)
        shift *= 2
      }
      return result
    }
    switch operation {
    case .count: return pattern.countOnes.cast(to: .int32)
    case .leadingZeros:
      return (pattern.literal(width) - filled(pattern).countOnes).cast(to: .int32)
    case .firstOne:
      // The number of the lowest one, counting from 1: the ones below and at it.
      let below = (pattern ^ (pattern - pattern.literal(1))).countOnes
      return (pattern == 0).select(pattern.literal(0), below).cast(to: .int32)
    case .reversed:
      var result = pattern
      var shift = width / 2
      while shift > 0 {
        // Bits that are `shift` apart change places.
        var mask: UInt64 = 0
        for bit in 0..<width where bit / shift % 2 == 0 { mask |= 1 << UInt64(bit) }
        let low = builder.constant(Scalar(dtype: unsigned, low: mask))
        result = ((result & low) << shift) | ((result >> shift) & low)
        shift /= 2
      }
      return result.reinterpret(as: value.dtype)
    }
  }
}
