import CPythonABI
import Martlet
import MartletIR

/// Methods that have `dtype=` and `out=`, and those of bytes and of shapes given one by one.
enum RandomFills {
  static let generator: [DoorFunction] = [
    standard(
      "random", "size=None, dtype=float64, out=None", .uniform, method: nil,
      "Uniform numbers from 0 to below 1."),
    standard(
      "standard_normal", "size=None, dtype=float64, out=None", .normal, method: nil,
      "Normal numbers with mean 0 and deviation 1."),
    standard(
      "standard_exponential", "size=None, dtype=float64, method='zig', out=None", .exponential,
      method: 2, "Exponential numbers with mean 1."),
    DoorFunction(
      RandomMethods.path("standard_gamma", .generator),
      "(self, shape, size=None, dtype=float64, out=None)", "Gamma numbers of a shape."
    ) { arguments throws(PythonError) in try standardGamma(arguments) },
    bytes(.generator),
  ]

  static func state(_ owner: RandomCall.Owner) -> [DoorFunction] {
    var rows = [bytes(owner)]
    for (name, bulk) in [("rand", Distribution.Bulk.uniform), ("randn", .normal)] {
      rows.append(
        DoorFunction(
          RandomMethods.path(name, owner), RandomMethods.signature("*args", owner),
          "Numbers of a shape whose sizes are the arguments."
        ) { arguments throws(PythonError) in
          let call = try RandomCall(owner, arguments)
          return try shaped(call, arguments, bulk)
        })
    }
    if owner == .module {
      for name in ["ranf", "sample"] {
        rows.append(
          DoorFunction("random.\(name)", "(*args, **kwargs)", "Uniform numbers from 0 to below 1.")
          {
            arguments throws(PythonError) in
            guard arguments.restCount <= 1 else { throw .notNative("more than a size") }
            let call = try RandomCall(.module, arguments)
            let size = try call.size(arguments.restCount == 1 ? arguments.rest(0) : nil)
            return try fill(call, size, .uniform)
          })
      }
    }
    return rows
  }

  // MARK: - RandomState

  private static func shaped(
    _ call: RandomCall, _ arguments: borrowing Arguments, _ bulk: Distribution.Bulk
  ) throws(PythonError) -> Ref {
    if arguments.restCount == 0 { return try fill(call, nil, bulk) }
    var sizes: [Int] = []
    for i in 0..<arguments.restCount {
      let size = arguments.rest(i)
      guard isType(size, py_long_type()) else { throw .notNative("sizes that are no integers") }
      sizes.append(try parseInt(size))
    }
    return try fill(call, try shape(sizes, allowing: 0), bulk)
  }

  /// Standard numbers as `RandomState` draws them.
  static func fill(
    _ call: RandomCall, _ size: Shape?, _ bulk: Distribution.Bulk
  ) throws(PythonError) -> Ref {
    guard let size else {
      return try call.drawing { source throws(PythonError) in
        try check(PyFloat_FromDouble(source.standard(bulk)))
      }
    }
    let result = try core { () throws(MartletError) in try NDArray(uninitialised: size, .float64) }
    let target = try core { () throws(MartletError) in
      try result.pointer().assumingMemoryBound(to: Double.self)
    }
    let algorithm = bulk == .uniform ? try call.algorithm(for: result.count) : nil
    try call.drawing { source throws(PythonError) in
      try call.draw(result.count) { first, count throws(MartletError) in
        if let algorithm {
          try algorithm.fill(bulk, 0, 1, state: source.bits.state, target + first, count)
        } else {
          for i in first..<first + count { target[i] = source.standard(bulk) }
        }
      }
    }
    return try ArrayObject.make(result)
  }

  // MARK: - Generator

  private static func standard(
    _ name: String, _ parameters: String, _ bulk: Distribution.Bulk, method: Int?, _ summary: String
  ) -> DoorFunction {
    DoorFunction(
      RandomMethods.path(name, .generator), "(self, \(parameters))", summary
    ) { arguments throws(PythonError) in
      let call = try RandomCall(.generator, arguments)
      if arguments.count == 1 {
        return try call.drawing { source throws(PythonError) in
          try check(PyFloat_FromDouble(source.bits.standard(bulk)))
        }
      }
      if let method, let way = arguments[method + 1] {
        guard isSubclass(way, stringFlag), try swiftString(way) == "zig" else {
          throw .notNative("another method than the ziggurat's")
        }
      }
      let dtype = try floating(arguments[2])
      let out = arguments.optional(method == nil ? 3 : 4)
      let size = try outputSize(call, arguments[1], out, dtype)
      return try fill(call, size, dtype, bulk, out)
    }
  }

  /// `float64` or `float32`.
  private static func floating(_ object: Ref?) throws(PythonError) -> DType {
    guard let object else { return .float64 }
    if object == py_none() { throw .notNative("no dtype") }
    let dtype = try parseDType(object)
    guard dtype == .float64 || dtype == .float32 else { throw .notNative("another dtype") }
    return dtype
  }

