import MartletIR

// What a NumPy user types first where Swift's name is another: the compiler says which.
// `docs/swift-names.md` has the rule.

extension NDArray {
  @available(*, unavailable, renamed: "rank")
  public var ndim: Int { rank }
  @available(*, unavailable, renamed: "count")
  public var size: Int { count }
  @available(*, unavailable, renamed: "imaginary")
  public var imag: NDArray { imaginary }

  // MARK: Shapes

  @available(*, unavailable, renamed: "reshaped(_:)")
  public func reshape(_ sizes: Int...) throws(MartletError) -> NDArray { try reshaped(sizes) }
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func reshape(_ sizes: [Int]) throws(MartletError) -> NDArray { try reshaped(sizes) }
  @available(*, unavailable, renamed: "raveled()")
  public func ravel() throws(MartletError) -> NDArray { try raveled() }
  @available(*, unavailable, renamed: "raveled()")
  public func flatten() throws(MartletError) -> NDArray { try raveled() }
  @available(*, unavailable, message: "a.T, or a.transposed(1, 0, 2) for another order")
  public func transpose(_ axes: Int...) throws(MartletError) -> NDArray { try transposed(axes) }
  @available(*, unavailable, renamed: "squeezed(axis:)")
  public func squeeze(axis: Int) throws(MartletError) -> NDArray { try squeezed(axis: axis) }
  @available(*, unavailable, renamed: "squeezed()")
  public func squeeze() throws(MartletError) -> NDArray { try squeezed() }
  @available(*, unavailable, renamed: "swappingAxes(_:_:)")
  public func swapaxes(_ a: Int, _ b: Int) throws(MartletError) -> NDArray {
    try swappingAxes(a, b)
  }
  @available(*, unavailable, renamed: "flipped(axis:)")
  public func flip(axis: Int) throws(MartletError) -> NDArray { try flipped(axis: axis) }
  @available(*, unavailable, renamed: "rolled(_:axis:)")
  public func roll(_ shift: Int, axis: Int? = nil) throws(MartletError) -> NDArray {
    try rolled(shift, axis: axis)
  }
  @available(*, unavailable, message: "a.repeated(count, axis: axis), or a.tiled([times])")
  public func `repeat`(_ count: Int, axis: Int) throws(MartletError) -> NDArray {
    try repeated(count, axis: axis)
  }
  @available(*, unavailable, renamed: "padded(by:mode:)")
  public func pad(_ width: Int, mode: Padding = .constant(0)) throws(MartletError) -> NDArray {
    try padded(by: width, mode: mode)
  }

  // MARK: Elements

  @available(*, unavailable, renamed: "asType(_:)")
  public func astype(_ dtype: DType) throws(MartletError) -> NDArray { try asType(dtype) }
  @available(*, unavailable, renamed: "clipped(_:_:)")
  public func clip(_ low: Double, _ high: Double) throws(MartletError) -> NDArray {
    try clipped(low, high)
  }
  @available(*, unavailable, renamed: "rounded(decimals:)")
  public func round(_ decimals: Int = 0) throws(MartletError) -> NDArray {
    try rounded(decimals: decimals)
  }
  @available(*, unavailable, message: "conjugate(a)")
  public func conj() -> NDArray { self }
  @available(*, unavailable, message: "item(as: Double.self), or Double(a)")
  public func item() -> Double { 0 }
  @available(*, unavailable, message: "[Double](a), or elements(as: Double.self)")
  public func tolist() -> [Double] { [] }
  @available(*, unavailable, renamed: "taking(_:axis:)")
  public func take(_ positions: NDArray, axis: Int) throws(MartletError) -> NDArray {
    try taking(positions, axis: axis)
  }

  // MARK: Reductions

  @available(*, unavailable, renamed: "product(axis:)")
  public func prod(axis: Int) throws(MartletError) -> NDArray { try product(axis: axis) }
  @available(*, unavailable, renamed: "product()")
  public func prod() throws(MartletError) -> NDArray { try product() }
  @available(*, unavailable, renamed: "cumulativeSum(axis:)")
  public func cumsum(axis: Int? = nil) throws(MartletError) -> NDArray {
    try cumulativeSum(axis: axis)
  }
  @available(*, unavailable, renamed: "cumulativeProduct(axis:)")
  public func cumprod(axis: Int? = nil) throws(MartletError) -> NDArray {
    try cumulativeProduct(axis: axis)
  }
  @available(*, unavailable, renamed: "argMax(axis:)")
  public func argmax(axis: Int? = nil) throws(MartletError) -> NDArray { try argMax(axis: axis) }
  @available(*, unavailable, renamed: "argMin(axis:)")
  public func argmin(axis: Int? = nil) throws(MartletError) -> NDArray { try argMin(axis: axis) }
  @available(*, unavailable, renamed: "differences(n:axis:)")
  public func diff(n: Int = 1, axis: Int = -1) throws(MartletError) -> NDArray {
    try differences(n: n, axis: axis)
  }

