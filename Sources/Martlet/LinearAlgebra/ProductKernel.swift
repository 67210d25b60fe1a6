import MartletIR
import MartletRuntime

/// Matrix products in the kernel language: for types that BLAS lacks, for machines without BLAS,
/// and for many small matrices, where a call each would cost more than the work.
///
/// A task computes a few rows of the result of one matrix: columns are lanes of a vector, and every
/// row loaded of the right matrix serves all of the task's rows.
enum ProductKernel {
  private static let rowsPerTask = 4

  /// `c = a b` for all matrices of layouts whose leading axes (the batch) are the same, and the
  /// floating-point events. All sizes are at least 1.
  static func run(
    _ dtype: DType, _ a: (UnsafeMutableRawPointer, Layout), _ b: (UnsafeMutableRawPointer, Layout),
    into c: (UnsafeMutableRawPointer, Layout), on device: Device
  ) throws(MartletError) -> FloatingPointEvents {
    let rank = c.1.rank
    let (rows, columns, depth) = (c.1.shape[rank - 2], c.1.shape[rank - 1], a.1.shape[rank - 1])
    let batch = Shape(c.1.shape.prefix(rank - 2))
    let side = rows < rowsPerTask ? 1 : rowsPerTask
    let rowTasks = (rows + side - 1) / side

    // Slots: batch sizes, rows, columns, depth, tasks down; then strides.
    var slots = batch.map(Int64.init)
    slots += [Int64(rows), Int64(columns), Int64(depth), Int64(rowTasks)]
    var strides: [[Stride]] = []
    for (n, layout) in [a.1, b.1, c.1].enumerated() {
      var own: [Stride] = []
      for i in 0..<rank {
        var next = slots.count
        let isVector = i == rank - 1 && n > 0
        let stride = LoopNest.stride(layout.strides[i], innermost: isVector, slots: &next)
        if next > slots.count { slots.append(Int64(layout.strides[i])) }
        own.append(stride)
      }
      strides.append(own)
    }
    var key = KernelKey()
    key.append(0x3000 | side)
    key.append(rank)
    for own in strides { key.append(dtype, own) }
    let buffers = [a, b, c].map { $0.0 + $0.1.offset * dtype.itemSize }
    return try KernelLibrary.launch(
      key, on: device, buffers: buffers, slots: slots, tasks: batch.elementCount * rowTasks,
      elements: c.1.count * depth
    ) {
      kernel(dtype, batch: batch.rank, side: side, strides, slotCount: slots.count)
    }
  }

  private static func kernel(
    _ dtype: DType, batch: Int, side: Int, _ strides: [[Stride]], slotCount: Int
  ) -> Kernel {
    let builder = KernelBuilder(name: "martlet_matmul")
    let left = builder.buffer(dtype, strides: strides[0])
    let right = builder.buffer(dtype, strides: strides[1])
    let target = builder.buffer(dtype, strides: strides[2], access: .write)
    for _ in 0..<slotCount { _ = builder.slot() }
    let sizes = (0..<batch).map { builder.slotValue($0) }
    let rows = builder.slotValue(batch)
    let columns = builder.slotValue(batch + 1)
    let depth = builder.slotValue(batch + 2)
    let rowTasks = builder.slotValue(batch + 3)
    let zero = builder.integer(0)
    let nothing = builder.integer(0, dtype)
    let lastRow = rows - builder.integer(1)
    builder.tasks { task in
      let matrix = decode(task / rowTasks, sizes)
      let first = task.remainder(rowTasks) * builder.integer(side)
      // Behind the last row, a task computes that one again: it writes the same.
      let own = (0..<side).map { i in
        let row = first + builder.integer(i)
        return (row < lastRow).select(row, lastRow)
      }
      builder.loop(.vector, from: zero, to: columns) { column in
        let sums = own.map { _ in builder.declare(initial: nothing) }
        builder.loop(.serial, from: zero, to: depth) { k in
          let b = builder.load(right, matrix + [k, column])
          for (row, sum) in zip(own, sums) {
            let a = builder.load(left, matrix + [row, k])
            let product = ElementwiseOperation.multiply([a, b])[0]
            builder.assign(sum, ElementwiseOperation.add([builder.read(sum), product])[0])
          }
        }
        for (row, sum) in zip(own, sums) {
          builder.store(target, matrix + [row, column], builder.read(sum))
        }
      }
    }
    return builder.finish()
  }
}
