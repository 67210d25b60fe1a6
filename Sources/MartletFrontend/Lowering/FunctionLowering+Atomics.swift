import MartletIR

/// Changes of one element that no other thread comes between.
extension FunctionLowering {
  func atomic(_ operation: AtomicOperation, _ call: GridCall) throws(MartletError) -> Meaning {
    guard call.arguments.count == 3, case .array(let array) = call.arguments[0] else {
      throw failure("\(call.name) takes an array, an index and a value", at: call.location)
    }
    let dtype = array.dtype
    // Counting up and down needs a range that ends at 0; smaller types no device has.
    let isSmall = dtype.itemSize < 4 && (operation == .increment || operation == .decrement)
    guard operation.isDefined(for: dtype), !isSmall else {
      throw failure("\(call.name) is not there for arrays of type \(dtype)", at: call.location)
    }
    let place = try atomicPlace(array, call.arguments[1], call)
    let value = try number(call.arguments[2], as: dtype, at: call.location)
    mark(call.location)
    return .scalar(builder.atomicOld(operation, place.buffer, place.index, value))
  }

  /// `cas(array, index, old, value)`, and `compare_and_swap(array, old, value)` for the first
  /// element.
  func compareExchange(_ call: GridCall) throws(MartletError) -> Meaning {
    let isFirst = call.name == "cuda.atomic.compare_and_swap"
    guard call.arguments.count == (isFirst ? 3 : 4), case .array(let array) = call.arguments[0]
    else {
      let index = isFirst ? "" : "an index, "
      throw failure(
        "\(call.name) takes an array, \(index)the old value and the new one", at: call.location)
    }
    guard array.dtype.isInteger, array.dtype.itemSize >= 4 else {
      throw failure(
        "\(call.name) is there for integers of 32 and 64 bits, not for \(array.dtype)",
        at: call.location)
    }
    if isFirst, array.rank != 1 {
      throw failure(
        "\(call.name) takes an array of 1 dimension, not of \(array.rank)", at: call.location)
    }
    let index = isFirst ? Meaning.literal(.integer(0)) : call.arguments[1]
    let place = try atomicPlace(array, index, call)
    let values = call.arguments.suffix(2)
    var numbers: [Expression] = []
    for value in values { numbers.append(try number(value, as: array.dtype, at: call.location)) }
    mark(call.location)
    return .scalar(
      builder.compareExchange(
        place.buffer, place.index, expected: numbers[0], numbers[1]))
  }

  /// Where the element lies that an index picks.
  private func atomicPlace(
    _ array: ArrayValue, _ index: Meaning, _ call: GridCall
  ) throws(MartletError) -> ArrayValue.Place {
    var given = [GivenIndex.element(index)]
    if case .tuple(let items) = index { given = items.map { .element($0) } }
    let view = try view(of: array, given, at: call.location)
    guard view.isElement, let place = view.array.place?([]) else {
      throw failure("an atomic operation works on one element", at: call.location)
    }
    writtenBuffers.insert(place.buffer)
    return place
  }
}
