// The Mandelbrot set, and the phases of complex numbers.

import Martlet

let (height, width) = (21, 56)
let re = try NDArray.linspace(-2.2, 0.8, width)
let im = try NDArray.linspace(1.2, -1.2, height)
let c = re + im[.all, .newAxis] * Complex(0, 1)

var z = try NDArray.zerosLike(c)
var steps = try NDArray.zeros(c.shape, .int64)
for _ in 0..<40 {
  let alive = abs(z) .<= 2
  z[alive] = z[alive] ** 2 + c[alive]
  steps[alive] += 1
}
for row in steps {
  print(String(row.map { $0 >= 40 ? "#" : $0 > 5 ? "+" : "." }))
}
print("inside: \(try (steps .== 40).sum()) of \(steps.count)")

// The fifth roots of one, their phases and their sum.
let roots = exp(Complex(0, 2 * .pi) * (try NDArray.arange(5)) / 5)
print("phases in degrees", try degrees(angle(roots)).rounded())
print("sum is zero:", try abs(roots.sum()) < 1e-12)
print("fifth powers are one:", try allClose(roots ** 5, 1))
print("real", try roots.real.rounded(decimals: 3))
print("conjugates are inverses:", try allClose(conjugate(roots), 1 / roots))

// A phase that wraps, unwrapped.
let phase = try NDArray.linspace(0, 20, 100)
let wrapped = angle(exp(Complex(0, 1) * phase))
print("unwrapped:", try allClose(wrapped.unwrapped(), phase))
