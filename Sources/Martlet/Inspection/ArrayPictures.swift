import MartletIR

/// The views of an array.
enum ArrayPictures {
  static func views(_ array: NDArray, shared: [(String, NDArray)] = []) -> [InspectionView] {
    var views = [InspectionView("summary") { _ in .text(summary(array)) }]
    if ArrayReading(array) == nil {
      let reason = ArrayReading.reason(array)
      let work = PendingWork(array)
      for name in ["values", "histogram", "heat-map"] {
        views.append(
          InspectionView(name) { _ in .text(["Not shown. The array is \(reason)."]) })
      }
      if let work { views.append(InspectionView("pending") { _ in .text(work.lines) }) }
    } else if array.count > 0 {
      views.append(InspectionView("values") { values(array, $0) })
      views.append(InspectionView("histogram") { histogram(array, $0) })
      views.append(InspectionView("heat-map") { heatMap(array, $0) })
    }
    views.append(InspectionView("memory") { strips(array, shared, $0) })
    return views
  }

  static func summary(_ array: NDArray) -> [String] {
    let facts = ArrayInspection.facts(array)
    var lines = facts.map { "\($0.0): \($0.1)" }
    if let reading = ArrayReading(array) {
      if array.count > 0 {
        let statistics = ArrayStatistics(reading).facts
        let numbers = statistics.dropFirst().map { "\($0.0) \($0.1)" }.joined(separator: "  ")
        lines.append("\(array.dtype.isComplex ? "magnitudes: " : "")\(numbers)")
        lines.append("statistics of \(statistics[0].1)")
      }
    } else {
      lines.append("statistics: none, it is \(ArrayReading.reason(array))")
    }
    return lines
  }

  // MARK: Slices

  /// The last two axes at a place of the others: where it begins, and `[2, 0, :, :]`.
  private static func plane(
    _ layout: Layout, _ slice: [Int]
  ) -> (start: Int, rows: (Int, Int), columns: (Int, Int), text: String) {
    var start = 0
    var text: [String] = []
    let lead = max(layout.rank - 2, 0)
    for axis in 0..<lead {
      let wanted = axis < slice.count ? slice[axis] : 0
      let position = min(max(wanted, 0), layout.shape[axis] - 1)
      start += position * layout.strides[axis]
      text.append("\(position)")
    }
    let shown = (lead..<layout.rank).map { (layout.shape[$0], layout.strides[$0]) }
    text += shown.map { _ in ":" }
    let name = "[\(text.joined(separator: ", "))]"
    switch shown.count {
    case 0: return (start, (1, 0), (1, 0), "[]")
    case 1: return (start, (1, 0), shown[0], name)
    default: return (start, shown[0], shown[1], name)
    }
  }

  static func values(_ array: NDArray, _ request: InspectionView.Request) -> InspectionView.Content
  {
    guard let reading = ArrayReading(array) else {
      return .text([ArrayReading.reason(array)])
    }
    let plane = plane(reading.layout, request.slice)
    let rows = positions(plane.rows.0, max(request.rows - 1, 1))
    // The narrowest column has two characters and a space.
    let columns = positions(plane.columns.0, max(request.columns / 3, 1))
    var texts = rows.map { row in
      columns.map { column in
        row < 0 || column < 0
          ? "…"
          : InspectionText.line(
            ElementFormat.text(
              reading.element(
                plane.start + row * plane.rows.1 + column * plane.columns.1)))
      }
    }
    reading.count(rows.count * columns.count)
    // As many columns as fit, from the left.
    let widths = columns.indices.map { column in texts.map { $0[column].count }.max() ?? 0 }
    var (fitting, width) = (0, 0)
    for each in widths {
      width += each + 1
      if width > request.columns, fitting > 0 { break }
      fitting += 1
    }
    for i in texts.indices {
      var line = (0..<fitting).map { column in
        String(repeating: " ", count: widths[column] - texts[i][column].count) + texts[i][column]
      }
      if fitting < columns.count { line[fitting - 1] = "…" }
      texts[i] = [line.joined(separator: " ")]
    }
    return .text(["\(plane.text) of \(array.shape) \(array.dtype.name)"] + texts.map { $0[0] })
  }

  /// All positions, or the first and the last with -1 for those between.
  private static func positions(_ size: Int, _ limit: Int) -> [Int] {
    if size <= limit { return Array(0..<size) }
    if limit < 3 { return Array(0..<limit) }
    let head = limit / 2
    return Array(0..<head) + [-1] + Array((size - (limit - head - 1))..<size)
  }

  static func heatMap(
    _ array: NDArray, _ request: InspectionView.Request
  ) -> InspectionView.Content {
    guard let reading = ArrayReading(array) else {
      return .text([ArrayReading.reason(array)])
    }
    let plane = plane(reading.layout, request.slice)
    let height = min(plane.rows.0, request.rows)
    let width = min(plane.columns.0, request.columns)
    /// At most so many elements of a cell are read along each axis.
    let most = 3
    var (low, high) = (Double.infinity, -Double.infinity)
    var (read, isWhole) = (0, true)
    func places(_ cell: Int, _ cells: Int, _ size: Int) -> [Int] {
      let (first, last) = (
        cell * size / cells, max((cell + 1) * size / cells, cell * size / cells + 1)
      )
      if last - first <= most { return Array(first..<last) }
      isWhole = false
      return (0..<most).map { first + $0 * (last - 1 - first) / (most - 1) }
    }
    var cells: [[Double]] = []
    for row in 0..<height {
      let rows = places(row, height, plane.rows.0)
      var line: [Double] = []
      for column in 0..<width {
        var (mean, count) = (0.0, 0)
        for i in rows {
          for j in places(column, width, plane.columns.0) {
            let number = reading.number(plane.start + i * plane.rows.1 + j * plane.columns.1)
            read += 1
            if number.isFinite {
              count += 1
              // So that no sum becomes infinite.
              mean += number / Double(count) - mean / Double(count)
            }
          }
        }
        if count == 0 { mean = .nan }
        if count > 0 {
          low = min(low, mean)
          high = max(high, mean)
        }
        line.append(mean)
      }
      cells.append(line)
    }
    reading.count(read)
    let part = InspectionText.count(plane.rows.0 * plane.columns.0)
    let what = isWhole ? "all of it" : "a sample: \(InspectionText.count(read)) of \(part) elements"
    return .heatMap(
      .init(
        low: low <= high ? low : .nan, high: low <= high ? high : .nan, cells: cells,
        note: "\(plane.text), means of \(height) × \(width) cells, \(what)"))
  }

