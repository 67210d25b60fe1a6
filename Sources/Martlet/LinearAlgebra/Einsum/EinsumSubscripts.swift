import MartletIR

/// What the subscripts of a sum of products say: a label for each axis of each operand, and of the
/// result. Labels are the letters' codes; an ellipsis stands for axes that are counted from the end.
package struct EinsumSubscripts: Sendable {
  /// The mark of an ellipsis.
  package static let ellipsis = -1
  /// The label of the last axis of an ellipsis; the one before has the next.
  static let firstOfEllipsis = 256

  package var inputs: [[Int]]
  /// Nil where it follows from the inputs.
  package var output: [Int]?

  package init(inputs: [[Int]], output: [Int]?) {
    self.inputs = inputs
    self.output = output
  }

  /// The label that NumPy gives to a number of its second form; nil where it has none.
  package static func label(_ number: Int) -> Int? {
    switch number {
    case 0..<26: Int(UInt8(ascii: "A")) + number
    case 26..<52: Int(UInt8(ascii: "a")) + number - 26
    default: nil
    }
  }

  /// Reads `ij,jk->ik`.
  ///
  /// - Throws: `.invalidArgument` with NumPy's words.
  package init(_ text: String) throws(MartletError) {
    inputs = []
    output = nil
    var term: [Int] = []
    let bytes = text.utf8.filter { $0 != UInt8(ascii: " ") }
    var i = 0
    while i < bytes.count {
      switch bytes[i] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        term.append(Int(bytes[i]))
      case UInt8(ascii: ".")
      where i + 2 < bytes.count && bytes[i + 1] == bytes[i] && bytes[i + 2] == bytes[i]
        && !term.contains(Self.ellipsis):
        term.append(Self.ellipsis)
        i += 2
      case UInt8(ascii: "."):
        throw Self.error(
          "einstein sum subscripts string contains a '.' that is not part of an ellipsis ('...') in "
            + (output == nil ? "operand \(inputs.count)" : "the output"))
      case UInt8(ascii: ",") where output == nil:
        inputs.append(term)
        term = []
      case UInt8(ascii: "-") where output == nil:
        guard i + 1 < bytes.count, bytes[i + 1] == UInt8(ascii: ">") else {
          throw Self.error(
            "einstein sum subscript string does not contain proper '->' output specified")
        }
        inputs.append(term)
        term = []
        output = []
        i += 1
      default:
        let shown = bytes[i] < 128 ? String(UnicodeScalar(bytes[i])) : "?"
        throw Self.error(
          "invalid subscript '\(shown)' in einstein sum subscripts string, subscripts must be "
            + "letters")
      }
      i += 1
    }
    if output == nil { inputs.append(term) } else { output = term }
  }

  static func error(_ detail: String) -> MartletError {
    .invalidArgument(operation: "einsum", detail: detail)
  }

  private static func shown(_ label: Int) -> String {
    UInt8(exactly: label).map { String(UnicodeScalar($0)) } ?? "..."
  }

  // MARK: - With operands

  /// Subscripts that fit operands: no ellipsis is left, and labels count from 0.
  package struct Resolved: Sendable {
    package var inputs: [[Int]]
    package var output: [Int]
    /// Of each label; the largest that it has anywhere.
    package var sizes: [Int]
  }

  /// - Throws: `.invalidArgument` where the subscripts don't fit the operands.
  package func resolved(_ shapes: [Shape]) throws(MartletError) -> Resolved {
    guard inputs.count == shapes.count else {
      throw Self.error(
        // NumPy's words: the subscripts count as operands.
        "\(shapes.count > inputs.count ? "fewer" : "more") operands provided to einstein sum "
          + "function than specified in the subscripts string")
    }
    var longest = 0
    let terms = try inputs.enumerated().map { (i, term) throws(MartletError) -> [Int] in
      let own = term.count { $0 != Self.ellipsis }
      let rank = shapes[i].rank
      guard own <= rank else {
        throw Self.error(
          "einstein sum subscripts string contains too many subscripts for operand \(i)")
      }
      guard own == rank || term.contains(Self.ellipsis) else {
        throw Self.error(
          "operand has more dimensions than subscripts given in einstein sum, but no '...' "
            + "ellipsis provided to broadcast the extra dimensions.")
      }
      longest = max(longest, rank - own)
      return Self.spread(term, over: rank - own)
    }
    let result = try resultLabels(terms, longest)

    // Labels in the order in which they are met.
    var numbers: [Int: Int] = [:]
    var sizes: [Int] = []
    let numbered = try zip(terms, shapes).map { (term, shape) throws(MartletError) -> [Int] in
      var own: [Int: Int] = [:]
      return try term.enumerated().map { (axis, label) throws(MartletError) -> Int in
        let size = shape[axis]
        if let other = own.updateValue(size, forKey: label), other != size {
          throw Self.error(
            "dimensions for collapsing index '\(Self.shown(label))' don't match (\(other) != "
              + "\(size))")
        }
        guard let number = numbers[label] else {
          numbers[label] = sizes.count
          sizes.append(size)
          return sizes.count - 1
        }
        guard sizes[number] == size || sizes[number] == 1 || size == 1 else {
          throw Self.error(
            "operands could not be broadcast together: index '\(Self.shown(label))' has sizes "
              + "\(sizes[number]) and \(size)")
        }
        if sizes[number] == 1 { sizes[number] = size }
        return number
      }
    }
    let output = try result.map { (label) throws(MartletError) -> Int in
      guard let number = numbers[label] else {
        throw Self.error(
          "einstein sum subscripts string included output subscript '\(Self.shown(label))' which "
            + "never appeared in an input")
      }
      return number
    }
    return Resolved(inputs: numbered, output: output, sizes: sizes)
  }

  private static func spread(_ term: [Int], over count: Int) -> [Int] {
    term.flatMap { label in
      label == ellipsis ? (0..<count).map { firstOfEllipsis + count - 1 - $0 } : [label]
    }
  }

  private func resultLabels(_ terms: [[Int]], _ longest: Int) throws(MartletError) -> [Int] {
    guard let output else {
      // Those of ellipses, then each that is there once, in the order of their codes.
      let letters = terms.joined().filter { $0 < Self.firstOfEllipsis }.sorted()
      let once = letters.indices.filter { i in
        (i == 0 || letters[i - 1] != letters[i])
          && (i == letters.count - 1 || letters[i + 1] != letters[i])
      }
      return Self.spread([Self.ellipsis], over: longest) + once.map { letters[$0] }
    }
    for (i, label) in output.enumerated() where output[..<i].contains(label) {
      throw Self.error(
        "einstein sum subscripts string includes output subscript '\(Self.shown(label))' multiple "
          + "times")
    }
    guard longest == 0 || output.contains(Self.ellipsis) else {
      throw Self.error(
        "output has more dimensions than subscripts given in einstein sum, but no '...' ellipsis "
          + "provided to broadcast the extra dimensions.")
    }
    return Self.spread(output, over: longest)
  }
}
