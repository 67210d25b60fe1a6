import CPythonABI
import Martlet
import MartletIR

/// NumPy's `order=`: how the elements of a new array lie in memory.
enum MemoryOrder: UInt8 {
  /// The last axis innermost.
  case c = 0x43
  /// The first axis innermost.
  case fortran = 0x46
  /// Fortran's where the source is in that order and not in C's, else C's.
  case any = 0x41
  /// The axes one within another as in the source.
  case keep = 0x4b

  /// Reads an argument; None, and one that is missing, stand for the function's own order.
  static func parse(
    _ object: Ref?, default order: MemoryOrder
  ) throws(PythonError) -> MemoryOrder {
    guard let object, object != py_none() else { return order }
    guard isSubclass(object, stringFlag) else {
      throw .type("order must be str, not \(try typeName(object))")
    }
    let text = try swiftString(object)
    // The letter's code without the bit that makes it small.
    guard text.utf8.count == 1, let letter = text.utf8.first,
      let order = MemoryOrder(rawValue: letter & ~0x20)
    else { throw .value("order must be one of 'C', 'F', 'A', or 'K' (got '\(text)')") }
    return order
  }

  /// The same for arrays that are made of nothing, which have no other order to keep.
  static func parseNew(_ object: Ref?) throws(PythonError) -> MemoryOrder {
    let order = try parse(object, default: .c)
    guard order == .c || order == .fortran else {
      throw .value("only 'C' or 'F' order is permitted")
    }
    return order
  }

  /// Whether an array that lies so already is in this order.
  func isMet(by layout: Layout) -> Bool {
    switch self {
    case .c: layout.isContiguous
    case .fortran: layout.isFortranContiguous
    case .any, .keep: true
    }
  }

  /// The same where Fortran's order counts as one (`any`).
  func isSatisfied(by layout: Layout) -> Bool {
    self == .any ? layout.isContiguous || layout.isFortranContiguous : isMet(by: layout)
  }

  /// How a new array of a shape lies that is made of an array that lies as `source`.
  func layout(of shape: Shape, like source: Layout) -> Layout {
    switch self {
    case .c: return Layout(contiguous: shape)
    case .fortran: return Layout(fortran: shape)
    case .any:
      return source.isFortranContiguous && !source.isContiguous
        ? Layout(fortran: shape) : Layout(contiguous: shape)
    case .keep:
      // A shape of another number of axes has nothing to keep.
      guard shape.rank == source.rank, !source.isContiguous else {
        return Layout(contiguous: shape)
      }
      return Layout(
        shape: shape,
        inOrder: source.isFortranContiguous
          ? Array((0..<shape.rank).reversed()) : source.axesByStride)
    }
  }

  /// The axes, outermost first, in the order in which the elements of an array are read.
  func readingAxes(of layout: Layout) -> [Int] {
    switch self {
    case .c: return Array(0..<layout.rank)
    case .fortran: return Array((0..<layout.rank).reversed())
    case .any:
      let isFortran = layout.isFortranContiguous && !layout.isContiguous
      return (isFortran ? MemoryOrder.fortran : .c).readingAxes(of: layout)
    case .keep: return Layout.commonOrder([layout], rank: layout.rank)
    }
  }
}
