import MartletIR

/// What an element's bits, and its key, are held in.
typealias SortBits = FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable

/// Unsigned integers that sort as the elements of one dtype do: NaN comes last, as in NumPy.
struct SortKeyMap<Bits: SortBits>: Sendable {
  private let isFloating: Bool
  /// What is added to make signed integers unsigned.
  private let flip: Bits
  /// Positive infinity; larger magnitudes are NaNs.
  private let infinity: Bits
  /// The magnitude whose sign does not count: 0 where both zeros are equal, so that a stable order
  /// keeps them as they are; else one that no number has.
  private let signless: Bits

  private static var top: Bits { 1 << Bits(Bits.bitWidth - 1) }

  init(_ dtype: DType, mergingZeros: Bool) {
    isFloating = dtype.isFloating
    flip = dtype.isSigned ? Self.top : 0
    infinity = Bits(truncatingIfNeeded: Scalar(Double.infinity, dtype).low)
    signless = mergingZeros ? 0 : .max
  }

  // Signs cannot be predicted, so neither way branches on them.

  @inline(__always)
  func key(_ bits: Bits) -> Bits {
    if !isFloating { return bits ^ flip }
    let magnitude = bits & ~Self.top
    // All bits of negative numbers change, the sign alone of others.
    let key = bits ^ ((0 &- (bits &>> Bits(Bits.bitWidth - 1))) | Self.top)
    return magnitude > infinity || magnitude == signless ? magnitude | Self.top : key
  }

  /// The element of a key (a NaN without its sign).
  @inline(__always)
  func bits(_ key: Bits) -> Bits {
    if !isFloating { return key ^ flip }
    return key ^ (((key &>> Bits(Bits.bitWidth - 1)) &- 1) | Self.top)
  }

  /// Whether a floating-point element is a NaN.
  @inline(__always)
  func isNaN(_ bits: Bits) -> Bool { isFloating && bits & ~Self.top > infinity }
}

/// What is sorted: elements, or elements with their positions.
protocol SortItem: BitwiseCopyable, SendableMetatype {
  static func precedes(_ a: Self, _ b: Self) -> Bool
  /// Exchanges two items that are not in order.
  static func order(_ a: inout Self, _ b: inout Self)
  /// Sorts items, equal ones staying in order.
  static func sort(_ items: UnsafeMutablePointer<Self>, _ room: SortRoom<Self>, count: Int)
}

/// Memory that sorting needs beside the items.
struct SortRoom<Item: SortItem> {
  /// As many items as are sorted.
  var items: UnsafeMutablePointer<Item>
  /// `SortRoom.counterCount` numbers.
  var counters: UnsafeMutablePointer<Int>
  /// For each of a key's up to eight bytes, one for each value.
  static var counterCount: Int { 8 * 256 }
}

extension SortItem {
  @inline(__always)
  static func order(_ a: inout Self, _ b: inout Self) {
    if precedes(b, a) { swap(&a, &b) }
  }

  static func sort(_ items: UnsafeMutablePointer<Self>, _ room: SortRoom<Self>, count: Int) {
    MergeSort.sort(items, scratch: room.items, count: count)
  }
}

/// An item ordered by one unsigned integer.
protocol RadixItem: SortItem {
  associatedtype Key: SortBits
  var key: Key { get }
}

extension RadixItem {
  @inline(__always)
  static func precedes(_ a: Self, _ b: Self) -> Bool { a.key < b.key }

  static func sort(_ items: UnsafeMutablePointer<Self>, _ room: SortRoom<Self>, count: Int) {
    RadixSort.sort(items, room, count: count)
  }
}

struct KeyItem<Key: SortBits>: RadixItem {
  var key: Key

  /// Without a branch, which nobody could predict.
  @inline(__always)
  static func order(_ a: inout Self, _ b: inout Self) {
    let change = (a.key ^ b.key) & (0 &- (b.key < a.key ? 1 : 0))
    a.key ^= change
    b.key ^= change
  }
}

struct IndexedKeyItem<Key: SortBits>: RadixItem {
  var key: Key
  var index: UInt32
}

/// A complex number: by its real part, then by its imaginary one; those with a NaN come last, in
/// NumPy's order: in the imaginary part, in the real one, in both.
///
/// The keys don't tell 0.0 from -0.0, which are equal, nor a NaN's sign: those signs stand apart.
struct ComplexItem<Part: SortBits>: SortItem {
  /// What has NaNs, in the lowest two bits; above them whether the parts have signs to put back.
  var group: UInt32
  var index: UInt32
  var real: Part
  var imaginary: Part

  @inline(__always)
  static func precedes(_ a: Self, _ b: Self) -> Bool {
    if a.group & 3 != b.group & 3 { return a.group & 3 < b.group & 3 }
    if a.real != b.real { return a.real < b.real }
    return a.imaginary < b.imaginary
  }

  @inline(__always)
  init(_ bits: (real: Part, imaginary: Part), index: Int, _ map: SortKeyMap<Part>) {
    let (first, second) = (map.isNaN(bits.real), map.isNaN(bits.imaginary))
    group = (second ? 1 : 0) + (first ? 2 : 0)
    self.index = UInt32(truncatingIfNeeded: index)
    real = map.key(bits.real)
    imaginary = map.key(bits.imaginary)
    if map.bits(real) != bits.real { group |= 4 }
    if map.bits(imaginary) != bits.imaginary { group |= 8 }
  }

  /// The number, with its signs.
  @inline(__always)
  func bits(_ map: SortKeyMap<Part>) -> (real: Part, imaginary: Part) {
    let sign: Part = 1 << Part(Part.bitWidth - 1)
    let (first, second) = (map.bits(real), map.bits(imaginary))
    return (group & 4 == 0 ? first : first | sign, group & 8 == 0 ? second : second | sign)
  }
}
