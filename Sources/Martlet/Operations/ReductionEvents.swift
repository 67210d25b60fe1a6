import MartletIR
import MartletRuntime

extension ReductionOperation {
  /// Tells of what combining elements raised, under NumPy's names. Flags only say that something may
  /// have happened; the results, which lie side by side, say whether it did.
  func report(
    _ events: FloatingPointEvents, _ results: UnsafeRawPointer, _ dtype: DType, count: Int
  ) {
    let wanted = events.intersection(GlobalState.reported)
    guard tells, dtype.isInexact, !wanted.isEmpty else { return }
    var (hasInfinity, hasNaN, hasTiny) = (false, false, false)
    for i in 0..<count {
      let number = Scalar(reading: results + i * dtype.itemSize, dtype)
      for part in dtype.isComplex ? [number.asDouble, number.imaginary] : [number.asDouble] {
        if part.isNaN { hasNaN = true }
        if part.isInfinite { hasInfinity = true }
        if part.magnitude < dtype.leastNormal { hasTiny = true }
      }
    }
    let isMoment = name == "var" || name == "std"
    func tell(_ kind: FloatingPointEvents, _ operation: String) {
      if wanted.contains(kind) { FloatingPointLog.append(.init(operation: operation, kind: kind)) }
    }
    if hasInfinity || hasNaN { tell(.overflow, isMoment ? "square" : "reduce") }
    if hasTiny { tell(.underflow, isMoment ? "square" : "reduce") }
    if hasNaN { tell(.invalid, isMoment ? "subtract" : "reduce") }
  }
}

extension DType {
  /// The smallest positive normal number of a type's parts.
  var leastNormal: Double {
    switch realType {
    case .float16: Double(Float16.leastNormalMagnitude)
    case .float64: Double.leastNormalMagnitude
    default: Double(Float.leastNormalMagnitude)
    }
  }
}
