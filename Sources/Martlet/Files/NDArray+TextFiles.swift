import MartletIR

// Tables of numbers as text: CSV files and the like.

extension NDArray {
  /// The numbers of a text file in rows, one a line (NumPy's `loadtxt`). A file of one row or one
  /// column is an array of one axis.
  ///
  /// - Parameters:
  ///   - delimiter: What stands between numbers, one character; nil means blanks.
  ///   - skippedRows: Lines before the first row, such as a CSV file's names of columns.
  ///   - columns: Which columns to read, all unless given.
  ///   - comments: What begins a comment, one character.
  ///   - path: Where the file is.
  ///   - dtype: The type of the elements.
  /// - Throws: `.file` with the system's reason, `.unsupported` where the text is no table of numbers
  ///   of this dtype, `.outOfMemory`.
  public init(
    textContentsOf path: String, delimiter: String? = nil, skippedRows: Int = 0,
    columns: [Int]? = nil, comments: String = "#", dtype: DType = .float64
  ) throws(MartletError) {
    self = try NativeFunction.call(
      "loadtxt", path,
      keywords: [
        "dtype": dtype, "comments": comments, "delimiter": delimiter, "skiprows": skippedRows,
        "usecols": columns,
      ]
    ).asArray("loadtxt").placed()
  }

  /// Writes the numbers as text, a row in each line (NumPy's `savetxt`).
  ///
  /// - Parameters:
  ///   - format: How C's `printf` writes one number.
  ///   - header: A line before the first row, as a comment.
  ///   - delimiter: What stands between numbers, one character.
  ///   - path: Where the file is.
  /// - Throws: `.file` with the system's reason, `.unsupported` for more than two axes, complex
  ///   numbers, and formats of another kind.
  public func write(
    textTo path: String, delimiter: String = " ", format: String = "%.18e", header: String = ""
  ) throws(MartletError) {
    _ = try NativeFunction.call(
      "savetxt", path, self,
      keywords: ["fmt": format, "delimiter": delimiter, "header": header])
  }
}
