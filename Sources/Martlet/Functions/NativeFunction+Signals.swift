import Glibc
import MartletIR

/// Rows of numbers as functions of a position: differences, integrals, interpolation, windows.
extension NativeFunction {
  static let signals: [NativeFunction] =
    slopes + windows + [
      convolution("convolve", "(a, v, mode='full')", "The sums of products of two rows.", .full) {
        a, b, mode throws(MartletError) in try NDArray.convolve(a, b, mode: mode)
      },
      convolution(
        "correlate", "(a, v, mode='valid')", "How alike two rows are, one moved along the other.",
        .valid
      ) { a, b, mode throws(MartletError) in try NDArray.correlate(a, b, mode: mode) },
      NativeFunction(
        "interp", "(x, xp, fp, left=None, right=None, period=None)",
        "Straight lines between points, at other positions.", .composed, places: .host
      ) { call throws(MartletError) in
        let (x, xp, fp) = (try call.array(0), try call.array(1), try call.array(2))
        func end(_ position: Int) throws(MartletError) -> Scalar? {
          guard call.isGiven(position) else { return nil }
          let number = try call.array(position)
          guard number.count == 1, fp.dtype.isComplex || !number.dtype.isComplex else {
            throw call.notNative("an end that is no number")
          }
          return try number.item()
        }
        let ends = (try end(3), try end(4))
        let period = call.isGiven(5) ? try call.double(5, default: 0) : nil
        if x.dtype.isComplex || xp.dtype.isComplex { throw call.notNative("complex positions") }
        guard xp.rank == 1, fp.rank == 1, xp.count == fp.count, xp.count > 0 else {
          throw call.notNative("points of other than two equal rows")
        }
        return .result(
          try call.run(elements: x.count) { () throws(MartletError) in
            try x.interpolated(from: xp, fp, left: ends.0, right: ends.1, period: period)
          })
      },
      NativeFunction(
        "unwrap", "(p, discont=None, axis=-1, *, period=6.283185307179586)",
        "Angles without jumps by whole periods.", .composed
      ) { call throws(MartletError) in
        let p = try call.array(0)
        guard p.rank > 0, p.dtype.isFloating || (p.dtype.isInteger && call.isMissing(3)) else {
          throw call.notNative("angles of \(p.dtype)")
        }
        if call.kind(3) != .missing, call.kind(3) != .number {
          throw call.notNative("such a period")
        }
        let period = try call.double(3, default: 2 * .pi)
        let jump = call.isGiven(1) ? try call.double(1, default: 0) : period / 2
        let axis = try call.axis(2, rank: p.rank, default: -1)
        return .array(try p.unwrapped(axis: axis, period: period, jump: jump))
      },
      NativeFunction(
        "nan_to_num", "(x, copy=True, nan=0.0, posinf=None, neginf=None)",
        "Numbers in place of NaN and infinities.", .composed
      ) { call throws(MartletError) in
        let x = try call.array(0)
        if try !call.bool(1, default: true) { throw call.notNative("copy=False") }
        func number(_ position: Int) throws(MartletError) -> Double? {
          guard call.isGiven(position) else { return nil }
          guard [.number, .integer].contains(call.kind(position)) else {
            throw call.notNative("arrays in place of NaN")
          }
          return try call.double(position, default: 0)
        }
        let (nan, above, below) = (try number(2) ?? 0, try number(3), try number(4))
        return .result(try x.replacingInfinities(nan: nan, above: above, below: below))
      },
      NativeFunction(
        "sinc", "(x)", "sin(πx)/(πx).", .composed
      ) { call throws(MartletError) in
        let x = try call.array(0)
        let scaled = try Elementwise.apply(.multiply, [.array(x), weak(.pi)])[0]
        // NumPy's way around 0/0: the smallest step from 1.
        let eps =
          scaled.dtype.isFloating
          ? pow(2, 1 - Double(scaled.dtype.mantissaBits)) : 1e-20
        let isZero = try Elementwise.apply(
          .equal, [.array(scaled), .weak(.integer, Scalar(Int64(0), .int64))])[0]
        let y = try NDArray.selected(
          by: isZero, .scalar(Scalar(eps, scaled.dtype)), .array(scaled))
        return .result(
          try Elementwise.apply(
            .divide, [.array(Elementwise.apply(.sin, [.array(y)])[0]), .array(y)])[0])
      },
      NativeFunction(
        "i0", "(x)", "The modified Bessel function of the first kind, order 0.", .composed
      ) { call throws(MartletError) in
        let x = try call.array(0)
        if x.dtype.isComplex {
          throw .invalidType(operation: "i0", detail: "i0 not supported for complex values")
        }
        return .array(try (x.dtype.isFloating ? x : x.asType(.float64)).besselI0())
      },
      infinities("isposinf", "Whether each is positive infinity.") { sign throws(MartletError) in
        try Elementwise.apply(.logicalNot, [.array(sign)])[0]
      },
      infinities("isneginf", "Whether each is negative infinity.") { sign in sign },
      NativeFunction("fix", "(x, out=None)", "The whole part.", .composed) {
        call throws(MartletError) in
        .result(try Elementwise.apply(.trunc, [.array(call.array(0))])[0])
      },
      NativeFunction(
        "real_if_close", "(a, tol=100)", "Real parts where the imaginary ones are next to 0.",
        .composed
      ) { call throws(MartletError) in
        let a = try call.array(0)
        guard a.dtype.isComplex else { throw call.notNative("real numbers stay what they are") }
        var tolerance = try call.double(1, default: 100)
        if tolerance > 1 { tolerance *= pow(2, 1 - Double(a.dtype.mantissaBits)) }
        let imaginary = try Elementwise.apply(
          .absolute, [.array(Elementwise.apply(.imag, [.array(a)])[0])])[0]
        let isClose = try Elementwise.apply(.less, [.array(imaginary), weak(tolerance)])[0]
        guard try isClose.all().item().low != 0 else { return .array(a) }
        return .array(try Elementwise.apply(.real, [.array(a)])[0])
      },
    ]

