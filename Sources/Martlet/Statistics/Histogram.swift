import MartletIR
import MartletRuntime

/// The edges of a histogram's bins.
package struct HistogramBins: Sendable {
  /// One more than there are bins, in ascending order.
  package var edges: NDArray
  /// The range, where all bins have the same width.
  var uniform: (first: Double, last: Double, width: Double)?
  package var count: Int { edges.count - 1 }

  /// Bins between edges that are given.
  ///
  /// - Throws: `.invalidArgument` unless they ascend along one axis.
  package init(edges: NDArray) throws(MartletError) {
    guard edges.rank == 1 else {
      throw .invalidArgument(operation: "histogram", detail: "`bins` must be 1d, when an array")
    }
    if edges.count > 1 {
      let size = edges.count - 1
      let falls = try NDArray.compute(
        .greater, .array(edges.part(axis: 0, from: 0, count: size)),
        .array(edges.part(axis: 0, from: 1, count: size)))
      if try falls.any().item().low != 0 {
        throw .invalidArgument(
          operation: "histogram", detail: "`bins` must increase monotonically, when an array")
      }
    }
    self.edges = edges
  }

  /// Bins of one width.
  ///
  /// - Parameters:
  ///   - dtype: Of the edges.
  ///   - width: Of the whole range, where it is known more exactly than from the two numbers.
  /// - Throws: `.invalidArgument` where they would be too narrow.
  package init(
    count: Int, from first: Double, to last: Double, width: Double?, _ dtype: DType
  ) throws(MartletError) {
    guard count >= 1 else {
      throw .invalidArgument(
        operation: "histogram", detail: "`bins` must be positive, when an integer")
    }
    try Shape([count, 1]).checkedCount()
    guard (last - first).isFinite, dtype != .float32 || (Float(last) - Float(first)).isFinite else {
      throw .unsupported(operation: "histogram", detail: "a range wider than numbers go")
    }
    let edges = try NDArray(uninitialised: [count + 1], .float64)
    let numbers = try edges.pointer().assumingMemoryBound(to: Double.self)
    let step = (last - first) / Double(count)
    // In the narrower type as NumPy spaces numbers of that type.
    let isSingle = dtype == .float32
    let singleStep = (Float(last) - Float(first)) / Float(count)
    for i in 0..<count {
      if isSingle {
        numbers[i] = Double(Float(i) * singleStep + Float(first))
      } else {
        numbers[i] =
          step == 0 ? Double(i) / Double(count) * (last - first) + first : Double(i) * step + first
      }
    }
    numbers[count] = last
    self.edges = try edges.lazilyConverted(to: dtype)
    let rounded = try self.edges.elements(as: Double.self)
    for i in 0..<count where !(rounded[i] < rounded[i + 1]) {
      throw .invalidArgument(
        operation: "histogram",
        detail: "Too many bins for data range. Cannot create \(count) finite-sized bins.")
    }
    uniform = (first, last, width ?? last - first)
  }
}

extension NDArray {
  /// How many elements lie in each bin; the last one has its upper edge, too (NumPy's `histogram`).
  ///
  /// - Throws: `.outOfMemory`.
  package func histogram(_ bins: HistogramBins) throws(MartletError) -> NDArray {
    let flat = try raveled()
    guard let uniform = bins.uniform else { return try flat.counted(between: bins.edges) }
    let numbers = try flat.lazilyConverted(to: bins.edges.dtype).contiguous()
    return bins.edges.dtype == .float32
      ? try numbers.counted(Float.self, bins, uniform)
      : try numbers.counted(Double.self, bins, uniform)
  }

  /// The sum of the weights in each bin, added up as NumPy adds them: in blocks.
  package func histogram(
    _ bins: HistogramBins, weights: NDArray
  ) throws(MartletError) -> NDArray? {
    guard let uniform = bins.uniform, bins.edges.dtype == .float64 else { return nil }
    if Trace.isUsed, storage.tapeNode != nil || weights.storage.tapeNode != nil {
      return try histogramTraced(bins, weights: weights)
    }
    let block = 65536
    let numbers = try raveled().lazilyConverted(to: .float64).contiguous()
    let heavy = try weights.raveled().lazilyConverted(to: .float64).contiguous()
    let source = try numbers.pointer().assumingMemoryBound(to: Double.self)
    let loads = try heavy.pointer().assumingMemoryBound(to: Double.self)
    let edges = try bins.edges.pointer().assumingMemoryBound(to: Double.self)
    let finder = UniformBins<Double>(edges, bins.count, uniform)
    var total = try NDArray.zeros([bins.count], weights.dtype)
    for start in stride(from: 0, to: numbers.count, by: block) {
      let sums = try NDArray.zerosOnHost([bins.count], .float64)
      let target = try sums.storage.writableHere().assumingMemoryBound(to: Double.self)
      for i in start..<Swift.min(start + block, numbers.count) {
        if let bin = finder.bin(source[i]) { target[bin] += loads[i] }
      }
      total = try total.adding(sums.asType(weights.dtype))
    }
    withExtendedLifetime((numbers, heavy, bins)) {}
    return total
  }

