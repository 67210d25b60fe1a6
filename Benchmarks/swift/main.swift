// What single statements on small arrays cost in Swift, in nanoseconds: the best of several runs; then
// whole programs beside loops over `[Double]`.
//
//     swift run -c release ArrayBenchmarks [TEXT]      rows with this text in their names
//
// `make bench` shows it beside the Python rows.

import Martlet

/// Times `body`, which does its statement as often as it is told.
@inline(never)
func measure(_ name: String, count: Int = 200_000, _ body: (Int) throws -> Void) rethrows {
  if CommandLine.arguments.count > 1, !name.contains(CommandLine.arguments[1]) { return }
  try body(count / 10)
  var best = Duration.seconds(1000)
  let clock = ContinuousClock()
  for _ in 0..<7 { best = min(best, try clock.measure { try body(count) }) }
  let nanoseconds = best / .nanoseconds(1) / Double(count)
  let padded = name.padded(to: 36)
  print("\(padded)\(Int(nanoseconds.rounded())) ns")
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}

let a = NDArray([1.0, 2, 3, 4, 5, 6, 7, 8])
let b = NDArray([8.0, 7, 6, 5, 4, 3, 2, 1])
var row = try NDArray.zeros([70])
var matrix = try NDArray.zeros([1000, 1000])
let ones = try NDArray.ones([70])
let part = try NDArray.zeros([50])
var total = 0.0

measure("a + b, 8 elements") { for _ in 0..<$0 { _ = a + b } }
measure("a * 2.0, 8 elements") { for _ in 0..<$0 { _ = a * 2.0 } }
measure("row + row, 70 elements") { for _ in 0..<$0 { _ = row + row } }
measure("row += 1.0, 70 elements") { for _ in 0..<$0 { row += 1.0 } }
measure("exp(ones), 70 elements") { for _ in 0..<$0 { _ = exp(ones) } }
measure("let x: Double = row[7]") {
  for i in 0..<$0 {
    let x: Double = row[i % 70]
    total += x
  }
}
measure("row[7] = 1.5") { for i in 0..<$0 { row[i % 70] = 1.5 } }
measure("matrix[7, 9] = 1.5") { for i in 0..<$0 { matrix[7, i % 1000] = 1.5 } }
measure("let x: Double = matrix[7, 9]") {
  for i in 0..<$0 {
    let x: Double = matrix[7, i % 1000]
    total += x
  }
}
measure("matrix[7, 0..<50] += part", count: 50_000) {
  for _ in 0..<$0 { matrix[7, 0..<50] += part }
}
measure("matrix[7, 0..<50]", count: 50_000) { for _ in 0..<$0 { _ = matrix[7, 0..<50] } }
var vector = try NDArray.zeros([1000])
measure("vector[3] += 1.5") { for i in 0..<$0 { vector[i % 1000] += 1.5 } }
measure("matrix[7, 0..<50] = part") { for _ in 0..<$0 { matrix[7, 0..<50] = part } }
measure("matrix[7, 0..<50] = 2.0") { for _ in 0..<$0 { matrix[7, 0..<50] = 2.0 } }
measure("matrix[7][3] = 2.0") { for _ in 0..<$0 { matrix[7][3] = 2.0 } }
measure("matrix[1] += matrix[2]", count: 2_000) { for _ in 0..<$0 { matrix[1] += matrix[2] } }
let million = [Double](repeating: 1.5, count: 1_000_000)
let large = NDArray(million)
var copied = million
measure("NDArray([Double]), 1000000", count: 100) { for _ in 0..<$0 { _ = NDArray(million) } }
measure("[Double](array), 1000000", count: 100) { for _ in 0..<$0 { copied = [Double](large) } }
measure("a copy of [Double], 1000000", count: 100) {
  for i in 0..<$0 {
    copied = million
    copied[i] = total
  }
}
if total.isNaN { print("the sum of what was read is not a number") }

try comparePrograms()
