import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// The line of the user's code for the profile. The interpreter's lock guards all of this.
enum ProfilePlaces {
  /// Called once, when the module is made.
  static func register() { Profiler.finder = { find() } }

  /// A line of a code object; the object is kept, so that no other gets its address.
  private struct Site: Hashable {
    let code: Ref
    let line: Int32
  }

  nonisolated(unsafe) private static var numbers: [Site: Int32] = [:]
  /// Whether code objects are Martlet's or NumPy's own.
  nonisolated(unsafe) private static var isLibrary: [Ref: Bool] = [:]
  /// A program that makes code as it runs may go on for ever.
  private static let mostSites = 100_000

  /// Runs work that lets the interpreter's lock go: its line is looked up before, and never within,
  /// also where another thread begins a profile meanwhile.
  static func pinned<Result>(
    _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    if Profiler.isOn { return try Profiler.pinningPlace(body) }
    return try Profiler.pinning(0, body)
  }

  /// The number of the line; 0 where no Python code runs.
  private static func find() -> Int32 {
    guard PyGILState_GetThisThreadState() != nil else { return 0 }
    // What is recorded may have failed.
    var (type, value, traceback) = (Ref?.none, Ref?.none, Ref?.none)
    let hasFailed = PyErr_Occurred() != nil
    if hasFailed { PyErr_Fetch(&type, &value, &traceback) }
    defer { if hasFailed { PyErr_Restore(type, value, traceback) } }
    guard let running = PyEval_GetFrame() else { return 0 }
    let code = PyFrame_GetCode(running)
    defer { py_release(code) }
    if isLibrary[code] == false {
      let site = Site(code: code, line: PyFrame_GetLineNumber(running))
      if let known = numbers[site] { return known }
    }
    do throws(PythonError) {
      guard let frame = try FallbackLog.userFrame() else { return 0 }
      defer { py_release(frame) }
      return try number(
        frame,
        isInnermost: frame
          == UnsafeMutableRawPointer(running)
          .assumingMemoryBound(to: PyObject.self))
    } catch {
      PyErr_Clear()
      return 0
    }
  }

  private static func number(_ frame: Ref, isInnermost: Bool) throws(PythonError) -> Int32 {
    let code = PyFrame_GetCode(OpaquePointer(frame))
    defer { py_release(code) }
    let site = Site(code: code, line: PyFrame_GetLineNumber(OpaquePointer(frame)))
    if let known = numbers[site] { return known }
    let file = try attribute(code, "co_filename")
    defer { py_release(file) }
    let number = Profiler.place(.init(file: try swiftString(file), line: Int(site.line)))
    guard numbers.count < mostSites else { return number }
    numbers[site] = number
    py_retain(code)
    if isInnermost { isLibrary[code] = false }
    return number
  }
}
