/// The element types of an array, in NumPy's order of kinds.
///
/// The raw value indexes tables, so the order is part of the design: adding a type means adding it
/// at the end and filling in the properties below (see CONTRIBUTING).
@frozen
public enum DType: UInt8, CaseIterable, Sendable, Hashable {
  case bool
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float16, float32, float64
  case complex64, complex128
  case bfloat16
}

extension DType {
  /// Bytes per element.
  @inlinable
  public var itemSize: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  @inlinable public var isSigned: Bool { self >= .int8 && self <= .int64 }
  @inlinable public var isUnsigned: Bool { self >= .uint8 && self <= .uint64 }
  @inlinable public var isInteger: Bool { self >= .int8 && self <= .uint64 }
  @inlinable public var isComplex: Bool { self == .complex64 || self == .complex128 }
  @inlinable public var isFloating: Bool {
    switch self {
    case .float16, .float32, .float64, .bfloat16: true
    default: false
    }
  }
  /// Floating or complex: the types that hold NaN and infinity.
  @inlinable public var isInexact: Bool { isFloating || isComplex }

  /// The type of a complex number's parts; every other type is its own.
  @inlinable
  public var realType: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  /// The complex type that holds this one: `complex64` up to `float32`, else `complex128`.
  public var complexType: DType {
    switch self {
    case .float16, .bfloat16, .float32, .complex64: .complex64
    default: .complex128
    }
  }

  /// The type that arithmetic is done in: half types compute in `float32` and round after each step.
  @inlinable
  public var computeType: DType {
    self == .float16 || self == .bfloat16 ? .float32 : self
  }

  /// Significant bits of the mantissa, the hidden one included; 0 for integers.
  public var mantissaBits: Int {
    switch self {
    case .float16: 11
    case .bfloat16: 8
    case .float32, .complex64: 24
    case .float64, .complex128: 53
    default: 0
    }
  }

  /// NumPy's name: `float64`, `bool`, …
  public var name: String {
    switch self {
    case .bool: "bool"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .float16: "float16"
    case .float32: "float32"
    case .float64: "float64"
    case .complex64: "complex64"
    case .complex128: "complex128"
    case .bfloat16: "bfloat16"
    }
  }

  /// The type with this NumPy name.
  public init?(name: String) {
    guard let found = DType.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// NumPy's one-letter code, as in `ufunc.types`; `E` stands for bfloat16, which NumPy lacks.
  public var code: Character {
    switch self {
    case .bool: "?"
    case .int8: "b"
    case .int16: "h"
    case .int32: "i"
    case .int64: "l"
    case .uint8: "B"
    case .uint16: "H"
    case .uint32: "I"
    case .uint64: "L"
    case .float16: "e"
    case .float32: "f"
    case .float64: "d"
    case .complex64: "F"
    case .complex128: "D"
    case .bfloat16: "E"
    }
  }
}

extension DType: Comparable {
  @inlinable
  public static func < (a: DType, b: DType) -> Bool { a.rawValue < b.rawValue }
}

extension DType: CustomStringConvertible {
  public var description: String { name }
}
