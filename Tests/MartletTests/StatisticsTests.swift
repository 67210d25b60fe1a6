import MartletIR
import Testing

@testable import Martlet

/// Order statistics, sets, histograms and reductions without NaN against their definitions.
struct StatisticsTests {
  private func precedes(_ a: Double, _ b: Double) -> Bool { a < b }

  @Test(arguments: [1, 2, 15, 100, 900, 5000, 70000])
  func quantilesStandAmongTheSortedElements(count: Int) throws {
    for dtype in [DType.float64, .float32, .int16, .uint8] {
      let array = try wholeNumbers([count], dtype, seed: UInt64(count), in: -100...100)
      let sorted = try array.values().sorted()
      let middle = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
      #expect(try array.median().values() == [middle], "\(dtype)")
      let probabilities = [0, 0.1, 0.5, 0.77, 1]
      let lower = try array.quantile(probabilities, method: .lower).values()
      let higher = try array.quantile(probabilities, method: .higher).values()
      let linear = try array.quantile(probabilities).values()
      for (i, q) in probabilities.enumerated() {
        let place = Double(count - 1) * q
        #expect(lower[i] == sorted[Int(place.rounded(.down))], "\(dtype) \(q)")
        #expect(higher[i] == sorted[Int(place.rounded(.up))], "\(dtype) \(q)")
        #expect(linear[i] >= lower[i] && linear[i] <= higher[i], "\(dtype) \(q)")
      }
    }
  }

  @Test func mediansOfEveryAxisAndArrangement() throws {
    let array = try wholeNumbers([4, 9, 5], .float64)
    for arranged in try arrangements(of: array) {
      for axis in 0..<3 {
        let found = try arranged.median(axes: [axis], keepDimensions: true)
        #expect(found.shape[axis] == 1)
        let rows = try array.movingAxis(axis, to: 2)
        let flat = try found.movingAxis(axis, to: 2)
        for i in 0..<rows.shape[0] {
          for j in 0..<rows.shape[1] {
            let sorted = try rows[i, j].values().sorted()
            let expected = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
            #expect(try flat[i, j].values() == [expected])
          }
        }
      }
    }
  }

  @Test func nanIsTheResultUnlessItIsLeftOut() throws {
    let array = NDArray([3.0, .nan, 1, 2])
    #expect(try array.median().values()[0].isNaN)
    #expect(try array.median(omittingNaN: true).values() == [2])
    #expect(try array.percentile(50, omittingNaN: true).values() == [2])
    #expect(try array.nanSum().values() == [6])
    #expect(try array.nanProduct().values() == [6])
    #expect(try array.nanMean().values() == [2])
    #expect(try array.nanMin().values() == [1])
    #expect(try array.nanMax().values() == [3])
    #expect(try array.nanArgMax().elements(as: Int.self) == [0])
    #expect(try array.nanVar(correction: 1).values() == [1])
    #expect(try array.nanCumulativeSum().values() == [3, 3, 4, 6])
    let nothing = NDArray([Double.nan, .nan])
    #expect(try nothing.nanMean().values()[0].isNaN)
    #expect(try nothing.nanMax().values()[0].isNaN)
    #expect(throws: MartletError.self) { try nothing.nanArgMin() }
  }

  @Test func wrongProbabilitiesAndAxesAreErrors() throws {
    let array = NDArray([1.0, 2])
    #expect(throws: MartletError.self) { try array.quantile(1.5) }
    #expect(throws: MartletError.self) { try array.quantile(.nan) }
    #expect(throws: MartletError.self) { try array.median(axes: [1]) }
    #expect(throws: MartletError.self) { try NDArray.zeros([0]).quantile(0.5) }
  }

  // MARK: Sets

