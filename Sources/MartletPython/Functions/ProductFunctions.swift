import CPythonABI
import Martlet
import MartletIR

/// `matmul`, `dot` and their like, and the operator `@`.
enum ProductFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "matmul": { arguments throws(PythonError) in
      for i in [3, 4, 5, 7, 8, 9] where arguments.optional(i) != nil { return nil }
      return try quick(.matmul, arguments, out: 2)
    },
    "dot": { arguments throws(PythonError) in
      if let done = try scaled(arguments) { return done }
      if let out = arguments.optional(2), ArrayObject.check(out),
        !ArrayObject.state(out).pointee.layout.isContiguous
      {
        return nil
      }
      return try quick(.dot, arguments, out: 2)
    },
    "inner": { arguments throws(PythonError) in try quick(.inner, arguments) },
    "vdot": { arguments throws(PythonError) in
      if let done = try quick(.vdot, arguments) { return done }
      let (left, right) = (arguments.required(0), arguments.required(1))
      guard ArrayObject.isExact(left), ArrayObject.isExact(right),
        ArrayObject.state(left).pointee.layout.rank == 2
          || ArrayObject.state(right).pointee.layout.rank == 2,
        let row = DirectDoor.copy(
          left, as: ArrayObject.state(left).pointee.dtype, keepingOrder: false)
      else { return nil }
      defer { py_release(row) }
      guard
        let other = DirectDoor.copy(
          right, as: ArrayObject.state(right).pointee.dtype, keepingOrder: false)
      else { return nil }
      defer { py_release(other) }
      return try DirectProductCall.run(.vdot, row, other, out: nil)
    },
    "vecdot": { arguments throws(PythonError) in
      for i in [3, 4, 5, 6, 7, 8] where arguments.optional(i) != nil { return nil }
      return try DirectProductCall.rows(
        arguments.required(0), arguments.required(1), out: arguments.optional(2),
        axis: arguments.optional(9))
    },
    "matvec": { arguments throws(PythonError) in
      for i in [3, 4, 5, 6, 7, 8, 9] where arguments.optional(i) != nil { return nil }
      guard isOfRank(2, arguments.required(0)), isOfRank(1, arguments.required(1)) else {
        return nil
      }
      return try quick(.matmul, arguments, out: 2)
    },
    "vecmat": { arguments throws(PythonError) in
      for i in [3, 4, 5, 6, 7, 8, 9] where arguments.optional(i) != nil { return nil }
      guard isOfRank(1, arguments.required(0)), isOfRank(2, arguments.required(1)),
        !ArrayObject.state(arguments.required(0)).pointee.dtype.isComplex
      else { return nil }
      return try quick(.matmul, arguments, out: 2)
    },
    "outer": { arguments throws(PythonError) in
      guard arguments.optional(2) == nil, let row = Operator.multiply.row else { return nil }
      let done = DirectDoor.outer(row, rows: arguments.required(0), arguments.required(1))
      if done == nil, PyErr_Occurred() != nil { throw .raised }
      return done
    },
    // The norm of few elements, all in one row of memory.
    "linalg.norm": { arguments throws(PythonError) in
      let x = arguments.required(0)
      guard arguments.count == 1, ArrayObject.isExact(x) else { return nil }
      let state = ArrayObject.state(x)
      let dtype = state.pointee.dtype
      let count = state.pointee.layout.count
      guard dtype == .float64 || dtype == .float32, count > 0, count <= DirectProduct.largest / 4,
        state.pointee.layout.isContiguous || state.pointee.layout.isFortranContiguous,
        let memory = DirectDoor.address(state)
      else { return nil }
      let row = MatrixOperand(memory, rows: 1, columns: count, rowStride: 0, columnStride: 1)
      var cell: UInt64 = 0
      let isDone = withUnsafeMutableBytes(of: &cell) { bytes -> Bool in
        guard let base = bytes.baseAddress else { return false }
        let target = MatrixOperand(base, rows: 1, columns: 1, rowStride: 1, columnStride: 1)
        let events = DirectProduct.multiply(
          (dtype, dtype), row, row.transposed, dtype, into: target)
        guard let events, events.isEmpty else { return false }
        if dtype == .float64 {
          base.storeBytes(of: base.load(as: Double.self).squareRoot(), as: Double.self)
        } else {
          base.storeBytes(of: base.load(as: Float.self).squareRoot(), as: Float.self)
        }
        return true
      }
      return isDone ? try NumPyScalar.make(Scalar(dtype: dtype, low: cell)) : nil
    },
  ]

  private static func isOfRank(_ rank: Int, _ object: Ref) -> Bool {
    ArrayObject.isExact(object) && ArrayObject.state(object).pointee.layout.rank == rank
  }

  typealias Product = @Sendable (NDArray, NDArray) throws(MartletError) -> NDArray

  private static func quick(
    _ kind: DirectProductCall.Kind, _ arguments: borrowing Arguments, out position: Int? = nil
  ) throws(PythonError) -> Ref? {
    var target: Ref?
    if let position { target = arguments.optional(position) }
    return try DirectProductCall.run(
      kind, arguments.required(0), arguments.required(1), out: target)
  }

  /// `dot` of an array and a number of its own type, which is their product; nil for others. (Here
  /// a Python number does not take the array's type.)
  private static func scaled(_ arguments: borrowing Arguments) throws(PythonError) -> Ref? {
    let (left, right) = (arguments.required(0), arguments.required(1))
    guard arguments.optional(2) == nil else { return nil }
    let isLeft = ArrayObject.isExact(left)
    guard isLeft != ArrayObject.isExact(right) else { return nil }
    let (array, number) = isLeft ? (left, right) : (right, left)
    let dtype = ArrayObject.state(array).pointee.dtype
    let isOfType =
      isType(number, py_float_type())
      ? dtype == .float64 : NumPyScalar.value(of: number)?.dtype == dtype
    guard isOfType else { return nil }
    // The array goes first, where the operator's short way looks for it.
    return try check(Operator.multiply.binary(array, number))
  }

  static func multiplied(
    _ a: NDArray, _ b: NDArray, _ product: Product
  ) throws(PythonError) -> NDArray {
    try core { () throws(MartletError) in
      try Interruption.stoppable(elements: work(a, b)) { () throws(MartletError) in
        try product(a, b)
      }
    }
  }

  /// How long a product takes, in elements of elementwise work: they are read once, and a
  /// multiplication inside BLAS takes a thirtieth of one.
  private static func work(_ a: NDArray, _ b: NDArray) -> Int {
    let rows = a.rank > 1 ? a.shape[a.rank - 2] : 1
    let columns = b.rank > 1 ? b.shape[b.rank - 1] : 1
    let products = max(Double(a.count) * Double(columns), Double(b.count) * Double(rows))
    return Int(min(max(products / 32, Double(max(a.count, b.count))), 1e18))
  }
}

