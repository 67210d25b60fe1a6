import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// The Python door to direct work: reads objects as operands, makes the result's object.
///
/// Nil always means that the general way must (it raises what there is to raise), unless a Python
/// exception is set: a floating-point event that the user wants as one.
enum DirectDoor {
  typealias Call = UnsafeMutablePointer<DirectCall>

  // MARK: Operands

  /// Makes an array the operand at a position; false where it is none of ours, or not there yet.
  @inline(__always)
  static func set(_ call: Call, _ position: Int, _ object: Ref) -> Bool {
    let state = ArrayObject.state(object)
    guard let memory = address(state) else { return false }
    call.pointee.set(position, memory, layout(state), state.pointee.dtype)
    return true
  }

  /// Where an array's elements are; nil while they are pending, or on another device.
  @inline(__always)
  static func address(_ state: UnsafeMutablePointer<ArrayState>) -> UnsafeMutableRawPointer? {
    let owner = state.pointee.base.map { ArrayObject.state($0) } ?? state
    // Unretained: the object keeps its storage, and nothing runs meanwhile that could change it.
    let storage = withUnsafePointer(to: &owner.pointee.storage) {
      UnsafeRawPointer($0).load(as: Unmanaged<Storage>.self)
    }
    guard let pointer = storage._withUnsafeGuaranteedRef({ $0.pointer }) else { return nil }
    return pointer + state.pointee.layout.offset &* state.pointee.dtype.itemSize
  }

  /// The layout where it stands in the object, which does not move.
  @inline(__always)
  static func layout(_ state: UnsafeMutablePointer<ArrayState>) -> UnsafePointer<Layout> {
    withUnsafePointer(to: &state.pointee.layout) { $0 }
  }

  @inline(__always)
  static func mutableLayout(
    _ state: UnsafeMutablePointer<ArrayState>
  ) -> UnsafeMutablePointer<Layout> {
    withUnsafeMutablePointer(to: &state.pointee.layout) { $0 }
  }

  /// A Python or NumPy number as an operand beside arrays and typed numbers of `dtype`.
  @inline(__always)
  static func number(_ object: Ref, beside dtype: DType?) -> Scalar? {
    if isType(object, py_float_type()) {
      let value = Scalar(dtype: .float64, low: PyFloat_AsDouble(object).bitPattern)
      let target = dtype.map { Promotion.resolve(.floating, beside: $0) } ?? .float64
      return target == .float64 ? value : kept(value, as: target)
    }
    if isType(object, py_long_type()) { return integer(object, beside: dtype) }
    if let typed = NumPyScalar.value(of: object) { return typed }
    return otherNumber(object, beside: dtype)
  }

  @inline(__always)
  private static func integer(_ object: Ref, beside dtype: DType?) -> Scalar? {
    var overflow: Int32 = 0
    let integer = PyLong_AsLongLongAndOverflow(object, &overflow)
    guard overflow == 0 else { return nil }
    let value = Scalar(dtype: .int64, low: UInt64(bitPattern: integer))
    let target = dtype.map { Promotion.resolve(.integer, beside: $0) } ?? .int64
    if target == .int64 { return value }
    // Every integer type holds these; others may be errors.
    guard
      (0...127).contains(integer) || target.isInexact
        || value.converted(to: target).asInt64 == integer && (target.isSigned || integer >= 0)
    else { return nil }
    return kept(value, as: target)
  }

  /// A number in another type; nil where that loses something to tell of.
  @inline(__always)
  private static func kept(_ value: Scalar, as target: DType) -> Scalar? {
    let result = value.converted(to: target)
    // What is lost of a number among floating-point ones shows as an infinity.
    guard result.asDouble.isInfinite || result.imaginary.isInfinite else { return result }
    return value.lost(as: target) == nil ? result : nil
  }

  @inline(never)
  private static func otherNumber(_ object: Ref, beside dtype: DType?) -> Scalar? {
    if isType(object, py_bool_type()) {
      return Scalar(dtype: .bool, low: object == py_true() ? 1 : 0)
    }
    guard isType(object, py_complex_type()) else { return nil }
    let target = dtype.map { Promotion.resolve(.complex, beside: $0) } ?? .complex128
    let value = Scalar(
      real: PyComplex_RealAsDouble(object), imaginary: PyComplex_ImagAsDouble(object), .complex128)
    return target == .complex128 ? value : kept(value, as: target)
  }

