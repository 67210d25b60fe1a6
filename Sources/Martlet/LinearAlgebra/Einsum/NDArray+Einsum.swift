import MartletIR
import MartletRuntime

/// Which operands meet in each step: positions among those that are left, the result comes last.
package typealias EinsumPlan = @Sendable (ContractionPath, [ContractionPath.Labels]) -> [[Int]]

extension NDArray {
  /// The sum of products that subscripts say (NumPy's `einsum`): `"ij,jk->ik"` is a matrix product,
  /// `"ii"` a trace, `"...ij->...ji"` a transpose. Labels that the result has not are summed over;
  /// without `->` it has those that are there once, in the order of the alphabet. Axes of size 1 meet
  /// larger ones.
  ///
  /// More than two operands meet in pairs, in an order that takes few steps; pairs that have labels to
  /// sum over in common are products of matrices.
  ///
  /// - Parameter dtype: What to compute in; nil is what the operands promote to.
  /// - Parameter subscripts: The labels of the axes, `"ij,jk->ik"`.
  /// - Parameter operands: The arrays.
  /// - Throws: `.invalidArgument` where the subscripts don't fit, `.rankLimit`, `.outOfMemory`.
  public static func einsum(
    _ subscripts: String, _ operands: NDArray..., dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try einsum(try EinsumSubscripts(subscripts), operands, dtype: dtype)
  }

  /// - Parameter plan: the pairs, as `ContractionPath` gives them; nil for the usual.
  package static func einsum(
    _ subscripts: EinsumSubscripts, _ operands: [NDArray], dtype: DType? = nil,
    plan: EinsumPlan? = nil
  ) throws(MartletError) -> NDArray {
    guard let first = operands.first else {
      throw EinsumSubscripts.error("there is no operand")
    }
    let resolved = try subscripts.resolved(operands.map(\.shape))
    let result =
      dtype
      ?? operands.dropFirst().reduce(first.dtype) {
        Promotion.promote($0, $1.dtype)
      }
    // Halves are added up in float32 and rounded once, as NumPy does it.
    let sum = Einsum(resolved, in: result.computeType)
    if operands.count == 1,
      let layout = sum.viewLayout(first.layout, resolved.inputs[0], resolved.output)
    {
      return try first.view(layout).settled(result)
    }
    // NumPy's users hear of no floating-point event here.
    let computed = FloatingPointLog.silently {
      Result { () throws(MartletError) in
        let array = try sum.computed(operands, resolved, plan).settled(result)
        // Now, while nobody listens.
        _ = try array.untraced.memoryHere()
        return array
      }
    }
    return try computed.get()
  }

  /// The layout of the view that an einsum of one operand is; nil where it sums.
  package static func einsumView(
    _ subscripts: EinsumSubscripts, _ layout: Layout, _ dtype: DType
  ) throws(MartletError) -> Layout? {
    let resolved = try subscripts.resolved([layout.shape])
    return Einsum(resolved, in: dtype).viewLayout(layout, resolved.inputs[0], resolved.output)
  }
}

/// The steps of one sum of products.
struct Einsum {
  let sizes: [Int]
  let output: [Int]
  let dtype: DType

  init(_ subscripts: EinsumSubscripts.Resolved, in dtype: DType) {
    sizes = subscripts.sizes
    output = subscripts.output
    self.dtype = dtype
  }

  /// An operand, with a label for each axis, none twice.
  struct Part {
    var array: NDArray
    var labels: [Int]
    var set: ContractionPath.Labels { ContractionPath.labels(labels) }
  }

  /// The order of more operands takes longer to plan than it saves.
  private static let mostForPlan = 32

