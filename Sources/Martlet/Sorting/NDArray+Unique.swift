import MartletIR

/// The distinct elements of an array in ascending order, and what was asked for besides.
package struct UniqueElements: Sendable {
  package var values: NDArray
  /// Where each value is found first, counted in C order or along the axis.
  package var firstPositions: NDArray?
  /// Which value each element is, in the array's shape or along the axis.
  package var inverse: NDArray?
  /// How often each value is there.
  package var counts: NDArray?
}

/// What `unique` gives besides the values.
package struct UniqueOutputs: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let firstPositions = UniqueOutputs(rawValue: 1)
  package static let inverse = UniqueOutputs(rawValue: 2)
  package static let counts = UniqueOutputs(rawValue: 4)
}

extension NDArray {
  /// The distinct elements in ascending order (NumPy's `unique`).
  ///
  /// - Parameters:
  ///   - axis: With an axis its parts are compared as a whole, in lexicographic order.
  ///   - equalNaN: Whether all NaNs are one value; without it each stands for itself.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func unique(axis: Int? = nil, equalNaN: Bool = true) throws(MartletError) -> NDArray {
    try uniqueElements(axis: axis, equalNaN: equalNaN).values
  }

  /// The distinct elements, or parts along an axis, and how often each is there (NumPy's
  /// `unique_counts`).
  ///
  /// - Throws: As `unique`.
  public func uniqueCounts(
    axis: Int? = nil
  ) throws(MartletError) -> (values: NDArray, counts: NDArray) {
    let found = try uniqueElements(axis: axis, .counts)
    return (found.values, try Self.there(found.counts))
  }

  /// The distinct elements, or parts along an axis, and which of them each element is (NumPy's
  /// `unique_inverse`): `values[inverse]` is the array again.
  ///
  /// - Throws: As `unique`.
  public func uniqueInverse(
    axis: Int? = nil
  ) throws(MartletError) -> (values: NDArray, inverse: NDArray) {
    let found = try uniqueElements(axis: axis, .inverse)
    return (found.values, try Self.there(found.inverse))
  }

  /// The distinct elements, or parts along an axis, with all that is known of them (NumPy's
  /// `unique_all`): where each is found first, which of them each element is, how often each is
  /// there.
  ///
  /// - Throws: As `unique`.
  public func uniqueAll(
    axis: Int? = nil
  ) throws(MartletError) -> (
    values: NDArray, firstPositions: NDArray, inverse: NDArray, counts: NDArray
  ) {
    let found = try uniqueElements(axis: axis, [.firstPositions, .inverse, .counts])
    return (
      found.values, try Self.there(found.firstPositions), try Self.there(found.inverse),
      try Self.there(found.counts)
    )
  }

  private static func there(_ part: NDArray?) throws(MartletError) -> NDArray {
    guard let part else {
      throw .internalError(operation: "unique", detail: "an output was not computed")
    }
    return part
  }

  /// The distinct elements in ascending order, and what else is wanted of them.
  ///
  /// - Parameters:
  ///   - axis: With an axis its parts are compared as a whole, in lexicographic order.
  ///   - outputs: What else is wanted.
  ///   - equalNaN: Whether all NaNs are one value; without it each stands for itself.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  package func uniqueElements(
    axis: Int? = nil, _ outputs: UniqueOutputs = [], equalNaN: Bool = true
  ) throws(MartletError) -> UniqueElements {
    if !device.isHost {
      let found = try Fallback.onHost(insteadOf: device, "unique", reason: Self.noKernel) {
        () throws(MartletError) in
        try to(.host).uniqueElements(axis: axis, outputs, equalNaN: equalNaN)
      }
      return UniqueElements(
        values: try found.values.to(device), firstPositions: try found.firstPositions?.to(device),
        inverse: try found.inverse?.to(device), counts: try found.counts?.to(device))
    }
    if let axis, rank != 1 {
      return try uniqueParts(try normalised(axis, "unique"), outputs)
    }
    if let axis { _ = try normalised(axis, "unique") }
    if storage.tapeNode != nil { return try uniqueTraced(outputs, equalNaN) }
    let flat = try raveled().contiguous()
    var found: UniqueElements
    if let quick = try IntegerTable.unique(flat, outputs) {
      found = quick
    } else {
      found = try flat.uniqueSorted(outputs, equalNaN)
    }
    if let inverse = found.inverse { found.inverse = try inverse.reshaped(Array(shape)) }
    return found
  }

  private func uniqueSorted(
    _ outputs: UniqueOutputs, _ equalNaN: Bool
  ) throws(MartletError) -> UniqueElements {
    if outputs.isEmpty, !dtype.isComplex, count <= 1 << 16 {
      var sorted = try self.sorted()
      // Nobody else has seen the sorted array: what is repeated goes, in place.
      let size = count
      let kept =
        switch dtype.itemSize {
        case 1: try sorted.closeGaps(UInt8.self, equalNaN)
        case 2: try sorted.closeGaps(UInt16.self, equalNaN)
        case 4: try sorted.closeGaps(UInt32.self, equalNaN)
        default: try sorted.closeGaps(UInt64.self, equalNaN)
        }
      if kept == size { return UniqueElements(values: sorted) }
      sorted = sorted.part(axis: 0, from: 0, count: kept)
      return UniqueElements(values: try sorted.copy())
    }
    var order: NDArray?
    let sorted: NDArray
    if outputs.isDisjoint(with: [.firstPositions, .inverse]) {
      sorted = try self.sorted()
    } else {
      let positions = try argSort()
      sorted = try taking(positions, axis: 0)
      order = positions
    }
    let size = count
    var starts: [NDArray] = []
    if size > 0 {
      var differing = try Self.compute(
        .notEqual, .array(sorted.part(axis: 0, from: 1, count: size - 1)),
        .array(sorted.part(axis: 0, from: 0, count: size - 1)))
      starts.append(try NDArray.ones([1], .bool))
      if equalNaN, dtype.isInexact {
        let isNaN = try Self.compute(.isnan, .array(sorted))
        let nans = Int(try isNaN.countNonzero().item().asInt64)
        if nans > 1 {
          // NaNs come last; the first of them stays.
          differing = try NDArray.concatenate(
            [
              differing.part(axis: 0, from: 0, count: size - nans),
              NDArray.zeros([nans - 1], .bool),
            ], axis: 0)
        }
      }
      starts.append(differing)
    }
    let isStart =
      starts.isEmpty ? try NDArray.zeros([0], .bool) : try NDArray.concatenate(starts, axis: 0)
    return try Self.groups(
      isStart, order, outputs, values: try sorted.compressed(isStart))
  }

  /// Moves the first of each group of equal elements in a sorted row to the front; returns how many
  /// there are.
  private func closeGaps<Bits: SortBits>(
    _: Bits.Type, _ equalNaN: Bool
  ) throws(MartletError) -> Int {
    guard count > 0 else { return 0 }
    let map = SortKeyMap<Bits>(dtype, mergingZeros: true)
    let elements = try pointer().assumingMemoryBound(to: Bits.self)
    var kept = 1
    var last = elements[0]
    for i in 1..<count {
      let element = elements[i]
      let isSame =
        map.isNaN(element) ? equalNaN && map.isNaN(last) : map.key(element) == map.key(last)
      elements[kept] = element
      kept &+= isSame ? 0 : 1
      last = element
    }
    withExtendedLifetime(self) {}
    return kept
  }

  /// What is asked for besides the values, from where groups of equal elements start in the sorted
  /// order, and the positions that the sorted elements had.
  private static func groups(
    _ isStart: NDArray, _ order: NDArray?, _ outputs: UniqueOutputs, values: NDArray
  ) throws(MartletError) -> UniqueElements {
    var found = UniqueElements(values: values)
    if let order, outputs.contains(.firstPositions) {
      found.firstPositions = try order.compressed(isStart)
    }
    if let order, outputs.contains(.inverse) {
      let number = try isStart.cumulativeSum(dtype: .int64) - 1
      var inverse = try NDArray(uninitialised: [isStart.count], .int64)
      try inverse.assign([AxisIndex(.array(order))], .array(number))
      found.inverse = inverse
    }
    if outputs.contains(.counts) {
      let places = try isStart.nonzero()[0]
      let ends = try NDArray.concatenate(
        [places, NDArray(positions: [isStart.count])], axis: 0)
      let groups = places.count
      found.counts =
        try ends.part(axis: 0, from: 1, count: groups).subtracting(
          ends.part(axis: 0, from: 0, count: groups))
    }
    return found
  }

  /// The distinct parts along an axis.
  private func uniqueParts(
    _ axis: Int, _ outputs: UniqueOutputs
  ) throws(MartletError) -> UniqueElements {
    let moved = try movingAxis(axis, to: 0)
    let parts = moved.shape[0]
    let width = moved.shape.dropFirst().reduce(1, *)
    let rows = try moved.reshaped([parts, width]).contiguous()
    // Sorted by the last column first; each sorting keeps the order of the later ones.
    var order = try NDArray(positions: Array(0..<parts))
    for column in (0..<width).reversed() {
      let keys = try rows.untraced.transposed().part(axis: 0, from: column, count: 1).raveled()
      let next = try keys.taking(order, axis: 0).argSort()
      order = try order.taking(next, axis: 0)
    }
    let sorted = try rows.taking(order, axis: 0)
    var isStart = try NDArray.ones([Swift.min(parts, 1)], .bool)
    if parts > 1 {
      let differing = try Self.compute(
        .notEqual, .array(sorted.part(axis: 0, from: 1, count: parts - 1)),
        .array(sorted.part(axis: 0, from: 0, count: parts - 1)))
      isStart = try NDArray.concatenate([isStart, differing.any(axes: [1])], axis: 0)
    }
    let places = try isStart.nonzero()[0]
    var shape = Array(moved.shape)
    shape[0] = places.count
    let values = try sorted.taking(places, axis: 0).reshaped(shape).movingAxis(0, to: axis)
    return try Self.groups(isStart, order, outputs, values: values)
  }
}
