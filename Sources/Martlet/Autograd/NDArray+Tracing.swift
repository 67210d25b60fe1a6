import MartletIR
import MartletRuntime

extension NDArray {
  /// Whether the elements are being differentiated.
  package var isTraced: Bool {
    guard let node = storage.tapeNode else { return false }
    return node.isLive
  }

  /// The elements as they are now, on no tape.
  package var untraced: NDArray {
    guard let plain = storage.untraced else { return self }
    return NDArray(storage: plain, layout: layout, dtype: dtype)
  }

  /// The same elements as a value of the tape; all of this array's storage belongs to the node.
  func traced(as node: TapeNode) -> NDArray {
    NDArray(storage: Storage(untraced.storage, on: node), layout: layout, dtype: dtype)
  }

  /// A storage with this array's memory that stands on the tape as an input of `trace`, over what it
  /// was before.
  ///
  /// - Throws: `.noDerivative` for elements that are not real or complex numbers.
  package func input(of trace: Trace) throws(MartletError) -> Storage {
    guard dtype.isInexact else {
      throw .noDerivative(
        operation: "grad", reason: "an array of \(dtype) has no derivative; convert it to floats")
    }
    let plain = untraced.storage
    _ = try plain.evaluatedHere()
    let count = plain.byteCount / dtype.itemSize
    var sources: [TapeNode.Source] = []
    if let node = storage.tapeNode, node.isLive {
      sources.append(.init(node))
    }
    let node = TapeNode(
      "an argument", .input(trace), count: count, sources.first?.node.dtype ?? dtype,
      sources: sources)
    return Storage(plain, on: node)
  }

  /// This array's place on the tape; nil where it has none.
  func source(broadcastTo shape: Shape? = nil) -> TapeNode.Source? {
    guard let node = storage.tapeNode, node.isLive else { return nil }
    let seen = shape.flatMap { layout.broadcast(to: $0) } ?? layout
    return TapeNode.Source(node, seen, dtype)
  }
}

extension Operand {
  var isTraced: Bool {
    if case .array(let array) = self { return array.isTraced }
    return false
  }
  /// Whether it was ever on a tape.
  var isOnTape: Bool {
    if case .array(let array) = self { return array.storage.tapeNode != nil }
    return false
  }
  var untraced: Operand {
    if case .array(let array) = self { return .array(array.untraced) }
    return self
  }
}

extension Storage {
  /// The storage that holds the elements, where they are no longer differentiated.
  package var settled: Storage {
    guard let tapeNode, !tapeNode.isLive, let untraced else { return self }
    return untraced
  }
}

/// Records what is computed from traced arrays.
package enum Recording {
  /// The result of an operation on arrays of which some may be traced.
  ///
  /// - Parameters:
  ///   - kept: What the rule reads when the tape is played back, traced where the arrays are.
  ///   - keepsResult: Whether the rule reads the result.
  ///   - body: Computes the result from arrays that are on no tape.
  ///   - pullback: From the cotangent of the result to one for each of `arrays`.
  static func record(
    _ name: String, _ arrays: [NDArray], kept: [Operand] = [], keepsResult: Bool = false,
    _ body: ([NDArray]) throws(MartletError) -> NDArray,
    pullback: @escaping TapeNode.Pullback
  ) throws(MartletError) -> NDArray {
    let result = try body(arrays.map(\.untraced))
    return note(
      result, name, arrays.map { $0.source() }, kept: kept, keepsResult: keepsResult, pullback)
  }

  /// A result with a rule of its own, from the result's cotangent to one for each array.
  package static func record(
    _ name: String, _ arrays: [NDArray], _ result: NDArray,
    _ pullback: @escaping @Sendable (NDArray) throws(MartletError) -> [NDArray?]
  ) throws(MartletError) -> NDArray {
    let own = try result.copy()
    return note(own, name, arrays.map { $0.source() }, kept: [], keepsResult: false) {
      (_, cotangent, _) throws(MartletError) in try pullback(cotangent)
    }
  }

  /// Puts a result on the tape, if one of its sources is; it must cover its storage.
  static func note(
    _ result: NDArray, _ name: String, _ sources: [TapeNode.Source?], kept: [Operand],
    keepsResult: Bool, _ pullback: @escaping TapeNode.Pullback
  ) -> NDArray {
    guard result.dtype.isInexact, sources.contains(where: { $0 != nil }) else { return result }
    let present = sources.compactMap { $0 }
    if present.count == sources.count {
      return note(result, name, present, kept, keepsResult, .operation(pullback))
    }
    // The rule gives a cotangent for every input; those that are on no tape are dropped.
    let wanted = sources.map { $0 != nil }
    return note(
      result, name, present, kept, keepsResult,
      .operation { (node, cotangent, kept) throws(MartletError) in
        let all = try pullback(node, cotangent, kept)
        return zip(all, wanted).compactMap { $1 ? .some($0) : nil }
      })
  }

  /// Puts a result on the tape that covers its storage.
  static func note(
    _ result: NDArray, _ name: String, _ sources: [TapeNode.Source], _ kept: [Operand],
    _ keepsResult: Bool, _ kind: TapeNode.Kind
  ) -> NDArray {
    let node = TapeNode(
      name, kind,
      count: result.layout.count == 0 ? 0 : result.layout.extent.upperBound, result.dtype,
      sources: sources, kept: kept, layout: result.layout,
      result: keepsResult ? result.storage : nil)
    return result.traced(as: node)
  }
}
