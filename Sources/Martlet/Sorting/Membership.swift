import MartletIR
import MartletRuntime

/// The keys of a set, in a table without gaps of its own: a key stands at the first free place from
/// the one that its bits say.
struct KeySet: @unchecked Sendable {
  // Unchecked: nothing changes after `init`; the memory is this value's own.
  private let memory: Buffer
  private let table: UnsafeMutablePointer<UInt64>
  private let shift: UInt64
  private let mask: Int
  /// Stands for a free place; whether it is a member is said apart.
  private static var free: UInt64 { .max }
  private let hasFree: Bool

  /// - Parameter key: The i-th key, nil for what is no member.
  init(count: Int, key: (Int) -> UInt64?) throws(MartletError) {
    var bits: UInt64 = 4
    while 1 << bits < count &* 2 { bits += 1 }
    memory = try Buffer(byteCount: 8 << bits)
    table = memory.pointer.assumingMemoryBound(to: UInt64.self)
    table.update(repeating: Self.free, count: 1 << bits)
    shift = 64 - bits
    mask = (1 << bits) - 1
    var hasFree = false
    for i in 0..<count {
      guard let key = key(i) else { continue }
      if key == Self.free {
        hasFree = true
        continue
      }
      var place = Self.place(key, shift)
      while table[place] != Self.free, table[place] != key { place = (place &+ 1) & mask }
      table[place] = key
    }
    self.hasFree = hasFree
  }

  /// Multiplying by the golden ratio spreads neighbours.
  @inline(__always)
  private static func place(_ key: UInt64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift)
  }

  @inline(__always)
  func contains(_ key: UInt64) -> Bool {
    if key == Self.free { return hasFree }
    var place = Self.place(key, shift)
    while table[place] != Self.free {
      if table[place] == key { return true }
      place = (place &+ 1) & mask
    }
    return false
  }
}

extension NDArray {
  /// Whether each element is among others (NumPy's `isin`). NaN is equal to nothing.
  ///
  /// - Parameter inverted: Gives whether it is not.
  /// - Parameter others: The elements to look for.
  /// - Throws: `.outOfMemory`.
  public func isIn(_ others: NDArray, inverted: Bool = false) throws(MartletError) -> NDArray {
    if storage.tapeNode != nil || others.storage.tapeNode != nil {
      return try untraced.isIn(others.untraced, inverted: inverted)
    }
    let device = try Placement.device(of: [self, others], for: "isin")
    if !device.isHost {
      return try Fallback.onHost(insteadOf: device, "isin", reason: Self.noKernel) {
        () throws(MartletError) in
        try to(.host).isIn(others.to(.host), inverted: inverted).to(device)
      }
    }
    let common = Promotion.promote(dtype, others.dtype)
    let elements = try (dtype == common ? self : asType(common)).contiguous()
    let members = try (others.dtype == common ? others : others.asType(common)).contiguous()
    let result = try NDArray(uninitialised: shape, .bool)
    if result.count == 0 { return result }
    if members.count == 0 { return try NDArray.full(shape, Scalar(inverted ? 1.0 : 0.0, .bool)) }
    switch common {
    case .bool, .int8, .uint8: try elements.look(UInt8.self, members, inverted, result)
    case .int16, .uint16, .float16, .bfloat16:
      try elements.look(UInt16.self, members, inverted, result)
    case .int32, .uint32, .float32: try elements.look(UInt32.self, members, inverted, result)
    case .int64, .uint64, .float64: try elements.look(UInt64.self, members, inverted, result)
    case .complex64: try elements.lookSorted(members, inverted, result)
    case .complex128: try elements.lookSorted(members, inverted, result)
    }
    return result
  }

