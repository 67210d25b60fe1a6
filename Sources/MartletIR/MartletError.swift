/// Everything that can go wrong, with the values that explain it.
///
/// Each case maps to one Python exception at the door (`MartletPython/Module/Exceptions.swift`); the
/// wording follows NumPy where its users know a message by heart.
public enum MartletError: Error, Sendable, Hashable {
  /// Shapes that do not broadcast (`ValueError`).
  case broadcast(operation: String, shapes: [Shape])
  /// Shapes that do not fit for another reason (`ValueError`).
  case shapeMismatch(operation: String, detail: String)
  /// An axis that the array doesn't have (`numpy.exceptions.AxisError`).
  case axisOutOfRange(operation: String, axis: Int, rank: Int)
  /// A position outside an axis (`IndexError`).
  case indexOutOfBounds(index: Int, axis: Int, size: Int)
  /// More indices than dimensions (`IndexError`).
  case tooManyIndices(given: Int, rank: Int)
  /// An index of a wrong kind (`IndexError`).
  case invalidIndex(detail: String)
  /// An argument whose value is wrong (`ValueError`).
  case invalidArgument(operation: String, detail: String)
  /// An argument whose type is wrong (`TypeError`).
  case invalidType(operation: String, detail: String)
  /// No loop of the operation takes these dtypes (`TypeError`).
  case noLoop(operation: String, dtypes: [DType])
  /// A conversion that the casting rule forbids (`TypeError`).
  case castForbidden(operation: String, from: DType, to: DType, casting: String)
  /// A number that does not fit its dtype (`OverflowError`).
  case overflow(detail: String)
  /// A matrix that an algorithm has no result for, or of a wrong shape
  /// (`numpy.linalg.LinAlgError`).
  case linearAlgebra(operation: String, detail: String)
  /// Memory ran out; no array changed (`MemoryError`).
  case outOfMemory(bytes: Int)
  /// A floating-point event under `errstate(raise)` (`FloatingPointError`).
  case floatingPoint(event: String, operation: String)
  /// The array's memory may not be written (`ValueError`).
  case readOnly(operation: String)
  /// More dimensions than Martlet's arrays have (served by NumPy at the Python door).
  case rankLimit(operation: String, rank: Int)
  /// More elements than Martlet's arrays have, or sizes whose product is no number (served by NumPy at
  /// the Python door, `ValueError` else).
  case sizeLimit(shape: Shape)
  /// The system refused something about a file, with its number for the reason (`OSError`, or the
  /// class of it that the number means).
  case file(operation: String, path: String, code: Int32, reason: String)
  /// Something Martlet does not have (falls back at the Python door, `NotImplementedError` else).
  case unsupported(operation: String, detail: String)
  /// A user's operation without an implementation for a device; the hint is the call that adds one
  /// (`NotImplementedError`).
  case missingImplementation(operation: String, device: String, hint: String)
  /// Something that has no derivative, and why; `defvjp` gives a function one. Without a name, what
  /// read an array that is being differentiated is not known here (`NotImplementedError`).
  case noDerivative(operation: String, reason: String)
  /// A library that is needed and not there (`RuntimeError`).
  case libraryMissing(name: String, hint: String)
  /// A kernel that breaks the kernel language's rules (`RuntimeError`).
  case malformedKernel(name: String, detail: String)
  /// A user's function that is no kernel, at a place in the user's file (`martlet.KernelError`).
  case kernelSource(function: String, location: SourcePosition, detail: String)
  /// A user's function raised an exception, by Python's name for it (that exception).
  case raised(exception: String, message: String)
  /// Work that was stopped before its end, as Ctrl-C does (the exception that a signal's handler
  /// raised).
  case interrupted
  /// A compiler or device refused (`RuntimeError`).
  case compilation(kernel: String, detail: String)
  /// A device failed; arrays keep their contents (`RuntimeError`).
  case device(name: String, operation: String, detail: String)
  /// A kernel that the Simulator stopped, with what it did wrong (`RuntimeError`).
  indirect case simulation(SimulationReport)
  /// A Python exception, raised while NumPy served a call (`RuntimeError`).
  case python(type: String, message: String)
  /// A defect of Martlet's own (`RuntimeError`).
  case internalError(operation: String, detail: String)
}

extension MartletError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .broadcast(let operation, let shapes):
      "[\(operation)] operands could not be broadcast together with shapes "
        + shapes.map(\.description).joined(separator: " ")
    case .shapeMismatch(let operation, let detail), .invalidArgument(let operation, let detail),
      .invalidType(let operation, let detail), .linearAlgebra(let operation, let detail):
      "[\(operation)] \(detail)"
    case .axisOutOfRange(_, let axis, let rank):
      "axis \(axis) is out of bounds for array of dimension \(rank)"
    case .indexOutOfBounds(let index, let axis, let size):
      "index \(index) is out of bounds for axis \(axis) with size \(size)"
    case .tooManyIndices(let given, let rank):
      "too many indices for array: array is \(rank)-dimensional, but \(given) were indexed"
    case .invalidIndex(let detail): detail
    case .noLoop(let operation, let dtypes):
      "ufunc '\(operation)' not supported for the input types "
        + dtypes.map(\.name).joined(separator: ", ")
        + ", and the inputs could not be safely coerced to any supported types"
    case .castForbidden(let operation, let from, let to, let casting):
      "Cannot cast ufunc '\(operation)' output from dtype('\(from)') to dtype('\(to)') "
        + "with casting rule '\(casting)'"
    case .overflow(let detail): detail
    case .outOfMemory(let bytes): "Unable to allocate \(bytes) bytes."
    case .floatingPoint(let event, let operation): "\(event) encountered in \(operation)"
    case .readOnly(let operation): "[\(operation)] assignment destination is read-only"
    case .rankLimit(let operation, let rank):
      "[\(operation)] the array would have \(rank) dimensions; Martlet's arrays have at most "
        + "\(Shape.maximumRank)."
    case .sizeLimit(let shape):
      "array is too big: shape \(shape) has more than the \(Shape.maximumCount) elements that "
        + "Martlet's arrays have at most."
    case .file(let operation, let path, _, let reason): "[\(operation)] \(path): \(reason)"
    case .unsupported(let operation, let detail):
      "[\(operation)] is not there in Martlet: \(detail)"
    case .missingImplementation(let operation, let device, let hint):
      "[\(operation)] has no implementation for \(device). Add one with \(hint), or call it with "
        + "arrays on the CPU."
    case .noDerivative(let operation, let reason):
      operation.isEmpty ? "\(reason)." : "[\(operation)] has no derivative: \(reason)."
    case .libraryMissing(let name, let hint): "\(name) was not found. \(hint)"
    case .malformedKernel(let name, let detail): "Kernel '\(name)' is malformed: \(detail)"
    case .kernelSource(let function, let location, let detail):
      "\(location): in '\(function)', \(detail)"
    case .raised(let exception, let message):
      message.isEmpty ? exception : "\(exception): \(message)"
    case .interrupted: "The work was interrupted."
    case .compilation(let kernel, let detail): "Kernel '\(kernel)' did not compile: \(detail)"
    case .device(let name, let operation, let detail):
      "[\(operation)] device \(name) failed: \(detail)"
    case .simulation(let report): report.description
    case .python(let type, let message): message.isEmpty ? type : "\(type): \(message)"
    case .internalError(let operation, let detail): "[\(operation)] internal error: \(detail)"
    }
  }
}
