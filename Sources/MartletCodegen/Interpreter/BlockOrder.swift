/// Which blocks of a launch a block comes after.
///
/// A block that passes a fence and then changes an element atomically tells so whoever changes that
/// element later: what it did before is done. That is how a launch's last block knows that it may add
/// up what the others wrote, and how a lock works. As blocks run one after another, all that such a
/// block does counts as done.
final class BlockOrder {
  /// The blocks that have told it at an element, by the element's address; blocks count from 1.
  private var told: [UInt: Set<UInt32>] = [:]
  /// The elements that the running block has changed atomically.
  private var heard: Set<UInt> = []
  /// Its threads that have passed a fence.
  private var fenced: Set<Int> = []

  func beginBlock() {
    heard.removeAll(keepingCapacity: true)
    fenced.removeAll(keepingCapacity: true)
  }

  func passFence(_ thread: Int) { fenced.insert(thread) }

  func changeAtomically(_ element: UInt, _ thread: Int, _ block: UInt32) {
    heard.insert(element)
    if fenced.contains(thread) { told[element, default: []].insert(block) }
  }

  /// Whether the running block comes after another one.
  func isPast(_ block: UInt32) -> Bool {
    heard.contains { told[$0]?.contains(block) ?? false }
  }
}