  static func weak(_ number: Double) -> Operand { .weak(.floating, Scalar(number, .float64)) }

  private static func infinities(
    _ name: String, _ summary: String,
    _ chosen: @escaping @Sendable (NDArray) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(
      name, "(x, out=None)", summary, .constant("truth values have none")
    ) { call throws(MartletError) in
      let x = try call.array(0)
      if x.dtype.isComplex { throw call.notNative("complex numbers, which NumPy refuses") }
      let isInfinite = try Elementwise.apply(.isinf, [.array(x)])[0]
      let sign = x.dtype == .bool ? x : try Elementwise.apply(.signbit, [.array(x)])[0]
      if x.dtype == .bool { throw call.notNative("truth values") }
      return .result(
        try Elementwise.apply(.logicalAnd, [.array(isInfinite), .array(chosen(sign))])[0])
    }
  }

  private static func convolution(
    _ name: String, _ signature: String, _ summary: String, _ usual: ConvolutionMode,
    _ work: @escaping @Sendable (NDArray, NDArray, ConvolutionMode) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(name, signature, summary, .composed, places: .host) {
      call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      var mode = usual
      if !call.isMissing(2) {
        guard call.kind(2) == .text, let named = ConvolutionMode(rawValue: try call.string(2) ?? "")
        else { throw call.notNative("a mode by another name") }
        mode = named
      }
      guard a.rank <= 1, b.rank <= 1, a.count > 0, b.count > 0,
        name == "convolve" || a.rank * b.rank == 1
      else { throw call.notNative("other than two rows of numbers") }
      let products = a.count.multipliedReportingOverflow(by: b.count)
      return .array(
        try call.run(elements: products.overflow ? .max : products.partialValue) {
          () throws(MartletError) in
          try work(a, b, mode)
        })
    }
  }

  // MARK: Differences and sums

