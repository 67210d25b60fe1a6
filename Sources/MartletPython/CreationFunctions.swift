import CPythonABI
import Martlet
import MartletIR

/// `numpy.zeros`, `array`, `arange` and their like.
enum CreationFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      "zeros", "(shape, dtype=float, order='C', *, device=None, like=None)",
      "A new array of zeros."
    ) { arguments throws(PythonError) in
      if let direct = try filledDirectly(arguments, with: 0) { return direct }
      try rejectUnusual(arguments, order: 2, like: 4)
      let shape = try parseShape(arguments.required(0))
      let dtype = try parseOptionalDType(arguments[1]) ?? .float64
      return try made(on: arguments.optional(3)) { () throws(MartletError) in
        try NDArray.zeros(shape, dtype)
      }
    },
    NativeFunction(
      "empty", "(shape, dtype=float, order='C', *, device=None, like=None)",
      "A new array whose elements are not set."
    ) { arguments throws(PythonError) in
      if let direct = try filledDirectly(arguments, with: nil) { return direct }
      try rejectUnusual(arguments, order: 2, like: 4)
      let shape = try parseShape(arguments.required(0))
      let dtype = try parseOptionalDType(arguments[1]) ?? .float64
      return try made(on: arguments.optional(3)) { () throws(MartletError) in
        try NDArray(uninitialised: shape, dtype, forNew: ())
      }
    },
    NativeFunction(
      "ones", "(shape, dtype=float, order='C', *, device=None, like=None)", "A new array of ones."
    ) { arguments throws(PythonError) in
      if let direct = try filledDirectly(arguments, with: 1) { return direct }
      try rejectUnusual(arguments, order: 2, like: 4)
      let shape = try parseShape(arguments.required(0))
      let dtype = try parseOptionalDType(arguments[1]) ?? .float64
      return try made(on: arguments.optional(3)) { () throws(MartletError) in
        try NDArray.ones(shape, dtype)
      }
    },
    NativeFunction(
      "full", "(shape, fill_value, dtype=None, order='C', *, device=None, like=None)",
      "A new array with every element equal to `fill_value`."
    ) { arguments throws(PythonError) in
      if arguments.count == (arguments[2] == nil ? 2 : 3), Placement.isHost {
        var shape = Shape()
        if DirectDoor.readShape(arguments.required(0), &shape),
          let direct = try fullDirectly(
            shape, arguments.required(1), try parseOptionalDType(arguments[2]))
        {
          return direct
        }
      }
      try rejectUnusual(arguments, order: 3, like: 5)
      let shape = try parseShape(arguments.required(0))
      let dtype = try parseOptionalDType(arguments[2])
      let value = arguments.required(1)
      return try DeviceFunctions.onDevice(arguments.optional(4)) { () throws(PythonError) in
        try filled(shape, value, dtype)
      }
    },
    NativeFunction(
      "zeros_like", "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "Zeros in the shape and dtype of `a`."
    ) { arguments throws(PythonError) in
      if let direct = try likeDirectly(arguments, dtype: 1, with: 0) { return direct }
      let (shape, dtype) = try likeness(arguments, dtype: 1, order: 2, shape: 4)
      return try made(on: arguments.optional(5), like: arguments.required(0)) {
        () throws(MartletError) in try NDArray.zeros(shape, dtype)
      }
    },
    NativeFunction(
      "empty_like",
      "(prototype, /, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "An array in the shape and dtype of `prototype` whose elements are not set."
    ) { arguments throws(PythonError) in
      if let direct = try likeDirectly(arguments, dtype: 1, with: nil) { return direct }
      let (shape, dtype) = try likeness(arguments, dtype: 1, order: 2, shape: 4)
      return try made(on: arguments.optional(5), like: arguments.required(0)) {
        () throws(MartletError) in try NDArray(uninitialised: shape, dtype, forNew: ())
      }
    },
    NativeFunction(
      "ones_like", "(a, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "Ones in the shape and dtype of `a`."
    ) { arguments throws(PythonError) in
      if let direct = try likeDirectly(arguments, dtype: 1, with: 1) { return direct }
      let (shape, dtype) = try likeness(arguments, dtype: 1, order: 2, shape: 4)
      return try made(on: arguments.optional(5), like: arguments.required(0)) {
        () throws(MartletError) in try NDArray.ones(shape, dtype)
      }
    },
    NativeFunction(
      "full_like",
      "(a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None)",
      "`fill_value` in the shape and dtype of `a`."
    ) { arguments throws(PythonError) in
      if arguments.count == 2, isLikable(arguments.required(0)) {
        let state = ArrayObject.state(arguments.required(0))
        if let direct = try fullDirectly(
          state.pointee.layout.shape, arguments.required(1), state.pointee.dtype)
        {
          return direct
        }
      }
      let (shape, dtype) = try likeness(arguments, dtype: 2, order: 3, shape: 5)
      let value = arguments.required(1)
      return try onDevice(arguments.optional(6), like: arguments.required(0)) {
        () throws(PythonError) in try filled(shape, value, dtype)
      }
    },
    NativeFunction(
      "array",
      "(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None)",
      "A new array of the elements of `object`."
    ) { arguments throws(PythonError) in
      try rejectUnusual(arguments, order: 3, like: 7)
      if let ndmax = arguments[6], try parseInt(ndmax) != 0 { throw .notNative("ndmax=") }
      let mayShare = arguments[2] == py_none() || arguments[2] == py_false()
      let mustShare = arguments[2] == py_false()
      let minimum = try arguments[5].map { (o) throws(PythonError) in try parseInt(o) } ?? 0
      return try array(
        arguments.required(0), try parseOptionalDType(arguments[1]), mayShare: mayShare,
        mustShare: mustShare, minimumRank: minimum)
    },
    NativeFunction(
      "asarray", "(a, dtype=None, order=None, *, device=None, copy=None, like=None)",
      "`a` as an array, the same object where it is one already."
    ) { arguments throws(PythonError) in
      if arguments.count == 1, ArrayObject.isExact(arguments.required(0)) {
        return retained(arguments.required(0))
      }
      try rejectUnusual(arguments, order: 2, like: 5)
      let copies = arguments[4] == py_true()
      let (object, mustShare) = (arguments.required(0), arguments[4] == py_false())
      let dtype = try parseOptionalDType(arguments[1])
      guard let device = arguments.optional(3) else {
        return try array(
          object, dtype, mayShare: !copies, mustShare: mustShare, minimumRank: 0)
      }
      return try array(
        object, dtype, on: try DeviceFunctions.parseDevice(device), mayShare: !copies,
        mustShare: mustShare)
    },
    NativeFunction(
      "asanyarray", "(a, dtype=None, order=None, *, device=None, copy=None, like=None)",
      "As `asarray`."
    ) { arguments throws(PythonError) in
      try rejectUnusual(arguments, order: 2, like: 5)
      let copies = arguments[4] == py_true()
      let (object, mustShare) = (arguments.required(0), arguments[4] == py_false())
      let dtype = try parseOptionalDType(arguments[1])
      guard let device = arguments.optional(3) else {
        return try array(
          object, dtype, mayShare: !copies, mustShare: mustShare, minimumRank: 0)
      }
      return try array(
        object, dtype, on: try DeviceFunctions.parseDevice(device), mayShare: !copies,
        mustShare: mustShare)
    },
    NativeFunction("copy", "(a, order='K', subok=False)", "A copy in memory of its own.") {
      arguments throws(PythonError) in
      guard arguments.count == 1 else { throw .notNative("keywords of copy") }
      return try array(
        arguments.required(0), nil, mayShare: false, mustShare: false, minimumRank: 0)
    },
    atLeast("atleast_1d", 1), atLeast("atleast_2d", 2),
    NativeFunction(
      "ascontiguousarray", "(a, dtype=None, *, like=None)",
      "`a` in C order with at least one dimension, the same object where it is so already."
    ) { arguments throws(PythonError) in
      if arguments.count == 1, isOrdered(arguments.required(0), fortran: false) {
        return retained(arguments.required(0))
      }
      try rejectUnusual(arguments, order: nil, like: 2)
      let made = try array(
        arguments.required(0), try parseOptionalDType(arguments[1]), mayShare: true,
        mustShare: false, minimumRank: 1)
      if ArrayObject.state(made).pointee.layout.isContiguous { return made }
      defer { py_release(made) }
      let value = ArrayObject.read(made)
      return try ArrayObject.make(try core { () throws(MartletError) in try value.copy() })
    },
    NativeFunction(
      "asfortranarray", "(a, dtype=None, *, like=None)",
      "`a` in Fortran order, the same object where it is so already."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard arguments.count == 1, ArrayObject.isExact(object) else {
        throw .notNative("other than an array alone")
      }
      if isOrdered(object, fortran: true) { return retained(object) }
      let turned = try ShapeFunctions.transposed(object)
      defer { py_release(turned) }
      let dtype = ArrayObject.state(object).pointee.dtype
      guard let copy = DirectDoor.copy(turned, as: dtype, keepingOrder: false) else {
        throw .notNative("large arrays")
      }
      // A root of its own, which nobody else has seen yet.
      let state = ArrayObject.state(copy)
      state.pointee.layout = state.pointee.layout.transposed
      return copy
    },
    NativeFunction(
      "arange", "(start_or_stop, /, stop=None, step=1, dtype=None, *, device=None, like=None)",
      "Evenly spaced numbers from `start` up to, not including, `stop`."
    ) { arguments throws(PythonError) in try arange(arguments) },
  ]

  // MARK: At once

  /// A small array of the host of one number, or not set at all; nil for the general way. The shape
  /// comes first, the dtype second, and nothing else may be given.
  @inline(__always)
  private static func filledDirectly(
    _ arguments: borrowing Arguments, with value: Int64?
  ) throws(PythonError) -> Ref? {
    guard arguments.count == (arguments[1] == nil ? 1 : 2), Placement.isHost else { return nil }
    var shape = Shape()
    guard DirectDoor.readShape(arguments.required(0), &shape) else { return nil }
    let dtype = try parseOptionalDType(arguments[1]) ?? .float64
    guard let value else { return try DirectDoor.makeEmpty(shape, dtype)?.object }
    return try DirectDoor.makeFilled(
      shape, value == 0 ? Scalar(dtype: dtype, low: 0) : Scalar(value, dtype))
  }

  /// The same in the shape of an array, whose dtype it has unless the argument at `dtype`
  /// says otherwise.
  @inline(__always)
  private static func likeDirectly(
    _ arguments: borrowing Arguments, dtype: Int, with value: Int64?
  ) throws(PythonError) -> Ref? {
    let given = arguments[dtype]
    guard arguments.count == (given == nil ? 1 : 2), isLikable(arguments.required(0)) else {
      return nil
    }
    let state = ArrayObject.state(arguments.required(0))
    let own = state.pointee.dtype
    let dtype = try given == nil ? own : parseOptionalDType(given) ?? own
    guard let value else {
      return try DirectDoor.makeEmpty(state.pointee.layout.shape, dtype)?.object
    }
    return try DirectDoor.makeFilled(state.pointee.layout.shape, Scalar(value, dtype))
  }

  /// Whether an array is the host's, and its likes are in C order.
  @inline(__always)
  private static func isLikable(_ object: Ref) -> Bool {
    guard ArrayObject.isExact(object), Placement.isHost else { return false }
    let state = ArrayObject.state(object)
    return DirectDoor.address(state) != nil
      && (state.pointee.layout.shape.rank <= 1 || state.pointee.layout.isContiguous)
  }

  /// An array full of one number, whose dtype it has unless one is given.
  private static func fullDirectly(
    _ shape: borrowing Shape, _ value: Ref, _ dtype: DType?
  ) throws(PythonError) -> Ref? {
    guard let target = dtype ?? naturalDType(value),
      let number = DirectDoor.exactly(value, as: target)
    else { return nil }
    return try DirectDoor.makeFilled(shape, number)
  }

  /// The dtype that a number has by itself; nil for other objects.
  private static func naturalDType(_ value: Ref) -> DType? {
    if isType(value, py_float_type()) { return .float64 }
    if isType(value, py_long_type()) { return .int64 }
    if isType(value, py_bool_type()) { return .bool }
    return NumPyScalar.value(of: value)?.dtype
  }

  /// Whether an array has at least one dimension and lies in an order.
  @inline(__always)
  private static func isOrdered(_ object: Ref, fortran: Bool) -> Bool {
    guard ArrayObject.isExact(object) else { return false }
    let layout = DirectDoor.layout(ArrayObject.state(object))
    return layout.pointee.shape.rank > 0
      && (fortran ? layout.pointee.isFortranContiguous : layout.pointee.isContiguous)
  }

  /// `atleast_1d` and its like.
  private static func atLeast(_ name: String, _ rank: Int) -> NativeFunction {
    NativeFunction(
      name, "(*arys)", "The same elements with so many dimensions at least.",
      variadic: { given, count, keywords throws(PythonError) in
        guard let given, count == 1, keywords == nil else { throw .notNative("several arrays") }
        return try ShapeFunctions.withArray(given[0]) { a throws(PythonError) in
          var layout = ArrayObject.state(a).pointee.layout
          if layout.rank >= rank { return retained(a) }
          while layout.rank < rank { layout = layout.expanded(at: 0) }
          return try ArrayObject.makeView(of: a, layout)
        }
      })
  }

  /// Runs a computation and wraps its array.
  static func made(
    _ body: () throws(MartletError) -> NDArray
  ) throws(PythonError) -> Ref {
    try ArrayObject.make(try core(body))
  }

  /// The same with new arrays made on the device that `device=` names, else where `like` lives,
  /// else on the current device.
  private static func made(
    on device: Ref?, like prototype: Ref? = nil, _ body: () throws(MartletError) -> NDArray
  ) throws(PythonError) -> Ref {
    try onDevice(device, like: prototype) { () throws(PythonError) in try made(body) }
  }

  private static func onDevice(
    _ device: Ref?, like prototype: Ref?, _ body: () throws(PythonError) -> Ref
  ) throws(PythonError) -> Ref {
    if device == nil, let prototype, ArrayObject.check(prototype) {
      let home = ArrayObject.read(prototype).device
      if !(home.isHost && Placement.isHost) {
        let before = Placement.enter(home)
        defer { Placement.restore(before) }
        return try body()
      }
    }
    return try DeviceFunctions.onDevice(device, body)
  }

  /// Orders other than C and `like=` are NumPy's.
  static func rejectUnusual(
    _ arguments: borrowing Arguments, order: Int?, like: Int
  ) throws(PythonError) {
    if arguments.optional(like) != nil { throw .notNative("like=") }
    guard let order, let given = arguments.optional(order) else { return }
    guard isSubclass(given, stringFlag) else {
      throw .type("order must be str, not \(try typeName(given))")
    }
    let text = try swiftString(given)
    if !["C", "K", "A", "c", "k", "a"].contains(text) { throw .notNative("Fortran order") }
  }

  private static func likeness(
    _ arguments: borrowing Arguments, dtype: Int, order: Int, shape: Int
  ) throws(PythonError) -> (Shape, DType) {
    let prototype = arguments.required(0)
    if let order = arguments.optional(order) {
      guard isSubclass(order, stringFlag), ["C", "K", "A"].contains(try swiftString(order)) else {
        throw .notNative("Fortran order")
      }
    }
    let array = try parseArray(prototype, dtype: nil)
    if !array.layout.isContiguous, arguments.isMissing(order), array.rank > 1 {
      throw .notNative("keeping another memory order than C")
    }
    let given = try arguments.optional(shape).map { (o) throws(PythonError) in try parseShape(o) }
    return (given ?? array.shape, try parseOptionalDType(arguments[dtype]) ?? array.dtype)
  }

  private static func filled(
    _ shape: Shape, _ value: Ref, _ dtype: DType?
  ) throws(PythonError) -> Ref {
    let operand = try parseOperand(value)
    let target: DType
    switch operand {
    case .array(let array): target = dtype ?? array.dtype
    case .scalar(let scalar): target = dtype ?? scalar.dtype
    case .weak(let kind, let number):
      target =
        dtype ?? (kind == .integer && number.dtype == .uint64 ? .uint64 : Promotion.natural(kind))
      try checkStorable(operand, as: target)
    }
    let result: NDArray
    switch operand {
    case .scalar(let number), .weak(_, let number):
      let converted = number.converted(to: target)
      if converted.asDouble.isInfinite, !number.asDouble.isInfinite {
        throw .notNative("a number that overflows, which NumPy warns of")
      }
      result = try core { () throws(MartletError) in try NDArray.full(shape, converted) }
    case .array(let array):
      result = try core { () throws(MartletError) in
        var result = try NDArray(uninitialised: shape, target, forNew: ())
        try result.assign(result.layout, .array(array))
        return result
      }
    }
    return try ArrayObject.make(result)
  }

  /// `array` and `asarray`: an owned object.
  static func array(
    _ object: Ref, _ dtype: DType?, mayShare: Bool, mustShare: Bool, minimumRank: Int
  ) throws(PythonError) -> Ref {
    if ArrayObject.check(object) {
      let state = ArrayObject.state(object)
      let own = state.pointee.dtype
      if mayShare, dtype == nil || dtype == own, state.pointee.layout.shape.rank >= minimumRank {
        return retained(object)
      }
      if mustShare {
        throw .value("Unable to avoid copy while creating an array as requested.")
      }
      if minimumRank == 0, Placement.isHost,
        let copy = DirectDoor.copy(object, as: dtype ?? own, keepingOrder: true)
      {
        return copy
      }
      let array = ArrayObject.read(object)
      let copy = try core { () throws(MartletError) in
        try array.copied(as: dtype)
      }
      return try ArrayObject.make(try widened(copy, minimumRank))
    }
    if minimumRank == 0, !mustShare, let direct = try direct(object, dtype) { return direct }
    if isType(object, Python.numpyArrayType) {
      let (array, readOnly) = try ForeignMemory.array(object, exclusively: false)
      let isShared = dtype == nil || dtype == array.dtype
      let isHere = try core { () throws(MartletError) in try Placement.current.isHost }
      if mayShare, isShared, array.rank >= minimumRank, mustShare || isHere {
        return try ArrayObject.make(array, readOnly: readOnly)
      }
      if mustShare {
        throw .value("Unable to avoid copy while creating an array as requested.")
      }
      let copy = try core { () throws(MartletError) in
        // A copy on another device needs no copy of its own before.
        let placed = try array.placed()
        return isShared && !placed.device.isHost ? placed : try placed.copied(as: dtype)
      }
      return try ArrayObject.make(try widened(copy, minimumRank))
    }
    if let (array, readOnly) = try CUDAArrayInterface.array(object) {
      if mayShare, dtype == nil || dtype == array.dtype, array.rank >= minimumRank {
        return try ArrayObject.make(array, readOnly: readOnly)
      }
      if mustShare {
        throw .value("Unable to avoid copy while creating an array as requested.")
      }
      let copy = try core { () throws(MartletError) in try array.copied(as: dtype) }
      return try ArrayObject.make(try widened(copy, minimumRank))
    }
    if mustShare { throw .notNative("sharing the memory of another object") }
    let operand =
      try !NumPyArray.isAny(object) && Overrides.hasRules(object)
      ? .array(convertedArray(object, dtype: dtype)) : parseOperand(object)
    switch operand {
    case .array(let fresh):
      // NumPy made it of a list or the like. With a dtype it must do so itself, because Python
      // numbers convert by other rules than array elements.
      if let dtype, dtype != fresh.dtype { return try convertedByNumPy(object, dtype, minimumRank) }
      if fresh.storage.isPinned, !mayShare {
        let copy = try core { () throws(MartletError) in try fresh.copy().placed() }
        return try ArrayObject.make(try widened(copy, minimumRank))
      }
      let placed = try core { () throws(MartletError) in try fresh.placed() }
      return try ArrayObject.make(try widened(placed, minimumRank))
    case .scalar(let number):
      let made = try core { () throws(MartletError) in
        try NDArray.scalar(number.converted(to: dtype ?? number.dtype)).placed()
      }
      return try ArrayObject.make(try widened(made, minimumRank))
    case .weak(let kind, let number):
      let natural =
        kind == .integer && number.dtype == .uint64 ? .uint64 : Promotion.natural(kind)
      let target = dtype ?? natural
      try checkStorable(.weak(kind, number), as: target)
      let made = try core { () throws(MartletError) in
        try NDArray.scalar(number.converted(to: target)).placed()
      }
      return try ArrayObject.make(try widened(made, minimumRank))
    }
  }

  /// Of numbers, or of arrays of one shape, in lists and tuples.
  private static func direct(_ object: Ref, _ dtype: DType?) throws(PythonError) -> Ref? {
    if let made = try NestedNumbers.array(object, dtype) { return made }
    if let target = dtype ?? naturalDType(object), Placement.isHost,
      let number = DirectDoor.exactly(object, as: target)
    {
      return try DirectDoor.makeFilled(Shape(), number)
    }
    return dtype == nil ? try DirectJoin.stack(object) : nil
  }

  private static func convertedByNumPy(
    _ object: Ref, _ dtype: DType, _ minimumRank: Int
  ) throws(PythonError) -> Ref {
    let array = try convertedArray(object, dtype: dtype)
    let placed = try core { () throws(MartletError) in try array.placed() }
    return try ArrayObject.make(try widened(placed, minimumRank))
  }

  /// `asarray` with `device=`.
  private static func array(
    _ object: Ref, _ dtype: DType?, on device: Device, mayShare: Bool, mustShare: Bool
  ) throws(PythonError) -> Ref {
    let before = Placement.enter(device)
    defer { Placement.restore(before) }
    let made = try array(
      object, dtype, mayShare: mayShare, mustShare: mustShare, minimumRank: 0)
    let array = ArrayObject.read(made)
    if array.device == device { return made }
    defer { py_release(made) }
    if mustShare {
      throw .value("Unable to avoid copy while creating an array as requested.")
    }
    return try CreationFunctions.made { () throws(MartletError) in try array.to(device) }
  }

  /// With dimensions of size 1 in front, as `ndmin=` asks.
  private static func widened(_ array: NDArray, _ rank: Int) throws(PythonError) -> NDArray {
    guard rank <= Shape.maximumRank else {
      throw .notNative("more dimensions than Martlet's arrays have")
    }
    var layout = array.layout
    while layout.rank < rank { layout = layout.expanded(at: 0) }
    return array.view(layout)
  }

  // MARK: arange

  private static func arange(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    try rejectUnusual(arguments, order: nil, like: 5)
    let dtype = try parseOptionalDType(arguments[3])
    let hasStop = arguments.optional(1) != nil
    let one = Scalar(Int64(1), .int64)
    let start = try hasStop ? rangeNumber(arguments.required(0)) : Scalar(Int64(0), .int64)
    let stop = try rangeNumber(arguments.required(hasStop ? 1 : 0))
    let step =
      try arguments.optional(2).map { (o) throws(PythonError) in try rangeNumber(o) } ?? one
    let isIntegral = start.dtype == .int64 && stop.dtype == .int64 && step.dtype == .int64
    let target = dtype ?? (isIntegral ? .int64 : .float64)
    guard target == .float64 || target == .float32 || (isIntegral && target.isInteger) else {
      throw .notNative("arange with this dtype")
    }
    if step.isZero {
      throw .raise(py_exc_zero_division_error(), "Maximum allowed size exceeded")
    }
    let (count, next) = try isIntegral ? integers(start, stop, step) : floats(start, stop, step)
    let (first, second) = (start.converted(to: target), next.converted(to: target))
    if count &* target.itemSize <= ArrayPool.largest, count <= ArrayPool.largest, Placement.isHost,
      arguments.optional(4) == nil
    {
      let made = try ArrayObject.makePooledRow(count, target)
      if DirectRamp.fill(made.memory, start: first, next: second, count: count) {
        return made.object
      }
      py_release(made.object)
    }
    return try made(on: arguments.optional(4)) { () throws(MartletError) in
      try NDArray.arange(start: first, next: second, count: count)
    }
  }

  /// An integer or a double; what else counts as a number here is NumPy's to say.
  private static func rangeNumber(_ object: Ref) throws(PythonError) -> Scalar {
    if let typed = NumPyScalar.value(of: object), typed.dtype == .int64 || typed.dtype == .float64 {
      return typed
    }
    guard case .weak(let kind, let number) = try parseOperand(object),
      kind == .integer || kind == .floating, number.dtype != .uint64
    else { throw .notNative("arange of other than Python numbers") }
    return number
  }

  private static func integers(
    _ start: Scalar, _ stop: Scalar, _ step: Scalar
  ) throws(PythonError) -> (Int, Scalar) {
    let (start, stop, step) = (start.asInt64, stop.asInt64, step.asInt64)
    let (span, overflow) = stop.subtractingReportingOverflow(start)
    let (next, overflow2) = start.addingReportingOverflow(step)
    if overflow || overflow2 || step == .min {
      throw .notNative("numbers near the limits of int64")
    }
    let isEmpty = step > 0 ? span <= 0 : span >= 0
    let count = isEmpty ? 0 : (span.magnitude - 1) / step.magnitude + 1
    return (Int(clamping: count), Scalar(next, .int64))
  }

  private static func floats(
    _ start: Scalar, _ stop: Scalar, _ step: Scalar
  ) throws(PythonError) -> (Int, Scalar) {
    let (start, stop, step) = (start.asDouble, stop.asDouble, step.asDouble)
    let length = ((stop - start) / step).rounded(.up)
    if length.isNaN { throw .value("arange: cannot compute length") }
    guard length < 0x1p62 else { throw .value("Maximum allowed size exceeded") }
    return (length <= 0 ? 0 : Int(length), Scalar(start + step, .float64))
  }

}

extension NDArray {
  /// A copy, converted where another dtype is asked for.
  func copied(as dtype: DType?) throws(MartletError) -> NDArray {
    guard let dtype, dtype != self.dtype else { return try copy() }
    return try asType(dtype)
  }
}
