import CPythonABI
import Martlet
import MartletIR

/// Methods that put sequences in another order, or choose from them.
enum RandomSequences {
  static let generator: [DoorFunction] = [
    DoorFunction(
      RandomMethods.path("shuffle", .generator), "(self, x, axis=0)",
      "Puts the parts of an array along an axis in random order, in place."
    ) { arguments throws(PythonError) in
      let call = try RandomCall(.generator, arguments)
      return try shuffle(call, arguments.required(1), arguments[2])
    },
    DoorFunction(
      RandomMethods.path("permutation", .generator), "(self, x, axis=0)",
      "The parts of an array along an axis in random order, or the integers below a number."
    ) { arguments throws(PythonError) in
      let call = try RandomCall(.generator, arguments)
      return try permutation(call, arguments.required(1), arguments[2])
    },
    DoorFunction(
      RandomMethods.path("choice", .generator),
      "(self, a, size=None, replace=True, p=None, axis=0, shuffle=True)",
      "Parts of an array along an axis, or integers below a number, chosen by chance."
    ) { arguments throws(PythonError) in
      let call = try RandomCall(.generator, arguments)
      return try choice(call, arguments, isLegacy: false)
    },
    DoorFunction(
      RandomMethods.path("permuted", .generator), "(self, x, *, axis=None, out=None)",
      "An array each of whose lanes along an axis is in another random order."
    ) { arguments throws(PythonError) in
      let call = try RandomCall(.generator, arguments)
      return try permuted(call, arguments)
    },
  ]

  static func state(_ owner: RandomCall.Owner) -> [DoorFunction] {
    [
      DoorFunction(
        RandomMethods.path("shuffle", owner), RandomMethods.signature("x", owner),
        "Puts the parts of an array along its first axis in random order, in place."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(owner, arguments)
        return try shuffle(call, arguments.required(call.offset), nil)
      },
      DoorFunction(
        RandomMethods.path("permutation", owner), RandomMethods.signature("x", owner),
        "The parts of an array along its first axis in random order, or the integers below a number."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(owner, arguments)
        return try permutation(call, arguments.required(call.offset), nil)
      },
      DoorFunction(
        RandomMethods.path("choice", owner),
        RandomMethods.signature("a, size=None, replace=True, p=None", owner),
        "Elements of an array, or integers below a number, chosen by chance."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(owner, arguments)
        return try choice(call, arguments, isLegacy: true)
      },
    ]
  }

  // MARK: - Order

  /// A random order of so many positions.
  private static func order(_ call: RandomCall, _ count: Int) throws(PythonError) -> NDArray {
    let order = try core { () throws(MartletError) in
      try NDArray(uninitialised: Shape([count]), .int64)
    }
    let places = try core { () throws(MartletError) in
      try order.pointer().assumingMemoryBound(to: Int64.self)
    }
    for i in 0..<count { places[i] = Int64(i) }
    try call.drawing { source throws(PythonError) in
      try core { () throws(MartletError) in
        try withoutInterpreterLock(elements: count) { () throws(MartletError) in
          source.bits.shuffle(places, count)
        }
      }
    }
    return order
  }

  private static func shuffle(
    _ call: RandomCall, _ object: Ref, _ axis: Ref?
  ) throws(PythonError) -> Ref {
    guard ArrayObject.check(object) else { throw .notNative("a sequence that is no Martlet array") }
    guard ArrayObject.isWritable(object) else { throw .value("array is read-only") }
    let along = try axis.map { (o) throws(PythonError) in try parseAxis(o) } ?? 0
    let array = ArrayObject.read(object)
    guard array.rank > 0 else { throw .notNative("an array without an axis") }
    let axis = try normalise(axis: along, rank: array.rank)
    guard array.count > 0 else { return Python.none }
    let order = try order(call, array.shape[axis])
    let result = try core { () throws(MartletError) in try array.taking(order, axis: axis) }
    if !ArrayObject.replaceContent(of: object, by: result) {
      try ArrayObject.assign(object, ArrayObject.state(object).pointee.layout, .array(result))
    }
    return Python.none
  }

  private static func permutation(
    _ call: RandomCall, _ object: Ref, _ axis: Ref?
  ) throws(PythonError) -> Ref {
    if isInteger(object) {
      let count = try parseInt(object)
      guard count >= 0, count <= Shape.maximumCount else { throw .notNative("so many integers") }
      return try ArrayObject.make(try order(call, count))
    }
    let array = try sequence(object)
    guard array.rank > 0 else { throw .notNative("a sequence that has no axis") }
    let along = try axis.map { (o) throws(PythonError) in try parseAxis(o) } ?? 0
    let axis = try normalise(axis: along, rank: array.rank)
    let order = try order(call, array.shape[axis])
    return try ArrayObject.make(
      try core { () throws(MartletError) in try array.taking(order, axis: axis) })
  }

  private static func isInteger(_ object: Ref) -> Bool {
    isType(object, py_long_type()) || NumPyScalar.value(of: object)?.dtype.isInteger == true
  }

  /// An array of a program's; what holds anything else is NumPy's.
  private static func sequence(_ object: Ref) throws(PythonError) -> NDArray {
    guard
      ArrayObject.check(object) || isSubclass(object, listFlag) || isSubclass(object, tupleFlag)
        || isType(object, Python.numpyArrayType)
    else { throw .notNative("a sequence that is no array") }
    return try parseArray(object)
  }

