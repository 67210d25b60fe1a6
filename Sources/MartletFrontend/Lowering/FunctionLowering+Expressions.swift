import Glibc
import MartletIR

extension FunctionLowering {
  func lower(_ expression: SourceExpression, _ frame: Frame) throws(MartletError) -> Meaning {
    let location = expression.location
    if !isPython, let meaning = try swiftMeaning(expression, frame, as: nil) { return meaning }
    switch expression.kind {
    case .integer(let value): return .literal(.integer(value))
    case .floating(let value): return .literal(.floating(value))
    case .complex(let real, let imaginary): return .literal(.complex(real, imaginary))
    case .truth(let value): return .literal(.truth(value))
    case .string(let text): return .string(text)
    case .none: return .none
    case .scalar(let scalar): return .scalar(builder.constant(scalar))
    case .name(let name): return try value(of: name, frame, at: location)
    case .outer(let name):
      guard let meaning = outer[name] else {
        throw failure("'\(name)' is no argument of the kernel", at: location)
      }
      return meaning
    case .known(let name): return try gridValue(name, at: location) ?? .known(name)
    case .dtype(let dtype): return .dtype(dtype)
    case .function(let number): return .function(number)
    case .unusable(let name, let description):
      throw failure("'\(name)' is \(description), which kernels can't use", at: location)
    case .unary(let sign, let operand):
      return try unary(sign, lower(operand, frame), at: location)
    case .binary(let sign, let left, let right):
      var a = try lower(left, frame)
      if mayWrite(right) { a = try settledNow(a, at: location) }
      return try binary(sign, a, lower(right, frame), at: location)
    case .compare(let first, let rest):
      return try compare(first, rest, frame, at: location)
    case .and(let items): return try connect(items, isAnd: true, frame)
    case .or(let items): return try connect(items, isAnd: false, frame)
    case .conditional(let test, let a, let b):
      return try conditional(test, a, b, frame, at: location)
    case .tuple(let items): return .tuple(try lower(all: items, frame))
    case .list(let items): return .display(try lower(all: items, frame))
    case .closure(let number, _): return .closure(number, frame)
    case .record(let names): return .recordType(names)
    case .starred:
      throw failure("a starred expression stands among arguments or items", at: location)
    case .attribute(let value, let name):
      return try attribute(name, of: lower(value, frame), at: location)
    case .index(let container, let indices):
      return try index(lower(container, frame), indices, frame, at: location)
    case .call(let callee, let arguments, let keywords):
      let function = try lower(callee, frame)
      if let made = try listCall(function, arguments, keywords, frame, at: location) { return made }
      let positional = try lower(all: arguments, before: keywords.map(\.value), frame)
      let values = try lower(all: keywords.map(\.value), frame)
      let named = zip(keywords, values).map { (name: $0.name, value: $1) }
      return try call(function, positional, named, at: location)
    }
  }

  /// Values one after the other, starred ones as what is in them; each as it is before a later one
  /// changes an array.
  private func lower(
    all expressions: [SourceExpression], before others: [SourceExpression] = [], _ frame: Frame
  ) throws(MartletError) -> [Meaning] {
    var meanings: [Meaning] = []
    for (i, expression) in expressions.enumerated() {
      guard case .starred(let value) = expression.kind else {
        var meaning = try lower(expression, frame)
        if (expressions[(i + 1)...] + others).contains(where: { mayWrite($0) }) {
          meaning = try settledNow(meaning, at: expression.location)
        }
        meanings.append(meaning)
        continue
      }
      switch try lower(value, frame).withoutNames {
      case .tuple(let own), .display(let own): meanings += own
      case let other:
        throw failure(
          "'*' takes apart tuples, whose length is known when compiling, not \(other.description)",
          at: expression.location)
      }
    }
    return meanings
  }

  // MARK: Numbers

