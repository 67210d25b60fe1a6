import CPythonABI
import Martlet
import MartletIR

/// `reshape`, `ravel` and `flatten` in any of NumPy's orders.
enum Reshaping {
  /// The array in another shape, its elements read and placed in an order: a view where the memory
  /// allows it and `copy=` does not ask for another.
  static func reshaped(
    _ object: Ref, _ sizes: Shape, order: Ref?, copy: Ref?
  ) throws(PythonError) -> Ref {
    let order = try MemoryOrder.parse(order, default: .c)
    guard order != .keep else { throw .value("order 'K' is not permitted for reshaping") }
    let copies = copy == nil || copy == py_none() ? nil : try parseBool(copy, default: false)
    let layout = ArrayObject.state(object).pointee.layout
    let target = try completed(sizes, count: layout.count)
    if order == .c || (order == .any && (layout.isContiguous || !layout.isFortranContiguous)) {
      if copies != true, let view = layout.reshaped(target) {
        return try ArrayObject.makeView(of: object, view)
      }
      return try copied(object, layout, target, mayCopy: copies != false)
    }
    // Fortran's order is C's with all axes reversed, before and after.
    let reversed = Layout(contiguous: target).transposed.shape
    if copies != true, let view = layout.transposed.reshaped(reversed) {
      return try ArrayObject.makeView(of: object, view.transposed)
    }
    let copy = try copied(object, layout.transposed, reversed, mayCopy: copies != false)
    let state = ArrayObject.state(copy)
    state.pointee.layout = state.pointee.layout.transposed
    return copy
  }

  /// A root of its own, with the elements that a layout over an array's memory has, in C order.
  private static func copied(
    _ object: Ref, _ layout: Layout, _ target: Shape, mayCopy: Bool
  ) throws(PythonError) -> Ref {
    guard mayCopy else {
      throw .value("Unable to avoid creating a copy while reshaping.")
    }
    let view = try ArrayObject.makeView(of: object, layout)
    defer { py_release(view) }
    let copy = try CreationFunctions.copied(view, nil, .c)
    ArrayObject.state(copy).pointee.layout = Layout(contiguous: target)
    return copy
  }

  /// The elements in one dimension, as an order reads them: a view where they lie so.
  static func raveled(_ object: Ref, _ order: MemoryOrder) throws(PythonError) -> Ref {
    let layout = ArrayObject.state(object).pointee.layout
    guard layout.transposed(order.readingAxes(of: layout)).isContiguous else {
      return try flattened(object, order)
    }
    let row = Layout(
      shape: Shape(repeating: layout.count, count: 1), strides: Shape(repeating: 1, count: 1),
      offset: layout.offset)
    return try ArrayObject.makeView(of: object, row)
  }

  /// A copy in one dimension, likewise.
  static func flattened(_ object: Ref, _ order: MemoryOrder) throws(PythonError) -> Ref {
    let layout = ArrayObject.state(object).pointee.layout
    let flat = Shape(repeating: layout.count, count: 1)
    if order != .c {
      let source = layout.transposed(order.readingAxes(of: layout))
      return try copied(object, source, flat, mayCopy: true)
    }
    let copy = try CreationFunctions.copied(object, nil, .c)
    ArrayObject.state(copy).pointee.layout = Layout(contiguous: flat)
    return copy
  }
}
