import MartletIR
import MartletRuntime

/// How a product is cut into parts for the workers, each one call of BLAS on one thread.
///
/// Elements have the same bits for any number of workers: the shapes alone decide how sums and
/// matrices of results are cut. (OpenBLAS's kernels round otherwise at the edges of what they are
/// given, so that cutting by the number of workers would show.)
struct ProductParts {
  let blas: BLASProduct
  private var dtype: DType { blas.dtype }

  /// OpenBLAS's kernels compute tiles of up to 24 rows, and of 4 to 32 columns.
  private static let rowUnit = 24
  private static let columnUnit = 96
  /// OpenBLAS has kernels of their own for up to a million multiplications.
  private static let leastWork = 1 << 20
  /// From here on half the work of a symmetric product is worth a second pass over the result.
  static let symmetricRows = 64
  /// The elements of a matrix that a part of a product with a vector reads.
  private static let vectorElements = 1 << 15
  private static let thin = 4
  /// The longest inner product that is one sum.
  private static let longestSum = 1 << 14

  /// `c = a b`, where the rows of `c` are contiguous, or it is one column.
  func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) -> FloatingPointEvents {
    let span = Profiler.isOn ? Profiler.begin() : nil
    let events = multiplyParts(a, b, into: c)
    if let span { blas.end(span, a, b, c) }
    return events
  }

  private func multiplyParts(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) -> FloatingPointEvents {
    if c.columns == 1 {
      if c.rows == 1 { return dot(a, b, into: c.pointer) }
      return multiply(a, vector: b, into: c)
    }
    if c.rows == 1 { return multiply(b.transposed, vector: a.transposed, into: c.transposed) }
    if c.rows >= Self.symmetricRows, a.isTranspose(of: b) { return multiplySymmetric(a, into: c) }
    if !BLASProduct.needsAlone(rows: c.rows, columns: c.columns, depth: a.columns) {
      _ = FloatingPointEvents.takeFromThread()
      blas.multiply(a, b, into: c)
      return .takeFromThread()
    }
    return OpenBLASThreads.alone(blas.functions) { multiplyLarge(a, b, into: c) }
  }

  // MARK: - Matrices

  private func multiplyLarge(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) -> FloatingPointEvents {
    let byDepth = multiplyByDepth(
      c, depth: a.columns, parts: Self.depthParts(c, a.columns),
      { range, target in
        blas.multiply(
          a.part(columns: range, dtype), b.part(rows: range, dtype), into: target, isPart: true)
      })
    if let byDepth { return byDepth }
    let (height, width) = grid(c.rows, c.columns, a.columns)
    let across = (c.columns - 1) / width + 1
    let down = (c.rows - 1) / height + 1
    return Workers.shared.parallel(count: down * across, mayBeLeft: true) { first, end in
      for i in first..<end {
        let rows = Self.range(i / across, height, c.rows)
        let columns = Self.range(i % across, width, c.columns)
        blas.multiply(
          a.part(rows: rows, dtype), b.part(columns: columns, dtype),
          into: c.part(rows: rows, dtype).part(columns: columns, dtype), isPart: true)
      }
    }
  }

  private static func range(_ i: Int, _ size: Int, _ end: Int) -> Range<Int> {
    i * size..<min((i + 1) * size, end)
  }

  /// How many parts a matrix of results is cut into, as far as each has enough work: the more there
  /// are the more packing there is, and the more workers can share it.
  private static func partCount(_ rows: Int, _ columns: Int) -> Int {
    let area = Double(rows) * Double(columns)
    var count = area < 4 * smallPartArea ? 2 : 4
    while count < mostParts, area >= 2 * Double(count) * partArea { count *= 2 }
    return count
  }

  private static let smallPartArea = 65_536.0
  private static let partArea = 131_072.0
  private static let mostParts = 64

  /// The height and width of parts: those with the fewest rows and columns to pack.
  private func grid(_ rows: Int, _ columns: Int, _ depth: Int) -> (height: Int, width: Int) {
    let count = Self.partCount(rows, columns)
    var best = (height: rows, width: columns)
    var leastCost = Double.infinity
    var down = 1
    while down <= count {
      let height = Self.size(rows, in: down, Self.rowUnit)
      let width = Self.size(columns, in: count / down, Self.columnUnit)
      down *= 2
      guard isEnough(rows, height, columns, width, depth) else { continue }
      // Packing an element costs some ten multiplications.
      let cost = Double(height) * Double(width) + 10 * Double(height + width)
      if cost < leastCost { (best, leastCost) = ((height, width), cost) }
    }
    return best
  }

  /// Of `count` parts of about the same size, a multiple of `unit`, the size.
  private static func size(_ total: Int, in count: Int, _ unit: Int) -> Int {
    let size = (total - 1) / max(count, 1) + 1
    return min((size + unit - 1) / unit * unit, total)
  }

  /// Whether the last part, which is the smallest, has enough work, or there is one part alone.
  private func isEnough(
    _ rows: Int, _ height: Int, _ columns: Int, _ width: Int, _ depth: Int
  ) -> Bool {
    if height == rows, width == columns { return true }
    let lastRows = (rows - 1) % height + 1
    let lastColumns = (columns - 1) % width + 1
    return Double(lastRows) * Double(lastColumns) * Double(depth) > Double(Self.leastWork)
  }

  // MARK: - Long sums

  private static let leastDepth = 1024
  private static let mostDepthParts = 16
  private static let mostVectorParts = 8
  private static let mostDepthArea = 1 << 16

  /// How many parts of the sums a small matrix of long sums is cut into; 1 for others.
  private static func depthParts(_ c: MatrixOperand, _ depth: Int) -> Int {
    let area = c.rows * c.columns
    guard area <= mostDepthArea, depth >= 8 * max(c.rows, c.columns) else { return 1 }
    return min(depth / leastDepth, depth * area / leastWork, mostDepthParts)
  }

  /// Each part computes some terms of all sums; they are added up in order. Nil where there is but
  /// one part, or memory is short.
  private func multiplyByDepth(
    _ c: MatrixOperand, depth: Int, parts wanted: Int,
    _ part: @Sendable (Range<Int>, MatrixOperand) -> Void
  ) -> FloatingPointEvents? {
    guard wanted > 1 else { return nil }
    let area = c.rows * c.columns
    let size = (depth - 1) / wanted + 1
    let parts = (depth - 1) / size + 1
    guard let terms = try? Buffer(byteCount: (parts - 1) * area * dtype.itemSize) else {
      return nil
    }
    let first = MatrixOperand(
      terms.pointer, rows: c.rows, columns: c.columns, rowStride: c.columns, columnStride: 1)
    @Sendable func target(_ i: Int) -> MatrixOperand {
      if i == 0 { return c }
      var result = first
      result.pointer += (i - 1) * area * dtype.itemSize
      return result
    }
    var events = Workers.shared.parallel(count: parts, mayBeLeft: true) { first, end in
      for i in first..<end { part(Self.range(i, size, depth), target(i)) }
    }
    _ = FloatingPointEvents.takeFromThread()
    for i in 1..<parts {
      if dtype.realType == .float32 {
        add(target(i), to: c, as: Float.self)
      } else {
        add(target(i), to: c, as: Double.self)
      }
    }
    events.formUnion(.takeFromThread())
    withExtendedLifetime(terms) {}
    return events
  }

  /// Reals in an element.
  private var reals: Int { dtype.isComplex ? 2 : 1 }

  private func add<Real: BinaryFloatingPoint>(
    _ a: MatrixOperand, to c: MatrixOperand, as: Real.Type
  ) {
    if c.columns == 1, c.rows > 1, c.rowStride == 1 {
      return add(a.transposed, to: c.transposed, as: Real.self)
    }
    for i in 0..<c.rows {
      let from = a.pointer.assumingMemoryBound(to: Real.self) + i * a.rowStride * reals
      let to = c.pointer.assumingMemoryBound(to: Real.self) + i * c.rowStride * reals
      for j in 0..<c.columns * reals { to[j] += from[j] }
    }
  }

  // MARK: - Symmetric products

  /// From here on a symmetric product is cut.
  private static let leastCutSymmetric = 256
  /// Blocks on the diagonal of one that is cut, for each so many rows of it.
  private static let rowsForBlocks = 1024

  /// `c = a aᵀ`: the upper triangle is computed, the lower one copied from it.
  private func multiplySymmetric(_ a: MatrixOperand, into c: MatrixOperand) -> FloatingPointEvents {
    OpenBLASThreads.alone(blas.functions) {
      let byDepth = multiplyByDepth(
        c, depth: a.columns, parts: Self.depthParts(c, a.columns),
        { range, target in
          blas.multiplyByTranspose(a.part(columns: range, dtype), into: target)
        })
      let events = byDepth ?? multiplyBlocks(a, into: c)
      switch dtype {
      case .float32: mirror(c, as: Float.self)
      case .float64: mirror(c, as: Double.self)
      case .complex64: mirror(c, as: SIMD2<Float>.self)
      default: mirror(c, as: SIMD2<Double>.self)
      }
      return events
    }
  }

  /// In blocks: those on the diagonal take half the work, what is right of them are products like
  /// others, which go first. How many blocks there are on the diagonal depends on the size alone, so
  /// that an element is always in such a one or in none.
  private func multiplyBlocks(_ a: MatrixOperand, into c: MatrixOperand) -> FloatingPointEvents {
    let n = c.rows
    let count = n < Self.leastCutSymmetric ? 1 : 2 * ((n - 1) / Self.rowsForBlocks + 1)
    let size = Self.size(n, in: count, Self.columnUnit)
    let onDiagonal = (n - 1) / size + 1
    let others = onDiagonal * (onDiagonal - 1) / 2
    return Workers.shared.parallel(count: others + onDiagonal, mayBeLeft: true) { first, end in
      for i in first..<end {
        if i >= others {
          let rows = Self.range(i - others, size, n)
          let target = c.part(rows: rows, dtype).part(columns: rows, dtype)
          blas.multiplyByTranspose(a.part(rows: rows, dtype), into: target)
          continue
        }
        // Number i of the places above the diagonal, row by row.
        var (down, rest) = (0, i)
        while rest >= onDiagonal - 1 - down {
          rest -= onDiagonal - 1 - down
          down += 1
        }
        let rows = Self.range(down, size, n)
        let columns = Self.range(down + 1 + rest, size, n)
        blas.multiply(
          a.part(rows: rows, dtype), a.part(rows: columns, dtype).transposed,
          into: c.part(rows: rows, dtype).part(columns: columns, dtype), isPart: true)
      }
    }
  }

  /// Copies the upper triangle to the lower one, in tiles that stay in cache.
  private func mirror<Element>(_ c: MatrixOperand, as: Element.Type) {
    let (size, stride, tile) = (c.rows, c.rowStride, 32)
    Workers.shared.parallel(count: (size - 1) / tile + 1, grain: 4) { first, end in
      let elements = c.pointer.assumingMemoryBound(to: Element.self)
      for top in Swift.stride(from: first * tile, to: min(end * tile, size), by: tile) {
        for left in Swift.stride(from: 0, through: top, by: tile) {
          for row in top..<min(top + tile, size) {
            for column in left..<min(left + tile, row) {
              elements[row * stride + column] = elements[column * stride + row]
            }
          }
        }
      }
    }
  }

  // MARK: - Vectors

  /// `y = a x`, cut into rows by the shape alone.
  private func multiply(
    _ a: MatrixOperand, vector x: MatrixOperand, into y: MatrixOperand
  ) -> FloatingPointEvents {
    if !BLASProduct.needsAlone(rows: a.rows, columns: 1, depth: a.columns) {
      _ = FloatingPointEvents.takeFromThread()
      blas.multiply(a, vector: x, into: y)
      return .takeFromThread()
    }
    let elements = a.rows * a.columns
    // Rows of contiguous columns are far apart: a part takes some columns, which lie together.
    if a.columnStride != 1, a.rows <= Self.mostDepthArea {
      let parts = min(elements / (4 * Self.vectorElements), a.columns, Self.mostVectorParts)
      let byDepth = OpenBLASThreads.alone(blas.functions) {
        multiplyByDepth(
          y, depth: a.columns, parts: parts,
          { range, target in
            blas.multiply(
              a.part(columns: range, dtype), vector: x.part(rows: range, dtype), into: target)
          })
      }
      if let byDepth { return byDepth }
    }
    // OpenBLAS is slow with rows of a few elements of this type.
    let isThin = a.columns <= Self.thin && dtype == .float64
    let height = max(4, (Self.vectorElements / a.columns + 15) / 16 * 16)
    return OpenBLASThreads.alone(blas.functions) {
      Workers.shared.parallel(count: (a.rows - 1) / height + 1) { first, end in
        for i in first..<end {
          let rows = Self.range(i, height, a.rows)
          let (part, target) = (a.part(rows: rows, dtype), y.part(rows: rows, dtype))
          if isThin, DirectProduct.loops(dtype, part, x, into: target) { continue }
          blas.multiply(part, vector: x, into: target)
        }
      }
    }
  }

  /// One row times one column, in pieces that are added up in order.
  private func dot(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: UnsafeMutableRawPointer
  ) -> FloatingPointEvents {
    let (length, piece) = (a.columns, Self.longestSum)
    if length <= BLASProduct.longestDot {
      _ = FloatingPointEvents.takeFromThread()
      blas.dot(a, b, into: c)
      return .takeFromThread()
    }
    let pieces = (length - 1) / piece + 1
    return withUnsafeTemporaryAllocation(byteCount: pieces * 16, alignment: 16) { memory in
      guard let base = memory.baseAddress else { return [] }
      // The pieces are written by one thread each, and read when all have ended.
      nonisolated(unsafe) let sums = base
      var events = OpenBLASThreads.alone(blas.functions) {
        Workers.shared.parallel(count: pieces, grain: 2) { first, end in
          for i in first..<end {
            let range = Self.range(i, piece, length)
            blas.dot(
              a.part(columns: range, dtype), b.part(rows: range, dtype),
              into: sums + i * dtype.itemSize)
          }
        }
      }
      _ = FloatingPointEvents.takeFromThread()
      if dtype.realType == .float32 {
        sum(sums, pieces, as: Float.self)
      } else {
        sum(sums, pieces, as: Double.self)
      }
      c.copyMemory(from: sums, byteCount: dtype.itemSize)
      events.formUnion(.takeFromThread())
      return events
    }
  }

  /// Adds up numbers into the first of them, by halves, so that the error grows with the logarithm of
  /// how many there are.
  private func sum<Real: BinaryFloatingPoint>(
    _ terms: UnsafeMutableRawPointer, _ count: Int, as: Real.Type
  ) {
    let terms = terms.assumingMemoryBound(to: Real.self)
    var left = count
    while left > 1 {
      let half = (left + 1) / 2
      for i in 0..<(left - half) * reals { terms[i] += terms[half * reals + i] }
      left = half
    }
  }
}
