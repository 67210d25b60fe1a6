import CMartlet
import MartletIR
import MartletRuntime

/// Small products, done at once: pointers and arrangements go in, and nothing is allocated but where
/// operands must be copied. BLAS computes where its call pays, loops of Martlet's own what is smaller
/// or of another type.
package enum DirectProduct {
  /// `c = a b`, where `c` overlaps neither operand, and no size is 0. Returns the floating-point events
  /// that users hear of, or nil, where nothing was done, for what is large or unusual.
  ///
  /// - Parameters:
  ///   - types: Of the elements of `a` and `b`.
  ///   - dtype: That of `c`, which theirs promote to.
  package static func multiply(
    _ types: (DType, DType), _ a: MatrixOperand, _ b: MatrixOperand, _ dtype: DType,
    into c: MatrixOperand
  ) -> FloatingPointEvents? {
    // Sizes of small products multiply without overflow.
    guard c.rows <= largest, c.columns <= largest, a.columns <= largest,
      c.rows &* c.columns <= largest
    else { return nil }
    let work = c.rows &* c.columns &* a.columns
    let span = Profiler.isOn ? Profiler.begin() : nil
    defer {
      if let span { record(span, a, b, dtype, c) }
    }
    guard types.0 == dtype, types.1 == dtype else {
      guard work <= largest, DirectPacking.canConvert(types, to: dtype) else { return nil }
      return packed(types, a, b, dtype, into: c)
    }
    martlet_fp_clear()
    if work > leastForBLAS, BLASProduct.hasType(dtype), let blas = BLASProduct(dtype) {
      let isSlower = dtype.isComplex || c.rows == 1 || c.columns == 1
      guard work <= (isSlower ? largest / 4 : largest) else { return nil }
      switch arrangement(a, b, c) {
      case .fit:
        if isShared(a, b, c) {
          return ProductParts(blas: blas).multiply(a, b, into: c)
            .intersection(GlobalState.reported)
        }
        multiply(blas, a, b, into: c)
      case .scattered: return packed(types, a, b, dtype, into: c)
      case .other:
        guard work <= mostForLoops, loops(dtype, a, b, into: c) else { return nil }
      }
    } else {
      guard work <= mostForLoops, loops(dtype, a, b, into: c) else { return nil }
    }
    return events()
  }

  @inline(never)
  private static func record(
    _ span: Profiler.Span, _ a: MatrixOperand, _ b: MatrixOperand, _ dtype: DType,
    _ c: MatrixOperand
  ) {
    Profiler.end(
      span, .direct, "matmul",
      bytes: (a.rows &* a.columns &+ b.rows &* b.columns &+ c.rows &* c.columns) &* dtype.itemSize,
      operations: 2 &* c.rows &* c.columns &* a.columns)
  }

  /// The same for as many pairs of matrices, each so many elements from the last; 0 for one that all
  /// pairs have in common.
  package static func multiplyEach(
    _ count: Int, _ dtype: DType, _ a: MatrixOperand, _ stepA: Int, _ b: MatrixOperand,
    _ stepB: Int, into c: MatrixOperand
  ) -> FloatingPointEvents? {
    let size = dtype.itemSize
    var (left, right, target) = (a, b, c)
    var events = FloatingPointEvents()
    guard count <= largest, c.rows <= largest, c.columns <= largest, a.columns <= largest,
      c.rows &* c.columns <= largest, c.rows &* c.columns &* a.columns &* count <= largest
    else { return nil }
    for _ in 0..<count {
      guard let raised = multiply((dtype, dtype), left, right, dtype, into: target) else {
        return nil
      }
      events.formUnion(raised)
      left.pointer += stepA &* size
      right.pointer += stepB &* size
      target.pointer += c.rows &* c.columns &* size
    }
    return events
  }

  /// The inner product of a row, conjugated if it is complex, and a column.
  package static func conjugatedDot(
    _ dtype: DType, _ a: MatrixOperand, _ b: MatrixOperand, into c: UnsafeMutableRawPointer
  ) -> FloatingPointEvents? {
    if !dtype.isComplex {
      let cell = MatrixOperand(c, rows: 1, columns: 1, rowStride: 1, columnStride: 1)
      return multiply((dtype, dtype), a, b, dtype, into: cell)
    }
    guard a.columns <= BLASProduct.longestDot, a.columnStride > 0, b.rowStride > 0,
      let blas = BLASProduct(dtype)
    else { return nil }
    martlet_fp_clear()
    blas.dot(a, b, into: c, isConjugated: true)
    return events()
  }

  /// Multiplications of the largest small product, which takes some 40 µs: the largest that OpenBLAS
  /// does not share among threads.
  package static let largest = 1 << 20
  /// Up to here a loop takes less time than a call of BLAS.
  private static let leastForBLAS = 8
  /// From here on a compiled kernel or BLAS after a copy is sooner done.
  private static let mostForLoops = 4096

  @inline(__always)
  private static func events() -> FloatingPointEvents {
    FloatingPointEvents(rawValue: martlet_fp_flags()).intersection(GlobalState.reported)
  }

  // MARK: - BLAS

  private enum Arrangement {
    /// BLAS reads and writes the matrices where they are.
    case fit
    /// It does with copies of the operands.
    case scattered
    case other
  }

  @inline(__always)
  private static func arrangement(
    _ a: MatrixOperand, _ b: MatrixOperand, _ c: MatrixOperand
  ) -> Arrangement {
    if c.columns == 1 {
      if c.rows == 1 { return a.columnStride > 0 && b.rowStride > 0 ? .fit : .scattered }
      guard c.rowStride > 0 else { return .other }
      return a.form != nil && (b.rows == 1 || b.rowStride > 0) ? .fit : .scattered
    }
    if c.rows == 1 {
      guard c.columnStride > 0 else { return .other }
      return b.form != nil && (a.columns == 1 || a.columnStride > 0) ? .fit : .scattered
    }
    guard c.columnStride == 1, c.rowStride >= c.columns else { return .other }
    return a.form != nil && b.form != nil ? .fit : .scattered
  }

  /// Whether OpenBLAS might share the work, or it is to be done in a way of its own.
  @inline(__always)
  private static func isShared(
    _ a: MatrixOperand, _ b: MatrixOperand, _ c: MatrixOperand
  ) -> Bool {
    BLASProduct.needsAlone(rows: c.rows, columns: c.columns, depth: a.columns)
      || a.columns > BLASProduct.longestDot
      || (c.rows >= ProductParts.symmetricRows && a.isTranspose(of: b))
  }

  @inline(__always)
  private static func multiply(
    _ blas: BLASProduct, _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) {
    if c.columns == 1 {
      if c.rows == 1 { return blas.dot(a, b, into: c.pointer) }
      return blas.multiply(a, vector: b, into: c)
    }
    if c.rows == 1 {
      return blas.multiply(b.transposed, vector: a.transposed, into: c.transposed)
    }
    blas.multiply(a, b, into: c)
  }

  /// The product of copies, contiguous and of the result's type; nil where they would be large.
  @inline(never)
  private static func packed(
    _ types: (DType, DType), _ a: MatrixOperand, _ b: MatrixOperand, _ dtype: DType,
    into c: MatrixOperand
  ) -> FloatingPointEvents? {
    // What has a form is read where it is, if it has the type.
    let (keepsA, keepsB) = (types.0 == dtype && a.form != nil, types.1 == dtype && b.form != nil)
    let first = keepsA ? 0 : a.rows &* a.columns
    let second = keepsB ? 0 : b.rows &* b.columns
    guard first &+ second <= mostPacked else { return nil }
    return withUnsafeTemporaryAllocation(
      byteCount: (first &+ second) &* dtype.itemSize, alignment: 64
    ) { memory in
      guard let base = memory.baseAddress else { return nil }
      var (left, right) = (a, b)
      martlet_fp_clear()
      if !keepsA {
        left = MatrixOperand(
          base, rows: a.rows, columns: a.columns, rowStride: a.columns, columnStride: 1)
        guard DirectPacking.copy(types.0, a, dtype, to: left) else { return nil }
      }
      if !keepsB {
        right = MatrixOperand(
          base + first &* dtype.itemSize, rows: b.rows, columns: b.columns, rowStride: b.columns,
          columnStride: 1)
        guard DirectPacking.copy(types.1, b, dtype, to: right) else { return nil }
      }
      let converting = events()
      return multiply((dtype, dtype), left, right, dtype, into: c)?.union(converting)
    }
  }

  /// Elements that are copied.
  private static let mostPacked = 16_000

  // MARK: - Loops

  /// False for a type that has none.
  static func loops(
    _ dtype: DType, _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) -> Bool {
    switch dtype {
    case .float64: loops(Double.self, 0, a, b, into: c) { $0 + $1 * $2 }
    case .float32: loops(Float.self, 0, a, b, into: c) { $0 + $1 * $2 }
    case .complex128:
      loops(SIMD2<Double>.self, .zero, a, b, into: c) { $0 + product($1, $2) }
    case .complex64:
      loops(SIMD2<Float>.self, .zero, a, b, into: c) { $0 + product($1, $2) }
    case .int64, .uint64: loops(Int64.self, 0, a, b, into: c) { $0 &+ $1 &* $2 }
    case .int32, .uint32: loops(Int32.self, 0, a, b, into: c) { $0 &+ $1 &* $2 }
    case .int16, .uint16: loops(Int16.self, 0, a, b, into: c) { $0 &+ $1 &* $2 }
    case .int8, .uint8: loops(Int8.self, 0, a, b, into: c) { $0 &+ $1 &* $2 }
    case .bool: loops(UInt8.self, 0, a, b, into: c) { $0 | $1 & $2 }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func loops<Element: BitwiseCopyable>(
    _: Element.Type, _ zero: Element, _ a: MatrixOperand, _ b: MatrixOperand,
    into c: MatrixOperand, _ term: (Element, Element, Element) -> Element
  ) {
    let left = a.pointer.assumingMemoryBound(to: Element.self)
    let right = b.pointer.assumingMemoryBound(to: Element.self)
    let target = c.pointer.assumingMemoryBound(to: Element.self)
    var i = 0
    while i < c.rows {
      var j = 0
      while j < c.columns {
        var sum = zero
        var (p, q) = (left + i &* a.rowStride, right + j &* b.columnStride)
        var k = a.columns
        while k > 0 {
          sum = term(sum, p.pointee, q.pointee)
          p += a.columnStride
          q += b.rowStride
          k &-= 1
        }
        target[i &* c.rowStride &+ j &* c.columnStride] = sum
        j &+= 1
      }
      i &+= 1
    }
  }

  @inline(__always)
  private static func product<Real: BinaryFloatingPoint>(
    _ a: SIMD2<Real>, _ b: SIMD2<Real>
  ) -> SIMD2<Real> {
    SIMD2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
  }
}
