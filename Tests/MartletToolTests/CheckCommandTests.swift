import Testing

@testable import MartletTool

@Suite struct CheckCommandTests {
  @Test func readsItsArguments() throws {
    #expect(try CheckCommand.parse([]) == .init())
    let request = try CheckCommand.parse([
      "add", "--device", "cpu", "sum", "--device", "opencl:0", "--examples", "3", "--seed", "7",
    ])
    #expect(
      request
        == .init(names: ["add", "sum"], devices: ["cpu", .openCL(0)], examples: 3, seed: 7))
  }

  @Test(arguments: [["--device"], ["--examples", "-1"], ["--seed", "x"], ["add", "--all"]])
  func wrongArgumentsAreRefused(_ arguments: [String]) {
    let error = #expect(throws: ToolError.self) { try Tool.run(["check"] + arguments) }
    #expect(error?.status == 2)
  }

  @Test(arguments: [["sqroot"], ["add", "--device", "tpu"]])
  func whatIsNotThereIsAFailure(_ arguments: [String]) {
    let error = #expect(throws: ToolError.self) { try Tool.run(["check"] + arguments) }
    #expect(error?.status == 1)
  }

  @Test func showsTheTable() throws {
    let text = try Tool.run(["check", "negative", "--device", "cpu", "--examples", "1"])
    #expect(text.hasPrefix("operation  dtypes "))
    #expect(text.contains("\nnegative   bBhHiIlLefdFDE  cpu "))
    #expect(text.contains("  ok\n"))
  }
}
