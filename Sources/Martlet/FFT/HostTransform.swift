import CMartlet
import MartletIR
import MartletRuntime

/// Transforms along one axis of arrays in host memory.
///
/// It chooses how the lines are taken: point by point, or many of them side by side, where another
/// axis has neighbours; and shares them among threads.
struct HostTransform {
  /// Points that one thread does without others.
  private static let parallelPoints = 1 << 14
  /// Points of a task.
  private static let taskPoints = 1 << 13
  /// The most points that are asked for before they are needed.
  private static let prefetchedPoints = 1 << 12
  /// What lines side by side may take of a core's cache.
  private static let blockBytes = 1 << 20

  private let kind: FittedLines.Kind
  private let source: NDArray
  private let target: NDArray
  private let axis: Int
  /// How many points each line has, in the signal.
  private let size: Int
  private let scaling: LineScaling
  /// Of the parts.
  private let dtype: DType

  /// Another axis: its size, and how far apart its lines are.
  private struct Across {
    var count: Int
    var source: Int
    var target: Int
  }

  /// Transforms `source` into `target`, which may be the same memory where both are complex. The
  /// source's axis has as many elements as the transform takes.
  ///
  /// - Throws: `.outOfMemory`, `.interrupted`.
  static func run(
    _ kind: FittedLines.Kind, _ source: NDArray, into target: NDArray, axis: Int, size: Int,
    _ scaling: LineScaling
  ) throws(MartletError) {
    if source.count == 0 || target.count == 0 { return }
    let transform = HostTransform(
      kind: kind, source: source, target: target, axis: axis, size: size, scaling: scaling,
      dtype: target.dtype.isComplex ? target.dtype.realType : target.dtype)
    let span = Profiler.isOn ? Profiler.begin() : nil
    try transform.run()
    if let span { transform.end(span) }
  }

  /// Records a transform, with the operations that are usually said of it.
  private func end(_ span: Profiler.Span) {
    let logarithm = Int.bitWidth - size.leadingZeroBitCount
    let points = max(source.count, target.count)
    Profiler.end(
      span, .library, "FFT of \(size) points",
      bytes: source.count * source.dtype.itemSize + target.count * target.dtype.itemSize,
      operations: (kind == .complex ? 5 : 2) * points * logarithm)
  }

  private func run() throws(MartletError) {
    let line = (source: source.layout.strides[axis], target: target.layout.strides[axis])
    var others: [Across] = []
    for n in 0..<source.rank where n != axis && source.shape[n] > 1 {
      others.append(
        Across(
          count: source.shape[n], source: source.layout.strides[n],
          target: target.layout.strides[n]))
    }
    others.sort { abs($0.target) > abs($1.target) }
    var shape = LineShape(
      size: size, dtype: dtype, source: LineStrides(point: line.source, line: 0),
      target: LineStrides(point: line.target, line: 0), lines: 1)
    let isReal = !source.dtype.isComplex
    let isDirect = LinePlan.serves(size) && size <= TransformPlans.longestLine

    // Lines side by side, if any; else those that lie next to each other.
    let sideBySide =
      others.lastIndex { $0.source == 1 && $0.target == 1 }
      ?? others.lastIndex { $0.source == 1 || $0.target == 1 }
    let isContiguous = line.source == 1 && line.target == 1
    // The first and the last pass of a short line have few points beside each other.
    let isShort = size <= 32 || LinePlan.isLargePrime(size)
    let takesLines =
      kind == .complex && isDirect
      && (size <= 16 || (isContiguous ? isShort && !others.isEmpty : sideBySide != nil))
    var inner = Across(count: 1, source: 0, target: 0)
    if let chosen = takesLines ? sideBySide ?? others.indices.last : others.indices.last {
      inner = others.remove(at: chosen)
    }
    shape.source.line = inner.source
    shape.target.line = inner.target
    if takesLines {
      let lanes = 64 / dtype.itemSize
      let room = min(max(1, Self.blockBytes / (size * lanes * 4 * dtype.itemSize)), 8)
      shape.lines = min(inner.count, lanes * room)
    } else {
      shape.lines = min(inner.count, max(1, 512 / size))
    }

    if kind == .complex, isDirect {
      let plan = try TransformPlans.lines(size, dtype)
      let lanes: LineForm.Lanes = takesLines || plan.isOnePass ? .lines : .points
      func work(_ lines: Int) throws(MartletError) -> ComplexLines {
        var shape = shape
        shape.lines = lines
        return try ComplexLines(plan, shape, lanes: lanes, isReal: isReal, scaling)
      }
      let rest = takesLines ? inner.count % shape.lines : 0
      return try drive(
        try work(shape.lines), rest: rest == 0 ? nil : try work(rest), shape.lines, inner, others)
    }
    if kind != .complex, size % 2 == 0 {
      let plan = try TransformPlans.real(size, dtype)
      if LinePlan.serves(size / 2), size / 2 <= TransformPlans.longestLine {
        let half = try TransformPlans.lines(size / 2, dtype)
        if kind == .real, RealLines.serves(shape) {
          return try drive(
            try RealLines(plan, half, shape, scaling), rest: nil, shape.lines, inner, others)
        }
        if kind == .hermitian, HermitianLines.serves(shape) {
          return try drive(
            try HermitianLines(plan, half, shape, scaling), rest: nil, shape.lines, inner, others)
        }
      } else if isContiguous {
        return try drive(
          try LongRealLines(plan, isForward: kind == .real, shape, scaling), rest: nil,
          shape.lines, inner, others)
      }
    }
    if kind == .complex, !isReal, isContiguous {
      shape.lines = 1
      return try drive(
        try TransformPlans.contiguous(size, dtype, scaling), rest: nil, 1, inner, others)
    }
    try drive(
      try FittedLines(kind, isReal: isReal, shape, scaling), rest: nil,
      shape.lines, inner, others)
  }

