// A kernel of one's own, run by the Simulator, which reports what a GPU would leave unsaid.

import MartletKernels

/// The sums of the blocks of `x`, by halving.
@Kernel
func blockSums(_ t: GPUThread, x: DeviceArray<Float>, sums: DeviceArray<Float>) {
  let part = t.shared(Float.self, 64)
  let i = t.thread.x
  part[i] = t.index < x.count ? x[t.index] : 0
  t.barrier()
  var half = 32
  while half > 0 {
    if i < half { part[i] += part[i + half] }
    t.barrier()
    half /= 2
  }
  if i == 0 { sums[t.block.x] = part[0] }
}

/// The same without the barrier before the first sum: some threads read what is not written yet.
@Kernel
func hastySums(_ t: GPUThread, x: DeviceArray<Float>, sums: DeviceArray<Float>) {
  let part = t.shared(Float.self, 64)
  let i = t.thread.x
  part[i] = x[t.index]
  if i < 32 { sums[t.block.x * 32 + i] = part[i] + part[i + 32] }
}

@Vectorized
func logistic(x: Float, rate: Float) -> Float { rate * x * (1 - x) }

try Device.with(.simulator) {
  let x = try NDArray.arange(256, dtype: .float32)
  let sums = try DeviceArray<Float>(zeros: [4])
  try blockSums(.grid(4, block: 64), x: x, sums: sums)
  print("sums of blocks", sums.array, "on", sums.array.device)
  print("total", try sums.array.sum())
  do {
    try hastySums(.grid(4, block: 64), x: x, sums: DeviceArray<Float>(zeros: [128]))
  } catch {
    print("the hasty kernel is refused:", "\(error)".split(separator: "\n")[0])
  }
}

// A function of numbers becomes one of arrays.
var population = try NDArray.linspace(0.1, 0.9, 5, dtype: .float32)
for _ in 0..<3 { population = logistic(x: population, rate: 3.2) }
print("population", try population.rounded(decimals: 3))
