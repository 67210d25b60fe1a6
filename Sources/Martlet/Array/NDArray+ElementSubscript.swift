import CMartlet
import MartletIR

// One number in and out of an array without an array of its own: `let x: Double = a[3]`. Where the
// type is not said, the subscripts that give arrays are meant, so these are disfavoured. Inlined into
// the caller, so that it knows the type of the element.

extension NDArray {
  /// The element at a position of an array of one axis, negative from the end:
  /// `let x: Double = a[3]`, `a[3] = 1.5`.
  ///
  /// It is converted as `item(as:)` does it; assigning converts to the array's dtype, as NumPy
  /// does. A wrong index, or a kind that cannot be kept, stops the program.
  @inlinable @_disfavoredOverload
  public subscript<Element: ArrayElement>(
    _ i: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get {
      if let address = elementAddress(i, Element.dtype) {
        return address.loadUnaligned(as: Element.self)
      }
      return generalElement([i], file, line)
    }
    set {
      if let address = elementTarget(i, Element.dtype) {
        address.storeBytes(of: newValue, as: Element.self)
      } else if Element.self == Int.self, let address = elementTarget(i, .float64) {
        // A literal without a point: `a[3] = 1`.
        let whole = unsafeBitCast(newValue, to: Int.self)
        address.storeBytes(of: Double(whole), as: Double.self)
      } else {
        setGeneralElement([i], newValue, file, line)
      }
    }
  }

  /// The element at a position of an array of two axes; see the subscript of one position.
  @inlinable @_disfavoredOverload
  public subscript<Element: ArrayElement>(
    _ i: Int, _ j: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get {
      if let address = elementAddress(i, j, Element.dtype) {
        return address.loadUnaligned(as: Element.self)
      }
      return generalElement([i, j], file, line)
    }
    set {
      if let address = elementTarget(i, j, Element.dtype) {
        address.storeBytes(of: newValue, as: Element.self)
      } else if Element.self == Int.self, let address = elementTarget(i, j, .float64) {
        // A literal without a point: `a[3] = 1`.
        let whole = unsafeBitCast(newValue, to: Int.self)
        address.storeBytes(of: Double(whole), as: Double.self)
      } else {
        setGeneralElement([i, j], newValue, file, line)
      }
    }
  }

  /// The element at a position of an array of three axes; see the subscript of one position.
  @inlinable @_disfavoredOverload
  public subscript<Element: ArrayElement>(
    _ i: Int, _ j: Int, _ k: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Element {
    get { generalElement([i, j, k], file, line) }
    set { setGeneralElement([i, j, k], newValue, file, line) }
  }

  // MARK: Addresses

  @usableFromInline
  func elementAddress(_ i: Int, _ type: DType) -> UnsafeRawPointer? {
    guard dtype == type, layout.shape.rank == 1, let memory = storage.pointer,
      let place = place(i, axis: 0)
    else { return nil }
    return UnsafeRawPointer(memory) + (layout.offset &+ place) &* type.itemSize
  }

  @usableFromInline
  func elementAddress(_ i: Int, _ j: Int, _ type: DType) -> UnsafeRawPointer? {
    guard dtype == type, layout.shape.rank == 2, let memory = storage.pointer,
      let row = place(i, axis: 0), let column = place(j, axis: 1)
    else { return nil }
    return UnsafeRawPointer(memory) + (layout.offset &+ row &+ column) &* type.itemSize
  }

  /// The same of memory that this value alone sees, and that shows every element once.
  @usableFromInline
  mutating func elementTarget(_ i: Int, _ type: DType) -> UnsafeMutableRawPointer? {
    guard isSole(), isPlainlyWritable, layout.strides[unchecked: 0] != 0,
      let address = elementAddress(i, type)
    else { return nil }
    return UnsafeMutableRawPointer(mutating: address)
  }

  @usableFromInline
  mutating func elementTarget(_ i: Int, _ j: Int, _ type: DType) -> UnsafeMutableRawPointer? {
    guard isSole(), isPlainlyWritable, let address = elementAddress(i, j, type) else { return nil }
    // Rows that don't reach into each other.
    let step = layout.strides[unchecked: 1]
    guard step > 0, layout.strides[unchecked: 0] >= step &* layout.shape[unchecked: 1] else {
      return nil
    }
    return UnsafeMutableRawPointer(mutating: address)
  }

  /// Whether nobody else sees the memory: no other array has the storage, or just one of which this is
  /// a part, and which cannot be reached while this changes (`takeLoan`).
  @inline(__always)
  mutating func isSole() -> Bool { isKnownUniquelyReferenced(&storage) || isSoleBorrower() }

  @inline(never)
  private mutating func isSoleBorrower() -> Bool {
    guard let borrower = storage.borrower else { return false }
    return withUnsafeMutableBytes(of: &self) { own in
      // A copy of the part, made meanwhile, lies elsewhere, and is one more reference. The storage is
      // read as bytes, for a reference to it would count too.
      own.baseAddress == UnsafeMutableRawPointer(mutating: borrower)
        && swift_retainCount(own.load(as: UnsafeRawPointer.self)) == 2
    }
  }

  /// A number to be assigned; nil for what takes the general way.
  @inlinable
  static func number<Element: ArrayElement>(_ element: Element) -> Scalar? {
    guard MemoryLayout<Element>.size <= 8, !Element.dtype.isComplex else { return nil }
    var low: UInt64 = 0
    withUnsafeMutableBytes(of: &low) { $0.storeBytes(of: element, as: Element.self) }
    return Scalar(dtype: Element.dtype, low: low)
  }

  @inline(__always)
  var isPlainlyWritable: Bool {
    storage.isUnread && !storage.isReadOnly && !storage.isPinned
  }

  /// How far a position is from the first, in elements; nil where it is outside.
  @inline(__always)
  private func place(_ position: Int, axis: Int) -> Int? {
    let size = layout.shape[unchecked: axis]
    let place = position < 0 ? position &+ size : position
    guard place >= 0, place < size else { return nil }
    return place &* layout.strides[unchecked: axis]
  }

  // MARK: The general way

  @usableFromInline
  func generalElement<Element: ArrayElement>(
    _ positions: [Int], _ file: StaticString, _ line: UInt
  ) -> Element {
    do throws(MartletError) {
      return try get(positions.map { AxisIndex(.position($0)) }).item(as: Element.self)
    } catch {
      fatalError("\(error)", file: file, line: line)
    }
  }

  @usableFromInline
  mutating func setGeneralElement<Element: ArrayElement>(
    _ positions: [Int], _ value: Element, _ file: StaticString, _ line: UInt
  ) {
    do throws(MartletError) {
      try set(positions.map { AxisIndex(.position($0)) }, to: NDArray([value], shape: []))
    } catch {
      fatalError("\(error)", file: file, line: line)
    }
  }
}
