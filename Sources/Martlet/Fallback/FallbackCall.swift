import CMartlet
import MartletIR
import MartletRuntime
import Synchronization

extension Fallback {
  /// One call on its way: to Martlet's function, else to NumPy's.
  struct Call {
    var function: Value
    var positional: [Value]
    var keywords: [(name: String, value: Value)]
    var place: Place?

    init(
      _ function: Value, _ positional: [Value], _ keywords: [(String, Value)], place: Place?
    ) throws(MartletError) {
      self.function = try function.withKnownRoot()
      self.positional = positional
      self.keywords = keywords.map { ($0.0, $0.1) }
      self.place = place
    }

    func run() throws(MartletError) -> Value {
      guard let (native, positional) = native() else {
        return try serve(reason: reasonForNone)
      }
      let reason: String
      do throws(MartletError) {
        let arguments = try NativeArguments(native, positional, keywords)
        if arguments.hasOutput {
          throw .unsupported(operation: native.path, detail: "the argument 'out' is not Martlet's")
        }
        return try Value(result: try native(arguments))
      } catch {
        // What fails is an error; only what is missing is NumPy's.
        switch error {
        case .unsupported(_, let detail): reason = detail
        case .rankLimit: reason = "arrays have at most \(Shape.maximumRank) dimensions"
        case .sizeLimit: reason = "arrays have at most \(Shape.maximumCount) elements"
        case .libraryMissing(let name, _): reason = "\(name) was not found"
        default: throw error
        }
      }
      return try serve(reason: reason)
    }

    /// Martlet's own function, with the arguments given by position: a method's begin with the array.
    private func native() -> (NativeFunction, [Value])? {
      guard case .member(let member) = function.content else { return nil }
      switch member.root {
      case .numpy: return NativeFunction.named(member.path).map { ($0, positional) }
      case .value(let value):
        guard case .array = value.content, let row = NativeFunction.method(member.path) else {
          return nil
        }
        // `x.reshape(2, 3)` is `reshape(x, (2, 3))`.
        guard row.path == "reshape" || row.path == "transpose", positional.count > 1 else {
          return (row, [value] + positional)
        }
        return (row, [value, Value(.tuple(positional, names: []))])
      }
    }

    private var reasonForNone: String {
      if case .member(let member) = function.content, case .numpy = member.root {
        return "Martlet has no function of this name"
      }
      if case .member(let member) = function.content, case .value(let value) = member.root,
        case .array = value.content
      {
        return "Martlet has no method of this name"
      }
      return "it is a Python object"
    }

    // MARK: NumPy

    private func serve(reason: String) throws(MartletError) -> Value {
      let arrays = self.arrays
      let device = arrays.first { !$0.device.isHost }?.device ?? .host
      if !device.isHost, Placement.policy == .onlyDevice {
        throw .unsupported(
          operation: name,
          detail: "\(device) cannot do it (\(reason)), and the policy is "
            + "\(Placement.policy.rawValue).")
      }
      try Fallback.tell(name, reason: reason, place: place)
      let span = Profiler.isOn ? Profiler.begin() : nil
      let start = martlet_nanoseconds()
      var name = self.name
      var bytes = 0
      defer {
        if let span {
          let line = place.map { Profiler.place(.init(file: "\($0.fileID)", line: Int($0.line))) }
          Profiler.end(
            span, .fallback, name, at: line ?? Profiler.place(), on: device.name, note: reason,
            bytes: bytes)
        }
        Fallback.note(
          Step(name, from: device.name, reason: reason, place: place),
          Cost(bytes: bytes, nanoseconds: Int(martlet_nanoseconds() - start)))
      }
      // Before the interpreter's lock is taken: computing what is pending may take its time.
      for array in arrays { _ = try array.storage.evaluated() }
      var result = try Python.use { session throws(MartletError) in
        var conversion = PythonConversion(session)
        defer { bytes = conversion.byteCount }
        let callable = try callable(session, &conversion, &name)
        let tuple = try session.tuple(positional.count) { i throws(MartletError) in
          try conversion.object(positional[i])
        }
        if keywords.isEmpty {
          return try conversion.value(
            session.check(session.api.pointee.Object_Call(callable.object, tuple.object, nil)))
        }
        let names = try session.check(session.api.pointee.Dict_New())
        for (name, value) in keywords {
          let key = try session.make(name)
          let object = try conversion.object(value)
          try session.check(
            session.api.pointee.Dict_SetItem(names.object, key.object, object.object))
        }
        return try conversion.value(
          session.check(
            session.api.pointee.Object_Call(callable.object, tuple.object, names.object)))
      }
      // Arrays come back to where the caller's live.
      if !device.isHost {
        result = try result.mappingArrays { array throws(MartletError) in
          bytes += array.count * array.dtype.itemSize
          return try array.to(device)
        }
      }
      return result
    }

