import MartletIR
import MartletRuntime

/// `martlet devices`: what this machine has for Martlet.
enum DevicesCommand {
  static func run(_ arguments: [String]) throws(ToolError) -> String {
    if let argument = arguments.first { throw .unexpected(argument, "devices") }
    return DeviceRegistry.all.map(describe).joined(separator: "\n\n")
  }

  private static func describe(_ device: any Device) -> String {
    var rows = [("memory", bytes(device.memoryInfo.total))]
    if device is CPU { rows = host + rows + libraries }
    let lines = rows.map { "  \($0.0.padded(to: 14))\($0.1)" }
    return ([device.name] + lines).joined(separator: "\n")
  }

  private static var host: [(String, String)] {
    var rows = [("threads", "\(Workers.shared.threads)")]
    if let target = try? LLVMCompiler.shared().target {
      rows.insert(("processor", "\(target.processor) (\(target.triple))"), at: 0)
      rows.append(("vectors", "\(target.vectorBytes) bytes"))
    }
    return rows
  }

  private static var libraries: [(String, String)] {
    var rows: [(String, String)] = []
    do throws(MartletError) {
      let compiler = try LLVMCompiler.shared()
      rows.append(("compiler", "\(compiler.libraryName) (LLVM \(compiler.target.llvmVersion))"))
    } catch {
      let reason = LLVMCompiler.isSwitchedOff ? "MARTLET_LLVM is none." : "\(error)"
      rows.append(("compiler", "none, so kernels are interpreted. \(reason)"))
    }
    do throws(MartletError) {
      rows.append(("BLAS", try BLASLibrary.shared().name))
    } catch {
      rows.append(("BLAS", "none, so matrix products use Martlet's own kernel. \(error)"))
    }
    rows.append(("kernel cache", DiskCache.user.directory ?? "off"))
    return rows
  }

  private static func bytes(_ count: Int) -> String {
    let tenths = Double(count) / Double(1 << 30) * 10
    return "\(tenths.rounded() / 10) GiB"
  }
}
