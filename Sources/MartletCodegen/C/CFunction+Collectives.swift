import MartletIR

/// Meetings of threads in CUDA C. (In OpenCL C they are emulated; see `WarpEmulation`.)
extension CFunction {
  func emitCollective(
    _ operation: Collective, _ operands: [Value], _ results: [Value]
  ) throws(MartletError) {
    guard dialect == .cuda else {
      throw .internalError(
        operation: kernel.name,
        detail: "the kernel still has \(operation.rawValue); WarpEmulation.apply comes first")
    }
    let names = operands.map { name($0) }
    switch operation {
    case .syncWarp: line("__syncwarp(\(names[0]));")
    case .allLanes: define(results[0], "__all_sync(\(names[0]), \(names[1])) != 0")
    case .anyLane: define(results[0], "__any_sync(\(names[0]), \(names[1])) != 0")
    case .sameLanes: define(results[0], "__uni_sync(\(names[0]), \(names[1])) != 0")
    case .ballot: define(results[0], "__ballot_sync(\(names[0]), \(names[1]))")
    case .matchAny: define(results[0], "__match_any_sync(\(names[0]), \(bits(operands[1])))")
    case .matchAll:
      let isSame = "same_\(results[1].id)"
      line("int \(isSame);")
      define(
        results[0], "__match_all_sync(\(names[0]), \(bits(operands[1])), &\(isSame))")
      define(results[1], "\(isSame) != 0")
    case .shuffle, .shuffleUp, .shuffleDown, .shuffleXor:
      define(results[0], "\(operation.cudaName)(\(names.joined(separator: ", ")))")
    case .activeMask: define(results[0], "__activemask()")
    case .countThreads: define(results[0], "__syncthreads_count(\(names[0]))")
    case .allThreads: define(results[0], "__syncthreads_and(\(names[0])) != 0")
    case .anyThread: define(results[0], "__syncthreads_or(\(names[0])) != 0")
    }
  }

  /// A value's bits as an unsigned number, which is what matches compare.
  private func bits(_ value: Value) -> String {
    let type = type(value)
    switch type {
    case .float32: return "\(use(.bits32))(\(name(value)))"
    case .float64: return "\(use(.bits64))(\(name(value)))"
    default: return "(\(unsigned(type)))\(name(value))"
    }
  }
}

extension Collective {
  fileprivate var cudaName: String {
    switch self {
    case .shuffleUp: "__shfl_up_sync"
    case .shuffleDown: "__shfl_down_sync"
    case .shuffleXor: "__shfl_xor_sync"
    default: "__shfl_sync"
    }
  }
}