  // MARK: Sorting and statistics

  @available(*, unavailable, message: "sorted(axis:) gives a sorted copy")
  public func sort(axis: Int = -1) {}
  @available(*, unavailable, renamed: "argSort(axis:)")
  public func argsort(axis: Int = -1) throws(MartletError) -> NDArray { try argSort(axis: axis) }
  @available(*, unavailable, renamed: "lexSort(_:)")
  public static func lexsort(_ keys: [NDArray]) throws(MartletError) -> NDArray {
    try lexSort(keys)
  }
  @available(*, unavailable, renamed: "searchSorted(_:)")
  public func searchsorted(_ values: NDArray) throws(MartletError) -> NDArray {
    try searchSorted(values)
  }
  @available(*, unavailable, renamed: "binCount(weights:)")
  public func bincount(weights: NDArray? = nil) throws(MartletError) -> NDArray {
    try binCount(weights: weights)
  }
  @available(*, unavailable, message: "data.covariance(byRow: false) for variables in columns")
  public static func cov(_ data: NDArray, rowvar: Bool = true) throws(MartletError) -> NDArray {
    try data.covariance(byRow: rowvar)
  }
  @available(*, unavailable, message: "x.correlation(with: y)")
  public static func corrcoef(_ x: NDArray, _ y: NDArray? = nil) throws(MartletError) -> NDArray {
    try x.correlation(with: y)
  }
  @available(*, unavailable, message: "a.unique(), or a.uniqueCounts() and its like")
  public static func unique(_ array: NDArray) throws(MartletError) -> NDArray {
    try array.unique()
  }
  @available(*, unavailable, renamed: "unwrapped()")
  public func unwrap() throws(MartletError) -> NDArray { try unwrapped() }

  // MARK: Files

  @available(*, unavailable, renamed: "init(contentsOf:)")
  public static func load(_ path: String) throws(MartletError) -> NDArray {
    try NDArray(contentsOf: path)
  }
  @available(*, unavailable, renamed: "write(to:)")
  public func save(_ path: String) throws(MartletError) { try write(to: path) }
  @available(
    *, unavailable, message: "NDArray.write(archive: arrays, to: path, isCompressed: true)"
  )
  public static func savez(
    _ path: String, _ arrays: [String: NDArray], compressed: Bool = false
  ) throws(MartletError) { try write(archive: arrays, to: path, isCompressed: compressed) }
  @available(*, unavailable, renamed: "archive(contentsOf:)")
  public static func loadArchive(_ path: String) throws(MartletError) -> [String: NDArray] {
    try archive(contentsOf: path)
  }
  @available(
    *, unavailable, message: "NDArray(textContentsOf: path, delimiter: \",\", skippedRows: 1)"
  )
  public static func loadText(
    _ path: String, delimiter: String? = nil, skipRows: Int = 0
  ) throws(MartletError) -> NDArray {
    try NDArray(textContentsOf: path, delimiter: delimiter, skippedRows: skipRows)
  }
  @available(*, unavailable, message: "a.write(textTo: path, delimiter: \",\", format: \"%.2f\")")
  public func saveText(
    _ path: String, delimiter: String = " ", format: String = "%.18e"
  ) throws(MartletError) { try write(textTo: path, delimiter: delimiter, format: format) }

  // MARK: Products and systems

  @available(*, unavailable, message: "a.matmul(b), or a %*% b")
  public static func matmul(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try a.matmul(b)
  }
  @available(*, unavailable, message: "a.dot(b)")
  public static func dot(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try a.dot(b)
  }
}

