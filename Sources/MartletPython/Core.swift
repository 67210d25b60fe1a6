import CPythonABI
import Martlet
import MartletIR

/// Where the door asks for what has no row or method of its own in `Martlet` yet.
enum Core {
  /// `where(mask, a, b)` over a shape.
  static func choose(
    _ mask: NDArray, _ a: Operand, _ b: Operand, shape: Shape
  ) throws(MartletError) -> NDArray {
    throw .unsupported(operation: "where", detail: "no row of the table")
  }

  /// Elements that an advanced index selects.
  static func gather(_ array: NDArray, _ key: Ref) throws(PythonError) -> NDArray {
    throw .notNative("indexing by arrays")
  }

  static func scatter(_ value: Ref, into object: Ref, _ key: Ref) throws(PythonError) {
    throw .notNative("assignment through arrays of indices")
  }
}

func matrixMultiplyOperator(_ left: Ref, _ right: Ref) -> Ref? {
  Fallback.recover(.notNative("matmul"), "operator.matmul", left, right)
}

func inPlaceMatrixMultiply(_ left: Ref, _ right: Ref) -> Ref? {
  Fallback.recover(.notNative("matmul"), "operator.imatmul", left, right)
}
