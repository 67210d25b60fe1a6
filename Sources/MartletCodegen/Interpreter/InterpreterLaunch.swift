import MartletIR

/// A global buffer of a launch.
package struct InterpreterBuffer {
  /// The element at index zero, where the host can reach it.
  var base: UnsafeMutableRawPointer?
  /// The bytes that exist, counted from there.
  var bytes: Range<Int>
  /// Whether the buffer's address lies in memory of the device.
  var isKnown: Bool

  /// - Parameter bytes: what exists of the memory around `base`, counted from there.
  package init(base: UnsafeMutableRawPointer, bytes: Range<Int>) {
    self.base = base
    self.bytes = bytes
    isKnown = true
  }

  private init() {
    base = nil
    bytes = 0..<0
    isKnown = false
  }

  /// Memory that a launch makes itself.
  static func own(byteCount: Int) -> InterpreterBuffer {
    var buffer = InterpreterBuffer()
    buffer.bytes = 0..<byteCount
    buffer.isKnown = true
    return buffer
  }

  /// An address that is none of the device's, so that no element exists.
  package static var unknown: InterpreterBuffer { InterpreterBuffer() }
}

/// A program with the memory and the numbers of one launch, the same for all its threads.
struct InterpreterLaunch {
  /// An access with its addresses settled.
  struct Access {
    /// The element at index zero; in local memory not used.
    var base: UnsafeMutableRawPointer
    /// Bytes to the part that is meant; in local memory from the thread's cells on.
    var offset: Int
    /// The first index, whose stride is in bytes.
    var index: Index
    /// The other indices in `indices`.
    var moreStart: Int32
    var moreCount: Int32
    var isLocal: Bool
  }

  struct Index {
    var cell: Int32
    var stride: Int
  }

  let operations: UnsafeBufferPointer<InterpreterProgram.Operation>
  let accesses: UnsafePointer<Access>
  let indices: UnsafePointer<Index>

  /// Binds a program to the element at index zero of each of its buffers.
  ///
  /// - Parameter bases: for each buffer of the kernel; those of local buffers are not used.
  static func with<Result>(
    _ program: InterpreterProgram, bases: [UnsafeMutableRawPointer?],
    slots: UnsafePointer<Int64>?, _ body: (InterpreterLaunch) -> Result
  ) -> Result {
    let strides = program.byteStrides(slots)
    var accesses: [Access] = []
    var indices: [Index] = []
    accesses.reserveCapacity(program.accesses.count)
    for access in program.accesses {
      var index = (0..<access.rank).map {
        Index(
          cell: program.indexCells[access.firstIndex + $0],
          stride: strides[access.firstStride + $0])
      }
      var isLocal = false
      var offset = access.partOffset
      if case .local = program.buffers[access.buffer].space {
        isLocal = true
        offset += program.cells.count * 8 + program.localOffsets[access.buffer]
      }
      if let base = access.base {
        // The address is counted from that of a buffer that nobody gave.
        index.append(Index(cell: base, stride: 1))
        offset -= 1
      }
      accesses.append(
        Access(
          // A buffer that nobody gave is one that the kernel doesn't touch.
          base: bases[access.buffer] ?? UnsafeMutableRawPointer(bitPattern: 1)!,
          offset: offset, index: index.first ?? Index(cell: 0, stride: 0),
          moreStart: Int32(indices.count), moreCount: Int32(max(0, index.count - 1)),
          isLocal: isLocal))
      indices += index.dropFirst()
    }
    return program.operations.withUnsafeBufferPointer { operations in
      accesses.withUnsafeBufferPointer { accesses in
        indices.withUnsafeBufferPointer { indices in
          // A program without accesses has no use for the addresses.
          let none = UnsafeRawPointer(bitPattern: 16)!
          return body(
            InterpreterLaunch(
              operations: operations,
              accesses: accesses.baseAddress ?? none.assumingMemoryBound(to: Access.self),
              indices: indices.baseAddress ?? none.assumingMemoryBound(to: Index.self)))
        }
      }
    }
  }

  /// How far an access reaches from index zero, in bytes, the part left out.
  @inline(__always)
  func distance(_ number: Int32, _ cells: InterpreterCells) -> Int {
    let access = accesses + Int(number)
    var distance =
      Int(truncatingIfNeeded: cells[Int(access.pointee.index.cell)]) &* access.pointee.index.stride
    if access.pointee.moreCount > 0 {
      let more = indices + Int(access.pointee.moreStart)
      for n in 0..<Int(access.pointee.moreCount) {
        distance &+= Int(truncatingIfNeeded: cells[Int(more[n].cell)]) &* more[n].stride
      }
    }
    return distance
  }

  @inline(__always)
  func address(
    _ number: Int32, _ distance: Int, _ cells: InterpreterCells
  ) -> UnsafeMutableRawPointer {
    let access = accesses + Int(number)
    let base = access.pointee.isLocal ? UnsafeMutableRawPointer(cells) : access.pointee.base
    return base + (access.pointee.offset &+ distance)
  }
}
