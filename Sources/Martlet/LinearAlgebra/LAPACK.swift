import CMartlet
import MartletIR
import MartletRuntime
import Synchronization

/// LAPACK in host memory, over stacks of matrices that are real or complex, in double precision.
///
/// NumPy computes in double precision whatever the arrays have, and rounds the results; so do we,
/// with the same routines, and get the same bits.
struct LAPACK: @unchecked Sendable {
  // Unchecked: a table of functions that never changes, which any thread may call.

  let functions: UnsafePointer<martlet_blas>
  let isComplex: Bool

  /// What its matrices are made of.
  var dtype: DType { isComplex ? .complex128 : .float64 }

  /// - Parameter sizes: rows and columns, which LAPACK's integers must hold, and their product where
  ///   those have 32 bits.
  /// - Throws: `.libraryMissing` where there is no LAPACK, or none with these routines; `.unsupported`
  ///   where the matrices are too large for it; `.outOfMemory`.
  init(
    _ routines: [martlet_lapack_routine], isComplex: Bool, sizes: [Int], _ operation: String
  ) throws(MartletError) {
    let library = try BLASLibrary.shared()
    guard let functions = BLASLibrary.functionsForProducts else {
      throw .outOfMemory(bytes: 0)
    }
    guard routines.allSatisfy({ martlet_lapack_has(functions, $0) }) else {
      throw .libraryMissing(
        name: "LAPACK",
        hint: "\(library.name) has no routines for [\(operation)]. Install OpenBLAS (Debian: "
          + "libopenblas0), or set MARTLET_BLAS to its absolute path.")
    }
    let largest = sizes.reduce(1) { Shape([$0, $1]).isPossible ? $0 * max($1, 1) : .max }
    guard functions.pointee.is_wide || largest <= Int(Int32.max) else {
      throw .unsupported(
        operation: operation, detail: "\(library.name) counts in 32 bits; the matrices are larger")
    }
    self.functions = functions
    self.isComplex = isComplex
  }

  /// Work space of a routine, and integers of our own after it.
  typealias Space = martlet_lapack_space

  /// Calls LAPACK for every matrix of a stack, on all threads where there are many of them.
  ///
  /// - Parameters:
  ///   - space: what each call needs, as the routine said.
  ///   - side: the matrices' longer side, from which the work is guessed.
  ///   - call: for the matrix of a number; returns LAPACK's `info`.
  /// - Returns: whether all of them succeeded.
  /// - Throws: `.outOfMemory`, `.interrupted`, `.internalError` where LAPACK did not like an argument.
  func forEach(
    of batch: Int, side: Int, _ space: Space, _ operation: String,
    _ call: @Sendable (_ matrix: Int, _ space: inout Space) -> Int64
  ) throws(MartletError) -> Bool {
    guard batch > 0 else { return true }
    let (elementBytes, overflow) = Int(space.element_count).multipliedReportingOverflow(
      by: dtype.itemSize)
    let (realBytes, integerBytes) = (Int(space.real_count) &* 8, Int(space.integer_count) &* 8)
    guard !overflow, elementBytes >= 0, elementBytes < Shape.maximumCount,
      realBytes >= 0, realBytes < Shape.maximumCount, integerBytes >= 0,
      integerBytes < Shape.maximumCount
    else { throw .outOfMemory(bytes: .max) }
    let bytes = (elementBytes + realBytes + integerBytes + 127) / 64 * 64

    let work = Double(side) * Double(side) * Double(side) * Double(batch)
    let threads = Workers.shared.threads
    let isShared = batch > 1 && threads > 1 && work >= Self.leastSharedWork
    // A few more parts than threads, so that none waits long for the last one.
    let parts = !isShared ? 1 : min(batch, bytes <= Self.smallSpace ? threads * 8 : threads)
    let memory = try NDArray(uninitialised: [parts, bytes], .uint8)
    nonisolated(unsafe) let base = try memory.pointer()
    let worst = Atomic<Int64>(0)
    let anyFailed = Atomic<Bool>(false)
    let counts = (space.element_count, space.real_count, space.integer_count)

    @Sendable func part(_ number: Int) {
      var own = Space()
      (own.element_count, own.real_count, own.integer_count) = counts
      let start = base + number * bytes
      own.elements = start
      own.reals = (start + elementBytes).assumingMemoryBound(to: Double.self)
      own.integers = (start + elementBytes + realBytes).assumingMemoryBound(to: Int64.self)
      for matrix in batch * number / parts..<batch * (number + 1) / parts {
        if let watch = martlet_watch_current(), martlet_watch_is_stopped(watch) { return }
        let info = call(matrix, &own)
        if info < 0 { worst.store(info, ordering: .relaxed) }
        if info > 0 { anyFailed.store(true, ordering: .relaxed) }
      }
    }
    let flags = martlet_fp_flags()
    let span = Profiler.isOn ? Profiler.begin() : nil
    defer {
      if let span {
        Profiler.end(
          span, .library, "LAPACK \(operation)", bytes: batch * side * side * dtype.itemSize)
      }
    }
    if isShared {
      OpenBLASThreads.alone(functions) {
        _ = Workers.shared.parallel(count: parts, mayBeLeft: true) { first, end in
          for number in first..<end { part(number) }
        }
      }
    } else if Self.usesOneThread(side) {
      OpenBLASThreads.alone(functions) { part(0) }
    } else {
      part(0)
    }
    // What LAPACK raises on its way is nobody's business.
    martlet_fp_clear()
    if flags != 0 { martlet_fp_raise(flags) }
    withExtendedLifetime(memory) {}
    try StoppableWork.check()
    let info = worst.load(ordering: .relaxed)
    if info < 0 {
      throw .internalError(operation: operation, detail: "LAPACK took no argument \(-info)")
    }
    return !anyFailed.load(ordering: .relaxed)
  }

  /// Below this sharing costs more than it brings.
  private static let leastSharedWork = 60_000.0
  private static let smallSpace = 1 << 18

  /// Whether OpenBLAS shall not share a single matrix. How it does decides the last bits, so matrices
  /// of up to half a million elements are one thread's; of the least it shares nothing anyway.
  private static func usesOneThread(_ side: Int) -> Bool { (32...724).contains(side) }

  /// What a routine wants for work space.
  static func space(_ ask: (inout Space) -> Void) -> Space {
    var space = Space()
    ask(&space)
    return space
  }

  /// Space for `count` integers of ours, where a routine needs no other.
  static func integers(_ count: Int) -> Space {
    var space = Space()
    space.integer_count = Int64(max(count, 1))
    return space
  }
}
