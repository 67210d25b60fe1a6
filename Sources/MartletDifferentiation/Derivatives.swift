#if canImport(_Differentiation)
  import Martlet
  import _Differentiation

  // The derivatives of operators and functions, each by the rule of Martlet's own row.

  extension NDArray {
    @derivative(of: +)
    @usableFromInline
    static func adding(
      _ a: NDArray, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
      pulled(a, b) { $0 + $1 }
    }

    @derivative(of: +)
    @usableFromInline
    static func adding(
      _ a: NDArray, _ b: Double
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, Double)) {
      pulled(a, b) { $0 + $1 }
    }

    @derivative(of: +)
    @usableFromInline
    static func adding(
      _ a: Double, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (Double, ArrayTangent)) {
      let (value, pullback) = pulled(b, a) { $1 + $0 }
      return (
        value,
        { cotangent in
          let (array, number) = pullback(cotangent)
          return (number, array)
        }
      )
    }

    @derivative(of: +, wrt: a)
    @usableFromInline
    static func adding(
      _ a: NDArray, _ b: Int
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(a) { $0 + b }
    }

    @derivative(of: +, wrt: b)
    @usableFromInline
    static func adding(
      _ a: Int, _ b: NDArray
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(b) { a + $0 }
    }

    @derivative(of: -)
    @usableFromInline
    static func subtracting(
      _ a: NDArray, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
      pulled(a, b) { $0 - $1 }
    }

    @derivative(of: -)
    @usableFromInline
    static func subtracting(
      _ a: NDArray, _ b: Double
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, Double)) {
      pulled(a, b) { $0 - $1 }
    }

    @derivative(of: -)
    @usableFromInline
    static func subtracting(
      _ a: Double, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (Double, ArrayTangent)) {
      let (value, pullback) = pulled(b, a) { $1 - $0 }
      return (
        value,
        { cotangent in
          let (array, number) = pullback(cotangent)
          return (number, array)
        }
      )
    }

    @derivative(of: -, wrt: a)
    @usableFromInline
    static func subtracting(
      _ a: NDArray, _ b: Int
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(a) { $0 - b }
    }

    @derivative(of: -, wrt: b)
    @usableFromInline
    static func subtracting(
      _ a: Int, _ b: NDArray
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(b) { a - $0 }
    }

    @derivative(of: *)
    @usableFromInline
    static func multiplying(
      _ a: NDArray, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
      pulled(a, b) { $0 * $1 }
    }

    @derivative(of: *)
    @usableFromInline
    static func multiplying(
      _ a: NDArray, _ b: Double
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, Double)) {
      pulled(a, b) { $0 * $1 }
    }

    @derivative(of: *)
    @usableFromInline
    static func multiplying(
      _ a: Double, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (Double, ArrayTangent)) {
      let (value, pullback) = pulled(b, a) { $1 * $0 }
      return (
        value,
        { cotangent in
          let (array, number) = pullback(cotangent)
          return (number, array)
        }
      )
    }

    @derivative(of: *, wrt: a)
    @usableFromInline
    static func multiplying(
      _ a: NDArray, _ b: Int
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(a) { $0 * b }
    }

    @derivative(of: *, wrt: b)
    @usableFromInline
    static func multiplying(
      _ a: Int, _ b: NDArray
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(b) { a * $0 }
    }

    @derivative(of: /)
    @usableFromInline
    static func dividing(
      _ a: NDArray, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
      pulled(a, b) { $0 / $1 }
    }

    @derivative(of: /)
    @usableFromInline
    static func dividing(
      _ a: NDArray, _ b: Double
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, Double)) {
      pulled(a, b) { $0 / $1 }
    }

    @derivative(of: /)
    @usableFromInline
    static func dividing(
      _ a: Double, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (Double, ArrayTangent)) {
      let (value, pullback) = pulled(b, a) { $1 / $0 }
      return (
        value,
        { cotangent in
          let (array, number) = pullback(cotangent)
          return (number, array)
        }
      )
    }

    @derivative(of: /, wrt: a)
    @usableFromInline
    static func dividing(
      _ a: NDArray, _ b: Int
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(a) { $0 / b }
    }

    @derivative(of: /, wrt: b)
    @usableFromInline
    static func dividing(
      _ a: Int, _ b: NDArray
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(b) { a / $0 }
    }

    @derivative(of: **)
    @usableFromInline
    static func raising(
      _ a: NDArray, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
      pulled(a, b) { $0 ** $1 }
    }

    @derivative(of: **)
    @usableFromInline
    static func raising(
      _ a: Double, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (Double, ArrayTangent)) {
      let (value, pullback) = pulled(b, a) { $1 ** $0 }
      return (
        value,
        { cotangent in
          let (array, number) = pullback(cotangent)
          return (number, array)
        }
      )
    }

    @derivative(of: **, wrt: a)
    @usableFromInline
    static func raising<Number: ArrayScalar>(
      _ a: NDArray, _ b: Number
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(a) { $0 ** b }
    }

    @derivative(of: -)
    @usableFromInline
    static func negating(
      _ a: NDArray
    ) -> (value: NDArray, pullback: ArrayPullback) {
      pulled(a) { -$0 }
    }

    @derivative(of: %*%)
    @usableFromInline
    static func joining(
      _ a: NDArray, _ b: NDArray
    ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
      pulled(a, b) { $0 %*% $1 }
    }
  }

  extension Double {
    @derivative(of: init(_:file:line:), wrt: array)
    @usableFromInline
    static func reading(
      _ array: NDArray, file: StaticString, line: UInt
    ) -> (value: Double, pullback: (Double) -> ArrayTangent) {
      let (shape, dtype) = (array.shape, array.dtype)
      return (
        Double(array, file: file, line: line),
        { slope in ArrayTangent(stopping { try NDArray.full(shape, slope, dtype: dtype) }) }
      )
    }
  }

  @derivative(of: exp)
  @usableFromInline
  func pulledExp(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { exp($0) }
  }

  @derivative(of: exp2)
  @usableFromInline
  func pulledExp2(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { exp2($0) }
  }

  @derivative(of: expm1)
  @usableFromInline
  func pulledExpm1(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { expm1($0) }
  }

  @derivative(of: log)
  @usableFromInline
  func pulledLog(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { log($0) }
  }

  @derivative(of: log2)
  @usableFromInline
  func pulledLog2(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { log2($0) }
  }

  @derivative(of: log10)
  @usableFromInline
  func pulledLog10(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { log10($0) }
  }

  @derivative(of: log1p)
  @usableFromInline
  func pulledLog1p(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { log1p($0) }
  }

  @derivative(of: sqrt)
  @usableFromInline
  func pulledSqrt(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { sqrt($0) }
  }

  @derivative(of: cbrt)
  @usableFromInline
  func pulledCbrt(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { cbrt($0) }
  }

  @derivative(of: square)
  @usableFromInline
  func pulledSquare(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { square($0) }
  }

  @derivative(of: reciprocal)
  @usableFromInline
  func pulledReciprocal(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { reciprocal($0) }
  }

  @derivative(of: sin)
  @usableFromInline
  func pulledSin(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { sin($0) }
  }

  @derivative(of: cos)
  @usableFromInline
  func pulledCos(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { cos($0) }
  }

  @derivative(of: tan)
  @usableFromInline
  func pulledTan(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { tan($0) }
  }

  @derivative(of: arcsin)
  @usableFromInline
  func pulledArcsin(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { arcsin($0) }
  }

  @derivative(of: arccos)
  @usableFromInline
  func pulledArccos(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { arccos($0) }
  }

  @derivative(of: arctan)
  @usableFromInline
  func pulledArctan(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { arctan($0) }
  }

  @derivative(of: degrees)
  @usableFromInline
  func pulledDegrees(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { degrees($0) }
  }

  @derivative(of: radians)
  @usableFromInline
  func pulledRadians(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { radians($0) }
  }

  @derivative(of: sinh)
  @usableFromInline
  func pulledSinh(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { sinh($0) }
  }

  @derivative(of: cosh)
  @usableFromInline
  func pulledCosh(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { cosh($0) }
  }

  @derivative(of: tanh)
  @usableFromInline
  func pulledTanh(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { tanh($0) }
  }

  @derivative(of: arcsinh)
  @usableFromInline
  func pulledArcsinh(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { arcsinh($0) }
  }

  @derivative(of: arccosh)
  @usableFromInline
  func pulledArccosh(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { arccosh($0) }
  }

  @derivative(of: arctanh)
  @usableFromInline
  func pulledArctanh(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { arctanh($0) }
  }

  @derivative(of: abs)
  @usableFromInline
  func pulledAbs(_ x: NDArray) -> (value: NDArray, pullback: ArrayPullback) {
    pulled(x) { abs($0) }
  }

  @derivative(of: maximum)
  @usableFromInline
  func pulledMaximum(
    _ a: NDArray, _ b: NDArray
  ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
    pulled(a, b) { maximum($0, $1) }
  }

  @derivative(of: minimum)
  @usableFromInline
  func pulledMinimum(
    _ a: NDArray, _ b: NDArray
  ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
    pulled(a, b) { minimum($0, $1) }
  }

  @derivative(of: hypot)
  @usableFromInline
  func pulledHypot(
    _ a: NDArray, _ b: NDArray
  ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
    pulled(a, b) { hypot($0, $1) }
  }

  @derivative(of: arctan2)
  @usableFromInline
  func pulledArctan2(
    _ a: NDArray, _ b: NDArray
  ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
    pulled(a, b) { arctan2($0, $1) }
  }

  @derivative(of: logaddexp)
  @usableFromInline
  func pulledLogaddexp(
    _ a: NDArray, _ b: NDArray
  ) -> (value: NDArray, pullback: (ArrayTangent) -> (ArrayTangent, ArrayTangent)) {
    pulled(a, b) { logaddexp($0, $1) }
  }
#endif
