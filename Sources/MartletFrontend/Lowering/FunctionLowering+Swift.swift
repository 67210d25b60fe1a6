import MartletIR

/// Swift's rules for types: both sides of an operator have one, and a literal takes its context's.
extension FunctionLowering {
  /// Lowers an expression where a type is expected, which literals take.
  func lower(
    _ expression: SourceExpression, _ frame: Frame, as type: DType?
  ) throws(MartletError) -> Meaning {
    if !isPython, let meaning = try swiftMeaning(expression, frame, as: type) { return meaning }
    return try lower(expression, frame)
  }

  /// A value for a target, or what a function returns: a tuple's items each in its type.
  func lower(
    _ expression: SourceExpression, _ frame: Frame, as types: [DType?]
  ) throws(MartletError) -> Meaning {
    if case .tuple(let items) = distributed(expression).kind, items.count == types.count {
      var meanings: [Meaning] = []
      for (item, type) in zip(items, types) { meanings.append(try lower(item, frame, as: type)) }
      return .tuple(meanings)
    }
    return try lower(expression, frame, as: types.count == 1 ? types[0] : nil)
  }

  /// A choice between tuples as a tuple of choices, so that each item has a type of its own.
  private func distributed(_ expression: SourceExpression) -> SourceExpression {
    guard case .conditional(let test, let a, let b) = expression.kind,
      case .tuple(let p) = distributed(a).kind, case .tuple(let q) = distributed(b).kind,
      p.count == q.count
    else { return expression }
    let items = zip(p, q).map { x, y in
      SourceExpression(.conditional(test: test, x, y), at: expression.location)
    }
    return SourceExpression(.tuple(items), at: expression.location)
  }

  /// The types of what is assigned to; nil for a name that is new.
  func swiftTypes(of target: SourceExpression, _ frame: Frame) -> [DType?] {
    if case .tuple(let items) = target.kind { return items.map { swiftType($0, frame) } }
    return [swiftType(target, frame)]
  }

  // MARK: Types before values

  /// The type that an expression has by itself; nil where it takes its context's, as literals do.
  func swiftType(_ expression: SourceExpression, _ frame: Frame) -> DType? {
    switch expression.kind {
    case .truth, .compare, .and, .or, .unary("not", _): return .bool
    case .scalar(let scalar): return scalar.dtype
    case .name(let name):
      switch frame.names[name]?.storage {
      case .value(let meaning): return meaning.dtype
      case .variable(_, let dtype): return dtype
      case .unset(let key): return types.known[key]
      case .compound, nil: return nil
      }
    case .unary(_, let operand): return swiftType(operand, frame)
    case .binary("<<", let a, _), .binary(">>", let a, _): return swiftType(a, frame)
    case .binary(_, let a, let b), .conditional(_, let a, let b):
      return swiftType(a, frame) ?? swiftType(b, frame)
    case .index(let container, let indices):
      guard case .name(let name) = container.kind,
        case .value(let meaning)? = frame.names[name]?.storage
      else { return nil }
      switch meaning {
      case .array(let array): return array.dtype
      case .tuple(let items):
        guard case .element(let element)? = indices.first,
          case .integer(let number) = element.kind, items.indices.contains(Int(number))
        else { return nil }
        return items[Int(number)].dtype
      default: return nil
      }
    // Of arrays and the grid: sizes and positions.
    case .attribute: return .int64
    case .call(let callee, let arguments, _):
      switch callee.kind {
      case .dtype(let dtype): return dtype
      case .function(let number):
        guard program.functions.indices.contains(number) else { return nil }
        let results = program.functions[number].results ?? []
        return results.count == 1 ? results[0] : nil
      case .known(let name):
        if name.hasPrefix("cuda.atomic."), let target = arguments.first {
          return arrayType(target, frame)
        }
        if name.hasPrefix("cuda.") {
          switch GridNames.results[name] {
          case .fixed(let dtype): return dtype
          case .argument(let number) where arguments.indices.contains(number):
            return swiftType(arguments[number], frame)
          default: return nil
          }
        }
        guard let function = SwiftFunction.all[String(name.dropFirst(6))] else { return nil }
        switch function.result {
        case .fixed(let dtype): return dtype
        case .same: return arguments.lazy.compactMap { self.swiftType($0, frame) }.first
        case .pair: return nil
        }
      default: return nil
      }
    default: return nil
    }
  }

