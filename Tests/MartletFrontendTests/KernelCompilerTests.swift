import MartletIR
import Testing

@testable import MartletFrontend

/// What the front end makes of functions; what they compute is tested in Python, beside the
/// functions themselves.
@Suite struct KernelCompilerTests {
  /// Arithmetic alone: what the tests need of the table.
  static let library: ScalarLibrary = { name, types in
    let common = Promotion.promote(types) ?? .float64
    let operators: [String: (Expression, Expression) -> Expression] = [
      "divide": { $0 / $1 }, "less": { $0 < $1 }, "greater": { $0 > $1 },
    ]
    guard let body = operators[name], types.count == 2 else { return nil }
    let type: DType = name == "divide" && common.isInteger ? .float64 : common
    return ScalarFunction(
      inputs: [type, type], outputs: [name == "divide" ? type : .bool],
      body: { [body($0[0], $0[1])] })
  }

  static func lowered(
    _ program: String, _ arguments: [ArgumentType], _ rules: KernelRules = .init(target: .host)
  ) throws -> LoweredKernel {
    try KernelCompiler.kernel(
      SourceReader.program(program), arguments: arguments, rules: rules, library: library)
  }

  static func text(_ program: String, _ arguments: [ArgumentType]) throws -> String {
    KernelPrinter.text(of: try lowered(program, arguments).kernel)
  }

  /// `def f(x): s = 0; for i in range(len(x)): s += x[i]; return s`
  static let sum = """
    (python (def 1 1 "f" (("x" 1 7)) (
      (assign 2 3 ((name 2 3 "s")) (int 2 7 0))
      (for 3 3 (name 3 7 "i") (call 3 12 (known 3 12 "builtins.range")
          ((call 3 18 (known 3 18 "builtins.len") ((name 3 22 "x")) ())) ())
        ((augment 4 5 "+" (name 4 5 "s") (index 4 10 (name 4 10 "x") (name 4 12 "i")))) ())
      (return 5 3 (name 5 10 "s")))))
    """

  static let row = ArgumentType.array(.float32, rank: 1, isDense: true)

  @Test func loopsWidenTheirVariables() throws {
    // `s` starts as an integer and takes floats: it is one variable of their common type.
    let text = try Self.text(Self.sum, [Self.row])
    #expect(text.contains("var x0: f64 = "))
    #expect(text.contains("x0 = x0 + f64(b0["))
    let integers = try Self.lowered(Self.sum, [.array(.int16, rank: 1, isDense: true)])
    #expect(integers.results == [.int64])
  }

  @Test func positionsThatAreInsideAreNotWrapped() throws {
    let text = try Self.text(Self.sum, [Self.row])
    #expect(!text.contains("< 0"))
  }

  @Test func whatIsOnlyReadIsMarkedSo() throws {
    let lowered = try Self.lowered(Self.sum, [Self.row])
    #expect(lowered.written.contains(0) == false)
    #expect(lowered.kernel.buffers[0].access == .read)
  }

  /// `def f(x): if x > 0: return x; return -x`
  static let early = """
    (python (def 1 1 "f" (("x" 1 7)) (
      (if 2 3 (compare 2 6 (name 2 6 "x") (">" (int 2 10 0)))
        ((return 2 13 (name 2 20 "x"))) ())
      (return 3 3 (unary 3 10 "-" (name 3 11 "x"))))))
    """

  @Test func plainFunctionsBecomeStraightLines() throws {
    let function = try KernelCompiler.elementwise(
      SourceReader.program(Self.early), inputs: [.float64], library: Self.library)
    #expect(function.outputs == [.float64])
    #expect(function.isPlain)
    let builder = KernelBuilder(name: "row")
    let input = builder.slotValue(builder.slot(for: .float64), .float64)
    _ = KernelCompiler.write(function, [input], library: Self.library)
    for statement in builder.finish().body {
      guard case .define = statement else {
        Issue.record("\(statement) is no plain instruction")
        continue
      }
    }
  }

  @Test func severalReturnsMeetInOneType() throws {
    let lowered = try Self.lowered(Self.early, [.scalar(.int32)])
    #expect(lowered.result == .number(.int64))
  }

  // MARK: Errors

  func error(_ program: String, _ arguments: [ArgumentType]) -> MartletError? {
    do {
      _ = try Self.lowered(program, arguments)
      return nil
    } catch { return error as? MartletError }
  }

  @Test func errorsAreAtTheUsersPlace() {
    let unknown = error(
      #"(python (def 1 1 "f" () ((return 7 9 (unusable 7 16 "np" "a module")))))"#, [])
    #expect(
      unknown
        == .kernelSource(
          function: "f", location: SourcePosition(line: 7, column: 16),
          detail: "'np' is a module, which kernels can't use"))
    let unset = error(#"(python (def 1 1 "f" () ((return 2 3 (name 2 10 "y")))))"#, [])
    #expect(
      unset
        == .kernelSource(
          function: "f", location: SourcePosition(line: 2, column: 10),
          detail: "'y' is used before it is set"))
    let rank = error(
      #"(python (def 1 1 "f" (("x" 1 7)) ((return 2 3 (index 2 10 (name 2 10 "x") (int 2 12 0) (int 2 15 0))))))"#,
      [Self.row])
    #expect(
      rank
        == .kernelSource(
          function: "f", location: SourcePosition(line: 2, column: 10),
          detail: "an array of 1 dimension can't take 2 indices"))
  }

  @Test(arguments: [
    "", "(", ")", "(python)", "(python (def 1 1))", "(rust (def 1 1 \"f\" () ()))",
    "(python (def 1 1 \"f\" () ((fly 1 1))))",
    "(python (def 1 1 \"f\" () ((return 1 1 (int 1 1 x)))))",
    "(python (def 1 1 \"f\" () ())) rest", "(python (def 1 1 \"f",
    "(python (def one 1 \"f\" () ()))",
    String(repeating: "(", count: 5000),
  ])
  func textThatIsNoProgramIsAnError(_ text: String) {
    #expect(throws: MartletError.self) { try SourceReader.program(text) }
  }

  @Test func aProgramIsReadAsItWasWritten() throws {
    let swift = """
      (swift (def 1 1 "f" (("x" 1 7 - float32 "_") ("y" 1 9 (float 1 12 0.5) float32 "by")) (
        (assign 2 3 ((tuple 2 3 (name 2 3 "s") (name 2 4 "t'2"))) (tuple 2 7 (int 2 7 -3) (bool 2 8 1)))
        (if 3 3 (compare 3 4 (name 3 4 "x") ("<" (known 3 6 "swift.pi"))) ((break 3 9)) ((pass 4 1)))
        (while 5 1 (or 5 2 (bool 5 2 0) (unary 5 3 "not" (bool 5 4 1))) ((continue 5 5)) ())
        (expr 6 1 (index 6 1 (name 6 1 "x") (slice 0 0 - (int 6 2 1) -) (ellipsis 0 0)))
        (expr 7 1 (call 7 1 (dtype 7 1 int8) ((string 7 2 "a\\"b")) (("k" (none 7 3)))))
        (return 8 1 (scalar 8 2 complex64 7 9))) (float32 bool)))
      """
    for text in [Self.sum, swift] {
      let program = try SourceReader.program(text)
      #expect(try SourceReader.program(SourceWriter.text(program)) == program)
    }
  }
}
