import CPythonABI
import Glibc
import Martlet

/// What fell back, from where, and what it cost. The interpreter's lock guards all of this.
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

  static func clear() {
    let old = steps
    steps = [:]
    overflow = Cost()
    for place in old.keys {
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

  /// The innermost code that is neither Martlet's nor NumPy's, and how far into it; the code is a
  /// new reference.
  static func callSite() throws(PythonError) -> (code: Ref?, instruction: Int) {
    guard let running = PyEval_GetFrame() else { return (nil, 0) }
    var frame = retained(UnsafeMutableRawPointer(running).assumingMemoryBound(to: PyObject.self))
    defer { py_release(frame) }
    while true {
      let code = PyFrame_GetCode(OpaquePointer(frame))
      do throws(PythonError) {
        if try isLibrary(code) {
          let outer = try attribute(frame, "f_back")
          if outer != py_none() {
            py_release(frame)
            py_release(code)
            frame = outer
            continue
          }
          py_release(outer)
        }
        let instruction = try attribute(frame, "f_lasti")
        defer { py_release(instruction) }
        return (code, try parseInt(instruction))
      } catch {
        py_release(code)
        throw error
      }
    }
  }

  private static func isLibrary(_ code: Ref) throws(PythonError) -> Bool {
    let name = try attribute(code, "co_filename")
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
