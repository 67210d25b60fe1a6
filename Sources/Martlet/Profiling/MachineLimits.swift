import CMartlet
import Glibc
import MartletIR
import MartletRuntime

/// What this machine can do at most: bytes per second for each level of its caches and for memory, on
/// all threads together, and numbers per second in products of matrices.
///
/// Measured once, in about a second, and kept in the disk cache.
struct MachineLimits: Sendable {
  struct Level: Sendable {
    var name: String
    /// What all threads together have there; memory has no end.
    var capacity: Int
    var bytesPerSecond: Double
  }

  /// The nearest first.
  var levels: [Level]
  var operationsPerSecond: Double

  /// Nil where there is no memory to measure with.
  static let here: MachineLimits? = kept() ?? measuredAndKept()

  /// The level that so many bytes fit into.
  func level(of bytes: Int) -> Level {
    levels.first { bytes <= $0.capacity } ?? levels[levels.count - 1]
  }

  /// Which part of the best that is possible an entry reached, by what limits it; nil for what is not
  /// work of the host's processor, or too little to say.
  func share(of entry: Profile.Entry) -> Double? {
    guard entry.device == "cpu", entry.seconds > 0, entry.count > 0 else { return nil }
    let operations = Double(entry.operations) / entry.seconds / operationsPerSecond
    switch entry.kind {
    case .library: return operations > 0 ? min(operations, 1) : nil
    case .launch, .direct:
      guard entry.bytes > 0 else { return nil }
      let level = level(of: entry.bytes / entry.count)
      return min(max(Double(entry.bytes) / entry.seconds / level.bytesPerSecond, operations), 1)
    default: return nil
    }
  }

  // MARK: In the cache

  private static let entryName: String? = {
    var words = [UInt32](repeating: 0, count: 64)
    let count = martlet_processor_words(&words)
    guard count > 0 else { return nil }
    var hash = SHA256()
    hash.update("limits 1, \(Workers.shared.threads) threads, ")
    words.prefix(Int(count)).withUnsafeBytes { hash.update($0) }
    return hash.finish().hexadecimal
  }()

  private static func kept() -> MachineLimits? {
    guard let entryName, let bytes = DiskCache.user.read(entryName) else { return nil }
    return MachineLimits(String(decoding: bytes, as: UTF8.self))
  }

  private static func measuredAndKept() -> MachineLimits? {
    guard let measured = try? measured() else { return nil }
    if let entryName { DiskCache.user.write(Array(measured.text.utf8), as: entryName) }
    return measured
  }

  /// A line for each number.
  private var text: String {
    (["\(operationsPerSecond)"] + levels.map { "\($0.name) \($0.capacity) \($0.bytesPerSecond)" })
      .joined(separator: "\n")
  }

  init?(_ text: String) {
    let rows = text.split(separator: "\n")
    guard rows.count >= 2, let operations = Double(rows[0]), operations > 0 else { return nil }
    operationsPerSecond = operations
    levels = []
    for row in rows.dropFirst() {
      let parts = row.split(separator: " ")
      guard parts.count == 3, let capacity = Int(parts[1]), let speed = Double(parts[2]), speed > 0
      else { return nil }
      levels.append(Level(name: String(parts[0]), capacity: capacity, bytesPerSecond: speed))
    }
  }

  private init(levels: [Level], operationsPerSecond: Double) {
    self.levels = levels
    self.operationsPerSecond = operationsPerSecond
  }

  // MARK: Measuring

  /// What is walked over in memory, by all threads.
  private static let memoryBytes = 256 << 20
  /// What one measurement moves at least.
  private static let movedBytes = 64 << 20

  private static func measured() throws(MartletError) -> MachineLimits {
    let threads = Workers.shared.threads
    let memory = try NDArray.full([memoryBytes], Scalar(dtype: .uint8, low: 1))
    nonisolated(unsafe) let base = try memory.pointer()
    var levels: [Level] = []
    for cache in caches() {
      let capacity = cache.isShared ? cache.bytes : cache.bytes * threads
      guard capacity < memoryBytes else { break }
      levels.append(
        Level(
          name: "L\(cache.level)", capacity: capacity,
          bytesPerSecond: speed(base, capacity / 2, threads)))
    }
    levels.append(
      Level(
        name: "memory", capacity: .max, bytesPerSecond: speed(base, memoryBytes, threads)))
    withExtendedLifetime(memory) {}
    // What is nearer is no slower, though short arrays show less of it.
    for i in levels.indices.dropLast().reversed() {
      levels[i].bytesPerSecond = max(levels[i].bytesPerSecond, levels[i + 1].bytesPerSecond)
    }
    return MachineLimits(levels: levels, operationsPerSecond: try operations())
  }

  /// The best of copying and comparing, in which the C library reads and writes as quickly as the
  /// processor can.
  private static func speed(
    _ base: UnsafeMutableRawPointer, _ bytes: Int, _ threads: Int
  ) -> Double {
    nonisolated(unsafe) let base = base
    let half = max(bytes / threads / 2 / 64 * 64, 1024)
    let times = max(1, movedBytes / (2 * half * threads))
    var best = 0.0
    for copies in [true, false, true, false, true, false] {
      let start = martlet_nanoseconds()
      Workers.shared.parallel(count: threads) { first, end in
        for i in first..<end {
          let (a, b) = (base + 2 * half * i, base + 2 * half * i + half)
          var difference: Int32 = 0
          for _ in 0..<times {
            if copies { memcpy(a, b, half) } else { difference |= memcmp(a, b, half) }
          }
          // All elements are the same; that this is looked at keeps the comparison.
          if difference != 0 { martlet_pause() }
        }
      }
      let seconds = Double(martlet_nanoseconds() - start) / 1e9
      best = max(best, Double(2 * half * times * threads) / max(seconds, 1e-9))
    }
    return best
  }

  private static func operations() throws(MartletError) -> Double {
    var best = 0.0
    for dtype in [DType.float32, .float64] {
      let n = 768
      let matrix = try NDArray.full([n, n], Scalar(real: 1, imaginary: 0, dtype))
      for _ in 0..<4 {
        let start = martlet_nanoseconds()
        _ = try matrix.matmul(matrix).storage.evaluated()
        let seconds = Double(martlet_nanoseconds() - start) / 1e9
        best = max(best, 2 * Double(n * n * n) / max(seconds, 1e-9))
      }
    }
    return best
  }

  private static func caches() -> [(level: Int, bytes: Int, isShared: Bool)] {
    var found: [(Int, Int, Bool)] = []
    for index in 0..<8 {
      let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)/"
      guard let level = line(folder + "level").flatMap({ Int($0) }),
        let kind = line(folder + "type"), let size = line(folder + "size"), size.hasSuffix("K"),
        let kilobytes = Int(size.dropLast())
      else { continue }
      if kind == "Instruction" || kilobytes <= 0 || kilobytes > 1 << 22 { continue }
      let shared = line(folder + "shared_cpu_list") ?? ""
      found.append((level, kilobytes << 10, shared.contains { $0 == "-" || $0 == "," }))
    }
    if !found.isEmpty { return found }
    return [(1, 1 << 15, false), (2, 1 << 20, false), (3, 1 << 25, true)]
  }

  private static func line(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes = [CChar](repeating: 0, count: 256)
    guard fgets(&bytes, 255, file) != nil else { return nil }
    let text = bytes.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self)
  }
}