  /// A number in a type; other meanings are an error.
  func number(
    _ meaning: Meaning, as dtype: DType, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    switch meaning {
    case .literal(let literal): return builder.constant(literal.scalar(dtype))
    case .scalar(let value):
      let result = value.cast(to: dtype)
      if nonNegative.contains(value.value), dtype == .int64 { nonNegative.insert(result.value) }
      return result
    case .array(let array) where array.rank == 0:
      return try element(of: array, []).cast(to: dtype)
    default: throw failure("\(meaning.description) is no number", at: location)
    }
  }

  /// A number in the type that it has on its own.
  func number(_ meaning: Meaning, at location: SourcePosition) throws(MartletError) -> Expression {
    if case .array(let array) = meaning, array.rank == 0 { return try element(of: array, []) }
    guard let dtype = meaning.dtype else {
      throw failure("\(meaning.description) is no number", at: location)
    }
    return try number(meaning, as: dtype, at: location)
  }

  /// An integer as `int64`, for sizes and positions.
  func position(
    _ meaning: Meaning, for what: String, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let meaning = try scalarised(meaning)
    guard let dtype = meaning.dtype, dtype.isInteger || dtype == .bool else {
      throw failure("\(what) is an integer, not \(meaning.description)", at: location)
    }
    let result = try number(meaning, as: .int64, at: location)
    if case .literal(let literal) = meaning, literal.asDouble >= 0 {
      nonNegative.insert(result.value)
    }
    if dtype.isUnsigned, dtype != .uint64 { nonNegative.insert(result.value) }
    return result
  }

  /// An array without dimensions as its number.
  func scalarised(_ meaning: Meaning) throws(MartletError) -> Meaning {
    if case .array(let array) = meaning, array.rank == 0 {
      return .scalar(try element(of: array, []))
    }
    return meaning
  }

  func truth(of meaning: Meaning, at location: SourcePosition) throws(MartletError) -> Expression {
    switch try scalarised(meaning.withoutNames) {
    case .literal(let literal): return truth(literal.isTrue)
    case .none: return truth(false)
    case .tuple(let items), .display(let items): return truth(!items.isEmpty)
    case .list(let list): return word(.count, of: list) > builder.integer(0)
    case .range(let numbers): return numbers.shape[0] > builder.integer(0)
    case .scalar(let value): return value.cast(to: .bool)
    case .array:
      throw failure(
        "the truth value of an array is ambiguous: use its any() or all()", at: location)
    default: throw failure("\(meaning.description) is neither true nor false", at: location)
    }
  }

  /// Whether a condition is decided when compiling.
  func constantTruth(_ meaning: Meaning) -> Bool? {
    switch meaning {
    case .literal(let literal): literal.isTrue
    case .none: false
    case .tuple(let items): !items.isEmpty
    default: nil
    }
  }

  /// The type in which two numbers meet: literals take the other's.
  func commonType(_ a: Meaning, _ b: Meaning) -> DType? {
    switch (a, b) {
    case (.literal(let p), .literal(let q)): Promotion.promote(p.natural, q.natural)
    case (.scalar(let value), .literal(let literal)), (.literal(let literal), .scalar(let value)):
      Promotion.promote(value.dtype, Promotion.resolve(literal.weak, beside: value.dtype))
    case (.scalar(let p), .scalar(let q)): Promotion.promote(p.dtype, q.dtype)
    default: nil
    }
  }

  /// The type in which two numbers meet outside of arrays: whole numbers stay whole, where NumPy
  /// makes `int64` and `uint64` floating ones.
  func numberType(_ a: Meaning, _ b: Meaning) -> DType? {
    guard isPython, case .scalar(let p) = a, case .scalar(let q) = b else {
      return commonType(a, b)
    }
    return Types.join(p.dtype, q.dtype)
  }

