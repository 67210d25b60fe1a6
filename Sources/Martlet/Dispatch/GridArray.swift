import MartletIR

/// An array that carries a grid, which views keep and dispatch hands to implementations.
///
///     let image = try NDArray.ones([512, 512]).with(spacing: [0.5, 0.5], origin: [0, 10])
///     image[100..<200, 0].grid?.origin   // [50]
///
/// The grid lies beside the array and not in it, because every operation makes arrays and nearly
/// none has a grid: a field more would be copied, retained and released for each. Only views keep
/// the grid; the results of operations are arrays without one.
public struct GridArray: Sendable {
  /// The values at the points.
  public let array: NDArray
  /// Nil where a view no longer runs along the axes that the grid described.
  public let grid: Grid?

  /// - Parameter isView: Whether the array is a view of one with a grid, whose strides are kept.
  init(_ array: NDArray, _ grid: Grid?, isView: Bool = false) {
    self.array = grid == nil || isView ? array : array.view(array.layout.distinguished)
    self.grid = grid
  }

  /// The sizes along the axes.
  public var shape: Shape { array.shape }
  /// The type of the elements.
  public var dtype: DType { array.dtype }
  /// Where the array lives.
  public var device: Device { array.device }

  /// A view that `look` takes of the array, with the grid of what is left:
  /// `image.viewed { try $0.transposed() }`.
  ///
  /// The result has no grid where `look` computes something instead, or mixes axes.
  public func viewed<Failure: Error>(
    _ look: (NDArray) throws(Failure) -> NDArray
  ) throws(Failure) -> GridArray {
    let view = try look(array)
    guard let grid, view.storage === array.storage else { return GridArray(view, nil) }
    // In bytes, since a view may look at the elements as another type.
    return GridArray(
      view,
      grid.seen(
        through: view.layout.scaled(by: view.dtype.itemSize),
        of: array.layout.scaled(by: dtype.itemSize)),
      isView: true)
  }

  /// The elements that the indices select: slices move the grid's origin and widen its spacing, a
  /// position drops its axis. A wrong index stops the program, as with `NDArray`; `viewed` throws.
  public subscript<each I: ArrayIndex>(
    _ indices: repeat each I, file file: StaticString = #fileID, line line: UInt = #line
  ) -> GridArray {
    var list: [AxisIndex] = []
    for index in repeat each indices { list.append(index.axisIndex) }
    do { return try viewed { array throws(MartletError) in try array.get(list) } } catch {
      fatalError("\(error)", file: file, line: line)
    }
  }

  /// All axes in reverse order.
  public var T: GridArray { viewed { array in array.T } }

  /// The same on another device, where the grid is the same.
  ///
  /// - Throws: As `NDArray.to(_:)`.
  public func to(_ name: Device.Name) throws(MartletError) -> GridArray {
    GridArray(try array.to(name), grid)
  }
}

extension NDArray {
  /// This array with a grid of its shape: one spacing and one origin for each axis.
  ///
  /// - Throws: `.invalidArgument` for another number of them, and for numbers no grid can have.
  public func with(
    spacing: [Double]? = nil, origin: [Double]? = nil
  ) throws(MartletError) -> GridArray {
    GridArray(self, try GridArray.Grid(shape: shape, spacing: spacing, origin: origin))
  }

  /// This array with the grid of another of the same shape.
  ///
  /// - Throws: `.shapeMismatch`.
  public func with(grid: GridArray.Grid) throws(MartletError) -> GridArray {
    guard grid.shape == shape else {
      throw .shapeMismatch(
        operation: "grid", detail: "a grid of shape \(grid.shape) does not fit shape \(shape)")
    }
    return GridArray(self, grid)
  }
}

extension Layout {
  /// The same in a smaller unit.
  package func scaled(by factor: Int) -> Layout {
    Layout(shape: shape, strides: Shape(strides.map { $0 &* factor }), offset: offset &* factor)
  }
}
