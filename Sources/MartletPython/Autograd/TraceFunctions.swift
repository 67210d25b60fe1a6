import CPythonABI
import Martlet
import MartletIR

/// What `martlet`'s gradients are made of: tapes by number. The interpreter's lock guards them.
enum TraceFunctions {
  /// One differentiation: what it began with, and what came out.
  private struct Tape {
    var trace = Trace()
    /// The arrays that the function is given, and their places on the tape.
    var inputs: [Input] = []
    var results: [NDArray] = []

    struct Input {
      var root: Ref
      var storage: Storage
      var layout: Layout
      var dtype: DType
    }
  }
  nonisolated(unsafe) private static var tapes: [Int: Tape] = [:]
  nonisolated(unsafe) private static var nextNumber = 1

  static let all: [DoorFunction] = [
    DoorFunction("tape_open", "()", "Begins to record, and gives the tape's number.") {
      _ throws(PythonError) in
      let number = nextNumber
      nextNumber += 1
      tapes[number] = Tape()
      return try pythonInt(number)
    },
    DoorFunction(
      "tape_input", "(tape, a, /)",
      "A new array with the elements of another, which is an input of the tape: what is computed from "
        + "it, and from views of it, is recorded."
    ) { arguments throws(PythonError) in
      let number = try tapeNumber(arguments.required(0))
      let object = arguments.required(1)
      guard ArrayObject.check(object) else { throw .type("a tape's input is a Martlet array") }
      return try addInput(object, to: number)
    },
    DoorFunction(
      "tape_close", "(tape, results, /)",
      "Ends the recording with a list of results, arrays all of them; tells of each input whether it "
        + "was written to."
    ) { arguments throws(PythonError) in
      let number = try tapeNumber(arguments.required(0))
      let results = arguments.required(1)
      let objects = try items(results).map { (object) throws(PythonError) in
        guard let object else { throw PythonError.type("a tape's result is a Martlet array") }
        return object
      }
      let changed = close(number, objects.map { ArrayObject.read($0) })
      for object in objects { settle(ArrayObject.root(object)) }
      return try pythonList(owning: changed.map { Python.bool($0) })
    },
    DoorFunction(
      "tape_pull", "(tape, seeds, /)",
      "From cotangents of the results, arrays of their shapes or None, to those of the inputs."
    ) { arguments throws(PythonError) in
      let number = try tapeNumber(arguments.required(0))
      return try pull(number, arguments.required(1))
    },
    DoorFunction("tape_end", "(tape, /)", "Lets go of what a tape keeps.") {
      arguments throws(PythonError) in
      let number = try parseInt(arguments.required(0))
      _ = close(number, [])
      tapes[number] = nil
      return Python.none
    },
    DoorFunction(
      "is_traced", "(a, /)", "Whether what is computed from the array is being differentiated."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      return Python.bool(ArrayObject.check(object) && ArrayObject.read(object).isTraced)
    },
    DoorFunction(
      "untraced", "(a, /)", "The array's elements as they are now, in a new array on no tape."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard ArrayObject.check(object) else { throw .type("untraced takes a Martlet array") }
      let plain = ArrayObject.read(object).untraced
      return try ArrayObject.make(try core { () throws(MartletError) in try plain.copy() })
    },
    DoorFunction(
      "tape_record", "(name, result, inputs, pullback, /)",
      "Puts a new array on the tape of its inputs with a rule of its own: a function from the "
        + "result's cotangent to a list of one cotangent or None for each input."
    ) { arguments throws(PythonError) in
      let name = try swiftString(arguments.required(0))
      let result = arguments.required(1)
      let inputs = arguments.required(2)
      guard ArrayObject.check(result) else { throw .type("tape_record takes a Martlet array") }
      let arrays = try items(inputs).map { (object) throws(PythonError) in
        guard let object else { throw PythonError.type("a rule's input is a Martlet array") }
        return ArrayObject.read(object)
      }
      let function = HeldObject(arguments.required(3))
      let value = ArrayObject.read(result).untraced
      let count = arrays.count
      let recorded = try core { () throws(MartletError) in
        try Recording.record(name, arrays, value) { (cotangent) throws(MartletError) in
          try function.pull(cotangent, count: count)
        }
      }
      return try ArrayObject.make(recorded)
    },
  ]

