import MartletIR
import MartletRuntime

/// How a line of n points is transformed: in passes of small radices that put everything in order on
/// the way (T. G. Stockham, High-speed convolution and correlation, 1966), with the factors between
/// them. n is a product of primes up to `largestPrime`.
///
/// After a pass the points that belong together lie side by side, so all passes but the first work on
/// whole vectors of a line. Where the lanes are lines, the first does as well.
final class LinePlan: Sendable {
  static let largestPrime = 97
  /// Larger primes are transformed by loops.
  private static let largestWrittenPrime = 13
  private static let largestRadix = 16

  let size: Int
  /// Of the parts.
  let dtype: DType
  private let radices: [Int]
  /// For each pass but the last the parts of its factors: those of point j in group p at
  /// `(j - 1) * groups + p`.
  private let tables: Buffer
  /// Where each pass' factors begin, in elements.
  private let tableStarts: [Int]
  /// Where the roots of unity are that passes of large primes need.
  private let rootStarts: [Int?]
  private let programs = Guarded<[LineForm: LineProgram]>(
    [:], by: GlobalLocks.programs)

  /// - Throws: `.outOfMemory`.
  init(_ size: Int, _ dtype: DType) throws(MartletError) {
    self.size = size
    self.dtype = dtype
    radices = Self.radices(of: size)
    var (starts, rootStarts): ([Int], [Int?]) = ([], [])
    var (total, rest) = (0, size)
    for radix in radices {
      starts.append(total)
      total += 2 * (rest - rest / radix)
      rest /= radix
      rootStarts.append(radix > Self.largestRadix ? total : nil)
      if radix > Self.largestRadix { total += 2 * (radix / 2) * (radix / 2) }
    }
    tableStarts = starts
    self.rootStarts = rootStarts
    tables = try Buffer(byteCount: max(1, total) * dtype.itemSize)
    let roots = RootsOfUnity(size)
    var stretch = 1
    for (n, radix) in radices.enumerated() {
      let groups = size / stretch / radix
      for j in 1..<max(radix, 2) where j < radix {
        for p in 0..<groups {
          let root = roots[j * p * stretch]
          let place = starts[n] + (j - 1) * groups + p
          TransformTables.write(root.real, to: tables, at: place, dtype)
          TransformTables.write(
            root.imaginary, to: tables, at: place + (radix - 1) * groups, dtype)
        }
      }
      stretch *= radix
      guard let place = rootStarts[n] else { continue }
      let (own, half) = (RootsOfUnity(radix), radix / 2)
      for j in 1...half {
        for k in 1...half {
          let (root, at) = (own[j * k % radix], place + (j - 1) * half + k - 1)
          TransformTables.write(root.real, to: tables, at: at, dtype)
          TransformTables.write(-root.imaginary, to: tables, at: at + half * half, dtype)
        }
      }
    }
  }

  /// Whether sizes are products of small primes.
  static func serves(_ size: Int) -> Bool {
    size >= 1 && primes(of: size).last ?? 1 <= largestPrime
  }

  /// Whether a size is one that has a pass of loops alone.
  static func isLargePrime(_ size: Int) -> Bool {
    size > largestRadix && size <= largestPrime && primes(of: size).count == 1
  }

  static func primes(of size: Int) -> [Int] {
    var (rest, candidate) = (size, 2)
    var result: [Int] = []
    while candidate * candidate <= rest {
      while rest % candidate == 0 {
        result.append(candidate)
        rest /= candidate
      }
      candidate += 1
    }
    if rest > 1 { result.append(rest) }
    return result
  }

  /// As few passes as there may be. The first makes the runs that the others find, so it is a power
  /// of two of which vectors are made, if there is one.
  private static func radices(of size: Int) -> [Int] {
    var primes = primes(of: size)
    let twos = primes.count { $0 == 2 }
    if twos == primes.count {
      if twos == 0 { return [1] }
      let passes = (twos + 3) / 4
      return (0..<passes).map { 1 << ((twos + passes - 1 - $0) / passes) }
    }
    var first: [Int] = []
    if twos >= 3 {
      first = [twos == 4 || twos >= 7 ? 16 : 8]
      primes.removeFirst(first[0] == 16 ? 4 : 3)
    }
    var rest: [Int] = []
    for prime in primes.reversed() {
      if let n = rest.firstIndex(where: { $0 * prime <= largestRadix }) {
        rest[n] *= prime
      } else {
        rest.append(prime)
      }
    }
    let result = first + rest.sorted { ($0 & -$0, $0) > ($1 & -$1, $1) }
    // Loops read while they write, so a pass of its own takes the points out of the array.
    return result.count == 1 && result[0] > largestRadix ? [1] + result : result
  }

