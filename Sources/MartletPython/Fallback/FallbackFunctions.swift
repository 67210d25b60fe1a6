import CPythonABI
import Martlet

/// What the Python facade calls to set up the fallback and to read its log.
enum FallbackFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "set_fallback", "(resolve, tell, mode, converters, libraries, /)",
      "Registers what finds the function for a path and a reason; what tells the user of a step; "
        + "what gives the mode; a dict of what converts results, by type; and the folders whose "
        + "code is not the user's."
    ) { arguments throws(PythonError) in
      let folders = arguments.required(4)
      var libraries: [[UInt8]] = []
      for i in 0..<(try countOfTuple(folders, "libraries")) {
        libraries.append(Array(try swiftString(try check(PyTuple_GetItem(folders, i))).utf8))
      }
      release(exchange(&Python.fallbackResolver, arguments.required(0)))
      release(exchange(&Python.fallbackTeller, arguments.required(1)))
      release(exchange(&Python.fallbackMode, arguments.required(2)))
      release(exchange(&Python.resultConverters, arguments.required(3)))
      FallbackLog.libraries = libraries
      Martlet.Fallback.listener = FallbackNews()
      return Python.none
    },
    DoorFunction(
      "set_host_types", "(object, array, metaclass, wrapper, /)",
      "Registers the class of what stands for NumPy's objects, that of arrays among them, the "
        + "metaclass of what stands for its classes, and what makes a host array of a NumPy array."
    ) { arguments throws(PythonError) in
      for i in 0..<3 where !isSubclass(arguments.required(i), typeFlag) {
        throw .type("set_host_types takes three classes")
      }
      Python.hostObjectType = py_as_type(retained(arguments.required(0)))
      Python.hostArrayType = py_as_type(retained(arguments.required(1)))
      Python.hostMetaclass = py_as_type(retained(arguments.required(2)))
      release(exchange(&Python.hostArrayWrapper, arguments.required(3)))
      return Python.none
    },
    DoorFunction(
      "set_metaclass", "(type, metaclass, /)",
      "Makes the metaclass that of `ndarray` or `ufunc`."
    ) { arguments throws(PythonError) in
      let (type, metaclass) = (arguments.required(0), arguments.required(1))
      guard [ArrayObject.type, UFuncObject.type].contains(py_as_type(type)),
        isSubclass(metaclass, typeFlag),
        PyType_IsSubtype(py_as_type(metaclass), py_type_type()) != 0,
        try size(metaclass) == size(py_object(py_type_type()))
      else { throw .type("the metaclass of ndarray or ufunc must add nothing to type") }
      // As extensions written in C do it where Python 3.11 has no function for it.
      type.pointee.type = py_as_type(retained(metaclass))
      return Python.none
    },
    DoorFunction(
      "alias", "(function, name, /)", "The same native function under another name of NumPy's."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      guard FunctionObject.isOurs(object) else { throw .type("alias takes a native function") }
      let function = FunctionObject.function(object)
      return try FunctionObject.make(function.named(try swiftString(arguments.required(1))))
    },
    DoorFunction(
      "set_fallback_silent", "(value, /)", "Whether no step need be told of."
    ) { arguments throws(PythonError) in
      Fallback.isSilent = try parseBool(arguments.required(0), default: true)
      return Python.none
    },
    DoorFunction(
      "served", "(function, name, reason, binds=True, /)",
      "A function of NumPy's that takes and gives Martlet's arrays, and logs its calls; with `binds` "
        + "it is a method of the classes that hold it."
    ) { arguments throws(PythonError) in
      try ServedFunction.make(
        arguments.required(0), name: arguments.required(1), reason: arguments.required(2),
        binds: try parseBool(arguments[3], default: true))
    },
    DoorFunction(
      "set_overrides", "(ask, is_programs, /)",
      "Registers what asks operands with rules of their own: called with NumPy's function, a tuple "
        + "and a dict, it returns NotImplemented where NumPy is to do that; and what tells whether "
        + "an object's class is the program's own."
    ) { arguments throws(PythonError) in
      release(exchange(&Overrides.asker, arguments.required(0)))
      release(exchange(&Overrides.isPrograms, arguments.required(1)))
      return Python.none
    },
    DoorFunction(
      "relevant_arguments", "(function, /)",
      "The function that tells which arguments of NumPy's `function` have a say; None where it is "
        + "not known."
    ) { arguments throws(PythonError) in
      try Overrides.relevant(of: arguments.required(0)) ?? Python.none
    },
    DoorFunction(
      "serve", "(function, name, reason, arguments, keywords, /)",
      "Calls a function of NumPy's with a tuple and a dict of Martlet's arrays."
    ) { arguments throws(PythonError) in
      let served = try ServedFunction.make(
        arguments.required(0), name: arguments.required(1), reason: arguments.required(2))
      defer { py_release(served) }
      let (given, keywords) = (arguments.required(3), arguments.optional(4))
      _ = try countOfTuple(given, "args")
      if let keywords, !isSubclass(keywords, dictFlag) {
        throw .type("kwargs must be a dict, not \(try typeName(keywords))")
      }
      return try check(PyVectorcall_Call(served, given, keywords))
    },
    DoorFunction(
      "adopt", "(value, /)",
      "What a result of NumPy's is for the caller: arrays, also in containers, become Martlet's."
    ) { arguments throws(PythonError) in
      var loan = Loan()
      return try loan.back(retained(arguments.required(0)))
    },
    DoorFunction(
      "take_fallback_log", "()",
      "What calls were logged since the last time: a list of (name, device, reason, code, "
        + "instruction, count, bytes, nanoseconds) by place, and the last three of what found no "
        + "room."
    ) { _ throws(PythonError) in
      let (steps, overflow) = FallbackLog.take()
      defer { FallbackLog.release(steps) }
      var rows: [Ref] = []
      for (place, cost) in steps {
        rows.append(
          try pythonTuple(owning: [
            retained(place.name), try pythonString(place.device.name), retained(place.reason),
            retained(place.code ?? py_none()), try pythonInt(place.instruction),
            try pythonInt(cost.count), try pythonInt(cost.bytes), try pythonInt(cost.nanoseconds),
          ]))
      }
      return try pythonTuple(owning: [
        try pythonList(owning: rows),
        try pythonTuple([overflow.count, overflow.bytes, overflow.nanoseconds]),
      ])
    },
    DoorFunction(
      "note_fallback", "(name, source, target, reason, file, line, count, bytes, nanoseconds, /)",
      "Records steps down; the file is '' where it is not known."
    ) { arguments throws(PythonError) in
      let file = try swiftString(arguments.required(4))
      Martlet.Fallback.note(
        Martlet.Fallback.Step(
          try swiftString(arguments.required(0)), from: try swiftString(arguments.required(1)),
          to: try swiftString(arguments.required(2)),
          reason: try swiftString(arguments.required(3)), file: file.isEmpty ? nil : file,
          line: try parseInt(arguments.required(5))),
        Martlet.Fallback.Cost(
          count: try parseInt(arguments.required(6)), bytes: try parseInt(arguments.required(7)),
          nanoseconds: try parseInt(arguments.required(8))))
      return Python.none
    },
    DoorFunction(
      "fallback_records", "()",
      "Every step down: (name, source, target, reason, file, line, count, bytes, seconds)."
    ) { _ throws(PythonError) in
      var rows: [Ref] = []
      for record in Martlet.Fallback.records {
        rows.append(
          try pythonTuple(owning: [
            try pythonString(record.name), try pythonString(record.from),
            try pythonString(record.to), try pythonString(record.reason),
            try pythonString(record.file ?? ""), try pythonInt(record.line),
            try pythonInt(record.count), try pythonInt(record.bytes),
            try check(PyFloat_FromDouble(record.seconds)),
          ]))
      }
      return try pythonList(owning: rows)
    },
    DoorFunction("fallback_report", "(limit, /)", "The records as a table.") {
      arguments throws(PythonError) in
      try pythonString(Martlet.Fallback.report(limit: try parseInt(arguments.required(0))))
    },
    DoorFunction("clear_fallback_log", "()", "Forgets all steps.") { _ throws(PythonError) in
      FallbackLog.release(FallbackLog.take().steps)
      Martlet.Fallback.clearRecords()
      return Python.none
    },
  ]

  /// Puts an object in place of another, which is the caller's to release.
  private static func exchange(_ variable: inout Ref?, _ object: Ref) -> Ref? {
    defer { variable = retained(object) }
    return variable
  }

  private static func release(_ object: Ref?) {
    if let object { py_release(object) }
  }

  private static func size(_ type: Ref) throws(PythonError) -> Int {
    let size = try attribute(type, "__basicsize__")
    defer { py_release(size) }
    return try parseInt(size)
  }
}