  private func arrayType(_ expression: SourceExpression, _ frame: Frame) -> DType? {
    if case .name(let name) = expression.kind,
      case .value(.array(let array))? = frame.names[name]?.storage
    {
      return array.dtype
    }
    return nil
  }

  /// The type of literals among themselves.
  private func naturalType(_ expression: SourceExpression) -> DType {
    func hasPoint(_ expression: SourceExpression) -> Bool {
      switch expression.kind {
      case .floating: true
      case .call, .index: false
      default: SourceScan.children(expression).contains(where: hasPoint)
      }
    }
    return hasPoint(expression) ? .float64 : .int64
  }

  /// Whether the macro can't tell what this is before the program runs.
  private func isUnknown(_ expression: SourceExpression) -> Bool {
    switch expression.kind {
    case .known(let name): SwiftUnknown.isName(name)
    case .call(let callee, _, _): isUnknown(callee)
    case .unary(_, let a): isUnknown(a)
    case .binary(_, let a, let b): isUnknown(a) || isUnknown(b)
    case .conditional(_, let a, let b): isUnknown(a) || isUnknown(b)
    default: false
    }
  }

  /// The type that several operands have together.
  private func commonType(
    _ operands: [SourceExpression], _ frame: Frame, as type: DType?
  ) throws(MartletError) -> DType {
    for operand in operands {
      if let own = swiftType(operand, frame) { return own }
    }
    if let type { return type }
    if operands.contains(where: isUnknown) { throw SwiftUnknown.error }
    return operands.contains { naturalType($0) == .float64 } ? .float64 : .int64
  }

  // MARK: Values

  /// What an expression means where its type matters; nil for what means the same in all languages.
  func swiftMeaning(
    _ expression: SourceExpression, _ frame: Frame, as type: DType?
  ) throws(MartletError) -> Meaning? {
    let location = expression.location
    switch expression.kind {
    case .integer(let value): return try literal(value, type ?? .int64, at: location)
    case .floating(let value):
      let own = type ?? .float64
      guard own.isFloating else {
        throw failure("the number \(value) is no \(own)", at: location)
      }
      return .scalar(builder.constant(Scalar(value, .float64).converted(to: own)))
    case .known(let name):
      if SwiftUnknown.isName(name) { return try unknown(type) }
      guard name.hasPrefix("swift.") else { return nil }
      let constant = String(name.dropFirst(6))
      let own = type ?? .float64
      guard let value = SwiftFunction.constant(constant, own) else {
        throw failure("\(own) has no '\(constant)' in kernels", at: location)
      }
      return .scalar(builder.constant(value))
    case .unary(let sign, let operand) where sign != "not":
      if sign == "-", case .integer(let value) = operand.kind {
        return try literal(0 &- value, type ?? .int64, at: operand.location)
      }
      let own = try commonType([operand], frame, as: type)
      return try unary(sign, lower(operand, frame, as: own), at: location)
    case .binary(let sign, let left, let right):
      if sign == "<<" || sign == ">>" {
        let own = try commonType([left], frame, as: type)
        return try shifted(
          lower(left, frame, as: own), by: lower(right, frame, as: nil as DType?), sign,
          at: location)
      }
      let own = try commonType([left, right], frame, as: type)
      let a = try lower(left, frame, as: own)
      return try binary(sign, a, lower(right, frame, as: own), at: location)
    case .compare(let left, let rest):
      guard rest.count == 1 else { return nil }
      let own = try commonType([left, rest[0].value], frame, as: nil)
      let a = try lower(left, frame, as: own)
      return try compare(
        rest[0].sign, a, lower(rest[0].value, frame, as: own), at: location)
    case .conditional(let test, let a, let b):
      if case .tuple(let items) = distributed(expression).kind {
        return try lower(
          SourceExpression(.tuple(items), at: location), frame,
          as: [DType?](repeating: nil, count: items.count))
      }
      let own = try commonType([a, b], frame, as: type)
      let condition = try lower(test, frame, as: .bool)
      if let known = constantTruth(condition) { return try lower(known ? a : b, frame, as: own) }
      return try choose(
        truth(of: condition, at: test.location),
        isPure: SourceScan.isPure(a) && SourceScan.isPure(b), frame, at: location,
        { () throws(MartletError) in try self.lower(a, frame, as: own) },
        { () throws(MartletError) in try self.lower(b, frame, as: own) })
    case .index(let container, let indices):
      // The items of a tuple are counted by the number that is written.
      if indices.count == 1, case .element(let element) = indices[0],
        case .integer(let number) = element.kind,
        case .tuple(let items) = try lower(container, frame)
      {
        guard items.indices.contains(Int(number)) else {
          throw failure("a tuple of \(items.count) has no item \(number)", at: location)
        }
        return items[Int(number)]
      }
      return nil
    case .call(let callee, let arguments, let keywords):
      return try swiftCall(callee, arguments, keywords, frame, as: type, at: location)
    default: return nil
    }
  }