  /// Reads the inputs of a call; false where one is neither an array of ours nor a number.
  @inline(__always)
  static func setInputs(
    _ call: Call, _ row: ElementwiseOperation, _ objects: UnsafePointer<Ref>
  ) -> Bool {
    // Arrays and typed numbers first: literals take their type from these.
    var strong: DType?
    var literals = 0
    for k in 0..<row.inputCount {
      let object = objects[k]
      let dtype: DType
      if ArrayObject.isExact(object) {
        guard set(call, k, object) else { return false }
        dtype = call.pointee.dtypes[unchecked: k]
        // A condition says nothing about the types of what it chooses from.
        if k == 0, row === ElementwiseOperation.select { continue }
      } else if !isType(object, py_float_type()), !isType(object, py_long_type()),
        let typed = NumPyScalar.value(of: object)
      {
        call.set(k, typed)
        dtype = typed.dtype
      } else if NumPyArray.check(object) {
        // What NumPy makes of its scalars before it asks the other operand.
        guard let number = NumPyArray.number(object) else { return false }
        call.set(k, number)
        dtype = number.dtype
      } else {
        literals |= 1 << k
        continue
      }
      strong = strong.map { $0 == dtype ? dtype : Promotion.promote($0, dtype) } ?? dtype
    }
    if literals == 0 { return true }
    guard row.selection != .literalsAnyNumber else { return false }
    for k in 0..<row.inputCount where literals >> k & 1 == 1 {
      guard let value = number(objects[k], beside: strong) else { return false }
      call.set(k, value)
    }
    return true
  }

  // MARK: Fresh results

  /// The result of an operation on one to three operands, as a new object.
  @inline(__always)
  static func apply(_ row: ElementwiseOperation, _ objects: UnsafePointer<Ref>) -> Ref? {
    DirectCall.withCall(inputs: row.inputCount, outputs: row.outputCount) { call in
      guard setInputs(call, row, objects) else { return nil }
      return fresh(call, row)
    }
  }

  @inline(__always)
  static func unary(_ row: ElementwiseOperation, _ operand: Ref) -> Ref? {
    guard ArrayObject.isExact(operand) else { return nil }
    return DirectCall.withCall(inputs: 1, outputs: 1) { call in
      guard set(call, 0, operand) else { return nil }
      return fresh(call, row)
    }
  }

  @inline(__always)
  static func binary(_ row: ElementwiseOperation, _ left: Ref, _ right: Ref) -> Ref? {
    DirectCall.withCall(inputs: 2, outputs: 1) { call in
      setPair(call, row, left, right) ? fresh(call, row) : nil
    }
  }

  /// An operation on each pair of elements of two arrays.
  static func outer(_ row: ElementwiseOperation, _ left: Ref, _ right: Ref) -> Ref? {
    guard ArrayObject.isExact(left), ArrayObject.isExact(right), row.inputCount == 2 else {
      return nil
    }
    let (first, second) = (ArrayObject.state(left), ArrayObject.state(right))
    var stretched = first.pointee.layout
    guard stretched.rank + second.pointee.layout.rank <= Shape.maximumRank,
      let memory = address(first)
    else { return nil }
    for _ in 0..<second.pointee.layout.rank {
      stretched.shape.append(1)
      stretched.strides.append(0)
    }
    return withUnsafePointer(to: &stretched) { stretched in
      DirectCall.withCall(inputs: 2, outputs: 1) { call in
        call.pointee.set(0, memory, stretched, first.pointee.dtype)
        return set(call, 1, right) ? fresh(call, row) : nil
      }
    }
  }

  /// The same of arrays of one dimension alone.
  static func outer(_ row: ElementwiseOperation, rows left: Ref, _ right: Ref) -> Ref? {
    guard ArrayObject.isExact(left), ArrayObject.isExact(right),
      ArrayObject.state(left).pointee.layout.rank == 1,
      ArrayObject.state(right).pointee.layout.rank == 1
    else { return nil }
    return outer(row, left, right)
  }

