import MartletIR
import Testing

@testable import Martlet

struct ArrayOperatorsTests {
  @Test func arithmeticBroadcastsAndPromotes() throws {
    let a = NDArray([[1, 2, 3], [4, 5, 6]])
    let b = NDArray([10.0, 20, 30])
    #expect(try (a + b).elements(as: Double.self) == [11, 22, 33, 14, 25, 36])
    #expect(try (b - a)[1].elements(as: Double.self) == [6, 15, 24])
    #expect((a + a).dtype == .int64 && (a / a).dtype == .float64)
    #expect(try (a * 2)[0].elements(as: Int.self) == [2, 4, 6])
    #expect(try (7 % a)[1].elements(as: Int.self) == [3, 2, 1])
    #expect(try (2 ** a)[0].elements(as: Int.self) == [2, 4, 8])
    #expect(try (-a)[0].elements(as: Int.self) == [-1, -2, -3])
    #expect(try (a.floorDivided(by: NDArray(4))).elements(as: Int.self) == [0, 0, 0, 1, 1, 1])
  }

  @Test func numbersTakeTheArraysType() throws {
    let half = try NDArray([1.5, 2.5]).asType(.float32)
    #expect((half * 2).dtype == .float32)
    #expect((half + 0.1).dtype == .float32)
    #expect((1.0 / half).dtype == .float32)
    #expect((NDArray([1, 2]) * 0.5).dtype == .float64)
    #expect((try NDArray([1, 2]).asType(.int8) + 1).dtype == .int8)
  }

  @Test func powersBindTighterThanProducts() throws {
    let a = NDArray([2.0, 3])
    #expect(try (2 * a ** 2).elements(as: Double.self) == [8, 18])
    #expect(try (a ** a ** 0).elements(as: Double.self) == [2, 3])
  }

  @Test func comparisonsGiveTruthValues() throws {
    let a = NDArray([1.0, 2, .nan])
    #expect(try (a .< 2).elements(as: Bool.self) == [true, false, false])
    #expect(try (a .== a).elements(as: Bool.self) == [true, true, false])
    #expect(try (2 .>= a).elements(as: Bool.self) == [true, true, false])
    #expect(try (~(a .!= 1) | (a .> 1)).elements(as: Bool.self) == [true, true, false])
  }

  @Test func compoundAssignmentKeepsTheType() throws {
    var a = try NDArray([1.0, 2]).asType(.float32)
    let before = a
    a += 1
    a *= NDArray([2.0, 3.0])
    #expect(a.dtype == .float32)
    #expect(try a.elements(as: Float.self) == [4, 9])
    #expect(try before.elements(as: Float.self) == [1, 2])
    var bits = NDArray([1, 2, 4])
    bits <<= 1
    bits |= 1
    #expect(try bits.elements(as: Int.self) == [3, 5, 9])
  }

  @Test func subscriptsTakeCompoundAssignment() throws {
    var a = try NDArray.zeros([3, 3])
    a[1...] += 2
    a[.all, 0] -= NDArray([1.0, 2, 3])
    #expect(try a.elements(as: Double.self) == [-1, 0, 0, 0, 2, 2, -1, 2, 2])
  }

  @Test func functionsFollowTheTable() throws {
    let a = NDArray([0.0, 1, 4])
    #expect(try sqrt(a).elements(as: Double.self) == [0, 1, 2])
    #expect(try exp(a)[0].item(as: Double.self) == 1)
    #expect(try maximum(a, 1).elements(as: Double.self) == [1, 1, 4])
    #expect(try a.clipped(0.5, 2).elements(as: Double.self) == [0.5, 1, 2])
    #expect(try NDArray.where(a .> 0.5, a, -1).elements(as: Double.self) == [-1, 1, 4])
    #expect(try NDArray.apply("hypot", NDArray([3.0]), NDArray([4.0]))[0].values() == [5])
  }

  @Test func throwingFormsNameTheShapes() throws {
    let (a, b) = (try NDArray.zeros([2, 3]), try NDArray.zeros([4]))
    #expect(throws: MartletError.broadcast(operation: "add", shapes: [[2, 3], [4]])) {
      try a.adding(b)
    }
    #expect(throws: MartletError.self) { try NDArray.apply("no such row", a) }
    #expect(throws: MartletError.self) { try NDArray.apply("add", a) }
  }

  @Test func reductionsAreMethods() throws {
    let a = NDArray([[1.0, 2], [3, 6]])
    #expect(try a.sum().item(as: Double.self) == 12)
    #expect(try a.mean(axes: [0]).values() == [2, 4])
    #expect(try a.max(axes: [-1], keepDimensions: true).shape == [2, 1])
    #expect(try a.var(correction: 1).item(as: Double.self) == 14.0 / 3)
    #expect(try a.argMax().item(as: Int.self) == 3)
    #expect(try a.argMin(axis: 1).elements(as: Int.self) == [0, 0])
    #expect(try (a .> 2).any(axes: [1]).elements(as: Bool.self) == [false, true])
    #expect(try a.cumulativeSum().values() == [1, 3, 6, 12])
    #expect(try a.cumulativeProduct(axis: 0).values() == [1, 2, 3, 12])
    #expect(throws: MartletError.axisOutOfRange(operation: "sum", axis: 2, rank: 2)) {
      try a.sum(axes: [2])
    }
  }

  @Test func constantsWithoutTheirTypeAreDoubles() throws {
    let t = NDArray([0.25, 0.5])
    #expect(try allClose(sin(2 * .pi * t), [1.0, 0], atol: 1e-12))
    #expect(t / (2 * .pi) == t / (2 * Double.pi))
    #expect(t * .pi == t * Double.pi)
    #expect((t .> .pi) == [false, false])
    #expect(t[0] < .pi)
    let single: Float = 2
    let twice: NDArray = t[1] * single
    #expect(twice.dtype == .float64)
    #expect((single * NDArray([Float(1.5)])).dtype == .float32)
  }
}
