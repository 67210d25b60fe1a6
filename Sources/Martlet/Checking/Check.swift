import MartletIR
import MartletRuntime

/// Runs operations of the table on every device and compares the results with the Simulator's and
/// NumPy's.
///
///     @Test func sqrtIsRight() throws { try Check.run(["sqrt"]).require() }
///
/// Inputs are made from a seed: the edges of each dtype, and random numbers of the operation's
/// domain, in every layout. A difference is shrunk to the smallest input that still shows it.
public enum Check {
  /// Checks operations on devices.
  ///
  /// - Parameters:
  ///   - names: NumPy's names; none for the whole table.
  ///   - devices: Where to run them; nil for every device of the machine.
  ///   - examples: How many inputs with unusual layouts each dtype gets; nil for as many as it takes
  ///     for every layout to come up. Each needs kernels of its own, which some devices take long to
  ///     compile.
  ///   - seed: Where the random numbers begin.
  /// - Throws: `.invalidArgument` for a name that the table or the machine does not have. What fails
  ///   on a device is in the report.
  public static func run(
    _ names: [String] = [], devices: [Device.Name]? = nil, examples: Int? = nil, seed: UInt64 = 0
  ) throws(MartletError) -> CheckReport {
    try run(names, devices: devices, examples: examples, seed: seed) { _ throws(MartletError) in }
  }

  /// - Parameter progress: Hears what is checked next; an error from it ends the run.
  package static func run(
    _ names: [String], devices: [Device.Name]?, examples: Int?, seed: UInt64,
    progress: (String) throws(MartletError) -> Void
  ) throws(MartletError) -> CheckReport {
    var subjects: [CheckSubject] = []
    for name in names { subjects.append(try CheckSubject.named(name)) }
    return try run(
      names.isEmpty ? CheckSubject.all : subjects, on: places(devices), examples: examples,
      seed: seed, progress: progress)
  }

  /// The devices of these names, nil for all.
  package static func places(_ names: [Device.Name]?) throws(MartletError) -> [Device] {
    guard let names else { return Device.all }
    var devices: [Device] = []
    for name in names { devices.append(try Device(name)) }
    return devices
  }

  /// - Parameter usesNumPy: Whether to compare with NumPy, if there is one.
  package static func run(
    _ subjects: [CheckSubject], on devices: [Device], usesNumPy: Bool = true,
    examples: Int? = nil, seed: UInt64 = 0,
    progress: (String) throws(MartletError) -> Void = { _ in }
  ) throws(MartletError) -> CheckReport {
    try FloatingPointLog.$isSilent.withValue(true) {
      Result { () throws(MartletError) in
        try report(subjects, on: devices, usesNumPy, examples, seed, progress)
      }
    }.get()
  }

  private static func report(
    _ subjects: [CheckSubject], on devices: [Device], _ usesNumPy: Bool, _ examples: Int?,
    _ seed: UInt64, _ progress: (String) throws(MartletError) -> Void
  ) throws(MartletError) -> CheckReport {
    var report = CheckReport()
    var numpy: NumPyReference?
    if usesNumPy, subjects.contains(where: \.isNumPys) {
      do throws(MartletError) {
        numpy = try NumPyReference()
      } catch {
        report.notes.append("Not compared with NumPy. \(error)")
      }
    }
    for (i, subject) in subjects.enumerated() {
      try progress("\(i + 1)/\(subjects.count) \(subject.name)")
      var run = CheckRun(subject, on: devices, numpy: numpy)
      try run.check(examples: examples, seed: seed)
      report.rows += run.rows
      report.failures += run.failures
      if numpy != nil, !subject.isNumPys, subject.form != .declared, !subject.name.hasPrefix("_") {
        report.notes.append("NumPy has no function '\(subject.name)'.")
      }
    }
    if numpy != nil, subjects.contains(where: \.hasLoopsBeyondNumPy) {
      report.notes.append("NumPy has no bfloat16: that is compared with the simulator only.")
    }
    return report
  }
}

