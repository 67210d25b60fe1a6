import MartletIR

/// An array whose elements are known to be of one Swift type: `a.as(Double.self)`.
///
/// Elements are read and written as those of a Swift array, in C order or by positions along the axes,
/// without asking for their type at each; all of Swift's algorithms for collections work on it:
///
///     var grid = try image.as(Float.self)
///     for i in 1..<grid.shape[0] { grid[i, 0] += grid[i - 1, 0] }
///     let brightest = grid.max()
///     image = grid.array
///
/// A value, as `NDArray` is: what is written changes no other array.
@frozen
public struct TypedArray<Element: ArrayElement>: @unchecked Sendable {
  @usableFromInline var whole: NDArray
  /// The first element of `whole`, which is in the host's memory in C order. It lives as long as
  /// `whole` does, and is written only while nobody else has the storage: so it may cross threads.
  @usableFromInline var base: UnsafeMutablePointer<Element>
  /// The sizes of the axes.
  public let shape: Shape
  /// How many elements there are.
  public let count: Int

  /// - Throws: `.castForbidden` unless the array's dtype is the element's, and what evaluating it
  ///   throws.
  init(_ array: NDArray) throws(MartletError) {
    guard array.dtype == Element.dtype else {
      throw .castForbidden(
        operation: "as", from: array.dtype, to: Element.dtype,
        casting: Promotion.Casting.no.rawValue)
    }
    whole = try array.to(.host).contiguous()
    shape = array.shape
    count = array.count
    base = try whole.pointer().assumingMemoryBound(to: Element.self)
  }

  /// The elements as an array.
  public var array: NDArray { whole }

  /// Takes memory of its own where another array has it too.
  @usableFromInline
  mutating func own() {
    if isKnownUniquelyReferenced(&whole.storage), whole.isPlainlyWritable { return }
    base = NDArray.stopping(#fileID, #line) { () throws(MartletError) in
      whole = try whole.copy()
      return try whole.writablePointer().assumingMemoryBound(to: Element.self)
    }
  }

  @usableFromInline
  func stop(_ positions: [Int], _ file: StaticString, _ line: UInt) -> Never {
    fatalError("\(positions) is outside of an array of shape \(shape)", file: file, line: line)
  }

  @inlinable
  func place(_ i: Int, _ j: Int, _ file: StaticString, _ line: UInt) -> Int {
    guard shape.rank == 2, i >= 0, j >= 0, i < shape[unchecked: 0], j < shape[unchecked: 1] else {
      stop([i, j], file, line)
    }
    return i &* shape[unchecked: 1] &+ j
  }

  @inlinable
  func place(_ i: Int, _ j: Int, _ k: Int, _ file: StaticString, _ line: UInt) -> Int {
    guard shape.rank == 3, i >= 0, j >= 0, k >= 0, i < shape[unchecked: 0],
      j < shape[unchecked: 1], k < shape[unchecked: 2]
    else { stop([i, j, k], file, line) }
    return (i &* shape[unchecked: 1] &+ j) &* shape[unchecked: 2] &+ k
  }

  /// The element at positions along two axes. What is outside ends the program.
  @inlinable
  public subscript(
    _ i: Int, _ j: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get { base[place(i, j, file, line)] }
    set {
      let place = place(i, j, file, line)
      own()
      base[place] = newValue
    }
  }

  /// The element at positions along three axes. What is outside ends the program.
  @inlinable
  public subscript(
    _ i: Int, _ j: Int, _ k: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get { base[place(i, j, k, file, line)] }
    set {
      let place = place(i, j, k, file, line)
      own()
      base[place] = newValue
    }
  }
}

extension TypedArray: RandomAccessCollection, MutableCollection {
  /// 0: elements are counted in C order.
  @inlinable public var startIndex: Int { 0 }
  /// How many elements there are.
  @inlinable public var endIndex: Int { count }

  /// The element at a place counted in C order. What is outside ends the program.
  @inlinable
  public subscript(position: Int) -> Element {
    get {
      guard position >= 0, position < count else { stop([position], #fileID, #line) }
      return base[position]
    }
    set {
      guard position >= 0, position < count else { stop([position], #fileID, #line) }
      own()
      base[position] = newValue
    }
  }

  /// Calls `body` with the memory of all elements, in C order.
  @inlinable
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    try withExtendedLifetime(whole) {
      try body(UnsafeBufferPointer(start: base, count: count))
    }
  }

  /// Calls `body` with a span of all elements, in C order.
  @inlinable
  public func withSpan<Result>(_ body: (Span<Element>) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(whole) {
      try body(UnsafeBufferPointer(start: base, count: count).span)
    }
  }
}

extension NDArray {
  /// The elements as those of a Swift type, which must be the dtype's (`asType` converts).
  ///
  /// - Throws: `.castForbidden` for another dtype, and what evaluating the array throws.
  public func `as`<Element: ArrayElement>(
    _: Element.Type
  ) throws(MartletError) -> TypedArray<Element> {
    try TypedArray(self)
  }
}
