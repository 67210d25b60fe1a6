/// A function in the kernel language: typed values in structured statements.
///
/// Every value is computed once (`let`), changing state lives in `Variable`s, and control flow is
/// nested, so the same kernel prints as text, runs in the interpreter, and is emitted for LLVM or a
/// GPU with one case per instruction.
///
/// A kernel is launched over a range of *tasks*; the loop of kind `.tasks` runs over the part that
/// one worker was given. All numbers of a launch (extents, strides, scalars) arrive in one table of
/// 64-bit *slots*, so that a kernel's structure does not depend on sizes.
public struct Kernel: Sendable, Hashable {
  public var name: String
  public var buffers: [BufferParameter]
  /// How many 64-bit slots the launch table has.
  public var slotCount: Int
  /// The type of each value, by `Value.id`.
  public var valueTypes: [DType]
  /// The type of each variable, by `Variable.id`.
  public var variableTypes: [DType]
  public var body: [Statement]
  /// Values whose floating-point arithmetic may be rearranged and contracted, and may take it that
  /// there is no NaN or infinity.
  public var relaxed: Set<Value> = []
  /// The slot with the address of a `martlet_watch`, which long loops ask now and then whether to go
  /// on; nil for a kernel that always runs to its end.
  public var watchSlot: Int?
}

/// A computed value; its type is in `Kernel.valueTypes`. Comparisons give `.bool`, indices are
/// `.int64`.
public struct Value: Sendable, Hashable {
  public var id: Int32
  public init(id: Int32) { self.id = id }
}

/// A mutable cell, private to one iteration where it is declared inside a vector loop.
public struct Variable: Sendable, Hashable {
  public var id: Int32
  public init(id: Int32) { self.id = id }
}

/// Memory that a kernel reads or writes. The launch passes a pointer to the element at index zero.
public struct BufferParameter: Sendable, Hashable {
  public enum Access: UInt8, Sendable { case read, write, readWrite }
  /// Where the memory lives; all but `.global` belong to one block of a grid launch.
  public enum Space: Sendable, Hashable {
    case global
    case shared(count: Int)
    case local(count: Int)
    /// At the address that an `int64` variable holds: memory that the kernel took from its arena, or
    /// another buffer's. Only the host runs kernels with it.
    case address(Variable)
  }

  public var dtype: DType
  /// How far apart neighbours along each index are; `load` and `store` give one index for each.
  public var strides: [Stride]
  public var access: Access
  public var space: Space
  /// A hint for memory that is only written, each element once: it need not stay in caches. Vector
  /// loops then begin where an address is a multiple of 64 bytes.
  public var isStreamed = false
  /// Whether no other buffer that is so overlaps it, at any moment at which both are in use.
  public var isSeparate = false
  /// What the user calls it, for reports.
  public var name: String?
  /// Its address is a multiple of so many bytes, a power of two; nil for what its type needs. Of
  /// shared and local memory.
  public var alignment: Int?

  public init(dtype: DType, strides: [Stride], access: Access, space: Space = .global) {
    self.dtype = dtype
    self.strides = strides
    self.access = access
    self.space = space
  }
}

/// The stride of one index, in elements: known when compiling, or read from a slot.
public enum Stride: Sendable, Hashable {
  case constant(Int)
  case slot(Int)

  public static let unit = Stride.constant(1)
  public static let broadcast = Stride.constant(0)
}

public enum UnaryOperation: String, Sendable, CaseIterable {
  /// Two's complement for integers; the sign bit for floats.
  case negate
  /// Bitwise for integers, logical for `bool`.
  case not
  case absolute
  /// IEEE square root, correctly rounded.
  case squareRoot
  case floor, ceiling, truncate
  /// To the nearest integer, ties to even.
  case roundEven
  case countOnes
}

public enum BinaryOperation: String, Sendable, CaseIterable {
  /// Integers wrap.
  case add, subtract, multiply
  /// IEEE division; for integers truncating, and the divisor must not be 0, nor -1 beside the
  /// smallest value (the rows of the table guard it).
  case divide
  /// Integers only, the sign of the dividend; guarded like `divide`.
  case remainder
  case and, or, xor
  /// Shift counts are within the type's bits (the rows guard it); right is arithmetic if signed.
  case shiftLeft, shiftRight
  /// The first operand's magnitude with the second's sign.
  case copySign
}

public enum Comparison: String, Sendable, CaseIterable {
  /// With a NaN all are false, but `notEqual` is true.
  case equal, notEqual, less, lessEqual, greater, greaterEqual
}

/// Where a kernel runs within a grid launch; for kernels that users write.
public enum GridIndex: String, Sendable, CaseIterable {
  case threadX, threadY, threadZ
  case blockX, blockY, blockZ
  case blockSizeX, blockSizeY, blockSizeZ
  case gridSizeX, gridSizeY, gridSizeZ
}

/// What computes a value. Operands have the result's type unless a case says otherwise.
public enum Instruction: Sendable, Hashable {
  case constant(Scalar)
  /// A launch number: an `.int64`, or the bits of a scalar of the value's type (a complex one takes
  /// its slot and the next).
  case slot(Int)
  case grid(GridIndex)
  case read(Variable)
  /// The element at an index of a buffer.
  case load(buffer: Int, index: [Value])
  case unary(UnaryOperation, Value)
  case binary(BinaryOperation, Value, Value)
  /// Operands of one type, the result `.bool`.
  case compare(Comparison, Value, Value)
  /// `select(condition, a, b)`: both sides are computed.
  case select(Value, Value, Value)
  /// `a * b + c` rounded once.
  case fusedMultiplyAdd(Value, Value, Value)
  /// Converts to the result's type as C does; see `Scalar.converted`.
  case cast(Value)
  /// The same bits as another type of the same size.
  case reinterpret(Value)
  case complex(real: Value, imaginary: Value)
  case real(Value)
  case imaginary(Value)
  /// The address of an element, as `int64`.
  case address(buffer: Int, index: [Value])
  /// A mathematical function; expanded by `MathLibrary` before a kernel is compiled, so that all
  /// devices compute the same bits.
  case call(MathFunction, [Value])
  /// A function of the C library, of `float64`; on the CPU only.
  case system(SystemFunction, [Value])
}

