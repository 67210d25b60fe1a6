import MartletIR

/// Moves elements between two places in memory, as they are: what selecting, joining, repeating and
/// filling have in common.
///
/// One side is *plain*: each loop moves by so many bytes. The other may be *selected*: besides its own
/// strides a list of offsets says where it is. Loops are appended outermost first and merged where
/// neither side can tell; everything is in fixed storage. All fields are numbers; who makes a move
/// keeps the memory alive and answers for the bounds.
package struct DirectMove {
  /// Two loops for each dimension of an array.
  package static let maximum = 16

  private var loopCount: Int
  /// Whether there is nothing to move.
  private var isEmpty: Bool
  private var sizes: InlineArray<16, Int>
  private var selected: InlineArray<16, Int>
  private var plain: InlineArray<16, Int>
  /// How many offsets a step of the loop goes on.
  private var steps: InlineArray<16, Int>

  /// Calls `body` with a move without loops, on the stack: all else is set before it is read.
  package static func with(_ body: (UnsafeMutablePointer<DirectMove>) -> Void) {
    withUnsafeTemporaryAllocation(of: DirectMove.self, capacity: 1) { buffer in
      let move = buffer.baseAddress.unsafelyUnwrapped
      move.pointee.loopCount = 0
      move.pointee.isEmpty = false
      body(move)
    }
  }

  /// Adds a loop inside of those that are there; strides in bytes. At most `maximum` are added.
  @inline(__always)
  package mutating func append(_ size: Int, selected own: Int, plain other: Int, step: Int = 0) {
    if size == 1 { return }
    if size == 0 { isEmpty = true }
    let last = loopCount &- 1
    if last >= 0, selected[unchecked: last] == own &* size,
      plain[unchecked: last] == other &* size, steps[unchecked: last] == step &* size
    {
      sizes[unchecked: last] &*= size
    } else {
      loopCount &+= 1
      sizes[unchecked: loopCount &- 1] = size
    }
    let place = loopCount &- 1
    selected[unchecked: place] = own
    plain[unchecked: place] = other
    steps[unchecked: place] = step
  }

  /// From the selected side to the plain one.
  package mutating func read(
    _ selected: UnsafeRawPointer, _ offsets: UnsafePointer<Int>? = nil,
    into plain: UnsafeMutableRawPointer, itemSize: Int
  ) {
    run(UnsafeMutableRawPointer(mutating: selected), offsets, plain, itemSize, writes: false)
  }

  /// From the plain side to the selected one; where an element is selected twice, the last stays.
  package mutating func write(
    _ selected: UnsafeMutableRawPointer, _ offsets: UnsafePointer<Int>? = nil,
    from plain: UnsafeRawPointer, itemSize: Int
  ) {
    run(selected, offsets, UnsafeMutableRawPointer(mutating: plain), itemSize, writes: true)
  }

  @inline(__always)
  private mutating func run(
    _ selected: UnsafeMutableRawPointer, _ offsets: UnsafePointer<Int>?,
    _ plain: UnsafeMutableRawPointer, _ itemSize: Int, writes: Bool
  ) {
    if isEmpty { return }
    if let offsets { return run(selected, offsets, plain, size: itemSize, writes: writes) }
    var zero = 0
    run(selected, &zero, plain, size: itemSize, writes: writes)
  }

  @inline(__always)
  private mutating func run(
    _ selected: UnsafeMutableRawPointer, _ offsets: UnsafePointer<Int>,
    _ plain: UnsafeMutableRawPointer, size itemSize: Int, writes: Bool
  ) {
    switch itemSize {
    case 1: loops(UInt8.self, selected, offsets, plain, writes: writes)
    case 2: loops(UInt16.self, selected, offsets, plain, writes: writes)
    case 4: loops(UInt32.self, selected, offsets, plain, writes: writes)
    case 8: loops(UInt64.self, selected, offsets, plain, writes: writes)
    default: loops(Pair.self, selected, offsets, plain, writes: writes)
    }
  }

  /// Sixteen bytes that need no more alignment than a double.
  private struct Pair {
    var low: UInt64
    var high: UInt64
  }

  @inline(__always)
  private mutating func loops<Element: BitwiseCopyable>(
    _: Element.Type, _ selected: UnsafeMutableRawPointer, _ offsets: UnsafePointer<Int>,
    _ plain: UnsafeMutableRawPointer, writes: Bool
  ) {
    let inner = loopCount &- 1
    guard inner >= 0 else {
      let at = selected + offsets[0]
      if writes { move(Element.self, plain, at) } else { move(Element.self, at, plain) }
      return
    }
    if inner == 0 {
      innermost(Element.self, selected, offsets, plain, writes: writes)
      return
    }
    var (selected, offsets, plain) = (selected, offsets, plain)
    var place = InlineArray<16, Int>(repeating: 0)
    while true {
      innermost(Element.self, selected, offsets, plain, writes: writes)
      var loop = inner &- 1
      while loop >= 0 {
        place[unchecked: loop] &+= 1
        let isDone = place[unchecked: loop] == sizes[unchecked: loop]
        let count = isDone ? 1 &- sizes[unchecked: loop] : 1
        selected += count &* self.selected[unchecked: loop]
        plain += count &* self.plain[unchecked: loop]
        offsets += count &* steps[unchecked: loop]
        if !isDone { break }
        place[unchecked: loop] = 0
        loop &-= 1
      }
      if loop < 0 { return }
    }
  }

  @inline(__always)
  private func move<Element: BitwiseCopyable>(
    _: Element.Type, _ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer
  ) {
    to.assumingMemoryBound(to: Element.self).pointee =
      from.assumingMemoryBound(to: Element.self).pointee
  }

  @inline(__always)
  private func innermost<Element: BitwiseCopyable>(
    _: Element.Type, _ selected: UnsafeMutableRawPointer, _ offsets: UnsafePointer<Int>,
    _ plain: UnsafeMutableRawPointer, writes: Bool
  ) {
    let inner = loopCount &- 1
    let count = sizes[unchecked: inner]
    let own = self.selected[unchecked: inner]
    let other = self.plain[unchecked: inner]
    let itemSize = MemoryLayout<Element>.size
    guard steps[unchecked: inner] == 0 else {
      // One element for each offset.
      if own == 0, steps[unchecked: inner] == 1, other == itemSize {
        let row = plain.assumingMemoryBound(to: Element.self)
        for i in 0..<count {
          let chosen = (selected + offsets[i]).assumingMemoryBound(to: Element.self)
          if writes { chosen.pointee = row[i] } else { row[i] = chosen.pointee }
        }
        return
      }
      let places = UnsafeRawPointer(offsets)
      let stride = steps[unchecked: inner] &* MemoryLayout<Int>.size
      var (at, from, to) = (0, 0, 0)
      for _ in 0..<count {
        let chosen = selected + (places.load(fromByteOffset: at, as: Int.self) &+ from)
        if writes {
          move(Element.self, plain + to, chosen)
        } else {
          move(Element.self, chosen, plain + to)
        }
        at &+= stride
        from &+= own
        to &+= other
      }
      return
    }
    let start = selected + offsets[0]
    if own == itemSize, other == itemSize {
      let bytes = count &* itemSize
      if writes {
        start.copyMemory(from: plain, byteCount: bytes)
      } else {
        plain.copyMemory(from: start, byteCount: bytes)
      }
      return
    }
    if writes {
      strided(Element.self, plain, other, start, own, count)
    } else {
      strided(Element.self, start, own, plain, other, count)
    }
  }

  @inline(__always)
  private func strided<Element: BitwiseCopyable>(
    _: Element.Type, _ source: UnsafeMutableRawPointer, _ step: Int,
    _ target: UnsafeMutableRawPointer, _ stride: Int, _ count: Int
  ) {
    if step == 0 {
      let value = source.assumingMemoryBound(to: Element.self).pointee
      if stride == MemoryLayout<Element>.size {
        target.assumingMemoryBound(to: Element.self).update(repeating: value, count: count)
        return
      }
      for i in 0..<count {
        (target + i &* stride).assumingMemoryBound(to: Element.self).pointee = value
      }
      return
    }
    for i in 0..<count { move(Element.self, source + i &* step, target + i &* stride) }
  }
}