extension CheckSubject {
  fileprivate var hasLoopsBeyondNumPy: Bool {
    isNumPys && loops.contains { $0.inputs.contains(.bfloat16) }
  }
}

/// One operation being checked.
struct CheckRun {
  private let subject: CheckSubject
  private let devices: [Device]
  private var oracle: Device { subject.oracle }
  private let numpy: NumPyReference?
  private(set) var rows: [CheckReport.Row] = []
  private(set) var failures: [CheckReport.Failure] = []

  init(_ subject: CheckSubject, on devices: [Device], numpy: NumPyReference?) {
    self.subject = subject
    self.devices = devices
    self.numpy = numpy
  }

  mutating func check(examples: Int?, seed: UInt64) throws(MartletError) {
    // By device, then by loop.
    var found = devices.map { _ in [CheckReport.Row]() }
    for loop in subject.loops.indices {
      var generator = CheckGenerator(subject, loop: loop, seed: seed)
      let rows = try check(loop, generator.examples(examples))
      for (i, row) in rows.enumerated() { found[i].append(row) }
    }
    rows = found.flatMap { Self.joined($0) }
  }

  /// Loops with the same outcome in one row; failures stay by themselves.
  private static func joined(_ rows: [CheckReport.Row]) -> [CheckReport.Row] {
    var result: [CheckReport.Row] = []
    for row in rows {
      guard row.verdict != .fail, let i = result.firstIndex(where: { $0.verdict == row.verdict })
      else {
        result.append(row)
        continue
      }
      result[i].loops += row.loops
      result[i].elements += row.elements
      result[i].oracleError = larger(result[i].oracleError, row.oracleError)
      result[i].numpyError = larger(result[i].numpyError, row.numpyError)
    }
    return result
  }

  private static func larger(_ a: Double?, _ b: Double?) -> Double? {
    guard let a, let b else { return a ?? b }
    return max(a, b)
  }

  // MARK: One loop

  private mutating func check(
    _ loop: Int, _ examples: [CheckExample]
  ) throws(MartletError) -> [CheckReport.Row] {
    let types = subject.types(loop)
    var rows = devices.map { device in
      CheckReport.Row(
        operation: subject.name, loops: [subject.loops[loop].inputs], device: device.name,
        elements: 0, oracle: oracle.name, oracleError: nil, numpyError: nil,
        verdict: (subject.lacks(device) ?? device.missing(types).map { "no \($0)" })
          .map { .lacking($0) } ?? .ok)
    }
    for example in examples {
      let expected = Result { () throws(MartletError) in try results(example, on: oracle) }
      let reference = try numpyResults(example)
      for (i, device) in devices.enumerated() where rows[i].verdict == .ok {
        let outcome = compare(example, on: device, expected, reference)
        rows[i].elements += outcome.elements
        rows[i].oracleError = Self.larger(rows[i].oracleError, outcome.oracle?.worst)
        rows[i].numpyError = Self.larger(rows[i].numpyError, outcome.numpy?.worst)
        if let lacking = outcome.lacking {
          rows[i].verdict = .lacking(lacking)
        } else if let problem = outcome.problem {
          rows[i].verdict = .fail
          failures.append(failure(example, on: device, outcome, problem))
        }
      }
    }
    return rows
  }

  private func results(
    _ example: CheckExample, on device: Device
  ) throws(MartletError) -> [NDArray] {
    let results = try subject.run(example.arrays(on: device), example)
    // What is pending must be computed now, while errors can be told apart.
    for result in results { _ = try result.storage.evaluated() }
    return results
  }

  private func numpyResults(_ example: CheckExample) throws(MartletError) -> [NDArray]? {
    guard let numpy, subject.bounds(example).numpy != nil else { return nil }
    return try numpy.results(of: subject, example)
  }

  // MARK: Comparing

  /// What kind of failure it is: shrinking must not turn one into another.
  private enum Problem: Equatable {
    case oracle
    case numpy
    case error(String)
  }

  private struct Outcome {
    var elements = 0
    var oracle: CheckComparison?
    var numpy: CheckComparison?
    var problem: Problem?
    var lacking: String?
  }

