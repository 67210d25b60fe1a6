import MartletIR

/// Makes the examples of a subject, the same ones for the same seed.
struct CheckGenerator {
  private let subject: CheckSubject
  private let loop: Int
  private var state: UInt64

  /// More elements than one task of a kernel has.
  static let largeCount = 16384 + 37
  /// At most so many pairs of edge values are brought together.
  private static let maximumPairs = 1024

  init(_ subject: CheckSubject, loop: Int, seed: UInt64) {
    self.subject = subject
    self.loop = loop
    state = seed
    // FNV-1a, so that every operation and loop has numbers of its own.
    for byte in "\(subject.name) \(loop)".utf8 {
      state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
    }
  }

  // MARK: Examples

  /// The fixed examples of a loop, then some with other layouts. The layouts of a row's loops
  /// differ, so that all of them come up although each loop needs few kernels.
  ///
  /// - Parameter count: How many with other layouts; nil for as many as it takes.
  mutating func examples(_ count: Int?) -> [CheckExample] {
    if subject.form == .declared { return declared(count) }
    let layouts = CheckArrangement.allCases.count
    let count = count ?? max(1, (layouts + subject.loops.count - 1) / subject.loops.count)
    var result = subject.form == .elementwise ? elementwise() : alongAxis()
    for i in 0..<count { result.append(arranged(loop * count + i)) }
    return result
  }

  private mutating func elementwise() -> [CheckExample] {
    var result = [edges()]
    result.append(example([Self.largeCount], special: true))
    // One operand may be one number for all.
    result.append(example([], special: false))
    result.append(example([1], special: true))
    result.append(example([0, 3], special: false))
    return result
  }

  private mutating func alongAxis() -> [CheckExample] {
    var result = [edges()]
    result[0].axis = 0
    result.append(example([Self.largeCount], special: false, axis: 0))
    result.append(example([1], special: true, axis: 0))
    result.append(example([3, 0], special: false, axis: 0))
    if !subject.hasNoEmptyResult {
      result.append(example([0, 3], special: false, axis: 0))
    }
    return result
  }

  /// Layouts in turn, over two axes.
  private mutating func arranged(_ number: Int) -> CheckExample {
    let all: [CheckArrangement] = [.strided, .transposed, .reversed, .offset, .contiguous]
    let arrangement = all[number % all.count]
    // Transposed operands are walked in tiles of 64 by 64.
    let shape: Shape =
      arrangement == .transposed
      ? [integer(65...90), integer(65...90)] : [integer(2...9), integer(17...70)]
    var axis: Int?
    if subject.form == .alongAxis, subject.needsAxis || number % 3 != 2 {
      axis = (number + number / all.count) % 2
    }
    let isSpecial = subject.form == .elementwise ? number % 2 == 0 : subject.isExact
    var result = example(shape, special: isSpecial, axis: axis)
    for i in result.inputs.indices {
      result.inputs[i].arrangement = all[(number + i) % all.count]
    }
    // In place of a plain second layout, one operand is stretched along an axis.
    if arrangement == .contiguous {
      let i = result.inputs.count - 1
      let axis = number / all.count % 2
      result.inputs[i] = result.inputs[i].part(axis: axis, 0..<1)
    }
    return result
  }

  /// Inputs of the ranks that a signature says; those of several ranks share their last axes.
  private mutating func declared(_ count: Int?) -> [CheckExample] {
    let all = CheckArrangement.allCases
    let shapes =
      [[3, 5, 17, 33], [1, 1, 1, 1], [2, 3, 80, 70]]
      + (0..<(count ?? 2)).map { _ in
        [integer(2...3), integer(2...5), integer(2...9), integer(17...40)]
      }
    var result: [CheckExample] = []
    for (i, sizes) in shapes.enumerated() {
      var example = CheckExample(
        loop: loop, shape: [], inputs: [], isOrdinary: true, isBroadcast: false)
      for (j, dtype) in subject.loops[loop].inputs.enumerated() {
        let rank = subject.ranks[j]
        let shape = Shape(
          Array(repeating: 2, count: max(0, (rank ?? 0) - sizes.count))
            + sizes.suffix(rank ?? 0))
        let values = (0..<shape.elementCount).map { _ in number(j, special: false) }
        example.inputs.append(
          CheckInput(
            dtype: dtype, shape: shape, values: values,
            arrangement: i == 0 ? .contiguous : all[(i + j) % all.count], isNumber: rank == nil))
        if shape.rank > example.shape.rank { example.shape = shape }
      }
      result.append(example)
    }
    return result
  }

  /// Each edge value of every input with each of the others, as far as that is not too many, and
  /// random numbers.
  private mutating func edges() -> CheckExample {
    let inputs = subject.loops[loop].inputs
    let values = inputs.indices.map { edgeValues($0) }
    let product = values.reduce(1) { $0 * $1.count }
    var columns: [[Scalar]] = inputs.map { _ in [] }
    for i in 0..<min(product, Self.maximumPairs) {
      var rest = product <= Self.maximumPairs ? i : integer(0...(product - 1))
      for j in inputs.indices {
        columns[j].append(values[j][rest % values[j].count])
        rest /= values[j].count
      }
    }
    for _ in 0..<64 {
      for j in inputs.indices { columns[j].append(number(j, special: true)) }
    }
    return CheckExample(
      loop: loop, shape: [columns[0].count],
      inputs: zip(inputs, columns).map { dtype, column in
        CheckInput(dtype: dtype, shape: [column.count], values: column)
      }, isOrdinary: false)
  }

