import MartletIR
import Testing

@testable import Martlet

@Suite struct DebugTests {
  /// An address that nothing reads.
  private var memory: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: 64)! }

  /// `(a + row) as float32`, over 3 × 4 elements.
  private var program: Program {
    let shape = Shape([3, 4])
    let row = Layout(shape: shape, strides: Shape([0, 1]), offset: 0)
    var program = Program(domain: shape, device: .host)
    program.leaves = [
      .init(pointer: memory, layout: Layout(contiguous: shape), dtype: .float64),
      .init(pointer: memory, layout: row, dtype: .float64),
      .init(pointer: nil, layout: Layout(contiguous: shape), dtype: .int64),
    ]
    program.steps = [.init(operation: .add, loop: 0, operands: [.leaf(0), .leaf(1)])]
    program.outputs = [
      .init(
        operand: .step(0, output: 0), pointer: memory, layout: Layout(contiguous: shape),
        dtype: .float32)
    ]
    return program
  }

  @Test func aLaunchTellsWhatItFused() {
    let launch = LaunchDescription(program)
    #expect(launch.description == "add (3, 4) float64, float64 → float32")
    // The row is read once.
    #expect(launch.byteCount == 12 * 8 + 4 * 8 + 12 * 4)
  }

  @Test func aReductionIsTheLastStep() {
    var program = program
    program.outputs = []
    let launch = LaunchDescription(program, reduction: ("sum", .float64))
    #expect(launch.description == "add → sum (3, 4) float64, float64 → float64")
  }

  @Test func workWithoutStepsIsACopy() {
    var program = program
    program.steps = []
    #expect(LaunchDescription(program).description.hasPrefix("copy (3, 4)"))
    #expect(LaunchDescription(step: "martlet_count").description == "martlet_count")
  }
}
