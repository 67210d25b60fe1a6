import MartletIR
import MartletRuntime

extension RandomSource {
  /// R. A. Fisher and F. Yates's shuffle of a row, from its end.
  package func shuffle(_ row: UnsafeMutablePointer<Int64>, _ count: Int) {
    var i = count - 1
    while i >= 1 {
      let j = Int(index(upTo: UInt64(i)))
      (row[i], row[j]) = (row[j], row[i])
      i -= 1
    }
  }

  private func shuffleByLemire(_ row: UnsafeMutablePointer<Int64>, _ count: Int, downTo first: Int)
  {
    var i = count - 1
    while i >= first {
      let j = Int(lemire(upTo: UInt64(i)))
      (row[i], row[j]) = (row[j], row[i])
      i -= 1
    }
  }

  /// The same for elements of any size, so many bytes apart.
  package func shuffle(
    bytes row: UnsafeMutableRawPointer, count: Int, stride: Int, size: Int
  ) {
    guard size > 0 else { return }
    withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { spare in
      guard let spare = spare.baseAddress else { return }
      var i = count - 1
      while i >= 1 {
        let j = Int(index(upTo: UInt64(i)))
        if i != j {
          let (a, b) = (row + i * stride, row + j * stride)
          spare.copyMemory(from: a, byteCount: size)
          a.copyMemory(from: b, byteCount: size)
          b.copyMemory(from: spare, byteCount: size)
        }
        i -= 1
      }
    }
  }

  /// So many different integers below `population`, as `Generator.choice` draws them: from the end of a
  /// shuffled row where they are many, else by R. W. Floyd's method (J. Bentley, "Programming pearls: a
  /// sample of brilliance", 1987). `count` is at most `population`.
  package func sample(
    _ population: Int, _ count: Int, isShuffled: Bool, _ target: UnsafeMutablePointer<Int64>
  ) throws(MartletError) {
    if population > 10_000, count > population / (isShuffled ? 50 : 20) {
      let row = try Buffer(byteCount: 8 * population)
      let places = row.pointer.assumingMemoryBound(to: Int64.self)
      for i in 0..<population { places[i] = Int64(i) }
      shuffleByLemire(places, population, downTo: max(population - count, 1))
      target.update(from: places + (population - count), count: count)
      withExtendedLifetime(row) {}
      return
    }
    // A table with room for every one, in which a place is free while it holds no position.
    let wanted = UInt64(1.2 * Double(count))
    let mask = wanted == 0 ? 0 : Int(UInt64.max >> UInt64(wanted.leadingZeroBitCount))
    let table = try Buffer(byteCount: 8 * (mask + 1))
    let slots = table.pointer.assumingMemoryBound(to: Int64.self)
    for i in 0...mask { slots[i] = -1 }
    func insert(_ value: Int64) -> Bool {
      var place = Int(value) & mask
      while slots[place] != -1, slots[place] != value { place = (place + 1) & mask }
      if slots[place] == value { return false }
      slots[place] = value
      return true
    }
    for j in population - count..<population {
      var value = Int64(bitPattern: lemire(upTo: UInt64(j)))
      if !insert(value) {
        value = Int64(j)
        _ = insert(value)
      }
      target[j - (population - count)] = value
    }
    if isShuffled { shuffleByLemire(target, count, downTo: 1) }
    withExtendedLifetime(table) {}
  }
}

/// Weights of so many things, by which one of them is drawn.
package struct ChoiceWeights {
  private var weights: [Double]
  private var sums: [Double] = []

  /// Nil where they are not what NumPy takes: none negative, and their sum 1.
  package init?(_ weights: [Double]) {
    self.weights = weights
    // W. Kahan's sum, as NumPy's.
    var (sum, rest) = (weights.first ?? 0, 0.0)
    for weight in weights.dropFirst() {
      let next = weight - rest
      let total = sum + next
      rest = (total - sum) - next
      sum = total
    }
    guard weights.allSatisfy({ $0 >= 0 }), abs(sum - 1) <= 1.4901161193847656e-08 else {
      return nil
    }
    accumulate()
  }

  package var countOfPositive: Int { weights.count { $0 > 0 } }

  private mutating func accumulate() {
    var sum = 0.0
    sums = weights.map {
      sum += $0
      return sum
    }
    if let total = sums.last { for i in sums.indices { sums[i] /= total } }
  }

  /// The thing that a number from 0 to below 1 falls on.
  package func position(of x: Double) -> Int {
    var (low, high) = (0, sums.count)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] <= x { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// So many different things; there are at least so many of positive weight.
  package mutating func sample(_ count: Int, _ uniform: () -> Double) -> [Int] {
    var found: [Int] = []
    while found.count < count {
      let numbers = (0..<count - found.count).map { _ in uniform() }
      if !found.isEmpty {
        for place in found { weights[place] = 0 }
        accumulate()
      }
      var isNew = Set(found)
      for number in numbers {
        let place = position(of: number)
        // Rounding may leave a number beyond the last.
        guard place < weights.count else { continue }
        if isNew.insert(place).inserted { found.append(place) }
      }
    }
    return found
  }
}
