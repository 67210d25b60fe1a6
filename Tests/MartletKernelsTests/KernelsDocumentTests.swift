import Glibc
import MartletKernels
import Testing

@Vectorized
func saturate(x: Float, gain: Float) -> Float {
  let y = x * gain
  return y > 1 ? 1 : y
}

@Kernel
func increment(_ t: GPUThread, x: DeviceArray<Float>) {
  if t.index < x.count { x[t.index] += 1 }
}

@Kernel
func blockSum(_ t: GPUThread, x: DeviceArray<Float>, out: DeviceArray<Float>) {
  let partial = t.shared(Float.self, 256)
  let i = t.thread.x
  partial[i] = t.index < x.count ? x[t.index] : 0
  t.barrier()
  var half = t.blockSize.x / 2
  while half > 0 {
    if i < half { partial[i] += partial[i + half] }
    t.barrier()
    half /= 2
  }
  if i == 0 { out[t.block.x] = partial[0] }
}

/// The examples of docs/kernels.md and of the README's section on kernels, word for word.
@Suite struct KernelsDocumentTests {
  @Test func functionsForEveryElement() throws {
    let a = NDArray([0.25, 0.5, 2] as [Float])
    print(saturate(x: 0.5, gain: 3))  // the function as it is written
    print(saturate(x: a, gain: 0.5), saturate(x: 2, gain: a))
    print(exp(saturate(x: a, gain: a)) + 1)  // one kernel
    print(try $saturate(a, a))  // throws where shapes or types don't fit
    print(try $saturate.outer(a, a), try $saturate.reduce(a))

    #expect(try $saturate.outer(a, a).shape == [3, 3])
    #expect(try $saturate.reduce(a).item(as: Float.self) == 0.25)
  }

  @Test func gridsOfThreads() throws {
    let x = try NDArray.ones([1000], .float32)
    let out = try DeviceArray<Float>(zeros: [4])
    try blockSum(.grid(4, block: 256), x: x, out: out)
    print(out.array.shape, try out.array.sum())  // an NDArray again
    try blockSum(.grid(4, block: 256, natively: true), x: x, out: out)  // as Swift, for a debugger

    #expect(try out.array.elements(as: Float.self) == [256, 256, 256, 232])
  }

  @Test(arguments: ["docs/kernels.md", "README.md"])
  func everyBlockStandsHere(_ page: String) throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let own = try #require(Self.lines(of: #filePath))
    let document = try #require(Self.lines(of: "/\(root)/\(page)"))
    var blocks: [[String]] = []
    var isInside = false
    for line in document {
      if line == "```swift" {
        isInside = true
        blocks.append([])
      } else if line == "```" {
        isInside = false
      } else if isInside, !line.isEmpty {
        blocks[blocks.count - 1].append(line)
      }
    }
    // Of the README, what is about kernels: the rest is tested beside arrays.
    blocks = blocks.filter { page != "README.md" || $0.contains("import MartletKernels") }
    #expect(!blocks.isEmpty)
    for block in blocks {
      let code = block.filter { !$0.hasPrefix("import ") }
      let starts = own.indices.filter { own[$0] == code[0] }
      #expect(starts.contains { own[$0...].starts(with: code) }, "\(code)")
    }
  }

  /// The lines of a file without the blanks around them; empty ones are left out.
  private static func lines(of path: String) -> [String]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let own = line.drop { $0 == " " }
      return own.isEmpty ? nil : String(own)
    }
  }
}