  private func literal(
    _ value: Int64, _ type: DType, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if type.isInteger {
      let bits = Int64(8 * type.itemSize)
      let fits =
        type.isSigned
        ? bits == 64 || (-(1 << (bits - 1))..<(1 << (bits - 1))).contains(value)
        : value >= 0 && (bits == 64 || value < 1 << bits)
      guard fits else { throw failure("the number \(value) does not fit \(type)", at: location) }
    } else if !type.isFloating {
      throw failure("the number \(value) is no \(type)", at: location)
    }
    let number = builder.constant(Scalar(value, type))
    if value >= 0, type == .int64 { nonNegative.insert(number.value) }
    return .scalar(number)
  }

  private func unknown(_ type: DType?) throws(MartletError) -> Meaning {
    guard let type else { throw SwiftUnknown.error }
    return .scalar(builder.integer(0, type))
  }

  /// Swift's `<<` and `>>`: by more than the width gives no bits of the number, and by a negative
  /// count goes the other way.
  func shifted(
    _ left: Meaning, by right: Meaning, _ sign: String, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let value = try number(left, at: location)
    let raw = try number(right, at: location)
    guard value.dtype.isInteger, raw.dtype.isInteger else {
      throw failure(
        "'\(sign)' takes integers, not \(value.dtype.isInteger ? raw.dtype : value.dtype)",
        at: location)
    }
    let width = builder.integer(8 * value.dtype.itemSize)
    let limit = raw.dtype == .uint64 ? (raw >= builder.constant(Scalar(64 as Int64, .uint64))) : nil
    var count = raw.cast(to: .int64)
    if let limit { count = limit.select(width, count) }
    let isBack = count < builder.integer(0)
    let distance = isBack.select(builder.integer(0) - count, count)
    // The distance of the smallest number is negative still, which is far as well.
    let isFar = (distance >= width) | (distance < builder.integer(0))
    let near = isFar.select(width - builder.integer(1), distance).cast(to: value.dtype)
    let zero = value.literal(0)
    let shiftedLeft = isFar.select(zero, value << near)
    // What fills in from the left is the sign, so one less than the width is as good as more.
    let shiftedRight =
      value.dtype.isSigned ? value >> near : isFar.select(zero, value >> near)
    let (forth, back) = sign == "<<" ? (shiftedLeft, shiftedRight) : (shiftedRight, shiftedLeft)
    return .scalar(isBack.select(back, forth))
  }

  // MARK: Calls

  private func swiftCall(
    _ callee: SourceExpression, _ arguments: [SourceExpression], _ keywords: [SourceKeyword],
    _ frame: Frame, as type: DType?, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    switch callee.kind {
    case .dtype(let dtype):
      guard arguments.count == 1, keywords.isEmpty else { return nil }
      return try swiftConverted(arguments[0], to: dtype, frame, at: location)
    case .function(let number):
      guard program.functions.indices.contains(number) else { return nil }
      let given = try swiftArguments(number, arguments, keywords, frame, at: location)
      return try call(number, given, at: location)
    case .known(let name):
      if SwiftUnknown.isName(name) { return try unknown(type) }
      if name.hasPrefix("cuda.atomic."), arguments.count >= 3 {
        guard let own = arrayType(arguments[0], frame) else { return nil }
        var given = [try lower(arguments[0], frame), try lower(arguments[1], frame)]
        for value in arguments[2...] { given.append(try lower(value, frame, as: own)) }
        return try gridCall(name, given, [], at: location)
      }
      if name == "cuda.shared.array" || name == "cuda.local.array" {
        // Their sizes are numbers that are known when compiling.
        var sizes: [Meaning] = []
        for argument in arguments.dropLast() {
          if case .integer(let size) = argument.kind {
            sizes.append(.literal(.integer(size)))
          } else {
            sizes.append(try lower(argument, frame))
          }
        }
        guard let last = arguments.last else { return nil }
        return try gridCall(
          name, [sizes.count == 1 ? sizes[0] : .tuple(sizes), lower(last, frame)], [],
          at: location)
      }
      if name == "cuda.grid" || name == "cuda.gridsize" {
        return try gridCall(name, [.literal(.integer(1))], [], at: location)
      }
      guard name.hasPrefix("swift."),
        let function = SwiftFunction.all[String(name.dropFirst(6))]
      else { return nil }
      return try apply(function, arguments, frame, as: type, at: location)
    default: return nil
    }
  }

