import MartletIR

/// What only the threads of a grid have: their indices, memory of their block, barriers, atomics.
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

  /// A call of something in `cuda`; nil for other names.
  func gridCall(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard name.hasPrefix("cuda.") else { return nil }
    guard rules.target == .grid else {
      throw failure("'\(name)' is only there in kernels for a grid: use cuda.jit", at: location)
    }
    switch name {
    case "cuda.grid", "cuda.gridsize":
      guard arguments.count == 1, case .literal(.integer(let count)) = arguments[0],
        (1...3).contains(count)
      else { throw failure("\(name) takes 1, 2 or 3", at: location) }
      let axes: [(GridIndex, GridIndex, GridIndex, GridIndex)] = [
        (.threadX, .blockX, .blockSizeX, .gridSizeX), (.threadY, .blockY, .blockSizeY, .gridSizeY),
        (.threadZ, .blockZ, .blockSizeZ, .gridSizeZ),
      ]
      let items = axes.prefix(Int(count)).map { thread, block, size, all -> Meaning in
        let value =
          name == "cuda.grid"
          ? grid(block) * grid(size) + grid(thread) : grid(size) * grid(all)
        nonNegative.insert(value.value)
        return .scalar(value)
      }
      return count == 1 ? items[0] : .tuple(items)
    case "cuda.shared.array", "cuda.local.array":
      return .array(
        try ownArray(isShared: name == "cuda.shared.array", arguments, keywords, at: location))
    case "cuda.const.array_like":
      // An array from outside is an argument of the kernel already.
      guard arguments.count == 1, case .array = arguments[0] else {
        throw failure("cuda.const.array_like takes an array from outside the kernel", at: location)
      }
      return arguments[0]
    case "cuda.syncthreads":
      builder.barrier()
      return Meaning.none
    case "cuda.fma":
      guard arguments.count == 3 else { throw failure("cuda.fma takes 3 numbers", at: location) }
      guard let type = commonType(arguments[0], arguments[1]),
        let wide = commonType(.scalar(builder.integer(0, type)), arguments[2]), wide.isFloating
      else { throw failure("cuda.fma takes floating-point numbers", at: location) }
      return .scalar(
        try number(arguments[0], as: wide, at: location).fused(
          number(arguments[1], as: wide, at: location),
          plus: number(arguments[2], as: wide, at: location)))
    case "cuda.popc", "cuda.clz", "cuda.ffs", "cuda.brev":
      guard arguments.count == 1, let dtype = arguments[0].dtype, dtype.isInteger else {
        throw failure("\(name) takes an integer", at: location)
      }
      return .scalar(bits(name, try number(arguments[0], at: location)))
    case "cuda.selp":
      guard arguments.count == 3 else { throw failure("cuda.selp takes 3 values", at: location) }
      return try select(
        truth(of: arguments[0], at: location), arguments[1], arguments[2], at: location)
    default:
      if name.hasPrefix("cuda.atomic.") {
        return try atomic(String(name.dropFirst(12)), arguments, at: location)
      }
      throw failure("'\(name)' is not in the language of kernels", at: location)
    }
  }

  // MARK: Memory of a block or thread

  private func ownArray(
    isShared: Bool, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    var given = arguments
    for (name, value) in keywords {
      switch name {
      case "shape": given.insert(value, at: 0)
      case "dtype": given.append(value)
      default:
        throw failure("an array of a block has no '\(name)' in kernels", at: location)
      }
    }
    guard given.count == 2, case .dtype(let dtype) = given[1] else {
      throw failure("an array of a block or thread takes a shape and a dtype", at: location)
    }
    var sizes: [Int] = []
    var items = [given[0]]
    if case .tuple(let own) = given[0] { items = own }
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
    return ArrayValue(
      dtype: dtype, shape: sizes.map { builder.integer($0) }, buffers: [buffer], builder: builder
    ) { ArrayValue.Place(buffer: buffer, index: $0) }
  }

  // MARK: Bits

  func bits(_ name: String, _ value: Expression) -> Expression {
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
    switch name {
    case "cuda.popc": return pattern.countOnes.cast(to: .int32)
    case "cuda.clz":
      return (pattern.literal(width) - filled(pattern).countOnes).cast(to: .int32)
    case "cuda.ffs":
      // The number of the lowest one, counting from 1: the ones below and at it.
      let below = (pattern ^ (pattern - pattern.literal(1))).countOnes
      return (pattern == 0).select(pattern.literal(0), below).cast(to: .int32)
    default:
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

  // MARK: Atomics

  private static let atomics: [String: AtomicOperation] = [
    "add": .add, "sub": .subtract, "and_": .and, "or_": .or, "xor": .xor, "exch": .exchange,
    "max": .maximum, "min": .minimum,
  ]

  private func atomic(
    _ name: String, _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard let operation = Self.atomics[name] else {
      throw failure("'cuda.atomic.\(name)' is not in the language of kernels", at: location)
    }
    guard arguments.count == 3, case .array(let array) = arguments[0] else {
      throw failure("cuda.atomic.\(name) takes an array, an index and a value", at: location)
    }
    let dtype = array.dtype
    let isDefined: Bool =
      switch operation {
      case .add, .subtract, .minimum, .maximum: dtype.isInteger || dtype.isFloating
      case .and, .or, .xor: dtype.isInteger || dtype == .bool
      case .exchange: !dtype.isComplex
      }
    guard isDefined else {
      throw failure("cuda.atomic.\(name) is not there for arrays of type \(dtype)", at: location)
    }
    var given = [GivenIndex.element(arguments[1])]
    if case .tuple(let items) = arguments[1] { given = items.map { .element($0) } }
    let view = try view(of: array, given, at: location)
    guard view.isElement, let place = view.array.place?([]) else {
      throw failure("an atomic operation works on one element", at: location)
    }
    let value = try number(arguments[2], as: array.dtype, at: location)
    writtenBuffers.insert(place.buffer)
    let old = builder.atomicOld(operation, place.buffer, place.index, value)
    return .scalar(old)
  }
}
