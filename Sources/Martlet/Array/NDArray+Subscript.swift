import MartletIR

// One overload for each number of indices up to six: with parameter packs the compiler (6.3)
// cannot build the setter. What is plain (`PlainIndex`) is read and written without a list of entries;
// the accessors are inlined where they are used, so that the types of the indices are known.

extension NDArray {
  /// The elements that the indices select, as NumPy's `a[…]`: positions (negative ones count from
  /// the end), ranges, `.slice(start, stop, step)`, `.all`, `.ellipsis`, `.newAxis`, integer arrays
  /// and masks. Assigning changes this array and no other.
  ///
  /// A wrong index stops the program and says where, as with Swift's arrays; `get` and `set` throw
  /// instead.
  @inlinable
  public subscript<I: ArrayIndex>(
    _ i: I,
    file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get {
      var part = self
      if let plainI = PlainIndex(i), part.narrow(plainI) { return part }
      return selected([i.axisIndex], file, line)
    }
    set {
      if let plainI = PlainIndex(i), assign(newValue, plainI) { return }
      replace([i.axisIndex], newValue, file, line)
    }
    _modify {
      guard let plainI = PlainIndex(i) else {
        var part = selected([i.axisIndex], file, line)
        defer { replace([i.axisIndex], part, file, line) }
        yield &part
        return
      }
      let mayLend = mayLend()
      var part = self
      if !part.narrow(plainI) { part = selected([i.axisIndex], file, line) }
      if mayLend { part.takeLoan() }
      defer {
        if !takeBack(part, plainI) { replace([i.axisIndex], part, file, line) }
      }
      yield &part
    }
  }

  /// The elements that the indices select; see the subscript of one index.
  @inlinable
  public subscript<I: ArrayIndex, J: ArrayIndex>(
    _ i: I, _ j: J,
    file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get {
      var part = self
      if let plainI = PlainIndex(i), let plainJ = PlainIndex(j), part.narrow(plainI, plainJ) {
        return part
      }
      return selected([i.axisIndex, j.axisIndex], file, line)
    }
    set {
      if let plainI = PlainIndex(i), let plainJ = PlainIndex(j), assign(newValue, plainI, plainJ) {
        return
      }
      replace([i.axisIndex, j.axisIndex], newValue, file, line)
    }
    _modify {
      guard let plainI = PlainIndex(i), let plainJ = PlainIndex(j) else {
        var part = selected([i.axisIndex, j.axisIndex], file, line)
        defer { replace([i.axisIndex, j.axisIndex], part, file, line) }
        yield &part
        return
      }
      let mayLend = mayLend()
      var part = self
      if !part.narrow(plainI, plainJ) { part = selected([i.axisIndex, j.axisIndex], file, line) }
      if mayLend { part.takeLoan() }
      defer {
        if !takeBack(part, plainI, plainJ) {
          replace([i.axisIndex, j.axisIndex], part, file, line)
        }
      }
      yield &part
    }
  }

  /// The elements that the indices select; see the subscript of one index.
  @inlinable
  public subscript<I: ArrayIndex, J: ArrayIndex, K: ArrayIndex>(
    _ i: I, _ j: J, _ k: K,
    file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get {
      var part = self
      if let plainI = PlainIndex(i), let plainJ = PlainIndex(j), let plainK = PlainIndex(k),
        part.narrow(plainI, plainJ, plainK)
      {
        return part
      }
      return selected([i.axisIndex, j.axisIndex, k.axisIndex], file, line)
    }
    set {
      if let plainI = PlainIndex(i), let plainJ = PlainIndex(j), let plainK = PlainIndex(k),
        assign(newValue, plainI, plainJ, plainK)
      {
        return
      }
      replace([i.axisIndex, j.axisIndex, k.axisIndex], newValue, file, line)
    }
    _modify {
      guard let plainI = PlainIndex(i), let plainJ = PlainIndex(j), let plainK = PlainIndex(k)
      else {
        var part = selected([i.axisIndex, j.axisIndex, k.axisIndex], file, line)
        defer { replace([i.axisIndex, j.axisIndex, k.axisIndex], part, file, line) }
        yield &part
        return
      }
      let mayLend = mayLend()
      var part = self
      if !part.narrow(plainI, plainJ, plainK) {
        part = selected([i.axisIndex, j.axisIndex, k.axisIndex], file, line)
      }
      if mayLend { part.takeLoan() }
      defer {
        if !takeBack(part, plainI, plainJ, plainK) {
          replace([i.axisIndex, j.axisIndex, k.axisIndex], part, file, line)
        }
      }
      yield &part
    }
  }

  /// The elements that the indices select; see the subscript of one index.
  public subscript<I: ArrayIndex, J: ArrayIndex, K: ArrayIndex, L: ArrayIndex>(
    _ i: I, _ j: J, _ k: K, _ l: L,
    file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get { selected([i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex], file, line) }
    set { replace([i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex], newValue, file, line) }
  }

