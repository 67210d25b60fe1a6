import CMartlet
import MartletIR
import MartletRuntime

/// One elementwise operation on memory of the host that is done at once: a ufunc, a copy, a
/// conversion, an assignment.
///
/// A call is settled in fixed storage on the caller's stack (`withCall`): operands, the shape that
/// they broadcast to, the loops over it, the class of kernel. Nothing is allocated but the result,
/// which the caller makes between `settle` and `run`. What is out of the ordinary (errors, operands
/// that overlap their output, work that is too large) is left to the general way.
///
/// All fields are plain numbers and addresses; who makes a call keeps the operands alive. Fields are
/// set before they are read: `withCall` leaves them as they happen to be. The value is large and must
/// never be moved, so all methods are mutating.
@usableFromInline
package struct DirectCall {
  /// The most operands, results included.
  package static let maximum = 5
  /// Work with given outputs is done at once below so many elements: it would not fuse with anything,
  /// and another thread gains nothing yet.
  package static let limitInto = 1 << 17

  /// Where numbers among the operands stand, two words each.
  @usableFromInline package var cells: InlineArray<10, UInt64>
  /// Where each operand's element at index zero is; inputs, then outputs.
  @usableFromInline package var memories: InlineArray<5, UnsafeMutableRawPointer?>
  @usableFromInline package var layouts: InlineArray<5, UnsafePointer<Layout>>
  @usableFromInline package var dtypes: InlineArray<5, DType>
  @usableFromInline package var inputCount: Int
  @usableFromInline package var outputCount: Int
  /// Whether the last input is a mask of truth values: where it is false nothing is computed, and
  /// outputs stay as they are (`where=`).
  @usableFromInline package var isMasked: Bool

  /// The shape of the result.
  package var rank: Int
  package var sizes: InlineArray<8, Int>
  package var count: Int
  /// Distances in a fresh result, in elements.
  package var resultStrides: InlineArray<8, Int>

  // The loops, outermost first, without dimensions of size one, neighbours merged.
  var loopCount: Int
  var loopSizes: InlineArray<8, Int>
  /// Of operand `k` in loop `i` at `i * maximum + k`, in elements.
  var loopStrides: InlineArray<40, Int>
  /// What it runs, once `kernel` has found it.
  var row: Unmanaged<ElementwiseOperation>?

  /// The layout of a number. Never changed, so it may be shared.
  @usableFromInline nonisolated(unsafe) package static let number: UnsafePointer<Layout> = {
    let layout = UnsafeMutablePointer<Layout>.allocate(capacity: 1)
    layout.initialize(to: Layout(contiguous: Shape()))
    return UnsafePointer(layout)
  }()

  /// Calls `body` with an empty call on the stack.
  @inlinable
  @inline(__always)
  package static func withCall<Result>(
    inputs: Int, outputs: Int, _ body: (UnsafeMutablePointer<DirectCall>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: DirectCall.self, capacity: 1) { buffer in
      let call = buffer.baseAddress.unsafelyUnwrapped
      call.pointee.inputCount = inputs
      call.pointee.outputCount = outputs
      call.pointee.isMasked = false
      return body(call)
    }
  }

  // MARK: Operands

  @inlinable
  @inline(__always)
  package mutating func set(
    _ position: Int, _ memory: UnsafeMutableRawPointer, _ layout: UnsafePointer<Layout>,
    _ dtype: DType
  ) {
    memories[unchecked: position] = memory
    layouts[unchecked: position] = layout
    dtypes[unchecked: position] = dtype
  }
}

extension UnsafeMutablePointer<DirectCall> {
  /// Makes a number the operand at a position.
  @inlinable
  @inline(__always)
  package func set(_ position: Int, _ number: Scalar) {
    pointee.cells[unchecked: 2 &* position] =
      number.dtype == .complex64 ? number.low | number.high << 32 : number.low
    pointee.cells[unchecked: 2 &* position &+ 1] = number.high
    // The cells come first in the call, so they lie where it lies.
    pointee.set(
      position, UnsafeMutableRawPointer(self) + 16 &* position, DirectCall.number, number.dtype)
  }
}

