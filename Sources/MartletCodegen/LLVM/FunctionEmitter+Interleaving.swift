import MartletIR

// Elements that lie among others in memory, moved some at a time.

extension FunctionEmitter {
  // MARK: Complex numbers at many addresses

  /// Both parts of a number at once, which are told apart when all are there.
  func loadPairs(_ addresses: [String], _ type: DType) -> [String] {
    let width = addresses.count
    let pair = vectorType(type.memoryType, 2)
    var pieces = addresses.map {
      text.define("load \(pair), ptr \($0), align \(type.memorySize)")
    }
    var length = 2
    while pieces.count > 1 {
      let half = vectorType(type.memoryType, length)
      pieces = stride(from: 0, to: pieces.count, by: 2).map {
        text.define(
          "shufflevector \(half) \(pieces[$0]), \(half) \(pieces[$0 + 1]), "
            + shuffleMask(Array(0..<(2 * length))))
      }
      length *= 2
    }
    let whole = vectorType(type.memoryType, 2 * width)
    return (0..<2).map { part in
      text.define(
        "shufflevector \(whole) \(pieces[0]), \(whole) poison, "
          + shuffleMask((0..<width).map { 2 * $0 + part }))
    }
  }

  func storePairs(
    _ parts: [String], _ addresses: [String], _ type: DType, _ scope: String
  ) {
    let width = addresses.count
    let vector = vectorType(type.memoryType, width)
    let pair = vectorType(type.memoryType, 2)
    for (lane, address) in addresses.enumerated() {
      let both = text.define(
        "shufflevector \(vector) \(parts[0]), \(vector) \(parts[1]), "
          + shuffleMask([lane, width + lane]))
      text.line("store \(pair) \(both), ptr \(address), align \(type.memorySize)\(scope)")
    }
  }

  // MARK: Runs of stores

  /// Writes whole vectors where stores that follow each other write the neighbours of each lane:
  /// element `r * lane + k` for k in 0 ..< r, in a buffer whose last index is k. Gives how many
  /// statements that were; 0 where it is something else.
  func storeRun(_ statements: ArraySlice<Statement>) throws(MartletError) -> Int {
    guard let vector, vector.mask == nil, vector.width > 1,
      case .store(let buffer, let index, let first) = statements.first,
      kernel.buffers.indices.contains(buffer), index.count > 1
    else { return 0 }
    let type = kernel.buffers[buffer].dtype
    guard type == .float32 || type == .float64,
      kernel.buffers[buffer].strides.last == .constant(1), try literal(index.last) == 0,
      case .stepped(let start, .constant(let count)) = try place(buffer, index),
      [2, 4, 8, 16].contains(count), statements.count >= count
    else { return 0 }
    var values = [first]
    for (k, statement) in statements.prefix(count).enumerated().dropFirst() {
      guard case .store(buffer, let other, let value) = statement,
        other.dropLast() == index.dropLast(), try literal(other.last) == k
      else { return 0 }
      values.append(value)
    }
    var registers: [String] = []
    for value in values {
      registers.append(parts(try operand(value), type, lanes: vector.width)[0])
    }
    let register = vectorType(type.memoryType, vector.width)
    for (n, value) in interleaved(registers, register, vector.width).enumerated() {
      let address = element(start, .constant(n * vector.width), type)
      text.line(
        "store \(register) \(value), ptr \(address), align \(type.memorySize)"
          + text.vectorStoreScope())
    }
    return count
  }

  private func literal(_ value: Value?) throws(MartletError) -> Int? {
    guard let value else { return nil }
    let operand = try operand(value)
    return operand.isLiteral ? Int(operand.parts[0]) : nil
  }

  /// The first lanes of all vectors, then their second ones, and so on.
  private func interleaved(_ vectors: [String], _ register: String, _ width: Int) -> [String] {
    if vectors.count == 1 { return vectors }
    let even = interleaved(
      stride(from: 0, to: vectors.count, by: 2).map { vectors[$0] }, register, width)
    let odd = interleaved(
      stride(from: 1, to: vectors.count, by: 2).map { vectors[$0] }, register, width)
    return zip(even, odd).flatMap { a, b in
      [0, width / 2].map { start in
        text.define(
          "shufflevector \(register) \(a), \(register) \(b), "
            + shuffleMask((0..<width).map { start + $0 / 2 + $0 % 2 * width }))
      }
    }
  }
}
