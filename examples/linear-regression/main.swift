// The prices of flats, fitted by least squares to a table in a CSV file.

import Martlet

let path = CommandLine.arguments.dropFirst().first ?? "examples/linear-regression/houses.csv"
let table = try NDArray(textContentsOf: path, delimiter: ",", skippedRows: 1)
let x = table[.all, ..<3]
let y = table[.all, -1]
print("\(table.shape[0]) flats, mean price \(try Double(y.mean()).rounded())")

// Standard scores, so that the coefficients can be compared; a column of ones for the intercept.
let scores = try (x - x.mean(axis: 0)) / x.std(axis: 0)
let design = try NDArray.concatenate([NDArray.ones([x.shape[0], 1]), scores], axis: 1)
let beta = try LinearAlgebra.leastSquares(design, y).solution
print("intercept and slopes", try beta.rounded(decimals: 2))

let residual = try y - design.matmul(beta)
let unexplained = try (residual ** 2).sum()
let total = try ((y - y.mean()) ** 2).sum()
let r2 = 1 - unexplained / total
print("R² = \(try r2.rounded(decimals: 4))")

// The same by the normal equations.
let normal = try LinearAlgebra.solve(design.T.matmul(design), design.T.matmul(y))
print("normal equations agree:", try allClose(normal, beta))

// What the model says of three flats that are not in the table.
let flats: NDArray = [[60, 2, 10], [60, 2, 60], [120, 4, 10]]
let z = try (flats - x.mean(axis: 0)) / x.std(axis: 0)
let prices = try beta[0] + z.matmul(beta[1...])
for (flat, price) in zip(flats, prices) {
  print("\(flat): \(try price.rounded())")
}
