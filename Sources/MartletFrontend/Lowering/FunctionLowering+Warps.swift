import MartletIR

/// What threads of a warp, or of a block, learn from each other.
extension FunctionLowering {
  /// The thread's place in its warp.
  var lane: Expression {
    let lane = builder.lane
    nonNegative.insert(lane.value)
    return lane
  }

  /// The lanes that a call is for.
  private func mask(_ meaning: Meaning, _ call: GridCall) throws(MartletError) -> Expression {
    let meaning = try scalarised(meaning)
    guard let dtype = meaning.dtype, dtype.isInteger else {
      throw failure(
        "the mask of \(call.name) is an integer, not \(meaning.description)", at: call.location)
    }
    if case .literal(let literal) = meaning, let mask = literal.asInteger,
      mask < -(1 << 31) || mask >= 1 << 32
    {
      throw failure("the mask of \(call.name) has 32 bits, not \(mask)", at: call.location)
    }
    return try number(meaning, at: call.location).cast(to: .uint32)
  }

  private func meet(
    _ operation: Collective, _ operands: Expression..., in call: GridCall
  ) -> [Expression] {
    mark(call.location)
    switch operands.count {
    case 0: return builder.collective(operation)
    case 1: return builder.collective(operation, operands[0])
    case 2: return builder.collective(operation, operands[0], operands[1])
    default: return builder.collective(operation, operands[0], operands[1], operands[2])
    }
  }

  /// Masks are `int32` in numba, but for those that no other lane is asked for.
  private func signed(_ mask: Expression) -> Meaning { .scalar(mask.cast(to: .int32)) }

  // MARK: The block

  func blockVote(_ operation: Collective, _ call: GridCall) throws(MartletError) -> Meaning {
    try expect(1, call, "a truth value")
    let result = meet(operation, try truth(of: call.arguments[0], at: call.location), in: call)[0]
    let count = result.cast(to: .int32)
    nonNegative.insert(count.value)
    return .scalar(count)
  }

  // MARK: The warp

  func syncWarp(_ call: GridCall) throws(MartletError) -> Meaning {
    guard call.arguments.count <= 1 else {
      throw failure("\(call.name) takes a mask, or nothing for the whole warp", at: call.location)
    }
    let whole = Meaning.literal(.integer(0xffff_ffff))
    _ = meet(.syncWarp, try mask(call.arguments.first ?? whole, call), in: call)
    return .none
  }

  func vote(_ operation: Collective, _ call: GridCall) throws(MartletError) -> Meaning {
    try expect(2, call, "a mask and a truth value")
    let mask = try mask(call.arguments[0], call)
    let value = try truth(of: call.arguments[1], at: call.location)
    let result = meet(operation, mask, value, in: call)[0]
    return operation == .ballot ? signed(result) : .scalar(result)
  }

  func match(_ operation: Collective, _ call: GridCall) throws(MartletError) -> Meaning {
    try expect(2, call, "a mask and a number")
    let mask = try mask(call.arguments[0], call)
    let value = try exchanged(call.arguments[1], call)
    let results = meet(operation, mask, value, in: call)
    return results.count == 1
      ? signed(results[0]) : .tuple([signed(results[0]), .scalar(results[1])])
  }

  /// Numbers of other sizes travel in 32 bits, complex ones in their parts.
  func shuffle(_ operation: Collective, _ call: GridCall) throws(MartletError) -> Meaning {
    try expect(3, call, "a mask, a number and a lane or distance")
    let mask = try mask(call.arguments[0], call)
    let lane = try position(call.arguments[2], for: "a lane or distance", at: call.location)
      .cast(to: .int32)
    let own = try number(call.arguments[1], at: call.location)
    func shuffled(_ value: Expression) -> Expression {
      let wide = wide(value)
      return narrow(meet(operation, mask, wide, lane, in: call)[0], value.dtype)
    }
    if own.dtype.isComplex { return .scalar(.complex(shuffled(own.real), shuffled(own.imaginary))) }
    return .scalar(shuffled(own))
  }

  private func exchanged(_ meaning: Meaning, _ call: GridCall) throws(MartletError) -> Expression {
    let value = try number(meaning, at: call.location)
    guard !value.dtype.isComplex else {
      throw failure("\(call.name) takes a real number, not \(value.dtype)", at: call.location)
    }
    return wide(value)
  }

  /// A number in 32 or 64 bits.
  private func wide(_ value: Expression) -> Expression {
    if value.dtype.itemSize >= 4 { return value }
    if value.dtype == .bool { return value.cast(to: .uint32) }
    return value.reinterpret(as: value.dtype.itemSize == 2 ? .uint16 : .uint8).cast(to: .uint32)
  }

  private func narrow(_ value: Expression, _ dtype: DType) -> Expression {
    if dtype.itemSize >= 4 { return value }
    if dtype == .bool { return value.cast(to: .bool) }
    return value.cast(to: dtype.itemSize == 2 ? .uint16 : .uint8).reinterpret(as: dtype)
  }

  func activeMask(_ call: GridCall) throws(MartletError) -> Meaning {
    try expect(0, call, "nothing")
    return .scalar(meet(.activeMask, in: call)[0])
  }

  func lowerLanes(_ call: GridCall) throws(MartletError) -> Meaning {
    try expect(0, call, "nothing")
    let one = builder.integer(1, .uint32)
    return .scalar((one << lane.cast(to: .uint32)) - one)
  }
}
