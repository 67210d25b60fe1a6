import MartletCodegen
import MartletIR
import Testing

/// What the text of a kernel looks like; `MartletRuntimeTests` runs kernels.
@Suite struct LLVMEmitterTextTests {
  let target = TargetDescription(
    triple: "x86_64-pc-linux-gnu", processor: "znver4", features: "+avx,+avx512f,+f16c",
    dataLayout: "", llvmVersion: 19)

  private func kernel(
    _ type: DType, strides: [Stride] = [.unit], name: String = "k",
    _ body: (KernelBuilder, Expression) -> Expression
  ) -> Kernel {
    let builder = KernelBuilder(name: name)
    let x = builder.buffer(type, strides: strides)
    let count = builder.slotValue(builder.slot())
    _ = builder.slot()
    var outs: [(Int, Expression, Expression)] = []
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      let result = body(builder, builder.load(x, [i]))
      outs.append((builder.buffer(result.dtype, strides: [.unit], access: .write), i, result))
      builder.store(outs[0].0, [i], result)
    }
    return builder.finish()
  }

  @Test func isTheSameEveryTime() throws {
    let one = try LLVMEmitter.emit(kernel(.float64) { ($1 * $1).squareRoot }, target: target)
    let two = try LLVMEmitter.emit(kernel(.float64) { ($1 * $1).squareRoot }, target: target)
    #expect(one == two)
  }

  /// LLVM is told which buffers lie apart, and of no others.
  @Test func saysWhichBuffersLieApart() throws {
    let builder = KernelBuilder(name: "k")
    let buffers = (0..<3).map { _ in
      builder.buffer(.float64, strides: [.unit], access: .readWrite)
    }
    builder.loop(from: builder.integer(0), to: builder.slotValue(builder.slot())) { i in
      builder.store(buffers[2], [i], builder.load(buffers[0], [i]) + builder.load(buffers[1], [i]))
    }
    var kernel = builder.finish()
    #expect(try !LLVMEmitter.emit(kernel, target: target).contains("!noalias"))
    for buffer in [0, 2] { kernel.buffers[buffer].isSeparate = true }
    let lines = try LLVMEmitter.emit(kernel, target: target).split(separator: "\n")
    let marked = lines.filter { $0.contains("!alias.scope") && $0.contains("!noalias") }
    #expect(marked.count == 2)
    #expect(marked.contains { $0.contains("load double") })
    #expect(marked.contains { $0.contains("store double") })
  }

  /// A function of the C library is called for each lane, and means nothing to LLVM.
  @Test func callsTheSystemAsItStands() throws {
    let kernel = kernel(.float64) { builder, x in
      builder.define(.system(.pow, [x.value, x.literal(2).value]), .float64)
    }
    let text = try LLVMEmitter.emit(kernel, target: target)
    #expect(text.contains("declare double @pow(double, double)"))
    #expect(text.contains("attributes #2 = { nobuiltin"))
    let calls = text.split(separator: "\n").filter { $0.contains("call double @pow(") }
    #expect(calls.count >= 8)
    #expect(calls.allSatisfy { $0.hasSuffix("#2") })
    guard case .unsupported("k", let text) = refusal({ try Interpreter(kernel) }) else {
      Issue.record("the interpreter took it")
      return
    }
    #expect(text.contains("the C library's pow needs LLVM"))
  }

  private func refusal(_ body: () throws -> Any) -> MartletError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? MartletError
    }
  }

  @Test func fillsTheVectorsOfTheTarget() throws {
    let byType: [(DType, String)] = [
      (.float64, "<8 x double>"), (.float32, "<16 x float>"), (.float16, "<16 x i16>"),
      (.uint8, "<64 x i8>"), (.bool, "<64 x i8>"), (.complex128, "<16 x double>"),
    ]
    for (type, vector) in byType {
      let text = try LLVMEmitter.emit(kernel(type) { $1 }, target: target)
      #expect(text.contains("load \(vector), ptr"), "\(type)")
      #expect(text.contains("store \(vector)"), "\(type)")
      #expect(text.contains("llvm.masked.load.v"), "\(type)")
    }
  }

  @Test func namesAreQuoted() throws {
    let text = try LLVMEmitter.emit(kernel(.int8, name: "a \"b\"\n") { $1 }, target: target)
    #expect(text.contains("define void @\"a\\20\\22b\\22\\0a\"(ptr"))
  }

  @Test func neverAllowsInexactArithmetic() throws {
    let text = try LLVMEmitter.emit(kernel(.float64) { $1 * $1 + $1 }, target: target)
    for flag in [" fast ", " contract ", " reassoc ", " nnan ", "llvm.fma"] {
      #expect(!text.contains(flag))
    }
  }

  @Test func refusesCallsThatAreLeft() {
    let calling = kernel(.float64) { $1.call(.exp) }
    #expect {
      try LLVMEmitter.emit(calling, target: target)
    } throws: { error in
      guard case MartletError.malformedKernel("k", let detail) = error else { return false }
      return detail.contains("exp")
    }
  }

  @Test func refusesWhatOnlyAGridHas() {
    let builder = KernelBuilder(name: "grid")
    _ = builder.define(.grid(.threadX), .int64)
    #expect(throws: MartletError.self) {
      try LLVMEmitter.emit(builder.finish(), target: target)
    }
    let meeting = KernelBuilder(name: "meeting")
    meeting.append(.barrier)
    #expect(throws: MartletError.self) {
      try LLVMEmitter.emit(meeting.finish(), target: target)
    }
  }

  @Test func refusesAnOuterVariableWithoutLanes() {
    let builder = KernelBuilder(name: "sum")
    let x = builder.buffer(.float64, strides: [.unit])
    let total = builder.declare(initial: builder.constant(0, .float64))
    builder.loop(.vector, from: builder.integer(0), to: builder.slotValue(builder.slot())) { i in
      builder.assign(total, builder.read(total) + builder.load(x, [i]))
    }
    #expect {
      try LLVMEmitter.emit(builder.finish(), target: target)
    } throws: { error in
      guard case MartletError.malformedKernel("sum", let detail) = error else { return false }
      return detail.contains("no lanes")
    }
  }
}