  private func look<Bits: SortBits>(
    _: Bits.Type, _ members: NDArray, _ inverted: Bool, _ result: NDArray
  ) throws(MartletError) {
    let map = SortKeyMap<Bits>(dtype, mergingZeros: true)
    // Threads read, and write results of their own.
    nonisolated(unsafe) let source = try pointer().assumingMemoryBound(to: Bits.self)
    nonisolated(unsafe) let target = try result.pointer().assumingMemoryBound(to: UInt8.self)
    let others = try members.pointer().assumingMemoryBound(to: Bits.self)
    let (count, memberCount) = (count, members.count)
    let grain = count < 4096 ? count : 4096
    let (yes, no): (UInt8, UInt8) = inverted ? (0, 1) : (1, 0)
    // A table where numbers lie close together; the keys of one dtype's integers keep distances.
    let keys = try NDArray(uninitialised: [memberCount], .uint64)
    let ordered = try keys.pointer().assumingMemoryBound(to: UInt64.self)
    var kept = 0
    for i in 0..<memberCount where !map.isNaN(others[i]) {
      ordered[kept] = UInt64(map.key(others[i]))
      kept += 1
    }
    if kept == 0 {
      target.update(repeating: no, count: count)
    } else if let (low, size) = IntegerTable.range(ordered, kept, beside: count) {
      let memory = try Buffer(byteCount: size)
      nonisolated(unsafe) let table = memory.pointer.assumingMemoryBound(to: UInt8.self)
      table.update(repeating: no, count: size)
      for i in 0..<kept { table[Int(ordered[i] &- low)] = yes }
      Workers.shared.parallel(count: count, grain: grain) { first, end in
        for i in first..<end {
          let distance = UInt64(map.key(source[i])) &- low
          target[i] =
            distance < UInt64(size) && !map.isNaN(source[i]) ? table[Int(distance)] : no
        }
      }
      withExtendedLifetime(memory) {}
    } else {
      let set = try KeySet(count: kept) { ordered[$0] }
      Workers.shared.parallel(count: count, grain: grain) { first, end in
        for i in first..<end {
          target[i] = !map.isNaN(source[i]) && set.contains(UInt64(map.key(source[i]))) ? yes : no
        }
      }
      withExtendedLifetime(set) {}
    }
    withExtendedLifetime((self, members, result, keys)) {}
  }

  /// By binary search, for complex numbers.
  private func lookSorted(
    _ members: NDArray, _ inverted: Bool, _ result: NDArray
  ) throws(MartletError) {
    let sorted = try members.raveled().sorted()
    let places = try sorted.searchSorted(self)
    let last = try Self.compute(
      .minimum, .array(places), .weak(.integer, Scalar(Int64(sorted.count - 1), .int64)))
    let found = try sorted.taking(last, axis: 0)
    let isSame = try Self.compute(inverted ? .notEqual : .equal, .array(self), .array(found))
    var target = result
    try target.fill(target.layout, isSame)
  }

  // MARK: - Sets

  /// The values that are in both arrays, in ascending order (NumPy's `intersect1d`).
  ///
  /// - Throws: `.outOfMemory`.
  public static func intersection(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    let common = Promotion.promote(a.dtype, b.dtype)
    let first = try a.unique().lazilyConverted(to: common)
    return try first.compressed(first.isIn(b.raveled()))
  }

  /// The values that are in both arrays, and where each has them first.
  static func intersectionPositions(
    _ a: NDArray, _ b: NDArray
  ) throws(MartletError) -> [NDArray] {
    let (first, second) = (
      try a.uniqueElements(.firstPositions), try b.uniqueElements(.firstPositions)
    )
    let inBoth = try first.values.isIn(second.values)
    let inFirst = try second.values.isIn(first.values)
    guard let own = first.firstPositions, let others = second.firstPositions else { return [] }
    return [
      try first.values.compressed(inBoth)
        .lazilyConverted(to: Promotion.promote(a.dtype, b.dtype)),
      try own.compressed(inBoth), try others.compressed(inFirst),
    ]
  }

  /// The values that are in either array, in ascending order (NumPy's `union1d`).
  ///
  /// - Throws: `.outOfMemory`.
  public static func union(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try concatenate([a.raveled(), b.raveled()], axis: 0).unique()
  }

  /// The values of the first array that are not in the second, in ascending order (NumPy's
  /// `setdiff1d`).
  ///
  /// - Throws: `.outOfMemory`.
  public static func difference(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    let first = try a.unique()
    return try first.compressed(first.isIn(b.raveled(), inverted: true))
  }

  /// The values that are in one of the arrays only, in ascending order (NumPy's `setxor1d`).
  ///
  /// - Throws: `.outOfMemory`.
  public static func symmetricDifference(
    _ a: NDArray, _ b: NDArray
  ) throws(MartletError) -> NDArray {
    try concatenate([difference(a, b), difference(b, a)], axis: 0).sorted()
  }
}
