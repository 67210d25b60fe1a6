import CPythonABI
import Martlet
import MartletIR

/// What `martlet.dispatch` and `martlet.with_grid` take from the core: the grammar of signatures,
/// the table's rows, and how a view runs along its root.
enum DispatchFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "parse_signature", "(text, /)",
      "The signature as it is written, its arguments as (name, dtype, rank) and its results as "
        + "(dtype, rank). The rank is None for a number and -1 for any; both are None for anything, "
        + "and None stands for any list."
    ) { arguments throws(PythonError) in
      let text = try swiftString(arguments.required(0))
      return try parsed(try core { () throws(MartletError) in try Operation.Signature(text) })
    },
    DoorFunction(
      "register_operation", "(name, signature, summary, replace, /)",
      "Makes an operation that is declared in Python a row of the table."
    ) { arguments throws(PythonError) in
      let name = try swiftString(arguments.required(0))
      let text = try swiftString(arguments.required(1))
      let summary = try swiftString(arguments.required(2))
      let replacing = try parseBool(arguments.required(3), default: false)
      try named { () throws(MartletError) in
        try OperationTable.register(
          DispatchedRow(
            name: name, signature: try Operation.Signature(text), summary: summary,
            targets: [.cpu]),
          nil, replacing: replacing)
      }
      return Python.none
    },
    DoorFunction(
      "note_implementation", "(name, target, /)",
      "Notes in an operation's row that it has an implementation for a device or a kind of them."
    ) { arguments throws(PythonError) in
      let name = try swiftString(arguments.required(0))
      let target = Operation.Target(try swiftString(arguments.required(1)))
      try named { () throws(MartletError) in
        OperationTable.note(try target.checked(for: name), of: name, owner: nil)
      }
      return Python.none
    },
    DoorFunction(
      "dispatched_operations", "()",
      "Name, signature, summary and the devices with implementations of every user's operation."
    ) { _ throws(PythonError) in
      var rows: [Ref] = []
      for row in OperationTable.dispatched {
        var targets: [Ref] = []
        for target in row.targets { targets.append(try pythonString(target.description)) }
        rows.append(
          try pythonTuple(owning: [
            try pythonString(row.name), try pythonString(row.signature.description),
            try pythonString(row.summary), try pythonTuple(owning: targets),
          ]))
      }
      return try pythonList(owning: rows)
    },
    DoorFunction(
      "shared_copy", "(a, /)",
      "A new root with the elements of `a`: in the same memory until either is written, where "
        + "nobody else can write that."
    ) { arguments throws(PythonError) in
      let array = ArrayObject.read(try arrayArgument(arguments))
      let isWhole =
        array.layout == Layout(contiguous: array.shape)
        && (array.isPending || array.storage.byteCount == array.count * array.dtype.itemSize)
      if isWhole, !array.storage.isPinned, !array.storage.isReadOnly {
        return try ArrayObject.make(array)
      }
      return try CreationFunctions.made { () throws(MartletError) in try array.copy() }
    },
    DoorFunction(
      "distinguish_axes", "(a, /)",
      "Gives axes of one element strides that no other axis of the root has."
    ) { arguments throws(PythonError) in
      let state = ArrayObject.state(try arrayArgument(arguments))
      state.pointee.layout = state.pointee.layout.distinguished
      return Python.none
    },
    DoorFunction(
      "axes_within_root", "(a, /)",
      "For each axis the (axis, start, step) of the root that it runs along, None for an added "
        + "axis; None altogether where there is no such reading."
    ) { arguments throws(PythonError) in
      let object = try arrayArgument(arguments)
      let (view, root) = (
        ArrayObject.state(object), ArrayObject.state(ArrayObject.root(object))
      )
      // In bytes, since a view may look at the elements as another type.
      let axes = view.pointee.layout.scaled(by: view.pointee.dtype.itemSize).axes(
        within: root.pointee.layout.scaled(by: root.pointee.dtype.itemSize))
      guard let axes else { return Python.none }
      var items: [Ref] = []
      for course in axes {
        items.append(
          try course.map { course throws(PythonError) in
            try pythonTuple([course.axis, course.start, course.step])
          } ?? Python.none)
      }
      return try pythonTuple(owning: items)
    },
  ]

  private typealias Operation = DispatchedOperation

  private static func arrayArgument(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let object = arguments.required(0)
    guard ArrayObject.check(object) else { throw .type("a Martlet array is expected") }
    return object
  }

  /// As `core`, with the operation's name in the message of a ValueError.
  private static func named(_ body: () throws(MartletError) -> Void) throws(PythonError) {
    do throws(MartletError) { try body() } catch { throw .value(error.description) }
  }

  private static func parsed(_ signature: Operation.Signature) throws(PythonError) -> Ref {
    var taken = Python.none
    if let arguments = signature.arguments {
      var items: [Ref] = []
      for argument in arguments {
        items.append(
          try pythonTuple(owning: [
            try argument.name.map { name throws(PythonError) in try pythonString(name) }
              ?? Python.none,
            try dtypeName(argument.kind), try rank(argument.kind),
          ]))
      }
      taken = try pythonTuple(owning: items)
    }
    var given = Python.none
    if let results = signature.results {
      var items: [Ref] = []
      for kind in results {
        items.append(try pythonTuple(owning: [try dtypeName(kind), try rank(kind)]))
      }
      given = try pythonTuple(owning: items)
    }
    return try pythonTuple(owning: [try pythonString(signature.description), taken, given])
  }

  private static func dtypeName(_ kind: Operation.Signature.Kind) throws(PythonError) -> Ref {
    try kind.dtype.map { dtype throws(PythonError) in try pythonString(dtype.name) } ?? Python.none
  }

  private static func rank(_ kind: Operation.Signature.Kind) throws(PythonError) -> Ref {
    switch kind.form {
    case .number, .anything: Python.none
    case .array(let rank): try pythonInt(rank)
    case .anyArray: try pythonInt(-1)
    }
  }
}
