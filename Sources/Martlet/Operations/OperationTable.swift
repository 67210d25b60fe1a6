import MartletIR

/// THE table: every elementwise operation, by NumPy's name.
public enum OperationTable {
  /// All rows, family by family.
  public static let elementwise: [ElementwiseOperation] =
    ElementwiseOperation.arithmetic + ElementwiseOperation.division + ElementwiseOperation.powers
    + ElementwiseOperation.exponential + ElementwiseOperation.trigonometry
    + ElementwiseOperation.hyperbolic + ElementwiseOperation.comparisons
    + ElementwiseOperation.logic + ElementwiseOperation.bitwise + ElementwiseOperation.integers
    + ElementwiseOperation.roundings + ElementwiseOperation.floatingPoint
    + ElementwiseOperation.parts

  /// The rows that are no ufuncs of NumPy's top level: functions there, or private.
  package static let notUFuncs: Set<String> = ["clip", "real", "imag", "angle", "_ones_like"]

  /// NumPy's other names for the same ufunc.
  package static let aliases: [String: String] = [
    "abs": "absolute", "acos": "arccos", "acosh": "arccosh", "asin": "arcsin",
    "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh",
    "bitwise_invert": "invert", "bitwise_left_shift": "left_shift", "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift", "conj": "conjugate", "mod": "remainder",
    "pow": "power", "true_divide": "divide",
  ]

  static let byName: [String: ElementwiseOperation] = {
    var rows = Dictionary(uniqueKeysWithValues: elementwise.map { ($0.name, $0) })
    for (alias, name) in aliases { rows[alias] = rows[name] }
    return rows
  }()

  /// The row of this NumPy name, an alias or not.
  public static func elementwise(named name: String) -> ElementwiseOperation? { byName[name] }
}
