import MartletIR

/// How the derivative goes through a reduction.
package enum ReductionGradient: Sendable {
  case sum
  case mean
  /// Every element gets the product of the others.
  case product
  /// The elements that are the extreme share the cotangent.
  case extreme
  case variance
  /// 0 for a constant, the least of all slopes there.
  case standardDeviation
  /// Truth values and positions have none.
  case constant
}

/// One reduction, for its rule.
private struct ReducedAxes: Sendable {
  var isReduced: [Bool]
  var keepsDimensions: Bool
  /// Of the input.
  var shape: Shape
  var mask: NDArray?

  var axes: [Int] { isReduced.indices.filter { isReduced[$0] } }

  /// What has the result's shape, as a view of the input's.
  func spread(_ array: NDArray) throws(MartletError) -> NDArray {
    var view = array
    if !keepsDimensions {
      for axis in axes { view = view.view(view.layout.expanded(at: axis)) }
    }
    return try view.broadcast(to: shape)
  }

  /// 0 where an element did not count.
  func masked(_ g: NDArray) throws(MartletError) -> NDArray {
    guard let mask else { return g }
    let zero = Operand.scalar(Scalar(Int64(0), g.dtype))
    return try Elementwise.apply(.select, [.array(mask), .array(g), zero])[0]
  }

  /// How many elements counted, less some: a number or, under a mask, an array of the input's shape.
  func number(_ dtype: DType, _ less: Int) throws(MartletError) -> Operand {
    guard let mask else {
      let total = axes.reduce(1) { $0 * shape[$1] }
      return .scalar(Scalar(Double(total - less), dtype))
    }
    let count = try mask.broadcast(to: shape).reduced(
      .countNonzero, axes: axes, keepDimensions: keepsDimensions)
    let free = try Elementwise.apply(
      .subtract, [.array(try count.asType(dtype)), .scalar(Scalar(Double(less), dtype))])[0]
    return .array(try spread(free))
  }
}