  /// The elements that the indices select; see the subscript of one index.
  public subscript<I: ArrayIndex, J: ArrayIndex, K: ArrayIndex, L: ArrayIndex, M: ArrayIndex>(
    _ i: I, _ j: J, _ k: K, _ l: L, _ m: M,
    file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get { selected([i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex, m.axisIndex], file, line) }
    set {
      replace(
        [i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex, m.axisIndex], newValue, file, line)
    }
  }

  /// The elements that the indices select; see the subscript of one index.
  public subscript<
    I: ArrayIndex, J: ArrayIndex, K: ArrayIndex, L: ArrayIndex, M: ArrayIndex, N: ArrayIndex
  >(
    _ i: I, _ j: J, _ k: K, _ l: L, _ m: M, _ n: N,
    file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get {
      selected(
        [i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex, m.axisIndex, n.axisIndex], file, line)
    }
    set {
      replace(
        [i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex, m.axisIndex, n.axisIndex], newValue,
        file, line)
    }
  }

  // Positions alone, once more without generics: beside the subscripts that give Swift's numbers the
  // compiler would find none of the two better in `Double(a[0])`.

  /// The part at a position along the first axis, negative from the end.
  @inlinable
  public subscript(
    _ i: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get {
      var part = self
      if part.narrow(PlainIndex(position: i)) { return part }
      return selected([i.axisIndex], file, line)
    }
    set {
      if assign(newValue, PlainIndex(position: i)) { return }
      replace([i.axisIndex], newValue, file, line)
    }
    _modify {
      let mayLend = mayLend()
      var part = self
      if !part.narrow(PlainIndex(position: i)) { part = selected([i.axisIndex], file, line) }
      if mayLend { part.takeLoan() }
      defer {
        if !takeBack(part, PlainIndex(position: i)) { replace([i.axisIndex], part, file, line) }
      }
      yield &part
    }
  }

  /// The part at positions along the first two axes, negative from the end.
  @inlinable
  public subscript(
    _ i: Int, _ j: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get {
      var part = self
      if part.narrow(PlainIndex(position: i), PlainIndex(position: j)) { return part }
      return selected([i.axisIndex, j.axisIndex], file, line)
    }
    set {
      if assign(newValue, PlainIndex(position: i), PlainIndex(position: j)) { return }
      replace([i.axisIndex, j.axisIndex], newValue, file, line)
    }
    _modify {
      let mayLend = mayLend()
      var part = self
      if !part.narrow(PlainIndex(position: i), PlainIndex(position: j)) {
        part = selected([i.axisIndex, j.axisIndex], file, line)
      }
      if mayLend { part.takeLoan() }
      defer {
        if !takeBack(part, PlainIndex(position: i), PlainIndex(position: j)) {
          replace([i.axisIndex, j.axisIndex], part, file, line)
        }
      }
      yield &part
    }
  }

  /// The part at positions along the first three axes, negative from the end.
  @inlinable
  public subscript(
    _ i: Int, _ j: Int, _ k: Int, file file: StaticString = #fileID, line line: UInt = #line
  ) -> NDArray {
    get {
      var part = self
      if part.narrow(PlainIndex(position: i), PlainIndex(position: j), PlainIndex(position: k)) {
        return part
      }
      return selected([i.axisIndex, j.axisIndex, k.axisIndex], file, line)
    }
    set {
      if assign(newValue, PlainIndex(position: i), PlainIndex(position: j), PlainIndex(position: k))
      {
        return
      }
      replace([i.axisIndex, j.axisIndex, k.axisIndex], newValue, file, line)
    }
    _modify {
      let mayLend = mayLend()
      var part = self
      if !part.narrow(PlainIndex(position: i), PlainIndex(position: j), PlainIndex(position: k)) {
        part = selected([i.axisIndex, j.axisIndex, k.axisIndex], file, line)
      }
      if mayLend { part.takeLoan() }
      defer {
        if !takeBack(
          part, PlainIndex(position: i), PlainIndex(position: j), PlainIndex(position: k))
        {
          replace([i.axisIndex, j.axisIndex, k.axisIndex], part, file, line)
        }
      }
      yield &part
    }
  }

