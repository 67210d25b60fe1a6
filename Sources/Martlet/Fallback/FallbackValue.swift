import MartletIR

extension Fallback {
  /// What a name of NumPy's stands for, what a call takes and what it gives: a function, a number,
  /// an array, or any other Python object.
  ///
  /// Members are looked up when they are called or converted, so that one `try` covers an
  /// expression: `try np.polynomial.Polynomial([1, 2, 3]).roots()`. Swift's types take what they
  /// can hold: `try Double(value)`, `try NDArray(value)`, `try [String](value)`.
  @dynamicMemberLookup
  @dynamicCallable
  public struct Value: Sendable {
    indirect enum Content: Sendable {
      case nothing
      case bool(Bool)
      case integer(Int)
      case double(Double)
      case complex(Complex<Double>)
      /// A number with a dtype: a NumPy scalar.
      case scalar(Scalar)
      case string(String)
      case array(NDArray)
      case dtype(DType)
      case index(AxisIndex)
      case list([Value])
      /// A named tuple's names, or none.
      case tuple([Value], names: [String])
      case dictionary([(key: Value, value: Value)])
      /// Any other Python object.
      case object(PythonReference)
      /// A name that is not looked up yet.
      case member(Member)
    }

    var content: Content

    init(_ content: Content) { self.content = content }

    init(_ argument: (any Argument)?) {
      self = argument.map { $0.fallbackValue } ?? Value(.nothing)
    }

    /// An attribute, method, module or function, to be looked up when it is used.
    public subscript(dynamicMember name: String) -> Value {
      if case .member(let member) = content { return Value(.member(member.appending(name))) }
      return Value(.member(Member(of: .value(self), path: name)))
    }

    /// Calls a function or method: Martlet's own, if it has one of this name that takes these
    /// arguments, else NumPy's.
    ///
    /// - Throws: What Martlet's function throws; `.python` with Python's exception;
    ///   `.libraryMissing` where Python or NumPy is needed and not found; `.unsupported` where NumPy
    ///   would serve the call and the mode is `raise`.
    @discardableResult
    public func dynamicallyCall(
      withKeywordArguments arguments: KeyValuePairs<String, (any Argument)?>
    ) throws(MartletError) -> Value {
      var positional: [Value] = []
      var keywords: [(String, Value)] = []
      for (name, argument) in arguments {
        if name.isEmpty {
          positional.append(Value(argument))
        } else {
          keywords.append((name, Value(argument)))
        }
      }
      return try Call(self, positional, keywords, place: nil).run()
    }

    /// An item by position, key or slice, as Python's `value[…]`.
    ///
    /// - Throws: `.indexOutOfBounds` and its like, or `.python`, and `.libraryMissing`.
    public subscript(_ keys: (any Argument)...) -> Value {
      get throws(MartletError) {
        let values = keys.map { Value($0) }
        return try item(values.count == 1 ? values[0] : Value(.tuple(values, names: [])))
      }
    }

    /// Whether this is Python's `None`.
    public var isNone: Bool {
      if case .nothing = content { return true }
      return false
    }
  }

  /// A path of attributes from somewhere.
  struct Member: Sendable {
    enum Root: Sendable {
      case numpy
      case value(Value)
    }

    var root: Root
    /// `linalg.norm`; as one text, because every call looks it up.
    var path: String

    init(of root: Root, path: String) {
      self.root = root
      self.path = path
    }

    func appending(_ name: String) -> Member {
      Member(of: root, path: path.isEmpty ? name : path + "." + name)
    }

    var names: [String] { path.split(separator: ".").map(String.init) }
  }
}

// MARK: - Items

extension Fallback.Value {
  private func item(_ key: Fallback.Value) throws(MartletError) -> Fallback.Value {
    let value = try resolved()
    switch (value.content, key.content) {
    case (.list(let items), .integer(let place)), (.tuple(let items, _), .integer(let place)):
      let index = place < 0 ? place + items.count : place
      guard items.indices.contains(index) else {
        throw .indexOutOfBounds(index: place, axis: 0, size: items.count)
      }
      return items[index]
    case (.dictionary(let entries), .string(let name)):
      for case (let key, let value) in entries {
        if case .string(name) = key.content { return value }
      }
      throw .python(type: "KeyError", message: "'\(name)'")
    case (.array(let array), _):
      if let indices = key.indices { return Fallback.Value(.array(try array.get(indices))) }
    default: break
    }
    return try Python.use { session throws(MartletError) in
      var conversion = PythonConversion(session)
      let object = try conversion.object(value)
      let key = try conversion.object(key)
      let found = try session.check(
        session.api.pointee.Object_GetItem(object.object, key.object))
      return try conversion.value(found)
    }
  }

