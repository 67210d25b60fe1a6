import MartletIR
import Testing

@testable import Martlet

@Suite("Random numbers by their places in a stream")
struct CounterGeneratorTests {
  @Test("The blocks are Philox 4×32, as its authors compute them")
  func knownBlocks() throws {
    // Their tests: counters and keys of nothing but zeros, of ones, and of the digits of π.
    let cases: [(UInt64, UInt64, UInt64, UInt64)] = [
      (0, 0, 0, 0xE169_C58D_6627_E8D5), (.max, .max, .max, 0x41C8_3B0E_408F_276D),
      (0x85A3_08D3_243F_6A88, 0x0370_7344_1319_8A2E, 0x299F_31D0_A409_3822, 0x94FD_CCEB_D16C_FE09),
    ]
    for (counter, stream, key, word) in cases {
      var generator = CounterGenerator(key: key, stream: stream, position: counter)
      let number = try generator.integers(
        from: Scalar(dtype: .uint64, low: 0), count: 0, [])
      #expect(try number.item().low == word)
    }
  }

  @Test("A draw is the same in pieces, on every device and after a return", arguments: Device.all)
  func places(device: Device) throws {
    var generator = CounterGenerator(seed: 5, on: device)
    let whole = try generator.normal(shape: [600])
    #expect(whole.device == device)
    #expect(generator.position == 600)
    var host = CounterGenerator(seed: 5, on: .host)
    let parts = try [1, 250, 349].map { try host.normal(shape: [$0]) }
    let joined = try NDArray.concatenate(parts, axis: 0).elements(as: Double.self)
    #expect(try whole.elements(as: Double.self) == joined)
    generator.position = 251
    #expect(
      try generator.normal(shape: [349]).elements(as: Double.self)
        == Array(joined.dropFirst(251)))
  }

  @Test("Integers are of their range, and of no other")
  func integers() throws {
    var generator = CounterGenerator(seed: 1)
    let dice = try generator.integers(in: 1...6, shape: [1000], dtype: .uint8)
    #expect(Set(try dice.elements(as: UInt8.self)) == Set(1...6))
    #expect(throws: MartletError.self) {
      try generator.integers(in: -1...6, shape: [2], dtype: .uint8)
    }
    #expect(throws: MartletError.self) {
      try generator.integers(in: 0...256, shape: [2], dtype: .uint8)
    }
    #expect(throws: MartletError.self) { try generator.uniform(shape: [2], dtype: .int32) }
    let all = try generator.integers(in: .min ... .max, shape: [64]).elements(as: Int.self)
    #expect(all.contains { $0 < 0 } && all.contains { $0 > 0 })
  }
}
