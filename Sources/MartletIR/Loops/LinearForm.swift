/// An integer as a sum of products: each is a whole number times one or two values, of which at
/// most one is a loop's index.
package struct LinearForm: Equatable {
  /// The product's values in the order of their numbers; none for the constant.
  package typealias Product = [Value]

  package private(set) var terms: [Product: Int] = [:]

  package init(_ constant: Int = 0) { add(constant, []) }
  package init(_ value: Value) { terms[[value]] = 1 }

  package var constant: Int { terms[[]] ?? 0 }
  /// The number, for a form that is one.
  package var asConstant: Int? { terms.isEmpty ? 0 : terms.count == 1 ? terms[[]] : nil }

  private mutating func add(_ factor: Int, _ product: Product) {
    let sum = (terms[product] ?? 0) &+ factor
    terms[product] = sum == 0 ? nil : sum
  }

  package static func + (a: LinearForm, b: LinearForm) -> LinearForm {
    var result = a
    for (product, factor) in b.terms { result.add(factor, product) }
    return result
  }

  package static func - (a: LinearForm, b: LinearForm) -> LinearForm { a + b.times(-1) }

  package func times(_ factor: Int) -> LinearForm {
    var result = LinearForm()
    for (product, own) in terms { result.add(own &* factor, product) }
    return result
  }

  /// The product of two forms; nil where it has products of three values or of two indices.
  package func times(_ other: LinearForm, isIndex: (Value) -> Bool) -> LinearForm? {
    var result = LinearForm()
    for (a, p) in terms {
      for (b, q) in other.terms {
        let product = (a + b).sorted { $0.id < $1.id }
        guard product.count <= 2, product.count(where: isIndex) <= 1 else { return nil }
        result.add(p &* q, product)
      }
    }
    return result
  }

  /// The form without the products that a value is in.
  package func without(_ value: Value) -> LinearForm {
    var result = self
    for product in terms.keys where product.contains(value) { result.terms[product] = nil }
    return result
  }

  /// What a value is multiplied by; nil where the value is not in it.
  package func factor(of value: Value) -> LinearForm? {
    var result = LinearForm()
    for (product, factor) in terms {
      guard let position = product.firstIndex(of: value) else { continue }
      var rest = product
      rest.remove(at: position)
      result.add(factor, rest)
    }
    return result.terms.isEmpty ? nil : result
  }

  package func contains(_ value: Value) -> Bool { terms.keys.contains { $0.contains(value) } }

  /// The values in it.
  package var values: Set<Value> { terms.keys.reduce(into: []) { $0.formUnion($1) } }

  /// By how much it changes at most when a product changes by 1.
  package var weight: UInt {
    terms.reduce(0) { $1.key.isEmpty ? $0 : $0 &+ min($1.value.magnitude, 1 << 32) }
  }

  /// Whether it stays far from where 64-bit integers wrap while its values keep to what
  /// `LoopConstraint` says.
  package var isSmall: Bool { weight <= 32 && constant.magnitude <= 1 << 30 && terms.count <= 16 }

  /// Whether no product has two values.
  var isSimple: Bool { terms.keys.allSatisfy { $0.count < 2 } }

  /// It as an expression, in a fixed order.
  package func expression(_ builder: KernelBuilder, _ value: (Value) -> Expression) -> Expression {
    var sum = builder.integer(constant)
    let ordered = terms.filter { !$0.key.isEmpty }.sorted {
      $0.key.map(\.id).lexicographicallyPrecedes($1.key.map(\.id))
    }
    for (product, factor) in ordered {
      let values = product.map(value)
      var term = values.dropFirst().reduce(values[0]) { $0 * $1 }
      if factor != 1 { term = term * builder.integer(factor) }
      sum = sum + term
    }
    return sum
  }
}
