// The work of the programs in `examples`, as arrays and as the loops over `[Double]` that one would
// write without them. Both compute the same, which is checked.

import Glibc
import Martlet

/// Times both in milliseconds, the best of several runs.
@inline(never)
func compare(
  _ name: String, runs: Int = 15, loops: () throws -> Double, arrays: () throws -> Double
) rethrows {
  if CommandLine.arguments.count > 1, !name.contains(CommandLine.arguments[1]) { return }
  let clock = ContinuousClock()
  func best(_ body: () throws -> Double) rethrows -> (time: Double, result: Double) {
    var result = try body()
    var least = Duration.seconds(1000)
    for _ in 0..<runs { least = min(least, try clock.measure { result = try body() }) }
    return (least / .milliseconds(1), result)
  }
  let (naive, expected) = try best(loops)
  let (time, found) = try best(arrays)
  guard abs(found - expected) <= 1e-6 * max(1, abs(expected)) else {
    print("\(name): the loops give \(expected), the arrays \(found)")
    exit(1)
  }
  func text(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
  let times = "\(text(time)) ms, loops \(text(naive)) ms".padded(to: 30)
  print("\(name.padded(to: 36))\(times)\(text(naive / time))x")
}

func comparePrograms() throws {
  try regression()
  try kMeans()
  try blur()
  try spectrum()
  try circle()
  try system()
  try heat()
  try components()
  try groups()
  try mandelbrot()
  try network()
}

/// `count` numbers between -1 and 1, the same every time.
private func numbers(_ count: Int, seed: UInt64 = 1) throws -> NDArray {
  var random = RandomGenerator(seed: Int(seed))
  return try random.uniform(in: -1..<1, shape: [count])
}

/// The product of matrices in C order, (n, m) and (m, k), row by row.
private func product(_ a: [Double], _ b: [Double], _ n: Int, _ m: Int, _ k: Int) -> [Double] {
  var c = [Double](repeating: 0, count: n * k)
  for i in 0..<n {
    for l in 0..<m {
      let factor = a[i * m + l]
      for j in 0..<k { c[i * k + j] += factor * b[l * k + j] }
    }
  }
  return c
}

/// The solution of a system by elimination with pivots.
private func solution(_ matrix: [Double], _ side: [Double], _ n: Int) -> [Double] {
  var (a, b) = (matrix, side)
  for k in 0..<n {
    var pivot = k
    for i in k + 1..<n where abs(a[i * n + k]) > abs(a[pivot * n + k]) { pivot = i }
    if pivot != k {
      for j in 0..<n { a.swapAt(k * n + j, pivot * n + j) }
      b.swapAt(k, pivot)
    }
    for i in k + 1..<n {
      let factor = a[i * n + k] / a[k * n + k]
      for j in k..<n { a[i * n + j] -= factor * a[k * n + j] }
      b[i] -= factor * b[k]
    }
  }
  for i in (0..<n).reversed() {
    for j in i + 1..<n { b[i] -= a[i * n + j] * b[j] }
    b[i] /= a[i * n + i]
  }
  return b
}

private func regression() throws {
  let (n, m) = (100_000, 8)
  let x = try numbers(n * m).reshaped(n, m)
  let y = try numbers(n, seed: 2)
  let (rows, sides) = ([Double](x), [Double](y))
  try compare("linear regression, 100000 by 8") {
    var (normal, side) = ([Double](repeating: 0, count: m * m), [Double](repeating: 0, count: m))
    for i in 0..<n {
      for j in 0..<m {
        side[j] += rows[i * m + j] * sides[i]
        for k in 0..<m { normal[j * m + k] += rows[i * m + j] * rows[i * m + k] }
      }
    }
    let beta = solution(normal, side, m)
    var sum = 0.0
    for i in 0..<n {
      var residual = sides[i]
      for j in 0..<m { residual -= rows[i * m + j] * beta[j] }
      sum += residual * residual
    }
    return sum
  } arrays: {
    let beta = try LinearAlgebra.solve(x.T.matmul(x), x.T.matmul(y))
    return Double(try ((y - x.matmul(beta)) ** 2).sum())
  }
}

private func kMeans() throws {
  let (n, k) = (50_000, 8)
  let points = try numbers(n * 2, seed: 3).reshaped(n, 2)
  let plain = [Double](points)
  try compare("k-means, 50000 points, 5 steps") {
    var centres = Array(plain[..<(2 * k)])
    var inertia = 0.0
    for _ in 0..<5 {
      var (sums, counts) = ([Double](repeating: 0, count: 2 * k), [Double](repeating: 0, count: k))
      inertia = 0
      for i in 0..<n {
        var (best, least) = (0, Double.infinity)
        for c in 0..<k {
          let (dx, dy) = (plain[2 * i] - centres[2 * c], plain[2 * i + 1] - centres[2 * c + 1])
          let distance = dx * dx + dy * dy
          if distance < least { (best, least) = (c, distance) }
        }
        inertia += least
        sums[2 * best] += plain[2 * i]
        sums[2 * best + 1] += plain[2 * i + 1]
        counts[best] += 1
      }
      for c in 0..<k {
        centres[2 * c] = sums[2 * c] / counts[c]
        centres[2 * c + 1] = sums[2 * c + 1] / counts[c]
      }
    }
    return inertia
  } arrays: {
    let (x, y) = try (points[.all, 0].copy(), points[.all, 1].copy())
    var (centreX, centreY) = (x[..<k], y[..<k])
    var inertia = NDArray(0.0)
    for _ in 0..<5 {
      // The points along the last axis, where they are many.
      let distance = (centreX[.all, .newAxis] - x) ** 2 + (centreY[.all, .newAxis] - y) ** 2
      let labels = try distance.argMin(axis: 0)
      inertia = try distance.min(axis: 0).sum()
      let counts = try labels.binCount()
      centreX = try labels.binCount(weights: x) / counts
      centreY = try labels.binCount(weights: y) / counts
    }
    return Double(inertia)
  }
}

private func blur() throws {
  let (height, width, radius) = (600, 800, 6)
  let image = try numbers(height * width, seed: 4).reshaped(height, width)
  let x = try NDArray.arange(-radius, radius + 1)
  let bell = exp(-((x / 2.0) ** 2) / 2)
  let weights = try bell / bell.sum()
  let (plain, factors) = ([Double](image), [Double](weights))
  try compare("Gaussian blur, 600 by 800") {
    var rows = [Double](repeating: 0, count: height * width)
    for i in 0..<height {
      for (k, factor) in factors.enumerated() {
        let from = min(max(i + k - radius, 0), height - 1)
        for j in 0..<width { rows[i * width + j] += factor * plain[from * width + j] }
      }
    }
    var sum = 0.0
    for i in 0..<height {
      for j in 0..<width {
        var value = 0.0
        for (k, factor) in factors.enumerated() {
          value += factor * rows[i * width + min(max(j + k - radius, 0), width - 1)]
        }
        sum += value * value
      }
    }
    return sum
  } arrays: {
    let padded = try image.padded(by: radius, mode: .edge)
    var rows = try NDArray.zeros([height, width + 2 * radius])
    for (i, factor) in weights.enumerated() { rows += factor * padded[i..<i + height] }
    var result = try NDArray.zeros([height, width])
    for (i, factor) in weights.enumerated() { result += factor * rows[.all, i..<i + width] }
    return Double(try (result * result).sum())
  }
}

private func spectrum() throws {
  let n = 1 << 17
  let signal = try numbers(n, seed: 5)
  let plain = [Double](signal)
  try compare("spectrum of 131072 samples") {
    // By radix 2, with the roots of unity computed before.
    var (re, im) = (plain, [Double](repeating: 0, count: n))
    let shift = UInt64(64 - 17)
    for i in 0..<n {
      let j = Int(UInt64(i).byteSwapped.reversedBits >> shift)
      if i < j { re.swapAt(i, j) }
    }
    let roots = (0..<n / 2).map {
      (cos(2 * Double.pi * Double($0) / Double(n)), -sin(2 * Double.pi * Double($0) / Double(n)))
    }
    var half = 1
    while half < n {
      for start in stride(from: 0, to: n, by: 2 * half) {
        for k in 0..<half {
          let (c, s) = roots[k * (n / 2 / half)]
          let (i, j) = (start + k, start + k + half)
          let (r, t) = (re[j] * c - im[j] * s, re[j] * s + im[j] * c)
          (re[j], im[j]) = (re[i] - r, im[i] - t)
          (re[i], im[i]) = (re[i] + r, im[i] + t)
        }
      }
      half *= 2
    }
    var sum = 0.0
    for k in 0...n / 2 { sum += (re[k] * re[k] + im[k] * im[k]).squareRoot() }
    return sum
  } arrays: {
    Double(try abs(FFT.rfft(signal)).sum())
  }
}

extension UInt64 {
  /// The bits of each byte in the other order.
  fileprivate var reversedBits: UInt64 {
    var x = self
    x = (x >> 1) & 0x5555_5555_5555_5555 | (x & 0x5555_5555_5555_5555) << 1
    x = (x >> 2) & 0x3333_3333_3333_3333 | (x & 0x3333_3333_3333_3333) << 2
    return (x >> 4) & 0x0f0f_0f0f_0f0f_0f0f | (x & 0x0f0f_0f0f_0f0f_0f0f) << 4
  }
}

private func circle() throws {
  let n = 1_000_000
  try compare("Monte Carlo π, 1000000 points") {
    // Swift's own generator would be slower still; the points are Martlet's PCG64, one by one.
    var random = RandomGenerator(seed: 6)
    let (x, y) = (
      [Double](try random.uniform(in: -1..<1, shape: [n])),
      [Double](try random.uniform(in: -1..<1, shape: [n]))
    )
    var count = 0
    for i in 0..<n where x[i] * x[i] + y[i] * y[i] <= 1 { count += 1 }
    return 4 * Double(count) / Double(n)
  } arrays: {
    var random = RandomGenerator(seed: 6)
    let x = try random.uniform(in: -1..<1, shape: [n])
    let y = try random.uniform(in: -1..<1, shape: [n])
    return Double(try 4 * (x * x + y * y .<= 1).mean())
  }
}

private func system() throws {
  let n = 400
  let a = try numbers(n * n, seed: 7).reshaped(n, n)
  let b = try numbers(n, seed: 8)
  let (matrix, side) = ([Double](a), [Double](b))
  try compare("linear system, 400 by 400") {
    solution(matrix, side, n).reduce(0) { $0 + $1 * $1 }.squareRoot()
  } arrays: {
    Double(try LinearAlgebra.norm(LinearAlgebra.solve(a, b)))
  }
}

private func heat() throws {
  let n = 256
  try compare("heat equation, 256 by 256, 200 steps") {
    var u = [Double](repeating: 0, count: n * n)
    for j in 0..<n { u[j] = 100 }
    var next = u
    for _ in 0..<200 {
      for i in 1..<n - 1 {
        for j in 1..<n - 1 {
          let k = i * n + j
          next[k] = u[k] + 0.2 * (u[k + n] + u[k - n] + u[k + 1] + u[k - 1] - 4 * u[k])
        }
      }
      swap(&u, &next)
    }
    return u.reduce(0, +)
  } arrays: {
    var u = try NDArray.zeros([n, n])
    u[0] = 100
    let inner: AxisIndex = 1 ..< .end - 1
    for _ in 0..<200 {
      let laplacian =
        u[2..., inner] + u[..<(.end - 2), inner] + u[inner, 2...] + u[inner, ..<(.end - 2)]
        - 4 * u[inner, inner]
      u[inner, inner] += 0.2 * laplacian
    }
    return Double(try u.sum())
  }
}

private func components() throws {
  let (n, m) = (20_000, 16)
  let data = try numbers(n * m, seed: 9).reshaped(n, m)
  let plain = [Double](data)
  try compare("principal component, 20000 by 16") {
    var mean = [Double](repeating: 0, count: m)
    for i in 0..<n { for j in 0..<m { mean[j] += plain[i * m + j] / Double(n) } }
    var covariance = [Double](repeating: 0, count: m * m)
    for i in 0..<n {
      for j in 0..<m {
        let first = plain[i * m + j] - mean[j]
        for k in 0..<m {
          covariance[j * m + k] += first * (plain[i * m + k] - mean[k]) / Double(n - 1)
        }
      }
    }
    // The trace, and the sum of squares: what all eigenvalues together say.
    return (0..<m).reduce(0) { $0 + covariance[$1 * m + $1] }
      + covariance.reduce(0) { $0 + $1 * $1 }
  } arrays: {
    let centred = try data - data.mean(axis: 0)
    let values = try LinearAlgebra.eigvalsh(centred.T.matmul(centred) / Double(n - 1))
    return Double(try values.sum() + (values * values).sum())
  }
}

private func groups() throws {
  let (n, k) = (500_000, 100)
  var random = RandomGenerator(seed: 10)
  let shops = try random.integers(in: 0..<k, shape: [n])
  let amounts = try numbers(n, seed: 11)
  let (keys, plain) = ([Int](shops), [Double](amounts))
  try compare("sort and group, 500000 sales") {
    let order = keys.indices.sorted { (plain[$0], $0) < (plain[$1], $1) }
    var sums = [Double](repeating: 0, count: k)
    for i in keys.indices { sums[keys[i]] += plain[i] }
    return sums.reduce(0) { $0 + abs($1) } + Double(keys[order[n / 2]])
  } arrays: {
    let order = try amounts.argSort()
    let sums = try shops.binCount(weights: amounts)
    return Double(try abs(sums).sum()) + Double(shops[order[n / 2]])
  }
}

private func mandelbrot() throws {
  let (height, width) = (300, 400)
  try compare("Mandelbrot, 300 by 400, 40 steps") {
    var total = 0
    for i in 0..<height {
      for j in 0..<width {
        let (cr, ci) = (
          -2.2 + 3 * Double(j) / Double(width - 1), 1.2 - 2.4 * Double(i) / Double(height - 1)
        )
        var (zr, zi) = (0.0, 0.0)
        for _ in 0..<40 {
          guard zr * zr + zi * zi <= 4 else { break }
          (zr, zi) = (zr * zr - zi * zi + cr, 2 * zr * zi + ci)
          total += 1
        }
      }
    }
    return Double(total / 1000)
  } arrays: {
    let cr = try NDArray.linspace(-2.2, 0.8, width)
    let ci = try NDArray.linspace(1.2, -1.2, height)[.all, .newAxis]
    var (zr, zi) = try (NDArray.zeros([height, width]), NDArray.zeros([height, width]))
    var steps = try NDArray.zeros([height, width], .int64)
    for _ in 0..<40 {
      let (squareR, squareI) = (zr * zr, zi * zi)
      let isIn = squareR + squareI .<= 4
      steps += isIn
      zi = NDArray.where(isIn, 2 * zr * zi + ci, zi)
      zr = NDArray.where(isIn, squareR - squareI + cr, zr)
    }
    return Double(Int(try steps.sum()) / 1000)
  }
}

private func network() throws {
  let (n, inputs, hidden) = (512, 64, 48)
  let x = try numbers(n * inputs, seed: 12).reshaped(n, inputs)
  let y = try numbers(n, seed: 13).reshaped(n, 1)
  let w1 = try numbers(inputs * hidden, seed: 14).reshaped(inputs, hidden) * 0.1
  let w2 = try numbers(hidden, seed: 15).reshaped(hidden, 1) * 0.1
  let (px, py, pw1, pw2) = ([Double](x), [Double](y), [Double](w1), [Double](w2))
  let rate = 0.1
  try compare("training, 512 by 64, 48 hidden, 20 steps") {
    var (v1, v2) = (pw1, pw2)
    var loss = 0.0
    for _ in 0..<20 {
      let h = product(px, v1, n, inputs, hidden).map { tanh($0) }
      let o = product(h, v2, n, hidden, 1)
      loss = 0
      var (g1, g2) = (
        [Double](repeating: 0, count: inputs * hidden), [Double](repeating: 0, count: hidden)
      )
      for i in 0..<n {
        let d = o[i] - py[i]
        loss += d * d / Double(n)
        for j in 0..<hidden {
          g2[j] += 2 * d * h[i * hidden + j] / Double(n)
          let back = 2 * d * v2[j] * (1 - h[i * hidden + j] * h[i * hidden + j]) / Double(n)
          for k in 0..<inputs { g1[k * hidden + j] += back * px[i * inputs + k] }
        }
      }
      for j in g1.indices { v1[j] -= rate * g1[j] }
      for j in g2.indices { v2[j] -= rate * g2[j] }
    }
    return loss
  } arrays: {
    var weights = [w1, w2]
    var loss = NDArray(0.0)
    let lossAndSlope = valueAndGrad { (weights: [NDArray]) in
      try ((tanh(x.matmul(weights[0])).matmul(weights[1]) - y) ** 2).mean()
    }
    for _ in 0..<20 {
      let (value, slope) = try lossAndSlope(weights)
      loss = value
      weights = weights.mapArrays(with: slope) { $0 - rate * $1 }
    }
    return Double(loss)
  }
}
