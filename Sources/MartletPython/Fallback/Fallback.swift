import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// The way to NumPy: what is not native is called there with the arrays lent, the results come back
/// as Martlet's, and the step is logged. How the user is told is `martlet._fallback`'s matter.
enum Fallback {
  /// Whether no mode but "ignore" was ever set, so that nobody need be told.
  nonisolated(unsafe) static var isSilent = true

  /// What NumPy's `function` gives for these arguments, those given by name last.
  static func serve(
    _ function: Ref, _ name: Ref, _ reason: Ref, _ arguments: UnsafePointer<Ref>?, _ count: Int,
    _ keywords: Ref?
  ) throws(PythonError) -> Ref {
    if !isSilent, let teller = Python.fallbackTeller {
      py_release(try MartletPython.call(teller, name, reason))
    }
    let site = try FallbackLog.callSite()
    defer { if let code = site.code { py_release(code) } }
    let span = Profiler.isOn ? Profiler.begin() : nil
    let start = FallbackLog.nanoseconds()
    var loan = Loan()
    var wasCalled = false
    var outcome = PythonError.raised
    var result: Ref?
    do throws(PythonError) {
      let lent = try lend(&loan, arguments, count &+ (keywords.map { PyTuple_Size($0) } ?? 0))
      do throws(PythonError) {
        try checkPolicy(loan, name, reason)
      } catch {
        lent.release()
        throw error
      }
      wasCalled = true
      let value =
        usesOneThread(loan)
        ? OpenBLASThreads.alone { PyObject_Vectorcall(function, lent.references, count, keywords) }
        : PyObject_Vectorcall(function, lent.references, count, keywords)
      // The references end before the results are looked at, so that what came back alone is known.
      lent.release()
      result = try loan.back(try check(value))
    } catch {
      outcome = error
    }
    // Also where the call failed: NumPy may have kept the memory nevertheless.
    do throws(PythonError) { try ended(&loan, failed: result == nil) } catch {
      if let result { py_release(result) }
      result = nil
      outcome = error
    }
    if let span {
      Profiler.end(
        span, .fallback, (try? swiftString(name)) ?? "?", on: (loan.device ?? .host).name,
        note: (try? swiftString(reason)) ?? "?", bytes: loan.byteCount)
    }
    if wasCalled {
      FallbackLog.note(
        FallbackLog.Place(
          name: name, reason: reason, device: loan.device ?? .host, code: site.code,
          instruction: site.instruction),
        bytes: loan.byteCount, nanoseconds: FallbackLog.nanoseconds() &- start)
    }
    guard let result else { throw outcome }
    return result
  }

  /// Whether OpenBLAS shall not share the work. How it does decides the last bits of products and
  /// factorisations, so what takes milliseconds is one thread's; of less than that there is nothing
  /// to share.
  private static func usesOneThread(_ loan: borrowing Loan) -> Bool {
    (1 << 10...1 << 19).contains(loan.elementCount)
  }

  /// New references in a row, until they are released.
  private struct References {
    let references: UnsafeMutablePointer<Ref>
    var count = 0

    func release() {
      for i in 0..<count { py_release(references[i]) }
      references.deallocate()
    }
  }

  /// The arguments as NumPy takes them.
  private static func lend(
    _ loan: inout Loan, _ arguments: UnsafePointer<Ref>?, _ count: Int
  ) throws(PythonError) -> References {
    var lent = References(references: .allocate(capacity: count))
    do throws(PythonError) {
      while lent.count < count, let arguments {
        (lent.references + lent.count).initialize(to: try loan.out(arguments[lent.count]))
        lent.count &+= 1
      }
    } catch {
      lent.release()
      throw error
    }
    return lent
  }

  private static func checkPolicy(
    _ loan: borrowing Loan, _ name: Ref, _ reason: Ref
  ) throws(PythonError) {
    guard let device = loan.device, Placement.policy == .onlyDevice else { return }
    throw .martlet(
      .unsupported(
        operation: try swiftString(name),
        detail: "\(device) cannot do it (\(try swiftString(reason))), and the policy is "
          + "\(Placement.policy.rawValue)."))
  }

  /// Ends the loan without losing the exception of a call that failed.
  private static func ended(_ loan: inout Loan, failed: Bool) throws(PythonError) {
    guard failed else { return try loan.end() }
    var (type, value, traceback) = (Ref?.none, Ref?.none, Ref?.none)
    PyErr_Fetch(&type, &value, &traceback)
    try loan.end()
    PyErr_Restore(type, value, traceback)
  }

