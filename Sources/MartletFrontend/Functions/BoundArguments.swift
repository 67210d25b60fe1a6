import MartletIR

/// The arguments of one call of a function, each at its parameter.
///
/// A body takes the arguments that it serves. What was given and not taken is an error that names
/// it, so that no argument is ignored.
struct BoundArguments {
  let row: FunctionRow
  private var values: [Meaning?]
  private var isTaken: [Bool]
  /// How many were given without a name.
  let positionalCount: Int

  var name: String { row.shortName }

  /// - Throws: what `failure` makes of a call that Python refuses.
  init(
    _ row: FunctionRow, _ positional: [Meaning], _ keywords: [(name: String, value: Meaning)],
    failure: (String) -> MartletError
  ) throws(MartletError) {
    self.row = row
    positionalCount = positional.count
    values = [Meaning?](repeating: nil, count: row.parameters.count)
    isTaken = [Bool](repeating: false, count: row.parameters.count)
    let name = row.shortName
    var rest = positional[...]
    for (i, parameter) in row.parameters.enumerated() {
      switch parameter.kind {
      case .positionalOnly, .positional:
        if let value = rest.popFirst() { values[i] = value }
      case .rest:
        values[i] = .tuple(Array(rest))
        rest = []
      case .keyword: break
      }
    }
    guard rest.isEmpty else {
      let most = positional.count - rest.count
      throw failure(
        "\(name)() takes at most \(most) positional argument\(most == 1 ? "" : "s"), not "
          + "\(positional.count)")
    }
    for (keyword, value) in keywords {
      guard
        let i = row.parameters.firstIndex(where: {
          $0.name == keyword && ($0.kind == .positional || $0.kind == .keyword)
        })
      else { throw failure("\(name)() got an unexpected keyword argument '\(keyword)'") }
      guard values[i] == nil else {
        throw failure("argument for \(name)() given by name ('\(keyword)') and position")
      }
      values[i] = value
    }
    for (i, parameter) in row.parameters.enumerated()
    where values[i] == nil && parameter.standard == nil {
      throw failure("\(name)() missing required argument '\(parameter.name)' (pos \(i + 1))")
    }
  }

  private func index(_ parameter: String) -> Int? {
    row.parameters.firstIndex { $0.name == parameter }
  }

  /// The argument, or what stands for it where it was left out.
  mutating func take(_ parameter: String) -> Meaning {
    guard let i = index(parameter) else { return .none }
    isTaken[i] = true
    return values[i] ?? row.parameters[i].standard?.meaning ?? .none
  }

  /// The argument; nil where it was left out or is None.
  mutating func takeGiven(_ parameter: String) -> Meaning? {
    guard let i = index(parameter) else { return nil }
    isTaken[i] = true
    if case .none? = values[i] { return nil }
    return values[i]
  }

  /// Whether there was an argument, None included.
  func isGiven(_ parameter: String) -> Bool { index(parameter).map { values[$0] != nil } ?? false }

  /// Whether an argument was given without its name.
  func isPositional(_ parameter: String) -> Bool {
    index(parameter).map { $0 < positionalCount } ?? false
  }

  /// The first argument that asks for something and was not taken.
  var ignored: String? {
    for (i, parameter) in row.parameters.enumerated() {
      guard !isTaken[i], let value = values[i] else { continue }
      if let standard = parameter.standard, standard.isSame(as: value) { continue }
      if parameter.kind == .rest, case .tuple(let items) = value, items.isEmpty { continue }
      return parameter.name
    }
    return nil
  }

  /// What was given and not taken yet, by name.
  var remaining: [(name: String, value: Meaning)] {
    row.parameters.indices.compactMap { i in
      guard !isTaken[i], let value = values[i] else { return nil }
      return (row.parameters[i].name, value)
    }
  }
}
