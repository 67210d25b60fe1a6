/// What a body does about arguments that need much more work than the usual ones and hardly ever
/// occur: huge angles, remainders of huge quotients.
///
/// Straight-line code would pay for them at every element. So `expand` writes a vector loop twice,
/// once without them, and looks first whether there are any (see `RareCaseSplitter`).
enum RareCase {
  /// The work is always done, and selected where needed.
  case inline
  /// The work is done in a branch; not inside a vector loop.
  case branch
  /// The work is left out; the condition is told instead, and where it holds the result has no
  /// meaning.
  case absent((Expression) -> Void)

  /// `rare()` where the condition holds, else `common`; each a list of values.
  func choose(
    _ condition: Expression, _ rare: () -> [Expression], _ common: [Expression]
  ) -> [Expression] {
    switch self {
    case .inline:
      return zip(rare(), common).map { condition.select($0, $1) }
    case .branch:
      let builder = condition.builder
      let variables = common.map { builder.declare(initial: $0) }
      builder.branch(
        condition,
        then: {
          for (variable, value) in zip(variables, rare()) { builder.assign(variable, value) }
        })
      return variables.map { builder.read($0) }
    case .absent(let report):
      report(condition)
      return common
    }
  }
}
