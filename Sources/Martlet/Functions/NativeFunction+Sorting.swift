import MartletIR

/// Elements sorted, partly sorted, and searched among sorted ones.
extension NativeFunction {
  static let sorting: [NativeFunction] = [
    NativeFunction(
      "sort", sortSignature("a"), "The elements in ascending order along an axis, NaN last.",
      .composed
    ) { call throws(MartletError) in
      let isStable = try isStable(call)
      let (a, axis) = try subject(call, isPositions: false)
      return .array(
        try call.run(elements: a.count) { () throws(MartletError) in
          try a.sorted(axis: axis, stable: isStable)
        })
    },
    NativeFunction(
      "ndarray.sort", sortSignature("self"),
      "Puts the elements in ascending order along an axis, in place.", .composed
    ) { call throws(MartletError) in
      let isStable = try isStable(call)
      guard call.isWritable(0) else { throw call.invalid("sort array is read-only") }
      let axis = try call.int(1, default: -1)
      let a = try call.array(0)
      _ = try call.normalised(axis, rank: a.rank)
      try call.replace(
        0,
        by: call.run(elements: a.count) { () throws(MartletError) in
          try a.sorted(axis: axis, stable: isStable)
        })
      return .nothing
    },
    NativeFunction(
      "argsort", sortSignature("a"),
      "The positions of the elements in ascending order; equal ones stay in order.",
      .constant("positions are integers"), isMethod: true
    ) { call throws(MartletError) in
      _ = try isStable(call)
      let (a, axis) = try subject(call, isPositions: true)
      return .array(
        try call.run(elements: a.count) { () throws(MartletError) in
          try a.argSort(axis: axis)
        })
    },
    NativeFunction(
      "partition", partitionSignature("a"),
      "The elements with those at positions where sorting would put them.", .composed
    ) { call throws(MartletError) in
      let (a, axis, positions) = try partitioned(call)
      return .array(
        try call.run(elements: a.count) { () throws(MartletError) in
          try a.partitioned(at: positions, axis: axis)
        })
    },
    NativeFunction(
      "ndarray.partition", partitionSignature("self"),
      "Puts the elements at positions where sorting would put them, in place.", .composed
    ) { call throws(MartletError) in
      guard call.isWritable(0) else { throw call.invalid("partition array is read-only") }
      if call.kind(2) == .none { throw call.notNative("partitioning without an axis") }
      let (a, axis, positions) = try partitioned(call)
      try call.replace(
        0,
        by: call.run(elements: a.count) { () throws(MartletError) in
          try a.partitioned(at: positions, axis: axis)
        })
      return .nothing
    },
    NativeFunction(
      "argpartition", partitionSignature("a"),
      "The positions of the elements as `partition` arranges them.",
      .constant("positions are integers"), isMethod: true
    ) { call throws(MartletError) in
      let (a, axis, positions) = try partitioned(call)
      return .array(
        try call.run(elements: a.count) { () throws(MartletError) in
          try a.argPartition(at: positions, axis: axis)
        })
    },
    NativeFunction(
      "searchsorted", "(a, v, side='left', sorter=None)",
      "Where elements would have to be inserted to keep the order.",
      .constant("positions are integers"), isMethod: true
    ) { call throws(MartletError) in
      let (a, v) = (try call.array(0), try call.array(1))
      let side: SearchSide
      switch call.isMissing(2) ? "left" : try call.string(2) {
      case "left": side = .left
      case "right": side = .right
      default: throw call.notNative("a side other than left and right")
      }
      let sorter = try call.optionalArray(3)
      if let sorter { try check(sorter, size: a.count, call) }
      return .result(
        try call.run(elements: max(a.count, v.count)) { () throws(MartletError) in
          try a.searchSorted(v, side: side, sorter: sorter)
        })
    },
  ]

  private static func sortSignature(_ first: String) -> String {
    "(\(first), axis=-1, kind=None, order=None, *, stable=None)"
  }

  private static func partitionSignature(_ first: String) -> String {
    "(\(first), kth, axis=-1, kind='introselect', order=None)"
  }

  /// Whether equal elements must stay in order, so that it can be seen which is which.
  private static func isStable(_ call: FunctionCall) throws(MartletError) -> Bool {
    try call.reject(3, "order= is about fields")
    guard call.isGiven(2) else {
      return call.isGiven(4) ? try call.bool(4, default: false) : false
    }
    if call.isGiven(4) { throw call.notNative("a kind of sorting beside stable=") }
    switch try call.string(2) {
    case "stable", "mergesort": return true
    case "quicksort", "heapsort": return false
    default: throw call.notNative("a kind of sorting that only NumPy knows")
    }
  }

  /// The array and axis of a call; without an axis all elements in one.
  private static func subject(
    _ call: FunctionCall, isPositions: Bool
  ) throws(MartletError) -> (NDArray, Int) {
    let a = try call.array(0)
    var isFlat = call.kind(1) == .none
    if a.rank == 0, isPositions {
      // NumPy lets the first and last axis pass here, and gives one position.
      isFlat = call.isGiven(1) ? (-1...0).contains(try call.int(1)) : true
    }
    if isFlat { return (try a.raveled(), -1) }
    return (a, try call.axis(1, rank: a.rank, default: -1))
  }

  /// The array, axis and positions of a call of `partition` and its like.
  private static func partitioned(
    _ call: FunctionCall
  ) throws(MartletError) -> (NDArray, Int, [Int]) {
    try call.reject(4, "order= is about fields")
    if !call.isMissing(3) {
      guard call.kind(3) == .text, try call.string(3) == "introselect" else {
        throw call.notNative("a way of selecting that only NumPy knows")
      }
    }
    let a = try call.array(0)
    guard a.rank > 0, a.count > 0 else { throw call.notNative("partitioning so few elements") }
    if call.kind(1) == .array, try !call.array(1).dtype.isInteger {
      throw call.notNative("positions that are no integers")
    }
    let positions = try call.ints(1) ?? []
    if positions.isEmpty { throw call.notNative("no position at all") }
    if call.kind(2) == .none { return (try a.raveled(), 0, positions) }
    return (a, try call.axis(2, rank: a.rank, default: -1), positions)
  }

  /// NumPy looks only at the positions that a search meets.
  private static func check(
    _ sorter: NDArray, size: Int, _ call: FunctionCall
  ) throws(MartletError) {
    guard sorter.dtype.isInteger, sorter.dtype != .uint64, sorter.count > 0 else {
      throw call.notNative("a sorter that only NumPy reads")
    }
    let low = try sorter.reduced(.minimum).item().asInt64
    let high = try sorter.reduced(.maximum).item().asInt64
    if low < 0 || high >= size {
      throw call.notNative("a sorter with positions outside the array")
    }
  }
}
