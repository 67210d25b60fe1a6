// Heat in a plate whose edges are held at fixed temperatures: explicit steps in time over slices.

import Martlet

let n = 64
let alpha = 0.2
var u = try NDArray.zeros([n, n])
u[0] = 100
u[.all, 0] = 50
u[-1, 1...] = 25

let inner: AxisIndex = 1 ..< .end - 1
var steps = 0
var change = Double.infinity
while change > 1e-3 {
  let laplacian =
    u[2..., inner] + u[..<(.end - 2), inner] + u[inner, 2...] + u[inner, ..<(.end - 2)]
    - 4 * u[inner, inner]
  u[inner, inner] += alpha * laplacian
  steps += 1
  if steps % 100 == 0 { change = try Double(alpha * abs(laplacian).max()) }
}
print("settled after \(steps) steps")
print("centre \(try u[n / 2, n / 2].rounded(decimals: 2))")
print("coldest \(try u.min()), hottest \(try u.max())")
print("down the middle", try u[stride(from: 0, to: n, by: 16), n / 2].rounded(decimals: 1))

// At rest each inner point is the mean of its neighbours.
let neighbours =
  (u[2..., inner] + u[..<(.end - 2), inner] + u[inner, 2...] + u[inner, ..<(.end - 2)]) / 4
print("at rest:", try allClose(u[inner, inner], neighbours, atol: 0.01))
