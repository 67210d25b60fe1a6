import MartletIR

/// A value of the kernel as the LLVM function holds it.
struct Operand {
  /// A name or literal for each part (two for a complex number), all of `lanes` lanes.
  var parts: [String]
  /// 1 for a value that is the same in all iterations of the vector loop.
  var lanes: Int
  /// Whether `parts` are literals.
  var isLiteral = false
  /// A half-type value in the form that memory has, where that is known.
  var packed: String?
  /// For an index that moves with the vector loop: `parts` holds lane 0 and this the distance
  /// to the next lane; `lanes` is the loop's width.
  var step: Step?

  init(_ parts: [String], lanes: Int, isLiteral: Bool = false) {
    self.parts = parts
    self.lanes = lanes
    self.isLiteral = isLiteral
  }

  init(_ text: String, lanes: Int, isLiteral: Bool = false) {
    self.init([text], lanes: lanes, isLiteral: isLiteral)
  }
}

/// A distance between lanes, in 64-bit integers that wrap.
enum Step: Equatable {
  case constant(Int)
  /// The name of an `i64`.
  case scalar(String)
}

/// Where a variable lives.
enum VariableStorage {
  /// One alloca for each part; `lanes` is 1 outside vector loops.
  case single(parts: [String], lanes: Int)
  case lanes(LaneStorage)
}

/// The cells of a variable with lanes.
struct LaneStorage {
  var plan: VectorPlan.LanePlan
  /// An alloca for each part and group of `plan.width` cells; LLVM makes registers of them. None
  /// when the plan wants the cells in memory.
  var registers: [[String]]
  /// An array of all cells for each part. With registers, only a vector loop's tail uses it.
  var memory: [String]
}
