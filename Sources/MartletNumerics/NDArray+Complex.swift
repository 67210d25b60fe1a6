public import ComplexModule
public import Martlet
public import MartletIR
import RealModule

// Arrays and swift-numerics' complex numbers. Both libraries have a type of this name; a program that
// imports both says which it means: `typealias Complex = ComplexModule.Complex`.

extension ComplexModule.Complex where RealType: ComplexPart {
  /// The same number as swift-numerics has it.
  public init(_ number: Martlet.Complex<RealType>) {
    self.init(number.real, number.imaginary)
  }
}

extension Martlet.Complex where Part: Real {
  /// The same number as arrays hold it.
  public init(_ number: ComplexModule.Complex<Part>) {
    // The parts as they are: those of a number that is not finite are NaN otherwise.
    let (x, y) = number.rawStorage
    self.init(x, y)
  }
}

extension ComplexModule.Complex: ArrayScalar where RealType: ComplexPart {
  public var weakScalar: (kind: Promotion.Weak, value: Scalar) {
    Martlet.Complex<RealType>(self).weakScalar
  }
}

extension NDArray {
  /// An array of one axis with these numbers, `complex64` or `complex128`.
  ///
  /// Like a Swift array, it ends the program where memory runs out; `init(_:shape:)` throws.
  public init<Part: ComplexPart & Real>(_ numbers: [ComplexModule.Complex<Part>]) {
    self.init(numbers.map { Martlet.Complex($0) })
  }

  /// An array with these numbers, in C order.
  ///
  /// - Throws: `.shapeMismatch` where the shape has another number of elements, `.outOfMemory`.
  public init<Part: ComplexPart & Real>(
    _ numbers: [ComplexModule.Complex<Part>], shape: Shape
  ) throws(MartletError) {
    try self.init(numbers.map { Martlet.Complex($0) }, shape: shape)
  }

  /// All elements in C order as swift-numerics' numbers.
  ///
  /// - Throws: `.castForbidden` where the conversion would lose a kind, and what evaluating the array
  ///   throws.
  public func elements<Part: ComplexPart & Real>(
    as _: ComplexModule.Complex<Part>.Type
  ) throws(MartletError) -> [ComplexModule.Complex<Part>] {
    try elements(as: Martlet.Complex<Part>.self).map { ComplexModule.Complex($0) }
  }

  /// The only element.
  ///
  /// - Throws: `.invalidArgument` unless there is exactly one, and as `elements(as:)`.
  public func item<Part: ComplexPart & Real>(
    as _: ComplexModule.Complex<Part>.Type
  ) throws(MartletError) -> ComplexModule.Complex<Part> {
    ComplexModule.Complex(try item(as: Martlet.Complex<Part>.self))
  }
}
