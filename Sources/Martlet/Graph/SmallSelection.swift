import CMartlet
import MartletIR
import MartletRuntime

/// The short way of `where` for small arrays of one shape and dtype.
package enum SmallSelection {
  private static let types = 16

  /// Kernels by dtype. Entries only ever change from empty to filled.
  nonisolated(unsafe) private static let table: UnsafeMutablePointer<UnsafeRawPointer?> = {
    let table = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: types)
    table.initialize(repeating: nil, count: types)
    return table
  }()

  /// Takes the mask, two arrays and the result, and one slot, the number of elements; nil where
  /// there is no compiler.
  @inline(__always)
  package static func kernel(_ dtype: DType) -> UnsafeRawPointer? {
    table[Int(dtype.rawValue)] ?? prepare(dtype)
  }

  @inline(never)
  private static func prepare(_ dtype: DType) -> UnsafeRawPointer? {
    guard Debug.level == .off else { return nil }
    let b = KernelBuilder(name: "martlet_small_where")
    let mask = b.buffer(.bool, strides: [.unit])
    let inputs = (0..<2).map { _ in b.buffer(dtype, strides: [.unit]) }
    let out = b.buffer(dtype, strides: [.unit], access: .write)
    let count = b.slotValue(b.slot())
    b.loop(.vector, from: b.integer(0), to: count) { i in
      let chosen = b.load(mask, [i]).select(b.load(inputs[0], [i]), b.load(inputs[1], [i]))
      b.store(out, [i], chosen)
    }
    // A kernel that does not compile is an error of the long way too, which tells of it.
    guard let kernel = try? CPU.shared.compileForHost(b.finish()) else { return nil }
    table[Int(dtype.rawValue)] = kernel.directFunction
    return kernel.directFunction
  }

  @inline(__always)
  package static func call(
    _ function: UnsafeRawPointer, _ mask: UnsafeMutableRawPointer, _ a: UnsafeMutableRawPointer,
    _ b: UnsafeMutableRawPointer, _ out: UnsafeMutableRawPointer, count: Int
  ) {
    var buffers: InlineArray<4, UnsafeMutableRawPointer?> = [mask, a, b, out]
    var slots = Int64(count)
    withUnsafePointer(to: &buffers) { buffers in
      martlet_call_kernel(
        function, UnsafeRawPointer(buffers).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
        &slots, 0, 1)
    }
  }
}
