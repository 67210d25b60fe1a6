import MartletIR

// Arrays of one element compared as numbers: `if change < 1e-6`. Of more elements there is no one
// answer, as in NumPy: the program ends and says so. `.<` and its like compare element by element.

extension NDArray {
  private static func truth(
    _ name: StaticString, _ operation: ElementwiseOperation, _ a: Operand, _ b: Operand
  ) -> Bool {
    stopping(#fileID, #line) { () throws(MartletError) in
      let result = try compute(operation, a, b)
      guard result.count == 1 else {
        throw .invalidArgument(
          operation: "\(name)",
          detail: "The truth value of an array with \(result.count) elements is ambiguous: "
            + "`.\(name)` compares element by element; all() and any() make one of them")
      }
      return try !result.item().isZero
    }
  }
  /// Whether the only element equals a number.
  public static func == (a: NDArray, b: Int) -> Bool {
    truth("==", .equal, .array(a), b.operand)
  }
  /// Whether a number equals the only element.
  public static func == (a: Int, b: NDArray) -> Bool {
    truth("==", .equal, a.operand, .array(b))
  }
  /// Whether the only element equals a number.
  public static func == (a: NDArray, b: Double) -> Bool {
    truth("==", .equal, .array(a), b.operand)
  }
  /// Whether a number equals the only element.
  public static func == (a: Double, b: NDArray) -> Bool {
    truth("==", .equal, a.operand, .array(b))
  }
  /// Whether the only element equals a number.
  @_disfavoredOverload
  public static func == (a: NDArray, b: Float) -> Bool {
    truth("==", .equal, .array(a), b.operand)
  }
  /// Whether a number equals the only element.
  @_disfavoredOverload
  public static func == (a: Float, b: NDArray) -> Bool {
    truth("==", .equal, a.operand, .array(b))
  }
  /// Whether the only element differs from a number.
  public static func != (a: NDArray, b: Int) -> Bool {
    truth("!=", .notEqual, .array(a), b.operand)
  }
  /// Whether a number differs from the only element.
  public static func != (a: Int, b: NDArray) -> Bool {
    truth("!=", .notEqual, a.operand, .array(b))
  }
  /// Whether the only element differs from a number.
  public static func != (a: NDArray, b: Double) -> Bool {
    truth("!=", .notEqual, .array(a), b.operand)
  }
  /// Whether a number differs from the only element.
  public static func != (a: Double, b: NDArray) -> Bool {
    truth("!=", .notEqual, a.operand, .array(b))
  }
  /// Whether the only element differs from a number.
  @_disfavoredOverload
  public static func != (a: NDArray, b: Float) -> Bool {
    truth("!=", .notEqual, .array(a), b.operand)
  }
  /// Whether a number differs from the only element.
  @_disfavoredOverload
  public static func != (a: Float, b: NDArray) -> Bool {
    truth("!=", .notEqual, a.operand, .array(b))
  }

  /// Whether the only element is less than another's.
  public static func < (a: NDArray, b: NDArray) -> Bool {
    truth("<", .less, .array(a), .array(b))
  }
  /// Whether the only element is less than a number.
  public static func < (a: NDArray, b: Int) -> Bool {
    truth("<", .less, .array(a), b.operand)
  }
  /// Whether a number is less than the only element.
  public static func < (a: Int, b: NDArray) -> Bool {
    truth("<", .less, a.operand, .array(b))
  }
  /// Whether the only element is less than a number.
  public static func < (a: NDArray, b: Double) -> Bool {
    truth("<", .less, .array(a), b.operand)
  }
  /// Whether a number is less than the only element.
  public static func < (a: Double, b: NDArray) -> Bool {
    truth("<", .less, a.operand, .array(b))
  }
  /// Whether the only element is less than a number.
  @_disfavoredOverload
  public static func < (a: NDArray, b: Float) -> Bool {
    truth("<", .less, .array(a), b.operand)
  }
  /// Whether a number is less than the only element.
  @_disfavoredOverload
  public static func < (a: Float, b: NDArray) -> Bool {
    truth("<", .less, a.operand, .array(b))
  }

