import MartletIR
import MartletRuntime

/// What a transform of n real numbers needs besides the one of n/2 complex numbers that they are when
/// read in pairs: the halves of the signal, those at even and at odd places, are told apart in the
/// spectrum by its symmetry, and put together.
enum HalfKernel: Int {
  /// From the transform of the pairs to the first half of the spectrum.
  case split
  /// Back, to the conjugate of what the transform of the pairs is the inverse of.
  case merge

  /// The numbers of a launch. Distances are in elements.
  struct Numbers {
    /// n / 2 - 1.
    var lanes: Int
    var sourceLine: Int
    var sourcePoint: Int
    var targetLine: Int
    var targetPoint: Int
    /// What imaginary parts that are read are multiplied by.
    var sourceSign = 1.0
    var realScale = 1.0
    var imaginaryScale = 1.0
  }

  /// The kernel over points 1 ..< n/2. Its buffers: the source from point 1 on, the source from
  /// point n/2 - 1 on, which it reads backwards, the target from point 1 on, the parts of the
  /// factors from that of point 1 on. One side is the array with the half of a spectrum, the other
  /// the pairs.
  func compiled(
    _ dtype: DType, pairs: PassKernel.Place, isUnit: Bool
  ) throws(MartletError) -> CPUKernel {
    var key = KernelKey()
    key.append(0x4001)
    key.append(rawValue | (isUnit ? 2 : 0) | pairs.rawValue << 2)
    key.append(Int(dtype.rawValue))
    return try KernelLibrary.kernel(key) { build(dtype, pairs, isUnit: isUnit) }
  }

  private func build(
    _ dtype: DType, _ pairs: PassKernel.Place, isUnit: Bool
  ) -> Kernel {
    let builder = KernelBuilder(name: "martlet_fft_half")
    let (from, to): (PassKernel.Place, PassKernel.Place) =
      self == .split ? (pairs, .array) : (.array, pairs)
    let isFree = (source: self == .merge && !isUnit, target: self == .split && !isUnit)
    let ahead = Memory(builder, from, dtype, isFree.source ? .slot(2) : .unit, .read)
    let behind = Memory(builder, from, dtype, isFree.source ? .slot(3) : .constant(-1), .read)
    let output = Memory(builder, to, dtype, isFree.target ? .slot(5) : .unit, .write)
    let factors = Memory(builder, .parts, dtype, .unit, .read)
    for _ in 0..<6 { _ = builder.slot() }
    for _ in 0..<3 { _ = builder.slot(for: dtype) }
    let zero = builder.integer(0)
    let (count, sourceLine) = (builder.slotValue(0), builder.slotValue(1))
    let targetLine = builder.slotValue(4)
    let numbers = (6..<9).map { builder.slotValue($0, dtype) }
    builder.tasks { line in
      builder.loop(.vector, from: zero, to: count) { lane in
        var a = ahead.load(line * sourceLine, lane)
        var b = behind.load(line * sourceLine, lane)
        if self == .merge { (a.im, b.im) = (a.im * numbers[0], b.im * numbers[0]) }
        // b counts by its conjugate.
        let even = Pair(re: a.re + b.re, im: a.im - b.im)
        let odd = Pair(re: a.re - b.re, im: a.im + b.im)
        let factor = factors.load(zero, lane)
        let turned =
          self == .split
          ? odd * factor
          : Pair(
            re: odd.re * factor.re + odd.im * factor.im,
            im: odd.im * factor.re - odd.re * factor.im)
        let sum = even + turned
        output.store(
          line * targetLine, lane, Pair(re: sum.re * numbers[1], im: sum.im * numbers[2]))
      }
    }
    return builder.finish()
  }
}

extension HalfKernel.Numbers {
  func slots(_ dtype: DType) -> [Int64] {
    [lanes, sourceLine, sourcePoint, -sourcePoint, targetLine, targetPoint].map(Int64.init)
      + [sourceSign, realScale, imaginaryScale].map { PassKernel.bits($0, dtype) }
  }
}
