import CPythonABI
import Martlet
import MartletIR

/// The inspector's nodes of Python's objects. What is inside of them `martlet._inspect` knows; the
/// interpreter's lock is held whenever a node is made or opened.
struct PythonNodes {
  /// The module `martlet._inspect`.
  let describer: HeldObject

  /// An object as a node. What cannot be looked at is a node that says so.
  func node(_ title: String, _ object: Ref, path: String) -> InspectionNode {
    do throws(PythonError) { return try described(title, object, path) } catch {
      return failure(title, error, path)
    }
  }

  private func described(
    _ title: String, _ object: Ref, _ path: String
  ) throws(PythonError) -> InspectionNode {
    let held = HeldObject(object)
    let (nodes, identity) = (self, UInt(bitPattern: object))
    func groups() -> [InspectionGroup] {
      do throws(PythonError) { return try nodes.groups(held.object, path) } catch {
        return [InspectionGroup("failed", [nodes.failure("looking", error, "")])]
      }
    }
    if ArrayObject.check(object) {
      let base = ArrayObject.state(object).pointee.base
      return ArrayInspection.node(
        title, ArrayObject.read(object), path: path, identity: identity, value: held,
        owner: base == nil ? nil : "another array, of which this is a view", more: groups)
    }
    // What it is: (kind, detail, memory), of which the last is an array of NumPy's or None.
    let answer = try callMethod(describer.object, "describe", [object])
    defer { py_release(answer) }
    guard try countOfTuple(answer, "a description") == 3,
      let kind = InspectionNode.Kind(rawValue: try text(answer, 0)),
      let memory = PyTuple_GetItem(answer, 2)
    else { throw .runtime("a description is a kind, a text and memory") }
    let detail = try text(answer, 1)
    if NumPyArray.isAny(memory), let array = try foreign(memory) {
      return ArrayInspection.node(
        title, array, path: path, identity: identity, value: held, owner: detail, more: groups)
    }
    return InspectionNode(
      title, kind, detail: detail, path: path, identity: identity, value: held, groups: groups,
      views: {
        do throws(PythonError) { return try nodes.views(held.object, "\(title): \(detail)") } catch
        {
          return [InspectionView("summary") { [text = nodes.message(error)] _ in .text([text]) }]
        }
      })
  }

  /// An array on NumPy's memory, to look at; nil where Martlet has none like it.
  private func foreign(_ object: Ref) throws(PythonError) -> NDArray? {
    do throws(PythonError) {
      return try ForeignMemory.array(object, exclusively: false).0
    } catch {
      guard case .notNative = error else { throw error }
      return nil
    }
  }

  private func failure(_ title: String, _ error: PythonError, _ path: String) -> InspectionNode {
    InspectionNode(title, .failure, detail: message(error), path: path)
  }

  // MARK: What is inside

  private func groups(_ object: Ref, _ path: String) throws(PythonError) -> [InspectionGroup] {
    let place = try pythonString(path)
    defer { py_release(place) }
    let list = try callMethod(describer.object, "groups", [object, place])
    defer { py_release(list) }
    var groups: [InspectionGroup] = []
    for i in 0..<PySequence_Size(list) {
      let group = try check(PySequence_GetItem(list, i))
      defer { py_release(group) }
      guard try countOfTuple(group, "a group") == 3, let size = PyTuple_GetItem(group, 1),
        let child = PyTuple_GetItem(group, 2)
      else { throw .runtime("a group is a title, a count and a function") }
      let (held, nodes) = (HeldObject(child), self)
      let title = try text(group, 0)
      groups.append(
        InspectionGroup(
          title, count: try parseInt(size), isMinor: PythonNodes.minor.contains(title)
        ) { position in
          do throws(PythonError) { return try nodes.child(held.object, position) } catch {
            return nodes.failure("[\(position)]", error, "")
          }
        })
    }
    let shared = try sharing(object)
    if let shared { groups.insert(shared, at: min(1, groups.count)) }
    return groups
  }