  /// Two operands of which one at least is an array.
  @inline(__always)
  private static func setPair(
    _ call: Call, _ row: ElementwiseOperation, _ left: Ref, _ right: Ref
  ) -> Bool {
    if ArrayObject.isExact(left) {
      guard set(call, 0, left) else { return false }
      if ArrayObject.isExact(right) { return set(call, 1, right) }
      return setNumber(call, row, 1, right, beside: call.pointee.dtypes[unchecked: 0])
    }
    guard ArrayObject.isExact(right), set(call, 1, right) else { return false }
    return setNumber(call, row, 0, left, beside: call.pointee.dtypes[unchecked: 1])
  }

  @inline(__always)
  private static func setNumber(
    _ call: Call, _ row: ElementwiseOperation, _ position: Int, _ object: Ref, beside dtype: DType
  ) -> Bool {
    guard let value = number(object, beside: dtype), row.selection != .literalsAnyNumber else {
      return false
    }
    call.set(position, value)
    return true
  }

  /// Settles a call, makes the result and computes it.
  @inline(__always)
  static func fresh(_ call: Call, _ row: ElementwiseOperation) -> Ref? {
    guard call.pointee.settle(), let kernel = call.pointee.kernel(row, isFresh: true) else {
      return nil
    }
    if call.pointee.rank == 0 || call.pointee.outputCount > 1 { return others(call, row, kernel) }
    guard let object = emptyResult(call, 0, kernel.result) else { return nil }
    let events = call.pointee.run(kernel)
    if events.isEmpty { return object }
    return told(call.pointee.note(events, row, kernel), object)
  }

  /// A result after its events were noted; nil where the general way must tell of them.
  @inline(never)
  static func told(_ isNoted: Bool, _ object: Ref) -> Ref? {
    if isNoted {
      do throws(PythonError) { return try FloatingPointWarnings.checked(object) } catch {
        setException(error)
        return nil
      }
    }
    py_release(object)
    return nil
  }

  /// A new array for a result; nil where memory ran out, which the general way tells.
  @inline(__always)
  static func emptyResult(_ call: Call, _ output: Int, _ dtype: DType) -> Ref? {
    let made: (object: Ref, memory: UnsafeMutableRawPointer)
    do throws(PythonError) {
      made = try ArrayObject.makePooled(call.pointee.count &* dtype.itemSize)
    } catch {
      PyErr_Clear()
      return nil
    }
    let state = ArrayObject.state(made.object)
    withUnsafeMutablePointer(to: &state.pointee.layout) { call.pointee.setResultLayout($0) }
    state.pointee.dtype = dtype
    let position = call.pointee.inputCount &+ output
    call.pointee.memories[unchecked: position] = made.memory
    call.pointee.dtypes[unchecked: position] = dtype
    return made.object
  }

  /// Results that are numbers, or several.
  @inline(never)
  private static func others(
    _ call: Call, _ row: ElementwiseOperation, _ kernel: DirectKernel
  ) -> Ref? {
    let types = [kernel.result, kernel.secondResult]
    let inputs = call.pointee.inputCount
    let outputs = call.pointee.outputCount
    // Numbers alone may belong to another device.
    if call.pointee.rank == 0, !Placement.isHost { return nil }
    var objects: [Ref] = []
    defer { for object in objects { py_release(object) } }
    var numbers: InlineArray<4, UInt64> = [0, 0, 0, 0]
    return withUnsafeMutablePointer(to: &numbers) { numbers in
      for i in 0..<outputs {
        if call.pointee.rank == 0 {
          call.pointee.memories[inputs + i] = UnsafeMutableRawPointer(numbers) + 16 * i
          call.pointee.dtypes[inputs + i] = types[i]
        } else {
          guard let object = emptyResult(call, i, types[i]) else { return nil }
          objects.append(object)
        }
      }
      let events = call.pointee.run(kernel)
      guard call.pointee.note(events, row, kernel) else { return nil }
      do throws(PythonError) {
        try FloatingPointWarnings.report()
      } catch {
        setException(error)
        return nil
      }
      do throws(PythonError) {
        if call.pointee.rank == 0 {
          for i in 0..<outputs {
            objects.append(
              try NumPyScalar.make(
                NumPyScalar.read(types[i], at: UnsafeRawPointer(numbers) + 16 * i)))
          }
        }
        if outputs == 1 { return retained(objects[0]) }
        let tuple = try pythonTuple(owning: objects)
        objects = []
        return tuple
      } catch {
        PyErr_Clear()
        return nil
      }
    }
  }

