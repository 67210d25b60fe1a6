import MartletIR

/// What the interpreter runs instead of a kernel: a flat list of small operations on *cells* of 64
/// bits. A cell holds a number as `Scalar.low` does; a complex number takes two.
struct InterpreterProgram: Sendable {
  /// One step. `d` is where the result goes, `a`, `b` and `c` are operands: numbers of cells unless
  /// the code says otherwise.
  struct Operation: Sendable {
    var code: Code
    /// The type of the operands.
    var type: DType = .int64
    var d: Int32 = 0
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    /// The lane mask, how many cells, or the atomic operation.
    var count: Int32 = 0
  }

  enum Code: UInt8, Sendable {
    // Control. Positions in the list are in `d`, of the loops in `c`.
    case jump
    /// Jumps unless `a` is true.
    case jumpUnless
    /// Starts counting `d` from `a` up to `b`, and jumps where there is nothing to count.
    case enterLoop
    /// Jumps back while `d` plus one is below `b`.
    case nextLoop
    /// All threads of the block meet; `count` is the barrier's number.
    case barrier
    /// Threads meet; `count` is the number of the meeting.
    case meet
    /// What the thread has written is seen by other blocks before what it writes after.
    case fence

    // Cells
    case move
    /// Copies `count` cells from `a` on.
    case copyCells
    /// Sets `count` cells to `a`.
    case fillCells
    /// Reads cell `a + ((b - c) & count)`; `b` and `c` are a loop's index and lower bound.
    case readLane
    /// Writes `d` to that cell.
    case writeLane

    // Memory; `a` is the number of an access.
    case load1, load2, load4, load8, loadBool
    /// Stores `b`.
    case store1, store2, store4, store8
    /// Combines memory with `b`; what was there goes to `d`. `c` and the cell after are scratch.
    case atomic
    /// Stores `b` where memory equals `c`; what was there goes to `d`.
    case compareExchange
    /// The address of access `a`.
    case address
    /// Has the arena at address `b` do `c` with the `count` cells from `a` on.
    case arena
    /// Has the arena at address `b` run `a` tasks of kernel `count`.
    case parallel
    /// The address of `a` new bytes of the arena at address `b`.
    case allocate

    // Arithmetic
    case negate, not, absolute, copySign
    case squareRoot, floor, ceiling, truncate, roundEven
    case countOnes
    case add, subtract, multiply, divide, remainder
    case and, or, xor, shiftLeft, shiftRight
    case equal, notEqual, less, lessEqual, greater, greaterEqual
    case fusedMultiplyAdd
    /// `b` where `a` is true, else `c`.
    case select
    /// From `type` to the type whose raw value is `count`.
    case cast

    // The commonest arithmetic, with its type: one jump in the machine instead of three.
    case addF64, subtractF64, multiplyF64, divideF64, fusedMultiplyAddF64
    case addF32, subtractF32, multiplyF32, divideF32
    case addI64, subtractI64, multiplyI64, lessI64
  }

  /// An element of a buffer, or one part of a complex one.
  struct Access: Sendable {
    var buffer: Int
    /// Where its index starts in `indexCells`.
    var firstIndex: Int
    var rank: Int
    /// The cell with the address of the element at index zero, for memory that a variable names.
    var base: Int32?
    /// Where the buffer's strides start in the launch's table.
    var firstStride: Int
    /// Bytes from the element to the part.
    var partOffset: Int
    /// Of the element, in bytes.
    var itemSize: Int
    var kind: SimulationReport.Access.Kind
    /// Where the user wrote it.
    var location: SourcePosition?
  }

  /// A place where threads meet, and the cells of what they bring and get.
  struct Meeting: Sendable {
    var operation: Collective
    /// Of the mask, the value and the lane, as far as the operation has them.
    var operands: [Int]
    var results: [Int]
    var location: SourcePosition?
  }

  /// A cell that gets a launch number.
  struct SlotCell: Sendable {
    var cell: Int
    var slot: Int
    var type: DType
  }

  // Cells with a fixed place.
  static let beginCell: Int32 = 0
  static let endCell: Int32 = 1
  /// The first of the grid indices, in the order of `GridIndex.allCases`.
  static let gridCell: Int32 = 2

  /// The cell of a grid index; y and z follow x.
  static func cell(of index: GridIndex) -> Int {
    // The cases are few, and a launch asks once or once per block.
    Int(gridCell) + GridIndex.allCases.firstIndex(of: index)!
  }

  var name: String
  var operations: [Operation] = []
  var accesses: [Access] = []
  var indexCells: [Int32] = []
  /// All cells as a launch starts, with the constants in place.
  var cells: [UInt64]
  var slotCells: [SlotCell] = []
  var buffers: [BufferParameter]
  /// Where each local buffer lies in a thread's own memory, in bytes; 0 for other buffers.
  var localOffsets: [Int] = []
  /// A thread's own memory, in bytes.
  var localBytes = 0
  /// Whether it needs a grid launch: it asks for its place in the grid, shares memory or meets at
  /// barriers.
  var needsGrid = false
  /// Whether it runs over tasks, which a grid launch has not.
  var hasTasks = false
  /// Where each barrier comes from, by its number less one.
  var barriers: [SourcePosition?] = []
  /// Where threads meet for more than a barrier.
  var meetings: [Meeting] = []
  /// Whether threads pass fences for the whole device.
  var hasFences = false
  /// Where operations come from: each place is that of the operations from a position on.
  var places: [(position: Int, location: SourcePosition)] = []

  init(name: String, buffers: [BufferParameter]) {
    self.name = name
    self.buffers = buffers
    cells = Array(repeating: 0, count: Int(Self.gridCell) + GridIndex.allCases.count)
    for buffer in buffers {
      localOffsets.append(localBytes)
      guard case .local(let count) = buffer.space else { continue }
      // In whole cells, so that everything is aligned.
      localBytes += (count * buffer.dtype.itemSize + 7) / 8 * 8
    }
  }

  /// Where the operation at a position comes from.
  func location(of position: Int) -> SourcePosition? {
    places.last { $0.position <= position }?.location
  }

  /// Cells and local memory of one thread, in cells.
  var threadSize: Int { cells.count + localBytes / 8 }

  /// The strides of all buffers in bytes, one after another, as `Access.firstStride` counts.
  func byteStrides(_ slots: UnsafePointer<Int64>?) -> [Int] {
    buffers.flatMap { buffer in
      buffer.strides.map { stride in
        switch stride {
        case .constant(let number): number &* buffer.dtype.itemSize
        case .slot(let slot): Int(slots![slot]) &* buffer.dtype.itemSize
        }
      }
    }
  }

  /// The cells of a launch, or of one thread of a grid; its local memory follows them.
  func initialCells(_ slots: UnsafePointer<Int64>?) -> [UInt64] {
    var cells = cells
    if localBytes > 0 { cells.append(contentsOf: repeatElement(0, count: localBytes / 8)) }
    for one in slotCells {
      let bits = UInt64(bitPattern: slots![one.slot])
      cells[one.cell] = one.type == .bool ? (bits != 0 ? 1 : 0) : bits & one.type.cellMask
    }
    return cells
  }
}

extension DType {
  /// The bits that a number of this real type has.
  var cellMask: UInt64 { itemSize >= 8 ? .max : 1 << UInt64(itemSize * 8) - 1 }

  /// The sign bit of a floating type.
  var signBit: UInt64 { 1 << UInt64(itemSize * 8 - 1) }
}
