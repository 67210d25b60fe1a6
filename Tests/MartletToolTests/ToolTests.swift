import MartletRuntime
import Testing

@testable import MartletTool

@Suite struct ToolTests {
  @Test func helpNamesEveryCommand() throws {
    let help = try Tool.run(["--help"])
    for command in Tool.commands {
      #expect(help.contains("  \(command.name)"))
      #expect(try Tool.run([command.name, "--help"]).contains("usage: martlet \(command.name)"))
    }
  }

  @Test(arguments: [
    [], ["devises"], ["devices", "all"], ["cache", "empty"], ["cache", "list", "all"],
    ["operations", "exp", "log"],
  ])
  func wrongCommandLinesAreRefused(arguments: [String]) {
    let error = #expect(throws: ToolError.self) { try Tool.run(arguments) }
    #expect(error?.status == 2)
    #expect(error?.message.contains(".") == true)
  }

  @Test func listsTheDevices() throws {
    let text = try Tool.run(["devices"])
    for word in ["cpu\n", "threads", "memory", "compiler", "BLAS", "kernel cache"] {
      #expect(text.contains(word))
    }
  }

  @Test func showsTheTable() throws {
    let text = try Tool.run(["operations"])
    for name in ["add", "exp", "isnan", "sum", "argmax"] { #expect(text.contains("\n\(name) ")) }
    #expect(try Tool.run(["operations", "floor"]).contains("gradient   zero: "))
    #expect(try Tool.run(["operations", "exp"]).contains("d->d"))
    #expect(try Tool.run(["operations", "sum"]).contains("?->l"))
    let error = #expect(throws: ToolError.self) { try Tool.run(["operations", "nothing"]) }
    #expect(error?.status == 1)
  }

  @Test func needsACacheToShow() {
    let error = #expect(throws: ToolError.self) {
      try CacheCommand.run([], on: DiskCache(directory: nil))
    }
    #expect(error?.status == 1)
  }

  @Test func listsAndClearsTheCache() throws {
    let directory = "/tmp/martlet-tool-tests-\(UInt64.random(in: 0 ... .max))"
    let cache = DiskCache(directory: directory)
    #expect(try CacheCommand.run([], on: cache) == "\(directory): 0 kernels, 0 kB")
    cache.write([UInt8](repeating: 1, count: 3000), as: String(repeating: "a", count: 64))
    let list = try CacheCommand.run(["list"], on: cache)
    #expect(list.contains("aaaa") && list.hasSuffix("1 kernel, 4 kB"))
    #expect(try CacheCommand.run(["clear"], on: cache).hasPrefix("Removed 1 kernel, "))
    #expect(cache.entries().isEmpty)
  }
}
