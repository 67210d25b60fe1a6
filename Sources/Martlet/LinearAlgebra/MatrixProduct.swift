import MartletIR
import MartletRuntime

extension NDArray {
  /// The matrix product, as NumPy's `matmul`: the last two axes are matrices, the others broadcast,
  /// and an array of one axis is a row on the left, a column on the right.
  ///
  /// - Throws: `.shapeMismatch`, `.outOfMemory`.
  public func matmul(_ other: NDArray) throws(MartletError) -> NDArray {
    try matmul(other, tellingAs: "matmul")
  }

  /// The same with floating-point events under another name; nil where nobody hears of them.
  func matmul(_ b: NDArray, tellingAs name: String?) throws(MartletError) -> NDArray {
    let a = self
    if Trace.isUsed, a.storage.tapeNode != nil || b.storage.tapeNode != nil {
      return try Self.matmulTraced(a, b, tellingAs: name)
    }
    let signature = "gufunc core with signature (n?,k),(k,m?)->(n?,m?)"
    for (i, operand) in [a, b].enumerated() where operand.rank == 0 {
      throw .shapeMismatch(
        operation: "matmul",
        detail: "matmul: Input operand \(i) does not have enough dimensions (has 0, \(signature) "
          + "requires 1)")
    }
    let left = a.rank == 1 ? a.view(a.layout.expanded(at: 0)) : a
    let right = b.rank == 1 ? b.view(b.layout.expanded(at: 1)) : b
    let (depth, other) = (left.shape[left.rank - 1], right.shape[right.rank - 2])
    if depth != other {
      throw .shapeMismatch(
        operation: "matmul",
        detail: "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc "
          + "signature (n?,k),(k,m?)->(n?,m?) (size \(other) is different from \(depth))")
    }
    let (rows, columns) = (left.shape[left.rank - 2], right.shape[right.rank - 1])
    let (leftBatch, rightBatch) = (
      Shape(left.shape.dropLast(2)), Shape(right.shape.dropLast(2))
    )
    guard var shape = Shape.broadcast(leftBatch, rightBatch) else {
      throw .shapeMismatch(
        operation: "matmul", detail: Self.batchMismatch(left, right, rows: rows, columns: columns))
    }
    let batch = shape
    shape.append(rows)
    shape.append(columns)

    let dtype = Promotion.promote(a.dtype, b.dtype)
    var product = try Self.multiply(left, right, batch: batch, shape: shape, dtype, tellingAs: name)
    // The axes that vectors were given go again.
    if b.rank == 1 { product.layout = product.layout.indexed(axis: product.rank - 1, at: 0) }
    if a.rank == 1 {
      product.layout = product.layout.indexed(axis: product.rank - (b.rank == 1 ? 1 : 2), at: 0)
    }
    return product
  }

  static func batchMismatch(
    _ a: NDArray, _ b: NDArray, rows: Int, columns: Int
  ) -> String {
    func mapped(_ array: NDArray) -> String {
      let sizes = array.shape.map(String.init)
      return "(\(sizes.joined(separator: ",")))->("
        + (sizes.dropLast(2) + ["newaxis", "newaxis"]).joined(separator: ",") + ")"
    }
    return "operands could not be broadcast together with remapped shapes [original->remapped]: "
      + "\(mapped(a)) \(mapped(b))  and requested shape (\(rows),\(columns))"
  }

  // MARK: - Computing

  /// The product of matrices, with every decision about shape made.
  private static func multiply(
    _ a: NDArray, _ b: NDArray, batch: Shape, shape: Shape, _ dtype: DType,
    tellingAs name: String?
  ) throws(MartletError) -> NDArray {
    // Halves are multiplied and added up in float32 and rounded once, as NumPy does it.
    let compute = dtype.computeType
    let device = try Placement.device(of: [a, b], for: "matmul")
    var result = try NDArray(uninitialised: shape, compute, on: device)
    if result.count > 0 {
      let left = try a.dtype == compute ? a : a.asType(compute)
      let right = try b.dtype == compute ? b : b.asType(compute)
      if left.shape[left.rank - 1] == 0 {
        result = try .full(shape, Scalar(Int64(0), compute), on: device)
      } else {
        let events = try fill(result, left, right, batch: batch)
        if let name { try result.report(events, as: name, from: [left, right]) }
      }
    }
    return compute == dtype ? result : try result.asType(dtype)
  }

  /// The work below which a call of BLAS costs more than the product, in multiplications.
  private static let smallProduct = 512
  /// The work of a task of many products, in multiplications.
  private static let taskWork = 1 << 18