@available(*, unavailable, message: "a.matmul(b), or a %*% b")
public func matmul(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray { try a.matmul(b) }
@available(*, unavailable, renamed: "arcsin(_:)")
public func asin(_ x: NDArray) -> NDArray { arcsin(x) }
@available(*, unavailable, renamed: "arccos(_:)")
public func acos(_ x: NDArray) -> NDArray { arccos(x) }
@available(*, unavailable, renamed: "arctan(_:)")
public func atan(_ x: NDArray) -> NDArray { arctan(x) }
@available(*, unavailable, renamed: "arctan2(_:_:)")
public func atan2(_ y: NDArray, _ x: NDArray) -> NDArray { arctan2(y, x) }
@available(*, unavailable, renamed: "conjugate(_:)")
public func conj(_ x: NDArray) -> NDArray { conjugate(x) }
@available(*, unavailable, message: "x.real")
public func real(_ x: NDArray) -> NDArray { x.real }
@available(*, unavailable, message: "x.imaginary")
public func imag(_ x: NDArray) -> NDArray { x.imaginary }
@available(*, unavailable, renamed: "isNaN(_:)")
public func isnan(_ x: NDArray) -> NDArray { isNaN(x) }
@available(*, unavailable, renamed: "isInfinite(_:)")
public func isinf(_ x: NDArray) -> NDArray { isInfinite(x) }
@available(*, unavailable, renamed: "isFinite(_:)")
public func isfinite(_ x: NDArray) -> NDArray { isFinite(x) }
@available(*, unavailable, renamed: "allClose(_:_:)")
public func allclose(_ a: NDArray, _ b: NDArray) throws(MartletError) -> Bool { try allClose(a, b) }
@available(*, unavailable, message: "degrees(angle(z))")
public func angle(_ x: NDArray, deg: Bool) -> NDArray { x }
@available(*, unavailable, message: "NDArray.where(condition, a, b)")
public func choose(_ condition: NDArray, _ a: NDArray, _ b: NDArray) -> NDArray { a }

// MARK: - Namespaces

extension LinearAlgebra {
  @available(*, unavailable, renamed: "inverse(_:)")
  public static func inv(_ a: NDArray) throws(MartletError) -> NDArray { try inverse(a) }
  @available(*, unavailable, renamed: "determinant(_:)")
  public static func det(_ a: NDArray) throws(MartletError) -> NDArray { try determinant(a) }
  @available(*, unavailable, renamed: "signAndLogDeterminant(_:)")
  public static func slogdet(_ a: NDArray) throws(MartletError) -> NDArray { a }
  @available(*, unavailable, renamed: "leastSquares(_:_:)")
  public static func lstsq(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray { a }
  @available(*, unavailable, renamed: "pseudoInverse(_:)")
  public static func pinv(_ a: NDArray) throws(MartletError) -> NDArray { try pseudoInverse(a) }
  @available(*, unavailable, renamed: "condition(_:)")
  public static func cond(_ a: NDArray) throws(MartletError) -> NDArray { try condition(a) }
  @available(*, unavailable, renamed: "svd(_:isFull:)")
  public static func svd(
    _ a: NDArray, fullMatrices: Bool
  ) throws(MartletError) -> (NDArray, NDArray, NDArray) { try svd(a, isFull: fullMatrices) }
}

extension FFT {
  @available(*, unavailable, renamed: "irfft(_:count:)")
  public static func irfft(_ a: NDArray, n: Int) throws(MartletError) -> NDArray {
    try irfft(a, count: n)
  }
  @available(*, unavailable, renamed: "rfftfreq(_:spacing:)")
  public static func rfftfreq(_ n: Int, d: Double) throws(MartletError) -> NDArray {
    try rfftfreq(n, spacing: d)
  }
  @available(*, unavailable, renamed: "fftfreq(_:spacing:)")
  public static func fftfreq(_ n: Int, d: Double) throws(MartletError) -> NDArray {
    try fftfreq(n, spacing: d)
  }
}

extension RandomGenerator {
  @available(*, unavailable, message: "uniform(in: low..<high, shape: shape)")
  public mutating func uniform(
    _ low: Double, _ high: Double, shape: Shape
  ) throws(MartletError) -> NDArray { try uniform(in: low..<high, shape: shape) }
  @available(*, unavailable, message: "choice(below: n, shape: [count], replacing: false)")
  public mutating func choice(
    _ population: Int, count: Int, replace: Bool = true
  ) throws(MartletError) -> NDArray {
    try choice(below: population, shape: [count], replacing: replace)
  }
}
