import CPythonABI
import Martlet
import MartletIR

/// What stands behind the header of a Python `ufunc`.
struct UFuncState {
  /// CPython reads the entry point at `FunctionObject.vectorcallOffset`.
  var entry: UnsafeMutableRawPointer?
  var row: Unmanaged<ElementwiseOperation>
  var counterpart = Counterpart()
}

/// The Python type `ufunc`: one object per elementwise row of the table.
enum UFuncObject {
  nonisolated(unsafe) static var type: TypeRef? = nil

  static func state(_ object: Ref) -> UnsafeMutablePointer<UFuncState> {
    (UnsafeMutableRawPointer(object) + MemoryLayout<PyObject>.size)
      .assumingMemoryBound(to: UFuncState.self)
  }

  static func row(_ object: Ref) -> ElementwiseOperation {
    state(object).pointee.row.takeUnretainedValue()
  }

  /// Borrowed; none for a ufunc that a user wrote, whatever its name.
  static func counterpart(_ object: Ref) -> Ref? {
    let row = row(object)
    guard OperationTable.elementwise(named: row.name) === row else { return nil }
    return state(object).pointee.counterpart.find(row.name)
  }

  static func make(_ row: ElementwiseOperation) throws(PythonError) -> Ref {
    guard let type else { throw .runtime("the ufunc type is not there yet") }
    let object = try check(PyType_GenericAlloc(type, 0))
    state(object).initialize(
      to: UFuncState(
        entry: unsafeBitCast(entry, to: UnsafeMutableRawPointer.self),
        row: Unmanaged.passRetained(row)))
    return object
  }

  // MARK: Calling

  private typealias Entry =
    @convention(c) (Ref, UnsafePointer<Ref>?, UInt, Ref?) -> Ref?

  private static let entry: Entry = { callee, given, flaggedCount, keywords in
    let count = Int(flaggedCount & ~(1 << 63))
    if let direct = direct(callee, given, count, keywords) { return direct }
    if PyErr_Occurred() != nil { return nil }
    let row = row(callee)
    do throws(PythonError) {
      let result = try FloatingPointWarnings.checked(try call(row, given, count, keywords))
      return try asGiven(result, row, (0..<min(count, row.inputCount)).map { given?[$0] })
    } catch {
      guard let reason = error.missingFeature else {
        setException(error)
        return nil
      }
      do throws(PythonError) {
        if OperationTable.elementwise(named: row.name) !== row {
          return try serveWritten(callee, given, count, keywords, reason: reason)
        }
        return try Fallback.call(row.name, given, count, keywords, reason: reason)
      } catch {
        setException(error)
        return nil
      }
    }
  }

  /// A call of a ufunc that a user wrote: NumPy knows none of its name, or another.
  private static func serveWritten(
    _ callee: Ref, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?,
    reason: FallbackReason
  ) throws(PythonError) -> Ref {
    var arguments = [callee]
    let all = count + (keywords.map { PyTuple_Size($0) } ?? 0)
    if let given { arguments += (0..<all).map { given[$0] } }
    return try arguments.withUnsafeBufferPointer { buffer throws(PythonError) in
      try Fallback.call(
        "ufunc.__call__", buffer.baseAddress, count + 1, keywords, reason: reason)
    }
  }

  /// The result where the work is done at once and no keyword but `out` is given; nil for the
  /// general way.
  @inline(__always)
  private static func direct(
    _ callee: Ref, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
  ) -> Ref? {
    guard let given else { return nil }
    return state(callee).pointee.row._withUnsafeGuaranteedRef { row in
      let inputs = row.inputCount
      if keywords == nil, count == inputs {
        if let direct = DirectDoor.apply(row, given) { return direct }
        if PyErr_Occurred() != nil { return nil }
        return LazyDoor.apply(row, given) ?? withNumPys(row, given)
      }
      guard let (target, mask) = outputs(row, given, count, keywords) else { return nil }
      guard let mask else { return DirectDoor.apply(row, given, into: target) }
      return DirectDoor.apply(row, given, into: target, where: mask)
    }
  }

  /// Of these NumPy warns of an output by position, which is easily meant as a third number.
  private static func warnsOfOutput(_ row: ElementwiseOperation) -> Bool {
    row === Operator.maximum.row || row === Operator.minimum.row
  }

  /// The one output of a call, and its mask, where it gives nothing else beside the inputs.
  @inline(__always)
  private static func outputs(
    _ row: ElementwiseOperation, _ given: UnsafePointer<Ref>, _ count: Int, _ keywords: Ref?
  ) -> (target: Ref, mask: Ref?)? {
    var target = count == row.inputCount &+ 1 ? given[count &- 1] : nil
    guard count <= row.inputCount &+ 1, count >= row.inputCount else { return nil }
    if target != nil, warnsOfOutput(row) { return nil }
    var mask: Ref?
    if let keywords {
      for k in 0..<PyTuple_Size(keywords) {
        let value = given[count &+ k]
        if PyTuple_GetItem(keywords, k) == outName, target == nil {
          target = isSubclass(value, tupleFlag) ? onlyItem(value) : value
          if target == nil { return nil }
        } else if PyTuple_GetItem(keywords, k) == whereName {
          if value != py_true() { mask = value }
        } else {
          return nil
        }
      }
    }
    return target.map { ($0, mask) }
  }

