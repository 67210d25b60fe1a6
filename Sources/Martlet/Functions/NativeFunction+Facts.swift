import MartletIR

/// What is known of an array without a look at its elements.
extension NativeFunction {
  static let facts: [NativeFunction] = [
    NativeFunction("ndim", "(a)", "The number of dimensions.", noNumbers) {
      call throws(MartletError) in .integer(try plain(call).rank)
    },
    NativeFunction("shape", "(a)", "The sizes along each dimension.", noNumbers) {
      call throws(MartletError) in .tuple(try plain(call).shape.map { .integer($0) })
    },
    NativeFunction(
      "size", "(a, axis=None)", "The number of elements, in all or along axes.", noNumbers
    ) { call throws(MartletError) in
      let shape = try plain(call).shape
      guard let axes = try call.ints(1) else { return .integer(shape.elementCount) }
      var count = 1
      for axis in axes {
        guard axis >= -shape.rank, axis < shape.rank else {
          throw call.notNative("an axis that is none of the array's")
        }
        count *= shape[axis < 0 ? axis + shape.rank : axis]
      }
      return .integer(count)
    },
    NativeFunction("iscomplexobj", "(x)", "Whether the dtype is a complex one.", noNumbers) {
      call throws(MartletError) in .truth(try plain(call).dtype.isComplex)
    },
    NativeFunction("isrealobj", "(x)", "Whether the dtype is not a complex one.", noNumbers) {
      call throws(MartletError) in .truth(try !plain(call).dtype.isComplex)
    },
    NativeFunction("iterable", "(y)", "Whether one can iterate over it.", noNumbers) {
      call throws(MartletError) in
      switch call.kind(0) {
      case .array: return .truth(try call.array(0).rank > 0)
      case .sequence, .text: return .truth(true)
      case .none, .truth, .integer, .number: return .truth(false)
      case .missing, .other: throw call.notNative("an object that only Python knows")
      }
    },
    NativeFunction("isscalar", "(element)", "Whether it is a number by itself.", noNumbers) {
      call throws(MartletError) in
      switch call.kind(0) {
      case .truth, .integer, .number, .text: return .truth(true)
      case .none, .array, .sequence: return .truth(false)
      case .missing, .other: throw call.notNative("an object that only Python knows")
      }
    },
    NativeFunction(
      "result_type", "(*arrays_and_dtypes)", "The dtype that all of them promote to.", noNumbers
    ) { call throws(MartletError) in
      let operands = try call.operands(0)
      guard !operands.isEmpty else { throw call.notNative("nothing to promote") }
      return .dtype(try NDArray.commonType("result_type", operands))
    },
  ]

  private static let noNumbers = Derivative.nonDifferentiable("it depends on no element")

  /// An array, or a list or number that makes one.
  private static func plain(_ call: FunctionCall) throws(MartletError) -> NDArray {
    if call.kind(0) == .other { throw call.notNative("an object that only Python knows") }
    return try call.array(0)
  }
}
