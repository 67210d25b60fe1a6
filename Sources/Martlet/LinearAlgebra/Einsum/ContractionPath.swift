/// In which order the operands of a sum of products meet: NumPy's two ways of planning (greedy, after
/// Smith and Gray, *opt_einsum*, JOSS 3(26), 2018), over sets of labels.
package struct ContractionPath: Sendable {
  /// Labels as bits.
  package typealias Labels = UInt64

  let sizes: [Double]
  package let output: Labels

  package init(_ subscripts: EinsumSubscripts.Resolved) {
    sizes = subscripts.sizes.map(Double.init)
    output = Self.labels(subscripts.output)
  }

  package static func labels(_ list: [Int]) -> Labels {
    list.reduce(0) { $0 | 1 << Labels($1) }
  }

  /// How many elements an array with these labels has.
  package func size(_ labels: Labels) -> Double {
    var product = 1.0
    var rest = labels
    while rest != 0 {
      product *= sizes[rest.trailingZeroBitCount]
      rest &= rest - 1
    }
    return product
  }

  /// The steps of a contraction of `count` operands over these labels.
  package func cost(_ labels: Labels, isSum: Bool, count: Int) -> Double {
    size(labels) * Double(max(1, count - 1) + (isSum ? 1 : 0))
  }

  package struct Contraction {
    package var result: Labels
    package var remaining: [Labels]
    package var removed: Labels
    package var all: Labels
  }

  /// What is left when the operands at some positions meet: the result stands last.
  package func contraction(_ positions: [Int], _ inputs: [Labels]) -> Contraction {
    var (all, kept) = (Labels(0), output)
    var remaining: [Labels] = []
    for (i, labels) in inputs.enumerated() {
      if positions.contains(i) {
        all |= labels
      } else {
        kept |= labels
        remaining.append(labels)
      }
    }
    let result = all & kept
    remaining.append(result)
    return Contraction(result: result, remaining: remaining, removed: all & ~result, all: all)
  }

  // MARK: Greedy

  private struct Candidate {
    var removedSize: Double
    var cost: Double
    var pair: (Int, Int)
    var remaining: [Labels]
  }

  /// In each step the pair whose meeting makes the operands smallest; of equals the cheapest. Where no
  /// pair is within `limit` elements or below the cost of all at once, the rest meets at once.
  package func greedy(_ inputs: [Labels], limit: Double) -> [[Int]] {
    if inputs.count <= 2 { return [Array(inputs.indices)] }
    let whole = contraction(Array(inputs.indices), inputs)
    let naiveCost = cost(whole.all, isSum: whole.removed != 0, count: inputs.count)
    var inputs = inputs
    var (known, path, pathCost) = ([Candidate](), [[Int]](), 0.0)
    var pairs = Self.pairs(inputs.count)

    func consider(_ pair: (Int, Int)) {
      let met = contraction([pair.0, pair.1], inputs)
      let newSize = size(met.result)
      if newSize > limit { return }
      let own = cost(met.all, isSum: met.removed != 0, count: 2)
      if pathCost + own > naiveCost { return }
      known.append(
        Candidate(
          removedSize: size(inputs[pair.0]) + size(inputs[pair.1]) - newSize, cost: own, pair: pair,
          remaining: met.remaining))
    }
    for _ in 0..<inputs.count - 1 {
      for pair in pairs where inputs[pair.0] & inputs[pair.1] != 0 { consider(pair) }
      if known.isEmpty {
        // Products of what has no label in common come last.
        for pair in Self.pairs(inputs.count) { consider(pair) }
        if known.isEmpty {
          path.append(Array(inputs.indices))
          break
        }
      }
      var best = known[0]
      for candidate in known.dropFirst()
      where candidate.removedSize > best.removedSize
        || candidate.removedSize == best.removedSize && candidate.cost < best.cost
      {
        best = candidate
      }
      known = Self.updated(known, best)
      inputs = best.remaining
      pairs = (0..<inputs.count - 1).map { ($0, inputs.count - 1) }
      path.append([best.pair.0, best.pair.1])
      pathCost += best.cost
    }
    return path
  }

  private static func pairs(_ count: Int) -> [(Int, Int)] {
    (0..<count).flatMap { i in (i + 1..<max(count, i + 1)).map { (i, $0) } }
  }

  /// The other candidates as they are after the best one's step, without those that it used up.
  private static func updated(_ known: [Candidate], _ best: Candidate) -> [Candidate] {
    let (bx, by) = best.pair
    func moved(_ i: Int) -> Int { i - (i > bx ? 1 : 0) - (i > by ? 1 : 0) }
    return known.compactMap { candidate in
      let (x, y) = candidate.pair
      if x == bx || x == by || y == bx || y == by { return nil }
      var next = candidate
      next.remaining.remove(at: by - (by > x ? 1 : 0) - (by > y ? 1 : 0))
      next.remaining.remove(at: bx - (bx > x ? 1 : 0) - (bx > y ? 1 : 0))
      next.remaining.insert(
        best.remaining[best.remaining.count - 1], at: next.remaining.count - 1)
      next.pair = (moved(x), moved(y))
      return next
    }
  }

  // MARK: Optimal

  /// More operands have too many orders to try.
  package static let mostForOptimal = 7

  /// The cheapest of all orders of pairs; of at most `mostForOptimal` operands.
  package func optimal(_ inputs: [Labels], limit: Double) -> [[Int]] {
    struct Partial {
      var cost: Double
      var path: [[Int]]
      var inputs: [Labels]
    }
    func cheapest(_ all: [Partial]) -> Partial? {
      all.min { $0.cost < $1.cost }
    }
    var all = [Partial(cost: 0, path: [], inputs: inputs)]
    for step in 0..<max(inputs.count - 1, 0) {
      var next: [Partial] = []
      for partial in all {
        for (i, j) in Self.pairs(inputs.count - step) {
          let met = contraction([i, j], partial.inputs)
          if size(met.result) > limit { continue }
          next.append(
            Partial(
              cost: partial.cost + cost(met.all, isSum: met.removed != 0, count: 2),
              path: partial.path + [[i, j]], inputs: met.remaining))
        }
      }
      if next.isEmpty {
        return (cheapest(all)?.path ?? []) + [Array(0..<inputs.count - step)]
      }
      all = next
    }
    return cheapest(all)?.path ?? []
  }
}
