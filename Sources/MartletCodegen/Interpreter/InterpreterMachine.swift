import MartletIR
import Synchronization

/// Memory that a program's accesses reach, the same for all threads that run it together.
struct InterpreterMemory {
  /// The address of each buffer's element at index zero.
  var bases: UnsafeBufferPointer<UnsafeMutableRawPointer?>
  /// As `InterpreterProgram.byteStrides` gives them.
  var byteStrides: UnsafeBufferPointer<Int>
  /// For each buffer the elements that exist, counted from index zero; nil to trust the kernel.
  var extents: UnsafeBufferPointer<Range<Int>>?
}

/// Why a thread stopped.
enum InterpreterStop: Equatable {
  case finished
  /// It meets the other threads of its block; running it again goes on after the barrier.
  case barrier
  /// An access (by number) outside its buffer; nothing was read or written.
  case outOfBounds(access: Int)
}

/// One thread of a running program: its cells and where it is. A simulated grid has many.
struct InterpreterThread {
  let cells: UnsafeMutablePointer<UInt64>
  var position = 0

  /// Runs until the end, a barrier or an access out of bounds.
  mutating func run(
    _ program: InterpreterProgram, _ memory: InterpreterMemory
  ) -> InterpreterStop {
    program.operations.withUnsafeBufferPointer { operations in
      program.accesses.withUnsafeBufferPointer { accesses in
        program.indexCells.withUnsafeBufferPointer { indexCells in
          run(
            operations, InterpreterAccesses(list: accesses, indexCells: indexCells, memory: memory))
        }
      }
    }
  }

  private mutating func run(
    _ operations: UnsafeBufferPointer<InterpreterProgram.Operation>,
    _ accesses: InterpreterAccesses
  ) -> InterpreterStop {
    let cells = cells
    var position = position
    while position < operations.count {
      let operation = operations[position]
      position += 1
      switch operation.code {
      case .jump: position = Int(operation.d)
      case .jumpUnless:
        if cells[Int(operation.a)] == 0 { position = Int(operation.d) }
      case .enterLoop:
        let lower = cells[Int(operation.a)]
        cells[Int(operation.d)] = lower
        if Int64(bitPattern: lower) >= Int64(bitPattern: cells[Int(operation.b)]) {
          position = Int(operation.c)
        }
      case .nextLoop:
        let next = Int64(bitPattern: cells[Int(operation.d)]) &+ 1
        if next < Int64(bitPattern: cells[Int(operation.b)]) {
          cells[Int(operation.d)] = UInt64(bitPattern: next)
          position = Int(operation.c)
        }
      case .barrier:
        self.position = position
        return .barrier

      case .move: cells[Int(operation.d)] = cells[Int(operation.a)]
      case .copyCells:
        for n in 0..<Int(operation.count) {
          cells[Int(operation.d) + n] = cells[Int(operation.a) + n]
        }
      case .fillCells:
        let value = cells[Int(operation.a)]
        for n in 0..<Int(operation.count) { cells[Int(operation.d) + n] = value }
      case .readLane: cells[Int(operation.d)] = cells[operation.lane(cells)]
      case .writeLane: cells[operation.lane(cells)] = cells[Int(operation.d)]

      case .load1, .load2, .load4, .load8, .loadBool, .store1, .store2, .store4, .store8, .atomic:
        guard let address = accesses.address(operation.a, cells) else {
          return .outOfBounds(access: Int(operation.a))
        }
        Self.access(operation, address, cells)

      default: calculate(operation, cells)
      }
    }
    return .finished
  }

  @inline(__always)
  private static func access(
    _ operation: InterpreterProgram.Operation, _ address: UnsafeMutableRawPointer,
    _ cells: UnsafeMutablePointer<UInt64>
  ) {
    let (d, b) = (Int(operation.d), Int(operation.b))
    switch operation.code {
    case .load1: cells[d] = UInt64(address.load(as: UInt8.self))
    case .load2: cells[d] = UInt64(address.loadUnaligned(as: UInt16.self))
    case .load4: cells[d] = UInt64(address.loadUnaligned(as: UInt32.self))
    case .load8: cells[d] = address.loadUnaligned(as: UInt64.self)
    case .loadBool: cells[d] = address.load(as: UInt8.self) != 0 ? 1 : 0
    case .store1:
      address.storeBytes(of: UInt8(truncatingIfNeeded: cells[b]), as: UInt8.self)
    case .store2:
      address.storeBytes(of: UInt16(truncatingIfNeeded: cells[b]), as: UInt16.self)
    case .store4:
      address.storeBytes(of: UInt32(truncatingIfNeeded: cells[b]), as: UInt32.self)
    case .store8: address.storeBytes(of: cells[b], as: UInt64.self)
    default: InterpreterAtomics.run(operation, address, cells)
    }
  }
}

