import MartletIR
import Testing

@testable import Martlet

/// The numbers are NumPy's: those here are what NumPy 2.4 prints.
struct RandomTests {
  @Test func numbersOfDefaultGenerator() throws {
    var generator = RandomGenerator(seed: 42)
    #expect(try generator.random(shape: [2]).description == "[0.77395605 0.43887844]")
    #expect(
      try generator.normal(mean: 1, deviation: 2, shape: [2]).description
        == "[2.50090239 2.88112943]")
    #expect(try generator.integers(in: 0..<100, shape: [4]).description == "[20  9 52 97]")
    #expect(try generator.gamma(form: 2.5, shape: [2]).description == "[2.36034294 2.14203001]")
    #expect(try generator.poisson(mean: 20, shape: [3]).description == "[18 22 19]")
    #expect(
      try generator.choice(below: 50, shape: [4], replacing: false).description == "[26  4 43  3]")
    #expect(try generator.permutation(6).description == "[5 1 2 4 3 0]")
    #expect(generator.bytes(5) == [109, 170, 127, 248, 60])
    #expect(generator.next() == 14358641161718733232)
  }

  @Test(arguments: BitGenerator.allCases)
  func firstNumberOfEachAlgorithm(bits: BitGenerator) throws {
    var generator = RandomGenerator(seed: 42, bits)
    let expected: [BitGenerator: String] = [
      .pcg64: "0.7739560485559633",
      .pcg64DXSM: "0.6684007764691958",
      .sfc64: "0.5299360452325557",
      .philox: "0.08607763073528474",
      .mersenneTwister: "0.5419938930062744",
    ]
    #expect(try generator.random(shape: []).description == expected[bits])
  }

  @Test func manyNumbersAreThoseDrawnOneByOne() throws {
    for bits in BitGenerator.allCases {
      var (one, other) = (RandomGenerator(seed: 7, bits), RandomGenerator(seed: 7, bits))
      let numbers = try one.normal(shape: [100_000]).values()
      for first in stride(from: 0, to: 100_000, by: 10_000) {
        let part = try other.normal(shape: [10_000]).values()
        #expect(Array(numbers[first..<first + 10_000]) == part)
      }
      #expect(one.next() == other.next())
    }
  }

  @Test func aCopyDrawsTheSameNumbers() throws {
    var generator = RandomGenerator(seed: 1)
    _ = generator.next()
    var copy = generator
    #expect(generator.next() == copy.next())
    #expect(generator.next() == copy.next())
    #expect(Int.random(in: 0..<1000, using: &generator) == Int.random(in: 0..<1000, using: &copy))
  }

  @Test func childrenAreNumPys() {
    var generator = RandomGenerator(seed: 42)
    var children = generator.spawn(2)
    #expect(children[0].next() == 16910944855483863638)
    #expect(children[1].next() == 8623682774590505111)
    var more = generator.spawn(1)
    #expect(more[0].next() == 1314131344145802742)
  }

  @Test func advancing() throws {
    for bits in [BitGenerator.pcg64, .pcg64DXSM, .philox] {
      for count in [0, 1, 3, 4, 5, 1000] {
        var (one, other) = (RandomGenerator(seed: 3, bits), RandomGenerator(seed: 3, bits))
        _ = (one.next(), other.next())
        try one.advance(by: UInt64(count))
        for _ in 0..<count { _ = other.next() }
        #expect(one.next() == other.next())
      }
    }
    var generator = RandomGenerator(seed: 3, .sfc64)
    #expect(throws: MartletError.self) { try generator.advance(by: 1) }
  }

  @Test func arraysOfParametersBroadcast() throws {
    var generator = RandomGenerator(seed: 42)
    let means = NDArray([1.0, 10, 100])
    #expect(
      try generator.draw("poisson", [means], shape: [2, 3]).description
        == "[[  1   6  96]\n [  2   7 104]]")
    #expect(throws: MartletError.self) { try generator.draw("poisson", [means], shape: [2]) }
    #expect(throws: MartletError.self) { try generator.draw("poison", [means]) }
  }

  @Test func whatIsNotAllowed() {
    var generator = RandomGenerator(seed: 1)
    #expect(throws: MartletError.invalidArgument(operation: "normal", detail: "scale < 0")) {
      try generator.normal(deviation: -1, shape: [])
    }
    #expect(throws: MartletError.self) { try generator.integers(in: 3..<3, shape: []) }
    #expect(throws: MartletError.self) {
      try generator.integers(in: 0...256, shape: [], dtype: .uint8)
    }
    #expect(throws: MartletError.self) {
      try generator.choice(below: 3, shape: [4], replacing: false)
    }
    #expect(throws: MartletError.self) {
      try generator.choice(below: 2, shape: [], weights: [0.5, 0.6])
    }
  }

  @Test func shufflingKeepsEveryElement() throws {
    var generator = RandomGenerator(seed: 5)
    var table = try NDArray(shape: [10, 2]) { Int64($0[0]) }
    let kept = table
    try generator.shuffle(&table)
    #expect(
      table.description
        == "[[7 7]\n [6 6]\n [1 1]\n [3 3]\n [2 2]\n [4 4]\n [0 0]\n [9 9]\n [5 5]\n [8 8]]")
    #expect(kept.description != table.description)
  }
}
