import MartletIR

/// New arrays of given sizes and elements.
extension NativeFunction {
  static let creation: [NativeFunction] = [
    NativeFunction(
      "zeros", "(shape, dtype=None, order='C', *, device=None, like=None)", "An array of zeros.",
      .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 3, like: 4)
      return .array(try NDArray.zeros(call.shape(0), call.dtype(1) ?? .float64))
    },
    NativeFunction(
      "ones", "(shape, dtype=None, order='C', *, device=None, like=None)", "An array of ones.",
      .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 3, like: 4)
      return .array(try NDArray.ones(call.shape(0), call.dtype(1) ?? .float64))
    },
    NativeFunction(
      "full", "(shape, fill_value, dtype=None, order='C', *, device=None, like=None)",
      "An array of one number.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 3, device: 4, like: 5)
      return .array(try filled(call, call.shape(0), call.dtype(2)))
    },
    NativeFunction(
      "zeros_like", "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "Zeros in the shape and dtype of `a`.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 5)
      let a = try call.array(0)
      return .array(try NDArray.zeros(shape(call, 4, a), call.dtype(1) ?? a.dtype))
    },
    NativeFunction(
      "ones_like", "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "Ones in the shape and dtype of `a`.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 5)
      let a = try call.array(0)
      return .array(try NDArray.ones(shape(call, 4, a), call.dtype(1) ?? a.dtype))
    },
    NativeFunction(
      "full_like",
      "(a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "One number in the shape and dtype of `a`.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 3, device: 6)
      let a = try call.array(0)
      return .array(try filled(call, shape(call, 5, a), call.dtype(2) ?? a.dtype))
    },
    NativeFunction(
      "array",
      "(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None)",
      "A new array of the elements of `object`.", .composed
    ) { call throws(MartletError) in
      for place in 2...7 where !call.isMissing(place) {
        throw call.notNative("the argument '\(call.function.parameters[place].name)'")
      }
      let a = try call.array(0)
      return .array(try a.asType(call.dtype(1) ?? a.dtype))
    },
    NativeFunction(
      "asarray", "(a, dtype=None, order=None, *, device=None, copy=None, like=None)",
      "An array of the elements of `a`, without a copy where it is one.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 3, like: 5)
      try call.reject(4, "the argument 'copy'")
      let a = try call.array(0)
      guard let dtype = try call.dtype(1), dtype != a.dtype else { return .view(of: 0, a) }
      return .array(try a.asType(dtype))
    },
    NativeFunction(
      "empty", "(shape, dtype=None, order='C', *, device=None, like=None)",
      "An array whose elements are not set.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 3, like: 4)
      return .array(try NDArray.zeros(call.shape(0), call.dtype(1) ?? .float64))
    },
    NativeFunction(
      "empty_like",
      "(prototype, /, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "An array in the shape and dtype of `prototype` whose elements are not set.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 5)
      let a = try call.array(0)
      return .array(try NDArray.zeros(shape(call, 4, a), call.dtype(1) ?? a.dtype))
    },
    NativeFunction(
      "asanyarray", "(a, dtype=None, order=None, *, device=None, copy=None, like=None)",
      "As `asarray`.", .composed
    ) { call throws(MartletError) in
      try rejectPlaces(call, order: 2, device: 3, like: 5)
      try call.reject(4, "the argument 'copy'")
      let a = try call.array(0)
      guard let dtype = try call.dtype(1), dtype != a.dtype else { return .view(of: 0, a) }
      return .array(try a.asType(dtype))
    },
    ordered("ascontiguousarray", "`a` in C order with at least one dimension.") { shape in
      Layout(contiguous: shape)
    },
    ordered("asfortranarray", "`a` in Fortran order with at least one dimension.") { shape in
      Layout(fortran: shape)
    },
    NativeFunction(
      "from_dlpack", "(x, /, *, device=None, copy=None)",
      "An array on the memory of any object that speaks DLPack.", .composed
    ) { call throws(MartletError) in
      throw call.notNative("objects that speak DLPack are Python's")
    },
    NativeFunction("copy", "(a, order='K', subok=False)", "A copy.", .composed, isMethod: true) {
      call throws(MartletError) in
      try rejectOrder(call, 1)
      return .array(try call.array(0).copy())
    },
    NativeFunction(
      "astype", "(x, dtype, /, *, copy=True, device=None)", "The elements in another dtype.",
      .composed, isMethod: true
    ) { call throws(MartletError) in
      guard call.kind(0) == .array else { throw call.notNative("other than an array") }
      guard let dtype = try call.dtype(1) else { throw call.notNative("no dtype is given") }
      try call.reject(3, "the argument 'device'")
      let x = try call.array(0)
      if x.dtype == dtype, try !call.bool(2, default: true) { return .view(of: 0, x) }
      return .array(try x.asType(dtype))
    },
    NativeFunction(
      "arange",
      "(start_or_stop, /, stop=None, step=1, dtype=None, *, device=None, like=None, **kwargs)",
      "Numbers at equal distances.", .composed
    ) { call throws(MartletError) in
      try call.reject(4, "the argument 'device'")
      try call.reject(5, "the argument 'like'")
      return .array(try range(call))
    },
  ]

  private static func ordered(
    _ name: String, _ summary: String, _ layout: @escaping @Sendable (Shape) -> Layout
  ) -> NativeFunction {
    NativeFunction(name, "(a, dtype=None, *, like=None)", summary, .composed) {
      call throws(MartletError) in
      try call.reject(2, "the argument 'like'")
      let a = try call.array(0).atLeast(1)
      return .array(try a.converted(to: call.dtype(1) ?? a.dtype, layout: layout(a.shape)))
    }
  }

  /// Orders other than C are NumPy's.
  static func rejectOrder(_ call: FunctionCall, _ position: Int) throws(MartletError) {
    guard let order = try call.string(position) else { return }
    if !["C", "K", "A"].contains(order) { throw call.notNative("Fortran order") }
  }

  private static func rejectPlaces(
    _ call: FunctionCall, order: Int, device: Int, like: Int? = nil
  ) throws(MartletError) {
    try rejectOrder(call, order)
    try call.reject(device, "the argument 'device'")
    if let like { try call.reject(like, "the argument 'like'") }
  }

  private static func shape(
    _ call: FunctionCall, _ position: Int, _ a: NDArray
  ) throws(MartletError) -> Shape {
    call.isGiven(position) ? try call.shape(position) : a.shape
  }

  private static func filled(
    _ call: FunctionCall, _ shape: Shape, _ dtype: DType?
  ) throws(MartletError) -> NDArray {
    let number = try call.array(1)
    guard number.rank == 0 else { throw call.notNative("the value is an array") }
    return try NDArray.full(shape, number.item().converted(to: dtype ?? number.dtype))
  }

  private static func range(_ call: FunctionCall) throws(MartletError) -> NDArray {
    // The only argument is the stop.
    let places = call.isGiven(1) ? [0, 1, 2] : [nil, 0, 2]
    var numbers: [Scalar] = []
    for (place, absent) in zip(places, [0, nil, 1] as [Int64?]) {
      if let absent, place.map({ !call.isGiven($0) }) ?? true {
        numbers.append(Scalar(absent, .int64))
        continue
      }
      guard let place, case .weak(let kind, let number) = try call.operand(place),
        kind == .integer || kind == .floating
      else { throw call.notNative("arange of other than plain numbers") }
      numbers.append(number)
    }
    let isIntegral = numbers.allSatisfy { $0.dtype == .int64 }
    let dtype = try call.dtype(3) ?? (isIntegral ? .int64 : .float64)
    guard dtype == .float64 || dtype == .float32 || (isIntegral && dtype.isInteger) else {
      throw call.notNative("arange with this dtype")
    }
    // Whole numbers up to 2⁵³ are counted exactly in floating point.
    let (start, stop, step) = (numbers[0].asDouble, numbers[1].asDouble, numbers[2].asDouble)
    let length = ((stop - start) / step).rounded(.up)
    guard step != 0, length < 0x1p53, abs(start) < 0x1p53, abs(stop) < 0x1p53 else {
      throw call.notNative("its length is out of range")
    }
    let next =
      isIntegral
      ? Scalar(numbers[0].asInt64 + numbers[2].asInt64, .int64) : Scalar(start + step, .float64)
    return try NDArray.arange(
      start: numbers[0].converted(to: dtype), next: next.converted(to: dtype),
      count: length > 0 ? Int(length) : 0)
  }
}
