import MartletIR

/// One way to look at an object: a text, or a picture that a terminal and a page both can draw.
public struct InspectionView {
  /// What the view is called, such as `histogram`.
  public let name: String
  private let make: (Request) -> Content

  /// - Parameter make: the content for a size; called for every picture of it.
  public init(_ name: String, _ make: @escaping (Request) -> Content) {
    self.name = name
    self.make = make
  }

  /// The view's content at a size.
  public func content(_ request: Request) -> Content {
    make(
      Request(
        rows: min(max(request.rows, 1), 500), columns: min(max(request.columns, 8), 500),
        slice: request.slice))
  }

  /// How much can be shown, and which part.
  public struct Request: Sendable {
    /// Lines of text, or rows of cells.
    public var rows: Int
    /// Characters, or columns of cells.
    public var columns: Int
    /// Positions along the leading axes of an array of more than two; 0 where there are fewer.
    public var slice: [Int]

    /// A size, and a place in an array of more than two axes.
    public init(rows: Int, columns: Int, slice: [Int] = []) {
      self.rows = rows
      self.columns = columns
      self.slice = slice
    }
  }

  /// What a view shows.
  public enum Content: Sendable {
    /// Lines.
    case text([String])
    /// Bars.
    case histogram(Histogram)
    /// Cells of a colour each.
    case heatMap(HeatMap)
    /// Where in a buffer arrays lie, and what the marks mean.
    case strips([Strip], note: String)
  }

  /// How often numbers fall into equal parts of a range.
  public struct Histogram: Sendable {
    /// The least number.
    public var low: Double
    /// The largest number.
    public var high: Double
    /// How many numbers are in each part, from the lowest.
    public var counts: [Int]
    /// What was counted, and what was not.
    public var note: String
  }

  /// Means of an array's elements in a grid of cells.
  public struct HeatMap: Sendable {
    /// The least mean; NaN where there is none.
    public var low: Double
    /// The largest mean; NaN where there is none.
    public var high: Double
    /// By rows; NaN where no element of the cell is a number.
    public var cells: [[Double]]
    /// What the picture shows, and what was left out.
    public var note: String
  }

  /// A buffer from its first byte to its last, and how much of each part an array covers (0 to 1).
  public struct Strip: Sendable {
    /// The array's name.
    public var label: String
    /// From the buffer's first part to its last.
    public var cover: [Double]
  }
}
