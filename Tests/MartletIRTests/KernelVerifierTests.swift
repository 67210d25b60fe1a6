import Testing

@testable import MartletIR

@Suite struct KernelVerifierTests {
  /// What the verifier says of a kernel; nil when it is well formed.
  private func complaint(_ kernel: Kernel) -> String? {
    do {
      try KernelVerifier.verify(kernel)
      return nil
    } catch {
      guard case .malformedKernel(let name, let detail) = error else { return "\(error)" }
      #expect(name == kernel.name)
      return detail
    }
  }

  private func complaint(_ body: (KernelBuilder) -> Void) -> String? {
    let builder = KernelBuilder(name: "test")
    body(builder)
    return complaint(builder.finish())
  }

  /// A buffer to read, one to write, and the number of their elements.
  private func frame(_ b: KernelBuilder) -> (x: Int, out: Int, count: Expression) {
    let x = b.buffer(.float64, strides: [.unit])
    let out = b.buffer(.float64, strides: [.unit], access: .write)
    return (x, out, b.slotValue(b.slot()))
  }

  // MARK: Well formed

  @Test func acceptsEveryStatement() {
    let found = complaint { b in
      let (x, out, count) = frame(b)
      let flags = b.buffer(.int32, strides: [], access: .readWrite)
      b.tasks { task in
        let sum = b.declare(lanes: 8, initial: b.constant(0, .float64))
        b.loop(.vector, from: b.integer(0), to: count) { i in
          let inner = b.declare(initial: b.load(x, [i]))
          b.loop(from: b.integer(0), to: b.integer(3)) { _ in
            b.assign(inner, b.read(inner) * b.read(inner))
          }
          b.whileLoop {
            b.read(inner) > 10
          } _: {
            b.assign(inner, b.read(inner) / 2)
          }
          b.assign(sum, b.read(sum) + b.read(inner))
        }
        let total = b.fold([sum], lanes: 8) { [$0[0] + $1[0]] }[0]
        b.branch(total > 0) {
          b.store(out, [task], total)
        } else: {
          b.append(
            .atomic(.add, buffer: flags, index: [], value: b.integer(1, .int32).value, old: nil))
        }
      }
    }
    #expect(found == nil)
  }

  @Test func acceptsKernelsOverAGrid() {
    let found = complaint { b in
      let out = b.buffer(.int64, strides: [.unit], access: .write)
      let tile = b.shared(.int64, 4, 8)
      let own = b.local(.int64, 2)
      let (x, y) = (b.grid(.threadX), b.grid(.threadY))
      b.store(tile, [y, x], x)
      b.barrier()
      b.store(own, [b.integer(1)], b.atomicOld(.add, tile, [y, x], y))
      b.atomic(.maximum, tile, [y, x], y)
      b.store(out, [x], b.load(own, [b.integer(1)]))
    }
    #expect(found == nil)
  }

  @Test func kernelsRunOverTasksOrOverAGrid() {
    let features: [(String, (KernelBuilder) -> Void)] = [
      ("a barrier", { $0.barrier() }),
      ("the index blockY", { _ = $0.grid(.blockY) }),
      ("shared memory", { _ = $0.shared(.int8, 3) }),
    ]
    for (name, add) in features {
      let found = complaint { b in
        b.tasks { _ in }
        add(b)
      }
      #expect(found == "It has a loop over tasks and \(name), which only a grid has.")
    }
    let folded = complaint { b in
      let sum = b.declare(lanes: 2, initial: b.integer(0))
      _ = b.fold([sum], lanes: 2) { left, right in
        b.barrier()
        return [left[0] + right[0]]
      }
    }
    #expect(folded == "In `barrier`, a barrier is inside a fold.")
  }

  @Test func acceptsComplexNumbersInParts() {
    let found = complaint { b in
      let z = b.buffer(.complex64, strides: [.unit], access: .readWrite)
      let w = b.slotValue(b.slot(for: .complex64), .complex64)
      let i = b.integer(0)
      b.store(z, [i], b.load(z, [i]) * w / (w + w))
    }
    #expect(found == nil)
  }

