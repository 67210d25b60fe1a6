import MartletIR
import MartletRuntime

/// Lines of any size and form: each is copied to where it is contiguous and complex, and back.
struct FittedLines: LineWork {
  enum Kind {
    case complex
    /// Real numbers to the first half of their spectrum.
    case real
    /// And back.
    case hermitian
  }

  private let kind: Kind
  private let isReal: Bool
  private let shape: LineShape
  private let inner: any LineWork
  private let before: (kernel: CPUKernel, slots: [Int64])
  /// What the other half of a spectrum is made from: the first one, backwards.
  private let mirrored: [Int64]
  private let behind: (kernel: CPUKernel, slots: [Int64])
  let scratchBytes: Int

  /// - Parameter isReal: whether the source holds real numbers.
  init(
    _ kind: Kind, isReal: Bool, _ shape: LineShape, _ scaling: LineScaling
  ) throws(MartletError) {
    self.kind = kind
    self.isReal = isReal
    self.shape = shape
    let (size, dtype) = (shape.size, shape.dtype)
    inner = try TransformPlans.contiguous(size, dtype, LineScaling(isInverse: false, scale: 1))
    let half = size / 2 + 1

    var kernel = PassKernel(
      radix: 1, dtype: dtype, source: isReal ? .real : .array, target: .array,
      sourceLane: .free, targetLane: .free, twiddles: .none)
    kernel.isSigned = !isReal
    var numbers = PassKernel.Numbers()
    numbers.lanes = kind == .hermitian ? half : size
    numbers.sourceLane = shape.source.point
    // Back is forth with the conjugate, where what comes out is real.
    let sign = kind == .hermitian ? -scaling.sourceSign : scaling.sourceSign
    numbers.sourceSign = sign
    before = (try kernel.compiled(), numbers.slots(dtype))
    numbers.lanes = size - half
    numbers.targetLane = -1
    numbers.sourceSign = -sign
    mirrored = numbers.slots(dtype)

    kernel = PassKernel(
      radix: 1, dtype: dtype, source: .array, target: kind == .hermitian ? .real : .array,
      targetLane: .free, twiddles: .none)
    kernel.isScaled = true
    numbers = PassKernel.Numbers()
    numbers.lanes = kind == .real ? half : size
    numbers.targetLane = shape.target.point
    numbers.realScale = scaling.realScale
    numbers.imaginaryScale = scaling.imaginaryScale
    behind = (try kernel.compiled(), numbers.slots(dtype))
    scratchBytes = 4 * size * dtype.itemSize + inner.scratchBytes
  }

  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    let (size, item) = (shape.size, shape.dtype.itemSize)
    let spectrum = scratch + 2 * size * item
    let rest = spectrum + 2 * size * item
    let (from, to) = (isReal ? item : 2 * item, kind == .hermitian ? item : 2 * item)
    for line in 0..<count {
      let source = source + line * shape.source.line * from
      HalfKernel.launch(before.kernel, before.slots, [source, scratch], count: 1)
      if kind == .hermitian {
        if size > 1 {
          HalfKernel.launch(
            before.kernel, mirrored,
            [source + shape.source.point * from, scratch + (size - 1) * 2 * item], count: 1)
        }
        // Real signals have none here, whatever the array says.
        for place in size % 2 == 0 ? [0, size / 2] : [0] {
          let imaginary = scratch + (2 * place + 1) * item
          imaginary.initializeMemory(as: UInt8.self, repeating: 0, count: item)
        }
      }
      inner.run(scratch, spectrum, scratch: rest, count: 1)
      HalfKernel.launch(
        behind.kernel, behind.slots, [spectrum, target + line * shape.target.line * to], count: 1)
    }
  }
}
