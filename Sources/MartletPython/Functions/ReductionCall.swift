import CPythonABI
import Martlet
import MartletIR

/// Whether an axis is the first or last of an array that has none, which NumPy lets pass.
func isScalarAxis(_ object: Ref, rank: Int) throws(PythonError) -> Bool {
  guard rank == 0, isType(object, py_long_type()) else { return false }
  let axis = try parseInt(object)
  return axis == 0 || axis == -1
}

/// One call of a ufunc's `reduce`, with what its keywords ask for.
struct ReductionCall {
  private var reduction: Reduction
  var out: Ref?

  init(_ operation: ReductionOperation, _ object: Ref) throws(PythonError) {
    reduction = Reduction(operation, try parseArray(object, dtype: nil))
    // `np.add.reduce(x * y)`: the product is gone after this call, so nothing of it need be kept.
    if ArrayObject.check(object), py_is_unique(object) != 0 {
      reduction.array.storage.expectNoMoreReads()
    }
  }

  /// From the front; nil for all.
  var axes: [Int]? {
    get { reduction.axes }
    set { reduction.axes = newValue }
  }

  var keepsDimensions: Bool {
    get { reduction.keepsDimensions }
    set { reduction.keepsDimensions = newValue }
  }

  mutating func setDType(_ object: Ref?) throws(PythonError) {
    let dtype = try parseOptionalDType(object)
    var changed = reduction
    try core { () throws(MartletError) in try changed.setDType(dtype) }
    reduction = changed
  }

  mutating func setInitial(_ object: Ref?) throws(PythonError) {
    guard let object, object != py_none() else { return }
    let operand = try parseOperand(object)
    var changed = reduction
    try core { () throws(MartletError) in try changed.setInitial(operand) }
    reduction = changed
  }

  /// `initial=` as an element of the result.
  static func initial(_ object: Ref, _ type: DType) throws(PythonError) -> Scalar {
    let operand = try parseOperand(object)
    return try core { () throws(MartletError) in try Reduction.initial(operand, type) }
  }

  /// `where=`; nil for all elements.
  static func mask(_ object: Ref?, for array: NDArray) throws(PythonError) -> NDArray? {
    guard let object, object != py_true() else { return nil }
    let parsed = try parseArray(object, dtype: nil)
    try core { () throws(MartletError) in try Reduction.checkMask(parsed, for: array) }
    return parsed
  }

  mutating func setMask(_ object: Ref?) throws(PythonError) {
    guard let mask = try Self.mask(object, for: reduction.array) else { return }
    var changed = reduction
    try core { () throws(MartletError) in try changed.setMask(mask) }
    reduction = changed
  }

  /// The result as a Python object, or `out`.
  func finish() throws(PythonError) -> Ref {
    if let out {
      guard let type = reduction.resultType else {
        throw .notNative("a type without this reduction")
      }
      try Results.checkOutput(out, reduction.resultShape, type)
    }
    let result = try core { () throws(MartletError) in
      try Interruption.stoppable(elements: reduction.array.count) { () throws(MartletError) in
        try reduction.run()
      }
    }
    return try Results.give(result, to: out)
  }
}
