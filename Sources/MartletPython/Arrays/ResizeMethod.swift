import CPythonABI
import Martlet
import MartletIR

/// `ndarray.resize`, which changes an array's size in place.
enum ResizeMethod {
  static let method = DoorFunction(
    "ndarray.resize", "(self, /, *new_shape, refcheck=True)",
    "Another shape in place; elements that are added are 0.",
    variadic: { given, count, keywords throws(PythonError) in
      guard let given, count > 0, ArrayObject.check(given[0]) else {
        throw .type("resize() needs an array")
      }
      let object = given[0]
      var checksReferences = true
      if let keywords {
        for k in 0..<PyTuple_Size(keywords) {
          let name = try swiftString(try check(PyTuple_GetItem(keywords, k)))
          guard name == "refcheck" else {
            throw .type("'\(name)' is an invalid keyword argument for this function")
          }
          checksReferences = try parseInt(given[count + k]) != 0
        }
      }
      if count == 1 || (count == 2 && given[1] == py_none()) { return Python.none }
      var sizes: [Int] = []
      if count == 2 {
        sizes = try parseInts(given[1])
      } else {
        for i in 1..<count { sizes.append(try parseInt(given[i])) }
      }
      if sizes.contains(where: { $0 < 0 }) { throw .value("negative dimensions not allowed") }
      try resize(object, to: try shape(sizes, allowing: 0), checksReferences)
      return Python.none
    })

  private static func resize(
    _ object: Ref, to shape: Shape, _ checksReferences: Bool
  ) throws(PythonError) {
    let state = ArrayObject.state(object)
    let old = state.pointee.layout
    guard old.isContiguous || old.isFortranContiguous else {
      throw .value("resize only works on single-segment arrays")
    }
    // Its memory keeps its order, first dimension first where that is Fortran's.
    var layout = Layout(contiguous: shape)
    if !old.isContiguous { layout = Layout(contiguous: Shape(shape.reversed())).transposed }
    if shape.elementCount == 0 {
      // Other than a new array, one that gets empty keeps steps between elements.
      layout.strides = Layout(contiguous: Shape(shape.map { max($0, 1) })).strides
    }
    guard shape.elementCount != old.count else {
      layout.offset = old.offset
      state.pointee.layout = layout
      return
    }
    guard state.pointee.base == nil else {
      throw .value("cannot resize this array: it does not own its data")
    }
    // The caller's variable and the call itself.
    let isReferenced = object.pointee.refcount.low > 2 || state.pointee.weakReferences != nil
    if state.pointee.exports > 0 || (checksReferences && isReferenced) {
      throw .value(
        "cannot resize an array that references or is referenced\nby another array in this way.\n"
          + "Use the np.resize function or refcheck=False")
    }
    let array = ArrayObject.read(object)
    let kept = min(old.count, shape.elementCount)
    state.pointee.storage = try core { () throws(MartletError) in
      try array.storage.resized(
        keeping: kept, from: array.layout.offset, count: shape.elementCount, array.dtype)
    }
    state.pointee.layout = layout
  }
}
