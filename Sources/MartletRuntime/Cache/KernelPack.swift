import CMartlet
import Glibc
import MartletIR

/// Machine code of kernels that many programs need, made when Martlet was built, so that a program's
/// first run does not wait for LLVM.
///
/// A pack is a file beside the library that it was made for: it belongs to one build of Martlet and
/// to one level of x86-64. A kernel is found by its structure, since the same build makes the same
/// code of it. What runs must be checked: the file must belong to whom the library belongs to, or to
/// this user or root, and be closed to others; and a kernel's code must match its SHA-256. What fails
/// counts as absent, and the kernel is compiled.
package final class KernelPack: @unchecked Sendable {
  // Unchecked: the mapped bytes are only ever read.

  /// The file: this header, a table sorted by key, and the objects.
  ///
  /// `MARTLETK`, the level, how many entries (8 bytes each, most significant first), the build (32
  /// bytes, padded with zeros). Each entry: the kernel's key (32 bytes), where its object begins and
  /// how long it is (8 bytes each), and the SHA-256 of key and object.
  static let magic = Array("MARTLETK".utf8)
  static let headerBytes = 8 + 8 + 8 + 32
  static let entryBytes = 32 + 8 + 8 + 32
  static let buildBytes = 32

  private let file: UnsafeRawBufferPointer
  let count: Int

  /// The pack that lies beside this library, for what this processor can do; nil without one, under
  /// `MARTLET_PACK=0`, and where the user wants the interpreter.
  package static let installed: KernelPack? = {
    guard Environment["MARTLET_PACK"] != "0", !LLVMCompiler.isSwitchedOff,
      let level = PackLevel.host, let build = currentBuild, let library = libraryPath,
      let slash = library.lastIndex(of: "/")
    else { return nil }
    var owner = stat()
    guard stat(library, &owner) == 0 else { return nil }
    return KernelPack(
      path: library[...slash] + level.fileName, level: level, build: build, owner: owner.st_uid)
  }()

  /// What identifies the build of the library or program that this code is part of.
  package static let currentBuild: [UInt8]? = {
    guard let address = someAddress else { return nil }
    var bytes = [UInt8](repeating: 0, count: buildBytes)
    let count = bytes.withUnsafeMutableBufferPointer { room in
      room.baseAddress.map { martlet_build_id(address, $0, Int32(room.count)) } ?? 0
    }
    return count > 0 ? bytes : nil
  }()

  private static var libraryPath: String? {
    guard let address = someAddress, let path = martlet_library_path(address) else { return nil }
    // A program's own may be relative to a working directory that has changed since.
    return String(cString: path).hasPrefix("/") ? String(cString: path) : nil
  }

  /// An address in the image that Martlet is part of.
  private static var someAddress: UnsafeRawPointer? {
    let function: @convention(c) () -> Int32 = martlet_x86_level
    return unsafeBitCast(function, to: UnsafeRawPointer.self)
  }

  /// The pack in a file, if that is one for this level and build and `owner`, this user or root may
  /// have written it, and nobody else.
  init?(path: String, level: PackLevel, build: [UInt8], owner: uid_t) {
    let descriptor = martlet_open_file(path, O_RDONLY | O_NONBLOCK, 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      [0, geteuid(), owner].contains(status.st_uid), status.st_mode & 0o002 == 0,
      status.st_size >= Self.headerBytes,
      let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    file = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
    let entries = Self.number(file, at: 16)
    count = Int(clamping: entries)
    guard file.prefix(8).elementsEqual(Self.magic), Self.number(file, at: 8) == level.rawValue,
      file[24..<56].elementsEqual(build),
      entries <= (file.count - Self.headerBytes) / Self.entryBytes
    else {
      munmap(start, file.count)
      return nil
    }
  }

  /// The object of the kernel with this key, if it is here and whole. It lives as long as the pack.
  func object(_ key: SHA256.Digest) -> UnsafeRawBufferPointer? {
    let wanted = key.bytes
    return wanted.withUnsafeBytes { wanted in
      var (low, high) = (0, count)
      while low < high {
        let middle = low + (high - low) / 2
        let at = Self.headerBytes + middle * Self.entryBytes
        let order = memcmp(file.baseAddress! + at, wanted.baseAddress!, 32)  // Neither is empty.
        if order == 0 { return checked(at, key) }
        if order < 0 { low = middle + 1 } else { high = middle }
      }
      return nil
    }
  }

  private func checked(_ at: Int, _ key: SHA256.Digest) -> UnsafeRawBufferPointer? {
    let start = Self.number(file, at: at + 32)
    let length = Self.number(file, at: at + 40)
    let size = UInt64(file.count)
    guard start <= size, length > 0, length <= size - start else { return nil }
    let object = UnsafeRawBufferPointer(rebasing: file[Int(start)..<Int(start + length)])
    let digest = Self.digest(key: key, object: object)
    return digest.bytes.elementsEqual(file[(at + 48)..<(at + 80)]) ? object : nil
  }

  private static func number(_ file: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    UInt64(bigEndian: file.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The key is part of what is signed, so that entries cannot be exchanged for one another.
  static func digest(key: SHA256.Digest, object: UnsafeRawBufferPointer) -> SHA256.Digest {
    var hash = SHA256()
    key.bytes.withUnsafeBytes { hash.update($0) }
    hash.update(object)
    return hash.finish()
  }

  /// The key of a kernel whose calls of mathematical functions are not expanded yet.
  static func key(of kernel: Kernel) -> SHA256.Digest {
    kernel.encoded.withUnsafeBytes { SHA256.digest(of: $0) }
  }

  /// The file of a pack with these objects.
  static func contents(
    _ objects: [SHA256.Digest: [UInt8]], level: PackLevel, build: [UInt8]
  ) -> [UInt8] {
    func bytes(_ number: Int) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: UInt64(number) >> UInt64(56 - 8 * $0)) }
    }
    let sorted = objects.map { (key: $0, name: $0.bytes, object: $1) }
      .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    var file = magic + bytes(Int(level.rawValue)) + bytes(sorted.count) + build
    var place = headerBytes + sorted.count * entryBytes
    for (key, name, object) in sorted {
      let signature = object.withUnsafeBytes { Self.digest(key: key, object: $0) }
      file += name + bytes(place) + bytes(object.count) + signature.bytes
      place += object.count
    }
    for (_, _, object) in sorted { file += object }
    return file
  }
}

/// The levels of x86-64 that packs are made for; each has the instructions of those below.
package enum PackLevel: UInt64, CaseIterable, Sendable {
  case v3 = 3
  case v4 = 4

  /// What this processor has, and its system saves.
  package static let host: PackLevel? = PackLevel(rawValue: UInt64(martlet_x86_level()))

  /// As LLVM calls it.
  package var processor: String { "x86-64-v\(rawValue)" }

  package var fileName: String { "_kernels.\(processor).pack" }

  /// What the emitter must know of it, of what LLVM infers from the processor's name.
  var features: String {
    let v3 = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt"
    return self == .v3 ? v3 : v3 + ",+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl"
  }
}