  /// The equal string that everybody shares; a new reference.
  static func interned(_ text: Ref) -> Ref {
    var shared = retained(text)
    PyUnicode_InternInPlace(&shared)
    return shared
  }

  // MARK: Named functions

  /// What serves a path for a reason, as `martlet._fallback` resolved it.
  nonisolated(unsafe) private static var served: [Path: Ref] = [:]

  private struct Path: Hashable {
    let path: String
    let reason: FallbackReason
  }

  /// Reasons may hold values of a call, so not all of them are kept.
  private static let mostServed = 4096

  /// Calls NumPy's function or method `path`, such as `where`, `ufunc.at` or `ndarray.sort`.
  static func call(
    _ path: String, _ arguments: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?,
    reason: FallbackReason
  ) throws(PythonError) -> Ref {
    let function = try function(path, reason)
    defer { py_release(function) }
    return try check(PyObject_Vectorcall(function, arguments, count, keywords))
  }

  private static func function(
    _ path: String, _ reason: FallbackReason
  ) throws(PythonError) -> Ref {
    let key = Path(path: path, reason: reason)
    if let known = served[key] { return retained(known) }
    guard let resolver = Python.fallbackResolver else {
      throw .raise(
        py_exc_not_implemented_error(), "[\(path)] is not native in Martlet: \(reason)")
    }
    let path = try pythonString(path)
    defer { py_release(path) }
    let reason = try pythonString("\(reason)")
    defer { py_release(reason) }
    let function = try MartletPython.call(resolver, path, reason)
    if served.count < mostServed { served[key] = retained(function) }
    return function
  }

  /// As above, for a fixed number of arguments.
  static func call(
    _ path: String, _ arguments: [Ref], reason: FallbackReason
  ) throws(PythonError) -> Ref {
    try arguments.withUnsafeBufferPointer { buffer throws(PythonError) in
      try call(path, buffer.baseAddress, buffer.count, nil, reason: reason)
    }
  }

  /// What a slot returns after an error: NumPy's result where Martlet only lacks the thing, else
  /// nil with the exception set.
  static func recover(
    _ error: PythonError, _ path: @autoclosure () -> String, _ arguments: Ref...
  ) -> Ref? {
    guard let reason = error.missingFeature else {
      setException(error.withoutRule { path() })
      return nil
    }
    do throws(PythonError) { return try call(path(), arguments, reason: reason) } catch {
      setException(error.withoutRule { path() })
      return nil
    }
  }
}

extension PythonError {
  /// The error of a function that read arrays which are being differentiated, with its name, and why
  /// there is no rule.
  func withoutRule(_ path: () -> String) -> PythonError {
    guard case .martlet(.noDerivative("", _)) = self else { return self }
    let name = path()
    var reason = "NumPy serves it, and it has no rule; defvjp gives a function one"
    if let row = NativeFunction.all.first(where: { $0.path == name }) {
      reason = "it has no rule yet; defvjp gives a function one"
      if case .nonDifferentiable(let own) = row.derivative { reason = "\(own)" }
    }
    return .martlet(.noDerivative(operation: name, reason: reason))
  }
}

/// Why NumPy serves a call.
enum FallbackReason: Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  case literal(StaticString)
  case text(String)

  init(stringLiteral reason: StaticString) { self = .literal(reason) }

  var description: String {
    switch self {
    case .literal(let reason): "\(reason)"
    case .text(let reason): reason
    }
  }

  /// Literals are told apart by where they are.
  static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.literal(let a), .literal(let b)): a.utf8Start == b.utf8Start
    case (.text(let a), .text(let b)): a == b
    default: false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .literal(let reason): hasher.combine(reason.utf8Start)
    case .text(let reason): hasher.combine(reason)
    }
  }
}

extension PythonError {
  /// Why NumPy should be asked; nil for what is an error there too.
  var missingFeature: FallbackReason? {
    switch self {
    case .raised: nil
    case .notNative(let reason): .literal(reason)
    // Where only the device may compute, NumPy may not either.
    case .martlet(.unsupported(_, let detail)):
      Placement.policy == .onlyDevice ? nil : .text(detail)
    case .martlet(.rankLimit): "more dimensions than Martlet's arrays have"
    case .martlet(.sizeLimit): "more elements than Martlet's arrays have"
    case .martlet: nil
    }
  }
}
