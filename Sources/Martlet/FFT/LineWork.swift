import MartletIR
import MartletRuntime

/// What transforms lines of one form: the numbers of a call with the kernels that they go to. It
/// serves many threads, each with scratch memory of its own.
protocol LineWork: Sendable {
  var scratchBytes: Int { get }
  /// Transforms as many lines as it was made for, or fewer where it can, from and to these addresses.
  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int)
}

/// Where the lines of a call are, in elements of their arrays.
struct LineShape {
  var size: Int
  /// Of the parts.
  var dtype: DType
  var source: LineStrides
  var target: LineStrides
  /// How many lines a run takes.
  var lines: Int
}

/// Complex lines, by the passes of a `LinePlan`.
struct ComplexLines: LineWork {
  private let run: LineRun
  var scratchBytes: Int { run.scratchBytes }

  /// - Parameter isReal: whether the source holds real numbers.
  init(
    _ plan: LinePlan, _ shape: LineShape, lanes: LineForm.Lanes, isReal: Bool,
    _ scaling: LineScaling
  ) throws(MartletError) {
    let isLines = lanes == .lines
    let program = try plan.program(
      LineForm(
        source: isReal ? .real : .array,
        sourceIsUnit: (isLines ? shape.source.line : shape.source.point) == 1, target: .array,
        targetIsUnit: (isLines ? shape.target.line : shape.target.point) == 1, lanes: lanes))
    run = LineRun(
      program, lines: shape.lines, source: shape.source, target: shape.target, scaling)
  }

  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    run.run((source, nil), (target, nil), scratch: scratch, count: count)
  }
}

/// Lines of real numbers to the first halves of their spectra, for even sizes.
struct RealLines: LineWork {
  private let pairs: LineRun
  private let kernel: CPUKernel
  private let slots: [Int64]
  private let plan: RealPlan
  private let shape: LineShape
  private let scaling: LineScaling
  let scratchBytes: Int

  init(
    _ plan: RealPlan, _ lines: LinePlan, _ shape: LineShape, _ scaling: LineScaling
  ) throws(MartletError) {
    let half = plan.half
    self.plan = plan
    self.shape = shape
    self.scaling = scaling
    let isUnit = shape.source.point == 1
    let program = try lines.program(
      LineForm(
        source: isUnit ? .array : .parts, sourceIsUnit: isUnit, target: .parts,
        targetIsUnit: true, lanes: .points))
    // Neighbours are a complex number where they lie side by side; that may begin at any of them.
    let pair = LineStrides(
      point: isUnit ? 1 : 2 * shape.source.point,
      line: isUnit ? shape.source.line / 2 : shape.source.line)
    pairs = LineRun(
      program, lines: shape.lines, source: pair, target: LineStrides(point: 1, line: half),
      LineScaling(isInverse: false, scale: 1))
    kernel = try HalfKernel.split.compiled(
      shape.dtype, pairs: .parts, isUnit: shape.target.point == 1)
    var numbers = HalfKernel.Numbers(
      lanes: half - 1, sourceLine: half, sourcePoint: 1, targetLine: shape.target.line,
      targetPoint: shape.target.point)
    numbers.realScale = scaling.realScale / 2
    numbers.imaginaryScale = scaling.imaginaryScale / 2
    slots = numbers.slots(shape.dtype)
    scratchBytes = pairs.scratchBytes + 2 * half * shape.lines * shape.dtype.itemSize
  }

  /// Whether lines of pairs can be told by one number.
  static func serves(_ shape: LineShape) -> Bool {
    shape.source.point != 1 || shape.source.line % 2 == 0
  }

  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    let (half, item) = (plan.half, shape.dtype.itemSize)
    let (re, im) = (scratch, scratch + half * shape.lines * item)
    pairs.run(
      (source, source + shape.source.point * item), (re, im),
      scratch: scratch + 2 * half * shape.lines * item, count: count)
    HalfKernel.launch(
      kernel, slots,
      [
        re + item, im + item, re + (half - 1) * item, im + (half - 1) * item,
        target + 2 * shape.target.point * item, plan.factors + item,
        plan.imaginaryFactors + item,
      ], count: count)
    if shape.dtype == .float64 {
      ends(Double.self, re, im, target, count)
    } else {
      ends(Float.self, re, im, target, count)
    }
  }

  /// The first and the last number of each spectrum, which are real.
  private func ends<Number: BinaryFloatingPoint>(
    _: Number.Type, _ re: UnsafeMutableRawPointer, _ im: UnsafeMutableRawPointer,
    _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    let re = re.assumingMemoryBound(to: Number.self)
    let im = im.assumingMemoryBound(to: Number.self)
    let target = target.assumingMemoryBound(to: Number.self)
    let scale = Number(scaling.realScale)
    let zero = Number(scaling.imaginaryScale) * 0
    for line in 0..<count {
      let (a, b) = (re[line * plan.half], im[line * plan.half])
      let first = target + 2 * line * shape.target.line
      let last = first + 2 * plan.half * shape.target.point
      (first[0], first[1]) = ((a + b) * scale, zero)
      (last[0], last[1]) = ((a - b) * scale, zero)
    }
  }
}

