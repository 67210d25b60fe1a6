import CMartlet
import MartletIR

extension Fallback {
  /// A Swift type that takes what NumPy gives: `try Double(value)`.
  public protocol Convertible {
    /// - Throws: `.invalidType` that names the Python type where this type cannot hold the value,
    ///   `.python` with Python's exception, `.libraryMissing`.
    init(_ value: Value) throws(MartletError)
  }
}

extension Fallback.Value: Fallback.Convertible {
  public init(_ value: Fallback.Value) throws(MartletError) { self = try value.resolved() }
}

extension NDArray: Fallback.Convertible {
  /// The array; numbers and nested lists of numbers become one. NumPy's memory is taken over where
  /// nobody else has it.
  ///
  /// - Throws: `.invalidType` for elements that Martlet has no dtype for, `.rankLimit`,
  ///   `.outOfMemory`, `.python`.
  public init(_ value: Fallback.Value) throws(MartletError) {
    let value = try value.resolved()
    if let array = try value.nativeArray() {
      self = array
      return
    }
    self = try Python.use { session throws(MartletError) in
      var conversion = PythonConversion(session)
      let object = try conversion.object(value)
      return try conversion.array(object.object)
    }
  }
}

extension Double: Fallback.Convertible {
  public init(_ value: Fallback.Value) throws(MartletError) {
    let value = try value.resolved()
    switch value.content {
    case .double(let number): self = number
    case .integer(let number): self = Double(number)
    case .bool(let truth): self = truth ? 1 : 0
    case .scalar(let number) where !number.dtype.isComplex: self = number.asDouble
    case .array(let array) where !array.dtype.isComplex: self = try array.item().asDouble
    case .object:
      self = try Python.use { session throws(MartletError) in
        var conversion = PythonConversion(session)
        let number = session.api.pointee.Float_AsDouble(try conversion.object(value).object)
        if number == -1, session.api.pointee.Err_Occurred() != nil { throw session.takeError() }
        return number
      }
    default: throw value.mismatch("Double")
    }
  }
}

extension Float: Fallback.Convertible {
  public init(_ value: Fallback.Value) throws(MartletError) { self = Float(try Double(value)) }
}

extension Int: Fallback.Convertible {
  public init(_ value: Fallback.Value) throws(MartletError) {
    let value = try value.resolved()
    switch value.content {
    case .integer(let number): self = number
    case .bool(let truth): self = truth ? 1 : 0
    case .scalar(let number): self = try value.integer(number)
    case .array(let array): self = try value.integer(try array.item())
    case .object:
      self = try Python.use { session throws(MartletError) in
        var conversion = PythonConversion(session)
        let object = try conversion.object(value)
        let number = try session.check(session.api.pointee.Number_Index(object.object))
        return try session.int(number.object)
      }
    default: throw value.mismatch("Int")
    }
  }
}

extension Bool: Fallback.Convertible {
  /// Python's truth of the value.
  public init(_ value: Fallback.Value) throws(MartletError) {
    let value = try value.resolved()
    switch value.content {
    case .bool(let truth): self = truth
    case .integer(let number): self = number != 0
    case .scalar(let number): self = !number.isZero
    case .array(let array) where array.count == 1: self = try !array.item().isZero
    default:
      self = try Python.use { session throws(MartletError) in
        var conversion = PythonConversion(session)
        let truth = session.api.pointee.Object_IsTrue(try conversion.object(value).object)
        try session.check(truth)
        return truth != 0
      }
    }
  }
}

extension String: Fallback.Convertible {
  /// A Python string; the text of anything else is its `description`.
  public init(_ value: Fallback.Value) throws(MartletError) {
    let value = try value.resolved()
    guard case .string(let text) = value.content else {
      guard case .object(let reference) = value.content else { throw value.mismatch("String") }
      // A string type of NumPy's or a subclass.
      self = try Python.use { session throws(MartletError) in
        guard session.isKind(reference.object, UInt(MARTLET_PYTHON_IS_STRING)) else {
          throw Fallback.Value.mismatch("String", session.typeName(reference.object))
        }
        return try session.string(reference.object)
      }
      return
    }
    self = text
  }
}

extension Complex: Fallback.Convertible where Part == Double {
  public init(_ value: Fallback.Value) throws(MartletError) {
    let value = try value.resolved()
    switch value.content {
    case .complex(let number): self = number
    case .scalar(let number): self = Complex(number.asDouble, number.imaginary)
    case .array(let array):
      let number = try array.item()
      self = Complex(number.asDouble, number.imaginary)
    default: self = Complex(try Double(value), 0)
    }
  }
}

