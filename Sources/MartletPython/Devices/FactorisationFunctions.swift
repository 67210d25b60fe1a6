import CPythonABI
import Martlet
import MartletIR

/// The solvers and factorisations of `numpy.linalg` on devices.
enum FactorisationFunctions {
  static let all: [DoorFunction] = [
    DoorFunction("linalg.solve", "(a, b)", "The solution of a linear system.") {
      arguments throws(PythonError) in
      let a = try parseArray(arguments.required(0), dtype: nil)
      let b = try parseArray(arguments.required(1), dtype: nil)
      return try pythonResult(
        try DeviceLibraries.run([a, b]) { () throws(MartletError) in
          try LinearAlgebra.solve(a, b)
        })
    },
    DoorFunction("linalg.inv", "(a)", "The inverse of a matrix.") {
      arguments throws(PythonError) in try one(arguments, LinearAlgebra.inverse)
    },
    DoorFunction("linalg.det", "(a)", "The determinant of a matrix.") {
      arguments throws(PythonError) in try one(arguments, LinearAlgebra.determinant)
    },
    DoorFunction("linalg.cholesky", "(a, /, *, upper=False)", "The Cholesky factor.") {
      arguments throws(PythonError) in
      let isUpper = try parseBool(arguments[1], default: false)
      return try one(arguments) { (a) throws(MartletError) in
        try LinearAlgebra.cholesky(a, isUpper: isUpper)
      }
    },
    DoorFunction("linalg.qr", "(a, mode='reduced')", "The QR factorisation.") {
      arguments throws(PythonError) in try qr(arguments)
    },
    DoorFunction("linalg.eigh", "(a, UPLO='L')", "Eigenvalues and vectors, Hermitian.") {
      arguments throws(PythonError) in
      let (a, isLower) = try hermitian(arguments)
      let found = try DeviceLibraries.run([a]) { () throws(MartletError) in
        try LinearAlgebra.eigh(a, isLower: isLower)
      }
      return try named("eigh", [found.values] + (found.vectors.map { [$0] } ?? []))
    },
    DoorFunction("linalg.eigvalsh", "(a, UPLO='L')", "Eigenvalues, Hermitian.") {
      arguments throws(PythonError) in
      let (a, isLower) = try hermitian(arguments)
      return try pythonResult(
        try DeviceLibraries.run([a]) { () throws(MartletError) in
          try LinearAlgebra.eigh(a, isLower: isLower, vectors: false).values
        })
    },
    DoorFunction(
      "linalg.svd", "(a, full_matrices=True, compute_uv=True, hermitian=False)",
      "The singular value decomposition."
    ) { arguments throws(PythonError) in
      if try parseBool(arguments[3], default: false) {
        throw .notNative("singular values of Hermitian matrices")
      }
      let isFull = try parseBool(arguments[1], default: true)
      let vectors = try parseBool(arguments[2], default: true)
      let a = try parseArray(arguments.required(0), dtype: nil)
      let found = try DeviceLibraries.run([a]) { () throws(MartletError) in
        try LinearAlgebra.svd(a, isFull: isFull, vectors: vectors)
      }
      guard let u = found.u, let vh = found.vh else { return try pythonResult(found.values) }
      return try named("svd", [u, found.values, vh])
    },
    DoorFunction("linalg.svdvals", "(x, /)", "The singular values.") {
      arguments throws(PythonError) in
      try one(arguments) { (a) throws(MartletError) in
        try LinearAlgebra.svd(a, vectors: false).values
      }
    },
  ]

  private static func one(
    _ arguments: borrowing Arguments, _ body: (NDArray) throws(MartletError) -> NDArray
  ) throws(PythonError) -> Ref {
    let a = try parseArray(arguments.required(0), dtype: nil)
    return try pythonResult(
      try DeviceLibraries.run([a]) { () throws(MartletError) in try body(a) })
  }

  private static func hermitian(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> (NDArray, isLower: Bool) {
    var letter = "L"
    if let given = arguments[1] {
      guard isSubclass(given, stringFlag) else {
        throw .type("UPLO must be a str, not \(try typeName(given))")
      }
      letter = try swiftString(given).uppercased()
    }
    guard letter == "L" || letter == "U" else { throw .value("UPLO argument must be 'L' or 'U'") }
    return (try parseArray(arguments.required(0), dtype: nil), letter == "L")
  }

  private static func qr(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    var mode = LinearAlgebra.QRMode.reduced
    if let given = arguments[1] {
      guard isSubclass(given, stringFlag),
        let known = LinearAlgebra.QRMode(rawValue: try swiftString(given))
      else { throw .notNative("a mode of qr that only NumPy has") }
      mode = known
    }
    let a = try parseArray(arguments.required(0), dtype: nil)
    let parts = try DeviceLibraries.run([a]) { () throws(MartletError) in
      try LinearAlgebra.qr(a, mode: mode)
    }
    if parts.count == 1 { return try pythonResult(parts[0]) }
    return mode == .raw ? try Results.tuple(parts) : try named("qr", parts)
  }

  /// NumPy's named tuple for a function's results: the type of what it returns for one number.
  private static func named(
    _ function: StaticString, _ arrays: [NDArray]
  ) throws(PythonError) -> Ref {
    let module = try importModule("numpy.linalg")
    defer { py_release(module) }
    let number = try check(PyFloat_FromDouble(1))
    let row = try pythonList(owning: [number])
    let matrix = try pythonList(owning: [row])
    defer { py_release(matrix) }
    let example = try callMethod(module, function, [matrix])
    defer { py_release(example) }
    let values = try Results.tuple(arrays)
    defer { py_release(values) }
    return try check(PyObject_CallObject(py_object(py_type(example)), values))
  }
}