  private static func onlyItem(_ tuple: Ref) -> Ref? {
    PyTuple_Size(tuple) == 1 ? PyTuple_GetItem(tuple, 0) : nil
  }

  /// Interned, as keywords in programs are.
  nonisolated(unsafe) private static let outName = PyUnicode_InternFromString("out")
  nonisolated(unsafe) private static let whereName = PyUnicode_InternFromString("where")

  /// The same where some of the arrays are NumPy's: copying few elements takes less time than
  /// sharing their memory.
  @inline(never)
  private static func withNumPys(
    _ row: ElementwiseOperation, _ given: UnsafePointer<Ref>
  ) -> Ref? {
    let count = row.inputCount
    guard count <= 2, PyErr_Occurred() == nil, Placement.isHost,
      (0..<count).contains(where: { NumPyArray.check(given[$0]) })
    else { return nil }
    var objects: InlineArray<2, Ref> = [given[0], given[count - 1]]
    var copies: [Ref] = []
    defer { for copy in copies { py_release(copy) } }
    for k in 0..<count where NumPyArray.check(given[k]) {
      guard let copy = NumPyArray.smallCopy(given[k]) else { return nil }
      copies.append(copy)
      objects[k] = copy
    }
    let result = withUnsafePointer(to: &objects) {
      DirectDoor.apply(row, UnsafeRawPointer($0).assumingMemoryBound(to: Ref.self))
    }
    guard let result else { return nil }
    do throws(PythonError) {
      return try asGiven(result, row, (0..<count).map { given[$0] })
    } catch {
      setException(error)
      return nil
    }
  }

  /// The result of a ufunc that a user wrote, as arrays of NumPy's where those that it was given
  /// are; of NumPy's own names as it is. Takes `result` over.
  static func asGiven(
    _ result: Ref, _ row: ElementwiseOperation, _ operands: [Ref?]
  ) throws(PythonError) -> Ref {
    let isNumPys = operands.contains { $0.map { NumPyArray.check($0) } ?? false }
    guard isNumPys, !operands.contains(where: { $0.map { ArrayObject.check($0) } ?? false }),
      OperationTable.elementwise(named: row.name) !== row
    else { return result }
    defer { py_release(result) }
    guard isSubclass(result, tupleFlag) else { return try asNumPys(result) }
    var items: [Ref] = []
    for i in 0..<PyTuple_Size(result) {
      guard let item = PyTuple_GetItem(result, i) else { throw .raised }
      items.append(try asNumPys(item))
    }
    return try pythonTuple(owning: items)
  }

  private static func asNumPys(_ result: Ref) throws(PythonError) -> Ref {
    ArrayObject.check(result) ? try KernelArguments.numpys(result) : retained(result)
  }

  private static func call(
    _ row: ElementwiseOperation, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
  ) throws(PythonError) -> Ref {
    let inputs = row.inputCount
    guard count >= inputs, count <= inputs + row.outputCount, let given else {
      throw .type(
        "\(row.name)() takes from \(inputs) to \(inputs + row.outputCount) positional arguments "
          + "but \(count) \(count == 1 ? "was" : "were") given")
    }
    if count > inputs, warnsOfOutput(row) {
      throw .notNative("an output by position, which NumPy warns of")
    }
    try refuseRules(given, count, inputs: inputs)
    var call = UFuncCall(row)
    call.operands.reserveCapacity(inputs)
    for i in 0..<inputs { call.operands.append(try parseOperand(given[i])) }
    for i in inputs..<count {
      call.outputs.append(given[i] == py_none() ? nil : given[i])
    }
    if let keywords { try call.parse(keywords, given + count) }
    let results = try call.run()
    return results.count == 1 ? results[0] : try pythonTuple(owning: results)
  }

  private static func refuseRules(
    _ given: UnsafePointer<Ref>, _ count: Int, inputs: Int
  ) throws(PythonError) {
    for i in 0..<count {
      if isType(given[i], Python.hostArrayType) {
        if i < inputs, try isHostArrayOfNumbers(given[i]) { continue }
        throw .notNative("strings, objects, dates and records are NumPy's")
      }
      if Overrides.hasRules(given[i]) { throw .notNative(Overrides.reason) }
    }
  }

  // MARK: The type

  private static let represent: UnarySlot = { object in
    do throws(PythonError) {
      return try pythonString("<ufunc '\(UFuncObject.row(object).name)'>")
    } catch {
      setException(error)
      return nil
    }
  }