  private mutating func example(
    _ shape: Shape, special: Bool, axis: Int? = nil
  ) -> CheckExample {
    var inputs: [CheckInput] = []
    for (i, dtype) in subject.loops[loop].inputs.enumerated() {
      let edges = special ? edgeValues(i) : []
      var values: [Scalar] = []
      values.reserveCapacity(shape.elementCount)
      for _ in 0..<shape.elementCount {
        let isEdge = special && integer(0...3) == 0
        values.append(
          isEdge ? edges[integer(0...(edges.count - 1))] : number(i, special: special))
      }
      inputs.append(CheckInput(dtype: dtype, shape: shape, values: values))
    }
    return CheckExample(loop: loop, shape: shape, inputs: inputs, axis: axis, isOrdinary: !special)
  }

  // MARK: Numbers

  private mutating func next() -> UInt64 {
    // SplitMix64 (Steele, Lea and Flood, 2014).
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  private mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  private mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The range of the subject's domain for an input, nil where all numbers are.
  private func range(_ input: Int) -> ClosedRange<Double>? {
    guard case .ranges(let ranges) = subject.domain else { return nil }
    return ranges[min(input, ranges.count - 1)]
  }

  private func isNegativeRefused(_ input: Int) -> Bool { subject.nonnegativeInput == input }

  /// A random number of the domain; where all numbers are in it, `special` ones are of any size.
  private mutating func number(_ input: Int, special: Bool) -> Scalar {
    let dtype = subject.loops[loop].inputs[input]
    let range = range(input)
    let isWide = range == nil && special && integer(0...2) == 0
    if dtype == .bool { return Scalar(Int64(next() & 1), .bool) }
    if dtype.isInteger {
      if isWide, !isNegativeRefused(input) { return Scalar(Int64(bitPattern: next()), dtype) }
      var bounds = range ?? -100...100
      // A domain between two whole numbers means something else for integers.
      if subject.form == .alongAxis { bounds = -9...9 }
      let low =
        dtype.isUnsigned || isNegativeRefused(input) ? 0 : Int(bounds.lowerBound.rounded(.up))
      return Scalar(Int64(integer(low...max(low, Int(bounds.upperBound)))), dtype)
    }
    if isWide {
      let bits =
        dtype.realType.itemSize == 8 ? UInt64.max : (1 << UInt64(dtype.realType.itemSize * 8)) - 1
      return Scalar(
        dtype: dtype, low: quiet(next() & bits, dtype.realType),
        high: dtype.isComplex ? quiet(next() & bits, dtype.realType) : 0)
    }
    let bounds = range ?? -10...10
    let width = bounds.upperBound - bounds.lowerBound
    let real = bounds.lowerBound + fraction() * width
    guard dtype.isComplex else { return Scalar(real, dtype) }
    // Products stay near 1 where the domain is.
    let imaginary =
      subject.form == .alongAxis
      ? (fraction() - 0.5) * width : bounds.lowerBound + fraction() * width
    return Scalar(real: real, imaginary: imaginary, dtype)
  }

  /// The bits of a number, of a NaN the quiet one's: libraries disagree on signalling ones.
  private func quiet(_ bits: UInt64, _ dtype: DType) -> UInt64 {
    let isNaN = Scalar(dtype: dtype, low: bits).asDouble.isNaN
    return isNaN ? bits | (1 << UInt64(dtype.mantissaBits - 2)) : bits
  }

  /// The numbers where a type or the domain ends.
  private func edgeValues(_ input: Int) -> [Scalar] {
    let dtype = subject.loops[loop].inputs[input]
    if dtype == .bool { return [0, 1].map { Scalar(Int64($0), .bool) } }
    if dtype.isInteger {
      let bits = dtype.itemSize * 8
      var numbers: [Int64] = [0, 1, 2, 7, Int64(bits) - 1, Int64(bits)]
      if dtype.isUnsigned {
        numbers += [-1, -2, Int64.min >> Int64(64 - bits)]
      } else {
        let least = Int64.min >> Int64(64 - bits)
        numbers += [~least, ~least - 1]
        if !isNegativeRefused(input) { numbers += [-1, -2, -7, least, least + 1] }
      }
      return numbers.map { Scalar($0, dtype) }
    }
    let reals = Self.edgeReals(dtype.realType) + bounds(input, dtype.realType)
    guard dtype.isComplex else { return reals }
    // Every part with every other would be many: each edge with a few.
    let few = [0.0, -0.0, 1, -1, .infinity, .nan].map { Scalar($0, dtype.realType) }
    return reals.flatMap { real in
      few.flatMap { other in
        [
          Scalar(dtype: dtype, low: real.low, high: other.low),
          Scalar(dtype: dtype, low: other.low, high: real.low),
        ]
      }
    }
  }

  private func bounds(_ input: Int, _ dtype: DType) -> [Scalar] {
    range(input).map { [Scalar($0.lowerBound, dtype), Scalar($0.upperBound, dtype)] } ?? []
  }

  private static func edgeReals(_ dtype: DType) -> [Scalar] {
    let mantissa = UInt64(dtype.mantissaBits - 1)
    let bits = UInt64(dtype.itemSize * 8)
    let infinity = (((1 as UInt64) << (bits - 1 - mantissa)) - 1) << mantissa
    let one = Scalar(1.0, dtype).low
    let magnitudes: [UInt64] = [
      0, 1, (1 << mantissa) - 1, 1 << mantissa, one - 1, one, one + 1, Scalar(0.5, dtype).low,
      Scalar(2.0, dtype).low, infinity - 1, infinity,
    ]
    let sign = (1 as UInt64) << (bits - 1)
    return magnitudes.flatMap { low in
      [Scalar(dtype: dtype, low: low), Scalar(dtype: dtype, low: low | sign)]
    } + [Scalar(.nan, dtype)]
  }
}
