import Testing

@testable import Martlet

/// What a program says when it ends at a mistake: `fatalError`'s text, which release builds have too.
@Suite struct ProgramEndsTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func anIndexOutsideTellsTheUsersLine() async throws {
    let line = #line + 2
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NDArray([1.0, 2])[7]
    }
    let text = text(try #require(ended).standardErrorContent)
    #expect(text.contains("MartletTests/ProgramEndsTests.swift:\(line)"))
    #expect(text.contains("index 7 is out of bounds for axis 0 with size 2"))
  }

  @Test func writingOutsideTellsTheUsersLine() async throws {
    let line = #line + 3
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var a = NDArray([[1.0, 2]])
      a[0, 5] = NDArray(1)
    }
    let text = text(try #require(ended).standardErrorContent)
    #expect(text.contains("MartletTests/ProgramEndsTests.swift:\(line)"))
    #expect(text.contains("index 5 is out of bounds for axis 1 with size 2"))
  }

  @Test func anElementOutsideTellsTheUsersLine() async throws {
    let line = #line + 2
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let _: Double = NDArray([1.0, 2])[element: -3]
    }
    let text = text(try #require(ended).standardErrorContent)
    #expect(text.contains("MartletTests/ProgramEndsTests.swift:\(line)"))
    #expect(text.contains("index -3 is out of bounds"))
  }

  @Test func operatorsTellWhy() async throws {
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NDArray([1.0, 2]) + NDArray([1.0, 2, 3])
    }
    let text = text(try #require(ended).standardErrorContent)
    #expect(text.contains("Fatal error: [add] operands could not be broadcast together"))
  }

  @Test func aNegativeLiteralIsNoBase() async throws {
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = -2.5 ** NDArray([1.0, 2])
    }
    #expect(text(try #require(ended).standardErrorContent).contains("-(2.5 ** x) in NumPy"))
  }
}
