import CPythonABI
import Martlet
import MartletCodegen
import MartletFrontend
import MartletIR
import MartletRuntime

/// What `martlet._kernels` takes from the core: ufuncs from users' functions, and what the types
/// `JitFunction` and `GridKernel` can do beside being called.
enum KernelFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "kernel_ufunc", "(name, doc, text, filename, loops, identity, fastmath, /)",
      "A ufunc of a user's function. `loops` has (names of the inputs' dtypes, name of the result's "
        + "or None) for each."
    ) { arguments throws(PythonError) in
      let name = try swiftString(arguments.required(0))
      let doc = arguments.required(1)
      let text = try swiftString(arguments.required(2))
      let filename = try swiftString(arguments.required(3))
      let program = try core { () throws(MartletError) in try SourceReader.program(text) }
      var loops: [(inputs: [DType], output: DType?)] = []
      let list = try check(PySequence_Tuple(arguments.required(4)))
      defer { py_release(list) }
      for i in 0..<PyTuple_Size(list) {
        guard let item = PyTuple_GetItem(list, i), isSubclass(item, tupleFlag),
          PyTuple_Size(item) == 2, let inputs = PyTuple_GetItem(item, 0),
          let output = PyTuple_GetItem(item, 1), isSubclass(inputs, tupleFlag)
        else { throw .type("a loop is (dtypes, dtype)") }
        var types: [DType] = []
        for j in 0..<PyTuple_Size(inputs) {
          guard let type = PyTuple_GetItem(inputs, j) else { throw .raised }
          types.append(try KernelArguments.dtype(type))
        }
        loops.append((types, output == py_none() ? nil : try KernelArguments.dtype(output)))
      }
      let summary = isSubclass(doc, stringFlag) ? try swiftString(doc) : ""
      let identity = try parseIdentity(arguments.required(5))
      return try located(in: filename, { program }) { () throws(PythonError) in
        let row = try core { () throws(MartletError) in
          try ElementwiseOperation.written(
            program, name: name, summary: summary, loops: loops, identity: identity)
        }
        return try UFuncObject.make(row)
      }
    }
  ]

  private static func parseIdentity(_ object: Ref) throws(PythonError) -> Identity {
    if object == py_none() { return .none }
    if isSubclass(object, stringFlag), try swiftString(object) == "reorderable" {
      return .reorderable
    }
    return .number(try parseInt(object))
  }

  // MARK: Methods

  /// The methods of the two types.
  static var methods: [(DoorFunction, TypeRef?)] {
    [
      (launch, KernelObject.gridType), (clear, KernelObject.jitType),
      (clear, KernelObject.gridType),
      (captured, KernelObject.gridType),
      (compile, KernelObject.jitType), (compile, KernelObject.gridType),
      (inspect, KernelObject.jitType), (inspect, KernelObject.gridType),
    ]
  }

  private static func function(_ arguments: borrowing Arguments) throws(PythonError)
    -> KernelFunction
  {
    let object = arguments.required(0)
    guard isType(object, KernelObject.jitType) || isType(object, KernelObject.gridType) else {
      throw .type("a JitFunction or GridKernel is expected, not \(try typeName(object))")
    }
    return KernelObject.function(object)
  }

  /// Runs `body`; an error in the user's source becomes a `KernelError`.
  private static func located<Result>(
    in filename: String, _ program: () -> SourceProgram?, _ body: () throws(PythonError) -> Result
  ) throws(PythonError) -> Result {
    do throws(PythonError) {
      return try body()
    } catch {
      guard let exception = try KernelFunction.kernelError(error, filename, program()) else {
        throw error
      }
      PyErr_SetObject(py_object(py_type(exception)), exception)
      py_release(exception)
      throw .raised
    }
  }

  private static let launch = DoorFunction(
    "GridKernel.launch", "(self, blocks, threads, shared_bytes, arguments, captured, /)",
    "Runs the kernel on every thread of a grid, on the device where its arrays live; `captured` are "
      + "those that it uses from around it, there too."
  ) { arguments throws(PythonError) in
    let function = try function(arguments)
    let blocks = try three(arguments.required(1))
    let threads = try three(arguments.required(2))
    let sharedBytes = try parseInt(arguments.required(3))
    guard (0...1 << 30).contains(sharedBytes) else {
      throw .value("[\(function.name)] a block has no \(sharedBytes) bytes of shared memory")
    }
    let list = try check(PySequence_Tuple(arguments.required(4)))
    defer { py_release(list) }
    let given = try items(list)
    let capturedList = try check(PySequence_Tuple(arguments.required(5)))
    defer { py_release(capturedList) }
    let captured = try items(capturedList)
    return try located(in: function.filename, { function.program }) { () throws(PythonError) in
      let (body, program) = try function.opened()
      guard case .grid(let grid) = body else { throw .type("[\(function.name)] runs on no grid") }
      var rest: Ref?
      defer { if let rest { py_release(rest) } }
      var all = try given.withUnsafeBufferPointer { given throws(PythonError) in
        try function.arranged(program, given.baseAddress, given.count, nil, &rest)
      }
      guard captured.count == function.captured.count else {
        throw .type(
          "[\(function.name)] \(captured.count) arrays from around the kernel are given, not "
            + "\(function.captured.count)")
      }
      all.replaceSubrange((all.count - captured.count)..., with: captured)
      let device = try core { () throws(MartletError) in try Placement.current }
      var taken = try KernelArguments(
        all, function: function.name, parameters: program.functions[0].parameters)
      _ = try function.fit(&taken)
      let form = GridFunction.Form(types: taken.types, sharedBytes: sharedBytes)
      let lowered = try core { () throws(MartletError) in try grid.kernel(for: form) }
      let packed = try taken.packed(for: lowered, on: device, function: function.name)
      try core { () throws(MartletError) in
        try grid.launch(form, packed.arguments, on: device, grid: blocks, block: threads)
      }
      withExtendedLifetime(packed.arrays) {}
      return Python.none
    }
  }

  /// The items of a tuple, which keeps them.
  private static func items(_ tuple: Ref) throws(PythonError) -> [Ref] {
    var items: [Ref] = []
    for i in 0..<(try countOfTuple(tuple, "the arguments")) {
      guard let item = PyTuple_GetItem(tuple, i) else { throw .raised }
      items.append(item)
    }
    return items
  }

  private static let captured = DoorFunction(
    "GridKernel.captured", "(self, /)", "The arrays that the kernel uses from around it."
  ) { arguments throws(PythonError) in
    let function = try function(arguments)
    try located(in: function.filename, { function.program }) { () throws(PythonError) in
      _ = try function.opened()
    }
    var arrays: [Ref] = []
    for array in function.captured { arrays.append(retained(array)) }
    return try pythonTuple(owning: arrays)
  }

  private static func three(_ object: Ref) throws(PythonError) -> (Int, Int, Int) {
    guard isSubclass(object, tupleFlag), PyTuple_Size(object) == 3,
      let x = PyTuple_GetItem(object, 0), let y = PyTuple_GetItem(object, 1),
      let z = PyTuple_GetItem(object, 2)
    else { throw .type("three sizes are expected") }
    let sizes = (try parseInt(x), try parseInt(y), try parseInt(z))
    guard sizes.0 > 0, sizes.1 > 0, sizes.2 > 0 else {
      throw .value("the sizes of a grid or block are at least 1, not \(sizes)")
    }
    return sizes
  }

  private static let clear = DoorFunction(
    "JitFunction.clear", "(self, /)", "Forgets what was compiled, and reads the source anew."
  ) { arguments throws(PythonError) in
    try function(arguments).clear()
    return Python.none
  }

  private static let compile = DoorFunction(
    "JitFunction.compile", "(self, types, result=None, declares=False, /)",
    "Compiles the function for arguments of these types. With `declares` calls are for these and "
      + "other declared types only, and a number that the function gives is of the result's type."
  ) { arguments throws(PythonError) in
    let function = try function(arguments)
    let list = try check(PySequence_Tuple(arguments.required(1)))
    defer { py_release(list) }
    var types: [ArgumentType] = []
    for i in 0..<PyTuple_Size(list) {
      guard let item = PyTuple_GetItem(list, i) else { throw .raised }
      types.append(try KernelArguments.type(item))
    }
    var result: DType?
    if let given = arguments.optional(2), given != py_none(),
      case .scalar(let dtype) = try KernelArguments.type(given)
    {
      result = dtype
    }
    let declares = arguments.optional(3).map { PyObject_IsTrue($0) == 1 } ?? false
    return try located(in: function.filename, { function.program }) { () throws(PythonError) in
      let body = try function.opened().body
      // Arrays from outside come after the call's own arguments.
      let captured = try KernelArguments(function.captured.map { $0 }, function: function.name)
      if declares {
        function.declared.add(DeclaredSignatures.Signature(arguments: types, result: result))
      }
      let types = types + captured.types
      switch body {
      case .host(let host):
        let made = try core { () throws(MartletError) in try host.specialisation(for: types) }
        try function.tell(made.lowered.remarks)
      case .grid(let grid):
        let form = GridFunction.Form(types: types, sharedBytes: 0)
        _ = try core { () throws(MartletError) in try grid.kernel(for: form) }
      }
      return Python.none
    }
  }

  /// The argument types that a function was compiled for, in a fixed order.
  static func signatures(_ function: KernelFunction) -> [[ArgumentType]] {
    lowered(function).map { own($0, of: function) }
  }

  /// The types of the arguments that calls give: arrays from around the function come after these.
  private static func own(
    _ lowered: LoweredKernel, of function: KernelFunction
  ) -> [ArgumentType] {
    lowered.arguments.dropLast(function.captured.count)
  }

  private static func lowered(_ function: KernelFunction) -> [LoweredKernel] {
    let all: [LoweredKernel]
    switch function.body {
    case nil: all = []
    case .host(let host): all = host.specialisations.values.map(\.lowered)
    case .grid(let grid): all = Array(grid.kernels.values)
    }
    return all.sorted { "\($0.arguments)" < "\($1.arguments)" }
  }

  private static let inspect = DoorFunction(
    "JitFunction.inspect", "(self, kind, /)",
    "(types, text) for each signature; the kind is 'types', 'kernel', 'llvm', 'asm', 'source' or "
      + "'ptx'."
  ) { arguments throws(PythonError) in
    let function = try function(arguments)
    let kind = try swiftString(arguments.required(1))
    return try located(in: function.filename, { function.program }) { () throws(PythonError) in
      var items: [Ref] = []
      for lowered in lowered(function) {
        let text: String
        switch kind {
        case "kernel", "types": text = KernelPrinter.text(of: lowered.kernel)
        case "llvm":
          text = try core { () throws(MartletError) in
            try CPU.shared.llvmText(of: lowered.kernel)
          }
        case "asm":
          text = try core { () throws(MartletError) in
            try CPU.shared.assembly(of: lowered.kernel, isUsers: true)
          }
        case "source":
          text = try core { () throws(MartletError) in
            try CEmitter.emit(MathLibrary.expand(lowered.kernel), dialect: .cuda).text
          }
        case "ptx":
          text = try core { () throws(MartletError) in try CUDA.assembly(of: lowered.kernel) }
        default: throw .value("there is no inspection '\(kind)'")
        }
        items.append(
          try pythonTuple(owning: [
            try KernelArguments.described(own(lowered, of: function)), try pythonString(text),
          ]))
      }
      return try pythonList(owning: items)
    }
  }
}
