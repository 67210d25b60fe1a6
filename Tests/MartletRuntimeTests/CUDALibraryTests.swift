import MartletIR
import Testing

@testable import MartletRuntime

/// The libraries of CUDA's toolkit over a fake driver: what reaches them, and what comes of failures.
@Suite struct CUDALibraryTests {
  // MARK: - Products

  @Test(arguments: [DType.float32, .float64, .complex64, .complex128])
  func multipliesMatrices(_ dtype: DType) throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let (rows, columns, depth) = (3, 5, 4)
    for (isLeftTransposed, isRightTransposed) in [
      (false, false), (true, false), (false, true), (true, true),
    ] {
      var numbers = SeededNumbers(seed: 5)
      func matrix(_ rows: Int, _ columns: Int) -> [[Scalar]] {
        (0..<rows).map { _ in
          (0..<columns).map { _ in Scalar(Int64(numbers.below(19) - 9), dtype) }
        }
      }
      func transposed(_ m: [[Scalar]]) -> [[Scalar]] {
        m[0].indices.map { column in m.map { $0[column] } }
      }
      let (a, b) = (matrix(rows, depth), matrix(depth, columns))
      let memory = [
        (isLeftTransposed ? transposed(a) : a).map { $0 + $0.prefix(2) },
        (isRightTransposed ? transposed(b) : b).map { $0 + $0.prefix(1) },
        [[Scalar]](
          repeating: [Scalar](repeating: Scalar(Int64(77), dtype), count: columns + 3), count: rows),
      ]
      let arrays = try memory.map { try DeviceArray(bytes($0.flatMap { $0 }), on: device) }
      func operand(_ n: Int, _ isTransposed: Bool = false) -> MatrixProduct.Matrix {
        .init(
          address: arrays[n].memory.address, isTransposed: isTransposed,
          leading: memory[n][0].count)
      }
      try device.call(
        .product(
          MatrixProduct(
            dtype, rows: rows, columns: columns, depth: depth, operand(0, isLeftTransposed),
            operand(1, isRightTransposed), into: operand(2))))
      let wanted = (0..<rows).map { row in
        (0..<columns + 3).map { column in
          guard column < columns else { return Scalar(Int64(77), dtype) }
          let sum = (0..<depth).reduce(0.0) {
            $0 + a[row][$1].asDouble * b[$1][column].asDouble
          }
          return Scalar(Int64(sum), dtype)
        }
      }
      #expect(try arrays[2].numbers() == bytes(wanted.flatMap { $0 }))
    }
    #expect(fake.count("cublasCreate") == 1)
    #expect(fake.depth == 0)
    #expect(fake.misuse == nil)
  }

  @Test func productsFailWithAReason() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let array = try DeviceArray([Float](repeating: 1, count: 4), on: device)
    let matrix = MatrixProduct.Matrix(address: array.memory.address, leading: 2)
    func product(_ dtype: DType = .float32, rows: Int = 2) -> LibraryCall {
      .product(
        MatrixProduct(dtype, rows: rows, columns: 2, depth: 2, matrix, matrix, into: matrix))
    }
    fake.fail("cublasCreate", code: 3)
    try device.call(product())  // Tried again with what was pooled.
    fake.fail("gemm", code: 13)
    let error = #expect(throws: MartletError.self) { try device.call(product()) }
    #expect(error?.description.contains("CUBLAS_STATUS_EXECUTION_FAILED") == true)
    for (dtype, rows) in [(DType.int32, 2), (.float32, 1 << 31), (.float32, 0)] {
      #expect(throws: MartletError.self) { try device.call(product(dtype, rows: rows)) }
    }

    let missing = MartletError.libraryMissing(name: "any", hint: "")
    let none = CUDAToolkit(
      cublas: { .failure(missing) }, cufft: { .failure(missing) }, cusolver: { .failure(missing) })
    let found = try CUDA.devices(
      of: fake.driver, compiler: fake.compiler, toolkit: none, disk: DiskCache(directory: nil))
    #expect(!LibraryCall.Kind.allCases.contains(where: found.devices[0].hasLibrary))
    #expect(throws: missing) { try found.devices[0].call(product()) }
    #expect(fake.misuse == nil)
  }

  @Test func multipliesManyMatricesInOneCall() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    // Two pairs of 2 × 2 matrices, of which the right one is the same for both.
    let a = try DeviceArray<Float>([1, 2, 3, 4, 5, 6, 7, 8], on: device)
    let b = try DeviceArray<Float>([1, 0, 1, 1], on: device)
    let c = try DeviceArray<Float>([Float](repeating: 9, count: 8), on: device)
    try device.call(
      .product(
        MatrixProduct(
          .float32, rows: 2, columns: 2, depth: 2, batch: 2,
          .init(address: a.memory.address, leading: 2, distance: 4),
          .init(address: b.memory.address, leading: 2),
          into: .init(address: c.memory.address, leading: 2, distance: 4))))
    #expect(try c.numbers() == [3, 2, 7, 4, 11, 6, 15, 8])
    #expect(fake.count("gemm") == 1 && fake.misuse == nil)
  }

  // MARK: - Transforms

  @Test func transformsByPlansThatAreKept() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let x = try DeviceArray<Double>([1, 2, 3, 4, 5, 6], on: device)
    let half = try DeviceArray<Double>([Double](repeating: 0, count: 8), on: device)
    func transform(
      _ kind: FourierTransform.Kind, _ from: DeviceArray<Double>, _ to: DeviceArray<Double>
    ) -> LibraryCall {
      .transform(
        FourierTransform(
          kind, isInverse: kind == .complexToReal, .complex128, sizes: [3], batch: 2,
          from: from.memory.address, to: to.memory.address))
    }
    try device.call(transform(.realToComplex, x, half))
    let spectrum = try half.numbers()
    let root = 0.75.squareRoot()
    for (n, wanted) in [6, 0, -1.5, root, 15, 0, -1.5, root].enumerated() {
      #expect(abs(spectrum[n] - wanted) < 1e-12)
    }
    for _ in 0..<3 {
      try device.call(transform(.realToComplex, x, half))
      try device.call(transform(.complexToReal, half, x))
      try device.call(transform(.realToComplex, x, half))
    }
    let grown = try x.numbers()
    for n in 0..<6 { #expect(abs(grown[n] - 27 * Double(n + 1)) < 1e-9) }
    #expect(fake.count("cufftCreate") == 2)  // A plan for each direction.
    #expect(fake.misuse == nil)

    fake.fail("cufftMakePlanMany", code: 2)
    try device.call(
      .transform(
        FourierTransform(
          .complexToComplex, isInverse: false, .complex128, sizes: [2, 2], batch: 1,
          from: half.memory.address, to: half.memory.address)))
    fake.fail("cufftExec", code: 6)
    let error = #expect(throws: MartletError.self) {
      try device.call(transform(.realToComplex, x, half))
    }
    #expect(error?.description.contains("CUFFT_EXEC_FAILED") == true)
    #expect(throws: MartletError.self) {
      try device.call(
        .transform(
          FourierTransform(
            .complexToComplex, isInverse: false, .float64, sizes: [2], batch: 1,
            from: half.memory.address, to: half.memory.address)))
    }
    #expect(fake.depth == 0 && fake.misuse == nil)
  }

  @Test func forgetsTheOldestPlans() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let x = try DeviceArray<Float>([Float](repeating: 1, count: 400), on: device)
    func run(_ size: Int) throws {
      try device.call(
        .transform(
          FourierTransform(
            .complexToComplex, isInverse: false, .complex64, sizes: [size], batch: 1,
            from: x.memory.address, to: x.memory.address)))
    }
    for size in 1...66 { try run(size) }
    #expect(fake.count("cufftDestroy") == 2)
    try run(66)
    #expect(fake.count("cufftCreate") == 66)
    try device.synchronise()
    #expect(fake.misuse == nil)
  }

  // MARK: - Factorisations

  @Test func solvesAndReportsWhatHasNoSolution() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    // Column-major.
    let a = try DeviceArray<Double>([4, 2, 1, 3], on: device)
    let b = try DeviceArray<Double>([9, 13], on: device)
    let pivots = try DeviceArray<Int32>([0, 0], on: device)
    let status = try DeviceArray<Int32>([7], on: device)
    func call(_ step: Factorisation.Step, _ a: DeviceArray<Double>) throws {
      try device.call(
        .factorisation(
          Factorisation(
            step, .float64, rows: 2, columns: 2, a: a.memory.address,
            status: status.memory.address)))
    }
    try call(.lu(pivots: pivots.memory.address), a)
    #expect(try status.numbers() == [0])
    try call(.solve(pivots: pivots.memory.address, b: b.memory.address, columns: 1), a)
    let x = try b.numbers()
    #expect(abs(x[0] - 1.4) < 1e-12 && abs(x[1] - 3.4) < 1e-12)

    let singular = try DeviceArray<Double>([1, 1, 1, 1], on: device)
    try call(.lu(pivots: pivots.memory.address), singular)
    #expect(try status.numbers() == [2])
    let negative = try DeviceArray<Double>([-1, 0, 0, 1], on: device)
    try call(.cholesky, negative)
    #expect(try status.numbers() == [1])
    fake.fail("cusolver", code: 1)
    let error = #expect(throws: MartletError.self) { try call(.cholesky, negative) }
    #expect(error?.description.contains("CUSOLVER_STATUS_EXECUTION_FAILED") == true)
    #expect(fake.count("cusolverCreate") == 1)
    #expect(fake.depth == 0 && fake.misuse == nil)
  }

  // MARK: - Memory of other libraries

  @Test func usesMemoryOfOtherLibraries() throws {
    let fake = try FakeCUDA(gpus: 2)
    let devices = try fake.devices()
    let address = fake.foreign(byteCount: 64)
    let memory = DeviceMemory(address: address, byteCount: 64, capacity: 64)
    let pointer = try #require(UnsafeMutableRawPointer(bitPattern: address))
    func write() throws {
      try [UInt8](repeating: 5, count: 16).withUnsafeBytes {
        try devices[0].copyIn($0, to: pointer + 48)
      }
    }
    #expect(throws: MartletError.self) { try write() }
    try devices[0].adopt(memory, after: 1)
    try write()
    #expect(devices[0].cudaNumber == 0 && devices[1].cudaNumber == 1)
    #expect(throws: MartletError.self) { try devices[1].adopt(memory, after: nil) }
    devices[0].letGo(memory)
    #expect(throws: MartletError.self) { try write() }
    #expect(fake.depth == 0)
  }

  // MARK: - Streams

  @Test func copiesToTheHostDoNotHoldUpLaterWork() throws {
    let fake = try FakeCUDA()
    let device = try fake.device(stagingByteCount: 1 << 16)
    #expect(fake.count("StreamCreate") == 0)
    let x = try DeviceArray<Int64>([1, 2, 3], on: device)
    #expect(try x.numbers() == [1, 2, 3])
    #expect(fake.count("StreamCreate") == 2)
    // The copy waits for the work before it, on the other stream.
    #expect(fake.count("StreamWaitEvent") == 1)
    fake.slow(microseconds: 3000)
    let y = try DeviceArray<Int64>([4, 5, 6], on: device)
    try device.copy(y.address, to: x.address, byteCount: 24)
    #expect(try x.numbers() == [4, 5, 6])
    #expect(fake.misuse == nil)
  }
}
