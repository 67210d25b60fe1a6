import MartletIR
import MartletRuntime
import Testing

@testable import Martlet

/// A device that computes one thing wrong.
private final class WrongDevice: MartletRuntime.Device {
  private let distant: DistantDevice
  private let spoil: @Sendable (Kernel) throws(MartletError) -> Kernel

  init(
    _ name: String, _ spoil: @escaping @Sendable (Kernel) throws(MartletError) -> Kernel
  ) {
    distant = DistantDevice(name)
    self.spoil = spoil
  }

  var name: String { distant.name }
  var description: DeviceDescription { distant.description }
  var capabilities: DeviceCapabilities { distant.capabilities }
  var memoryInfo: DeviceMemoryInfo { distant.memoryInfo }
  func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    try distant.allocate(byteCount: byteCount)
  }
  func free(_ memory: DeviceMemory) { distant.free(memory) }
  func copyIn(_ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer) {
    distant.copyIn(source, to: address)
  }
  func copyOut(_ address: UnsafeMutableRawPointer, to destination: UnsafeMutableRawBufferPointer) {
    distant.copyOut(address, to: destination)
  }
  func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) {
    distant.copy(source, to: destination, byteCount: byteCount)
  }
  func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel {
    try distant.compile(try spoil(kernel))
  }
  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents {
    try distant.launch(kernel, buffers: buffers, slots: slots, tasks: tasks, grain: grain)
  }
  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    try distant.launch(kernel, buffers: buffers, slots: slots, grid: grid, block: block)
  }
  func synchronise() {}
}

extension WrongDevice {
  /// Sums of float32 are one unit too large where they are more than 2 and not huge.
  static let adding = Martlet.Device(
    WrongDevice("adding") { kernel throws(MartletError) in
      KernelRewriter.rewrite(kernel) { instruction, dtype, builder in
        guard dtype == .float32, case .binary(.add, let a, let b) = instruction else { return nil }
        let sum = builder.define(.binary(.add, a, b), dtype)
        let bits = sum.reinterpret(as: .int32)
        let next = (bits + bits.literal(1)).reinterpret(as: .float32)
        return ((sum > 2) & (sum < 1e30)).select(next, sum)
      }
    })
}

/// `Check` itself: that it passes what is right, finds what is wrong, and says so shortly.
@Suite struct CheckTests {
  private func check(
    _ subject: CheckSubject, on devices: [Martlet.Device], examples: Int? = nil
  ) throws -> CheckReport {
    var subject = subject
    subject.oracle = .host
    return try Check.run([subject], on: devices, usesNumPy: false, examples: examples)
  }

  private func row(_ types: [DType], tolerance: Tolerance = 0) -> ElementwiseOperation {
    .binary(
      "plus", .same(types, inputs: 2), identity: .none, domain: .all, tolerance: tolerance,
      gradient: .nonDifferentiable("it is a test's"), "A sum, as a row made at run time."
    ) { a, b in a + b }
  }

  // MARK: What is right

  @Test func rowsOfTheTablePass() throws {
    let report = try Check.run(["negative", "maximum", "sum"], devices: ["cpu"], examples: 1)
    try report.require()
    #expect(report.isOK && report.failures.isEmpty)
    #expect(report.rows.map(\.operation) == ["negative", "maximum", "sum"])
    #expect(report.rows.allSatisfy { $0.elements > 400 && $0.oracleError == 0 })
  }

  @Test func aRowMadeAtRunTimePasses() throws {
    let report = try check(
      CheckSubject(row([.float32, .int8])), on: [.host, Martlet.Device(DistantDevice())])
    #expect(report.isOK)
    #expect(report.rows.map(\.device) == ["cpu", "distant"])
    #expect(report.rows.map(\.oracleError) == [nil, 0])
  }