/// What a kernel asks of its arena, by the numbers that `martlet_arena` has.
public enum ArenaFunction: Int, Sendable {
  /// Gives a mark of what is taken now.
  case mark
  /// Frees what was taken since a mark, the first argument, but for the blocks that the other
  /// arguments are addresses in.
  case release
  /// Multiplies two matrices, and gives 1; 0 where that is not its matter. The arguments are the
  /// dtype, the sizes m, n and k, and for each of the m × k, k × n and m × n matrices the address
  /// and the two strides in elements.
  case product
  /// Gives the header of a new list, from the bytes of an element and how many there is room for.
  case list
  /// Gives a list room for more elements: its header, the bytes of an element, and how many. 0 where
  /// there is no memory.
  case grow
  /// Takes a block out of what is released; of a list's header its elements too.
  case pin
}

public enum AtomicOperation: String, Sendable, CaseIterable {
  case add, subtract, and, or, xor, exchange
  /// As `<` and `>` decide: where either number is NaN, the element stays.
  case minimum, maximum
  /// A number rather than NaN.
  case minimumNumber, maximumNumber
  /// For unsigned integers: one more, but 0 where that would be above the operand.
  case increment
  /// For unsigned integers: one less, but the operand where the element is 0 or above it.
  case decrement
}

extension AtomicOperation {
  /// Whether backends must do it to elements of this type.
  public func isDefined(for dtype: DType) -> Bool {
    switch self {
    case .add, .subtract, .minimum, .maximum, .minimumNumber, .maximumNumber:
      dtype.isInteger || dtype.isFloating
    case .and, .or, .xor: dtype.isInteger || dtype == .bool
    case .exchange: !dtype.isComplex
    case .increment, .decrement: dtype.isUnsigned
    }
  }
}

public indirect enum Statement: Sendable, Hashable {
  case define(Value, Instruction)
  /// A variable with its first value. Outside vector loops, `lanes` cells: iteration `i` of a
  /// vector loop reads and assigns cell `(i - lower) % lanes`, and a `fold` combines them. That
  /// fixes the order of a reduction for every vector width and device.
  case declare(Variable, lanes: Int, initial: Value)
  case assign(Variable, Value)
  case store(buffer: Int, index: [Value], value: Value)
  case atomic(AtomicOperation, buffer: Int, index: [Value], value: Value, old: Value?)
  /// Writes `value` where the element equals `expected`; `old` is what was there.
  case compareExchange(
    buffer: Int, index: [Value], expected: Value, value: Value, old: Value)
  case loop(Loop)
  case branch(condition: Value, then: [Statement], else: [Statement])
  /// Runs `condition`, ends when `test` is false, else runs `body` and starts again.
  case whileLoop(condition: [Statement], test: Value, body: [Statement])
  case fold(Fold)
  /// All threads of a block meet.
  case barrier
  /// Threads meet, and each learns something of the others; see `Collective`.
  case collective(Collective, operands: [Value], results: [Value])
  /// What the thread wrote before is seen before what it writes after.
  case fence(FenceScope)
  /// The thread may wait so many nanoseconds, or not.
  case sleep(Value)
  /// Gives an `int64` variable the address of new memory of that many bytes, 0 where there is none.
  /// The arena in the slot owns it; see `martlet_arena` in CMartlet.
  case allocate(Variable, byteCount: Value, arena: Int)
  /// Has the arena in the slot do something; a result goes to an `int64` variable.
  case arena(ArenaFunction, arguments: [Value], result: Variable?, arena: Int)
  /// Runs tasks `0 ..< count` of another kernel, which shares this one's slots and its buffers of
  /// the same numbers, and waits for them. The `martlet_arena` in the slot knows the kernel.
  case parallel(child: Int, count: Value, arena: Int)
  /// What follows comes from this place in the user's file: computes nothing, for reports.
  case location(SourcePosition)
}

/// `for index in lower ..< upper`.
public struct Loop: Sendable, Hashable {
  public enum Kind: UInt8, Sendable {
    /// One after another.
    case serial
    /// Iterations are independent but for lane variables, so that many can run at a time. With a
    /// branch, a while or a serial loop whose bounds differ between iterations inside, a device may
    /// run them one at a time.
    case vector
    /// Over this worker's tasks: the bounds are the launch's, `lower` and `upper` are ignored.
    case tasks
  }
  public var index: Value
  public var lower: Value
  public var upper: Value
  public var kind: Kind
  public var body: [Statement]
}

/// Combines the lanes of variables in halves: lane `j` takes `combine(j, j + half)`, then half of
/// that, until lane 0 holds the result. `lanes` is a power of two.
public struct Fold: Sendable, Hashable {
  public var variables: [Variable]
  public var lanes: Int
  /// What stands for the two sides' variables inside `body`.
  public var left: [Value]
  public var right: [Value]
  public var body: [Statement]
  /// The combined values, defined in `body`.
  public var combined: [Value]
  /// What lane 0 holds at the end.
  public var results: [Value]
}
