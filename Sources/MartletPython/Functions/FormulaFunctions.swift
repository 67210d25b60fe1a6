import CPythonABI
import Martlet
import MartletIR

/// `round`, and the arrays that come of a formula: `linspace`, `eye`, `identity`.
enum FormulaFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "linspace": { arguments throws(PythonError) in try linspace(arguments) },
    "logspace": { arguments throws(PythonError) in
      guard arguments.optional(4) == nil, arguments.optional(5) == nil, isFirst(arguments[6]),
        let power = Operator.power.row,
        let line = try line(arguments, endpoint: parseBool(arguments[3], default: true))
      else { return nil }
      defer { py_release(line.made) }
      let base = try check(PyFloat_FromDouble(10))
      defer { py_release(base) }
      return try raised(DirectDoor.binary(power, base, line.made))
    },
    "round": { arguments throws(PythonError) in try roundedDirectly(arguments) },
    "eye": { arguments throws(PythonError) in
      try CreationFunctions.rejectLike(arguments, 6)
      let order = try MemoryOrder.parseNew(arguments[4])
      let rows = try parseInt(arguments.required(0))
      let columns = try arguments.optional(1).map { (o) throws(PythonError) in try parseInt(o) }
      let k = try arguments[2].map { (o) throws(PythonError) in try parseInt(o) } ?? 0
      let dtype = try parseOptionalDType(arguments[3])
      return try DeviceFunctions.onDevice(arguments.optional(5)) { () throws(PythonError) in
        if order == .c { return try diagonal(rows, columns ?? rows, k, dtype) }
        // Turned round, with the diagonal on the other side.
        guard k != .min else { throw .notNative("a diagonal that far away") }
        let turned = try diagonal(columns ?? rows, rows, -k, dtype)
        let state = ArrayObject.state(turned)
        state.pointee.layout = state.pointee.layout.transposed
        return turned
      }
    },
    "identity": {
      arguments throws(PythonError) in
      try CreationFunctions.rejectLike(arguments, 2)
      let rows = try parseInt(arguments.required(0))
      return try diagonal(rows, rows, 0, try parseOptionalDType(arguments[1]))
    },
  ]

  private static let rint = OperationTable.elementwise(named: "rint")

  /// Rounds an array at once; nil for the general way.
  private static func roundedDirectly(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    let object = arguments.required(0)
    guard ArrayObject.isExact(object), arguments.optional(2) == nil, let rint else { return nil }
    guard let given = arguments[1] else {
      guard ArrayObject.state(object).pointee.dtype.isInexact else { return nil }
      return try raised(DirectDoor.unary(rint, object))
    }
    guard ArrayObject.state(object).pointee.dtype.isFloating,
      let decimals = DirectDoor.integer(given), decimals > 0, decimals <= 22,
      let multiply = Operator.multiply.row, let divide = Operator.divide.row
    else { return nil }
    let factor = try check(PyFloat_FromDouble(power(decimals)))
    defer { py_release(factor) }
    guard let scaled = try raised(DirectDoor.binary(multiply, object, factor)) else { return nil }
    defer { py_release(scaled) }
    guard let whole = try raised(DirectDoor.unary(rint, scaled)) else { return nil }
    defer { py_release(whole) }
    return try raised(DirectDoor.binary(divide, whole, factor))
  }

  /// Nil where the general way must, unless an exception was raised.
  private static func raised(_ result: Ref?) throws(PythonError) -> Ref? {
    if result == nil, PyErr_Occurred() != nil { throw .raised }
    return result
  }

  /// 10²² is the largest power of ten that a double holds exactly.
  private static func power(_ decimals: Int) -> Double {
    var power = 1.0
    for _ in 0..<decimals.magnitude { power *= 10 }
    return power
  }

  // MARK: Formulas

  /// Between two Python numbers on the host; nil for the general way.
  private static func linspace(_ arguments: borrowing Arguments) throws(PythonError) -> Ref? {
    guard isFirst(arguments[6]), arguments.optional(7) == nil else { return nil }
    let dtype = try parseOptionalDType(arguments[5]) ?? .float64
    guard dtype == .float64 || dtype == .float32 else { return nil }
    let endpoint = try parseBool(arguments[3], default: true)
    let returnsStep = try parseBool(arguments[4], default: false)
    guard let (made, step) = try line(arguments, endpoint: endpoint) else { return nil }
    if dtype == .float64 { return try withStep(made, returnsStep ? step : nil) }
    defer { py_release(made) }
    guard let copy = DirectDoor.copy(made, as: dtype, keepingOrder: false) else { return nil }
    return try withStep(copy, returnsStep ? step : nil)
  }

  /// Whether an axis is the first of a result that has no other.
  private static func isFirst(_ axis: Ref?) -> Bool {
    guard let axis else { return true }
    return DirectDoor.integer(axis) == 0
  }

  /// So many numbers from one to another, and the gap between them.
  private static func line(
    _ arguments: borrowing Arguments, endpoint: Bool
  ) throws(PythonError) -> (made: Ref, step: Double)? {
    guard Placement.isHost, let start = number(arguments.required(0)),
      let stop = number(arguments.required(1)),
      let count = arguments[2].map({ DirectDoor.integer($0) }) ?? 50, count >= 0,
      count <= ArrayPool.largest / 8
    else { return nil }
    let steps = endpoint ? count - 1 : count
    let span = stop - start
    guard span.isFinite else { return nil }
    let step = steps > 0 ? span / Double(steps) : .nan
    let made = try ArrayObject.makePooledRow(count, .float64)
    DirectRamp.fillLine(made.memory, start: start, span: span, steps: steps, count: count)
    if endpoint, count > 1 {
      made.memory.storeBytes(of: stop, toByteOffset: (count - 1) * 8, as: Double.self)
    }
    return (made.object, step)
  }

  /// The array, which is taken over, alone or with the step.
  private static func withStep(_ made: Ref, _ step: Double?) throws(PythonError) -> Ref {
    guard let step else { return made }
    let gap: Ref
    do throws(PythonError) { gap = try NumPyScalar.make(Scalar(step, .float64)) } catch {
      py_release(made)
      throw error
    }
    return try pythonTuple(owning: [made, gap])
  }

  /// A Python number as a double; nil for other objects.
  private static func number(_ object: Ref) -> Double? {
    if isType(object, py_float_type()) { return PyFloat_AsDouble(object) }
    guard let whole = DirectDoor.integer(object), whole.magnitude < 1 << 53 else { return nil }
    return Double(whole)
  }

  private static func diagonal(
    _ rows: Int, _ columns: Int, _ k: Int, _ dtype: DType?
  ) throws(PythonError) -> Ref {
    guard rows >= 0, columns >= 0 else { throw .value("negative dimensions are not allowed") }
    let type = dtype ?? .float64
    if Placement.isHost, let direct = try diagonalDirectly(rows, columns, k, type) { return direct }
    let array = try core { () throws(MartletError) in
      var array = try NDArray.zeros([rows, columns], type)
      let row = k < 0 ? (k == .min ? rows : -k) : 0
      let column = max(k, 0)
      guard row < rows, column < columns else { return array }
      let count = min(rows - row, columns - column)
      let region = Layout(shape: [count], strides: [columns + 1], offset: row * columns + column)
      try array.assign(region, .scalar(Scalar(Int64(1), type)))
      return array
    }
    return try ArrayObject.make(array)
  }

  private static func diagonalDirectly(
    _ rows: Int, _ columns: Int, _ k: Int, _ dtype: DType
  ) throws(PythonError) -> Ref? {
    guard let made = try DirectDoor.makeEmpty(DirectDoor.matrix(rows, columns), dtype) else {
      return nil
    }
    let itemSize = dtype.itemSize
    made.memory.initializeMemory(
      as: UInt8.self, repeating: 0, count: rows &* columns &* itemSize)
    let one = Scalar(Int64(1), dtype)
    // The first row and column of the diagonal; both are within the array, or it has none.
    var row = k < 0 ? (k == .min ? rows : -k) : 0
    var column = max(k, 0)
    while row < rows, column < columns {
      NumPyScalar.write(one, to: made.memory + (row &* columns &+ column) &* itemSize)
      row += 1
      column += 1
    }
    return made.object
  }
}
