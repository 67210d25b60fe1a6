import MartletIR
import MartletRuntime
import Synchronization

/// Fourier transforms made of array operations, for devices that have no library of them: products
/// with small matrices of roots of unity, and factors between them. They run wherever products and
/// elementwise work do.
enum ComposedTransform {
  typealias Extent = FFT.Extent

  /// Complex numbers, not scaled, one axis after another.
  static func complex(
    _ a: NDArray, _ extents: [Extent], isInverse: Bool
  ) throws(MartletError) -> NDArray {
    var result = a
    for extent in extents.reversed() {
      result = try along(extent, result, isInverse: isInverse)
    }
    return result
  }

  /// Real numbers to the first half of their spectrum, not scaled.
  static func real(
    _ signal: NDArray, _ extents: [Extent], _ dtype: DType
  ) throws(MartletError) -> NDArray {
    guard let last = extents.last else { return signal }
    let whole = try along(last, signal.asType(dtype), isInverse: false)
    let half = whole.part(axis: last.axis, from: 0, count: last.size / 2 + 1)
    return try complex(half, Array(extents.dropLast()), isInverse: false)
  }

  /// The first half of a spectrum to real numbers, not scaled.
  static func hermitian(
    _ signal: NDArray, _ extents: [Extent]
  ) throws(MartletError) -> NDArray {
    guard let last = extents.last else { return signal }
    let (axis, size) = last
    let half = try FFT.fit(
      complex(signal, Array(extents.dropLast()), isInverse: true), axis, size / 2 + 1)
    // The numbers that real signals have no imaginary part in.
    var parts: [NDArray] = []
    func real(_ place: Int) throws(MartletError) -> NDArray {
      let part = half.part(axis: axis, from: place, count: 1)
      return try NDArray.compute(.real, .array(part)).asType(half.dtype)
    }
    let inner = (size - 1) / 2
    parts.append(try real(0))
    let between = half.part(axis: axis, from: 1, count: inner)
    parts.append(between)
    if size % 2 == 0 { parts.append(try real(size / 2)) }
    parts.append(try NDArray.compute(.conjugate, .array(between)).flipped([axis]))
    let whole = try NDArray.concatenate(parts, axis: axis)
    return try NDArray.compute(.real, .array(along(last, whole, isInverse: true)))
  }

  private static func along(
    _ extent: Extent, _ a: NDArray, isInverse: Bool
  ) throws(MartletError) -> NDArray {
    let fitted = try FFT.fit(a, extent.axis, extent.size)
    guard fitted.count > 0 else { return fitted }
    let moved = try fitted.movingAxis(extent.axis, to: a.rank - 1)
    let outer = Array(moved.shape.dropLast())
    let rows = try moved.reshaped([outer.reduce(1, *), extent.size])
    return try lines(rows, isInverse: isInverse)
      .reshaped(outer + [extent.size]).movingAxis(a.rank - 1, to: extent.axis)
  }

  /// The transforms of rows.
  private static func lines(_ x: NDArray, isInverse: Bool) throws(MartletError) -> NDArray {
    let (batch, n) = (x.shape[0], x.shape[1])
    if n == 1 { return x }
    if n <= largestMatrix { return try x.matmul(matrix(n, x, isInverse: isInverse)) }
    guard let radix = (2...32).last(where: { n % $0 == 0 }) else {
      return try convolved(x, isInverse: isInverse)
    }
    let rest = n / radix
    let columns = try x.reshaped([batch, radix, rest])
    let first = try matrix(radix, x, isInverse: isInverse).matmul(columns)
    let factors = try roots("factors", n, radix, x, isInverse: isInverse) { i in
      i / rest * (i % rest)
    }.reshaped([radix, rest])
    let turned = try NDArray.compute(.multiply, .array(first), .array(factors))
    let second = try lines(turned.reshaped([batch * radix, rest]), isInverse: isInverse)
    // Number k1 + radix * k2 stands at (k1, k2).
    return try second.reshaped([batch, radix, rest]).transposed([0, 2, 1]).reshaped([batch, n])
  }

