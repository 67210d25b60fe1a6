import CPythonABI
import Martlet
import MartletIR

/// Shorter ways of `where`, `nonzero`, `take`, `clip` and their like; `real` and `imag`.
enum SelectionFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "bincount": { arguments throws(PythonError) in try SortingFunctions.bincount(arguments) },
    "where": { arguments throws(PythonError) in
      let condition = arguments.required(0)
      guard let x = arguments[1] else { return try DirectSelecting.nonzero(condition) }
      guard let y = arguments[2] else { return nil }
      return DirectDoor.select(condition, x, y) ?? LazyDoor.select(condition, x, y)
    },
    "nonzero": { arguments throws(PythonError) in
      try DirectSelecting.nonzero(arguments.required(0))
    },
    "flatnonzero": { arguments throws(PythonError) in
      try DirectSelecting.flatNonzero(arguments.required(0))
    },
    "argwhere": { arguments throws(PythonError) in
      try DirectSelecting.positionRows(arguments.required(0))
    },
    "compress": { arguments throws(PythonError) in
      try masked(arguments.required(0), arguments.required(1), arguments)
    },
    "ndarray.compress": { arguments throws(PythonError) in
      try masked(arguments.required(1), arguments.required(0), arguments)
    },
    "extract": { arguments throws(PythonError) in
      try masked(arguments.required(0), arguments.required(1), arguments)
    },
    "take": { arguments throws(PythonError) in
      guard let mode = try takeMode(arguments[4]) else { return nil }
      let out = arguments.optional(3)
      if let out, !ArrayObject.isExact(out) { return nil }
      let taken = try DirectSelecting.take(
        arguments.required(0), arguments.required(1), arguments.optional(2), mode)
      guard let out, let taken else { return taken }
      defer { py_release(taken) }
      return DirectDoor.give(taken, to: out) ? retained(out) : nil
    },
    "clip": { arguments throws(PythonError) in
      guard arguments[1] != nil, arguments[2] != nil, arguments.count <= 4,
        arguments.optional(4) == nil, arguments.optional(5) == nil, arguments.optional(6) == nil
      else { return nil }
      return try clip(
        arguments.required(0), arguments.optional(1), arguments.optional(2),
        out: arguments.optional(3))
    },
    "ndarray.clip": { arguments throws(PythonError) in
      if arguments.optional(4) != nil { return nil }
      return try clip(
        arguments.required(0), arguments.optional(1), arguments.optional(2),
        out: arguments.optional(3))
    },
    "real": { arguments throws(PythonError) in
      let object = arguments.required(0)
      return ArrayObject.isExact(object) ? try realPart(object) : try part(object, "real")
    },
    "imag": {
      arguments throws(PythonError) in
      let object = arguments.required(0)
      return ArrayObject.isExact(object) ? try imaginaryPart(object) : try part(object, "imag")
    },
  ]

  /// The attribute of whatever has it, as a number does; else that of the array it makes.
  private static func part(_ object: Ref, _ name: StaticString) throws(PythonError) -> Ref {
    if !ArrayObject.check(object), let found = try optionalAttribute(object, name) { return found }
    return try ShapeFunctions.withArray(object) { array throws(PythonError) in
      try attribute(array, name)
    }
  }

  private static func takeMode(_ object: Ref?) throws(PythonError) -> DirectSelection.Mode? {
    guard let object else { return .raise }
    guard isSubclass(object, stringFlag) else { return nil }
    switch try swiftString(object) {
    case "raise": return .raise
    case "wrap": return .wrap
    case "clip": return .clip
    default: return nil
    }
  }

  /// Of one dimension and a mask as long.
  private static func masked(
    _ condition: Ref, _ object: Ref, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(condition), ArrayObject.isExact(object), arguments.count == 2,
      ArrayObject.state(condition).pointee.dtype == .bool,
      ArrayObject.state(condition).pointee.layout.rank == 1,
      ArrayObject.state(object).pointee.layout.shape
        == ArrayObject.state(condition).pointee.layout.shape
    else { return nil }
    return try check(PyObject_GetItem(object, condition))
  }

  private static func clip(
    _ object: Ref, _ low: Ref?, _ high: Ref?, out: Ref?
  ) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(object), let first = low ?? high else { return nil }
    let row: ElementwiseOperation? =
      low == nil ? Operator.minimum.row : high == nil ? Operator.maximum.row : Operator.clip.row
    guard let row else { return nil }
    var objects: InlineArray<3, Ref> = [object, first, high ?? first]
    let done = withUnsafePointer(to: &objects) {
      let objects = UnsafeRawPointer($0).assumingMemoryBound(to: Ref.self)
      guard let out else {
        return DirectDoor.apply(row, objects)
          ?? (PyErr_Occurred() == nil ? LazyDoor.apply(row, objects) : nil)
      }
      return DirectDoor.apply(row, objects, into: out)
    }
    if done == nil, PyErr_Occurred() != nil { throw .raised }
    return done
  }
}