  /// What an array's own subscript takes; nil for other keys.
  private var indices: [AxisIndex]? {
    switch content {
    case .integer(let place): return [AxisIndex(.position(place))]
    case .index(let index): return [index]
    case .nothing: return [AxisIndex(.newAxis)]
    case .array(let array): return [AxisIndex(.array(array))]
    case .tuple(let items, _):
      var indices: [AxisIndex] = []
      for item in items {
        if case .tuple = item.content { return nil }
        guard let index = item.indices else { return nil }
        indices += index
      }
      return indices
    default: return nil
    }
  }
}

// MARK: - Looking up

extension Fallback.Value {
  /// What the name stands for, if this is one.
  func resolved() throws(MartletError) -> Fallback.Value {
    guard case .member(let member) = content else { return self }
    if let known = try member.native() { return known }
    return try Python.use { session throws(MartletError) in
      var conversion = PythonConversion(session)
      let found = try conversion.object(self)
      return try conversion.value(found)
    }
  }
}

extension Fallback.Member {
  /// What Martlet knows itself: NumPy's constants and dtypes, and attributes of its own arrays.
  func native() throws(MartletError) -> Fallback.Value? {
    switch root {
    case .numpy:
      if let constant = Self.constants[path] { return Fallback.Value(.double(constant)) }
      if path == "newaxis" { return Fallback.Value(.nothing) }
      return Self.dtype(path).map { Fallback.Value(.dtype($0)) }
    case .value(let value):
      var found = value
      for name in names {
        guard let next = try found.attribute(name) else { return nil }
        found = next
      }
      return found
    }
  }

  private static let constants: [String: Double] = [
    "pi": .pi, "e": 2.718281828459045, "euler_gamma": 0.5772156649015329, "inf": .infinity,
    "nan": .nan,
  ]

  /// A dtype by NumPy's name for its scalar type; bfloat16 is Martlet's own.
  static func dtype(_ name: String) -> DType? {
    if name == "bool_" { return .bool }
    let dtype = DType(name: name)
    return dtype == .bfloat16 ? nil : dtype
  }
}

extension Fallback.Value {
  /// An attribute that needs no Python; nil where Python must be asked.
  fileprivate func attribute(_ name: String) throws(MartletError) -> Fallback.Value? {
    switch content {
    case .tuple(let items, let names):
      return names.firstIndex(of: name).map { items[$0] }
    case .array(let array):
      switch name {
      case "shape":
        return Fallback.Value(
          .tuple(array.shape.map { Fallback.Value(.integer($0)) }, names: []))
      case "ndim": return Fallback.Value(.integer(array.rank))
      case "size": return Fallback.Value(.integer(array.count))
      case "itemsize": return Fallback.Value(.integer(array.dtype.itemSize))
      case "nbytes": return Fallback.Value(.integer(array.count * array.dtype.itemSize))
      case "dtype": return Fallback.Value(.dtype(array.dtype))
      case "T": return Fallback.Value(.array(array.T))
      default: return nil
      }
    default: return nil
    }
  }
}

// MARK: - Text

extension Fallback.Value: CustomStringConvertible {
  /// As Python prints it; for a name that leads nowhere, the error's text.
  public var description: String {
    do throws(MartletError) { return try text() } catch { return error.description }
  }

  private func text() throws(MartletError) -> String {
    let value = try resolved()
    switch value.content {
    case .nothing: return "None"
    case .bool(let truth): return truth ? "True" : "False"
    case .integer(let number): return "\(number)"
    case .double(let number): return "\(number)"
    case .string(let text): return text
    case .array(let array): return array.description
    case .dtype(let dtype): return dtype.name
    default:
      return try Python.use { session throws(MartletError) in
        var conversion = PythonConversion(session)
        let object = try conversion.object(value)
        let text = try session.check(session.api.pointee.Object_Str(object.object))
        return try session.string(text.object)
      }
    }
  }
}
