import CPythonABI
import Martlet
import MartletIR

/// `martlet.check`: the core generates, runs, compares and shrinks; the facade shows.
enum CheckFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "check_operations", "(names, devices, examples, seed, /)",
      "Checks rows of the table by name, all for no names, on devices, all for None. Text, rows and "
        + "failures."
    ) { arguments throws(PythonError) in
      let names = try strings(arguments.required(0))
      let devices = try deviceNames(arguments.optional(1))
      let examples = try arguments.optional(2).map { number throws(PythonError) in
        try count(number)
      }
      let seed = try count(arguments.required(3))
      return try pythonReport(
        try core { () throws(MartletError) in
          try Check.run(names, devices: devices, examples: examples, seed: UInt64(seed))
        })
    },
    DoorFunction(
      "check_declared",
      "(name, arguments, domain, lacks, call, tolerance, devices, examples, seed, /)",
      "Checks an operation declared in Python: arguments as (dtype, rank), ranges, whether a device "
        + "has no implementation, and what runs it on a tuple of arguments. As `check_operations`."
    ) { arguments throws(PythonError) in
      let name = try swiftString(arguments.required(0))
      let kinds = try items(arguments.required(1)).map { item throws(PythonError) in
        try argument(item)
      }
      let domain = try arguments.optional(2).map { pairs throws(PythonError) in try ranges(pairs) }
      let (lacks, call) = (arguments.required(3), arguments.required(4))
      let tolerance =
        try arguments.optional(5).map { number throws(PythonError) in try double(number) }
        ?? CheckSubject.declaredTolerance
      let devices = try deviceNames(arguments.optional(6))
      let examples = try arguments.optional(7).map { number throws(PythonError) in
        try count(number)
      }
      let seed = try count(arguments.required(8))
      let caller = Caller(call: call, lacks: lacks)
      let subject = CheckSubject(
        declared: name, kinds, domain: domain, tolerance: tolerance,
        lacks: { caller.isLacking($0) ? "no implementation" : nil },
        run: { inputs, isNumber throws(MartletError) in try caller.run(inputs, isNumber) })
      let report = try core { () throws(MartletError) in
        try Check.run(
          [subject], on: Check.places(devices), examples: examples, seed: UInt64(seed))
      }
      if caller.isInterrupted { throw .raised }
      return try pythonReport(report)
    },
  ]

  // MARK: - Arguments

  private static func items(_ object: Ref) throws(PythonError) -> [Ref] {
    guard isSubclass(object, tupleFlag) else { throw .type("a tuple is expected") }
    var items: [Ref] = []
    for i in 0..<PyTuple_Size(object) {
      guard let item = PyTuple_GetItem(object, i) else { throw .raised }
      items.append(item)
    }
    return items
  }

  private static func strings(_ object: Ref) throws(PythonError) -> [String] {
    var texts: [String] = []
    for item in try items(object) { texts.append(try swiftString(item)) }
    return texts
  }

  private static func deviceNames(_ object: Ref?) throws(PythonError) -> [Device.Name]? {
    try object.map { names throws(PythonError) in try strings(names).map { Device.Name($0) } }
  }

  private static func count(_ object: Ref) throws(PythonError) -> Int {
    let number = try parseInt(object)
    if number < 0 { throw .value("examples and seed are not negative") }
    return number
  }

  private static func double(_ object: Ref) throws(PythonError) -> Double {
    let value = PyFloat_AsDouble(object)
    if value == -1, PyErr_Occurred() != nil { throw .raised }
    return value
  }

  private static func argument(_ object: Ref) throws(PythonError) -> CheckSubject.Argument {
    let parts = try items(object)
    guard parts.count == 2 else { throw .value("an argument is a pair of dtype and rank") }
    let dtype: DType? =
      parts[0] == py_none() ? nil : DType(name: try swiftString(parts[0]))
    return CheckSubject.Argument(
      dtype: dtype, rank: parts[1] == py_none() ? nil : try parseInt(parts[1]))
  }

  private static func ranges(_ object: Ref) throws(PythonError) -> [ClosedRange<Double>] {
    var ranges: [ClosedRange<Double>] = []
    for item in try items(object) {
      let ends = try items(item)
      guard ends.count == 2 else { throw .value("a range is a pair") }
      let (low, high) = (try double(ends[0]), try double(ends[1]))
      guard low <= high else { throw .value("a range is a pair (low, high)") }
      ranges.append(low...high)
    }
    return ranges
  }

  // MARK: - The report

  private static func pythonReport(_ report: CheckReport) throws(PythonError) -> Ref {
    var rows: [Ref] = []
    for row in report.rows {
      let verdict =
        switch row.verdict {
        case .ok: "ok"
        case .fail: "FAIL"
        case .lacking(let what): what
        }
      var loops: [Ref] = []
      for loop in row.loops {
        var names: [Ref] = []
        for dtype in loop { names.append(try pythonString(dtype.name)) }
        loops.append(try pythonTuple(owning: names))
      }
      rows.append(
        try pythonTuple(owning: [
          try pythonString(row.operation), try pythonTuple(owning: loops),
          try pythonString(row.device), try pythonInt(row.elements), try number(row.oracleError),
          try number(row.numpyError), try pythonString(verdict),
        ]))
    }
    var failures: [Ref] = []
    for failure in report.failures {
      var names: [Ref] = []
      for dtype in failure.inputs { names.append(try pythonString(dtype.name)) }
      failures.append(
        try pythonTuple(owning: [
          try pythonString(failure.operation), try pythonTuple(owning: names),
          try pythonString(failure.device), try pythonString(failure.reason),
          try pythonString(failure.python),
        ]))
    }
    return try pythonTuple(owning: [
      try pythonString(report.text(in: .python)), try pythonList(owning: rows),
      try pythonList(owning: failures),
    ])
  }

  private static func number(_ value: Double?) throws(PythonError) -> Ref {
    guard let value else { return Python.none }
    return try check(PyFloat_FromDouble(value))
  }
}

