import Glibc

/// What distributions are made of. `Generator` and `RandomState` draw normal and exponential numbers
/// by other methods, and most other numbers from those in the same way.
protocol VariateSource: SendableMetatype {
  var bits: RandomSource { get }
  func normal() -> Double
  func exponential() -> Double
}

extension RandomSource: VariateSource {
  var bits: RandomSource { self }
}

/// The second number of a pair of normal ones, as `RandomState` keeps it; laid out as NumPy's.
package struct NormalPair {
  package var isThere: Int32
  package var second: Double

  package init(isThere: Int32, second: Double) {
    self.isThere = isThere
    self.second = second
  }
}

/// What `RandomState` draws from: normal numbers come in pairs by the polar method.
package struct LegacySource: VariateSource {
  package let bits: RandomSource
  /// The state's; it lives as long as the source.
  let pair: UnsafeMutablePointer<NormalPair>

  package init(bits: RandomSource, pair: UnsafeMutablePointer<NormalPair>) {
    self.bits = bits
    self.pair = pair
  }

  func normal() -> Double {
    if pair.pointee.isThere != 0 {
      pair.pointee.isThere = 0
      let second = pair.pointee.second
      pair.pointee.second = 0
      return second
    }
    var (x, y, square) = (0.0, 0.0, 0.0)
    repeat {
      x = 2 * bits.nextDouble() - 1
      y = 2 * bits.nextDouble() - 1
      square = x * x + y * y
    } while square >= 1 || square == 0
    let factor = sqrt(-2 * log(square) / square)
    pair.pointee = NormalPair(isThere: 1, second: factor * x)
    return factor * y
  }

  func exponential() -> Double { -log(1 - bits.nextDouble()) }
}

/// As C converts a number to an integer on x86-64, where there is none for it too.
@inline(__always)
func integer(_ x: Double) -> Int64 {
  x >= -0x1p63 && x < 0x1p63 ? Int64(x) : Int64.min
}

extension VariateSource {
  @inline(__always)
  func uniform() -> Double { bits.nextDouble() }

  /// G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", 2000; below a
  /// shape of 1 by J. H. Ahrens and U. Dieter, 1974.
  func gamma(_ shape: Double) -> Double {
    if shape == 1 { return exponential() }
    if shape == 0 { return 0 }
    if shape < 1 {
      while true {
        let u = uniform()
        let v = exponential()
        if u <= 1 - shape {
          let x = pow(u, 1 / shape)
          if x <= v { return x }
        } else {
          let y = -log((1 - u) / shape)
          let x = pow(1 - shape + shape * y, 1 / shape)
          if x <= v + y { return x }
        }
      }
    }
    let b = shape - 1.0 / 3
    let c = 1 / sqrt(9 * b)
    while true {
      var (x, v) = (0.0, 0.0)
      repeat {
        x = normal()
        v = 1 + c * x
      } while v <= 0
      v = v * v * v
      let u = uniform()
      if u < 1 - 0.0331 * (x * x) * (x * x) { return b * v }
      if log(u) < 0.5 * x * x + b * (1 - v + log(v)) { return b * v }
    }
  }

  func chiSquare(_ degrees: Double) -> Double { 2 * gamma(degrees / 2) }

  func f(_ above: Double, _ below: Double) -> Double {
    let numerator = chiSquare(above) * below
    return numerator / (chiSquare(below) * above)
  }

  func cauchy() -> Double {
    let numerator = normal()
    return numerator / normal()
  }

  func studentT(_ degrees: Double) -> Double {
    let numerator = normal()
    let denominator = gamma(degrees / 2)
    return sqrt(degrees / 2) * numerator / sqrt(denominator)
  }

  func weibull(_ shape: Double) -> Double {
    shape == 0 ? 0 : pow(exponential(), 1 / shape)
  }

  func laplace(_ location: Double, _ scale: Double) -> Double {
    var u = 0.0
    repeat { u = uniform() } while u == 0
    return u >= 0.5 ? location - scale * log(2 - u - u) : location + scale * log(u + u)
  }

  func gumbel(_ location: Double, _ scale: Double) -> Double {
    var u = 1.0
    repeat { u = 1 - uniform() } while u >= 1
    return location - scale * log(-log(u))
  }

  func logistic(_ location: Double, _ scale: Double) -> Double {
    var u = 0.0
    repeat { u = uniform() } while u == 0
    return location + scale * log(u / (1 - u))
  }

  func logNormal(_ mean: Double, _ deviation: Double) -> Double {
    exp(mean + deviation * normal())
  }

  func triangular(_ left: Double, _ mode: Double, _ right: Double) -> Double {
    let base = right - left
    let below = mode - left
    let u = uniform()
    if u <= below / base { return left + sqrt(u * (below * base)) }
    return right - sqrt((1 - u) * ((right - mode) * base))
  }

  func noncentralChiSquare(_ degrees: Double, _ noncentrality: Double) -> Double {
    if noncentrality == 0 { return chiSquare(degrees) }
    if 1 < degrees {
      let central = chiSquare(degrees - 1)
      let shifted = normal() + sqrt(noncentrality)
      return central + shifted * shifted
    }
    let count = bits.poisson(noncentrality / 2)
    return chiSquare(degrees + 2 * Double(count))
  }

  func noncentralF(_ above: Double, _ below: Double, _ noncentrality: Double) -> Double {
    let numerator = noncentralChiSquare(above, noncentrality) * below
    return numerator / (chiSquare(below) * above)
  }

  func negativeBinomial(_ n: Double, _ p: Double) -> Int64 {
    bits.poisson((1 - p) / p * gamma(n))
  }

