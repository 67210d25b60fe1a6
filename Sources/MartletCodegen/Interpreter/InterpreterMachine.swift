import CMartlet
import MartletIR

/// What is watched while a thread runs. The machine is compiled for each kind of checks, so that
/// those that look at nothing cost nothing.
protocol InterpreterChecks {
  /// Whether an access may be done, `distance` bytes from the element at index zero. If not, the
  /// thread stops in front of it.
  mutating func allow(_ access: Int32, _ distance: Int, _ cells: InterpreterCells) -> Bool

  /// Whether the thread may go on after jumping back over `steps` operations.
  mutating func spend(_ steps: Int) -> Bool

  /// Whether `noteChange` is called.
  static var watchesChanges: Bool { get }
  /// Memory has got another value than it had.
  mutating func noteChange()
  /// The thread has passed a fence for the whole device.
  mutating func passFence()
}

extension InterpreterChecks {
  @inline(__always)
  static var watchesChanges: Bool { false }
  @inline(__always)
  mutating func noteChange() {}
  mutating func passFence() {}
}

/// Trusts the kernel.
struct NoChecks: InterpreterChecks {
  @inline(__always)
  mutating func allow(_: Int32, _: Int, _: InterpreterCells) -> Bool { true }
  @inline(__always)
  mutating func spend(_: Int) -> Bool { true }
}

/// Why a thread stopped.
enum InterpreterStop: Equatable {
  case finished
  /// It meets the other threads of its block; running it again goes on after the barrier.
  case barrier(number: Int)
  /// It meets other threads; running it again goes on, with the results in its cells.
  case meeting(number: Int)
  /// The checks let it spend no more steps; running it again goes on.
  case paused
  /// The checks refused an access; nothing was read or written.
  case refused(access: Int)
}

/// One thread of a running program: its cells and where it is. A simulated grid has many.
struct InterpreterThread {
  let cells: InterpreterCells
  var position = 0

