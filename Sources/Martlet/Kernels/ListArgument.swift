import CMartlet
import MartletFrontend
import MartletIR

/// A list of numbers that a kernel is given, and may change.
///
/// Unchecked: one call has it, which runs on one thread at a time.
package final class ListArgument: @unchecked Sendable {
  package let dtype: DType
  /// The header that the kernel finds, behind it the numbers.
  let header: UnsafeMutablePointer<martlet_list>
  private let memory: UnsafeMutableRawPointer
  /// What the list has after the call, if that changed it.
  package private(set) var changed: [Scalar]?

  package init(_ numbers: [Scalar], _ dtype: DType) {
    self.dtype = dtype
    let size = dtype.itemSize
    let capacity = max(numbers.count, 4)
    header = .allocate(capacity: 1)
    memory = .allocate(byteCount: capacity * size, alignment: 64)
    for (i, number) in numbers.enumerated() { number.store(to: memory + i * size) }
    header.initialize(
      to: martlet_list(
        data: Int64(Int(bitPattern: memory)), count: Int64(numbers.count),
        capacity: Int64(capacity), changed: 0, block: 0))
  }

  deinit {
    memory.deallocate()
    header.deallocate()
  }

  /// The address that the kernel's slot holds.
  var address: Int64 { Int64(Int(bitPattern: header)) }

  /// Keeps what the kernel left, while its memory is there.
  func collect() {
    guard header.pointee.changed != 0 else { return }
    changed = ListMemory(at: address).map { numbers in
      numbers.elements(ListLayout([dtype])).map { $0[0] }
    }
  }
}

/// A list in a kernel's memory.
struct ListMemory {
  private let header: UnsafePointer<martlet_list>

  /// Nil for no address.
  init?(at address: Int64) {
    guard let header = UnsafePointer<martlet_list>(bitPattern: Int(address)) else { return nil }
    self.header = header
  }

  /// The numbers of each element.
  func elements(_ layout: ListLayout) -> [[Scalar]] {
    guard let data = UnsafeRawPointer(bitPattern: Int(header.pointee.data)) else { return [] }
    return (0..<Int(header.pointee.count)).map { i in
      zip(layout.dtypes, layout.offsets).map { dtype, offset in
        Scalar(dtype: dtype, from: data + i * layout.stride + offset)
      }
    }
  }
}

extension ListMemory {
  func map<Result>(_ body: (ListMemory) -> Result) -> Result { body(self) }
}

extension Scalar {
  /// The number whose bytes lie somewhere.
  fileprivate init(dtype: DType, from memory: UnsafeRawPointer) {
    var (low, high) = (UInt64(0), UInt64(0))
    let size = dtype.itemSize
    if dtype.isComplex {
      withUnsafeMutableBytes(of: &low) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: memory, count: size / 2))
      }
      withUnsafeMutableBytes(of: &high) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: memory + size / 2, count: size / 2))
      }
    } else {
      withUnsafeMutableBytes(of: &low) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: memory, count: size))
      }
    }
    self.init(dtype: dtype, low: low, high: high)
  }

  /// Writes its bytes.
  fileprivate func store(to memory: UnsafeMutableRawPointer) {
    let size = dtype.isComplex ? dtype.itemSize / 2 : dtype.itemSize
    withUnsafeBytes(of: low) { memory.copyMemory(from: $0.baseAddress!, byteCount: size) }
    guard dtype.isComplex else { return }
    withUnsafeBytes(of: high) { (memory + size).copyMemory(from: $0.baseAddress!, byteCount: size) }
  }
}