  /// The type in which an operator computes on two numbers. Integers are 64 bits wide, and have a
  /// sign unless neither side has one; for a shift only the left side counts. Where the numbers are
  /// divided as real ones each becomes one by itself.
  private func operatorType(_ sign: String, _ a: Meaning, _ b: Meaning) -> DType? {
    guard let common = numberType(a, b) else { return nil }
    guard isPython, common == .bool || common.isInteger else { return common }
    // Truth values stay truth values under the operators that Python has for them.
    if common == .bool, ["&", "|", "^"].contains(sign) { return .bool }
    if sign == "/" { return commonType(a, b).map(widened) }
    if sign == "<<" || sign == ">>", case .scalar(let left) = a {
      return left.dtype.isUnsigned ? .uint64 : .int64
    }
    if case .scalar(let p) = a, case .scalar(let q) = b, p.dtype.isUnsigned, q.dtype.isUnsigned {
      return .uint64
    }
    return widened(common)
  }

  // MARK: Operators

  func unary(
    _ sign: String, _ operand: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if sign == "not" {
      if let known = constantTruth(operand) { return .literal(.truth(!known)) }
      return .scalar(!(try truth(of: operand, at: location)))
    }
    if case .literal(let literal) = operand {
      switch (sign, literal) {
      case ("+", .integer), ("+", .floating), ("+", .complex): return operand
      case ("-", .integer(let value)) where value != .min: return .literal(.integer(-value))
      case ("-", .floating(let value)): return .literal(.floating(-value))
      case ("-", .complex(let real, let imaginary)): return .literal(.complex(-real, -imaginary))
      case ("~", .integer(let value)): return .literal(.integer(~value))
      default: break
      }
    }
    if case .array(let array) = operand {
      return .array(
        try map([array], at: location) { (parts) throws(MartletError) in
          // Elements keep their type, as NumPy has it.
          let names = ["+": "positive", "-": "negative", "~": "invert"]
          return .scalar(try self.function(names[sign] ?? sign, [parts[0]], at: location))
        })
    }
    let value = try number(operand, at: location)
    // Of unsigned numbers the sign stays away, as NumPy has it.
    let wide =
      isPython && !value.dtype.isUnsigned ? value.cast(to: widened(value.dtype)) : value
    switch sign {
    case "+": return .scalar(wide)
    case "-": return .scalar(-wide)
    case "~":
      guard value.dtype.isInteger || value.dtype == .bool else {
        throw failure("'~' takes an integer, not \(operand.description)", at: location)
      }
      return .scalar(~wide)
    default: throw failure("the operator '\(sign)' is not there", at: location)
    }
  }

  /// Integers compute in 64 bits, as Python's have no size and numba's have this one.
  func widened(_ dtype: DType) -> DType {
    guard isPython, dtype == .bool || dtype.isInteger else { return dtype }
    return dtype == .uint64 ? .uint64 : .int64
  }

  /// NumPy's functions behind the operators.
  static let operators: [String: String] = [
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "floor_divide",
    "%": "remainder", "**": "power", "<<": "left_shift", ">>": "right_shift", "&": "bitwise_and",
    "|": "bitwise_or", "^": "bitwise_xor", "quotient": "divide", "remainder": "fmod",
    "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater",
    ">=": "greater_equal",
  ]

  func binary(
    _ sign: String, _ left: Meaning, _ right: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let (a, b) = (try scalarised(left.withoutNames), try scalarised(right.withoutNames))
    if case .literal(let p) = a, case .literal(let q) = b,
      let folded = LiteralArithmetic.fold(sign, p, q, isPython: isPython)
    {
      return .literal(folded)
    }
    if let result = try listOperator(sign, a, b, at: location) { return result }
    if case .tuple(let p) = a, case .tuple(let q) = b, sign == "+" { return .tuple(p + q) }
    if case .tuple(let items) = a, case .literal(.integer(let count)) = b, sign == "*" {
      return .tuple((0..<max(0, min(count, 1000))).flatMap { _ in items })
    }
    switch (a, b) {
    case (.array, _), (_, .array):
      return try arrays(sign, a, b, at: location)
    default: break
    }
    guard let type = operatorType(sign, a, b) else {
      let wrong = a.dtype == nil ? a : b
      throw failure("'\(sign)' takes numbers, not \(wrong.description)", at: location)
    }
    if !isPython, case .scalar(let p) = a, case .scalar(let q) = b, p.dtype != q.dtype,
      !["<<", ">>"].contains(sign)
    {
      throw failure(
        "'\(sign)' takes two numbers of one type, not \(p.dtype) and \(q.dtype): convert one",
        at: location)
    }
    if type == .int64, sign == "//" || sign == "%", case .scalar(let p) = a,
      case .scalar(let q) = b, p.dtype == .uint64 || q.dtype == .uint64
    {
      return .scalar(try mixedDivision(sign, p, q, at: location))
    }
    return .scalar(
      try arithmetic(
        sign, number(a, as: type, at: location), number(b, as: type, at: location), b,
        at: location))
  }

