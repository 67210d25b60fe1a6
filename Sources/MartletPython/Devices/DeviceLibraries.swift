import CPythonABI
import Martlet
import MartletIR

/// Functions of NumPy's submodules that a device may have a library for. NumPy serves them as any
/// other; with an array on a device they are tried there first.
enum DeviceLibraries {
  /// By where NumPy has them, such as `fft.rfft`. They live as long as the process.
  private static let functions: [String: DoorFunction] = Dictionary(
    uniqueKeysWithValues: FactorisationFunctions.all.map {
      ($0.path, $0)
    })

  static func function(_ path: String) -> DoorFunction? { functions[path] }

  /// What a device makes of a call; nil where no array lives on one, or where it lacks the library.
  static func call(
    _ function: DoorFunction, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
  ) throws(PythonError) -> Ref? {
    let total = count &+ (keywords.map { PyTuple_Size($0) } ?? 0)
    guard let given, (0..<total).contains(where: { isOnDevice(given[$0]) }) else { return nil }
    do throws(PythonError) {
      let arguments = try Arguments(function, given, count, keywords)
      return try FloatingPointWarnings.checked(try function.body(arguments))
    } catch {
      // Where only the device may compute, the fallback is what says so.
      if case .martlet(.unsupported) = error { return nil }
      if error.missingFeature != nil { return nil }
      throw error
    }
  }

  private static func isOnDevice(_ object: Ref) -> Bool {
    guard ArrayObject.check(object) else { return false }
    let storage = ArrayObject.state(ArrayObject.root(object)).pointee.storage
    return storage.map { !$0.device.isHost } ?? false
  }

  /// Runs a computation without the interpreter's lock where it may take long.
  static func run<Result: Sendable>(
    _ arrays: [NDArray], _ body: () throws(MartletError) -> Result
  ) throws(PythonError) -> Result {
    try core { () throws(MartletError) in
      try withoutInterpreterLock(elements: arrays.reduce(0) { $0 + $1.count } * 16, body)
    }
  }
}