// MARK: - Shape and loops

extension DirectCall {
  /// Settles the shape and the loops of a call whose outputs are fresh arrays; false where the
  /// inputs don't broadcast, or it is too much work to be done at once.
  @inline(__always)
  package mutating func settle(below limit: Int = Graph.lazyCount) -> Bool {
    var lead = 0
    while lead < inputCount, layouts[unchecked: lead].pointee.shape.rank == 0 { lead &+= 1 }
    if lead == inputCount {
      settleNumbers()
      return true
    }
    if settleFlat(lead, operands: inputCount, below: limit) { return true }
    return settleGeneral(isFresh: true, below: limit)
  }

  /// The same for a call whose outputs are given: the inputs must broadcast to their shape.
  @inline(__always)
  package mutating func settleInto() -> Bool {
    if settleFlat(inputCount, operands: inputCount &+ outputCount, below: Self.limitInto) {
      return true
    }
    return settleGeneral(isFresh: false, below: Self.limitInto)
  }

  /// Nothing but numbers.
  private mutating func settleNumbers() {
    rank = 0
    count = 1
    loopCount = 0
  }

  /// Arrays of one shape in C order, and numbers: a single loop. `lead` is the operand that has the
  /// shape of the result.
  @inline(__always)
  private mutating func settleFlat(_ lead: Int, operands: Int, below limit: Int) -> Bool {
    let first = layouts[unchecked: lead]
    let ownRank = first.pointee.shape.rank
    var total = 1
    var i = ownRank &- 1
    while i >= 0 {
      let size = first.pointee.shape[unchecked: i]
      if size != 1, first.pointee.strides[unchecked: i] != total { return false }
      resultStrides[unchecked: i] = total
      sizes[unchecked: i] = size
      // Sizes up to the limit can't overflow; larger ones end it.
      guard size < limit else { return false }
      total &*= size
      guard total < limit else { return false }
      i &-= 1
    }
    guard total > 0 else { return false }
    for k in 0..<operands {
      let layout = layouts[unchecked: k]
      if k == lead {
        loopStrides[unchecked: k] = 1
        continue
      }
      let own = layout.pointee.shape.rank
      if own == 0, k < inputCount {
        loopStrides[unchecked: k] = 0
        continue
      }
      guard own == ownRank else { return false }
      for i in 0..<own {
        let size = layout.pointee.shape[unchecked: i]
        guard size == sizes[unchecked: i],
          size == 1 || layout.pointee.strides[unchecked: i] == resultStrides[unchecked: i]
        else { return false }
      }
      loopStrides[unchecked: k] = 1
    }
    for k in operands..<(inputCount &+ outputCount) { loopStrides[unchecked: k] = 1 }
    rank = ownRank
    count = total
    loopSizes[unchecked: 0] = total
    loopCount = 1
    return true
  }

  @inline(never)
  private mutating func settleGeneral(isFresh: Bool, below limit: Int) -> Bool {
    guard isFresh ? broadcastInputs() : takeOutputShape(),
      let total = total(below: limit)
    else { return false }
    count = total
    guard total > 0 else { return settleEmpty() }
    let operands = isFresh ? inputCount : inputCount &+ outputCount
    // One row for each axis that moves, outermost first.
    loopCount = 0
    var axes = InlineArray<8, Int>(repeating: 0)
    for axis in 0..<rank where sizes[unchecked: axis] != 1 {
      let row = loopCount &* Self.maximum
      for k in 0..<operands {
        let layout = layouts[unchecked: k]
        let own = axis &- (rank &- layout.pointee.shape.rank)
        loopStrides[unchecked: row &+ k] =
          own < 0 || layout.pointee.shape[unchecked: own] == 1
          ? 0 : layout.pointee.strides[unchecked: own]
      }
      loopSizes[unchecked: loopCount] = sizes[unchecked: axis]
      axes[unchecked: loopCount] = axis
      loopCount &+= 1
    }
    if loopCount > 1 { orderLoops(&axes, operands) }
    if isFresh { layOutResult(axes) }
    mergeLoops()
    return true
  }