  /// An operator on two numbers of one type.
  private func arithmetic(
    _ sign: String, _ a: Expression, _ b: Expression, _ right: Meaning,
    at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let type = a.dtype
    switch sign {
    case "+", "-", "*":
      let result = sign == "+" ? a + b : sign == "-" ? a - b : a * b
      let stays = nonNegative.contains(a.value) && isNonNegative(b)
      if type == .int64, sign != "-", stays { nonNegative.insert(result.value) }
      return result
    case "&", "|", "^":
      guard type.isInteger || type == .bool else {
        throw failure("'\(sign)' takes integers, not \(type)", at: location)
      }
      let result = sign == "&" ? a & b : sign == "|" ? a | b : a ^ b
      if sign == "&", isNonNegative(a) || isNonNegative(b) { nonNegative.insert(result.value) }
      return result
    case "**":
      if case .literal(let exponent) = right, let power = knownPower(a, exponent) { return power }
      if type.isInteger {
        if case .literal(.integer(let exponent)) = right {
          if exponent < 0 {
            return try function(
              "power", [a.cast(to: .float64), b.cast(to: .float64)], at: location)
          }
        } else if rules.target == .host, type.isSigned, !isNonNegative(b) {
          // The result's type is settled before the exponent is known.
          try builder.branch(b < builder.integer(0, type)) { () throws(MartletError) in
            try fail(
              "ValueError", "Integers to negative integer powers are not allowed.", at: location)
          }
        }
      }
    case "/", "//", "%", "quotient", "remainder":
      let isKnown: Bool
      if case .literal(let literal) = right { isKnown = literal.isTrue } else { isKnown = false }
      if rules.division == .python, !isKnown, !type.isComplex {
        return try checkedDivision(sign, a, b, at: location)
      }
    default: break
    }
    guard let name = Self.operators[sign] else {
      throw failure("the operator '\(sign)' is not in the language of kernels", at: location)
    }
    if sign == "quotient", type.isInteger { return quotient(a, b) }
    let result = try function(name, [a, b], at: location)
    if isChild, type == .int64 { noteDivision(sign, a, b, result) }
    if ["//", "%", ">>"].contains(sign), result.dtype == .int64, isNonNegative(b),
      sign == "%" || isNonNegative(a)
    {
      nonNegative.insert(result.value)
    }
    return result
  }

  /// A power whose exponent is written down, where multiplications or a root give it.
  func knownPower(_ a: Expression, _ exponent: Literal) -> Expression? {
    switch exponent {
    case .integer(let exponent) where (1...4).contains(exponent):
      let square = a * a
      return exponent == 1
        ? a : exponent == 2 ? square : exponent == 3 ? square * a : square * square
    case .floating(0.5) where a.dtype.isFloating && !a.dtype.isComplex:
      // The power of -0 is 0, and that of -infinity is infinity; their roots are others.
      let wide = a.cast(to: a.dtype.computeType)
      let root = (wide + 0).squareRoot
      return (wide == -.infinity).select(wide.literal(.infinity), root).cast(to: a.dtype)
    default: return nil
    }
  }