  private static let slopes: [NativeFunction] = [
    NativeFunction(
      "gradient", "(f, *varargs, axis=None, edge_order=1)", "The slope along axes.", .composed
    ) { call throws(MartletError) in
      let f = try call.array(0)
      let spacing = try call.arrays(1)
      let axes = try call.axes(2, rank: f.rank)
      let order = try call.int(3, default: 1)
      guard f.dtype != .bool,
        spacing.isEmpty || [.float64, .complex128].contains(f.dtype)
          || f.dtype.isInteger, spacing.allSatisfy({ $0.dtype == .float64 || $0.dtype.isInteger })
      else { throw call.notNative("distances beside \(f.dtype)") }
      if spacing.contains(where: { $0.rank == 1 && $0.count < 2 }) {
        throw call.notNative("positions that are too few")
      }
      let results = try f.gradient(spacing: spacing, axes: axes, edgeOrder: order)
      return results.count == 1 ? .array(results[0]) : .tuple(results.map { .array($0) })
    },
    NativeFunction(
      "trapezoid", "(y, x=None, dx=1.0, axis=-1)", "The integral along an axis by trapezoids.",
      .composed
    ) { call throws(MartletError) in
      let y = try call.array(0)
      let x = try call.optionalArray(1)
      let step = call.isMissing(2) ? weak(1) : try call.operand(2)
      if case .array = step { throw call.notNative("distances in an array") }
      guard y.rank > 0, y.dtype != .bool, x.map({ $0.rank > 0 && $0.dtype != .bool }) ?? true
      else { throw call.notNative("truth values, or an array without axes") }
      let axis = try call.axis(3, rank: y.rank, default: -1)
      if let x, x.rank > 1, x.rank != y.rank { throw call.notNative("positions of another shape") }
      return .result(try y.trapezoid(at: x, step: step, axis: axis))
    },
    NativeFunction(
      "ediff1d", "(ary, to_end=None, to_begin=None)", "The differences of neighbours in one row.",
      .composed
    ) { call throws(MartletError) in
      let row = try call.array(0).raveled()
      guard row.dtype != .bool else { throw call.notNative("truth values") }
      var parts = [try row.along(0, 1).subtracting(row.along(0, 0, -1))]
      for (place, position) in [(0, 2), (-1, 1)] where call.isGiven(position) {
        let added = try call.array(position).raveled()
        guard Promotion.canCast(added.dtype, to: row.dtype, .sameKind) else {
          throw .invalidType(
            operation: "ediff1d",
            detail: "dtype of `\(position == 2 ? "to_begin" : "to_end")` must be compatible with "
              + "input `ary` under the `same_kind` rule.")
        }
        parts.insert(try added.asType(row.dtype), at: place == 0 ? 0 : parts.count)
      }
      return .array(parts.count == 1 ? parts[0] : try NDArray.concatenate(parts, axis: 0))
    },
    cumulative("cumulative_sum", "The sum of each element and all before it.", 0) {
      x, axis, dtype throws(MartletError) in try x.cumulativeSum(axis: axis, dtype: dtype)
    },
    cumulative("cumulative_prod", "The product of each element and all before it.", 1) {
      x, axis, dtype throws(MartletError) in try x.cumulativeProduct(axis: axis, dtype: dtype)
    },
  ]

  private static func cumulative(
    _ name: String, _ summary: String, _ initial: Int64,
    _ work: @escaping @Sendable (NDArray, Int, DType?) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(
      name, "(x, /, *, axis=None, dtype=None, out=None, include_initial=False)", summary, .composed
    ) { call throws(MartletError) in
      var x = try call.array(0)
      if x.rank == 0 { x = try x.reshaped([1]) }
      let axis = try call.optionalAxis(1, rank: x.rank)
      let dtype = try call.dtype(2)
      let withInitial = try call.bool(4, default: false)
      if axis == nil, x.rank > 1 {
        throw call.invalid(
          "For arrays which have more than one dimension ``axis`` argument is required.")
      }
      let place = axis ?? 0
      let result = try work(x, place, dtype)
      guard withInitial else { return .array(result) }
      var shape = x.shape
      shape[place] = 1
      let first = try NDArray.full(shape, Scalar(initial, result.dtype))
      return .array(try NDArray.concatenate([first, result], axis: place))
    }
  }