  /// The shape that is asked for; `out` has it already, or NumPy says what is wrong with it.
  private static func outputSize(
    _ call: RandomCall, _ given: Ref?, _ out: Ref?, _ dtype: DType
  ) throws(PythonError) -> Shape? {
    let size = try call.size(given)
    guard let out else { return size }
    guard ArrayObject.check(out), ArrayObject.isWritable(out) else {
      throw .notNative("an output that is no array of Martlet's")
    }
    let state = ArrayObject.state(out)
    let shape = state.pointee.layout.shape
    guard state.pointee.dtype == dtype, state.pointee.layout.isContiguous,
      size == nil || size == shape
    else { throw .notNative("an output of another kind than the numbers") }
    return shape
  }

  static func fill(
    _ call: RandomCall, _ size: Shape?, _ dtype: DType, _ bulk: Distribution.Bulk, _ out: Ref?
  ) throws(PythonError) -> Ref {
    guard let size else {
      return try call.drawing { source throws(PythonError) in
        let number =
          dtype == .float64 ? source.bits.standard(bulk) : Double(source.bits.standard32(bulk))
        return try check(PyFloat_FromDouble(number))
      }
    }
    let result = try core { () throws(MartletError) in try NDArray(uninitialised: size, dtype) }
    let target = try core { () throws(MartletError) in try result.pointer() }
    let algorithm = try call.algorithm(for: result.count)
    try call.drawing { source throws(PythonError) in
      try call.draw(result.count) { first, count throws(MartletError) in
        if dtype == .float64 {
          let target = target.assumingMemoryBound(to: Double.self) + first
          if let algorithm {
            try algorithm.fill(bulk, 0, 1, state: source.bits.state, target, count)
          } else {
            for i in 0..<count { target[i] = source.bits.standard(bulk) }
          }
        } else {
          let target = target.assumingMemoryBound(to: Float.self) + first
          if let algorithm {
            algorithm.fill32(bulk, state: source.bits.state, target, count)
          } else {
            for i in 0..<count { target[i] = source.bits.standard32(bulk) }
          }
        }
      }
    }
    if let out { return try Results.give(result, to: out) }
    return try ArrayObject.make(result)
  }

  private static func standardGamma(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let call = try RandomCall(.generator, arguments)
    let row = Distributions.standardGamma
    let shape = try call.value(arguments[1], row.parameters[0])
    let dtype = try floating(arguments[3])
    let out = arguments.optional(4)
    let size = try outputSize(call, arguments[2], out, dtype)
    switch shape {
    case .array(let array):
      guard dtype == .float64, out == nil else {
        throw .notNative("arrays of shapes with dtype= or out=")
      }
      let result = try call.drawing { source throws(PythonError) in
        try core { () throws(MartletError) in try row.drawn([array], size: size, source) }
      }
      return try ArrayObject.make(result)
    case .number(let cell):
      try core { () throws(MartletError) in try row.check(cell.real) }
      guard let size else {
        return try call.drawing { source throws(PythonError) in
          let number =
            dtype == .float64
            ? row.real(source, cell.real, 0, 0) : Double(source.bits.gamma32(Float(cell.real)))
          return try check(PyFloat_FromDouble(number))
        }
      }
      let result = try core { () throws(MartletError) in try NDArray(uninitialised: size, dtype) }
      let target = try core { () throws(MartletError) in try result.pointer() }
      try call.drawing { source throws(PythonError) in
        try call.draw(result.count) { first, count throws(MartletError) in
          if dtype == .float64 {
            let target = target.assumingMemoryBound(to: Double.self) + first
            for i in 0..<count { target[i] = row.real(source, cell.real, 0, 0) }
          } else {
            let target = target.assumingMemoryBound(to: Float.self) + first
            for i in 0..<count { target[i] = source.bits.gamma32(Float(cell.real)) }
          }
        }
      }
      if let out { return try Results.give(result, to: out) }
      return try ArrayObject.make(result)
    }
  }

  // MARK: - Both

  private static func bytes(_ owner: RandomCall.Owner) -> DoorFunction {
    DoorFunction(
      RandomMethods.path("bytes", owner), RandomMethods.signature("length", owner), "Random bytes."
    ) { arguments throws(PythonError) in
      let call = try RandomCall(owner, arguments)
      let length = try parseInt(arguments.required(call.offset))
      guard length >= 0, length < 1 << 40 else {
        throw .notNative("so many bytes, or fewer than none")
      }
      // NumPy draws a word for no byte too.
      let words = max((length + 3) / 4, 1)
      let memory = try core { () throws(MartletError) in
        try NDArray(uninitialised: Shape([words]), .uint32)
      }
      let target = try core { () throws(MartletError) in try memory.pointer() }
      try call.drawing { source throws(PythonError) in
        try call.draw(words) { first, count throws(MartletError) in
          let target = target.assumingMemoryBound(to: UInt32.self)
          for i in first..<first + count { target[i] = source.bits.next32() }
        }
      }
      let result = PyBytes_FromStringAndSize(target.assumingMemoryBound(to: CChar.self), length)
      withExtendedLifetime(memory) {}
      return try check(result)
    }
  }
}