  /// Runs until the end, a barrier or until the checks say stop.
  mutating func run<Checks: InterpreterChecks>(
    _ launch: InterpreterLaunch, _ checks: inout Checks
  ) -> InterpreterStop {
    let cells = cells
    let count = launch.operations.count
    guard let operations = launch.operations.baseAddress else { return .finished }
    var position = position
    while position < count {
      let operation = operations + position
      position += 1
      let (d, a, b) = (
        Int(operation.pointee.d), Int(operation.pointee.a), Int(operation.pointee.b)
      )
      switch operation.pointee.code {
      case .jump:
        let steps = position - d
        position = d
        if steps > 0, !checks.spend(steps) {
          self.position = position
          return .paused
        }
      case .jumpUnless:
        if cells[a] == 0 { position = d }
      case .enterLoop:
        let lower = cells[a]
        cells[d] = lower
        if Int64(bitPattern: lower) >= Int64(bitPattern: cells[b]) {
          position = Int(operation.pointee.c)
        }
      case .nextLoop:
        let next = Int64(bitPattern: cells[d]) &+ 1
        if next < Int64(bitPattern: cells[b]) {
          cells[d] = UInt64(bitPattern: next)
          let steps = position - Int(operation.pointee.c)
          position = Int(operation.pointee.c)
          if !checks.spend(steps) {
            self.position = position
            return .paused
          }
        }
      case .barrier:
        self.position = position
        return .barrier(number: Int(operation.pointee.count))
      case .meet:
        self.position = position
        return .meeting(number: Int(operation.pointee.count))

      case .fence: checks.passFence()

      case .move: cells[d] = cells[a]
      case .copyCells:
        for n in 0..<Int(operation.pointee.count) { cells[d + n] = cells[a + n] }
      case .fillCells:
        let value = cells[a]
        for n in 0..<Int(operation.pointee.count) { cells[d + n] = value }
      case .readLane: cells[d] = cells[operation.pointee.lane(cells)]
      case .writeLane: cells[operation.pointee.lane(cells)] = cells[d]

      case .load1, .load2, .load4, .load8, .loadBool, .store1, .store2, .store4, .store8, .atomic,
        .compareExchange:
        let access = operation.pointee.a
        let distance = launch.distance(access, cells)
        if !checks.allow(access, distance, cells) {
          self.position = position - 1
          return .refused(access: a)
        }
        let address = launch.address(access, distance, cells)
        if Checks.watchesChanges, operation.pointee.writes {
          let size = Self.size(of: operation.pointee)
          let before = Self.bits(address, size)
          Self.access(operation.pointee, address, cells)
          if Self.bits(address, size) != before { checks.noteChange() }
        } else {
          Self.access(operation.pointee, address, cells)
        }

      case .address:
        let access = operation.pointee.a
        let place = launch.address(access, launch.distance(access, cells), cells)
        cells[d] = UInt64(UInt(bitPattern: place))
      case .arena:
        let arena = UnsafeMutableRawPointer(bitPattern: UInt(cells[b]))
        let count = Int(operation.pointee.count)
        let result = UnsafeMutableRawPointer(cells + a).withMemoryRebound(
          to: Int64.self, capacity: count
        ) { martlet_arena_call(arena, Int64(operation.pointee.c), $0, Int64(count)) }
        cells[d] = UInt64(bitPattern: result)
      case .parallel:
        let arena = UnsafeMutableRawPointer(bitPattern: UInt(cells[b]))
        martlet_arena_parallel(
          arena, Int64(operation.pointee.count), Int64(bitPattern: cells[a]))
      case .allocate:
        let arena = UnsafeMutableRawPointer(bitPattern: UInt(cells[b]))
        let memory = martlet_arena_allocate(arena, Int64(bitPattern: cells[a]))
        cells[d] = UInt64(UInt(bitPattern: memory))

      case .addF64: Self.compute(cells, d, Double(cell: cells[a]) + Double(cell: cells[b]))
      case .subtractF64: Self.compute(cells, d, Double(cell: cells[a]) - Double(cell: cells[b]))
      case .multiplyF64: Self.compute(cells, d, Double(cell: cells[a]) * Double(cell: cells[b]))
      case .divideF64: Self.compute(cells, d, Double(cell: cells[a]) / Double(cell: cells[b]))
      case .fusedMultiplyAddF64:
        let c = Double(cell: cells[Int(operation.pointee.c)])
        Self.compute(cells, d, c.addingProduct(Double(cell: cells[a]), Double(cell: cells[b])))
      case .addF32: Self.compute(cells, d, Float(cell: cells[a]) + Float(cell: cells[b]))
      case .subtractF32: Self.compute(cells, d, Float(cell: cells[a]) - Float(cell: cells[b]))
      case .multiplyF32: Self.compute(cells, d, Float(cell: cells[a]) * Float(cell: cells[b]))
      case .divideF32: Self.compute(cells, d, Float(cell: cells[a]) / Float(cell: cells[b]))
      // In two's complement the sign makes no difference.
      case .addI64: cells[d] = cells[a] &+ cells[b]
      case .subtractI64: cells[d] = cells[a] &- cells[b]
      case .multiplyI64: cells[d] = cells[a] &* cells[b]
      case .lessI64:
        cells[d] = Int64(bitPattern: cells[a]) < Int64(bitPattern: cells[b]) ? 1 : 0

      case .select:
        cells[d] = cells[cells[a] != 0 ? b : Int(operation.pointee.c)]

      default: calculate(operation, cells)
      }
    }
    self.position = position
    return .finished
  }

  @inline(__always)
  private static func compute(_ cells: InterpreterCells, _ cell: Int, _ value: some CellFloat) {
    cells[cell] = value.cell
  }

  private static func size(of operation: InterpreterProgram.Operation) -> Int {
    switch operation.code {
    case .store1: 1
    case .store2: 2
    case .store4: 4
    case .store8: 8
    default: operation.type.itemSize
    }
  }

  @inline(__always)
  private static func bits(_ address: UnsafeMutableRawPointer, _ size: Int) -> UInt64 {
    switch size {
    case 1: UInt64(address.load(as: UInt8.self))
    case 2: UInt64(address.loadUnaligned(as: UInt16.self))
    case 4: UInt64(address.loadUnaligned(as: UInt32.self))
    default: address.loadUnaligned(as: UInt64.self)
    }
  }

  @inline(__always)
  private static func access(
    _ operation: InterpreterProgram.Operation, _ address: UnsafeMutableRawPointer,
    _ cells: InterpreterCells
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

extension InterpreterProgram.Operation {
  /// Whether it may change memory; of those that access it.
  @inline(__always)
  fileprivate var writes: Bool {
    switch code {
    case .store1, .store2, .store4, .store8, .atomic, .compareExchange: true
    default: false
    }
  }

  @inline(__always)
  fileprivate func lane(_ cells: InterpreterCells) -> Int {
    let distance = cells[Int(b)] &- cells[Int(c)]
    return Int(a) + Int(truncatingIfNeeded: distance & UInt64(count))
  }
}
