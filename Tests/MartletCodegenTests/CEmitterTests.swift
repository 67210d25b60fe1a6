import MartletCodegen
import MartletIR
import Testing

/// What the text of a kernel in C looks like; `CDifferentialTests` runs kernels on a device.
@Suite struct CEmitterTests {
  /// `out[i] = body(in[i]...)` as a vector loop of one task.
  private func kernel(
    _ inputs: [DType], name: String = "k", _ body: ([Expression]) -> Expression
  ) -> Kernel {
    let builder = KernelBuilder(name: name)
    let buffers = inputs.map { builder.buffer($0, strides: [.unit]) }
    let count = builder.slotValue(builder.slot())
    builder.tasks { _ in
      builder.loop(.vector, from: builder.integer(0), to: count) { i in
        let result = body(buffers.map { builder.load($0, [i]) })
        builder.store(
          builder.buffer(result.dtype, strides: [.unit], access: .write), [i], result)
      }
    }
    return builder.finish()
  }

  private func texts(_ kernel: Kernel) throws -> (openCL: String, cuda: String) {
    (
      try CEmitter.emit(kernel, dialect: .openCL).text,
      try CEmitter.emit(kernel, dialect: .cuda).text
    )
  }

  private func detail(_ kernel: Kernel, _ dialect: CDialect = .cuda) -> MartletError? {
    do throws(MartletError) {
      _ = try CEmitter.emit(kernel, dialect: dialect)
      return nil
    } catch {
      return error
    }
  }

  @Test func isTheSameEveryTime() throws {
    for dialect in [CDialect.openCL, .cuda] {
      let one = try CEmitter.emit(
        kernel([.float16, .complex128]) { $0[0].cast(to: .complex128) * $0[1] }, dialect: dialect)
      let two = try CEmitter.emit(
        kernel([.float16, .complex128]) { $0[0].cast(to: .complex128) * $0[1] }, dialect: dialect)
      #expect(one == two)
    }
  }

