import CPythonABI
import Martlet
import MartletIR

/// The Python door to work on large arrays, which is remembered, or done in place: reads objects as
/// operands where they stand.
///
/// Nil (or false) always means that the general way must, which raises what there is to raise.
enum LazyDoor {
  private typealias Operands = InlineArray<3, StandingOperand>

  // MARK: Operands

  /// Reads the inputs of a call; false where one is neither an array of ours nor a number.
  @inline(__always)
  private static func read(
    _ row: ElementwiseOperation, _ objects: UnsafePointer<Ref>, _ operands: inout Operands
  ) -> Bool {
    let count = row.inputCount
    guard count <= 3 else { return false }
    // Arrays and typed numbers first: literals take their type from these.
    var strong: DType?
    var literals = 0
    var isLarge = false
    for k in 0..<count {
      let object = objects[k]
      if ArrayObject.isExact(object) {
        let state = ArrayObject.state(object)
        let owner = state.pointee.base.map { ArrayObject.state($0) } ?? state
        operands[k] = StandingOperand(
          owner.pointee.storage.unsafelyUnwrapped, DirectDoor.layout(state), state.pointee.dtype)
        isLarge = true
        // A condition says nothing about the types of what it chooses from.
        if k == 0, row === ElementwiseOperation.select { continue }
      } else if !isType(object, py_float_type()), !isType(object, py_long_type()),
        let typed = NumPyScalar.value(of: object)
      {
        operands[k] = StandingOperand(typed)
      } else {
        literals |= 1 << k
        continue
      }
      let dtype = operands[k].dtype
      strong = strong.map { $0 == dtype ? dtype : Promotion.promote($0, dtype) } ?? dtype
    }
    guard isLarge else { return false }
    if literals == 0 { return true }
    guard row.selection != .literalsAnyNumber else { return false }
    for k in 0..<count where literals >> k & 1 == 1 {
      guard let value = DirectDoor.number(objects[k], beside: strong) else { return false }
      operands[k] = StandingOperand(value)
    }
    return true
  }

  // MARK: Fresh results

  /// The pending result of an operation on one to three operands, as a new object.
  static func apply(_ row: ElementwiseOperation, _ objects: UnsafePointer<Ref>) -> Ref? {
    var operands = Operands(repeating: StandingOperand())
    guard read(row, objects, &operands), let result = remember(row, &operands) else { return nil }
    do throws(PythonError) { return try ArrayObject.make(result) } catch {
      PyErr_Clear()
      return nil
    }
  }

  static func unary(_ row: ElementwiseOperation, _ operand: Ref) -> Ref? {
    guard row.inputCount == 1, ArrayObject.isExact(operand) else { return nil }
    return withUnsafePointer(to: operand) { apply(row, $0) }
  }

  static func binary(_ row: ElementwiseOperation, _ left: Ref, _ right: Ref) -> Ref? {
    guard row.inputCount == 2 else { return nil }
    let objects: InlineArray<2, Ref> = [left, right]
    return withUnsafePointer(to: objects) {
      apply(row, UnsafeRawPointer($0).assumingMemoryBound(to: Ref.self))
    }
  }

  static func select(_ condition: Ref, _ x: Ref, _ y: Ref) -> Ref? {
    let objects: InlineArray<3, Ref> = [condition, x, y]
    return withUnsafePointer(to: objects) {
      apply(.select, UnsafeRawPointer($0).assumingMemoryBound(to: Ref.self))
    }
  }

  @inline(__always)
  private static func remember(
    _ row: ElementwiseOperation, _ operands: inout Operands
  ) -> NDArray? {
    withUnsafePointer(to: &operands) {
      Elementwise.remember(row, UnsafeRawPointer($0).assumingMemoryBound(to: StandingOperand.self))
    }
  }

  // MARK: In place

  /// `target op= operand`, as the target, retained.
  static func inPlace(_ row: ElementwiseOperation, _ target: Ref, _ operand: Ref) -> Ref? {
    guard row.inputCount == 2 else { return nil }
    let objects: InlineArray<2, Ref> = [target, operand]
    return withUnsafePointer(to: objects) {
      apply(row, UnsafeRawPointer($0).assumingMemoryBound(to: Ref.self), into: target)
    }
  }

  /// Computes into an array, as `out=` does: the output, retained.
  static func apply(
    _ row: ElementwiseOperation, _ objects: UnsafePointer<Ref>, into target: Ref
  ) -> Ref? {
    guard ArrayObject.isExact(target), ArrayObject.isWritable(target) else { return nil }
    var operands = Operands(repeating: StandingOperand())
    guard read(row, objects, &operands) else { return nil }
    if updates(row, operands, target) { return retained(target) }
    guard ArrayObject.state(target).pointee.base == nil, let result = remember(row, &operands),
      ArrayObject.replaceContent(of: target, by: result)
    else { return nil }
    return retained(target)
  }

  /// Computes at once, in the target's own memory, where all that is read is in memory too: memory
  /// that is in use already takes less time to write than fresh memory.
  private static func updates(
    _ row: ElementwiseOperation, _ operands: Operands, _ target: Ref
  ) -> Bool {
    let state = ArrayObject.state(target)
    let owner = state.pointee.base.map { ArrayObject.state($0) } ?? state
    guard owner.pointee.dtype == state.pointee.dtype, owner.pointee.exports == 0,
      let storage = owner.pointee.storage, storage.pointer != nil
    else { return false }
    _ = consume storage
    var done = false
    do throws(PythonError) {
      let region = state.pointee.layout
      try ArrayObject.mutate(target) { (array) throws(MartletError) in
        done = try withUnsafePointer(to: operands) { operands throws(MartletError) in
          try array.update(
            region, row,
            UnsafeRawPointer(operands).assumingMemoryBound(to: StandingOperand.self))
        }
      }
    } catch {
      return false
    }
    return done
  }
}
