import MartletIR
import MartletRuntime

/// A Swift type that stands for one of an array's dtypes.
public protocol ArrayElement: BitwiseCopyable, ArrayListElement {
  /// The dtype whose elements have this type's bytes.
  static var dtype: DType { get }
}

extension Bool: ArrayElement { public static var dtype: DType { .bool } }
extension Int8: ArrayElement { public static var dtype: DType { .int8 } }
extension Int16: ArrayElement { public static var dtype: DType { .int16 } }
extension Int32: ArrayElement { public static var dtype: DType { .int32 } }
extension Int64: ArrayElement { public static var dtype: DType { .int64 } }
extension Int: ArrayElement { public static var dtype: DType { .int64 } }
extension UInt8: ArrayElement { public static var dtype: DType { .uint8 } }
extension UInt16: ArrayElement { public static var dtype: DType { .uint16 } }
extension UInt32: ArrayElement { public static var dtype: DType { .uint32 } }
extension UInt64: ArrayElement { public static var dtype: DType { .uint64 } }
extension UInt: ArrayElement { public static var dtype: DType { .uint64 } }
extension Float16: ArrayElement { public static var dtype: DType { .float16 } }
extension Float: ArrayElement { public static var dtype: DType { .float32 } }
extension Double: ArrayElement { public static var dtype: DType { .float64 } }

/// A complex number, as an array holds it.
@frozen
public struct Complex<Part: ComplexPart>: ArrayElement, Hashable {
  /// The real part.
  public var real: Part
  /// The imaginary part.
  public var imaginary: Part

  /// A number of its two parts.
  @inlinable
  public init(_ real: Part, _ imaginary: Part) {
    self.real = real
    self.imaginary = imaginary
  }

  public static var dtype: DType { Part.dtype.complexType }
}

extension Complex where Part == Double {
  /// A number of two `Double`s, which literals mean: `Complex(0, 1)`.
  @inlinable
  public init(_ real: Double, _ imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }
}

/// What complex numbers are made of: `Float` or `Double`.
public protocol ComplexPart: ArrayElement, BinaryFloatingPoint {}
extension Float: ComplexPart {}
extension Double: ComplexPart {}

// MARK: - From Swift's numbers

extension NDArray {
  /// An array without axes that holds one number.
  public init<Element: ArrayElement>(_ element: Element) {
    self = NDArray.trapping { () throws(MartletError) in try NDArray([element], shape: []) }
  }

  /// An array with these elements, in C order.
  ///
  /// - Throws: `.shapeMismatch` where the shape has another number of elements, `.outOfMemory`.
  public init<Element: ArrayElement>(
    _ elements: [Element], shape: Shape
  ) throws(MartletError) {
    guard shape.isPossible, shape.elementCount == elements.count else {
      throw .shapeMismatch(
        operation: "array", detail: "\(elements.count) elements do not fill shape \(shape)")
    }
    try self.init(uninitialised: shape, Element.dtype)
    let target = try pointer()
    elements.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
    }
    self = try placed()
  }

  /// An array whose elements a function computes from their indices, in C order.
  ///
  ///     let table = try NDArray(shape: [10, 10]) { Double(($0[0] + 1) * ($0[1] + 1)) }
  ///
  /// - Throws: `.outOfMemory`.
  public init<Element: ArrayElement>(
    shape: Shape, _ element: (_ index: Shape) -> Element
  ) throws(MartletError) {
    try self.init(uninitialised: shape, Element.dtype)
    let target = try pointer().assumingMemoryBound(to: Element.self)
    var index = Shape(repeating: 0, count: shape.rank)
    for place in 0..<count {
      target[place] = element(index)
      var axis = shape.rank - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    self = try placed()
  }

  /// The result, or the end of the program with the error's text: for what Swift writes without
  /// `try`, such as operators. (`preconditionFailure` has no text in release builds.)
  package static func trapping(_ body: () throws(MartletError) -> NDArray) -> NDArray {
    do throws(MartletError) { return try body() } catch { fatalError("\(error)") }
  }
}

