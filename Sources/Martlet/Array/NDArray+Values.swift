import MartletIR

// What values of Swift can do: be compared, stored, and looked at.

extension NDArray: Equatable {
  /// Whether shape and elements are the same (NumPy's `array_equal`); dtypes may differ, and NaN
  /// equals nothing. `.==` compares element by element.
  public static func == (a: NDArray, b: NDArray) -> Bool {
    guard a.shape == b.shape else { return false }
    return stopping(#fileID, #line) { () throws(MartletError) in
      try !compute(.equal, .array(a), .array(b)).reduced(.all).item().isZero
    }
  }
}

// MARK: - Codable

extension NDArray: Codable {
  private enum Key: String, CodingKey { case dtype, shape, elements }

  /// Writes the dtype's name, the shape, and the elements in C order; of complex numbers the real
  /// and the imaginary parts in turn.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(dtype.name, forKey: .dtype)
    try container.encode(Array(shape), forKey: .shape)
    switch dtype {
    case .bool: try container.encode(elements(as: Bool.self), forKey: .elements)
    case .uint64: try container.encode(elements(as: UInt64.self), forKey: .elements)
    case _ where dtype.isInteger: try container.encode(elements(as: Int64.self), forKey: .elements)
    case .complex64:
      try container.encode(
        elements(as: Complex<Float>.self).flatMap { [$0.real, $0.imaginary] }, forKey: .elements)
    case .complex128:
      try container.encode(
        elements(as: Complex<Double>.self).flatMap { [$0.real, $0.imaginary] }, forKey: .elements)
    case .float64: try container.encode(elements(as: Double.self), forKey: .elements)
    default: try container.encode(elements(as: Float.self), forKey: .elements)
    }
  }

  /// Reads what `encode(to:)` writes.
  ///
  /// - Throws: `DecodingError` where the shape does not fit the elements, or an element not its
  ///   dtype, and what making the array throws.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    func corrupted(_ key: Key, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
    let name = try container.decode(String.self, forKey: .dtype)
    guard let dtype = DType(name: name) else {
      throw corrupted(.dtype, "there is no dtype '\(name)'")
    }
    let sizes = try container.decode([Int].self, forKey: .shape)
    guard sizes.count <= Shape.maximumRank, Shape(sizes).isPossible else {
      throw corrupted(.shape, "\(sizes) is no shape")
    }
    let shape = Shape(sizes)
    func read<Number: Decodable & ArrayElement>(
      _ type: Number.Type, each: Int = 1
    ) throws -> [Number] {
      let numbers = try container.decode([Number].self, forKey: .elements)
      guard shape.elementCount * each == numbers.count else {
        throw corrupted(.elements, "\(numbers.count) numbers do not fill shape \(shape)")
      }
      return numbers
    }
    func pairs<Part: ComplexPart & Decodable>(_: Part.Type) throws -> NDArray {
      let parts = try read(Part.self, each: 2)
      return try NDArray(
        stride(from: 0, to: parts.count, by: 2).map { Complex(parts[$0], parts[$0 + 1]) },
        shape: shape)
    }
    func whole<Number: FixedWidthInteger & Decodable & ArrayElement>(
      _: Number.Type
    ) throws -> NDArray {
      try NDArray(read(Number.self), shape: shape)
    }
    switch dtype {
    case .bool: self = try NDArray(read(Bool.self), shape: shape)
    case .int8: self = try whole(Int8.self)
    case .int16: self = try whole(Int16.self)
    case .int32: self = try whole(Int32.self)
    case .int64: self = try whole(Int64.self)
    case .uint8: self = try whole(UInt8.self)
    case .uint16: self = try whole(UInt16.self)
    case .uint32: self = try whole(UInt32.self)
    case .uint64: self = try whole(UInt64.self)
    case .complex64: self = try pairs(Float.self)
    case .complex128: self = try pairs(Double.self)
    case .float64: self = try NDArray(read(Double.self), shape: shape)
    default: self = try NDArray(read(Float.self), shape: shape).asType(dtype)
    }
  }
}

// MARK: - Looking at it

extension NDArray: CustomReflectable {
  /// What `dump` and debuggers show: the dtype, the shape, where the array lives, and the elements as
  /// `description` writes them.
  public var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "dtype": dtype.name, "shape": Array(shape), "device": device.name,
        "elements": description,
      ], displayStyle: .struct)
  }
}