  // MARK: Names

  @Test func valuesAreDefinedFirst() {
    let late = complaint { b in
      let (_, out, count) = frame(b)
      b.append(.store(buffer: out, index: [count.value], value: Value(id: 7)))
      for _ in 0..<7 { _ = b.newValue(.float64) }
    }
    #expect(late == "In `b1[v0] = v7`, value v7 is used before it is defined.")
    let unknown = complaint { b in
      let (_, out, count) = frame(b)
      b.append(.store(buffer: out, index: [count.value], value: Value(id: 9)))
    }
    #expect(unknown == "In `b1[v0] = v9`, value v9 has no type.")
  }

  @Test func valuesStayInTheirBlock() {
    let found = complaint { b in
      let (x, out, count) = frame(b)
      var inner: Expression?
      b.loop(from: count, to: count) { inner = b.load(x, [$0]) }
      b.store(out, [count], inner!)
    }
    #expect(found == "In `b1[v0] = v2`, value v2 is used outside the block that defines it.")
  }

  @Test func valuesAreDefinedOnce() {
    let found = complaint { b in
      let value = b.integer(3).value
      b.append(.define(value, .constant(Scalar(Int64(4), .int64))))
    }
    #expect(found == "In `let v0: i64 = 4`, value v0 is defined a second time.")
  }

  @Test func variablesAreDeclaredFirst() {
    let found = complaint { b in
      let one = b.integer(1)
      b.append(.assign(b.newVariable(.int64), one.value))
    }
    #expect(found == "In `x0 = v0`, variable x0 is used before it is declared.")
    let outside = complaint { b in
      let one = b.integer(1)
      var inner: Variable?
      b.branch(one == one) { inner = b.declare(initial: one) }
      b.assign(inner!, one)
    }
    #expect(outside == "In `x0 = v0`, variable x0 is used outside the block that declares it.")
  }

  // MARK: Types

