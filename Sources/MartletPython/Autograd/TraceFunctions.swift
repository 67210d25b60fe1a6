import CPythonABI
import Martlet
import MartletIR

/// What `martlet`'s gradients are made of: tapes by number. The interpreter's lock guards them.
enum TraceFunctions {
  /// One differentiation: what it began with, and what came out.
  private struct Tape {
    var trace = Trace()
    /// The arrays' objects, which are plain again afterwards, and their places on the tape.
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
      "Makes the array's memory an input of the tape: what is computed from it, and from views of it, "
        + "is recorded."
    ) { arguments throws(PythonError) in
      let number = try tapeNumber(arguments.required(0))
      let object = arguments.required(1)
      guard ArrayObject.check(object) else { throw .type("a tape's input is a Martlet array") }
      try addInput(object, to: number)
      return Python.none
    },
    DoorFunction(
      "tape_close", "(tape, results, /)",
      "Ends the recording with a list of results, arrays all of them."
    ) { arguments throws(PythonError) in
      let number = try tapeNumber(arguments.required(0))
      let results = arguments.required(1)
      var arrays: [NDArray] = []
      for i in 0..<PyList_Size(results) {
        guard let object = PyList_GetItem(results, i), ArrayObject.check(object) else {
          throw .type("a tape's result is a Martlet array")
        }
        arrays.append(ArrayObject.read(object))
      }
      close(number, arrays)
      for i in 0..<PyList_Size(results) {
        if let object = PyList_GetItem(results, i) { settle(ArrayObject.root(object)) }
      }
      return Python.none
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
      close(number, [])
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
      var arrays: [NDArray] = []
      for i in 0..<PyList_Size(inputs) {
        guard let object = PyList_GetItem(inputs, i), ArrayObject.check(object) else {
          throw .type("tape_record's inputs are Martlet arrays")
        }
        arrays.append(ArrayObject.read(object))
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

  private static func tapeNumber(_ object: Ref) throws(PythonError) -> Int {
    let number = try parseInt(object)
    guard tapes[number] != nil else { throw .value("there is no tape \(number)") }
    return number
  }

  private static func addInput(_ object: Ref, to number: Int) throws(PythonError) {
    let state = ArrayObject.state(object)
    let root = ArrayObject.root(object)
    let owner = ArrayObject.state(root)
    guard let tape = tapes[number], let storage = owner.pointee.storage else { return }
    var input = storage
    // Two arguments may be views of one array.
    if !tape.inputs.contains(where: { $0.storage === storage }) {
      let whole = NDArray(
        storage: storage, layout: owner.pointee.layout, dtype: owner.pointee.dtype)
      input = try core { () throws(MartletError) in try whole.input(of: tape.trace) }
      owner.pointee.storage = input
    }
    py_retain(root)
    tapes[number]?.inputs.append(
      .init(
        root: root, storage: input, layout: state.pointee.layout, dtype: state.pointee.dtype))
  }

  private static func close(_ number: Int, _ results: [NDArray]) {
    guard let tape = tapes[number], tape.trace.isOpen else { return }
    tape.trace.close()
    tapes[number]?.results = results
    for input in tape.inputs {
      settle(input.root)
      py_release(input.root)
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
    guard PyList_Size(seeds) == tape.results.count else {
      throw .value("a tape takes one cotangent for each of its \(tape.results.count) results")
    }
    var cotangents: [NDArray?] = []
    for i in 0..<tape.results.count {
      guard let object = PyList_GetItem(seeds, i), object != py_none() else {
        cotangents.append(nil)
        continue
      }
      guard ArrayObject.check(object) else { throw .type("a cotangent is a Martlet array") }
      cotangents.append(ArrayObject.read(object))
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
    var objects: [Ref] = []
    for array in found { objects.append(try ArrayObject.make(array)) }
    return try pythonList(owning: objects)
  }
}

/// A Python function that a tape keeps.
private final class HeldObject: @unchecked Sendable {
  // Unchecked: the object is touched under the interpreter's lock alone.
  private let object: Ref

  init(_ object: Ref) {
    self.object = object
    py_retain(object)
  }

  deinit {
    let state = PyGILState_Ensure()
    py_release(object)
    PyGILState_Release(state)
  }

  func pull(_ cotangent: NDArray, count: Int) throws(MartletError) -> [NDArray?] {
    let state = PyGILState_Ensure()
    defer { PyGILState_Release(state) }
    do throws(PythonError) {
      let argument = try pythonTuple(owning: [try ArrayObject.make(cotangent)])
      defer { py_release(argument) }
      let list = try check(PyObject_CallObject(object, argument))
      defer { py_release(list) }
      guard PyList_Size(list) == count else {
        throw PythonError.value("a derivative rule gives one cotangent for each of \(count) inputs")
      }
      var result: [NDArray?] = []
      for i in 0..<count {
        guard let item = PyList_GetItem(list, i), item != py_none() else {
          result.append(nil)
          continue
        }
        guard ArrayObject.check(item) else {
          throw PythonError.type("a cotangent is a Martlet array")
        }
        result.append(ArrayObject.read(item))
      }
      return result
    } catch {
      setException(error)
      throw .interrupted
    }
  }
}