/// Finds the memory of accesses.
private struct InterpreterAccesses {
  let list: UnsafeBufferPointer<InterpreterProgram.Access>
  let indexCells: UnsafeBufferPointer<Int32>
  let memory: InterpreterMemory

  /// Nil where the element does not exist.
  @inline(__always)
  func address(
    _ number: Int32, _ cells: UnsafeMutablePointer<UInt64>
  ) -> UnsafeMutableRawPointer? {
    let access = list[Int(number)]
    var distance = 0
    for n in 0..<access.rank {
      let index = Int(truncatingIfNeeded: cells[Int(indexCells[access.firstIndex + n])])
      distance &+= index &* memory.byteStrides[access.firstStride + n]
    }
    if let extents = memory.extents {
      let element = distance / access.itemSize
      if !extents[access.buffer].contains(element) { return nil }
    }
    return memory.bases[access.buffer]! + (distance &+ access.partOffset)
  }
}

extension InterpreterProgram.Operation {
  @inline(__always)
  fileprivate func lane(_ cells: UnsafeMutablePointer<UInt64>) -> Int {
    let distance = cells[Int(b)] &- cells[Int(c)]
    return Int(a) + Int(truncatingIfNeeded: distance & UInt64(count))
  }
}

private enum InterpreterAtomics {
  /// One lock for all atomics of the process: interpreted kernels only race with each other.
  private static let lock = Mutex(())

  /// As the compiled kernels do: the least and the greatest are NaN as soon as a number is.
  static func run(
    _ operation: InterpreterProgram.Operation, _ address: UnsafeMutableRawPointer,
    _ cells: UnsafeMutablePointer<UInt64>
  ) {
    let (old, new, result) = (Int(operation.d), Int(operation.b), Int(operation.c))
    let type = operation.type
    func calculated(_ code: InterpreterProgram.Code, _ a: Int, _ b: Int) -> UInt64 {
      calculate(
        .init(code: code, type: type, d: Int32(result), a: Int32(a), b: Int32(b)), cells)
      return cells[result]
    }
    lock.withLock { _ in
      cells[old] = load(address, type)
      let value: UInt64
      switch AtomicOperation.allCases[Int(operation.count)] {
      case .add: value = calculated(.add, old, new)
      case .subtract: value = calculated(.subtract, old, new)
      case .and: value = calculated(.and, old, new)
      case .or: value = calculated(.or, old, new)
      case .xor: value = calculated(.xor, old, new)
      case .exchange: value = cells[new]
      case .minimum, .maximum:
        let isMinimum = AtomicOperation.allCases[Int(operation.count)] == .minimum
        let stays =
          calculated(isMinimum ? .lessEqual : .greaterEqual, old, new) != 0
          || calculated(.notEqual, old, old) != 0
        value = stays ? cells[old] : cells[new]
      }
      store(value, address, type)
    }
  }

  private static func load(_ address: UnsafeMutableRawPointer, _ type: DType) -> UInt64 {
    switch type.itemSize {
    case 1:
      let byte = UInt64(address.load(as: UInt8.self))
      return type == .bool ? (byte != 0 ? 1 : 0) : byte
    case 2: return UInt64(address.loadUnaligned(as: UInt16.self))
    case 4: return UInt64(address.loadUnaligned(as: UInt32.self))
    default: return address.loadUnaligned(as: UInt64.self)
    }
  }

  private static func store(
    _ value: UInt64, _ address: UnsafeMutableRawPointer, _ type: DType
  ) {
    switch type.itemSize {
    case 1: address.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 2: address.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
    case 4: address.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    default: address.storeBytes(of: value, as: UInt64.self)
    }
  }
}
