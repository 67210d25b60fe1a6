import MartletIR

/// Copies of small operands as BLAS reads them: contiguous, and of the product's type.
enum DirectPacking {
  /// Whether `copy` knows both conversions.
  static func canConvert(_ types: (DType, DType), to dtype: DType) -> Bool {
    dtype == .float64 ? isReal(types.0) && isReal(types.1) : false
  }

  private static func isReal(_ dtype: DType) -> Bool {
    switch dtype {
    case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32,
      .float64:
      true
    default: false
    }
  }

  /// Copies elements to contiguous rows; false where the conversion is none of those known.
  static func copy(
    _ source: DType, _ a: MatrixOperand, _ dtype: DType, to c: MatrixOperand
  ) -> Bool {
    if source == dtype {
      switch dtype {
      case .float32: copy(a, to: c) { (x: Float) in x }
      case .float64: copy(a, to: c) { (x: Double) in x }
      case .complex64: copy(a, to: c) { (x: SIMD2<Float>) in x }
      case .complex128: copy(a, to: c) { (x: SIMD2<Double>) in x }
      default: return false
      }
      return true
    }
    guard dtype == .float64 else { return false }
    switch source {
    case .bool, .uint8: copy(a, to: c) { (x: UInt8) in Double(x) }
    case .int8: copy(a, to: c) { (x: Int8) in Double(x) }
    case .int16: copy(a, to: c) { (x: Int16) in Double(x) }
    case .uint16: copy(a, to: c) { (x: UInt16) in Double(x) }
    case .int32: copy(a, to: c) { (x: Int32) in Double(x) }
    case .uint32: copy(a, to: c) { (x: UInt32) in Double(x) }
    case .int64: copy(a, to: c) { (x: Int64) in Double(x) }
    case .uint64: copy(a, to: c) { (x: UInt64) in Double(x) }
    case .float32: copy(a, to: c) { (x: Float) in Double(x) }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func copy<Source, Target>(
    _ a: MatrixOperand, to c: MatrixOperand, _ convert: (Source) -> Target
  ) {
    let from = a.pointer.assumingMemoryBound(to: Source.self)
    let to = c.pointer.assumingMemoryBound(to: Target.self)
    var i = 0
    while i < c.rows {
      var p = from + i &* a.rowStride
      var q = to + i &* c.rowStride
      var j = c.columns
      while j > 0 {
        q.pointee = convert(p.pointee)
        p += a.columnStride
        q += 1
        j &-= 1
      }
      i &+= 1
    }
  }
}
