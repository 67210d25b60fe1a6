import CPythonABI
import Martlet
import MartletIR

/// `roll`, `flip`, `tile`, `repeat` and `pad`.
enum RearrangingFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "roll", "(a, shift, axis=None)",
      "The elements moved along axes, those pushed out coming in at the other end."
    ) { arguments throws(PythonError) in
      if let direct = try DirectRearranging.roll(
        arguments.required(0), arguments.required(1), arguments.optional(2))
      {
        return direct
      }
      let array = try parseArray(arguments.required(0), dtype: nil)
      var shifts = try parseInts(arguments.required(1))
      guard let given = arguments.optional(2) else {
        guard shifts.count == 1 else { throw .notNative("several shifts without axes") }
        let result = try computed(array) { (array) throws(MartletError) in
          try array.raveled().rolled(shifts, axes: [0])
        }
        return try ArrayObject.make(result.view(Layout(contiguous: array.shape)))
      }
      var axes = try parseInts(given)
      if axes.count == 1 { axes = Array(repeating: axes[0], count: shifts.count) }
      if shifts.count == 1 { shifts = Array(repeating: shifts[0], count: axes.count) }
      guard shifts.count == axes.count else {
        throw .notNative("shifts and axes of unlike number")
      }
      for axis in axes { _ = try normalise(axis: axis, rank: array.rank) }
      return try made(array) { [shifts, axes] (array) throws(MartletError) in
        try array.rolled(shifts, axes: axes)
      }
    },
    DoorFunction(
      "pad",
      "(array, pad_width, mode='constant', *, constant_values=0, stat_length=None, end_values=None, "
        + "reflect_type=None, **kwargs)",
      "The array with more elements at its edges."
    ) { arguments throws(PythonError) in try padded(arguments) },
  ]

  // MARK: Helpers

  private typealias Work = (NDArray) throws(MartletError) -> NDArray

  private static func computed(
    _ array: NDArray, growth: [Int] = [], _ work: Work
  ) throws(PythonError) -> NDArray {
    let size = growth.reduce(array.count) { size, factor in
      let (product, overflow) = size.multipliedReportingOverflow(by: factor)
      return overflow ? .max : product
    }
    return try core { () throws(MartletError) in
      try withoutInterpreterLock(elements: size) { () throws(MartletError) in try work(array) }
    }
  }

  private static func made(
    _ array: NDArray, growth: [Int] = [], _ work: Work
  ) throws(PythonError) -> Ref {
    try ArrayObject.make(try computed(array, growth: growth, work))
  }

  // MARK: pad

  private static func padded(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    // NumPy refuses what the mode does not take, None too.
    for i in 4..<7 where !arguments.isMissing(i) {
      throw .notNative("a keyword of pad that only NumPy has")
    }
    if arguments[3] != nil, let given = arguments[2] {
      guard isSubclass(given, stringFlag), try swiftString(given) == "constant" else {
        throw .notNative("constant_values= beside another mode")
      }
    }
    let array = try parseArray(arguments.required(0), dtype: nil)
    let widths = try widths(arguments.required(1), rank: array.rank)
    var mode = "constant"
    if let given = arguments[2] {
      guard isSubclass(given, stringFlag) else { throw .notNative("a function as the mode") }
      mode = try swiftString(given)
    }
    if mode != "constant", !arguments.isMissing(3) {
      throw .notNative("constant_values= of another mode")
    }
    let padding: NDArray.Padding
    switch mode {
    case "constant":
      var number = 0.0
      if let given = arguments[3] {
        guard case .weak(let kind, let scalar) = try parseOperand(given), kind != .complex,
          array.dtype.isInexact || kind != .floating, scalar.asDouble.magnitude < 0x1p53
        else { throw .notNative("constant_values= of another form than one number") }
        // NumPy stores an element of an array of them, which wraps around in unsigned types.
        if array.dtype.isInteger, !array.dtype.isSigned, scalar.asDouble < 0 {
          throw .notNative("a negative number among unsigned ones")
        }
        try checkStorable(.weak(kind, scalar), as: array.dtype)
        number = scalar.asDouble
      }
      padding = .constant(number)
    case "edge": padding = .edge
    case "reflect": padding = .reflect
    case "symmetric": padding = .symmetric
    case "wrap": padding = .wrap
    default: throw .notNative("a mode of pad that only NumPy has")
    }
    if mode != "constant", array.count == 0 { throw .notNative("padding an empty array") }
    // NumPy mirrors and wraps what it has added, several times over.
    if ["wrap", "symmetric", "reflect"].contains(mode),
      zip(widths, array.shape).contains(where: { max($0.before, $0.after) >= $1 })
    {
      throw .notNative("a padding wider than the array")
    }
    return try made(array) { (array) throws(MartletError) in try array.padded(widths, padding) }
  }

  /// `n`, `(before, after)`, `((before, after),)` or a pair for each axis.
  private static func widths(
    _ object: Ref, rank: Int
  ) throws(PythonError) -> [(before: Int, after: Int)] {
    let parsed = try parseArray(object, dtype: nil)
    guard parsed.dtype.isInteger, parsed.rank <= 2, parsed.count > 0 else {
      throw .notNative("widths of another form than integers")
    }
    guard let stretched = parsed.layout.broadcast(to: [rank, 2]) else {
      throw .value(
        "operands could not be broadcast together with remapped shapes [original->remapped]: "
          + "\(parsed.shape.plain)  and requested shape \(Shape([rank, 2]).plain)")
    }
    let view = parsed.view(stretched)
    let memory = try evaluated(view)
    func width(_ axis: Int, _ side: Int) -> Int {
      let place = stretched.offset + axis * stretched.strides[0] + side * stretched.strides[1]
      return Int(
        NumPyScalar.read(parsed.dtype, at: memory + place * parsed.dtype.itemSize).asInt64)
    }
    let result = (0..<rank).map { (before: width($0, 0), after: width($0, 1)) }
    guard result.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
      throw .value("index can't contain negative values")
    }
    guard result.allSatisfy({ $0.before < 1 << 40 && $0.after < 1 << 40 }) else {
      throw .notNative("more elements than Martlet's arrays have")
    }
    return result
  }
}
