import CPythonABI
import Martlet
import MartletIR

/// The Python door to reductions and cumulative operations that are done at once.
extension DirectDoor {
  // MARK: Reductions

  /// Combines the elements along axes; nil where the general way must.
  ///
  /// - Parameters:
  ///   - axis: An integer, a tuple of them, or nil or None for all.
  ///   - dtype: What to compute in, instead of the row's choice.
  ///   - mask: `where=`.
  ///   - parameter: `ddof`, for `var` and `std`.
  static func reduce(
    _ operation: ReductionOperation, _ object: Ref, axis: Ref?, dtype: DType? = nil,
    out: Ref? = nil, keepdims: Ref? = nil, mask: Ref? = nil, parameter: Int = 0
  ) -> Ref? {
    guard ArrayObject.isExact(object),
      let axes = axes(axis, rank: ArrayObject.state(object).pointee.layout.shape.rank)
    else { return nil }
    return reduce(
      operation, object, axes: axes, dtype: dtype, out: out, keepdims: keepdims, mask: mask,
      parameter: parameter)
  }

  /// The same with the axes as bits.
  @inline(__always)
  static func reduce(
    _ operation: ReductionOperation, _ object: Ref, axes: DirectReduction.Axes,
    dtype: DType? = nil, out: Ref? = nil, keepdims: Ref? = nil, mask: Ref? = nil,
    parameter: Int = 0
  ) -> Ref? {
    guard let keeps = flag(keepdims) else { return nil }
    // Made ready to be written, an output's memory may be another than before.
    var target: UnsafeMutableRawPointer?
    if let out {
      guard ArrayObject.isExact(out), let memory = ArrayObject.memoryForWriting(out) else {
        return nil
      }
      target = memory
    }
    let state = ArrayObject.state(object)
    let layout = layout(state)
    // NumPy warns of imaginary parts that are lost, and has no sum of truth values in themselves.
    if let dtype, dtype == .bool || (state.pointee.dtype.isComplex && !dtype.isComplex) {
      return nil
    }
    guard let memory = address(state) else { return nil }
    var masked: (memory: UnsafeMutableRawPointer, layout: UnsafePointer<Layout>)?
    if let mask, mask != py_true() {
      guard let given = truthValues(mask) else { return nil }
      masked = given
    }
    return DirectReduction.withReduction { call in
      guard
        call.pointee.settle(
          operation, memory, layout, state.pointee.dtype, axes: axes, keepsDimensions: keeps,
          computingIn: dtype, mask: masked, parameter: parameter)
      else { return nil }
      if let out, let target {
        guard canTake(call, ArrayObject.state(out)),
          isApart(target, ArrayObject.state(out), memory, state),
          mask == nil || masked == nil,
          call.pointee.run(into: target)
        else { return nil }
        return retained(out)
      }
      return call.pointee.rank == 0 ? number(call) : array(call)
    }
  }

  typealias Reduction = UnsafeMutablePointer<DirectReduction>

  @inline(__always)
  private static func array(_ call: Reduction) -> Ref? {
    let dtype = call.pointee.resultType
    let byteCount = call.pointee.count &* dtype.itemSize
    guard byteCount <= ArrayPool.largest else { return nil }
    let made: (object: Ref, memory: UnsafeMutableRawPointer)
    do throws(PythonError) { made = try ArrayObject.makePooled(byteCount) } catch {
      PyErr_Clear()
      return nil
    }
    let state = ArrayObject.state(made.object)
    withUnsafeMutablePointer(to: &state.pointee.layout) { call.pointee.setResultLayout($0) }
    state.pointee.dtype = dtype
    if call.pointee.run(into: made.memory) { return made.object }
    py_release(made.object)
    return nil
  }

  @inline(__always)
  private static func number(_ call: Reduction) -> Ref? {
    var cell: (UInt64, UInt64) = (0, 0)
    let scalar = withUnsafeMutableBytes(of: &cell) { bytes -> Scalar? in
      guard let out = bytes.baseAddress, call.pointee.run(into: out) else { return nil }
      return NumPyScalar.read(call.pointee.resultType, at: out)
    }
    guard let scalar else { return nil }
    do throws(PythonError) { return try NumPyScalar.make(scalar) } catch {
      PyErr_Clear()
      return nil
    }
  }

