import MartletIR

/// A complex number in two values of a kernel.
struct Pair {
  var re: Expression
  var im: Expression

  static func + (a: Pair, b: Pair) -> Pair { Pair(re: a.re + b.re, im: a.im + b.im) }
  static func - (a: Pair, b: Pair) -> Pair { Pair(re: a.re - b.re, im: a.im - b.im) }
  static func * (a: Pair, b: Pair) -> Pair {
    Pair(re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re)
  }
  static func * (a: Pair, b: Expression) -> Pair { Pair(re: a.re * b, im: a.im * b) }

  /// `a - i b`.
  static func minusI(_ a: Pair, _ b: Pair) -> Pair { Pair(re: a.re + b.im, im: a.im - b.re) }
  /// `a + i b`.
  static func plusI(_ a: Pair, _ b: Pair) -> Pair { Pair(re: a.re - b.im, im: a.im + b.re) }

  /// Times exp(-2πik/n).
  func times(root k: Int, of n: Int) -> Pair {
    let (k, n) = (k % n, n)
    if k == 0 { return self }
    if 4 * k == n { return Pair(re: im, im: -re) }
    if 2 * k == n { return Pair(re: -re, im: -im) }
    if 4 * k == 3 * n { return Pair(re: -im, im: re) }
    let root = RootsOfUnity(n)[k]
    let (c, s) = (re.literal(root.real), re.literal(root.imaginary))
    if 8 * k == n { return Pair(re: (re + im) * c, im: (im - re) * c) }
    if 8 * k == 3 * n { return Pair(re: (re - im) * c, im: (re + im) * c) }
    return Pair(re: re * c - im * s, im: re * s + im * c)
  }
}

/// Fourier transforms of a few points, as straight-line arithmetic.
enum Butterfly {
  /// The sums over k of `x[k]` exp(-2πijk/n), for all j.
  static func transform(_ x: [Pair]) -> [Pair] {
    let n = x.count
    switch n {
    case 1: return x
    case 2: return [x[0] + x[1], x[0] - x[1]]
    case 4:
      let (a, b) = (x[0] + x[2], x[0] - x[2])
      let (c, d) = (x[1] + x[3], x[1] - x[3])
      return [a + c, .minusI(b, d), a - c, .plusI(b, d)]
    default: break
    }
    guard let factor = smallerFactor(of: n) else { return prime(x) }
    return composite(x, factor, n / factor)
  }

  /// The first factor to split a size by; nil for primes.
  private static func smallerFactor(of n: Int) -> Int? {
    if n == 16 { return 4 }
    return (2..<n).first { $0 * $0 <= n && n % $0 == 0 }
  }

  /// `a` points at a distance of `b` each, then `b` of those that belong together.
  private static func composite(_ x: [Pair], _ a: Int, _ b: Int) -> [Pair] {
    let n = a * b
    var result = x
    let columns = (0..<b).map { j in
      transform((0..<a).map { x[$0 * b + j] }).enumerated().map { k, value in
        value.times(root: j * k, of: n)
      }
    }
    for k in 0..<a {
      for (m, value) in transform((0..<b).map { columns[$0][k] }).enumerated() {
        result[k + a * m] = value
      }
    }
    return result
  }

  /// Points k and n - k together: their sum meets cosines only, their difference sines.
  private static func prime(_ x: [Pair]) -> [Pair] {
    let n = x.count
    let half = (n - 1) / 2
    let roots = RootsOfUnity(n)
    let sums = (1...half).map { x[$0] + x[n - $0] }
    let differences = (1...half).map { x[$0] - x[n - $0] }
    var result = x
    result[0] = sums.reduce(x[0], +)
    for j in 1...half {
      var even = x[0]
      var odd: Pair?
      for k in 1...half {
        let root = roots[j * k % n]
        even = even + sums[k - 1] * even.re.literal(root.real)
        let term = differences[k - 1] * even.re.literal(-root.imaginary)
        odd = odd.map { $0 + term } ?? term
      }
      guard let odd else { continue }
      result[j] = .minusI(even, odd)
      result[n - j] = .plusI(even, odd)
    }
    return result
  }
}
