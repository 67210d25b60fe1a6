import MartletIR
import MartletRuntime

/// Nodes of arrays.
package enum ArrayInspection {
  /// An array as a node.
  ///
  /// - Parameters:
  ///   - owner: what the memory belongs to where that is not Martlet.
  ///   - more: groups of the language that the array came from.
  package static func node(
    _ title: String, _ array: NDArray, path: String, identity: UInt? = nil, value: Any? = nil,
    owner: String? = nil, more: @escaping () -> [InspectionGroup] = { [] }
  ) -> InspectionNode {
    InspectionNode(
      title, .array, detail: detail(array), path: path, identity: identity, value: value ?? array,
      array: array,
      groups: {
        var groups = [InspectionGroup("array", facts: facts(array))]
        if let reading = ArrayReading(array), array.count > 0 {
          groups.append(InspectionGroup("statistics", count: 1) { _ in statistics(reading) })
        }
        groups.append(InspectionGroup("memory", facts: memory(array, owner)))
        if let work = PendingWork(array) {
          groups.append(InspectionGroup("pending", facts: work.facts + inputs(work)))
        }
        if let node = array.storage.tapeNode { groups.append(tape(node)) }
        if array.rank > 1, array.count > 0 { groups.append(rows(array, path)) }
        return groups + more()
      },
      views: { ArrayPictures.views(array) })
  }

  /// Shape and dtype, and what is unusual.
  static func detail(_ array: NDArray) -> String {
    var text = "\(array.shape) \(array.dtype.name)"
    if array.count == 1, let reading = ArrayReading(array) {
      text += " \(ElementFormat.text(reading.element(0)))"
      reading.count(1)
    }
    if !array.device.isHost { text += ", on \(array.device.name)" }
    if array.isPending { text += ", pending" }
    if array.storage.tapeNode?.isLive == true { text += ", on a tape" }
    return text
  }

  static func facts(_ array: NDArray) -> [(String, String)] {
    let size = array.dtype.itemSize
    let (shape, strides) = (array.shape, array.layout.strides)
    var facts = [
      ("shape", "\(shape), \(InspectionText.count(array.count)) elements"),
      ("dtype", "\(array.dtype.name), \(size) \(size == 1 ? "byte" : "bytes") each"),
      ("bytes", InspectionText.bytes(array.count * size)),
      ("layout", order(array.layout)),
    ]
    if shape.rank > 0 {
      facts.append(
        ("strides", "(\(strides.map { "\($0 * size)" }.joined(separator: ", "))) bytes"))
    }
    facts.append(("device", array.device.name))
    return facts
  }

  private static func order(_ layout: Layout) -> String {
    if layout.isContiguous { return "C order, without gaps" }
    if layout.transposed.isContiguous { return "Fortran order, without gaps" }
    var words: [String] = []
    if layout.strides.contains(where: { $0 < 0 }) { words.append("runs backwards") }
    if zip(layout.shape, layout.strides).contains(where: { $0 > 1 && $1 == 0 }) {
      words.append("repeats elements (broadcast)")
    } else if !layout.isInjective {
      words.append("elements overlap")
    }
    words.append("strided")
    return words.joined(separator: ", ")
  }

  private static func memory(_ array: NDArray, _ owner: String?) -> [(String, String)] {
    let storage = array.storage.untraced ?? array.storage
    var facts: [(String, String)] = []
    if let pointer = storage.pointer {
      facts.append(("address", "0x" + String(UInt(bitPattern: pointer), radix: 16)))
    }
    if storage.isPending {
      facts.append(("buffer", "none yet: the work is pending"))
    } else {
      facts.append(
        ("buffer", "\(InspectionText.bytes(storage.byteCount)) on \(storage.device.name)"))
      let used = array.layout.isInjective ? array.count * array.dtype.itemSize : 0
      if used > 0, used < storage.byteCount {
        let percent = InspectionText.short(
          (Double(used) / Double(storage.byteCount) * 1000).rounded() / 10)
        facts.append(("of which this", "\(InspectionText.bytes(used)), \(percent) %"))
      }
    }
    if array.layout.offset != 0 {
      facts.append(("begins at", "byte \(array.layout.offset * array.dtype.itemSize) of it"))
    }
    if !storage.isHosts {
      facts.append(
        ("copy on the host", storage.isSeenByHost ? "yes, kept until the memory changes" : "none"))
    }
    facts.append(
      ("owner", owner ?? (storage.isPinned ? "shared with others, who may write it" : "Martlet")))
    if storage.isReadOnly { facts.append(("writing", "never: the memory is read-only")) }
    if storage.hasReaders {
      facts.append(("read by", "pending work, which is computed before this is written"))
    }
    return facts
  }

  private static func inputs(_ work: PendingWork) -> [(String, String)] {
    work.inputs.prefix(50).map {
      ("reads", "\($0.description), \(InspectionText.bytes($0.byteCount))")
    }
  }

  private static func statistics(_ reading: ArrayReading) -> InspectionNode {
    let facts = ArrayStatistics(reading).facts
    let line = facts.dropFirst().prefix(4).map { "\($0.0) \($0.1)" }.joined(separator: "  ")
    return InspectionNode(
      "numbers", .fact, detail: line,
      groups: { [InspectionGroup("numbers", facts: facts)] })
  }

  /// The array's parts along its first axis.
  private static func rows(_ array: NDArray, _ path: String) -> InspectionGroup {
    InspectionGroup("along axis 0", count: array.shape[0]) { i in
      let part = array.view(array.layout.indexed(axis: 0, at: i))
      return node("[\(i)]", part, path: path.isEmpty ? "" : "\(path)[\(i)]")
    }
  }

  // MARK: The tape

  private static func tape(_ node: TapeNode) -> InspectionGroup {
    let isLive = node.isLive
    let facts: [InspectionNode] = [
      InspectionNode("value", .fact, detail: "\(node.name), number \(node.serial)"),
      InspectionNode(
        "state", .fact,
        detail: isLive ? "being differentiated" : "its differentiation has ended"),
      entry(node, "made by"),
    ]
    return InspectionGroup("gradient's tape", facts)
  }

  /// A value on the tape, what its rule keeps, and what it came from.
  private static func entry(_ node: TapeNode, _ title: String) -> InspectionNode {
    let kept = node.kept.compactMap { operand -> NDArray? in
      if case .array(let array) = operand { return array }
      return nil
    }
    let all = kept + (node.result.map { [$0] } ?? [])
    let bytes = all.reduce(0) { $0 + $1.count * $1.dtype.itemSize }
    let isInput: Bool
    if case .input = node.kind { isInput = true } else { isInput = false }
    let why =
      isInput
      ? "an input of the gradient"
      : all.isEmpty
        ? "keeps nothing" : "keeps \(InspectionText.bytes(bytes)), which its derivative reads"
    return InspectionNode(
      title, .fact, detail: "\(node.name): \(why)", identity: UInt(bitPattern: node.serial) ^ tapes,
      groups: {
        [
          InspectionGroup("kept", count: all.count) { i in
            let isResult = i >= kept.count
            return ArrayInspection.node(
              isResult ? "its result" : "operand \(i)", all[i], path: "")
          },
          InspectionGroup("made from", count: node.sources.count) { i in
            entry(node.sources[i].node, "source \(i)")
          },
        ]
      })
  }

  /// Tells a tape's numbers from addresses.
  private static let tapes: UInt = 1 << 63

  // MARK: Several arrays

  /// Which of some arrays lie in one buffer: a group with a node for each such buffer.
  package static func sharing(_ arrays: [(name: String, array: NDArray)]) -> InspectionGroup {
    var order: [ObjectIdentifier] = []
    var sets: [ObjectIdentifier: [(String, NDArray)]] = [:]
    for (name, array) in arrays {
      let key = ObjectIdentifier(array.storage.untraced ?? array.storage)
      if sets[key] == nil { order.append(key) }
      sets[key, default: []].append((name, array))
    }
    let shared = order.compactMap { sets[$0] }.filter { $0.count > 1 }
    return InspectionGroup("shared memory", count: shared.count) { i in
      let set = shared[i]
      let names = set.map(\.0)
      let storage = set[0].1.storage.untraced ?? set[0].1.storage
      let size =
        storage.isPending ? "one pending result" : InspectionText.bytes(storage.byteCount)
      return InspectionNode(
        "buffer \(i)", .fact, detail: "\(size) for " + names.joined(separator: ", "),
        groups: {
          [
            InspectionGroup("arrays", count: set.count) {
              node(set[$0].0, set[$0].1, path: set[$0].0)
            }
          ]
        },
        views: { Array(ArrayPictures.views(set[0].1, shared: set).suffix(1)) })
    }
  }
}

extension ArrayInspection {
  /// Bytes of arrays that inspectors of this process have read to show them.
  package static var readBytes: Int { ArrayReading.readCount }
}
