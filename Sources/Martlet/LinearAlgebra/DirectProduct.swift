import CMartlet
import MartletIR
import MartletRuntime

/// Small products, done at once: pointers and arrangements go in, nothing is allocated, and no lock
/// is taken. BLAS computes where its call pays, loops of Martlet's own what is smaller, arranged
/// otherwise, or of another type.
package enum DirectProduct {
  /// `c = a b`; all three have the dtype, no size is 0, and `c` overlaps neither. Returns the
  /// floating-point events that users hear of, or nil, where nothing was done, for what is large or
  /// unusual.
  package static func multiply(
    _ dtype: DType, _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) -> FloatingPointEvents? {
    // Sizes of small products multiply without overflow.
    guard c.rows < largest, c.columns < largest, a.columns < largest else { return nil }
    let work = c.rows &* c.columns &* a.columns
    martlet_fp_clear()
    if work > leastForBLAS, let blas = BLASProduct(dtype), BLASProduct.hasType(dtype) {
      guard work < largest else { return nil }
      guard multiply(blas, a, b, into: c) || (work <= mostForLoops && loops(dtype, a, b, into: c))
      else { return nil }
    } else {
      guard work <= mostForLoops, loops(dtype, a, b, into: c) else { return nil }
    }
    return events()
  }

  /// The inner product of a row, conjugated if it is complex, and a column.
  package static func conjugatedDot(
    _ dtype: DType, _ a: MatrixOperand, _ b: MatrixOperand, into c: UnsafeMutableRawPointer
  ) -> FloatingPointEvents? {
    if !dtype.isComplex {
      return multiply(
        dtype, a, b, into: MatrixOperand(c, rows: 1, columns: 1, rowStride: 1, columnStride: 1))
    }
    guard a.columns <= BLASProduct.longestDot, a.columnStride > 0, b.rowStride > 0,
      let blas = BLASProduct(dtype)
    else { return nil }
    martlet_fp_clear()
    blas.dot(a, b, into: c, isConjugated: true)
    return events()
  }

  /// Every element of a column times every element of a row, into contiguous rows.
  package static func outer(
    _ dtype: DType, _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) -> FloatingPointEvents? {
    guard c.rows < largest, c.columns < largest, c.rows &* c.columns < largest else { return nil }
    martlet_fp_clear()
    switch dtype {
    case .float64: outer(Double.self, a, b, into: c, *)
    case .float32: outer(Float.self, a, b, into: c, *)
    case .int64: outer(Int64.self, a, b, into: c, &*)
    case .int32: outer(Int32.self, a, b, into: c, &*)
    default: return nil
    }
    return events()
  }

  /// Multiplications from which on a product is no small one: OpenBLAS shares it among threads, and
  /// the interpreter's lock is given up.
  private static let largest = 1 << 18
  /// Up to here a loop takes less time than a call of BLAS.
  private static let leastForBLAS = 8
  /// From here on a compiled kernel or BLAS after a copy is sooner done.
  private static let mostForLoops = 4096

  @inline(__always)
  private static func events() -> FloatingPointEvents {
    FloatingPointEvents(rawValue: martlet_fp_flags()).intersection(FloatingPointLog.reported)
  }

  // MARK: - BLAS

  /// False where an operand is arranged as BLAS cannot read it, or OpenBLAS might use threads.
  @inline(__always)
  private static func multiply(
    _ blas: BLASProduct, _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand
  ) -> Bool {
    if c.columns == 1 {
      if c.rows == 1 {
        guard a.columns <= BLASProduct.longestDot, a.columnStride > 0, b.rowStride > 0 else {
          return false
        }
        blas.dot(a, b, into: c.pointer)
        return true
      }
      return multiply(blas, a, vector: b, into: c)
    }
    if c.rows == 1 { return multiply(blas, b.transposed, vector: a.transposed, into: c.transposed) }
    guard c.columnStride == 1, c.rowStride >= c.columns, a.form != nil, b.form != nil,
      !BLASProduct.needsAlone(rows: c.rows, columns: c.columns, depth: a.columns)
    else { return false }
    // A symmetric product is symmetric to the last bit.
    if c.rows >= ProductParts.symmetricRows, a.isTranspose(of: b) { return false }
    blas.multiply(a, b, into: c)
    return true
  }

  @inline(__always)
  private static func multiply(
    _ blas: BLASProduct, _ a: MatrixOperand, vector x: MatrixOperand, into y: MatrixOperand
  ) -> Bool {
    guard a.form != nil, x.rows == 1 || x.rowStride > 0, y.rowStride > 0,
      !BLASProduct.needsAlone(rows: a.rows, columns: 1, depth: a.columns)
    else { return false }
    blas.multiply(a, vector: x, into: y)
    return true
  }

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

  @inline(__always)
  private static func outer<Element: BitwiseCopyable>(
    _: Element.Type, _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand,
    _ times: (Element, Element) -> Element
  ) {
    let left = a.pointer.assumingMemoryBound(to: Element.self)
    let right = b.pointer.assumingMemoryBound(to: Element.self)
    var target = c.pointer.assumingMemoryBound(to: Element.self)
    for i in 0..<c.rows {
      let factor = left[i &* a.rowStride]
      if b.columnStride == 1 {
        for j in 0..<c.columns { target[j] = times(factor, right[j]) }
      } else {
        for j in 0..<c.columns { target[j] = times(factor, right[j &* b.columnStride]) }
      }
      target += c.rowStride
    }
  }
}