  private func counted<Number: BinnedNumber>(
    _: Number.Type, _ bins: HistogramBins, _ uniform: (first: Double, last: Double, width: Double)
  ) throws(MartletError) -> NDArray {
    // Threads read, and count in tables of their own.
    nonisolated(unsafe) let source = try pointer().assumingMemoryBound(to: Number.self)
    nonisolated(unsafe) let edges = try bins.edges.pointer().assumingMemoryBound(to: Number.self)
    let (count, binCount) = (count, bins.count)
    let parts =
      count < 1 << 15 ? 1 : Swift.min(Workers.shared.threads, Swift.max(1, count / binCount))
    let size = binCount + 8
    try Shape([parts, size]).checkedCount()
    let memory = try Buffer(zeroed: parts * size * MemoryLayout<Int>.stride)
    nonisolated(unsafe) let tables = memory.pointer.assumingMemoryBound(to: Int.self)
    Workers.shared.parallel(count: parts, mayBeLeft: true) { first, end in
      let finder = UniformBins<Number>(edges, binCount, uniform)
      for part in first..<end {
        finder.count(
          source, (count * part / parts)..<(count * (part + 1) / parts), in: tables + part * size)
      }
    }
    let result = try NDArray(uninitialised: [binCount], .int64)
    let counts = try result.pointer().assumingMemoryBound(to: Int.self)
    for bin in 0..<binCount {
      var sum = 0
      for part in 0..<parts { sum &+= tables[part * size + bin] }
      counts[bin] = sum
    }
    withExtendedLifetime((self, bins, memory)) {}
    return result
  }

  /// Between edges at unlike distances.
  private func counted(between edges: NDArray) throws(MartletError) -> NDArray {
    let bins = edges.count - 1
    let result = try NDArray.zerosOnHost([Swift.max(bins, 0)], .int64)
    guard bins > 0, count > 0 else { return result }
    let places = try edges.searchSorted(self, side: .right)
    let source = try places.pointer().assumingMemoryBound(to: Int.self)
    let counts = try result.storage.writableHere().assumingMemoryBound(to: Int.self)
    for i in 0..<count where source[i] > 0 && source[i] <= bins { counts[source[i] - 1] &+= 1 }
    let last = try Self.compute(
      .equal, .array(self), .array(edges.part(axis: 0, from: bins, count: 1))
    ).countNonzero()
    counts[bins - 1] &+= Int(try last.item().asInt64)
    withExtendedLifetime(places) {}
    return result
  }

  /// How often each integer from 0 on is there, or the sum of its weights (NumPy's `bincount`).
  ///
  /// - Parameters:
  ///   - weights: One for each element; their sums are `float64`.
  ///   - minimumCount: How many results there are at least.
  /// - Throws: `.invalidArgument` for negative elements, more than one axis, or weights of another
  ///   length, `.outOfMemory`.
  public func binCount(
    weights: NDArray? = nil, minimumCount: Int = 0
  ) throws(MartletError) -> NDArray {
    if Trace.isUsed, storage.tapeNode != nil || weights?.storage.tapeNode != nil {
      return try binCountsTraced(weights: weights, minimumCount: minimumCount)
    }
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: "bincount", detail: detail)
    }
    guard rank == 1 else {
      throw invalid(
        rank == 0
          ? "object of too small depth for desired array" : "object too deep for desired array")
    }
    guard minimumCount >= 0 else { throw invalid("'minlength' must not be negative") }
    let numbers = try lazilyConverted(to: .int64).contiguous()
    let source = try numbers.pointer().assumingMemoryBound(to: Int.self)
    var (low, high) = (0, -1)
    for i in 0..<count {
      low = Swift.min(low, source[i])
      high = Swift.max(high, source[i])
    }
    if low < 0 { throw invalid("'list' argument must have no negative elements") }
    let size = Swift.max(minimumCount, high == Int.max ? Int.max : high + 1)
    try Shape([size]).checkedCount()
    defer { withExtendedLifetime(numbers) {} }
    guard let weights else {
      let result = try NDArray.zerosOnHost([size], .int64)
      let target = try result.storage.writableHere().assumingMemoryBound(to: Int.self)
      for i in 0..<count { target[source[i]] &+= 1 }
      return result
    }
    guard weights.rank == 1, weights.count == count else {
      throw invalid("The weights and list don't have the same length.")
    }
    let heavy = try weights.lazilyConverted(to: .float64).contiguous()
    let loads = try heavy.pointer().assumingMemoryBound(to: Double.self)
    let result = try NDArray.zerosOnHost([size], .float64)
    let target = try result.storage.writableHere().assumingMemoryBound(to: Double.self)
    for i in 0..<count { target[source[i]] += loads[i] }
    withExtendedLifetime(heavy) {}
    return result
  }

  /// Which bin each element is in (NumPy's `digitize`): 0 before the first edge.
  ///
  /// - Parameters:
  ///   - edges: In ascending or descending order.
  ///   - right: Whether bins have their right edge instead of the left one.
  /// - Throws: `.invalidArgument` where the edges are not in order, `.outOfMemory`.
  public func digitized(_ edges: NDArray, right: Bool = false) throws(MartletError) -> NDArray {
    guard edges.rank == 1 else {
      throw .invalidArgument(
        operation: "digitize", detail: "object of too small depth for desired array")
    }
    let side: SearchSide = right ? .left : .right
    let size = Swift.max(edges.count - 1, 0)
    let (before, behind) = (
      edges.part(axis: 0, from: 0, count: size),
      edges.part(axis: 0, from: edges.count - size, count: size)
    )
    func all(_ operation: ElementwiseOperation) throws(MartletError) -> Bool {
      try Self.compute(operation, .array(before), .array(behind)).all().item().low != 0
    }
    if try all(.lessEqual) { return try edges.searchSorted(self, side: side) }
    guard try all(.greaterEqual) else {
      throw .invalidArgument(
        operation: "digitize",
        detail: "bins must be monotonically increasing or decreasing")
    }
    let places = try edges.flipped().searchSorted(self, side: side)
    return try Self.compute(
      .subtract, .weak(.integer, Scalar(Int64(edges.count), .int64)), .array(places))
  }
}