  @Test(arguments: [0, 1, 30, 4000])
  func distinctElementsAreCountedAndFound(count: Int) throws {
    for dtype in DType.allCases where !dtype.isComplex {
      let array = try wholeNumbers([count], dtype, seed: 3, in: -40...40)
      let values = try array.values()
      let found = try array.uniqueElements([.firstPositions, .inverse, .counts])
      let distinct = Set(values).sorted()
      #expect(try found.values.values() == distinct, "\(dtype)")
      #expect(try array.unique().values() == distinct, "\(dtype)")
      let inverse = try #require(found.inverse).elements(as: Int.self)
      #expect(inverse.map { distinct[$0] } == values, "\(dtype)")
      let first = try #require(found.firstPositions).elements(as: Int.self)
      #expect(first == distinct.map { values.firstIndex(of: $0)! }, "\(dtype)")
      let counts = try #require(found.counts).elements(as: Int.self)
      #expect(counts == distinct.map { value in values.filter { $0 == value }.count }, "\(dtype)")
    }
  }

  @Test func distinctRowsAreInLexicographicOrder() throws {
    let array = NDArray([[2, 1], [1, 5], [2, 1], [1, 3]])
    let found = try array.uniqueElements(axis: 0, [.counts, .firstPositions])
    #expect(try found.values.elements(as: Int.self) == [1, 3, 1, 5, 2, 1])
    #expect(try found.counts?.elements(as: Int.self) == [1, 1, 2])
    #expect(try found.firstPositions?.elements(as: Int.self) == [3, 1, 0])
  }

  @Test func setsOfFarAndNearNumbers() throws {
    for factor in [1, 1 << 40] {
      let a = try wholeNumbers([500], .int64, seed: 1, in: 0...300).multiplied(by: NDArray(factor))
      let b = try wholeNumbers([200], .int64, seed: 2, in: 0...300).multiplied(by: NDArray(factor))
      let (first, second) = (Set(try a.elements(as: Int.self)), Set(try b.elements(as: Int.self)))
      func numbers(_ array: NDArray) throws -> [Int] { try array.elements(as: Int.self) }
      #expect(try numbers(.intersection(a, b)) == first.intersection(second).sorted())
      #expect(try numbers(.union(a, b)) == first.union(second).sorted())
      #expect(try numbers(.difference(a, b)) == first.subtracting(second).sorted())
      #expect(
        try numbers(.symmetricDifference(a, b)) == first.symmetricDifference(second).sorted())
      let isIn = try a.isIn(b).elements(as: Bool.self)
      #expect(isIn == (try numbers(a).map { second.contains($0) }))
    }
  }

  @Test func theOrderOfSeveralKeys() throws {
    let (second, first) = (NDArray([3, 1, 2, 1]), NDArray([1, 0, 1, 0]))
    #expect(try NDArray.lexSort([second, first]).elements(as: Int.self) == [1, 3, 2, 0])
  }

  // MARK: Histograms

  @Test func countsInBins() throws {
    let array = NDArray([0.0, 0.5, 1, 1, 2, 3, .nan, 9])
    let bins = try HistogramBins(count: 3, from: 0, to: 3, width: nil, .float64)
    #expect(try array.histogram(bins).elements(as: Int.self) == [2, 2, 2])
    let own = try HistogramBins(edges: NDArray([0.0, 1, 1, 3]))
    #expect(try array.histogram(own).elements(as: Int.self) == [2, 0, 4])
    #expect(throws: MartletError.self) { try HistogramBins(edges: NDArray([1.0, 0])) }
    #expect(throws: MartletError.self) {
      try HistogramBins(count: 1, from: -1.7e308, to: 1.7e308, width: nil, .float64)
    }
    #expect(try NDArray([1, 4, 1]).binCount().elements(as: Int.self) == [0, 2, 0, 0, 1])
    #expect(throws: MartletError.self) { try NDArray([1, -4]).binCount() }
    #expect(throws: MartletError.self) { try NDArray([Int.max]).binCount() }
    #expect(
      try NDArray([0.5, 7]).digitized(NDArray([0.0, 1, 2])).elements(as: Int.self) == [1, 3])
  }

  @Test func variablesVaryTogether() throws {
    let array = NDArray([[1.0, 2, 3], [2, 4, 6]])
    #expect(try array.covariance().values() == [1, 2, 2, 4])
    #expect(try array.correlation().values() == [1, 1, 1, 1])
  }
}