  /// Whether an output is as the fresh result would be.
  private static func canTake(_ call: Reduction, _ out: UnsafeMutablePointer<ArrayState>) -> Bool {
    let layout = layout(out)
    guard out.pointee.dtype == call.pointee.resultType, layout.pointee.isContiguous,
      layout.pointee.shape.rank == call.pointee.rank
    else { return false }
    for i in 0..<call.pointee.rank {
      let size = call.pointee.sizes[i]
      guard layout.pointee.shape[i] == size,
        size == 1 || layout.pointee.strides[i] == call.pointee.strides[i]
      else { return false }
    }
    return true
  }

  /// Whether two arrays' elements lie apart.
  private static func isApart(
    _ a: UnsafeMutableRawPointer, _ first: UnsafeMutablePointer<ArrayState>,
    _ b: UnsafeMutableRawPointer, _ second: UnsafeMutablePointer<ArrayState>
  ) -> Bool {
    func extent(
      _ memory: UnsafeMutableRawPointer, _ state: UnsafeMutablePointer<ArrayState>
    ) -> Range<Int> {
      let layout = state.pointee.layout
      let size = state.pointee.dtype.itemSize
      let start = Int(bitPattern: memory) &- layout.offset &* size
      let range = layout.extent
      return (start &+ range.lowerBound &* size)..<(start &+ range.upperBound &* size)
    }
    return !extent(a, first).overlaps(extent(b, second))
  }

  // MARK: Arguments

  /// `keepdims=`; nil for other objects than truth values.
  @inline(__always)
  static func flag(_ object: Ref?) -> Bool? {
    guard let object else { return false }
    if object == py_false() { return false }
    return object == py_true() ? true : nil
  }

  /// An axis from the front; nil where it is no plain integer or out of range.
  @inline(__always)
  static func axis(_ object: Ref, rank: Int) -> Int? {
    guard isType(object, py_long_type()) else { return nil }
    var overflow: Int32 = 0
    let given = Int(PyLong_AsLongLongAndOverflow(object, &overflow))
    let axis = given < 0 ? given &+ rank : given
    return overflow == 0 && axis >= 0 && axis < rank ? axis : nil
  }

  @inline(__always)
  private static func axes(_ object: Ref?, rank: Int) -> DirectReduction.Axes? {
    guard let object, object != py_none() else { return DirectReduction.allAxes }
    if let axis = axis(object, rank: rank) { return 1 << UInt8(truncatingIfNeeded: axis) }
    return isSubclass(object, tupleFlag) ? manyAxes(object, rank) : nil
  }

  @inline(never)
  private static func manyAxes(_ tuple: Ref, _ rank: Int) -> DirectReduction.Axes? {
    var axes: DirectReduction.Axes = 0
    for i in 0..<PyTuple_Size(tuple) {
      guard let item = PyTuple_GetItem(tuple, i), let axis = axis(item, rank: rank) else {
        return nil
      }
      let bit: DirectReduction.Axes = 1 << UInt8(truncatingIfNeeded: axis)
      if axes & bit != 0 { return nil }
      axes |= bit
    }
    return axes
  }

  private static func truthValues(
    _ object: Ref
  ) -> (memory: UnsafeMutableRawPointer, layout: UnsafePointer<Layout>)? {
    guard ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    guard state.pointee.dtype == .bool, let memory = address(state) else { return nil }
    return (memory, layout(state))
  }

  /// A small integer such as `ddof`.
  @inline(__always)
  static func small(_ object: Ref?, default value: Int) -> Int? {
    guard let object else { return value }
    guard isType(object, py_long_type()) else { return nil }
    var overflow: Int32 = 0
    let given = Int(PyLong_AsLongLongAndOverflow(object, &overflow))
    return overflow == 0 && given >= 0 && given < DirectReduction.limit ? given : nil
  }

  // MARK: Positions

  /// Where an extreme is first found along an axis, or in C order.
  static func position(
    _ operation: ReductionOperation, _ object: Ref, axis: Ref?, out: Ref?, keepdims: Ref?
  ) -> Ref? {
    guard ArrayObject.isExact(object) else { return nil }
    if let axis, axis != py_none() {
      guard isType(axis, py_long_type()) else { return nil }
      return reduce(operation, object, axis: axis, out: out, keepdims: keepdims)
    }
    // The general way has an error for these.
    if out != nil, keepdims != nil { return nil }
    let state = ArrayObject.state(object)
    if state.pointee.layout.shape.rank == 1 || state.pointee.layout.isContiguous {
      return reduce(operation, object, axis: nil, out: out, keepdims: keepdims)
    }
    // Positions count through all elements in C order.
    guard let copy = copy(object, as: state.pointee.dtype, keepingOrder: false) else { return nil }
    defer { py_release(copy) }
    return reduce(operation, copy, axis: nil, out: out, keepdims: keepdims)
  }

