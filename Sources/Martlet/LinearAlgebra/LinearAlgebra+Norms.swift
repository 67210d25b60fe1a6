import MartletIR
import MartletRuntime

extension LinearAlgebra {
  /// Which norm (NumPy's `ord`).
  public enum NormOrder: Sendable, Hashable {
    /// Of vectors the p-norm: the sum of the absolute values to the power p, to the power 1/p; ±∞ are
    /// the largest and the smallest absolute value, 0 counts elements that are not 0. Of matrices ±1
    /// are the largest and smallest sum of a column's absolute values, ±∞ of a row's, ±2 the largest
    /// and smallest singular value.
    case power(Double)
    /// Of matrices: the square root of the sum of the squares.
    case frobenius
    /// Of matrices: the sum of the singular values.
    case nuclear
  }

  /// A norm of vectors along one axis, of matrices along two, or of all elements (NumPy's
  /// `linalg.norm`).
  ///
  /// - Parameters:
  ///   - order: nil is the 2-norm, of matrices the Frobenius norm.
  ///   - axes: One or two; nil stands for all, which may be more where `order` is nil.
  ///   - keepDimensions: whether the axes stay, with length 1.
  ///   - x: The array.
  /// - Throws: also `.axisOutOfRange`, and `.invalidArgument` for another number of axes and for
  ///   orders that a vector or a matrix does not have.
  public static func norm(
    _ x: NDArray, order: NormOrder? = nil, axes: [Int]? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    let x = try x.dtype.isInexact ? x : x.asType(.float64)
    if axes == nil,
      order == nil || order == .frobenius && x.rank == 2 || order == .power(2) && x.rank == 1
    {
      let root = try wholeNorm(x)
      return keepDimensions
        ? root.view(Layout(contiguous: Shape(repeating: 1, count: x.rank))) : root
    }
    let axes = try (axes ?? Array(0..<x.rank)).map { (axis) throws(MartletError) in
      try x.normalised(axis, "linalg.norm")
    }
    switch axes.count {
    case 1: return try vectorNorm(x, order, axes[0], keepDimensions)
    case 2: return try matrixNorm(x, order, (axes[0], axes[1]), keepDimensions)
    default:
      throw .invalidArgument(
        operation: "linalg.norm", detail: "Improper number of dimensions to norm.")
    }
  }

  /// The norm of matrices, the last two axes (NumPy's `linalg.matrix_norm`).
  public static func matrixNorm(
    _ x: NDArray, order: NormOrder? = .frobenius, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try norm(x, order: order, axes: [-2, -1], keepDimensions: keepDimensions)
  }