  /// Writes the product to `result`; no size is 0.
  private static func fill(
    _ result: NDArray, _ a: NDArray, _ b: NDArray, batch: Shape
  ) throws(MartletError) -> FloatingPointEvents {
    let dtype = result.dtype
    let (rows, columns) = (result.shape[batch.rank], result.shape[batch.rank + 1])
    let depth = a.shape[a.rank - 1]
    let work = Double(rows) * Double(columns) * Double(depth)
    let count = batch.elementCount
    if DeviceProduct.isThere(for: dtype, on: result.device) {
      try DeviceProduct.run(a, b, into: result, batch: batch)
      return []
    }
    guard result.device.isHost, BLASProduct.hasType(dtype),
      !(count > 1 && work <= Double(smallProduct)), let blas = BLASProduct(dtype),
      blas.accepts(rows, columns, depth)
    else { return try fillByKernel(result, a, b, batch: batch) }

    // Matrices that all meet the same one are its rows.
    if count > 1, b.rank == 2, let stacked = a.layout.reshaped([count * rows, depth]),
      a.shape.elementCount == count * rows * depth, blas.accepts(count * rows)
    {
      let whole = result.view(Layout(contiguous: [count * rows, columns]))
      return try fill(whole, a.view(stacked), b, batch: [])
    }
    let left = try a.readyForBLAS()
    let right = try b.readyForBLAS()
    let leftLayout = left.layout.broadcast(to: batch + Shape([rows, depth]))!
    let rightLayout = right.layout.broadcast(to: batch + Shape([depth, columns]))!
    // Threads only read the operands, and each writes matrices of its own.
    nonisolated(unsafe) let leftPointer = try left.storage.evaluated()
    nonisolated(unsafe) let rightPointer = try right.storage.evaluated()
    nonisolated(unsafe) let target = try result.storage.evaluated()
    let parts = ProductParts(blas: blas)

    @Sendable func multiply(_ i: Int) -> FloatingPointEvents {
      parts.multiply(
        MatrixOperand(leftPointer, leftLayout.matrix(i), dtype),
        MatrixOperand(rightPointer, rightLayout.matrix(i), dtype),
        into: MatrixOperand(target, result.layout.matrix(i), dtype))
    }
    defer { withExtendedLifetime((left, right)) {} }
    if count < Workers.shared.threads {
      var events = FloatingPointEvents()
      for i in 0..<count { events.formUnion(multiply(i)) }
      return events
    }
    let grain = Swift.max(1, Int(Double(taskWork) / work))
    return Workers.shared.parallel(count: count, grain: grain, mayBeLeft: true) { first, end in
      var events = FloatingPointEvents()
      for i in first..<end { events.formUnion(multiply(i)) }
      events.raiseOnThread()
    }
  }

  private static func fillByKernel(
    _ result: NDArray, _ a: NDArray, _ b: NDArray, batch: Shape
  ) throws(MartletError) -> FloatingPointEvents {
    let (rows, columns) = (result.shape[batch.rank], result.shape[batch.rank + 1])
    let depth = a.shape[a.rank - 1]
    let device = result.device
    var owners: [AnyObject] = []
    let pointers = (
      try a.storage.evaluated(on: device, keeping: &owners),
      try b.storage.evaluated(on: device, keeping: &owners)
    )
    let events = try ProductKernel.run(
      result.dtype, (pointers.0, a.layout.broadcast(to: batch + Shape([rows, depth]))!),
      (pointers.1, b.layout.broadcast(to: batch + Shape([depth, columns]))!),
      into: (try result.storage.evaluatedHere(), result.layout), on: device)
    withExtendedLifetime((a, b, owners)) {}
    return events
  }

  /// This array, or a copy where BLAS could not read its matrices.
  func readyForBLAS() throws(MartletError) -> NDArray {
    let matrix = MatrixOperand(layout)
    // A vector's stride must be positive, whichever axis it lies along.
    let isVector = matrix.rows == 1 || matrix.columns == 1
    let step = matrix.rows == 1 ? matrix.columnStride : matrix.rowStride
    if isVector, matrix.rows * matrix.columns > 1, step < 1 || step > Int(Int32.max) {
      return try copy()
    }
    if isVector || matrix.form != nil { return self }
    return try copy()
  }
}

extension Layout {
  /// Matrix number `i` of the last two axes, counting the others in C order.
  func matrix(_ i: Int) -> Layout {
    var result = Layout(
      shape: [shape[rank - 2], shape[rank - 1]], strides: [strides[rank - 2], strides[rank - 1]],
      offset: offset)
    var rest = i
    for axis in (0..<(rank - 2)).reversed() {
      result.offset += rest % shape[axis] * strides[axis]
      rest /= shape[axis]
    }
    return result
  }
}

extension Shape {
  static func + (a: Shape, b: Shape) -> Shape { Shape(Array(a) + Array(b)) }
}