  /// A result without elements: nothing to do.
  private mutating func settleEmpty() -> Bool {
    loopCount = 0
    for i in 0..<rank { resultStrides[unchecked: i] = 0 }
    return true
  }

  private mutating func broadcastInputs() -> Bool {
    rank = 0
    for k in 0..<inputCount { rank = max(rank, layouts[unchecked: k].pointee.shape.rank) }
    for axis in 0..<rank {
      var size = 1
      for k in 0..<inputCount {
        let layout = layouts[unchecked: k]
        let own = axis &- (rank &- layout.pointee.shape.rank)
        if own < 0 { continue }
        let given = layout.pointee.shape[unchecked: own]
        if given == 1 || given == size { continue }
        guard size == 1 else { return false }
        size = given
      }
      sizes[unchecked: axis] = size
    }
    return true
  }

  private mutating func takeOutputShape() -> Bool {
    let out = layouts[unchecked: inputCount]
    rank = out.pointee.shape.rank
    for axis in 0..<rank {
      let size = out.pointee.shape[unchecked: axis]
      guard size <= 1 || out.pointee.strides[unchecked: axis] != 0 else { return false }
      sizes[unchecked: axis] = size
    }
    for k in 0..<(inputCount &+ outputCount) where k != inputCount {
      let layout = layouts[unchecked: k]
      let lead = rank &- layout.pointee.shape.rank
      guard lead >= 0 else { return false }
      for own in 0..<layout.pointee.shape.rank {
        let given = layout.pointee.shape[unchecked: own]
        guard given == sizes[unchecked: lead &+ own] || (given == 1 && k < inputCount) else {
          return false
        }
      }
    }
    return true
  }

  /// The product of the sizes; nil where that of the ones that are not zero reaches the limit, which
  /// is small enough that no step on the way can overflow.
  private mutating func total(below limit: Int) -> Int? {
    var total = 1
    var isEmpty = false
    for i in 0..<rank {
      let size = sizes[unchecked: i]
      if size == 0 {
        isEmpty = true
        continue
      }
      if size >= limit { return nil }
      total &*= size
      if total >= limit { return nil }
    }
    return isEmpty ? 0 : total
  }

  /// Puts the loops into NumPy's order "K": from the largest strides to the smallest where the
  /// operands agree, as the shape has them where they don't (`numpy.nditer`).
  private mutating func orderLoops(_ axes: inout InlineArray<8, Int>, _ operands: Int) {
    // From the second innermost loop outward, each goes as far inward as its strides let it.
    var next = loopCount &- 2
    while next >= 0 {
      var place = next
      var other = next &+ 1
      while other < loopCount {
        switch compare(next, other, operands) {
        case .smaller: place = other
        case .larger: other = loopCount
        case .either: break
        }
        other &+= 1
      }
      if place > next {
        for i in next..<place {
          swapLoops(i, i &+ 1, operands)
          axes.swapAt(i, i &+ 1)
        }
      }
      next &-= 1
    }
  }

  private enum Relation { case smaller, larger, either }

  /// Whether the first loop's strides are smaller than the second's, which lies inside of it now.
  private mutating func compare(_ outer: Int, _ inner: Int, _ operands: Int) -> Relation {
    var relation = Relation.either
    for k in 0..<operands {
      let a = loopStrides[unchecked: outer &* Self.maximum &+ k].magnitude
      let b = loopStrides[unchecked: inner &* Self.maximum &+ k].magnitude
      if a == 0 || b == 0 { continue }
      if b <= a { return .larger }
      relation = .smaller
    }
    return relation
  }

  private mutating func swapLoops(_ a: Int, _ b: Int, _ operands: Int) {
    loopSizes.swapAt(a, b)
    for k in 0..<operands { loopStrides.swapAt(a &* Self.maximum &+ k, b &* Self.maximum &+ k) }
  }

