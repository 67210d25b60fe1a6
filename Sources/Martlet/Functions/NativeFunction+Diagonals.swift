import MartletIR

/// Matrices with something on a diagonal, and what lies on one side of it.
extension NativeFunction {
  static let diagonals: [NativeFunction] = [
    NativeFunction(
      "eye", "(N, M=None, k=0, dtype=float, order='C', *, device=None, like=None)",
      "Ones on a diagonal, zeros elsewhere.", .composed
    ) { call throws(MartletError) in
      try rejectOrder(call, 4)
      try call.reject(5, "the argument 'device'")
      try call.reject(6, "the argument 'like'")
      let rows = try call.int(0)
      return .array(
        try NDArray.eye(
          rows, call.optionalInt(1) ?? rows, diagonal: call.int(2, default: 0),
          call.dtype(3) ?? .float64))
    },
    NativeFunction("identity", "(n, dtype=None, *, like=None)", "The identity matrix.", .composed) {
      call throws(MartletError) in
      try call.reject(2, "the argument 'like'")
      let size = try call.int(0)
      return .array(try NDArray.eye(size, size, call.dtype(1) ?? .float64))
    },
    NativeFunction(
      "diag", "(v, k=0)", "A matrix with a diagonal, or the diagonal of a matrix, to be read.",
      .composed
    ) { call throws(MartletError) in
      let v = try call.array(0)
      let k = try call.int(1, default: 0)
      guard k.magnitude <= 1 << 40 else { throw call.notNative("a diagonal that far away") }
      switch v.rank {
      case 1:
        let size = v.count + Int(k.magnitude)
        try Shape([size, size]).checkedCount()
        var result = try NDArray.full([size, size], Scalar(Int64(0), v.dtype), on: v.device)
        if let diagonal = result.layout.diagonal(k, 0, 1) {
          try result.fill(diagonal, v)
        }
        return .array(result)
      case 2:
        return .readOnlyView(
          of: 0, v.view(try v.layout.diagonal(offset: k, axis1: 0, axis2: 1)))
      default: throw call.invalid("Input must be 1- or 2-d.")
      }
    },
    NativeFunction(
      "tri", "(N, M=None, k=0, dtype=float, *, like=None)", "Ones at and below a diagonal.",
      .composed
    ) { call throws(MartletError) in
      try call.reject(4, "the argument 'like'")
      for place in 0..<3 where call.kind(place) == .number {
        throw call.notNative("a number that is no integer")
      }
      let rows = max(try call.int(0), 0)
      let columns = max(try call.optionalInt(1) ?? rows, 0)
      let mask = try lowerMask([rows, columns], call.int(2, default: 0), call)
      return .array(try mask.asType(call.dtype(3) ?? .float64))
    },
    triangle("tril", "The elements at and below a diagonal, zeros above.", isLower: true),
    triangle("triu", "The elements at and above a diagonal, zeros below.", isLower: false),
  ]

  private static func triangle(
    _ name: String, _ summary: String, isLower: Bool
  ) -> NativeFunction {
    NativeFunction(name, "(m, k=0)", summary, .composed) { call throws(MartletError) in
      let m = try call.array(0)
      guard m.rank > 0, call.kind(1) != .number else {
        throw call.notNative("a number, or a diagonal that is none")
      }
      let k = try call.int(1, default: 0)
      let rows = m.shape[m.rank == 1 ? 0 : m.rank - 2]
      let mask = try lowerMask([rows, m.shape[m.rank - 1]], isLower ? k : k - 1, call)
      guard Shape.broadcast(mask.shape, m.shape) != nil else {
        throw call.notNative("an array of that shape")
      }
      let zero = Operand.scalar(Scalar(Int64(0), m.dtype))
      return .array(
        try isLower
          ? NDArray.selected(by: mask, .array(m), zero)
          : NDArray.selected(by: mask, zero, .array(m)))
    }
  }

  /// Where a matrix is at or below a diagonal.
  private static func lowerMask(
    _ shape: Shape, _ k: Int, _ call: FunctionCall
  ) throws(MartletError) -> NDArray {
    guard k.magnitude <= 1 << 40 else { throw call.notNative("a diagonal that far away") }
    try shape.checkedCount()
    let down = try NDArray.compute(
      .add, .array(NDArray.coordinate(0, of: shape, .int64)),
      .weak(.integer, Scalar(Int64(k), .int64)))
    return try NDArray.compute(
      .greaterEqual, .array(down), .array(NDArray.coordinate(1, of: shape, .int64)))
  }
}

extension NDArray {
  /// Ones on a diagonal, zeros elsewhere (NumPy's `eye`).
  ///
  /// - Parameter diagonal: Which: 0 is the main one, positive ones lie above it.
  /// - Parameter dtype: The type of the result; what NumPy would choose unless given.
  /// - Parameter columns: How many columns; as many as rows unless given.
  /// - Parameter rows: How many rows.
  /// - Throws: `.invalidArgument` for negative sizes, `.sizeLimit`, `.outOfMemory`.
  public static func eye(
    _ rows: Int, _ columns: Int? = nil, diagonal: Int = 0, _ dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    let columns = columns ?? rows
    guard rows >= 0, columns >= 0 else {
      throw .invalidArgument(operation: "eye", detail: "negative dimensions are not allowed")
    }
    try Shape([rows, columns]).checkedCount()
    var result = try NDArray.zeros([rows, columns], dtype)
    guard diagonal.magnitude <= 1 << 48,
      let region = result.layout.diagonal(diagonal, 0, 1), region.count > 0
    else { return result }
    try result.fill(region, NDArray.full(region.shape, Scalar(Int64(1), dtype), on: result.device))
    return result
  }
}
