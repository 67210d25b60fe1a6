/// A list in memory that stays for its next use, of elements that need no cleaning up.
///
/// Whoever has one reads and writes it through a pointer to what holds it, and stays within `count`.
struct KeptList<Element> {
  private(set) var count = 0
  private var capacity: Int
  private(set) var base: UnsafeMutablePointer<Element>

  /// It is never freed: what holds it is used again as long as the process lives.
  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow(to: capacity * 2) }
    (base + count).initialize(to: element)
    count &+= 1
  }

  /// Makes room for `number` elements, which the caller then sets.
  @inline(__always)
  mutating func resize(to number: Int) {
    if number > capacity { grow(to: max(number, capacity * 2)) }
    count = number
  }

  @inline(__always)
  mutating func removeAll() { count = 0 }

  @inline(__always)
  subscript(position: Int) -> Element {
    get { base[position] }
    nonmutating set { base[position] = newValue }
  }

  var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }

  @inline(never)
  private mutating func grow(to larger: Int) {
    let new = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    new.moveInitialize(from: base, count: count)
    base.deallocate()
    base = new
    capacity = larger
  }
}
