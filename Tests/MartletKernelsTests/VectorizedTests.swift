import MartletFrontend
import MartletIR
import MartletKernels
import Testing

let offset: Float = 0.25

@Vectorized
func shifted(_ x: Float) -> Float {
  if x < 0 { return 0 }
  return saturate(x: x, gain: 2) + offset
}

@Vectorized
func bytes(_ x: UInt8, _ y: UInt8) -> UInt8 { x &+ y }

struct VectorizedTests {
  @Test func arraysAndNumbersMix() throws {
    let a = NDArray([0.25, 0.5, 2] as [Float])
    let b = NDArray([1, 3, 0.25] as [Float])
    #expect(try saturate(x: a, gain: 0.5).elements(as: Float.self) == [0.125, 0.25, 1])
    #expect(try saturate(x: 2, gain: b).elements(as: Float.self) == [1, 1, 0.5])
    #expect(try saturate(x: a, gain: b).elements(as: Float.self) == [0.25, 1, 0.5])
    let number = saturate(x: 0.5, gain: 0.5)
    #expect(number == 0.25 as Float)
    #expect(type(of: number) == Float.self)
  }

  @Test func callsAnotherFunctionAndReadsAConstant() throws {
    let a = NDArray([-1, 0.25, 2] as [Float])
    #expect(try shifted(a).elements(as: Float.self) == [-1, 0.25, 2].map { shifted($0) })
  }

  @Test func largeArraysWaitAndFuse() throws {
    let a = try NDArray.ones([300, 300], .float32)
    let chain = saturate(x: saturate(x: a + 1, gain: 0.25) * 3, gain: a) + 0.5
    #expect(chain.isPending)
    #expect(try chain.sum().item(as: Float.self) == 1.5 * 90000)
  }

  @Test func methodsOfUfuncs() throws {
    let a = NDArray([0.5, 0.25, 3] as [Float])
    #expect(try $saturate.accumulate(a).elements(as: Float.self) == [0.5, 0.125, 0.375])
    #expect(try $saturate.reduceAt(a, [0, 1]).elements(as: Float.self) == [0.5, 0.75])
    #expect(
      try $saturate.outer(a, a).elements(as: Float.self)
        == [0.25, 0.125, 1, 0.125, 0.0625, 0.75, 1, 0.75, 1])
    var b = a
    try $shifted.apply(to: &b, at: 2)
    #expect(try b.elements(as: Float.self) == [0.5, 0.25, 1.25])
  }

  @Test func argumentsThatDontFitThrow() throws {
    let wide = NDArray([0.5, 2])
    #expect(throws: MartletError.self) { try $saturate(wide, 0.5) }
    let short = NDArray([1, 2, 3] as [Float])
    #expect(throws: MartletError.self) { try $saturate(short, NDArray([1, 2] as [Float])) }
    #expect(
      throws: MartletError.invalidArgument(
        operation: "saturate", detail: "it takes 2 arguments, not 1")
    ) { try $saturate(short) }
    #expect(throws: MartletError.self) { try $bytes(NDArray([1] as [UInt8]), 256) }
    #expect(throws: MartletError.self) { try $bytes(NDArray([1] as [UInt8]), -1) }
    #expect(throws: MartletError.self) { try $bytes(NDArray([1] as [UInt8]), 0.5) }
    #expect(try bytes(NDArray([1, 255] as [UInt8]), 3).elements(as: UInt8.self) == [4, 2])
    // Narrower numbers cast safely.
    #expect(saturate(x: NDArray([1, 2] as [Int16]), gain: 0.25).dtype == .float32)
  }

  /// The macro checks kernels by a table of its own, since it doesn't have the operations.
  @Test func functionsAreThoseOfTheTable() throws {
    var count = 0
    for function in SwiftFunction.all.values {
      guard let row = function.row else { continue }
      let types: [DType] =
        function.operands == .floating
        ? [.float16, .float32, .float64]
        : [.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]
      for type in types {
        let inputs = Array(repeating: type, count: function.count)
        let found = try #require(ScalarFunctions.library(row, inputs), "\(row) of \(type)")
        #expect(found.inputs == inputs, "\(row) of \(type)")
        let output: DType = if case .fixed(let fixed) = function.result { fixed } else { type }
        #expect(found.outputs == [output], "\(row) of \(type)")
        count += 1
      }
    }
    #expect(count > 100)
  }
}
