import MartletIR
import Testing

@testable import MartletFrontend

/// Which names a loop hands on, and which may be read before they are set.
@Suite struct NameFlowTests {
  private func flow(_ body: String) throws -> NameFlow {
    let program = try SourceReader.program(
      #"(python (def 1 1 "f" (("n" 1 7) ("x" 1 10)) (\#(body))))"#)
    return NameFlow(program.functions[0])
  }

  private func range(_ line: Int) -> String {
    #"(call \#(line) 12 (known \#(line) 12 "builtins.range") ((name \#(line) 18 "n")) ())"#
  }

  @Test func namesSetBeforeTheyAreReadBelongToTheIteration() throws {
    // for i in range(n): t = i; s += t
    let flow = try flow(
      """
      (assign 2 3 ((name 2 3 "s")) (int 2 7 0))
      (for 3 3 (name 3 7 "i") \(range(3))
        ((assign 4 5 ((name 4 5 "t")) (name 4 9 "i"))
         (augment 5 5 "+" (name 5 5 "s") (name 5 10 "t"))) ())
      (return 6 3 (name 6 10 "s"))
      """)
    let handedOn = flow.handedOn(byLoopAt: SourcePosition(line: 3, column: 3))
    #expect(handedOn.contains("s") && !handedOn.contains("t") && !handedOn.contains("i"))
    #expect(flow.live(after: SourcePosition(line: 4, column: 5)).isSuperset(of: ["s", "t"]))
    #expect(flow.live(after: SourcePosition(line: 6, column: 3)).isEmpty)
    #expect(flow.maybeUnset.isEmpty)
  }

  @Test func namesReadAfterTheLoopAreHandedOnAndMayBeUnset() throws {
    // for i in range(n): t = i
    // return t
    let flow = try flow(
      """
      (for 3 3 (name 3 7 "i") \(range(3)) ((assign 4 5 ((name 4 5 "t")) (name 4 9 "i"))) ())
      (return 6 3 (name 6 10 "t"))
      """)
    #expect(flow.handedOn(byLoopAt: SourcePosition(line: 3, column: 3)).contains("t"))
    #expect(flow.maybeUnset == ["t"])
  }

  @Test func whatTheNextIterationReadsIsHandedOn() throws {
    // t = 0
    // for i in range(n): s = t; if i: continue; t = i
    let flow = try flow(
      """
      (assign 2 3 ((name 2 3 "t")) (int 2 7 0))
      (for 3 3 (name 3 7 "i") \(range(3))
        ((assign 4 5 ((name 4 5 "s")) (name 4 9 "t"))
         (if 5 5 (name 5 8 "i") ((continue 5 11)) ())
         (assign 6 5 ((name 6 5 "t")) (name 6 9 "i"))) ())
      """)
    let handedOn = flow.handedOn(byLoopAt: SourcePosition(line: 3, column: 3))
    #expect(handedOn.contains("t") && !handedOn.contains("s"))
  }

  @Test func bothSidesOfABranchMustSetAName() throws {
    // if x: t = 1 else: t = 2
    // u = t
    let both = try flow(
      """
      (if 2 3 (name 2 6 "x") ((assign 3 5 ((name 3 5 "t")) (int 3 9 1)))
        ((assign 5 5 ((name 5 5 "t")) (int 5 9 2))))
      (assign 6 3 ((name 6 3 "u")) (name 6 7 "t"))
      """)
    #expect(both.maybeUnset.isEmpty)
    let one = try flow(
      """
      (if 2 3 (name 2 6 "x") ((assign 3 5 ((name 3 5 "t")) (int 3 9 1))) ())
      (assign 6 3 ((name 6 3 "u")) (name 6 7 "t"))
      """)
    #expect(one.maybeUnset == ["t"])
    // A side that leaves needs not set it.
    let leaving = try flow(
      """
      (if 2 3 (name 2 6 "x") ((assign 3 5 ((name 3 5 "t")) (int 3 9 1))) ((return 5 5)))
      (assign 6 3 ((name 6 3 "u")) (name 6 7 "t"))
      """)
    #expect(leaving.maybeUnset.isEmpty)
  }
}
