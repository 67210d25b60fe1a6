import MartletIR

/// What the lowering is told from outside: who runs the kernel, and by which rules.
public struct KernelRules: Sendable, Hashable {
  /// What the function becomes.
  public enum Target: Sendable, Hashable {
    /// A row of the table: numbers to numbers, on any device.
    case elementwise
    /// A function that the host runs once, with arrays and numbers.
    case host
    /// What each thread of a grid runs.
    case grid
  }

  /// What division by zero does.
  public enum Division: String, Sendable {
    /// Raises `ZeroDivisionError`.
    case python
    /// Gives infinity or NaN, and 0 for integers.
    case numpy
  }

  public var target: Target
  public var division: Division
  /// Whether an index outside an array is an error; else it is not looked at.
  public var checksBounds: Bool
  /// Whether a multiplication and an addition may become one operation that rounds once.
  public var isFast: Bool

  /// Whether an array argument that is written may overlap itself or another in memory.
  public var argumentsMayOverlap = false
  /// Whether `prange` loops are shared among threads.
  public var sharesLoops = false
  /// Whether a signal's handler may end a long run on the host. One that gives Python its turn by
  /// itself must never end anywhere else.
  public var isWatched = true
  /// Bytes of a block's memory whose size the launch gives, for shared arrays of size 0.
  public var sharedBytes = 0

  public init(
    target: Target, division: Division = .numpy, checksBounds: Bool = false, isFast: Bool = false
  ) {
    self.target = target
    self.division = division
    self.checksBounds = checksBounds
    self.isFast = isFast
  }
}

/// A function of numbers that the front end may call: a row of the table in one of its types.
public struct ScalarFunction {
  public var inputs: [DType]
  public var outputs: [DType]
  public var body: ([Expression]) -> [Expression]

  public init(
    inputs: [DType], outputs: [DType], body: @escaping ([Expression]) -> [Expression]
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.body = body
  }
}

/// Finds the loop of NumPy's function of this name for arguments of these types; nil where there is
/// none.
public typealias ScalarLibrary = @Sendable (_ name: String, _ types: [DType]) -> ScalarFunction?

/// The type of an argument.
public enum ArgumentType: Sendable, Hashable {
  case scalar(DType)
  /// An array; `isDense` promises that neighbours along the last axis lie side by side.
  case array(DType, rank: Int, isDense: Bool)
  case tuple([ArgumentType])
  /// A named tuple, with the names of its items.
  case record([String], [ArgumentType])
  /// A list of numbers.
  case list(DType)
  /// Python's `slice`: its start, stop and step, each an integer or `none`.
  case slice([ArgumentType])
  /// A text, which is known when compiling.
  case string(String)
  /// A type of numbers, which is known when compiling.
  case dtype(DType)
  /// Python's `None`.
  case none
  /// One that the call left out, which has its standard value.
  case omitted
}

/// Why a kernel stopped: what its status says, by number from 1.
public struct KernelFailure: Sendable, Hashable {
  /// The exception's name.
  public var exception: String
  /// The message; `{0}` and `{1}` stand for the two numbers beside the status.
  public var message: String
  public var location: SourcePosition
}
