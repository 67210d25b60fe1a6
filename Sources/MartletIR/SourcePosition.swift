/// A place in a user's file; line and column count from 1.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
  public var line: Int
  public var column: Int
  /// Which of a program's files: 0 for the one of its first function.
  public var file = 0

  public init(line: Int, column: Int, file: Int = 0) {
    self.line = line
    self.column = column
    self.file = file
  }

  public var description: String { "\(line):\(column)" }
}
