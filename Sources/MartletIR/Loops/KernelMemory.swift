/// What is known about a user's kernel as a whole: where values come from, and what memory its
/// buffers are.
public struct KernelMemory {
  /// Whose memory a buffer is.
  enum Origin: Equatable {
    /// An argument, which may overlap another.
    case argument
    /// Nobody's but the kernel's: status, frame, results, and what it keeps for itself.
    case own
    /// New memory that the kernel took, whose address is in a variable.
    case fresh(Variable)
    /// At an address that may be any.
    case unknown
  }

  let kernel: Kernel
  private let argumentCount: Int
  private(set) var definitions: [Value: Instruction] = [:]
  private var allocated: Set<Variable> = []
  /// Variables that hold something else than new memory.
  private var other: Set<Variable> = []

  /// - Parameter argumentCount: how many of the first buffers are arguments.
  init(_ kernel: Kernel, argumentCount: Int) {
    self.kernel = kernel
    self.argumentCount = argumentCount
    collect(kernel.body)
  }

  private mutating func collect(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .define(let value, let instruction): definitions[value] = instruction
      case .declare(let variable, _, let initial):
        // New memory's address is 0 until it is there.
        if case .constant(let scalar)? = definitions[initial], scalar.low == 0 { continue }
        other.insert(variable)
      case .assign(let variable, _), .arena(_, _, let variable?, _): other.insert(variable)
      case .allocate(let variable, _, _): allocated.insert(variable)
      default: break
      }
      for block in statement.blocks { collect(block.block) }
    }
  }

  /// The kernel with the buffers marked that lie apart from each other.
  ///
  /// - Parameter argumentCount: how many of the first buffers are arguments, of which none that is
  ///   written overlaps another.
  public static func markSeparate(_ kernel: Kernel, argumentCount: Int) -> Kernel {
    let memory = KernelMemory(kernel, argumentCount: argumentCount)
    var kernel = kernel
    var known: Set<Variable> = []
    for buffer in kernel.buffers.indices {
      switch memory.origin(of: buffer) {
      case .argument, .own: kernel.buffers[buffer].isSeparate = true
      // A block that was released may be another's later, but not while both are in use.
      case .fresh(let variable):
        kernel.buffers[buffer].isSeparate = known.insert(variable).inserted
      case .unknown: break
      }
    }
    return kernel
  }

  func origin(of buffer: Int) -> Origin {
    switch kernel.buffers[buffer].space {
    case .global: buffer < argumentCount ? .argument : .own
    case .address(let variable):
      allocated.contains(variable) && !other.contains(variable) ? .fresh(variable) : .unknown
    case .local: .own
    case .shared: .unknown
    }
  }
}
