import CPythonABI
import Martlet
import MartletIR

/// The numbers of `martlet.random.CounterGenerator`, whose state Python holds.
enum CounterFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "counter_key", "(words, /)", "The key that a seed's words, 32 bits each, lead to."
    ) { arguments throws(PythonError) in
      var words: [UInt32] = []
      for word in try parseInts(arguments.required(0)) {
        guard let word = UInt32(exactly: word) else { throw .value("a word of 32 bits") }
        words.append(word)
      }
      return try check(
        PyLong_FromUnsignedLongLong(CounterGenerator.key(of: SeedSequence(entropy: words))))
    },
    DoorFunction(
      "counter_numbers",
      "(kind, key, stream, position, shape, dtype, first, second, device, /)",
      "Numbers of a stream from a position on: 'uniform' from a lowest one in a width, 'normal' of a "
        + "mean and a deviation, 'integers' from a lowest one, so many."
    ) { arguments throws(PythonError) in
      let kind = try swiftString(arguments.required(0))
      var words: [UInt64] = []
      for position in 1...3 { words.append(try word(arguments.required(position))) }
      let shape = try parseShape(arguments.required(4))
      let dtype = try parseDType(arguments.required(5))
      var device: Device?
      if let name = arguments.optional(8) { device = try DeviceFunctions.parseDevice(name) }
      let generator = CounterGenerator(
        key: words[0], stream: words[1], position: words[2], on: device)
      let draw: Draw
      if kind == "integers" {
        guard dtype.isInteger || dtype == .bool else {
          throw .type("there are no integers of dtype \(dtype)")
        }
        let low = try word(arguments.required(6), isSigned: true)
        draw = .integers(
          Scalar(dtype: .int64, low: low).converted(to: dtype), try word(arguments.required(7)))
      } else {
        let numbers = (try double(arguments.required(6)), try double(arguments.required(7)))
        draw = kind == "normal" ? .normal(numbers.0, numbers.1) : .uniform(numbers.0, numbers.1)
      }
      let result = try core { () throws(MartletError) in
        try Interruption.stoppable(elements: shape.elementCount) { () throws(MartletError) in
          try draw.numbers(of: generator, shape, dtype)
        }
      }
      return try pythonResult(result)
    },
  ]

  private enum Draw: Sendable {
    case uniform(Double, Double)
    case normal(Double, Double)
    case integers(Scalar, UInt64)

    func numbers(
      of generator: CounterGenerator, _ shape: Shape, _ dtype: DType
    ) throws(MartletError) -> NDArray {
      var generator = generator
      return switch self {
      case .uniform(let low, let width):
        try generator.uniform(low: low, width: width, shape, dtype)
      case .normal(let mean, let deviation):
        try generator.normal(mean: mean, deviation: deviation, shape: shape, dtype: dtype)
      case .integers(let low, let count): try generator.integers(from: low, count: count, shape)
      }
    }
  }

  /// The 64 bits of an integer.
  private static func word(_ object: Ref, isSigned: Bool = false) throws(PythonError) -> UInt64 {
    guard isType(object, py_long_type()) else { throw .type("an integer is required") }
    if isSigned {
      var overflow: Int32 = 0
      let value = PyLong_AsLongLongAndOverflow(object, &overflow)
      if overflow == 0 { return UInt64(bitPattern: value) }
    }
    let value = PyLong_AsUnsignedLongLong(object)
    if value == .max, PyErr_Occurred() != nil { throw .raised }
    return value
  }

  private static func double(_ object: Ref) throws(PythonError) -> Double {
    let value = PyFloat_AsDouble(object)
    if value == -1, PyErr_Occurred() != nil { throw .raised }
    return value
  }
}
