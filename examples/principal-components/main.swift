// Principal components by the singular value decomposition.

import Martlet

// Points near a plane in five dimensions.
var random = RandomGenerator(seed: 11)
let n = 500
let basis = try random.normal(shape: [2, 5])
let spread: NDArray = [3, 1]
let plane = try (random.normal(shape: [n, 2]) * spread).matmul(basis)
let data = try plane + 0.05 * random.normal(shape: [n, 5])

let centred = try data - data.mean(axis: 0)
let (u, s, vt) = try LinearAlgebra.svd(centred, isFull: false)
let variance = s ** 2 / Double(n - 1)
let explained = try variance / variance.sum()
print("shapes", u.shape, s.shape, vt.shape)
print("first two explain \(try (100 * explained[..<2].sum()).rounded(decimals: 1)) %")

// The same from the covariance matrix.
let values = try LinearAlgebra.eigvalsh(data.covariance(byRow: false))
print("covariance agrees:", try allClose(values[stride(from: 4, through: 0, by: -1)], variance))

// Two numbers for each point are enough to draw it again.
let scores = try centred.matmul(vt[..<2].T)
let restored = try scores.matmul(vt[..<2])
let error = try LinearAlgebra.norm(centred - restored) / LinearAlgebra.norm(centred)
print("scores \(scores.shape), relative error below 5 %:", error < 0.05)
let correlation = try scores.correlation(byRow: false)
print("scores uncorrelated:", abs(correlation[0, 1]) < 1e-10)
