import Martlet
import Testing

@testable import MartletTool

/// Operations that users declare, in the listing of the table.
@Suite struct DispatchedOperationsTests {
  @Test func areListed() throws {
    let operation = try DispatchedOperation(
      "listed_by_the_tool", "(a: float64[:], float) -> float64[:]", "Scales a line."
    ) { call in call.arrays[0] * call.scalars[0] }
    try operation.implement(.gpu) { call in call.arrays[0] * call.scalars[0] }
    let table = try Tool.run(["operations"])
    #expect(table.contains("\ndeclared ("))
    // Columns are as wide as what other tests declare.
    let line = table.split(separator: "\n").first { $0.hasPrefix("listed_by_the_tool ") }
    let words = line.map { $0.split(separator: " ").joined(separator: " ") }
    #expect(
      words == "listed_by_the_tool (a: float64[:], float64) -> float64[:] cpu gpu Scales a line.")
    let row = try Tool.run(["operations", "listed_by_the_tool"])
    #expect(row.contains("listed_by_the_tool: Scales a line."))
    #expect(row.contains("devices    cpu gpu"))
  }
}