  private func compare(
    _ example: CheckExample, on device: Device, _ expected: Result<[NDArray], MartletError>,
    _ reference: [NDArray]?
  ) -> Outcome {
    var outcome = Outcome()
    let bounds = subject.bounds(example)
    do throws(MartletError) {
      let found = try results(example, on: device)
      outcome.elements = found.reduce(0) { $0 + $1.count }
      if device != oracle {
        // Without a result of the oracle's there is nothing to hold this one against.
        let comparison = try CheckComparison(
          found, expected.get(), bounds.oracle == 0 ? .exact : .magnitude)
        outcome.oracle = comparison
        if comparison.worst > bounds.oracle { outcome.problem = .oracle }
      }
      if let reference, let bound = bounds.numpy {
        let comparison = try CheckComparison(found, reference, bounds.rule)
        outcome.numpy = comparison
        if comparison.worst > bound { outcome.problem = outcome.problem ?? .numpy }
      }
    } catch {
      if case .unsupported(_, let detail) = error {
        outcome.lacking = detail
      } else {
        outcome.problem = .error("\(error)")
      }
    }
    return outcome
  }

  // MARK: Failures

  private func failure(
    _ example: CheckExample, on device: Device, _ outcome: Outcome, _ problem: Problem
  ) -> CheckReport.Failure {
    var shrinking = CheckShrinking(subject) { candidate in
      switch (outcomeAgain(candidate, on: device).problem, problem) {
      case (.oracle, .oracle), (.numpy, .numpy), (.error, .error): true
      default: false
      }
    }
    let comparison = problem == .numpy ? outcome.numpy : outcome.oracle
    let index = comparison.map { Self.index($0.position, in: example.shape) }
    let smallest = shrinking.shrink(example, at: index)
    let last = outcomeAgain(smallest, on: device)
    var result = CheckReport.Failure(
      operation: subject.name, inputs: subject.loops[example.loop].inputs, device: device.name,
      reason: "", python: smallest.source(of: subject, on: device.name, in: .python),
      swift: smallest.source(of: subject, on: device.name, in: .swift))
    let bounds = subject.bounds(smallest)
    switch last.problem ?? problem {
    case .error(let text): result.reason = text
    case .oracle:
      describe(last.oracle, from: oracle.name, bound: bounds.oracle, in: &result)
    case .numpy:
      describe(last.numpy, from: "NumPy", bound: bounds.numpy ?? 0, in: &result)
    }
    return result
  }

  private func outcomeAgain(_ example: CheckExample, on device: Device) -> Outcome {
    let expected = Result { () throws(MartletError) in try results(example, on: oracle) }
    let reference = Result { () throws(MartletError) in try numpyResults(example) }
    // NumPy failing on a smaller input is no failure of the device's.
    guard case .success(let arrays) = reference else { return Outcome() }
    return compare(example, on: device, expected, arrays)
  }

  private func describe(
    _ comparison: CheckComparison?, from other: String, bound: Double,
    in failure: inout CheckReport.Failure
  ) {
    guard let comparison else { return }
    if let difference = comparison.difference {
      failure.reason = "\(difference), as \(other) has"
      return
    }
    failure.reason =
      "\(CheckReport.text(comparison.worst)) ULP from \(other), at most \(CheckReport.text(bound))"
    if let pair = comparison.pair {
      let place = comparison.count > 1 ? "element \(comparison.position)" : "it"
      failure.values = "\(place) is \(pair.found.python), not \(pair.expected.python)"
    }
  }

  /// The index of an element counted in C order.
  private static func index(_ position: Int, in shape: Shape) -> [Int] {
    var rest = position
    var result: [Int] = []
    for size in shape.reversed() {
      result.append(rest % max(size, 1))
      rest /= max(size, 1)
    }
    return result.reversed()
  }
}

extension Device {
  /// The first of these types that the device does not compute with.
  fileprivate func missing(_ types: Set<DType>) -> DType? {
    let lacking = types.subtracting(runtime.capabilities.dtypes)
    // float64 is what people look for.
    return lacking.contains(.float64) ? .float64 : lacking.min()
  }
}
