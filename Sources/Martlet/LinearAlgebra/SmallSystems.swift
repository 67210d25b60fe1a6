import CMartlet
import Glibc
import MartletIR
import MartletRuntime
import Synchronization

/// Many small systems of equations: elimination with row exchanges, several matrices at a time, one
/// in each lane of a vector. LAPACK takes a microsecond for each, most of it around the arithmetic.
///
/// The last bits are not LAPACK's, and a matrix that is singular but for rounding may be found
/// singular by one and not by the other.
enum SmallSystems {
  private static let largestSide = 16
  private static let mostColumns = 64
  /// With fewer matrices LAPACK does it.
  private static let leastBatch = 16

  private typealias Lanes = SIMD4<Double>
  private static let lanes = 4
  /// Multiplications of a task.
  private static let taskWork = 1 << 15

  private static func isFit(_ batch: Shape, _ n: Int, _ columns: Int, _ dtype: DType) -> Bool {
    !dtype.isComplex && n > 0 && n <= largestSide && columns <= mostColumns
      && batch.elementCount >= leastBatch
  }

  /// The solutions of `a x = b`, or the inverses, in C order, NaN where a matrix is singular; nil
  /// where LAPACK is to do it.
  static func solve(
    _ a: NDArray, _ b: NDArray?, batch: Shape, _ dtype: DType, columns: Int
  ) throws(MartletError) -> (solution: NDArray, isComplete: Bool)? {
    let n = a.shape[a.rank - 1]
    guard isFit(batch, n, columns, dtype) else { return nil }
    let left = try Source(a, batch)
    let right = try b.map { (b) throws(MartletError) in try Source(b, batch) }
    let result = try NDArray(uninitialised: batch + Shape([n, columns]), .float64)
    nonisolated(unsafe) let target = try result.pointer().assumingMemoryBound(to: Double.self)
    let width = n + columns
    let anyFailed = Atomic<Bool>(false)
    try forEachGroup(of: batch.elementCount, n: n, width: width) { first, count, cells in
      left.load(first, count, into: cells, width: width, rows: n, columns: n)
      if let right {
        right.load(first, count, into: cells + n, width: width, rows: n, columns: columns)
      } else {
        for row in 0..<n {
          for column in 0..<n {
            cells[row &* width &+ n &+ column] = Lanes(repeating: row == column ? 1 : 0)
          }
        }
      }
      var sign = Lanes(repeating: 1)
      let isSingular = eliminate(cells, n, width, &sign)
      substitute(cells, n, width)
      for lane in 0..<count {
        let own = target + (first &+ lane) &* n &* columns
        let failed = isSingular[lane]
        if failed { anyFailed.store(true, ordering: .relaxed) }
        for row in 0..<n {
          for column in 0..<columns {
            own[row &* columns &+ column] =
              failed ? .nan : cells[row &* width &+ n &+ column][lane]
          }
        }
      }
    }
    withExtendedLifetime((left, right)) {}
    return (try result.settled(dtype), !anyFailed.load(ordering: .relaxed))
  }

  /// The determinants; nil where LAPACK is to do it.
  static func determinant(
    _ a: NDArray, batch: Shape, _ dtype: DType
  ) throws(MartletError) -> NDArray? {
    let n = a.shape[a.rank - 1]
    guard isFit(batch, n, 0, dtype) else { return nil }
    let source = try Source(a, batch)
    let result = try NDArray(uninitialised: batch, .float64)
    nonisolated(unsafe) let target = try result.pointer().assumingMemoryBound(to: Double.self)
    let isExtreme = Atomic<Bool>(false)
    try forEachGroup(of: batch.elementCount, n: n, width: n) { first, count, cells in
      source.load(first, count, into: cells, width: n, rows: n, columns: n)
      var product = Lanes(repeating: 1)
      let isSingular = eliminate(cells, n, n, &product)
      for i in 0..<n { product *= cells[i &* n &+ i] }
      for lane in 0..<count {
        var value = product[lane]
        if isSingular[lane] {
          value = 0
        } else if value == 0 || !value.isFinite {
          // What lies between may have been too large or too small.
          isExtreme.store(true, ordering: .relaxed)
          value = byLogarithms(cells, n, lane)
        }
        target[first &+ lane] = value
      }
    }
    withExtendedLifetime(source) {}
    if isExtreme.load(ordering: .relaxed) {
      try result.report([.overflow], as: "det", from: [a])
    }
    return try result.settled(dtype)
  }

  /// The product of one lane's diagonal. How often rows were exchanged is in the product's sign, unless
  /// that is no number: then so is this.
  private static func byLogarithms(
    _ cells: UnsafeMutablePointer<Lanes>, _ n: Int, _ lane: Int
  ) -> Double {
    var (sign, logarithm) = (cells[n &* n][lane], 0.0)
    for i in 0..<n {
      let element = cells[i &* n &+ i][lane]
      if element < 0 { sign = -sign }
      logarithm += Glibc.log(abs(element))
    }
    return sign * Glibc.exp(logarithm)
  }

  // MARK: - Groups of matrices

  /// Where matrices come from.
  private struct Source: @unchecked Sendable {
    // Unchecked: threads only read.
    let array: NDArray
    let layout: Layout
    let base: UnsafePointer<Double>

