import CMartlet
import MartletIR
import MartletRuntime

/// The memory that one run of a kernel takes, and what it asks of its host; what is no result is
/// freed with the arena.
final class KernelArena {
  /// The `martlet_arena` that the kernel calls, which begins with what C knows.
  private let header: UnsafeMutablePointer<martlet_arena>
  /// What parallel loops run, and with what.
  var children: [CPUKernel] = []
  var buffers: [UnsafeMutableRawPointer?] = []
  var slots: [Int64] = []
  /// What parallel loops ask whether to go on.
  var watch: UnsafeMutablePointer<martlet_watch>?
  /// Blocks that results lie in.
  private var adopted: [(buffer: Buffer, start: Int)] = []

  /// - Throws: `.outOfMemory`.
  init() throws(MartletError) {
    var parts = martlet_arena_parts(
      take: { bytes, capacity in
        do throws(MartletError) {
          let block = try MemoryPool.shared.allocate(byteCount: Int(bytes))
          capacity.pointee = Int64(block.capacity)
          return block.memory
        } catch {
          // The kernel sees that there is no memory, and raises MemoryError.
          return nil
        }
      },
      give: { memory, capacity in MemoryPool.shared.free(memory, capacity: Int(capacity)) },
      parallel: { arena, child, count in
        guard let context = martlet_arena_context(arena) else { return }
        // The launch that the arena was made for holds it, and waits for this call.
        Unmanaged<KernelArena>.fromOpaque(context).takeUnretainedValue()
          .run(Int(child), tasks: Int(count))
      },
      product: { arguments in KernelProduct.run(arguments) ? 1 : 0 },
      context: nil)
    guard let header = martlet_arena_make(&parts) else { throw .outOfMemory(bytes: 0) }
    self.header = header
    martlet_arena_set_context(header, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit { martlet_arena_free(header) }

  /// The address that the kernel's slot holds.
  var address: Int64 { Int64(Int(bitPattern: header)) }

  /// The block that holds an address, and where the kernel knows it; for a result.
  ///
  /// - Throws: `.outOfMemory`.
  func block(at address: Int) throws(MartletError) -> (buffer: Buffer, start: Int)? {
    let known = adopted.first { (0..<$0.buffer.byteCount).contains(address - $0.start) }
    if let known { return known }
    var capacity: Int64 = 0
    var isGiven: Int32 = 0
    guard let start = martlet_arena_find(header, Int64(address), &capacity, &isGiven) else {
      return nil
    }
    let buffer: Buffer
    if isGiven != 0 {
      buffer = Buffer(pooled: start, capacity: Int(capacity))
    } else {
      // Small blocks share memory, which stays the arena's.
      buffer = try Buffer(byteCount: Int(capacity))
      buffer.pointer.copyMemory(from: start, byteCount: Int(capacity))
    }
    adopted.append((buffer, Int(bitPattern: start)))
    return adopted.last
  }

  private func run(_ child: Int, tasks: Int) {
    guard children.indices.contains(child), let shared = martlet_arena_shared(header),
      !slots.isEmpty
    else { return }
    // Each thread takes memory for itself. The arena is in the last slot.
    slots[slots.count - 1] = Int64(Int(bitPattern: shared))
    // Its floating-point flags are the thread's, as those of the kernel around it.
    _ = children[child].launch(
      buffers: buffers, slots: slots, tasks: tasks, grain: 1, watch: watch)
  }
}

/// A product of matrices that a kernel asks for.
enum KernelProduct {
  /// Runs the product that `arguments` describe: the dtype, the sizes m, n, k, and for each of the
  /// m × k, k × n and m × n matrices the address and the two strides in elements.
  ///
  /// - Returns: whether BLAS did it.
  static func run(_ arguments: UnsafePointer<Int64>) -> Bool {
    guard let dtype = DType(rawValue: UInt8(truncatingIfNeeded: arguments[0])),
      BLASProduct.hasType(dtype), let product = BLASProduct(dtype)
    else { return false }
    let (m, n, k) = (Int(arguments[1]), Int(arguments[2]), Int(arguments[3]))
    guard product.accepts(m, n, k), min(m, n, k) > 0 else { return false }
    func operand(_ first: Int, _ rows: Int, _ columns: Int) -> MatrixOperand? {
      guard let memory = UnsafeMutableRawPointer(bitPattern: Int(arguments[first])) else {
        return nil
      }
      let (row, column) = (Int(arguments[first + 1]), Int(arguments[first + 2]))
      guard rows == 1 || row > 0, columns == 1 || column > 0, product.accepts(row, column)
      else { return nil }
      return MatrixOperand(
        memory, rows: rows, columns: columns, rowStride: row, columnStride: column)
    }
    guard let a = operand(4, m, k), let b = operand(7, k, n), let c = operand(10, m, n) else {
      return false
    }
    // Vectors may have any stride; what is multiplied with one, or with a matrix, has a form.
    guard n == 1 || b.form != nil, m == 1 || a.form != nil, n > 1 || m > 1 else { return false }
    // Inside of a parallel loop the parts run on the thread that asks. As in numba, nobody hears of
    // floating-point events in kernels.
    _ = ProductParts(blas: product).multiply(a, b, into: c)
    return true
  }
}
