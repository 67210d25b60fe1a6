import Glibc
import MartletKernels

// One function for each thing that the language has: the tests compare them with what they compute
// as arrays.

let captured = 3
enum Physics {
  static let gravity: Float = 9.81
  @Vectorized static func fall(_ t: Float) -> Float { gravity * t * t / 2 }
}

@Vectorized func arithmetic(_ x: Float, _ y: Float) -> Float { -(x + y) * 2 - x / y + 1 / 2 * x }
@Vectorized func halves(_ x: Double) -> Double { 1 / 2 + x * (3 - 1) / 4 }
@Vectorized func ternary(_ x: Float) -> Float { x > 0 ? x < 1 ? x : 1 : x == -1 ? 5 : -x }
@Vectorized func branches(_ x: Float) -> Float {
  var y: Float
  if x < -1 {
    y = 1
  } else if x < 0 || x > 100 {
    y = x * 2
  } else if !(x >= 1) && x != 0.5 {
    y = 3
  } else {
    y = -x
  }
  y += 1
  return y
}
@Vectorized func guarded(_ x: Float) -> Float {
  guard x > 0, x < 10 else { return -1 }
  let root = x.squareRoot()
  guard root > 1 else { return 0 }
  return root
}
@Vectorized func collatz(_ n: Int) -> Int {
  var (value, steps) = (n, 0)
  while value > 1 {
    if value % 2 == 0 { value /= 2 } else { value = 3 * value + 1 }
    steps += 1
    if steps == 100 { break }
  }
  return steps
}
@Vectorized func repeated(_ n: Int32) -> Int32 {
  var i: Int32 = 0
  var sum: Int32 = 0
  repeat {
    i += 1
    if i % 3 == 0 { continue }
    sum &+= i
  } while i < n
  return sum
}
@Vectorized func ranges(_ n: Int) -> Int {
  var sum = 0
  for i in 0..<n where i % 2 == 1 { sum += i }
  for i in 1...4 {
    if i == 3 { continue }
    for j in 0..<i { sum += j * n }
  }
  for i in (0..<n).reversed() {
    if i < 2 { break }
    sum = sum * 3 % 1001 + i
  }
  for _ in 0..<2 { sum += 1 }
  return sum
}
@Vectorized func strides(_ n: Int) -> Int {
  var sum = 0
  for i in stride(from: 0, to: n, by: 3) { sum = sum * 2 % 10007 + i }
  for i in stride(from: n, through: -2, by: -2) { sum = sum * 3 % 10007 + i }
  return sum
}
@Vectorized func floatStrides(_ x: Float, _ step: Float) -> Float {
  var sum: Float = 0
  for y in stride(from: x, to: 3, by: step) { sum = sum * 0.5 + y }
  for y in stride(from: 1, through: x, by: -step) { sum = sum * 0.5 - y }
  return sum
}
@Vectorized func simpson(_ end: Double) -> Double {
  var total = 0.0
  for x in stride(from: 0, through: end, by: 0.1) { total += x * x }
  for x in stride(from: 0, to: end, by: 0.1) { total += x }
  return total
}
@Vectorized func shadows(_ x: Float) -> Float {
  let y = x + 1
  var sum: Float = 0
  for i in 0..<3 {
    let y = Float(i) * y
    if y > 2 {
      let y = 10
      sum += Float(y)
    }
    sum += y
  }
  return sum + y
}
@Vectorized func polar(_ x: Double, _ y: Double) -> (radius: Double, isFar: Bool) {
  let square = x * x + y * y
  return (square.squareRoot(), square > 4)
}
@Vectorized func switched(_ n: Int) -> Int {
  switch n {
  case 0: return 10
  case 1, 2: return 20
  case 3..<6: return 30
  case ...(-5): return 40
  case let m where m % 7 == 0: return m * 2
  case 100...: break
  default: return -n
  }
  return 50
}
@Vectorized func chosen(_ x: Float) -> Float {
  let scale: Float = if x > 1 { 2 } else if x > 0 { 0.5 } else { 0 }
  let bias =
    switch x {
    case 0: 1.5
    default: 0.25
    }
  return scale * x + Float(bias)
}
@Vectorized func implicit(_ x: Int) -> Int {
  if x > 3 { x &* 2 } else { 7 }
}
@Vectorized func assignedLater(_ x: Float) -> Float {
  let y: Float
  let n: Int, m: Int
  if x > 0 {
    y = x
    n = 1
  } else {
    y = -x
    n = 2
  }
  m = n * 2
  return y * Float(n + m)
}
@Vectorized func updates(_ x: Int32, _ y: Int32) -> Int32 {
  var z = x
  z &+= y
  z &*= 3
  z &-= 1
  z ^= y
  z |= 8
  z &= 0xff_ff
  z <<= 2
  z >>= 1
  z %= 1000
  return z
}
@Vectorized func shifts(_ x: Int32, _ n: Int) -> Int32 { (x << n) ^ (x >> n) }
@Vectorized func unsignedShifts(_ x: UInt8, _ n: Int8) -> UInt8 { (x << n) ^ (x >> n) &+ (x >> 1) }
@Vectorized func division(_ x: Int, _ y: Int) -> Int { y == 0 ? 0 : x / y * 10 &+ x % y }
@Vectorized func wrapping(_ x: Int8, _ y: Int8) -> Int8 { x &+ y &* x &- ~y }
@Vectorized func conversions(_ x: Double) -> Int {
  let whole = Int(x)
  let small = Int8(truncatingIfNeeded: whole)
  let clamped = UInt8(clamping: whole)
  return Int(small) + Int(clamped) * 256 + Int(Float(whole) / 2)
}
@Vectorized func constants(_ x: Double) -> Double {
  if x < -50 { return .infinity }
  if x > 50 { return -.greatestFiniteMagnitude }
  return x * .pi + Double.ulpOfOne + Double(Int8.max) + Double(UInt16.min)
}
@Vectorized func extremes(_ x: Float, _ y: Float) -> Float {
  min(x, y) + 2 * max(x, y, 0.5) + abs(x)
}
@Vectorized func smallest(_ x: Float, _ y: Float) -> Float { min(x, y) }
@Vectorized func largest(_ x: Float, _ y: Float) -> Float { max(x, y) }
@Vectorized func rounding(_ x: Double) -> Double {
  x.rounded() + 10 * x.rounded(.up) + 100 * x.rounded(.down) + 1000 * x.rounded(.towardZero)
    + 1e4 * x.rounded(.toNearestOrEven) + 1e5 * x.rounded(.awayFromZero)
}
@Vectorized func kinds(_ x: Float) -> Int {
  var kind = 0
  if x.isNaN { kind += 1 }
  if x.isInfinite { kind += 2 }
  if x.isFinite { kind += 4 }
  if x.isZero { kind += 8 }
  return kind
}
@Vectorized func properties(_ x: Float, _ y: Float) -> Float {
  x.magnitude.squareRoot() + x.addingProduct(y, 3) + Float.maximum(x, y) + y.nextUp - x.nextDown
}
@Vectorized func remainders(_ x: Float, _ y: Float) -> Float {
  x.truncatingRemainder(dividingBy: y)
}
@Vectorized func bitCounts(_ x: Int32) -> Int {
  x.nonzeroBitCount + 100 * x.leadingZeroBitCount + 10000 * x.trailingZeroBitCount
}
@Vectorized func wholeNumbers(_ x: Int, _ y: Int) -> Int {
  guard y != 0 else { return x.signum() }
  let (q, r) = x.quotientAndRemainder(dividingBy: y)
  return q * 3 + r + (x.isMultiple(of: y) ? 1000 : 0)
}
@Vectorized func gained(_ x: Float, by gain: Float = 2, plus bias: Float = 0) -> Float {
  x * gain + bias
}
@Vectorized func calls(_ x: Float) -> Float {
  gained(x) + gained(x, by: 3) * gained(x, plus: 1) - Physics.fall(x) + Physics.gravity
}
@Vectorized func captures(_ x: Int) -> Int { x * captured + captured }
@Vectorized func truths(_ a: Bool, _ b: Bool) -> Bool {
  var c = a && !b || b == a
  if a != b { c.toggle() }
  return c
}
@Vectorized func half(_ x: Float16) -> Float16 { x * x + 0.5 - x / 3 }
@Vectorized func unsigned(_ x: UInt64) -> UInt64 { (x &* 6_364_136_223_846_793_005 &+ 1) >> 33 }
@Vectorized func negated(_ x: Int8) -> Int8 {
  var y = x == -128 ? 0 : x
  y.negate()
  return y
}
@Vectorized func mandelbrot(_ re: Double, _ im: Double) -> Int {
  var (x, y) = (0.0, 0.0)
  for i in 0..<50 {
    (x, y) = (x * x - y * y + re, 2 * x * y + im)
    if x * x + y * y > 4 { return i }
  }
  return 50
}
@Vectorized func normal(_ x: Double) -> Double { 0.5 * erfc(-x / (2.0).squareRoot()) }
@Vectorized func blackScholes(
  _ s: Double, strike k: Double, years t: Double
) -> (call: Double, put: Double) {
  let (rate, volatility) = (0.02, 0.3)
  let d1 = (log(s / k) + (rate + volatility * volatility / 2) * t) / (volatility * sqrt(t))
  let d2 = d1 - volatility * sqrt(t)
  let discount = exp(-rate * t)
  let call = s * normal(d1) - k * discount * normal(d2)
  return (call, call - s + k * discount)
}
@Vectorized func waves(_ x: Double, _ y: Double) -> Double {
  sin(x) + cos(y) * tanh(x) + atan2(x, y) + pow(abs(x), 0.3) + hypot(x, y) + log1p(abs(y))
}
@Vectorized func sumAndProduct(_ x: Float, _ y: Float) -> (Float, Float) { (x + y, x * y) }
@Vectorized func takesApart(_ x: Float) -> Float {
  let (sum, product) = sumAndProduct(x, 3)
  let both = sumAndProduct(sum, product)
  var total = both.0
  for i in 0..<2 { total += Float(i) * both.1 }
  return total / 2
}
@Vectorized func hashed(_ x: UInt64) -> UInt64 {
  (x ^ 0xcbf2_9ce4_8422_2325) &* 0x100_0000_01b3 ^ (x > 0x8000_0000_0000_0000 ? 1 : 0)
}
@Vectorized func lowest(_ x: Int) -> Int { x == -9_223_372_036_854_775_808 ? 0 : x &- .min }
@Vectorized func ordered(_ x: Float, _ y: Float) -> (Float, Float) { x < y ? (x, y) : (y, x) }
@Vectorized func choosesTuples(_ x: Float) -> Float {
  let pair = x > 0 ? (x, 1) : x > -5 ? (2, x) : (0, 0.5)
  let (low, high): (Float, Float) = x < 3 ? (x, 3) : (3, x)
  let (least, most) = ordered(pair.0, high)
  return pair.0 * 10 + pair.1 - low * least / most
}
@Vectorized func named(_ launch: Float, results: Float) -> (Float, Float) { (results, launch) }
@Vectorized func quotientAndRest(_ x: Int32, _ y: Int32) -> (Int32, Int32) { (x / y, x % y) }
@Vectorized func squared(_ x: Int8) -> Int8 { x * x + 1 }
@Vectorized func narrowed(_ x: Int) -> UInt8 { UInt8(x) }
