import Glibc
import MartletIR
import Testing

@testable import Martlet

/// The Python of the checkout, which `make test` sets up: Fallback's tests need one with NumPy.
enum TestPython {
  static let executable: String? = {
    // Tests/MartletTests/FallbackSupport.swift
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/.venv/bin/python"
    guard access(path, X_OK) == 0 else { return nil }
    PythonInstallation.preferred.withLock { $0 = path }
    return path
  }()

  static let isThere: ConditionTrait = .enabled(
    "The checkout has no .venv with NumPy: `make setup` makes one"
  ) { executable != nil }

  /// A Python function to count or look with; it is no step down to NumPy.
  static func module(_ name: String) throws -> Fallback.Value {
    try Python.use { session throws(MartletError) in
      var conversion = PythonConversion(session)
      return try conversion.value(session.check(session.api.pointee.Import_ImportModule(name)))
    }
  }
}