  // MARK: Windows

  private static let windows: [NativeFunction] = [
    window("bartlett", "The triangular window.") { n, last throws(MartletError) in
      let slope = try Elementwise.apply(.divide, [.array(n), weak(last)])[0]
      let isFirst = try Elementwise.apply(.lessEqual, [.array(n), weak(0)])[0]
      return try NDArray.selected(
        by: isFirst, .array(Elementwise.apply(.add, [weak(1), .array(slope)])[0]),
        .array(Elementwise.apply(.subtract, [weak(1), .array(slope)])[0]))
    },
    window("hanning", "The raised cosine window.") { n, last throws(MartletError) in
      try cosines(n, last, 0.5, [0.5])
    },
    window("hamming", "The raised cosine window on a pedestal.") { n, last throws(MartletError) in
      try cosines(n, last, 0.54, [0.46])
    },
    window("blackman", "The window of two cosines.") { n, last throws(MartletError) in
      try cosines(n, last, 0.42, [0.5, 0.08])
    },
    NativeFunction(
      "kaiser", "(M, beta)", "Kaiser's window, of Bessel functions.", .composed
    ) { call throws(MartletError) in
      let count = try windowSize(call)
      let beta = try call.double(1, default: 0)
      guard beta.isFinite, beta.magnitude < 700 else { throw call.notNative("such a beta") }
      if count <= 1 { return .array(try NDArray.ones([max(count, 0)], .float64)) }
      let alpha = Double(count - 1) / 2
      let n = try NDArray.arange(
        start: Scalar(0.0, .float64), next: Scalar(1.0, .float64), count: count)
      let away = try Elementwise.apply(
        .divide, [.array(Elementwise.apply(.subtract, [.array(n), weak(alpha)])[0]), weak(alpha)])[
          0]
      let inside = try Elementwise.apply(
        .subtract, [weak(1), .array(Elementwise.apply(.square, [.array(away)])[0])])[0]
      let x = try Elementwise.apply(
        .multiply, [weak(beta), .array(Elementwise.apply(.sqrt, [.array(inside)])[0])])[0]
      let whole = try NDArray.scalar(Scalar(beta, .float64)).besselI0()
      return .array(try x.besselI0().divided(by: whole))
    },
  ]

  private static func windowSize(_ call: FunctionCall) throws(MartletError) -> Int {
    guard call.kind(0) == .integer else { throw call.notNative("a length that is no integer") }
    let count = try call.int(0)
    try Shape([max(count, 0)]).checkedCount()
    return count
  }

  /// A window over n = 1-M, 3-M, … M-1, from those and M-1.
  private static func window(
    _ name: String, _ summary: String,
    _ work: @escaping @Sendable (NDArray, Double) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(name, "(M)", summary, .constant("a window's length is an integer")) {
      call throws(MartletError) in
      let count = try windowSize(call)
      if count <= 1 { return .array(try NDArray.ones([max(count, 0)], .float64)) }
      let n = try NDArray.arange(
        start: Scalar(Double(1 - count), .float64), next: Scalar(Double(3 - count), .float64),
        count: count)
      return .array(try work(n, Double(count - 1)))
    }
  }

  private static func cosines(
    _ n: NDArray, _ last: Double, _ constant: Double, _ factors: [Double]
  ) throws(MartletError) -> NDArray {
    var total: Operand = weak(constant)
    for (i, factor) in factors.enumerated() {
      let angle = try Elementwise.apply(
        .divide,
        [
          .array(Elementwise.apply(.multiply, [weak(.pi * Double(i + 1)), .array(n)])[0]),
          weak(last),
        ])[0]
      let cosine = try Elementwise.apply(.cos, [.array(angle)])[0]
      let term = try Elementwise.apply(.multiply, [weak(factor), .array(cosine)])[0]
      total = .array(try Elementwise.apply(.add, [total, .array(term)])[0])
    }
    guard case .array(let result) = total else { return n }
    return result
  }
}
