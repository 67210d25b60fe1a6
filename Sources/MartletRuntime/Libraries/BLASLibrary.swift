import CMartlet
import MartletIR

/// The BLAS found on this machine, opened at first use.
package struct BLASLibrary: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; BLAS functions may be called from any
  // thread.

  /// `cblas_dgemm` and so on, without the prefix.
  package let functions: martlet_blas
  /// The name the library was opened under.
  package let name: String

  /// - Throws: `.libraryMissing` with what to install.
  package static func shared() throws(MartletError) -> BLASLibrary { try opened.get() }

  private static let opened: Result<BLASLibrary, MartletError> = {
    var reason = ""
    let table = withMessage(into: &reason) { message, bytes in
      martlet_blas_open(Environment["MARTLET_BLAS"], message, bytes)
    }
    guard let table else {
      return .failure(
        .libraryMissing(
          name: "BLAS",
          hint: "Install OpenBLAS (Debian: libopenblas0), or set MARTLET_BLAS to its absolute "
            + "path. \(reason)"))
    }
    // OpenBLAS counts the machine's processors; Martlet knows what this process may use.
    table.pointee.set_thread_count?(Int32(Workers.shared.threads))
    return .success(
      BLASLibrary(functions: table.pointee, name: String(cString: table.pointee.name)))
  }()

  /// Another function of the same library, such as LAPACK's `dgesv_` in OpenBLAS.
  package func symbol(_ name: String) -> UnsafeMutableRawPointer? {
    martlet_symbol(functions.library, name)
  }
}
