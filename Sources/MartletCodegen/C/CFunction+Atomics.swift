import MartletIR

/// Atomics: the dialects' own for integers, and for floating numbers loops that compute and start
/// again when another thread came first. (CUDA's own addition of floats loses subnormal numbers.)
extension CFunction {
  /// An expression that changes the element at an address and gives what was there.
  func atomicCall(
    _ operation: AtomicOperation, _ address: String, _ value: String, _ buffer: BufferParameter
  ) throws(MartletError) -> String {
    let dtype = buffer.dtype
    switch dtype {
    case .uint32, .uint64:
      if operation == .increment || operation == .decrement,
        dialect == .openCL || dtype == .uint64
      {
        return "\(try atomicLoop(operation, dtype, dtype, buffer.space))(\(address), \(value))"
      }
      return integerAtomic(operation, address, value, dtype, buffer.space)
    case .int32, .int64:
      return integerAtomic(operation, address, value, dtype, buffer.space)
    case .float32, .float64:
      let (bits, number): (CHelper, CHelper) =
        dtype == .float32 ? (.bits32, .float32) : (.bits64, .float64)
      let word: DType = dtype == .float32 ? .uint32 : .uint64
      if operation == .exchange {
        let call = integerAtomic(
          .exchange, address, "\(use(bits))(\(value))", word, buffer.space)
        return "\(use(number))(\(call))"
      }
      return "\(try atomicLoop(operation, dtype, word, buffer.space))(\(address), \(value))"
    default:
      throw .unsupported(
        operation: kernel.name,
        detail: "atomic \(operation.rawValue) on \(dtype) on a device that runs C")
    }
  }

  /// What an atomic leaves where `old` was.
  func combined(
    _ operation: AtomicOperation, _ old: String, _ value: String, _ dtype: DType
  ) throws(MartletError) -> String {
    switch operation {
    case .add: return try binary(.add, old, value, dtype)
    case .subtract: return try binary(.subtract, old, value, dtype)
    case .and: return try binary(.and, old, value, dtype)
    case .or: return try binary(.or, old, value, dtype)
    case .xor: return try binary(.xor, old, value, dtype)
    case .exchange: return value
    case .minimum, .maximum, .minimumNumber, .maximumNumber:
      let isMinimum = operation == .minimum || operation == .minimumNumber
      var takes = compare(isMinimum ? .less : .greater, value, old, dtype)
      if dtype.isFloating, operation == .minimumNumber || operation == .maximumNumber {
        takes += " || \(compare(.notEqual, old, old, dtype))"
      }
      return "\(takes) ? \(value) : \(old)"
    case .increment: return "\(old) >= \(value) ? 0 : \(old) + 1"
    case .decrement: return "\(old) == 0 || \(old) > \(value) ? \(value) : \(old) - 1"
    }
  }

  private func integerAtomic(
    _ operation: AtomicOperation, _ address: String, _ value: String, _ dtype: DType,
    _ space: BufferParameter.Space
  ) -> String {
    let isOrdered =
      switch operation {
      case .minimum, .maximum, .minimumNumber, .maximumNumber: true
      default: false
      }
    // Only an order knows signs.
    let word = isOrdered ? dtype.cName : unsigned(dtype)
    let name: String
    var operand = "(\(word))\(value)"
    switch dialect {
    case .openCL:
      let base = dtype.itemSize == 8 ? "atom_" : "atomic_"
      name = base + operation.openCLName
      if dtype.itemSize == 8 {
        _ = use(operation.is64BitBase ? .atomics64Base : .atomics64Extended)
      }
    case .cuda:
      name = operation == .subtract ? "atomicAdd" : operation.cudaName
      if operation == .subtract { operand = "0 - \(operand)" }
    }
    let pointer = "(\(volatile(space))\(word) *)"
    return "(\(self.name(dtype)))\(name)(\(pointer)\(address), \(operand))"
  }

