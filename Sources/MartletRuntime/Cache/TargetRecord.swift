import CMartlet
import Glibc
import MartletCodegen

/// What libLLVM said of this processor, kept in the disk cache.
///
/// With it the text of a kernel can be written, and its object found on disk, without opening
/// libLLVM. It holds for one file of the library, as it is, on one kind of processor; the caller
/// asks libLLVM again once that is open, so a record that is out of date costs time and no more.
struct TargetRecord: Equatable {
  var target: TargetDescription
  /// The library's file, absolute.
  var library: String

  /// The entry's name in the disk cache; nil where processors cannot be told apart. What chooses
  /// the library is part of it.
  static let entryName: String? = {
    var words = [UInt32](repeating: 0, count: 64)
    let count = words.withUnsafeMutableBufferPointer {
      martlet_processor_words($0.baseAddress!)  // 64 are not empty.
    }
    guard count > 0 else { return nil }
    var hash = SHA256()
    let parts = [
      "target \(DiskCache.formatVersion)", Environment["MARTLET_LLVM"] ?? "",
      Environment["LD_LIBRARY_PATH"] ?? "",
    ]
    for part in parts { hash.update("\(part.utf8.count):\(part)") }
    words.prefix(Int(count)).withUnsafeBytes { hash.update($0) }
    return hash.finish().hexadecimal
  }()

  /// The record of this processor, if its library is still what it was.
  static func read(from disk: DiskCache) -> TargetRecord? {
    guard let entryName, let bytes = disk.read(entryName) else { return nil }
    return TargetRecord(String(decoding: bytes, as: UTF8.self))
  }

  func write(to disk: DiskCache) {
    guard let entryName = Self.entryName, let text else { return }
    disk.write(Array(text.utf8), as: entryName)
  }

  // MARK: - As text

  init(target: TargetDescription, library: String) {
    self.target = target
    self.library = library
  }

  /// Nil for what is no record, and where the library's file is another than it was.
  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.count == 7, let version = Int(lines[2]), lines[1] == Self.identity(of: lines[0])
    else { return nil }
    library = lines[0]
    target = TargetDescription(
      triple: lines[3], processor: lines[4], features: lines[5], dataLayout: lines[6],
      llvmVersion: version)
  }

  /// A line for each part; nil where one would not be read back.
  var text: String? {
    guard let identity = Self.identity(of: library) else { return nil }
    let parts = [
      library, identity, "\(target.llvmVersion)", target.triple, target.processor, target.features,
      target.dataLayout,
    ]
    return parts.contains { $0.contains("\n") } ? nil : parts.joined(separator: "\n")
  }

  /// What changes when the file is replaced or written.
  private static func identity(of path: String) -> String? {
    var status = stat()
    guard path.hasPrefix("/"), stat(path, &status) == 0 else { return nil }
    return "\(status.st_dev) \(status.st_ino) \(status.st_size) "
      + "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
