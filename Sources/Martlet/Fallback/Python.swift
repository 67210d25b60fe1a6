import CMartlet
import Glibc
import MartletIR
import Synchronization

/// The Python interpreter of this process: the one that hosts it, else one that is found, opened and
/// started at first use, and runs until the process ends.
struct Python: @unchecked Sendable {
  // Unchecked: the table and the objects live as long as the process; they are used only under the
  // interpreter's lock, which `use` takes.

  typealias API = UnsafePointer<martlet_python>

  let api: API
  /// Whether the process is Python's own, as in an extension module.
  let isHost: Bool
  /// Where it came from, for messages.
  let origin: String

  /// - Throws: `.libraryMissing` with what to install.
  static func shared() throws(MartletError) -> Python { try opened.get() }

  private static let opened: Result<Python, MartletError> = {
    do throws(MartletError) {
      return .success(try open())
    } catch {
      return .failure(error)
    }
  }()

  private static func open() throws(MartletError) -> Python {
    if let api = martlet_python_running() {
      let version = String(cString: api.pointee._GetVersion())
      guard PythonInstallation.isRecent(version) else {
        throw PythonInstallation.missing("This process runs Python \(version).")
      }
      return Python(api: api, isHost: true, origin: "the Python that runs this process")
    }
    let installation = try PythonInstallation.find()
    let api = try installation.open()
    let program = installation.executable.unicodeScalars.map { wchar_t($0.value) } + [0]
    martlet_python_start(program)
    // The thread that starts the interpreter holds its lock: every use takes it anew.
    _ = api.pointee.Eval_SaveThread()
    return Python(api: api, isHost: false, origin: "'\(installation.executable)'")
  }

  /// Runs `body` under the interpreter's lock; any thread may call it. Whoever does must not hold a
  /// lock of Martlet's: a thread in Python may wait for that one.
  static func use<Result>(
    _ body: (PythonSession) throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    let python = try shared()
    if python.isHost, python.api.pointee._IsInitialized() == 0 {
      throw .libraryMissing(name: "Python", hint: "The interpreter of this process has ended.")
    }
    let state = python.api.pointee.GILState_Ensure()
    defer { python.api.pointee.GILState_Release(state) }
    DeadObjects.drain(python.api)
    return try body(PythonSession(api: python.api, known: try PythonObjects.shared(python)))
  }
}

/// A reference to a Python object that is given back where its scope ends, under the interpreter's
/// lock.
struct PythonOwned: ~Copyable {
  let object: OpaquePointer
  private let api: Python.API

  init(_ object: OpaquePointer, _ api: Python.API) {
    self.object = object
    self.api = api
  }

  /// The reference, for somebody who takes it over.
  consuming func taken() -> OpaquePointer {
    let object = object
    discard self
    return object
  }

  deinit { api.pointee._DecRef(object) }
}

/// A Python object that a Swift value refers to. Any thread may let go of it.
final class PythonReference: @unchecked Sendable {
  // Unchecked: the pointer never changes; its target is used under the interpreter's lock only.
  let object: OpaquePointer

  init(_ object: consuming PythonOwned) { self.object = object.taken() }

  deinit { DeadObjects.append(object, byteCount: 0) }
}

/// Objects that Swift has done with, to be given back under the interpreter's lock.
///
/// Whoever lets go of an array may hold Martlet's own locks, so nobody waits for Python's here: the
/// next use of Python gives the objects back, or, when much has gathered, a thread made for it.
enum DeadObjects {
  private struct State {
    var objects: [UInt] = []
    var byteCount = 0
    var hasThread = false
  }

  private static let state = Mutex(State())
  /// What may gather: memory of so many bytes, or so many objects.
  static let maximumByteCount = 1 << 20
  private static let maximumCount = 4096

  static func append(_ object: OpaquePointer, byteCount: Int) {
    let isMuch = state.withLock { state in
      state.objects.append(UInt(bitPattern: object))
      state.byteCount += byteCount
      guard state.byteCount >= maximumByteCount || state.objects.count >= maximumCount,
        !state.hasThread
      else { return false }
      state.hasThread = true
      return true
    }
    guard isMuch, let python = try? Python.shared() else { return }
    if python.isHost {
      // The host may end its interpreter at any time, so only its own thread is safe.
      guard python.api.pointee._IsInitialized() != 0 else { return }
      _ = python.api.pointee._AddPendingCall(
        { _ in
          if let python = try? Python.shared() { DeadObjects.drain(python.api) }
          return 0
        }, nil)
    } else if !startThread() {
      state.withLock { $0.hasThread = false }
    }
  }

  /// An array whose memory Martlet had. How many bytes need not be exact.
  static func append(array: UnsafeMutableRawPointer?, byteCount: Int) {
    if let array { append(OpaquePointer(array), byteCount: byteCount) }
  }

  /// How many objects wait.
  static var count: Int { state.withLock { $0.objects.count } }

  /// Gives them back. The interpreter's lock is held.
  static func drain(_ api: Python.API) {
    let objects = state.withLock { state in
      defer { state = State() }
      return state.objects
    }
    for object in objects { api.pointee._DecRef(OpaquePointer(bitPattern: object)) }
  }

  private static func startThread() -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Signals belong to the program's own threads.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    return pthread_create(
      &thread, &attributes,
      { _ in
        guard let python = try? Python.shared() else { return nil }
        let state = python.api.pointee.GILState_Ensure()
        DeadObjects.drain(python.api)
        python.api.pointee.GILState_Release(state)
        return nil
      }, nil) == 0
  }
}