  private func volatile(_ space: BufferParameter.Space) -> String {
    dialect == .openCL ? "volatile " + dialect.qualifier(space) : ""
  }

  /// The name of a function for one operation, type and space, which the text then contains.
  private func atomicLoop(
    _ operation: AtomicOperation, _ dtype: DType, _ word: DType, _ space: BufferParameter.Space
  ) throws(MartletError) -> String {
    let place = space == .global ? "global" : "shared"
    let (type, bits) = (name(dtype), name(word))
    let name = "atomic_\(operation.rawValue)_\(type)_\(place)"
    let exchange = compareExchange(word)
    let isFloating = dtype.isFloating
    let toBits = isFloating ? use(dtype == .float32 ? .bits32 : .bits64) : ""
    let toNumber = isFloating ? use(dtype == .float32 ? .float32 : .float64) : ""
    let pointer = "\(volatile(space))\(bits) *"
    addFunction(
      name,
      """
      \(dialect.helperHead) \(type) \(name)(\(volatile(space))\(type) *address, \(type) value) {
        \(pointer)place = (\(pointer))address;
        \(bits) seen = *place;
        for (;;) {
          const \(type) old = \(toNumber)(seen);
          const \(type) next = \(try combined(operation, "old", "value", dtype));
          const \(bits) found = \(exchange)(place, seen, \(toBits)(next));
          if (found == seen) return old;
          seen = found;
        }
      }

      """)
    return name
  }
}

extension CFunction {
  /// The dialect's function that exchanges words of memory where they are as expected.
  private func compareExchange(_ word: DType) -> String {
    if dialect == .cuda { return "atomicCAS" }
    if word.itemSize == 8 { _ = use(.atomics64Base) }
    return word.itemSize == 8 ? "atom_cmpxchg" : "atomic_cmpxchg"
  }

  func emitCompareExchange(
    _ buffer: Int, _ index: [Value], _ expected: Value, _ value: Value, _ old: Value
  ) throws(MartletError) {
    let parameter = kernel.buffers[buffer]
    let dtype = parameter.dtype
    let place = element(buffer, index)
    if case .local = parameter.space {
      define(old, place)
      line("if (\(name(old)) == \(name(expected))) \(place) = \(name(value));")
      return
    }
    guard dtype.itemSize == 4 || dtype.itemSize == 8 else {
      throw .unsupported(
        operation: kernel.name,
        detail: "atomic compareExchange on \(dtype) on a device that runs C")
    }
    let word = unsigned(dtype)
    let pointer = "(\(volatile(parameter.space))\(word) *)&\(place)"
    let call =
      "\(compareExchange(dtype))(\(pointer), (\(word))\(name(expected)), (\(word))\(name(value)))"
    define(old, "(\(name(dtype)))\(call)")
  }
}

extension AtomicOperation {
  fileprivate var openCLName: String {
    switch self {
    case .add: "add"
    case .subtract: "sub"
    case .minimum, .minimumNumber: "min"
    case .maximum, .maximumNumber: "max"
    case .and: "and"
    case .or: "or"
    case .xor: "xor"
    case .exchange: "xchg"
    // Of another meaning in OpenCL, and made by a loop.
    case .increment, .decrement: ""
    }
  }

  fileprivate var cudaName: String {
    switch self {
    case .add: "atomicAdd"
    case .subtract: "atomicSub"
    case .minimum, .minimumNumber: "atomicMin"
    case .maximum, .maximumNumber: "atomicMax"
    case .and: "atomicAnd"
    case .or: "atomicOr"
    case .xor: "atomicXor"
    case .exchange: "atomicExch"
    case .increment: "atomicInc"
    case .decrement: "atomicDec"
    }
  }

  /// Whether the base extension for 64 bits has it.
  fileprivate var is64BitBase: Bool {
    switch self {
    case .add, .subtract, .exchange: true
    default: false
    }
  }
}