  /// `where(condition, x, y)` of arrays, or an array and a number.
  static func select(_ condition: Ref, _ x: Ref, _ y: Ref) -> Ref? {
    guard ArrayObject.isExact(condition), ArrayObject.isExact(x) || ArrayObject.isExact(y) else {
      return nil
    }
    var objects: InlineArray<3, Ref> = [condition, x, y]
    return withUnsafePointer(to: &objects) { objects in
      DirectCall.withCall(inputs: 3, outputs: 1) { call in
        guard
          setInputs(
            call, .select, UnsafeRawPointer(objects).assumingMemoryBound(to: Ref.self)),
          call.pointee.settle(), call.pointee.rank > 0,
          let kernel = call.pointee.kernel(.select, isFresh: true),
          let result = emptyResult(call, 0, kernel.result)
        else { return nil }
        // Choosing and converting to a wider type raise nothing that users hear of.
        _ = call.pointee.run(kernel)
        return result
      }
    }
  }

  // MARK: Given outputs

  /// Computes into an array, as `out=` does: the output, retained.
  static func apply(
    _ row: ElementwiseOperation, _ objects: UnsafePointer<Ref>, into target: Ref
  ) -> Ref? {
    guard row.outputCount == 1 else { return nil }
    return DirectCall.withCall(inputs: row.inputCount, outputs: 1) { call in
      guard setInputs(call, row, objects), setTarget(call, target) else { return nil }
      if let done = computeInto(call, row, target) { return done }
      // Where the output cannot be written while the inputs are read, a fresh result is copied.
      guard PyErr_Occurred() == nil, let result = apply(row, objects) else { return nil }
      return copied(result, into: target)
    }
  }

  /// The same where a mask is true: elsewhere the output stays as it is.
  static func apply(
    _ row: ElementwiseOperation, _ objects: UnsafePointer<Ref>, into target: Ref, where mask: Ref
  ) -> Ref? {
    guard row.outputCount == 1, ArrayObject.isExact(mask),
      ArrayObject.state(mask).pointee.dtype == .bool
    else { return nil }
    return DirectCall.withCall(inputs: row.inputCount + 1, outputs: 1) { call in
      call.pointee.isMasked = true
      guard setInputs(call, row, objects), set(call, row.inputCount, mask),
        setTarget(call, target)
      else { return nil }
      return computeInto(call, row, target)
    }
  }

  /// `target op= operand`.
  @inline(__always)
  static func inPlace(_ row: ElementwiseOperation, _ target: Ref, _ operand: Ref) -> Ref? {
    guard ArrayObject.isExact(target), row.outputCount == 1 else { return nil }
    return DirectCall.withCall(inputs: 2, outputs: 1) { call in
      guard setTarget(call, target) else { return nil }
      // Made ready to be written, the memory may be another than before.
      guard setPair(call, row, target, operand) else { return nil }
      if let done = computeInto(call, row, target) { return done }
      guard PyErr_Occurred() == nil, let result = binary(row, target, operand) else { return nil }
      return copied(result, into: target)
    }
  }

  /// The output of a call: memory that may be written.
  @inline(__always)
  private static func setTarget(_ call: Call, _ target: Ref) -> Bool {
    guard ArrayObject.isExact(target), let memory = ArrayObject.memoryForWriting(target) else {
      return false
    }
    let state = ArrayObject.state(target)
    call.pointee.set(call.pointee.inputCount, memory, layout(state), state.pointee.dtype)
    return true
  }

  @inline(__always)
  private static func computeInto(
    _ call: Call, _ row: ElementwiseOperation, _ target: Ref
  ) -> Ref? {
    guard call.pointee.settleInto(), let kernel = call.pointee.kernel(row, isFresh: false),
      call.pointee.isSafeInPlace(),
      call.pointee.mayOverwrite(kernel) || !call.pointee.readsOutput()
    else { return nil }
    let events = call.pointee.run(kernel)
    if events.isEmpty { return retained(target) }
    return told(call.pointee.note(events, row, kernel), retained(target))
  }

