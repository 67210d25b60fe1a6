import Glibc
import MartletIR

/// How many bins suit the elements, by NumPy's names: rules of Sturges (1926), Doane (1976), Scott
/// (1979), Freedman and Diaconis (1981), and of thumb.
enum BinEstimator: String {
  case auto
  case doane
  case fd
  case rice
  case scott
  case sqrt
  case sturges

  /// The width of a bin; 0 where the elements say nothing of it.
  func width(_ x: NDArray) throws(MartletError) -> Double {
    let n = Double(x.count)
    let span = try x.span()
    switch self {
    case .sqrt: return span / n.squareRoot()
    case .sturges: return span / (log2(n) + 1)
    case .rice: return span / (2 * pow(n, 1 / 3.0))
    case .scott:
      return pow(24 * Double.pi.squareRoot() / n, 1 / 3.0)
        * (try x.std().item().asDouble)
    case .fd:
      let quartiles = try x.quantile([0.75, 0.25]).elements(as: Double.self)
      return 2 * (quartiles[0] - quartiles[1]) * pow(n, -1 / 3.0)
    case .auto:
      let narrow = max(try BinEstimator.fd.width(x), try BinEstimator.sqrt.width(x) / 2)
      return min(narrow, try BinEstimator.sturges.width(x))
    case .doane:
      guard n > 2 else { return 0 }
      let spread = (6 * (n - 2) / ((n + 1) * (n + 3))).squareRoot()
      let sigma = try x.std().item().asDouble
      guard sigma > 0 else { return 0 }
      let mean = try x.mean().item()
      let distance = try NDArray.compute(.subtract, .array(x), .scalar(mean))
      let scaled = try NDArray.compute(.divide, .array(distance), .scalar(Scalar(sigma, .float64)))
      let cubes = try NDArray.compute(
        .power, .array(scaled), .weak(.integer, Scalar(Int64(3), .int64)))
      let skewness = try cubes.mean().item().asDouble
      return span / (1 + log2(n) + log2(1 + abs(skewness) / spread))
    }
  }
}

extension NDArray {
  /// The distance from the smallest element to the largest, exact for integers.
  func span() throws(MartletError) -> Double {
    let (low, high) = (try min().item(), try max().item())
    if dtype.isInteger { return Double(high.low &- low.low) }
    return high.asDouble - low.asDouble
  }
}