  /// A fresh result lies as its loops run.
  private mutating func layOutResult(_ axes: InlineArray<8, Int>) {
    for i in 0..<rank { resultStrides[unchecked: i] = 1 }
    var stride = 1
    var i = loopCount &- 1
    while i >= 0 {
      resultStrides[unchecked: axes[unchecked: i]] = stride
      for k in inputCount..<(inputCount &+ outputCount) {
        loopStrides[unchecked: i &* Self.maximum &+ k] = stride
      }
      stride &*= loopSizes[unchecked: i]
      i &-= 1
    }
    // Dimensions of one element have the stride that C order gives them.
    var outer = 1
    var axis = rank &- 1
    while axis >= 0 {
      if sizes[unchecked: axis] == 1 { resultStrides[unchecked: axis] = outer }
      outer = resultStrides[unchecked: axis] &* sizes[unchecked: axis]
      axis &-= 1
    }
  }

  /// Makes one loop of two where no operand can tell.
  private mutating func mergeLoops() {
    guard loopCount > 1 else { return }
    let operands = inputCount &+ outputCount
    var last = 0
    for next in 1..<loopCount {
      let size = loopSizes[unchecked: next]
      var fits = true
      for k in 0..<operands {
        let inner = loopStrides[unchecked: next &* Self.maximum &+ k]
        if loopStrides[unchecked: last &* Self.maximum &+ k] != inner &* size { fits = false }
      }
      if fits {
        loopSizes[unchecked: last] &*= size
      } else {
        last &+= 1
        loopSizes[unchecked: last] = size
      }
      for k in 0..<operands {
        loopStrides[unchecked: last &* Self.maximum &+ k] =
          loopStrides[unchecked: next &* Self.maximum &+ k]
      }
    }
    loopCount = last &+ 1
  }

  /// The layout of a fresh result.
  @inline(__always)
  package mutating func setResultLayout(_ layout: UnsafeMutablePointer<Layout>) {
    layout.pointee.shape.setRank(rank)
    layout.pointee.strides.setRank(rank)
    for i in 0..<rank {
      layout.pointee.shape[unchecked: i] = sizes[unchecked: i]
      layout.pointee.strides[unchecked: i] = resultStrides[unchecked: i]
    }
    layout.pointee.offset = 0
  }
}

extension DirectCall {
  /// Gives a fresh result, already settled, C order instead of its own.
  package mutating func orderResultAsC() {
    var stride = 1
    var axis = rank &- 1
    var isC = true
    while axis >= 0 {
      if resultStrides[unchecked: axis] != stride { isC = false }
      stride &*= sizes[unchecked: axis]
      axis &-= 1
    }
    if isC { return }
    settleInCOrder()
  }

  /// The loops of a copy into C order: the shape's own.
  private mutating func settleInCOrder() {
    if count == 0 { return }
    loopCount = 0
    var stride = 1
    for i in (0..<rank).reversed() {
      resultStrides[unchecked: i] = stride
      stride &*= sizes[unchecked: i]
    }
    for axis in 0..<rank where sizes[unchecked: axis] != 1 {
      let row = loopCount &* Self.maximum
      for k in 0..<inputCount {
        let layout = layouts[unchecked: k]
        let own = axis &- (rank &- layout.pointee.shape.rank)
        loopStrides[unchecked: row &+ k] =
          own < 0 || layout.pointee.shape[unchecked: own] == 1
          ? 0 : layout.pointee.strides[unchecked: own]
      }
      for k in inputCount..<(inputCount &+ outputCount) {
        loopStrides[unchecked: row &+ k] = resultStrides[unchecked: axis]
      }
      loopSizes[unchecked: loopCount] = sizes[unchecked: axis]
      loopCount &+= 1
    }
    mergeLoops()
  }
}

// MARK: - Overlap

extension DirectCall {
  /// Whether every output may be written while the inputs are read: each input is elsewhere, or is
  /// the output itself, element for element. Of a call with given outputs that is settled.
  package mutating func isSafeInPlace() -> Bool {
    for output in inputCount..<(inputCount &+ outputCount) {
      for other in 0..<output {
        if other < inputCount, isSameView(output, other) {
          // What is computed in place must not read what it has written.
          guard visitsOnce(output) else { return false }
          continue
        }
        if overlaps(output, other) { return false }
      }
    }
    return true
  }