  /// Division of integers toward zero; 0 over 0.
  private func quotient(_ a: Expression, _ b: Expression) -> Expression {
    let isZero = b == b.literal(0)
    guard a.dtype.isSigned else { return isZero.select(b, a / isZero.select(b.literal(1), b)) }
    // The smallest number over -1 is out of range, which processors trap on.
    let isOther = isZero | (b == b.literal(-1))
    return isOther.select(isZero.select(b, -a), a / isOther.select(b.literal(1), b))
  }

  func isNonNegative(_ value: Expression) -> Bool { nonNegative.contains(value.value) }

  /// A division that raises where the divisor is 0.
  private func checkedDivision(
    _ sign: String, _ a: Expression, _ b: Expression, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let isZero = b == b.literal(0)
    try builder.branch(isZero) { () throws(MartletError) in
      try fail("ZeroDivisionError", "division by zero", at: location)
    }
    let divisor = isZero.select(b.literal(1), b)
    let result = try function(Self.operators[sign] ?? "divide", [a, divisor], at: location)
    if isChild, a.dtype == .int64 { noteDivision(sign, a, b, result) }
    if ["//", "%"].contains(sign), result.dtype == .int64, isNonNegative(b),
      sign == "%" || isNonNegative(a)
    {
      nonNegative.insert(result.value)
    }
    return result
  }

  /// `//` and `%` of an `int64` and a `uint64`, as `int64`: the division itself is one of unsigned
  /// numbers, so that no bit counts as a sign that is none.
  private func mixedDivision(
    _ sign: String, _ a: Expression, _ b: Expression, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let (p, q) = (a.cast(to: .uint64), b.cast(to: .uint64))
    let zero = p.literal(0)
    let isZero = q == zero
    if rules.division == .python {
      try builder.branch(isZero) { () throws(MartletError) in
        try fail("ZeroDivisionError", "division by zero", at: location)
      }
    }
    func isBelow(_ value: Expression) -> Expression {
      value.dtype.isSigned ? value.cast(to: .int64) < builder.integer(0) : truth(false)
    }
    let (aIsBelow, bIsBelow) = (isBelow(a), isBelow(b))
    let isApart = aIsBelow | bIsBelow
    let divisor = isZero.select(p.literal(1), bIsBelow.select(zero - q, q))
    let dividend = aIsBelow.select(zero - p, p)
    let quotient = dividend / divisor
    let rest = dividend - quotient * divisor
    let isWhole = rest == zero
    // Where the signs differ, the quotient rounds down and the rest goes the other way.
    let down = zero - quotient - isWhole.select(zero, p.literal(1))
    let result: Expression
    if sign == "//" {
      result = isApart.select(down, quotient)
    } else {
      let other = isWhole.select(zero, divisor - rest)
      let magnitude = isApart.select(other, rest)
      result = bIsBelow.select(zero - magnitude, magnitude)
    }
    return isZero.select(builder.integer(0), result.cast(to: .int64))
  }

  /// A function of the table on numbers, which are cast to the loop's types.
  func function(
    _ name: String, _ arguments: [Expression], at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let results = try functions(name, arguments, at: location)
    return results[0]
  }

  func functions(
    _ name: String, _ arguments: [Expression], at location: SourcePosition
  ) throws(MartletError) -> [Expression] {
    guard let loop = library(name, arguments.map(\.dtype)),
      loop.inputs.count == arguments.count
    else {
      let types = arguments.map(\.dtype.name).joined(separator: ", ")
      throw failure("'\(name)' takes no arguments of type \(types)", at: location)
    }
    let inputs = zip(arguments, loop.inputs).map { $0.cast(to: $1) }
    return loop.body(inputs)
  }

  // MARK: Comparisons and conditions

  private func compare(
    _ first: SourceExpression, _ rest: [SourceComparison], _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    var left = try lower(first, frame)
    var result: Meaning?
    for comparison in rest {
      let right = try lower(comparison.value, frame)
      let sides = [left, right]
      if sides.contains(where: { $0.dtype?.isComplex == true }),
        !["==", "!=", "is", "is not", "in", "not in"].contains(comparison.sign),
        !sides.contains(where: { if case .array = $0 { true } else { false } })
      {
        throw failure("'\(comparison.sign)' does not order complex numbers", at: location)
      }
      let one = try compare(comparison.sign, left, right, at: location)
      if let known = result {
        result = try both(known, one, at: location)
      } else {
        result = one
      }
      left = right
    }
    return result ?? .literal(.truth(true))
  }