extension NDArray {
  /// `reduced` of an array that is, or was, on a tape.
  func reducedTraced(
    _ operation: ReductionOperation, _ isReduced: [Bool], axes: [Int]?, keepDimensions: Bool,
    dtype: DType?, mask: NDArray?, parameter: Int
  ) throws(MartletError) -> NDArray {
    let plainMask = mask?.untraced
    let result = try untraced.reduced(
      operation, axes: axes, keepDimensions: keepDimensions, dtype: dtype, mask: plainMask,
      parameter: parameter)
    guard let source = source(), result.dtype.isInexact, self.dtype.isInexact else { return result }
    let call = ReducedAxes(
      isReduced: isReduced, keepsDimensions: keepDimensions, shape: shape, mask: plainMask)
    let mine = self
    switch operation.gradient {
    case .constant: return result
    case .sum:
      return Recording.note(
        result, operation.name, [source], kept: [], keepsResult: false
      ) { (_, g, _) throws(MartletError) in [try call.masked(call.spread(g))] }
    case .mean:
      return Recording.note(
        result, operation.name, [source], kept: [], keepsResult: false
      ) { (_, g, _) throws(MartletError) in
        let share = try Elementwise.apply(
          .divide, [.array(try call.spread(g)), try call.number(g.dtype.realType, 0)])[0]
        return [try call.masked(share)]
      }
    case .product:
      return Recording.note(
        result, operation.name, [source], kept: [.array(mine)], keepsResult: false
      ) { (_, g, kept) throws(MartletError) in
        let x = try kept[0].asArray()
        var factors = x
        if let plainMask {
          factors = try Elementwise.apply(
            .select, [.array(plainMask), .array(x), .scalar(Scalar(Int64(1), x.dtype))])[0]
        }
        let others = try factors.productsOfOthers(call.axes)
        let slope = try Elementwise.apply(.multiply, [.array(try call.spread(g)), .array(others)])[
          0]
        return [try call.masked(slope)]
      }
    case .extreme:
      return Recording.note(
        result, operation.name, [source], kept: [.array(mine)], keepsResult: true
      ) { (node, g, kept) throws(MartletError) in
        guard let result = node.result else { return [nil] }
        let x = try kept[0].asArray().untraced
        // Where the extreme is: positions are constants.
        var isIt = try Elementwise.apply(.equal, [.array(x), .array(try call.spread(result))])[0]
        if let plainMask {
          isIt = try Elementwise.apply(.logicalAnd, [.array(isIt), .array(plainMask)])[0]
        }
        let count = try isIt.reduced(
          .countNonzero, axes: call.axes, keepDimensions: keepDimensions)
        let share = try Elementwise.apply(
          .divide, [.array(g), .array(try count.asType(g.dtype.realType))])[0]
        let zero = Operand.scalar(Scalar(Int64(0), g.dtype))
        return [
          try Elementwise.apply(.select, [.array(isIt), .array(try call.spread(share)), zero])[0]
        ]
      }
    case .variance, .standardDeviation:
      let isRoot = operation.name == "std"
      return Recording.note(
        result, operation.name, [source], kept: [.array(mine)], keepsResult: isRoot
      ) { (node, g, kept) throws(MartletError) in
        let x = try kept[0].asArray()
        let mean = try x.reduced(
          .mean, axes: call.axes, keepDimensions: keepDimensions, mask: plainMask)
        let distance = try Elementwise.apply(
          .subtract, [.array(x), .array(try call.spread(mean))])[0]
        var factor = g
        if isRoot, let deviation = node.resultOnTape() {
          // g / std, and no slope where there is no spread.
          let zero = Operand.scalar(Scalar(Int64(0), g.dtype))
          let one = Operand.scalar(Scalar(Int64(1), g.dtype))
          let isFlat = try Elementwise.apply(.equal, [.array(deviation.untraced), zero])[0]
          let safe = try Elementwise.apply(
            .select, [.array(isFlat), one, .array(deviation)])[0]
          let ratio = try Elementwise.apply(.divide, [.array(g), .array(safe)])[0]
          factor = try Elementwise.apply(.select, [.array(isFlat), zero, .array(ratio)])[0]
        } else {
          factor = try Elementwise.apply(
            .multiply, [.array(g), .scalar(Scalar(2.0, g.dtype))])[0]
        }
        let slope = try Elementwise.apply(
          .multiply, [.array(try call.spread(factor)), .array(distance)])
        let share = try Elementwise.apply(
          .divide, [.array(slope[0]), try call.number(g.dtype, parameter)])[0]
        return [try call.masked(share)]
      }
    }
  }

  /// For each element the product of the others along the axes, zeros included.
  func productsOfOthers(_ axes: [Int]) throws(MartletError) -> NDArray {
    // The axes together as the last one, multiplied up from both ends.
    let kept = (0..<rank).filter { !axes.contains($0) }
    let order = kept + axes
    let turned = try transposed(order)
    let size = axes.reduce(1) { $0 * shape[$1] }
    let flat = try turned.reshaped(kept.map { shape[$0] } + [size])
    let axis = flat.rank - 1
    let ones = try NDArray.full(
      Shape(kept.map { shape[$0] } + [1]), Scalar(Int64(1), dtype))
    func before(_ x: NDArray) throws(MartletError) -> NDArray {
      if size == 1 { return ones }
      let most = x.part(axis: axis, from: 0, count: size - 1)
      return try NDArray.concatenate([ones, most.accumulated(.multiply, axis: axis)], axis: axis)
    }
    let behind = try before(flat.flipped([axis])).flipped([axis])
    let others = try Elementwise.apply(.multiply, [.array(try before(flat)), .array(behind)])[0]
    let shaped = try others.reshaped(order.map { shape[$0] })
    var inverse = Array(repeating: 0, count: rank)
    for (place, axis) in order.enumerated() { inverse[axis] = place }
    return try shaped.transposed(inverse)
  }
}
