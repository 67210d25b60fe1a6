import MartletIR

// Lists of numbers where an array is expected, and arrays from Swift's own lists:
//
//     let m: NDArray = [[1, 2], [3, 4]]
//     let v = NDArray(measurements)
//
// A number alone is no literal of an array: `1 << 20` would become one wherever Martlet is imported.

/// What may stand in a list that becomes an array: numbers, arrays, and lists of these.
public protocol ArrayListElement: Sendable {
  /// The array of a list of these, along a new first axis.
  ///
  /// - Throws: `.shapeMismatch` where they have different shapes, `.rankLimit`, `.outOfMemory`.
  static func array(of list: [Self]) throws(MartletError) -> NDArray
}

extension ArrayElement {
  /// An array of one axis with these numbers.
  public static func array(of list: [Self]) throws(MartletError) -> NDArray {
    try NDArray(list, shape: [list.count])
  }
}

extension NDArray: ArrayListElement {
  /// Arrays of one shape along a new axis; their dtypes promote.
  public static func array(of list: [NDArray]) throws(MartletError) -> NDArray {
    list.isEmpty ? try NDArray(uninitialised: [0], .float64) : try stack(list)
  }
}

extension Array: ArrayListElement where Element: ArrayListElement {
  /// Lists of one length as rows.
  public static func array(of list: [[Element]]) throws(MartletError) -> NDArray {
    let width = list.first?.count ?? 0
    for (i, row) in list.enumerated() where row.count != width {
      throw .shapeMismatch(
        operation: "array",
        detail: "list \(i) has \(row.count) elements, but the first has \(width)")
    }
    let flat = try Element.array(of: list.flatMap { $0 })
    return try flat.reshaped([list.count, width] + flat.shape.dropFirst())
  }
}

extension NDArray: ExpressibleByArrayLiteral {
  /// The elements along a new first axis; their dtypes promote, so that one floating number makes all
  /// of them floating. No elements are an empty array of `float64`. Rows of different lengths end the
  /// program.
  public init(arrayLiteral elements: any ArrayListElement...) {
    self = Self.trapping { () throws(MartletError) in
      guard let first = elements.first else { return try NDArray(uninitialised: [0], .float64) }
      return try Self.array(like: first, elements)
    }
  }

  private static func array<Part: ArrayListElement>(
    like: Part, _ elements: [any ArrayListElement]
  ) throws(MartletError) -> NDArray {
    if let same = elements as? [Part] { return try Part.array(of: same) }
    return try stack(
      elements.map { element throws(MartletError) in
        func alone<Other: ArrayListElement>(_ element: Other) throws(MartletError) -> NDArray {
          let row = try Other.array(of: [element])
          return row.view(row.layout.indexed(axis: 0, at: 0))
        }
        return try alone(element)
      })
  }

  /// An array of the elements of a list, a list of lists, and so on: `NDArray([[1.0, 2], [3, 4]])`.
  ///
  /// Like a Swift array, it ends the program where rows have different lengths or memory runs out;
  /// `init(_:shape:)` throws.
  public init<Part: ArrayListElement>(_ list: [Part]) {
    self = Self.trapping { () throws(MartletError) in try Part.array(of: list) }
  }
}