func matrixMultiplyOperator(_ left: Ref, _ right: Ref) -> Ref? {
  do throws(PythonError) {
    if let quick = try DirectProductCall.run(.matmul, left, right, out: nil) { return quick }
    if try Overrides.leaves(left, right) { return Python.notImplemented }
    let a = try parseArray(left, dtype: nil)
    let b = try parseArray(right, dtype: nil)
    let result = try ProductFunctions.multiplied(a, b) {
      (a, b) throws(MartletError) in try a.matmul(b)
    }
    return try FloatingPointWarnings.checked(try pythonResult(result))
  } catch {
    return Fallback.recover(error, "operator.matmul", left, right)
  }
}

func inPlaceMatrixMultiply(_ left: Ref, _ right: Ref) -> Ref? {
  guard ArrayObject.check(left) else { return Python.notImplemented }
  do throws(PythonError) {
    if let quick = try DirectProductCall.inPlace(left, right) { return quick }
    if try Overrides.leaves(left, right, inPlace: true) { return Python.notImplemented }
    let a = ArrayObject.read(left)
    let b = try parseArray(right, dtype: nil)
    guard a.rank >= 2, b.rank >= 2 else { throw PythonError.notNative("a product of vectors") }
    let result = try ProductFunctions.multiplied(a, b) {
      (a, b) throws(MartletError) in try a.matmul(b)
    }
    // Stacks of matrices broadcast into the target, the matrices themselves don't.
    for i in 0..<2 where result.shape[result.rank - 2 + i] != a.shape[a.rank - 2 + i] {
      throw PythonError.value(
        "matmul: Output operand 0 has a mismatch in its core dimension \(i), with gufunc signature "
          + "(n?,k),(k,m?)->(n?,m?) (size \(a.shape[a.rank - 2 + i]) is different from "
          + "\(result.shape[result.rank - 2 + i]))")
    }
    try UFuncCall.store(result, "matmul", .sameKind, mask: nil, into: left)
    return try FloatingPointWarnings.checked(retained(left))
  } catch {
    return Fallback.recover(error, "operator.imatmul", left, right)
  }
}
