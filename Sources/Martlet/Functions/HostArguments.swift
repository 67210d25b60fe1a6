import MartletIR

/// The arguments of a call with copies in the host's memory of arrays that live elsewhere: a function
/// that a device lacks is differentiated there. The copies are steps of the program, with derivatives.
struct HostArguments: FunctionArguments {
  let base: any FunctionArguments

  /// The device of an argument that is being differentiated and is not in the host's memory.
  static func deviceOfTraced(_ arguments: any FunctionArguments, _ count: Int) -> Device? {
    for position in 0..<count {
      // What cannot be read as arrays is none.
      let found: [NDArray]?
      switch arguments.kind(position) {
      case .array: found = (try? arguments.array(position)).map { [$0] }
      case .sequence: found = try? arguments.arrays(position)
      default: found = nil
      }
      if let array = found?.first(where: { $0.isTraced && !$0.device.isHost }) {
        return array.device
      }
    }
    return nil
  }

  private func onHost(_ operand: Operand) throws(MartletError) -> Operand {
    guard case .array(let array) = operand else { return operand }
    return .array(try array.to(.host))
  }

  private func onHost(_ blocks: ArrayBlocks) throws(MartletError) -> ArrayBlocks {
    switch blocks {
    case .array(let array): .array(try array.to(.host))
    case .list(let items):
      .list(try items.map { item throws(MartletError) in try onHost(item) })
    }
  }

  private func onHost(_ arrays: [NDArray]) throws(MartletError) -> [NDArray] {
    try arrays.map { array throws(MartletError) in try array.to(.host) }
  }

  // MARK: Arrays

  func array(_ position: Int) throws(MartletError) -> NDArray {
    try base.array(position).to(.host)
  }

  func arrays(_ position: Int) throws(MartletError) -> [NDArray] {
    try onHost(base.arrays(position))
  }

  func blocks(_ position: Int) throws(MartletError) -> ArrayBlocks {
    try onHost(base.blocks(position))
  }

  func operand(_ position: Int) throws(MartletError) -> Operand {
    try onHost(base.operand(position))
  }

  func operands(_ position: Int) throws(MartletError) -> [Operand] {
    try base.operands(position).map { item throws(MartletError) in try onHost(item) }
  }

  func elements(_ place: ArgumentPlace, as dtype: DType) throws(MartletError) -> Operand {
    try onHost(base.elements(place, as: dtype))
  }

  func call(
    _ place: ArgumentPlace, _ inputs: [FunctionInput], rest: Int?
  ) throws(MartletError) -> FunctionAnswer {
    let answer = try base.call(place, inputs, rest: rest)
    return FunctionAnswer(array: try answer.array.to(.host), hasAxes: answer.hasAxes)
  }

  // MARK: Everything else as it is

  func kind(_ position: Int) -> ArgumentKind { base.kind(position) }
  func expectNoMoreReads(_ position: Int) {}
  func integer(_ position: Int) throws(MartletError) -> Int { try base.integer(position) }
  func integers(_ position: Int) throws(MartletError) -> [Int] { try base.integers(position) }
  func integerLists(_ position: Int) throws(MartletError) -> [[Int]] {
    try base.integerLists(position)
  }
  func number(_ position: Int) throws(MartletError) -> Double { try base.number(position) }
  func truth(_ position: Int) throws(MartletError) -> Bool { try base.truth(position) }
  func text(_ position: Int) throws(MartletError) -> String { try base.text(position) }
  func dtype(_ position: Int) throws(MartletError) -> DType { try base.dtype(position) }
  func file(_ position: Int) throws(MartletError) -> FileArgument { try base.file(position) }
  func itemCount(_ position: Int) throws(MartletError) -> Int { try base.itemCount(position) }
  func isFunction(_ place: ArgumentPlace) throws(MartletError) -> Bool {
    try base.isFunction(place)
  }
  func isWritable(_ position: Int) -> Bool { base.isWritable(position) }
  func replace(_ position: Int, by result: NDArray) throws(MartletError) {
    try base.replace(position, by: result.to(base.array(position).device))
  }
  func assign(
    _ position: Int, _ dtype: DType, _ places: NDArray.Selection, _ values: Operand
  ) throws(MartletError) { try base.assign(position, dtype, places, values) }
  func assign(
    _ position: Int, _ dtype: DType, mask: NDArray, _ values: Operand
  ) throws(MartletError) { try base.assign(position, dtype, mask: mask, values) }
  func run<Result: Sendable>(
    elements: Int, _ work: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result { try base.run(elements: elements, work) }
}

extension FunctionResult {
  /// The same with its arrays on a device; nil for views of arguments, which a copy is not.
  func moved(to device: Device) throws(MartletError) -> FunctionResult? {
    switch self {
    case .array(let array): return .array(try array.to(device))
    case .result(let array): return .result(try array.to(device))
    case .tuple(let items, let names):
      return try FunctionResult.moved(items, to: device).map { .tuple($0, names) }
    case .list(let items): return try FunctionResult.moved(items, to: device).map { .list($0) }
    case .view, .readOnlyView, .viewOfRest, .rest, .archive: return nil
    case .integer, .truth, .dtype, .nothing: return self
    }
  }

  private static func moved(
    _ items: [FunctionResult], to device: Device
  ) throws(MartletError) -> [FunctionResult]? {
    var moved: [FunctionResult] = []
    for item in items {
      guard let item = try item.moved(to: device) else { return nil }
      moved.append(item)
    }
    return moved
  }
}
