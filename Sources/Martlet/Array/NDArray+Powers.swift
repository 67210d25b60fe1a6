import MartletIR

// Swift's minus binds tighter than every operator with two sides: `-x ** 2` would be `(-x) ** 2`,
// where Python's is `-(x ** 2)`. A formula that was copied would be silently wrong, so a negated base
// does not compile: the two ways to read it below are equally good, which the compiler refuses. Write
// `-(x ** 2)`, or give the negated array a name. The operators that are disfavoured are so for this
// reason alone.

precedencegroup PowerPrecedence {
  higherThan: MultiplicationPrecedence
  associativity: right
}

/// To the power of.
infix operator ** : PowerPrecedence
infix operator **= : AssignmentPrecedence

extension NDArray {
  /// The power, element by element.
  @_disfavoredOverload
  public static func ** (a: NDArray, b: NDArray) -> NDArray {
    trapping(.power, a, b)
  }
  /// The power of each element and a number.
  @_disfavoredOverload
  public static func ** (a: NDArray, b: some ArrayScalar) -> NDArray {
    trapping(.power, a, b)
  }
  // One for each type: a negated base is only found ambiguous beside these.
  /// The power, element by element.
  @_disfavoredOverload
  public static func ** (a: Double, b: NDArray) -> NDArray {
    trapping(.power, a, b)
  }
  /// The power, element by element.
  @_disfavoredOverload
  public static func ** (a: Float, b: NDArray) -> NDArray {
    trapping(.power, a, b)
  }
  /// The power of each element and a number.
  @_disfavoredOverload
  public static func ** (a: some ArrayScalar, b: NDArray) -> NDArray {
    trapping(.power, a, b)
  }

  /// Replaces each element; the dtype stays.
  public static func **= (a: inout NDArray, b: NDArray) { a.update(.power, b) }
  /// Replaces each element; the dtype stays.
  public static func **= (a: inout NDArray, b: some ArrayScalar) { a.update(.power, b) }
}

// MARK: - Literals

/// A number that is written as the base of a power: `2 ** x`, `0.5 ** x`. It has no sign, since the
/// minus of `-2 ** x` is part of the literal in Swift, and of the power in Python.
public struct UnsignedBase: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  let value: any ArrayScalar

  public init(integerLiteral value: UInt) {
    // More than an Int holds is a floating number for NumPy's powers too.
    self.value = Int(exactly: value) ?? Double(value)
  }

  public init(floatLiteral value: Double) {
    if value.sign == .minus {
      fatalError(
        "\(value) ** x is (\(value)) ** x in Swift and -(\(-value) ** x) in NumPy: write the latter, "
          + "or give the base a name.")
    }
    self.value = value
  }
}

extension NDArray {
  /// A number without a sign to the power of each element.
  public static func ** (a: UnsignedBase, b: NDArray) -> NDArray {
    func power(_ base: some ArrayScalar) -> NDArray { trapping(.power, base, b) }
    return power(a.value)
  }
}

// MARK: - Negated bases

/// What a minus before the base of a power could mean besides; see above. No program has one.
public struct MinusBeforePower {
  let base: NDArray
}

/// The same of a number.
public struct NumberMinusBeforePower {
  let base: Double
}

extension NDArray {
  /// Never the meaning of a program; see above.
  @_disfavoredOverload
  public static prefix func - (a: NDArray) -> MinusBeforePower { MinusBeforePower(base: a) }
}

extension Double {
  /// Never the meaning of a program; see above.
  @_disfavoredOverload
  public static prefix func - (a: Double) -> NumberMinusBeforePower {
    NumberMinusBeforePower(base: a)
  }
}

extension Float {
  /// Never the meaning of a program; see above.
  @_disfavoredOverload
  public static prefix func - (a: Float) -> NumberMinusBeforePower {
    NumberMinusBeforePower(base: Double(a))
  }
}

extension MinusBeforePower {
  /// Never the meaning of a program; see above.
  public static func ** (a: MinusBeforePower, b: NDArray) -> NDArray { -(a.base ** b) }
  /// Never the meaning of a program; see above.
  public static func ** (a: MinusBeforePower, b: some ArrayScalar) -> NDArray { -(a.base ** b) }
}

extension NumberMinusBeforePower {
  /// Never the meaning of a program; see above.
  public static func ** (a: NumberMinusBeforePower, b: NDArray) -> NDArray { -(a.base ** b) }
}
