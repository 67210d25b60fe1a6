import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// `concatenate`, `stack`, `split` and their like.
enum JoiningFunctions {
  /// Of few elements, and without options.
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "concatenate": { arguments throws(PythonError) in
      try direct(arguments, axis: 1) { .concatenate(axis: $0) }
    },
    "stack": { arguments throws(PythonError) in
      try direct(arguments, axis: 1) { .stack(axis: $0) }
    },
    "vstack": { arguments throws(PythonError) in try direct(arguments) { _ in .rows } },
    "hstack": { arguments throws(PythonError) in try direct(arguments) { _ in .columns } },
    "dstack": { arguments throws(PythonError) in try direct(arguments) { _ in .depth } },
    "column_stack": { arguments throws(PythonError) in
      try direct(arguments) { _ in .columnStack }
    },
    "append": { arguments throws(PythonError) in
      guard arguments.optional(2) == nil, ArrayObject.isExact(arguments.required(0)) else {
        return nil
      }
      let pair = try check(PyTuple_New(2))
      defer { py_release(pair) }
      for i in 0..<2 {
        let part = try ShapeFunctions.withArray(arguments.required(i)) { a throws(PythonError) in
          try ShapeFunctions.raveled(a)
        }
        PyTuple_SetItem(pair, i, part)
      }
      return try DirectJoin.join(pair, .concatenate(axis: 0))
    },
  ]

  /// The arrays of a sequence, or the parts of one along its first axis.
  static func list(_ object: Ref) throws(PythonError) -> [NDArray] {
    if ArrayObject.check(object) {
      let array = ArrayObject.read(object)
      guard array.rank > 0 else { throw .type("iteration over a 0-d array") }
      try checkRoom(array.shape[0])
      return (0..<array.shape[0]).map { array.view(array.layout.indexed(axis: 0, at: $0)) }
    }
    return try items(object) { item throws(PythonError) in try parseArray(item, dtype: nil) }
  }

  /// What the items of a tuple or list are read as.
  static func items<Item>(
    _ object: Ref, _ read: (Ref) throws(PythonError) -> Item
  ) throws(PythonError) -> [Item] {
    guard isSubclass(object, tupleFlag) || isSubclass(object, listFlag) else {
      throw .notNative("arrays in other than a tuple or list")
    }
    // What items do when they are read may change a list.
    let tuple = try check(PySequence_Tuple(object))
    defer { py_release(tuple) }
    let count = PyTuple_Size(tuple)
    try checkRoom(count)
    // Arrays that are NumPy's may have more elements than Martlet's.
    for i in 0..<count {
      if let item = PyTuple_GetItem(tuple, i), isType(item, Python.hostArrayType) {
        try checkSum(tuple)
        break
      }
    }
    var items: [Item] = []
    items.reserveCapacity(count)
    for i in 0..<count {
      guard let item = PyTuple_GetItem(tuple, i) else { throw .raised }
      do throws(PythonError) { items.append(try read(item)) } catch {
        // NumPy, which is asked then, adds up sizes without a look at overflow.
        if case .notNative = error { try checkSum(tuple) }
        throw error
      }
    }
    return items
  }

  /// The sizes of arrays that NumPy joins must have a sum.
  private static func checkSum(_ tuple: Ref) throws(PythonError) {
    var total = 0
    for i in 0..<PyTuple_Size(tuple) {
      guard let item = PyTuple_GetItem(tuple, i) else { throw .raised }
      guard ArrayObject.check(item) || NumPyArray.check(item) || Loan.standsForObject(item) else {
        continue
      }
      let size = try attribute(item, "size")
      defer { py_release(size) }
      let (sum, overflow) = total.addingReportingOverflow(max(try parseInt(size), 0))
      if overflow { throw .value(arrayTooBig) }
      total = sum
    }
  }

  /// Of a list of so many arrays, once as they are and once as they are joined.
  private static func checkRoom(_ count: Int) throws(PythonError) {
    try core { () throws(MartletError) in
      try Room.check(bytes: 2 * MemoryLayout<NDArray>.stride * count)
    }
  }

  /// Joins at once where only the arrays are given, and perhaps the axis at a position.
  @inline(__always)
  private static func direct(
    _ arguments: borrowing Arguments, axis position: Int? = nil, _ form: (Int) -> DirectJoin.Form
  ) throws(PythonError) -> Ref? {
    var axis = 0
    if let position, let given = arguments[position] {
      guard arguments.count == 2, let value = DirectDoor.integer(given) else { return nil }
      axis = value
    } else if arguments.count != 1 {
      return nil
    }
    return try DirectJoin.join(arguments.required(0), form(axis))
  }
}