  private static func permuted(
    _ call: RandomCall, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    guard arguments.optional(3) == nil else { throw .notNative("an output") }
    let array = try sequence(arguments.required(1))
    guard array.count > 0, array.rank > 0 else { throw .notNative("shuffling nothing") }
    let axis = try arguments.optional(2).map { (o) throws(PythonError) in
      try normalise(axis: try parseAxis(o), rank: array.rank)
    }
    if array.layout.isFortranContiguous, !array.layout.isContiguous {
      throw .notNative("an array in another order than C's")
    }
    let result = try core { () throws(MartletError) in
      try array.converted(to: array.dtype, layout: Layout(contiguous: array.shape))
    }
    let memory = try core { () throws(MartletError) in try result.pointer() }
    let (length, stride) = axis.map { (result.shape[$0], result.strides[$0]) } ?? (result.count, 1)
    let size = result.dtype.itemSize
    try call.drawing { source throws(PythonError) in
      try core { () throws(MartletError) in
        try withoutInterpreterLock(elements: result.count) { () throws(MartletError) in
          for outer in 0..<result.count / (length * stride) {
            for inner in 0..<stride {
              let lane = memory + (outer * length * stride + inner) * size
              source.bits.shuffle(bytes: lane, count: length, stride: stride * size, size: size)
            }
          }
        }
      }
    }
    return try ArrayObject.make(result)
  }

  // MARK: - Choice

  /// The positions of `choice`, and what they are positions in.
  private static func choice(
    _ call: RandomCall, _ arguments: borrowing Arguments, isLegacy: Bool
  ) throws(PythonError) -> Ref {
    let start = call.offset
    let given = arguments.required(start)
    let size = try call.size(arguments[start + 1])
    let replaces = try parseBool(arguments[start + 2], default: true)
    var (axis, isShuffled) = (0, true)
    if !isLegacy {
      axis = try arguments[start + 4].map { (o) throws(PythonError) in try parseAxis(o) } ?? 0
      isShuffled = try parseBool(arguments[start + 5], default: true)
    }
    let array = isInteger(given) ? nil : try sequence(given)
    var population = 0
    if let array {
      guard array.rank > 0, !isLegacy || array.rank == 1 else {
        throw .notNative("a choice from other than one axis")
      }
      axis = try normalise(axis: axis, rank: array.rank)
      population = array.shape[axis]
    } else {
      population = try parseInt(given)
    }
    let count = size?.elementCount ?? 1
    guard population > 0, population <= Shape.maximumCount else {
      throw .notNative("a choice from nothing, or from so many")
    }
    let weights = try arguments.optional(start + 3).map { (o) throws(PythonError) in
      try Self.weights(o, population)
    }
    let positions = try core { () throws(MartletError) in
      try NDArray(uninitialised: size ?? Shape(), .int64)
    }
    let target = try core { () throws(MartletError) in
      try positions.pointer().assumingMemoryBound(to: Int64.self)
    }
    if replaces {
      try drawWithReplacement(call, population, count, weights, isMasked: isLegacy, target)
    } else {
      guard count <= population else {
        throw .value(
          isLegacy
            ? "Cannot take a larger sample than population when 'replace=False'"
            : "Cannot take a larger sample than population when replace is False")
      }
      if var weights {
        guard weights.countOfPositive >= count else {
          throw .value("Fewer non-zero entries in p than size")
        }
        try call.drawing { source throws(PythonError) in
          let found = weights.sample(count) { source.bits.nextDouble() }
          for (i, place) in found.enumerated() { target[i] = Int64(place) }
        }
      } else if isLegacy {
        let order = try order(call, population)
        let places = try core { () throws(MartletError) in try order.pointer() }
        target.update(from: places.assumingMemoryBound(to: Int64.self), count: count)
        withExtendedLifetime(order) {}
      } else {
        try call.drawing { source throws(PythonError) in
          try core { () throws(MartletError) in
            try withoutInterpreterLock(elements: count) { () throws(MartletError) in
              try source.bits.sample(population, count, isShuffled: isShuffled, target)
            }
          }
        }
      }
    }
    guard let array else {
      return size == nil
        ? try check(PyLong_FromLongLong(target[0])) : try ArrayObject.make(positions)
    }
    let chosen = try core { () throws(MartletError) in try array.taking(positions, axis: axis) }
    return size == nil ? try pythonResult(chosen) : try ArrayObject.make(chosen)
  }

  private static func drawWithReplacement(
    _ call: RandomCall, _ population: Int, _ count: Int, _ weights: ChoiceWeights?,
    isMasked: Bool, _ target: UnsafeMutablePointer<Int64>
  ) throws(PythonError) {
    let range = IntegerRange(.int64, low: 0, span: UInt64(population - 1), isMasked: isMasked)
    let algorithm = try call.algorithm(for: count)
    try call.drawing { source throws(PythonError) in
      try call.draw(count) { first, count throws(MartletError) in
        if let weights {
          for i in first..<first + count {
            target[i] = Int64(weights.position(of: source.bits.nextDouble()))
          }
        } else if let algorithm {
          algorithm.fill(range, state: source.bits.state, target + first, count)
        } else {
          var bits = source.bits
          range.fill(&bits, target + first, count)
        }
      }
    }
  }

  /// Weights as NumPy takes them; it says what is wrong with others.
  private static func weights(_ object: Ref, _ population: Int) throws(PythonError) -> ChoiceWeights
  {
    let array = try parseArray(object, dtype: .float64)
    guard array.rank == 1, array.count == population else { throw .notNative("other weights") }
    let numbers = try core { () throws(MartletError) in
      let row = try array.contiguous()
      let memory = try row.pointer().assumingMemoryBound(to: Double.self)
      // The array stays until its numbers are copied.
      return withExtendedLifetime(row) {
        Array(UnsafeBufferPointer(start: memory, count: population))
      }
    }
    guard let weights = ChoiceWeights(numbers) else { throw .notNative("other weights") }
    return weights
  }
}
