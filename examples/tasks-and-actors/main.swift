// Arrays cross tasks and actors: they are values.

import Martlet

/// A mean that many tasks add to.
actor Mean {
  private var sum = NDArray(0.0)
  private var count = 0

  func add(_ samples: NDArray) throws {
    sum += try samples.sum()
    count += samples.count
  }

  var value: Double { Double(sum) / Double(count) }
}

let mean = Mean()
try await withThrowingTaskGroup(of: Void.self) { group in
  for seed in 0..<8 {
    group.addTask {
      var random = RandomGenerator(seed: seed)
      try await mean.add(random.exponential(scale: 2, shape: [50_000]))
    }
  }
  try await group.waitForAll()
}
print("mean is 2 within a hundredth:", abs(await mean.value - 2) < 0.02)

// Rows of one table, each to its task, in order again.
let table = try NDArray.arange(20.0).reshaped(4, 5)
let norms = try await withThrowingTaskGroup(of: (Int, Double).self) { group in
  for (i, row) in table.enumerated() {
    group.addTask { (i, Double(try LinearAlgebra.norm(row))) }
  }
  var norms = Array(repeating: 0.0, count: table.shape[0])
  for try await (i, norm) in group { norms[i] = norm }
  return norms
}
print("norms", try NDArray(norms).rounded(decimals: 3))

// A copy is taken when it is written: the other task keeps its elements.
var shared = try NDArray.ones([3])
let before = shared
async let later = before.sum()
shared[0] = 100
print(try await later, shared)

// Where work runs, and what divisions by zero do, belong to the task.
try await Device.with(.simulator) {
  let there = try NDArray.ones([2])
  await Task.yield()
  print("on \(there.device), then on \(try NDArray.ones([2]).device)")
}
let (quotient, events) = await ErrorState.collecting {
  await Task.yield()
  return NDArray(1.0) / NDArray(0.0)
}
print(quotient, events.map { "\($0.kind) in \($0.operation)" })