  /// Takes over a fresh result and puts it into an array.
  private static func copied(_ result: Ref, into target: Ref) -> Ref? {
    defer { py_release(result) }
    // Numbers alone give a number.
    guard ArrayObject.isExact(result) else { return nil }
    let state = ArrayObject.state(target)
    let own = ArrayObject.state(result).pointee.dtype
    guard Promotion.canCast(own, to: state.pointee.dtype, .sameKind) else { return nil }
    if assign(result, to: target, layout(state)) { return retained(target) }
    guard PyErr_Occurred() == nil,
      Shape.broadcast(ArrayObject.state(result).pointee.layout.shape, state.pointee.layout.shape)
        == state.pointee.layout.shape
    else { return nil }
    do throws(PythonError) {
      try ArrayObject.assign(target, state.pointee.layout, .array(ArrayObject.read(result)))
      return try FloatingPointWarnings.checked(retained(target))
    } catch {
      setException(error)
      return nil
    }
  }

  // MARK: Assignment

  /// Writes the value, broadcast and converted, to the elements that `region` covers, a layout over
  /// the root's memory. False where the general way must, and nothing was written that it won't
  /// write again.
  static func assign(_ value: Ref, to target: Ref, _ region: UnsafePointer<Layout>) -> Bool {
    guard ArrayObject.isExact(target) else { return false }
    let dtype = ArrayObject.state(target).pointee.dtype
    return DirectCall.withCall(inputs: 1, outputs: 1) { call in
      guard let memory = ArrayObject.memoryForWriting(target) else { return false }
      let first =
        memory + (region.pointee.offset &- ArrayObject.state(target).pointee.layout.offset)
        &* dtype.itemSize
      call.pointee.set(1, first, region, dtype)
      if ArrayObject.isExact(value) {
        guard set(call, 0, value) else { return false }
      } else {
        guard let number = storable(value, as: dtype) else { return false }
        call.set(0, number)
      }
      guard call.pointee.settleInto() else { return false }
      // `a[...] += b` ends with assigning the view to itself.
      if call.pointee.readsOutput(), call.pointee.dtypes[unchecked: 0] == dtype { return true }
      guard call.pointee.isSafeInPlace() else {
        // `a[1:] = a[:-1]`: what is read is copied first.
        guard let copy = copy(value, as: call.pointee.dtypes[unchecked: 0], keepingOrder: true)
        else { return false }
        defer { py_release(copy) }
        return assign(copy, to: target, region)
      }
      guard let kernel = call.pointee.kernel(.cast, isFresh: false) else { return false }
      let events = call.pointee.run(kernel)
      return events.isEmpty
    }
  }

  /// A number that NumPy assigns to elements of a type without a word.
  @inline(__always)
  static func storable(_ object: Ref, as dtype: DType) -> Scalar? {
    if isType(object, py_float_type()) {
      guard dtype.isInexact else { return nil }
      return Scalar(dtype: .float64, low: PyFloat_AsDouble(object).bitPattern)
    }
    if isType(object, py_long_type()) {
      guard dtype.isInexact || dtype == .int64 else { return integer(object, beside: dtype) }
      var overflow: Int32 = 0
      let integer = PyLong_AsLongLongAndOverflow(object, &overflow)
      return overflow == 0 ? Scalar(dtype: .int64, low: UInt64(bitPattern: integer)) : nil
    }
    if let typed = NumPyScalar.value(of: object) {
      return Promotion.canCast(typed.dtype, to: dtype, .safe) ? typed : nil
    }
    if isType(object, py_complex_type()) {
      guard dtype.isComplex else { return nil }
      return Scalar(
        real: PyComplex_RealAsDouble(object), imaginary: PyComplex_ImagAsDouble(object),
        .complex128)
    }
    guard isType(object, py_bool_type()) else { return nil }
    return Scalar(dtype: .bool, low: object == py_true() ? 1 : 0)
  }

  /// A copy of an array in C order (or, `keepingOrder`, as NumPy's "K" has it) as `dtype`.
  static func copy(_ object: Ref, as dtype: DType, keepingOrder: Bool) -> Ref? {
    guard ArrayObject.isExact(object) else { return nil }
    return DirectCall.withCall(inputs: 1, outputs: 1) { call in
      guard set(call, 0, object), call.pointee.settle(below: DirectCall.limitInto),
        call.pointee.rank > 0
      else { return nil }
      if !keepingOrder { call.pointee.orderResultAsC() }
      call.pointee.dtypes[1] = dtype
      guard let kernel = call.pointee.kernel(.cast, isFresh: false),
        let result = emptyResult(call, 0, dtype)
      else { return nil }
      let events = call.pointee.run(kernel)
      if events.isEmpty { return result }
      py_release(result)
      return nil
    }
  }
}
