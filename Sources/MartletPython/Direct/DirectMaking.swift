import CPythonABI
import Martlet
import MartletIR

/// New arrays of the host that direct work fills, and what it needs to read for that.
extension DirectDoor {
  typealias Made = (object: Ref, memory: UnsafeMutableRawPointer)

  /// A new array in C order, its elements not set. Nil where it is too large for direct work.
  @inline(__always)
  static func makeEmpty(_ shape: borrowing Shape, _ dtype: DType) throws(PythonError) -> Made? {
    let rank = shape.rank
    var count = 1
    var isEmpty = false
    for i in 0..<rank {
      let size = shape[unchecked: i]
      if size == 0 {
        isEmpty = true
        continue
      }
      // Factors up to the limit can't overflow.
      guard size <= ArrayPool.largest else { return nil }
      count &*= size
      guard count &* dtype.itemSize <= ArrayPool.largest else { return nil }
    }
    let made = try ArrayObject.makePooled(isEmpty ? 0 : count &* dtype.itemSize)
    let state = ArrayObject.state(made.object)
    state.pointee.layout.shape.setRank(rank)
    state.pointee.layout.strides.setRank(rank)
    var stride = 1
    var i = rank &- 1
    while i >= 0 {
      let size = shape[unchecked: i]
      state.pointee.layout.shape[unchecked: i] = size
      state.pointee.layout.strides[unchecked: i] = stride
      stride &*= size
      i &-= 1
    }
    if isEmpty { state.pointee.layout.strides = Shape(repeating: 0, count: rank) }
    state.pointee.layout.offset = 0
    state.pointee.dtype = dtype
    return made
  }