  private static let deallocate: @convention(c) (Ref?) -> Void = { object in
    guard let object else { return }
    let type = py_type(object)
    UFuncObject.state(object).pointee.row.release()
    UFuncObject.state(object).pointee.counterpart.release()
    PyObject_Free(object)
    py_release(py_object(type))
  }

  static func makeType() throws(PythonError) {
    let builder = TypeBuilder(
      "martlet.numpy.ufunc",
      basicSize: MemoryLayout<PyObject>.size + MemoryLayout<UFuncState>.stride,
      flags: UInt32(PY_TYPE_VECTORCALL) | UInt32(PY_TYPE_NO_INSTANTIATION))
    builder.slot(PY_TP_CALL, py_vectorcall_call())
    builder.comparedByCounterpart()
    builder.unary(PY_TP_REPR, represent)
    builder.slot(PY_TP_DEALLOC, unsafeBitCast(deallocate, to: UnsafeMutableRawPointer.self))
    builder.member("__vectorcalloffset__", offset: FunctionObject.vectorcallOffset)
    builder.attribute("__name__") { o throws(PythonError) in try pythonString(row(o).name) }
    builder.attribute("__qualname__") { o throws(PythonError) in try pythonString(row(o).name) }
    builder.attribute("__doc__") { o throws(PythonError) in try pythonString(documentation(row(o)))
    }
    builder.attribute("nin") { o throws(PythonError) in try pythonInt(row(o).inputCount) }
    builder.attribute("nout") { o throws(PythonError) in try pythonInt(row(o).outputCount) }
    builder.attribute("nargs") { o throws(PythonError) in
      try pythonInt(row(o).inputCount + row(o).outputCount)
    }
    builder.attribute("ntypes") { o throws(PythonError) in try pythonInt(types(row(o)).count) }
    builder.attribute("types") { o throws(PythonError) in
      var items: [Ref] = []
      for text in types(row(o)) { items.append(try pythonString(text)) }
      return try pythonList(owning: items)
    }
    builder.attribute("identity") { o throws(PythonError) in
      switch row(o).identity {
      case .number(let value): return try pythonInt(value)
      case .negativeInfinity: return try pythonNumber(Scalar(-Double.infinity, .float64))
      case .none, .reorderable: return Python.none
      }
    }
    builder.attribute("signature") { _ throws(PythonError) in Python.none }
    type = try builder.build()
  }

  /// The loops as NumPy writes them, `dd->d`; bfloat16 is not NumPy's.
  private static func types(_ row: ElementwiseOperation) -> [String] {
    row.loops.filter { !$0.inputs.contains(.bfloat16) && !$0.outputs.contains(.bfloat16) }.map {
      String($0.inputs.map(\.code)) + "->" + String($0.outputs.map(\.code))
    }
  }

  private static func documentation(_ row: ElementwiseOperation) -> String {
    let inputs = (1...row.inputCount).map { row.inputCount == 1 ? "x" : "x\($0)" }
    return "\(row.name)(\(inputs.joined(separator: ", ")), /, out=None, *, where=True, "
      + "casting='same_kind', order='K', dtype=None)\n\n\(row.summary)"
  }
}

// MARK: - Keywords

extension UFuncCall {
  mutating func parse(_ keywords: Ref, _ values: UnsafePointer<Ref>) throws(PythonError) {
    for k in 0..<PyTuple_Size(keywords) {
      guard let name = PyTuple_GetItem(keywords, k) else { throw .raised }
      let value = values[k]
      let text = try swiftString(name)
      switch text {
      case "out": try parseOutputs(value)
      case "where":
        if value == py_true() { continue }
        let array = try parseArray(value, dtype: nil)
        guard array.dtype == .bool else { throw .notNative("where= is not of truth values") }
        mask = array
      case "dtype": dtype = try parseOptionalDType(value)
      case "casting": casting = try parseCasting(value)
      case "order":
        guard try MemoryOrder.parse(value, default: .keep) == .keep else {
          throw .notNative("a memory order other than K")
        }
      case "subok": continue
      case "sig", "signature", "axis", "axes", "keepdims", "extobj":
        throw .notNative("a keyword that only NumPy's ufuncs have")
      default:
        throw .type("\(row.name)() got an unexpected keyword argument '\(text)'")
      }
    }
  }

  private mutating func parseOutputs(_ value: Ref) throws(PythonError) {
    guard outputs.isEmpty else {
      throw .type("cannot specify 'out' as both a positional and keyword argument")
    }
    if value == py_none() { return }
    if value == py_ellipsis() { throw .notNative("results that are always arrays") }
    guard isSubclass(value, tupleFlag) else {
      if row.outputCount > 1 { throw .type("'out' must be a tuple of arrays") }
      outputs = [value]
      return
    }
    guard PyTuple_Size(value) == row.outputCount else {
      throw .value("The 'out' tuple must have exactly \(row.outputCount) entries")
    }
    for i in 0..<row.outputCount {
      guard let item = PyTuple_GetItem(value, i) else { throw .raised }
      outputs.append(item == py_none() ? nil : item)
    }
  }
}
