import CMartlet
import MartletIR
import MartletRuntime

/// Matrix products by the library of a device with memory of its own.
enum DeviceProduct {
  static func isThere(for dtype: DType, on device: Device) -> Bool {
    !device.isHost && LibraryCall.dtypes.contains(dtype)
      && device.runtime.hasLibrary(for: .matmul)
  }

  /// Writes `a b` to `result`, which is contiguous; all three have its dtype, and no size is 0.
  static func run(
    _ a: NDArray, _ b: NDArray, into result: NDArray, batch: Shape
  ) throws(MartletError) {
    let device = result.device
    let (rows, columns) = (result.shape[batch.rank], result.shape[batch.rank + 1])
    let depth = a.shape[a.rank - 1]
    let left = try stepsForward(a)
    let right = try stepsForward(b)
    var owners: [AnyObject] = []
    let bases = (
      try left.storage.evaluated(on: device, keeping: &owners),
      try right.storage.evaluated(on: device, keeping: &owners),
      try result.storage.evaluatedHere()
    )
    let layouts = [
      left.layout.broadcast(to: batch + Shape([rows, depth]))!,
      right.layout.broadcast(to: batch + Shape([depth, columns]))!, result.layout,
    ]
    // The last axes of the batch go in one call, as far as each operand has one distance for all.
    var axis = batch.rank
    while axis > 0,
      axis == batch.rank
        || layouts.allSatisfy({ $0.strides[axis - 1] == $0.strides[axis] * batch[axis] })
    { axis -= 1 }
    let inner = batch.dropFirst(axis).reduce(1, *)
    for first in stride(from: 0, to: batch.elementCount, by: inner) {
      func matrix(
        _ n: Int, _ base: UnsafeMutableRawPointer
      ) throws(MartletError) -> MatrixProduct.Matrix {
        let operand = MatrixOperand(base, layouts[n].matrix(first), result.dtype)
        guard let form = operand.form else {
          throw .internalError(operation: "matmul", detail: "no axis of the matrix is contiguous")
        }
        return MatrixProduct.Matrix(
          address: UInt(bitPattern: operand.pointer),
          isTransposed: form.transpose == MARTLET_BLAS_TRANSPOSE, leading: form.leading,
          distance: axis < batch.rank ? layouts[n].strides[batch.rank - 1] : 0)
      }
      var target = try matrix(2, bases.2)
      // A single column could be seen either way.
      target.isTransposed = false
      target.leading = columns
      try device.runtime.call(
        .product(
          MatrixProduct(
            result.dtype, rows: rows, columns: columns, depth: depth, batch: inner,
            try matrix(0, bases.0), try matrix(1, bases.1), into: target)))
    }
    withExtendedLifetime((left, right, owners)) {}
  }

  /// The array, or a copy where a library could not read its matrices or step from one to the next.
  private static func stepsForward(_ array: NDArray) throws(MartletError) -> NDArray {
    let ready = try array.readyForBLAS()
    return ready.layout.strides.dropLast(2).allSatisfy { $0 >= 0 } ? ready : try ready.copy()
  }
}