  /// The arguments of a call in the order of the parameters, whose types literals take.
  private func swiftArguments(
    _ number: Int, _ unlabelled: [SourceExpression], _ keywords: [SourceKeyword], _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) -> [Meaning] {
    let function = program.functions[number]
    var rest = unlabelled[...]
    var used = 0
    var given: [Meaning] = []
    for parameter in function.parameters {
      let label = parameter.label ?? parameter.name
      let argument: SourceExpression?
      if label == "_" {
        argument = rest.popFirst()
      } else {
        argument = keywords.first { $0.name == label }?.value
        if argument != nil { used += 1 }
      }
      if let argument {
        given.append(try lower(argument, frame, as: parameter.dtype))
      } else if let standard = parameter.standard {
        let empty = Frame(function, path: "", lowering: self)
        given.append(try lower(standard, empty, as: parameter.dtype))
      } else {
        throw failure(
          "'\(function.name)' lacks its argument '\(parameter.name)'", at: location)
      }
    }
    guard rest.isEmpty, used == keywords.count else {
      throw failure("'\(function.name)' is called with other arguments than it takes", at: location)
    }
    return given
  }

  /// `Float(x)` and its like, and those with a label.
  private func swiftConverted(
    _ argument: SourceExpression, to dtype: DType, _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if case .call(let callee, let inner, _) = argument.kind, case .known(let name) = callee.kind,
      let function = SwiftFunction.conversions[String(name.dropFirst(6))], inner.count == 1
    {
      return .scalar(
        try converted(
          number(lower(inner[0], frame, as: nil as DType?), at: location), to: dtype,
          function.name, at: location))
    }
    var own = dtype
    // An integer made of a number with a point cuts what comes behind it.
    if swiftType(argument, frame) == nil, dtype.isInteger, naturalType(argument) == .float64 {
      own = .float64
    }
    let value = try number(lower(argument, frame, as: own), at: location)
    guard (dtype == .bool) == (value.dtype == .bool) else {
      throw failure("\(dtype) is not made of \(value.dtype)", at: location)
    }
    return .scalar(value.cast(to: dtype))
  }

  private func converted(
    _ value: Expression, to dtype: DType, _ label: String, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    switch label {
    case "bitPattern":
      guard value.dtype.itemSize == dtype.itemSize else {
        throw failure(
          "\(value.dtype) and \(dtype) have different numbers of bits", at: location)
      }
      return value.reinterpret(as: dtype)
    case "clamping":
      return clamped(value, to: dtype)
    default:
      guard value.dtype.isInteger, dtype.isInteger else {
        throw failure("'\(label)' takes an integer, not \(value.dtype)", at: location)
      }
      return value.cast(to: dtype)
    }
  }

  private func clamped(_ value: Expression, to dtype: DType) -> Expression {
    guard value.dtype.isInteger, dtype.isInteger, value.dtype != dtype,
      let low = SwiftFunction.constant("min", dtype),
      let high = SwiftFunction.constant("max", dtype)
    else { return value.cast(to: dtype) }
    let result = value.cast(to: dtype)
    // A limit counts only where the value's type reaches beyond it.
    var clamped = result
    let own = value.dtype
    if own.itemSize > dtype.itemSize || (own.itemSize == dtype.itemSize && !own.isSigned) {
      let top = builder.constant(Scalar(dtype: own, low: high.low))
      clamped = (value > top).select(builder.constant(high), clamped)
    }
    if own.isSigned, !dtype.isSigned {
      clamped = (value < value.literal(0)).select(builder.constant(low), clamped)
    } else if own.isSigned, own.itemSize > dtype.itemSize {
      let bottom = builder.constant(low).cast(to: own)
      clamped = (value < bottom).select(builder.constant(low), clamped)
    }
    return clamped
  }

