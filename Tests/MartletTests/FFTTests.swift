import MartletIR
import Testing

@testable import Martlet

/// Transforms of the Swift door; the Python tests compare every form of them with NumPy's.
@Suite struct FFTTests {
  private func signal(_ count: Int) throws -> NDArray {
    let ramp = try NDArray.arange(
      start: Scalar(0.0, .float64), next: Scalar(1.0, .float64), count: count)
    return sin(ramp * 0.7) + cos(ramp * 2.3)
  }

  private func distance(_ a: NDArray, _ b: NDArray) throws -> Double {
    let gaps = try Elementwise.apply(.absolute, [.array(a - b)])[0]
    return try gaps.reduced(.maximum).item().asDouble
  }

  private func part(_ operation: ElementwiseOperation, _ a: NDArray) throws -> NDArray {
    try Elementwise.apply(operation, [.array(a)])[0]
  }

  @Test(arguments: [1, 2, 7, 12, 37, 64, 100, 131])
  func thereAndBack(count: Int) throws {
    let x = try signal(count)
    for scaling in FFT.Scaling.allCases {
      let there = try FFT.fft(x, scaling: scaling)
      #expect(there.dtype == .complex128)
      #expect(try distance(FFT.ifft(there, scaling: scaling), x) < 1e-12)
      let half = try FFT.rfft(x, scaling: scaling)
      #expect(half.shape == [count / 2 + 1])
      #expect(try distance(FFT.irfft(half, count: count, scaling: scaling), x) < 1e-12)
      let even = try FFT.ihfft(x, scaling: scaling)
      #expect(try distance(FFT.hfft(even, count: count, scaling: scaling), x) < 1e-12)
    }
  }

  @Test func knownSpectrum() throws {
    let x = NDArray([1.0, 2, 0, -1])
    let spectrum = try FFT.fft(x)
    #expect(try distance(part(.real, spectrum), NDArray([2.0, 1, 0, 1])) == 0)
    #expect(try distance(part(.imag, spectrum), NDArray([0.0, -3, 0, 3])) == 0)
  }

  @Test func severalAxes() throws {
    let x = try signal(60).reshaped([3, 4, 5])
    let there = try FFT.fftn(x)
    #expect(try distance(FFT.ifftn(there), x) < 1e-13)
    let half = try FFT.rfftn(x, axes: [0, 2])
    #expect(half.shape == [3, 4, 3])
    #expect(try distance(FFT.irfftn(half, sizes: [3, 5], axes: [0, 2]), x) < 1e-13)
  }

  @Test func rootsAreRounded() {
    // 31 digits of cos and sin of 2π/7, as the nearest doubles.
    let root = RootsOfUnity(7)[1]
    #expect(root.real == 0.6234898018587335305250048840042398)
    #expect(root.imaginary == -0.7818314824680298087084445266740578)
    #expect(RootsOfUnity(8)[6] == (real: 0, imaginary: 1))
    let third = RootsOfUnity(12)[4]
    #expect(third.real == -0.5 && third.imaginary == -0.8660254037844386467637231707529362)
  }

  @Test func whatIsWrong() throws {
    let x = try signal(4)
    #expect(throws: MartletError.self) { try FFT.fft(x, count: 0) }
    #expect(throws: MartletError.self) { try FFT.fft(x, count: 2, axis: 1) }
    #expect(throws: MartletError.self) { try FFT.rfft(FFT.fft(x)) }
    #expect(throws: MartletError.self) { try FFT.fftn(x, sizes: [2, 2], axes: [0]) }
    #expect(throws: MartletError.self) { try FFT.fftfreq(0) }
  }

  @Test func frequencies() throws {
    #expect(try distance(FFT.fftfreq(5), NDArray([0, 0.2, 0.4, -0.4, -0.2])) < 1e-15)
    #expect(try distance(FFT.rfftfreq(4, spacing: 0.5), NDArray([0, 0.5, 1.0])) == 0)
    let shifted = try FFT.fftshift(NDArray([0.0, 1, 2, 3, 4]))
    #expect(try distance(shifted, NDArray([3.0, 4, 0, 1, 2])) == 0)
    #expect(try distance(FFT.ifftshift(shifted), NDArray([0.0, 1, 2, 3, 4])) == 0)
  }
}
