import MartletIR

extension NDArray {
  private static func real(_ number: Double) -> Operand {
    .weak(.floating, Scalar(number, .float64))
  }

  /// Angles along an axis without jumps of more than half a period (NumPy's `unwrap`).
  ///
  /// - Parameters:
  ///   - period: What is added or taken off, 2π for radians.
  ///   - jump: Smaller differences stay; nil for half a period.
  ///   - axis: The axis, negative from the end.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func unwrapped(
    axis: Int = -1, period: Double = 2 * .pi, jump: Double? = nil
  ) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "unwrap")
    let dtype: DType = dtype.isFloating ? dtype : .float64
    let half = period / 2
    let steps = try along(axis, 1).subtracting(along(axis, 0, -1))
    let moved = try Self.compute(.subtract, .array(steps), Self.real(-half))
    var inside = try Self.compute(
      .add, .array(Self.compute(.remainder, .array(moved), Self.real(period))), Self.real(-half))
    // Half a period up stays up.
    let isEdge = try Self.compute(
      .logicalAnd, .array(Self.compute(.equal, .array(inside), Self.real(-half))),
      .array(Self.compute(.greater, .array(steps), Self.real(0))))
    inside = try Self.selected(by: isEdge, .scalar(Scalar(half, inside.dtype)), .array(inside))
    let correction = try inside.subtracting(steps)
    let isSmall = try Self.compute(
      .less, .array(Self.compute(.absolute, .array(steps))), Self.real(jump ?? half))
    let kept = try Self.selected(
      by: isSmall, .scalar(Scalar(0.0, correction.dtype)), .array(correction))
    let rest = try along(axis, 1).adding(kept.cumulativeSum(axis: axis))
    return try Self.concatenate([along(axis, 0, 1), rest], axis: axis).lazilyConverted(to: dtype)
  }

  /// Numbers in place of NaN and infinities (NumPy's `nan_to_num`); complex ones by their parts.
  ///
  /// - Parameters:
  ///   - above: In place of infinity; nil for the largest number of the type.
  ///   - below: In place of -infinity; nil for the smallest number of the type.
  ///   - nan: In place of NaN.
  /// - Throws: `.outOfMemory`.
  public func replacingInfinities(
    nan: Double = 0, above: Double? = nil, below: Double? = nil
  ) throws(MartletError) -> NDArray {
    guard dtype.isInexact else { return try copy() }
    if dtype.isComplex {
      let parts = try contiguous().partsView().replacingInfinities(
        nan: nan, above: above, below: below
      ).contiguous()
      var whole = Layout(contiguous: shape)
      whole.offset = parts.layout.offset / 2
      return NDArray(storage: parts.storage, layout: whole, dtype: dtype)
    }
    if isKnownFinite { return try copy() }
    let largest = Self.largest(dtype)
    let isInfinite = try Self.compute(.isinf, .array(self))
    let isPositive = try Self.compute(.greater, .array(self), Self.real(0))
    let replaced = try Self.selected(
      by: isPositive, .scalar(above.map { Scalar($0, dtype) } ?? largest),
      .scalar(
        below.map { Scalar($0, dtype) } ?? Scalar(-largest.asDouble, dtype)))
    let finite = try Self.selected(by: isInfinite, .array(replaced), .array(self))
    return try Self.selected(
      by: Self.compute(.isnan, .array(self)), .scalar(Scalar(nan, dtype)), .array(finite))
  }

  /// Whether it is known at once that all elements are finite: looking through a few takes less than
  /// replacing those that are not.
  private var isKnownFinite: Bool {
    guard layout.isContiguous, count <= 1 << 12, device.isHost, let memory = storage.pointer
    else { return false }
    defer { withExtendedLifetime(storage) {} }
    let first = memory + layout.offset * dtype.itemSize
    func areFinite<Number: BinaryFloatingPoint>(_ numbers: UnsafePointer<Number>) -> Bool {
      var others = 0
      for i in 0..<count { others &+= numbers[i].isFinite ? 0 : 1 }
      return others == 0
    }
    switch dtype {
    case .float64: return areFinite(first.assumingMemoryBound(to: Double.self))
    case .float32: return areFinite(first.assumingMemoryBound(to: Float.self))
    default: return false
    }
  }

  private static func largest(_ dtype: DType) -> Scalar {
    switch dtype {
    case .float16: Scalar(65504.0, .float16)
    case .float32: Scalar(Double(Float.greatestFiniteMagnitude), .float32)
    case .bfloat16: Scalar(3.389531389251535e38, .bfloat16)
    default: Scalar(Double.greatestFiniteMagnitude, .float64)
    }
  }

  /// The modified Bessel function of the first kind of order 0, by the Chebyshev expansions of
  /// Clenshaw (*Chebyshev Series for Mathematical Functions*, 1962) for both sides of 8.
  func besselI0() throws(MartletError) -> NDArray {
    let x = try Self.compute(.absolute, .array(self))
    // Either side computes with positions of its own, so that no event comes of the other's.
    let near = try Self.compute(.minimum, .array(x), Self.real(8))
    let far = try Self.compute(.maximum, .array(x), Self.real(8))
    let inner = try Self.chebyshev(
      Self.compute(
        .subtract, .array(Self.compute(.divide, .array(near), Self.real(2))), Self.real(2)),
      Self.besselNear
    ).multiplied(by: Self.compute(.exp, .array(near)))
    let outer = try Self.compute(
      .divide,
      .array(
        Self.chebyshev(
          Self.compute(
            .subtract, .array(Self.compute(.divide, Self.real(32), .array(far))), Self.real(2)),
          Self.besselFar
        ).multiplied(by: Self.compute(.exp, .array(far)))),
      .array(Self.compute(.sqrt, .array(far))))
    let isNear = try Self.compute(.lessEqual, .array(x), Self.real(8))
    return try Self.selected(by: isNear, .array(inner), .array(outer))
  }

  /// A sum of Chebyshev polynomials by Clenshaw's recurrence, the highest first.
  private static func chebyshev(
    _ x: NDArray, _ coefficients: [Double]
  ) throws(MartletError) -> NDArray {
    var (current, last) = (real(coefficients[0]), real(0))
    var beforeLast = last
    for coefficient in coefficients.dropFirst() {
      (beforeLast, last) = (last, current)
      let product = try compute(.multiply, .array(x), last)
      current = .array(
        try compute(
          .add, .array(compute(.subtract, .array(product), beforeLast)), real(coefficient)))
    }
    guard case .array(let sum) = current else { return x }
    return try compute(
      .multiply, real(0.5), .array(compute(.subtract, .array(sum), beforeLast)))
  }

  /// Of exp(-x) I₀(x) over 0…8.
  private static let besselNear: [Double] = [
    -4.4153416464793395e-18, 3.3307945188222384e-17, -2.431279846547955e-16,
    1.715391285555133e-15, -1.1685332877993451e-14, 7.676185498604936e-14,
    -4.856446783111929e-13, 2.95505266312964e-12, -1.726826291441556e-11,
    9.675809035373237e-11, -5.189795601635263e-10, 2.6598237246823866e-09,
    -1.300025009986248e-08, 6.046995022541919e-08, -2.670793853940612e-07,
    1.1173875391201037e-06, -4.4167383584587505e-06, 1.6448448070728896e-05,
    -5.754195010082104e-05, 0.00018850288509584165, -0.0005763755745385824,
    0.0016394756169413357, -0.004324309995050576, 0.010546460394594998,
    -0.02373741480589947, 0.04930528423967071, -0.09490109704804764,
    0.17162090152220877, -0.3046826723431984, 0.6767952744094761,
  ]

  /// Of exp(-x) √x I₀(x) over 1/8…0.
  private static let besselFar: [Double] = [
    -7.233180487874754e-18, -4.830504485944182e-18, 4.46562142029676e-17,
    3.461222867697461e-17, -2.8276239805165836e-16, -3.425485619677219e-16,
    1.7725601330565263e-15, 3.8116806693526224e-15, -9.554846698828307e-15,
    -4.150569347287222e-14, 1.54008621752141e-14, 3.8527783827421426e-13,
    7.180124451383666e-13, -1.7941785315068062e-12, -1.3215811840447713e-11,
    -3.1499165279632416e-11, 1.1889147107846439e-11, 4.94060238822497e-10,
    3.3962320257083865e-09, 2.266668990498178e-08, 2.0489185894690638e-07,
    2.8913705208347567e-06, 6.889758346916825e-05, 0.0033691164782556943,
    0.8044904110141088,
  ]
}
