import Glibc
import MartletCodegen
import MartletIR
import Synchronization
import Testing

import struct MartletRuntime.NVRTC

@testable import Martlet

/// Every kernel that the table and the engine make compiles for NVIDIA's GPUs, which NVRTC can tell
/// without one.
@Suite(.enabled(if: installedNVRTC != nil, "NVRTC is not installed"))
struct CUDAKernelsTests {
  @Test(arguments: OperationTable.elementwise.map(\.name))
  func everyLoop(ofRow name: String) throws {
    let row = try #require(OperationTable.elementwise.first { $0.name == name })
    let kernels = GatheredKernels()
    let device = kernels.device()
    for (number, loop) in row.loops.enumerated() {
      let operands = try loop.inputs.map { Operand.array(try numbers($0, on: device)) }
      for result in try Elementwise.apply(row, loop: number, operands) {
        #expect(throws: Never.self, "\(name) \(loop.inputs)") {
          _ = try result.storage.evaluatedHere()
        }
      }
    }
    try kernels.compile(as: name)
  }

  @Test(arguments: ReductionOperation.rows.map(\.name)) func everyReduction(_ name: String) throws {
    let row = try #require(ReductionOperation.rows.first { $0.name == name })
    let kernels = GatheredKernels()
    let device = kernels.device()
    for dtype in DType.allCases where row.types(dtype) != nil {
      let array = try numbers(dtype, on: device)
      for axes in [[0], [1], [0, 1]] {
        #expect(throws: Never.self, "\(name) \(dtype) \(axes)") {
          _ = try array.reduced(row, axes: axes).storage.evaluatedHere()
        }
      }
    }
    try kernels.compile(as: name)
  }

  @Test func whatTheEngineMakes() throws {
    let kernels = GatheredKernels()
    let device = kernels.device()
    let a = try NDArray(Array(0..<12000).map { Double($0 % 37) - 11.5 }).reshaped([40, 300])
    let (there, too) = (try a.to(device), try (a * 0.7 + 1).to(device))
    for (name, run) in DevicesTests.programs {
      #expect(throws: Never.self, "\(name)") {
        _ = try run(there, too).storage.evaluatedHere()
      }
    }
    try kernels.compile(as: "engine")
  }

  private func numbers(_ dtype: DType, on device: Device) throws -> NDArray {
    try NDArray([1.0, 2, 3, 1, 2, 1]).reshaped([2, 3]).asType(dtype).to(device)
  }
}

/// The kernels of a device as CUDA C. They are compiled together, because starting the compiler takes
/// longer than most of them.
private final class GatheredKernels: Sendable {
  private static let architecture = "sm_90"

  private let texts = Mutex<[String]>([])

  /// A device whose kernels are gathered; what has no text is an error of the operation.
  func device() -> Device {
    Device(
      DistantDevice("nvrtc") { kernel throws(MartletError) in
        self.add(try CEmitter.emit(MathLibrary.expand(kernel), dialect: .cuda))
      })
  }

  /// Kernels of one operation have one name: each gets a number, and a namespace for its helpers.
  private func add(_ source: CSource) {
    texts.withLock {
      let number = $0.count
      $0.append(
        """
        #define \(source.entry) \(source.entry)_\(number)
        namespace kernel_\(number) {
        \(source.text)
        }
        #undef \(source.entry)

        """)
    }
  }

  func compile(as name: String) throws {
    let texts = texts.withLock { $0 }
    #expect(!texts.isEmpty, "\(name)")
    _ = try installedNVRTC?.compile(
      texts.joined(), named: name, architecture: Self.architecture)
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