  /// What any object of a class has.
  private static let minor: Set<String> = ["properties", "methods", "operators", "special"]

  /// `(title, text)` for a fact, `(title, object, path)` for an object.
  private func child(_ function: Ref, _ position: Int) throws(PythonError) -> InspectionNode {
    let number = try pythonInt(position)
    defer { py_release(number) }
    let made = try call(function, number)
    defer { py_release(made) }
    let title = try text(made, 0)
    if try countOfTuple(made, "a child") == 2 {
      return InspectionNode(title, .fact, detail: try text(made, 1))
    }
    guard let object = PyTuple_GetItem(made, 1) else { throw .raised }
    return node(title, object, path: try text(made, 2))
  }

  /// Which of the arrays directly inside an object share memory; nil where it has none inside.
  private func sharing(_ object: Ref) throws(PythonError) -> InspectionGroup? {
    let list = try callMethod(describer.object, "arrays", [object])
    defer { py_release(list) }
    var arrays: [(name: String, array: NDArray)] = []
    for i in 0..<PySequence_Size(list) {
      let pair = try check(PySequence_GetItem(list, i))
      defer { py_release(pair) }
      guard try countOfTuple(pair, "an array") == 2, let array = PyTuple_GetItem(pair, 1),
        ArrayObject.check(array)
      else { continue }
      arrays.append((try text(pair, 0), ArrayObject.read(array)))
    }
    return arrays.isEmpty ? nil : ArrayInspection.sharing(arrays)
  }

  /// Texts about an object: `(name, lines)` for each.
  private func views(_ object: Ref, _ summary: String) throws(PythonError) -> [InspectionView] {
    let list = try callMethod(describer.object, "views", [object])
    defer { py_release(list) }
    var views: [InspectionView] = []
    for i in 0..<PySequence_Size(list) {
      let view = try check(PySequence_GetItem(list, i))
      defer { py_release(view) }
      guard try countOfTuple(view, "a view") == 2, let given = PyTuple_GetItem(view, 1) else {
        throw .runtime("a view is a name and lines")
      }
      var lines: [String] = views.isEmpty ? [summary] : []
      for j in 0..<PySequence_Size(given) {
        let line = try check(PySequence_GetItem(given, j))
        defer { py_release(line) }
        lines.append(try string(line))
      }
      let shown = lines
      views.append(InspectionView(try text(view, 0)) { _ in .text(shown) })
    }
    return views
  }

  // MARK: Texts

  private func text(_ tuple: Ref, _ position: Int) throws(PythonError) -> String {
    guard position < (try countOfTuple(tuple, "an answer")),
      let item = PyTuple_GetItem(tuple, position)
    else { throw .runtime("an answer of the inspector is too short") }
    return try string(item)
  }

  /// Names may hold what UTF-8 does not; they are shown all the same.
  private func string(_ object: Ref) throws(PythonError) -> String {
    guard isSubclass(object, stringFlag) else {
      throw .type("the inspector's texts are str, not \(try typeName(object))")
    }
    return try swiftString(object)
  }

  /// What an error says; no exception is set afterwards.
  private func message(_ error: PythonError) -> String {
    setException(error)
    var (type, value, trace): (Ref?, Ref?, Ref?) = (nil, nil, nil)
    PyErr_Fetch(&type, &value, &trace)
    PyErr_NormalizeException(&type, &value, &trace)
    defer { for old in [type, value, trace] { if let old { py_release(old) } } }
    guard let value, let text = PyObject_Str(value) else {
      PyErr_Clear()
      return "an exception without a text"
    }
    defer { py_release(text) }
    do throws(PythonError) {
      return "\(try typeName(value)): \(try swiftString(text))"
    } catch {
      PyErr_Clear()
      return "an exception without a text"
    }
  }
}