    init(_ a: NDArray, _ batch: Shape) throws(MartletError) {
      let rank = a.rank
      array = try a.dtype == .float64 ? a : a.asType(.float64)
      layout = try array.broadcast(
        to: batch + Shape([a.shape[rank - 2], a.shape[rank - 1]])
      ).layout
      base = UnsafePointer(try array.storage.evaluated().assumingMemoryBound(to: Double.self))
    }

    /// A matrix in each lane; the last one again where there are no more.
    @inline(__always)
    func load(
      _ first: Int, _ count: Int, into cells: UnsafeMutablePointer<Lanes>, width: Int, rows: Int,
      columns: Int
    ) {
      let rank = layout.rank
      let (down, along) = (layout.strides[rank - 2], layout.strides[rank - 1])
      var starts = InlineArray<4, UnsafePointer<Double>>(repeating: base)
      for lane in 0..<SmallSystems.lanes {
        starts[lane] = base + offset(min(first &+ lane, first &+ count &- 1))
      }
      let (a, b, c, d) = (starts[0], starts[1], starts[2], starts[3])
      for row in 0..<rows {
        for column in 0..<columns {
          let place = row &* down &+ column &* along
          cells[row &* width &+ column] = Lanes(a[place], b[place], c[place], d[place])
        }
      }
    }

    @inline(__always)
    private func offset(_ matrix: Int) -> Int {
      let rank = layout.rank
      if rank == 3 { return layout.offset &+ matrix &* layout.strides[0] }
      return layout.matrix(matrix).offset
    }
  }

  /// Calls `body` for the first of each few matrices and how many there are, with cells for
  /// them and one more.
  private static func forEachGroup(
    of batch: Int, n: Int, width: Int,
    _ body: @Sendable (Int, Int, UnsafeMutablePointer<Lanes>) -> Void
  ) throws(MartletError) {
    let groups = (batch - 1) / lanes + 1
    let grain = max(1, taskWork / (lanes * n * n * width))
    let tasks = (groups - 1) / grain + 1
    // As many scratch rows as there may be threads at work; a task takes the next that is free.
    let cellCount = n * width + 1
    let pool = try ScratchPool(
      bytes: cellCount * MemoryLayout<Lanes>.stride, count: min(tasks, Workers.shared.threads))
    let flags = martlet_fp_flags()
    Workers.shared.parallel(count: groups, grain: grain, mayBeLeft: true) { begin, end in
      pool.use { scratch in
        let cells = scratch.assumingMemoryBound(to: Lanes.self)
        for group in begin..<end {
          let first = group &* lanes
          body(first, min(lanes, batch &- first), cells)
        }
      }
    }
    martlet_fp_clear()
    if flags != 0 { martlet_fp_raise(flags) }
    try StoppableWork.check()
  }

  // MARK: - Arithmetic

  /// Brings the first `n` columns into upper triangular form, with the largest element of a column
  /// first. `sign` turns with each exchange, and is left behind the cells. Returns which lanes are
  /// singular: a pivot of theirs is 0.
  @inline(__always)
  private static func eliminate(
    _ cells: UnsafeMutablePointer<Lanes>, _ n: Int, _ width: Int, _ sign: inout Lanes
  ) -> SIMDMask<SIMD4<Int64>> {
    var isSingular = SIMDMask<SIMD4<Int64>>(repeating: false)
    for column in 0..<n {
      let pivotRow = cells + column &* width
      var largest = magnitude(pivotRow[column])
      for row in column &+ 1..<max(n, column &+ 1) {
        let other = cells + row &* width
        let size = magnitude(other[column])
        let isLarger = size .> largest
        guard any(isLarger) else { continue }
        largest.replace(with: size, where: isLarger)
        sign.replace(with: -sign, where: isLarger)
        for i in column..<width {
          let (x, y) = (pivotRow[i], other[i])
          pivotRow[i] = x.replacing(with: y, where: isLarger)
          other[i] = y.replacing(with: x, where: isLarger)
        }
      }
      let pivot = pivotRow[column]
      let isZero = pivot .== 0
      isSingular = isSingular .| isZero
      let divisor = pivot.replacing(with: 1, where: isZero)
      for row in column &+ 1..<max(n, column &+ 1) {
        let other = cells + row &* width
        let factor = other[column] / divisor
        for i in column &+ 1..<max(width, column &+ 1) { other[i] -= factor * pivotRow[i] }
      }
    }
    cells[n &* width] = sign
    return isSingular
  }

  /// Replaces the columns behind the triangle by its solutions.
  @inline(__always)
  private static func substitute(
    _ cells: UnsafeMutablePointer<Lanes>, _ n: Int, _ width: Int
  ) {
    for step in 0..<n {
      let column = n &- 1 &- step
      let solved = cells + column &* width
      let divisor = solved[column]
      for i in n..<width { solved[i] /= divisor }
      for row in 0..<column {
        let other = cells + row &* width
        let factor = other[column]
        for i in n..<width { other[i] -= factor * solved[i] }
      }
    }
  }

  @inline(__always)
  private static func magnitude(_ x: Lanes) -> Lanes {
    Lanes(bitPattern: x.bits & SIMD4<UInt64>(repeating: 0x7fff_ffff_ffff_ffff))
  }
}

extension SIMD4<Double> {
  @inline(__always)
  fileprivate var bits: SIMD4<UInt64> { unsafeBitCast(self, to: SIMD4<UInt64>.self) }

  @inline(__always)
  fileprivate init(bitPattern bits: SIMD4<UInt64>) {
    self = unsafeBitCast(bits, to: SIMD4<Double>.self)
  }
}