  /// The arrays of a list; nil for None.
  fileprivate static func items(_ list: Ref) throws(PythonError) -> [Ref?] {
    guard isType(list, py_list_type()) else { throw .type("tapes take lists of arrays") }
    var items: [Ref?] = []
    for i in 0..<PyList_Size(list) {
      guard let item = PyList_GetItem(list, i) else { throw .raised }
      if item == py_none() {
        items.append(nil)
      } else if ArrayObject.check(item) {
        items.append(item)
      } else {
        throw .type("tapes take lists of Martlet arrays")
      }
    }
    return items
  }

  private static func tapeNumber(_ object: Ref) throws(PythonError) -> Int {
    let number = try parseInt(object)
    guard tapes[number] != nil else { throw .value("there is no tape \(number)") }
    return number
  }

  private static func addInput(_ object: Ref, to number: Int) throws(PythonError) -> Ref {
    guard let tape = tapes[number], tape.trace.isOpen else { throw .value("the tape is closed") }
    var array = ArrayObject.read(object)
    array = try core { () throws(MartletError) in
      // Memory that others can change may not stand on a tape.
      let own = array.storage.isPinned ? try array.copy() : array
      return NDArray(
        storage: try own.input(of: tape.trace), layout: own.layout, dtype: own.dtype)
    }
    let made = try ArrayObject.make(array, readOnly: !ArrayObject.isWritable(object))
    py_retain(made)
    tapes[number]?.inputs.append(
      .init(root: made, storage: array.storage, layout: array.layout, dtype: array.dtype))
    return made
  }

  /// Ends a recording; which inputs were written to.
  private static func close(_ number: Int, _ results: [NDArray]) -> [Bool] {
    guard let tape = tapes[number], tape.trace.isOpen else { return [] }
    tape.trace.close()
    tapes[number]?.results = results
    return tape.inputs.map { input in
      let changed = ArrayObject.state(input.root).pointee.storage !== input.storage
      settle(input.root)
      py_release(input.root)
      return changed
    }
  }

  /// An array that is no longer differentiated is as quick as any other.
  private static func settle(_ root: Ref) {
    let state = ArrayObject.state(root)
    guard let storage = state.pointee.storage else { return }
    state.pointee.storage = storage.settled
  }

  private static func pull(_ number: Int, _ seeds: Ref) throws(PythonError) -> Ref {
    guard let tape = tapes[number] else { throw .value("there is no tape \(number)") }
    let cotangents = try items(seeds).map { $0.map { ArrayObject.read($0) } }
    guard cotangents.count == tape.results.count else {
      throw .value("a tape takes one cotangent for each of its \(tape.results.count) results")
    }
    let found = try core { () throws(MartletError) -> [NDArray] in
      var backward = Backward(tape.trace)
      for (result, cotangent) in zip(tape.results, cotangents) {
        guard let cotangent else { continue }
        guard cotangent.shape == result.shape else {
          throw .shapeMismatch(
            operation: "grad",
            detail: "the cotangent has shape \(cotangent.shape), the result \(result.shape)")
        }
        try backward.seed(result, cotangent)
      }
      try backward.run()
      return try tape.inputs.map { (input) throws(MartletError) in
        try backward.cotangent(of: input.storage, input.layout, input.dtype)
      }
    }
    for text in GradientNews.take() {
      let isError = text.withCString { PyErr_WarnEx(py_exc_runtime_warning(), $0, 2) } != 0
      if isError { throw .raised }
    }
    var objects: [Ref] = []
    for array in found { objects.append(try ArrayObject.make(array)) }
    return try pythonList(owning: objects)
  }
}

/// A rule of the user's that a tape keeps.
extension HeldObject {
  fileprivate func pull(_ cotangent: NDArray, count: Int) throws(MartletError) -> [NDArray?] {
    let state = PyGILState_Ensure()
    defer { PyGILState_Release(state) }
    do throws(PythonError) {
      let argument = try pythonTuple(owning: [try ArrayObject.make(cotangent)])
      defer { py_release(argument) }
      let list = try check(PyObject_CallObject(object, argument))
      defer { py_release(list) }
      let found = try TraceFunctions.items(list)
      guard found.count == count else {
        throw PythonError.value("a derivative rule gives one cotangent for each of \(count) inputs")
      }
      return found.map { $0.map { ArrayObject.read($0) } }
    } catch {
      setException(error)
      throw .interrupted
    }
  }
}
