import CPythonABI
import Martlet
import MartletIR

/// `einsum` and `einsum_path`, in both of their forms: `("ij,jk", a, b)` and `(a, [0, 1], b, [1, 2])`.
enum EinsumFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "einsum": { arguments throws(PythonError) in try einsum(arguments) },
    "einsum_path": { arguments throws(PythonError) in try path(arguments) },
  ]

  // MARK: einsum

  private static func einsum(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    if let quick = try DirectEinsum.run(arguments) { return quick }
    let (way, limit) = try way(arguments[2])
    let casting = try arguments[5].map { (o) throws(PythonError) in try parseCasting(o) } ?? .safe
    let dtype = try arguments.optional(3).map { (o) throws(PythonError) in try parseDType(o) }
    var order = "K"
    if let given = arguments[4] {
      guard isSubclass(given, stringFlag) else { throw .notNative("an order of another kind") }
      order = try swiftString(given).uppercased()
      guard ["C", "F", "A", "K"].contains(order) else { throw .notNative("an unheard-of order") }
    }
    let (subscripts, objects) = try operands(arguments)
    var arrays: [NDArray] = []
    for object in objects { arrays.append(try parseArray(object, dtype: nil)) }
    let out = arguments.optional(1)
    if out == nil, objects.count == 1 {
      let array = arrays[0]
      let view = try core { () throws(MartletError) in
        try NDArray.einsumView(subscripts, array.layout, array.dtype)
      }
      if let view { return try looked(objects[0], array, view) }
    }
    if let dtype, !arrays.allSatisfy({ Promotion.canCast($0.dtype, to: dtype, casting) }) {
      throw .notNative("operands that don't convert to the dtype")
    }
    let plan = try plan(way, limit, arrays.count)
    let (given, isC, isFortran) = (
      arrays, order == "C" || order == "A",
      order == "F" || order == "A" && arrays.allSatisfy(\.layout.isFortranContiguous)
    )
    let steps = given.reduce(0) { max($0, $1.count) } &* 16
    let result = try core { () throws(MartletError) in
      try Interruption.stoppable(elements: steps) { () throws(MartletError) in
        let result = try NDArray.einsum(subscripts, given, dtype: dtype, plan: plan)
        guard isFortran, result.rank > 1 else {
          return isC ? try result.contiguous() : result
        }
        return try result.converted(to: result.dtype, layout: Layout(fortran: result.shape))
      }
    }
    guard let out else { return try pythonResult(result) }
    guard ArrayObject.check(out), ArrayObject.state(out).pointee.layout.shape == result.shape,
      Promotion.canCast(result.dtype, to: ArrayObject.state(out).pointee.dtype, casting)
    else { throw .notNative("an output of another shape or dtype than the result") }
    try UFuncCall.store(result, "einsum", casting, mask: nil, into: out)
    return retained(out)
  }

  /// A view of an operand that is an array of ours; else the array that was made of it.
  private static func looked(
    _ object: Ref, _ array: NDArray, _ layout: Layout
  ) throws(PythonError) -> Ref {
    if layout.rank == 0 { return try pythonResult(array.view(layout)) }
    guard ArrayObject.check(object), ArrayObject.state(object).pointee.layout == array.layout else {
      return try ArrayObject.make(array.view(layout))
    }
    return try ArrayObject.makeView(of: object, layout)
  }

  /// NumPy takes no more operands either.
  private static let mostOperands = 64

  /// The subscripts, and the objects that they are about.
  private static func operands(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> (EinsumSubscripts, [Ref]) {
    guard arguments.restCount > 1 else { throw .notNative("fewer than two arguments") }
    guard arguments.restCount <= mostOperands else { throw .notNative("so many operands") }
    var objects: [Ref] = []
    if isSubclass(arguments.rest(0), stringFlag) {
      for i in 1..<arguments.restCount { objects.append(arguments.rest(i)) }
      let text = try swiftString(arguments.rest(0))
      return (try core { () throws(MartletError) in try EinsumSubscripts(text) }, objects)
    }
    if isSubclass(arguments.rest(0), bytesFlag) { throw .notNative("subscripts as bytes") }
    var subscripts = EinsumSubscripts(inputs: [], output: nil)
    var i = 0
    while i + 1 < arguments.restCount {
      objects.append(arguments.rest(i))
      subscripts.inputs.append(try labels(arguments.rest(i + 1)))
      i += 2
    }
    if i < arguments.restCount { subscripts.output = try labels(arguments.rest(i)) }
    return (subscripts, objects)
  }

  /// Numbers and at most one ellipsis.
  private static func labels(_ object: Ref) throws(PythonError) -> [Int] {
    guard isSubclass(object, listFlag) || isSubclass(object, tupleFlag) else {
      throw .notNative("subscripts that are no list")
    }
    // What the items do when they are read may change a list.
    let items = try check(PySequence_Tuple(object))
    defer { py_release(items) }
    var labels: [Int] = []
    for i in 0..<PyTuple_Size(items) {
      guard let item = PyTuple_GetItem(items, i) else { throw .raised }
      if item == py_ellipsis() {
        if labels.contains(EinsumSubscripts.ellipsis) { throw .notNative("two ellipses") }
        labels.append(EinsumSubscripts.ellipsis)
      } else {
        guard PyIndex_Check(item) != 0, let label = EinsumSubscripts.label(try parseInt(item))
        else { throw .notNative("subscripts out of their range") }
        labels.append(label)
      }
      if labels.count > 2 * Shape.maximumRank { throw .notNative("so many subscripts") }
    }
    return labels
  }

  // MARK: optimize=

  private enum Way {
    case none, greedy, optimal
    case given([[Int]])
  }

  /// The plan that `optimize=` asks for; nil for the usual one, which is always made.
  private static func plan(
    _ way: Way, _ limit: Double?, _ count: Int
  ) throws(PythonError) -> EinsumPlan? {
    switch way {
    case .none: return nil
    case .greedy: return { path, sets in path.greedy(sets, limit: limit ?? .infinity) }
    case .optimal:
      return { path, sets in
        sets.count <= ContractionPath.mostForOptimal
          ? path.optimal(sets, limit: limit ?? .infinity)
          : path.greedy(sets, limit: limit ?? .infinity)
      }
    case .given(let steps):
      guard isWhole(steps, count) else { throw .notNative("a path that is none") }
      return { _, _ in steps }
    }
  }

  private static func way(
    _ object: Ref?
  ) throws(PythonError) -> (Way, limit: Double?) {
    guard let object, object != py_none(), object != py_false() else { return (.none, nil) }
    if object == py_true() { return (.greedy, nil) }
    if isSubclass(object, stringFlag) { return (try named(object), nil) }
    guard isSubclass(object, tupleFlag) || isSubclass(object, listFlag) else {
      throw .notNative("a way to optimise of another kind")
    }
    let items = try check(PySequence_Tuple(object))
    defer { py_release(items) }
    let count = PyTuple_Size(items)
    guard count > 0, let first = PyTuple_GetItem(items, 0), isSubclass(first, stringFlag) else {
      throw .notNative("a way to optimise of another kind")
    }
    if try swiftString(first) == "einsum_path" {
      var steps: [[Int]] = []
      for i in 1..<max(count, 1) {
        guard let item = PyTuple_GetItem(items, i) else { throw .raised }
        steps.append(try parseInts(item))
      }
      return (.given(steps), nil)
    }
    guard count == 2, let second = PyTuple_GetItem(items, 1),
      isType(second, py_long_type()) || isType(second, py_float_type())
    else { throw .notNative("a way to optimise of another kind") }
    let limit = PyFloat_AsDouble(second)
    if limit == -1, PyErr_Occurred() != nil { throw .raised }
    return (try named(first), limit.rounded(.towardZero))
  }

  private static func named(_ object: Ref) throws(PythonError) -> Way {
    switch try swiftString(object) {
    case "greedy": return .greedy
    case "optimal": return .optimal
    default: throw .notNative("a way to optimise that only NumPy judges")
    }
  }

  /// Whether each step takes operands that are there, and one is left.
  private static func isWhole(_ steps: [[Int]], _ count: Int) -> Bool {
    var left = count
    for step in steps {
      guard !step.isEmpty, Set(step).count == step.count,
        step.allSatisfy({ (0..<left).contains($0) })
      else { return false }
      left += 1 - step.count
    }
    return left == 1
  }

  // MARK: einsum_path

  private static func path(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    if try parseBool(arguments[2], default: false) { throw .notNative("einsum_call") }
    guard arguments.restCount > 1, isSubclass(arguments.rest(0), stringFlag) else {
      throw .notNative("subscripts that are no text")
    }
    let text = try swiftString(arguments.rest(0)).filter { $0 != " " }
    if text.contains(".") { throw .notNative("an ellipsis in a path") }
    let (way, limit) = try arguments.isMissing(1) ? (.greedy, nil) : way(arguments[1])
    let (subscripts, objects) = try operands(arguments)
    var shapes: [Shape] = []
    for object in objects { shapes.append(try parseArray(object, dtype: nil).shape) }
    let given = shapes
    let resolved = try core { () throws(MartletError) in try subscripts.resolved(given) }
    let path = ContractionPath(resolved)
    let sets = resolved.inputs.map(ContractionPath.labels)
    let largest = (sets + [path.output]).map(path.size).max() ?? 1
    var steps = [Array(sets.indices)]
    switch way {
    case .given(let own): steps = own
    case .greedy where sets.count > 2 && !isProduct(sets, path):
      steps = path.greedy(sets, limit: limit ?? largest)
    case .optimal where sets.count > 2 && !isProduct(sets, path):
      guard sets.count <= ContractionPath.mostForOptimal else {
        throw .notNative("the best order of so many operands")
      }
      steps = path.optimal(sets, limit: limit ?? largest)
    default: break
    }
    guard isWhole(steps, sets.count) else { throw .notNative("a path that is none") }
    let report = EinsumReport(subscripts, resolved, path, steps)
    var items = [try pythonString("einsum_path")]
    for step in steps { items.append(try pythonTuple(step)) }
    return try pythonTuple(owning: [pythonList(owning: items), pythonString(report.text)])
  }

  /// Whether nothing is summed over.
  private static func isProduct(_ sets: [ContractionPath.Labels], _ path: ContractionPath) -> Bool {
    sets.reduce(0, |) == path.output
  }
}
