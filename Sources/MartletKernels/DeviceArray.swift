import MartletIR
import MartletRuntime
import Synchronization

/// An array that kernels write: everybody who holds it sees the change.
///
///     let out = try DeviceArray<Float>(zeros: [64])
///     try blockSum(.grid(64, block: 256), x: a, out: out)
///     let sums = try out.array          // a value, as any NDArray
///
/// Inside of a kernel elements are read and assigned through subscripts. Outside of one they can be
/// as well, one at a time; `array` is faster.
public final class DeviceArray<Element: ArrayElement>: Sendable {
  /// Where it is between launches, in C order; nil inside of a native one.
  private let content: Mutex<NDArray?>
  /// Inside of a native launch: memory that all its threads see.
  private let native: NativeElements?
  /// The sizes of the axes.
  public let shape: Shape
  /// How many elements there are.
  public let count: Int

  /// The elements of an array, on its device. The array itself never changes.
  ///
  /// - Throws: `.invalidType` unless its dtype is the element's, `.outOfMemory`.
  @_disfavoredOverload
  public init(_ array: NDArray) throws(MartletError) {
    guard array.dtype == Element.dtype else {
      throw .invalidType(
        operation: "DeviceArray",
        detail: "an array of \(array.dtype) is no DeviceArray<\(Element.self)>, whose elements are "
          + "\(Element.dtype)")
    }
    shape = array.shape
    count = array.count
    content = Mutex(try array.contiguous())
    native = nil
  }

  /// - Throws: `.outOfMemory`.
  public convenience init(_ elements: [Element]) throws(MartletError) {
    try self.init(NDArray(elements, shape: [elements.count]))
  }

  /// An array of zeros, where new arrays are made.
  ///
  /// - Throws: `.outOfMemory`.
  public convenience init(zeros shape: Shape) throws(MartletError) {
    try self.init(NDArray.zeros(shape, Element.dtype))
  }

  init(native: NativeElements, shape: Shape) {
    self.native = native
    self.shape = shape
    count = shape.elementCount
    content = Mutex(nil)
  }

  /// The elements as a value: what kernels write later does not change it.
  public var array: NDArray {
    content.withLock({ $0 }) ?? nativeCopy
  }

  private var nativeCopy: NDArray {
    .trapping { () throws(MartletError) in
      let copy = try NDArray(uninitialised: shape, Element.dtype)
      if let native {
        native.copy(to: try copy.pointer())
      }
      return copy
    }
  }

  /// Number of dimensions.
  public var rank: Int { shape.rank }

  /// Replaces the elements by those of a launch.
  func update<Result>(
    _ body: (inout NDArray) throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    try content.withLock { (array) throws(MartletError) in
      var own = array ?? nativeCopy
      // The only holder, so that memory that nobody else shows is written in place.
      array = nil
      defer { array = own }
      return try body(&own)
    }
  }

  // MARK: Elements

  /// The element at these positions; what is outside is an error of the launch.
  public subscript(
    _ i: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get { read(place([i], file, line), file, line) }
    set { write(newValue, place([i], file, line), file, line) }
  }

  /// The element at these positions; what is outside is an error of the launch.
  public subscript(
    _ i: Int, _ j: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get { read(place([i, j], file, line), file, line) }
    set { write(newValue, place([i, j], file, line), file, line) }
  }

  /// The element at these positions; what is outside is an error of the launch.
  public subscript(
    _ indices: Int..., file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get { read(place(indices, file, line), file, line) }
    set { write(newValue, place(indices, file, line), file, line) }
  }

  // As Swift's arrays, it ends the program at an index outside, and says why in release builds too.
  private func place(_ indices: [Int], _ file: StaticString, _ line: UInt) -> Int {
    if indices.count != shape.rank {
      fatalError(
        "a DeviceArray of \(shape.rank) dimensions takes as many indices, not \(indices.count)",
        file: file, line: line)
    }
    var place = 0
    for (axis, index) in indices.enumerated() {
      let size = shape[axis]
      if index < 0 || index >= size {
        fatalError(
          "index \(index) is outside of axis \(axis) with size \(size)", file: file, line: line)
      }
      place = place * size + index
    }
    return place
  }

