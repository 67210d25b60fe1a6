import CPythonABI
import Martlet
import MartletIR

/// Methods of distributions of vectors.
enum VectorMethods {
  static let generator: [DoorFunction] =
    state(.generator) + [
      DoorFunction(
        RandomMethods.path("multivariate_hypergeometric", .generator),
        "(self, colors, nsample, size=None, method='marginals')",
        "How many of each colour are in a sample."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(.generator, arguments)
        if let method = arguments[4] {
          guard isSubclass(method, stringFlag), try swiftString(method) == "marginals" else {
            throw .notNative("another method than 'marginals'")
          }
        }
        let colours = try row(arguments.required(1), .int64).map { Int64(bitPattern: $0) }
        let sample = try count(arguments.required(2))
        return try draw(
          call, .hypergeometric(colours: colours, sample: sample), try call.size(arguments[3]))
      },
      DoorFunction(
        RandomMethods.path("multivariate_normal", .generator),
        "(self, mean, cov, size=None, check_valid='warn', tol=1e-08, *, method='svd')",
        "Normal numbers of a mean and a covariance."
      ) { arguments throws(PythonError) in try normal(.generator, arguments) },
    ]

  static func state(_ owner: RandomCall.Owner) -> [DoorFunction] {
    [
      DoorFunction(
        RandomMethods.path("multinomial", owner),
        RandomMethods.signature("n, pvals, size=None", owner),
        "How often each of several outcomes comes up in `n` trials."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(owner, arguments)
        let chances = try row(arguments.required(call.offset + 1), .float64).map {
          Double(bitPattern: $0)
        }
        let trials = try count(arguments.required(call.offset))
        return try draw(
          call, .multinomial(trials: trials, chances: chances),
          try call.size(arguments[call.offset + 2]))
      },
      DoorFunction(
        RandomMethods.path("dirichlet", owner), RandomMethods.signature("alpha, size=None", owner),
        "Numbers from 0 to 1 whose sum is 1."
      ) { arguments throws(PythonError) in
        let call = try RandomCall(owner, arguments)
        let weights = try row(arguments.required(call.offset), .float64).map {
          Double(bitPattern: $0)
        }
        return try draw(
          call, .dirichlet(weights, isLegacy: owner != .generator),
          try call.size(arguments[call.offset + 1]))
      },
      DoorFunction(
        RandomMethods.path("multivariate_normal", owner),
        RandomMethods.signature("mean, cov, size=None, check_valid='warn', tol=1e-8", owner),
        "Normal numbers of a mean and a covariance."
      ) { arguments throws(PythonError) in try normal(owner, arguments) },
    ]
  }

  private static func normal(
    _ owner: RandomCall.Owner, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    let call = try RandomCall(owner, arguments)
    let offset = call.offset
    var arrays: [NDArray] = []
    for place in 0..<2 {
      let array = try parseArray(arguments.required(offset + place), dtype: nil)
      guard array.dtype == .float64 || array.dtype == .int64, array.device.isHost else {
        throw .notNative("a mean or a covariance of other numbers than float64")
      }
      arrays.append(array)
    }
    let size = try call.size(arguments[offset + 2])
    var words: [String] = []
    for (place, standard) in [(offset + 3, "warn"), (6, "svd")] {
      guard place < 6 || owner == .generator, let given = arguments[place] else {
        words.append(standard)
        continue
      }
      guard isSubclass(given, stringFlag) else { throw .notNative("options that are no texts") }
      words.append(try swiftString(given))
    }
    var tolerance = 1e-8
    if let given = arguments[offset + 4] {
      tolerance = PyFloat_AsDouble(given)
      if tolerance == -1, PyErr_Occurred() != nil { throw .raised }
    }
    guard ["warn", "raise", "ignore"].contains(words[0]),
      let method = MultivariateNormal.Method(rawValue: words[1])
    else { throw .notNative("options by other names") }
    let (mean, covariance) = (
      arrays[0],
      try core { () throws(MartletError) in
        try arrays[1].asType(.float64)
      }
    )
    guard mean.count > 0 else { throw .notNative("no dimensions") }
    let distribution = try core { () throws(MartletError) in
      try Interruption.stoppable(elements: covariance.count * 100) { () throws(MartletError) in
        try MultivariateNormal(
          mean: mean, covariance: covariance, method, tolerance: tolerance,
          isLegacy: owner != .generator)
      }
    }
    // Nothing has been drawn yet.
    guard distribution.isSemidefinite || words[0] == "ignore" else {
      throw .notNative("a covariance that is none, of which NumPy warns")
    }
    var sizes: [Int] = []
    if let size { for i in 0..<size.rank { sizes.append(size[i]) } }
    let whole = try shape(sizes + [mean.count], allowing: 0)
    let drawn =
      try owner == .generator
      ? RandomFills.fill(call, whole, .float64, .normal, nil)
      : RandomFills.fill(call, whole, .normal)
    defer { py_release(drawn) }
    let numbers = ArrayObject.read(drawn)
    return try ArrayObject.make(
      try core { () throws(MartletError) in
        try Interruption.stoppable(elements: numbers.count) { () throws(MartletError) in
          try distribution.numbers(of: numbers)
        }
      })
  }

  private static func count(_ object: Ref) throws(PythonError) -> Int64 {
    guard isType(object, py_long_type()) || NumPyScalar.value(of: object)?.dtype.isInteger == true
    else { throw .notNative("a count that is no integer") }
    return Int64(try parseInt(object))
  }

  /// The elements' bits of an array of one axis.
  private static func row(_ object: Ref, _ dtype: DType) throws(PythonError) -> [UInt64] {
    let array = try parseArray(object, dtype: nil)
    let isKnown =
      dtype == .float64
      ? array.dtype == .float64 || array.dtype == .int64
      : array.dtype.isInteger && array.dtype != .uint64
    guard array.rank == 1, array.count > 0, isKnown else {
      throw .notNative("parameters in other than a row of numbers of 64 bits")
    }
    return try core { () throws(MartletError) in
      let row = try array.asType(dtype).contiguous()
      let memory = try row.pointer().assumingMemoryBound(to: UInt64.self)
      // The row stays until its elements are copied.
      return withExtendedLifetime(row) {
        Array(UnsafeBufferPointer(start: memory, count: row.count))
      }
    }
  }

  private static func draw(
    _ call: RandomCall, _ distribution: VectorDistribution, _ size: Shape?
  ) throws(PythonError) -> Ref {
    guard distribution.isAllowed else { throw .notNative("parameters that NumPy may refuse") }
    var sizes: [Int] = []
    if let size { for i in 0..<size.rank { sizes.append(size[i]) } }
    let shape = try shape(sizes + [distribution.width], allowing: 0)
    let result = try core { () throws(MartletError) in
      try NDArray(uninitialised: shape, distribution.dtype)
    }
    let target = try core { () throws(MartletError) in try result.pointer() }
    let width = distribution.width
    try call.drawing { source throws(PythonError) in
      try call.draw(result.count / width) { first, count throws(MartletError) in
        distribution.fill(target + 8 * first * width, count, source)
      }
    }
    return try ArrayObject.make(result)
  }
}
