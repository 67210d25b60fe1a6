import MartletIR

/// Work on operands that are moved around, cut into pieces that read every operand from one place: a
/// board that is rolled by one along both axes has a large piece and eight thin ones.
extension Outline {
  /// The pieces, as ranges along each axis.
  ///
  /// - Parameter shifts: how far leaves are moved along each axis, at the places that they name.
  func boxes(_ shifts: [[Int]]) -> [[Range<Int>]] {
    var boxes: [[Range<Int>]] = [[]]
    for axis in 0..<domain.rank {
      let cuts = Set(shifts.map { $0[axis] }).union([0, domain[axis]]).sorted()
      let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
      boxes = boxes.flatMap { box in ranges.map { box + [$0] } }
    }
    return boxes
  }

  /// Becomes a piece of another outline.
  mutating func take(
    _ whole: UnsafeMutablePointer<Outline>, _ box: [Range<Int>], _ shifts: [[Int]]
  ) {
    clear(Shape(box.map(\.count)))
    for i in 0..<whole.pointee.leaves.count {
      var leaf = whole.pointee.leaves[i]
      leaf.layout = cut(
        leaf.layout, whole.pointee.domain, box, leaf.shifts < 0 ? nil : shifts[leaf.shifts])
      leaf.shifts = -1
      leaves.append(leaf)
    }
    for i in 0..<whole.pointee.outputs.count {
      var output = whole.pointee.outputs[i]
      output.layout = cut(output.layout, whole.pointee.domain, box, nil)
      outputs.append(output)
    }
    for i in 0..<whole.pointee.scalars.count { scalars.append(whole.pointee.scalars[i]) }
    for i in 0..<whole.pointee.steps.count { steps.append(whole.pointee.steps[i]) }
    for i in 0..<whole.pointee.words.count { words.append(whole.pointee.words[i]) }
    isOrdered = whole.pointee.isOrdered
    predicate = whole.pointee.predicate
    cost = whole.pointee.cost
  }

  private func cut(
    _ layout: Layout, _ whole: Shape, _ box: [Range<Int>], _ shifts: [Int]?
  ) -> Layout {
    var result = Layout(shape: domain, strides: layout.strides, offset: layout.offset)
    for (axis, range) in box.enumerated() {
      let size = whole[axis]
      let shift = shifts?[axis] ?? 0
      let start = (range.lowerBound - shift + size) % size
      result.offset += start * layout.strides[axis]
    }
    return result
  }
}