  static func histogram(
    _ array: NDArray, _ request: InspectionView.Request
  ) -> InspectionView.Content {
    guard let reading = ArrayReading(array) else {
      return .text([ArrayReading.reason(array)])
    }
    let statistics = ArrayStatistics(reading)
    guard statistics.low <= statistics.high else {
      return .text(["No element is a finite number."])
    }
    let isWhole = array.dtype.isInteger || array.dtype == .bool
    // About as many bars as half of them would have one element each.
    let useful = 2 * Int(Double(statistics.seen).squareRoot().rounded(.up))
    var bins = min(request.columns, max(useful, 8), 64)
    let span = statistics.high - statistics.low
    if isWhole, span < 64 { bins = min(Int(span) + 1, request.columns) }
    if span == 0 { bins = 1 }
    var counts = [Int](repeating: 0, count: bins)
    // By halves, since the whole range may be more than a number can be.
    let width = statistics.high / 2 - statistics.low / 2
    // Whole numbers each have a bin of their own where there are enough.
    let isExact = isWhole && span < Double(bins)
    reading.sample { number in
      guard number.isFinite else { return }
      // The same numbers as before, unless somebody writes them meanwhile.
      let place =
        isExact
        ? number - statistics.low
        : width > 0 ? (number / 2 - statistics.low / 2) / width * Double(bins) : 0
      counts[place > 0 ? Int(min(place, Double(bins - 1))) : 0] += 1
    }
    var note = ArrayReading.extent(statistics.seen, of: statistics.total)
    let left = statistics.nan + statistics.infinite
    if left > 0 { note += "; \(InspectionText.count(left)) NaN or inf left out" }
    if array.dtype.isComplex { note += "; magnitudes" }
    return .histogram(
      .init(low: statistics.low, high: statistics.high, counts: counts, note: note))
  }

  // MARK: Memory

  /// Where in their buffer arrays lie.
  static func strips(
    _ array: NDArray, _ shared: [(String, NDArray)], _ request: InspectionView.Request
  ) -> InspectionView.Content {
    let width = max(min(request.columns - 18, 64), 8)
    var total = (array.storage.untraced ?? array.storage).byteCount
    if total == 0 { total = max(reach(array), array.dtype.itemSize) }
    let arrays = shared.isEmpty ? [("this array", array)] : shared
    let strips = arrays.map { name, each in
      InspectionView.Strip(label: name, cover: cover(each, total, width))
    }
    let note =
      "the buffer of \(InspectionText.bytes(total)), each mark \(InspectionText.bytes(max(total / width, 1)))"
      + "; strides in bytes: "
      + "(\(array.layout.strides.map { "\($0 * array.dtype.itemSize)" }.joined(separator: ", ")))"
    return .strips(strips, note: note)
  }

  /// The byte behind the last element.
  private static func reach(_ array: NDArray) -> Int {
    var end = array.layout.offset + 1
    for (size, stride) in zip(array.shape, array.layout.strides) where stride > 0 {
      end += max(size - 1, 0) * stride
    }
    return max(end, 1) * array.dtype.itemSize
  }

  static func cover(_ array: NDArray, _ total: Int, _ width: Int) -> [Double] {
    let (layout, size) = (array.layout, array.dtype.itemSize)
    var bytes = [Double](repeating: 0, count: width)
    if layout.count == 0 { return bytes }
    let scale = Double(total) / Double(width)
    // Runs of neighbours are added at once; of very many runs a sample, for all of them.
    var axes = (0..<layout.rank).filter { layout.shape[$0] > 1 && layout.strides[$0] != 0 }
      .sorted { abs(layout.strides[$0]) < abs(layout.strides[$1]) }
    var (run, low) = (1, layout.offset)
    for axis in 0..<layout.rank where layout.strides[axis] < 0 {
      low += layout.strides[axis] * (layout.shape[axis] - 1)
    }
    while let axis = axes.first, abs(layout.strides[axis]) == run {
      run *= layout.shape[axis]
      axes.removeFirst()
    }
    let runs = axes.reduce(1) { $0 * layout.shape[$1] }
    let seen = min(runs, 20_000)
    let weight = Double(runs) / Double(seen)
    for i in 0..<seen {
      var rest = runs == seen ? i : Int(Double(i) * weight)
      var start = low
      for axis in axes {
        start += rest % layout.shape[axis] * abs(layout.strides[axis])
        rest /= layout.shape[axis]
      }
      add(Double(start * size), Double((start + run) * size), weight)
    }
    func add(_ from: Double, _ to: Double, _ weight: Double) {
      var cell = max(Int(from / scale), 0)
      while cell < width, Double(cell) * scale < to {
        let part = min(to, Double(cell + 1) * scale) - max(from, Double(cell) * scale)
        bytes[cell] += max(part, 0) * weight
        cell += 1
      }
    }
    return bytes.map { min($0 / scale, 1) }
  }
}
