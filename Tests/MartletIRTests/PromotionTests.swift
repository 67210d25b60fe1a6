import Testing

@testable import MartletIR

@Suite struct PromotionTests {
  private static let known = DType.allCases.filter { $0 != .bfloat16 }

  private static func types(_ names: String?) -> [DType] {
    (names ?? "").split(separator: " ").compactMap { DType(name: String($0)) }
  }

  @Test(arguments: known) func promotesAsNumPy(_ a: DType) {
    let found = Self.known.map { Promotion.promote(a, $0) }
    #expect(found == Self.types(NumPyTables.promotions[a.name]))
  }

  @Test(arguments: known) func castsAsNumPy(_ a: DType) {
    let safe = Self.known.filter { Promotion.canCast(a, to: $0, .safe) }
    #expect(safe == Self.types(NumPyTables.safeCasts[a.name]))
    let sameKind = Self.known.filter { Promotion.canCast(a, to: $0, .sameKind) }
    #expect(sameKind == Self.types(NumPyTables.sameKindCasts[a.name]))
    #expect(Self.known.filter { Promotion.canCast(a, to: $0, .no) } == [a])
    #expect(Self.known.filter { Promotion.canCast(a, to: $0, .equiv) } == [a])
    #expect(Self.known.allSatisfy { Promotion.canCast(a, to: $0, .unsafe) })
  }

  @Test(arguments: DType.allCases) func isCommutative(_ a: DType) {
    for b in DType.allCases {
      #expect(Promotion.promote(a, b) == Promotion.promote(b, a), "\(a) and \(b)")
    }
  }

  /// As the ml_dtypes package does.
  @Test func bfloat16TakesIntegersAndMeetsFloat16InFloat32() {
    for dtype in Self.known where dtype == .bool || dtype.isInteger {
      #expect(Promotion.promote(.bfloat16, dtype) == .bfloat16, "\(dtype)")
    }
    #expect(Promotion.promote(.bfloat16, .float16) == .float32)
    #expect(Promotion.promote(.bfloat16, .float32) == .float32)
    #expect(Promotion.promote(.bfloat16, .float64) == .float64)
    #expect(Promotion.promote(.bfloat16, .complex64) == .complex64)
    #expect(Promotion.promote(.bfloat16, .complex128) == .complex128)
  }

  @Test func promotesSequences() {
    #expect(Promotion.promote([DType]()) == nil)
    #expect(Promotion.promote([DType.int8]) == .int8)
    #expect(Promotion.promote([DType.int8, .uint8, .float32]) == .float32)
  }

  /// `np.array(1, dtype) + literal` under NEP 50.
  @Test func literalsAreWeak() {
    #expect(Promotion.resolve(.integer, beside: .int8) == .int8)
    #expect(Promotion.resolve(.integer, beside: .bool) == .int64)
    #expect(Promotion.resolve(.integer, beside: .float16) == .float16)
    #expect(Promotion.resolve(.floating, beside: .int8) == .float64)
    #expect(Promotion.resolve(.floating, beside: .float16) == .float16)
    #expect(Promotion.resolve(.floating, beside: .complex64) == .complex64)
    #expect(Promotion.resolve(.complex, beside: .float32) == .complex64)
    #expect(Promotion.resolve(.complex, beside: .float64) == .complex128)
    #expect(Promotion.resolve(.complex, beside: .int8) == .complex128)
    #expect(Promotion.natural(.integer) == .int64)
    #expect(Promotion.natural(.floating) == .float64)
    #expect(Promotion.natural(.complex) == .complex128)
    #expect(Promotion.natural(.bool) == .bool)
  }
}