  @Test func operandsHaveTheResultsType() {
    let found = complaint { b in
      let one = b.integer(1, .int32)
      _ = b.define(.binary(.add, one.value, one.value), .int64)
    }
    #expect(
      found == "In `let v1: i64 = v0 + v0`, the first operand v0 is int32, not int64.")
  }

  @Test(arguments: DType.allCases) func operationsHaveTheirTypes(_ dtype: DType) {
    for operation in UnaryOperation.allCases {
      let found = complaint { b in
        let x = b.constant(1, dtype)
        _ = b.define(.unary(operation, x.value), dtype)
      }
      #expect((found == nil) == operation.isDefined(for: dtype), "\(operation) of \(dtype)")
    }
    for operation in BinaryOperation.allCases {
      let found = complaint { b in
        let x = b.constant(1, dtype)
        _ = b.define(.binary(operation, x.value, x.value), dtype)
      }
      #expect((found == nil) == operation.isDefined(for: dtype), "\(operation) of \(dtype)")
    }
    let compared = complaint { b in
      let x = b.constant(1, dtype)
      _ = b.define(.compare(.less, x.value, x.value), .bool)
    }
    #expect((compared == nil) == !dtype.isComplex)
    let fused = complaint { b in
      let x = b.constant(1, dtype).value
      _ = b.define(.fusedMultiplyAdd(x, x, x), dtype)
    }
    #expect((fused == nil) == dtype.isFloating)
  }

  @Test func complexNumbersAreTakenApart() {
    let cast = complaint { b in
      _ = b.define(.cast(b.constant(1, .complex64).value), .float32)
    }
    #expect(cast?.hasSuffix("complex numbers are converted by their parts.") == true)
    let real = complaint { b in _ = b.define(.real(b.constant(1, .float64).value), .float64) }
    #expect(real?.hasSuffix("the operand v0 is float64, not complex.") == true)
    let parts = complaint { b in
      let x = b.constant(1, .float64).value
      _ = b.define(.complex(real: x, imaginary: x), .complex64)
    }
    #expect(parts?.hasSuffix("the real part v0 is float64, not float32.") == true)
  }

  @Test func bitsKeepTheirNumber() {
    let found = complaint { b in
      _ = b.define(.reinterpret(b.constant(1, .float64).value), .int32)
    }
    #expect(found == "In `let v1: i32 = i32.bits(v0)`, the bits of float64 are no int32.")
  }

  @Test func functionsHaveTheirArguments() {
    let count = complaint { b in
      _ = b.define(.call(.pow, [b.constant(1, .float64).value]), .float64)
    }
    #expect(count == "In `let v1: f64 = pow(v0)`, pow takes 2 arguments, not 1.")
    let type = complaint { b in
      _ = b.define(.call(.exp, [b.integer(1).value]), .int64)
    }
    #expect(type?.hasSuffix("exp is not defined for int64.") == true)
  }

  // MARK: Memory

  @Test func buffersAreUsedAsDeclared() {
    let rank = complaint { b in
      let (x, _, count) = frame(b)
      _ = b.load(x, [count, count])
    }
    #expect(rank == "In `let v1: f64 = b0[v0, v0]`, buffer b0 has rank 1, but the index has 2.")
    let read = complaint { b in
      let (_, out, count) = frame(b)
      _ = b.load(out, [count])
    }
    #expect(read?.hasSuffix("buffer b1 is declared for writing only.") == true)
    let write = complaint { b in
      let (x, _, count) = frame(b)
      b.store(x, [count], b.constant(1, .float64))
    }
    #expect(write?.hasSuffix("buffer b0 is declared for reading only.") == true)
    let type = complaint { b in
      let (_, out, count) = frame(b)
      b.store(out, [count], count)
    }
    #expect(type?.hasSuffix("the stored value v0 is int64, not float64.") == true)
    let index = complaint { b in
      let (x, _, _) = frame(b)
      _ = b.load(x, [b.integer(0, .int32)])
    }
    #expect(index?.hasSuffix("the index v1 is int32, not int64.") == true)
    let missing = complaint { b in
      b.append(.store(buffer: 3, index: [], value: b.integer(0).value))
    }
    #expect(missing?.hasSuffix("there is no buffer b3 among 0.") == true)
  }

  @Test func slotsAreThere() {
    let value = complaint { b in
      _ = b.slot()
      _ = b.slotValue(0, .complex128)
    }
    #expect(
      value == "In `let v0: c128 = s0.c128`, slot 1 is used, but the launch table has 1.")
    let stride = complaint { b in _ = b.buffer(.int8, strides: [.slot(2)]) }
    #expect(stride == "Buffer b0 takes a stride from slot 2, but the launch table has 0.")
  }

  @Test func atomicsReadAndWrite() {
    let found = complaint { b in
      let (_, out, count) = frame(b)
      let one = b.constant(1, .float64)
      b.append(.atomic(.add, buffer: out, index: [count.value], value: one.value, old: nil))
    }
    #expect(
      found
        == "In `atomic add(b1[v0], v1)`, buffer b1 must be declared for reading and writing.")
    let type = complaint { b in
      let buffer = b.buffer(.float64, strides: [], access: .readWrite)
      let one = b.constant(1, .float64)
      b.append(.atomic(.xor, buffer: buffer, index: [], value: one.value, old: nil))
    }
    #expect(type?.hasSuffix("atomic xor is not defined for float64.") == true)
  }

  // MARK: Loops

  @Test func vectorLoopsAssignOnlyTheirOwn() {
    let outer = complaint { b in
      let (x, _, count) = frame(b)
      let sum = b.declare(initial: b.constant(0, .float64))
      b.loop(.vector, from: count, to: count) { b.assign(sum, b.load(x, [$0])) }
    }
    #expect(
      outer
        == "In `x0 = v3`, variable x0 is assigned inside a vector loop but declared outside it "
        + "without lanes.")
    let lanes = complaint { b in
      let (_, _, count) = frame(b)
      b.loop(.vector, from: count, to: count) {
        _ = b.declare(lanes: 4, initial: $0)
      }
    }
    #expect(lanes?.hasSuffix("a variable with lanes is declared inside a vector loop.") == true)
  }

  @Test func lanesBelongToVectorLoops() {
    let odd = complaint { b in _ = b.declare(lanes: 6, initial: b.integer(0)) }
    #expect(
      odd == "In `var x0: i64[6 lanes] = v0`, the number of lanes is 6, not a power of two.")
    let read = complaint { b in _ = b.read(b.declare(lanes: 2, initial: b.integer(0))) }
    #expect(read?.hasSuffix("x0 has lanes and is read outside a vector loop.") == true)
    let assigned = complaint { b in
      let zero = b.integer(0)
      b.assign(b.declare(lanes: 2, initial: zero), zero)
    }
    #expect(assigned?.hasSuffix("x0 has lanes and is assigned outside a vector loop.") == true)
  }

  @Test func vectorLoopsDoNotNest() {
    let nested = complaint { b in
      let zero = b.integer(0)
      b.loop(.vector, from: zero, to: zero) { _ in
        b.loop(from: zero, to: zero) { _ in b.loop(.vector, from: zero, to: zero) { _ in } }
      }
    }
    #expect(
      nested == "In `vector for i3 in v0 ..< v0 { … }`, a vector loop is inside another.")
    let barrier = complaint { b in
      let zero = b.integer(0)
      b.loop(.vector, from: zero, to: zero) { _ in b.append(.barrier) }
    }
    #expect(barrier == "In `barrier`, a barrier is inside a vector loop.")
  }

  @Test func thereIsOneOutermostLoopOverTasks() {
    let two = complaint { b in
      b.tasks { _ in }
      b.tasks { _ in }
    }
    #expect(two == "In `for i2 in tasks { … }`, there is a second loop over tasks.")
    let inner = complaint { b in
      let zero = b.integer(0)
      b.loop(from: zero, to: zero) { _ in b.tasks { _ in } }
    }
    #expect(inner?.hasSuffix("the loop over tasks is inside another statement.") == true)
  }

  @Test func boundsAndConditionsHaveTheirTypes() {
    let bound = complaint { b in
      let zero = b.constant(0, .float64)
      b.loop(from: zero, to: zero) { _ in }
    }
    #expect(bound?.hasSuffix("the lower bound v0 is float64, not int64.") == true)
    let condition = complaint { b in b.branch(b.integer(1)) {} }
    #expect(condition == "In `if v0 { … }`, the condition v0 is int64, not bool.")
    let test = complaint { b in
      b.whileLoop {
        b.integer(1)
      } _: {
      }
    }
    #expect(test == "In `while { … }`, the test v0 is int64, not bool.")
  }

  // MARK: Folds

  @Test func foldsFitTheirVariables() {
    let lanes = complaint { b in
      let sum = b.declare(lanes: 4, initial: b.integer(0))
      _ = b.fold([sum], lanes: 8) { [$0[0] + $1[0]] }
    }
    #expect(
      lanes
        == "In `let v4: i64 = fold(8 lanes of x0) { (v1), (v2) in … }`, variable x0 has 4 lanes, "
        + "not 8.")
    let type = complaint { b in
      let sum = b.declare(lanes: 4, initial: b.integer(0))
      _ = b.fold([sum], lanes: 4) { sides, _ in [sides[0] == 1] }
    }
    #expect(type?.hasSuffix("the combined value v4 is bool, not int64.") == true)
    let count = complaint { b in
      let sum = b.declare(lanes: 4, initial: b.integer(0))
      _ = b.fold([sum], lanes: 4) { _, _ in [] }
    }
    #expect(
      count?.hasSuffix("every variable needs a left, a right and a combined value and a result.")
        == true)
  }
}
