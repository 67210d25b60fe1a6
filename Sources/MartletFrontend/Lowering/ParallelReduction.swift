import MartletIR

/// How the iterations of a parallel loop add to one number, or to the elements of one array.
enum ParallelReduction {
  case sum, product, minimum, maximum, and, or, xor

  /// The rule by which a body changes a name, or with `elements` the array that it stands for, if it
  /// does nothing else with it.
  static func rule(
    for name: String, in body: [SourceStatement], elements: Bool = false
  ) -> ParallelReduction? {
    var search = Search(name: name, isArray: elements)
    return search.collect(body) ? search.rule : nil
  }

  fileprivate static let signs: [String: ParallelReduction] = [
    "+": .sum, "-": .sum, "*": .product, "&": .and, "|": .or, "^": .xor,
  ]

  /// What a part starts with.
  func start(_ builder: KernelBuilder, _ dtype: DType) -> Expression {
    switch self {
    // Nothing but this leaves every number as it is, a negative zero too.
    case .sum where dtype.isFloating: return builder.constant(-0.0, dtype)
    case .sum, .or, .xor: return builder.integer(0, dtype)
    case .product: return builder.integer(1, dtype)
    case .and: return dtype == .bool ? builder.integer(1, dtype) : builder.integer(-1, dtype)
    case .minimum, .maximum:
      if dtype.isFloating {
        return builder.constant(self == .minimum ? .infinity : -.infinity, dtype)
      }
      if dtype == .bool { return builder.integer(self == .minimum ? 1 : 0, dtype) }
      let bits = UInt64(8 * dtype.itemSize)
      let all = bits == 64 ? UInt64.max : (1 << bits) - 1
      let top: UInt64 = 1 << (bits - 1)
      if dtype.isUnsigned {
        return builder.constant(Scalar(dtype: dtype, low: self == .minimum ? all : 0))
      }
      return builder.constant(Scalar(dtype: dtype, low: self == .minimum ? all ^ top : top))
    }
  }

  /// Whether elements of a type can be joined.
  func joins(_ dtype: DType) -> Bool {
    switch self {
    case .sum, .product: dtype != .bool
    case .and, .or, .xor: dtype.isInteger || dtype == .bool
    case .minimum, .maximum: !dtype.isComplex
    }
  }

  func join(_ a: Expression, _ b: Expression) -> Expression {
    switch self {
    case .sum: a + b
    case .product: a * b
    case .and: a & b
    case .or: a | b
    case .xor: a ^ b
    case .minimum: (b < a).select(b, a)
    case .maximum: (b > a).select(b, a)
    }
  }
}

/// Looks whether every statement that names something is a step of one rule.
private struct Search {
  let name: String
  /// Whether the name is an array's, of which elements are changed, and whose sizes may be read.
  let isArray: Bool
  var rule: ParallelReduction?

  init(name: String, isArray: Bool) {
    self.name = name
    self.isArray = isArray
  }

  mutating func collect(_ statements: [SourceStatement]) -> Bool {
    statements.allSatisfy { collect($0) }
  }

  private mutating func collect(_ statement: SourceStatement) -> Bool {
    switch statement.kind {
    case .augment(let sign, let target, let value) where isPlace(target):
      return isStep(ParallelReduction.signs[sign]) && !reads(value)
    case .assign(let targets, let value) where targets.contains(where: isPlace):
      return targets.count == 1 && isStep(step(targets[0], value))
    case .branch(let test, let then, let otherwise):
      if otherwise.isEmpty, let own = extreme(test, then) { return isStep(own) }
      return !reads(test) && collect(then) && collect(otherwise)
    case .whileLoop(let test, let inner, let otherwise):
      return !reads(test) && collect(inner) && collect(otherwise)
    case .forLoop(let target, let iterable, let inner, let otherwise):
      return !SourceScan.names(in: target).contains(name) && !reads(target) && !reads(iterable)
        && collect(inner) && collect(otherwise)
    case .assign(let targets, let value):
      return !reads(value) && !targets.contains { binds($0) || reads($0) }
    case .augment(_, let target, let value): return !reads(target) && !reads(value)
    case .returns(let value): return !(value.map { reads($0) } ?? false)
    case .expression(let value), .assert(let value, _): return !reads(value)
    case .attempt:
      for block in statement.blocks where !collect(block) { return false }
      return true
    case .breaks, .continues, .pass, .raise, .unsupported: return true
    }
  }

