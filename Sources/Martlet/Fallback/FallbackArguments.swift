import MartletIR

extension Fallback {
  /// A Swift type that may stand among the arguments of a call to NumPy.
  ///
  /// Arrays, numbers, strings, dtypes, `nil`, Swift's arrays and dictionaries, and what stands in an
  /// array's subscript (a slice there is Python's `slice`).
  public protocol Argument: Sendable {
    /// The same as NumPy takes it.
    var fallbackValue: Value { get }
  }
}

extension Fallback.Value: Fallback.Argument {
  public var fallbackValue: Fallback.Value { self }
}

extension NDArray: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.array(self)) }
}

extension DType: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.dtype(self)) }
}

extension Shape: Fallback.Argument {
  public var fallbackValue: Fallback.Value {
    Fallback.Value(.tuple(map { Fallback.Value(.integer($0)) }, names: []))
  }
}

// MARK: - Swift's own types

extension Bool: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.bool(self)) }
}

extension String: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.string(self)) }
}

extension Double: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.double(self)) }
}

extension Float: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.double(Double(self))) }
}

extension Int: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.integer(self)) }
}

extension Complex: Fallback.Argument {
  public var fallbackValue: Fallback.Value {
    Fallback.Value(.complex(Complex<Double>(Double(real), Double(imaginary))))
  }
}

extension Array: Fallback.Argument where Element: Fallback.Argument {
  public var fallbackValue: Fallback.Value { Fallback.Value(.list(map(\.fallbackValue))) }
}

extension Dictionary: Fallback.Argument where Key: Fallback.Argument, Value: Fallback.Argument {
  public var fallbackValue: Fallback.Value {
    Fallback.Value(.dictionary(map { ($0.key.fallbackValue, $0.value.fallbackValue) }))
  }
}

extension Optional: Fallback.Argument where Wrapped: Fallback.Argument {
  public var fallbackValue: Fallback.Value { self?.fallbackValue ?? Fallback.Value(.nothing) }
}

// MARK: - Slices

extension Fallback.Argument where Self: ArrayIndex {
  /// Python's slice, `...` or index.
  public var fallbackValue: Fallback.Value { Fallback.Value(.index(axisIndex)) }
}

extension AxisIndex: Fallback.Argument {}
extension AxisPosition: Fallback.Argument {}
extension Range: Fallback.Argument where Bound == Int {}
extension ClosedRange: Fallback.Argument where Bound == Int {}
extension PartialRangeFrom: Fallback.Argument where Bound == Int {}
extension PartialRangeUpTo: Fallback.Argument where Bound == Int {}
extension PartialRangeThrough: Fallback.Argument where Bound == Int {}
