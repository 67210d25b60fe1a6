import Martlet
import Testing

/// Swift's door to gradients; the rules themselves are tested against NumPy at the Python door.
struct GradientsTests {
  @Test func ordersOfAPolynomial() throws {
    let f = { (x: NDArray) in 5 * x * x + 3 * x - 2 }
    #expect(try grad(f)(NDArray(4.0)).values() == [43])
    #expect(try grad(grad(f))(NDArray(4.0)).values() == [10])
    #expect(try grad(grad(grad(f)))(NDArray(4.0)).values() == [0])
  }

  @Test func document() throws {
    let slope = grad { (x: NDArray) in 5 * x * x + 3 * x - 2 }
    let atFour = try slope(NDArray(4.0))  // 43
    #expect(try atFour.values() == [43])
  }

  @Test func valueAndGradientOfAWholeProgram() throws {
    let x = NDArray([1.0, 2, 3])
    let (value, gradient) = try valueAndGrad { (x: NDArray) in
      try exp(x).sum()
    }(x)
    let expected = exp(x)
    #expect(try gradient.values() as [Double] == expected.values())
    #expect(try value.values() as [Double] == expected.sum().values())
  }

  @Test func writesInPlaceAreDifferentiated() throws {
    let x = NDArray([1.0, 2, 3])
    let slope = grad { (x: NDArray) in
      var a = x
      a[1...] *= 2
      a[0] = a[1] * 3
      return try (a * a).sum()
    }
    // 36 x₁² + 4 x₁² + 4 x₂²
    #expect(try slope(x).values() == [0, 160, 24])
    #expect(try x.values() == [1.0, 2, 3])
  }

  @Test func twoArgumentsAndStructures() throws {
    struct Line: ArrayTree {
      var slope: NDArray
      var start: NDArray
      var leaves: [NDArray] { [slope, start] }
      func replacing(_ leaves: inout ArraySlice<NDArray>) -> Line {
        Line(slope: leaves.removeFirst(), start: leaves.removeFirst())
      }
    }
    let x = NDArray([1.0, 2, 3])
    let loss = { (line: Line) in
      try (line.slope * x + line.start).sum()
    }
    let found = try grad(loss)(Line(slope: NDArray(2.0), start: NDArray(0.5)))
    #expect(try found.slope.values() == [6])
    #expect(try found.start.values() == [3])

    let (a, b) = try grad { (a: NDArray, b: NDArray) in
      try (a * b).sum()
    }(x, x)
    #expect(try a.values() == [1.0, 2, 3])
    #expect(try b.values() == [1.0, 2, 3])

    let tree = try grad { (parts: [String: [NDArray]]) in
      try (parts["a"]![0] * parts["b"]![1]).sum()
    }(["a": [x], "b": [x, x]])
    #expect(try tree["b"]![0].values() == [0.0, 0, 0])
    #expect(try tree["b"]![1].values() == [1.0, 2, 3])
  }

  @Test func forwardAndWholeDerivatives() throws {
    let x = NDArray([1.0, 2])
    let square = { (x: NDArray) in x * x }
    let (_, tangent) = try jvp(x, NDArray([1.0, 0.5]), square)
    #expect(try tangent.values() == [2.0, 2])
    #expect(try jacobian(square)(x).values() == [2.0, 0, 0, 4])
    let cube = { (x: NDArray) in try (x * x * x).sum() }
    #expect(try hessian(cube)(x).values() == [6.0, 0, 0, 12])
    let (value, pullback) = try vjp(x, square)
    #expect(try value.values() == [1.0, 4])
    #expect(try pullback(NDArray([1.0, 0])).values() == [2.0, 0])
    #expect(try pullback(NDArray([0.0, 1])).values() == [0.0, 4])
  }

  @Test func constantsAndCheckpoints() throws {
    let x = NDArray([1.0, 2, 3])
    let slope = grad { (x: NDArray) in try (x * stopGradient(x)).sum() }
    #expect(try slope(x).values() == [1.0, 2, 3])
    let step = checkpoint { (x: NDArray) in x * x * x }
    #expect(
      try grad { (x: NDArray) in try step(x).sum() }(x).values() == [
        3.0, 12, 27,
      ])
  }

  @Test func whatHasNoneIsAnError() throws {
    let x = NDArray([1.0, 2, 3])
    // The numbers of an array that is being differentiated would be constants.
    let reading = grad { (x: NDArray) in
      let numbers = try x.elements(as: Double.self)
      return try NDArray(numbers).sum()
    }
    #expect(throws: MartletError.self) { try reading(x) }
    let identity = grad { (x: NDArray) in x }
    #expect(throws: MartletError.self) { try identity(NDArray([1, 2])) }
    let (_, pullback) = try vjp(x) { (x: NDArray) in x * 2 }
    #expect(throws: MartletError.self) { try pullback(NDArray([1.0])) }
    struct Failure: Error {}
    let own = grad { (x: NDArray) in
      if x.count == 3 { throw Failure() }
      return x
    }
    #expect(throws: Failure.self) { try own(x) }
    // The trace ended with the error.
    #expect(try (x + 1).values() == [2.0, 3, 4])
  }

  @Test func structuresAreMappedAndJoined() throws {
    let pair = ["a": [NDArray([1.0, 2])], "b": [NDArray(3.0)]]
    let doubled = pair.mapArrays { $0 * 2 }
    #expect(doubled["a"] == [NDArray([2.0, 4])])
    let sums = try pair.mapArrays(with: doubled) { try ($0 + $1).sum() }
    #expect(sums["a"] == [NDArray(9.0)])
    #expect(sums["b"] == [NDArray(9.0)])
  }
}
