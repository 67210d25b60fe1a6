import CPythonABI
import Martlet
import MartletIR

/// `meshgrid`: the coordinates of a grid's points.
enum MeshFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "meshgrid", "(*xi, copy=True, sparse=False, indexing='xy')",
      "One array for each axis of a grid, with the coordinates along it.",
      variadic: { given, count, keywords throws(PythonError) in
        var isSparse = false
        var swaps = true
        if let keywords, let given {
          for k in 0..<PyTuple_Size(keywords) {
            let value = given[count + k]
            switch try swiftString(try check(PyTuple_GetItem(keywords, k))) {
            case "copy":
              guard try parseBool(value, default: true) else {
                throw .notNative("coordinates that share their memory")
              }
            case "sparse": isSparse = try parseBool(value, default: false)
            case "indexing":
              guard isSubclass(value, stringFlag) else { throw .notNative("indexing=") }
              let text = try swiftString(value)
              guard text == "xy" || text == "ij" else {
                throw .value("Valid values for `indexing` are 'xy' and 'ij'.")
              }
              swaps = text == "xy"
            case let name:
              throw .type("meshgrid() got an unexpected keyword argument '\(name)'")
            }
          }
        }
        guard count <= Shape.maximumRank else {
          throw .notNative("more dimensions than Martlet's arrays have")
        }
        var axes: [NDArray] = []
        for i in 0..<count {
          guard let object = given?[i] else { continue }
          axes.append(try parseArray(object, dtype: nil))
        }
        return try Results.tuple(try grid(axes, swaps: swaps, isSparse: isSparse))
      })
  ]

  /// `swaps` is for coordinates x and y, where y counts the rows.
  private static func grid(
    _ axes: [NDArray], swaps: Bool, isSparse: Bool
  ) throws(PythonError) -> [NDArray] {
    let rank = axes.count
    func place(_ i: Int) -> Int { swaps && rank > 1 && i < 2 ? 1 - i : i }
    var full = Shape(repeating: 1, count: rank)
    for (i, axis) in axes.enumerated() { full[place(i)] = axis.count }
    var results: [NDArray] = []
    for (i, axis) in axes.enumerated() {
      var sizes = Array(repeating: 1, count: rank)
      sizes[place(i)] = axis.count
      results.append(
        try core { () throws(MartletError) in
          let line = try axis.reshaped(sizes)
          return try isSparse ? line.copy() : line.broadcast(to: full).copy()
        })
    }
    return results
  }
}
