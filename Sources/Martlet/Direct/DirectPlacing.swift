import MartletIR

/// Elements of an array of the host that are replaced one by one, wherever they lie. Values lie side
/// by side in the array's dtype; who calls sees to it that they are apart from the array.
package struct DirectPlacing {
  private let memory: UnsafeMutableRawPointer
  private let layout: UnsafePointer<Layout>
  private let itemSize: Int
  private let values: UnsafeRawPointer
  private let valueCount: Int

  /// - Parameter memory: The array's first element.
  package init(
    _ memory: UnsafeMutableRawPointer, _ layout: UnsafePointer<Layout>, itemSize: Int,
    values: UnsafeRawPointer, count valueCount: Int
  ) {
    self.memory = memory
    self.layout = layout
    self.itemSize = itemSize
    self.values = values
    self.valueCount = valueCount
  }

  /// Two words without their own alignment.
  private struct Pair {
    var words: (UInt64, UInt64)
  }

  /// Replaces elements by their positions in C order, which may count from the end; the values are
  /// repeated. False, and nothing done, where a position is none of the array's.
  package func put(_ positions: UnsafePointer<Int>, count: Int) -> Bool {
    let size = layout.pointee.count
    for i in 0..<count where positions[i] < -size || positions[i] >= size { return false }
    switch itemSize {
    case 1: put(positions, count, size, UInt8.self)
    case 2: put(positions, count, size, UInt16.self)
    case 4: put(positions, count, size, UInt32.self)
    case 8: put(positions, count, size, UInt64.self)
    default: put(positions, count, size, Pair.self)
    }
    return true
  }

  private func put<Item: BitwiseCopyable>(
    _ positions: UnsafePointer<Int>, _ count: Int, _ size: Int, _: Item.Type
  ) {
    let target = memory.assumingMemoryBound(to: Item.self)
    let source = values.assumingMemoryBound(to: Item.self)
    let isFlat = layout.pointee.isContiguous
    var next = 0
    for i in 0..<count {
      let flat = positions[i] < 0 ? positions[i] &+ size : positions[i]
      target[isFlat ? flat : offset(flat)] = source[next]
      next &+= 1
      if next == valueCount { next = 0 }
    }
  }

  /// Where the element is that comes so many elements after the first in C order.
  private func offset(_ flat: Int) -> Int {
    var (rest, offset) = (flat, 0)
    var axis = layout.pointee.shape.rank &- 1
    while axis >= 0 {
      let size = layout.pointee.shape[unchecked: axis]
      offset &+= rest % size &* layout.pointee.strides[unchecked: axis]
      rest /= size
      axis &-= 1
    }
    return offset
  }

  /// Replaces the elements where a mask, one byte for each in C order, is true: by the values in turn,
  /// or by the value at the element's own position. Both are repeated.
  package func replace(where mask: UnsafePointer<UInt8>, inTurn: Bool) {
    switch itemSize {
    case 1: replace(mask, inTurn, UInt8.self)
    case 2: replace(mask, inTurn, UInt16.self)
    case 4: replace(mask, inTurn, UInt32.self)
    case 8: replace(mask, inTurn, UInt64.self)
    default: replace(mask, inTurn, Pair.self)
    }
  }

  private func replace<Item: BitwiseCopyable>(
    _ mask: UnsafePointer<UInt8>, _ inTurn: Bool, _: Item.Type
  ) {
    let target = memory.assumingMemoryBound(to: Item.self)
    let source = values.assumingMemoryBound(to: Item.self)
    let rank = layout.pointee.shape.rank
    let count = layout.pointee.count
    guard rank > 0, count > 0 else { return }
    // All in one row, or the last axis.
    let isFlat = layout.pointee.isContiguous
    let length = isFlat ? count : layout.pointee.shape[rank - 1]
    let step = isFlat ? 1 : layout.pointee.strides[rank - 1]
    var place = InlineArray<8, Int>(repeating: 0)
    var (row, flat, next) = (0, 0, 0)
    while true {
      for i in 0..<length {
        let isTrue = mask[flat &+ i] != 0
        if isTrue { target[row &+ i &* step] = source[next] }
        if isTrue || !inTurn {
          next &+= 1
          if next == valueCount { next = 0 }
        }
      }
      flat &+= length
      if flat == count { return }
      var axis = rank &- 2
      while axis >= 0 {
        place[axis] += 1
        row &+= layout.pointee.strides[axis]
        if place[axis] < layout.pointee.shape[axis] { break }
        row &-= layout.pointee.shape[axis] &* layout.pointee.strides[axis]
        place[axis] = 0
        axis &-= 1
      }
    }
  }
}
