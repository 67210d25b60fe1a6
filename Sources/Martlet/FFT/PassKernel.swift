import MartletIR
import MartletRuntime

/// One pass of a transform: butterflies of `radix` points, many at a time.
///
/// A pass knows points at a distance, in groups, in lines. It serves lines side by side (a lane is
/// a line) and a line by itself (a lane is a point) alike, and reads or writes an array's complex
/// numbers or the plan's own memory, where real and imaginary parts lie apart. So a plan is a few
/// passes that differ in numbers only (see `LinePlan`).
struct PassKernel: Hashable {
  /// Any odd prime, by loops over the points: code of every size would take long to compile.
  static let anyPrime = 0

  enum Place: Int {
    /// Complex numbers of an array.
    case array
    /// Parts that lie apart.
    case parts
    /// Real numbers: imaginary parts are 0 where they are read, and dropped where they are written.
    case real
  }
  /// How far apart neighbouring lanes are.
  enum Lane: Hashable {
    case unit
    case constant(Int)
    /// As the launch says.
    case free
  }
  /// What the results are multiplied by.
  enum Twiddles: Int {
    case none
    /// One factor for all lanes of a group.
    case perGroup
    /// One for each lane.
    case perLane
  }

  /// The points of a butterfly; `anyPrime` where the launch says how many.
  var radix: Int
  /// Of the parts.
  var dtype: DType
  var source: Place
  var target: Place
  var sourceLane = Lane.unit
  var targetLane = Lane.unit
  var twiddles: Twiddles
  /// Whether imaginary parts that are read are multiplied by `sourceSign`.
  var isSigned = false
  /// Whether parts that are written are multiplied by the scales.
  var isScaled = false

  /// The numbers of a launch, in their slots. Distances are in elements.
  struct Numbers {
    var groups = 1
    var lanes = 1
    var sourceLine = 0
    var sourceGroup = 0
    var sourcePoint = 0
    var sourceLane = 1
    var targetLine = 0
    var targetGroup = 0
    var targetPoint = 0
    var targetLane = 1
    /// How far apart the factors of two points are.
    var twiddlePoint = 0
    /// How many points there are, where the kernel does not say so.
    var radix = 0
    /// What imaginary parts that are read are multiplied by: -1 for inverse transforms.
    var sourceSign = 1.0
    /// What the parts that are written are multiplied by.
    var realScale = 1.0
    var imaginaryScale = 1.0

    func slots(_ dtype: DType) -> [Int64] {
      [
        groups, lanes, sourceLine, sourceGroup, sourcePoint, sourceLane, targetLine, targetGroup,
        targetPoint, targetLane, twiddlePoint, radix,
      ].map(Int64.init)
        + [sourceSign, realScale, imaginaryScale].map { PassKernel.bits($0, dtype) }
    }
  }

  /// A number as a slot holds it.
  static func bits(_ number: Double, _ dtype: DType) -> Int64 {
    dtype == .float64 ? Int64(bitPattern: number.bitPattern) : Int64(Float(number).bitPattern)
  }

  var key: KernelKey {
    var key = KernelKey()
    key.append(0x4000)
    key.append(source.rawValue | target.rawValue << 2 | twiddles.rawValue << 4)
    key.append((isSigned ? 1 : 0) | (isScaled ? 2 : 0))
    key.append(radix)
    key.append(Int(dtype.rawValue))
    for lane in [sourceLane, targetLane] {
      switch lane {
      case .unit: key.append(1)
      case .constant(let n): key.append(n + 1)
      case .free: key.append(0)
      }
    }
    return key
  }

  /// Compiles it, or finds it.
  func compiled() throws(MartletError) -> CPUKernel {
    try KernelLibrary.kernel(key) { build() }
  }

