import MartletIR
import MartletRuntime

/// Contiguous real numbers to the first half of their spectrum or back, for even sizes whose half is
/// transformed in another way than by passes.
struct LongRealLines: LineWork {
  private let isForward: Bool
  private let plan: RealPlan
  private let shape: LineShape
  private let scaling: LineScaling
  private let inner: any LineWork
  private let kernel: CPUKernel
  private let slots: [Int64]
  let scratchBytes: Int

  init(
    _ plan: RealPlan, isForward: Bool, _ shape: LineShape, _ scaling: LineScaling
  ) throws(MartletError) {
    self.isForward = isForward
    self.plan = plan
    self.shape = shape
    self.scaling = scaling
    let (half, dtype) = (plan.half, shape.dtype)
    var numbers = HalfKernel.Numbers(
      lanes: half - 1, sourceLine: 0, sourcePoint: 1, targetLine: 0, targetPoint: 1)
    if isForward {
      inner = try TransformPlans.contiguous(half, dtype, LineScaling(isInverse: false, scale: 1))
      numbers.realScale = scaling.realScale / 2
      numbers.imaginaryScale = scaling.imaginaryScale / 2
    } else {
      var outer = LineScaling(isInverse: true, scale: scaling.realScale)
      outer.sourceSign = 1
      inner = try TransformPlans.contiguous(half, dtype, outer)
      numbers.sourceSign = scaling.sourceSign
      numbers.imaginaryScale = -1
    }
    slots = numbers.slots(dtype)
    kernel = try (isForward ? HalfKernel.split : .merge).compiled(
      dtype, pairs: .array, isUnit: true)
    scratchBytes = 2 * half * dtype.itemSize + inner.scratchBytes
  }

  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    let pair = 2 * shape.dtype.itemSize
    let rest = scratch + plan.half * pair
    for line in 0..<count {
      if isForward {
        let target = target + line * shape.target.line * pair
        inner.run(
          source + line * shape.source.line * shape.dtype.itemSize, scratch, scratch: rest,
          count: 1)
        relate(scratch, target)
        ends(scratch, target)
      } else {
        let source = source + line * shape.source.line * pair
        relate(source, scratch)
        ends(source, scratch)
        inner.run(
          scratch, target + line * shape.target.line * shape.dtype.itemSize, scratch: rest,
          count: 1)
      }
    }
  }

  private func relate(_ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) {
    let item = shape.dtype.itemSize
    HalfKernel.launch(
      kernel, slots,
      [
        source + 2 * item, source + 2 * (plan.half - 1) * item, target + 2 * item,
        plan.factors + item, plan.imaginaryFactors + item,
      ], count: 1)
  }

  private func ends(_ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) {
    if shape.dtype == .float64 {
      ends(Double.self, source, target)
    } else {
      ends(Float.self, source, target)
    }
  }

  /// The first and the last number of the spectrum, which are real and make the first pair.
  private func ends<Number: BinaryFloatingPoint>(
    _: Number.Type, _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer
  ) {
    let source = source.assumingMemoryBound(to: Number.self)
    let target = target.assumingMemoryBound(to: Number.self)
    if isForward {
      let (a, b) = (source[0], source[1])
      let (scale, zero) = (Number(scaling.realScale), Number(scaling.imaginaryScale) * 0)
      (target[0], target[1]) = ((a + b) * scale, zero)
      (target[2 * plan.half], target[2 * plan.half + 1]) = ((a - b) * scale, zero)
    } else {
      let (a, b) = (source[0], source[2 * plan.half])
      (target[0], target[1]) = (a + b, b - a)
    }
  }
}
