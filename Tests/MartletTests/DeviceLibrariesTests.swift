import MartletIR
import MartletRuntime
import Synchronization
import Testing

@testable import Martlet

/// Operations that a device may have a library for, over a device that says what it is asked.
@Suite struct DeviceLibrariesTests {
  @Test func productsAreTheLibrarys() throws {
    let library = ProductDevice()
    let device = Martlet.Device(library)
    let a = try NDArray.arange(start: Scalar(0.0, .float64), next: Scalar(1.0, .float64), count: 24)
      .reshaped([2, 3, 4]).to(device)
    let b = try NDArray.ones([4, 5]).to(device)
    let product = try a.matmul(b)
    #expect(product.device == device && product.shape == [2, 3, 5])
    #expect(try product.sum().item().asDouble == 276 * 5)
    // One distance leads from matrix to matrix, so one call does them all.
    let calls = library.calls.withLock { $0 }
    #expect(calls.count == 1)
    #expect(calls[0].batch == 2 && calls[0].a.distance == 12 && calls[0].b.distance == 0)

    _ = try b.T.matmul(b)
    #expect(library.calls.withLock { $0[1].a.isTransposed && !$0[1].b.isTransposed })
    // What the library has not, Martlet's own kernel computes.
    let whole = try b.asType(.int64).matmul(b.T.asType(.int64))
    #expect(try whole.sum().item().low == 80)
    #expect(library.calls.withLock { $0.count } == 2)
  }

  @Test func whatNoLibraryDoesIsAnErrorThatNamesIt() throws {
    let array = try NDArray.ones([2, 2]).to(Martlet.Device(DistantDevice("distant")))
    let calls: [() throws -> Void] = [
      { _ = try LinearAlgebra.solve(array, array) }, { _ = try LinearAlgebra.svd(array) },
    ]
    for call in calls {
      let error = #expect(throws: MartletError.self) { try call() }
      #expect(error?.description.contains("distant has no library for it") == true)
    }
  }
}

/// A distant device with a library of products in double precision.
private final class ProductDevice: MartletRuntime.Device {
  let calls = Mutex<[MatrixProduct]>([])
  private let memory = DistantDevice("products")

  var name: String { memory.name }
  var description: DeviceDescription { memory.description }
  var capabilities: DeviceCapabilities { memory.capabilities }
  var memoryInfo: DeviceMemoryInfo { memory.memoryInfo }

  func hasLibrary(for kind: LibraryCall.Kind) -> Bool { kind == .matmul }

  func call(_ call: LibraryCall) throws(MartletError) {
    guard case .product(let product) = call, product.dtype == .float64 else {
      throw .unsupported(operation: call.kind.rawValue, detail: "only products of float64")
    }
    calls.withLock { $0.append(product) }
    func element(_ matrix: MatrixProduct.Matrix, _ n: Int, _ row: Int, _ column: Int) -> Int {
      n * matrix.distance
        + (matrix.isTransposed ? column * matrix.leading + row : row * matrix.leading + column)
    }
    func elements(_ matrix: MatrixProduct.Matrix) -> UnsafeMutablePointer<Double> {
      UnsafeMutablePointer(bitPattern: matrix.address)!
    }
    for n in 0..<product.batch {
      for row in 0..<product.rows {
        for column in 0..<product.columns {
          elements(product.c)[element(product.c, n, row, column)] = (0..<product.depth).reduce(0) {
            $0 + elements(product.a)[element(product.a, n, row, $1)]
              * elements(product.b)[element(product.b, n, $1, column)]
          }
        }
      }
    }
  }

  func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    try memory.allocate(byteCount: byteCount)
  }
  func free(_ freed: DeviceMemory) { memory.free(freed) }
  func copyIn(_ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer) {
    memory.copyIn(source, to: address)
  }
  func copyOut(_ address: UnsafeMutableRawPointer, to target: UnsafeMutableRawBufferPointer) {
    memory.copyOut(address, to: target)
  }
  func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) { memory.copy(source, to: destination, byteCount: byteCount) }
  func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel {
    try memory.compile(kernel)
  }
  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents {
    try memory.launch(kernel, buffers: buffers, slots: slots, tasks: tasks, grain: grain)
  }
  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    try memory.launch(kernel, buffers: buffers, slots: slots, grid: grid, block: block)
  }
  func synchronise() {}
}
