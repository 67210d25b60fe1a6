import CMartlet
import MartletIR
import MartletRuntime

/// Contiguous complex lines that are longer than what caches hold, as a matrix: its columns, many
/// side by side, then factors, then its rows, some together, which become the columns of the result.
/// So memory is read and written twice. (D. H. Bailey, FFTs in external or hierarchical memory, 1990.)
final class SplitPlan: Sendable {
  let rows: Int
  let columns: Int
  let dtype: DType
  fileprivate let columnPlan: LinePlan
  fileprivate let rowPlan: LinePlan
  /// Factor (r, c) is that of (r, c % `width`) by that of (r, c / `width`).
  fileprivate let width: Int
  /// For each row the parts of its factors below `width`, then of those at multiples of it.
  fileprivate let tables: Buffer
  fileprivate var multiples: Int { (columns + width - 1) / width }
  fileprivate var tableRow: Int { 2 * (width + multiples) }

  /// - Throws: `.outOfMemory`.
  init(_ size: Int, _ dtype: DType) throws(MartletError) {
    var best = 1
    for prime in LinePlan.primes(of: size).reversed() where best * prime * best * prime <= size {
      best *= prime
    }
    rows = best
    columns = size / best
    self.dtype = dtype
    columnPlan = try TransformPlans.lines(rows, dtype)
    rowPlan = try TransformPlans.lines(columns, dtype)
    var width = 1
    while width * width < columns { width *= 2 }
    self.width = min(max(width, 64 / dtype.itemSize), columns)
    let multiples = (columns + self.width - 1) / self.width
    let tableRow = 2 * (self.width + multiples)
    tables = try Buffer(byteCount: rows * tableRow * dtype.itemSize)
    let roots = RootsOfUnity(size)
    for r in 0..<rows {
      for c in 0..<self.width {
        let root = roots[r * c]
        TransformTables.write(root.real, to: tables, at: r * tableRow + c, dtype)
        TransformTables.write(
          root.imaginary, to: tables, at: r * tableRow + self.width + c, dtype)
      }
      let own = r * tableRow + 2 * self.width
      for m in 0..<multiples {
        let root = roots[r * m * self.width]
        TransformTables.write(root.real, to: tables, at: own + m, dtype)
        TransformTables.write(root.imaginary, to: tables, at: own + multiples + m, dtype)
      }
    }
  }
}

struct SplitLines: LineWork {
  private let plan: SplitPlan
  private let lanes: Int
  private let columns: ComplexLines
  private let lastColumns: ComplexLines?
  private let row: LineRun
  private let multiply: CPUKernel
  private let multiplySlots: (whole: [Int64], rest: [Int64])
  private let move: CPUKernel
  private let moveSlots: PassKernel.Numbers
  /// Nothing of it is for one thread: the memory between the steps.
  let scratchBytes: Int
  private let pool: ScratchPool

  init(_ plan: SplitPlan, _ scaling: LineScaling) throws(MartletError) {
    self.plan = plan
    let dtype = plan.dtype
    let item = dtype.itemSize
    let (rows, width) = (plan.rows, plan.columns)
    // Some cache lines side by side.
    lanes = min(256 / item, width)
    func columnWork(_ lanes: Int) throws(MartletError) -> ComplexLines {
      var first = scaling
      (first.realScale, first.imaginaryScale) = (1, 1)
      let strides = LineStrides(point: width, line: 1)
      return try ComplexLines(
        plan.columnPlan,
        LineShape(size: rows, dtype: dtype, source: strides, target: strides, lines: lanes),
        lanes: .lines, isReal: false, first)
    }
    columns = try columnWork(lanes)
    lastColumns = width % lanes == 0 ? nil : try columnWork(width % lanes)
    let program = try plan.rowPlan.program(
      LineForm(
        source: .parts, sourceIsUnit: true, target: .array, targetIsUnit: true, lanes: .points))
    let line = LineStrides(point: 1, line: width)
    row = LineRun(
      program, lines: 1, source: line, target: line, LineScaling(isInverse: false, scale: 1))
    multiply = try MultiplyKernel.eachAndRow.compiled(dtype)
    multiplySlots = (
      MultiplyKernel.slots(count: plan.width, row: plan.width, dtype),
      MultiplyKernel.slots(count: width % plan.width, row: plan.width, dtype)
    )
    var kernel = PassKernel(
      radix: 1, dtype: dtype, source: .array, target: .array, sourceLane: .free,
      twiddles: .none)
    kernel.isScaled = true
    move = try kernel.compiled()
    var numbers = PassKernel.Numbers()
    numbers.groups = width
    numbers.sourceGroup = 1
    numbers.sourceLane = width
    numbers.targetGroup = rows
    numbers.realScale = scaling.realScale
    numbers.imaginaryScale = scaling.imaginaryScale
    moveSlots = numbers
    scratchBytes = 2 * rows * width * item
    let inner = max(
      columns.scratchBytes, row.scratchBytes + 2 * width * item * (1 + lanes))
    pool = try ScratchPool(bytes: inner, count: Workers.shared.threads)
  }

  func run(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    nonisolated(unsafe) let (source, target, between) = (source, target, scratch)
    let (rows, width, pair) = (plan.rows, plan.columns, 2 * plan.dtype.itemSize)
    Workers.shared.parallel(count: (width + lanes - 1) / lanes, mayBeLeft: true) { begin, end in
      pool.use { scratch in
        for block in begin..<end {
          let start = block * lanes * pair
          let work = width - block * lanes < lanes ? lastColumns ?? columns : columns
          work.run(source + start, between + start, scratch: scratch, count: 1)
        }
      }
    }
    Workers.shared.parallel(count: (rows + lanes - 1) / lanes, mayBeLeft: true) { begin, end in
      pool.use { scratch in
        for block in begin..<end {
          let first = block * lanes
          transformRows(
            first..<min(first + lanes, rows), between, target, scratch)
        }
      }
    }
  }

  private func transformRows(
    _ chosen: Range<Int>, _ between: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let (width, item) = (plan.columns, plan.dtype.itemSize)
    let (re, im) = (scratch, scratch + width * item)
    let results = im + width * item
    let rest = results + 2 * width * lanes * item
    for (n, r) in chosen.enumerated() {
      let from = between + 2 * r * width * item
      let table = plan.tables.pointer + r * plan.tableRow * item
      let own = table + 2 * plan.width * item
      let whole = width / plan.width
      HalfKernel.launch(
        multiply, multiplySlots.whole,
        [from, re, im, table, table + plan.width * item, own, own + plan.multiples * item],
        count: whole)
      if whole < plan.multiples {
        let start = whole * plan.width * item
        HalfKernel.launch(
          multiply, multiplySlots.rest,
          [
            from + 2 * start, re + start, im + start, table, table + plan.width * item,
            own + whole * item, own + (plan.multiples + whole) * item,
          ], count: 1)
      }
      row.run((re, im), (results + 2 * n * width * item, nil), scratch: rest, count: 1)
    }
    var numbers = moveSlots
    numbers.lanes = chosen.count
    HalfKernel.launch(
      move, numbers.slots(plan.dtype), [results, target + 2 * chosen.lowerBound * item], count: 1)
  }
}
