/// How a quantile is taken from the elements beside it. The nine of Hyndman and Fan (*Sample
/// Quantiles in Statistical Packages*, 1996) and four more, under NumPy's names.
public enum QuantileMethod: String, Sendable, CaseIterable {
  // Those that give an element, or the mean of two.
  /// NumPy's `inverted_cdf`.
  case invertedCDF = "inverted_cdf"
  /// NumPy's `averaged_inverted_cdf`.
  case averagedInvertedCDF = "averaged_inverted_cdf"
  /// NumPy's `closest_observation`.
  case closestObservation = "closest_observation"
  // Those that interpolate.
  /// NumPy's `interpolated_inverted_cdf`.
  case interpolatedInvertedCDF = "interpolated_inverted_cdf"
  /// NumPy's `hazen`.
  case hazen
  /// NumPy's `weibull`.
  case weibull
  /// NumPy's `linear`.
  case linear
  /// NumPy's `median_unbiased`.
  case medianUnbiased = "median_unbiased"
  /// NumPy's `normal_unbiased`.
  case normalUnbiased = "normal_unbiased"
  // Those around the linear one.
  /// NumPy's `lower`.
  case lower
  /// NumPy's `higher`.
  case higher
  /// NumPy's `midpoint`.
  case midpoint
  /// NumPy's `nearest`.
  case nearest

  /// Whether the result is one of the elements, of their type.
  var givesElement: Bool {
    switch self {
    case .invertedCDF, .closestObservation, .lower, .higher, .nearest: true
    default: false
    }
  }

  /// Where the quantile stands among `count` sorted elements, counted from 0.
  ///
  /// - Parameter probability: From 0 to 1.
  func place(_ probability: Double, count: Int) -> QuantilePlace {
    let n = Double(count)
    let last = (n - 1) * probability
    switch self {
    case .linear: return between(last, count)
    case .interpolatedInvertedCDF: return between(virtual(n, probability, 0, 1), count)
    case .hazen: return between(virtual(n, probability, 0.5, 0.5), count)
    case .weibull: return between(virtual(n, probability, 0, 0), count)
    case .medianUnbiased: return between(virtual(n, probability, 1 / 3.0, 1 / 3.0), count)
    case .normalUnbiased: return between(virtual(n, probability, 3 / 8.0, 3 / 8.0), count)
    case .averagedInvertedCDF:
      var place = between(n * probability - 1, count)
      place.weight = place.weight == 0 ? 0.5 : 1
      return place
    case .midpoint:
      let middle = 0.5 * (last.rounded(.down) + last.rounded(.up))
      var place = between(middle, count)
      place.weight = middle == middle.rounded(.down) ? 0 : 0.5
      return place
    case .lower: return element(last.rounded(.down), count)
    case .higher: return element(last.rounded(.up), count)
    case .nearest: return element(last.rounded(.toNearestOrEven), count)
    case .invertedCDF:
      let index = n * probability - 1
      let floor = index.rounded(.down)
      return element(index == floor ? floor : floor + 1, count)
    case .closestObservation:
      let index = n * probability - 1.5
      let floor = index.rounded(.down)
      let isOdd = floor.truncatingRemainder(dividingBy: 2) != 0
      return element(index == floor && isOdd ? floor : floor + 1, count)
    }
  }

  private func virtual(_ n: Double, _ q: Double, _ alpha: Double, _ beta: Double) -> Double {
    n * q + (alpha + q * (1 - alpha - beta)) - 1
  }

  private func element(_ index: Double, _ count: Int) -> QuantilePlace {
    let place = min(max(Int(index), 0), count - 1)
    return QuantilePlace(previous: place, next: place, weight: 0)
  }

  /// Outside the elements, the first or the last one stands on both sides. The weight is the distance
  /// from the place before, the last one being -1 as NumPy counts it then.
  private func between(_ index: Double, _ count: Int) -> QuantilePlace {
    if index >= Double(count - 1) {
      return QuantilePlace(previous: count - 1, next: count - 1, weight: index + 1)
    }
    if index < 0 { return QuantilePlace(previous: 0, next: 0, weight: index) }
    let floor = index.rounded(.down)
    return QuantilePlace(previous: Int(floor), next: Int(floor) + 1, weight: index - floor)
  }
}
