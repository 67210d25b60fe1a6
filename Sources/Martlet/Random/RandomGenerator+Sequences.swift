import MartletIR

// Integers, orders and choices.
extension RandomGenerator {
  /// Integers of a range (`Generator.integers`).
  ///
  /// - Throws: `.invalidArgument` for an empty range or one that the dtype does not hold,
  ///   `.invalidType` for a dtype that is none of integers, `.outOfMemory`.
  public mutating func integers(
    in range: Range<Int>, shape: Shape, dtype: DType = .int64
  ) throws(MartletError) -> NDArray {
    guard !range.isEmpty else {
      throw .invalidArgument(operation: "integers", detail: "the range \(range) is empty")
    }
    return try integers(in: range.lowerBound...range.upperBound - 1, shape: shape, dtype: dtype)
  }

  /// Integers of a range with its end (`Generator.integers` with `endpoint=True`).
  ///
  /// - Throws: As for a range without its end.
  public mutating func integers(
    in range: ClosedRange<Int>, shape: Shape, dtype: DType = .int64
  ) throws(MartletError) -> NDArray {
    guard let bounds = IntegerRange.bounds(dtype) else {
      throw .invalidType(
        operation: "integers", detail: "\(dtype.name) is no dtype of integers or truth values")
    }
    let (low, high) = (Int64(range.lowerBound), Int64(range.upperBound))
    guard low >= bounds.least, high < 0 || UInt64(high) <= bounds.greatest else {
      throw .invalidArgument(
        operation: "integers", detail: "the range \(range) is out of bounds for \(dtype.name)")
    }
    let result = try NDArray(uninitialised: shape, dtype)
    let drawn = IntegerRange(
      dtype, low: UInt64(bitPattern: low), span: UInt64(bitPattern: high &- low), isMasked: false)
    bitGenerator.fill(drawn, state: state(), try result.pointer(), result.count)
    return result
  }

  /// So many random bytes (`Generator.bytes`).
  public mutating func bytes(_ count: Int) -> [UInt8] {
    let source = source()
    var word: UInt32 = 0
    // NumPy draws a word for no byte too.
    if count <= 0 { _ = source.next32() }
    return (0..<max(count, 0)).map { i in
      word = i % 4 == 0 ? source.next32() : word >> 8
      return UInt8(truncatingIfNeeded: word)
    }
  }

  /// The integers from 0 to below a number in random order; `int64` (`Generator.permutation`).
  ///
  /// - Throws: `.invalidArgument` for a negative number, `.outOfMemory`.
  public mutating func permutation(_ count: Int) throws(MartletError) -> NDArray {
    guard count >= 0 else {
      throw .invalidArgument(operation: "permutation", detail: "there are no \(count) integers")
    }
    let result = try NDArray(uninitialised: [count], .int64)
    let row = try result.pointer().assumingMemoryBound(to: Int64.self)
    for i in 0..<count { row[i] = Int64(i) }
    source().shuffle(row, count)
    return result
  }

  /// The parts of an array along an axis in random order (`Generator.permutation`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public mutating func permutation(
    of array: NDArray, axis: Int = 0
  ) throws(MartletError) -> NDArray {
    try array.taking(permutation(length(of: array, axis, "permutation")), axis: axis)
  }

  /// Puts the parts of an array along an axis in random order (`Generator.shuffle`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`; the array stays as it was.
  public mutating func shuffle(_ array: inout NDArray, axis: Int = 0) throws(MartletError) {
    array = try permutation(of: array, axis: axis)
  }

  /// Parts of an array along an axis that are chosen by chance (`Generator.choice`).
  ///
  /// - Parameters:
  ///   - shape: Of the chosen parts; it takes the place of the axis.
  ///   - replacing: Whether a part may be chosen more than once.
  ///   - weights: How probable each part is, if not equally; their sum is 1.
  ///   - axis: The axis, negative from the end.
  ///   - array: The array.
  /// - Throws: `.invalidArgument` where there are too few parts, or for other weights;
  ///   `.axisOutOfRange`, `.outOfMemory`.
  public mutating func choice(
    from array: NDArray, shape: Shape, replacing: Bool = true, weights: [Double]? = nil,
    axis: Int = 0
  ) throws(MartletError) -> NDArray {
    let positions = try choice(
      below: length(of: array, axis, "choice"), shape: shape, replacing: replacing,
      weights: weights)
    return try array.taking(positions, axis: axis)
  }

  /// Integers from 0 to below a number that are chosen by chance; `int64` (`Generator.choice`).
  ///
  /// - Parameters, errors: as of the choice from an array.
  public mutating func choice(
    below population: Int, shape: Shape, replacing: Bool = true, weights: [Double]? = nil
  ) throws(MartletError) -> NDArray {
    guard population > 0 else {
      throw .invalidArgument(operation: "choice", detail: "there is nothing to choose from")
    }
    var chances: ChoiceWeights?
    if let weights {
      chances = ChoiceWeights(weights)
      guard weights.count == population, chances != nil else {
        throw .invalidArgument(
          operation: "choice",
          detail: "the weights must be \(population), not negative, and their sum 1")
      }
    }
    let result = try NDArray(uninitialised: shape, .int64)
    let count = result.count
    let target = try result.pointer().assumingMemoryBound(to: Int64.self)
    if replacing {
      if let chances {
        let source = source()
        for i in 0..<count { target[i] = Int64(chances.position(of: source.nextDouble())) }
      } else {
        let range = IntegerRange(.int64, low: 0, span: UInt64(population - 1), isMasked: false)
        bitGenerator.fill(range, state: state(), UnsafeMutableRawPointer(target), count)
      }
      return result
    }
    guard count <= (chances?.countOfPositive ?? population) else {
      throw .invalidArgument(
        operation: "choice", detail: "\(count) different ones of \(population) are too many")
    }
    let source = source()
    if var chances {
      for (i, place) in chances.sample(count, { source.nextDouble() }).enumerated() {
        target[i] = Int64(place)
      }
    } else {
      try source.sample(population, count, isShuffled: true, target)
    }
    return result
  }

  private func length(of array: NDArray, _ axis: Int, _ name: String) throws(MartletError) -> Int {
    guard axis >= -array.rank, axis < array.rank else {
      throw .axisOutOfRange(operation: name, axis: axis, rank: array.rank)
    }
    return array.shape[axis < 0 ? axis + array.rank : axis]
  }
}
