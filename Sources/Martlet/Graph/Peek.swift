import MartletIR
import MartletRuntime

extension NDArray {
  /// One element of large pending work, computed without the rest; this view itself where the work
  /// is done, small, or somebody looked at one of its elements before: then all of it is wanted.
  package func peeked() throws(MartletError) -> NDArray {
    guard count == 1, storage.pointer == nil, storage.isHosts else { return self }
    let source = self
    return try Graph.lock.locked { () throws(MartletError) in
      source.storage.adoptResult()
      guard let node = source.storage.node, node.dtype == source.dtype, !node.isRigid,
        !node.isLookedAt, node.device.isHost, node.shape.elementCount >= Graph.lazyCount
      else { return source }
      node.isLookedAt = true
      // With a neighbour in its row, because the kernel for a row is the one for all elements.
      let row = node.shape.last(where: { $0 > 1 }) ?? 1
      let lead = source.layout.offset % row == 0 ? 0 : 1
      let strip = Layout(shape: [2], strides: [1], offset: source.layout.offset &- lead)
      var builder = ProgramBuilder(domain: strip.shape, on: .host, isPeek: true)
      let operand = try builder.array(source.view(strip))
      let buffer = try Buffer(byteCount: 2 * source.dtype.itemSize)
      builder.output(operand, to: buffer.pointer, Layout(contiguous: strip.shape), source.dtype)
      try Evaluation.run(builder)
      withExtendedLifetime(source) {}
      return NDArray(
        storage: Storage(buffer),
        layout: Layout(shape: source.shape, strides: source.strides, offset: lead),
        dtype: source.dtype)
    }
  }
}