  /// Assigns one number to all elements that the indices select: `a[.all, 0] = 5`.
  @inlinable @_disfavoredOverload
  public subscript<I: ArrayIndex, Number: ArrayElement>(
    _ i: I, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Number {
    @available(
      *, unavailable,
      message: "these are an array: Double(a[…]) is its only element, [Double](a[…]) all"
    )
    get { fatalError() }
    set {
      if let plainI = PlainIndex(i),
        let number = Self.number(newValue), assign(number, plainI)
      {
        return
      }
      replace([i.axisIndex], NDArray(newValue), file, line)
    }
  }

  /// Assigns one number to all elements that the indices select.
  @inlinable @_disfavoredOverload
  public subscript<I: ArrayIndex, J: ArrayIndex, Number: ArrayElement>(
    _ i: I, _ j: J, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Number {
    @available(
      *, unavailable,
      message: "these are an array: Double(a[…]) is its only element, [Double](a[…]) all"
    )
    get { fatalError() }
    set {
      if let plainI = PlainIndex(i), let plainJ = PlainIndex(j),
        let number = Self.number(newValue), assign(number, plainI, plainJ)
      {
        return
      }
      replace([i.axisIndex, j.axisIndex], NDArray(newValue), file, line)
    }
  }

  /// Assigns one number to all elements that the indices select.
  @inlinable @_disfavoredOverload
  public subscript<I: ArrayIndex, J: ArrayIndex, K: ArrayIndex, Number: ArrayElement>(
    _ i: I, _ j: J, _ k: K, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Number {
    @available(
      *, unavailable,
      message: "these are an array: Double(a[…]) is its only element, [Double](a[…]) all"
    )
    get { fatalError() }
    set {
      if let plainI = PlainIndex(i), let plainJ = PlainIndex(j), let plainK = PlainIndex(k),
        let number = Self.number(newValue), assign(number, plainI, plainJ, plainK)
      {
        return
      }
      replace([i.axisIndex, j.axisIndex, k.axisIndex], NDArray(newValue), file, line)
    }
  }

  /// Assigns one number to all elements that the indices select.
  @_disfavoredOverload
  public subscript<
    I: ArrayIndex, J: ArrayIndex, K: ArrayIndex, L: ArrayIndex, Number: ArrayElement
  >(
    _ i: I, _ j: J, _ k: K, _ l: L, file file: StaticString = #fileID, line line: UInt = #line
  ) -> Number {
    @available(
      *, unavailable,
      message: "these are an array: Double(a[…]) is its only element, [Double](a[…]) all"
    )
    get { fatalError() }
    set {
      replace([i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex], NDArray(newValue), file, line)
    }
  }

  /// Assigns one number to all elements that the indices select.
  @_disfavoredOverload
  public subscript<
    I: ArrayIndex, J: ArrayIndex, K: ArrayIndex, L: ArrayIndex, M: ArrayIndex, Number: ArrayElement
  >(
    _ i: I, _ j: J, _ k: K, _ l: L, _ m: M, file file: StaticString = #fileID,
    line line: UInt = #line
  ) -> Number {
    @available(
      *, unavailable,
      message: "these are an array: Double(a[…]) is its only element, [Double](a[…]) all"
    )
    get { fatalError() }
    set {
      replace(
        [i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex, m.axisIndex], NDArray(newValue), file,
        line)
    }
  }

  /// Assigns one number to all elements that the indices select.
  @_disfavoredOverload
  public subscript<
    I: ArrayIndex, J: ArrayIndex, K: ArrayIndex, L: ArrayIndex, M: ArrayIndex, N: ArrayIndex,
    Number: ArrayElement
  >(
    _ i: I, _ j: J, _ k: K, _ l: L, _ m: M, _ n: N, file file: StaticString = #fileID,
    line line: UInt = #line
  ) -> Number {
    @available(
      *, unavailable,
      message: "these are an array: Double(a[…]) is its only element, [Double](a[…]) all"
    )
    get { fatalError() }
    set {
      replace(
        [i.axisIndex, j.axisIndex, k.axisIndex, l.axisIndex, m.axisIndex, n.axisIndex],
        NDArray(newValue), file, line)
    }
  }

  /// The elements that the indices select.
  public func get(_ indices: [AxisIndex]) throws(MartletError) -> NDArray { try indexed(indices) }

  /// Writes `value`, broadcast and converted, to the elements that the indices select.
  public mutating func set(_ indices: [AxisIndex], to value: NDArray) throws(MartletError) {
    // Of a view that shows an element more than once, only the chosen places change.
    if !layout.isContiguous, !layout.isInjective { self = try copy() }
    // A view of part of a larger array becomes an array of its own; a whole one is kept in place.
    if count * 2 < storage.byteCount / dtype.itemSize { try detach() }
    try assign(indices, .array(value))
  }

  // `fatalError` says why in release builds too.

  @usableFromInline
  func selected(
    _ indices: [AxisIndex], _ file: StaticString, _ line: UInt
  ) -> NDArray {
    do { return try get(indices) } catch { fatalError("\(error)", file: file, line: line) }
  }

  @usableFromInline
  mutating func replace(
    _ indices: [AxisIndex], _ value: NDArray, _ file: StaticString, _ line: UInt
  ) {
    do { try set(indices, to: value) } catch { fatalError("\(error)", file: file, line: line) }
  }
}
