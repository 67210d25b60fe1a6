import Martlet
import Testing

private let fade: DispatchedOperation = {
  do {
    return try DispatchedOperation(
      "fade", "(image: float64[:,:], weight: float64) -> float64[:,:]", "Darkens an image."
    ) { call in
      call.arrays[0] * (1 - call.scalars[0].double)
    }
  } catch {
    fatalError("\(error)")
  }
}()

/// The examples of docs/checking.md, word for word; `Tests/python/test_documents.py` compares.
@Suite struct CheckDocumentTests {
  @Test func invertIsRight() throws { try Check.run(["invert"]).require() }

  @Test func fadeIsTheSameEverywhere() throws { try Check.run(fade, tolerance: 4).require() }
}
