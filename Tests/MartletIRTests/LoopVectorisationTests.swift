import Testing

@testable import MartletIR

/// Which loops run many iterations at a time, and which stay as they are.
@Suite struct LoopVectorisationTests {
  /// The text of `out[i] = body(i)` for `i` below a slot, after the pass.
  private func text(
    _ body: (KernelBuilder, _ i: Expression, _ count: Expression, _ x: Int, _ out: Int) -> Void
  ) throws -> String {
    let b = KernelBuilder(name: "test")
    let x = b.buffer(.float64, strides: [.unit])
    let out = b.buffer(.float64, strides: [.unit], access: .readWrite)
    let count = b.slotValue(b.slot())
    b.loop(from: b.integer(0), to: count) { i in body(b, i, count, x, out) }
    let result = LoopVectorisation.run(b.finish(), argumentCount: 2)
    try KernelVerifier.verify(result)
    return KernelPrinter.text(of: result)
  }

  /// `sum of x[place(k)] for k below bound`
  private func sum(
    _ b: KernelBuilder, _ x: Int, to bound: Expression, _ place: (Expression) -> Expression
  ) -> Expression {
    let total = b.declare(initial: b.constant(0, .float64))
    b.loop(from: b.integer(0), to: bound) { k in
      b.assign(total, b.read(total) + b.load(x, [place(k)]))
    }
    return b.read(total)
  }

  @Test func iterationsWithElementsOfTheirOwnRunTogether() throws {
    let found = try text { b, i, count, x, out in
      b.store(out, [i], sum(b, x, to: b.integer(3)) { i + $0 })
    }
    #expect(found.contains("vector for"))
  }

  @Test func positionsThatWrapAreLeftToTheEnds() throws {
    let found = try text { b, i, count, x, out in
      let total = sum(b, x, to: b.integer(3)) { k in
        let place = i - k
        return (place < b.integer(0)).select(place + count, place)
      }
      b.store(out, [i], total)
    }
    let body = try #require(found.startOfVectorLoop)
    #expect(body.contains("b0[") && !body.contains("?"))
  }

  @Test func dependentIterationsStay() throws {
    let carried = try text { b, i, count, x, out in
      let before = b.load(out, [i])
      b.store(out, [i + b.integer(1)], before + sum(b, x, to: b.integer(3)) { i + $0 })
    }
    #expect(!carried.contains("vector for"))
    let shared = try text { b, i, count, x, out in
      b.store(out, [b.integer(0)], sum(b, x, to: b.integer(3)) { i + $0 })
    }
    // The sums are independent, but not what is done with them.
    #expect(shared.contains("local(256)"))
    let scattered = try text { b, i, count, x, out in
      b.store(out, [i * i], sum(b, x, to: b.integer(3)) { i + $0 })
    }
    #expect(scattered.contains("local(256)"))
  }

  @Test func loopsOfDifferentLengthsStay() throws {
    let found = try text { b, i, count, x, out in
      b.store(out, [i], sum(b, x, to: i) { $0 })
    }
    #expect(!found.contains("vector for"))
  }

  @Test func loopsWithoutStructureAreLeftToLLVM() throws {
    let found = try text { b, i, count, x, out in b.store(out, [i], b.load(x, [i])) }
    #expect(!found.contains("vector for"))
  }

  /// A condition of the whole loop decides whether an element is read at all.
  @Test func conditionsOfTheWholeLoopAreRequired() throws {
    let found = try text { b, i, count, x, out in
      let isLong = count > b.integer(10)
      let total = b.declare(initial: b.constant(0, .float64))
      b.loop(from: b.integer(0), to: b.integer(2)) { k in
        b.branch(isLong & (i > b.integer(0))) {
          let place = isLong.select(i + k, count / b.integer(2))
          b.assign(total, b.read(total) + b.load(x, [place]))
        }
      }
      b.store(out, [i], b.read(total))
    }
    let body = try #require(found.startOfVectorLoop)
    #expect(body.contains("b0[") && !body.contains("?"))
  }

  @Test func choicesBecomeSelections() throws {
    let found = try text { b, i, count, x, out in
      let least = b.declare(initial: b.constant(9, .float64))
      let value = b.load(x, [i])
      b.branch(value < b.read(least)) { b.assign(least, value) }
      b.store(out, [i], b.read(least))
    }
    #expect(found.contains("vector for"))
  }

  // MARK: Forms

  @Test func formsAddUp() {
    let (i, j, n) = (Value(id: 0), Value(id: 1), Value(id: 2))
    let form = LinearForm(i).times(2) + LinearForm(j) - LinearForm(3)
    #expect((form - LinearForm(j)).factor(of: i)?.asConstant == 2)
    #expect((form - form).asConstant == 0)
    let product = (LinearForm(i) + LinearForm(1)).times(LinearForm(n)) { $0 != n }
    #expect(product?.factor(of: i) == LinearForm(n))
    #expect(product?.without(i) == LinearForm(n))
    #expect(product?.isSimple == false)
    // Of two indices there is no product.
    #expect(LinearForm(i).times(LinearForm(j)) { $0 != n } == nil)
    #expect(!LinearForm(i).times(33).isSmall)
  }
}

extension String {
  /// What a kernel's text has in its vector loop up to the first block that ends.
  fileprivate var startOfVectorLoop: Substring? {
    guard let loop = firstRange(of: "vector for"),
      let start = self[loop.upperBound...].firstRange(of: "{")
    else { return nil }
    let rest = self[start.upperBound...]
    return rest[..<(rest.firstRange(of: "}\n")?.lowerBound ?? rest.endIndex)]
  }
}
