import MartletIR
import MartletRuntime

/// Multiplies complex numbers of an array by factors whose parts lie apart.
enum MultiplyKernel: Int {
  /// By one factor each: what `BluesteinLines` does before and behind.
  case each
  /// By a factor of their own and one that the row has: a row is a task.
  case eachAndRow

  /// Buffers: the source array, the target (an array for `each`, parts else), the parts of the
  /// numbers' factors, and those of the rows' factors. Slots: numbers in a row, the distance of rows;
  /// what imaginary parts that are read are multiplied by, and the parts that are written.
  func compiled(_ dtype: DType) throws(MartletError) -> CPUKernel {
    var key = KernelKey()
    key.append(0x4002)
    key.append(rawValue)
    key.append(Int(dtype.rawValue))
    return try KernelLibrary.kernel(key) { build(dtype) }
  }

  static func slots(
    count: Int, row: Int = 0, sourceSign: Double = 1, realScale: Double = 1,
    imaginaryScale: Double = 1, _ dtype: DType
  ) -> [Int64] {
    [Int64(count), Int64(row)]
      + [sourceSign, realScale, imaginaryScale].map { PassKernel.bits($0, dtype) }
  }

  private func build(_ dtype: DType) -> Kernel {
    let builder = KernelBuilder(name: "martlet_fft_multiply")
    let input = Memory(builder, .array, dtype, .unit, .read)
    let output = Memory(builder, self == .each ? .array : .parts, dtype, .unit, .write)
    let factors = Memory(builder, .parts, dtype, .unit, .read)
    let rowFactors = self == .each ? nil : Memory(builder, .parts, dtype, .unit, .read)
    for _ in 0..<2 { _ = builder.slot() }
    for _ in 0..<3 { _ = builder.slot(for: dtype) }
    let zero = builder.integer(0)
    let (count, distance) = (builder.slotValue(0), builder.slotValue(1))
    let numbers = (2..<5).map { builder.slotValue($0, dtype) }
    builder.tasks { row in
      let own = rowFactors?.load(row, zero)
      builder.loop(.vector, from: zero, to: count) { lane in
        var x = input.load(row * distance, lane)
        x.im = x.im * numbers[0]
        var factor = factors.load(zero, lane)
        if let own { factor = factor * own }
        let y = x * factor
        output.store(
          row * distance, lane, Pair(re: y.re * numbers[1], im: y.im * numbers[2]))
      }
    }
    return builder.finish()
  }
}
