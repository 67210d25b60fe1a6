import CMartlet
import Glibc
import MartletIR
import MartletRuntime
import Synchronization

/// A Python to embed, found as a user expects: MARTLET_PYTHON, then the virtual environment that is
/// active, then `python3` on PATH.
struct PythonInstallation: Sendable, Equatable {
  /// The absolute path of the executable; the environment it belongs to is the one used.
  var executable: String
  /// `3.11`.
  var version: String
  /// Where its libpython may be, the likeliest first.
  var libraries: [String]

  /// An executable that goes before everything else: for programs and tests that bring their own.
  static let preferred = Mutex<String?>(nil)

  /// - Throws: `.libraryMissing` with what to install or set.
  static func find() throws(MartletError) -> PythonInstallation {
    var library: String?
    var candidates: [String] = []
    if let path = preferred.withLock({ $0 }) {
      candidates = [path]
    } else if let path = Environment["MARTLET_PYTHON"] {
      guard path.hasPrefix("/") else {
        throw missing("MARTLET_PYTHON is '\(path)', which is no absolute path.")
      }
      if (path.split(separator: "/").last ?? "").hasPrefix("libpython") {
        library = path
        candidates = environmentAndPath()
      } else {
        candidates = [path]
      }
    } else {
      candidates = environmentAndPath()
    }
    guard let executable = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw missing(
        candidates.count == 1
          ? "'\(candidates[0])' is not there or cannot be run."
          : "There is no python3 on PATH, and neither MARTLET_PYTHON nor VIRTUAL_ENV leads to one.")
    }
    var found = try ask(executable)
    if let library { found.libraries = [library] }
    return found
  }

  private static func environmentAndPath() -> [String] {
    var candidates: [String] = []
    if let folder = Environment["VIRTUAL_ENV"], folder.hasPrefix("/") {
      candidates.append(folder + "/bin/python")
    }
    for folder in (Environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    where folder.hasPrefix("/") {
      candidates.append(folder + "/python3")
    }
    return candidates
  }

  static func missing(_ reason: String) -> MartletError {
    .libraryMissing(
      name: "Python",
      hint: "Install CPython 3.11 or later with its shared library (Debian: libpython3.11) and "
        + "NumPy, or set MARTLET_PYTHON to the absolute path of a python executable. \(reason)")
  }

  // MARK: What the executable says of itself

  private static let mark = "martlet-python"
  private static let script = """
    import sys, sysconfig
    print("\(mark)")
    print(sys.executable)
    print("%d.%d" % sys.version_info[:2])
    print(sys.base_prefix)
    for key in ("LIBDIR", "MULTIARCH", "INSTSONAME", "LDLIBRARY"):
        print(sysconfig.get_config_var(key) or "")
    """

  /// A virtual environment's executable knows the Python that it was made from.
  private static func ask(_ executable: String) throws(MartletError) -> PythonInstallation {
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 8192) { room -> String? in
      guard let start = room.baseAddress,
        martlet_python_ask(executable, script, start, Int32(room.count))
      else { return nil }
      return String(cString: start)
    }
    guard let text else { throw missing("'\(executable)' could not be started.") }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let start = lines.firstIndex(of: mark), lines.count >= start + 8 else {
      throw missing("'\(executable)' does not work as Python; it says: \(text)")
    }
    let (path, version, prefix) = (lines[start + 1], lines[start + 2], lines[start + 3])
    let (folder, architecture) = (lines[start + 4], lines[start + 5])
    let names = [lines[start + 6], lines[start + 7]].filter { $0.contains(".so") }
    var libraries: [String] = []
    for base in [folder, prefix + "/lib"] where base.hasPrefix("/") {
      for name in names {
        libraries.append("\(base)/\(name)")
        // Debian keeps it here.
        if !architecture.isEmpty { libraries.append("\(base)/\(architecture)/\(name)") }
      }
    }
    return PythonInstallation(
      executable: path.isEmpty ? executable : path, version: version, libraries: libraries)
  }

  // MARK: Opening

  /// Opens the library, without starting its interpreter.
  ///
  /// - Throws: `.libraryMissing` where there is no shared library or one of another version.
  func open() throws(MartletError) -> Python.API {
    guard Self.isRecent(version) else {
      throw Self.missing("'\(executable)' is Python \(version).")
    }
    var reasons: [String] = []
    for library in libraries where access(library, R_OK) == 0 {
      let (table, reason) = Self.openLibrary(library)
      guard let table else {
        reasons.append(reason)
        continue
      }
      let full = String(cString: table.pointee._GetVersion())
      guard full.hasPrefix(version + ".") else {
        throw Self.missing("\(library) is Python \(full), but '\(executable)' is \(version).")
      }
      return table
    }
    throw Self.missing(
      reasons.isEmpty
        ? "'\(executable)' has no shared library (it was built without --enable-shared): install "
          + "libpython\(version), or use a Python that brings one."
        : reasons.joined(separator: " "))
  }

  private static func openLibrary(_ path: String) -> (Python.API?, String) {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { room in
      room.initialize(repeating: 0)
      guard let start = room.baseAddress else { preconditionFailure("512 is not 0") }
      let table = martlet_python_open(path, start, Int32(room.count))
      return (table, String(cString: start))
    }
  }

  /// Whether a version such as `3.11` or `3.14.0rc1 (…)` is 3.11 or later.
  static func isRecent(_ version: String) -> Bool {
    let parts = version.split(separator: ".")
    guard parts.count >= 2, parts[0] == "3", let minor = Int(parts[1].prefix { $0.isNumber }) else {
      return false
    }
    return minor >= 11
  }
}
