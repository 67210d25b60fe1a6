import CMartlet
import CPythonABI
import Martlet
import MartletFrontend
import MartletIR
import MartletRuntime

/// What only the Python facade calls; none of it is NumPy's.
enum DoorFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "set_error_handler", "(handler, /)", "Registers what hears of floating-point events."
    ) { arguments throws(PythonError) in
      if let old = Python.errorHandler { py_release(old) }
      Python.errorHandler = retained(arguments.required(0))
      return Python.none
    },
    DoorFunction(
      "set_array_ufunc", "(function, /)",
      "Registers what serves NumPy's ufuncs where the work is not done at once."
    ) { arguments throws(PythonError) in
      if let old = ArrayUFunc.general { py_release(old) }
      ArrayUFunc.general = retained(arguments.required(0))
      return Python.none
    },
    DoorFunction(
      "counters", "()",
      "For tests and the profile, since the process began: storages made or used again, bytes copied "
        + "because memory was shared, kernels launched, programs built and nodes remembered."
    ) { _ throws(PythonError) in
      let numbers: [(StaticString, Int)] = [
        ("allocations", Counters.allocations.total), ("copied_bytes", Counters.copiedBytes.total),
        ("launches", Counters.launches.total), ("programs_built", Counters.programs.total),
        ("nodes", Counters.nodes.total),
      ]
      let dictionary = try check(PyDict_New())
      for (name, number) in numbers {
        let value = try pythonInt(number)
        defer { py_release(value) }
        try check(PyDict_SetItemString(dictionary, name.cString, value))
      }
      return dictionary
    },
    DoorFunction(
      "to_numpy", "(a, /)",
      "A NumPy array on the same memory, which is lent until `settle` is called."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard ArrayObject.check(object) else { throw .type("to_numpy takes a Martlet array") }
      return try numpyView(of: object)
    },
    DoorFunction(
      "settle", "(a, /)",
      "Ends a loan: memory that somebody kept is shared from now on, and read at once."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard ArrayObject.check(object) else { throw .type("settle takes a Martlet array") }
      try ArrayObject.pinIfExported(object)
      return Python.none
    },
    DoorFunction(
      "set_eager", "(value, /)", "Whether all work runs at once, as under errstate(raise)."
    ) { arguments throws(PythonError) in
      GlobalState.isEager = try parseBool(arguments.required(0), default: false)
      return Python.none
    },
    DoorFunction(
      "set_reported", "(events, /)",
      "Which floating-point events are told of: divide 1, over 2, under 4, invalid 8."
    ) { arguments throws(PythonError) in
      GlobalState.reported = FloatingPointEvents(
        rawValue: UInt32(truncatingIfNeeded: try parseInt(arguments.required(0)))
      ).intersection([.divideByZero, .overflow, .underflow, .invalid])
      return Python.none
    },
    DoorFunction(
      "fail_after", "(count, /)",
      "For tests: lets so many allocations of arrays succeed and all later ones fail; -1 ends it."
    ) { arguments throws(PythonError) in
      martlet_fail_after(try parseInt(arguments.required(0)), true)
      return Python.none
    },
    DoorFunction(
      "record_kernels", "(level=None, /)",
      "For the build: compiles kernels for the level 3 or 4 of x86-64 from now on, and keeps them; "
        + "for this processor's level where none is given."
    ) { arguments throws(PythonError) in
      let number = try arguments.optional(0).map { given throws(PythonError) in
        try parseInt(given)
      }
      let known = PackLevel.allCases.first { Int($0.rawValue) == number }
      guard let level = number == nil ? PackLevel.host : known else {
        throw .value(
          "record_kernels knows the levels 3 and 4 of x86-64; "
            + (number.map { "\($0) is none of them" } ?? "this processor has none of them"))
      }
      try core { () throws(MartletError) in try KernelCache.shared.record(level) }
      return Python.none
    },
    DoorFunction(
      "write_kernels", "(folder, /)",
      "For the build: writes the kernels that were recorded as a pack, and returns their number."
    ) { arguments throws(PythonError) in
      let folder = try swiftString(arguments.required(0))
      return try pythonInt(
        try core { () throws(MartletError) in try KernelCache.shared.writeRecorded(to: folder) })
    },
    DoorFunction(
      "kernel_counts", "()",
      "How many kernels were compiled, loaded from the disk cache, and came with Martlet."
    ) { _ throws(PythonError) in
      let counts = KernelCache.shared.statistics
      return try pythonTuple(owning: [
        try pythonInt(counts.compiled), try pythonInt(counts.disk), try pythonInt(counts.pack),
      ])
    },
    DoorFunction(
      "operations", "()", "Name, number of inputs and outputs, and summary of every ufunc."
    ) { _ throws(PythonError) in
      var rows: [Ref] = []
      for row in OperationTable.elementwise {
        rows.append(
          try pythonTuple(owning: [
            try pythonString(row.name), try pythonInt(row.inputCount),
            try pythonInt(row.outputCount), try pythonString(row.summary),
          ]))
      }
      return try pythonList(owning: rows)
    },
    DoorFunction(
      "kernel_functions", "()", "Name and signature of every function that kernels bind by one."
    ) { _ throws(PythonError) in
      var rows: [Ref] = []
      for row in MartletFrontend.FunctionTable.rows {
        rows.append(
          try pythonTuple(owning: [try pythonString(row.name), try pythonString(row.signature)]))
      }
      return try pythonList(owning: rows)
    },
    DoorFunction(
      "evaluate", "(a, /)", "Runs what is pending for an array, and returns it."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard ArrayObject.check(object) else { throw .type("evaluate takes a Martlet array") }
      let array = ArrayObject.read(object)
      try core { () throws(MartletError) in
        try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
          _ = try array.storage.evaluated()
        }
      }
      return retained(object)
    },
  ]
}