  /// Whether one pass does all.
  var isOnePass: Bool { radices.count == 1 }

  /// The passes as a call needs them.
  func program(_ form: LineForm) throws(MartletError) -> LineProgram {
    if let known = programs.withLock({ $0[form] }) { return known }
    let program = try make(form)
    programs.withLock { $0[form] = program }
    return program
  }

  private func make(_ form: LineForm) throws(MartletError) -> LineProgram {
    var passes: [LineProgram.Pass] = []
    var stretch = 1
    for (n, radix) in radices.enumerated() {
      let (isFirst, isLast) = (n == 0, n == radices.count - 1)
      let groups = size / stretch / radix
      let byPoints = form.lanes == .points
      var kernel = PassKernel(
        radix: radix > Self.largestRadix ? PassKernel.anyPrime : radix, dtype: dtype,
        source: isFirst ? form.source : .parts,
        target: isLast ? form.target : .parts,
        twiddles: isLast ? .none : isFirst && byPoints ? .perLane : .perGroup)
      if isFirst {
        kernel.sourceLane = form.sourceIsUnit ? .unit : .free
        kernel.isSigned = form.source == .array
        if byPoints, !isLast {
          kernel.targetLane = radix > Self.largestRadix ? .free : .constant(radix)
        }
      }
      if isLast {
        kernel.targetLane = form.targetIsUnit ? .unit : .free
        kernel.isScaled = true
      }
      let table = tables.pointer + tableStarts[n] * dtype.itemSize
      let roots = rootStarts[n].map { tables.pointer + $0 * dtype.itemSize }
      passes.append(
        LineProgram.Pass(
          kernel: try kernel.compiled(), radix: radix, stretch: stretch, groups: groups,
          table: isLast ? nil : table,
          imaginaryTable: isLast ? nil : table + (radix - 1) * groups * dtype.itemSize,
          roots: roots,
          imaginaryRoots: roots.map { $0 + (radix / 2) * (radix / 2) * dtype.itemSize }))
      stretch *= radix
    }
    return LineProgram(plan: self, form: form, passes: passes)
  }
}

/// What the lines look like that a program is for.
struct LineForm: Hashable {
  enum Lanes {
    /// The lanes of a vector are points of one line.
    case points
    /// They are lines.
    case lines
  }
  var source: PassKernel.Place
  /// Whether neighbouring lanes are side by side.
  var sourceIsUnit: Bool
  var target: PassKernel.Place
  var targetIsUnit: Bool
  var lanes: Lanes
}

/// The kernels of a plan for one form of lines.
final class LineProgram: Sendable {
  struct Pass: @unchecked Sendable {
    // Unchecked: the tables never change.
    var kernel: CPUKernel
    var radix: Int
    /// How many points of the passes before lie side by side.
    var stretch: Int
    var groups: Int
    var table: UnsafeMutableRawPointer?
    var imaginaryTable: UnsafeMutableRawPointer?
    var roots: UnsafeMutableRawPointer?
    var imaginaryRoots: UnsafeMutableRawPointer?
  }

  /// Kept, since it owns the tables.
  private let plan: LinePlan
  fileprivate let form: LineForm
  fileprivate let passes: [Pass]

  fileprivate init(plan: LinePlan, form: LineForm, passes: [Pass]) {
    self.plan = plan
    self.form = form
    self.passes = passes
  }

  var size: Int { plan.size }
  fileprivate var itemSize: Int { plan.dtype.itemSize }
  fileprivate var dtype: DType { plan.dtype }

  /// How many bytes of memory a run over so many lines at a time needs.
  func scratchBytes(lines: Int) -> Int {
    passes.count == 1 ? 0 : (passes.count == 2 ? 2 : 4) * size * lines * itemSize
  }
}

/// Distances between points and between lines, in elements.
struct LineStrides {
  var point: Int
  var line: Int
}

/// What is done with the numbers besides.
struct LineScaling {
  /// 1, or -1 to take the conjugate of what is read.
  var sourceSign = 1.0
  var realScale = 1.0
  var imaginaryScale = 1.0

  /// The inverse transform is the transform between two conjugations.
  init(isInverse: Bool, scale: Double) {
    sourceSign = isInverse ? -1 : 1
    realScale = scale
    imaginaryScale = isInverse ? -scale : scale
  }
}

/// A program with the numbers of a call: what a thread runs for a few lines at a time.
struct LineRun: Sendable {
  private let program: LineProgram
  private let lines: Int
  private let slots: [[Int64]]
  var scratchBytes: Int { program.scratchBytes(lines: lines) }

