import CPythonABI
import Martlet
import MartletFrontend
import MartletIR

/// The types that a function was declared for: a call takes the signature that its arguments fit
/// best, and numbers are converted to it, as numba has it. Nothing else is compiled.
struct DeclaredSignatures {
  struct Signature {
    var arguments: [ArgumentType]
    /// The type of the number that it gives, where that is declared.
    var result: DType?
  }

  private(set) var all: [Signature] = []
  var isEmpty: Bool { all.isEmpty }

  mutating func add(_ signature: Signature) { all.append(signature) }

  /// The signature that takes arguments of these types with the mildest conversions.
  ///
  /// - Throws: `TypeError` that names the types where there is none.
  func best(for types: [ArgumentType], function name: String) throws(PythonError) -> Signature {
    var best: (signature: Signature, cost: Cost)?
    for signature in all {
      guard let cost = Self.cost(types, signature.arguments) else { continue }
      if best.map({ cost < $0.cost }) ?? true { best = (signature, cost) }
    }
    guard let best else {
      let shown = types.map(Self.shown).joined(separator: ", ")
      throw .type("[\(name)] No matching definition for argument type(s) \(shown)")
    }
    return best.signature
  }

  // MARK: Costs

  /// How many conversions there are of each kind, the worst first.
  private struct Cost: Comparable {
    var unsafe = 0
    var sameKind = 0
    var safe = 0

    static func < (a: Cost, b: Cost) -> Bool {
      (a.unsafe, a.sameKind, a.safe) < (b.unsafe, b.sameKind, b.safe)
    }

    static func + (a: Cost, b: Cost) -> Cost {
      Cost(
        unsafe: a.unsafe + b.unsafe, sameKind: a.sameKind + b.sameKind, safe: a.safe + b.safe)
    }
  }

  private static func cost(_ given: [ArgumentType], _ wanted: [ArgumentType]) -> Cost? {
    guard given.count == wanted.count else { return nil }
    var total = Cost()
    for (one, other) in zip(given, wanted) {
      guard let cost = cost(one, other) else { return nil }
      total = total + cost
    }
    return total
  }

  private static func cost(_ given: ArgumentType, _ wanted: ArgumentType) -> Cost? {
    switch (given, wanted) {
    case (.scalar(let a), .scalar(let b)):
      if a == b { return Cost() }
      // What is imaginary has no place in a real number.
      if a.isComplex, !b.isComplex { return nil }
      if Promotion.canCast(a, to: b, .safe) { return Cost(safe: 1) }
      return Promotion.canCast(a, to: b, .sameKind) ? Cost(sameKind: 1) : Cost(unsafe: 1)
    case (.array(let a, let p, let isDense), .array(let b, let q, let mustBeDense)):
      return a == b && p == q && (isDense || !mustBeDense) ? Cost() : nil
    case (.tuple(let a), .tuple(let b)), (.record(_, let a), .tuple(let b)): return cost(a, b)
    default: return given == wanted ? Cost() : nil
    }
  }

  private static func shown(_ type: ArgumentType) -> String {
    switch type {
    case .scalar(let dtype): dtype.name
    case .array(let dtype, let rank, let isDense):
      "array(\(dtype), \(rank)d, \(isDense ? "C" : "A"))"
    case .tuple(let items), .record(_, let items):
      "Tuple(\(items.map(shown).joined(separator: ", ")))"
    case .string: "unicode_type"
    case .dtype(let dtype): "class(\(dtype))"
    case .list(let dtype): "list(\(dtype))"
    case .slice: "slice"
    case .none: "none"
    case .omitted: "omitted"
    }
  }
}