  private func both(
    _ a: Meaning, _ b: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if let known = constantTruth(a) { return known ? b : a }
    if let known = constantTruth(b) { return known ? a : b }
    return .scalar(try truth(of: a, at: location) & truth(of: b, at: location))
  }

  func compare(
    _ sign: String, _ left: Meaning, _ right: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let (a, b) = (try scalarised(left.withoutNames), try scalarised(right.withoutNames))
    switch sign {
    case "is", "is not":
      var same: Bool
      switch (a, b) {
      case (.none, .none): same = true
      case (.none, _), (_, .none): same = false
      default:
        let isSame = try isOne(a, b, at: location)
        return .scalar(sign == "is" ? isSame : !isSame)
      }
      if sign == "is not" { same.toggle() }
      return .literal(.truth(same))
    case "in", "not in":
      let items: [Meaning]
      switch b {
      case .tuple(let own), .display(let own): items = own
      case .list(let list):
        let isThere = try contains(list, a, at: location)
        return .scalar(sign == "in" ? isThere : !isThere)
      default:
        throw failure("'in' looks into tuples and lists only, not \(b.description)", at: location)
      }
      var found = truth(false)
      for item in items {
        found = found | (try truth(of: compare("==", a, item, at: location), at: location))
      }
      return .scalar(sign == "in" ? found : !found)
    default: break
    }
    if case .literal(let p) = a, case .literal(let q) = b,
      let folded = LiteralArithmetic.compare(sign, p, q)
    {
      return .literal(.truth(folded))
    }
    // Nothing but None is equal to it.
    if sign == "==" || sign == "!=" {
      switch (a, b) {
      case (.none, .none): return .literal(.truth(sign == "=="))
      case (.none, .array), (.array, .none): break
      case (.none, _), (_, .none): return .literal(.truth(sign == "!="))
      default: break
      }
    }
    // A text is no number, whatever it says.
    if sign == "==" || sign == "!=" {
      switch (a, b) {
      case (.string, _) where b.dtype != nil, (_, .string) where a.dtype != nil:
        return .literal(.truth(sign == "!="))
      default: break
      }
    }
    if case .string(let p) = a, case .string(let q) = b {
      return .literal(.truth(sign == "==" ? p == q : p != q))
    }
    if case .dtype(let p) = a, case .dtype(let q) = b {
      return .literal(.truth(sign == "==" ? p == q : p != q))
    }
    if let result = try listOperator(sign, a, b, at: location) { return result }
    if case .tuple(let p) = a, case .tuple(let q) = b, sign == "==" || sign == "!=" {
      guard p.count == q.count else { return .literal(.truth(sign == "!=")) }
      var same = truth(true)
      for (x, y) in zip(p, q) {
        same = same & (try truth(of: compare("==", x, y, at: location), at: location))
      }
      return .scalar(sign == "==" ? same : !same)
    }
    if case .tuple(let p) = a, case .tuple(let q) = b, ["<", "<=", ">", ">="].contains(sign) {
      return try ordered(sign, p, q, at: location)
    }
    switch (a, b) {
    case (.array, _), (_, .array): return try arrays(sign, a, b, at: location)
    default: break
    }
    guard let common = commonType(a, b), let name = Self.operators[sign] else {
      let wrong = a.dtype == nil ? a : b
      throw failure("'\(sign)' compares numbers, not \(wrong.description)", at: location)
    }
    // int64 beside uint64 compares exactly in the table's row, not in float64.
    if common.isInexact, case .scalar(let p) = a, case .scalar(let q) = b, p.dtype.isInteger,
      q.dtype.isInteger
    {
      return .scalar(try function(name, [p, q], at: location))
    }
    let type = common
    return .scalar(
      try function(
        name, [number(a, as: type, at: location), number(b, as: type, at: location)],
        at: location))
  }

