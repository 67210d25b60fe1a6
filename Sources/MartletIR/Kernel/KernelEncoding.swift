extension Kernel {
  /// All that decides what the kernel computes, as bytes: two kernels that differ in it give
  /// different ones. Names are not part of it, nor which places in a user's file it has.
  package var encoded: [UInt8] {
    var encoder = KernelEncoder()
    encoder.put(self)
    return encoder.bytes
  }
}

/// Writes a kernel as bytes, each part with its length or of a form that shows where it ends.
private struct KernelEncoder {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(2048) }

  mutating func put(_ kernel: Kernel) {
    put(kernel.buffers) { $0.put($1) }
    put(kernel.slotCount)
    put(kernel.valueTypes) { $0.put($1) }
    put(kernel.variableTypes) { $0.put($1) }
    put(kernel.body)
    put(kernel.relaxed.sorted { $0.id < $1.id })
    if let slot = kernel.watchSlot { put(slot) }
  }

  // MARK: Numbers and words

  /// Seven bits a byte, the highest bit says that more follow; small numbers of either sign take
  /// one byte.
  private mutating func put(_ number: Int) {
    put(UInt64(bitPattern: Int64((number << 1) ^ (number >> 63))))
  }

  private mutating func put(_ number: UInt64) {
    var rest = number
    while rest >= 128 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  private mutating func put(_ word: String) {
    put(word.utf8.count)
    bytes.append(contentsOf: word.utf8)
  }

  private mutating func put<Element>(
    _ elements: [Element], _ body: (inout KernelEncoder, Element) -> Void
  ) {
    put(elements.count)
    for element in elements { body(&self, element) }
  }

  // MARK: Parts

  private mutating func put(_ type: DType) { bytes.append(UInt8(type.rawValue)) }
  private mutating func put(_ value: Value) { put(Int(value.id)) }
  private mutating func put(_ variable: Variable) { put(Int(variable.id)) }
  private mutating func put(_ values: [Value]) { put(values) { $0.put($1) } }
  private mutating func put(_ statements: [Statement]) { put(statements) { $0.put($1) } }

  private mutating func put(_ scalar: Scalar) {
    put(scalar.dtype)
    put(scalar.low)
    put(scalar.high)
  }

  private mutating func put(_ buffer: BufferParameter) {
    put(buffer.dtype)
    put(buffer.strides) { encoder, stride in
      switch stride {
      case .constant(let number): encoder.put(0, number)
      case .slot(let slot): encoder.put(1, slot)
      }
    }
    bytes.append(buffer.access.rawValue)
    switch buffer.space {
    case .global: bytes.append(0)
    case .shared(let count): put(1, count)
    case .local(let count): put(2, count)
    case .address(let variable): put(3, Int(variable.id))
    }
    bytes.append((buffer.isStreamed ? 1 : 0) | (buffer.isSeparate ? 2 : 0))
    put(buffer.alignment ?? 0)
  }

  private mutating func put(_ tag: UInt8, _ number: Int) {
    bytes.append(tag)
    put(number)
  }

  private mutating func put(_ instruction: Instruction) {
    switch instruction {
    case .constant(let scalar):
      bytes.append(0)
      put(scalar)
    case .slot(let slot): put(1, slot)
    case .grid(let index): put(2, [], index.rawValue)
    case .read(let variable): put(3, Int(variable.id))
    case .load(let buffer, let index):
      put(4, buffer)
      put(index)
    case .unary(let operation, let a): put(5, [a], operation.rawValue)
    case .binary(let operation, let a, let b): put(6, [a, b], operation.rawValue)
    case .compare(let comparison, let a, let b): put(7, [a, b], comparison.rawValue)
    case .select(let condition, let a, let b): put(8, [condition, a, b])
    case .fusedMultiplyAdd(let a, let b, let c): put(9, [a, b, c])
    case .cast(let a): put(10, [a])
    case .reinterpret(let a): put(11, [a])
    case .complex(let real, let imaginary): put(12, [real, imaginary])
    case .real(let a): put(13, [a])
    case .imaginary(let a): put(14, [a])
    case .address(let buffer, let index):
      put(15, buffer)
      put(index)
    case .call(let function, let operands): put(16, operands, function.rawValue)
    case .system(let function, let operands): put(17, operands, function.rawValue)
    }
  }

  private mutating func put(_ tag: UInt8, _ values: [Value], _ word: String = "") {
    bytes.append(tag)
    put(word)
    put(values)
  }

  private mutating func put(_ statement: Statement) {
    switch statement {
    case .define(let value, let instruction):
      put(0, Int(value.id))
      put(instruction)
    case .declare(let variable, let lanes, let initial):
      put(1, Int(variable.id))
      put(lanes)
      put(initial)
    case .assign(let variable, let value):
      put(2, Int(variable.id))
      put(value)
    case .store(let buffer, let index, let value):
      put(3, buffer)
      put(index)
      put(value)
    case .atomic(let operation, let buffer, let index, let value, let old):
      put(4, index, operation.rawValue)
      put(buffer)
      put(value)
      put(old.map { [$0] } ?? [])
    case .compareExchange(let buffer, let index, let expected, let value, let old):
      put(5, index)
      put(buffer)
      put([expected, value, old])
    case .loop(let loop):
      bytes.append(6)
      bytes.append(loop.kind.rawValue)
      put([loop.index, loop.lower, loop.upper])
      put(loop.body)
    case .branch(let condition, let then, let otherwise):
      put(7, [condition])
      put(then)
      put(otherwise)
    case .whileLoop(let condition, let test, let body):
      put(8, [test])
      put(condition)
      put(body)
    case .fold(let fold):
      put(9, fold.lanes)
      put(fold.variables) { $0.put($1) }
      for values in [fold.left, fold.right, fold.combined, fold.results] { put(values) }
      put(fold.body)
    case .barrier: bytes.append(10)
    case .collective(let operation, let operands, let results):
      put(11, operands, operation.rawValue)
      put(results)
    case .fence(let scope): put(12, [], scope.rawValue)
    case .sleep(let value): put(13, [value])
    case .allocate(let variable, let byteCount, let arena):
      put(14, [byteCount])
      put(variable)
      put(arena)
    case .parallel(let child, let count, let arena):
      put(15, [count])
      put(child)
      put(arena)
    case .location: bytes.append(16)
    case .arena(let function, let arguments, let result, let arena):
      put(17, arguments)
      put(function.rawValue)
      put(result.map { [$0] } ?? []) { $0.put($1) }
      put(arena)
    }
  }
}
