import Testing

@testable import Martlet

/// What a program says when it ends at a mistake: `fatalError`'s text, which release builds have too.
@Suite struct ProgramEndsTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  // Functions of their own: inside of a macro a line is the macro's.
  private static let readingLine = #line + 1
  private static func read() { _ = NDArray([1.0, 2])[7] }

  private static let writingLine = #line + 3
  private static func write() {
    var a = NDArray([[1.0, 2]])
    a[0, 5] = NDArray(1)
  }

  private static let elementLine = #line + 1
  private static func readElement() { let _: Double = NDArray([1.0, 2])[-3] }

  @Test func anIndexOutsideTellsTheUsersLine() async throws {
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Self.read()
    }
    let text = text(try #require(ended).standardErrorContent)
    #expect(text.contains("MartletTests/ProgramEndsTests.swift:\(Self.readingLine)"))
    #expect(text.contains("index 7 is out of bounds for axis 0 with size 2"))
  }

  @Test func writingOutsideTellsTheUsersLine() async throws {
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Self.write()
    }
    let text = text(try #require(ended).standardErrorContent)
    #expect(text.contains("MartletTests/ProgramEndsTests.swift:\(Self.writingLine)"))
    #expect(text.contains("index 5 is out of bounds for axis 1 with size 2"))
  }

  @Test func anElementOutsideTellsTheUsersLine() async throws {
    let ended = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Self.readElement()
    }
    let text = text(try #require(ended).standardErrorContent)
    #expect(text.contains("MartletTests/ProgramEndsTests.swift:\(Self.elementLine)"))
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
