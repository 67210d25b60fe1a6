// A picture blurred by a Gaussian, first along its columns, then along its rows.

import Martlet

func gaussian(sigma: Double) throws -> NDArray {
  let radius = Int(3 * sigma)
  let x = try NDArray.arange(-radius, radius + 1)
  let weights = exp(-((x / sigma) ** 2) / 2)
  return try weights / weights.sum()
}

func blur(_ image: NDArray, sigma: Double) throws -> NDArray {
  let weights = try gaussian(sigma: sigma)
  let radius = weights.count / 2
  let (height, width) = (image.shape[0], image.shape[1])
  let padded = try image.padded(by: radius, mode: .edge)
  var rows = try NDArray.zeros([height, width + 2 * radius])
  for (i, weight) in weights.enumerated() {
    rows += weight * padded[i..<i + height]
  }
  var result = try NDArray.zeros([height, width])
  for (i, weight) in weights.enumerated() {
    result += weight * rows[.all, i..<i + width]
  }
  return result
}

// A bright disc on a dark ground, and one hot pixel.
let (height, width) = (48, 64)
let y = try NDArray.arange(height).reshaped(height, 1)
let x = try NDArray.arange(width).reshaped(1, width)
let inside = (y - 24) ** 2 + (x - 32) ** 2 .< 15 * 15
var image = NDArray.where(inside, 200.0, 10.0)
image[2, 2] = 255

let blurred = try blur(image, sigma: 2)
print("shape \(blurred.shape), \(blurred.dtype)")
print("brightest \(try image.max()) -> \(try blurred.max().rounded(decimals: 2))")
print("hot pixel \(image[2, 2]) -> \(try blurred[2, 2].rounded(decimals: 2))")
print("mean kept:", try abs(image.mean() - blurred.mean()) < 0.5)

// The edge of the disc, from inside to outside, as bytes.
let bytes = try blurred.clipped(0, 255).asType(.uint8)
print(bytes[24, 40..<56])
