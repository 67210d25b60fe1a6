import CPythonABI
import Martlet
import MartletIR

/// What `martlet.inspect` is made of: trees by number. The interpreter's lock guards them.
enum InspectionFunctions {
  nonisolated(unsafe) private static var trees: [Int: InspectionNode] = [:]
  nonisolated(unsafe) private static var nextNumber = 1
  // Unsafe: only touched under the interpreter's lock.

  static let all: [DoorFunction] = [
    DoorFunction(
      "inspection_open", "(describer, object, name, /)",
      "Makes the tree of an object, of which a module tells what is inside; gives its number."
    ) { arguments throws(PythonError) in
      let nodes = PythonNodes(describer: HeldObject(arguments.required(0)))
      let name = try swiftString(arguments.required(2))
      return try add(nodes.node(name, arguments.required(1), path: name))
    },
    DoorFunction(
      "inspection_open_file", "(path, /)", "The same of a file of arrays (.npy, .npz)."
    ) { arguments throws(PythonError) in
      let path = try swiftString(arguments.required(0))
      return try add(try core { () throws(MartletError) in try FileInspection.node(path) })
    },
    DoorFunction("inspection_close", "(tree, /)", "Lets a tree go.") {
      arguments throws(PythonError) in
      trees[try parseInt(arguments.required(0))] = nil
      return Python.none
    },
    DoorFunction("inspection_text", "(tree, depth, limit, /)", "A tree as plain text.") {
      arguments throws(PythonError) in
      let tree = try tree(arguments.required(0))
      let depth = try parseInt(arguments.required(1))
      let limit = try parseInt(arguments.required(2))
      return try pythonString(tree.plainText(depth: min(depth, 100), limit: max(limit, 0)))
    },
    DoorFunction(
      "inspection_browse", "(tree, input, output, /)",
      "Shows a tree in the terminal of two descriptors: a tuple of the chosen object and its path, "
        + "or None; False where they are no terminal."
    ) { arguments throws(PythonError) in
      let tree = try tree(arguments.required(0))
      guard let input = Int32(exactly: try parseInt(arguments.required(1))),
        let output = Int32(exactly: try parseInt(arguments.required(2))),
        let terminal = Terminal(
          input: input, output: output,
          waiting: { body in
            // Other threads run while nobody presses a key, and Ctrl-C of others is heard.
            let state = PyEval_SaveThread()
            body()
            PyEval_RestoreThread(state)
            return PyErr_CheckSignals() == 0
          })
      else { return Python.bool(false) }
      let chosen = InspectionBrowser(tree, on: terminal).run()
      if PyErr_Occurred() != nil { throw .raised }
      guard let chosen else { return Python.none }
      let path = try pythonString(chosen.path)
      guard let object = (chosen.value as? HeldObject)?.object else {
        // A part of an array that no object was made for.
        guard let array = chosen.array else { return Python.none }
        return try pythonTuple(owning: [try ArrayObject.make(array), path])
      }
      return try pythonTuple(owning: [retained(object), path])
    },
    DoorFunction(
      "inspection_json", "(tree, path, start, /)",
      "The node at a path such as '0.3' (a group and a place in it), in JSON; None where none is."
    ) { arguments throws(PythonError) in
      guard let node = try node(arguments.required(0), arguments.required(1)) else {
        return Python.none
      }
      return try pythonString(node.json(start: try parseInt(arguments.required(2))))
    },
    DoorFunction(
      "inspection_view", "(tree, path, name, rows, columns, slice, /)",
      "A view of the node at a path, in JSON, at a place such as '2.0' of the leading axes."
    ) { arguments throws(PythonError) in
      let name = try swiftString(arguments.required(2))
      guard let node = try node(arguments.required(0), arguments.required(1)),
        let view = node.views.first(where: { $0.name == name })
      else { return Python.none }
      let request = InspectionView.Request(
        rows: try parseInt(arguments.required(3)), columns: try parseInt(arguments.required(4)),
        slice: try numbers(arguments.required(5)))
      return try pythonString(view.content(request).json)
    },
    DoorFunction(
      "inspection_counts", "()",
      "For tests: nodes that were made, and bytes of arrays' elements that were read to be shown."
    ) { _ throws(PythonError) in
      try pythonTuple(owning: [
        try pythonInt(InspectionNode.madeCount), try pythonInt(ArrayInspection.readBytes),
      ])
    },
  ]

  private static func add(_ node: InspectionNode) throws(PythonError) -> Ref {
    let number = nextNumber
    nextNumber += 1
    trees[number] = node
    return try pythonInt(number)
  }

  private static func tree(_ object: Ref) throws(PythonError) -> InspectionNode {
    let number = try parseInt(object)
    guard let tree = trees[number] else { throw .value("there is no tree \(number)") }
    return tree
  }

  private static func node(_ number: Ref, _ path: Ref) throws(PythonError) -> InspectionNode? {
    let tree = try tree(number)
    return tree.node(at: try numbers(path))
  }

  /// `3.0.12`
  private static func numbers(_ object: Ref) throws(PythonError) -> [Int] {
    let text = try swiftString(object)
    var numbers: [Int] = []
    for part in text.split(separator: ".") {
      guard let number = Int(part), number >= 0 else {
        throw .value("'\(text)' is no path of numbers")
      }
      numbers.append(number)
    }
    return numbers
  }
}
