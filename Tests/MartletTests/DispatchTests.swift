import MartletIR
import Synchronization
import Testing

@testable import Martlet

/// Users' own operations. Serialised, because a name in the table is the whole process's, and tests
/// declare one again for each device.
@Suite(.serialized) struct DispatchTests {
  private struct OwnError: Error, Equatable {
    var text: String
  }

  private let image = NDArray([[1.0, 2, 3], [4, 5, 6]])

  private func twice(_ name: String) throws -> DispatchedOperation {
    try DispatchedOperation(
      name, "(image: float64[:,:], weight: float64) -> float64[:,:]", "Twice.", replacing: true
    ) { call in call.arrays[0] * call.scalars[0] }
  }

  // MARK: Signatures

  @Test(arguments: [
    ("(float64[:,:], float64) -> float64[:,:]", "(float64[:,:], float64) -> float64[:,:]"),
    (
      "( a:int ,b : any[...] )->(float,complex[ : ])",
      "(a: int64, b: any[...]) -> (float64, complex128[:])"
    ),
    ("() -> ()", "() -> ()"), ("(...) -> ...", "(...) -> ..."),
    ("(bool[]) -> any", "(bool[]) -> any"),
  ])
  func signaturesAreRead(text: String, canonical: String) throws {
    let signature = try DispatchedOperation.Signature(text)
    #expect(signature.description == canonical)
    #expect(try DispatchedOperation.Signature(canonical) == signature)
  }

