import MartletIR
import Testing

@testable import Martlet

/// Every row of the table against what NumPy says, the rules of the kernel language, and its own
/// derivative.
@Suite struct OperationsTests {
  // MARK: Signatures

  @Test func everyUFuncOfNumPyIsARow() {
    let names = Set(UFuncTypes.rows.map(\.name))
    let rows = Set(OperationTable.elementwise.map(\.name))
    #expect(names.subtracting(rows) == [])
    let extra = rows.subtracting(names)
    #expect(extra.isSubset(of: OperationTable.notUFuncs), "\(extra)")
    #expect(OperationTable.aliases == UFuncTypes.aliases)
    for (alias, name) in OperationTable.aliases {
      #expect(OperationTable.elementwise(named: alias)?.name == name)
    }
  }

  @Test func namesAreUnique() {
    let names = OperationTable.elementwise.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: UFuncTypes.rows.map(\.name))
  func loopsAreNumPysInOrder(name: String) throws {
    let expected = try #require(UFuncTypes.rows.first { $0.name == name })
    let row = try #require(OperationTable.elementwise(named: name))
    let isNumPys = row.loops.map { !($0.inputs + $0.outputs).contains(.bfloat16) }
    let loops = zip(row.loops, isNumPys).filter(\.1).map { text($0.0) }
    #expect(loops.joined(separator: " ") == expected.loops)
    // bfloat16 comes last, so that it changes no choice of NumPy's.
    #expect(isNumPys == isNumPys.sorted { $0 && !$1 })
    #expect(describe(row.identity, isTruth: name.hasPrefix("logical")) == expected.identity)
  }

  private func text(_ loop: TypedLoop) -> String {
    String(loop.inputs.map(\.code)) + "->" + String(loop.outputs.map(\.code))
  }

  private func describe(_ identity: Identity, isTruth: Bool) -> String {
    switch identity {
    case .none, .reorderable: "None"
    case .number(let value): isTruth ? (value == 0 ? "False" : "True") : "\(value)"
    case .negativeInfinity: "-inf"
    }
  }

  // MARK: Bodies

  /// Every loop of every row, on ordinary and special values: no operand of a wrong type, no
  /// divisor or shift count out of range, and results of the loop's types.
  @Test(arguments: OperationTable.elementwise.map(\.name))
  func bodiesKeepTheRulesOfTheKernelLanguage(name: String) throws {
    let row = try #require(OperationTable.elementwise(named: name))
    for loop in row.loops {
      let (kernel, count) = OperationsEvaluator.kernel(loop.inputs) { row($0) }
      try KernelVerifier.verify(kernel)
      for sample in samples(loop.inputs) {
        let results = try OperationsEvaluator.evaluate(kernel, sample, resultCount: count)
        #expect(results.map(\.dtype) == loop.outputs, "\(name) \(text(loop))")
      }
    }
  }

  private func samples(_ types: [DType]) -> [[Scalar]] {
    let values = types.map { type in
      [0, 1, -1, 3, .infinity, -.infinity, .nan].map { Scalar($0, type) }
        + [Scalar(Int64.min, type), Scalar(Int64.max, type)]
    }
    // A Latin square is enough to bring every value together with most others.
    return (0..<9).flatMap { shift in
      (0..<9).map { n in values.enumerated().map { $1[(n + shift * $0) % 9] } }
    }
  }

  @Test(arguments: UFuncValues.rows.indices)
  func valuesAreNumPys(number: Int) throws {
    let expected = UFuncValues.rows[number]
    let row = try #require(OperationTable.elementwise(named: expected.name))
    let types = expected.inputs.map { code in DType.allCases.first { $0.code == code }! }
    let loop = try #require(row.loops.first { $0.inputs == types })
    let output = loop.outputs[0]
    let edges = expected.inputs.map { UFuncValues.edges[$0]! }
    let pairs =
      edges.count == 1
      ? edges[0].map { [$0] } : edges[0].flatMap { a in edges[1].map { b in [a, b] } }
    #expect(pairs.count == expected.results.count)
    let (kernel, count) = OperationsEvaluator.kernel(types) { row($0) }
    for (pair, result) in zip(pairs, expected.results) {
      let inputs = zip(pair, types).map { scalar($0, $1) }
      if expected.name == "power", inputs[1].dtype.isSigned, inputs[1].asInt64 < 0 { continue }
      let value = try OperationsEvaluator.evaluate(kernel, inputs, resultCount: count)[0]
      let wanted = scalar(result, output)
      let bothNaN = value.asDouble.isNaN && wanted.asDouble.isNaN
      // Which of two zeros is the larger depends on the position in NumPy.
      let bothZero = picksOne.contains(expected.name) && value.isZero && wanted.isZero
      let message = "\(expected.name)(\(inputs.map(describe))) is \(describe(value))"
      #expect(bothNaN || bothZero || value == wanted, "\(message), not \(describe(wanted))")
    }
  }

  private let picksOne: Set<String> = ["maximum", "fmin"]

