import Glibc
import MartletIR
import MartletRuntime
import Synchronization

/// Elements of an array that lie in the host's memory, read one at a time and only when asked.
struct ArrayReading {
  let array: NDArray
  private let memory: UnsafeRawPointer
  let layout: Layout
  let dtype: DType

  private static let read = Atomic<Int>(0)
  /// Bytes of arrays that inspectors of this process have read, for tests.
  static var readCount: Int { read.load(ordering: .relaxed) }

  /// Arrays of more elements are sampled.
  static let wholeCount = 1 << 18
  /// How many elements a sample has, in blocks of neighbours.
  private static let (sampleBlocks, blockSize) = (256, 256)

  /// Nil where looking would compute, or copy from a device: `reason` says which.
  init?(_ array: NDArray) {
    let storage = array.storage.untraced ?? array.storage
    if let pointer = storage.pointer {
      memory = UnsafeRawPointer(pointer)
    } else if !storage.isPending, storage.isSeenByHost, !storage.isPinned,
      let copy = try? storage.evaluated()
    {
      // The copy that the host has already.
      memory = UnsafeRawPointer(copy)
    } else {
      return nil
    }
    self.array = array
    layout = array.layout
    dtype = array.dtype
  }

  static func reason(_ array: NDArray) -> String {
    if array.isPending { return "pending: looking does not compute it" }
    return "on \(array.device.name), and the host has no copy: looking does not make one"
  }

  func element(_ offset: Int) -> Scalar {
    let size = dtype.itemSize
    var low: UInt64 = 0
    var high: UInt64 = 0
    let place = memory + (layout.offset + offset) * size
    // Foreign memory may lie anywhere.
    withUnsafeMutableBytes(of: &low) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: place, count: min(size, 8)))
    }
    switch dtype {
    case .bool: low = low == 0 ? 0 : 1
    case .complex128:
      withUnsafeMutableBytes(of: &high) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: place + 8, count: 8))
      }
    case .complex64: (low, high) = (low & 0xffff_ffff, low >> 32)
    default: break
    }
    return Scalar(dtype: dtype, low: low, high: high)
  }

  /// A number to draw: of a complex one the magnitude.
  func number(_ offset: Int) -> Double {
    let element = element(offset)
    return dtype.isComplex ? hypot(element.asDouble, element.imaginary) : element.asDouble
  }

  /// How far from the first the element is that stands at a position in C's order.
  func offset(_ position: Int) -> Int {
    var (rest, offset) = (position, 0)
    for axis in (0..<layout.rank).reversed() {
      let size = max(layout.shape[axis], 1)
      offset += rest % size * layout.strides[axis]
      rest /= size
    }
    return offset
  }

  func count(_ elements: Int) {
    Self.read.wrappingAdd(elements * dtype.itemSize, ordering: .relaxed)
  }

  /// Calls `body` with numbers of the whole array, or of a sample; returns how many.
  @discardableResult
  func sample(_ body: (Double) -> Void) -> Int {
    let total = layout.count
    if total <= Self.wholeCount {
      for i in 0..<total { body(number(offset(i))) }
      count(total)
      return total
    }
    let (blocks, size) = (Self.sampleBlocks, Self.blockSize)
    // From the first element to the last, with both.
    for block in 0..<blocks {
      let start = Int(Double(total - size) * (Double(block) / Double(blocks - 1)))
      for i in start..<min(start + size, total) { body(number(offset(i))) }
    }
    count(blocks * size)
    return blocks * size
  }

  /// `all 12 elements`, or how many of how many.
  static func extent(_ seen: Int, of total: Int) -> String {
    seen == total
      ? "all \(InspectionText.count(total)) elements"
      : "a sample: \(InspectionText.count(seen)) of \(InspectionText.count(total)) elements, "
        + "in \(sampleBlocks) places"
  }
}

/// Numbers about an array's elements, all of them or a sample.
struct ArrayStatistics {
  var seen = 0
  var total: Int
  var (nan, infinite, zero) = (0, 0, 0)
  var (low, high) = (Double.infinity, -Double.infinity)
  var (mean, deviation) = (0.0, 0.0)

  init(_ reading: ArrayReading) {
    total = reading.layout.count
    var (finite, mean, squares) = (0, 0.0, 0.0)
    var (nan, infinite, zero) = (0, 0, 0)
    var (low, high) = (Double.infinity, -Double.infinity)
    seen = reading.sample { number in
      if number.isNaN {
        nan += 1
      } else if number.isInfinite {
        infinite += 1
      } else {
        if number == 0 { zero += 1 }
        low = min(low, number)
        high = max(high, number)
        // Welford (1962): one pass, and no difference of large sums.
        finite += 1
        let change = number - mean
        mean += change / Double(finite)
        squares += change * (number - mean)
      }
    }
    (self.nan, self.infinite, self.zero) = (nan, infinite, zero)
    (self.low, self.high) = (low, high)
    self.mean = finite > 0 ? mean : .nan
    deviation = finite > 0 ? (squares / Double(finite)).squareRoot() : .nan
  }

  var facts: [(String, String)] {
    let short = InspectionText.short
    var facts = [("of", ArrayReading.extent(seen, of: total))]
    if low <= high {
      facts += [
        ("min", short(low)), ("max", short(high)), ("mean", short(mean)),
        ("std", short(deviation)),
      ]
    }
    facts += [
      ("zeros", InspectionText.count(zero)), ("NaN", InspectionText.count(nan)),
      ("inf", InspectionText.count(infinite)),
    ]
    return facts
  }
}
