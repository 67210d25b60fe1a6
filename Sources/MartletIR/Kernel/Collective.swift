/// What threads that meet learn from each other.
///
/// A warp is 32 threads of a block whose numbers, counted along x first, follow each other; a
/// thread's place in its warp is its lane. A mask has a bit for each lane, lane 0 the lowest.
public enum Collective: String, Sendable, CaseIterable {
  // The lanes that the mask names meet. The first operand is the mask, the same for all of them,
  // and every one of them must be in it.

  /// What each of them wrote before, all of them see after.
  case syncWarp
  /// Whether all, any, or either all or none of them gave true.
  case allLanes, anyLane, sameLanes
  /// A bit for each lane that gave true.
  case ballot
  /// A bit for each lane that gave the same bits.
  case matchAny
  /// The mask and true where all gave the same bits, else 0 and false.
  case matchAll
  /// What the lane with the number of the third operand gave, of which five bits count.
  case shuffle
  /// What the lane so many places lower, or higher, gave; their own value at the warp's ends.
  case shuffleUp, shuffleDown
  /// What the lane gave whose number differs in these bits.
  case shuffleXor

  /// A bit for each lane that is here too: those that can be, and perhaps not all.
  case activeMask

  // All threads of the block meet.

  /// How many gave true.
  case countThreads
  /// Whether all, or any, gave true.
  case allThreads, anyThread
}

extension Collective {
  /// How many threads a warp has.
  public static let warpSize = 32

  public enum Group: Sendable {
    /// The lanes of a mask.
    case mask
    /// Those lanes of a warp that are here.
    case present
    case block
  }

  public var group: Group {
    switch self {
    case .activeMask: .present
    case .countThreads, .allThreads, .anyThread: .block
    default: .mask
    }
  }

  public var isShuffle: Bool {
    switch self {
    case .shuffle, .shuffleUp, .shuffleDown, .shuffleXor: true
    default: false
    }
  }

  /// The types of the results, for a value (the operand after the mask) of this type.
  public func results(for value: DType) -> [DType] {
    switch self {
    case .syncWarp: []
    case .allLanes, .anyLane, .sameLanes, .allThreads, .anyThread: [.bool]
    case .ballot, .matchAny, .activeMask: [.uint32]
    case .matchAll: [.uint32, .bool]
    case .shuffle, .shuffleUp, .shuffleDown, .shuffleXor: [value]
    case .countThreads: [.int32]
    }
  }

  /// What `value` may be: a truth value, or a number of 32 or 64 bits.
  public func takes(value: DType) -> Bool {
    switch self {
    case .matchAny, .matchAll, .shuffle, .shuffleUp, .shuffleDown, .shuffleXor:
      !value.isComplex && (value.itemSize == 4 || value.itemSize == 8)
    default: value == .bool
    }
  }

  /// How many operands it has: a mask where it takes one, a value, a lane.
  public var operandCount: Int {
    switch self {
    case .activeMask: 0
    case .syncWarp, .countThreads, .allThreads, .anyThread: 1
    case .allLanes, .anyLane, .sameLanes, .ballot, .matchAny, .matchAll: 2
    case .shuffle, .shuffleUp, .shuffleDown, .shuffleXor: 3
    }
  }

  /// The lane that a shuffle reads from; five bits of `operand` count, as in NVIDIA's processors.
  public func source(lane: Int, operand: Int) -> Int {
    let bits = operand & (Self.warpSize - 1)
    switch self {
    case .shuffle: return bits
    case .shuffleUp: return lane >= bits ? lane - bits : lane
    case .shuffleDown: return lane + bits < Self.warpSize ? lane + bits : lane
    case .shuffleXor: return lane ^ bits
    default: return lane
    }
  }
}

/// Whom a fence is for: what the thread wrote before it they see before what it writes after.
public enum FenceScope: String, Sendable, CaseIterable {
  case block, device, system
}
