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
      }
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
    ]
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