  private func binds(_ target: SourceExpression) -> Bool {
    SourceScan.names(in: target).contains(name)
  }

  private mutating func isStep(_ own: ParallelReduction?) -> Bool {
    guard let own, rule == nil || rule == own else { return false }
    rule = own
    return true
  }

  /// Whether an expression is what is changed: the name, or elements of its array.
  private func isPlace(_ expression: SourceExpression) -> Bool {
    if expression.kind == .name(name) { return true }
    guard isArray, case .index(let array, let indices) = expression.kind,
      array.kind == .name(name)
    else { return false }
    return !indices.contains { index in
      switch index {
      case .element(let element): reads(element)
      case .slice(let start, let stop, let step):
        [start, stop, step].contains { $0.map { reads($0) } ?? false }
      case .ellipsis: false
      }
    }
  }

  /// Whether an expression reads what is changed. An array's sizes are no part of it.
  private func reads(_ expression: SourceExpression) -> Bool {
    if expression.kind == .name(name) { return true }
    if isArray {
      switch expression.kind {
      case .attribute(let array, let attribute) where array.kind == .name(name):
        return !["shape", "size", "ndim", "dtype"].contains(attribute)
      case .call(let callee, let arguments, _)
      where callee.kind == .known("builtins.len") && arguments.map(\.kind) == [.name(name)]:
        return false
      default: break
      }
    }
    return SourceScan.children(expression).contains { reads($0) }
  }

  /// `if e > x: x = e` and its like, without a side that NaN would take.
  private func extreme(
    _ test: SourceExpression, _ body: [SourceStatement]
  ) -> ParallelReduction? {
    guard case .compare(let left, let rest) = test.kind, rest.count == 1, body.count == 1,
      case .assign(let targets, let value) = body[0].kind, targets.count == 1,
      isPlace(targets[0]), !reads(value)
    else { return nil }
    let (sign, right) = (rest[0].sign, rest[0].value)
    let isLeft = left.isSame(as: value) && right.isSame(as: targets[0])
    let isRight = right.isSame(as: value) && left.isSame(as: targets[0])
    switch sign {
    case ">": return isLeft ? .maximum : isRight ? .minimum : nil
    case "<": return isLeft ? .minimum : isRight ? .maximum : nil
    default: return nil
    }
  }

  /// `x = x + e`, `x = max(x, e)` and their like.
  private func step(_ place: SourceExpression, _ value: SourceExpression) -> ParallelReduction? {
    // A name that becomes another array is none that is added to.
    if isArray, place.kind == .name(name) { return nil }
    func isPlace(_ expression: SourceExpression) -> Bool { expression.isSame(as: place) }
    switch value.kind {
    case .binary(let sign, let a, let b):
      guard let rule = ParallelReduction.signs[sign] else { return nil }
      if isPlace(a), !reads(b) { return rule }
      return sign != "-" && isPlace(b) && !reads(a) ? rule : nil
    case .call(let callee, let arguments, let keywords):
      guard case .known(let function) = callee.kind, keywords.isEmpty, arguments.count == 2,
        let rule = [
          "builtins.min": ParallelReduction.minimum, "builtins.max": .maximum,
        ][function]
      else { return nil }
      let others = arguments.filter { !isPlace($0) }
      return others.count == 1 && !reads(others[0]) ? rule : nil
    default: return nil
    }
  }
}
