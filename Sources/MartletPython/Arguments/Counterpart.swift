import CPythonABI

/// NumPy's function for one of ours. The two are equal and have one hash, so a table that was made
/// with either finds the other: `HANDLED[np.sum]`.
struct Counterpart {
  private var isKnown = false
  /// Owned; NumPy's functions live as long as the process anyway.
  private var function: Ref?

  /// For a function whose counterpart is known.
  init(_ function: Ref) {
    self.function = retained(function)
    isKnown = true
  }

  /// For one that is looked for by its path when it is first needed.
  init() {}

  /// Borrowed; nil where NumPy has none.
  mutating func find(_ path: @autoclosure () -> String) -> Ref? {
    if isKnown { return function }
    isKnown = true
    var found: Ref? = retained(Python.numpy)
    for name in path().split(separator: ".") {
      guard let owner = found else { break }
      found = String(name).withCString { PyObject_GetAttrString(owner, $0) }
      py_release(owner)
    }
    if found == nil { PyErr_Clear() }
    function = found
    return found
  }

  func release() {
    if let function { py_release(function) }
  }

  // MARK: What Python asks of all kinds of functions

  /// The counterpart of any function of ours; borrowed.
  static func of(_ object: Ref) -> Ref? {
    if FunctionObject.isOurs(object) { return FunctionObject.counterpart(object) }
    if isType(object, UFuncObject.type) { return UFuncObject.counterpart(object) }
    return ServedFunction.isOurs(object) ? ServedFunction.function(object) : nil
  }

  typealias HashSlot = @convention(c) (Ref) -> Int

  static let hash: HashSlot = { object in
    if let counterpart = Counterpart.of(object) {
      let hash = PyObject_Hash(counterpart)
      if hash != -1 { return hash }
      PyErr_Clear()
    }
    return Int(bitPattern: object) >> 4
  }

  static let compare: CompareSlot = { left, right, comparison in
    guard comparison == PY_EQ || comparison == PY_NE else { return Python.notImplemented }
    var isEqual = left == right
    if !isEqual, let counterpart = Counterpart.of(left) {
      isEqual = counterpart == right || counterpart == Counterpart.of(right)
    }
    if !isEqual, Counterpart.of(right) == nil { return Python.notImplemented }
    return Python.bool(isEqual == (comparison == PY_EQ))
  }
}

extension TypeBuilder {
  /// Equality and hash by NumPy's function.
  func comparedByCounterpart() {
    _ = compare(PY_TP_RICHCOMPARE, Counterpart.compare)
    slot(PY_TP_HASH, unsafeBitCast(Counterpart.hash, to: UnsafeMutableRawPointer.self))
  }
}
