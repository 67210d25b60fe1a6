import MartletIR

/// Runs kernels without compiling them to machine code: the oracle of every compiler, and what
/// serves where libLLVM is missing.
package struct Interpreter: Sendable {
  let program: InterpreterProgram

  /// - Parameter kernel: free of `.call` (see `MathLibrary.expand`).
  /// - Throws: `.malformedKernel` for what breaks the kernel language's rules, `.unsupported` for
  ///   what only a grid launch has.
  package init(_ kernel: Kernel) throws(MartletError) {
    try KernelVerifier.verify(kernel)
    program = try InterpreterCompiler.compile(kernel)
    if program.needsGrid {
      throw .unsupported(
        operation: kernel.name,
        detail: "a kernel with grid indices, shared memory or barriers runs on the Simulator, not "
          + "in the interpreter of tasks")
    }
  }

  /// Runs the tasks from `begin` up to `end`, as a compiled kernel does.
  ///
  /// - Parameters:
  ///   - buffers: for each buffer the address of its element at index zero.
  ///   - slots: the launch table.
  package func run(
    buffers: UnsafePointer<UnsafeMutableRawPointer?>?, slots: UnsafePointer<Int64>?, begin: Int,
    end: Int
  ) {
    _ = start(buffers, slots, begin, end, extents: nil)
  }

  /// The same, stopping before the first access outside its buffer.
  ///
  /// - Parameter extents: for each buffer the elements that exist, counted from index zero.
  /// - Throws: `.invalidIndex`, naming the buffer and the index.
  package func run(
    checked extents: [Range<Int>], buffers: UnsafePointer<UnsafeMutableRawPointer?>?,
    slots: UnsafePointer<Int64>?, begin: Int, end: Int
  ) throws(MartletError) {
    if let detail = start(buffers, slots, begin, end, extents: extents) {
      throw .invalidIndex(detail: detail)
    }
  }

  /// Returns what is wrong with an access, or nil after running to the end.
  private func start(
    _ buffers: UnsafePointer<UnsafeMutableRawPointer?>?, _ slots: UnsafePointer<Int64>?,
    _ begin: Int, _ end: Int, extents: [Range<Int>]?
  ) -> String? {
    var cells = program.initialCells(slots)
    cells[Int(InterpreterProgram.beginCell)] = UInt64(bitPattern: Int64(begin))
    cells[Int(InterpreterProgram.endCell)] = UInt64(bitPattern: Int64(end))
    let strides = program.byteStrides(slots)
    let (bases, local) = addresses(buffers)
    defer { for memory in local { memory.deallocate() } }
    let known = zip(program.buffers.indices, program.buffers).map { number, buffer in
      if case .local(let count) = buffer.space { return 0..<count }
      return extents?[number] ?? 0..<0
    }
    return cells.withUnsafeMutableBufferPointer { cells in
      var thread = InterpreterThread(cells: cells.baseAddress!)
      let stop = bases.withUnsafeBufferPointer { bases in
        strides.withUnsafeBufferPointer { strides in
          known.withUnsafeBufferPointer { known in
            thread.run(
              program,
              InterpreterMemory(
                bases: bases, byteStrides: strides, extents: extents == nil ? nil : known))
          }
        }
      }
      guard case .outOfBounds(let number) = stop else { return nil }
      return describe(number, thread, strides, known)
    }
  }

  /// The buffers' addresses, with memory for those that each run has to itself.
  private func addresses(
    _ buffers: UnsafePointer<UnsafeMutableRawPointer?>?
  ) -> (bases: [UnsafeMutableRawPointer?], local: [UnsafeMutableRawPointer]) {
    var local: [UnsafeMutableRawPointer] = []
    let bases = program.buffers.enumerated().map { number, buffer in
      guard case .local(let count) = buffer.space else { return buffers?[number] }
      let size = max(1, count * buffer.dtype.itemSize)
      let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
      local.append(memory)
      return memory
    }
    return (bases, local)
  }

  private func describe(
    _ number: Int, _ thread: InterpreterThread, _ strides: [Int], _ extents: [Range<Int>]
  ) -> String {
    let access = program.accesses[number]
    let index = (0..<access.rank).map {
      Int(truncatingIfNeeded: thread.cells[Int(program.indexCells[access.firstIndex + $0])])
    }
    var element = 0
    for n in 0..<access.rank {
      element &+= index[n] &* strides[access.firstStride + n] / access.itemSize
    }
    let extent = extents[access.buffer]
    return "[\(program.name)] index (\(index.map(String.init).joined(separator: ", "))) of buffer "
      + "b\(access.buffer) is element \(element), outside \(extent.lowerBound) ..< "
      + "\(extent.upperBound)."
  }
}
