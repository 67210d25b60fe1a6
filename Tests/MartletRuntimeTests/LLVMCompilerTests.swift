import CMartlet
import MartletIR
import Testing

@testable import MartletRuntime

/// `y[i] = a * x[i] + y[i]`, eight at a time, then the rest.
let axpyText = """
  define double @step(double %a, double %x, double %y) alwaysinline {
    %p = fmul double %a, %x
    %s = fadd double %p, %y
    ret double %s
  }
  define void @axpy(ptr %buffers, ptr %integers, i64 %begin, i64 %end) nounwind {
  entry:
    %x = load ptr, ptr %buffers
    %slot = getelementptr ptr, ptr %buffers, i64 1
    %y = load ptr, ptr %slot
    %a = load double, ptr %integers
    %a0 = insertelement <8 x double> poison, double %a, i64 0
    %as = shufflevector <8 x double> %a0, <8 x double> poison, <8 x i32> zeroinitializer
    br label %head
  head:
    %i = phi i64 [ %begin, %entry ], [ %next, %body ]
    %next = add i64 %i, 8
    %fits = icmp sle i64 %next, %end
    br i1 %fits, label %body, label %tail
  body:
    %px = getelementptr double, ptr %x, i64 %i
    %py = getelementptr double, ptr %y, i64 %i
    %vx = load <8 x double>, ptr %px, align 8
    %vy = load <8 x double>, ptr %py, align 8
    %vp = fmul <8 x double> %as, %vx
    %vs = fadd <8 x double> %vp, %vy
    store <8 x double> %vs, ptr %py, align 8
    br label %head
  tail:
    %j = phi i64 [ %i, %head ], [ %jnext, %rest ]
    %more = icmp slt i64 %j, %end
    br i1 %more, label %rest, label %done
  rest:
    %qx = getelementptr double, ptr %x, i64 %j
    %qy = getelementptr double, ptr %y, i64 %j
    %sx = load double, ptr %qx
    %sy = load double, ptr %qy
    %ss = call double @step(double %a, double %sx, double %sy)
    store double %ss, ptr %qy
    %jnext = add i64 %j, 1
    br label %tail
  done:
    ret void
  }
  """

@Suite struct LLVMCompilerTests {
  @Test func describesTheHost() throws {
    let target = try LLVMCompiler.shared().target
    #expect(target.triple.contains("linux"))
    #expect(!target.processor.isEmpty)
    #expect(target.dataLayout.contains("e-"))
    #expect([16, 32, 64].contains(target.vectorBytes))
    #expect(target.llvmVersion >= 15)
  }

  @Test func runsAVectorLoopWithItsTail() throws {
    let cache = KernelCache(disk: DiskCache(directory: nil))
    let function = try cache.function(text: axpyText, symbol: "axpy")
    var x = (0..<29).map(Double.init)
    var y = [Double](repeating: 1, count: 29)
    let slots = [Int64(bitPattern: (0.5).bitPattern)]
    x.withUnsafeMutableBytes { x in
      y.withUnsafeMutableBytes { y in
        martlet_call_kernel(function, [x.baseAddress, y.baseAddress], slots, 0, 29)
      }
    }
    #expect(y == (0..<29).map { Double($0) * 0.5 + 1 })
    #expect(cache.statistics == .init(memory: 0, disk: 0, compiled: 1))
    #expect(try cache.function(text: axpyText, symbol: "axpy") == function)
    #expect(cache.statistics.memory == 1)
  }

  @Test func neverContractsAMultiplyAndAnAdd() throws {
    let text = try LLVMCompiler.shared().assembly(of: axpyText)
    #expect(text.contains("mul"))
    #expect(!text.contains("vfmadd"))
  }

  @Test func inlinesHelpers() throws {
    let text = try LLVMCompiler.shared().optimised(axpyText)
    #expect(!text.contains("call double @step"))
  }

  @Test func reportsWhatDoesNotParse() throws {
    let compiler = try LLVMCompiler.shared()
    #expect {
      try compiler.object(from: "define voyd @f()", symbol: "f", export: "f")
    } throws: { error in
      guard case MartletError.compilation(kernel: "f", let detail) = error else { return false }
      return detail.contains("expected type")
    }
  }

  @Test func reportsWhatDoesNotVerify() throws {
    let compiler = try LLVMCompiler.shared()
    let text = """
      define i64 @f(i1 %c) {
        br i1 %c, label %a, label %b
      a:
        %x = add i64 1, 2
        br label %b
      b:
        ret i64 %x
      }
      """
    #expect(throws: MartletError.self) {
      try compiler.object(from: text, symbol: "f", export: "f")
    }
  }

  @Test func reportsAMissingFunction() throws {
    let compiler = try LLVMCompiler.shared()
    #expect(
      throws: MartletError.compilation(
        kernel: "g", detail: "The text defines no function @g.")
    ) {
      try compiler.object(from: "define void @f() {\n ret void\n}", symbol: "g", export: "g")
    }
  }

  @Test func callsTheProcess() throws {
    let cache = KernelCache(disk: DiskCache(directory: nil))
    let text = """
      declare ptr @memcpy(ptr, ptr, i64)
      define void @copy(ptr %buffers, ptr %integers, i64 %begin, i64 %end) {
        %to = load ptr, ptr %buffers
        %slot = getelementptr ptr, ptr %buffers, i64 1
        %from = load ptr, ptr %slot
        %r = call ptr @memcpy(ptr %to, ptr %from, i64 %end)
        ret void
      }
      """
    let function = try cache.function(text: text, symbol: "copy")
    var to: UInt32 = 0
    var from: UInt32 = 0x0102_0304
    withUnsafeMutablePointer(to: &to) { to in
      withUnsafeMutablePointer(to: &from) { from in
        martlet_call_kernel(
          function, [UnsafeMutableRawPointer(to), UnsafeMutableRawPointer(from)], nil, 0, 4)
      }
    }
    #expect(to == 0x0102_0304)
  }

  @Test func compilesFromManyThreadsAtOnce() async throws {
    let cache = KernelCache(disk: DiskCache(directory: nil))
    let found = try await withThrowingTaskGroup(of: UnsafeRawPointerBox.self) { group in
      for i in 0..<24 {
        group.addTask {
          let text = """
            define void @f(ptr %b, ptr %i, i64 %begin, i64 %end) {
              store i64 \(i % 6), ptr %i
              ret void
            }
            """
          return UnsafeRawPointerBox(
            number: i % 6, pointer: try cache.function(text: text, symbol: "f"))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(cache.statistics.compiled == 6)
    for one in found {
      var out: Int64 = -1
      martlet_call_kernel(one.pointer, nil, &out, 0, 0)
      #expect(out == Int64(one.number))
    }
  }
}

struct UnsafeRawPointerBox: @unchecked Sendable {
  // Unchecked: the code it points to never changes.
  let number: Int
  let pointer: UnsafeRawPointer
}
