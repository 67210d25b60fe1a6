import MartletCodegen
import MartletIR

/// From LLVM IR text to a callable address: in memory, else on disk, else compiled and stored.
package final class KernelCache: @unchecked Sendable {
  // Unchecked: `addresses` and `counts` are only touched while `GlobalLocks.kernels` is held.
  private var addresses: [SHA256.Digest: UnsafeRawPointer] = [:]
  private var counts = Statistics()
  private var bytesWritten = 0
  private let disk: DiskCache

  /// How often a kernel was found where.
  package struct Statistics: Sendable, Hashable {
    package var memory = 0
    package var disk = 0
    package var compiled = 0
  }

  package static let shared = KernelCache(disk: .user)

  package init(disk: DiskCache) { self.disk = disk }

  package var statistics: Statistics { GlobalLocks.kernels.withLock { counts } }

  /// The address of the compiled function `symbol` of `text`, valid until the process ends.
  ///
  /// - Throws: `.libraryMissing` without libLLVM, `.compilation` when LLVM refuses the text.
  package func function(
    text: String, symbol: String
  ) throws(MartletError) -> UnsafeRawPointer {
    let compiler = try LLVMCompiler.shared()
    let key = Self.key(text: text, symbol: symbol, target: compiler.target)
    // The lock is held while compiling: two threads that need one kernel then compile it once.
    return try GlobalLocks.kernels.withLock { () throws(MartletError) in
      if let known = addresses[key] {
        counts.memory += 1
        return known
      }
      let address = try loaded(key, compiler, text, symbol)
      addresses[key] = address
      return address
    }
  }

  private func loaded(
    _ key: SHA256.Digest, _ compiler: LLVMCompiler, _ text: String, _ symbol: String
  ) throws(MartletError) -> UnsafeRawPointer {
    let name = key.hexadecimal
    let export = Self.export(name)
    if let object = disk.read(name) {
      counts.disk += 1
      return try load(object, export, compiler)
    }
    let object = try compiler.object(from: text, symbol: symbol, export: export)
    counts.compiled += 1
    disk.write(object, as: name)
    // Listing the directory for every kernel would cost more than compiling it.
    bytesWritten += object.count
    if bytesWritten > 1 << 20 || counts.compiled == 1 {
      bytesWritten = 0
      disk.trim()
    }
    return try load(object, export, compiler)
  }

  private func load(
    _ object: [UInt8], _ export: String, _ compiler: LLVMCompiler
  ) throws(MartletError) -> UnsafeRawPointer {
    do {
      return try object.withUnsafeBytes { try compiler.load(object: $0, export: export) }
    } catch let error as MartletError {
      throw error
    } catch {
      throw .internalError(operation: "loading kernel \(export)", detail: "\(error)")
    }
  }

  /// Symbols are unique in the process, so all objects can share one library of the JIT.
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