  /// Whether an output is an input too.
  package mutating func readsOutput() -> Bool {
    for output in inputCount..<(inputCount &+ outputCount) {
      for input in 0..<inputCount where isSameView(output, input) { return true }
    }
    return false
  }

  /// Whether no two steps lead to one element, as in windows that slide over an array; of loops that
  /// are not in the order of their strides it doesn't tell.
  private mutating func visitsOnce(_ operand: Int) -> Bool {
    var reach: UInt = 0
    var i = loopCount &- 1
    while i >= 0 {
      let stride = loopStrides[unchecked: i &* Self.maximum &+ operand].magnitude
      if stride <= reach { return false }
      reach &+= stride &* UInt(loopSizes[unchecked: i] &- 1)
      i &-= 1
    }
    return true
  }

  private mutating func isSameView(_ a: Int, _ b: Int) -> Bool {
    guard memories[unchecked: a] == memories[unchecked: b],
      dtypes[unchecked: a].itemSize == dtypes[unchecked: b].itemSize
    else { return false }
    for i in 0..<loopCount where loopSizes[unchecked: i] != 1 {
      let row = i &* Self.maximum
      if loopStrides[unchecked: row &+ a] != loopStrides[unchecked: row &+ b] { return false }
    }
    return true
  }

  private mutating func overlaps(_ a: Int, _ b: Int) -> Bool {
    let (aLow, aHigh) = extent(a)
    let (bLow, bHigh) = extent(b)
    return aLow < bHigh && bLow < aHigh && !interleaves(a, b)
  }

  /// Whether two views lie between each other, as two columns of a matrix do: they move alike, and no
  /// step leads from an element of one to an element of the other. For up to two loops; of more it
  /// doesn't tell.
  private mutating func interleaves(_ a: Int, _ b: Int) -> Bool {
    let itemSize = dtypes[unchecked: a].itemSize
    guard itemSize == dtypes[unchecked: b].itemSize, loopCount == 1 || loopCount == 2 else {
      return false
    }
    for i in 0..<loopCount {
      let row = i &* Self.maximum
      guard loopStrides[unchecked: row &+ a] == loopStrides[unchecked: row &+ b] else {
        return false
      }
    }
    let bytes =
      Int(bitPattern: memories[unchecked: b]) &- Int(bitPattern: memories[unchecked: a])
    guard bytes % itemSize == 0 else { return false }
    let distance = bytes / itemSize
    let inner = (loopCount &- 1) &* Self.maximum &+ a
    func leads(_ rest: Int) -> Bool {
      let stride = loopStrides[unchecked: inner]
      if stride == 0 { return rest == 0 }
      return rest % stride == 0
        && (rest / stride).magnitude < UInt(loopSizes[unchecked: loopCount &- 1])
    }
    if loopCount == 1 { return !leads(distance) }
    let outer = loopStrides[unchecked: a]
    let size = loopSizes[unchecked: 0]
    if outer == 0 { return !leads(distance) }
    // Every number of steps of the outer loop that could bring one near the other.
    let reach =
      (loopSizes[unchecked: 1] &- 1) &* Int(loopStrides[unchecked: inner].magnitude)
    let first = (distance.magnitude &- min(UInt(reach), distance.magnitude)) / outer.magnitude
    let last = (distance.magnitude &+ UInt(reach)) / outer.magnitude
    if last >= first &+ 8 { return false }
    for steps in first...last where steps < UInt(size) {
      for signed in [Int(steps), -Int(steps)] where leads(distance &- signed &* outer) {
        return false
      }
    }
    return true
  }

  /// The addresses that an operand's elements lie between.
  private mutating func extent(_ operand: Int) -> (UInt, UInt) {
    let itemSize = dtypes[unchecked: operand].itemSize
    var low = Int(bitPattern: memories[unchecked: operand])
    var high = low &+ itemSize
    for i in 0..<loopCount {
      let span =
        (loopSizes[unchecked: i] &- 1) &* loopStrides[unchecked: i &* Self.maximum &+ operand]
        &* itemSize
      if span < 0 { low &+= span } else { high &+= span }
    }
    return (UInt(bitPattern: low), UInt(bitPattern: high))
  }
}
