import Testing

@testable import MartletIR

@Suite struct KernelPrinterTests {
  private func text(_ name: String = "test", _ body: (KernelBuilder) -> Void) throws -> String {
    let builder = KernelBuilder(name: name)
    body(builder)
    let kernel = builder.finish()
    try KernelVerifier.verify(kernel)
    return kernel.description
  }

  /// The expression that `body` gives, of two float64 values `x0` and `x1`.
  private func expression(_ body: (Expression, Expression) -> Expression) throws -> String {
    let all = try text { b in
      let x = b.declare(initial: b.constant(1, .float64))
      let y = b.declare(initial: b.constant(2, .float64))
      let result = body(b.read(x), b.read(y))
      _ = b.declare(initial: result)
    }
    let line = try #require(all.split(separator: "\n").dropLast().last)
    return String(line.drop { $0 != "=" }.dropFirst(2))
  }

  @Test func elementwise() throws {
    let found = try text("multiply_add") { b in
      let a = b.buffer(.float64, strides: [.unit])
      let c = b.buffer(.float64, strides: [.slot(1)])
      let out = b.buffer(.float64, strides: [.unit], access: .write)
      let count = b.slotValue(b.slot())
      _ = b.slot()
      b.tasks { task in
        let low = task * 1024
        let end = low + 1024
        b.loop(.vector, from: low, to: (end < count).select(end, count)) { i in
          b.store(out, [i], b.load(a, [i]) * 2 + b.load(c, [i]))
        }
      }
    }
    #expect(
      found == """
        kernel multiply_add(b0: f64[1], b1: f64[s1], b2: write f64[1]; 2 slots) {
          for i2 in tasks {
            let v4: i64 = i2 * 1024
            let v5: i64 = v4 + 1024
            vector for i8 in v4 ..< (v5 < s0 ? v5 : s0) {
              b2[i8] = b0[i8] * 2.0 + b1[i8]
            }
          }
        }

        """)
  }

  @Test func reduction() throws {
    let found = try text("sum") { b in
      let x = b.buffer(.float32, strides: [.constant(-1)])
      let out = b.buffer(.float32, strides: [], access: .write)
      let sum = b.declare(lanes: 16, initial: b.constant(0, .float32))
      b.loop(.vector, from: b.integer(0), to: b.slotValue(b.slot())) { i in
        b.assign(sum, b.read(sum) + b.load(x, [i]))
      }
      b.store(out, [], b.fold([sum], lanes: 16) { [$0[0] + $1[0]] }[0])
    }
    #expect(
      found == """
        kernel sum(b0: f32[-1], b1: write f32[]; 1 slot) {
          var x0: f32[16 lanes] = 0.0
          vector for i3 in 0 ..< s0 {
            x0 = x0 + b0[i3]
          }
          let v10: f32 = fold(16 lanes of x0) { (v7), (v8) in
            v7 + v8
          }
          b1[] = v10
        }

        """)
  }

  @Test func controlFlow() throws {
    let found = try text("search") { b in
      let x = b.buffer(.int32, strides: [.unit], access: .readWrite)
      let i = b.declare(initial: b.integer(0))
      b.whileLoop {
        (b.read(i) < 10) & (b.load(x, [b.read(i)]) != 0)
      } _: {
        b.assign(i, b.read(i) + 1)
      }
      b.whileLoop {
        b.assign(i, b.read(i) - 1)
        return b.read(i) > 0
      } _: {
      }
      b.branch(b.read(i) == 0) {
        b.append(.barrier)
      } else: {
        let old = b.newValue(.int32)
        b.append(
          .atomic(
            .maximum, buffer: x, index: [b.integer(0).value], value: b.integer(7, .int32).value,
            old: old))
      }
      b.branch(b.read(i) == 1) { b.assign(i, b.define(.grid(.threadX), .int64)) }
    }
    #expect(
      found == """
        kernel search(b0: readwrite i32[1]) {
          var x0: i64 = 0
          while (x0 < 10) & (b0[x0] != 0) {
            x0 = x0 + 1
          }
          while true {
            x0 = x0 - 1
            if !(x0 > 0) { break }
          }
          if x0 == 0 {
            barrier
          } else {
            let v19: i32 = atomic maximum(b0[0], 7)
          }
          if x0 == 1 {
            x0 = threadX
          }
        }

        """)
  }

  /// A load or read stays before whatever may change what it sees.
  @Test func loadsDoNotMovePastWrites() throws {
    let found = try text("swap") { b in
      let x = b.buffer(.float64, strides: [.unit], access: .readWrite)
      let (i, j) = (b.integer(0), b.integer(1))
      let (first, second) = (b.load(x, [i]), b.load(x, [j]))
      b.store(x, [i], second)
      b.store(x, [j], first)
      let count = b.declare(initial: i)
      let before = b.read(count)
      b.assign(count, j)
      b.assign(count, before)
    }
    #expect(
      found == """
        kernel swap(b0: readwrite f64[1]) {
          let v2: f64 = b0[0]
          b0[0] = b0[1]
          b0[1] = v2
          var x0: i64 = 0
          let v4: i64 = x0
          x0 = 1
          x0 = v4
        }

        """)
  }

  /// What is computed before a loop is not written inside.
  @Test func valuesStayOutsideLoops() throws {
    let found = try text { b in
      let out = b.buffer(.float64, strides: [.unit], access: .write)
      let count = b.slotValue(b.slot())
      let scale = count.cast(to: .float64).squareRoot
      b.loop(.vector, from: b.integer(0), to: count) { b.store(out, [$0], scale) }
    }
    #expect(found.contains("  let v2: f64 = sqrt(f64(s0))\n"))
    #expect(found.contains("    b0[i4] = v2\n"))
  }

  @Test func parenthesesAreMinimal() throws {
    #expect(try expression { $0 - ($1 - $0) } == "v2 - (x1 - v2)")
    #expect(try expression { ($0 - $1) - 1 } == "x0 - x1 - 1.0")
    #expect(try expression { ($0 + $1) * 2 } == "(x0 + x1) * 2.0")
    #expect(try expression { $0 + $1 * 2 } == "x0 + x1 * 2.0")
    #expect(try expression { x, y in -(x * y) } == "-(x0 * x1)")
    #expect(try expression { x, y in -(-x) + y } == "-(-x0) + x1")
    #expect(try expression { x, y in x - (-1.0 + y) } == "x0 - (-1.0 + x1)")
    #expect(
      try expression { x, y in ((x < y) | (y == 1)).select(x, y.absolute) }
        == "(v2 < v3) | (v3 == 1.0) ? v2 : abs(v3)")
    #expect(try expression { x, y in x.fused(y, plus: x.literal(1)) } == "fma(x0, x1, 1.0)")
    #expect(try expression { x, y in x.copySign(of: y).call(.exp) } == "exp(copySign(x0, x1))")
    #expect(
      try expression { x, _ in x.reinterpret(as: .int64).cast(to: .uint8) } == "u8(i64.bits(x0))")
    #expect(
      try expression { x, y in Expression.complex(x, y).imaginary } == "complex(x0, x1).imaginary")
  }

  @Test func literalsReadBack() throws {
    let found = try text { b in
      for scalar in [
        Scalar(1.0, .bool), Scalar(-3.0, .int8), Scalar(Int64(-1), .uint64), Scalar(0.1, .float32),
        Scalar(0.1, .float64), Scalar(-Double.infinity, .float16), Scalar(Double.nan, .float64),
        Scalar(real: 1, imaginary: -0.5, .complex64),
      ] { _ = b.declare(initial: b.constant(scalar)) }
    }
    let literals = found.split(separator: "\n").dropFirst().dropLast().map {
      String($0.drop { $0 != "=" }.dropFirst(2))
    }
    #expect(
      literals == [
        "true", "-3", "18446744073709551615", "0.1", "0.1", "-inf", "nan", "(1.0, -0.5)",
      ])
  }

  /// An expression of many operators is cut in pieces.
  @Test func longExpressionsAreCut() throws {
    let found = try text { b in
      let x = b.slotValue(b.slot(), .float64)
      var value = x
      for i in 1...40 { value = value.fused(x, plus: x.literal(i)) }
      _ = b.declare(initial: value)
    }
    let lines = found.split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines.allSatisfy { $0.count < 190 })
  }
}
