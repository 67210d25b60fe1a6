import MartletIR
import MartletRuntime

/// Which position a value gets among equal ones.
public enum SearchSide: Sendable {
  /// Before all of them.
  case left
  /// Behind all of them.
  case right
}

extension NDArray {
  /// Where each of `values` would have to be inserted to keep this array, of one axis in ascending
  /// order, sorted.
  ///
  /// - Parameter sorter: Positions that put this array in ascending order.
  /// - Parameter values: What to find places for.
  /// - Parameter side: Before or behind elements that are equal.
  /// - Throws: `.invalidArgument` unless this array has one axis and the sorter its size,
  ///   `.outOfMemory`.
  public func searchSorted(
    _ values: NDArray, side: SearchSide = .left, sorter: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    if storage.tapeNode != nil || values.storage.tapeNode != nil {
      return try untraced.searchSorted(values.untraced, side: side, sorter: sorter)
    }
    guard rank == 1 else {
      throw .invalidArgument(
        operation: "searchsorted",
        detail: rank == 0
          ? "object of too small depth for desired array" : "object too deep for desired array")
    }
    let device = try Placement.device(
      of: [self, values] + (sorter.map { [$0] } ?? []), for: "searchsorted")
    if !device.isHost {
      return try Fallback.onHost(insteadOf: device, "searchsorted", reason: Self.noKernel) {
        () throws(MartletError) in
        try to(.host).searchSorted(values.to(.host), side: side, sorter: sorter?.to(.host))
          .to(device)
      }
    }
    var keys = self
    if let sorter { keys = try inOrder(of: sorter) }
    let dtype = Promotion.promote(self.dtype, values.dtype)
    keys = try (keys.dtype == dtype ? keys : keys.asType(dtype)).contiguous()
    let wanted = try (values.dtype == dtype ? values : values.asType(dtype)).contiguous()
    let result = try NDArray(uninitialised: values.shape, .int64)
    if result.count == 0 { return result }
    switch dtype {
    case .bool, .int8, .uint8: try keys.search(UInt8.self, wanted, side, into: result)
    case .int16, .uint16, .float16, .bfloat16:
      try keys.search(UInt16.self, wanted, side, into: result)
    case .int32, .uint32, .float32: try keys.search(UInt32.self, wanted, side, into: result)
    case .int64, .uint64, .float64: try keys.search(UInt64.self, wanted, side, into: result)
    case .complex64: try keys.searchComplex(UInt32.self, wanted, side, into: result)
    case .complex128: try keys.searchComplex(UInt64.self, wanted, side, into: result)
    }
    return result
  }

  private func inOrder(of sorter: NDArray) throws(MartletError) -> NDArray {
    func failure(_ detail: String) -> MartletError {
      .invalidArgument(operation: "searchsorted", detail: detail)
    }
    guard sorter.dtype.isInteger else {
      throw .invalidType(
        operation: "searchsorted", detail: "sorter must only contain integers")
    }
    guard sorter.rank == 1 else { throw failure("could not parse sorter argument") }
    guard sorter.count == count else { throw failure("sorter.size must equal keys.size") }
    do throws(MartletError) {
      return try indexed([AxisIndex(.array(sorter))])
    } catch {
      if case .indexOutOfBounds = error { throw failure("Sorter index out of range.") }
      throw error
    }
  }

  private func search<Bits: SortBits>(
    _: Bits.Type, _ values: NDArray, _ side: SearchSide, into result: NDArray
  ) throws(MartletError) {
    let map = SortKeyMap<Bits>(dtype, mergingZeros: true)
    try search(values, side, into: result) { (place: UnsafeRawPointer) in
      KeyItem(key: map.key(place.load(as: Bits.self)))
    }
  }

  private func searchComplex<Part: SortBits>(
    _: Part.Type, _ values: NDArray, _ side: SearchSide, into result: NDArray
  ) throws(MartletError) {
    let map = SortKeyMap<Part>(dtype.realType, mergingZeros: true)
    try search(values, side, into: result) { (place: UnsafeRawPointer) in
      let bits = (place.load(as: Part.self), (place + MemoryLayout<Part>.size).load(as: Part.self))
      return ComplexItem(bits, index: 0, map)
    }
  }

  @inline(__always)
  private func search<Item: SortItem>(
    _ values: NDArray, _ side: SearchSide, into result: NDArray,
    _ item: @Sendable (UnsafeRawPointer) -> Item
  ) throws(MartletError) {
    // Threads only read both arrays, and each writes results of its own.
    nonisolated(unsafe) let source = UnsafeRawPointer(try pointer())
    nonisolated(unsafe) let wanted = UnsafeRawPointer(try values.pointer())
    nonisolated(unsafe) let target = try result.pointer().assumingMemoryBound(to: Int64.self)
    let (size, count) = (dtype.itemSize, count)
    // What is looked at again and again is made into keys before.
    let isOften = count / 4 <= result.count
    let memory = try Buffer(byteCount: isOften ? count * MemoryLayout<Item>.stride : 0)
    nonisolated(unsafe) let keys = memory.pointer.assumingMemoryBound(to: Item.self)
    if isOften {
      for i in 0..<count { keys[i] = item(source + i * size) }
    }
    let grain = result.count < 4096 ? result.count : 1024
    Workers.shared.parallel(count: result.count, grain: grain) { first, end in
      for i in first..<end {
        let value = item(wanted + i * size)
        // Invariant: everything before `low` comes before the value, nothing from `low + rest` on.
        var (low, rest) = (0, count)
        while rest > 0 {
          let half = rest / 2
          let key = isOften ? keys[low + half] : item(source + (low + half) * size)
          let isBefore = side == .left ? Item.precedes(key, value) : !Item.precedes(value, key)
          low = isBefore ? low + half + 1 : low
          rest = isBefore ? rest - half - 1 : half
        }
        target[i] = Int64(low)
      }
    }
    withExtendedLifetime((self, values, result, memory)) {}
  }
}
