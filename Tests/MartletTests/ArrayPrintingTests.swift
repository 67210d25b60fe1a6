import MartletIR
import Testing

@testable import Martlet

/// What NumPy prints, from texts that `Tools/printing_texts.py` has written.
struct ArrayPrintingTests {
  private func array(_ printed: PrintedArray) throws -> NDArray {
    let dtype = try #require(DType(name: printed.dtype))
    let result = try NDArray(uninitialised: Shape(printed.shape), dtype)
    let memory = try result.pointer()
    let size = dtype.realType.itemSize
    for (i, bits) in printed.bits.enumerated() {
      Scalar(dtype: dtype.realType, low: bits).write(to: memory + i * size)
    }
    return result
  }

  @Test func printsAsNumPy() throws {
    for printed in printedArrays {
      let array = try array(printed)
      #expect("\(array)" == printed.text)
      #expect(array.debugDescription == printed.representation)
    }
  }

  @Test func printsViewsInTheirOwnOrder() throws {
    let array = NDArray([[1, 2, 3], [4, 5, 6]])
    #expect("\(array.T)" == "[[1 4]\n [2 5]\n [3 6]]")
    #expect("\(try array.flipped())" == "[[6 5 4]\n [3 2 1]]")
    #expect("\(array[1, AxisIndex.slice(nil, nil, -2)])" == "[6 4]")
  }

  @Test func printsBFloat16WithTheDigitsItHas() throws {
    let array = try NDArray([1.0, 0.1, -2.5]).asType(.bfloat16)
    #expect(array.debugDescription == "array([ 1. ,  0.1, -2.5], dtype=bfloat16)")
  }
}
