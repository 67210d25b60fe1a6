import MartletIR

/// Loops that may run for long ask the launch's watch now and then whether to go on (`martlet_watch`
/// in CMartlet), so that Ctrl-C ends a kernel.
///
/// Work is counted in iterations. The innermost loops are cut into strips, and count before and
/// between these, so that LLVM sees plain loops; others count in each iteration.
extension FunctionEmitter {
  /// The iterations of a strip: short for the dearest loops, long for the cheapest.
  private static let strip = 1 << 16
  /// A loop of so few iterations, as the kernel itself says, does not count.
  private static let few = 64

  /// Whether a loop is cut into strips.
  func isWatchedInStrips(_ loop: Loop, _ lower: String, _ upper: String) -> Bool {
    guard kernel.watchSlot != nil, !loop.body.containsLoop else { return false }
    if let first = Int(lower), let end = Int(upper) { return end &- first > Self.few }
    return true
  }

  /// Runs `body` for one strip of the range after another.
  func emitStrips(
    from lower: String, to upper: String,
    _ body: (_ lower: String, _ upper: String) throws(MartletError) -> Void
  ) throws(MartletError) {
    try prepareWatch()
    let name = text.fresh("strips")
    text.branch(
      if: text.define("icmp slt i64 \(lower), \(upper)"), "\(name).enter", else: "\(name).done")
    text.label("\(name).enter")
    text.branch(to: "\(name).head")
    text.label("\(name).head")
    let start = "%\(name).start"
    let end = "%\(name).end"
    text.line("\(start) = phi i64 [ \(lower), %\(name).enter ], [ \(end), %\(name).again ]")
    let left = text.define("sub i64 \(upper), \(start)")
    let length = text.call("i64", "llvm.umin.i64", [("i64", left), ("i64", String(Self.strip))])
    text.line("\(end) = add nsw i64 \(start), \(length)")
    count(length)
    try body(start, end)
    text.branch(
      if: text.define("icmp slt i64 \(end), \(upper)"), "\(name).next", else: "\(name).done")
    text.label("\(name).next")
    try spend("0")
    text.branch(to: "\(name).again")
    text.label("\(name).again")
    text.branch(to: "\(name).head")
    text.label("\(name).done")
  }

  /// Counts work, and asks the watch when it is as much as that said.
  func spend(_ steps: String) throws(MartletError) {
    guard kernel.watchSlot != nil else { return }
    try prepareWatch()
    let left = count(steps)
    let name = text.fresh("watch")
    text.branch(
      if: text.define("icmp slt i64 \(left), 0"), "\(name).look", else: "\(name).on")
    text.label("\(name).look")
    look(then: "\(name).on")
    text.label("\(name).on")
  }

  /// Asks the watch after something that may have taken long.
  func lookNow() throws(MartletError) {
    guard kernel.watchSlot != nil else { return }
    try prepareWatch()
    let name = text.fresh("watch")
    look(then: name)
    text.label(name)
  }

  /// Where a stopped kernel goes on: at its end.
  func endWatch() {
    guard watch != nil else { return }
    text.branch(to: "stopped")
    text.label("stopped")
  }

  private func prepareWatch() throws(MartletError) {
    guard watch == nil, let slot = kernel.watchSlot else { return }
    let budget = text.defineAtEntry("alloca i64")
    text.lineAtEntry("store i64 \(Self.strip), ptr \(budget)")
    let place = text.defineAtEntry("inttoptr i64 \(try self.slot(slot)) to ptr")
    watch = (budget, place)
  }

  /// Gives what is left of the work that may be done.
  @discardableResult
  private func count(_ steps: String) -> String {
    guard let watch else { return "0" }
    let before = text.define("load i64, ptr \(watch.budget)")
    if steps == "0" { return before }
    let left = text.define("sub i64 \(before), \(steps)")
    text.line("store i64 \(left), ptr \(watch.budget)")
    return left
  }

  private func look(then next: String) {
    guard let watch else { return }
    let function = text.define("load ptr, ptr \(watch.place), align 8")
    let steps = text.callSeldom(function, watch.place)
    text.line("store i64 \(steps), ptr \(watch.budget)")
    text.branch(if: text.define("icmp slt i64 \(steps), 0"), "stopped", else: next)
  }
}

extension [Statement] {
  /// Whether there is a loop among them or inside of them, or what may take as long.
  var containsLoop: Bool {
    contains { statement in
      switch statement {
      case .loop, .whileLoop, .parallel, .arena: true
      default: statement.blocks.contains { $0.block.containsLoop }
      }
    }
  }
}
