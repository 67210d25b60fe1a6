// The tones of a noisy signal, found in its spectrum.

import Martlet

let rate = 1000.0
let n = 2000
let t = try NDArray.arange(n) / rate
var random = RandomGenerator(seed: 1)
let noise = try random.normal(shape: [n]) * 0.5
let signal = 1.5 * sin(2 * .pi * 50 * t) + 0.8 * cos(2 * .pi * 120 * t) + noise

let window = try 0.5 - 0.5 * cos(2 * .pi * NDArray.arange(n) / Double(n))
let spectrum = try FFT.rfft(signal * window)
let frequency = try FFT.rfftfreq(n, spacing: 1 / rate)
let amplitude = try abs(spectrum) / (window.sum() / 2)

// Local maxima above a threshold.
let middle = amplitude[1 ..< .end - 1]
let isPeak = (middle .> amplitude[..<(.end - 2)]) & (middle .> amplitude[2...]) & (middle .> 0.3)
for k in try isPeak.nonzero()[0] + 1 {
  print("\(frequency[k]) Hz, amplitude \(try amplitude[k].rounded(decimals: 1))")
}

// Parseval: the energy is the same on both sides.
let full = try FFT.fft(signal)
let energy = try (signal ** 2).sum()
let power = try (abs(full) ** 2).sum() / Double(n)
print("Parseval:", try allClose(energy, power))

// Without the tones above 80 Hz.
var kept = try FFT.rfft(signal)
kept[frequency .> 80] = 0
let smooth = try FFT.irfft(kept, count: n)
print(
  "deviation \(try signal.std().rounded(decimals: 1)) -> \(try smooth.std().rounded(decimals: 1))")
