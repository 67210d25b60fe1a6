import Glibc
import MartletCodegen
import MartletIR
import Testing

/// The error function against the C library's, which is within one unit in the last place.
@Suite struct ErrorFunctionTests {
  static func values(
    of xs: [Double], _ function: (Expression) -> Expression
  ) throws -> [Double] {
    let builder = KernelBuilder(name: "special")
    let source = builder.buffer(.float64, strides: [.unit])
    let target = builder.buffer(.float64, strides: [.unit], access: .write)
    builder.tasks { i in builder.store(target, [i], function(builder.load(source, [i]))) }
    let interpreter = try Interpreter(MathLibrary.expand(builder.finish()))
    var input = xs
    var output = [Double](repeating: 0, count: xs.count)
    input.withUnsafeMutableBytes { input in
      output.withUnsafeMutableBytes { output in
        let buffers = [input.baseAddress, output.baseAddress]
        interpreter.run(buffers: buffers, slots: nil, begin: 0, end: xs.count)
      }
    }
    return output
  }

  static let inputs: [Double] =
    stride(from: -7.0, through: 7, by: 1.0 / 512).map { $0 * 1.0009765625 }
    + stride(from: 7.0, through: 27, by: 1.0 / 64).map { $0 }
    + [0, -0.0, 1e-300, 27.0 / 32, -27.0 / 32, 0.84374999, .infinity, -.infinity, 5.9999, 6.0001]

  @Test func errorFunction() throws {
    for (x, y) in zip(Self.inputs, try Self.values(of: Self.inputs, ErrorFunction.erf)) {
      let exact = erf(x)
      #expect(abs(y - exact) <= 2 * exact.ulp, "erf(\(x)) is \(exact), not \(y)")
      #expect(y.sign == exact.sign)
    }
  }

  @Test func complement() throws {
    for (x, y) in zip(Self.inputs, try Self.values(of: Self.inputs, ErrorFunction.erfc)) {
      let exact = erfc(x)
      // Below the normal numbers the steps are all of one size.
      #expect(abs(y - exact) <= 4 * exact.ulp, "erfc(\(x)) is \(exact), not \(y)")
    }
  }

  @Test func noNumber() throws {
    #expect(try Self.values(of: [.nan], ErrorFunction.erf)[0].isNaN)
    #expect(try Self.values(of: [.nan], ErrorFunction.erfc)[0].isNaN)
  }
}