extension Array: Fallback.Convertible where Element: Fallback.Convertible {
  /// The items of a list, a tuple, an array's first axis, or anything that Python can walk.
  public init(_ value: Fallback.Value) throws(MartletError) {
    self = []
    for item in try value.elements() { append(try Element(item)) }
  }
}

extension Dictionary: Fallback.Convertible
where Key: Fallback.Convertible, Value: Fallback.Convertible {
  public init(_ value: Fallback.Value) throws(MartletError) {
    let value = try value.resolved()
    self = [:]
    guard case .dictionary(let entries) = value.content else {
      // A mapping of Python's is a list of pairs.
      guard case .object = value.content else { throw value.mismatch("Dictionary") }
      for entry in try value.elements(of: "items") {
        self[try Key(entry[0])] = try Value(entry[1])
      }
      return
    }
    for (key, value) in entries { self[try Key(key)] = try Value(value) }
  }
}

// MARK: - What the conversions share

extension Fallback.Value {
  /// The value as Martlet's array where that needs no Python.
  func nativeArray() throws(MartletError) -> NDArray? {
    switch content {
    case .array(let array): return array
    case .scalar(let number): return try NDArray.scalar(number)
    case .bool(let truth): return NDArray(truth)
    case .integer(let number): return NDArray(number)
    case .double(let number): return NDArray(number)
    case .complex(let number): return NDArray(number)
    case .list(let items), .tuple(let items, _):
      if items.isEmpty { return try NDArray.zeros([0]) }
      if let row = Self.row(items) { return row }
      var arrays: [NDArray] = []
      for item in items {
        // A list of numbers and lists is Python's to refuse.
        guard let array = try item.nativeArray(), array.shape == arrays.first?.shape ?? array.shape
        else {
          return nil
        }
        arrays.append(array)
      }
      return try NDArray.stack(arrays)
    default: return nil
    }
  }

  /// Plain numbers of one kind, by far the commonest list.
  private static func row(_ items: [Fallback.Value]) -> NDArray? {
    var integers: [Int] = []
    var doubles: [Double] = []
    for item in items {
      switch item.content {
      case .integer(let number): integers.append(number)
      case .double(let number): doubles.append(number)
      default: return nil
      }
    }
    if integers.count == items.count { return NDArray(integers) }
    return doubles.count == items.count ? NDArray(doubles) : nil
  }

  fileprivate func integer(_ number: Scalar) throws(MartletError) -> Int {
    guard number.dtype.isInteger || number.dtype == .bool else { throw mismatch("Int") }
    guard number.dtype != .uint64 || number.low <= UInt64(Int64.max) else {
      throw .overflow(detail: "\(number.low) does not fit into Int")
    }
    return Int(number.asInt64)
  }

  /// The items, one by one; with a name, of what the method of that name gives.
  fileprivate func elements(of method: String? = nil) throws(MartletError) -> [Fallback.Value] {
    let value = try resolved()
    switch value.content {
    case .list(let items), .tuple(let items, _): return items
    case .array(let array) where array.rank > 0:
      var rows: [Fallback.Value] = []
      for i in 0..<array.shape[0] {
        rows.append(Fallback.Value(.array(try array.get([AxisIndex(.position(i))]))))
      }
      return rows
    default:
      return try Python.use { session throws(MartletError) in
        var conversion = PythonConversion(session)
        var object = try conversion.object(value)
        if let method {
          let function = try session.attribute(object.object, method)
          object = try session.call(function.object)
        }
        let iterator = try session.check(session.api.pointee.Object_GetIter(object.object))
        var items: [Fallback.Value] = []
        while let next = session.api.pointee.Iter_Next(iterator.object) {
          items.append(try conversion.value(PythonOwned(next, session.api)))
        }
        if session.api.pointee.Err_Occurred() != nil { throw session.takeError() }
        return items
      }
    }
  }

  fileprivate static func mismatch(_ type: String, _ pythonType: String) -> MartletError {
    .invalidType(operation: type, detail: "a Python '\(pythonType)' does not convert to \(type)")
  }

  fileprivate func mismatch(_ type: String) -> MartletError { Self.mismatch(type, pythonType) }

  /// What Python calls the value's type.
  private var pythonType: String {
    switch content {
    case .nothing: return "NoneType"
    case .bool: return "bool"
    case .integer: return "int"
    case .double: return "float"
    case .complex: return "complex"
    case .scalar(let number): return number.dtype.name
    case .string: return "str"
    case .array(let array): return "ndarray of \(array.dtype)"
    case .dtype: return "dtype"
    case .index: return "slice"
    case .list: return "list"
    case .tuple: return "tuple"
    case .dictionary: return "dict"
    case .member: return "attribute"
    case .object(let reference):
      let name = try? Python.use { session throws(MartletError) in
        session.typeName(reference.object)
      }
      return name ?? "object"
    }
  }
}
