import MartletIR

extension Program {
  /// The program cut where moved-around operands are, so that each piece reads every operand from
  /// one place: a board that is rolled by one along both axes has a large piece and eight thin ones.
  var pieces: [Program] {
    var boxes: [[Range<Int>]] = [[]]
    for axis in 0..<domain.rank {
      let size = domain[axis]
      let cuts = Set(leaves.compactMap { $0.shifts?[axis] }).union([0, size]).sorted()
      let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
      boxes = boxes.flatMap { box in ranges.map { box + [$0] } }
    }
    return boxes.map(piece)
  }

  private func piece(_ box: [Range<Int>]) -> Program {
    var part = self
    part.domain = Shape(box.map(\.count))
    func cut(_ layout: Layout, _ shifts: [Int]?) -> Layout {
      var result = Layout(shape: part.domain, strides: layout.strides, offset: layout.offset)
      for (axis, range) in box.enumerated() {
        let size = domain[axis]
        let shift = shifts?[axis] ?? 0
        let start = (range.lowerBound - shift + size) % size
        result.offset += start * layout.strides[axis]
      }
      return result
    }
    for i in leaves.indices {
      part.leaves[i].layout = cut(leaves[i].layout, leaves[i].shifts)
      part.leaves[i].shifts = nil
    }
    for i in outputs.indices { part.outputs[i].layout = cut(outputs[i].layout, nil) }
    return part
  }
}