  /// Of all operands.
  func computed(
    _ operands: [NDArray], _ subscripts: EinsumSubscripts.Resolved, _ plan: EinsumPlan?
  ) throws(MartletError) -> NDArray {
    var parts: [Part] = []
    for (operand, labels) in zip(operands, subscripts.inputs) {
      parts.append(try part(operand, labels))
    }
    guard output.count <= Shape.maximumRank else {
      throw .rankLimit(operation: "einsum", rank: output.count)
    }
    // Axes lie as they do in the operands, as in all that NumPy computes from several.
    let shape = Shape(output.map { sizes[$0] })
    let target = Elementwise.resultLayout(parts.map { spread($0, output) }, shape: shape)
    if parts.count > 1 {
      let sets = parts.map(\.set)
      let steps: [[Int]]
      if let plan {
        steps = plan(ContractionPath(subscripts), sets)
      } else if parts.count == 2 || parts.count > Self.mostForPlan {
        steps = Array(repeating: [0, 1], count: parts.count - 1)
      } else {
        steps = ContractionPath(subscripts).greedy(sets, limit: .infinity)
      }
      for step in steps {
        guard step.allSatisfy(parts.indices.contains) else {
          throw .internalError(operation: "einsum", detail: "a step takes what is not there")
        }
        let met = step.sorted().map { parts[$0] }
        for position in step.sorted(by: >) { parts.remove(at: position) }
        parts.append(try contract(met, keeping: parts, isLast: parts.isEmpty))
      }
    }
    guard parts.count == 1 else {
      throw .internalError(operation: "einsum", detail: "the path left \(parts.count) operands")
    }
    let whole = try summed(parts[0], keeping: ContractionPath.labels(output))
    let result = try ordered(whole, output)
    if result.layout.strides == target.strides { return result }
    return try result.converted(to: dtype, layout: target)
  }

  // MARK: Operands

  /// An operand without what is repeated: diagonals of axes with the same label, and no axis of size 1
  /// that meets a larger one.
  func part(_ operand: NDArray, _ labels: [Int]) throws(MartletError) -> Part {
    let array = try operand.dtype == dtype ? operand : operand.asType(dtype)
    let (layout, own) = diagonals(array.layout, labels)
    var part = Part(array: array.view(layout), labels: own)
    for axis in own.indices.reversed() where layout.shape[axis] == 1 && sizes[own[axis]] != 1 {
      part.array = part.array.view(part.array.layout.indexed(axis: axis, at: 0))
      part.labels.remove(at: axis)
    }
    return part
  }

  /// One axis for each label: those that are repeated move together.
  private func diagonals(_ layout: Layout, _ labels: [Int]) -> (Layout, [Int]) {
    var result = Layout(shape: Shape(), strides: Shape(), offset: layout.offset)
    var own: [Int] = []
    for (axis, label) in labels.enumerated() {
      if let place = own.firstIndex(of: label) {
        result.strides[place] += layout.strides[axis]
      } else {
        own.append(label)
        result.shape.append(layout.shape[axis])
        result.strides.append(layout.strides[axis])
      }
    }
    return (result, own)
  }

  /// Diagonals and axes in the result's order, where nothing is summed.
  func viewLayout(_ layout: Layout, _ labels: [Int], _ output: [Int]) -> Layout? {
    let (own, found) = diagonals(layout, labels)
    guard found.count == output.count else { return nil }
    return own.transposed(output.compactMap { found.firstIndex(of: $0) })
  }

  private func has(_ set: ContractionPath.Labels, _ label: Int) -> Bool {
    set & 1 << ContractionPath.Labels(label) != 0
  }

  func ordered(_ part: Part, _ labels: [Int]) throws(MartletError) -> NDArray {
    if part.labels == labels { return part.array }
    return part.array.view(
      part.array.layout.transposed(labels.compactMap { part.labels.firstIndex(of: $0) }))
  }

  /// Summed over all labels that are not kept.
  func summed(_ part: Part, keeping kept: ContractionPath.Labels) throws(MartletError) -> Part {
    let axes = part.labels.indices.filter { !has(kept, part.labels[$0]) }
    if axes.isEmpty { return part }
    let array =
      try dtype == .bool
      ? part.array.reduced(.any, axes: axes) : part.array.reduced(.sum, axes: axes, dtype: dtype)
    return Part(array: array, labels: part.labels.filter { has(kept, $0) })
  }

  // MARK: Contractions

