import Glibc
import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

/// NVIDIA's compiler reads what CUDA devices get to read. It needs no GPU.
@Suite(.enabled(if: installedNVRTC != nil, "NVRTC is not installed: set MARTLET_NVRTC"))
struct NVRTCTests {
  private var compiler: NVRTC { installedNVRTC! }

  private let scaled = """
    extern "C" __global__ void scaled(double *x, double a, double b) {
      x[threadIdx.x] = x[threadIdx.x] * a + b;
    }
    """

  @Test func tellsWhatItCompilesFor() throws {
    #expect(compiler.capabilities.contains(90))
    #expect(compiler.architecture(for: 90) == "sm_90")
    let newest = try #require(compiler.capabilities.last)
    #expect(compiler.architecture(for: newest + 50) == "compute_\(newest)")
    #expect(compiler.architecture(for: 10) == nil)
  }

  @Test func makesMachineCode() throws {
    let image = try compiler.compile(scaled, named: "scaled", architecture: "sm_90")
    #expect(image.prefix(4) == [0x7f, 0x45, 0x4c, 0x46])  // ELF.
    #expect(try compiler.compile(scaled, named: "scaled", architecture: "sm_90") == image)
  }

  @Test func doesNotContract() throws {
    let image = try compiler.compile(scaled, named: "scaled", architecture: "compute_90")
    #expect(image.last == 0)
    let text = String(decoding: image.dropLast(), as: UTF8.self)
    #expect(text.contains(".target sm_90") && text.contains("mul.rn.f64"))
    #expect(text.contains("add.rn.f64") && !text.contains("fma"))
  }

  @Test func saysWhatIsWrong() throws {
    let error = #expect(throws: MartletError.self) {
      try compiler.compile("int main( {", named: "wrong", architecture: "sm_90")
    }
    guard case .compilation("wrong", let detail) = error else {
      Issue.record("\(String(describing: error)) is not .compilation")
      return
    }
    #expect(detail.contains("wrong.cu(1): error"))
    let old = #expect(throws: MartletError.self) {
      try compiler.compile(scaled, named: "scaled", architecture: "sm_10")
    }
    #expect(old?.description.contains("sm_10") == true)
  }

  /// All that kernels over a grid can ask of the device.
  @Test(arguments: ["sm_70", "sm_90"]) func compilesMeetingsAndAtomics(
    _ architecture: String
  ) throws {
    func compile(_ kernel: Kernel) throws {
      let source = try CUDA.source(of: kernel)
      _ = try compiler.compile(source.text, named: source.entry, architecture: architecture)
    }
    for dtype in [DType.int32, .uint32, .int64, .uint64, .float32, .float64] {
      try compile(WarpKernels.everyCollective(dtype))
      let b = KernelBuilder(name: "atomics")
      let buffers = [
        b.buffer(dtype, strides: [.unit], access: .readWrite), b.shared(dtype, 8),
        b.local(dtype, 8),
      ]
      for buffer in buffers.dropFirst() { b.align(buffer, to: 64) }
      for buffer in buffers {
        let place = [b.integer(3)]
        let value = b.integer(2, dtype)
        for operation in AtomicOperation.allCases where operation.isDefined(for: dtype) {
          b.store(buffer, place, b.atomicOld(operation, buffer, place, value))
        }
        if dtype.isInteger {
          b.store(buffer, place, b.compareExchange(buffer, place, expected: value, value))
        }
      }
      try compile(b.finish())
    }
  }

  @Test func compilesRandomKernels() throws {
    let count = Environment["MARTLET_TEST_KERNELS"].flatMap { Int($0) } ?? 12
    for seed in 3000..<3000 + count {
      let source = try CUDA.source(of: RandomKernel(seed: seed).kernel)
      _ = try compiler.compile(source.text, named: source.entry, architecture: "sm_90")
    }
  }

  @Test(arguments: [DType.float32, .float64]) func compilesAllFunctions(_ dtype: DType) throws {
    let kernel = elementwise([dtype, dtype], dtype, name: "functions_\(dtype)") { x in
      MathFunction.allCases.reduce(x[0]) { sum, function in
        sum
          + x[0].builder.define(
            .call(function, x.prefix(function.argumentCount).map(\.value)), dtype)
      }
    }
    let source = try CUDA.source(of: kernel)
    _ = try compiler.compile(source.text, named: source.entry, architecture: "sm_90")
  }

  @Test func compilesKernelsOfEveryDType() throws {
    for dtype in DType.allCases {
      let kernel = elementwise([dtype], dtype, name: "copy_\(dtype)") { $0[0] }
      let source = try CUDA.source(of: kernel)
      _ = try compiler.compile(source.text, named: source.entry, architecture: "sm_90")
    }
  }
}

/// The process's, or that of the checkout's virtual environment.
private let installedNVRTC: NVRTC? = {
  if let shared = try? NVRTC.shared() { return shared }
  let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let paths = (11...20).map {
    "\(root)/.venv/lib/python3.\($0)/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12"
  }
  return try? NVRTC(opening: paths.filter { access($0, R_OK) == 0 })
}()