extension DirectMove {
  /// Writes elements to others of the same shape and type.
  package static func copy(
    _ source: UnsafeRawPointer, _ from: Layout, to target: UnsafeMutableRawPointer, _ into: Layout,
    itemSize: Int
  ) {
    with { move in
      for axis in 0..<from.shape.rank {
        move.pointee.append(
          from.shape[unchecked: axis], selected: from.strides[unchecked: axis] &* itemSize,
          plain: into.strides[unchecked: axis] &* itemSize)
      }
      move.pointee.read(source, into: target, itemSize: itemSize)
    }
  }

  /// Sets every element of a layout to the bytes of one.
  package static func fill(
    _ target: UnsafeMutableRawPointer, _ layout: Layout, with element: UnsafeRawPointer,
    itemSize: Int
  ) {
    with { move in
      for axis in 0..<layout.shape.rank {
        move.pointee.append(
          layout.shape[unchecked: axis], selected: 0,
          plain: layout.strides[unchecked: axis] &* itemSize)
      }
      move.pointee.read(element, into: target, itemSize: itemSize)
    }
  }

  /// Sets so many consecutive elements to the bytes of one.
  package static func fill(
    _ target: UnsafeMutableRawPointer, _ count: Int, with element: UnsafeRawPointer, itemSize: Int
  ) {
    with { move in
      move.pointee.append(count, selected: 0, plain: itemSize)
      move.pointee.read(element, into: target, itemSize: itemSize)
    }
  }