  /// Sizes up to this are one product.
  private static let largestMatrix = 64

  private static func matrix(
    _ n: Int, _ x: NDArray, isInverse: Bool
  ) throws(MartletError) -> NDArray {
    try roots("matrix", n, n, x, isInverse: isInverse, count: n * n) { i in i / n * (i % n) }
      .reshaped([n, n])
  }

  /// Sizes with a large prime, as convolutions of a power of two.
  ///
  /// L. I. Bluestein, "A linear filtering approach to the computation of discrete Fourier transform",
  /// 1970.
  private static func convolved(_ x: NDArray, isInverse: Bool) throws(MartletError) -> NDArray {
    let n = x.shape[1]
    var size = 1
    while size < 2 * n - 1 { size *= 2 }
    try Shape([x.shape[0], size]).checkedCount()
    // exp(-πi j²/n)
    let chirp = try roots("chirp", 2 * n, n, x, isInverse: isInverse, count: n) { j in
      let square = UInt64(j).multipliedFullWidth(by: UInt64(j))
      return Int(UInt64(2 * n).dividingFullWidth(square).remainder)
    }
    let turned = try NDArray.compute(.multiply, .array(x), .array(chirp))
    let mirrored = try NDArray.compute(.conjugate, .array(chirp))
    let gap = try NDArray.full(
      [size - (2 * n - 1)], Scalar(Int64(0), x.dtype), on: x.device)
    let filter = try NDArray.concatenate(
      [mirrored, gap, mirrored.part(axis: 0, from: 1, count: n - 1).flipped([0])], axis: 0)
    let spectrum = try NDArray.compute(
      .multiply, .array(lines(FFT.fit(turned, 1, size), isInverse: false)),
      .array(lines(filter.reshaped([1, size]), isInverse: false)))
    let back = try lines(spectrum, isInverse: true).part(axis: 1, from: 0, count: n)
    let scaled = try NDArray.compute(
      .multiply, .array(back), .weak(.floating, Scalar(1 / Double(size), .float64)))
    return try NDArray.compute(.multiply, .array(scaled), .array(chirp))
  }

  // MARK: Tables

  private struct Key: Hashable {
    let name: String
    let size: Int
    let part: Int
    let dtype: DType
    let device: String
    let isInverse: Bool
  }

  /// The latest tables, few and small.
  private static let known = Mutex<[(key: Key, table: NDArray)]>([])
  private static let mostKnown = 16
  private static let largestKnown = 1 << 16

  /// Roots of unity of these numbers, on the device of an array and in its dtype.
  private static func roots(
    _ name: String, _ size: Int, _ part: Int, _ x: NDArray, isInverse: Bool, count: Int? = nil,
    _ number: (Int) -> Int
  ) throws(MartletError) -> NDArray {
    let key = Key(
      name: name, size: size, part: part, dtype: x.dtype, device: x.device.name,
      isInverse: isInverse)
    if let found = known.withLock({ tables in tables.first { $0.key == key }?.table }) {
      return found
    }
    let count = count ?? size
    let table = try NDArray(uninitialised: [count], .complex128, on: .host)
    let memory = try table.storage.writableHere().assumingMemoryBound(to: Double.self)
    let roots = RootsOfUnity(size)
    for i in 0..<count {
      let root = roots[number(i) % size]
      memory[2 * i] = root.real
      memory[2 * i + 1] = isInverse ? -root.imaginary : root.imaginary
    }
    let placed = try table.on(x.device, as: x.dtype)
    guard count <= largestKnown else { return placed }
    known.withLock { tables in
      tables.insert((key, placed), at: 0)
      if tables.count > mostKnown { tables.removeLast() }
    }
    return placed
  }
}