/// Python's functions that run an operation, while the interpreter's lock is held.
private final class Caller {
  private let call: Ref
  private let lacks: Ref
  /// Whether the user pressed Ctrl-C or the program is to end: nothing more is called then.
  private(set) var isInterrupted = false

  init(call: Ref, lacks: Ref) {
    self.call = retained(call)
    self.lacks = retained(lacks)
  }

  deinit {
    py_release(call)
    py_release(lacks)
  }

  func isLacking(_ device: Device) -> Bool {
    if isInterrupted { return true }
    do throws(PythonError) {
      let name = try pythonString(device.name)
      defer { py_release(name) }
      let answer = try MartletPython.call(lacks, name)
      defer { py_release(answer) }
      return answer == py_true()
    } catch {
      setException(error)
      isInterrupted = true
      return true
    }
  }

  func run(_ inputs: [NDArray], _ isNumber: [Bool]) throws(MartletError) -> [NDArray] {
    if isInterrupted { throw .python(type: "KeyboardInterrupt", message: "") }
    do throws(PythonError) {
      return try results(inputs, isNumber)
    } catch {
      if case .martlet(let error) = error { throw error }
      setException(error)
      isInterrupted = true
      throw .python(type: "KeyboardInterrupt", message: "")
    }
  }

  /// `call` gives a tuple of arrays, or the text of an exception.
  private func results(_ inputs: [NDArray], _ isNumber: [Bool]) throws(PythonError) -> [NDArray] {
    var arguments: [Ref] = []
    for (array, isNumber) in zip(inputs, isNumber) {
      if isNumber {
        let value = try core { () throws(MartletError) in try array.item() }
        let scalar = try NumPyScalar.make(value)
        defer { py_release(scalar) }
        arguments.append(try callMethod(scalar, "item"))
      } else {
        arguments.append(try ArrayObject.make(array))
      }
    }
    let tuple = try pythonTuple(owning: arguments)
    defer { py_release(tuple) }
    let answer = try MartletPython.call(call, tuple)
    defer { py_release(answer) }
    if isSubclass(answer, stringFlag) {
      let text = try swiftString(answer)
      let type = text.prefix { $0 != ":" }
      throw .martlet(
        .python(type: String(type), message: String(text.dropFirst(type.count + 2))))
    }
    var results: [NDArray] = []
    for i in 0..<(try countOfTuple(answer, "the answer")) {
      guard let item = PyTuple_GetItem(answer, i) else { throw .raised }
      results.append(try parseArray(item, dtype: nil))
    }
    return results
  }
}
