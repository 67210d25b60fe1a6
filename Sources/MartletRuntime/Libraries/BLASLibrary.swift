import CMartlet
import MartletIR
import Synchronization

/// The BLAS of this process, opened at first use: what `MARTLET_BLAS` names, else the OpenBLAS that
/// NumPy has loaded, else the system's.
package struct BLASLibrary: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; BLAS functions may be called from any
  // thread.

  /// For `martlet_blas_dgemm` and the like.
  package let functions: UnsafePointer<martlet_blas>
  /// The name the library was opened under.
  package let name: String

  /// The largest size and stride that its integers hold.
  package var largestSize: Int { functions.pointee.is_wide ? .max : Int(Int32.max) }

  /// - Throws: `.libraryMissing` with what to install.
  package static func shared() throws(MartletError) -> BLASLibrary { try opened.get() }

  /// The functions of the shared one; nil where there is none. Asking costs next to nothing.
  nonisolated(unsafe) package static let sharedFunctions = try? shared().functions

  /// The same for products; nil too where there is no room for the buffer that OpenBLAS takes for
  /// each thread with its first one. It ends the process where it gets none.
  @inline(__always)
  package static var functionsForProducts: UnsafePointer<martlet_blas>? {
    isReady.load(ordering: .relaxed) || makeReady() ? sharedFunctions : nil
  }

  private static let isReady = Atomic<Bool>(false)
  private static let bufferBytes = 40 << 20

  @inline(never)
  private static func makeReady() -> Bool {
    guard martlet_has_room(bufferBytes * Workers.shared.threads) else { return false }
    isReady.store(true, ordering: .relaxed)
    return true
  }

  private static let opened: Result<BLASLibrary, MartletError> = {
    var reason = ""
    let table = withMessage(into: &reason) { message, bytes in
      martlet_blas_open(Environment["MARTLET_BLAS"], message, bytes)
    }
    OpenBLASThreads.adopt()
    guard let table else {
      return .failure(
        .libraryMissing(
          name: "BLAS",
          hint: "Install OpenBLAS (Debian: libopenblas0), or set MARTLET_BLAS to its absolute "
            + "path. \(reason)"))
    }
    return .success(BLASLibrary(functions: table, name: String(cString: table.pointee.name)))
  }()
}