  @Test(arguments: [
    ("", "'(' is expected, and there is the end"),
    ("(floot64) -> any", "'floot64' is no dtype"),
    ("(float64[:,:) -> any", "']' is expected, and there is ')'"),
    ("(float64[3]) -> any", "':' is expected, and there is '3'"),
    ("(float64)", "'->' is expected, and there is the end"),
    ("(float64) -> float64 float64", "nothing more is expected, and there is 'float64'"),
    ("(a: int, a: int) -> int", "two arguments have one name"),
    ("(1: int) -> int", "'1' is no name of an argument"),
    ("(int[:,:,:,:,:,:,:,:,:]) -> int", "arrays have at most 8 axes"),
  ])
  func wrongSignaturesAreExplained(text: String, problem: String) {
    #expect {
      try DispatchedOperation("wrong_signature", text, "") { _ in [] }
    } throws: { error in
      guard case .invalidArgument("wrong_signature", let detail) = error as? MartletError else {
        return false
      }
      return detail.contains("'\(text)' is wrong: \(problem).")
    }
  }

  // MARK: Arguments

  @Test func argumentsAreConverted() throws {
    let operation = try DispatchedOperation(
      "converting", "(float32[:], int64, complex128, any[...]) -> float32[:]", "", replacing: true
    ) { call in
      #expect(call.arrays.map(\.dtype) == [.float32, .int64])
      #expect(call.scalars[0].int == 3 && call.scalars[1].complex == Complex(2, 0))
      #expect(call.device == .host)
      return call.arrays[0] * call.scalars[0]
    }
    let result = try operation(NDArray([1.0, 2]), 3, 2.0, 7)
    #expect(result.dtype == .float32)
    #expect(try result.values() == [3, 6])
    #expect(try operation(NDArray([true]), NDArray(3), NDArray(2.0), 7).values() == [3])
  }

  @Test func wrongArgumentsAreExplained() throws {
    let operation = try DispatchedOperation(
      "particular", "(image: float64[:,:], int8[:], count: int8) -> any", "", replacing: true
    ) { call in call.arrays[0] }
    func message(_ arguments: any DispatchedOperation.Argument...) -> String {
      do {
        // Swift cannot pass a list on as a variadic argument.
        switch arguments.count {
        case 3: _ = try operation(arguments[0], arguments[1], arguments[2])
        default: _ = try operation(arguments[0])
        }
        return "no error"
      } catch { return "\(error)" }
    }
    let line = NDArray([Int8(1)])
    #expect(
      message(image) == "[particular] it takes 3 arguments, "
        + "(image: float64[:,:], int8[:], count: int8) -> any, and got 1")
    #expect(
      message(try! image.asType(.complex64), line, 1)
        == "[particular] argument 1 'image': expected float64[:,:], got complex64[:,:].")
    #expect(
      message(image[0], line, 1)
        == "[particular] argument 1 'image': expected float64[:,:], got float64[:].")
    #expect(
      message(2.5, line, 1)
        == "[particular] argument 1 'image': expected float64[:,:], got a floating-point number.")
    #expect(
      message(image, NDArray([1.0]), 1)
        == "[particular] argument 2: expected int8[:], got float64[:].")
    #expect(
      message(image, line, 1.5)
        == "[particular] argument 3 'count': expected int8, got a floating-point number.")
    #expect(
      message(image, line, 300) == "[particular] argument 3 'count': expected int8, got 300.")
    #expect(
      message(image, line, line)
        == "[particular] argument 3 'count': expected int8, got int8[:].")
    #expect(message(image, line, true) == "no error")
  }

  // MARK: Results and errors

  @Test func wrongResultsAreExplained() throws {
    let kinds: [(String, NDArray)] = [
      ("float64[:,:]", try image.asType(.float32)), ("float64[:,:]", image[0]),
    ]
    for (_, wrong) in kinds {
      let operation = try DispatchedOperation(
        "wrong_result", "() -> float64[:,:]", "", replacing: true
      ) { _ in wrong }
      #expect(
        throws: MartletError.invalidType(
          operation: "wrong_result",
          detail: "result 1 of the implementation for cpu: expected float64[:,:], got "
            + (wrong.rank == 1 ? "float64[:]." : "float32[:,:]."))
      ) { try operation() }
    }
    let none = try DispatchedOperation("wrong_result", "() -> (int, int)", "", replacing: true) {
      _ in [NDArray(1)]
    }
    #expect {
      try none.results()
    } throws: { "\($0)".contains("expected 2 results, got 1") }
  }

  @Test func severalResults() throws {
    let operation = try DispatchedOperation(
      "extremes_of", "(any[...]) -> (any, any)", "", replacing: true
    ) { call in [try call.arrays[0].min(), try call.arrays[0].max()] }
    #expect(try operation.results(image).map { try $0.item(as: Double.self) } == [1, 6])
    #expect {
      try operation(image)
    } throws: { "\($0)".contains("call extremes_of.results(…)") }
  }

  @Test func theImplementationsErrorComesOutAsItIs() throws {
    let operation = try DispatchedOperation("raising", nil, "", replacing: true) {
      _ -> NDArray in throw OwnError(text: "mine")
    }
    #expect(throws: OwnError(text: "mine")) { try operation(image) }
  }

  // MARK: Devices

  @Test(arguments: DevicesTests.devices)
  func theClosestImplementationServes(_ device: Device) throws {
    let kind = String(device.name.prefix { $0 != ":" })
    guard DispatchedOperation.Target.kindsOfGPU.contains(kind) else { return }
    let operation = try DispatchedOperation(
      "closest", "(float64[:,:]) -> float64[:,:]", "", replacing: true
    ) { call in call.arrays[0] }
    let there = try image.to(device)
    let targets: [DispatchedOperation.Target] = [.gpu, .init(kind), .init(device.name)]
    for (number, target) in targets.enumerated() {
      try operation.implement(target, replacing: kind == device.name && number == 2) { call in
        #expect(call.device == device && call.arrays[0].device == device)
        let made = try NDArray.ones([2]).device
        #expect(made == device)
        return call.arrays[0] * 0 + Double(number)
      }
      let (result, transfers) = try Transfers.counted { try operation(there) }
      #expect(transfers == .init(count: 0, bytes: 0))
      #expect(result.device == device)
      #expect(try result.values() == Array(repeating: Double(number), count: 6))
      #expect(try operation(image).values() == image.values())
    }
  }

  @Test(arguments: DevicesTests.devices)
  func theCPUServesWhereThereIsNone(_ device: Device) throws {
    let name = "missing_on_\(device.name.prefix { $0 != ":" })"
    let operation = try twice(name)
    let there = try image.to(device)
    let line: UInt = #line + 1
    let (result, transfers) = try Transfers.counted { try operation(there, 2) }
    #expect(result.device == device)
    #expect(transfers == .init(count: 2, bytes: 96))
    #expect(try result.values() == [2, 4, 6, 8, 10, 12])
    let record = try #require(Fallback.records.first { $0.name == name })
    #expect(record.from == device.name && record.to == "cpu" && record.bytes == 96)
    #expect(record.reason == "it has no implementation for \(device)")
    #expect(record.place == "MartletTests/DispatchTests.swift:\(line)" && record.count == 1)
    var refusal: MartletError?
    do {
      try Fallback.withMode(.raise) { () throws -> Void in
        let result: NDArray = try operation(there, 2)
        Issue.record("\(result.shape) was computed")
      }
    } catch {
      refusal = error as? MartletError
    }
    if case .unsupported(name, let detail) = refusal {
      #expect(detail.contains("keeps the CPU from serving it"))
    } else {
      Issue.record("\(String(describing: refusal))")
    }
  }

  @Test(arguments: DevicesTests.devices) func policiesHold(_ device: Device) throws {
    let operation = try twice("by_policy")
    let there = try image.to(device)
    #expect {
      try Placement.withPolicy(.onlyDevice) { try operation(there, 2) }
    } throws: { error in
      let text = "\(error)"
      return text.hasPrefix("[by_policy] has no implementation for \(device). Add one with ")
        && text.hasSuffix(", or call it with arrays on the CPU.")
    }
    let result = try Placement.withPolicy(.onlyHost) { try operation(there, 2) }
    #expect(result.device == .host)
    #expect(try result.values() == [2, 4, 6, 8, 10, 12])
  }

  @Test func theErrorSaysWhatToAdd() {
    #expect(
      "\(MartletError.missingImplementation(operation: "smooth", device: "opencl:0", hint: "smooth.implement(.openCL) or .gpu"))"
        == "[smooth] has no implementation for opencl:0. Add one with "
        + "smooth.implement(.openCL) or .gpu, or call it with arrays on the CPU.")
  }

  @Test func arraysOnTwoDevicesDontMeet() throws {
    let operation = try DispatchedOperation("meeting", nil, "", replacing: true) { $0.arrays }
    let (a, b) = (
      try image.to(Device(DistantDevice("here"))), try image.to(Device(DistantDevice("there")))
    )
    #expect(
      throws: MartletError.invalidArgument(
        operation: "meeting",
        detail: "The arrays live on here and there: move one of them with `to`.")
    ) { try operation.results(a, b) }
  }

  @Test(arguments: ["gpu:0", "cpu", "abacus", "simulator:0", "cuda:x", "cuda:", ""])
  func wrongTargetsAreRefused(target: String) throws {
    let operation = try twice("targets")
    #expect(throws: MartletError.self) {
      try operation.implement(.init(target)) { call in call.arrays[0] }
    }
  }

  // MARK: The table

  @Test func rowsOfTheTable() throws {
    let operation = try twice("a_row")
    try operation.implement(.openCL) { $0.arrays }
    try operation.implement(.cuda(1)) { $0.arrays }
    let row = try #require(OperationTable.dispatched.first { $0.name == "a_row" })
    #expect(row.summary == "Twice." && row.signature == operation.signature)
    #expect(row.targets == [.cpu, .cuda(1), .openCL])
    #expect(OperationTable.dispatched(named: "a_row") === operation)
    #expect(Set(operation.implementations.keys) == [.cpu, .cuda(1), .openCL])
    #expect {
      try operation.implement(.openCL) { $0.arrays }
    } throws: { "\($0)".contains("there is an implementation for opencl already") }
    #expect {
      try DispatchedOperation("a_row", nil, "") { $0.arrays }
    } throws: { "\($0)" == "[a_row] an operation of this name was declared before" }
    for name in ["add", "abs", "sum"] {
      #expect {
        try DispatchedOperation(name, nil, "", replacing: true) { $0.arrays }
      } throws: { "\($0)".contains("a built-in operation has this name") }
    }
    #expect(throws: MartletError.self) {
      try DispatchedOperation("two words", nil, "") { $0.arrays }
    }
    #expect(throws: MartletError.self) {
      try DispatchedOperation("domains", "(int) -> int", "", domain: []) { $0.arrays }
    }
  }

  @Test func threadsMayDeclareAndAdd() async throws {
    let winners = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          (try? DispatchedOperation("declared_once", nil, "") { $0.arrays }) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(winners == 1)
    let operation = try #require(OperationTable.dispatched(named: "declared_once"))
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<64 {
        group.addTask {
          try? operation.implement(.cuda(number % 32)) { $0.arrays }
          _ = try? operation.results(NDArray([1.0]))
        }
      }
    }
    #expect(operation.implementations.count == 33)
    let row = OperationTable.dispatched.first { $0.name == "declared_once" }
    #expect(row?.targets.count == 33)
  }

  // MARK: Grids

  @Test func gridsReachImplementations() throws {
    let seen = Mutex<[GridArray.Grid]>([])
    let operation = try DispatchedOperation("gridded", nil, "", replacing: true) { call in
      seen.withLock { $0.append(call.grid) }
      #expect(call.shape == call.grid.shape)
      return call.arrays[0]
    }
    let gridded = try image.with(spacing: [0.5, 2], origin: [10, 20])
    _ = try operation(image, gridded[1..., .all].T)
    _ = try operation(image)
    _ = try operation(gridded.to(.simulator))
    let expected = try GridArray.Grid(shape: [3, 1], spacing: [2, 0.5], origin: [20, 10.5])
    #expect(seen.withLock { $0 } == [expected, GridArray.Grid(shape: [2, 3]), gridded.grid!])
    #expect(throws: MartletError.self) { try image.with(spacing: [1]) }
    #expect(throws: MartletError.self) { try image.with(spacing: [1, 0]) }
    #expect(throws: MartletError.self) { try image.with(origin: [1, .nan]) }
    #expect(throws: MartletError.self) { try image[0].with(grid: GridArray.Grid(shape: [2, 3])) }
  }

  /// Views against the coordinates of their own elements.
  @Test func viewsKeepTheirPlace() throws {
    let shape: Shape = [4, 1, 6, 5]
    let spacing = [0.5, 3, -2, 10]
    let origin = [1.0, 2, 3, 4]
    let base = try NDArray(shape: shape) { Double($0[0] * 30 + $0[2] * 5 + $0[3]) }
    let gridded = try base.with(spacing: spacing, origin: origin)
    typealias View = @Sendable (NDArray) throws -> NDArray
    let views: [(name: String, axes: [Int?], look: View)] = [
      ("itself", [0, 1, 2, 3], { $0 }),
      ("slices", [0, 1, 2, 3], { $0[1..<3, .all, .slice(nil, nil, 2), 2...] }),
      ("reversed", [0, 1, 2, 3], { try $0.flipped() }),
      ("reversed slices", [0, 1, 2, 3], { $0[.slice(nil, nil, -2), .all, 1..<5] }),
      ("positions", [1, 3], { $0[2, .all, -1] }),
      ("one left", [0, 1, 2, 3], { $0[3..<4, .all, 2..<3] }),
      ("transposed", [3, 2, 1, 0], { $0.T }),
      ("permuted", [2, 0, 3, 1], { try $0.transposed([2, 0, 3, 1]) }),
      ("moved", [1, 2, 3, 0], { try $0.movingAxis(0, to: -1) }),
      ("squeezed", [0, 2, 3], { try $0.squeezed() }),
      ("expanded", [0, nil, 1, 2, 3], { try $0.expanded(at: 1) }),
      ("twice", [3, 2], { try $0[1, 0].T[1..., .slice(nil, nil, -2)].flipped([0]) }),
    ]
    for (name, axes, look) in views {
      let view = try gridded.viewed { try look($0) }
      let grid = try #require(view.grid, "\(name)")
      #expect(grid.shape == view.shape)
      for (axis, source) in axes.enumerated() {
        guard let source else {
          #expect(grid.spacing[axis] == 1 && grid.origin[axis] == 0, "\(name)")
          continue
        }
        // The same view of an array that holds each element's place along the source's axis.
        let places = try NDArray(shape: shape) {
          origin[source] + Double($0[source]) * spacing[source]
        }
        let line = try look(places).movingAxis(axis, to: 0).reshaped([view.shape[axis], -1])
        let expected = try line[0..., 0].values()
        let got = (0..<view.shape[axis]).map { grid.coordinate($0, axis: axis) }
        #expect(got == expected, "\(name), axis \(axis)")
      }
    }
  }

  @Test func otherViewsHaveNoGrid() throws {
    let gridded = try NDArray.ones([4, 6]).with(spacing: [1, 2])
    #expect(try gridded.viewed { try $0.reshaped([24]) }.grid == nil)
    #expect(try gridded.viewed { try $0.reshaped([2, 2, 6]) }.grid == nil)
    #expect(try gridded.viewed { try $0.reshaped([8, 3]) }.grid == nil)
    #expect(gridded.viewed { $0 + 1 }.grid == nil)
    #expect(gridded[NDArray([0, 1])].grid == nil)
    #expect(gridded[2..<2].grid == nil)
    let rows = try gridded.viewed { try $0.reshaped([1, 4, 6]) }.grid
    #expect(rows?.spacing == [1, 1, 2])
    // An imaginary part lies where its number does.
    let complex = try NDArray.ones([3], .complex128).with(spacing: [2], origin: [1])
    let part = Layout(shape: [3], strides: [2], offset: 1)
    let view = complex.viewed { NDArray(storage: $0.storage, layout: part, dtype: .float64) }
    #expect(view.grid == complex.grid)
  }

  // MARK: The document

  @Test func documentExample() throws {
    let smooth = try DispatchedOperation(
      "smooth", "(image: float64[:,:], weight: float64) -> float64[:,:]", "Blends rows."
    ) { call in
      let (image, weight) = (call.arrays[0], call.scalars[0])
      return image + weight * (try image.rolled([1], axes: [0]) - image) / call.grid.spacing[0]
    }
    try smooth.implement(.gpu) { call in
      call.arrays[0] * (1.0 - call.scalars[0].double)  // a kernel of your own
    }
    let image = try NDArray.ones([4, 4]).with(spacing: [0.5, 0.5])
    print(try smooth(image, 0.25), try smooth(image.to(.simulator), 0.25).device)

    #expect(try smooth(image, 0.25).values() == Array(repeating: 1, count: 16))
    #expect(try smooth(image.to(.simulator), 0.25).values() == Array(repeating: 0.75, count: 16))
  }

  @Test func theExampleIsTheDocuments() throws {
    try expectExample(of: "docs/dispatch.md")
  }
}
