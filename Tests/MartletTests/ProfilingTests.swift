import Glibc
import MartletIR
import Testing

@testable import Martlet

/// Profiles of Swift programs. Other suites run meanwhile and are recorded too, so what is looked for
/// has a section of its own.
@Suite(.serialized) struct ProfilingTests {
  private func entries(_ taken: Profile, _ label: String) -> [Profile.Entry] {
    taken.lines.filter { $0.label == label }.flatMap(\.entries)
  }

  @Test func document() throws {
    let taken = try profile {
      let x = try NDArray.linspace(0, 1, 100_000)
      let norm = try section("norm") { () throws(MartletError) in try (x * x).sum().item() }
      print(norm)
    }
    print(taken)
    print(taken.advice().joined(separator: "\n"))
    let line = try #require(taken.lines.first { $0.label == "norm" })
    #expect(line.file == "MartletTests/ProfilingTests.swift" && line.line > 0)
    #expect(line.place.hasPrefix("norm (ProfilingTests.swift:"))
  }

  @Test func aFusedExpressionIsOneLaunch() throws {
    let x = try NDArray.linspace(0, 1, 100_000)
    _ = try x.storage.evaluated()
    let taken = try profile {
      try section("fused") { () throws(MartletError) in
        let y = x * 2 + x
        _ = try y.storage.evaluated()
      }
    }
    let launch = try #require(entries(taken, "fused").first { $0.kind == .launch })
    #expect(launch.name == "multiply → add" && launch.count == 1)
    #expect(launch.bytes == 1_600_000 && launch.operations == 200_000)
    #expect(taken.table().contains("launch multiply → add"))
  }

  @Test func smallWorkIsCounted() throws {
    let x = NDArray([1.0, 2, 3])
    let taken = try profile {
      section("small") { for _ in 0..<100 { _ = x + x } }
    }
    let direct = try #require(entries(taken, "small").first { $0.kind == .direct })
    #expect(direct.name == "add" && direct.count == 100 && direct.operations == 300)
  }

  @Test func oneAtATime() throws {
    _ = try profile {
      #expect(throws: MartletError.self) { _ = try profile {} }
    }
    struct Stop: Error {}
    #expect(throws: Stop.self) { _ = try profile { throw Stop() } }
    _ = try profile {}
  }

  @Test func isSavedByItsEnding() throws {
    let x = try NDArray.linspace(0, 1, 100_000)
    _ = try x.storage.evaluated()
    let taken = try profile {
      try section("a <part> \"quoted\"") { () throws(MartletError) in
        _ = try (x + 1).storage.evaluated()
      }
    }
    #expect(taken.trace().contains(#""name":"a <part> \"quoted\"""#))
    #expect(taken.timeline().contains("a &lt;part&gt; &quot;quoted&quot;"))
    #expect(throws: MartletError.self) { try taken.save("profile.png") }
    #expect(throws: MartletError.self) { try taken.save("/nowhere/profile.svg") }
    #expect(taken.comparison(with: taken).contains("launch add"))
  }

  @Test func numbersForReaders() {
    #expect(ProfileText.time(0.0000123) == "12.3 µs")
    #expect(ProfileText.time(0.9999) == "1.00 s")
    #expect(ProfileText.time(0.8124) == "812 ms")
    #expect(ProfileText.bytes(1_600_000) == "1.60 MB")
    #expect(ProfileText.decimal(3.05, 2) == "3.05")
  }

  @Test func limitsAreRisingTowardsTheProcessor() throws {
    let limits = try #require(MachineLimits.here)
    for (near, far) in zip(limits.levels, limits.levels.dropFirst()) {
      #expect(near.bytesPerSecond >= far.bytesPerSecond && near.capacity < far.capacity)
    }
    #expect(limits.operationsPerSecond > 0)
    #expect(MachineLimits("nothing") == nil)
  }
}
