import CPythonABI
import Martlet
import MartletIR

/// `integers` and `randint`.
enum RandomIntegers {
  static let generator: [DoorFunction] = [
    DoorFunction(
      RandomMethods.path("integers", .generator),
      "(self, low, high=None, size=None, dtype=int64, endpoint=False)",
      "Integers from `low` to below `high`, or from 0 to below `low`; with `endpoint` the end too."
    ) { arguments throws(PythonError) in
      let call = try RandomCall(.generator, arguments)
      return try draw(
        call, arguments, isMasked: false, includesEnd: try parseBool(arguments[5], default: false))
    }
  ]

  static func state(_ owner: RandomCall.Owner) -> [DoorFunction] {
    [
      DoorFunction(
        RandomMethods.path("randint", owner),
        RandomMethods.signature("low, high=None, size=None, dtype=int", owner),
        "Integers from `low` to below `high`, or from 0 to below `low`."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(owner, arguments)
        return try draw(call, arguments, isMasked: true, includesEnd: false)
      },
      DoorFunction(
        RandomMethods.path("tomaxint", owner), RandomMethods.signature("size=None", owner),
        "Integers from 0 to the greatest of 64 bits."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(owner, arguments)
        guard let size = try call.size(arguments[call.offset]) else {
          return try call.drawing { source throws(PythonError) in
            try check(PyLong_FromLongLong(Int64(source.bits.next64() >> 1)))
          }
        }
        let result = try core { () throws(MartletError) in try NDArray(uninitialised: size, .int64)
        }
        let target = try core { () throws(MartletError) in try result.pointer() }
        try call.drawing { source throws(PythonError) in
          try call.draw(result.count) { first, count throws(MartletError) in
            let target = target.assumingMemoryBound(to: UInt64.self)
            for i in first..<first + count { target[i] = source.bits.next64() >> 1 }
          }
        }
        return try ArrayObject.make(result)
      },
    ]
  }

  private static func draw(
    _ call: RandomCall, _ arguments: borrowing Arguments, isMasked: Bool, includesEnd: Bool
  ) throws(PythonError) -> Ref {
    let start = call.offset
    let hasHigh = arguments.optional(start + 1) != nil
    var (dtype, isPythons) = (DType.int64, isMasked)
    if let given = arguments[start + 3] {
      if given == py_none() { throw .notNative("no dtype") }
      dtype = try parseDType(given)
      isPythons = given == py_object(py_long_type()) || given == py_object(py_bool_type())
    }
    guard let bounds = IntegerRange.bounds(dtype) else { throw .notNative("another dtype") }
    let limits = Limits(
      dtype: dtype, least: bounds.least, greatest: bounds.greatest,
      includesEnd: includesEnd)
    let size = try call.size(arguments[start + 2])
    if let size, size.elementCount == 0 {
      // Then NumPy looks at no bound.
      return try ArrayObject.make(
        try core { () throws(MartletError) in try NDArray(uninitialised: size, dtype) })
    }
    let first = try parseOperand(arguments.required(start))
    let second = hasHigh ? try parseOperand(arguments.required(start + 1)) : nil
    guard let low = try number(hasHigh ? first : nil), let high = try number(second ?? first) else {
      return try drawArrays(call, limits, hasHigh ? first : nil, second ?? first, size, isMasked)
    }
    let range = try limits.range(low, high, isMasked: isMasked)
    let result = try core { () throws(MartletError) in
      try NDArray(uninitialised: size ?? Shape(), dtype)
    }
    let target = try core { () throws(MartletError) in try result.pointer() }
    let algorithm = try call.algorithm(for: result.count)
    try call.drawing { source throws(PythonError) in
      // Small ones share words from one element to the next, so they are drawn in one go.
      if dtype.itemSize < 4 {
        var bits = source.bits
        if let algorithm {
          algorithm.fill(range, state: source.bits.state, target, result.count)
        } else {
          range.fill(&bits, target, result.count)
        }
        return
      }
      try call.draw(result.count) { first, count throws(MartletError) in
        let place = target + first * dtype.itemSize
        if let algorithm {
          algorithm.fill(range, state: source.bits.state, place, count)
        } else {
          var bits = source.bits
          range.fill(&bits, place, count)
        }
      }
    }
    guard size == nil else { return try ArrayObject.make(result) }
    let scalar = try onlyElement(result)
    return isPythons ? try pythonNumber(scalar) : try NumPyScalar.make(scalar)
  }

  /// What a bound is: an integer of up to 64 bits, with or without a sign.
  private struct Bound: Comparable {
    let isNegative: Bool
    let bits: UInt64

    init(_ scalar: Scalar) {
      isNegative = scalar.dtype != .uint64 && scalar.asInt64 < 0
      bits = scalar.dtype == .uint64 ? scalar.low : UInt64(bitPattern: scalar.asInt64)
    }

