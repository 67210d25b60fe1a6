import Glibc

/// Memory of the host that the threads of a native launch share. New memory is zero.
package final class NativeElements: @unchecked Sendable {
  // Unchecked: threads read and write single elements, whose order is the kernel's own concern, as
  // on a GPU; the memory itself lives as long as this object. Indices are the caller's to check.
  private let memory: UnsafeMutableRawPointer
  package let byteCount: Int

  package init(byteCount: Int) {
    self.byteCount = byteCount
    memory = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    memset(memory, 0, byteCount)
  }

  /// A copy of as many bytes at an address.
  package convenience init(copying source: UnsafeMutableRawPointer, byteCount: Int) {
    self.init(byteCount: byteCount)
    memory.copyMemory(from: source, byteCount: byteCount)
  }

  deinit { memory.deallocate() }

  /// Copies all bytes to an address.
  package func copy(to target: UnsafeMutableRawPointer) {
    target.copyMemory(from: memory, byteCount: byteCount)
  }

  package func load<Element: BitwiseCopyable>(_ index: Int, as type: Element.Type) -> Element {
    memory.load(fromByteOffset: index * MemoryLayout<Element>.stride, as: type)
  }

  package func store<Element: BitwiseCopyable>(_ value: Element, at index: Int) {
    memory.storeBytes(
      of: value, toByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
  }

  /// One lock for all atomics of native launches: these are for debugging, not for speed.
  private static let atomics = Lock()

  /// Replaces an element in one step that no other comes between, and gives the old one.
  package func update<Element: BitwiseCopyable>(
    _ index: Int, _ change: (Element) -> Element
  ) -> Element {
    Self.atomics.withLock {
      let old = load(index, as: Element.self)
      store(change(old), at: index)
      return old
    }
  }
}