  /// Whether the only element is at most another's.
  public static func <= (a: NDArray, b: NDArray) -> Bool {
    truth("<=", .lessEqual, .array(a), .array(b))
  }
  /// Whether the only element is at most a number.
  public static func <= (a: NDArray, b: Int) -> Bool {
    truth("<=", .lessEqual, .array(a), b.operand)
  }
  /// Whether a number is at most the only element.
  public static func <= (a: Int, b: NDArray) -> Bool {
    truth("<=", .lessEqual, a.operand, .array(b))
  }
  /// Whether the only element is at most a number.
  public static func <= (a: NDArray, b: Double) -> Bool {
    truth("<=", .lessEqual, .array(a), b.operand)
  }
  /// Whether a number is at most the only element.
  public static func <= (a: Double, b: NDArray) -> Bool {
    truth("<=", .lessEqual, a.operand, .array(b))
  }
  /// Whether the only element is at most a number.
  @_disfavoredOverload
  public static func <= (a: NDArray, b: Float) -> Bool {
    truth("<=", .lessEqual, .array(a), b.operand)
  }
  /// Whether a number is at most the only element.
  @_disfavoredOverload
  public static func <= (a: Float, b: NDArray) -> Bool {
    truth("<=", .lessEqual, a.operand, .array(b))
  }

  /// Whether the only element is greater than another's.
  public static func > (a: NDArray, b: NDArray) -> Bool {
    truth(">", .greater, .array(a), .array(b))
  }
  /// Whether the only element is greater than a number.
  public static func > (a: NDArray, b: Int) -> Bool {
    truth(">", .greater, .array(a), b.operand)
  }
  /// Whether a number is greater than the only element.
  public static func > (a: Int, b: NDArray) -> Bool {
    truth(">", .greater, a.operand, .array(b))
  }
  /// Whether the only element is greater than a number.
  public static func > (a: NDArray, b: Double) -> Bool {
    truth(">", .greater, .array(a), b.operand)
  }
  /// Whether a number is greater than the only element.
  public static func > (a: Double, b: NDArray) -> Bool {
    truth(">", .greater, a.operand, .array(b))
  }
  /// Whether the only element is greater than a number.
  @_disfavoredOverload
  public static func > (a: NDArray, b: Float) -> Bool {
    truth(">", .greater, .array(a), b.operand)
  }
  /// Whether a number is greater than the only element.
  @_disfavoredOverload
  public static func > (a: Float, b: NDArray) -> Bool {
    truth(">", .greater, a.operand, .array(b))
  }

  /// Whether the only element is at least another's.
  public static func >= (a: NDArray, b: NDArray) -> Bool {
    truth(">=", .greaterEqual, .array(a), .array(b))
  }
  /// Whether the only element is at least a number.
  public static func >= (a: NDArray, b: Int) -> Bool {
    truth(">=", .greaterEqual, .array(a), b.operand)
  }
  /// Whether a number is at least the only element.
  public static func >= (a: Int, b: NDArray) -> Bool {
    truth(">=", .greaterEqual, a.operand, .array(b))
  }
  /// Whether the only element is at least a number.
  public static func >= (a: NDArray, b: Double) -> Bool {
    truth(">=", .greaterEqual, .array(a), b.operand)
  }
  /// Whether a number is at least the only element.
  public static func >= (a: Double, b: NDArray) -> Bool {
    truth(">=", .greaterEqual, a.operand, .array(b))
  }
  /// Whether the only element is at least a number.
  @_disfavoredOverload
  public static func >= (a: NDArray, b: Float) -> Bool {
    truth(">=", .greaterEqual, .array(a), b.operand)
  }
  /// Whether a number is at least the only element.
  @_disfavoredOverload
  public static func >= (a: Float, b: NDArray) -> Bool {
    truth(">=", .greaterEqual, a.operand, .array(b))
  }
}
