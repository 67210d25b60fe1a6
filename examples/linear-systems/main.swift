// Systems of linear equations: solved, inverted, and judged.

import Martlet

let a: NDArray = [
  [4, -1, 0],
  [-1, 4, -1],
  [0, -1, 4],
]
let b: NDArray = [2, 4, 10]

let x = try LinearAlgebra.solve(a, b)
print("x =", x)
print("residual", try LinearAlgebra.norm(a.matmul(x) - b) < 1e-12)

let inverse = try LinearAlgebra.inverse(a)
print("inverse\n\(try (inverse * 56).rounded()) / 56")
print("a · a⁻¹ = 1:", try allClose(a.matmul(inverse), NDArray.eye(3)))
print("determinant \(try LinearAlgebra.determinant(a).rounded())")

// Many right-hand sides at once, and the factors of Cholesky.
let sides = try NDArray.arange(12.0).reshaped(3, 4)
let solutions = try LinearAlgebra.solve(a, sides)
print("four systems at once:", try allClose(a.matmul(solutions), sides))
let factor = try LinearAlgebra.cholesky(a)
print("L · Lᵀ = a:", try allClose(factor.matmul(factor.T), a))

let (values, vectors) = try LinearAlgebra.eigh(a)
print("eigenvalues", try values.rounded(decimals: 4))
print("a · v = λ · v:", try allClose(a.matmul(vectors), values * vectors))

// A system that is nearly singular, and one that is.
let n = try NDArray.arange(6)
let hilbert = 1 / (n[.all, .newAxis] + n + 1)
print("condition of Hilbert's 6 by 6: \(try LinearAlgebra.condition(hilbert).rounded())")
do {
  _ = try LinearAlgebra.solve([[1, 2], [2, 4]], [1, 2])
} catch {
  print("error:", error)
}
