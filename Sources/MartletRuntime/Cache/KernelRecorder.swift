import CMartlet
import Glibc
import MartletCodegen
import MartletIR

/// Compiles every kernel that a program needs for a level of x86-64, to make a pack of them.
final class KernelRecorder {
  let level: PackLevel
  private let compiler: LLVMCompiler
  private var objects: [SHA256.Digest: [UInt8]] = [:]

  init(_ level: PackLevel) throws(MartletError) {
    self.level = level
    compiler = try LLVMCompiler.shared().other(
      processor: level.processor, features: level.features)
  }

  /// The kernel's object, compiled if it is new.
  func object(_ kernel: Kernel, _ key: SHA256.Digest) throws(MartletError) -> [UInt8] {
    if let known = objects[key] { return known }
    let text = try LLVMEmitter.emit(MathLibrary.expand(kernel), target: compiler.target)
    let object = try compiler.object(
      from: text, symbol: kernel.name, export: KernelCache.export(key.hexadecimal))
    objects[key] = object
    return object
  }

  /// Writes the pack into a folder, under the level's name; returns how many kernels it has.
  func write(to folder: String) throws(MartletError) -> Int {
    guard let build = KernelPack.currentBuild else {
      throw .unsupported(
        operation: "record_kernels",
        detail: "This build of Martlet has no build ID, so a pack could not be told from another's."
          + " Link it with --build-id.")
    }
    let contents = KernelPack.contents(objects, level: level, build: build)
    let path = "\(folder)/\(level.fileName)"
    let temporary = "\(path).\(getpid())"
    let file = martlet_open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    var isWritten = file >= 0 && DiskCache.write(contents, to: file)
    if file >= 0 { close(file) }
    isWritten = isWritten && rename(temporary, path) == 0
    guard isWritten else {
      unlink(temporary)
      throw .unsupported(
        operation: "record_kernels", detail: "The file \(path) could not be written.")
    }
    return objects.count
  }
}
