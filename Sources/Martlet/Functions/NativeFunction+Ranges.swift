import MartletIR

/// Numbers between two others.
extension NativeFunction {
  static let ranges: [NativeFunction] = [
    NativeFunction(
      "linspace",
      "(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None)",
      "`num` evenly spaced numbers from `start` to `stop`.", .composed
    ) { call throws(MartletError) in
      try call.reject(7, "the argument 'device'")
      let range = try Spacing(call, start: 0, stop: 1, count: 2, endpoint: 3)
      let returnsStep = try call.bool(4, default: false)
      let dtype = try call.dtype(5)
      let (line, step) = try range.line(dtype: dtype, axis: call.int(6, default: 0))
      return returnsStep ? .tuple([.array(line), .result(step)]) : .array(line)
    },
    NativeFunction(
      "logspace",
      "(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0)",
      "Powers of a base with evenly spaced exponents.", .composed
    ) { call throws(MartletError) in
      let range = try Spacing(call, start: 0, stop: 1, count: 2, endpoint: 3)
      let base =
        call.isMissing(4) ? .weak(.floating, Scalar(10.0, .float64)) : try call.operand(4)
      if case .array(let array) = base, array.rank > 0 {
        throw call.notNative("a base for each sequence")
      }
      let dtype = try call.dtype(5)
      let exponents = try range.line(dtype: nil, axis: call.int(6, default: 0)).0
      let powers = try Elementwise.apply(.power, [base, .array(exponents)])[0]
      return .array(
        try dtype.map { dtype throws(MartletError) in try powers.asType(dtype) } ?? powers)
    },
    NativeFunction(
      "geomspace", "(start, stop, num=50, endpoint=True, dtype=None, axis=0)",
      "`num` numbers from `start` to `stop`, each the same multiple of the one before.", .composed
    ) { call throws(MartletError) in try geometric(call) },
  ]

  private static func geometric(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    var range = try Spacing(call, start: 0, stop: 1, count: 2, endpoint: 3)
    let given = try call.dtype(4)
    let axis = try call.int(5, default: 0)
    var (start, stop) = (try range.start.asArray(), try range.stop.asArray())
    for edge in [start, stop] where try edge.reduced(.countNonzero).item().asInt64 != edge.count {
      throw call.invalid("Geometric sequence cannot include zero")
    }
    var computed = Promotion.promote(Promotion.promote(start.dtype, stop.dtype), .float64)
    if let given { computed = Promotion.promote(computed, given) }
    if computed.isComplex { throw call.notNative("complex numbers") }
    guard let shape = Shape.broadcast(start.shape, stop.shape) else {
      throw .broadcast(operation: "geomspace", shapes: [start.shape, stop.shape])
    }
    start = try start.asType(computed).broadcast(to: shape)
    stop = try stop.asType(computed).broadcast(to: shape)
    // The signs apart, only the magnitudes have logarithms; a stop of the other sign has none.
    let sign = try Elementwise.apply(.sign, [.array(start)])[0]
    start = try Elementwise.apply(.divide, [.array(start), .array(sign)])[0]
    stop = try Elementwise.apply(.divide, [.array(stop), .array(sign)])[0]
    range.start = .array(try Elementwise.apply(.log10, [.array(start)])[0])
    range.stop = .array(try Elementwise.apply(.log10, [.array(stop)])[0])
    let ten = Operand.weak(.floating, Scalar(10.0, .float64))
    var result = try Elementwise.apply(.power, [ten, .array(range.line(dtype: nil, axis: 0).0)])[0]
    if range.count > 0 {
      try result.set([AxisIndex(.position(0))], to: start)
      if range.count > 1, range.hasEndpoint {
        try result.set([AxisIndex(.position(-1))], to: stop)
      }
    }
    result = try Elementwise.apply(.multiply, [.array(result), .array(sign)])[0]
    if axis != 0 { result = try result.movingAxis(0, to: axis) }
    return .array(try result.asType(given ?? computed))
  }
}

/// Evenly spaced numbers between two, or between the elements of two arrays.
struct Spacing {
  var start: Operand
  var stop: Operand
  let count: Int
  let hasEndpoint: Bool

  init(start: Operand, stop: Operand, count: Int, hasEndpoint: Bool) {
    self.start = start
    self.stop = stop
    self.count = count
    self.hasEndpoint = hasEndpoint
  }

  init(
    _ call: FunctionCall, start: Int, stop: Int, count: Int, endpoint: Int
  ) throws(MartletError) {
    self.start = try call.operand(start)
    self.stop = try call.operand(stop)
    self.count = try call.int(count, default: 50)
    hasEndpoint = try call.bool(endpoint, default: true)
    if self.count < 0 {
      throw call.invalid("Number of samples, \(self.count), must be non-negative.")
    }
    for edge in [self.start, self.stop] {
      if case .weak(.integer, let number) = edge, number.dtype == .uint64 {
        throw call.notNative("an integer of 64 bits")
      }
    }
  }

  /// The numbers along an axis, and the step between them.
  func line(dtype given: DType?, axis: Int) throws(MartletError) -> (NDArray, step: NDArray) {
    let dtype = try NDArray.commonType(
      "linspace", [start, stop, .weak(.floating, Scalar(0.0, .float64))])
    let first = try start.asArray().asType(dtype)
    let last = try stop.asArray().asType(dtype)
    let delta = try Elementwise.apply(.subtract, [.array(last), .array(first)])[0]
    try Shape([count] + Array(delta.shape)).checkedCount()
    guard delta.rank < Shape.maximumRank else {
      throw .rankLimit(operation: "linspace", rank: delta.rank + 1)
    }
    let steps = hasEndpoint ? count - 1 : count
    var places = try NDArray.arange(
      start: Scalar(Int64(0), .int64), next: Scalar(Int64(1), .int64), count: count
    ).asType(dtype).reshaped([count] + [Int](repeating: 1, count: delta.rank))
    let step: NDArray
    let divisor = Operand.weak(.integer, Scalar(Int64(steps), .int64))
    if steps > 0 {
      step = try Elementwise.apply(.divide, [.array(delta), divisor])[0]
      if try step.reduced(.countNonzero).item().asInt64 != step.count {
        // The step underflows, the positions do not.
        places = try Elementwise.apply(.divide, [.array(places), divisor])[0]
        places = try Elementwise.apply(.multiply, [.array(places), .array(delta)])[0]
      } else {
        places = try Elementwise.apply(.multiply, [.array(places), .array(step)])[0]
      }
    } else {
      step = try NDArray.full(Shape(), Scalar(Double.nan, .float64).converted(to: dtype))
      places = try Elementwise.apply(.multiply, [.array(places), .array(delta)])[0]
    }
    var result = try Elementwise.apply(.add, [.array(places), .array(first)])[0]
    if hasEndpoint, count > 1 {
      try result.set([AxisIndex(.position(-1))], to: last)
    }
    if axis != 0 { result = try result.movingAxis(0, to: axis) }
    if let given, given.isInteger { result = try Elementwise.apply(.floor, [.array(result)])[0] }
    return (try result.asType(given ?? dtype), step)
  }
}
