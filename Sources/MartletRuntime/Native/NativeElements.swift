import MartletIR

/// Memory of the host that the threads of a native launch share. New memory is zero.
package final class NativeElements: @unchecked Sendable {
  // Unchecked: threads read and write single elements, whose order is the kernel's own concern, as
  // on a GPU; the memory itself lives as long as this object. Indices are the caller's to check.
  private let buffer: Buffer
  private var memory: UnsafeMutableRawPointer { buffer.pointer }
  package let byteCount: Int

  /// - Throws: `.outOfMemory`.
  package init(byteCount: Int) throws(MartletError) {
    self.byteCount = byteCount
    buffer = try Buffer(zeroed: max(byteCount, 1))
  }

  /// A copy of as many bytes at an address.
  ///
  /// - Throws: `.outOfMemory`.
  package convenience init(
    copying source: UnsafeMutableRawPointer, byteCount: Int
  ) throws(MartletError) {
    try self.init(byteCount: byteCount)
    memory.copyMemory(from: source, byteCount: byteCount)
  }

  /// Memory that a kernel declares. Its text can't throw, so without memory the program stops, as it
  /// does at an index outside.
  package static func declared(byteCount: Int) -> NativeElements {
    do throws(MartletError) {
      return try NativeElements(byteCount: byteCount)
    } catch {
      fatalError("a kernel that runs natively declares \(byteCount) bytes: \(error)")
    }
  }

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