  /// A copy of an array as `dtype` whose elements lie as in `layout`, which fills its memory and may
  /// have more axes in front; nil where the general way must.
  static func copy(
    _ object: Ref, as dtype: DType, laidOut layout: Layout
  ) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(object), layout.rank > 0, layout.count > 0,
      layout.count < DirectCall.limitInto, layout.count &* dtype.itemSize <= ArrayPool.largest
    else { return nil }
    let made = try ArrayObject.makePooled(layout.count &* dtype.itemSize)
    let state = ArrayObject.state(made.object)
    state.pointee.layout = layout
    state.pointee.dtype = dtype
    let isDone = DirectCall.withCall(inputs: 1, outputs: 1) { call -> Bool in
      guard set(call, 0, object) else { return false }
      call.pointee.set(1, made.memory, DirectDoor.layout(state), dtype)
      guard call.pointee.settleInto(), let kernel = call.pointee.kernel(.cast, isFresh: false)
      else { return false }
      return call.pointee.run(kernel).isEmpty
    }
    if isDone { return made.object }
    py_release(made.object)
    return nil
  }

  /// Puts a fresh result into an output of its own shape and dtype; false where the general way must.
  static func give(_ result: Ref, to out: Ref) -> Bool {
    guard ArrayObject.isExact(out), ArrayObject.isExact(result) else { return false }
    let (state, target) = (ArrayObject.state(result), ArrayObject.state(out))
    guard state.pointee.dtype == target.pointee.dtype,
      state.pointee.layout.shape == target.pointee.layout.shape
    else { return false }
    return assign(result, to: out, layout(target))
  }

  /// A Python or NumPy integer that is surely one, and fits a machine word.
  @inline(__always)
  static func integer(_ object: Ref) -> Int? {
    if isType(object, py_long_type()) {
      var overflow: Int32 = 0
      let value = PyLong_AsLongLongAndOverflow(object, &overflow)
      return overflow == 0 ? Int(value) : nil
    }
    guard isType(object, DTypeObjects.scalarTypes[Int(DType.int64.rawValue)]) else { return nil }
    return Int(
      truncatingIfNeeded: NumPyScalar.read(
        .int64, at: UnsafeRawPointer(object) + MemoryLayout<PyObject>.size
      ).asInt64)
  }

  /// A number as an element of `dtype`, where NumPy stores it without a word.
  @inline(__always)
  static func exactly(_ object: Ref, as dtype: DType) -> Scalar? {
    guard let number = storable(object, as: dtype) else { return nil }
    if number.dtype == dtype { return number }
    return number.lost(as: dtype) == nil ? number.converted(to: dtype) : nil
  }

  /// An array as elements of `dtype` in memory apart from that of `target`; a copy, which the caller
  /// owns, where it must be one.
  static func converted(
    _ object: Ref, to dtype: DType, apartFrom target: Ref
  ) -> (object: Ref, isCopy: Bool)? {
    let state = ArrayObject.state(object)
    guard address(state) != nil else { return nil }
    if state.pointee.dtype == dtype, !mayShare(object, target) { return (object, false) }
    // Losing imaginary parts is something that NumPy warns of.
    if state.pointee.dtype.isComplex, !dtype.isComplex, dtype != .bool { return nil }
    guard let made = copy(object, as: dtype, keepingOrder: false) else { return nil }
    return (made, true)
  }

  /// Whether two arrays may have memory in common.
  @inline(__always)
  static func mayShare(_ a: Ref, _ b: Ref) -> Bool {
    let (first, second) = (ArrayObject.root(a), ArrayObject.root(b))
    if first == second { return true }
    guard let own = ArrayObject.state(first).pointee.storage, own.isPinned else { return false }
    return ArrayObject.state(second).pointee.storage?.isPinned ?? true
  }

  @inline(__always)
  static func matrix(_ rows: Int, _ columns: Int) -> Shape {
    var shape = Shape()
    shape.setRank(2)
    shape[unchecked: 0] = rows
    shape[unchecked: 1] = columns
    return shape
  }

  /// A shape: an integer, or a tuple or list of them, none negative. Nil for the general way.
  @inline(__always)
  static func readShape(_ object: Ref, _ shape: inout Shape) -> Bool {
    guard readSizes(object, &shape) else { return false }
    for i in 0..<shape.rank where shape[unchecked: i] < 0 { return false }
    return true
  }

  /// The same with sizes of any sign.
  @inline(__always)
  static func readSizes(_ object: Ref, _ shape: inout Shape) -> Bool {
    if let size = integer(object) {
      shape.setRank(1)
      shape[unchecked: 0] = size
      return true
    }
    let isTuple = isType(object, py_tuple_type())
    guard isTuple || isType(object, py_list_type()) else { return false }
    let count = isTuple ? PyTuple_Size(object) : PyList_Size(object)
    guard count <= Shape.maximumRank else { return false }
    shape.setRank(count)
    for i in 0..<count {
      guard let item = isTuple ? PyTuple_GetItem(object, i) : PyList_GetItem(object, i),
        let size = integer(item)
      else { return false }
      shape[unchecked: i] = size
    }
    return true
  }

  /// A new array with every element equal to `number`; nil where it is too large for direct work.
  @inline(__always)
  static func makeFilled(
    _ shape: borrowing Shape, _ number: Scalar
  ) throws(PythonError) -> Ref? {
    let dtype = number.dtype
    guard let made = try makeEmpty(shape, dtype) else { return nil }
    let count = shape.elementCount
    if number.low | number.high == 0 {
      made.memory.initializeMemory(as: UInt8.self, repeating: 0, count: count &* dtype.itemSize)
      return made.object
    }
    var cell: InlineArray<2, UInt64> = [0, 0]
    withUnsafeMutablePointer(to: &cell) {
      NumPyScalar.write(number, to: UnsafeMutableRawPointer($0))
      DirectMove.fill(made.memory, count, with: $0, itemSize: dtype.itemSize)
    }
    return made.object
  }

  /// Sets every element of an array to a number; false where the general way must.
  static func fill(_ object: Ref, with value: Ref) -> Bool {
    guard ArrayObject.isExact(object) else { return false }
    let state = ArrayObject.state(object)
    guard state.pointee.layout.count < DirectIndexing.limit,
      let number = exactly(value, as: state.pointee.dtype),
      let memory = ArrayObject.memoryForWriting(object)
    else { return false }
    var cell: InlineArray<2, UInt64> = [0, 0]
    withUnsafeMutablePointer(to: &cell) {
      NumPyScalar.write(number, to: UnsafeMutableRawPointer($0))
      DirectMove.fill(
        memory, state.pointee.layout, with: $0, itemSize: state.pointee.dtype.itemSize)
    }
    return true
  }

  /// Writes elements, converted, to others of the same shape; false where the general way must.
  static func convert(
    _ source: UnsafeMutableRawPointer, _ from: inout Layout, _ dtype: DType,
    to target: UnsafeMutableRawPointer, _ into: inout Layout, _ type: DType
  ) -> Bool {
    withUnsafePointer(to: &from) { from in
      withUnsafePointer(to: &into) { into in
        DirectCall.withCall(inputs: 1, outputs: 1) { call in
          call.pointee.set(0, source, from, dtype)
          call.pointee.set(1, target, into, type)
          guard call.pointee.settleInto(),
            let kernel = call.pointee.kernel(.cast, isFresh: false)
          else { return false }
          return call.pointee.run(kernel).isEmpty
        }
      }
    }
  }
}
