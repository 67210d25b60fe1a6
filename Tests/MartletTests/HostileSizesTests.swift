import MartletIR
import Testing

@testable import Martlet

/// Sizes that no array has are errors, wherever they come together, and never a trap.
struct HostileSizesTests {
  private let one = NDArray(1.0)

  private func isRefused(
    _ comment: Comment, _ body: () throws -> NDArray,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(comment, sourceLocation: sourceLocation) {
      _ = try body()
    } throws: { error in
      switch error as? MartletError {
      case .sizeLimit, .outOfMemory, .rankLimit: true
      default: false
      }
    }
  }

  @Test func newArrays() {
    for shape: Shape in [[1 << 32, 1 << 32], [.max], [1 << 62, 2], [-1], [0, 1 << 40, 1 << 40]] {
      isRefused("zeros \(shape)") { try NDArray.zeros(shape) }
      isRefused("ones \(shape)") { try NDArray.ones(shape) }
      isRefused("broadcast \(shape)") { try one.broadcast(to: shape) }
      isRefused("uninitialised \(shape)") { try NDArray(uninitialised: shape, .int8) }
    }
    isRefused("no memory") { try NDArray.zeros([1 << 46]) }
    isRefused("no elements") { try NDArray.zeros([0]).reshaped([0, 1 << 40, 1 << 40]) }
    isRefused("reshape") { try NDArray.ones([4]).reshaped([1 << 62, 1 << 62]) }
  }

  @Test func sizesThatComeTogether() throws {
    let (tall, wide) = (
      try one.broadcast(to: [1 << 40, 1]), try one.broadcast(to: [1, 1 << 40])
    )
    let long = try one.broadcast(to: [1 << 47])
    isRefused("add") { try tall.adding(wide) }
    isRefused("matmul") { try tall.matmul(wide) }
    isRefused("outer") { try long.outer(long) }
    isRefused("copy") { try long.copy() }
    isRefused("cast") { try long.asType(.complex128) }
    isRefused("concatenate") {
      try NDArray.concatenate(Array(repeating: long, count: 1 << 17))
    }
    isRefused("tile") { try NDArray.ones([3]).tiled([1 << 62]) }
    isRefused("repeat") { try NDArray.ones([3]).repeated(.max, axis: 0) }
    isRefused("pad") { try NDArray.ones([3]).padded([(before: .max, after: .max)]) }
    isRefused("pad") { try NDArray.ones([3]).padded([(before: 1 << 46, after: 0)], .edge) }
    let places = try NDArray([0]).reshaped([1]).broadcast(to: [1 << 46])
    isRefused("take") { try NDArray.ones([3]).taking(places, axis: 0) }
  }
}
