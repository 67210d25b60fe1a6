import CPythonABI
import Martlet
import MartletIR

/// The native methods of `numpy.random.Generator` and `RandomState`, and the functions of
/// `numpy.random` itself.
enum RandomMethods {
  /// The functions for one of NumPy's two classes, or for the module, by their names.
  static let functions = DoorFunction(
    "random_functions", "(owner, /)",
    "The native methods of NumPy's class of this name, or the functions of its module `random`."
  ) { arguments throws(PythonError) in
    let owner = try swiftString(arguments.required(0))
    // The module's functions are bound methods in NumPy, which classes that hold them leave as they are.
    let binds = owner == "Generator" || owner == "RandomState"
    let rows =
      switch owner {
      case "Generator": generator
      case "RandomState": state(.state)
      default: state(.module)
      }
    let dictionary = try check(PyDict_New())
    for function in rows {
      let object = try FunctionObject.make(function, binds: binds)
      defer { py_release(object) }
      try check(function.name.withCString { PyDict_SetItemString(dictionary, $0, object) })
    }
    return dictionary
  }

  private static let generator: [DoorFunction] =
    Distributions.modern.map { method($0, .generator) } + RandomFills.generator
    + RandomIntegers.generator + RandomSequences.generator + VectorMethods.generator

  private static func state(_ owner: RandomCall.Owner) -> [DoorFunction] {
    Distributions.legacy.map { method($0, owner) } + RandomFills.state(owner)
      + RandomIntegers.state(owner) + RandomSequences.state(owner) + VectorMethods.state(owner)
  }

  /// Where NumPy has a method.
  static func path(_ name: String, _ owner: RandomCall.Owner) -> String {
    switch owner {
    case .generator: "random.Generator.\(name)"
    case .state: "random.RandomState.\(name)"
    case .module: "random.\(name)"
    }
  }

  /// The signature as NumPy shows it; functions of the module have no `self`.
  static func signature(_ parameters: String, _ owner: RandomCall.Owner) -> String {
    if owner == .module { return "(\(parameters))" }
    return parameters.isEmpty ? "(self)" : "(self, \(parameters))"
  }

  /// A method of a distribution whose numbers are drawn one by one.
  private static func method(_ row: Distribution, _ owner: RandomCall.Owner) -> DoorFunction {
    let parameters = row.parameters.map { parameter in
      parameter.standard.map { "\(parameter.name)=\($0)" } ?? parameter.name
    }
    return DoorFunction(
      path(row.name, owner), signature((parameters + ["size=None"]).joined(separator: ", "), owner),
      row.summary
    ) { arguments throws(PythonError) in
      let call = try RandomCall(owner, arguments)
      return try draw(row, call, arguments)
    }
  }

  private static func draw(
    _ row: Distribution, _ call: RandomCall, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    let size = try call.size(arguments[call.offset + row.parameters.count])
    var cells = InlineArray<3, Distribution.Cell>(repeating: Distribution.Cell(0.0))
    for (i, parameter) in row.parameters.enumerated() {
      switch try call.value(arguments[call.offset + i], parameter) {
      case .number(let cell): cells[i] = cell
      case .array:
        // From here on all of them are arrays.
        return try drawArrays(row, call, arguments, size)
      }
    }
    let (a, b, c) = (cells[0], cells[1], cells[2])
    try core { () throws(MartletError) in try row.check(a, b, c, isScalar: true) }
    guard let size else {
      return try call.drawing { source throws(PythonError) in
        row.givesCounts
          ? try check(PyLong_FromLongLong(row.count(source, a, b, c)))
          : try check(PyFloat_FromDouble(row.real(source, a.real, b.real, c.real)))
      }
    }
    let result = try core { () throws(MartletError) in
      try NDArray(uninitialised: size, row.givesCounts ? .int64 : .float64)
    }
    let target = try core { () throws(MartletError) in try result.pointer() }
    let algorithm = row.bulk == nil ? nil : try call.algorithm(for: result.count)
    try call.drawing { source throws(PythonError) in
      try call.draw(result.count) { first, count throws(MartletError) in
        let place = target + 8 * first
        if let algorithm, let bulk = row.bulk {
          try algorithm.fill(
            bulk, a.real, b.real, state: source.bits.state,
            place.assumingMemoryBound(to: Double.self), count)
        } else {
          row.fill(place, count: count, source, a, b, c)
        }
      }
    }
    return try ArrayObject.make(result)
  }

  private static func drawArrays(
    _ row: Distribution, _ call: RandomCall, _ arguments: borrowing Arguments, _ size: Shape?
  ) throws(PythonError) -> Ref {
    var arrays: [NDArray] = []
    for (i, parameter) in row.parameters.enumerated() {
      switch try call.value(arguments[call.offset + i], parameter) {
      case .array(let array): arrays.append(array)
      case .number(let cell):
        let scalar =
          parameter.isCount
          ? Scalar(dtype: .int64, low: UInt64(bitPattern: cell.count))
          : Scalar(dtype: .float64, low: cell.real.bitPattern)
        arrays.append(
          try core { () throws(MartletError) in try NDArray(filled: Shape(), with: scalar) })
      }
    }
    let given = arrays
    let result = try call.drawing { source throws(PythonError) in
      try core { () throws(MartletError) in
        try withoutInterpreterLock(elements: given.map(\.count).max() ?? 0) {
          () throws(MartletError) in
          try row.drawn(given, size: size, source)
        }
      }
    }
    return try ArrayObject.make(result)
  }
}
