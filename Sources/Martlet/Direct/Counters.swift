import Synchronization

/// What happened since the process began, for tests and the profile: differences count.
package enum Counters {
  /// A number that only grows. Threads that add at the same moment may lose a step of `add`, which
  /// costs the hot paths less than an exact count; `addExactly` loses none.
  package struct Counter: ~Copyable, Sendable {
    private let value = Atomic<Int>(0)

    @inline(__always)
    package func add(_ number: Int) {
      value.store(value.load(ordering: .relaxed) &+ number, ordering: .relaxed)
    }

    package func addExactly(_ number: Int) { value.wrappingAdd(number, ordering: .relaxed) }

    package var total: Int { value.load(ordering: .relaxed) }
  }

  /// Storages that were made, or used again.
  package static let allocations = Counter()
  /// Bytes copied because another array shares memory that is about to be written.
  package static let copiedBytes = Counter()
  /// Kernels that were called.
  package static let launches = Counter()
  /// Programs of the lazy graph that were built, and nodes that were remembered.
  package static let programs = Counter()
  package static let nodes = Counter()
}
