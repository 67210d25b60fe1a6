import MartletIR

/// Where the memory behind addresses comes from, so that an argument counts as written only where
/// something is written through one of its views.
///
/// An address is that of a buffer's element, or one that a variable holds, which may have got it from
/// several. What is not known here may be any argument's.
struct MemoryOrigins {
  fileprivate enum Source: Hashable {
    case buffer(Int)
    case variable(Variable)
    /// One that the kernel around a parallel loop handed over, by number.
    case captured(Int)
  }

  private var ofValues: [Value: Source] = [:]
  private var ofVariables: [Variable: Set<Source>] = [:]
  private var ofBuffers: [Int: Source?] = [:]

  /// An address lies in a buffer.
  mutating func note(_ address: Expression, in buffer: Int) {
    ofValues[address.value] = .buffer(buffer)
  }

  /// An address is the one that a variable holds.
  mutating func note(_ address: Expression, of variable: Variable) {
    ofValues[address.value] = .variable(variable)
  }

  /// An address is one that the kernel around this one handed over.
  mutating func note(_ address: Expression, captured number: Int) {
    ofValues[address.value] = .captured(number)
  }

  /// A variable gets an address.
  mutating func note(_ address: Meaning, in variable: Variable) {
    guard case .scalar(let address) = address, let source = ofValues[address.value] else { return }
    ofVariables[variable, default: []].insert(source)
  }

  /// A buffer lies at an address.
  mutating func note(_ buffer: Int, at address: Expression) {
    ofBuffers.updateValue(ofValues[address.value], forKey: buffer)
  }

  /// An address that was computed from another lies in the same memory.
  mutating func note(_ address: Expression, like other: Expression) {
    ofValues[address.value] = ofValues[other.value]
  }

  /// The arguments that something belongs to which lies in buffers or at addresses.
  func arguments(
    behind buffers: Set<Int>, _ addresses: Set<Value>, argumentCount: Int
  ) -> Set<Int> {
    var found: Set<Int> = []
    let sources = buffers.map { Source.buffer($0) } + addresses.compactMap { ofValues[$0] }
    let isKnown = addresses.allSatisfy { ofValues[$0] != nil }
    let isComplete = visit(sources) { source in
      if case .buffer(let buffer) = source, buffer < argumentCount { found.insert(buffer) }
    }
    return isKnown && isComplete ? found : Set(0..<argumentCount)
  }

  /// The numbers of what was handed over that buffers belong to.
  func captured(behind buffers: Set<Int>) -> Set<Int> {
    var found: Set<Int> = []
    _ = visit(buffers.map { .buffer($0) }) { source in
      if case .captured(let number) = source { found.insert(number) }
    }
    return found
  }

  /// Memory by what it comes from first; two of which none is the other's lie apart.
  struct Roots {
    fileprivate var sources: Set<Source>?

    /// An argument's.
    static func argument(_ number: Int) -> Roots { Roots(sources: [.buffer(number)]) }

    /// Whether an element may be in both.
    func mayOverlap(_ other: Roots) -> Bool {
      guard let sources, let others = other.sources else { return true }
      return !sources.isDisjoint(with: others)
    }
  }

  /// Where the memory at an address comes from first.
  func roots(of address: Value) -> Roots {
    guard let source = ofValues[address] else { return Roots(sources: nil) }
    var roots: Set<Source> = []
    let isComplete = visit([source]) { source in
      switch source {
      case .captured: roots.insert(source)
      case .variable(let variable):
        if ofVariables[variable]?.isEmpty ?? true { roots.insert(source) }
      case .buffer(let buffer): if ofBuffers[buffer] == nil { roots.insert(source) }
      }
    }
    return Roots(sources: isComplete ? roots : nil)
  }

  /// Visits sources and what they come from; gives whether all of that is known.
  private func visit(_ sources: [Source], _ body: (Source) -> Void) -> Bool {
    var seen: Set<Source> = []
    var pending = sources
    var isComplete = true
    while let source = pending.popLast() {
      guard seen.insert(source).inserted else { continue }
      body(source)
      switch source {
      case .captured: break
      case .variable(let variable): pending += ofVariables[variable] ?? []
      case .buffer(let buffer):
        // Arguments and new memory come from nowhere else.
        guard let origin = ofBuffers[buffer] else { continue }
        if let origin { pending.append(origin) } else { isComplete = false }
      }
    }
    return isComplete
  }
}

extension FunctionLowering {
  /// The arguments that something is written to.
  var writtenArguments: Set<Int> {
    origins.arguments(
      behind: writtenBuffers, writtenAddresses, argumentCount: argumentArrayCount)
  }

  /// Notes that variables get the addresses among the numbers of a value.
  func noteAddresses(_ numbers: [Meaning], _ addresses: [Int], in parts: [Variable]) {
    for address in addresses where address < min(numbers.count, parts.count) {
      origins.note(numbers[address], in: parts[address])
    }
  }

  /// The numbers of a value that variables keep.
  func readParts(_ parts: [Variable], _ form: ResultForm) -> [Expression] {
    let numbers = parts.map { builder.read($0) }
    for address in form.addresses where address < parts.count {
      origins.note(numbers[address], of: parts[address])
    }
    return numbers
  }
}