  // MARK: Cumulative operations

  /// Each element combined with all before it, along an axis, or in C order where there is none.
  static func accumulate(
    _ row: ElementwiseOperation, _ object: Ref, axis: Ref?, dtype: DType?, out: Ref?
  ) -> Ref? {
    if axis != nil { return accumulate(row, object, along: axis, dtype: dtype, out: out) }
    guard ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    if !state.pointee.layout.isContiguous {
      guard let copy = copy(object, as: state.pointee.dtype, keepingOrder: false) else {
        return nil
      }
      defer { py_release(copy) }
      return accumulate(row, copy, axis: nil, dtype: dtype, out: out)
    }
    let flat = Layout(contiguous: Shape(repeating: state.pointee.layout.count, count: 1))
    return withUnsafePointer(to: flat) { accumulate(row, object, $0, axis: 0, dtype, out) }
  }

  /// The same along an axis, the first one where none is given.
  static func accumulate(
    _ row: ElementwiseOperation, _ object: Ref, along given: Ref?, dtype: DType?, out: Ref?
  ) -> Ref? {
    guard ArrayObject.isExact(object) else { return nil }
    let layout = layout(ArrayObject.state(object))
    let rank = layout.pointee.shape.rank
    guard rank > 0, let axis = given == nil ? 0 : axis(given.unsafelyUnwrapped, rank: rank) else {
      return nil
    }
    return accumulate(row, object, layout, axis: axis, dtype, out)
  }

  /// `layout` is the array's, or one of the same elements in one row.
  private static func accumulate(
    _ row: ElementwiseOperation, _ object: Ref, _ layout: UnsafePointer<Layout>, axis: Int,
    _ dtype: DType?, _ out: Ref?
  ) -> Ref? {
    // Made ready to be written, an output's memory may be another than before.
    var target: UnsafeMutableRawPointer?
    if let out {
      guard ArrayObject.isExact(out), let memory = ArrayObject.memoryForWriting(out) else {
        return nil
      }
      target = memory
    }
    let state = ArrayObject.state(object)
    let own = state.pointee.dtype
    guard let memory = address(state) else { return nil }
    if let dtype, dtype == .bool || (own.isComplex && !dtype.isComplex) { return nil }
    return DirectCall.withCall(inputs: 1, outputs: 1) { copy in
      DirectAccumulation.withAccumulation { call in
        copy.pointee.set(0, memory, layout, own)
        guard copy.pointee.settle(),
          call.pointee.settle(row, memory, layout, own, axis: axis, computingIn: dtype, copy)
        else { return nil }
        if let out, let target {
          guard canTake(copy, call.pointee.resultType, ArrayObject.state(out)),
            isApart(target, ArrayObject.state(out), memory, state),
            call.pointee.run(into: target)
          else { return nil }
          return retained(out)
        }
        guard let result = emptyResult(copy, 0, call.pointee.resultType) else { return nil }
        if call.pointee.run(into: copy.pointee.memories[1].unsafelyUnwrapped) { return result }
        py_release(result)
        return nil
      }
    }
  }

  /// Whether an output lies as the fresh result would.
  private static func canTake(
    _ call: Call, _ dtype: DType, _ out: UnsafeMutablePointer<ArrayState>
  ) -> Bool {
    let layout = layout(out)
    guard out.pointee.dtype == dtype, layout.pointee.shape.rank == call.pointee.rank else {
      return false
    }
    for i in 0..<call.pointee.rank {
      let size = call.pointee.sizes[i]
      guard layout.pointee.shape[i] == size,
        size == 1 || layout.pointee.strides[i] == call.pointee.resultStrides[i]
      else { return false }
    }
    return true
  }

  // MARK: Made of others

