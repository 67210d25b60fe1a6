import CPythonABI
import Martlet
import MartletIR

/// The short way of an operator for small arrays: a kernel found by two dtypes, memory of a dead
/// array, no intermediate values. Whatever is out of the ordinary takes the general way.
final class SmallOperation: @unchecked Sendable {
  // Unchecked: only used under the interpreter's lock.

  private static let types = 16
  private static let shapes = 4
  /// Kernels by dtypes and shape; made with the first of them.
  private var table: UnsafeMutablePointer<SmallKernels.Entry>?
  private let row: ElementwiseOperation?
  let inputCount: Int

  init(_ row: ElementwiseOperation?) {
    self.row = row
    inputCount = row?.inputCount ?? 0
  }

  /// The kernel for two dtypes; nil where there is none, or its operands must be looked at first.
  @inline(__always)
  private func kernel(_ a: DType, _ b: DType, _ shape: Int) -> SmallKernels.Entry? {
    let place = (Int(a.rawValue) &* Self.types &+ Int(b.rawValue)) &* Self.shapes &+ shape
    if let table, table[place].function != nil { return table[place] }
    return prepare(a, b, shape, place)
  }

  @inline(never)
  private func prepare(
    _ a: DType, _ b: DType, _ shape: Int, _ place: Int
  ) -> SmallKernels.Entry? {
    guard let row else { return nil }
    if table == nil {
      let count = Self.types * Self.types * Self.shapes
      let made = UnsafeMutablePointer<SmallKernels.Entry>.allocate(capacity: count)
      made.initialize(repeating: SmallKernels.Entry(), count: count)
      table = made
    }
    guard let table, !table[place].isChecked else { return nil }
    // Marked until there is a kernel, so that what fails is not tried at every call. The general
    // way then raises the error.
    table[place].isChecked = true
    do throws(MartletError) { try SmallKernels.prepare(row, a, b, shape: shape) } catch {
      return nil
    }
    guard let entry = SmallKernels.entry(row, a, b, shape: shape)?.pointee, entry.function != nil,
      !entry.isChecked
    else { return nil }
    table[place] = entry
    return entry
  }

  // MARK: Operators

  /// The result, or nil for the general way.
  @inline(__always)
  func binary(_ left: Ref, _ right: Ref) -> Ref? {
    guard ArrayObject.isExact(left) else { return nil }
    let a = ArrayObject.state(left)
    guard let first = SmallOperation.memory(a) else { return nil }
    if ArrayObject.isExact(right) {
      let b = ArrayObject.state(right)
      guard SmallOperation.sameShape(a, b), let second = SmallOperation.memory(b),
        let kernel = kernel(a.pointee.dtype, b.pointee.dtype, 0)
      else { return nil }
      return SmallOperation.run(kernel, a, first, second)
    }
    return scalar(a, first, right)
  }

  @inline(__always)
  func unary(_ operand: Ref) -> Ref? {
    guard ArrayObject.isExact(operand) else { return nil }
    let a = ArrayObject.state(operand)
    guard let memory = SmallOperation.memory(a),
      let kernel = kernel(a.pointee.dtype, a.pointee.dtype, 0)
    else { return nil }
    return SmallOperation.run(kernel, a, memory, nil)
  }

  /// An array and a number.
  @inline(__always)
  private func scalar(
    _ a: UnsafeMutablePointer<ArrayState>,
    _ memory: UnsafeMutableRawPointer, _ number: Ref
  ) -> Ref? {
    let dtype = a.pointee.dtype
    var value: Scalar
    if isType(number, py_float_type()) {
      value = Scalar(dtype: .float64, low: PyFloat_AsDouble(number).bitPattern)
      let target = Promotion.resolve(.floating, beside: dtype)
      if target != .float64 { value = value.converted(to: target) }
    } else if isType(number, py_long_type()) {
      var overflow: Int32 = 0
      let integer = PyLong_AsLongLongAndOverflow(number, &overflow)
      let target = Promotion.resolve(.integer, beside: dtype)
      // Every integer type holds these; larger ones may be errors.
      guard overflow == 0, target == .int64 || (0...127).contains(integer) || target.isInexact
      else {
        return nil
      }
      value = Scalar(dtype: .int64, low: UInt64(bitPattern: integer))
      if target != .int64 { value = value.converted(to: target) }
    } else {
      guard let typed = NumPyScalar.value(of: number) else { return nil }
      value = typed
    }
    guard let kernel = kernel(dtype, value.dtype, 2) else { return nil }
    var cell = (value.low, value.high)
    if value.dtype == .complex64 { cell.0 |= value.high << 32 }
    return withUnsafeMutableBytes(of: &cell) { bytes in
      SmallOperation.run(kernel, a, memory, bytes.baseAddress)
    }
  }

