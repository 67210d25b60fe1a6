import CPythonABI
import Martlet
import MartletIR

/// `numpy.fft` on devices.
enum TransformFunctions {
  static let all: [DoorFunction] = [
    line("fft", FFT.fft), line("ifft", FFT.ifft), line("rfft", FFT.rfft),
    line("irfft", FFT.irfft), line("hfft", FFT.hfft), line("ihfft", FFT.ihfft),
    space("fftn", FFT.fftn), space("ifftn", FFT.ifftn), space("rfftn", FFT.rfftn),
    space("irfftn", FFT.irfftn), plane("fft2", FFT.fftn), plane("ifft2", FFT.ifftn),
    plane("rfft2", FFT.rfftn), plane("irfft2", FFT.irfftn),
  ]

  private typealias Line =
    @Sendable (NDArray, Int?, Int, FFT.Scaling) throws(MartletError) -> NDArray
  private typealias Space =
    @Sendable (NDArray, [Int]?, [Int]?, FFT.Scaling) throws(MartletError) -> NDArray

  private static func line(_ name: String, _ transform: @escaping Line) -> DoorFunction {
    DoorFunction(
      "fft.\(name)", "(a, n=None, axis=-1, norm=None, out=None)",
      "A Fourier transform along one axis."
    ) { arguments throws(PythonError) in
      let a = try parseArray(arguments.required(0), dtype: nil)
      let count = try arguments.optional(1).map { (o) throws(PythonError) in try parseInt(o) }
      let axis = try arguments[2].map { (o) throws(PythonError) in try parseAxis(o) } ?? -1
      let scaling = try parseScaling(arguments.optional(3))
      let result = try DeviceLibraries.run([a]) { () throws(MartletError) in
        try transform(a, count, axis, scaling)
      }
      return try Results.give(result, to: arguments.optional(4))
    }
  }

  private static func space(_ name: String, _ transform: @escaping Space) -> DoorFunction {
    severalAxes(name, "(a, s=None, axes=None, norm=None, out=None)", nil, transform)
  }

  private static func plane(_ name: String, _ transform: @escaping Space) -> DoorFunction {
    severalAxes(name, "(a, s=None, axes=(-2, -1), norm=None, out=None)", [-2, -1], transform)
  }

  private static func severalAxes(
    _ name: String, _ signature: String, _ usual: [Int]?, _ transform: @escaping Space
  ) -> DoorFunction {
    DoorFunction("fft.\(name)", signature, "A Fourier transform over several axes.") {
      arguments throws(PythonError) in
      let a = try parseArray(arguments.required(0), dtype: nil)
      let sizes = try arguments.optional(1).map { (o) throws(PythonError) in try parseSizes(o) }
      let axes =
        arguments.isMissing(2)
        ? usual
        : try arguments.optional(2).map { (o) throws(PythonError) in try parseInts(o) }
      if sizes != nil, axes == nil {
        throw .notNative("sizes without axes, which NumPy deprecates")
      }
      let scaling = try parseScaling(arguments.optional(3))
      let result = try DeviceLibraries.run([a]) { () throws(MartletError) in
        try transform(a, sizes, axes, scaling)
      }
      return try Results.give(result, to: arguments.optional(4))
    }
  }

  private static func parseSizes(_ object: Ref) throws(PythonError) -> [Int] {
    let tuple = try check(PySequence_Tuple(object))
    defer { py_release(tuple) }
    for i in 0..<PyTuple_Size(tuple) where PyTuple_GetItem(tuple, i) == py_none() {
      throw .notNative("None among the sizes, which NumPy deprecates")
    }
    return try parseInts(tuple)
  }

  private static func parseScaling(_ object: Ref?) throws(PythonError) -> FFT.Scaling {
    guard let object else { return .backward }
    if isSubclass(object, stringFlag), let scaling = FFT.Scaling(rawValue: try swiftString(object))
    {
      return scaling
    }
    let text = try check(PyObject_Str(object))
    defer { py_release(text) }
    throw .value(
      "Invalid norm value \(try swiftString(text)); should be \"backward\",\"ortho\" or "
        + "\"forward\".")
  }
}
