import Glibc
import MartletRuntime

/// `martlet cache`: compiled kernels on disk.
enum CacheCommand {
  static func run(_ arguments: [String]) throws(ToolError) -> String {
    try run(arguments, on: .user)
  }

  static func run(_ arguments: [String], on cache: DiskCache) throws(ToolError) -> String {
    if arguments.count > 1 { throw .unexpected(arguments[1], "cache") }
    guard let directory = cache.directory else {
      throw .failure(
        "The kernel cache is off: MARTLET_CACHE=0, or no absolute path in MARTLET_CACHE_DIR, "
          + "XDG_CACHE_HOME or HOME.")
    }
    switch arguments.first {
    case nil: return "\(directory): \(summary(cache.entries()))"
    case "list": return list(cache.entries())
    case "clear":
      let entries = cache.entries()
      let freed = cache.clear()
      return "Removed \(summary(entries)); \(kilobytes(freed)) freed."
    case let other?: throw .unexpected(other, "cache")
    }
  }

  private static func list(_ entries: [DiskCache.Entry]) -> String {
    let rows = entries.sorted { $0.lastUsed > $1.lastUsed }.map {
      "\(time($0.lastUsed))  \(kilobytes($0.bytes).padded(to: 10))  \($0.name)"
    }
    return (rows + [summary(entries)]).joined(separator: "\n")
  }

  private static func summary(_ entries: [DiskCache.Entry]) -> String {
    let bytes = entries.reduce(0) { $0 + $1.bytes }
    return "\(entries.count) \(entries.count == 1 ? "kernel" : "kernels"), \(kilobytes(bytes))"
  }

  private static func kilobytes(_ bytes: Int) -> String { "\((bytes + 999) / 1000) kB" }

  /// Local time, to the minute.
  private static func time(_ seconds: Int) -> String {
    var moment = time_t(seconds)
    var parts = tm()
    localtime_r(&moment, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { room in
      room.initialize(repeating: 0)
      guard let text = room.baseAddress else { return "" }
      strftime(text, room.count, "%Y-%m-%d %H:%M", &parts)
      return String(cString: text)
    }
  }
}
