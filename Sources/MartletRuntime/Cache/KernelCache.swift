import MartletCodegen
import MartletIR

/// From a kernel to a callable address: in memory, else in the pack that came with Martlet, else on
/// disk, else compiled and stored.
///
/// What is there already is found without opening libLLVM, which takes longer than all else. The
/// pack belongs to this build of Martlet, so a kernel is found in it by its structure; what lies on
/// disk may be older, and is found by the text that it was compiled from.
package final class KernelCache: @unchecked Sendable {
  // Unchecked: the variables are only touched while `GlobalLocks.kernels` is held.
  private var addresses: [SHA256.Digest: UnsafeRawPointer] = [:]
  private var counts = Statistics()
  private var bytesWritten = 0
  /// What texts are written for: libLLVM's word for it, as it was recorded until it is open.
  private var record: TargetRecord?
  private let disk: DiskCache
  private let pack: KernelPack?
  private let usesOwnLoader: Bool
  private var recorder: KernelRecorder?

  /// How often a kernel was found where.
  package struct Statistics: Sendable, Hashable {
    package var memory = 0
    package var pack = 0
    package var disk = 0
    package var compiled = 0

    /// Where a kernel came from that was asked for since.
    package func origin(since before: Statistics) -> String {
      if compiled > before.compiled { return "compiled" }
      if pack > before.pack { return "came with Martlet, loaded" }
      return disk > before.disk ? "loaded from disk" : "already in memory"
    }
  }

  package static let shared = KernelCache(disk: .user, pack: .installed)

  /// - Parameter usesOwnLoader: false for LLVM's loader, for every object.
  init(disk: DiskCache, pack: KernelPack? = nil, usesOwnLoader: Bool = true) {
    self.disk = disk
    self.pack = pack
    self.usesOwnLoader = usesOwnLoader
  }

  package var statistics: Statistics { GlobalLocks.kernels.withLock { counts } }

  /// The address of the compiled kernel, valid until the process ends.
  ///
  /// - Parameter isUsers: whether a user wrote it, whose loops LLVM should look into.
  package func function(
    of kernel: Kernel, isUsers: Bool = false
  ) throws(MartletError) -> UnsafeRawPointer {
    guard Profiler.isOn else { return try find(kernel, isUsers) }
    let (span, before) = (Profiler.begin(), statistics)
    defer {
      Profiler.end(span, .compile, kernel.name, note: statistics.origin(since: before))
    }
    return try find(kernel, isUsers)
  }

  private func find(
    _ kernel: Kernel, _ isUsers: Bool
  ) throws(MartletError) -> UnsafeRawPointer {
    if !isUsers, let ready = try ready(kernel) { return ready }
    let expanded = MathLibrary.expand(kernel)
    return try function(symbol: kernel.name) { target throws(MartletError) in
      let text = try LLVMEmitter.emit(expanded, target: target)
      return isUsers ? LLVMCompiler.thoroughMark + text : text
    }
  }

  /// The address of the compiled function `symbol`, valid until the process ends.
  ///
  /// - Parameter text: writes the module for a processor; the same gives the same text.
  /// - Throws: `.libraryMissing` without libLLVM, `.compilation` when LLVM refuses the text, and
  ///   what `text` throws.
  package func function(
    symbol: String, text: (TargetDescription) throws(MartletError) -> String
  ) throws(MartletError) -> UnsafeRawPointer {
    GlobalLocks.prepareForFork()
    let target = try currentTarget()
    let written = try text(target)
    // The lock is held while compiling: two threads that need one kernel then compile it once.
    return try GlobalLocks.kernels.withLock { () throws(MartletError) in
      if let found = try find(written, symbol, target) { return found }
      let compiler = try LLVMCompiler.shared()
      keep(compiler)
      if compiler.target == target { return try compiled(written, symbol, compiler) }
      // Another libLLVM is found now than when the record was written.
      let written = try text(compiler.target)
      if let found = try find(written, symbol, compiler.target) { return found }
      return try compiled(written, symbol, compiler)
    }
  }

  // MARK: - The pack

  /// The kernel as the pack has it.
  private func ready(_ kernel: Kernel) throws(MartletError) -> UnsafeRawPointer? {
    GlobalLocks.prepareForFork()
    return try GlobalLocks.kernels.withLock { () throws(MartletError) -> UnsafeRawPointer? in
      guard pack != nil || recorder != nil else { return nil }
      let key = KernelPack.key(of: kernel)
      if let known = addresses[key] {
        counts.memory += 1
        return known
      }
      let address: UnsafeRawPointer?
      if let recorder {
        let object = try recorder.object(kernel, key)
        // What is made for another processor is not for this process.
        guard let host = PackLevel.host, host.rawValue >= recorder.level.rawValue else {
          return nil
        }
        address = try object.withUnsafeBytes { bytes in
          Result { () throws(MartletError) in try load(bytes, key, isNew: true) }
        }.get()
      } else {
        guard let object = pack?.object(key) else { return nil }
        address = try load(object, key, isNew: false)
      }
      guard let address else { return nil }
      counts.pack += 1
      addresses[key] = address
      return address
    }
  }

  /// Compiles what is needed from now on for a level of x86-64, to be written as a pack.
  package func record(_ level: PackLevel) throws(MartletError) {
    GlobalLocks.prepareForFork()
    let recorder = try KernelRecorder(level)
    GlobalLocks.kernels.withLock { self.recorder = recorder }
  }

  /// Writes what was recorded into a folder; returns how many kernels that are.
  package func writeRecorded(to folder: String) throws(MartletError) -> Int {
    try GlobalLocks.kernels.withLock { () throws(MartletError) in
      guard let recorder else {
        throw .unsupported(operation: "write_kernels", detail: "Nothing was recorded.")
      }
      return try recorder.write(to: folder)
    }
  }

  // MARK: - The processor

  private func currentTarget() throws(MartletError) -> TargetDescription {
    let known = GlobalLocks.kernels.withLock {
      if record == nil, !LLVMCompiler.isSwitchedOff { record = TargetRecord.read(from: disk) }
      return record
    }
    if let known { return known.target }
    let compiler = try LLVMCompiler.shared()
    GlobalLocks.kernels.withLock { keep(compiler) }
    return compiler.target
  }

  /// Records what the open libLLVM says, if that is new.
  private func keep(_ compiler: LLVMCompiler) {
    let current = TargetRecord(target: compiler.target, library: compiler.libraryPath ?? "")
    if record != current {
      record = current
      current.write(to: disk)
    }
  }

  // MARK: - Under the lock

  /// What is in memory or on disk.
  private func find(
    _ text: String, _ symbol: String, _ target: TargetDescription
  ) throws(MartletError) -> UnsafeRawPointer? {
    let key = Self.key(text: text, symbol: symbol, target: target)
    if let known = addresses[key] {
      counts.memory += 1
      return known
    }
    let name = key.hexadecimal
    guard let object = disk.read(name),
      let address = try object.withUnsafeBytes({ bytes in
        Result { () throws(MartletError) in try load(bytes, key, isNew: false) }
      }).get()
    else { return nil }
    counts.disk += 1
    addresses[key] = address
    return address
  }

  private func compiled(
    _ text: String, _ symbol: String, _ compiler: LLVMCompiler
  ) throws(MartletError) -> UnsafeRawPointer {
    let key = Self.key(text: text, symbol: symbol, target: compiler.target)
    let name = key.hexadecimal
    let export = Self.export(name)
    let object = try compiler.object(from: text, symbol: symbol, export: export)
    counts.compiled += 1
    disk.write(object, as: name)
    // Listing the directory for every kernel would cost more than compiling it.
    bytesWritten += object.count
    if bytesWritten > 1 << 20 || counts.compiled == 1 {
      bytesWritten = 0
      disk.trim()
    }
    let loaded = object.withUnsafeBytes { bytes in
      Result { () throws(MartletError) in try load(bytes, key, isNew: true) }
    }
    guard let address = try loaded.get() else {
      throw .internalError(operation: "loading kernel \(export)", detail: "the object is damaged")
    }
    addresses[key] = address
    return address
  }

  /// Nil for an object of the disk cache or the pack that is damaged.
  private func load(
    _ object: UnsafeRawBufferPointer, _ key: SHA256.Digest, isNew: Bool
  ) throws(MartletError) -> UnsafeRawPointer? {
    let export = Self.export(key.hexadecimal)
    if usesOwnLoader {
      let loaded = Result { () throws(ObjectFile.Refusal) in
        try LoadedObject(object, export: export)
      }
      switch loaded {
      case .success(let loaded): return loaded.entry
      case .failure(.damaged): if !isNew { return nil }
      case .failure(.unknown): break
      }
    }
    return try LLVMCompiler.shared().load(object: object, export: export)
  }

  /// Symbols are unique in the process, so all objects can share one library of LLVM's loader.
  static func export(_ name: String) -> String { "martlet_\(name)" }

  /// Everything that decides the machine code.
  static func key(
    text: String, symbol: String, target: TargetDescription
  ) -> SHA256.Digest {
    var hash = SHA256()
    let parts = [
      "\(DiskCache.formatVersion)", "\(target.llvmVersion)", target.triple, target.processor,
      target.features, LLVMCompiler.passes, symbol, text,
    ]
    for part in parts {
      // With its length, so that no two lists of parts read the same.
      hash.update("\(part.utf8.count):")
      hash.update(part)
    }
    return hash.finish()
  }
}