    private var name: String {
      guard case .member(let member) = function.content else { return "call" }
      switch member.root {
      case .numpy: return member.path.isEmpty ? "numpy" : member.path
      case .value(let value):
        if case .array = value.content { return "ndarray.\(member.path)" }
        return member.path
      }
    }

    private var arrays: [NDArray] {
      var found: [NDArray] = []
      if case .member(let member) = function.content, case .value(let value) = member.root {
        value.collectArrays(into: &found)
      }
      for value in positional { value.collectArrays(into: &found) }
      for (_, value) in keywords { value.collectArrays(into: &found) }
      return found
    }

    /// What to call; `name` gets an object's type put before its method.
    private func callable(
      _ session: PythonSession, _ conversion: inout PythonConversion, _ name: inout String
    ) throws(MartletError) -> PythonOwned {
      guard case .member(let member) = function.content else {
        return try conversion.object(function)
      }
      if case .numpy = member.root {
        return try NumPyNames.callable(member, session) { () throws(MartletError) in
          try conversion.object(function)
        }
      }
      if case .value(let value) = member.root, case .object(let reference) = value.content {
        name = "\(session.typeName(reference.object)).\(member.path)"
      }
      return try conversion.object(function)
    }
  }

  /// NumPy's functions that were called, so that the next call need not look them up.
  private enum NumPyNames {
    private static let known = Mutex<[String: UInt]>([:])

    static func callable(
      _ member: Member, _ session: PythonSession,
      find: () throws(MartletError) -> PythonOwned
    ) throws(MartletError) -> PythonOwned {
      let path = member.path
      if let found = known.withLock({ $0[path] }).flatMap({ OpaquePointer(bitPattern: $0) }) {
        return session.retained(found)
      }
      let found = try find()
      // Kept for good: one reference of ours for each name.
      let kept = session.retained(found.object).taken()
      let isNew = known.withLock { known in
        if known[path] != nil { return false }
        known[path] = UInt(bitPattern: kept)
        return true
      }
      if !isNew { session.api.pointee._DecRef(kept) }
      return found
    }
  }
}

extension Fallback.Value {
  /// A method by the value that it belongs to, where no Python is needed to find that: of
  /// `result.U.sum` the method `sum` of an array.
  fileprivate func withKnownRoot() throws(MartletError) -> Fallback.Value {
    guard case .member(let member) = content, case .value = member.root,
      let point = member.path.lastIndex(of: ".")
    else { return self }
    let owner = Fallback.Member(of: member.root, path: String(member.path[..<point]))
    guard let value = try owner.native() else { return self }
    let name = String(member.path[member.path.index(after: point)...])
    return Fallback.Value(.member(Fallback.Member(of: .value(value), path: name)))
  }

  fileprivate func collectArrays(into arrays: inout [NDArray]) {
    switch content {
    case .array(let array): arrays.append(array)
    case .index(let index):
      if case .array(let array) = index.kind { arrays.append(array) }
    case .list(let items), .tuple(let items, _):
      for item in items { item.collectArrays(into: &arrays) }
    case .dictionary(let entries):
      for (_, value) in entries { value.collectArrays(into: &arrays) }
    case .member(let member):
      if case .value(let value) = member.root { value.collectArrays(into: &arrays) }
    default: break
    }
  }

  fileprivate func mappingArrays(
    _ transform: (NDArray) throws(MartletError) -> NDArray
  ) throws(MartletError) -> Fallback.Value {
    switch content {
    case .array(let array): return Fallback.Value(.array(try transform(array)))
    case .list(let items):
      return Fallback.Value(
        .list(
          try items.map { item throws(MartletError) in try item.mappingArrays(transform) }))
    case .tuple(let items, let names):
      return Fallback.Value(
        .tuple(
          try items.map { item throws(MartletError) in try item.mappingArrays(transform) },
          names: names))
    case .dictionary(let entries):
      return Fallback.Value(
        .dictionary(
          try entries.map { entry throws(MartletError) in
            (entry.key, try entry.value.mappingArrays(transform))
          }))
    default: return self
    }
  }
}

extension Fallback.Value {
  /// What a row gives.
  fileprivate init(result: FunctionResult) throws(MartletError) {
    switch result {
    case .array(let array), .result(let array), .view(_, let array), .viewOfRest(_, let array),
      .rest(_, let array), .readOnlyView(_, let array):
      self.init(.array(array))
    case .tuple(let items, let names):
      self.init(.tuple(try Self.results(items), names: names?.fields ?? []))
    case .list(let items): self.init(.list(try Self.results(items)))
    case .archive:
      throw .unsupported(
        operation: "load", detail: "an archive; NDArray.archive(contentsOf:) reads one")
    case .integer(let number): self.init(.integer(number))
    case .truth(let truth): self.init(.bool(truth))
    case .dtype(let dtype): self.init(.dtype(dtype))
    case .nothing: self.init(.nothing)
    }
  }

  private static func results(_ items: [FunctionResult]) throws(MartletError) -> [Self] {
    try items.map { item throws(MartletError) in try Self(result: item) }
  }
}