  /// A function of the standard library on numbers.
  private func apply(
    _ function: SwiftFunction, _ arguments: [SourceExpression], _ frame: Frame, as type: DType?,
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard arguments.count == function.count else {
      throw failure(
        "'\(function.name)' takes \(function.count) number\(function.count == 1 ? "" : "s"), not "
          + "\(arguments.count)", at: location)
    }
    var own = try commonType(arguments, frame, as: function.result == .same ? type : nil)
    if function.operands == .floating, arguments.allSatisfy({ swiftType($0, frame) == nil }),
      own == .int64
    {
      own = .float64
    }
    var values: [Expression] = []
    for argument in arguments {
      values.append(try number(lower(argument, frame, as: own), at: argument.location))
    }
    let wanted: (isRight: Bool, name: String) =
      switch function.operands {
      case .floating: (own.isFloating, "floating-point numbers")
      case .integer: (own.isInteger, "integers")
      case .signed: (own.isFloating || own.isSigned, "signed numbers")
      case .number: (own.isFloating || own.isInteger, "numbers")
      case .any: (true, "")
      }
    guard wanted.isRight, values.allSatisfy({ $0.dtype == own }) else {
      let wrong = values.first { $0.dtype != own }?.dtype ?? own
      throw failure("'\(function.name)' takes \(wanted.name), not \(wrong)", at: location)
    }
    if let row = function.row {
      return .scalar(try self.function(row, values, at: location))
    }
    if function.result == .pair {
      return .tuple([
        try binary("quotient", .scalar(values[0]), .scalar(values[1]), at: location),
        try binary("remainder", .scalar(values[0]), .scalar(values[1]), at: location),
      ])
    }
    return .scalar(try computed(function.name, values, at: location))
  }

  /// What is no row of the table.
  private func computed(
    _ name: String, _ values: [Expression], at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let x = values[0]
    switch name {
    // As Swift compares: where two are equal the first is the smaller, the second the larger.
    case "min": return (values[1] < x).select(values[1], x)
    case "max": return (values[1] >= x).select(values[1], x)
    case "abs":
      return x.dtype.isFloating
        ? try function("fabs", [x], at: location) : (x < x.literal(0)).select(-x, x)
    case "isZero": return x == x.literal(0)
    case "isMultiple":
      let rest = try number(
        binary("remainder", .scalar(x), .scalar(values[1]), at: location), at: location)
      let zero = x.literal(0)
      return (values[1] == zero).select((x == zero), rest == zero)
    case "fma", "addingProduct":
      let parts = name == "fma" ? values : [values[1], values[2], x]
      let wide = x.dtype.computeType
      return parts[0].cast(to: wide).fused(parts[1].cast(to: wide), plus: parts[2].cast(to: wide))
        .cast(to: x.dtype)
    case "erf": return ErrorFunction.erf(x.cast(to: x.dtype.computeType)).cast(to: x.dtype)
    case "erfc": return ErrorFunction.erfc(x.cast(to: x.dtype.computeType)).cast(to: x.dtype)
    case "nextUp", "nextDown":
      let limit = x.literal(name == "nextUp" ? Double.infinity : -Double.infinity)
      return try function("nextafter", [x, limit], at: location)
    case "rounded", "rounded(.awayFromZero)":
      let wide = x.cast(to: x.dtype.computeType)
      let whole = wide.truncated
      let part = (wide - whole).absolute
      let one = wide.literal(1).copySign(of: wide)
      let isAway = name == "rounded" ? part >= wide.literal(0.5) : part > wide.literal(0)
      return isAway.select(whole + one, whole).cast(to: x.dtype)
    case "nonzeroBitCount", "leadingZeroBitCount", "trailingZeroBitCount":
      return bitCount(name, x)
    default: throw failure("'\(name)' is not in the language of kernels", at: location)
    }
  }

  private func bitCount(_ name: String, _ value: Expression) -> Expression {
    let width = value.dtype.itemSize * 8
    if name == "nonzeroBitCount" { return bits(.count, value).cast(to: .int64) }
    if name == "leadingZeroBitCount" { return bits(.leadingZeros, value).cast(to: .int64) }
    let first = bits(.firstOne, value).cast(to: .int64)
    return (first == 0).select(builder.integer(width), first - builder.integer(1))
  }

  // MARK: Loops