  /// Its buffers are source, target, factors and what `anyPrime` needs besides: the parts of
  /// exp(2πijk/r) for j, k in 1 ... (r - 1) / 2. Each is one buffer, or two of parts.
  func build() -> Kernel {
    let builder = KernelBuilder(name: "martlet_fft\(radix)")
    // A lane's results lie side by side.
    let isRun = targetLane == .constant(radix)
    let input = Memory(builder, source, dtype, stride(sourceLane, slot: 5), .read)
    let output = Memory(
      builder, target, dtype, stride(targetLane, slot: 9), .write, isRun: isRun)
    let factors =
      twiddles == .none ? nil : Memory(builder, .parts, dtype, .unit, .read)
    let roots =
      radix == Self.anyPrime ? Memory(builder, .parts, dtype, .unit, .read) : nil
    for _ in 0..<12 { _ = builder.slot() }
    for _ in 0..<3 { _ = builder.slot(for: dtype) }
    let numbers = (0..<12).map { builder.slotValue($0) }
    let zero = builder.integer(0)
    let sign = isSigned ? builder.slotValue(12, dtype) : nil
    let scales = isScaled ? (13...14).map { builder.slotValue($0, dtype) } : nil

    func scaled(_ value: Pair) -> Pair {
      guard let scales else { return value }
      return Pair(re: value.re * scales[0], im: value.im * scales[1])
    }
    func load(_ start: Expression, _ lane: Expression) -> Pair {
      var x = input.load(start, lane)
      if let sign { x.im = x.im * sign }
      return x
    }
    /// The factor of point k in 1 ..< r.
    func factor(_ k: Expression, _ group: Expression, _ lane: Expression) -> Pair? {
      let row = (k - 1) * numbers[10]
      return twiddles == .perGroup
        ? factors?.load(row + group, zero) : factors?.load(row, lane)
    }

    builder.tasks { line in
      let sourceLine = line * numbers[2]
      let targetLine = line * numbers[6]
      builder.loop(.serial, from: zero, to: numbers[0]) { group in
        let from = sourceLine + group * numbers[3]
        let to = targetLine + group * numbers[7]
        if let roots {
          let half = (numbers[11] - 1) >> builder.integer(1)
          builder.loop(.vector, from: zero, to: numbers[1]) { lane in
            func points(_ k: Expression) -> (Pair, Pair) {
              let (a, b) = (
                load(from + numbers[4] * k, lane), load(from + numbers[4] * (numbers[11] - k), lane)
              )
              return (a + b, a - b)
            }
            let first = load(from, lane)
            let total = Sum(builder, first)
            builder.loop(.serial, from: builder.integer(1), to: half + 1) { k in
              total.add(points(k).0)
            }
            output.store(to, lane, scaled(total.value))
            builder.loop(.serial, from: builder.integer(1), to: half + 1) { j in
              let even = Sum(builder, first)
              let odd = Sum(builder, Pair(re: first.re.literal(0), im: first.re.literal(0)))
              builder.loop(.serial, from: builder.integer(1), to: half + 1) { k in
                let (sum, difference) = points(k)
                let root = roots.load((j - 1) * half + k - 1, zero)
                even.add(sum * root.re)
                odd.add(difference * root.im)
              }
              for (k, value) in [
                (j, Pair.minusI(even.value, odd.value)),
                (numbers[11] - j, Pair.plusI(even.value, odd.value)),
              ] {
                let turned = factor(k, group, lane).map { value * $0 } ?? value
                output.store(to + numbers[8] * k, lane, scaled(turned))
              }
            }
          }
          return
        }
        let starts = (0..<radix).map { from + numbers[4] * builder.integer($0) }
        let ends = (0..<radix).map { to + numbers[8] * builder.integer($0) }
        // What all lanes share is read before them.
        let shared =
          twiddles == .perGroup
          ? (1..<max(radix, 1)).map { factor(builder.integer($0), group, zero) } : []
        builder.loop(.vector, from: zero, to: numbers[1]) { lane in
          var y = Butterfly.transform(starts.map { load($0, lane) })
          for n in y.indices.dropFirst() {
            let factor =
              twiddles == .perGroup ? shared[n - 1] : factor(builder.integer(n), group, lane)
            if let factor { y[n] = y[n] * factor }
          }
          y = y.map(scaled)
          if isRun {
            output.store(to, lane, run: y)
          } else {
            for (end, value) in zip(ends, y) { output.store(end, lane, value) }
          }
        }
      }
    }
    return builder.finish()
  }

  private func stride(_ lane: Lane, slot: Int) -> Stride {
    switch lane {
    case .unit: .unit
    case .constant(let n): .constant(n)
    case .free: .slot(slot)
    }
  }
}

/// Complex numbers in the memory of a kernel: in one buffer, or their parts in two.
struct Memory {
  private let builder: KernelBuilder
  private let place: PassKernel.Place
  private let buffers: [Int]

  init(
    _ builder: KernelBuilder, _ place: PassKernel.Place, _ dtype: DType, _ lane: Stride,
    _ access: BufferParameter.Access, isRun: Bool = false
  ) {
    self.builder = builder
    self.place = place
    var strides = [Stride.unit, lane]
    if isRun { strides.append(.unit) }
    let type = place == .array ? dtype.complexType : dtype
    buffers = (0..<place.bufferCount).map { _ in
      builder.buffer(type, strides: strides, access: access)
    }
  }

  func load(_ start: Expression, _ lane: Expression) -> Pair {
    let parts = buffers.map { builder.load($0, [start, lane]) }
    switch place {
    case .array: return Pair(re: parts[0].real, im: parts[0].imaginary)
    case .parts: return Pair(re: parts[0], im: parts[1])
    case .real: return Pair(re: parts[0], im: parts[0].literal(0))
    }
  }

  func store(_ start: Expression, _ lane: Expression, _ value: Pair) {
    switch place {
    case .array: builder.store(buffers[0], [start, lane], .complex(value.re, value.im))
    case .parts:
      builder.store(buffers[0], [start, lane], value.re)
      builder.store(buffers[1], [start, lane], value.im)
    case .real: builder.store(buffers[0], [start, lane], value.re)
    }
  }

  /// The parts of numbers that lie side by side: all of one kind after each other.
  func store(_ start: Expression, _ lane: Expression, run values: [Pair]) {
    for (n, value) in values.enumerated() {
      builder.store(buffers[0], [start, lane, builder.integer(n)], value.re)
    }
    for (n, value) in values.enumerated() {
      builder.store(buffers[1], [start, lane, builder.integer(n)], value.im)
    }
  }
}

/// A complex number that changes in a loop.
private struct Sum {
  private let builder: KernelBuilder
  private let re: Variable
  private let im: Variable

  init(_ builder: KernelBuilder, _ first: Pair) {
    self.builder = builder
    re = builder.declare(initial: first.re)
    im = builder.declare(initial: first.im)
  }

  var value: Pair { Pair(re: builder.read(re), im: builder.read(im)) }

  func add(_ other: Pair) {
    let sum = value + other
    builder.assign(re, sum.re)
    builder.assign(im, sum.im)
  }
}

extension PassKernel.Place {
  var bufferCount: Int { self == .parts ? 2 : 1 }
}