  private func read(
    _ place: Int, _ file: StaticString = #fileID, _ line: UInt = #line
  ) -> Element {
    if let native { return native.load(place, as: Element.self) }
    do { return try array.withSpan(of: Element.self) { $0[place] } } catch {
      fatalError("\(error)", file: file, line: line)
    }
  }

  private func write(
    _ value: Element, _ place: Int, _ file: StaticString = #fileID, _ line: UInt = #line
  ) {
    if let native { return native.store(value, at: place) }
    do throws(MartletError) {
      try update { (array) throws(MartletError) in
        do {
          try array.withMutableSpan(of: Element.self) { $0[place] = value }
        } catch let error as MartletError {
          throw error
        } catch {
          throw .internalError(operation: "DeviceArray", detail: "\(error)")
        }
      }
    } catch { fatalError("\(error)", file: file, line: line) }
  }

  // MARK: Atomics

  /// An element to change in one step that no other thread's comes between.
  public func atomic(
    _ indices: Int..., file: StaticString = #fileID, line: UInt = #line
  ) -> AtomicElement<Element> {
    AtomicElement(array: self, place: place(indices, file, line))
  }

  fileprivate func update(_ place: Int, _ change: (Element) -> Element) -> Element {
    if let native { return native.update(place, change) }
    let old = read(place)
    write(change(old), place)
    return old
  }
}

/// An element of an array as atomic operations see it. Each gives the element as it was before.
public struct AtomicElement<Element: ArrayElement>: Sendable {
  fileprivate let array: DeviceArray<Element>
  fileprivate let place: Int

  /// Replaces the element; gives what it was.
  @discardableResult
  public func exchange(_ value: Element) -> Element { array.update(place) { _ in value } }
}

extension AtomicElement where Element: FixedWidthInteger {
  /// Adds to the element; gives what it was.
  @discardableResult
  public func add(_ value: Element) -> Element { array.update(place) { $0 &+ value } }
  /// Subtracts from the element; gives what it was.
  @discardableResult
  public func subtract(_ value: Element) -> Element { array.update(place) { $0 &- value } }
  /// Keeps the bits of both; gives what the element was.
  @discardableResult
  public func and(_ value: Element) -> Element { array.update(place) { $0 & value } }
  /// Keeps the bits of either; gives what the element was.
  @discardableResult
  public func or(_ value: Element) -> Element { array.update(place) { $0 | value } }
  /// Keeps the bits of one alone; gives what the element was.
  @discardableResult
  public func xor(_ value: Element) -> Element { array.update(place) { $0 ^ value } }
  /// Keeps the larger one; gives what the element was.
  @discardableResult
  public func max(_ value: Element) -> Element { array.update(place) { Swift.max($0, value) } }
  /// Keeps the smaller one; gives what the element was.
  @discardableResult
  public func min(_ value: Element) -> Element { array.update(place) { Swift.min($0, value) } }
}

extension AtomicElement where Element: BinaryFloatingPoint {
  /// Adds to the element; gives what it was.
  @discardableResult
  public func add(_ value: Element) -> Element { array.update(place) { $0 + value } }
  /// Subtracts from the element; gives what it was.
  @discardableResult
  public func subtract(_ value: Element) -> Element { array.update(place) { $0 - value } }
  /// Keeps the larger one; gives what the element was.
  @discardableResult
  public func max(_ value: Element) -> Element { array.update(place) { Swift.max($0, value) } }
  /// Keeps the smaller one; gives what the element was.
  @discardableResult
  public func min(_ value: Element) -> Element { array.update(place) { Swift.min($0, value) } }
}