  // MARK: Steps

  /// Where a small contiguous array's elements are; nil for all others.
  @inline(__always)
  static func memory(_ state: UnsafeMutablePointer<ArrayState>) -> UnsafeMutableRawPointer? {
    guard isDense(state) else { return nil }
    return address(state)
  }

  /// Where an array's elements are; nil while they are pending.
  @inline(__always)
  static func address(_ state: UnsafeMutablePointer<ArrayState>) -> UnsafeMutableRawPointer? {
    let owner = state.pointee.base.map { ArrayObject.state($0) } ?? state
    guard let pointer = owner.pointee.storage.unsafelyUnwrapped.pointer else { return nil }
    return pointer + state.pointee.layout.offset &* state.pointee.dtype.itemSize
  }

  @inline(__always)
  private static func isDense(_ state: UnsafeMutablePointer<ArrayState>) -> Bool {
    if state.pointee.layout.rank == 1 {
      return state.pointee.layout.strides[0] == 1
    }
    return state.pointee.layout.isContiguous
  }

  @inline(__always)
  static func sameShape(
    _ a: UnsafeMutablePointer<ArrayState>, _ b: UnsafeMutablePointer<ArrayState>
  ) -> Bool {
    let rank = a.pointee.layout.rank
    guard rank == b.pointee.layout.rank else { return false }
    for i in 0..<rank where a.pointee.layout.shape[i] != b.pointee.layout.shape[i] { return false }
    return true
  }

  /// Runs a kernel into a new array of the first operand's shape. Nil, for the general way, where
  /// the result is not small, NumPy gives a scalar, or there are events to tell of.
  @inline(__always)
  static func run(
    _ kernel: SmallKernels.Entry, _ a: UnsafeMutablePointer<ArrayState>,
    _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer?
  ) -> Ref? {
    let count = a.pointee.layout.count
    guard count &* kernel.result.itemSize <= SmallObjects.largest, a.pointee.layout.rank > 0,
      let function = kernel.function
    else { return nil }
    guard let (object, memory) = emptySmall(a, kernel.result, count) else { return nil }
    let events = SmallKernels.call(function, first, second, memory, count: count)
    if events.isEmpty { return object }
    py_release(object)
    return nil
  }

  /// Gives an array one contiguous dimension; in place where the object that died had one too.
  @inline(__always)
  static func setRow(_ state: UnsafeMutablePointer<ArrayState>, _ count: Int) {
    guard state.pointee.layout.rank == 1 else {
      state.pointee.layout = Layout(contiguous: Shape(repeating: count, count: 1))
      return
    }
    state.pointee.layout.shape[0] = count
    state.pointee.layout.strides[0] = 1
    state.pointee.layout.offset = 0
  }

  /// Puts the result of an operator in place of its first operand's content; nil, for the general
  /// way, where others see that memory or the result has another type.
  @inline(__always)
  func inPlace(_ target: Ref, _ operand: Ref) -> Ref? {
    guard ArrayObject.isExact(target) else { return nil }
    let state = ArrayObject.state(target)
    guard state.pointee.base == nil, state.pointee.exports == 0, !state.pointee.isReadOnly,
      state.pointee.layout.offset == 0, SmallOperation.memory(state) != nil,
      !state.pointee.storage.unsafelyUnwrapped.isPinned, let result = binary(target, operand)
    else { return nil }
    defer { py_release(result) }
    let fresh = ArrayObject.state(result)
    guard fresh.pointee.dtype == state.pointee.dtype else { return nil }
    swap(&state.pointee.storage, &fresh.pointee.storage)
    return retained(target)
  }

  /// A new array of a shape, contiguous; nil where memory ran out, which the general way tells.
  @inline(__always)
  static func emptySmall(
    _ like: UnsafeMutablePointer<ArrayState>, _ dtype: DType, _ count: Int
  ) -> (Ref, UnsafeMutableRawPointer)? {
    let made: (object: Ref, memory: UnsafeMutableRawPointer)
    do throws(PythonError) { made = try ArrayObject.makeSmall(count &* dtype.itemSize) } catch {
      PyErr_Clear()
      return nil
    }
    let state = ArrayObject.state(made.object)
    if like.pointee.layout.rank == 1 {
      setRow(state, count)
    } else {
      state.pointee.layout = Layout(contiguous: like.pointee.layout.shape)
    }
    state.pointee.dtype = dtype
    return made
  }
}
