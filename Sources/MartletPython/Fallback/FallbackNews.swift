import CPythonABI
import Glibc
import Martlet
import MartletIR
import Synchronization

/// Steps that the core takes on its own, such as what a device lacks: told as Python's mode asks,
/// with the line of the user's code.
///
/// The core takes them under its own lock, and perhaps without the interpreter's. Python code must
/// not run then. So news wait until the call into the core returns (`deliver`), and a thread that
/// lets the interpreter's lock go notes beforehand where it is and what its mode is.
final class FallbackNews: Martlet.Fallback.Listener {
  private struct Site {
    let place: (file: String, line: Int)?
    let mode: String
  }

  private struct News {
    let thread: pthread_t
    let name: String
    let server: String
    let reason: String
  }

  /// Where the threads are that let the interpreter's lock go.
  private static let sites = Mutex<[pthread_t: Site]>([:])
  private static let waiting = Mutex<[News]>([])
  private static let count = Atomic<Int>(0)

  /// Whether something waits to be told.
  @inline(__always)
  static var isWaiting: Bool { count.load(ordering: .relaxed) > 0 }

  // MARK: The core's questions

  func tell(_ name: String, _ server: String, _ reason: String) throws(MartletError) {
    if Fallback.isSilent { return }
    let thread = pthread_self()
    let mode = Self.sites.withLock { $0[thread]?.mode } ?? Self.mode()
    if mode == "ignore" { return }
    Self.waiting.withLock {
      $0.append(News(thread: thread, name: name, server: server, reason: reason))
      Self.count.store($0.count, ordering: .relaxed)
    }
    if mode == "raise" {
      throw .unsupported(operation: name, detail: "\(reason); the mode is 'raise'")
    }
  }

  func place() -> (file: String, line: Int)? {
    if let site = Self.sites.withLock({ $0[pthread_self()] }) { return site.place }
    return FallbackLog.place()
  }

  // MARK: Around calls into the core

  /// Notes where this thread is, which is about to let the interpreter's lock go.
  static func leave() {
    let site = Site(place: FallbackLog.place(), mode: mode())
    sites.withLock { $0[pthread_self()] = site }
  }

  static func comeBack() { sites.withLock { _ = $0.removeValue(forKey: pthread_self()) } }

  /// Tells what waits for this thread.
  @inline(never)
  static func deliver() throws(PythonError) {
    let thread = pthread_self()
    let news = waiting.withLock { waiting in
      defer {
        waiting.removeAll { $0.thread == thread }
        count.store(waiting.count, ordering: .relaxed)
      }
      return waiting.filter { $0.thread == thread }
    }
    guard let teller = Python.fallbackTeller else { return }
    for item in news {
      let name = try pythonString(item.name)
      defer { py_release(name) }
      let reason = try pythonString(item.reason)
      defer { py_release(reason) }
      let server = try pythonString(item.server)
      defer { py_release(server) }
      py_release(try call(teller, name, reason, server))
    }
  }

  /// The mode of this thread and context; the interpreter's lock is held, and no Python code runs.
  private static func mode() -> String {
    guard !Fallback.isSilent, let getter = Python.fallbackMode,
      let found = PyObject_CallObject(getter, nil)
    else { return "ignore" }
    defer { py_release(found) }
    do throws(PythonError) { return try swiftString(found) } catch {
      PyErr_Clear()
      return "ignore"
    }
  }
}