    init(_ value: Int64) {
      isNegative = value < 0
      bits = UInt64(bitPattern: value)
    }

    init(unsigned value: UInt64) {
      isNegative = false
      bits = value
    }

    static func < (a: Bound, b: Bound) -> Bool {
      a.isNegative != b.isNegative ? a.isNegative : a.bits < b.bits
    }
  }

  /// Nil for arrays; 0 where none is given.
  private static func number(_ operand: Operand?) throws(PythonError) -> Bound? {
    switch operand {
    case nil: return Bound(0)
    case .weak(let kind, let scalar):
      guard kind == .integer || kind == .bool else {
        throw .notNative("bounds that are no integers")
      }
      return Bound(scalar)
    case .scalar(let scalar):
      guard scalar.dtype.isInteger || scalar.dtype == .bool else {
        throw .notNative("bounds that are no integers")
      }
      return Bound(scalar)
    case .array(let array):
      guard array.dtype.isInteger || array.dtype == .bool else {
        throw .notNative("bounds that are no integers")
      }
      return array.rank == 0 ? Bound(try onlyElement(array)) : nil
    }
  }

  private struct Limits {
    let dtype: DType
    let least: Int64
    let greatest: UInt64
    let includesEnd: Bool

    func range(_ low: Bound, _ high: Bound, isMasked: Bool) throws(PythonError) -> IntegerRange {
      // An end that is not included may be one more than the greatest.
      let isBeyond =
        includesEnd || greatest == .max
        ? Bound(unsigned: greatest) < high : Bound(unsigned: greatest &+ 1) < high
      if low < Bound(least) { throw outOf("low") }
      if isBeyond { throw outOf("high") }
      guard includesEnd ? low <= high : low < high else { throw empty(low) }
      let span = high.bits &- low.bits &- (includesEnd ? 0 : 1)
      return IntegerRange(dtype, low: low.bits, span: span, isMasked: isMasked)
    }

    private func outOf(_ name: String) -> PythonError {
      .value("\(name) is out of bounds for \(dtype.name)")
    }

    private func empty(_ low: Bound) -> PythonError {
      let sign = includesEnd ? ("<", ">") : ("<=", ">=")
      return .value(low == Bound(0) ? "high \(sign.0) 0" : "low \(sign.1) high")
    }
  }

  private static func drawArrays(
    _ call: RandomCall, _ limits: Limits, _ low: Operand?, _ high: Operand, _ size: Shape?,
    _ isMasked: Bool
  ) throws(PythonError) -> Ref {
    guard limits.dtype != .uint64 else { throw .notNative("arrays of bounds without a sign") }
    let (low, high) = (try array(low), try array(high))
    guard let joined = Shape.broadcast(low.shape, high.shape) else {
      throw .value("shape mismatch: objects cannot be broadcast to a single shape")
    }
    if let size, Shape.broadcast(size, joined) != size {
      throw .notNative("a size that the bounds do not broadcast to")
    }
    let shape = size ?? joined
    let columns = try core { () throws(MartletError) in
      (
        try low.asType(.int64).broadcast(to: shape).contiguous(),
        try high.asType(.int64).broadcast(to: shape).contiguous()
      )
    }
    let result = try core { () throws(MartletError) in
      try NDArray(uninitialised: shape, limits.dtype)
    }
    let (lows, highs, target) = try core { () throws(MartletError) in
      (
        try columns.0.pointer().assumingMemoryBound(to: Int64.self),
        try columns.1.pointer().assumingMemoryBound(to: Int64.self), try result.pointer()
      )
    }
    for i in 0..<result.count {
      _ = try limits.range(Bound(lows[i]), Bound(highs[i]), isMasked: isMasked)
    }
    try call.drawing { source throws(PythonError) in
      var mixed = IntegerRange.Mixed()
      for i in 0..<result.count {
        let range = try limits.range(Bound(lows[i]), Bound(highs[i]), isMasked: isMasked)
        mixed.store(source.bits, range, target, i)
      }
    }
    withExtendedLifetime(columns) {}
    return try ArrayObject.make(result)
  }

  private static func array(_ operand: Operand?) throws(PythonError) -> NDArray {
    switch operand {
    case .array(let array):
      guard array.dtype != .uint64 else { throw .notNative("arrays of bounds without a sign") }
      return array
    case .weak(_, let scalar), .scalar(let scalar):
      guard scalar.dtype != .uint64 else { throw .notNative("arrays of bounds without a sign") }
      return try core { () throws(MartletError) in
        try NDArray(
          filled: Shape(),
          with: Scalar(dtype: .int64, low: UInt64(bitPattern: scalar.asInt64)))
      }
    case nil:
      return try core { () throws(MartletError) in
        try NDArray(filled: Shape(), with: Scalar(dtype: .int64, low: 0))
      }
    }
  }
}
