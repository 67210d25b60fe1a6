import CPythonABI
import Martlet
import MartletIR

/// One call of a ufunc: its operands and what the keywords ask for.
struct UFuncCall {
  let row: ElementwiseOperation
  var operands: [Operand] = []
  var outputs: [Ref?] = []
  var dtype: DType?
  var casting: Promotion.Casting = .sameKind
  /// `where=`; nil for everywhere.
  var mask: NDArray?

  init(_ row: ElementwiseOperation) { self.row = row }

  /// The results as Python objects, owned.
  func run() throws(PythonError) -> [Ref] {
    if outputs.contains(where: { $0 != nil }) { return try runIntoOutputs() }
    if let mask { return try masked(mask) }
    let arrays = try compute()
    var results: [Ref] = []
    for array in arrays { results.append(try pythonResult(array)) }
    return results
  }

  private func compute() throws(PythonError) -> [NDArray] {
    let loop = try resolve()
    try checkCasting(row.loops[loop])
    let inputs = row.loops[loop].inputs
    return try core { () throws(MartletError) in
      var operands = try quietOperands(row.loops[loop])
      // What is lost on the way to integers is told of.
      for (i, type) in inputs.enumerated() where type.isInteger {
        if case .array(let array) = operands[i], array.dtype.isInexact {
          operands[i] = .array(try array.asType(type))
        }
      }
      return try Elementwise.apply(row, loop: loop, operands)
    }
  }

  private func resolve() throws(PythonError) -> Int {
    do throws(MartletError) {
      return try Elementwise.resolve(row, operands, dtype: dtype, casting: casting)
    } catch {
      if dtype != nil, case .noLoop = error { throw .notNative("no loop of this dtype") }
      throw .martlet(error)
    }
  }

  /// The operands with harmless numbers where `where=` leaves the result out, so that what is not
  /// computed cannot warn: `np.divide(a, b, out=c, where=b != 0)`.
  private func quietOperands(_ loop: TypedLoop) throws(MartletError) -> [Operand] {
    guard let mask, row.integerEvents != .none || loop.inputs.contains(where: \.isInexact) else {
      return operands
    }
    var quiet: [Operand] = []
    for (i, dtype) in loop.inputs.enumerated() {
      let harmless = Operand.scalar(Scalar(row.harmlessInput(i), dtype))
      var operand = operands[i]
      switch operand {
      case .array: break
      case .scalar(let number), .weak(_, let number): operand = .scalar(number.converted(to: dtype))
      }
      quiet.append(.array(try NDArray.selected(by: mask, operand, harmless)))
    }
    return quiet
  }

  /// `casting=` rules how the results get into the outputs and, where it is stricter than the
  /// default, how the inputs get to the loop's types.
  private func checkCasting(_ loop: TypedLoop) throws(PythonError) {
    for (i, type) in loop.outputs.enumerated() {
      guard i < outputs.count, let out = outputs[i] else { continue }
      try Self.checkCast(row, type, to: ArrayObject.state(out).pointee.dtype, casting)
    }
    // A dtype rules the inputs that share it, not an exponent beside them.
    if dtype != nil, let type = loop.outputs.first {
      for (operand, target) in zip(operands, loop.inputs) where target != type && type.isInexact {
        if case .array(let array) = operand, !Promotion.canCast(array.dtype, to: target, .safe) {
          throw .notNative("a conversion that is not safe beside a dtype")
        }
        if case .scalar(let number) = operand, !Promotion.canCast(number.dtype, to: target, .safe) {
          throw .notNative("a conversion that is not safe beside a dtype")
        }
      }
    }
    guard casting != .sameKind, casting != .unsafe else { return }
    for (operand, target) in zip(operands, loop.inputs) {
      switch operand {
      case .array(let array) where Promotion.canCast(array.dtype, to: target, casting): continue
      case .scalar(let number) where Promotion.canCast(number.dtype, to: target, casting): continue
      case .weak(let kind, _)
      where Promotion.canCast(Promotion.natural(kind), to: target, casting): continue
      default: throw .notNative("a casting rule that only NumPy words the error for")
      }
    }
  }

