import MartletIR

/// A small piece of real work that shows whether a device computes: a kernel that adds two arrays
/// and sums each row of the result, in the commonest dtypes, with exact results.
package enum DeviceSelfTest {
  private static let rows = 3
  private static let columns = 1000

  /// - Throws: What the device threw, or `.device` that names the first wrong number.
  package static func run(on device: any Device) throws(MartletError) {
    for dtype in [DType.float32, .int64, .float64]
    where device.capabilities.dtypes.contains(dtype) {
      try run(dtype, on: device)
    }
  }

  private static func run(_ dtype: DType, on device: any Device) throws(MartletError) {
    let kernel = try device.compile(addAndSum(dtype))
    let a = (0..<rows * columns).map { Int64($0 % 251) }
    let b = (0..<rows * columns).map { Int64($0 % 83) - 40 }
    let inputs = [try upload(a, dtype, device), try upload(b, dtype, device)]
    let total = try Buffer(byteCount: rows * columns * dtype.itemSize, device: device)
    let sums = try Buffer(byteCount: rows * dtype.itemSize, device: device)
    _ = try device.launch(
      kernel, buffers: (inputs + [total, sums]).map(\.pointer), slots: [Int64(columns)],
      tasks: rows, grain: 1)
    try device.synchronise()
    // Their addresses alone would not keep them alive up to here.
    withExtendedLifetime(inputs) {}

    let expected = zip(a, b).map { $0 + $1 }
    try compare(total, expected, "a sum of two numbers", dtype, device)
    let expectedSums = (0..<rows).map { row in
      expected[row * columns..<(row + 1) * columns].reduce(0, +)
    }
    try compare(sums, expectedSums, "the sum of a row", dtype, device)
  }

  private static func addAndSum(_ dtype: DType) -> Kernel {
    let lanes = 8
    let b = KernelBuilder(name: "self_test_\(dtype)")
    let columns = b.slot()
    let inputs = (0..<2).map { _ in b.buffer(dtype, strides: [.slot(columns), .unit]) }
    let total = b.buffer(dtype, strides: [.slot(columns), .unit], access: .write)
    let sums = b.buffer(dtype, strides: [.unit], access: .write)
    b.tasks { row in
      let sum = b.declare(lanes: lanes, initial: b.integer(0, dtype))
      b.loop(.vector, from: b.integer(0), to: b.slotValue(columns)) { column in
        let value = b.load(inputs[0], [row, column]) + b.load(inputs[1], [row, column])
        b.store(total, [row, column], value)
        b.assign(sum, b.read(sum) + value)
      }
      let folded = b.fold([sum], lanes: lanes) { left, right in [left[0] + right[0]] }
      b.store(sums, [row], folded[0])
    }
    return b.finish()
  }

  private static func upload(
    _ values: [Int64], _ dtype: DType, _ device: any Device
  ) throws(MartletError) -> Buffer {
    let buffer = try Buffer(byteCount: values.count * dtype.itemSize, device: device)
    var bytes: [UInt8] = []
    for value in values {
      let bits = Scalar(value, dtype).low
      bytes += (0..<dtype.itemSize).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }
    let copied = bytes.withUnsafeBytes { bytes in
      Result { () throws(MartletError) in try device.copyIn(bytes, to: buffer.pointer) }
    }
    try copied.get()
    return buffer
  }

  private static func compare(
    _ buffer: Buffer, _ expected: [Int64], _ what: String, _ dtype: DType, _ device: any Device
  ) throws(MartletError) {
    var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
    let copied = bytes.withUnsafeMutableBytes { bytes in
      Result { () throws(MartletError) in try device.copyOut(buffer.pointer, to: bytes) }
    }
    try copied.get()
    for (place, expected) in expected.enumerated() {
      let size = dtype.itemSize
      let bits = (0..<size).reduce(UInt64(0)) {
        $0 | UInt64(bytes[place * size + $1]) << (8 * UInt64($1))
      }
      let got = Scalar(dtype: dtype, low: bits)
      if got == Scalar(expected, dtype) { continue }
      throw .device(
        name: device.name, operation: "self-test",
        detail: "In \(dtype), \(what) is \(got.asDouble) instead of \(expected), at \(place).")
    }
  }
}
