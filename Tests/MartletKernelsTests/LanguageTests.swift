import MartletKernels
import Testing

/// Every construct of the language gives for each element of an array what the function gives as it
/// is written, with the same bits.
struct LanguageTests {
  static let floats: [Double] = [
    0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 0.3, -7.75, 3, 99, 101, -60, 60, 1e-30, 2e20,
    .infinity, -.infinity, .nan,
  ]
  static let integers = [0, 1, 2, 3, 4, 5, 6, 7, 14, -1, -3, -5, -6, -7, 27, 97, 100, 101, 1000]

  /// Where everything must agree. OpenCL compiles for a second, so it gets one test of its own.
  @TaskLocal static var devices: [Device.Name] = [.cpu, .simulator]

  static func pairs<Number>(_ numbers: [Number]) -> ([Number], [Number]) {
    (numbers.flatMap { x in numbers.map { _ in x } }, numbers.flatMap { _ in numbers })
  }

  static func same<Number: ArrayElement & Equatable>(_ a: Number, _ b: Number) -> Bool {
    withUnsafeBytes(of: a) { a in withUnsafeBytes(of: b) { b in a.elementsEqual(b) } }
      || (a != a && b != b)
  }

  static func agree<X: ArrayElement, R: ArrayElement & Equatable>(
    _ xs: [X], native: (X) -> R, arrays: (NDArray) -> NDArray, at location: SourceLocation
  ) throws {
    let expected = xs.map(native)
    for device in devices {
      let result = arrays(try NDArray(xs).to(device))
      #expect(result.dtype == R.dtype, sourceLocation: location)
      let found = try result.elements(as: R.self)
      for (i, x) in xs.enumerated() where !same(found[i], expected[i]) {
        Issue.record(
          "for \(x) on \(device): \(found[i]), not \(expected[i])", sourceLocation: location)
      }
    }
  }

  static func agree<X: ArrayElement, Y: ArrayElement, R: ArrayElement & Equatable>(
    _ xs: [X], _ ys: [Y], native: (X, Y) -> R, arrays: (NDArray, NDArray) -> NDArray,
    at location: SourceLocation
  ) throws {
    let expected = zip(xs, ys).map { native($0, $1) }
    for device in devices {
      let result = arrays(try NDArray(xs).to(device), try NDArray(ys).to(device))
      #expect(result.dtype == R.dtype, sourceLocation: location)
      let found = try result.elements(as: R.self)
      for i in xs.indices where !same(found[i], expected[i]) {
        Issue.record(
          "for \(xs[i]), \(ys[i]) on \(device): \(found[i]), not \(expected[i])",
          sourceLocation: location)
      }
    }
  }

  static func check<X: ArrayElement, R: ArrayElement & Equatable>(
    _ xs: [X], _ native: (X) -> R, _ arrays: (NDArray) -> NDArray,
    at location: SourceLocation = #_sourceLocation
  ) throws { try agree(xs, native: native, arrays: arrays, at: location) }

  static func check<X: ArrayElement, R: ArrayElement & Equatable>(
    pairs numbers: [X], _ native: (X, X) -> R, _ arrays: (NDArray, NDArray) -> NDArray,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let (xs, ys) = pairs(numbers)
    try agree(xs, ys, native: native, arrays: arrays, at: location)
  }

  let floats = Self.floats.map { Float($0) }
  let finite = Self.floats.filter { $0.isFinite && $0.magnitude < 1e6 }

  @Test func arithmeticOfFloats() throws {
    try Self.check(pairs: floats, { arithmetic($0, $1) }, { arithmetic($0, $1) })
    try Self.check(Self.floats, { halves($0) }, { halves($0) })
    try Self.check(finite.map { Float16($0) }, { half($0) }, { half($0) })
  }

  @Test func conditions() throws {
    try Self.check(floats, { ternary($0) }, { ternary($0) })
    try Self.check(floats, { branches($0) }, { branches($0) })
    try Self.check(floats, { guarded($0) }, { guarded($0) })
    try Self.check(Self.integers, { switched($0) }, { switched($0) })
    try Self.check(floats, { chosen($0) }, { chosen($0) })
    try Self.check(Self.integers, { implicit($0) }, { implicit($0) })
    try Self.check(floats, { assignedLater($0) }, { assignedLater($0) })
    try Self.check(pairs: [true, false], { truths($0, $1) }, { truths($0, $1) })
  }

