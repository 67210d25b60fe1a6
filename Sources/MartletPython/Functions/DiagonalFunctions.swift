import CPythonABI
import Martlet
import MartletIR

/// `diag`, `tri`, `tril` and `triu` of small arrays of Martlet's.
enum DiagonalFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "diag": FunctionRows.quickly {
      arguments throws(PythonError) in
      let object = arguments.required(0)
      let k = try offset(arguments[1])
      let state = try host(object)
      let layout = state.pointee.layout
      if layout.rank == 2 {
        let view = try core { () throws(MartletError) in
          try layout.diagonal(offset: k, axis1: 0, axis2: 1)
        }
        return try ArrayObject.makeView(of: object, view, readOnly: true)
      }
      guard layout.rank == 1, layout.count < DirectIndexing.limit,
        let memory = DirectDoor.address(state)
      else { throw .notNative("other than one or two dimensions") }
      let size = layout.count + Int(k.magnitude)
      let dtype = state.pointee.dtype
      guard
        let made = try DirectDoor.makeFilled(
          DirectDoor.matrix(size, size), Scalar(dtype: dtype, low: 0)),
        let target = DirectDoor.address(ArrayObject.state(made))
      else { throw .notNative("large arrays") }
      let start = k < 0 ? -k &* size : k
      DirectMove.copy(
        memory, layout, to: target + start &* dtype.itemSize,
        Layout(shape: layout.shape, strides: Shape(repeating: size + 1, count: 1)),
        itemSize: dtype.itemSize)
      return made
    },
    "tri": FunctionRows.quickly { arguments throws(PythonError) in
      guard Placement.isHost, arguments.optional(4) == nil,
        let rows = DirectDoor.integer(arguments.required(0)),
        let columns = arguments.optional(1).map({ DirectDoor.integer($0) }) ?? rows,
        rows >= 0, columns >= 0
      else { throw .notNative("other than two sizes") }
      let k = try offset(arguments[2])
      let dtype = try parseOptionalDType(arguments[3]) ?? .float64
      guard
        let made = try DirectDoor.makeFilled(
          DirectDoor.matrix(rows, columns), Scalar(Int64(1), dtype)),
        let target = DirectDoor.address(ArrayObject.state(made))
      else { throw .notNative("large arrays") }
      clear(target, rows, columns, k, dtype.itemSize, isUpper: true)
      return made
    },
    "tril": triangle(isUpper: true), "triu": triangle(isUpper: false),
  ]

  /// A copy of a matrix of which one part is zero.
  private static func triangle(isUpper: Bool) -> FunctionRows.Shortcut {
    FunctionRows.quickly { arguments throws(PythonError) in
      let object = arguments.required(0)
      let state = try host(object)
      let k = try offset(arguments[1])
      guard state.pointee.layout.rank == 2,
        let made = DirectDoor.copy(object, as: state.pointee.dtype, keepingOrder: false),
        let target = DirectDoor.address(ArrayObject.state(made))
      else { throw .notNative("other than small matrices") }
      let (rows, columns) = (state.pointee.layout.shape[0], state.pointee.layout.shape[1])
      clear(
        target, rows, columns, isUpper ? k : k - 1, state.pointee.dtype.itemSize, isUpper: isUpper)
      return made
    }
  }

  /// Sets to zero what is above the k-th diagonal, or at and below it.
  private static func clear(
    _ memory: UnsafeMutableRawPointer, _ rows: Int, _ columns: Int, _ k: Int, _ itemSize: Int,
    isUpper: Bool
  ) {
    for row in 0..<rows {
      // How many elements of the row are not above the diagonal.
      let kept = min(max(row &+ k &+ 1, 0), columns)
      let (start, count) = isUpper ? (kept, columns - kept) : (0, kept)
      (memory + (row &* columns &+ start) &* itemSize).initializeMemory(
        as: UInt8.self, repeating: 0, count: count &* itemSize)
    }
  }

  private static func offset(_ object: Ref?) throws(PythonError) -> Int {
    guard let object else { return 0 }
    guard let k = DirectDoor.integer(object), k.magnitude < DirectIndexing.limit else {
      throw .notNative("a diagonal far away")
    }
    return k
  }

  private static func host(
    _ object: Ref
  ) throws(PythonError) -> UnsafeMutablePointer<ArrayState> {
    guard ArrayObject.isExact(object), DirectDoor.address(ArrayObject.state(object)) != nil else {
      throw .notNative("other than an array that is there")
    }
    return ArrayObject.state(object)
  }
}
