import MartletIR
import MartletRuntime

/// An n-dimensional array of numbers.
///
/// A value: `let b = a` and `let b = a[1...]` share memory, and writing through one never changes
/// the other. Elementwise work on large arrays is deferred and fused until its result is looked at;
/// shapes, dtypes and their errors are settled at once.
public struct NDArray: Sendable {
  package var storage: Storage
  package var layout: Layout
  /// The type of the elements.
  public let dtype: DType

  package init(storage: Storage, layout: Layout, dtype: DType) {
    self.storage = storage
    self.layout = layout
    self.dtype = dtype
  }

  /// New memory with arbitrary contents, the host's unless said otherwise.
  package init(
    uninitialised shape: Shape, _ dtype: DType, on device: Device = .host
  ) throws(MartletError) {
    let count = try shape.checkedCount()
    storage = try Storage(byteCount: count * dtype.itemSize, on: device)
    layout = Layout(contiguous: shape)
    self.dtype = dtype
  }

  /// The sizes along the axes.
  public var shape: Shape { layout.shape }
  /// Number of dimensions.
  public var rank: Int { layout.rank }
  /// Number of elements.
  public var count: Int { layout.count }
  /// Distances between neighbours along each dimension, in elements.
  public var strides: Shape { layout.strides }

  package var isPending: Bool { storage.isPending }

  /// Where the array lives; operations on it run there.
  public var device: Device { storage.device }

  /// Where this view's first element is for the host to read, after evaluating what is pending.
  package func pointer() throws(MartletError) -> UnsafeMutableRawPointer {
    try storage.evaluated() + layout.offset * dtype.itemSize
  }

  /// The address of the storage's first element on its own device, after evaluating what is
  /// pending.
  package func memoryHere() throws(MartletError) -> UnsafeMutableRawPointer {
    try storage.evaluatedHere()
  }

  /// The same memory seen through another layout.
  package func view(_ layout: Layout) -> NDArray {
    NDArray(storage: storage, layout: layout, dtype: dtype)
  }

  /// This array, or a C-ordered copy where it is not.
  package func contiguous() throws(MartletError) -> NDArray {
    layout.isContiguous ? self : try copy()
  }
}

/// An argument of an operation.
package enum Operand: Sendable {
  case array(NDArray)
  /// A number with a type of its own, such as a NumPy scalar.
  case scalar(Scalar)
  /// A literal, which takes the type of what it meets: a Python or Swift number.
  case weak(Promotion.Weak, Scalar)

  /// As an array, with the type that a literal has by itself.
  func asArray() throws(MartletError) -> NDArray {
    switch self {
    case .array(let array): return array
    case .scalar(let number): return try NDArray.scalar(number)
    case .weak(let kind, let number):
      let natural = number.dtype == .uint64 ? .uint64 : Promotion.natural(kind)
      return try NDArray.scalar(number.converted(to: natural))
    }
  }

  package var shape: Shape {
    if case .array(let array) = self { return array.shape }
    return Shape()
  }
}

// MARK: - Copies and conversions

extension NDArray {
  /// A C-ordered copy in memory of its own.
  public func copy() throws(MartletError) -> NDArray {
    try converted(to: dtype, layout: Layout(contiguous: shape))
  }

  /// The elements converted to `dtype`, in memory of their own.
  public func asType(_ dtype: DType) throws(MartletError) -> NDArray {
    try Elementwise.apply(
      .cast, loop: ElementwiseOperation.castLoop(from: self.dtype, to: dtype), [.array(self)])[0]
  }

  /// A copy in new memory laid out as `layout`, which covers it.
  package func converted(to dtype: DType, layout: Layout) throws(MartletError) -> NDArray {
    if Trace.isUsed, storage.tapeNode != nil {
      return try Recording.record(
        "copy", [self],
        { (arrays) throws(MartletError) in try arrays[0].converted(to: dtype, layout: layout) },
        pullback: { (_, g, _) throws(MartletError) in [g] })
    }
    let source = self
    return try Graph.lock.locked { () throws(MartletError) in
      let device = source.storage.device
      var builder = ProgramBuilder(domain: source.shape, on: device)
      let operand = try builder.array(source)
      let buffer = try Buffer(byteCount: source.count * dtype.itemSize, on: device)
      builder.output(operand, to: buffer.pointer, layout, dtype)
      let kept = try builder.outputKept(except: nil)
      try Evaluation.run(builder)
      for (node, memory) in kept { node.finish(memory) }
      withExtendedLifetime(source) {}
      return NDArray(storage: Storage(buffer, on: device), layout: layout, dtype: dtype)
    }
  }
}
