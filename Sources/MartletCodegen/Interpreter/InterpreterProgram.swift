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
    case barrier

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
  }

  /// An element of a buffer, or one part of a complex one.
  struct Access: Sendable {
    var buffer: Int
    /// Where its index starts in `indexCells`.
    var firstIndex: Int
    var rank: Int
    /// Where the buffer's strides start in the launch's table.
    var firstStride: Int
    /// Bytes from the element to the part.
    var partOffset: Int
    /// Of the element, in bytes.
    var itemSize: Int
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

  var name: String
  var operations: [Operation] = []
  var accesses: [Access] = []
  var indexCells: [Int32] = []
  /// All cells as a launch starts, with the constants in place.
  var cells: [UInt64]
  var slotCells: [SlotCell] = []
  var buffers: [BufferParameter]
  /// Whether it needs a grid launch: it asks for its place in the grid, shares memory or meets at
  /// barriers.
  var needsGrid = false

  init(name: String, buffers: [BufferParameter]) {
    self.name = name
    self.buffers = buffers
    cells = Array(repeating: 0, count: Int(Self.gridCell) + GridIndex.allCases.count)
  }

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

  /// The cells of a launch, or of one thread of a grid.
  func initialCells(_ slots: UnsafePointer<Int64>?) -> [UInt64] {
    var cells = cells
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
