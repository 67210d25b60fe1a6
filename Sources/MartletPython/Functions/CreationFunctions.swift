import CPythonABI
import Martlet
import MartletIR

/// `numpy.zeros`, `array`, `arange` and their like.
enum CreationFunctions {

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
    if isType(value, py_complex_type()) { return .complex128 }
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

  /// Of one array.
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "zeros": { arguments throws(PythonError) in
      if let direct = try filledDirectly(arguments, with: 0) { return direct }
      try rejectLike(arguments, 4)
      let layout = try newLayout(arguments.required(0), arguments[2])
      let dtype = try parseOptionalDType(arguments[1]) ?? .float64
      return try made(on: arguments.optional(3), laidOut: layout) { (shape) throws(MartletError) in
        try NDArray.zeros(shape, dtype)
      }
    },
    "empty": { arguments throws(PythonError) in
      if let direct = try filledDirectly(arguments, with: nil) { return direct }
      try rejectLike(arguments, 4)
      let layout = try newLayout(arguments.required(0), arguments[2])
      let dtype = try parseOptionalDType(arguments[1]) ?? .float64
      return try made(on: arguments.optional(3), laidOut: layout) { (shape) throws(MartletError) in
        try NDArray(uninitialised: shape, dtype, forNew: ())
      }
    },
    "ones": { arguments throws(PythonError) in
      if let direct = try filledDirectly(arguments, with: 1) { return direct }
      try rejectLike(arguments, 4)
      let layout = try newLayout(arguments.required(0), arguments[2])
      let dtype = try parseOptionalDType(arguments[1]) ?? .float64
      return try made(on: arguments.optional(3), laidOut: layout) { (shape) throws(MartletError) in
        try NDArray.ones(shape, dtype)
      }
    },
    "full": { arguments throws(PythonError) in
      if arguments.count == (arguments[2] == nil ? 2 : 3), Placement.isHost {
        var shape = Shape()
        if DirectDoor.readShape(arguments.required(0), &shape),
          let direct = try fullDirectly(
            shape, arguments.required(1), try parseOptionalDType(arguments[2]))
        {
          return direct
        }
      }
      try rejectLike(arguments, 5)
      let layout = try newLayout(arguments.required(0), arguments[3])
      let dtype = try parseOptionalDType(arguments[2])
      let value = arguments.required(1)
      return try DeviceFunctions.onDevice(arguments.optional(4)) { () throws(PythonError) in
        try filled(layout, value, dtype)
      }
    },
    "zeros_like": { arguments throws(PythonError) in
      if let direct = try likeDirectly(arguments, dtype: 1, with: 0) { return direct }
      let (layout, dtype) = try likeness(arguments, dtype: 1, order: 2, shape: 4)
      return try made(on: arguments.optional(5), like: arguments.required(0), laidOut: layout) {
        (shape) throws(MartletError) in try NDArray.zeros(shape, dtype)
      }
    },
    "empty_like": { arguments throws(PythonError) in
      if let direct = try likeDirectly(arguments, dtype: 1, with: nil) { return direct }
      let (layout, dtype) = try likeness(arguments, dtype: 1, order: 2, shape: 4)
      return try made(on: arguments.optional(5), like: arguments.required(0), laidOut: layout) {
        (shape) throws(MartletError) in try NDArray(uninitialised: shape, dtype, forNew: ())
      }
    },
    "ones_like": { arguments throws(PythonError) in
      if let direct = try likeDirectly(arguments, dtype: 1, with: 1) { return direct }
      let (layout, dtype) = try likeness(arguments, dtype: 1, order: 2, shape: 4)
      return try made(on: arguments.optional(5), like: arguments.required(0), laidOut: layout) {
        (shape) throws(MartletError) in try NDArray.ones(shape, dtype)
      }
    },
    "full_like": { arguments throws(PythonError) in
      if arguments.count == 2, isLikable(arguments.required(0)) {
        let state = ArrayObject.state(arguments.required(0))
        if let direct = try fullDirectly(
          state.pointee.layout.shape, arguments.required(1), state.pointee.dtype)
        {
          return direct
        }
      }
      let (layout, dtype) = try likeness(arguments, dtype: 2, order: 3, shape: 5)
      let value = arguments.required(1)
      return try onDevice(arguments.optional(6), like: arguments.required(0)) {
        () throws(PythonError) in try filled(layout, value, dtype)
      }
    },
    "array": { arguments throws(PythonError) in
      try rejectLike(arguments, 7)
      let order = try MemoryOrder.parse(arguments[3], default: .keep)
      if let ndmax = arguments[6], try parseInt(ndmax) != 0 { throw .notNative("ndmax=") }
      let (mayShare, mustShare) = try copyMode(arguments[2], default: false)
      let minimum = try arguments[5].map { (o) throws(PythonError) in try parseInt(o) } ?? 0
      return try array(
        arguments.required(0), try parseOptionalDType(arguments[1]), order, mayShare: mayShare,
        mustShare: mustShare, minimumRank: minimum)
    },
    "asarray": { arguments throws(PythonError) in
      if arguments.count == 1, ArrayObject.isExact(arguments.required(0)) {
        return retained(arguments.required(0))
      }
      return try existing(arguments)
    },
    "asanyarray": { arguments throws(PythonError) in
      if arguments.count == 1, ArrayObject.isExact(arguments.required(0)) {
        return retained(arguments.required(0))
      }
      return try existing(arguments)
    },
    "copy": {
      arguments throws(PythonError) in
      if arguments[2] != nil { throw .notNative("subok=") }
      return try array(
        arguments.required(0), nil, try MemoryOrder.parse(arguments[1], default: .keep),
        mayShare: false, mustShare: false, minimumRank: 0)
    },
    "ascontiguousarray": { arguments throws(PythonError) in
      if arguments.count == 1, isOrdered(arguments.required(0), fortran: false) {
        return retained(arguments.required(0))
      }
      try rejectLike(arguments, 2)
      return try array(
        arguments.required(0), try parseOptionalDType(arguments[1]), .c, mayShare: true,
        mustShare: false, minimumRank: 1)
    },
    "asfortranarray": { arguments throws(PythonError) in
      if arguments.count == 1, isOrdered(arguments.required(0), fortran: true) {
        return retained(arguments.required(0))
      }
      try rejectLike(arguments, 2)
      return try array(
        arguments.required(0), try parseOptionalDType(arguments[1]), .fortran, mayShare: true,
        mustShare: false, minimumRank: 1)
    },
    "arange": { arguments throws(PythonError) in try arange(arguments) },
    "astype": { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard arguments.count == 2, ArrayObject.isExact(object), Placement.isHost else { return nil }
      let dtype = try parseDType(arguments.required(1))
      let own = ArrayObject.state(object).pointee.dtype
      // What is lost of complex numbers NumPy warns of.
      return own.isComplex && !dtype.isComplex ? nil : try copied(object, dtype, .keep)
    },
  ]

  /// Runs a computation and wraps its array.
  static func made(
    _ body: () throws(MartletError) -> NDArray
  ) throws(PythonError) -> Ref {
    try ArrayObject.make(try core(body))
  }

  /// The same with new arrays made on the device that `device=` names, else where `like` lives,
  /// else on the current device.
  ///
  /// All elements are alike, so that they may be seen through any layout of their shape.
  private static func made(
    on device: Ref?, like prototype: Ref? = nil, laidOut layout: Layout,
    _ body: (Shape) throws(MartletError) -> NDArray
  ) throws(PythonError) -> Ref {
    try onDevice(device, like: prototype) { () throws(PythonError) in
      try made { () throws(MartletError) in try body(layout.shape).view(layout) }
    }
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

  static func rejectLike(
    _ arguments: borrowing Arguments, _ position: Int
  ) throws(PythonError) {
    if arguments.optional(position) != nil { throw .notNative("like=") }
  }

  /// How a new array lies, by the arguments for its shape and order.
  static func newLayout(_ shape: Ref, _ order: Ref?) throws(PythonError) -> Layout {
    let order = try MemoryOrder.parseNew(order)
    let shape = try parseShape(shape)
    return order.layout(of: shape, like: Layout(contiguous: Shape()))
  }

  private static func likeness(
    _ arguments: borrowing Arguments, dtype: Int, order: Int, shape: Int
  ) throws(PythonError) -> (Layout, DType) {
    let order = try MemoryOrder.parse(arguments[order], default: .keep)
    let array = try parseArray(arguments.required(0), dtype: nil)
    let given = try arguments.optional(shape).map { (o) throws(PythonError) in try parseShape(o) }
    return (
      order.layout(of: given ?? array.shape, like: array.layout),
      try parseOptionalDType(arguments[dtype]) ?? array.dtype
    )
  }

  /// NumPy converts what it fills with as it converts arrays, other than on assignment.
  private static func filled(
    _ layout: Layout, _ value: Ref, _ dtype: DType?
  ) throws(PythonError) -> Ref {
    let operand = try parseOperand(value)
    let target: DType
    switch operand {
    case .array(let array):
      target = dtype ?? array.dtype
      try checkKeepsParts(array.dtype, target)
    case .scalar(let number):
      target = dtype ?? number.dtype
      try checkStorable(operand, as: target, converting: true)
    case .weak(let kind, let number):
      target =
        dtype ?? (kind == .integer && number.dtype == .uint64 ? .uint64 : Promotion.natural(kind))
      switch kind {
      case .integer where target == .bool && number.dtype == .uint64:
        throw .notNative("a truth value of an integer of 64 bits")
      case .bool, .integer: try checkStorable(operand, as: target)
      case .floating, .complex:
        try checkKeepsParts(number.dtype, target)
        FloatingPointLog.note(converting: number, to: target)
      }
    }
    let shape = layout.shape
    return try made { () throws(MartletError) in
      switch operand {
      case .scalar(let number), .weak(_, let number):
        return try NDArray.full(shape, number.converted(to: target)).view(layout)
      case .array(let array):
        var result = try NDArray(uninitialised: shape, target, forNew: ()).view(layout)
        try result.assign(layout, .array(array))
        return result
      }
    }
  }

  /// `asarray` and `asanyarray`.
  private static func existing(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    try rejectLike(arguments, 5)
    let order = try MemoryOrder.parse(arguments[2], default: .keep)
    let (mayShare, mustShare) = try copyMode(arguments[4], default: true)
    let object = arguments.required(0)
    let dtype = try parseOptionalDType(arguments[1])
    guard let device = arguments.optional(3) else {
      return try array(
        object, dtype, order, mayShare: mayShare, mustShare: mustShare, minimumRank: 0)
    }
    return try array(
      object, dtype, order, on: try DeviceFunctions.parseDevice(device), mayShare: mayShare,
      mustShare: mustShare)
  }

  /// `array` and `asarray`: an owned object.
  static func array(
    _ object: Ref, _ dtype: DType?, _ order: MemoryOrder = .keep, mayShare: Bool, mustShare: Bool,
    minimumRank: Int
  ) throws(PythonError) -> Ref {
    if ArrayObject.check(object) {
      let state = ArrayObject.state(object)
      let layout = state.pointee.layout
      if mayShare, dtype == nil || dtype == state.pointee.dtype, order.isMet(by: layout) {
        if layout.rank >= minimumRank { return retained(object) }
        return try ArrayObject.makeView(of: object, try widened(layout, minimumRank))
      }
      if mustShare { throw cannotShare() }
      return try copied(object, dtype, order, minimumRank)
    }
    if minimumRank == 0, !mustShare, order != .fortran, let direct = try direct(object, dtype) {
      return direct
    }
    if isType(object, Python.numpyArrayType) {
      let (array, readOnly) = try ForeignMemory.array(object, exclusively: false)
      let isAsIs = (dtype == nil || dtype == array.dtype) && order.isMet(by: array.layout)
      let isHere = try core { () throws(MartletError) in try Placement.current.isHost }
      if mayShare, isAsIs, array.rank >= minimumRank, mustShare || isHere {
        return try ArrayObject.make(array, readOnly: readOnly)
      }
      if mustShare { throw cannotShare() }
      try checkKeepsParts(array.dtype, dtype ?? array.dtype)
      let copy = try core { () throws(MartletError) in
        // A copy on another device needs no copy of its own before.
        let placed = try array.placed()
        return isAsIs && !placed.device.isHost ? placed : try placed.copied(as: dtype, order)
      }
      return try ArrayObject.make(try widened(copy, minimumRank))
    }
    let made = try arrayOfOther(object, dtype, mayShare, mustShare, minimumRank)
    if order.isMet(by: ArrayObject.state(made).pointee.layout) { return made }
    defer { py_release(made) }
    return try copied(made, nil, order, minimumRank)
  }

  /// Whether `copy=` lets the memory be shared, and whether it must be. Other values than the usual
  /// three are NumPy's to read.
  static func copyMode(
    _ object: Ref?, default mayShare: Bool
  ) throws(PythonError) -> (mayShare: Bool, mustShare: Bool) {
    guard let object else { return (mayShare, false) }
    if object == py_none() { return (true, false) }
    if object == py_true() { return (false, false) }
    if object == py_false() { return (true, true) }
    throw .notNative("copy= of another kind than True, False and None")
  }

  private static func cannotShare() -> PythonError {
    .value(
      "Unable to avoid copy while creating an array as requested.\nIf using `np.array(obj, "
        + "copy=False)` replace it with `np.asarray(obj)` to allow a copy when needed (no behavior "
        + "change in NumPy 1.x).")
  }

  /// A copy of an array of ours.
  static func copied(
    _ object: Ref, _ dtype: DType?, _ order: MemoryOrder, _ minimumRank: Int = 0
  ) throws(PythonError) -> Ref {
    let own = ArrayObject.state(object).pointee.dtype
    try checkKeepsParts(own, dtype ?? own)
    if Placement.isHost, minimumRank <= Shape.maximumRank {
      let layout = DirectDoor.layout(ArrayObject.state(object))
      let isPlain = layout.pointee.shape.rank >= minimumRank
      // Broadcast axes say nothing about the order of work, and yet are the innermost of a copy.
      if isPlain, order == .keep ? !repeats(object) : order == .c {
        if let copy = DirectDoor.copy(object, as: dtype ?? own, keepingOrder: order == .keep) {
          return copy
        }
      } else if order != .any || dtype == nil || dtype == own {
        let target = order.layout(of: layout.pointee.shape, like: layout.pointee)
        if let copy = try DirectDoor.copy(
          object, as: dtype ?? own, laidOut: try widened(target, minimumRank))
        {
          return copy
        }
      }
    }
    let array = ArrayObject.read(object)
    let copy = try core { () throws(MartletError) in try array.copied(as: dtype, order) }
    return try ArrayObject.make(try widened(copy, minimumRank))
  }

  /// Whether an array of several axes shows elements more than once along one of them.
  private static func repeats(_ object: Ref) -> Bool {
    let layout = DirectDoor.layout(ArrayObject.state(object))
    guard layout.pointee.shape.rank > 1 else { return false }
    for i in 0..<layout.pointee.shape.rank
    where layout.pointee.strides[unchecked: i] == 0 && layout.pointee.shape[unchecked: i] > 1 {
      return true
    }
    return false
  }

  /// An array of what is none yet.
  private static func arrayOfOther(
    _ object: Ref, _ dtype: DType?, _ mayShare: Bool, _ mustShare: Bool, _ minimumRank: Int
  ) throws(PythonError) -> Ref {
    if let (array, readOnly) = try CUDAArrayInterface.array(object) {
      if mayShare, dtype == nil || dtype == array.dtype, array.rank >= minimumRank {
        return try ArrayObject.make(array, readOnly: readOnly)
      }
      if mustShare { throw cannotShare() }
      let copy = try core { () throws(MartletError) in try array.copied(as: dtype, .keep) }
      return try ArrayObject.make(try widened(copy, minimumRank))
    }
    if let given = try Overrides.arrayMethod(of: object, dtype, mayShare, mustShare) {
      defer { py_release(given) }
      if Loan.standsForObject(given) { throw .notNative("an __array__ of strings or objects") }
      // Who is asked for a copy is trusted, as NumPy does.
      let isShared = mayShare || ArrayObject.isExact(given)
      return try array(
        given, dtype, .keep, mayShare: isShared, mustShare: mustShare, minimumRank: minimumRank)
    }
    if mustShare { throw .notNative("sharing the memory of another object") }
    let operand =
      try !NumPyArray.isAny(object) && Overrides.hasRules(object)
      ? .array(convertedArray(object, dtype: dtype)) : parseOperand(object)
    switch operand {
    case .array(let fresh):
      // NumPy made it of a list or the like. With a dtype it must do so itself, because Python
      // numbers convert by other rules than array elements.
      if let dtype, dtype != fresh.dtype {
        let converted = try convertedByNumPy(object, dtype)
        let placed = try core { () throws(MartletError) in try converted.placed() }
        return try ArrayObject.make(try widened(placed, minimumRank))
      }
      if fresh.storage.isPinned, !mayShare {
        let copy = try core { () throws(MartletError) in try fresh.copy().placed() }
        return try ArrayObject.make(try widened(copy, minimumRank))
      }
      let placed = try core { () throws(MartletError) in try fresh.placed() }
      return try ArrayObject.make(try widened(placed, minimumRank))
    case .scalar(let number):
      try checkStorable(.scalar(number), as: dtype ?? number.dtype, converting: true)
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
    if let joined = try TracedLists.array(object) {
      return try made { () throws(MartletError) in
        if let dtype, dtype != joined.dtype { return try joined.asType(dtype) }
        return joined
      }
    }
    if let target = dtype ?? naturalDType(object), Placement.isHost,
      let number = DirectDoor.exactly(object, as: target)
    {
      return try DirectDoor.makeFilled(Shape(), number)
    }
    return dtype == nil ? try DirectJoin.stack(object) : nil
  }

  /// What NumPy makes of another object than an array as elements of `dtype`.
  static func convertedByNumPy(_ object: Ref, _ dtype: DType) throws(PythonError) -> NDArray {
    try convertedArray(object, dtype: dtype)
  }

  /// `asarray` with `device=`.
  private static func array(
    _ object: Ref, _ dtype: DType?, _ order: MemoryOrder, on device: Device, mayShare: Bool,
    mustShare: Bool
  ) throws(PythonError) -> Ref {
    let before = Placement.enter(device)
    defer { Placement.restore(before) }
    let made = try array(
      object, dtype, order, mayShare: mayShare, mustShare: mustShare, minimumRank: 0)
    let array = ArrayObject.read(made)
    if array.device == device { return made }
    defer { py_release(made) }
    if mustShare { throw cannotShare() }
    return try CreationFunctions.made { () throws(MartletError) in try array.to(device) }
  }

  /// With dimensions of size 1 in front, as `ndmin=` asks.
  private static func widened(_ array: NDArray, _ rank: Int) throws(PythonError) -> NDArray {
    array.rank >= rank ? array : array.view(try widened(array.layout, rank))
  }

  private static func widened(_ layout: Layout, _ rank: Int) throws(PythonError) -> Layout {
    guard rank <= Shape.maximumRank else {
      throw .notNative("more dimensions than Martlet's arrays have")
    }
    var layout = layout
    while layout.rank < rank { layout = layout.expanded(at: 0) }
    return layout
  }

  // MARK: arange

  private static func arange(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    try rejectLike(arguments, 5)
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
    if isIntegral, first.asInt64 != start.asInt64 || second.asInt64 != next.asInt64 {
      throw .notNative("a range beyond its dtype")
    }
    if count &* target.itemSize <= ArrayPool.largest, count <= ArrayPool.largest, Placement.isHost,
      arguments.optional(4) == nil
    {
      let made = try ArrayObject.makePooledRow(count, target)
      if DirectRamp.fill(made.memory, start: first, next: second, count: count) {
        return made.object
      }
      py_release(made.object)
    }
    return try onDevice(arguments.optional(4), like: nil) { () throws(PythonError) in
      try made { () throws(MartletError) in
        try NDArray.arange(start: first, next: second, count: count)
      }
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
    let ratio = (stop - start) / step
    // A step so long that the ratio is 0 still has the first number before it.
    let length = ratio == 0 && stop != start && ratio.sign == .plus ? 1 : ratio.rounded(.up)
    if length.isNaN { throw .value("arange: cannot compute length") }
    guard length < 0x1p62 else { throw .value("Maximum allowed size exceeded") }
    return (length <= 0 ? 0 : Int(length), Scalar(start + step, .float64))
  }

}

extension NDArray {
  /// A copy in an order, converted where another dtype is asked for.
  func copied(as dtype: DType?, _ order: MemoryOrder) throws(MartletError) -> NDArray {
    let target = dtype ?? self.dtype
    // Of arrays that are converted NumPy looks at the order no further.
    let order = target != self.dtype && order == .any ? .keep : order
    let layout = order.layout(of: shape, like: layout)
    // Work that can wait, where what it gives lies so.
    if target != self.dtype, layout == Elementwise.resultLayout([self], shape: shape) {
      return try asType(target)
    }
    return try converted(to: target, layout: layout)
  }
}
