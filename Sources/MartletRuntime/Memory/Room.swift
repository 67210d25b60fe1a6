import CMartlet
import MartletIR

/// Room for what cannot fail by itself: Swift's own objects, and what libraries take that end the
/// process where memory ends. It is looked for before anything is promised.
package enum Room {
  /// What must be there again before arrays are made after memory had ended.
  private static let least = 1 << 20

  /// Called before an array, or work that will make one, is promised.
  ///
  /// - Throws: `.outOfMemory` while objects come from the reserve (`CSwiftMemory`).
  @inline(__always)
  package static func ensure() throws(MartletError) {
    if martlet_memory_is_short() { try recover() }
  }

  @inline(never)
  private static func recover() throws(MartletError) {
    guard hasRoom(least) else { throw .outOfMemory(bytes: least) }
    martlet_set_memory_short(false)
  }

  /// Called before something proportional to the user's numbers, or large in itself, is made that is
  /// no array's memory.
  ///
  /// - Throws: `.outOfMemory` where there is no room for so many bytes.
  package static func check(bytes: Int) throws(MartletError) {
    try ensure()
    guard bytes < least || hasRoom(bytes) else { throw .outOfMemory(bytes: bytes) }
  }

  private static func hasRoom(_ bytes: Int) -> Bool {
    if martlet_has_room(bytes) { return true }
    MemoryPool.shared.trim(to: 0)
    return martlet_has_room(bytes)
  }
}