  /// For `lines` lines at a time, or fewer where the lanes are points.
  init(
    _ program: LineProgram, lines: Int, source: LineStrides, target: LineStrides,
    _ scaling: LineScaling
  ) {
    self.program = program
    self.lines = lines
    slots = program.passes.enumerated().map { n, pass in
      let (isFirst, isLast) = (n == 0, n == program.passes.count - 1)
      var numbers =
        program.form.lanes == .points
        ? Self.byPoints(pass, program.size, source, target, isFirst, isLast)
        : Self.byLines(pass, lines, source, target, isFirst, isLast)
      numbers.twiddlePoint = pass.groups
      numbers.radix = pass.radix
      numbers.sourceSign = scaling.sourceSign
      numbers.realScale = scaling.realScale
      numbers.imaginaryScale = scaling.imaginaryScale
      return numbers.slots(program.dtype)
    }
  }

  private static func byPoints(
    _ pass: LineProgram.Pass, _ size: Int, _ source: LineStrides, _ target: LineStrides,
    _ isFirst: Bool, _ isLast: Bool
  ) -> PassKernel.Numbers {
    var numbers = PassKernel.Numbers()
    if isFirst {
      numbers.lanes = pass.groups
      numbers.sourceLine = source.line
      numbers.sourcePoint = pass.groups * source.point
      numbers.sourceLane = source.point
      numbers.targetLane = pass.radix
      numbers.targetPoint = 1
    } else {
      numbers.groups = pass.groups
      numbers.lanes = pass.stretch
      numbers.sourceLine = size
      numbers.sourceGroup = pass.stretch
      numbers.sourcePoint = pass.groups * pass.stretch
      numbers.targetGroup = pass.radix * pass.stretch
      numbers.targetPoint = pass.stretch
    }
    numbers.targetLine = size
    if isLast {
      numbers.targetLine = target.line
      numbers.targetLane = target.point
      numbers.targetPoint = pass.stretch * target.point
    }
    return numbers
  }

  private static func byLines(
    _ pass: LineProgram.Pass, _ lines: Int, _ source: LineStrides, _ target: LineStrides,
    _ isFirst: Bool, _ isLast: Bool
  ) -> PassKernel.Numbers {
    var numbers = PassKernel.Numbers()
    let run = pass.stretch * lines
    numbers.groups = pass.groups
    numbers.lanes = run
    numbers.sourceGroup = run
    numbers.sourcePoint = pass.groups * run
    numbers.targetGroup = pass.radix * run
    numbers.targetPoint = run
    if isLast {
      // The points that lie side by side are apart in an array: each is a group.
      numbers.groups = pass.stretch
      numbers.lanes = lines
      numbers.sourceGroup = lines
      numbers.sourcePoint = run
      numbers.targetGroup = target.point
      numbers.targetPoint = pass.stretch * target.point
      numbers.targetLane = target.line
    }
    if isFirst {
      numbers.sourceGroup = source.point
      numbers.sourcePoint = pass.groups * source.point
      numbers.sourceLane = source.line
    }
    return numbers
  }

  /// Transforms `count` lines (`lines` of them where lanes are lines); parts have two addresses.
  func run(
    _ source: (UnsafeMutableRawPointer, UnsafeMutableRawPointer?),
    _ target: (UnsafeMutableRawPointer, UnsafeMutableRawPointer?),
    scratch: UnsafeMutableRawPointer, count: Int
  ) {
    let part = program.size * lines * program.itemSize
    let tasks = program.form.lanes == .points ? count : 1
    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: 8) { buffers in
      for (n, pass) in program.passes.enumerated() {
        var next = 0
        func add(
          _ place: PassKernel.Place, _ a: UnsafeMutableRawPointer?, _ b: UnsafeMutableRawPointer?
        ) {
          buffers[next] = a
          next += 1
          if place == .parts {
            buffers[next] = b
            next += 1
          }
        }
        if n == 0 {
          add(program.form.source, source.0, source.1)
        } else {
          let from = scratch + (n % 2 == 1 ? 0 : 2 * part)
          add(.parts, from, from + part)
        }
        if n == program.passes.count - 1 {
          add(program.form.target, target.0, target.1)
        } else {
          let to = scratch + (n % 2 == 0 ? 0 : 2 * part)
          add(.parts, to, to + part)
        }
        if let table = pass.table { add(.parts, table, pass.imaginaryTable) }
        if let roots = pass.roots { add(.parts, roots, pass.imaginaryRoots) }
        slots[n].withUnsafeBufferPointer { slots in
          pass.kernel.run(
            buffers: UnsafePointer(buffers.baseAddress), slots: slots.baseAddress, begin: 0,
            end: tasks)
        }
      }
    }
  }
}
