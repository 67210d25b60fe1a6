public import Foundation
public import Martlet
import MartletIR

// Arrays and Foundation's `Data`. A product of its own: who does not import it does not link
// Foundation.

extension NDArray {
  /// An array of the numbers that these bytes are, in the machine's order of bytes, copied; in one axis
  /// unless a shape is given. A truth value is any byte that is not 0.
  ///
  /// - Throws: `.shapeMismatch` where the bytes are not those of whole elements, or do not fill the
  ///   shape; `.outOfMemory`.
  public init(bytes data: Data, _ dtype: DType, shape: Shape? = nil) throws(MartletError) {
    let (count, rest) = data.count.quotientAndRemainder(dividingBy: dtype.itemSize)
    let shape = shape ?? [count]
    guard rest == 0, shape.isPossible, shape.elementCount == count else {
      throw .shapeMismatch(
        operation: "array",
        detail: "\(data.count) bytes do not fill shape \(shape) with elements of \(dtype.name)")
    }
    try self.init(uninitialised: shape, dtype)
    let target = try pointer()
    data.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      if dtype == .bool {
        for i in 0..<count {
          target.storeBytes(of: bytes[i] == 0 ? 0 : 1, toByteOffset: i, as: UInt8.self)
        }
      } else {
        target.copyMemory(from: base, byteCount: bytes.count)
      }
    }
    self = try placed()
  }
}

extension NDArray {
  /// The bytes of the elements in C order, in the machine's order of bytes.
  ///
  /// - Throws: What evaluating the array throws.
  public func data() throws(MartletError) -> Data {
    let source = try to(.host).contiguous()
    let base = UnsafeRawPointer(try source.pointer())
    return withExtendedLifetime(source) {
      Data(bytes: base, count: source.count * source.dtype.itemSize)
    }
  }
}