  /// The sum of the elements that count over their number; nil too where none counts somewhere,
  /// which NumPy warns of.
  static func mean(_ object: Ref, axis: Ref?, keepdims: Ref?, where mask: Ref) -> Ref? {
    guard ArrayObject.isExact(object), let (maskMemory, maskLayout) = truthValues(mask),
      let divide = Operator.divide.row
    else { return nil }
    // Sums of other types are divided in a wider one, and rounded again.
    let state = ArrayObject.state(object)
    guard state.pointee.dtype == .float64 || state.pointee.dtype == .complex128,
      let stretched = maskLayout.pointee.broadcast(to: state.pointee.layout.shape),
      let axes = axes(axis, rank: stretched.rank), let keeps = flag(keepdims)
    else { return nil }
    let counts = withUnsafePointer(to: stretched) { layout in
      DirectReduction.withReduction { call -> Ref? in
        guard
          call.pointee.settle(
            .countNonzero, maskMemory, layout, .bool, axes: axes, keepsDimensions: keeps)
        else { return nil }
        return call.pointee.rank == 0 ? number(call) : array(call)
      }
    }
    guard let counts else { return nil }
    defer { py_release(counts) }
    guard countsEverywhere(counts),
      let total = reduce(.sum, object, axes: axes, keepdims: keepdims, mask: mask)
    else { return nil }
    defer { py_release(total) }
    return withPair(total, counts) { apply(divide, $0) }
  }

  /// Whether no number among counts, a fresh array or a number, is 0.
  private static func countsEverywhere(_ counts: Ref) -> Bool {
    guard ArrayObject.isExact(counts) else { return NumPyScalar.value(of: counts)?.low ?? 0 != 0 }
    let state = ArrayObject.state(counts)
    guard let memory = address(state)?.assumingMemoryBound(to: Int64.self) else { return false }
    for i in 0..<state.pointee.layout.count where memory[i] == 0 { return false }
    return true
  }

  /// The largest less the smallest element along axes.
  static func span(_ object: Ref, axis: Ref?, keepdims: Ref?) -> Ref? {
    guard ArrayObject.isExact(object), ArrayObject.state(object).pointee.dtype != .bool,
      let subtract = Operator.subtract.row,
      let high = reduce(.maximum, object, axis: axis, keepdims: keepdims)
    else { return nil }
    defer { py_release(high) }
    guard let low = reduce(.minimum, object, axis: axis, keepdims: keepdims) else { return nil }
    defer { py_release(low) }
    return withPair(high, low) { apply(subtract, $0) }
  }

  @inline(__always)
  private static func withPair(
    _ first: Ref, _ second: Ref, _ body: (UnsafePointer<Ref>) -> Ref?
  ) -> Ref? {
    var pair: InlineArray<2, Ref> = [first, second]
    return withUnsafePointer(to: &pair) {
      body(UnsafeRawPointer($0).assumingMemoryBound(to: Ref.self))
    }
  }

  /// Each element along an axis less the one before it.
  static func difference(_ object: Ref, axis given: Ref?) -> Ref? {
    guard ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    let rank = state.pointee.layout.shape.rank
    let dtype = state.pointee.dtype
    guard rank > 0, let memory = address(state),
      let row = dtype == .bool ? Operator.notEqual.row : Operator.subtract.row,
      let axis = given == nil ? rank - 1 : axis(given.unsafelyUnwrapped, rank: rank),
      state.pointee.layout.shape[axis] > 1
    else { return nil }
    var part = state.pointee.layout
    part.shape[axis] -= 1
    let step = part.strides[axis] &* dtype.itemSize
    return withUnsafePointer(to: part) { part in
      DirectCall.withCall(inputs: 2, outputs: 1) { call in
        call.pointee.set(0, memory + step, part, dtype)
        call.pointee.set(1, memory, part, dtype)
        return fresh(call, row)
      }
    }
  }

  /// The sum along a diagonal of a matrix.
  static func trace(_ object: Ref, offset: Int) -> Ref? {
    guard ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    let whole = state.pointee.layout
    guard whole.shape.rank == 2, let memory = address(state),
      let diagonal = whole.diagonal(offset, 0, 1)
    else { return nil }
    let first = memory + (diagonal.offset &- whole.offset) &* state.pointee.dtype.itemSize
    return withUnsafePointer(to: diagonal) { diagonal in
      DirectReduction.withReduction { call in
        call.pointee.settle(
          .sum, first, diagonal, state.pointee.dtype, axes: DirectReduction.allAxes,
          keepsDimensions: false) ? number(call) : nil
      }
    }
  }
}
