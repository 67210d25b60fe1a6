import MartletIR
import MartletRuntime

/// Rewrites programs over many short rows, such as `(n, 3) + (3,)`, where vectors would be mostly
/// empty: operands that repeat with every row are written out for a few dozen rows, and that many
/// rows are one.
enum ShortRows {
  private static let longest = 32
  private static let rowsTogether = 64
  private static let fewestRows = 256

  /// Whether an outline that is settled walks many short rows, so that `split` is worth a look.
  static func mayGain(_ outline: UnsafeMutablePointer<Outline>) -> Bool {
    outline.pointee.loopCount == 2 && !outline.pointee.isOrdered
      && (2...longest).contains(outline.pointee.sizes[1])
      && outline.pointee.sizes[0] >= fewestRows
  }

  /// The same work as one program over long rows and one over the few rows that are left; nil where
  /// rows are long, or don't follow each other in memory.
  static func split(
    _ program: Program
  ) throws(MartletError) -> (programs: [Program], memory: Buffer)? {
    guard !program.isOrdered, let width = program.domain.last, program.domain.rank >= 2,
      (2...longest).contains(width),
      program.leaves.allSatisfy({ $0.pointer != nil && $0.offset == nil })
    else { return nil }
    let nest = LoopNest(
      program.domain, layouts: program.leaves.map(\.layout) + program.outputs.map(\.layout),
      leading: program.leaves.count)
    guard nest.dimensions.count == 2, nest.dimensions[1].size == width,
      nest.dimensions[0].size >= fewestRows
    else { return nil }
    let rows = nest.dimensions[0]
    let columns = nest.dimensions[1]
    var patterns = 0
    for b in nest.offsets.indices {
      if rows.strides[b] == columns.strides[b] * width { continue }
      // Outputs never repeat.
      guard rows.strides[b] == 0, b < program.leaves.count else { return nil }
      patterns += program.leaves[b].dtype.itemSize
    }

    let memory = try Buffer(byteCount: patterns * width * rowsTogether)
    var place = memory.pointer
    let (long, short) = rows.size.quotientAndRemainder(dividingBy: rowsTogether)
    var main = program
    main.domain = [long, width * rowsTogether]
    var rest = program
    rest.domain = [short, width]
    for i in program.leaves.indices {
      let dtype = program.leaves[i].dtype
      let start = program.leaves[i].pointer! + nest.offsets[i] * dtype.itemSize
      let (row, column) = (rows.strides[i], columns.strides[i])
      rest.leaves[i].pointer = start + long * rowsTogether * row * dtype.itemSize
      rest.leaves[i].layout = Layout(shape: rest.domain, strides: [row, column])
      main.leaves[i].pointer = start
      main.leaves[i].layout = Layout(
        shape: main.domain, strides: [row * rowsTogether, column])
      if row == 0 && column != 0 {
        main.leaves[i].pointer = place
        main.leaves[i].layout.strides = [0, 1]
        for position in 0..<(width * rowsTogether) {
          place.copyMemory(
            from: start + position % width * column * dtype.itemSize, byteCount: dtype.itemSize)
          place += dtype.itemSize
        }
      }
    }
    for i in program.outputs.indices {
      let b = program.leaves.count + i
      let dtype = program.outputs[i].dtype
      let start = program.outputs[i].pointer + nest.offsets[b] * dtype.itemSize
      let (row, column) = (rows.strides[b], columns.strides[b])
      main.outputs[i].pointer = start
      main.outputs[i].layout = Layout(
        shape: main.domain, strides: [row * rowsTogether, column])
      rest.outputs[i].pointer = start + long * rowsTogether * row * dtype.itemSize
      rest.outputs[i].layout = Layout(shape: rest.domain, strides: [row, column])
    }
    return (short > 0 ? [main, rest] : [main], memory)
  }
}
