// The demo's convolution in Swift: a 9 × 9 Gaussian blur of a photograph by shifted slices.
//
//     convolution PICTURE.pgm RESULT.f64
//
// Reads a binary PGM picture, writes the blurred values as little-endian doubles in C order, and
// prints the time that the blur takes.

import Glibc
import Martlet

/// A normalised `size` × `size` Gaussian with standard deviation `sigma`, in pixels.
func gaussianKernel(size: Int, sigma: Double) throws -> NDArray {
  let middle = Double(size - 1) / 2
  let profile = NDArray(
    (0..<size).map { i in
      Glibc.exp(-(Double(i) - middle) * (Double(i) - middle) / (2 * sigma * sigma))
    }
  )
  let kernel = profile[.all, .newAxis] * profile
  return kernel / (try kernel.sum())
}

/// The part of the 2-D convolution that needs no padding.
func convolve(_ image: NDArray, _ kernel: NDArray) throws -> NDArray {
  let (rows, columns) = (kernel.shape[0], kernel.shape[1])
  let (height, width) = (image.shape[0] - rows + 1, image.shape[1] - columns + 1)
  var out = try NDArray.zeros([height, width])
  for i in 0..<rows {
    for j in 0..<columns {
      out += image[i..<i + height, j..<j + width] * kernel[rows - 1 - i, columns - 1 - j]
    }
  }
  return out
}

enum PictureError: Error, CustomStringConvertible {
  case unreadable(path: String)
  case unwritable(path: String)
  case notGreyMap(path: String)

  var description: String {
    switch self {
    case .unreadable(let path): "\(path) cannot be read."
    case .unwritable(let path): "\(path) cannot be written."
    case .notGreyMap(let path): "\(path) is not a binary PGM picture of 8 bits per pixel."
    }
  }
}

/// The brightness of each pixel of a binary PGM picture, 0 to 255.
func readGreyMap(_ path: String) throws -> NDArray {
  guard let file = fopen(path, "rb") else { throw PictureError.unreadable(path: path) }
  defer { fclose(file) }
  // "P5", width, height and the largest value, each ended by one blank; then a byte per pixel.
  var fields: [String] = []
  var field = ""
  while fields.count < 4 {
    let character = getc(file)
    guard character != EOF else { throw PictureError.notGreyMap(path: path) }
    if isspace(character) == 0 {
      field.unicodeScalars.append(Unicode.Scalar(UInt8(character)))
    } else if !field.isEmpty {
      fields.append(field)
      field = ""
    }
  }
  guard fields[0] == "P5", let width = Int(fields[1]), let height = Int(fields[2]),
    fields[3] == "255", width > 0, height > 0, width < 1 << 20, height < 1 << 20
  else { throw PictureError.notGreyMap(path: path) }
  var pixels = [UInt8](repeating: 0, count: width * height)
  guard fread(&pixels, 1, pixels.count, file) == pixels.count else {
    throw PictureError.notGreyMap(path: path)
  }
  return try NDArray(pixels, shape: [height, width]).asType(.float64)
}

func write(_ values: NDArray, to path: String) throws {
  guard let file = fopen(path, "wb") else { throw PictureError.unwritable(path: path) }
  defer { fclose(file) }
  let written = try values.withUnsafeElements(of: Double.self) {
    fwrite($0.baseAddress, MemoryLayout<Double>.stride, $0.count, file)
  }
  guard written == values.count else { throw PictureError.unwritable(path: path) }
}

func run(_ source: String, _ target: String) throws {
  let image = try readGreyMap(source)
  let kernel = try gaussianKernel(size: 9, sigma: 2)
  let clock = ContinuousClock()
  var times: [Duration] = []
  var result = image
  for _ in 0..<5 {
    times.append(
      try clock.measure {
        result = try convolve(image, kernel)
        // The numbers are in memory before the clock stops.
        try result.withUnsafeElements(of: Double.self) { _ in }
      })
  }
  try write(result, to: target)
  print(
    "    Swift: \(times.sorted()[2] / .milliseconds(1)) ms (first run \(times[0] / .milliseconds(1)) ms)"
  )
}

guard CommandLine.arguments.count == 3 else {
  print("usage: convolution PICTURE.pgm RESULT.f64")
  exit(2)
}
do {
  try run(CommandLine.arguments[1], CommandLine.arguments[2])
} catch {
  print("error: \(error)")
  exit(1)
}
