import Glibc
import MartletCodegen
import MartletIR
import Testing

/// The gamma function against the C library's, which is within a few units in the last place.
@Suite struct GammaFunctionTests {
  static let positive: [Double] =
    stride(from: 1.0 / 64, through: 30, by: 1.0 / 64).map { $0 * 1.0009765625 }
    + stride(from: 30.0, through: 171.6, by: 0.37).map { $0 }
    + [0.5, 1, 1.5, 2, 2.5, 3, 7.999999, 8, 23.99999, 24, 1e-300, 1e-5, 171.62]
  static let negative: [Double] =
    stride(from: -20.0, through: -1.0 / 64, by: 1.0 / 64).map { $0 + 0.0048828125 }
    + [-150.5, -169.3, -170.5, -177.25, -1e-300, -1e-5]

  @Test func gamma() throws {
    let xs = Self.positive + Self.negative
    for (x, y) in zip(xs, try ErrorFunctionTests.values(of: xs, GammaFunction.gamma)) {
      let exact = tgamma(x)
      // The last step below the normal numbers is as large as the result.
      #expect(abs(y - exact) <= 12 * exact.ulp, "gamma(\(x)) is \(exact), not \(y)")
    }
  }

  @Test func gammaOfIntegersIsExact() throws {
    let xs = (1...23).map { Double($0) }
    let ys = try ErrorFunctionTests.values(of: xs, GammaFunction.gamma)
    var factorial = 1.0
    for (n, y) in zip(1..., ys) {
      #expect(y == factorial)
      factorial *= Double(n)
    }
  }

  @Test func gammaOfExtremes() throws {
    let xs: [Double] = [.infinity, -.infinity, .nan, 0, -0.0, -1, -200, 172, 1e300, -200.5, -201.5]
    let ys = try ErrorFunctionTests.values(of: xs, GammaFunction.gamma)
    #expect(ys[0] == .infinity)
    #expect(ys[1].isNaN && ys[2].isNaN)
    #expect(ys[3] == .infinity && ys[4] == -.infinity)
    #expect(ys[5].isNaN && ys[6].isNaN)
    #expect(ys[7] == .infinity && ys[8] == .infinity)
    #expect(ys[9] == 0 && ys[9].sign == .minus)
    #expect(ys[10] == 0 && ys[10].sign == .plus)
  }

  @Test func logarithm() throws {
    let xs = Self.positive + Self.negative
    for (x, y) in zip(xs, try ErrorFunctionTests.values(of: xs, GammaFunction.logGamma)) {
      let exact: Double = lgamma(x)
      // Below 0 the logarithm has zeros, near which two larger numbers nearly cancel.
      let bound = x > 0 ? 6 * exact.ulp : 8 * max(abs(exact), 8).ulp
      #expect(abs(y - exact) <= bound, "lgamma(\(x)) is \(exact), not \(y)")
    }
  }

  @Test func logarithmOfExtremes() throws {
    let xs: [Double] = [.infinity, -.infinity, .nan, 0, -0.0, -1, -20, 1, 2, 1e300]
    let ys = try ErrorFunctionTests.values(of: xs, GammaFunction.logGamma)
    #expect(ys[0] == .infinity && ys[1] == .infinity && ys[2].isNaN)
    #expect(ys[3] == .infinity && ys[4] == .infinity && ys[5] == .infinity && ys[6] == .infinity)
    #expect(ys[7] == 0 && ys[8] == 0)
    let large: Double = lgamma(1e300)
    #expect(abs(ys[9] - large) <= 4 * large.ulp)
  }
}
