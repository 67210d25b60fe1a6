import CPythonABI
import MartletIR

/// What many arrays of a loan are found by, so that many results of many arrays are not each looked
/// for among all of them.
struct LoanIndex {
  /// A lent array's root has memory from `start` to `end`; none up to here goes beyond `reach`.
  private struct Extent {
    var start: UInt
    var end: UInt
    var reach: UInt
    var entry: Int
  }

  /// How many entries it was made of.
  let count: Int
  private var places: [Ref: Int] = [:]
  private var extents: [Extent] = []
  private var hostOwners: Set<Ref> = []

  init(_ entries: [Loan.Entry]) {
    count = entries.count
    var roots: Set<Ref> = []
    for (i, entry) in entries.enumerated() {
      if places[entry.lent] == nil { places[entry.lent] = i }
      if isType(entry.original, Python.hostArrayType) {
        hostOwners.insert(NumPyArray.owner(entry.lent))
      }
      guard ArrayObject.check(entry.original) else { continue }
      let root = ArrayObject.root(entry.original)
      guard roots.insert(root).inserted,
        let storage = ArrayObject.state(root).pointee.storage, let memory = storage.pointer
      else { continue }
      let start = UInt(bitPattern: memory)
      let end = start &+ UInt(storage.byteCount)
      extents.append(Extent(start: start, end: end, reach: end, entry: i))
    }
    extents.sort { $0.start < $1.start }
    for i in extents.indices.dropFirst() {
      extents[i].reach = max(extents[i].end, extents[i - 1].reach)
    }
  }

  /// The first entry that was lent as this array.
  func place(of lent: Ref) -> Int? { places[lent] }

  /// The entries whose memory has the address, the first one first.
  func entries(at address: UnsafeMutableRawPointer) -> [Int] {
    let address = UInt(bitPattern: address)
    var (low, high) = (0, extents.count)
    while low < high {
      let middle = (low + high) / 2
      if extents[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    var found: [Int] = []
    var i = low - 1
    while i >= 0, extents[i].reach > address {
      if extents[i].end > address { found.append(extents[i].entry) }
      i -= 1
    }
    return found.sorted()
  }

  /// Whether an array of the host's has this owner.
  func isHosts(_ owner: Ref) -> Bool { hostOwners.contains(owner) }
}
