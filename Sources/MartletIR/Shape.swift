/// Up to eight numbers held inline: a shape, or the strides of one.
///
/// A plain value without a heap allocation, because one is made for every array.
@frozen
public struct Shape: Sendable, Hashable {
  /// The largest number of dimensions; an array with more is an error that says so.
  public static let maximumRank = 8
  /// The most elements of an array, views without memory for each included. No machine has memory
  /// for so many, and sums and products of a few sizes, strides and bytes stay far from overflow.
  public static let maximumCount = 1 << 48

  @usableFromInline var storage: InlineArray<8, Int>
  @usableFromInline var length: Int

  /// No dimensions: a scalar's shape.
  @inlinable
  public init() {
    storage = InlineArray(repeating: 0)
    length = 0
  }

  /// `count` times `value`; the caller keeps `count` within `maximumRank`.
  @inlinable
  public init(repeating value: Int, count: Int) {
    storage = InlineArray(repeating: value)
    length = count
    for i in count..<8 { storage[i] = 0 }
  }

  /// The numbers of a sequence of at most `maximumRank`.
  @inlinable
  public init(_ elements: some Sequence<Int>) {
    self.init()
    for element in elements { append(element) }
  }

  @inlinable public var rank: Int { length }

  @inlinable
  public mutating func append(_ value: Int) {
    precondition(length < 8, "A shape holds at most 8 dimensions.")
    storage[length] = value
    length += 1
  }

  @inlinable
  public mutating func insert(_ value: Int, at position: Int) {
    append(value)
    var i = length - 1
    while i > position {
      storage[i] = storage[i - 1]
      i -= 1
    }
    storage[position] = value
  }

  @inlinable
  @discardableResult
  public mutating func remove(at position: Int) -> Int {
    let removed = storage[position]
    for i in position..<(length - 1) { storage[i] = storage[i + 1] }
    length -= 1
    storage[length] = 0
    return removed
  }

  /// The product of the dimensions: how many elements an array of this shape has.
  @inlinable
  public var elementCount: Int {
    var product = 1
    for i in 0..<length { product &*= storage[i] }
    return product
  }

  /// Whether an array may have this shape: no size is negative, and the product of those that are
  /// not zero, which its strides are made of, is at most `maximumCount`.
  public var isPossible: Bool {
    var product = 1
    for i in 0..<length {
      let size = storage[i]
      if size < 0 { return false }
      let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(size, 1))
      if overflow || next > Self.maximumCount { return false }
      product = next
    }
    return true
  }

  /// How many elements an array of this shape has. Every shape that comes from outside, or is made of
  /// others by more than leaving out, passes here before there is a layout of it.
  ///
  /// - Throws: `.sizeLimit` where no array may have it.
  @discardableResult
  public func checkedCount() throws(MartletError) -> Int {
    guard isPossible else { throw .sizeLimit(shape: self) }
    return elementCount
  }

  public static func == (a: Shape, b: Shape) -> Bool {
    guard a.length == b.length else { return false }
    for i in 0..<a.length where a.storage[i] != b.storage[i] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(length)
    for i in 0..<length { hasher.combine(storage[i]) }
  }
}

extension Shape: RandomAccessCollection, MutableCollection {
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { length }
  @inlinable
  public subscript(position: Int) -> Int {
    get { storage[position] }
    set { storage[position] = newValue }
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  /// As Python writes a tuple: `(3, 4)`, `(3,)`, `()`.
  public var description: String {
    let inner = map(String.init).joined(separator: ", ")
    return length == 1 ? "(\(inner),)" : "(\(inner))"
  }

  /// Without blanks, as most of NumPy's errors have it: `(3,4)`.
  package var plain: String {
    let inner = map(String.init).joined(separator: ",")
    return length == 1 ? "(\(inner),)" : "(\(inner))"
  }
}

extension Shape {
  /// NumPy's broadcasting: dimensions align from the right, and a 1 stretches. Nil where they clash.
  @inlinable
  public static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if a == b { return a }
    let rank = Swift.max(a.rank, b.rank)
    var result = Shape(repeating: 1, count: rank)
    for i in 0..<rank {
      let left = i < rank - a.rank ? 1 : a[i - (rank - a.rank)]
      let right = i < rank - b.rank ? 1 : b[i - (rank - b.rank)]
      if left == right || right == 1 {
        result[i] = left
      } else if left == 1 {
        result[i] = right
      } else {
        return nil
      }
    }
    return result
  }
}

// MARK: - For code that has checked its positions

extension Shape {
  /// A number at a position that the caller knows to be below `maximumRank`.
  @inlinable
  public subscript(unchecked position: Int) -> Int {
    get { storage[unchecked: position] }
    set { storage[unchecked: position] = newValue }
  }

  /// Makes room for `rank` numbers, at most `maximumRank`, which the caller then sets.
  @inlinable
  public mutating func setRank(_ rank: Int) { length = rank }
}
