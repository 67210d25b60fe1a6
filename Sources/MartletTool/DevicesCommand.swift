import CMartlet
import MartletIR
import MartletRuntime

/// `martlet devices`: what this machine has for Martlet, and whether it works.
enum DevicesCommand {
  static func run(_ arguments: [String]) throws(ToolError) -> String {
    if let argument = arguments.first { throw .unexpected(argument, "devices") }
    let devices = DeviceRegistry.all.map(describe)
    let absent = DeviceRegistry.reasons.map { "\($0.kind): \($0.reason)" }
    return (devices + absent).joined(separator: "\n\n")
  }

  private static func describe(_ device: any Device) -> String {
    var rows = [("memory", bytes(device.memoryInfo.total))]
    if device is CPU {
      rows = host + rows + libraries
    } else {
      rows.insert(("processor", device.description.processor), at: 0)
      if let library = device.description.library { rows.append(("library", library)) }
    }
    rows += capabilities(device)
    rows.append(("self-test", selfTest(device)))
    let lines = rows.map { "  \($0.0.padded(to: 14))\($0.1)" }
    return ([device.name] + lines).joined(separator: "\n")
  }

  private static func capabilities(_ device: any Device) -> [(String, String)] {
    let capabilities = device.capabilities
    let lacking = DType.allCases.filter { !capabilities.dtypes.contains($0) }.map(\.name)
    let calls = LibraryCall.Kind.allCases.filter(device.hasLibrary).map(\.rawValue)
    return [
      ("dtypes", lacking.isEmpty ? "all" : "all but " + lacking.joined(separator: ", ")),
      ("grid kernels", capabilities.runsGridKernels ? "yes" : "no"),
      ("library calls", calls.isEmpty ? "none" : calls.joined(separator: ", ")),
    ]
  }

  /// The outcome of a kernel that is compiled and run now.
  private static func selfTest(_ device: any Device) -> String {
    let start = martlet_nanoseconds()
    do throws(MartletError) {
      try DeviceSelfTest.run(on: device)
    } catch {
      return "failed. \(error)"
    }
    return "ok, in \((martlet_nanoseconds() - start) / 1_000_000) ms"
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