  /// Copies the elements at offsets to consecutive memory.
  package static func gather(
    _ source: UnsafeRawPointer, _ offsets: UnsafePointer<Int>, count: Int,
    into target: UnsafeMutableRawPointer, itemSize: Int
  ) {
    @inline(__always)
    func run<Element: BitwiseCopyable>(_: Element.Type) {
      let row = target.assumingMemoryBound(to: Element.self)
      for i in 0..<count {
        row[i] = (source + offsets[i]).assumingMemoryBound(to: Element.self).pointee
      }
    }
    switch itemSize {
    case 1: run(UInt8.self)
    case 2: run(UInt16.self)
    case 4: run(UInt32.self)
    case 8: run(UInt64.self)
    default: run(Pair.self)
    }
  }

  /// Copies the elements at some positions of an axis of `size`, `stride` bytes apart; false where a
  /// position is outside of it.
  package static func take(
    _ source: UnsafeRawPointer, _ positions: UnsafePointer<Int>, count: Int, size: Int, stride: Int,
    into target: UnsafeMutableRawPointer, itemSize: Int
  ) -> Bool {
    @inline(__always)
    func run<Element: BitwiseCopyable>(_: Element.Type) -> Bool {
      let row = target.assumingMemoryBound(to: Element.self)
      for i in 0..<count {
        let given = positions[i]
        let place = given &+ (size & (given &>> 63))
        guard UInt(bitPattern: place) < UInt(bitPattern: size) else { return false }
        row[i] = (source + place &* stride).assumingMemoryBound(to: Element.self).pointee
      }
      return true
    }
    switch itemSize {
    case 1: return run(UInt8.self)
    case 2: return run(UInt16.self)
    case 4: return run(UInt32.self)
    case 8: return run(UInt64.self)
    default: return run(Pair.self)
    }
  }
}
