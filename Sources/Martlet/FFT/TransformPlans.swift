import MartletIR
import MartletRuntime

/// The plans of this process: the latest ones are kept.
enum TransformPlans {
  /// Lines of more points are split: two halves of a line's memory should stay in a core's cache.
  static let longestLine = 1 << 14
  private static let keptPlans = 64
  /// Tables of this many bytes altogether stay.
  private static let keptBytes = 1 << 26

  private enum Kind { case lines, real, split, bluestein }
  private struct Key: Hashable {
    var kind: Kind
    var size: Int
    var dtype: DType
  }
  private struct Kept {
    /// The latest last.
    var keys: [Key] = []
    var plans: [Key: (plan: any AnyObject & Sendable, bytes: Int)] = [:]
    var bytes = 0
  }
  private static let kept = Guarded(Kept(), by: GlobalLocks.programs)

  static func lines(_ size: Int, _ dtype: DType) throws(MartletError) -> LinePlan {
    try plan(.lines, size, dtype) { () throws(MartletError) in try LinePlan(size, dtype) }
  }

  static func real(_ size: Int, _ dtype: DType) throws(MartletError) -> RealPlan {
    try plan(.real, size, dtype) { () throws(MartletError) in
      try RealPlan(half: size / 2, dtype)
    }
  }

  /// How contiguous complex lines of any size are transformed, one at a time.
  static func contiguous(
    _ size: Int, _ dtype: DType, _ scaling: LineScaling
  ) throws(MartletError) -> any LineWork {
    if !LinePlan.serves(size) {
      let plan = try plan(.bluestein, size, dtype) { () throws(MartletError) in
        try BluesteinPlan(size, dtype)
      }
      return try BluesteinLines(plan, scaling)
    }
    if size > longestLine {
      let plan = try plan(.split, size, dtype) { () throws(MartletError) in
        try SplitPlan(size, dtype)
      }
      return try SplitLines(plan, scaling)
    }
    let line = LineStrides(point: 1, line: size)
    return try ComplexLines(
      try lines(size, dtype),
      LineShape(size: size, dtype: dtype, source: line, target: line, lines: 1),
      lanes: .points, isReal: false, scaling)
  }

  private static func plan<Plan: AnyObject & Sendable>(
    _ kind: Kind, _ size: Int, _ dtype: DType, _ make: () throws(MartletError) -> Plan
  ) throws(MartletError) -> Plan {
    let key = Key(kind: kind, size: size, dtype: dtype)
    if let known = kept.withLock({ $0.plans[key]?.plan as? Plan }) { return known }
    // A table has a few numbers for each point; there must be room for what Swift makes besides.
    guard size < 1 << 50 else { throw .outOfMemory(bytes: .max) }
    let bytes = 4 * size * dtype.itemSize
    try Room.check(bytes: bytes)
    let plan = try make()
    kept.withLock { kept in
      guard kept.plans[key] == nil else { return }
      kept.plans[key] = (plan, bytes)
      kept.keys.append(key)
      kept.bytes += bytes
      while kept.keys.count > keptPlans || (kept.bytes > keptBytes && kept.keys.count > 1) {
        let oldest = kept.keys.removeFirst()
        kept.bytes -= kept.plans.removeValue(forKey: oldest)?.bytes ?? 0
      }
    }
    return plan
  }
}
