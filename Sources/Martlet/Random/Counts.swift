import Glibc

/// Distributions of integers, with NumPy's numbers; beside each stands where its method is from.
extension RandomSource {
  /// From 10 on by W. Hörmann, "The transformed rejection method for generating Poisson random
  /// variables", 1993.
  func poisson(_ mean: Double) -> Int64 {
    if mean == 0 { return 0 }
    if mean < 10 {
      let least = exp(-mean)
      var (count, product): (Int64, Double) = (0, nextDouble())
      while product > least {
        count &+= 1
        product *= nextDouble()
      }
      return count
    }
    let root = sqrt(mean)
    let logarithm = log(mean)
    let b = 0.931 + 2.53 * root
    let a = -0.059 + 0.02483 * b
    let inverse = 1.1239 + 1.1328 / (b - 3.4)
    let limit = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = nextDouble() - 0.5
      let v = nextDouble()
      let us = 0.5 - abs(u)
      let k = integer(floor((2 * a / us + b) * u + mean + 0.43))
      if us >= 0.07, v <= limit { return k }
      if k < 0 || (us < 0.013 && v > us) { continue }
      let left = log(v) + log(inverse) - log(a / (us * us) + b)
      if left <= -mean + Double(k) * logarithm - Self.logGamma(Double(k) + 1) { return k }
    }
  }

  /// The logarithm of the gamma function as S. Zhang and J. Jin have it, 1996: the methods here decide
  /// by these bits.
  static func logGamma(_ x: Double) -> Double {
    if x == 1 || x == 2 { return 0 }
    let steps = x < 7 ? integer(7 - x) : 0
    var top = x + Double(steps)
    let square = (1 / top) * (1 / top)
    var series = -1.39243221690590e+00
    series = series * square + 1.796443723688307e-01
    series = series * square - 2.955065359477124e-02
    series = series * square + 6.410256410256410e-03
    series = series * square - 1.917526917526918e-03
    series = series * square + 8.417508417508418e-04
    series = series * square - 5.952380952380952e-04
    series = series * square + 7.936507936507937e-04
    series = series * square - 2.777777777777778e-03
    series = series * square + 8.333333333333333e-02
    var result = series / top + 0.5 * 1.8378770664093453 + (top - 0.5) * log(top) - top
    if x < 7 {
      var step: Int64 = 0
      while step < steps {
        result -= log(top - 1)
        top -= 1
        step += 1
      }
    }
    return result
  }

  // MARK: Binomial

  func binomial(_ n: Int64, _ p: Double) -> Int64 {
    if n == 0 || p == 0 { return 0 }
    return p <= 0.5
      ? binomialBelowHalf(n, p, isLegacy: false)
      : n &- binomialBelowHalf(n, 1 - p, isLegacy: false)
  }

  func legacyBinomial(_ n: Int64, _ p: Double) -> Int64 {
    p <= 0.5
      ? binomialBelowHalf(n, p, isLegacy: true) : n &- binomialBelowHalf(n, 1 - p, isLegacy: true)
  }

  private func binomialBelowHalf(_ n: Int64, _ p: Double, isLegacy: Bool) -> Int64 {
    p * Double(n) <= 30
      ? binomialByInversion(n, p, isLegacy: isLegacy) : binomialByRejection(n, p)
  }

  private func binomialByInversion(_ n: Int64, _ p: Double, isLegacy: Bool) -> Int64 {
    let q = 1 - p
    // The older way loses probabilities that are smaller than a rounding of 1.
    let start = exp(Double(n) * (isLegacy ? log(q) : log1p(-p)))
    let mean = Double(n) * p
    let bound = integer(min(Double(n), mean + 10 * sqrt(mean * q + 1)))
    var (count, chance, u): (Int64, Double, Double) = (0, start, nextDouble())
    while u > chance {
      count &+= 1
      if count > bound {
        (count, chance, u) = (0, start, nextDouble())
      } else {
        u -= chance
        chance = Double(n &- count &+ 1) * p * chance / (Double(count) * q)
      }
    }
    return count
  }

  /// V. Kachitvichyanukul and B. W. Schmeiser, "Binomial random variate generation", 1988 (BTPE).
  private func binomialByRejection(_ n: Int64, _ p: Double) -> Int64 {
    let r = min(p, 1 - p)
    let q = 1 - r
    let (size, middle) = (Double(n), Double(n) * r + r)
    let m = integer(floor(middle))
    let mode = Double(m)
    let p1 = floor(2.195 * sqrt(size * r * q) - 4.6 * q) + 0.5
    let xm = mode + 0.5
    let (xl, xr) = (xm - p1, xm + p1)
    let c = 0.134 + 20.5 / (15.3 + mode)
    var a = (middle - xl) / (middle - xl * r)
    let left = a * (1 + a / 2)
    a = (xr - middle) / (xr * q)
    let right = a * (1 + a / 2)
    let p2 = p1 * (1 + 2 * c)
    let p3 = p2 + c / left
    let p4 = p3 + c / right
    while true {
      let u = nextDouble() * p4
      var v = nextDouble()
      var y: Int64 = 0
      if u <= p1 {
        return integer(floor(xm - p1 * v + u))
      } else if u <= p2 {
        let x = xl + (u - p1) / c
        v = v * c + 1 - abs(mode - x + 0.5) / p1
        if v > 1 { continue }
        y = integer(floor(x))
      } else if u <= p3 {
        y = integer(floor(xl + log(v) / left))
        if y < 0 || v == 0 { continue }
        v = v * (u - p2) * left
      } else {
        y = integer(floor(xr - log(v) / right))
        if y > n || v == 0 { continue }
        v = v * (u - p3) * right
      }
      if Self.isBinomial(n, r, q, m, xm, y, v) { return y }
    }
  }

  /// Whether a number that was drawn from around the distribution is one of it.
  private static func isBinomial(
    _ n: Int64, _ r: Double, _ q: Double, _ m: Int64, _ xm: Double, _ y: Int64, _ v: Double
  ) -> Bool {
    let deviation = Double(n) * r * q
    let distance = y &- m
    let k = distance < 0 ? 0 &- distance : distance
    if !(k > 20 && Double(k) < deviation / 2 - 1) {
      let s = r / q
      let a = s * Double(n &+ 1)
      var chance = 1.0
      if m < y {
        var i = m &+ 1
        while i <= y {
          chance *= a / Double(i) - s
          i &+= 1
        }
      } else if m > y {
        var i = y &+ 1
        while i <= m {
          chance /= a / Double(i) - s
          i &+= 1
        }
      }
      return v <= chance
    }
    let distant = Double(k)
    let rho =
      distant / deviation
      * ((distant * (distant / 3 + 0.625) + 0.16666666666666666) / deviation + 0.5)
    let t = -distant * distant / (2 * deviation)
    let logarithm = log(v)
    if logarithm < t - rho { return true }
    if logarithm > t + rho { return false }
    let (x1, f1) = (Double(y &+ 1), Double(m &+ 1))
    let (z, w) = (Double(n &+ 1 &- m), Double(n &- y &+ 1))
    let limit =
      xm * log(f1 / x1) + (Double(n &- m) + 0.5) * log(z / w)
      + Double(y &- m) * log(w * r / (x1 * q)) + stirling(f1) + stirling(z) + stirling(x1)
      + stirling(w)
    return logarithm <= limit
  }

  private static func stirling(_ x: Double) -> Double {
    let square = x * x
    let inner = (132 - (99 - 140 / square) / square) / square
    return (13680 - (462 - inner) / square) / x / 166320
  }

  // MARK: Hypergeometric

  func hypergeometric(_ good: Int64, _ bad: Int64, _ sample: Int64) -> Int64 {
    if sample >= 10, sample <= good &+ bad &- 10 { return hypergeometricByRatio(good, bad, sample) }
    // One by one.
    let total = good &+ bad
    let isMost = sample > total / 2
    var count = isMost ? total &- sample : sample
    var (rest, restOfGood) = (total, good)
    while count > 0, restOfGood > 0, rest > restOfGood {
      rest &-= 1
      if Int64(bitPattern: index(upTo: UInt64(bitPattern: rest))) < restOfGood { restOfGood &-= 1 }
      count &-= 1
    }
    if rest == restOfGood { restOfGood &-= count }
    return isMost ? restOfGood : good &- restOfGood
  }

  /// E. Stadlober, "The ratio of uniforms approach for generating discrete random variates", 1990.
  private func hypergeometricByRatio(_ good: Int64, _ bad: Int64, _ sample: Int64) -> Int64 {
    let size = good &+ bad
    let m = min(sample, size &- sample)
    let (few, many) = (min(good, bad), max(good, bad))
    let (p, q) = (Double(few) / Double(size), Double(many) / Double(size))
    let middle = Double(m) * p + 0.5
    let variance = Double(size &- m) * Double(m) * p * q / Double(size &- 1)
    let width = sqrt(variance + 0.5)
    let height = 1.7155277699214135 * width + 0.8989161620588988
    let mode = integer(floor(Double(m &+ 1) * Double(few &+ 1) / Double(size &+ 2)))
    func choices(_ z: Int64) -> Double {
      LogFactorial.of(z) + LogFactorial.of(few &- z) + LogFactorial.of(m &- z)
        + LogFactorial.of(many &- m &+ z)
    }
    let top = choices(mode)
    let end = min(Double(min(m, few) &+ 1), floor(middle + 16 * width))
    var found = ratio(middle, height, end) { top - choices($0) }
    if good > bad { found = m &- found }
    return m < sample ? good &- found : found
  }

  /// By the ratio of uniform numbers; `chance` is the logarithm of the density.
  private func ratio(
    _ middle: Double, _ height: Double, _ end: Double, _ chance: (Int64) -> Double
  ) -> Int64 {
    while true {
      let u = nextDouble()
      let v = nextDouble()
      let x = middle + height * (v - 0.5) / u
      if x < 0 || x >= end { continue }
      let z = integer(floor(x))
      let t = chance(z)
      if u * (4 - u) - 3 <= t { return z }
      if u * (u - t) >= 1 { continue }
      if 2 * log(u) <= t { return z }
    }
  }

  func legacyHypergeometric(_ good: Int64, _ bad: Int64, _ sample: Int64) -> Int64 {
    if sample <= 0 { return 0 }
    let (few, many) = (min(good, bad), max(good, bad))
    let size = good &+ bad
    if sample <= 10 {
      let others = size &- sample
      var (y, count) = (Double(few), sample)
      while y > 0 {
        y -= floor(nextDouble() + y / Double(others &+ count))
        count &-= 1
        if count == 0 { break }
      }
      let found = integer(Double(few) - y)
      return good > bad ? sample &- found : found
    }
    let m = min(sample, size &- sample)
    let share = Double(few) / Double(size)
    let middle = Double(m) * share + 0.5
    let width = sqrt(
      Double(size &- m) * Double(sample) * share * (1 - share) / Double(size &- 1) + 0.5)
    let height = 1.7155277699214135 * width + 0.8989161620588988
    let mode = integer(floor(Double(m &+ 1) * Double(few &+ 1) / Double(size &+ 2)))
    func choices(_ z: Int64) -> Double {
      Self.logGamma(Double(z &+ 1)) + Self.logGamma(Double(few &- z &+ 1))
        + Self.logGamma(Double(m &- z &+ 1)) + Self.logGamma(Double(many &- m &+ z &+ 1))
    }
    let top = choices(mode)
    let end = min(Double(min(m, few)) + 1, floor(middle + 16 * width))
    var found = ratio(middle, height, end) { top - choices($0) }
    if good > bad { found = m &- found }
    return m < sample ? good &- found : found
  }

  // MARK: Others

  /// A. W. Kemp, "Efficient generation of logarithmically distributed pseudo-random variables", 1981.
  func logSeries(_ p: Double) -> Int64 {
    logSeries(p, log1p(-p)) { -expm1($0) }
  }

  func legacyLogSeries(_ p: Double) -> Int64 {
    logSeries(p, log(1 - p)) { 1 - exp($0) }
  }

  private func logSeries(_ p: Double, _ r: Double, _ share: (Double) -> Double) -> Int64 {
    while true {
      let v = nextDouble()
      if v >= p { return 1 }
      let q = share(r * nextDouble())
      if v <= q * q {
        let found = integer(floor(1 + log(v) / log(q)))
        if found < 1 || v == 0 { continue }
        return found
      }
      return v >= q ? 1 : 2
    }
  }

  func geometric(_ p: Double) -> Int64 {
    if p >= 1.0 / 3 { return geometricBySearch(p) }
    let z = ceil(-exponential() / log1p(-p))
    return z >= 0x1p63 ? Int64.max : integer(z)
  }

  func legacyGeometric(_ p: Double) -> Int64 {
    if p >= 1.0 / 3 { return geometricBySearch(p) }
    return integer(ceil(log1p(-nextDouble()) / log(1 - p)))
  }

  private func geometricBySearch(_ p: Double) -> Int64 {
    var (count, total, chance): (Int64, Double, Double) = (1, p, p)
    let u = nextDouble()
    while u > total {
      chance *= 1 - p
      total += chance
      count &+= 1
    }
    return count
  }

  /// L. Devroye, "Non-uniform random variate generation", 1986, cut off at the greatest integer.
  func zipf(_ a: Double) -> Int64 {
    if a >= 1025 { return 1 }  // Greater ones are rarer than any number drawn.
    let least = pow(Double(Int64.max), 1 - a)
    return zipf(a) {
      let u = nextDouble()
      return u * least + (1 - u)
    }
  }

  func legacyZipf(_ a: Double) -> Int64 {
    zipf(a) { 1 - nextDouble() }
  }

  private func zipf(_ a: Double, _ uniform: () -> Double) -> Int64 {
    let power = a - 1
    let b = pow(2, power)
    while true {
      let u = uniform()
      let v = nextDouble()
      let x = floor(pow(u, -1 / power))
      if x > Double(Int64.max) || x < 1 { continue }
      let t = pow(1 + 1 / x, power)
      if v * x * (t - 1) / (b - 1) <= t / b { return integer(x) }
    }
  }
}
