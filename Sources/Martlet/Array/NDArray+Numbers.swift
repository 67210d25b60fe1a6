import MartletIR

// An array of one element as a number, as Python's `float(a)`. These end the program where there are
// more elements, as Swift's conversions do with numbers that don't fit; `item(as:)` throws.

extension Double {
  /// The only element of a real array.
  public init(_ array: NDArray, file: StaticString = #fileID, line: UInt = #line) {
    self = NDArray.stopping(file, line) { () throws(MartletError) in
      try array.item(as: Double.self)
    }
  }
}

extension Float {
  /// The only element of a real array.
  public init(_ array: NDArray, file: StaticString = #fileID, line: UInt = #line) {
    self = NDArray.stopping(file, line) { () throws(MartletError) in
      try array.item(as: Float.self)
    }
  }
}

extension Int {
  /// The only element of a real array, without its fraction.
  public init(_ array: NDArray, file: StaticString = #fileID, line: UInt = #line) {
    self = NDArray.stopping(file, line) { () throws(MartletError) in
      let number = try array.onlyElement("Int")
      if number.dtype.isComplex {
        throw .castForbidden(
          operation: "Int", from: number.dtype, to: .int64,
          casting: Promotion.Casting.sameKind.rawValue)
      }
      let whole =
        number.dtype == .uint64
        ? Int(exactly: number.low)
        : number.dtype.isInexact
          ? Int(exactly: number.asDouble.rounded(.towardZero)) : Int(number.asInt64)
      guard let whole else {
        throw .invalidArgument(
          operation: "Int", detail: "\(array) is no number that an Int can hold")
      }
      return whole
    }
  }
}

extension Bool {
  /// Whether the only element is not zero.
  ///
  /// Of more elements there is no truth value: `a.all()` and `a.any()` say which is meant.
  public init(_ array: NDArray, file: StaticString = #fileID, line: UInt = #line) {
    self = NDArray.stopping(file, line) { () throws(MartletError) in
      guard array.count == 1 else {
        throw .invalidArgument(
          operation: "Bool",
          detail: "The truth value of an array with \(array.count) elements is ambiguous. Use "
            + "a.any() or a.all()")
      }
      return try !array.item().isZero
    }
  }
}

extension Complex {
  /// The only element of an array.
  public init(_ array: NDArray, file: StaticString = #fileID, line: UInt = #line) {
    self = NDArray.stopping(file, line) { () throws(MartletError) in
      try array.item(as: Complex<Part>.self)
    }
  }
}

extension Array where Element: ArrayElement {
  /// All elements of an array of numbers in C order: `[Double](a)`. They are converted as
  /// `elements(as:)` does it, which throws where this ends the program.
  @_disfavoredOverload
  public init(_ array: NDArray, file: StaticString = #fileID, line: UInt = #line) {
    self = NDArray.stopping(file, line) { () throws(MartletError) in
      try array.elements(as: Element.self)
    }
  }
}

extension NDArray {
  /// The result, or the end of the program with the error's text and the place in the user's source.
  /// (`preconditionFailure` has no text in release builds.)
  static func stopping<Result>(
    _ file: StaticString, _ line: UInt, _ body: () throws(MartletError) -> Result
  ) -> Result {
    do throws(MartletError) { return try body() } catch {
      fatalError("\(error)", file: file, line: line)
    }
  }

  /// The only element.
  func onlyElement(_ operation: String) throws(MartletError) -> Scalar {
    guard count == 1 else {
      throw .invalidArgument(
        operation: operation,
        detail: "an array of shape \(shape) has \(count) elements, not one")
    }
    return try item()
  }
}

// MARK: - Numbers and collections as arrays

extension NDArray {
  /// An array of one axis with a collection's elements: ranges, slices, sets, buffers.
  ///
  /// Like a Swift array, it ends the program where memory runs out.
  @_disfavoredOverload
  public init<Numbers: Collection>(_ numbers: Numbers) where Numbers.Element: ArrayElement {
    self = NDArray.trapping { () throws(MartletError) in
      let made = numbers.withContiguousStorageIfAvailable { buffer in
        Result { () throws(MartletError) in try NDArray(copying: buffer.span) }
      }
      if let made { return try made.get() }
      return try NDArray(Array(numbers), shape: [numbers.count])
    }
  }

  /// An array with a span's elements, in C order, copied; in one axis unless a shape is given.
  ///
  /// - Throws: `.shapeMismatch` where the shape has another number of elements, `.outOfMemory`.
  public init<Element: ArrayElement>(
    copying span: borrowing Span<Element>, shape: Shape? = nil
  ) throws(MartletError) {
    let shape = shape ?? [span.count]
    guard shape.isPossible, shape.elementCount == span.count else {
      throw .shapeMismatch(
        operation: "array", detail: "\(span.count) elements do not fill shape \(shape)")
    }
    try self.init(uninitialised: shape, Element.dtype)
    let target = try pointer()
    span.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
    }
    self = try placed()
  }
}
