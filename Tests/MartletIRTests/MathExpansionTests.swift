import MartletIR
import Testing

@Suite struct MathExpansionTests {
  /// Values of which some are huge, far enough apart that some strips have none.
  private static let inputs: [Double] = (0..<2100).map { (i: Int) -> Double in
    if i == 5 || i == 1030 { return 1e22 }
    return Double(i) * 0.37 - 400
  }

  /// `body` at each element of two buffers into a third.
  private func elementwise(
    _ inputs: [[Double]], _ body: (_ builder: KernelBuilder, _ values: [Expression]) -> Expression
  ) -> (expanded: Kernel, results: [UInt64]) {
    let builder = KernelBuilder(name: "elementwise")
    let buffers = inputs.map { _ in builder.buffer(.float64, strides: [.unit]) }
    let output = builder.buffer(.float64, strides: [.unit], access: .write)
    builder.loop(.vector, from: builder.integer(0), to: builder.integer(inputs[0].count)) { i in
      builder.store(output, [i], body(builder, buffers.map { builder.load($0, [i]) }))
    }
    let kernel = MathLibrary.expand(builder.finish())
    let bits = inputs.map { $0.map(\.bitPattern) }
    var evaluator = MathEvaluator(
      kernel, buffers: bits + [Array(repeating: 0, count: inputs[0].count)])
    evaluator.run()
    return (kernel, evaluator.buffers[inputs.count])
  }

  private func calls(_ statements: [Statement]) -> Int {
    statements.reduce(0) { count, statement in
      switch statement {
      case .define(_, .call): count + 1
      case .loop(let loop): count + calls(loop.body)
      case .branch(_, let then, let otherwise): count + calls(then) + calls(otherwise)
      case .whileLoop(let condition, _, let body): count + calls(condition) + calls(body)
      case .fold(let fold): count + calls(fold.body)
      default: count
      }
    }
  }

  @Test("a vector loop with rare cases gives the bits of the plain body")
  func rareCasesInStrips() {
    for function in [MathFunction.sin, .cos, .tan, .exp] {
      let (kernel, results) = elementwise([Self.inputs]) { _, values in values[0].call(function) }
      #expect(calls(kernel.body) == 0)
      for i in [0, 5, 6, 1023, 1024, 1030, 2048, 2099] {
        let expected = MathEvaluator.call(.float64, [Self.inputs[i].bitPattern]) {
          MathLibrary.expression(function, $0)
        }
        #expect(results[i] == expected, "\(function) of \(Self.inputs[i])")
      }
    }
  }

  @Test func remainders() {
    let divisors = Self.inputs.indices.map { Double($0 % 7) - 3 }
    let (_, results) = elementwise([Self.inputs, divisors]) { $1[0].call(.fmod, $1[1]) }
    for i in Self.inputs.indices {
      let expected = Self.inputs[i].truncatingRemainder(dividingBy: divisors[i])
      let result = Double(bitPattern: results[i])
      #expect(expected.isNaN ? result.isNaN : result == expected, "\(Self.inputs[i])")
    }
  }

  @Test func nestedCalls() {
    let (_, results) = elementwise([Self.inputs]) { ($1[0].call(.sin) * 1e300).call(.cos) }
    for i in [0, 5, 1030, 2050] {
      let expected = MathEvaluator.call(.float64, [Self.inputs[i].bitPattern]) {
        MathLibrary.expression(.cos, [MathLibrary.expression(.sin, $0) * 1e300])
      }
      #expect(results[i] == expected)
    }
  }

  /// A sum keeps its lanes across strips; and an argument that depends on the sum can't be looked
  /// at ahead.
  @Test(arguments: [false, true])
  func reductions(_ feedsBack: Bool) {
    func sum(_ write: (Expression) -> Expression) -> UInt64 {
      let builder = KernelBuilder(name: "sum")
      let input = builder.buffer(.float64, strides: [.unit])
      let output = builder.buffer(.float64, strides: [.unit], access: .write)
      let total = builder.declare(lanes: 8, initial: builder.constant(0, .float64))
      let count = builder.integer(Self.inputs.count)
      builder.loop(.vector, from: builder.integer(0), to: count) { i in
        let x = builder.load(input, [i])
        let before = builder.read(total)
        builder.assign(total, before + write(feedsBack ? x + before : x))
      }
      let result = builder.fold([total], lanes: 8) { [$0[0] + $1[0]] }
      builder.store(output, [builder.integer(0)], result[0])
      var evaluator = MathEvaluator(
        MathLibrary.expand(builder.finish()), buffers: [Self.inputs.map(\.bitPattern), [0]])
      evaluator.run()
      return evaluator.buffers[1][0]
    }
    #expect(sum { $0.call(.sin) } == sum { MathLibrary.expression(.sin, [$0]) })
  }

  @Test("outside vector loops the rare work is in a branch")
  func scalarCode() {
    let builder = KernelBuilder(name: "scalar")
    let output = builder.buffer(.float64, strides: [.unit], access: .write)
    builder.store(output, [builder.integer(0)], builder.constant(1e22, .float64).call(.sin))
    var evaluator = MathEvaluator(MathLibrary.expand(builder.finish()), buffers: [[0]])
    evaluator.run()
    #expect(abs(Double(bitPattern: evaluator.buffers[0][0]) - -0.8522008497671888) < 1e-15)
  }

  @Test func rewriterCopiesEveryStatement() {
    let builder = KernelBuilder(name: "copy")
    let output = builder.buffer(.int64, strides: [.unit], access: .write)
    let counter = builder.declare(initial: builder.integer(0))
    builder.whileLoop({ builder.read(counter) < builder.integer(5) }) {
      let value = builder.read(counter)
      builder.branch(
        value == builder.integer(3),
        then: {
          builder.store(output, [builder.integer(0)], value * value)
        })
      builder.assign(counter, value + builder.integer(1))
    }
    builder.loop(from: builder.integer(1), to: builder.integer(3)) { i in
      builder.store(output, [i], i)
    }
    let kernel = builder.finish()
    let copy = KernelRewriter.rewrite(kernel) { _, _, _ in nil }
    #expect(copy == kernel)
    var evaluator = MathEvaluator(copy, buffers: [[0, 0, 0]])
    evaluator.run()
    #expect(evaluator.buffers[0] == [9, 1, 2])
  }
}