  @Test func theTableIsShort() throws {
    let single = Martlet.Device(DistantDevice("single", without: [.float64]))
    let report = try check(CheckSubject(row([.float32, .float64])), on: [.host, single])
    #expect(
      report.description == """
        operation  dtypes   device  elements  from cpu  from NumPy
        plus       fd       cpu        41942         -           -  ok
        plus       float32  single     24306         0           -  ok
        plus       float64  single                                  no float64
        Errors are the worst, in units in the last place.
        """)
  }

  @Test func unknownNamesAreErrors() {
    #expect(throws: MartletError.self) { try Check.run(["sqroot"]) }
    #expect(throws: MartletError.self) { try Check.run(["add"], devices: ["gpu"]) }
  }

  @Test func theSameSeedMakesTheSameInputs() {
    func inputs(_ seed: UInt64) -> [CheckExample] {
      var generator = CheckGenerator(CheckSubject(row([.float32])), loop: 0, seed: seed)
      return generator.examples(3)
    }
    #expect(inputs(7) == inputs(7))
    #expect(inputs(7) != inputs(8))
  }

  @Test func everyLayoutComesUp() {
    var seen: Set<CheckArrangement> = []
    var shapes: Set<Shape> = []
    let subject = CheckSubject(row([.float32, .float64, .int32]))
    for loop in subject.loops.indices {
      var generator = CheckGenerator(subject, loop: loop, seed: 1)
      for example in generator.examples(nil) {
        shapes.insert(example.shape)
        for input in example.inputs { seen.insert(input.arrangement) }
      }
    }
    #expect(seen == Set(CheckArrangement.allCases))
    // Empty, without axes, one element, and more than one task.
    for shape: Shape in [[0, 3], [], [1], [CheckGenerator.largeCount]] {
      #expect(shapes.contains(shape))
    }
  }

  @Test(arguments: CheckArrangement.allCases) func arrangementsHoldTheirElements(
    _ arrangement: CheckArrangement
  ) throws {
    let values = (0..<12).map { Scalar(Int64($0), .int32) }
    let input = CheckInput(
      dtype: .int32, shape: [3, 4], values: values, arrangement: arrangement)
    let array = try input.array(on: .host)
    #expect(array.shape == [3, 4])
    #expect(try array.elements(as: Int32.self) == Array(0..<12))
    #expect(array.layout.isContiguous == (arrangement == .contiguous))
  }

  // MARK: What is wrong

  @Test func anErrorOfOneUnitIsCaughtAndShrunk() throws {
    let report = try check(CheckSubject(row([.float32])), on: [WrongDevice.adding])
    #expect(!report.isOK)
    #expect(report.rows.map(\.verdict) == [.fail])
    let failure = try #require(report.failures.first)
    #expect(failure.reason == "1 ULP from cpu, at most 0")
    // One of the plainest sums above 2.
    #expect(
      failure.swift == """
        try plus(NDArray([2.0] as [Float]).to("adding"), NDArray([1.0] as [Float]).to("adding"))
        """)
    #expect(failure.values == "it is 3.0000002, not 3.0")
    #expect(throws: CheckFailed.self) { try report.require() }
  }

  @Test func aFailureIsALineToPaste() throws {
    var subject = CheckSubject(row([.float32]))
    subject.name = "add"
    subject.isNumPys = true
    let report = try check(subject, on: [WrongDevice.adding])
    #expect(
      report.text(in: .python) == """
        operation  dtypes   device  elements  from cpu  from NumPy
        add        float32  adding       593         1           -  FAIL
        Errors are the worst, in units in the last place.

        FAIL add (float32, float32) on adding: 1 ULP from cpu, at most 0
          np.add(np.asarray([2.0], "float32", device="adding"), \
        np.asarray([1.0], "float32", device="adding"))
          it is 3.0000002, not 3.0
        """)
  }

  @Test func aToleranceLetsItPass() throws {
    let report = try check(CheckSubject(row([.float32], tolerance: 1)), on: [WrongDevice.adding])
    #expect(report.isOK)
    #expect(report.rows.map(\.oracleError) == [1])
  }

  @Test func aReductionIsCaught() throws {
    let report = try check(CheckSubject(ReductionOperation.sum), on: [WrongDevice.adding])
    // Halves are added in float32 too, but rounding hides a unit of that.
    #expect(report.failures.map(\.inputs) == [[.float32], [.complex64]])
    let failure = try #require(report.failures.first { $0.inputs == [.float32] })
    #expect(failure.python.hasPrefix("np.sum("))
  }

  @Test func whatDependsOnTheLayoutIsShrunkWithIt() throws {
    // Wrong where the innermost stride is 2.
    let strided = WrongDevice("strided") { kernel throws(MartletError) in
      guard kernel.buffers.contains(where: { $0.strides.last == .constant(2) }) else {
        return kernel
      }
      return KernelRewriter.rewrite(kernel) { instruction, dtype, builder in
        guard dtype == .int32, case .binary(.add, let a, let b) = instruction else { return nil }
        return builder.define(.binary(.subtract, a, b), dtype)
      }
    }
    let report = try check(CheckSubject(row([.int32])), on: [Martlet.Device(strided)])
    let failure = try #require(report.failures.first)
    #expect(
      failure.swift == """
        try plus(NDArray([1, 77, 1, 77] as [Int32]).to("strided")[.slice(nil, nil, 2)], \
        NDArray([1, 1] as [Int32]).to("strided"))
        """)
    #expect(failure.values == "element 0 is 0, not 2")
  }

  @Test func anErrorOfTheDeviceIsAFailure() throws {
    let broken = WrongDevice("broken") { kernel throws(MartletError) in
      throw .compilation(kernel: kernel.name, detail: "the test's compiler refuses")
    }
    let report = try check(CheckSubject(row([.float32])), on: [Martlet.Device(broken)])
    let failure = try #require(report.failures.first)
    #expect(failure.reason.hasSuffix("did not compile: the test's compiler refuses"))
    #expect(failure.swift.contains("NDArray([1.0] as [Float])"))
  }

  // MARK: Operations that users declare

  @Test func implementationsAreComparedWithTheCPUs() throws {
    let operation = try DispatchedOperation(
      "checkedRows", "(float64[:,:], float64) -> float64[:,:]", "Rows and the rows after them."
    ) { call in
      let image = call.arrays[0]
      return image + call.scalars[0] * (try image.rolled([1], axes: [0]))
    }
    let missing = try Check.run(operation, devices: ["cpu", "simulator"])
    #expect(missing.rows.map(\.verdict) == [.ok, .lacking("no implementation")])
    try operation.implement(.simulator) { call in
      let image = call.arrays[0]
      return image + call.scalars[0] * (try image.rolled([1], axes: [0]))
    }
    try Check.run(operation, devices: ["simulator"]).require()
    try operation.implement(.simulator, replacing: true) { call in call.arrays[0] + call.scalars[0]
    }
    let report = try Check.run(operation, devices: ["simulator"])
    let failure = try #require(report.failures.first)
    #expect(failure.python.hasPrefix("checkedRows(np.asarray(["))
    #expect(failure.python.count < 200)
    #expect(throws: CheckFailed.self) { try report.require() }
  }

  @Test func withoutASignatureThereAreNoInputs() throws {
    let operation = try DispatchedOperation("checkedAnything", nil, "Takes anything.") { call in
      call.arrays[0]
    }
    #expect(throws: MartletError.self) { try Check.run(operation) }
  }

  // MARK: NumPy

  @Test(TestPython.isThere) func resultsAreComparedWithNumPys() throws {
    let report = try Check.run(
      ["sqrt", "divmod", "mean", "argmax", "cumsum"], devices: ["cpu"], examples: 1)
    try report.require()
    #expect(report.rows.allSatisfy { $0.numpyError != nil })
  }

  @Test(TestPython.isThere) func aDifferenceFromNumPyIsFound() throws {
    // Right on every device, but not what NumPy's function of this name gives.
    var subject = CheckSubject(ElementwiseOperation.subtract)
    subject.name = "add"
    subject.oracle = .host
    let report = try Check.run([subject], on: [.host], examples: 1)
    let failure = try #require(report.failures.first { $0.inputs == [.int16, .int16] })
    #expect(failure.reason.hasSuffix("from NumPy, at most 0"))
    #expect(
      failure.python == """
        np.add(np.asarray([1], "int16", device="cpu"), np.asarray([1], "int16", device="cpu"))
        """)
  }

  // MARK: Distances

  @Test(arguments: [
    (1.0, 1.0 + 0x1p-52, 1.0), (0.0, -0.0, 0.5), (.nan, -.nan, 0), (.nan, 1, .infinity),
    (-0x1p-1074, 0x1p-1074, 2), (.greatestFiniteMagnitude, .infinity, 1),
  ])
  func distancesAreCountedInUnits(_ a: Double, _ b: Double, _ units: Double) {
    let (x, y) = (Scalar(a, .float64), Scalar(b, .float64))
    #expect(CheckComparison.distance(x, y, .exact) == units)
    #expect(CheckComparison.distance(y, x, .exact) == units)
  }

  @Test func complexNumbersAreMeasuredByTheirMagnitude() {
    let a = Scalar(real: 4, imaginary: 1e-9, .complex64)
    let b = Scalar(real: 4, imaginary: 3e-9, .complex64)
    #expect(CheckComparison.distance(a, b, .exact) > 1000)
    #expect(CheckComparison.distance(a, b, .magnitude) < 0.01)
    let infinite = Scalar(real: .infinity, imaginary: .nan, .complex64)
    #expect(CheckComparison.distance(a, infinite, .magnitude) == .infinity)
    let other = Scalar(real: .nan, imaginary: .infinity, .complex64)
    #expect(CheckComparison.distance(infinite, other, .magnitude) == 0)
  }
}