  /// The norm of vectors along any number of axes (NumPy's `linalg.vector_norm`).
  ///
  /// - Parameter axes: nil means all.
  /// - Parameter x: The array.
  /// - Parameter order: Which norm: 1, 2, infinity, or any other power.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  public static func vectorNorm(
    _ x: NDArray, order: NormOrder? = .power(2), axes: [Int]? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    let own: [Int]
    var vectors = x
    if let axes, axes.count == 1 {
      own = [try x.normalised(axes[0], "linalg.vector_norm")]
      let result = try norm(x, order: order, axes: own)
      return try keepDimensions ? result.expanded(at: own[0]) : result
    }
    if let axes {
      own = try axes.map { (axis) throws(MartletError) in
        try x.normalised(axis, "linalg.vector_norm")
      }
      guard Set(own).count == own.count else {
        throw .invalidArgument(operation: "linalg.vector_norm", detail: "repeated axis")
      }
      let rest = (0..<x.rank).filter { !own.contains($0) }
      let length = own.reduce(1) { $0 * x.shape[$1] }
      vectors = try x.transposed(own + rest).reshaped([length] + rest.map { x.shape[$0] })
    } else {
      own = Array(0..<x.rank)
      vectors = try x.raveled()
    }
    let result = try norm(vectors, order: order, axes: [0])
    guard keepDimensions else { return result }
    var shape = x.shape
    for axis in own { shape[axis] = 1 }
    return try result.reshaped(Array(shape))
  }

  /// The 2-norm of all elements, by an inner product.
  private static func wholeNorm(_ x: NDArray) throws(MartletError) -> NDArray {
    // In the order of the memory, where that needs no copy.
    let flat = try x.layout.isFortranContiguous ? x.transposed().raveled() : x.raveled()
    func squares(_ x: NDArray) throws(MartletError) -> NDArray {
      try x.matmul(x, tellingAs: "dot")
    }
    guard x.dtype.isComplex else { return try root(try squares(flat)) }
    let (real, imaginary) = (try op(.real, .array(flat)), try op(.imag, .array(flat)))
    return try root(
      try op(.add, .array(try squares(real)), .array(try squares(imaginary))))
  }

  private static func vectorNorm(
    _ x: NDArray, _ order: NormOrder?, _ axis: Int, _ keep: Bool
  ) throws(MartletError) -> NDArray {
    func sum(_ x: NDArray) throws(MartletError) -> NDArray {
      try x.reduced(.sum, axes: [axis], keepDimensions: keep)
    }
    func sizes() throws(MartletError) -> NDArray { try op(.absolute, .array(x)) }
    switch order {
    case nil, .power(2): return try root(try sum(try squares(x)))
    case .power(.infinity):
      return try largest(try sizes(), axis, keep)
    case .power(-.infinity):
      return try sizes().reduced(.minimum, axes: [axis], keepDimensions: keep)
    case .power(0):
      let isThere = try op(.notEqual, .array(x), .weak(.integer, Scalar(Int64(0), .int64)))
      return try sum(try isThere.asType(x.dtype.realType))
    case .power(1): return try sum(try sizes())
    case .power(let p):
      let powers =
        try p == -1
        ? op(.reciprocal, .array(sizes()))
        : op(.power, .array(sizes()), .weak(.floating, Scalar(p, .float64)))
      let total = try sum(powers)
      if total.isTraced {
        return try rooted(total) { (sum) throws(MartletError) in
          try op(.power, .array(sum), .scalar(Scalar(1 / p, sum.dtype)))
        }
      }
      let root = try op(
        .reciprocal,
        .array(try NDArray.full(Shape(), Scalar(p, .float64).converted(to: total.dtype))))
      let exponent = try root.item()
      guard total.rank == 0 else { return try op(.power, .array(total), .scalar(exponent)) }
      // Of a number NumPy tells by another name.
      var result: Result<NDArray, MartletError> = .success(total)
      let events = FloatingPointLog.collected {
        result = Result { () throws(MartletError) in
          try op(.power, .array(total), .scalar(exponent))
        }
      }
      for event in events {
        FloatingPointLog.append(.init(operation: "scalar power", kind: event.kind))
      }
      return try result.get()
    case .frobenius, .nuclear:
      let name = order == .frobenius ? "fro" : "nuc"
      throw .invalidArgument(
        operation: "linalg.norm", detail: "Invalid norm order '\(name)' for vectors")
    }
  }

  private static func matrixNorm(
    _ x: NDArray, _ order: NormOrder?, _ axes: (row: Int, column: Int), _ keep: Bool
  ) throws(MartletError) -> NDArray {
    if axes.row == axes.column {
      throw .invalidArgument(operation: "linalg.norm", detail: "Duplicate axes given.")
    }
    /// The sums of absolute values over one axis, and where the other is then.
    func sums(over axis: Int, _ other: Int) throws(MartletError) -> (NDArray, Int) {
      let sizes = try op(.absolute, .array(x))
      return (try sizes.reduced(.sum, axes: [axis]), other > axis ? other - 1 : other)
    }
    func values() throws(MartletError) -> NDArray {
      let rest = (0..<x.rank).filter { $0 != axes.row && $0 != axes.column }
      return try svdvals(try x.transposed(rest + [axes.row, axes.column]))
    }
    let result: NDArray
    switch order {
    case .power(2): result = try largest(try values(), -1, false)
    case .power(-2): result = try values().reduced(.minimum, axes: [-1])
    case .power(1), .power(-1):
      let (sums, axis) = try sums(over: axes.row, axes.column)
      result =
        try order == .power(1)
        ? largest(sums, axis, false) : sums.reduced(.minimum, axes: [axis])
    case .power(.infinity), .power(-.infinity):
      let (sums, axis) = try sums(over: axes.column, axes.row)
      result =
        try order == .power(.infinity)
        ? largest(sums, axis, false) : sums.reduced(.minimum, axes: [axis])
    case nil, .frobenius:
      result = try root(try squares(x).reduced(.sum, axes: [axes.row, axes.column]))
    case .nuclear: result = try values().reduced(.sum, axes: [-1])
    case .power:
      throw .invalidArgument(
        operation: "linalg.norm", detail: "Invalid norm order for matrices.")
    }
    guard keep else { return result }
    var shape = x.shape
    shape[axes.row] = 1
    shape[axes.column] = 1
    return try result.reshaped(Array(shape))
  }

  /// The largest along an axis; of none, 0.
  private static func largest(
    _ x: NDArray, _ axis: Int, _ keep: Bool
  ) throws(MartletError) -> NDArray {
    let place = axis < 0 ? axis + x.rank : axis
    guard x.shape[place] == 0 else {
      return try x.reduced(.maximum, axes: [axis], keepDimensions: keep)
    }
    var shape = x.shape
    if keep { shape[place] = 1 } else { shape.remove(at: place) }
    return try NDArray.full(shape, Scalar(Int64(0), x.dtype))
  }

  private static func root(_ squares: NDArray) throws(MartletError) -> NDArray {
    func root(_ sum: NDArray) throws(MartletError) -> NDArray { try op(.sqrt, .array(sum)) }
    return try squares.isTraced ? rooted(squares, root) : root(squares)
  }

  /// A root of which the slope at 0 is 0, the least of all that a norm has there.
  private static func rooted(
    _ sum: NDArray, _ root: (NDArray) throws(MartletError) -> NDArray
  ) throws(MartletError) -> NDArray {
    let isZero = try op(
      .equal, .array(sum.untraced), .scalar(Scalar(Int64(0), sum.dtype)))
    let safe = try NDArray.selected(by: isZero, .scalar(Scalar(Int64(1), sum.dtype)), .array(sum))
    let plain = try root(sum.untraced)
    return try NDArray.selected(by: isZero, .array(plain), .array(root(safe)))
  }

  /// The squares of absolute values.
  private static func squares(_ x: NDArray) throws(MartletError) -> NDArray {
    guard x.dtype.isComplex else { return try op(.multiply, .array(x), .array(x)) }
    let conjugates = try op(.conjugate, .array(x))
    return try op(.real, .array(try op(.multiply, .array(conjugates), .array(x))))
  }

  /// One operation's result.
  static func op(
    _ row: ElementwiseOperation, _ operands: Operand...
  ) throws(MartletError) -> NDArray {
    try Elementwise.apply(row, operands)[0]
  }
}
