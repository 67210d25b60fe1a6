// π from random points in a square: the share that falls inside the circle.

import Martlet

var random = RandomGenerator(seed: 2026)
let n = 1_000_000
let x = try random.uniform(in: -1..<1, shape: [n])
let y = try random.uniform(in: -1..<1, shape: [n])
let inside = x * x + y * y .<= 1
let estimate = try 4 * inside.mean()
let error = try 4 * inside.std() / Double(n).squareRoot()
print("π ≈ \(estimate) ± \(try error.rounded(decimals: 4))")
print("within three deviations:", abs(estimate - Double.pi) < 3 * error)

// How it settles.
let running = try 4 * inside.cumulativeSum() / NDArray.arange(1, n + 1)
for k in [100, 10_000, 1_000_000] {
  print("after \(k): \(running[k - 1])")
}

// The same seed gives the same numbers.
var again = RandomGenerator(seed: 2026)
print("repeatable:", try again.uniform(in: -1..<1, shape: [n]) == x)