  private static func checkCast(
    _ row: ElementwiseOperation, _ type: DType, to target: DType, _ casting: Promotion.Casting
  ) throws(PythonError) {
    guard Promotion.canCast(type, to: target, casting) else {
      throw .martlet(
        .castForbidden(operation: row.name, from: type, to: target, casting: casting.rawValue))
    }
  }

  private func runIntoOutputs() throws(PythonError) -> [Ref] {
    for case let out? in outputs where !ArrayObject.check(out) {
      throw .notNative("the output is not a Martlet array")
    }
    let arrays = try compute()
    var results: [Ref] = []
    for (i, array) in arrays.enumerated() {
      guard let out = i < outputs.count ? outputs[i] : nil else {
        results.append(try pythonResult(array))
        continue
      }
      try Self.store(array, row.name, casting, mask: mask, into: out)
      results.append(retained(out))
    }
    return results
  }

  /// `where=` without `out=`: NumPy leaves the other elements as the memory happens to be; here
  /// they are zero.
  private func masked(_ mask: NDArray) throws(PythonError) -> [Ref] {
    let arrays = try compute()
    var results: [Ref] = []
    for array in arrays {
      let zero = Operand.scalar(Scalar(dtype: array.dtype, low: 0))
      let chosen = try core { () throws(MartletError) in
        try NDArray.selected(by: mask, .array(array), zero)
      }
      results.append(try pythonResult(chosen))
    }
    return results
  }

  // MARK: Writing results

  /// What NumPy looks at before it looks at shapes. Its own function, so that the array that it reads
  /// is gone when the memory is written.
  @inline(never)
  static func checkInPlace(
    _ row: ElementwiseOperation, _ target: Ref, _ operand: Ref
  ) throws(PythonError) {
    guard ArrayObject.isWritable(target) else {
      throw .martlet(.readOnly(operation: "output"))
    }
    let operands = [Operand.array(ArrayObject.read(target)), try parseOperand(operand)]
    let loop = try core { () throws(MartletError) in
      try Elementwise.resolve(row, operands, dtype: nil, casting: .sameKind)
    }
    try checkCast(
      row, row.loops[loop].outputs[0], to: ArrayObject.state(target).pointee.dtype, .sameKind)
  }

  /// Puts a result into an array, as `out=` and the in-place operators do.
  static func store(
    _ result: NDArray, _ operation: String, _ casting: Promotion.Casting, mask: NDArray?,
    into target: Ref
  ) throws(PythonError) {
    let state = ArrayObject.state(target)
    let dtype = state.pointee.dtype
    guard Promotion.canCast(result.dtype, to: dtype, casting) else {
      throw .martlet(
        .castForbidden(
          operation: operation, from: result.dtype, to: dtype, casting: casting.rawValue))
    }
    try checkKeepsParts(result.dtype, dtype)
    let region = state.pointee.layout
    guard ArrayObject.isWritable(target) else {
      throw .martlet(.readOnly(operation: "output"))
    }
    guard Shape.broadcast(result.shape, region.shape) == region.shape else {
      throw .value(
        "non-broadcastable output operand with shape \(region.shape.plain) doesn't match the "
          + "broadcast shape \(result.shape.plain)")
    }
    if let mask {
      guard Shape.broadcast(mask.shape, region.shape) == region.shape else {
        throw .notNative("where= is larger than the output")
      }
      let old = ArrayObject.read(target)
      let chosen = try core { () throws(MartletError) in
        // Converted first: int64 and uint64 would meet in float64.
        try NDArray.selected(by: mask, .array(try result.lazilyConverted(to: dtype)), .array(old))
      }
      try ArrayObject.assign(target, region, .array(chosen))
    } else {
      try store(result, into: target, region)
    }
  }
}

extension UFuncCall {
  /// Puts a fresh result into the whole of an array it broadcasts to.
  private static func store(
    _ result: NDArray, into target: Ref, _ region: Layout
  ) throws(PythonError) {
    let dtype = ArrayObject.state(target).pointee.dtype
    var value = result
    if value.dtype != dtype, value.shape == region.shape {
      value = try core { () throws(MartletError) in try result.lazilyConverted(to: dtype) }
    }
    if ArrayObject.replaceContent(of: target, by: value) { return }
    try ArrayObject.assign(target, region, .array(value))
  }
}
