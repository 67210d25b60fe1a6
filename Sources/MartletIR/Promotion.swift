/// NumPy's promotion rules (NEP 50): arrays and NumPy scalars promote by type alone, Python numbers
/// and Swift literals are *weak* and take the other operand's type where its kind allows.
public enum Promotion {
  /// A literal without a type of its own.
  public enum Weak: UInt8, Sendable, Hashable {
    case bool, integer, floating, complex
  }

  /// The smallest type that holds both, as `numpy.promote_types`.
  public static func promote(_ a: DType, _ b: DType) -> DType {
    table[Int(a.rawValue) * DType.allCases.count + Int(b.rawValue)]
  }

  /// The common type of arrays; nil when there is none to start with.
  public static func promote(_ types: some Sequence<DType>) -> DType? {
    types.reduce(nil as DType?) { common, next in
      common.map { promote($0, next) } ?? next
    }
  }

  /// What a literal becomes beside an operand of type `dtype`.
  @inlinable
  public static func resolve(_ weak: Weak, beside dtype: DType) -> DType {
    switch weak {
    case .bool: .bool
    case .integer: dtype == .bool ? .int64 : dtype
    case .floating: dtype.isInexact ? dtype : .float64
    case .complex: dtype.isInexact ? dtype.complexType : .complex128
    }
  }

  /// What a literal becomes on its own.
  @inlinable
  public static func natural(_ weak: Weak) -> DType {
    switch weak {
    case .bool: .bool
    case .integer: .int64
    case .floating: .float64
    case .complex: .complex128
    }
  }

  /// How far a conversion may go, as NumPy's `casting=`.
  public enum Casting: String, Sendable {
    case no, equiv, safe, sameKind = "same_kind", unsafe
  }

  /// Whether `numpy.can_cast(from, to, casting)` holds.
  public static func canCast(_ from: DType, to: DType, _ casting: Casting) -> Bool {
    switch casting {
    case .no, .equiv: from == to
    case .safe: promote(from, to) == to
    case .sameKind: kindRank(from) <= kindRank(to) || promote(from, to) == to
    case .unsafe: true
    }
  }

  private static func kindRank(_ type: DType) -> Int {
    if type == .bool { return 0 }
    if type.isUnsigned { return 1 }
    if type.isSigned { return 2 }
    return type.isFloating ? 3 : 4
  }

  private static let table: [DType] = DType.allCases.flatMap { a in
    DType.allCases.map { b in compute(a, b) }
  }

  private static func compute(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    if a == .bool { return b }
    if b == .bool { return a }
    if a.isInteger && b.isInteger { return integers(a, b) }
    if a.isComplex || b.isComplex {
      let real = compute(a.realType, b.realType)
      return real == .float64 || real.isInteger ? .complex128 : .complex64
    }
    // At least one is floating: an integer asks for the float that holds its range exactly enough.
    let left = a.isInteger ? floating(for: a, beside: b) : a
    let right = b.isInteger ? floating(for: b, beside: a) : b
    if left == right { return left }
    // The half types hold none of each other's values: their common type is float32.
    if min(left.itemSize, right.itemSize) == 2 && max(left.itemSize, right.itemSize) == 2 {
      return .float32
    }
    return left.itemSize > right.itemSize ? left : right
  }

  private static func integers(_ a: DType, _ b: DType) -> DType {
    if a.isSigned == b.isSigned { return a.itemSize >= b.itemSize ? a : b }
    let (signed, unsigned) = a.isSigned ? (a, b) : (b, a)
    if signed.itemSize > unsigned.itemSize { return signed }
    switch unsigned.itemSize {
    case 1: return .int16
    case 2: return .int32
    case 4: return .int64
    default: return .float64
    }
  }

  private static func floating(for integer: DType, beside other: DType) -> DType {
    // bfloat16 follows ml_dtypes: it takes any integer without widening.
    if other == .bfloat16 { return .bfloat16 }
    switch integer.itemSize {
    case 1: return .float16
    case 2: return .float32
    default: return .float64
    }
  }
}
