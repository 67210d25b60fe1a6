import MartletIR
import MartletRuntime
import Synchronization

extension Fallback {
  /// What happens at a step down. The step is recorded in any case.
  public enum Mode: String, Sendable, CaseIterable {
    /// Nothing is said; steps are recorded all the same.
    case ignore
    /// A line on standard output for each.
    case print
    /// A line on standard error, once for each name and reason.
    case warn
    /// The call throws `.unsupported`.
    case raise
  }

  @TaskLocal private static var taskMode: Mode?
  private static let processMode = Mutex<Mode>(initialMode)

  private static var initialMode: Mode {
    guard let name = Environment["MARTLET_FALLBACK"] else { return .ignore }
    if let mode = Mode(rawValue: name) { return mode }
    StandardError.print(
      "martlet: MARTLET_FALLBACK is '\(name)', which is none of "
        + Mode.allCases.map(\.rawValue).joined(separator: ", ") + "; ignore is used.")
    return .ignore
  }

  /// The mode that holds here: that of the innermost `withMode`, else the process's, which setting
  /// it changes and which begins as MARTLET_FALLBACK says.
  public static var mode: Mode {
    get { taskMode ?? processMode.withLock { $0 } }
    set { processMode.withLock { $0 = newValue } }
  }

  /// Runs `body` under a mode; other tasks and threads keep theirs.
  public static func withMode<Result>(
    _ mode: Mode, _ body: () throws -> Result
  ) rethrows -> Result {
    try $taskMode.withValue(mode, operation: body)
  }

  /// The same for asynchronous work.
  public static func withMode<Result>(
    _ mode: Mode, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async rethrows -> Result {
    try await $taskMode.withValue(mode, operation: body, isolation: isolation)
  }

  // MARK: Telling

  /// Who is told of steps down instead of the modes here, and knows where the user's code is: the
  /// door of another language.
  package protocol Listener: Sendable {
    /// - Throws: `.unsupported` where the step may not be taken.
    func tell(_ name: String, _ server: String, _ reason: String) throws(MartletError)
    /// The line of the user's code that is running.
    func place() -> (file: String, line: Int)?
  }

  private static let listenerState = Mutex<(any Listener)?>(nil)
  package static var listener: (any Listener)? {
    get { listenerState.withLock { $0 } }
    set { listenerState.withLock { $0 = newValue } }
  }

  private static let warned = Mutex<Set<String>>([])

  /// Tells of a step as the mode asks for.
  ///
  /// - Throws: `.unsupported` under `raise`.
  static func tell(
    _ name: String, to server: String = "NumPy", reason: String, place: Place?
  ) throws(MartletError) {
    if let listener { return try listener.tell(name, server, reason) }
    let mode = mode
    if mode == .ignore { return }
    let where_ = place.map { " (\($0))" } ?? ""
    let message = "'\(name)' is served by \(server)\(where_): \(reason)"
    switch mode {
    case .ignore: break
    case .print: Swift.print("martlet: \(message)")
    case .warn:
      if warned.withLock({ $0.insert(message).inserted }) {
        StandardError.print("martlet: \(message)")
      }
    case .raise:
      throw .unsupported(
        operation: name,
        detail: "\(reason); the fallback mode 'raise' keeps \(server) from serving it")
    }
  }
}
