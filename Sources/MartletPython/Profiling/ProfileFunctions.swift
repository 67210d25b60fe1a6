import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// What `martlet._profile` calls: profiles stay in Swift, under numbers.
enum ProfileFunctions {
  /// Only touched under the interpreter's lock.
  nonisolated(unsafe) private static var taken: [Int: Profile] = [:]
  nonisolated(unsafe) private static var next = 1

  private static func profile(_ object: Ref) throws(PythonError) -> Profile {
    guard let found = taken[try parseInt(object)] else { throw .value("there is no such profile") }
    return found
  }

  static let all: [DoorFunction] = [
    DoorFunction("profile_start", "()", "Begins to record; False where somebody records already.") {
      _ throws(PythonError) in Python.bool(Profiler.start())
    },
    DoorFunction("profile_stop", "()", "Ends recording, and returns the profile's number.") {
      _ throws(PythonError) in
      let number = next
      next += 1
      taken[number] = Profile(Profiler.stop())
      return try pythonInt(number)
    },
    DoorFunction("profile_forget", "(number, /)", "Lets go of a profile.") {
      arguments throws(PythonError) in
      taken[try parseInt(arguments.required(0))] = nil
      return Python.none
    },
    DoorFunction(
      "profile_text", "(number, what, other=0, /)",
      "A profile as a `table`, `advice`, `trace`, `timeline` or `comparison` with another."
    ) { arguments throws(PythonError) in
      let profile = try profile(arguments.required(0))
      let what = try swiftString(arguments.required(1))
      switch what {
      case "table": return try pythonString(profile.table())
      case "advice": return try pythonString(profile.advice().joined(separator: "\n"))
      case "trace": return try pythonString(profile.trace())
      case "timeline": return try pythonString(profile.timeline())
      case "comparison":
        guard let other = arguments.optional(2) else { throw .type("a comparison needs two") }
        return try pythonString(profile.comparison(with: try Self.profile(other)))
      default: throw .value("a profile has no \(what)")
      }
    },
    DoorFunction(
      "profile_rows", "(number, /)",
      "Seconds in all, and (file, line, label, kind, name, device, note, count, seconds, bytes, "
        + "operations) for every entry."
    ) { arguments throws(PythonError) in
      let profile = try profile(arguments.required(0))
      var rows: [Ref] = []
      for line in profile.lines {
        for entry in line.entries {
          rows.append(
            try pythonTuple(owning: [
              try pythonString(line.file), try pythonInt(line.line), try pythonString(line.label),
              try pythonString(entry.kind.rawValue), try pythonString(entry.name),
              try pythonString(entry.device), try pythonString(entry.note),
              try pythonInt(entry.count), try check(PyFloat_FromDouble(entry.seconds)),
              try pythonInt(entry.bytes), try pythonInt(entry.operations),
            ]))
        }
      }
      return try pythonTuple(owning: [
        try check(PyFloat_FromDouble(profile.seconds)), try pythonList(owning: rows),
      ])
    },
  ]
}
