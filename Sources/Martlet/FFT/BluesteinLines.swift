import MartletIR
import MartletRuntime

/// Contiguous complex lines of any size, as a convolution whose transforms have a handy one.
/// (L. I. Bluestein, A linear filtering approach to the computation of the discrete Fourier
/// transform, 1970.)
final class BluesteinPlan: Sendable {
  let size: Int
  let dtype: DType
  /// The size of the convolution.
  let padded: Int
  /// The parts of exp(-πik²/n), then those of the transform of its conjugate, divided by `padded`.
  fileprivate let tables: Buffer

  /// - Throws: `.outOfMemory`, `.invalidArgument` for sizes that no memory holds.
  init(_ size: Int, _ dtype: DType) throws(MartletError) {
    guard size < 1 << 40 else { throw .outOfMemory(bytes: .max) }
    self.size = size
    self.dtype = dtype
    padded = Self.handySize(from: 2 * size - 1)
    tables = try Buffer(byteCount: 2 * (size + padded) * dtype.itemSize)
    let signal = try Buffer(zeroed: padded * 16)
    let spectrum = try Buffer(byteCount: padded * 16)
    let numbers = signal.pointer.assumingMemoryBound(to: Double.self)
    let roots = RootsOfUnity(2 * size)
    var square = 0
    for k in 0..<size {
      let root = roots[square]
      TransformTables.write(root.real, to: tables, at: k, dtype)
      TransformTables.write(root.imaginary, to: tables, at: size + k, dtype)
      for place in k == 0 ? [0] : [k, padded - k] {
        numbers[2 * place] = root.real / Double(padded)
        numbers[2 * place + 1] = -root.imaginary / Double(padded)
      }
      square = (square + 2 * k + 1) % (2 * size)
    }
    let work = try TransformPlans.contiguous(
      padded, .float64, LineScaling(isInverse: false, scale: 1))
    let scratch = try Buffer(byteCount: work.scratchBytes)
    work.run(signal.pointer, spectrum.pointer, scratch: scratch.pointer, count: 1)
    let result = spectrum.pointer.assumingMemoryBound(to: Double.self)
    for k in 0..<padded {
      TransformTables.write(result[2 * k], to: tables, at: 2 * size + k, dtype)
      TransformTables.write(result[2 * k + 1], to: tables, at: 2 * size + padded + k, dtype)
    }
    withExtendedLifetime((signal, spectrum, scratch)) {}
  }

  /// The next size that has no prime above 5.
  private static func handySize(from least: Int) -> Int {
    var best = 1
    while best < least { best *= 2 }
    var fives = 1
    while fives < best {
      var threes = fives
      while threes < best {
        var size = threes
        while size < least { size *= 2 }
        best = min(best, size)
        threes *= 3
      }
      fives *= 5
    }
    return best
  }
}

struct BluesteinLines: LineWork {
  private let plan: BluesteinPlan
  private let inner: any LineWork
  private let kernel: CPUKernel
  private let slots: (before: [Int64], between: [Int64], behind: [Int64])
  let scratchBytes: Int

  init(_ plan: BluesteinPlan, _ scaling: LineScaling) throws(MartletError) {
    self.plan = plan
    let dtype = plan.dtype
    inner = try TransformPlans.contiguous(
      plan.padded, dtype, LineScaling(isInverse: false, scale: 1))
    kernel = try MultiplyKernel.each.compiled(dtype)
    slots = (
      MultiplyKernel.slots(count: plan.size, sourceSign: scaling.sourceSign, dtype),
      MultiplyKernel.slots(count: plan.padded, imaginaryScale: -1, dtype),
      MultiplyKernel.slots(
        count: plan.size, sourceSign: -1, realScale: scaling.realScale,
        imaginaryScale: scaling.imaginaryScale, dtype)
    )
    scratchBytes = 4 * plan.padded * dtype.itemSize + inner.scratchBytes
  }

  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    let item = plan.dtype.itemSize
    let (size, padded) = (plan.size, plan.padded)
    let other = scratch + 2 * padded * item
    let rest = other + 2 * padded * item
    let chirp = plan.tables.pointer
    let filter = chirp + 2 * size * item
    let imaginaryChirp = chirp + size * item
    HalfKernel.launch(kernel, slots.before, [source, scratch, chirp, imaginaryChirp], count: 1)
    (scratch + 2 * size * item).initializeMemory(
      as: UInt8.self, repeating: 0, count: 2 * (padded - size) * item)
    inner.run(scratch, other, scratch: rest, count: 1)
    HalfKernel.launch(
      kernel, slots.between, [other, scratch, filter, filter + padded * item], count: 1)
    inner.run(scratch, other, scratch: rest, count: 1)
    HalfKernel.launch(kernel, slots.behind, [other, target, chirp, imaginaryChirp], count: 1)
  }
}
