import CPythonABI

/// The metaclass of `ndarray`, which the facade derives its own from.
///
/// Subclasses of `ndarray` are NumPy's (`martlet._subclass`), and their code calls what they inherit
/// by the class: `np.ndarray.__getitem__(self, key)`. CPython's own methods of the type refuse such an
/// array, so the class shows others, which take both kinds.
enum ArrayMetaclass {
  nonisolated(unsafe) static var type: TypeRef? = nil
  /// By name, what the class shows; a dict.
  nonisolated(unsafe) private static var shown: Ref? = nil

  static func makeType() throws(PythonError) {
    let builder = TypeBuilder("martlet.array_type", basicSize: 0, flags: UInt32(PY_TYPE_BASE))
    _ = builder.binary(PY_TP_GETATTRO, getAttribute)
    type = try builder.build(base: py_type_type())
  }

  /// Whether the object is of a class that a program derived from `ndarray`. Others of NumPy's own,
  /// such as masked arrays, mean more than their elements.
  static func isSubclass(_ object: Ref) -> Bool {
    guard let type = ArrayObject.type else { return false }
    return py_type(py_object(py_type(object))) == py_type(py_object(type))
      && py_type(object) != type && NumPyArray.isAny(object)
  }

  static let show = DoorFunction(
    "show_attributes", "(names, /)",
    "Registers what the class `ndarray` shows under the names of a dict, instead of its own."
  ) { arguments throws(PythonError) in
    let names = arguments.required(0)
    guard MartletPython.isSubclass(names, dictFlag) else {
      throw .type("show_attributes() takes a dict of names, not '\(try typeName(names))'")
    }
    if let old = shown { py_release(old) }
    shown = retained(names)
    return Python.none
  }

  /// That of `type`.
  private static let inherited: BinarySlot? = PyType_GetSlot(
    py_type_type(), Int32(PY_TP_GETATTRO)
  ).map { unsafeBitCast($0, to: BinarySlot.self) }

  private static let getAttribute: BinarySlot = { object, name in
    if let shown, let type = ArrayObject.type, object == py_object(type) {
      if let found = PyDict_GetItemWithError(shown, name) { return retained(found) }
      if PyErr_Occurred() != nil { return nil }
    }
    return inherited?(object, name)
  }
}
