import MartletIR
import Synchronization

enum InterpreterAtomics {
  /// One lock for all atomics of the process: interpreted kernels only race with each other.
  private static let lock = Mutex(())

  /// As the compiled kernels do.
  static func run(
    _ operation: InterpreterProgram.Operation, _ address: UnsafeMutableRawPointer,
    _ cells: UnsafeMutablePointer<UInt64>
  ) {
    if operation.code == .compareExchange { return exchange(operation, address, cells) }
    let (old, new, result) = (Int(operation.d), Int(operation.b), Int(operation.c))
    let type = operation.type
    func calculated(_ code: InterpreterProgram.Code, _ a: Int, _ b: Int) -> UInt64 {
      let operation = InterpreterProgram.Operation(
        code: code, type: type, d: Int32(result), a: Int32(a), b: Int32(b))
      withUnsafePointer(to: operation) { calculate($0, cells) }
      return cells[result]
    }
    lock.withLock { _ in
      cells[old] = load(address, type)
      let value: UInt64
      let kind = AtomicOperation.allCases[Int(operation.count)]
      switch kind {
      case .add: value = calculated(.add, old, new)
      case .subtract: value = calculated(.subtract, old, new)
      case .and: value = calculated(.and, old, new)
      case .or: value = calculated(.or, old, new)
      case .xor: value = calculated(.xor, old, new)
      case .exchange: value = cells[new]
      case .minimum, .maximum, .minimumNumber, .maximumNumber:
        let isMinimum = kind == .minimum || kind == .minimumNumber
        let isNumber = kind == .minimumNumber || kind == .maximumNumber
        let takes =
          calculated(isMinimum ? .less : .greater, new, old) != 0
          || (isNumber && calculated(.notEqual, old, old) != 0)
        value = takes ? cells[new] : cells[old]
      case .increment: value = cells[old] >= cells[new] ? 0 : cells[old] + 1
      case .decrement:
        value = cells[old] == 0 || cells[old] > cells[new] ? cells[new] : cells[old] - 1
      }
      store(value, address, type)
    }
  }

  private static func exchange(
    _ operation: InterpreterProgram.Operation, _ address: UnsafeMutableRawPointer,
    _ cells: UnsafeMutablePointer<UInt64>
  ) {
    lock.withLock { _ in
      let old = load(address, operation.type)
      cells[Int(operation.d)] = old
      if old == cells[Int(operation.c)] {
        store(cells[Int(operation.b)], address, operation.type)
      }
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
