import MartletIR

/// Functions of NumPy's that are elementwise but no ufuncs, and those that it keeps to itself.
extension ElementwiseOperation {
  static let real = unary(
    "real", partLoops, domain: .all, tolerance: 0, gradient: .unary { g, _, _ in g },
    "The real part."
  ) { $0.real }

  static let imag = unary(
    "imag", partLoops, domain: .all, tolerance: 0,
    gradient: .unary { g, _, _ in g.literal(0) },
    "The imaginary part, 0 for a real number."
  ) { $0.imaginary }

  static let angle = unary(
    "angle",
    [DType].inexact.map { TypedLoop([$0], [$0.realType]) }, domain: .all, tolerance: 1,
    gradient: .unary { g, _, _ in g.literal(0) },
    "The angle of the number in the complex plane, in [-pi, pi] radians."
  ) { x in x.imaginary.call(.atan2, x.real) }

  static let onesLike = unary(
    "_ones_like", .same([.bool] + .numbers, inputs: 1), domain: .all, tolerance: 0,
    gradient: .constant("it is constant"),
    "1, whatever the number."
  ) { x in x.literal(1) }

  static let parts: [ElementwiseOperation] = [real, imag, angle, onesLike]

  private static let partLoops: [TypedLoop] =
    ([.bool] + [DType].numbers).map { TypedLoop([$0], [$0.realType]) }
}
