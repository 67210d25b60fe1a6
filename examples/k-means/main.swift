// Lloyd's algorithm: points go to the nearest centre, centres to the mean of their points.

import Martlet

var random = RandomGenerator(seed: 7)
let truth: NDArray = [[0, 0], [6, 1], [2, 7]]
let points = try NDArray.concatenate(
  truth.map { centre in try centre + random.normal(shape: [200, 2]) }, axis: 0)

func assign(_ points: NDArray, to centres: NDArray) throws -> NDArray {
  let difference = points[.all, .newAxis, .all] - centres[.newAxis, .all, .all]
  return try (difference ** 2).sum(axis: 2).argMin(axis: 1)
}

let start = try random.choice(below: points.shape[0], shape: [3], replacing: false)
var centres = points[start]
var labels = try assign(points, to: centres)
for step in 1...100 {
  var moved = centres
  for k in 0..<3 {
    moved[k] = try points[labels .== k].mean(axis: 0)
  }
  let shift = try abs(moved - centres).max()
  centres = moved
  labels = try assign(points, to: centres)
  if shift < 1e-9 {
    print("converged after \(step) steps")
    break
  }
}

// In the order of the first coordinate, to compare with the truth.
let order = try centres[.all, 0].argSort()
centres = centres[order]
print(try centres.rounded(decimals: 1))
for k in 0..<3 {
  print("cluster \(k): \(try (labels .== order[k]).sum()) points")
}
let inertia = try ((points - centres[assign(points, to: centres)]) ** 2).sum()
print("inertia \(try inertia.rounded())")
