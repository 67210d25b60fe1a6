import Testing

@testable import MartletIR

@Suite struct KernelEncodingTests {
  /// `out[i] = a[i] * factor + a[i]` with everything that tells one such kernel from another.
  private func kernel(
    name: String = "test", _ dtype: DType = .float64, stride: Stride = .unit, factor: Double = 2,
    access: BufferParameter.Access = .write, kind: Loop.Kind = .vector, isStreamed: Bool = false,
    function: MathFunction? = nil, subtracts: Bool = false, position: SourcePosition? = nil
  ) -> Kernel {
    let b = KernelBuilder(name: name)
    let a = b.buffer(dtype, strides: [stride])
    let out = b.buffer(dtype, strides: [.unit], access: access, isStreamed: isStreamed)
    let count = b.slotValue(b.slot())
    _ = b.slot()
    b.loop(kind, from: b.integer(0), to: count) { i in
      let element = b.load(a, [i])
      let product = element * b.constant(factor, dtype)
      let value = subtracts ? product - element : product + element
      b.store(out, [i], function.map { value.call($0) } ?? value)
    }
    var kernel = b.finish()
    if let position { kernel.body.insert(.location(position), at: 0) }
    return kernel
  }

  @Test func isTheSameForTheSameKernel() {
    #expect(kernel().encoded == kernel().encoded)
  }

  @Test func differsWhereKernelsDiffer() {
    var relaxed = kernel()
    relaxed.relaxed = [Value(id: 3)]
    var moreSlots = kernel()
    moreSlots.slotCount += 1
    var moreTypes = kernel()
    moreTypes.valueTypes.append(.bool)
    let kernels = [
      kernel(), kernel(.float32), kernel(stride: .broadcast), kernel(stride: .slot(1)),
      kernel(stride: .constant(-1)), kernel(factor: 3), kernel(factor: -2),
      kernel(access: .readWrite), kernel(kind: .serial), kernel(isStreamed: true),
      kernel(function: .exp), kernel(function: .exp2), kernel(subtracts: true), relaxed, moreSlots,
      moreTypes,
    ]
    #expect(Set(kernels.map(\.encoded)).count == kernels.count)
  }

  @Test func doesNotDependOnNamesAndPlaces() {
    #expect(kernel(name: "other").encoded == kernel().encoded)
    let here = kernel(position: SourcePosition(line: 1, column: 2))
    #expect(here.encoded == kernel(position: SourcePosition(line: 3, column: 4)).encoded)
  }

  /// Numbers whose lengths could run into each other.
  @Test func keepsNumbersApart() {
    let numbers = [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, .max, .min]
    let encodings = numbers.map { kernel(stride: .constant($0)).encoded }
    #expect(Set(encodings).count == numbers.count)
  }

  @Test func knowsEveryStatementOfControl() {
    func build(_ body: (KernelBuilder, Variable, Expression) -> Void) -> [UInt8] {
      let b = KernelBuilder(name: "test")
      let x = b.declare(initial: b.constant(1, .float64))
      body(b, x, b.read(x))
      return b.finish().encoded
    }
    let encodings = [
      build { _, _, _ in },
      build { b, x, value in b.assign(x, value + 1) },
      build { b, x, value in b.branch(value > 1) { b.assign(x, value + 1) } },
      build { b, x, value in b.branch(value > 1, then: {}, else: { b.assign(x, value + 1) }) },
      build { b, x, _ in b.whileLoop({ b.read(x) < 10 }, { b.assign(x, b.read(x) + 1) }) },
    ]
    #expect(Set(encodings).count == encodings.count)
  }

  /// A new case of an enumeration does not compile before it is encoded; a new field would be
  /// forgotten. Whoever adds one encodes it, then names it here.
  @Test func knowsEveryField() {
    func fields(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
    let kernel = kernel()
    #expect(
      fields(kernel) == [
        "name", "buffers", "slotCount", "valueTypes", "variableTypes", "body", "relaxed",
        "watchSlot",
      ])
    #expect(
      fields(kernel.buffers[0]) == [
        "dtype", "strides", "access", "space", "isStreamed", "isSeparate", "name", "alignment",
      ])
    for case .loop(let loop) in kernel.body {
      #expect(fields(loop) == ["index", "lower", "upper", "kind", "body"])
    }
    let fold = Fold(
      variables: [], lanes: 1, left: [], right: [], body: [], combined: [], results: [])
    #expect(
      fields(fold) == ["variables", "lanes", "left", "right", "body", "combined", "results"])
    #expect(fields(Scalar(Int64(0), .int64)) == ["dtype", "low", "high"])
  }
}
