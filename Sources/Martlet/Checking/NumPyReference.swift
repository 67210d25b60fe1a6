import CMartlet
import MartletIR

/// NumPy's own answers, from the Python of this process or one that is opened.
///
/// These calls are no steps down of the program's, so they are not recorded as fallbacks.
struct NumPyReference {
  /// NumPy's settings for floating-point errors, to be put back.
  private let settings: Fallback.Value

  /// - Throws: `.libraryMissing` where there is no Python with NumPy.
  init() throws(MartletError) {
    settings = try Python.use { session throws(MartletError) in
      let function = try session.attribute(session.objects.numpy, "seterr")
      let ignore = try session.make("ignore")
      var conversion = PythonConversion(session)
      return try conversion.value(try session.call(function.object, ignore.object))
    }
  }

  /// Puts NumPy's settings back.
  func finish() throws(MartletError) {
    guard case .dictionary(let entries) = settings.content else { return }
    try Python.use { session throws(MartletError) in
      let function = try session.attribute(session.objects.numpy, "seterr")
      var conversion = PythonConversion(session)
      let keywords = try session.check(session.api.pointee.Dict_New())
      for (key, value) in entries {
        let key = try conversion.object(key)
        let value = try conversion.object(value)
        try session.check(
          session.api.pointee.Dict_SetItem(keywords.object, key.object, value.object))
      }
      let none = try session.tuple(0) { _ throws(MartletError) in try session.make(0) }
      _ = try session.check(
        session.api.pointee.Object_Call(function.object, none.object, keywords.object))
    }
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
      var conversion = PythonConversion(session)
      var function = session.retained(session.objects.numpy)
      for part in subject.name.split(separator: ".") {
        function = try session.attribute(function.object, String(part))
      }
      let count = inputs.count + (subject.form == .alongAxis ? 1 : 0)
      let arguments = try session.tuple(count) { i throws(MartletError) in
        if i < inputs.count { return try conversion.object(Fallback.Value(.array(inputs[i]))) }
        return try conversion.object(Fallback.Value(example.axis.map { .integer($0) } ?? .nothing))
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
  }
}