  /// The product of some operands, summed over the labels that neither the others nor the result has.
  ///
  /// - Parameter isLast: whether the result has the result's labels in their order, where that costs
  ///   nothing.
  func contract(
    _ parts: [Part], keeping others: [Part], isLast: Bool
  ) throws(MartletError) -> Part {
    var kept = ContractionPath.labels(output)
    for other in others { kept |= other.set }
    guard var result = parts.first else {
      throw .internalError(operation: "einsum", detail: "a step without operands")
    }
    for i in 1..<max(parts.count, 1) {
      let rest = parts[(i + 1)...].reduce(kept) { $0 | $1.set }
      result = try pair(result, parts[i], keeping: rest, isLast: isLast && i == parts.count - 1)
    }
    return try summed(result, keeping: kept)
  }

  private func pair(
    _ a: Part, _ b: Part, keeping kept: ContractionPath.Labels, isLast: Bool
  ) throws(MartletError) -> Part {
    // What only one of them has is summed before they meet.
    var left = try summed(a, keeping: kept | b.set)
    var right = try summed(b, keeping: kept | a.set)
    let common = left.set & right.set
    let contracted = left.labels.filter { has(common, $0) && !has(kept, $0) }
    let batch = left.labels.filter { has(common, $0) && has(kept, $0) }
    var rows = left.labels.filter { !has(common, $0) }
    var columns = right.labels.filter { !has(common, $0) }
    // Vectors that meet one by one are no work for a product of matrices.
    if contracted.isEmpty || (rows.isEmpty && columns.isEmpty && !batch.isEmpty) {
      return try multiplied(left, right, isLast: isLast)
    }
    // So that the result has its axes in order.
    if isLast, let last = output.last, rows.contains(last) {
      swap(&left, &right)
      swap(&rows, &columns)
    }
    let outer = isLast ? batch.sorted { place($0) < place($1) } : batch
    if isLast {
      rows.sort { place($0) < place($1) }
      columns.sort { place($0) < place($1) }
    }
    let depth = count(contracted)
    let (height, width, stacks) = (count(rows), count(columns), count(outer))
    let first = try ordered(left, outer + rows + contracted).reshaped(
      (outer.isEmpty ? [] : [stacks]) + [height, depth])
    let second = try ordered(right, outer + contracted + columns).reshaped(
      (outer.isEmpty ? [] : [stacks]) + [depth, width])
    let product = try first.matmul(second, tellingAs: nil)
    let labels = outer + rows + columns
    guard labels.count <= Shape.maximumRank else {
      throw .rankLimit(operation: "einsum", rank: labels.count)
    }
    return Part(array: try product.reshaped(labels.map { sizes[$0] }), labels: labels)
  }

  private func place(_ label: Int) -> Int { output.firstIndex(of: label) ?? 0 }

  private func count(_ labels: [Int]) -> Int { labels.reduce(1) { $0 &* sizes[$1] } }

  /// The products of elements, over the labels of both.
  private func multiplied(_ a: Part, _ b: Part, isLast: Bool) throws(MartletError) -> Part {
    var labels = a.labels + b.labels.filter { !a.labels.contains($0) }
    if isLast {
      labels = output.filter(labels.contains) + labels.filter { !output.contains($0) }
    }
    guard labels.count <= Shape.maximumRank else {
      throw .rankLimit(operation: "einsum", rank: labels.count)
    }
    let product = try Elementwise.apply(
      .multiply, [.array(spread(a, labels)), .array(spread(b, labels))], dtype: dtype)[0]
    return Part(array: product, labels: labels)
  }

  /// With an axis of size 1 for each label that the operand has not.
  private func spread(_ part: Part, _ labels: [Int]) -> NDArray {
    var layout = Layout(shape: Shape(), strides: Shape(), offset: part.array.layout.offset)
    for label in labels {
      let axis = part.labels.firstIndex(of: label)
      layout.shape.append(axis.map { part.array.layout.shape[$0] } ?? 1)
      layout.strides.append(axis.map { part.array.layout.strides[$0] } ?? 0)
    }
    return part.array.view(layout)
  }
}
