import MartletKernels
import Testing

let offset: Float = 0.25

@Vectorized
func shifted(_ x: Float) -> Float {
  if x < 0 { return 0 }
  return saturate(x: x, gain: 2) + offset
}

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
}
