#if canImport(_Differentiation)
  import Martlet
  import MartletDifferentiation
  import Testing
  import _Differentiation

  /// Functions that Swift's compiler differentiates, against Martlet's own gradients.
  @Suite struct DifferentiationTests {
    private let x = NDArray([0.3, 0.7, 1.9])
    private let y = NDArray([1.5, -0.2, 0.4])

    private func agree(
      _ found: ArrayTangent, _ f: @escaping (NDArray) throws -> NDArray,
      _ location: SourceLocation = #_sourceLocation
    ) throws {
      let expected = try grad(f)(x)
      let slope = try #require(found.array, sourceLocation: location)
      #expect(slope.shape == expected.shape, sourceLocation: location)
      #expect(try allClose(slope, expected, rtol: 1e-12), sourceLocation: location)
    }

    @Test func operators() throws {
      let y = y
      try agree(gradient(at: x) { Double(total($0 * $0 + y / $0 - $0 ** y)) }) {
        try ($0 * $0 + y / $0 - $0 ** y).sum()
      }
      try agree(gradient(at: x) { Double(total(2 * $0 + $0 / 3.0 - 1.5 / $0)) }) {
        try (2 * $0 + $0 / 3.0 - 1.5 / $0).sum()
      }
      try agree(gradient(at: x) { Double(average(-$0 * 2.0 + $0 ** 3)) }) {
        try (-$0 * 2.0 + $0 ** 3).mean()
      }
    }

    @Test func functions() throws {
      let y = y
      try agree(gradient(at: x) { Double(total(exp(sin($0)) + log1p(abs($0)) * tanh($0))) }) {
        try (exp(sin($0)) + log1p(abs($0)) * tanh($0)).sum()
      }
      try agree(gradient(at: x) { Double(total(maximum($0, y) + hypot($0, y))) }) {
        try (maximum($0, y) + hypot($0, y)).sum()
      }
    }

    @Test func numbersAndBroadcastArrays() throws {
      let x = x
      let (byNumber, byArray) = gradient(at: 2.5, x) { a, x in Double(total(a * x * x)) }
      #expect(abs(byNumber - Double(try (x * x).sum())) < 1e-12)
      #expect(try allClose(#require(byArray.array), 5.0 * x))
      let bias = NDArray([[1.0], [2]])
      let slope = gradient(at: bias) { Double(total(($0 + x) ** 2)) }
      #expect(try #require(slope.array).shape == [2, 1])
    }

    @Test func productsAndFunctionsOfOnesOwn() throws {
      let w = NDArray([[1.0, 2, 3], [4, 5, 6]])
      try agree(gradient(at: x) { Double(total(tanh(w %*% $0))) }) { try tanh(w.matmul($0)).sum() }
      let energy = DifferentiableFunction { try ($0[1...] ** 2).sum() }
      try agree(gradient(at: x) { Double(energy($0)) + 1 }) { try ($0[1...] ** 2).sum() }
      let product = DifferentiableFunctionOfTwo { try ($0 * $1).sum() }
      let (a, b) = gradient(at: x, y) { Double(product($0, $1)) }
      #expect(a.array == y)
      #expect(b.array == x)
    }

    @Test func document() throws {
      let (x, y) = (NDArray([[1.0, 2], [3, 4]]), NDArray([0.5, 1]))
      let w = NDArray([0.1, 0.2])
      @differentiable(reverse)
      func loss(_ w: NDArray) -> Double { Double(average((tanh(x %*% w) - y) ** 2)) }
      let slope = gradient(at: w, of: loss).array
      let expected = try grad { (w: NDArray) in try ((tanh(x.matmul(w)) - y) ** 2).mean() }(w)
      #expect(try allClose(#require(slope), expected))
    }

    @Test func controlFlowAndStructures() throws {
      struct Line: Differentiable {
        var slope: NDArray
        var start: Double
        @differentiable(reverse)
        func callAsFunction(_ x: NDArray) -> NDArray { slope * x + start }
      }
      let (x, y) = (x, y)
      var line = Line(slope: NDArray(1.0), start: 0)
      @differentiable(reverse)
      func loss(_ line: Line) -> Double { Double(average((line(x) - y) ** 2)) }
      let before = loss(line)
      for _ in 0..<50 {
        var step = gradient(at: line, of: loss)
        step.slope.array = step.slope.array.map { -0.1 * $0 }
        step.start *= -0.1
        line.move(by: step)
      }
      #expect(loss(line) < 0.8 * before)

      try agree(
        gradient(at: x) { x in
          var result = x
          for _ in 0..<3 { result = result * x }
          return Double(total(result))
        }
      ) { try ($0 ** 4).sum() }
    }

    @Test func tangentsAddUp() {
      let a = ArrayTangent(NDArray([1.0, 2]))
      #expect(a + .zero == a)
      #expect(.zero + a == a)
      #expect((a - a).array == [0.0, 0])
      #expect((.zero - a).array == [-1.0, -2])
      var moved = NDArray([1.0, 1])
      moved.move(by: a)
      moved.move(by: .zero)
      #expect(moved == [2.0, 3])
    }
  }
#endif
