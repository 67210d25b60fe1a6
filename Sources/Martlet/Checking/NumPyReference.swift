import CMartlet
import MartletIR

/// NumPy's own answers, from the Python of this process or one that is opened.
///
/// These calls are no steps down of the program's, so they are not recorded as fallbacks.
struct NumPyReference {
  /// - Throws: `.libraryMissing` where there is no Python with NumPy.
  init() throws(MartletError) {
    try Python.use { _ throws(MartletError) in }
  }

  /// What NumPy's function gives; nil where NumPy has no such dtype.
  func results(
    of subject: CheckSubject, _ example: CheckExample
  ) throws(MartletError) -> [NDArray]? {
    guard subject.isNumPys,
      !example.inputs.contains(where: { $0.dtype == .bfloat16 })
    else { return nil }
    let inputs = try example.arrays(on: .host)
    return try Python.use { session throws(MartletError) in
      // Edge values raise what nobody wants to hear of. The setting belongs to Python's thread,
      // which may be gone after this.
      let settings = try Self.ignoreErrors(session)
      let results = Result { () throws(MartletError) in
        try Self.results(of: subject, inputs, axis: example.axis, session)
      }
      try Self.restoreErrors(session, settings)
      return try results.get()
    }
  }

  private static func results(
    of subject: CheckSubject, _ inputs: [NDArray], axis: Int?, _ session: PythonSession
  ) throws(MartletError) -> [NDArray] {
    var conversion = PythonConversion(session)
    var function = session.retained(session.objects.numpy)
    for part in subject.name.split(separator: ".") {
      function = try session.attribute(function.object, String(part))
    }
    let count = inputs.count + (subject.form == .alongAxis ? 1 : 0)
    let arguments = try session.tuple(count) { i throws(MartletError) in
      if i < inputs.count { return try conversion.object(Fallback.Value(.array(inputs[i]))) }
      return try conversion.object(Fallback.Value(axis.map { .integer($0) } ?? .nothing))
    }
    let result = try session.check(
      session.api.pointee.Object_Call(function.object, arguments.object, nil))
    guard session.type(of: result.object) == session.objects.tuple else {
      return [try conversion.array(result.object)]
    }
    var results: [NDArray] = []
    for i in 0..<session.api.pointee.Tuple_Size(result.object) {
      guard let item = session.api.pointee.Tuple_GetItem(result.object, i) else {
        throw session.takeError()
      }
      results.append(try conversion.array(item))
    }
    return results
  }

  /// Makes NumPy silent, and returns its settings as they were.
  private static func ignoreErrors(_ session: PythonSession) throws(MartletError) -> PythonOwned {
    let function = try session.attribute(session.objects.numpy, "seterr")
    let ignore = try session.make("ignore")
    return try session.call(function.object, ignore.object)
  }

  private static func restoreErrors(
    _ session: PythonSession, _ settings: borrowing PythonOwned
  ) throws(MartletError) {
    let function = try session.attribute(session.objects.numpy, "seterr")
    let none = try session.tuple(0) { _ throws(MartletError) in try session.make(0) }
    _ = try session.check(
      session.api.pointee.Object_Call(function.object, none.object, settings.object))
  }
}