// MARK: - To Swift's numbers

extension NDArray {
  /// All elements in C order, converted to a Swift type of the same kind or a wider one.
  ///
  /// - Throws: `.castForbidden` where the conversion would lose a kind (floating to integer,
  ///   complex to real), and what evaluating the array throws.
  public func elements<Element: ArrayElement>(
    as type: Element.Type
  ) throws(MartletError) -> [Element] {
    let source = try converted(safelyTo: Element.dtype).contiguous().readable()
    let base = UnsafeRawPointer(try source.pointer()).assumingMemoryBound(to: Element.self)
    defer { withExtendedLifetime(source) {} }
    return Array(UnsafeBufferPointer(start: base, count: source.count))
  }

  /// The only element, converted as `elements(as:)` does it.
  ///
  /// - Throws: `.invalidArgument` unless there is exactly one, and as `elements(as:)`.
  public func item<Element: ArrayElement>(
    as type: Element.Type
  ) throws(MartletError) -> Element {
    guard count == 1 else {
      throw .invalidArgument(
        operation: "item", detail: "an array of shape \(shape) has \(count) elements, not one")
    }
    return try peeked().elements(as: type)[0]
  }

  /// Calls `body` with the elements in C order, without copying them where they lie so.
  ///
  /// - Throws: `MartletError.castForbidden` unless the dtype is the element type's, and what `body`
  ///   throws.
  public func withSpan<Element: ArrayElement, Result>(
    of type: Element.Type, _ body: (Span<Element>) throws -> Result
  ) throws -> Result {
    try withUnsafeElements(of: type) { try body($0.span) }
  }

  /// Calls `body` with the memory of the elements in C order, without copying them where they lie
  /// so. The memory must not be used after `body` returns.
  ///
  /// - Throws: As `withSpan(of:_:)`.
  public func withUnsafeElements<Element: ArrayElement, Result>(
    of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) throws -> Result {
    try requireType(type)
    let source = try contiguous().readable()
    let base = UnsafeRawPointer(try source.pointer()).assumingMemoryBound(to: Element.self)
    defer { withExtendedLifetime(source) {} }
    return try body(UnsafeBufferPointer(start: base, count: source.count))
  }

  /// Calls `body` with the elements in C order, to be changed in place; no other array changes.
  ///
  /// - Throws: As `withSpan(of:_:)`.
  public mutating func withMutableSpan<Element: ArrayElement, Result>(
    of type: Element.Type, _ body: (inout MutableSpan<Element>) throws -> Result
  ) throws -> Result {
    try requireType(type)
    if !device.isHost {
      // The host changes a copy of its own, which goes back when all went well.
      let home = device
      var copy = try to(.host)
      let result = try copy.withMutableSpan(of: type, body)
      self = try copy.to(home)
      return result
    }
    if !layout.isContiguous { self = try copy() }
    let base = try writablePointer() + layout.offset * dtype.itemSize
    defer { withExtendedLifetime(self) {} }
    let elements = UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: Element.self), count: count)
    var span = elements.mutableSpan
    return try body(&span)
  }

  private func requireType<Element: ArrayElement>(_: Element.Type) throws(MartletError) {
    if Element.dtype != dtype {
      throw .castForbidden(
        operation: "elements", from: dtype, to: Element.dtype,
        casting: Promotion.Casting.no.rawValue)
    }
  }

  private func converted(safelyTo target: DType) throws(MartletError) -> NDArray {
    if dtype == target { return self }
    guard Promotion.canCast(dtype, to: target, .sameKind) else {
      throw .castForbidden(
        operation: "elements", from: dtype, to: target,
        casting: Promotion.Casting.sameKind.rawValue)
    }
    return try asType(target)
  }
}
