import MartletIR
import MartletRuntime

extension NDArray {
  /// Notes what computing this array from `inputs` raised. Flags only say that something may have
  /// happened (libraries and compilers raise some on the way); the elements say what did.
  func report(
    _ events: FloatingPointEvents, as operation: String, from inputs: [NDArray]
  ) throws(MartletError) {
    let events = events.intersection(GlobalState.reported)
    guard dtype.isInexact, !events.isEmpty else { return }
    if events.contains(.underflow) {
      FloatingPointLog.append(.init(operation: operation, kind: .underflow))
    }
    if events.contains(.invalid), try has(.isnan), !(try Self.any(inputs, .isnan)) {
      FloatingPointLog.append(.init(operation: operation, kind: .invalid))
    }
    guard try has(.isinf), !(try Self.any(inputs, .isinf)) else { return }
    for kind in [FloatingPointEvents.divideByZero, .overflow] where events.contains(kind) {
      FloatingPointLog.append(.init(operation: operation, kind: kind))
    }
  }

  private static func any(
    _ arrays: [NDArray], _ test: ElementwiseOperation
  ) throws(MartletError) -> Bool {
    for array in arrays where try array.has(test) { return true }
    return false
  }

  /// Whether a test holds for some element.
  private func has(_ row: ElementwiseOperation) throws(MartletError) -> Bool {
    guard dtype.isInexact else { return false }
    return try Elementwise.apply(row, [.array(self)])[0].reduced(.any).item().low != 0
  }
}
