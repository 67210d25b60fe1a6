import CMartlet
import Glibc

/// Compiled kernels on disk, for one user.
///
/// What lies there is machine code that will run, so a file is hostile until it is checked: the
/// directory must belong to this user and be closed to others, files likewise and no links, and
/// the contents must match the length and SHA-256 in their own header. Whatever fails a check is
/// treated as absent: the kernel is compiled again. Nothing here raises an error.
package struct DiskCache: Sendable {
  package struct Entry: Sendable, Hashable {
    package let name: String
    package let bytes: Int
    /// Seconds since 1970.
    package let lastUsed: Int
  }

  /// The directory, or nil when the cache is off or could not be trusted.
  package let directory: String?
  let limit: Int

  /// Changes whenever a kernel compiled by an older Martlet must not be used any more.
  package static let formatVersion = 1
  package static let defaultLimit = 256 << 20
  private static let magic = Array("MARTLET1".utf8)
  private static let headerBytes = 8 + 8 + 32
  private static let suffix = ".o"

  /// The user's cache: `$MARTLET_CACHE_DIR`, else `$XDG_CACHE_HOME/martlet`, else
  /// `~/.cache/martlet`. `MARTLET_CACHE=0` switches it off.
  package static let user: DiskCache = {
    if Environment["MARTLET_CACHE"] == "0" { return DiskCache(directory: nil) }
    return DiskCache(directory: defaultDirectory())
  }()

  private static func defaultDirectory() -> String? {
    if let own = Environment["MARTLET_CACHE_DIR"] { return own.hasPrefix("/") ? own : nil }
    if let base = Environment["XDG_CACHE_HOME"], base.hasPrefix("/") { return base + "/martlet" }
    guard let home = Environment["HOME"], home.hasPrefix("/") else { return nil }
    return home + "/.cache/martlet"
  }

  package init(directory: String?, limit: Int = DiskCache.defaultLimit) {
    self.directory = directory
    self.limit = limit
  }

  // MARK: - One entry

  /// The object stored under `name` (64 hexadecimal digits), if it passes every check.
  package func read(_ name: String) -> [UInt8]? {
    guard let folder = open(creating: false) else { return nil }
    defer { close(folder) }
    let file = martlet_open_file_at(folder, name + Self.suffix, O_RDONLY | O_NONBLOCK, 0)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard Self.isPrivate(file, kind: S_IFREG) else { return nil }

    guard let header = Self.read(file, count: Self.headerBytes),
      Array(header[0..<8]) == Self.magic
    else { return nil }
    let length = header[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // Bounded, so that a false length cannot exhaust memory.
    guard length > 0, length <= 64 << 20, let object = Self.read(file, count: Int(length)) else {
      return nil
    }
    guard Self.digest(name: name, object: object).bytes == Array(header[16..<48]) else {
      return nil
    }
    futimens(file, nil)  // Marks it as used; only the order of trimming depends on it.
    return object
  }

  /// Stores `object` under `name`, replacing what is there.
  package func write(_ object: [UInt8], as name: String) {
    guard let folder = open(creating: true) else { return }
    defer { close(folder) }
    var contents = Self.magic
    contents += (0..<8).map { UInt8(truncatingIfNeeded: UInt64(object.count) >> (56 - 8 * $0)) }
    contents += Self.digest(name: name, object: object).bytes
    contents += object

    let temporary = ".\(name).\(getpid()).\(martlet_nanoseconds())"
    let file = martlet_open_file_at(folder, temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard file >= 0 else { return }
    let whole = Self.write(contents, to: file)
    close(file)
    if !whole || renameat(folder, temporary, folder, name + Self.suffix) != 0 {
      unlinkat(folder, temporary, 0)
    }
  }

  /// The name is part of what is signed, so that entries cannot be exchanged for one another.
  private static func digest(name: String, object: [UInt8]) -> SHA256.Digest {
    var hash = SHA256()
    hash.update(name)
    object.withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  // MARK: - The whole cache

  package func entries() -> [Entry] {
    guard let folder = open(creating: false) else { return [] }
    defer { close(folder) }
    return list(folder).filter { $0.name.hasSuffix(Self.suffix) }
  }

  /// Removes everything; returns how many bytes were freed.
  @discardableResult
  package func clear() -> Int {
    guard let folder = open(creating: false) else { return 0 }
    defer { close(folder) }
    return list(folder).reduce(0) { $0 + (unlinkat(folder, $1.name, 0) == 0 ? $1.bytes : 0) }
  }

  /// Removes the entries unused for longest until the rest fits `limit`, and what writers that
  /// were killed left behind.
  package func trim() {
    guard let folder = open(creating: false) else { return }
    defer { close(folder) }
    let all = list(folder)
    let now = time(nil)
    for left in all where left.name.hasPrefix(".") && now - left.lastUsed > 3600 {
      unlinkat(folder, left.name, 0)
    }
    let kept = all.filter { !$0.name.hasPrefix(".") }.sorted { $0.lastUsed < $1.lastUsed }
    var total = kept.reduce(0) { $0 + $1.bytes }
    for entry in kept where total > limit {
      if unlinkat(folder, entry.name, 0) == 0 { total -= entry.bytes }
    }
  }

  private func list(_ folder: Int32) -> [Entry] {
    // fdopendir takes the descriptor over, so it gets its own.
    let copy = martlet_open_file_at(folder, ".", O_RDONLY | O_DIRECTORY, 0)
    guard copy >= 0 else { return [] }
    guard let stream = fdopendir(copy) else {
      close(copy)
      return []
    }
    defer { closedir(stream) }
    var found: [Entry] = []
    while let item = readdir(stream) {
      let name = withUnsafePointer(to: &item.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var status = stat()
      guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mode & S_IFMT != S_IFDIR
      else { continue }
      found.append(
        Entry(name: name, bytes: Int(status.st_size), lastUsed: Int(status.st_mtim.tv_sec)))
    }
    return found
  }

  // MARK: - Files

  /// The directory's descriptor, if it is this user's own and closed to others.
  private func open(creating: Bool) -> Int32? {
    guard let directory else { return nil }
    if creating { Self.createDirectories(directory) }
    let folder = martlet_open_file(directory, O_RDONLY | O_DIRECTORY, 0)
    guard folder >= 0 else { return nil }
    guard Self.isPrivate(folder, kind: S_IFDIR) else {
      close(folder)
      return nil
    }
    return folder
  }

  private static func createDirectories(_ path: String) {
    if mkdir(path, 0o700) == 0 || errno != ENOENT { return }
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    createDirectories(String(path[..<slash]))
    mkdir(path, 0o700)
  }

  private static func isPrivate(_ file: Int32, kind: mode_t) -> Bool {
    var status = stat()
    guard fstat(file, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == kind && status.st_uid == geteuid()
      && status.st_mode & 0o077 == 0
  }

  private static func read(_ file: Int32, count: Int) -> [UInt8]? {
    // What is claimed must be there before memory is taken for it.
    var status = stat()
    guard fstat(file, &status) == 0, Int(status.st_size) >= count else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { room, filled in
      while filled < count {
        let got = Glibc.read(file, room.baseAddress! + filled, count - filled)
        if got < 0 && errno == EINTR { continue }
        if got <= 0 { break }
        filled += got
      }
    }
    return bytes.count == count ? bytes : nil
  }

  static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    bytes.withUnsafeBytes { room in
      var done = 0
      while done < room.count {
        let put = Glibc.write(file, room.baseAddress! + done, room.count - done)
        if put < 0 && errno == EINTR { continue }
        if put <= 0 { return false }
        done += put
      }
      return true
    }
  }
}
