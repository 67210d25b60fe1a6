import MartletIR

/// `numpy.fft`.
extension NativeFunction {
  static let transforms: [NativeFunction] = [
    line("fft", "The Fourier transform along an axis.", FFT.fft),
    line("ifft", "The inverse Fourier transform along an axis.", FFT.ifft),
    line("rfft", "The first half of the Fourier transform of real numbers.", FFT.rfft),
    line("irfft", "The inverse of rfft.", FFT.irfft),
    line("hfft", "The Fourier transform of a signal with Hermitian symmetry.", FFT.hfft),
    line("ihfft", "The inverse of hfft.", FFT.ihfft),
    space("fftn", "The Fourier transform over several axes.", FFT.fftn),
    space("ifftn", "The inverse Fourier transform over several axes.", FFT.ifftn),
    space("rfftn", "The Fourier transform of real numbers over several axes.", FFT.rfftn),
    space("irfftn", "The inverse of rfftn.", FFT.irfftn),
    plane("fft2", "The Fourier transform over two axes.", FFT.fftn),
    plane("ifft2", "The inverse Fourier transform over two axes.", FFT.ifftn),
    plane("rfft2", "The Fourier transform of real numbers over two axes.", FFT.rfftn),
    plane("irfft2", "The inverse of rfft2.", FFT.irfftn),
    frequencies("fftfreq", "The frequencies of fft's elements.", FFT.fftfreq),
    frequencies("rfftfreq", "The frequencies of rfft's elements.", FFT.rfftfreq),
    shift("fftshift", "Frequency 0 in the middle of the axes.", FFT.fftshift),
    shift("ifftshift", "The inverse of fftshift.", FFT.ifftshift),
  ]

  private typealias Line =
    @Sendable (NDArray, Int?, Int, FFT.Scaling) throws(MartletError) -> NDArray
  private typealias Space =
    @Sendable (NDArray, [Int]?, [Int]?, FFT.Scaling) throws(MartletError) -> NDArray

  private static func line(
    _ name: String, _ summary: String, _ transform: @escaping Line
  ) -> NativeFunction {
    NativeFunction(
      "fft.\(name)", "(a, n=None, axis=-1, norm=None, out=None)", summary,
      .rule, output: .sameKind
    ) { call throws(MartletError) in
      let a = try call.array(0)
      let count = try call.optionalInt(1)
      let axis = try call.int(2, default: -1)
      let scaling = try scaling(call, 3)
      return .array(
        try call.run(elements: work(a, count)) { () throws(MartletError) in
          try transform(a, count, axis, scaling)
        })
    }
  }

  private static func space(
    _ name: String, _ summary: String, _ transform: @escaping Space
  ) -> NativeFunction {
    severalAxes(name, "(a, s=None, axes=None, norm=None, out=None)", summary, nil, transform)
  }

  private static func plane(
    _ name: String, _ summary: String, _ transform: @escaping Space
  ) -> NativeFunction {
    severalAxes(
      name, "(a, s=None, axes=(-2, -1), norm=None, out=None)", summary, [-2, -1], transform)
  }

  private static func severalAxes(
    _ name: String, _ signature: String, _ summary: String, _ usual: [Int]?,
    _ transform: @escaping Space
  ) -> NativeFunction {
    NativeFunction(
      "fft.\(name)", signature, summary, .rule,
      output: .sameKind
    ) { call throws(MartletError) in
      let a = try call.array(0)
      guard call.kind(1) != .integer, call.kind(2) != .integer else {
        throw call.notNative("a number in place of a sequence of them")
      }
      let sizes = call.isGiven(1) ? try sizes(call, 1) : nil
      let axes = call.isMissing(2) ? usual : try call.ints(2)
      if sizes != nil, axes == nil {
        throw call.notNative("sizes without axes, which NumPy deprecates")
      }
      let scaling = try scaling(call, 3)
      let count = sizes.map { $0.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } }
      return .array(
        try call.run(elements: work(a, count)) { () throws(MartletError) in
          try transform(a, sizes, axes, scaling)
        })
    }
  }

  private static func sizes(
    _ call: FunctionCall, _ position: Int
  ) throws(MartletError) -> [Int]? {
    do throws(MartletError) { return try call.ints(position) } catch {
      // None among the sizes, which NumPy deprecates, is no integer.
      throw call.notNative("sizes that are no integers")
    }
  }

  /// How much work it is, in passes over elements.
  private static func work(_ a: NDArray, _ count: Int?) -> Int {
    let points = max(a.count, abs(count ?? 0))
    return points.multipliedReportingOverflow(by: 16).overflow ? .max : points * 16
  }

  private static func scaling(
    _ call: FunctionCall, _ position: Int
  ) throws(MartletError) -> FFT.Scaling {
    guard let name = try call.string(position) else { return .backward }
    guard let scaling = FFT.Scaling(rawValue: name) else {
      let isForward = !call.function.name.hasPrefix("i") && call.function.name != "hfft"
      let first = isForward ? #""backward","ortho""# : #""backward", "ortho""#
      throw call.invalid("Invalid norm value \(name); should be \(first) or \"forward\".")
    }
    return scaling
  }

  private static func frequencies(
    _ name: String, _ summary: String,
    _ compute: @escaping @Sendable (Int, Double) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(
      "fft.\(name)", "(n, d=1.0, device=None)", summary,
      .constant("the size is an integer")
    ) { call throws(MartletError) in
      try call.reject(2, "the argument 'device'")
      guard [.integer, .truth].contains(call.kind(0)) else {
        throw call.invalid("n should be an integer")
      }
      guard [.missing, .integer, .number, .truth].contains(call.kind(1)) else {
        throw call.notNative("a sample spacing that is no number")
      }
      let count = try call.int(0)
      let spacing = try call.double(1, default: 1)
      // Python's arithmetic has words for these.
      guard count > 0, Double(count) * spacing != 0 else {
        throw call.notNative("a size or a sample spacing of 0")
      }
      return .array(try compute(count, spacing))
    }
  }

  private static func shift(
    _ name: String, _ summary: String,
    _ compute: @escaping @Sendable (NDArray, [Int]?) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction("fft.\(name)", "(x, axes=None)", summary, .composed) {
      call throws(MartletError) in
      .array(try compute(call.array(0), call.ints(1)))
    }
  }
}