  /// `and` and `or`, which give one of their operands, and don't compute what isn't needed.
  private func connect(
    _ items: [SourceExpression], isAnd: Bool, _ frame: Frame
  ) throws(MartletError) -> Meaning {
    var result = try lower(items[0], frame)
    for item in items.dropFirst() {
      if let known = constantTruth(result) {
        if known != isAnd { return result }
        result = try lower(item, frame)
        continue
      }
      let condition = try truth(of: result, at: item.location)
      let left = result
      if isCertain(item, frame), left.dtype == .bool {
        let right = try lower(item, frame)
        if case .scalar(let other) = right, other.dtype == .bool {
          result = .scalar(isAnd ? condition & other : condition | other)
        } else {
          result = try select(
            condition, isAnd ? right : left, isAnd ? left : right, at: item.location)
        }
        continue
      }
      result = try choose(
        condition, isPure: isCertain(item, frame), frame, at: item.location,
        { () throws(MartletError) in isAnd ? try self.lower(item, frame) : left },
        { () throws(MartletError) in isAnd ? left : try self.lower(item, frame) })
    }
    return result
  }

  private func conditional(
    _ test: SourceExpression, _ a: SourceExpression, _ b: SourceExpression, _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let meaning = try lower(test, frame)
    if let known = constantTruth(meaning) { return try lower(known ? a : b, frame) }
    return try choose(
      truth(of: meaning, at: test.location),
      isPure: isCertain(a, frame) && isCertain(b, frame), frame, at: location,
      { () throws(MartletError) in try self.lower(a, frame) },
      { () throws(MartletError) in try self.lower(b, frame) })
  }

  /// Whether an expression can be computed where its value isn't wanted: it has no effects and
  /// raises nothing.
  private func isCertain(_ expression: SourceExpression, _ frame: Frame) -> Bool {
    guard SourceScan.isPure(expression), !writesResult(expression) else { return false }
    if rules.division == .python, SourceScan.mayRaise(expression) { return false }
    return !frame.flow.maybeUnset.contains { SourceScan.reads($0, expression) }
  }

  /// One of two values; where computing one may have effects, only that one is computed.
  func choose(
    _ condition: Expression, isPure: Bool, _ frame: Frame, at location: SourcePosition,
    _ a: () throws(MartletError) -> Meaning, _ b: () throws(MartletError) -> Meaning
  ) throws(MartletError) -> Meaning {
    if isPure {
      return try select(condition, a(), b(), at: location)
    }
    choiceCount += 1
    let key = "\(frame.path)?\(choiceCount)"
    let type = types.known[key] ?? .bool
    let result = builder.declare(initial: builder.integer(0, type))
    func keep(_ meaning: Meaning) throws(MartletError) {
      guard let own = meaning.dtype else {
        throw failure(
          "a condition chooses between numbers, not \(meaning.description)", at: location)
      }
      _ = types.widen(key, to: own)
      builder.assign(result, try number(meaning, as: type, at: location))
    }
    try builder.branch(
      condition, then: { () throws(MartletError) in try keep(a()) },
      else: { () throws(MartletError) in try keep(b()) })
    return .scalar(builder.read(result))
  }

  /// One of two values that are both computed.
  ///
  /// - Parameter ofArrays: whether they are elements, whose types meet as NumPy has it.
  func select(
    _ condition: Expression, _ a: Meaning, _ b: Meaning, ofArrays: Bool = false,
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if case .tuple(let p) = a, case .tuple(let q) = b, p.count == q.count {
      var items: [Meaning] = []
      for (x, y) in zip(p, q) { items.append(try select(condition, x, y, at: location)) }
      return .tuple(items)
    }
    guard let type = ofArrays ? commonType(a, b) : numberType(a, b) else {
      if case .none = a, case .none = b { return .none }
      throw failure(
        "a condition chooses between \(a.description) and \(b.description)", at: location)
    }
    let (p, q) = (try number(a, as: type, at: location), try number(b, as: type, at: location))
    let result = condition.select(p, q)
    if isNonNegative(p), isNonNegative(q) { nonNegative.insert(result.value) }
    return .scalar(result)
  }
}

