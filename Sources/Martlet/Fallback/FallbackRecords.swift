import MartletIR
import MartletRuntime
import Synchronization

extension Fallback {
  /// What happens when NumPy serves a call. The step is recorded in any case.
  public enum Mode: String, Sendable, CaseIterable {
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

  // MARK: Records

  /// Calls of one function that NumPy served for one reason.
  public struct Record: Sendable, Hashable {
    /// The function's name behind `numpy.`, or a type's and its method's.
    public var name: String
    /// The device that the arrays came from: `cpu`, `cuda:0`, …
    public var from: String
    /// Who served the calls: `numpy`, or `cpu` for a user's operation that the device lacks.
    public var to: String
    /// Why Martlet did not.
    public var reason: String
    /// The file and line that called, where `Fallback.call` tells them: `Module/File.swift:12`.
    public var place: String?
    public var count: Int
    /// Bytes that were copied to NumPy and back.
    public var bytes: Int
    /// Time within the calls, the way there and back included.
    public var seconds: Double
  }

  private struct Step: Hashable {
    var name: String
    var from: String
    var to: String
    var reason: String
    var place: String?
  }

  private struct Total {
    var count = 0
    var bytes = 0
    var nanoseconds: UInt64 = 0

    mutating func add(bytes: Int, nanoseconds: UInt64) {
      count += 1
      self.bytes += bytes
      self.nanoseconds += nanoseconds
    }
  }

  private static let steps = Mutex<[Step: Total]>([:])
  private static let warned = Mutex<Set<String>>([])

  static func note(
    _ name: String, from: String, to: String = "numpy", reason: String, place: Place?, bytes: Int,
    nanoseconds: UInt64
  ) {
    let step = Step(name: name, from: from, to: to, reason: reason, place: place?.description)
    steps.withLock { $0[step, default: Total()].add(bytes: bytes, nanoseconds: nanoseconds) }
  }

  /// Every step down to NumPy so far, the costliest first.
  public static var records: [Record] {
    steps.withLock { $0 }.map { step, total in
      Record(
        name: step.name, from: step.from, to: step.to, reason: step.reason, place: step.place,
        count: total.count, bytes: total.bytes, seconds: Double(total.nanoseconds) / 1e9)
    }.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
  }

  /// Forgets the records.
  public static func clearRecords() { steps.withLock { $0 = [:] } }

  /// A table of the costliest steps down to NumPy.
  public static func report(limit: Int = 20) -> String {
    let found = records
    if found.isEmpty { return "martlet: nothing fell back to NumPy." }
    let calls = found.reduce(0) { $0 + $1.count }
    let total = found.reduce(0) { $0 + $1.seconds }
    var lines = [
      "martlet: \(calls) calls fell back, which took \(decimal(total, places: 3)) s",
      "\(right("calls", 8)) \(right("seconds", 9)) \(right("MB", 9))  name, place and reason",
    ]
    for record in found.prefix(limit) {
      let megabytes = decimal(Double(record.bytes) / 1e6, places: 1)
      let place = record.place.map { " (\($0))" } ?? ""
      let target = record.to == "numpy" ? "" : " to \(record.to)"
      let source = record.from == "cpu" ? "" : " from \(record.from)\(target)"
      lines.append(
        "\(right("\(record.count)", 8)) \(right(decimal(record.seconds, places: 3), 9)) "
          + "\(right(megabytes, 9))  \(record.name)\(source)\(place): \(record.reason)")
    }
    if found.count > limit { lines.append("… and \(found.count - limit) more") }
    return lines.joined(separator: "\n")
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }

  private static func decimal(_ number: Double, places: Int) -> String {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let whole = Int(clamping: Int64((min(number, 1e12) * Double(scale)).rounded()))
    let fraction = String(whole % scale)
    return "\(whole / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  // MARK: Telling

  /// Tells of a step as the mode asks for.
  ///
  /// - Throws: `.unsupported` under `raise`.
  static func tell(
    _ name: String, to server: String = "NumPy", reason: String, place: Place?
  ) throws(MartletError) {
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

  /// A line of source.
  struct Place: CustomStringConvertible {
    var fileID: StaticString
    var line: UInt

    var description: String { "\(fileID):\(line)" }
  }
}
