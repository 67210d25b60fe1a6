import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

/// Kernels without libLLVM: the same launch, the same results.
@Suite struct InterpreterFallbackTests {
  private static let count = 5000
  private static let chunk = 100

  /// `out = exp(x) * factor / x`, each task a chunk.
  private func kernel() -> Kernel {
    let b = KernelBuilder(name: "fallback")
    let x = b.buffer(.float64, strides: [.unit])
    let out = b.buffer(.float64, strides: [.unit], access: .write)
    let factor = b.slotValue(b.slot(), .float64)
    b.tasks { task in
      let chunk = b.integer(Self.chunk)
      let low = task * chunk
      b.loop(.vector, from: low, to: low + chunk) { i in
        let value = b.load(x, [i])
        b.store(out, [i], value.call(.exp) * factor / value)
      }
    }
    return b.finish()
  }

  private func run(_ kernel: CPUKernel, _ x: inout [Double]) -> ([Double], FloatingPointEvents) {
    var out = [Double](repeating: -1, count: x.count)
    let events = x.withUnsafeMutableBytes { x in
      out.withUnsafeMutableBytes { out in
        kernel.launch(
          buffers: [x.baseAddress, out.baseAddress], slots: [Int64(bitPattern: 1.5.bitPattern)],
          tasks: Self.count / Self.chunk, grain: 3)
      }
    }
    return (out, events)
  }

  @Test func givesTheBitsOfCompiledCode() throws {
    let compiled = try CPU.shared.compileForHost(kernel())
    let interpreted = try CPU.shared.interpreted(kernel())
    #expect(compiled.directFunction != nil)
    #expect(interpreted.directFunction == nil)
    #expect(interpreted.name == "fallback")

    var x = (0..<Self.count).map { Double($0) / 700 + 0.01 }
    let (expected, none) = run(compiled, &x)
    let (actual, alsoNone) = run(interpreted, &x)
    #expect(actual.map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(none == [] && alsoNone == [])
  }

  @Test func reportsEvents() throws {
    let interpreted = try CPU.shared.interpreted(kernel())
    var x = [Double](repeating: 1, count: Self.count)
    x[Self.count - 1] = 0
    let (out, events) = run(interpreted, &x)
    #expect(out.last == .infinity)
    #expect(events == .divideByZero)
  }
}
