import CMartlet
import MartletIR
import MartletRuntime
import Synchronization

extension Fallback {
  /// Steps down of one kind at one place.
  public struct Record: Sendable, Hashable {
    /// The function's name behind `numpy.`, or a type's and its method's.
    public var name: String
    /// The device that the arrays came from: `cpu`, `cuda:0`, …
    public var from: String
    /// Who served the calls: `numpy`, or `cpu` for what the device lacks.
    public var to: String
    /// Why the step was needed.
    public var reason: String
    /// The file that called, where that is known: `Module/File.swift`, or a Python file's path.
    public var file: String?
    /// The line of that file, 0 where it is not known.
    public var line: Int
    /// How often it happened.
    public var count: Int
    /// Bytes that were copied there and back.
    public var bytes: Int
    /// Time within the calls, the way there and back included.
    public var seconds: Double

    /// The file and line as `Module/File.swift:12`, where they are known.
    public var place: String? { file.map { "\($0):\(line)" } }
  }

  /// What tells kinds of steps and their places apart.
  package struct Step: Hashable, Sendable {
    package var name: String
    package var from: String
    package var to: String
    package var reason: String
    package var file: String?
    package var line: Int

    package init(
      _ name: String, from: String, to: String, reason: String, file: String?, line: Int
    ) {
      (self.name, self.from, self.to, self.reason) = (name, from, to, reason)
      (self.file, self.line) = (file, line)
    }

    init(_ name: String, from: String, to: String = "numpy", reason: String, place: Place?) {
      self.init(
        name, from: from, to: to, reason: reason, file: place.map { "\($0.fileID)" },
        line: Int(place?.line ?? 0))
    }
  }

  package struct Cost: Sendable {
    package var count: Int
    package var bytes: Int
    package var nanoseconds: Int

    package init(count: Int = 1, bytes: Int, nanoseconds: Int) {
      (self.count, self.bytes, self.nanoseconds) = (count, bytes, nanoseconds)
    }
  }

  /// A line of source.
  struct Place: CustomStringConvertible {
    var fileID: StaticString
    var line: UInt

    var description: String { "\(fileID):\(line)" }
  }

  /// A program has fewer lines that fall back; one that makes code as it runs may go on for ever.
  private static let capacity = 10_000
  private static let steps = Mutex<[Step: Cost]>([:])
  /// Where the costs go that find no room.
  private static let overflow = Step(
    "other names", from: "cpu", to: "numpy", reason: "the log is full", file: nil, line: 0)

  /// Records a step down, of whatever kind: there is no other store of them.
  package static func note(_ step: Step, _ cost: Cost) {
    steps.withLock { steps in
      let isKept = steps.count < capacity || steps[step] != nil
      steps[isKept ? step : overflow, default: Cost(count: 0, bytes: 0, nanoseconds: 0)].add(cost)
    }
  }

  /// Every step down so far, the costliest first.
  public static var records: [Record] {
    steps.withLock { $0 }.map { step, cost in
      Record(
        name: step.name, from: step.from, to: step.to, reason: step.reason, file: step.file,
        line: step.line, count: cost.count, bytes: cost.bytes,
        seconds: Double(cost.nanoseconds) / 1e9)
    }.sorted { ($1.seconds, $1.count, $0.name) < ($0.seconds, $0.count, $1.name) }
  }

  /// Forgets the records.
  public static func clearRecords() { steps.withLock { $0 = [:] } }

  // MARK: Measuring

  /// Does on the host what a device cannot, and records the step with its time and the bytes that
  /// were copied.
  ///
  /// - Throws: `.unsupported` where the policy allows only the device or the mode is `raise`, and
  ///   what `body` throws.
  static func onHost<Result>(
    insteadOf device: Device, _ operation: String, reason: String,
    _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    if Placement.policy == .onlyDevice {
      throw .unsupported(
        operation: operation,
        detail: "\(device) cannot do it (\(reason)), and the policy is "
          + "\(Placement.policy.rawValue).")
    }
    try tell(operation, to: "the CPU", reason: reason, place: nil)
    let place = listener?.place()
    let span = Profiler.isOn ? Profiler.begin() : nil
    let start = martlet_nanoseconds()
    defer {
      if let span { Profiler.end(span, .fallback, operation, on: device.name, note: reason) }
    }
    let (outcome, bytes) = Transfers.measured(body)
    note(
      Step(
        operation, from: device.name, to: Device.host.name, reason: reason, file: place?.file,
        line: place?.line ?? 0),
      Cost(bytes: bytes, nanoseconds: Int(martlet_nanoseconds() - start)))
    return try outcome.get()
  }

  // MARK: The report

  /// A table of the costliest steps down: calls, seconds, megabytes, what, from where and why.
  public static func report(limit: Int = 20) -> String {
    let found = records
    if found.isEmpty { return "martlet: nothing fell back to NumPy." }
    let calls = found.reduce(0) { $0 + $1.count }
    let total = found.reduce(0) { $0 + $1.seconds }
    var lines = [
      "martlet: \(calls) calls fell back, which took \(decimal(total, places: 3)) s",
      "\(right("calls", 8)) \(right("seconds", 9)) \(right("MB", 9))  "
        + "name (from → to), place and reason",
    ]
    for record in found.prefix(limit) {
      let megabytes = decimal(Double(record.bytes) / 1e6, places: 1)
      lines.append(
        "\(right("\(record.count)", 8)) \(right(decimal(record.seconds, places: 3), 9)) "
          + "\(right(megabytes, 9))  \(record.name) (\(record.from) → \(record.to)), "
          + "\(shortPlace(record)): \(record.reason)")
    }
    if found.count > limit { lines.append("… and \(found.count - limit) more places") }
    return lines.joined(separator: "\n")
  }

  /// A Swift file with its module, a Python file without its folders.
  private static func shortPlace(_ record: Record) -> String {
    guard let file = record.file else { return "no known line" }
    let name = file.hasSuffix(".swift") ? file : String(file.split(separator: "/").last ?? "")
    return "\(name):\(record.line)"
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
}

extension Fallback.Cost {
  fileprivate mutating func add(_ other: Self) {
    count += other.count
    bytes += other.bytes
    nanoseconds += other.nanoseconds
  }
}