  @Test func loops() throws {
    try Self.check(Self.integers, { collatz($0) }, { collatz($0) })
    try Self.check(Self.integers.map { Int32($0) }, { repeated($0) }, { repeated($0) })
    try Self.check(Self.integers.map { max($0, 0) }, { ranges($0) }, { ranges($0) })
    try Self.check(Self.integers, { strides($0) }, { strides($0) })
    try Self.check(floats, { shadows($0) }, { shadows($0) })
    let starts: [Float] = [0, 0.1, -2.7, 3, 4.5, 2.9999998]
    let steps: [Float] = [0.1, 0.3, 1, 7, -0.25, 1e-3]
    try Self.agree(
      starts.flatMap { x in steps.map { _ in x } }, starts.flatMap { _ in steps },
      native: { floatStrides($0, $1) }, arrays: { floatStrides($0, $1) }, at: #_sourceLocation)
    #expect(try floatStrides(NDArray([1] as [Float]), 0).item(as: Float.self) == 0)
    try Self.check([0, 0.1, 0.3, 0.7, 1, 2.5, 10, -1], { simpson($0) }, { simpson($0) })
    let grid = stride(from: -2.0, through: 2, by: 0.3).map { $0 }
    try Self.check(pairs: grid, { mandelbrot($0, $1) }, { mandelbrot($0, $1) })
  }

  @Test func integerOperators() throws {
    let small = Self.integers.map { Int32($0) }
    try Self.check(pairs: small, { updates($0, $1) }, { updates($0, $1) })
    let counts = [0, 1, 5, 31, 32, 33, 64, 100, -1, -5, -31, -32, -33, -100, .max, .min]
    let (xs, ys) = (small.flatMap { x in counts.map { _ in x } }, small.flatMap { _ in counts })
    try Self.agree(
      xs, ys, native: { shifts($0, $1) }, arrays: { shifts($0, $1) }, at: #_sourceLocation)
    let bytes: [UInt8] = [0, 1, 2, 127, 128, 200, 255]
    let places: [Int8] = [0, 1, 7, 8, 9, 127, -1, -7, -8, -128]
    try Self.agree(
      bytes.flatMap { x in places.map { _ in x } }, bytes.flatMap { _ in places },
      native: { unsignedShifts($0, $1) }, arrays: { unsignedShifts($0, $1) },
      at: #_sourceLocation)
    try Self.check(pairs: Self.integers, { division($0, $1) }, { division($0, $1) })
    let signed: [Int8] = [0, 1, -1, 5, 127, -128, 100, -77]
    try Self.check(pairs: signed, { wrapping($0, $1) }, { wrapping($0, $1) })
    try Self.check(signed, { negated($0) }, { negated($0) })
    try Self.check(Self.integers.map { Int32($0) }, { bitCounts($0) }, { bitCounts($0) })
    try Self.check(pairs: Self.integers, { wholeNumbers($0, $1) }, { wholeNumbers($0, $1) })
    try Self.check(
      [0, 1, 12345, .max, 1 << 63] as [UInt64], { unsigned($0) }, { unsigned($0) })
    try Self.check([0, 1, 12345, .max, 1 << 63] as [UInt64], { hashed($0) }, { hashed($0) })
    try Self.check(Self.integers + [.min], { lowest($0) }, { lowest($0) })
  }

  @Test func functionsOfTheStandardLibrary() throws {
    try Self.check(finite, { conversions($0) }, { conversions($0) })
    try Self.check(Self.floats, { constants($0) }, { constants($0) })
    try Self.check(pairs: floats, { extremes($0, $1) }, { extremes($0, $1) })
    try Self.check(pairs: floats, { smallest($0, $1) }, { smallest($0, $1) })
    try Self.check(pairs: floats, { largest($0, $1) }, { largest($0, $1) })
    try Self.check(finite, { rounding($0) }, { rounding($0) })
    try Self.check(floats, { kinds($0) }, { kinds($0) })
    try Self.check(pairs: floats, { properties($0, $1) }, { properties($0, $1) })
    try Self.check(pairs: floats, { remainders($0, $1) }, { remainders($0, $1) })
  }

  @Test func namesFromOutside() throws {
    try Self.check(floats, { calls($0) }, { calls($0) })
    try Self.check(Self.integers, { captures($0) }, { captures($0) })
    try Self.check(floats, { Physics.fall($0) }, { Physics.fall($0) })
    try Self.check(floats, { takesApart($0) }, { takesApart($0) })
    try Self.check(floats, { choosesTuples($0) }, { choosesTuples($0) })
  }

  @Test(.enabled(if: Device.all.contains { $0.name.hasPrefix("opencl") }))
  func onOpenCL() throws {
    try Self.$devices.withValue([.openCL]) {
      try Self.check(floats, { branches($0) }, { branches($0) })
      try Self.check(Self.integers, { collatz($0) }, { collatz($0) })
      try Self.check(pairs: floats, { extremes($0, $1) }, { extremes($0, $1) })
      let small = Self.integers.map { Int32($0) }
      try Self.check(pairs: small, { updates($0, $1) }, { updates($0, $1) })
    }
  }

  /// As `docs/kernels.md` says: integers wrap, and division by zero gives 0.
  @Test func whereSwiftWouldStop() throws {
    for device in Self.devices {
      let x = try NDArray([7, -7, .min, 0] as [Int32]).to(device)
      let (quotient, rest) = quotientAndRest(x, 0)
      #expect(try quotient.elements(as: Int32.self) == [0, 0, 0, 0])
      #expect(try rest.elements(as: Int32.self) == [0, 0, 0, 0])
      let (negated, none) = quotientAndRest(x, -1)
      #expect(try negated.elements(as: Int32.self) == [-7, 7, .min, 0])
      #expect(try none.elements(as: Int32.self) == [0, 0, 0, 0])
      let squares = squared(try NDArray([16, 12] as [Int8]).to(device))
      #expect(try squares.elements(as: Int8.self) == [1, -111])
      let narrow = narrowed(try NDArray([256 + 3, -1]).to(device))
      #expect(try narrow.elements(as: UInt8.self) == [3, 255])
    }
  }

  @Test func severalResults() throws {
    let (xs, ys) = Self.pairs([0.5, 1, 2, -3])
    let (radius, isFar) = polar(NDArray(xs), NDArray(ys))
    #expect(try radius.elements(as: Double.self) == zip(xs, ys).map { polar($0, $1).radius })
    #expect(try isFar.elements(as: Bool.self) == zip(xs, ys).map { polar($0, $1).isFar })
    #expect(try $polar.results(NDArray(xs), 2).count == 2)
    #expect(throws: MartletError.self) { try $polar(NDArray(xs), 2) }
  }

  /// Glibc's functions and Martlet's are each off by a few units in the last place.
  @Test func mathematics() throws {
    let numbers = [0.1, 0.5, 1, 2.5, 7, 30]
    let (xs, ys) = Self.pairs(numbers)
    let found = try waves(NDArray(xs), NDArray(ys)).elements(as: Double.self)
    for (i, value) in found.enumerated() {
      let expected = waves(xs[i], ys[i])
      #expect(abs(value - expected) <= 16 * expected.ulp + 1e-15)
    }
    let prices = blackScholes(NDArray(xs), strike: 2, years: NDArray(ys))
    let (calls, puts) = (
      try prices.call.elements(as: Double.self), try prices.put.elements(as: Double.self)
    )
    for i in xs.indices {
      let expected = blackScholes(xs[i], strike: 2, years: ys[i])
      // The prices are differences of numbers as large as the largest of these.
      let bound = 32 * max(xs[i], 2).ulp
      #expect(abs(calls[i] - expected.call) <= bound)
      #expect(abs(puts[i] - expected.put) <= bound)
    }
    // Every device has the same functions.
    for device in Device.all {
      let found = blackScholes(
        try NDArray(xs).to(device), strike: 2, years: try NDArray(ys).to(device))
      #expect(try found.call.elements(as: Double.self) == calls)
      #expect(try found.put.elements(as: Double.self) == puts)
    }
  }
}