  private func scalar(_ bits: Int64, _ dtype: DType) -> Scalar {
    dtype.isInexact ? Scalar(dtype: dtype, low: UInt64(bitPattern: bits)) : Scalar(bits, dtype)
  }

  private func describe(_ scalar: Scalar) -> String {
    scalar.dtype.isInexact ? "\(scalar.asDouble)" : "\(scalar.asInt64)"
  }

  // MARK: Derivatives

  /// Rules against central differences, in `float64` inside each row's domain.
  @Test(arguments: OperationTable.elementwise.filter(\.isDifferentiable).map(\.name))
  func gradientsAreDerivatives(name: String) throws {
    let row = try #require(OperationTable.elementwise(named: name))
    guard case .rule(let rule) = row.gradient else { return }
    let loop = try #require(row.loops.last { $0.inputs[0] == .float64 })
    let (kernel, _) = OperationsEvaluator.kernel(loop.inputs) { row($0) }
    let (derivative, count) = OperationsEvaluator.kernel(loop.inputs) { inputs in
      rule(inputs[0].literal(1), inputs, row(inputs)[0])
    }
    #expect(count == loop.inputs.count)
    func value(_ x: [Double]) throws -> Double {
      let inputs = zip(x, loop.inputs).map { Scalar($0, $1) }
      return try OperationsEvaluator.evaluate(kernel, inputs, resultCount: 1)[0].asDouble
    }
    var generator = SplitMix(state: 7)
    var checked = 0
    for _ in 0..<40 {
      let x = loop.inputs.indices.map { n in
        let x = Double.random(in: range(row, n), using: &generator)
        return loop.inputs[n].isInteger ? x.rounded(.down) : x
      }
      let inputs = zip(x, loop.inputs).map { Scalar($0, $1) }
      let slopes = try OperationsEvaluator.evaluate(derivative, inputs, resultCount: count)
      for n in x.indices where loop.inputs[n].isFloating {
        let step = max(abs(x[n]), 1) * 1e-6
        let steps = try [2, 1, -1, -2].map { (k: Double) in
          var moved = x
          moved[n] += k * step
          return try value(moved)
        }
        let expected = (8 * (steps[1] - steps[2]) - (steps[0] - steps[3])) / (12 * step)
        // Where the two sides differ, a jump or a kink is near.
        let here = try value(x)
        let (right, left) = ((steps[1] - here) / step, (here - steps[2]) / step)
        if abs(right - left) > 1e-3 * max(1, abs(expected)) { continue }
        checked += 1
        #expect(
          abs(slopes[n].asDouble - expected) <= 1e-6 * max(1, abs(expected)),
          "\(name), input \(n), at \(x)")
      }
    }
    #expect(checked >= 20)
  }

  private func range(_ row: ElementwiseOperation, _ input: Int) -> ClosedRange<Double> {
    switch row.domain {
    case .all: -3...3
    case .ranges(let ranges): ranges[input]
    }
  }

  /// At equal inputs the gradient is shared, and powers of zero give no NaN.
  @Test func gradientsAtEdges() throws {
    func slopes(_ name: String, _ inputs: [Double]) throws -> [Double] {
      let row = try #require(OperationTable.elementwise(named: name))
      guard case .rule(let rule) = row.gradient else { return [] }
      return try OperationsEvaluator.evaluate(inputs.map { Scalar($0, .float64) }) { x in
        rule(x[0].literal(1), x, row(x)[0])
      }.map(\.asDouble)
    }
    #expect(try slopes("maximum", [2, 2]) == [0.5, 0.5])
    #expect(try slopes("maximum", [2, 3]) == [0, 1])
    #expect(try slopes("absolute", [0]) == [0])
    #expect(try slopes("power", [0, 2]) == [0, 0])
    #expect(try slopes("power", [0, 0])[0] == 0)
    #expect(try slopes("hypot", [0, 0]) == [0, 0])
    #expect(try slopes("logaddexp", [-.infinity, 1]) == [0, 1])
    #expect(try slopes("clip", [5, 1, 2]) == [0, 0, 1])
    #expect(try slopes("clip", [0, 1, 2]) == [0, 1, 0])
  }

  // MARK: Documentation

  @Test func everyRowIsDocumented() {
    for row in OperationTable.elementwise {
      #expect(row.summary.hasSuffix("."), "\(row.name)")
      if case .nonDifferentiable(let reason) = row.gradient { #expect(!reason.isEmpty) }
      if case .constant(let reason) = row.gradient { #expect(!reason.isEmpty) }
      if case .ranges(let ranges) = row.domain { #expect(ranges.count == row.inputCount) }
      #expect(row.loops.allSatisfy { $0.inputs.count == row.inputCount })
      #expect(row.loops.allSatisfy { $0.outputs.count == row.outputCount })
    }
  }
}

extension ElementwiseOperation {
  fileprivate var isDifferentiable: Bool {
    if case .rule = gradient { true } else { false }
  }
}

/// The same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
