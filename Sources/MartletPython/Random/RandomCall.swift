import CPythonABI
import Martlet
import MartletIR

/// One call of a method of `Generator` or `RandomState`, or of a function of `numpy.random`, which is
/// a method of the state that all programs share.
struct RandomCall {
  let memory: GeneratorMemory
  /// The generator; borrowed.
  let object: Ref
  /// How many arguments stand before the first that NumPy's documentation shows.
  let offset: Int

  enum Owner: Sendable {
    case generator, state
    /// `numpy.random`'s functions.
    case module
  }

  // `numpy.random`'s own state; it lives as long as the process.
  nonisolated(unsafe) private static var shared: Ref?

  @inline(__always)
  init(_ owner: Owner, _ arguments: borrowing Arguments) throws(PythonError) {
    let found = try owner == .generator ? GeneratorMemory.ofGenerators() : .ofStates()
    guard let found else { throw .notNative("generators of a NumPy that Martlet does not know") }
    memory = found
    if owner == .module {
      if let shared = Self.shared { object = shared } else { object = try Self.findShared() }
      offset = 0
    } else {
      object = arguments.required(0)
      offset = 1
      guard PyType_IsSubtype(py_type(object), found.type) != 0 else {
        throw .type("a generator of numpy.random must come first")
      }
    }
  }

  @inline(never)
  private static func findShared() throws(PythonError) -> Ref {
    let module = try importModule("numpy.random.mtrand")
    defer { py_release(module) }
    let found = try attribute(module, "_rand")
    shared = found
    return found
  }

  // MARK: Drawing

  // Interned; they live as long as the process.
  nonisolated(unsafe) private static let acquire = PyUnicode_InternFromString("acquire")
  nonisolated(unsafe) private static let release = PyUnicode_InternFromString("release")

  /// Draws while nobody else draws from the same bit generator.
  @inline(__always)
  func drawing<Result>(
    _ body: (LegacySource) throws(PythonError) -> Result
  ) throws(PythonError) -> Result {
    let lock = retained(memory.lock(object))
    defer { py_release(lock) }
    try Self.ask(lock, Self.acquire)
    let result: Result
    do throws(PythonError) {
      result = try body(memory.legacySource(object))
    } catch {
      try? Self.unlock(lock)
      throw error
    }
    try Self.ask(lock, Self.release)
    return result
  }

  @inline(__always)
  private static func ask(_ lock: Ref, _ name: Ref?) throws(PythonError) {
    guard let name else { throw .raised }
    let given: InlineArray<1, Ref> = [lock]
    let answer = given.span.withUnsafeBufferPointer {
      $0.baseAddress.flatMap { PyObject_VectorcallMethod(name, $0, 1, nil) }
    }
    py_release(try check(answer))
  }

  /// Keeps the exception that is set.
  private static func unlock(_ lock: Ref) throws(PythonError) {
    var (type, value, traceback) = (Ref?.none, Ref?.none, Ref?.none)
    PyErr_Fetch(&type, &value, &traceback)
    defer { PyErr_Restore(type, value, traceback) }
    try ask(lock, release)
  }

  /// Numbers that are drawn between two looks for signals.
  private static let stepCount = 1 << 22

  /// Draws many numbers, step by step, so that signals are heard; the interpreter's lock is released
  /// meanwhile, so `body` may touch no Python object.
  func draw(
    _ count: Int, _ body: (_ first: Int, _ count: Int) throws(MartletError) -> Void
  ) throws(PythonError) {
    var first = 0
    while first < count {
      let step = min(Self.stepCount, count - first)
      try core { () throws(MartletError) in
        try withoutInterpreterLock(elements: step) { () throws(MartletError) in
          try body(first, step)
        }
      }
      first += step
      if first < count, PyErr_CheckSignals() != 0 { throw .raised }
    }
  }

  /// The algorithm, for work that is worth a loop of its own.
  func algorithm(for count: Int) throws(PythonError) -> BitGenerator? {
    count < 16 ? nil : try BitGenerators.algorithm(memory.owner(object))
  }

  // MARK: Arguments

  /// The shape of `size=`; nil for None.
  func size(_ object: Ref?) throws(PythonError) -> Shape? {
    guard let object, object != py_none() else { return nil }
    return try parseShape(object)
  }

  /// A parameter: a number, or an array of them.
  enum Value {
    case number(Distribution.Cell)
    case array(NDArray)
  }

  func value(
    _ object: Ref?, _ parameter: Distribution.Parameter
  ) throws(PythonError) -> Value {
    guard let object else { return .number(Distribution.Cell(parameter.standard ?? 0)) }
    if isType(object, py_float_type()), !parameter.isCount {
      return .number(Distribution.Cell(PyFloat_AsDouble(object)))
    }
    switch try parseOperand(object) {
    case .weak(let kind, let scalar):
      guard kind != .complex else { throw .notNative("complex parameters") }
      return try .number(cell(scalar, parameter))
    case .scalar(let scalar): return try .number(cell(scalar, parameter))
    case .array(let array):
      guard !array.dtype.isComplex else { throw .notNative("complex parameters") }
      let isCount = array.dtype == .bool || (array.dtype.isInteger && array.dtype != .uint64)
      if parameter.isCount, !isCount {
        throw .notNative("counts that are no integers of 64 bits with a sign")
      }
      guard array.rank == 0, !array.isTraced else { return .array(array) }
      return try .number(cell(try onlyElement(array), parameter))
    }
  }

  private func cell(
    _ scalar: Scalar, _ parameter: Distribution.Parameter
  ) throws(PythonError) -> Distribution.Cell {
    guard !scalar.dtype.isComplex else { throw .notNative("complex parameters") }
    guard parameter.isCount else { return Distribution.Cell(scalar.asDouble) }
    guard !scalar.dtype.isFloating, scalar.dtype != .uint64 else {
      throw .notNative("counts that are no integers of 64 bits with a sign")
    }
    return Distribution.Cell(scalar.asInt64)
  }
}
