import MartletIR
import Testing

@testable import Martlet

/// Numbers that look random and are the same in every run.
struct TestNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  /// A whole number in a range.
  mutating func next(_ range: ClosedRange<Int>) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return range.lowerBound + Int(state % UInt64(range.count))
  }
}

/// An array of small whole numbers, which every dtype holds exactly.
func wholeNumbers(
  _ shape: Shape, _ dtype: DType, seed: UInt64 = 1, in range: ClosedRange<Int> = -9...9
) throws -> NDArray {
  var numbers = TestNumbers(seed: seed)
  let isNatural = dtype.isUnsigned || dtype == .bool
  let values = (0..<shape.elementCount).map { _ in
    let number = numbers.next(range)
    return Double(dtype == .bool ? number & 1 : isNatural ? abs(number) : number)
  }
  return try NDArray(values, shape: shape).asType(dtype)
}

extension NDArray {
  /// The real parts of all elements in C order.
  func values() throws(MartletError) -> [Double] {
    try (dtype.isComplex ? real : self).elements(as: Double.self)
  }
}

/// Every way the same elements can lie in memory.
func arrangements(of array: NDArray) throws -> [NDArray] {
  var result = [array]
  guard array.rank > 0, array.count > 0 else { return result }
  // Fortran order.
  result.append(try array.T.copy().T)
  // Every axis reversed in memory.
  result.append(try array.flipped().copy().flipped())
  // Every second element of something larger.
  var wide = try NDArray.zeros(Shape(array.shape.map { 2 * $0 }), array.dtype)
  let everySecond = array.shape.map { _ in AxisIndex.slice(nil, nil, 2) }
  try wide.set(everySecond, to: array)
  result.append(try wide.get(everySecond))
  return result
}

/// The positions of an array in C order.
func positions(_ shape: Shape) -> [[Int]] {
  var result: [[Int]] = [[]]
  for size in shape { result = result.flatMap { start in (0..<size).map { start + [$0] } } }
  return result
}