  /// D. J. Best and N. I. Fisher, "Efficient simulation of the von Mises distribution", 1979.
  func vonMises(_ mean: Double, _ concentration: Double) -> Double {
    if concentration < 1e-8 { return .pi * (2 * uniform() - 1) }
    let kappa = concentration
    // Near 0 the exact expression loses its digits.
    var s = 1 / kappa + kappa
    if kappa >= 1e-5 {
      let r = 1 + sqrt(1 + 4 * kappa * kappa)
      let rho = (r - sqrt(2 * r)) / (2 * kappa)
      s = (1 + rho * rho) / (2 * rho)
    }
    var w = 0.0
    while true {
      let z = cos(.pi * uniform())
      w = (1 + s * z) / (s + z)
      let y = kappa * (s - w)
      let v = uniform()
      if y * (2 - y) - v >= 0 || log(y / v) + 1 - y >= 0 { break }
    }
    let isNegative = uniform() < 0.5
    let angle = (isNegative ? -acos(w) : acos(w)) + mean
    let turned = fmod(abs(angle) + .pi, 2 * .pi) - .pi
    return angle < 0 ? -turned : turned
  }
}

// MARK: - Generator's own

extension RandomSource {
  /// Of two small parameters by M. D. Jöhnk, 1964.
  func beta(_ a: Double, _ b: Double) -> Double {
    if a <= 1, b <= 1 {
      // With both so small the distribution is that of a coin.
      if a < 3e-103, b < 3e-103 { return (a + b) * nextDouble() < a ? 1 : 0 }
      while true {
        let u = nextDouble()
        let v = nextDouble()
        let x = pow(u, 1 / a)
        let y = pow(v, 1 / b)
        guard x + y <= 1, u + v > 0 else { continue }
        // Where one of them is too small to be a number their logarithms are not.
        return x > 0 && y > 0 ? x / (x + y) : Self.logistic(log(u) / a - log(v) / b)
      }
    }
    let p = gamma(a)
    return p / (p + gamma(b))
  }

  /// 1 / (1 + exp(-x)).
  private static func logistic(_ x: Double) -> Double {
    x > 0 ? exp(-log1p(exp(-x))) : exp(x - log1p(exp(x)))
  }

  func pareto(_ shape: Double) -> Double { expm1(exponential() / shape) }

  func power(_ shape: Double) -> Double { pow(-expm1(-exponential()), 1 / shape) }

  func rayleigh(_ scale: Double) -> Double { scale * sqrt(2 * exponential()) }

  /// J. R. Michael, W. R. Schucany and R. W. Haas, 1976, without cancellation.
  func wald(_ mean: Double, _ scale: Double) -> Double {
    let x = normal()
    let y = mean * x * x
    let d = 1 + sqrt(1 + 4 * scale / y)
    let small = mean * (1 - 2 / d)
    let u = nextDouble()
    return u <= mean / (mean + small) ? small : mean * mean / small
  }

  func vonMisesOrNormal(_ mean: Double, _ concentration: Double) -> Double {
    guard concentration > 1e6 else { return vonMises(mean, concentration) }
    // So narrow that it is normal but for rounding.
    var angle = mean + sqrt(1 / concentration) * normal()
    if angle < -.pi { angle += 2 * .pi }
    if angle > .pi { angle -= 2 * .pi }
    return angle
  }

  /// The same as `gamma` in single precision.
  package func gamma32(_ shape: Float) -> Float {
    if shape == 1 { return exponential32() }
    if shape == 0 { return 0 }
    var bits = self
    if shape < 1 {
      while true {
        let u = bits.nextFloat()
        let v = exponential32()
        if u <= 1 - shape {
          let x = powf(u, 1 / shape)
          if x <= v { return x }
        } else {
          let y = -logf((1 - u) / shape)
          let x = powf(1 - shape + shape * y, 1 / shape)
          if x <= v + y { return x }
        }
      }
    }
    let b = shape - 1 / 3
    let c = 1 / sqrtf(9 * b)
    while true {
      var (x, v): (Float, Float) = (0, 0)
      repeat {
        x = normal32()
        v = 1 + c * x
      } while v <= 0
      v = v * v * v
      let u = bits.nextFloat()
      if u < 1 - 0.0331 * (x * x) * (x * x) { return b * v }
      if logf(u) < 0.5 * x * x + b * (1 - v + logf(v)) { return b * v }
    }
  }
}

// MARK: - RandomState's own

extension LegacySource {
  func beta(_ a: Double, _ b: Double) -> Double {
    if a <= 1, b <= 1 {
      while true {
        let u = uniform()
        let v = uniform()
        let x = pow(u, 1 / a)
        let y = pow(v, 1 / b)
        guard x + y <= 1, u + v > 0 else { continue }
        return x + y > 0 ? x / (x + y) : Self.share(log(u) / a, log(v) / b)
      }
    }
    let p = gamma(a)
    return p / (p + gamma(b))
  }

  /// exp(x) / (exp(x) + exp(y)), where both are too small to be numbers.
  private static func share(_ x: Double, _ y: Double) -> Double {
    let most = x > y ? x : y
    let (x, y) = (x - most, y - most)
    return exp(x - log(exp(x) + exp(y)))
  }

  func pareto(_ shape: Double) -> Double { exp(exponential() / shape) - 1 }

  func power(_ shape: Double) -> Double { pow(1 - exp(-exponential()), 1 / shape) }

  func rayleigh(_ scale: Double) -> Double { scale * sqrt(-2 * log1p(-uniform())) }

  func wald(_ mean: Double, _ scale: Double) -> Double {
    let half = mean / (2 * scale)
    let x = normal()
    let y = mean * x * x
    let small = mean + half * (y - sqrt(4 * scale * y + y * y))
    return uniform() <= mean / (mean + small) ? small : mean * mean / small
  }
}
