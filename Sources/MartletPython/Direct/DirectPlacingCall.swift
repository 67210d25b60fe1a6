import CPythonABI
import Martlet
import MartletIR

/// The Python door to elements that are replaced one by one (`DirectPlacing`). False means that the
/// general way must.
enum DirectPlacingCall {
  /// Larger arrays are the general way's, which can be stopped.
  private static let limit = 1 << 15

  /// `put`: at positions in C order.
  static func put(_ object: Ref, _ positions: Ref, _ values: Ref) -> Bool {
    guard ArrayObject.isExact(positions) else { return false }
    let places = ArrayObject.state(positions)
    guard places.pointee.dtype == .int64, places.pointee.layout.count < limit else { return false }
    return withRow(of: positions, apartFrom: object) { positions in
      let count = places.pointee.layout.count
      if count == 0 { return true }
      return place(object, values, .sameKind) {
        $0.put(positions.assumingMemoryBound(to: Int.self), count: count)
      }
    }
  }

  /// `putmask` and, in turn, `place`: where a mask of the array's shape is true.
  static func replace(
    _ object: Ref, where mask: Ref, _ values: Ref, inTurn: Bool
  ) -> Bool {
    guard ArrayObject.state(mask).pointee.layout.count < limit else { return false }
    return withRow(of: mask, apartFrom: object) { mask in
      place(object, values, .safe) {
        $0.replace(where: mask.assumingMemoryBound(to: UInt8.self), inTurn: inTurn)
        return true
      }
    }
  }

  /// Runs a body with an array's elements in one row that is no part of another array.
  private static func withRow(
    of object: Ref, apartFrom other: Ref,
    _ body: (UnsafeRawPointer) -> Bool
  ) -> Bool {
    let state = ArrayObject.state(object)
    if state.pointee.layout.isContiguous, !DirectDoor.mayShare(object, other),
      let memory = DirectDoor.address(state)
    {
      return body(memory)
    }
    guard let copy = DirectDoor.copy(object, as: state.pointee.dtype, keepingOrder: false),
      let memory = DirectDoor.address(ArrayObject.state(copy))
    else { return false }
    defer { py_release(copy) }
    return body(memory)
  }

  private static func place(
    _ object: Ref, _ values: Ref, _ casting: Promotion.Casting,
    _ body: (DirectPlacing) -> Bool
  ) -> Bool {
    let state = ArrayObject.state(object)
    let dtype = state.pointee.dtype
    let layout = DirectDoor.layout(state)
    guard ArrayObject.isExact(object), layout.pointee.shape.rank > 0,
      layout.pointee.count > 0, layout.pointee.count < limit
    else { return false }
    guard ArrayObject.isExact(values) else {
      guard let number = DirectDoor.exactly(values, as: dtype),
        isPlain(values, as: dtype), let memory = ArrayObject.memoryForWriting(object)
      else { return false }
      var cell = (UInt64(0), UInt64(0))
      return withUnsafeMutableBytes(of: &cell) { bytes in
        guard let base = bytes.baseAddress else { return false }
        NumPyScalar.write(number, to: base)
        return body(
          DirectPlacing(memory, layout, itemSize: dtype.itemSize, values: base, count: 1))
      }
    }
    let source = ArrayObject.state(values)
    let count = source.pointee.layout.count
    guard count > 0, count < limit, Promotion.canCast(source.pointee.dtype, to: dtype, casting)
    else { return false }
    var copy: Ref?
    defer { if let copy { py_release(copy) } }
    if source.pointee.dtype != dtype || !source.pointee.layout.isContiguous
      || DirectDoor.mayShare(values, object)
    {
      copy = DirectDoor.copy(values, as: dtype, keepingOrder: false)
      if copy == nil { return false }
    }
    // Made ready to be written, the array's memory may be another than before.
    guard let memory = ArrayObject.memoryForWriting(object),
      let row = DirectDoor.address(ArrayObject.state(copy ?? values))
    else { return false }
    return body(
      DirectPlacing(memory, layout, itemSize: dtype.itemSize, values: row, count: count))
  }

  /// Python's numbers of the dtype's kind: what others become NumPy says.
  private static func isPlain(_ number: Ref, as dtype: DType) -> Bool {
    if isType(number, py_float_type()) { return dtype.isInexact }
    if isType(number, py_long_type()) { return dtype != .bool }
    if isType(number, py_complex_type()) { return dtype.isComplex }
    return isType(number, py_bool_type()) && dtype == .bool
  }
}