/// The first halves of spectra of real numbers to these, for even sizes.
struct HermitianLines: LineWork {
  private let pairs: LineRun
  private let kernel: CPUKernel
  private let slots: [Int64]
  private let plan: RealPlan
  private let shape: LineShape
  let scratchBytes: Int

  init(
    _ plan: RealPlan, _ lines: LinePlan, _ shape: LineShape, _ scaling: LineScaling
  ) throws(MartletError) {
    let half = plan.half
    self.plan = plan
    self.shape = shape
    let isUnit = shape.target.point == 1
    let program = try lines.program(
      LineForm(
        source: .parts, sourceIsUnit: true, target: isUnit ? .array : .parts,
        targetIsUnit: isUnit, lanes: .points))
    let pair = LineStrides(
      point: isUnit ? 1 : 2 * shape.target.point,
      line: isUnit ? shape.target.line / 2 : shape.target.line)
    var outer = LineScaling(isInverse: true, scale: scaling.realScale)
    outer.sourceSign = 1
    pairs = LineRun(
      program, lines: shape.lines, source: LineStrides(point: 1, line: half), target: pair, outer)
    kernel = try HalfKernel.merge.compiled(
      shape.dtype, pairs: .parts, isUnit: shape.source.point == 1)
    var numbers = HalfKernel.Numbers(
      lanes: half - 1, sourceLine: shape.source.line, sourcePoint: shape.source.point,
      targetLine: half, targetPoint: 1)
    numbers.sourceSign = scaling.sourceSign
    numbers.imaginaryScale = -1
    slots = numbers.slots(shape.dtype)
    scratchBytes = pairs.scratchBytes + 2 * half * shape.lines * shape.dtype.itemSize
  }

  static func serves(_ shape: LineShape) -> Bool {
    shape.target.point != 1 || shape.target.line % 2 == 0
  }

  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    let (half, item) = (plan.half, shape.dtype.itemSize)
    let (re, im) = (scratch, scratch + half * shape.lines * item)
    let step = 2 * shape.source.point * item
    HalfKernel.launch(
      kernel, slots,
      [
        source + step, source + (half - 1) * step, re + item, im + item, plan.factors + item,
        plan.imaginaryFactors + item,
      ], count: count)
    if shape.dtype == .float64 {
      ends(Double.self, source, re, im, count)
    } else {
      ends(Float.self, source, re, im, count)
    }
    pairs.run(
      (re, im), (target, target + shape.target.point * item),
      scratch: scratch + 2 * half * shape.lines * item, count: count)
  }

  /// The first pair, of the two numbers whose imaginary parts are none, whatever the array says.
  private func ends<Number: BinaryFloatingPoint>(
    _: Number.Type, _ source: UnsafeMutableRawPointer, _ re: UnsafeMutableRawPointer,
    _ im: UnsafeMutableRawPointer, _ count: Int
  ) {
    let source = source.assumingMemoryBound(to: Number.self)
    let re = re.assumingMemoryBound(to: Number.self)
    let im = im.assumingMemoryBound(to: Number.self)
    for line in 0..<count {
      let first = source + 2 * line * shape.source.line
      let (a, b) = (first[0], first[2 * plan.half * shape.source.point])
      re[line * plan.half] = a + b
      im[line * plan.half] = b - a
    }
  }
}

extension HalfKernel {
  static func launch(
    _ kernel: CPUKernel, _ slots: [Int64], _ buffers: [UnsafeMutableRawPointer?], count: Int
  ) {
    buffers.withUnsafeBufferPointer { buffers in
      slots.withUnsafeBufferPointer { slots in
        kernel.run(buffers: buffers.baseAddress, slots: slots.baseAddress, begin: 0, end: count)
      }
    }
  }
}

/// The factors for an even number of real numbers.
final class RealPlan: Sendable {
  /// How many pairs there are.
  let half: Int
  private let dtype: DType
  private let table: Buffer

  /// - Throws: `.outOfMemory`.
  init(half: Int, _ dtype: DType) throws(MartletError) {
    self.half = half
    self.dtype = dtype
    table = try Buffer(byteCount: 2 * half * dtype.itemSize)
    let roots = RootsOfUnity(2 * half)
    for k in 0..<half {
      let root = roots[k]
      // -i exp(-πik/half)
      TransformTables.write(root.imaginary, to: table, at: k, dtype)
      TransformTables.write(-root.real, to: table, at: half + k, dtype)
    }
  }

  var factors: UnsafeMutableRawPointer { table.pointer }
  var imaginaryFactors: UnsafeMutableRawPointer { table.pointer + half * dtype.itemSize }
}

enum TransformTables {
  /// Writes a number of a table as its type has it.
  static func write(_ number: Double, to table: Buffer, at place: Int, _ dtype: DType) {
    if dtype == .float64 {
      table.pointer.storeBytes(of: number, toByteOffset: place * 8, as: Double.self)
    } else {
      table.pointer.storeBytes(of: Float(number), toByteOffset: place * 4, as: Float.self)
    }
  }
}
