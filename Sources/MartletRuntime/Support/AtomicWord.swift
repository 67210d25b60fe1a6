import CMartlet
import Synchronization

/// A 32-bit atomic on a cache line of its own, on which threads can sleep.
///
/// It is never freed: every one of them belongs to something that lives as long as the process.
struct AtomicWord: @unchecked Sendable {
  // Unchecked: the pointer never changes and all access to its target is atomic.
  private let pointer: UnsafeMutablePointer<Atomic<UInt32>>

  init(_ value: UInt32) {
    let line = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    pointer = line.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    pointer.initialize(to: Atomic(value))
  }

  @inline(__always)
  func load() -> UInt32 { pointer.pointee.load(ordering: .acquiring) }

  @inline(__always)
  func loadOrdered() -> UInt32 { pointer.pointee.load(ordering: .sequentiallyConsistent) }

  @inline(__always)
  func store(_ value: UInt32) { pointer.pointee.store(value, ordering: .sequentiallyConsistent) }

  @inline(__always)
  func exchange(_ value: UInt32) -> UInt32 {
    pointer.pointee.exchange(value, ordering: .sequentiallyConsistent)
  }

  /// Replaces `expected` by `desired`; says whether it was there, and what was there.
  @inline(__always)
  func replace(_ expected: UInt32, with desired: UInt32) -> (exchanged: Bool, original: UInt32) {
    pointer.pointee.compareExchange(
      expected: expected, desired: desired, ordering: .sequentiallyConsistent)
  }

  /// Returns the value before the addition.
  @inline(__always)
  func add(_ value: UInt32) -> UInt32 {
    pointer.pointee.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue
  }

  /// Returns the value before.
  @inline(__always)
  func subtract(_ value: UInt32) -> UInt32 {
    pointer.pointee.wrappingSubtract(value, ordering: .sequentiallyConsistent).oldValue
  }

  @inline(__always)
  func formOr(_ value: UInt32) { pointer.pointee.bitwiseOr(value, ordering: .relaxed) }

  /// Returns the value after.
  @inline(__always)
  func formAnd(_ value: UInt32) -> UInt32 {
    pointer.pointee.bitwiseAnd(value, ordering: .sequentiallyConsistent).newValue
  }

  /// Sleeps while the value is `value`; may return early.
  func wait(while value: UInt32) { martlet_wait_word(pointer, value) }

  /// The same for at most so many nanoseconds.
  func wait(while value: UInt32, nanoseconds: UInt64) {
    martlet_wait_word_for(pointer, value, nanoseconds)
  }

  func wake(_ threads: Int32 = 1) { martlet_wake_word(pointer, threads) }
}
