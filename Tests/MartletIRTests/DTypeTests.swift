import Testing

@testable import MartletIR

@Suite struct DTypeTests {
  @Test func hasNumPysSizes() {
    let sizes = DType.allCases.map(\.itemSize)
    #expect(sizes == [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, 8, 16, 2])
  }

  @Test(arguments: DType.allCases) func isOfOneKind(_ dtype: DType) {
    let kinds = [
      dtype == .bool, dtype.isSigned, dtype.isUnsigned, dtype.isFloating, dtype.isComplex,
    ]
    #expect(kinds.filter { $0 }.count == 1)
    #expect(dtype.isInteger == (dtype.isSigned || dtype.isUnsigned))
    #expect(dtype.isInexact == (dtype.isFloating || dtype.isComplex))
  }

  @Test(arguments: DType.allCases) func hasAName(_ dtype: DType) {
    #expect(DType(name: dtype.name) == dtype)
    #expect("\(dtype)" == dtype.name)
  }

  @Test func namesAndCodesDiffer() {
    #expect(Set(DType.allCases.map(\.name)).count == DType.allCases.count)
    #expect(Set(DType.allCases.map(\.code)).count == DType.allCases.count)
    #expect(Set(DType.allCases.map(\.shortName)).count == DType.allCases.count)
    #expect(DType(name: "float128") == nil)
  }

  @Test func complexTypesHaveParts() {
    #expect(DType.complex64.realType == .float32)
    #expect(DType.complex128.realType == .float64)
    #expect(DType.float32.realType == .float32)
    #expect(DType.float16.complexType == .complex64)
    #expect(DType.int8.complexType == .complex128)
    #expect(DType.float64.complexType == .complex128)
  }

  @Test func halfTypesComputeInFloat() {
    #expect(DType.float16.computeType == .float32)
    #expect(DType.bfloat16.computeType == .float32)
    #expect(DType.float64.computeType == .float64)
  }

  @Test func mantissaBitsAreThoseOfTheTypes() {
    #expect(DType.float64.mantissaBits == Double.significandBitCount + 1)
    #expect(DType.float32.mantissaBits == Float.significandBitCount + 1)
    #expect(DType.int64.mantissaBits == 0)
  }
}