  @Test func hasThePromisedParameters() throws {
    let kernel = kernel([.float32, .int8]) { $0[0] + $0[1].cast(to: .float32) }
    let source = try CEmitter.emit(kernel, dialect: .openCL)
    #expect(source.entry == "kernel_k")
    #expect(source.bufferCount == 3)
    #expect(source.slotCount == 1)
    #expect(!source.isGrid)
    #expect(
      source.text.contains(
        "void kernel_k(global uchar *b0, long o0, global uchar *b1, long o1, global uchar *b2, "
          + "long o2, Slots slots, long tasks) {"))
    #expect(source.text.contains("typedef struct { i64 v[1]; } Slots;"))
    #expect(source.text.contains("reqd_work_group_size(128, 1, 1)"))
    let cuda = try CEmitter.emit(kernel, dialect: .cuda)
    #expect(
      cuda.text.contains(
        "kernel_k(unsigned char *b0, unsigned char *b1, unsigned char *b2, Slots slots, "
          + "long long tasks) {"))
    #expect(cuda.text.contains("extern \"C\" __global__ void __launch_bounds__(128) kernel_k("))
    #expect(cuda.threadsPerBlock == 128)
  }

  @Test func entriesAreIdentifiers() throws {
    let source = try CEmitter.emit(
      kernel([.int8], name: "a-\"b\"é\n4") { $0[0] }, dialect: .openCL)
    #expect(source.entry == "kernel_a__b___4")
    #expect(source.text.contains("void kernel_a__b___4("))
  }

  @Test func neverAllowsInexactArithmetic() throws {
    let (openCL, cuda) = try texts(kernel([.float32]) { $0[0] * $0[0] + $0[0] })
    #expect(openCL.contains("#pragma OPENCL FP_CONTRACT OFF"))
    for text in [openCL, cuda] {
      #expect(!text.contains("fma"))
      #expect(!text.contains("native_"))
    }
    let fused = try texts(kernel([.float32]) { $0[0].fused($0[0], plus: $0[0]) })
    #expect(fused.openCL.contains(" fma(v"))
    #expect(fused.cuda.contains(" fmaf(v"))
  }

  @Test func doublesAreEnabledWhereTheyAreUsed() throws {
    let pragma = "#pragma OPENCL EXTENSION cl_khr_fp64 : enable"
    #expect(!(try texts(kernel([.float32]) { $0[0] + $0[0] }).openCL.contains(pragma)))
    #expect(!(try texts(kernel([.float16]) { $0[0] / $0[0] }).openCL.contains(pragma)))
    #expect(try texts(kernel([.complex128]) { $0[0] }).openCL.contains(pragma))
    #expect(try texts(kernel([.float32]) { $0[0].cast(to: .float64) }).openCL.contains(pragma))
  }

  @Test func onlyUsedHelpersAreThere() throws {
    let (plain, _) = try texts(kernel([.int32]) { $0[0] + $0[0] })
    #expect(!plain.contains("inline"))
    #expect(!plain.contains("#define"))
    let (half, _) = try texts(kernel([.float16]) { $0[0] + $0[0] })
    #expect(half.contains("u16 f32_to_f16(f32 x)"))
    #expect(half.contains("f32 f16_to_f32(u16 bits)"))
    #expect(!half.contains("bf16"))
    #expect(!half.contains("half "))
  }

  @Test func integersWrap() throws {
    let (openCL, _) = try texts(kernel([.int8]) { -($0[0] * $0[0]) })
    #expect(openCL.contains("(i8)((u32)v"))
    #expect(openCL.contains("(i8)(0 - (u32)v"))
    let (long, _) = try texts(kernel([.int64]) { $0[0] + $0[0] })
    #expect(long.contains("(i64)((u64)v"))
  }

  @Test(arguments: [
    (Scalar(0.1, .float64), "0x1.999999999999ap-4"),
    (Scalar(-0.0, .float64), "-0x0p0"),
    (Scalar(1.0, .float32), "0x1p0f"),
    (Scalar(dtype: .float64, low: 1), "0x0.0000000000001p-1022"),
    (Scalar(dtype: .float64, low: 0xfff8_0000_0000_0123), "FLOAT64(0xfff8000000000123)"),
    (Scalar(-.infinity, .float32), "FLOAT32(0xff800000u)"),
    (Scalar(1.0, .bfloat16), "0x3f80"),
    (Scalar(Int64.min, .int64), "(i64)0x8000000000000000"),
    (Scalar(Int64(-7), .int16), "-7"),
    (Scalar(dtype: .uint32, low: 0xffff_ffff), "(u32)0xffffffff"),
    (Scalar(dtype: .bool, low: 1), "1"),
    (Scalar(real: 1.5, imaginary: -2, .complex64), "{0x1.8p0f, -0x1p1f}"),
  ]) func constantsKeepTheirBits(_ scalar: Scalar, _ text: String) throws {
    let (openCL, cuda) = try texts(kernel([.bool]) { $0[0].builder.constant(scalar) })
    #expect(openCL.contains(" = \(text);"))
    #expect(cuda.contains(" = \(text);"))
  }

  @Test func slotsAreReadInTheirTypes() throws {
    let builder = KernelBuilder(name: "slots")
    for dtype in [DType.bool, .int8, .float16, .float32, .float64, .complex64] {
      let out = builder.buffer(dtype, strides: [], access: .write)
      builder.store(out, [], builder.slotValue(builder.slot(for: dtype), dtype))
    }
    let source = try CEmitter.emit(builder.finish(), dialect: .cuda)
    #expect(source.slotCount == 7)
    for text in [
      "const u8 v0 = slots.v[0] != 0;", "const i8 v1 = (i8)slots.v[1];",
      "const u16 v2 = (u16)slots.v[2];", "const f32 v3 = FLOAT32((u32)slots.v[3]);",
      "const f64 v4 = FLOAT64(slots.v[4]);",
      "const c64 v5 = {FLOAT32((u32)slots.v[5]), FLOAT32((u32)slots.v[6])};",
    ] {
      #expect(source.text.contains(text))
    }
  }

  @Test func stridesBecomeIndices() throws {
    let builder = KernelBuilder(name: "strides")
    _ = builder.slot()
    let x = builder.buffer(.int32, strides: [.slot(0), .constant(0), .constant(-3), .unit])
    let i = builder.integer(9)
    builder.store(
      builder.buffer(.int32, strides: [], access: .write), [], builder.load(x, [i, i, i, i]))
    let source = try CEmitter.emit(builder.finish(), dialect: .openCL)
    #expect(source.text.contains("p0[v0 * slots.v[0] + v0 * -3 + v0]"))
    #expect(source.text.contains("p1[0] = v1;"))
  }

  // MARK: Errors

  @Test func refusesCallsThatAreLeft() {
    guard case .internalError("k", let text) = detail(kernel([.float64]) { $0[0].call(.exp) })
    else {
      Issue.record("the call went through")
      return
    }
    #expect(text.contains("exp"))
  }

  @Test func refusesMalformedKernels() {
    let builder = KernelBuilder(name: "broken")
    builder.append(.store(buffer: 3, index: [], value: builder.integer(1).value))
    guard case .malformedKernel("broken", _) = detail(builder.finish()) else {
      Issue.record("the kernel went through")
      return
    }
  }

  @Test(arguments: [DType.int8, .uint16, .float16, .bfloat16])
  func refusesAtomicsThatTheDialectsLack(_ dtype: DType) {
    let builder = KernelBuilder(name: "atomic")
    let x = builder.buffer(dtype, strides: [], access: .readWrite)
    let one = builder.integer(1, dtype)
    builder.append(.atomic(.add, buffer: x, index: [], value: one.value, old: nil))
    guard case .unsupported("atomic", let text) = detail(builder.finish(), .openCL) else {
      Issue.record("the atomic went through")
      return
    }
    #expect(text.contains("atomic add on \(dtype)"))
  }

  // MARK: Atomics

  @Test func atomicsAreTheDialects() throws {
    func atomic(_ operation: AtomicOperation, _ dtype: DType) throws -> (
      openCL: String, cuda: String
    ) {
      let builder = KernelBuilder(name: "atomic")
      let x = builder.buffer(dtype, strides: [], access: .readWrite)
      let one = builder.integer(1, dtype)
      builder.append(.atomic(operation, buffer: x, index: [], value: one.value, old: nil))
      return try texts(builder.finish())
    }
    let word = try atomic(.add, .int32)
    #expect(word.openCL.contains("(void)(i32)atomic_add((volatile global u32 *)&p0[0], (u32)v0);"))
    #expect(word.cuda.contains("(void)(i32)atomicAdd((u32 *)&p0[0], (u32)v0);"))
    let long = try atomic(.maximum, .int64)
    #expect(long.openCL.contains("cl_khr_int64_extended_atomics : enable"))
    #expect(long.openCL.contains("atom_max((volatile global i64 *)&p0[0], (i64)v0);"))
    #expect(long.cuda.contains("atomicMax((i64 *)&p0[0], (i64)v0);"))
    #expect(try atomic(.subtract, .uint64).cuda.contains("atomicAdd((u64 *)&p0[0], 0 - (u64)v0);"))
    // Floats go through their bits; CUDA's own addition loses subnormal numbers.
    let float = try atomic(.add, .float32)
    #expect(float.openCL.contains("atomic_cmpxchg(place, seen, BITS32(next))"))
    #expect(float.cuda.contains("atomicCAS(place, seen, BITS32(next))"))
    #expect(float.cuda.contains("atomic_add_f32_global(&p0[0], v0);"))
    let double = try atomic(.minimum, .float64)
    #expect(double.openCL.contains("cl_khr_int64_base_atomics : enable"))
    #expect(double.cuda.contains("value < old ? value : old"))
  }

  // MARK: Grids

  /// Each block sums its elements in shared memory.
  private func gridKernel() -> Kernel {
    let builder = KernelBuilder(name: "blocks")
    let x = builder.buffer(.float32, strides: [.unit])
    let shared = builder.buffer(.float32, strides: [.unit], access: .readWrite)
    let own = builder.buffer(.int64, strides: [.unit], access: .readWrite)
    let out = builder.buffer(.float32, strides: [.unit], access: .readWrite)
    let thread = builder.define(.grid(.threadX), .int64)
    let block = builder.define(.grid(.blockX), .int64)
    let size = builder.define(.grid(.blockSizeX), .int64)
    builder.store(own, [builder.integer(1)], block * size + thread)
    builder.store(
      shared, [thread], builder.load(x, [builder.load(own, [builder.integer(1)])]))
    builder.append(.barrier)
    let sum = builder.load(shared, [thread ^ builder.integer(1)]) + builder.load(shared, [thread])
    builder.append(
      .atomic(.add, buffer: out, index: [block.value], value: sum.value, old: nil))
    builder.append(
      .atomic(.add, buffer: shared, index: [thread.value], value: sum.value, old: nil))
    var kernel = builder.finish()
    kernel.buffers[shared].space = .shared(count: 64)
    kernel.buffers[own].space = .local(count: 2)
    return kernel
  }

  @Test func gridsPlaceTheirThreadsThemselves() throws {
    let kernel = gridKernel()
    let openCL = try CEmitter.emit(kernel, dialect: .openCL)
    #expect(openCL.isGrid)
    #expect(openCL.bufferCount == 2)
    #expect(openCL.text.contains("void kernel_blocks(global uchar *b0, long o0, global uchar *b3"))
    for text in [
      "  local f32 p1[64];\n", "  i64 p2[2];\n", "(i64)get_local_id(0);", "(i64)get_group_id(0);",
      "(i64)get_local_size(0);", "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);",
      "atomic_add_f32_shared(&p1[", "volatile local u32 *place",
    ] {
      #expect(openCL.text.contains(text), "\(text)")
    }
    #expect(!openCL.text.contains("reqd_work_group_size"))
    #expect(!openCL.text.contains("if (thread == 0)"))
    let cuda = try CEmitter.emit(kernel, dialect: .cuda).text
    for text in [
      "  __shared__ f32 p1[64];\n", "(i64)threadIdx.x;", "(i64)blockIdx.x;", "(i64)blockDim.x;",
      "__syncthreads();",
    ] {
      #expect(cuda.contains(text), "\(text)")
    }
  }
}
