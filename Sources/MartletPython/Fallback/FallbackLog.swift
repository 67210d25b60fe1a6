import CPythonABI
import Glibc
import Martlet

/// What fell back, from where, and what it cost, until someone asks: `martlet._fallback` then hands
/// it over to the core's records. By objects instead of text, because every call comes by here. The
/// interpreter's lock guards all of this.
enum FallbackLog {
  /// A kind of step at one place of the user's code. The objects are compared by identity and kept.
  struct Place: Hashable {
    /// Python strings, interned.
    let name: Ref
    let reason: Ref
    /// The device whose arrays NumPy computed with.
    let device: Device
    /// The code object, and how far into it; nil where no Python code called.
    let code: Ref?
    let instruction: Int
  }

  struct Cost {
    var count = 0
    var bytes = 0
    var nanoseconds = 0
  }

  /// A program has fewer lines that fall back; one that makes code as it runs may go on for ever.
  static let capacity = 10_000

  nonisolated(unsafe) private(set) static var steps: [Place: Cost] = [:]
  /// What found no room among the steps.
  nonisolated(unsafe) private(set) static var overflow = Cost()
  /// The folders of Martlet's and NumPy's own Python code, as UTF-8.
  nonisolated(unsafe) static var libraries: [[UInt8]] = []

  static func note(_ place: Place, bytes: Int, nanoseconds: Int) {
    func add(_ cost: inout Cost) {
      cost.count &+= 1
      cost.bytes &+= bytes
      cost.nanoseconds &+= nanoseconds
    }
    if let found = steps.index(forKey: place) {
      add(&steps.values[found])
      return
    }
    guard steps.count < capacity else {
      add(&overflow)
      return
    }
    var cost = Cost()
    add(&cost)
    steps[place] = cost
    py_retain(place.name)
    py_retain(place.reason)
    if let code = place.code { py_retain(code) }
  }

  /// Hands over all there is; the references go along, for `release`.
  static func take() -> (steps: [Place: Cost], overflow: Cost) {
    defer { (steps, overflow) = ([:], Cost()) }
    return (steps, overflow)
  }

  static func release(_ steps: [Place: Cost]) {
    for place in steps.keys {
      py_release(place.name)
      py_release(place.reason)
      if let code = place.code { py_release(code) }
    }
  }

  static func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
  }

  // MARK: Call sites

  /// Attributes that every call looks up; made once, kept for good.
  private enum Names {
    nonisolated(unsafe) static let caller = permanent("f_back")
    nonisolated(unsafe) static let file = permanent("co_filename")
    nonisolated(unsafe) static let instruction = permanent("f_lasti")
    // Unsafe: only used under the interpreter's lock.

    private static func permanent(_ name: StaticString) -> Ref {
      guard let text = PyUnicode_InternFromString(name.cString) else {
        fatalError("no memory for '\(name)'")
      }
      return text
    }
  }

  /// The innermost code that is neither Martlet's nor NumPy's, and how far into it; the code is a
  /// new reference.
  static func callSite() throws(PythonError) -> (code: Ref?, instruction: Int) {
    guard let frame = try userFrame() else { return (nil, 0) }
    defer { py_release(frame) }
    let instruction = try check(PyObject_GetAttr(frame, Names.instruction))
    defer { py_release(instruction) }
    let place = try parseInt(instruction)
    return (PyFrame_GetCode(OpaquePointer(frame)), place)
  }

  /// The innermost frame that is neither Martlet's nor NumPy's, else the outermost; a new reference.
  static func userFrame() throws(PythonError) -> Ref? {
    guard let running = PyEval_GetFrame() else { return nil }
    var frame = retained(UnsafeMutableRawPointer(running).assumingMemoryBound(to: PyObject.self))
    do throws(PythonError) {
      while try isLibrary(frame) {
        let outer = try check(PyObject_GetAttr(frame, Names.caller))
        if outer == py_none() {
          py_release(outer)
          break
        }
        py_release(frame)
        frame = outer
      }
    } catch {
      py_release(frame)
      throw error
    }
    return frame
  }

  /// The line of the user's code that is running; nil where no Python code is.
  static func place() -> (file: String, line: Int)? {
    do throws(PythonError) {
      guard let frame = try userFrame() else { return nil }
      defer { py_release(frame) }
      let code = PyFrame_GetCode(OpaquePointer(frame))
      defer { py_release(code) }
      let file = try attribute(code, "co_filename")
      defer { py_release(file) }
      let line = try attribute(frame, "f_lineno")
      defer { py_release(line) }
      return (try swiftString(file), line == py_none() ? 0 : try parseInt(line))
    } catch {
      // A name that is no valid text, or no memory: the step is recorded without its line.
      PyErr_Clear()
      return nil
    }
  }

  private static func isLibrary(_ frame: Ref) throws(PythonError) -> Bool {
    let code = PyFrame_GetCode(OpaquePointer(frame))
    defer { py_release(code) }
    let name = try check(PyObject_GetAttr(code, Names.file))
    defer { py_release(name) }
    var count = 0
    guard let file = PyUnicode_AsUTF8AndSize(name, &count) else {
      // A name that is no valid text is a file of the user's.
      PyErr_Clear()
      return false
    }
    return libraries.contains { folder in
      count >= folder.count && memcmp(file, folder, folder.count) == 0
    }
  }
}
