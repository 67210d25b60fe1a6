import CPythonABI
import Martlet
import MartletIR

/// Functions that are one operation or two, or views, of arrays that are there: done at once, without
/// a value of each. Nil means that the general way must.
enum ComposedFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "fix": { arguments throws(PythonError) in
      guard let trunc else { return nil }
      return try computed(trunc, [arguments.required(0)], out: arguments.optional(1))
    },
    "isposinf": { arguments throws(PythonError) in try infinity(arguments, .infinity) },
    "isneginf": { arguments throws(PythonError) in try infinity(arguments, -.infinity) },
    "iscomplex": { arguments throws(PythonError) in
      try imaginary(arguments.required(0), Operator.notEqual)
    },
    "isreal": { arguments throws(PythonError) in
      try imaginary(arguments.required(0), Operator.equal)
    },
    "polyadd": { arguments throws(PythonError) in
      try coefficients(arguments, Operator.add)
    },
    "polysub": { arguments throws(PythonError) in
      try coefficients(arguments, Operator.subtract)
    },
    "diag_indices": { arguments throws(PythonError) in
      guard arguments.count == 1, Placement.isHost,
        let count = DirectDoor.integer(arguments.required(0)), count >= 0,
        count <= ArrayPool.largest / 8
      else { return nil }
      let made = try ArrayObject.makePooledRow(count, .int64)
      let (zero, one) = (Scalar(Int64(0), .int64), Scalar(Int64(1), .int64))
      guard DirectRamp.fill(made.memory, start: zero, next: one, count: count) else {
        py_release(made.object)
        return nil
      }
      return try pythonTuple(owning: [made.object, retained(made.object)])
    },
    "unravel_index": { arguments throws(PythonError) in
      guard arguments.count == 2 else { return nil }
      return try coordinates(of: arguments.required(0), arguments.required(1))
    },
    "unstack": { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard ArrayObject.isExact(object) else { return nil }
      let rank = ArrayObject.state(object).pointee.layout.rank
      guard rank > 0, let axis = arguments[1].map({ DirectDoor.axis($0, rank: rank) }) ?? 0 else {
        return nil
      }
      return try parts(of: object, axis: axis)
    },
    "atleast_1d": { arguments throws(PythonError) in try atLeast(1, arguments) },
    "atleast_2d": { arguments throws(PythonError) in try atLeast(2, arguments) },
    "atleast_3d": { arguments throws(PythonError) in try atLeast(3, arguments) },
  ]

  private static let trunc = OperationTable.elementwise(named: "trunc")

  /// What a row gives for objects, or the output with it.
  private static func computed(
    _ row: ElementwiseOperation, _ objects: [Ref], out: Ref?
  ) throws(PythonError) -> Ref? {
    guard objects.contains(where: { ArrayObject.isExact($0) }) else { return nil }
    let done = objects.withUnsafeBufferPointer { objects -> Ref? in
      guard let first = objects.baseAddress else { return nil }
      return out.map { DirectDoor.apply(row, first, into: $0) } ?? DirectDoor.apply(row, first)
    }
    if done == nil, PyErr_Occurred() != nil { throw .raised }
    return done
  }

  /// Whether each is an infinity of one sign.
  private static func infinity(
    _ arguments: borrowing Arguments, _ value: Double
  ) throws(PythonError) -> Ref? {
    let object = arguments.required(0)
    guard ArrayObject.isExact(object), ArrayObject.state(object).pointee.dtype.isFloating,
      let row = Operator.equal.row
    else { return nil }
    let infinity = try check(PyFloat_FromDouble(value))
    defer { py_release(infinity) }
    return try computed(row, [object, infinity], out: arguments.optional(1))
  }

  /// How the imaginary parts of complex numbers compare with 0.
  private static func imaginary(
    _ object: Ref, _ comparison: Operator
  ) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(object), ArrayObject.state(object).pointee.dtype.isComplex,
      let row = comparison.row
    else { return nil }
    let part = try complexPart(object, imaginary: true)
    defer { py_release(part) }
    let zero = try pythonInt(0)
    defer { py_release(zero) }
    return try computed(row, [part, zero], out: nil)
  }

  /// Of two polynomials with as many coefficients.
  private static func coefficients(
    _ arguments: borrowing Arguments, _ operation: Operator
  ) throws(PythonError) -> Ref? {
    let (a, b) = (arguments.required(0), arguments.required(1))
    guard ArrayObject.isExact(a), ArrayObject.isExact(b), let row = operation.row else {
      return nil
    }
    let (first, second) = (ArrayObject.state(a), ArrayObject.state(b))
    guard first.pointee.layout.rank == 1,
      first.pointee.layout.shape == second.pointee.layout.shape,
      first.pointee.dtype != .bool || second.pointee.dtype != .bool
    else { return nil }
    return try computed(row, [a, b], out: nil)
  }

  /// Of positions that count through the elements of a shape in C order.
  private static func coordinates(of object: Ref, _ sizes: Ref) throws(PythonError) -> Ref? {
    var shape = Shape()
    guard ArrayObject.isExact(object), DirectDoor.readShape(sizes, &shape), shape.rank > 0 else {
      return nil
    }
    let state = ArrayObject.state(object)
    let count = state.pointee.layout.count
    guard state.pointee.dtype == .int64, state.pointee.layout.isContiguous,
      state.pointee.layout.rank > 0, count < DirectIndexing.limit, shape.isPossible,
      let flat = DirectDoor.address(state)?.assumingMemoryBound(to: Int.self)
    else { return nil }
    let size = shape.elementCount
    for i in 0..<count where flat[i] < 0 || flat[i] >= size { return nil }
    let tuple = try check(PyTuple_New(shape.rank))
    do throws(PythonError) {
      var below = size
      for axis in 0..<shape.rank {
        let side = shape[axis]
        below = side == 0 ? 0 : below / side
        let row = state.pointee.layout.shape
        guard let made = try DirectDoor.makeEmpty(row, .int64) else {
          py_release(tuple)
          return nil
        }
        let target = made.memory.assumingMemoryBound(to: Int.self)
        for i in 0..<count {
          let rest = below == 1 ? flat[i] : flat[i] / below
          target[i] = axis == 0 ? rest : rest % side
        }
        PyTuple_SetItem(tuple, axis, made.object)
      }
    } catch {
      py_release(tuple)
      throw error
    }
    return tuple
  }

  /// The parts along an axis: views, or the numbers of a row.
  private static func parts(of object: Ref, axis: Int) throws(PythonError) -> Ref? {
    let state = ArrayObject.state(object)
    let layout = state.pointee.layout
    let (count, stride) = (layout.shape[axis], layout.strides[axis])
    guard count <= 1 << 20 else { return nil }
    let dtype = state.pointee.dtype
    let memory = DirectDoor.address(state)
    if layout.rank == 1, memory == nil { return nil }
    let tuple = try check(PyTuple_New(count))
    do throws(PythonError) {
      if layout.rank == 1, let memory {
        for i in 0..<count {
          let number = NumPyScalar.read(dtype, at: memory + i &* stride &* dtype.itemSize)
          PyTuple_SetItem(tuple, i, try NumPyScalar.make(number))
        }
        return tuple
      }
      var part = layout.indexed(axis: axis, at: 0)
      for i in 0..<count {
        PyTuple_SetItem(tuple, i, try ArrayObject.makeView(of: object, part))
        part.offset &+= stride
      }
    } catch {
      py_release(tuple)
      throw error
    }
    return tuple
  }

  /// Each with so many dimensions at least: the array itself where it has them.
  private static func atLeast(
    _ rank: Int, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    let count = arguments.restCount
    for i in 0..<count where !ArrayObject.check(arguments.rest(i)) { return nil }
    if count == 1 { return try widened(arguments.rest(0), rank) }
    let tuple = try check(PyTuple_New(count))
    do throws(PythonError) {
      for i in 0..<count { PyTuple_SetItem(tuple, i, try widened(arguments.rest(i), rank)) }
    } catch {
      py_release(tuple)
      throw error
    }
    return tuple
  }

  private static func widened(_ object: Ref, _ rank: Int) throws(PythonError) -> Ref {
    var layout = ArrayObject.state(object).pointee.layout
    if layout.rank >= rank { return retained(object) }
    // A third axis comes last.
    if rank == 3, layout.rank > 0 { layout = layout.expanded(at: layout.rank) }
    while layout.rank < rank { layout = layout.expanded(at: 0) }
    return try ArrayObject.makeView(of: object, layout)
  }
}