/// Arithmetic on numbers that were written down.
enum LiteralArithmetic {
  /// Nil where the kernel has to compute it: where it divides by zero, or overflows in Swift. In
  /// Python numbers that are written down don't wrap: what is too large is a floating one.
  static func fold(_ sign: String, _ a: Literal, _ b: Literal, isPython: Bool = false) -> Literal? {
    if let p = a.asInteger, let q = b.asInteger {
      return fold(sign, p, q) ?? (isPython ? large(sign, p, q) : nil)
    }
    if a.weak == .complex || b.weak == .complex { return nil }
    let (p, q) = (a.asDouble, b.asDouble)
    switch sign {
    case "+": return .floating(p + q)
    case "-": return .floating(p - q)
    case "*": return .floating(p * q)
    case "/": return q == 0 ? nil : .floating(p / q)
    default: return nil
    }
  }

  private static func large(_ sign: String, _ p: Int64, _ q: Int64) -> Literal? {
    let (a, b) = (Double(p), Double(q))
    switch sign {
    case "+": return .floating(a + b)
    case "-": return .floating(a - b)
    case "*": return .floating(a * b)
    case "**" where q > 0: return .floating(pow(a, b))
    case "<<" where q >= 0: return .floating(a * pow(2, b))
    default: return nil
    }
  }

  private static func fold(_ sign: String, _ p: Int64, _ q: Int64) -> Literal? {
    func checked(_ result: (partialValue: Int64, overflow: Bool)) -> Literal? {
      result.overflow ? nil : .integer(result.partialValue)
    }
    switch sign {
    case "+": return checked(p.addingReportingOverflow(q))
    case "-": return checked(p.subtractingReportingOverflow(q))
    case "*": return checked(p.multipliedReportingOverflow(by: q))
    case "/": return q == 0 ? nil : .floating(Double(p) / Double(q))
    case "//", "%":
      if q == 0 || (p == .min && q == -1) { return nil }
      let remainder = p % q
      let isBelow = remainder != 0 && (remainder < 0) != (q < 0)
      if sign == "%" { return .integer(isBelow ? remainder + q : remainder) }
      return .integer(isBelow ? p / q - 1 : p / q)
    case "quotient": return q == 0 || (p == .min && q == -1) ? nil : .integer(p / q)
    case "remainder": return q == 0 || (p == .min && q == -1) ? nil : .integer(p % q)
    case "**":
      guard (0...63).contains(q) else { return nil }
      var result: Int64 = 1
      for _ in 0..<q {
        let (next, overflow) = result.multipliedReportingOverflow(by: p)
        if overflow { return nil }
        result = next
      }
      return .integer(result)
    case "<<":
      return (0...62).contains(q) && p.magnitude < 1 << UInt64(62 - q) ? .integer(p << q) : nil
    case ">>": return (0...63).contains(q) ? .integer(p >> q) : nil
    case "&": return .integer(p & q)
    case "|": return .integer(p | q)
    case "^": return .integer(p ^ q)
    default: return nil
    }
  }

  static func compare(_ sign: String, _ a: Literal, _ b: Literal) -> Bool? {
    if a.weak == .complex || b.weak == .complex { return nil }
    if let p = a.asInteger, let q = b.asInteger { return compare(sign, p, q) }
    return compare(sign, a.asDouble, b.asDouble)
  }

  private static func compare<Number: Comparable>(_ sign: String, _ p: Number, _ q: Number) -> Bool?
  {
    switch sign {
    case "==": p == q
    case "!=": p != q
    case "<": p < q
    case "<=": p <= q
    case ">": p > q
    case ">=": p >= q
    default: nil
    }
  }
}