  /// What a `for` loop runs over: `a..<b`, `a...b`, a stride, or one of these reversed.
  func swiftIteration(
    over expression: SourceExpression, _ frame: Frame
  ) throws(MartletError) -> Iteration {
    let location = expression.location
    guard case .call(let callee, let arguments, _) = expression.kind,
      case .known(let name) = callee.kind
    else { throw failure("a loop runs over a range or a stride", at: location) }
    if name == "swift.reversed", let inner = arguments.first {
      guard case .counted(let count, let element) = try swiftIteration(over: inner, frame) else {
        throw failure("a loop runs over a range or a stride", at: location)
      }
      let one = builder.integer(1)
      return .counted(count) { (index) throws(MartletError) in try element(count - one - index) }
    }
    let own = try commonType(arguments, frame, as: nil)
    let isFloatStride = arguments.count == 3 && [.float32, .float64].contains(own)
    guard own.isInteger || isFloatStride else {
      throw failure("a loop in a kernel does not run over \(own)", at: location)
    }
    var values: [Expression] = []
    for argument in arguments {
      values.append(try number(lower(argument, frame, as: own), at: argument.location))
    }
    if isFloatStride { return floatStride(values, isThrough: name == "swift.strideThrough") }
    // Positions are counted in 64 bits, whatever the type.
    let (start, end) = (values[0].cast(to: .int64), values[1].cast(to: .int64))
    let (zero, one) = (builder.integer(0), builder.integer(1))
    let isClosed = name == "swift.closedRange" || name == "swift.strideThrough"
    let startsNonNegative = isNonNegative(start)
    let span: Expression
    var step: Expression?
    if name == "swift.range" || name == "swift.closedRange" {
      span = isClosed ? end - start + one : end - start
    } else {
      let by = values[2].cast(to: .int64)
      step = by
      let isUp = by > zero
      let distance = isUp.select(end - start, start - end)
      // A step of 0, which Swift traps on, makes no iterations.
      let size = (by == zero).select(one, isUp.select(by, zero - by))
      let reach = isClosed ? distance + size : distance + size - one
      let steps = (reach > zero).select(reach, zero) / size
      span = (by == zero).select(zero, steps)
    }
    let count = (span > zero).select(span, zero)
    nonNegative.insert(count.value)
    return .counted(count) { [self] (index) throws(MartletError) in
      var value = index
      if let step { value = value * step }
      if !(step == nil && start.value == zero.value) { value = start + value }
      if step == nil, startsNonNegative { nonNegative.insert(value.value) }
      return .scalar(value.cast(to: own))
    }
  }
}

extension FunctionLowering {
  /// A stride over floating-point numbers: as in Swift each is made from its number, in one rounding,
  /// and they end where the first is beyond the end.
  private func floatStride(_ values: [Expression], isThrough: Bool) -> Iteration {
    let (start, end, step) = (values[0], values[1], values[2])
    let own = start.dtype
    func element(_ index: Expression) -> Expression {
      step.fused(index.cast(to: own), plus: start)
    }
    let isUp = step > step.literal(0)
    func isInside(_ value: Expression) -> Expression {
      isThrough
        ? isUp.select(value <= end, value >= end) : isUp.select(value < end, value > end)
    }
    // The quotient is nearly the number of elements; where it was rounded is tried.
    let quotient = ((end - start) / step).cast(to: .float64).floor
    let most = quotient.literal(0x1p53)
    let limited = (quotient < most).select(quotient, most)
    let zero = builder.integer(0)
    // Not for NaN, which compares as false.
    let estimate = (limited >= limited.literal(2)).select(limited, limited.literal(2))
    var count = (limited == limited).select(estimate.cast(to: .int64) - builder.integer(2), zero)
    for _ in 0..<5 {
      count = isInside(element(count)).select(count + builder.integer(1), count)
    }
    // A step of 0, which Swift traps on, makes no iterations.
    count = (step == 0).select(zero, count)
    nonNegative.insert(count.value)
    return .counted(count) { .scalar(element($0)) }
  }
}

/// Names that a macro can't look up: what they are is known once the program runs.
public enum SwiftUnknown {
  public static let prefix = "swift.unknown."

  static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// Ends a check that can't go on without the type of such a name.
  static let error = MartletError.unsupported(
    operation: "checking a kernel", detail: "a type is known only when the program runs.")

  /// Whether a check ended so.
  public static func ended(by error: MartletError) -> Bool { error == Self.error }
}
