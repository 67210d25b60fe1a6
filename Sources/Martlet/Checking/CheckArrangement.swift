import MartletIR

/// How the elements of an example's input lie in memory.
enum CheckArrangement: String, Sendable, CaseIterable {
  /// In C order, side by side.
  case contiguous
  /// Every second element of the last axis.
  case strided
  /// Backward along every axis.
  case reversed
  /// In Fortran order, the columns a few elements apart.
  case transposed
  /// Inside a larger array: nothing begins at its start.
  case offset

  /// An array in C order and the slices of it that give the input, before it is transposed.
  struct Memory {
    var shape: Shape
    var slices: [Slice]
    var isTransposed = false
  }

  /// Python's `start::step`, or `:stop`.
  struct Slice: Equatable {
    var start = 0
    var stop: Int?
    var step = 1

    static let all = Slice()
  }

  func memory(of shape: Shape) -> Memory {
    let whole = Memory(shape: shape, slices: shape.map { _ in .all })
    guard shape.rank > 0 else { return whole }
    var memory = whole
    let last = shape.rank - 1
    switch self {
    case .contiguous: break
    case .strided:
      memory.shape[last] *= 2
      memory.slices[last].step = 2
    case .reversed:
      for axis in 0...last { memory.slices[axis] = Slice(start: -1, step: -1) }
    case .transposed:
      memory.isTransposed = true
      memory.shape = Shape(shape.reversed())
      memory.slices = memory.shape.map { _ in .all }
      if shape.rank > 1 {
        memory.slices[last].stop = memory.shape[last]
        memory.shape[last] += 3
      }
    case .offset:
      for axis in 0...last {
        memory.shape[axis] += axis == last ? 2 : 1
        memory.slices[axis].start = axis == last ? 2 : 1
      }
    }
    return memory
  }
}

/// One input of an example: its elements in C order, and how they lie in memory.
struct CheckInput: Sendable, Hashable {
  var dtype: DType
  var shape: Shape
  var values: [Scalar]
  var arrangement = CheckArrangement.contiguous
  /// Whether it is handed over as a number, not as an array without axes.
  var isNumber = false

  /// All elements of the memory, those between the input's own included, and where its own are.
  func memory() -> (elements: [Scalar], layout: Layout) {
    let memory = arrangement.memory(of: shape)
    var layout = Layout(contiguous: memory.shape)
    for (axis, slice) in memory.slices.enumerated() {
      let size = memory.shape[axis]
      let start = slice.start < 0 ? size + slice.start : slice.start
      let count =
        slice.step < 0 ? size : ((slice.stop ?? size) - start + slice.step - 1) / slice.step
      layout = layout.sliced(axis: axis, start: start, count: count, step: slice.step)
    }
    if memory.isTransposed { layout = layout.transposed }
    if values.count == memory.shape.elementCount, arrangement == .contiguous {
      return (values, layout)
    }
    var elements = Array(repeating: Self.filler(dtype), count: memory.shape.elementCount)
    var places = LayoutPlaces(layout)
    for value in values { elements[places.next()] = value }
    return (elements, layout)
  }

  /// What stands between elements that are looked at: something that shows where it gets in.
  private static func filler(_ dtype: DType) -> Scalar {
    dtype.isInexact ? Scalar(real: .nan, imaginary: .nan, dtype) : Scalar(Int64(77), dtype)
  }

  /// The input on a device, laid out as the arrangement says.
  func array(on device: Device) throws(MartletError) -> NDArray {
    let (elements, layout) = memory()
    let host = try NDArray(uninitialised: [elements.count], dtype)
    let target = try host.pointer()
    for (i, element) in elements.enumerated() { element.write(to: target + i * dtype.itemSize) }
    return try host.to(device).view(layout)
  }
}

/// Walks the places of a layout's elements in C order.
struct LayoutPlaces {
  private let layout: Layout
  private var index: Shape
  private var place: Int

  init(_ layout: Layout) {
    self.layout = layout
    index = Shape(repeating: 0, count: layout.rank)
    place = layout.offset
  }

  /// The place of the next element; to be called no more often than there are elements.
  mutating func next() -> Int {
    let current = place
    var axis = layout.rank - 1
    while axis >= 0 {
      index[axis] += 1
      place += layout.strides[axis]
      if index[axis] < layout.shape[axis] { break }
      place -= layout.shape[axis] * layout.strides[axis]
      index[axis] = 0
      axis -= 1
    }
    return current
  }
}