  /// Runs `work` on all lines, `lines` at a time along `inner`, and `rest` on what is left there.
  private func drive(
    _ work: some LineWork, rest: (any LineWork)?, _ lines: Int, _ inner: Across,
    _ others: [Across]
  ) throws(MartletError) {
    let from = try source.storage.evaluatedHere() + source.layout.offset * source.dtype.itemSize
    let to = try target.storage.evaluatedHere() + target.layout.offset * target.dtype.itemSize
    nonisolated(unsafe) let (start, end) = (from, to)
    let (sourceItem, targetItem) = (source.dtype.itemSize, target.dtype.itemSize)
    let blocks = (inner.count + lines - 1) / lines
    let tasks = others.reduce(blocks) { $0 * $1.count }
    let points = size * lines
    // What is long alone is shared by itself.
    // Processors see no order in which points are read, some far apart, but the lines lie one after
    // the other.
    let isSequence =
      source.layout.strides[axis] == 1 && target.layout.strides[axis] == 1
      && inner.source == source.shape[axis] && inner.target == target.shape[axis]
    let ahead: (source: Int, target: Int) =
      isSequence && points <= Self.prefetchedPoints && tasks * points > Self.prefetchedPoints * 8
      ? (source: points * sourceItem, target: points * targetItem) : (0, 0)
    let isShared =
      tasks > 1 && size <= TransformPlans.longestLine && points * tasks >= Self.parallelPoints
    let pool = try ScratchPool(
      bytes: max(work.scratchBytes, rest?.scratchBytes ?? 0),
      count: isShared ? min(tasks, Workers.shared.threads) : 1)
    let body: @Sendable (Int, Int) -> Void = { begin, last in
      pool.use { scratch in
        for task in begin..<last {
          let block = task % blocks
          var index = task / blocks
          var (a, b) = (block * lines * inner.source, block * lines * inner.target)
          for axis in others.reversed() {
            a += index % axis.count * axis.source
            b += index % axis.count * axis.target
            index /= axis.count
          }
          let count = min(lines, inner.count - block * lines)
          martlet_prefetch(start + a * sourceItem + ahead.source, Int64(ahead.source))
          martlet_prefetch(end + b * targetItem + ahead.target, Int64(ahead.target))
          if let rest, count < lines {
            rest.run(start + a * sourceItem, end + b * targetItem, scratch: scratch, count: count)
          } else {
            work.run(start + a * sourceItem, end + b * targetItem, scratch: scratch, count: count)
          }
        }
      }
    }
    if isShared {
      Workers.shared.parallel(
        count: tasks, grain: max(1, Self.taskPoints / points), mayBeLeft: true, body)
    } else {
      body(0, tasks)
      martlet_fp_clear()
    }
    withExtendedLifetime((source, target)) {}
    try StoppableWork.check()
  }
}
