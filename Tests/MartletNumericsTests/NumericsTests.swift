import ComplexModule
import Martlet
import MartletNumerics
import RealModule
import Testing

/// Arrays beside swift-numerics.
@Suite struct NumericsTests {
  typealias Complex = ComplexModule.Complex

  private static let points = [-3.5, -2, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2, 7.25]

  struct Pair {
    let name: String
    let array: (NDArray) -> NDArray
    let number: (Double) -> Double

    init(
      _ name: String, _ array: @escaping (NDArray) -> NDArray,
      _ number: @escaping (Double) -> Double
    ) {
      (self.name, self.array, self.number) = (name, array, number)
    }
  }

  static var functions: [Pair] {
    [
      Pair("exp", { .exp($0) }, { .exp($0) }),
      Pair("expMinusOne", { .expMinusOne($0) }, { .expMinusOne($0) }),
      Pair("exp2", { .exp2($0) }, { .exp2($0) }),
      Pair("exp10", { .exp10($0) }, { .exp10($0) }),
      Pair("log", { .log($0) }, { .log($0) }),
      Pair("log2", { .log2($0) }, { .log2($0) }),
      Pair("log10", { .log10($0) }, { .log10($0) }),
      Pair("cos", { .cos($0) }, { .cos($0) }),
      Pair("sin", { .sin($0) }, { .sin($0) }),
      Pair("tan", { .tan($0) }, { .tan($0) }),
      Pair("acos", { .acos($0) }, { .acos($0) }),
      Pair("asin", { .asin($0) }, { .asin($0) }),
      Pair("atan", { .atan($0) }, { .atan($0) }),
      Pair("cosh", { .cosh($0) }, { .cosh($0) }),
      Pair("sinh", { .sinh($0) }, { .sinh($0) }),
      Pair("tanh", { .tanh($0) }, { .tanh($0) }),
      Pair("acosh", { .acosh($0) }, { .acosh($0) }),
      Pair("asinh", { .asinh($0) }, { .asinh($0) }),
      Pair("atanh", { .atanh($0) }, { .atanh($0) }),
      Pair("sqrt", { .sqrt($0) }, { .sqrt($0) }),
      Pair("erf", { .erf($0) }, { .erf($0) }),
      Pair("erfc", { .erfc($0) }, { .erfc($0) }),
      Pair("gamma", { .gamma($0) }, { .gamma($0) }),
      Pair("logGamma", { .logGamma($0) }, { .logGamma($0) }),
      Pair("log(onePlus:)", { .log(onePlus: $0) }, { .log(onePlus: $0) }),
      Pair("cube", { .pow($0, 3) }, { .pow($0, 3) }),
      Pair("root 2", { .root($0, 2) }, { .root($0, 2) }),
      Pair("root 3", { .root($0, 3) }, { .root($0, 3) }),
      Pair("root 5", { .root($0, 5) }, { .root($0, 5) }),
      Pair("root -2", { .root($0, -2) }, { .root($0, -2) }),
    ]
  }

  @Test(arguments: functions.map(\.name)) func functionsAreNumerics(_ name: String) throws {
    let function = try #require(Self.functions.first { $0.name == name })
    let found = try function.array(NDArray(Self.points)).elements(as: Double.self)
    for (x, value) in zip(Self.points, found) {
      let expected = function.number(x)
      let isNear = abs(value - expected) <= 1e-14 * max(1, abs(expected))
      #expect(isNear || value == expected || value.isNaN && expected.isNaN, "\(x)")
    }
  }

  @Test func functionsOfTwo() throws {
    let others = [2.0, 3, -0.5, 0, 1]
    let (x, y) = (NDArray(Self.points)[.all, .newAxis], NDArray(others))
    let powers = try NDArray.pow(x, y).elements(as: Double.self)
    let angles = try NDArray.atan2(y: x, x: y).elements(as: Double.self)
    let sides = try NDArray.hypot(x, y).elements(as: Double.self)
    var place = 0
    for x in Self.points {
      for y in others {
        let power = Double.pow(x, y)
        #expect(powers[place].isNaN == power.isNaN, "\(x) \(y)")
        #expect(power.isNaN || powers[place] == power || abs(powers[place] / power - 1) < 1e-14)
        #expect(abs(angles[place] - Double.atan2(y: x, x: y)) < 1e-14)
        #expect(abs(sides[place] - Double.hypot(x, y)) < 1e-14)
        place += 1
      }
    }
  }

  @Test func typesAreKept() throws {
    #expect(NDArray.erf(NDArray([Float(0.5)])).dtype == .float32)
    #expect(NDArray.exp10(NDArray([Float(2)])) == NDArray([Float(100)]))
    #expect(NDArray.pow(NDArray([2, 3]), -1).dtype == .float64)
    #expect(NDArray.gamma(NDArray([[1, 2], [3, 5]])) == [[1.0, 1], [2, 24]])
  }

  @Test func complexNumbers() throws {
    let numbers = [Complex(1.0, 2), Complex(-0.5, 0), .i, .infinity]
    let a = NDArray(numbers)
    #expect(a.dtype == .complex128)
    let back = try a.elements(as: Complex<Double>.self)
    #expect(zip(back, numbers).allSatisfy { $0.rawStorage == $1.rawStorage })
    #expect(try a[1].item(as: Complex<Double>.self) == Complex(-0.5))
    #expect(try NDArray(numbers, shape: [2, 2]).shape == [2, 2])
    #expect(NDArray([Complex<Float>(1, 2)]).dtype == .complex64)
    let turned = try (a[..<3] * Complex<Double>.i).elements(as: Complex<Double>.self)
    #expect(turned == numbers[..<3].map { $0 * .i })
    let powers = try NDArray.exp(a[..<3]).elements(as: Complex<Double>.self)
    for (found, number) in zip(powers, numbers) { #expect((found - .exp(number)).length < 1e-14) }
    #expect(throws: MartletError.self) { try NDArray(numbers, shape: [3]) }
  }
}
