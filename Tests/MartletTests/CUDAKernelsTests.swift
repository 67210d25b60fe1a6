import Glibc
import MartletCodegen
import MartletIR
import Testing

import struct MartletRuntime.NVRTC

@testable import Martlet

// Inside the other suite, because transfers are counted for the whole process.
extension DevicesTests {
  /// Every kernel that the table and the engine make compiles for NVIDIA's GPUs, which NVRTC can tell
  /// without one.
  @Suite(.serialized, .enabled(if: installedNVRTC != nil, "NVRTC is not installed"))
  struct CUDAKernelsTests {
    static let architecture = "sm_90"

    /// A device whose kernels are compiled as CUDA C too; what is wrong is an error of the operation.
    private func device() -> Device {
      Device(
        DistantDevice("nvrtc") { kernel throws(MartletError) in
          let source = try CEmitter.emit(MathLibrary.expand(kernel), dialect: .cuda)
          _ = try installedNVRTC?.compile(
            source.text, named: source.entry, architecture: Self.architecture)
        })
    }

    private func numbers(_ dtype: DType, on device: Device) throws -> NDArray {
      try NDArray([1.0, 2, 3, 1, 2, 1]).reshaped([2, 3]).asType(dtype).to(device)
    }

    @Test func everyLoopOfEveryRow() throws {
      let device = device()
      for row in OperationTable.elementwise {
        for (number, loop) in row.loops.enumerated() {
          let operands = try loop.inputs.map { Operand.array(try numbers($0, on: device)) }
          for result in try Elementwise.apply(row, loop: number, operands) {
            #expect(throws: Never.self, "\(row.name) \(loop.inputs)") {
              _ = try result.storage.evaluatedHere()
            }
          }
        }
      }
    }

    @Test func everyReduction() throws {
      let device = device()
      for row in ReductionOperation.rows {
        for dtype in DType.allCases where row.types(dtype) != nil {
          let array = try numbers(dtype, on: device)
          for axes in [[0], [1], [0, 1]] {
            #expect(throws: Never.self, "\(row.name) \(dtype) \(axes)") {
              _ = try array.reduced(row, axes: axes).storage.evaluatedHere()
            }
          }
        }
      }
    }

    @Test func whatTheEngineMakes() throws {
      let device = device()
      let a = try NDArray(Array(0..<12000).map { Double($0 % 37) - 11.5 }).reshaped([40, 300])
      let (there, too) = (try a.to(device), try (a * 0.7 + 1).to(device))
      for (name, run) in DevicesTests.programs {
        #expect(throws: Never.self, "\(name)") {
          _ = try run(there, too).storage.evaluatedHere()
        }
      }
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
