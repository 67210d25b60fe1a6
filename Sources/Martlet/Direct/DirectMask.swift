import MartletIR

/// Where a mask in memory of the host is true.
package enum DirectMask {
  /// Writes for each true element, in C order, the sum of its position along each axis times that
  /// axis's stride; returns how many there are, nil where the mask has more than `limit` elements.
  package static func offsets(
    _ memory: UnsafeRawPointer, _ layout: UnsafePointer<Layout>,
    strides: borrowing InlineArray<8, Int>, into offsets: UnsafeMutablePointer<Int>, limit: Int
  ) -> Int? {
    let rank = layout.pointee.shape.rank
    var total = 1
    for i in 0..<rank {
      let (count, overflow) = total.multipliedReportingOverflow(by: layout.pointee.shape[i])
      if overflow { return nil }
      total = count
    }
    guard total <= limit else { return nil }
    if total == 0 { return 0 }
    guard rank > 0 else { return nil }
    // The last axes are one row where neither the mask nor what it selects from can tell.
    var last = rank - 1
    var length = layout.pointee.shape[last]
    while last > 0,
      layout.pointee.strides[last - 1]
        == layout.pointee.strides[rank - 1] &* length,
      strides[last - 1] == strides[rank - 1] &* length
    {
      length &*= layout.pointee.shape[last - 1]
      last -= 1
    }
    let step = layout.pointee.strides[rank - 1]
    let stride = strides[rank - 1]
    var found = 0
    var counter = InlineArray<8, Int>(repeating: 0)
    var row = memory
    var offset = 0
    while true {
      found = append(row, step, length, offset, stride, offsets, found)
      var axis = last - 1
      while axis >= 0 {
        counter[axis] += 1
        let isDone = counter[axis] == layout.pointee.shape[axis]
        let count = isDone ? 1 - counter[axis] : 1
        row += count &* layout.pointee.strides[axis]
        offset &+= count &* strides[axis]
        if !isDone { break }
        counter[axis] = 0
        axis -= 1
      }
      if axis < 0 { return found }
    }
  }

  /// The offsets of one row; returns how many there are now.
  private static func append(
    _ row: UnsafeRawPointer, _ step: Int, _ length: Int, _ offset: Int, _ stride: Int,
    _ offsets: UnsafeMutablePointer<Int>, _ found: Int
  ) -> Int {
    var found = found
    var i = 0
    if step == 1 {
      // Eight truth values, which are bytes of 0 and 1, at a time.
      while i &+ 8 <= length {
        var word = row.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        if word == 0x0101_0101_0101_0101 {
          for k in 0..<8 { offsets[found &+ k] = offset &+ (i &+ k) &* stride }
          found &+= 8
        } else {
          while word != 0 {
            let place = i &+ word.trailingZeroBitCount >> 3
            offsets[found] = offset &+ place &* stride
            found &+= 1
            word &= word &- 1
          }
        }
        i &+= 8
      }
    }
    while i < length {
      if row.load(fromByteOffset: i &* step, as: UInt8.self) != 0 {
        offsets[found] = offset &+ i &* stride
        found &+= 1
      }
      i &+= 1
    }
    return found
  }

  /// How many of some consecutive truth values, which are bytes of 0 and 1, are true.
  package static func count(_ truths: UnsafeRawPointer, _ count: Int) -> Int {
    let bytes = truths.assumingMemoryBound(to: UInt8.self)
    var total = 0
    var i = 0
    // Sums of bytes stay bytes for so long.
    while i < count {
      let end = min(i &+ 255 &* 8, count)
      var word: UInt64 = 0
      var steps = 0
      while i &+ 8 <= end, steps < 255 {
        word &+= truths.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        i &+= 8
        steps &+= 1
      }
      for shift in stride(from: UInt64(0), to: 64, by: 8) { total &+= Int(word >> shift & 0xff) }
      while i < end {
        total &+= Int(bytes[i])
        i &+= 1
      }
    }
    return total
  }

  /// Writes to consecutive bytes, in C order, whether each element is other than zero.
  package static func truths(
    _ memory: UnsafeRawPointer, _ layout: UnsafePointer<Layout>, _ dtype: DType,
    into truths: UnsafeMutablePointer<UInt8>
  ) {
    switch dtype {
    case .bool, .int8, .uint8: walk(UInt8.self, memory, layout, truths) { $0 != 0 }
    case .int16, .uint16: walk(UInt16.self, memory, layout, truths) { $0 != 0 }
    case .int32, .uint32: walk(UInt32.self, memory, layout, truths) { $0 != 0 }
    case .int64, .uint64: walk(UInt64.self, memory, layout, truths) { $0 != 0 }
    // All bits but the sign.
    case .float16, .bfloat16: walk(UInt16.self, memory, layout, truths) { $0 << 1 != 0 }
    case .float32: walk(UInt32.self, memory, layout, truths) { $0 << 1 != 0 }
    case .float64: walk(UInt64.self, memory, layout, truths) { $0 << 1 != 0 }
    case .complex64:
      walk((UInt32, UInt32).self, memory, layout, truths) { ($0.0 | $0.1) << 1 != 0 }
    case .complex128:
      walk((UInt64, UInt64).self, memory, layout, truths) { ($0.0 | $0.1) << 1 != 0 }
    }
  }

  @inline(__always)
  private static func walk<Element>(
    _: Element.Type, _ memory: UnsafeRawPointer, _ layout: UnsafePointer<Layout>,
    _ truths: UnsafeMutablePointer<UInt8>, _ isTrue: (Element) -> Bool
  ) {
    let elements = memory.assumingMemoryBound(to: Element.self)
    let rank = layout.pointee.shape.rank
    let count = layout.pointee.count
    if layout.pointee.isContiguous {
      for i in 0..<count { truths[i] = isTrue(elements[i]) ? 1 : 0 }
      return
    }
    var counter = InlineArray<8, Int>(repeating: 0)
    var at = 0
    for i in 0..<count {
      truths[i] = isTrue(elements[at]) ? 1 : 0
      var axis = rank - 1
      while axis >= 0 {
        counter[axis] += 1
        if counter[axis] < layout.pointee.shape[axis] {
          at &+= layout.pointee.strides[axis]
          break
        }
        at &-= (counter[axis] - 1) &* layout.pointee.strides[axis]
        counter[axis] = 0
        axis -= 1
      }
    }
  }
}
