import MartletCodegen
import MartletIR

/// From LLVM IR text to a callable address: in memory, else on disk, else compiled and stored.
///
/// What is in memory or on disk is found without opening libLLVM, which takes longer than all else.
package final class KernelCache: @unchecked Sendable {
  // Unchecked: the variables are only touched while `GlobalLocks.kernels` is held.
  private var addresses: [SHA256.Digest: UnsafeRawPointer] = [:]
  private var counts = Statistics()
  private var bytesWritten = 0
  /// What texts are written for: libLLVM's word for it, as it was recorded until it is open.
  private var record: TargetRecord?
  private let disk: DiskCache
  private let usesOwnLoader: Bool

  /// How often a kernel was found where.
  package struct Statistics: Sendable, Hashable {
    package var memory = 0
    package var disk = 0
    package var compiled = 0
  }

  package static let shared = KernelCache(disk: .user)

  /// - Parameter usesOwnLoader: false for LLVM's loader, for every object.
  init(disk: DiskCache, usesOwnLoader: Bool = true) {
    self.disk = disk
    self.usesOwnLoader = usesOwnLoader
  }

  package var statistics: Statistics { GlobalLocks.kernels.withLock { counts } }

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
      let address = try load(object, Self.export(name), isNew: false)
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
    guard let address = try load(object, export, isNew: true) else {
      throw .internalError(operation: "loading kernel \(export)", detail: "the object is damaged")
    }
    addresses[key] = address
    return address
  }

  /// Nil for an object of the disk cache that is damaged.
  private func load(
    _ object: [UInt8], _ export: String, isNew: Bool
  ) throws(MartletError) -> UnsafeRawPointer? {
    if usesOwnLoader {
      let loaded = object.withUnsafeBytes { bytes in
        Result { () throws(ObjectFile.Refusal) in try LoadedObject(bytes, export: export) }
      }
      switch loaded {
      case .success(let loaded): return loaded.entry
      case .failure(.damaged): if !isNew { return nil }
      case .failure(.unknown): break
      }
    }
    let compiler = try LLVMCompiler.shared()
    return try object.withUnsafeBytes { bytes in
      Result { () throws(MartletError) in try compiler.load(object: bytes, export: export) }
    }.get()
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
