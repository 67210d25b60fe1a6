import MartletIR
import MartletRuntime

/// The way to what Martlet does not have.
///
///     let np = Fallback.numpy
///     let length = try Double(np.linalg.norm(x))
///
/// A name is looked for in Martlet first and then in NumPy, whose Python is opened at run time. Each
/// step down to NumPy is recorded.
public enum Fallback {
  /// NumPy's functions by their Python names: Martlet's own where it has them, else NumPy's.
  public static var numpy: Value { Value(.member(Member(of: .numpy, path: ""))) }

  /// A Python tuple of arguments that Swift's arrays cannot hold together.
  public static func tuple(_ items: (any Argument)?...) -> Value {
    Value(.tuple(items.map { Value($0) }, names: []))
  }

  /// A Python list of arguments of several types.
  public static func list(_ items: (any Argument)?...) -> Value {
    Value(.list(items.map { Value($0) }))
  }

  /// Calls a function as `function(arguments)` does, and records where it was called.
  ///
  /// Calls with Python's syntax cannot know their line.
  ///
  /// - Throws: As `Value.dynamicallyCall(withKeywordArguments:)`.
  @discardableResult
  public static func call(
    _ function: Value, _ arguments: (any Argument)?...,
    keywords: KeyValuePairs<String, (any Argument)?> = [:], fileID: StaticString = #fileID,
    line: UInt = #line
  ) throws(MartletError) -> Value {
    try Call(
      function, arguments.map { Value($0) }, keywords.map { ($0.key, Value($0.value)) },
      place: Place(fileID: fileID, line: line)
    ).run()
  }

  /// Lends an array to NumPy for writing: `body` gets a NumPy array over the array's own memory, on
  /// which functions that work in place and `out` can be used.
  ///
  ///     try Fallback.withWritable(&x) { a in try np.fill_diagonal(a, 0) }
  ///
  /// No other array changes. A value that `body` keeps for later no longer shares the array's memory.
  ///
  /// - Throws: What `body` throws, `.readOnly`, `.libraryMissing`, `.outOfMemory`.
  @discardableResult
  public static func withWritable<Result>(
    _ array: inout NDArray, _ body: (Value) throws -> Result
  ) throws -> Result {
    _ = try Python.shared()
    let device = array.device
    if !device.isHost { array = try array.to(.host) }
    defer { withExtendedLifetime(array) {} }
    if !array.layout.isInjective { array = try array.copy() }
    try array.detach()
    _ = try array.writablePointer()
    weak var loan: LentMemory?
    let result = Swift.Result {
      let memory = try LentMemory(array, isWritable: true)
      loan = memory
      let object = try Python.use { session throws(MartletError) in
        PythonReference(try memory.array(session))
      }
      return try body(Value(.object(object)))
    }
    // Lets Python forget what Swift has let go of.
    try Python.use { _ throws(MartletError) in }
    // Whoever still has the memory may write it: this array moves out then.
    if loan != nil { array = try array.copy() }
    if !device.isHost { array = try array.to(device) }
    return try result.get()
  }
}
