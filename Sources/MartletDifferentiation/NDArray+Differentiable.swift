#if canImport(_Differentiation)
  public import Martlet
  public import _Differentiation

  // Arrays in functions that Swift's compiler differentiates. The derivatives are those of the rows of
  // Martlet's operations, taken by `vjp`; nothing is derived twice.
  //
  //     import MartletDifferentiation
  //
  //     @differentiable(reverse)
  //     func loss(_ w: NDArray) -> Double { Double(total((tanh(x %*% w) - y) ** 2)) }
  //     let slope = gradient(at: w, of: loss).array

  /// A change of an array, or the derivative of a number by one: an array of the same shape, or nothing,
  /// which stands for zeros of any shape.
  public struct ArrayTangent: Differentiable, AdditiveArithmetic, Sendable {
    public typealias TangentVector = ArrayTangent

    /// The elements; nil where all are zero.
    public var array: NDArray?

    /// A change by these elements; nil changes nothing.
    public init(_ array: NDArray?) { self.array = array }

    /// No change.
    public static var zero: ArrayTangent { ArrayTangent(nil) }

    /// Both changes together.
    public static func + (a: ArrayTangent, b: ArrayTangent) -> ArrayTangent {
      guard let first = a.array else { return b }
      guard let second = b.array else { return a }
      return ArrayTangent(first + second)
    }

    /// The first change less the second.
    public static func - (a: ArrayTangent, b: ArrayTangent) -> ArrayTangent {
      guard let second = b.array else { return a }
      return ArrayTangent(a.array.map { $0 - second } ?? -second)
    }

    /// Adds a change.
    public static func += (a: inout ArrayTangent, b: ArrayTangent) { a = a + b }

    /// Takes a change back.
    public static func -= (a: inout ArrayTangent, b: ArrayTangent) { a = a - b }

    /// Adds a change.
    public mutating func move(by offset: ArrayTangent) { self += offset }
  }

  extension NDArray: Differentiable {
    public typealias TangentVector = ArrayTangent

    /// Adds a change to the elements.
    public mutating func move(by offset: ArrayTangent) {
      if let change = offset.array { self = self + change }
    }
  }

  // MARK: - Any function of arrays

  /// What Swift wants of a derivative.
  public typealias ArrayPullback = (ArrayTangent) -> ArrayTangent

  /// A function of Martlet's as one that Swift differentiates; what it throws stops the program, since
  /// such functions throw nothing.
  ///
  ///     let energy = DifferentiableFunction { try ($0[1...] ** 2).sum() }
  ///     gradient(at: u) { Double(energy($0)) }
  public struct DifferentiableFunction {
    let body: (NDArray) throws -> NDArray

    /// What `body` computes.
    public init(_ body: @escaping (NDArray) throws -> NDArray) { self.body = body }

    /// Its result for an array.
    public func callAsFunction(_ x: NDArray) -> NDArray { stopping { try body(x) } }

    @derivative(of: callAsFunction, wrt: x)
    @usableFromInline
    func pulledBack(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) { pulled(x, body) }
  }

  /// The same for a function of two arrays.
  public struct DifferentiableFunctionOfTwo {
    let body: (NDArray, NDArray) throws -> NDArray

    /// What `body` computes.
    public init(_ body: @escaping (NDArray, NDArray) throws -> NDArray) { self.body = body }

    /// Its result for two arrays.
    public func callAsFunction(_ a: NDArray, _ b: NDArray) -> NDArray {
      stopping { try body(a, b) }
    }

    @derivative(of: callAsFunction, wrt: (a, b))
    @usableFromInline
    func pulledBack(
      _ a: NDArray, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
      pulled(a, b, body)
    }
  }

  /// The sum of all elements, an array without axes.
  @differentiable(reverse)
  public func total(_ x: NDArray) -> NDArray { stopping { try x.sum() } }

  @derivative(of: total)
  @usableFromInline
  func pulledTotal(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { try $0.sum() }
  }

  /// The mean of all elements, an array without axes.
  @differentiable(reverse)
  public func average(_ x: NDArray) -> NDArray { stopping { try x.mean() } }

  @derivative(of: average)
  @usableFromInline
  func pulledAverage(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { try $0.mean() }
  }

  // MARK: - The rules, from Martlet's

  func stopping<Result>(_ body: () throws -> Result) -> Result {
    do { return try body() } catch { fatalError("\(error)") }
  }

  func pulled(
    _ x: NDArray, _ f: (NDArray) throws -> NDArray
  ) -> (value: NDArray, pullback: ArrayPullback) {
    let (value, pullback) = stopping { try vjp(x, f) }
    return (
      value,
      { cotangent in
        ArrayTangent(cotangent.array.map { array in stopping { try pullback(array) } })
      }
    )
  }

  func pulled(
    _ a: NDArray, _ b: NDArray, _ f: (NDArray, NDArray) throws -> NDArray
  ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
    let (value, pullback) = stopping { try vjp([a, b]) { try f($0[0], $0[1]) } }
    return (
      value,
      { cotangent in
        guard let array = cotangent.array else { return (.zero, .zero) }
        let parts = stopping { try pullback(array) }
        return (ArrayTangent(parts[0]), ArrayTangent(parts[1]))
      }
    )
  }

  /// An array and a number on its right or, in `f`, wherever it stands.
  func pulled(
    _ a: NDArray, _ b: Double, _ f: (NDArray, NDArray) throws -> NDArray
  ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, Double)) {
    let (value, pullback) = pulled(a, NDArray(b), f)
    return (
      value,
      { cotangent in
        let (first, second) = pullback(cotangent)
        return (first, second.array.map { Double($0) } ?? 0)
      }
    )
  }
#endif
