import MartletIR
import Synchronization
import Testing

@testable import Martlet

/// NumPy from Swift: names, arguments, results, errors.
@Suite(TestPython.isThere) struct FallbackTests {
  let np = Fallback.numpy

  // MARK: Names

  @Test func namesOfAnyDepth() throws {
    let x = NDArray([3.0, 4.0])
    #expect(try Double(np.linalg.norm(x)) == 5)
    let roots = try [Double](np.polynomial.Polynomial([2.0, -3.0, 1.0]).roots())
    #expect(zip(roots, [1, 2]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(try Int(np.nanargmin(NDArray([2.0, .nan, 1.0]))) == 2)
    #expect(try Double(np.random.default_rng(1).uniform(2, 2)) == 2)
  }

  @Test func attributesThatAreNoFunctions() throws {
    #expect(try Double(np.pi) == .pi)
    #expect(try String(np.__version__).split(separator: ".").count >= 2)
    #expect(try Value(np.newaxis).isNone)
    let half = try NDArray(np.ones([2], dtype: np.float16))
    #expect(half.dtype == .float16)
    #expect(try Int(np.iinfo(np.int16).max) == 32767)
    #expect("\(np.float32)" == "float32")
    #expect("\(np.pi)".hasPrefix("3.14159"))
  }

  private typealias Value = Fallback.Value

  @Test func modulesAreNotCallable() throws {
    let error = MartletError.python(type: "TypeError", message: "'module' object is not callable")
    #expect(throws: error) { try np() }
    #expect(throws: error) { try np.linalg(1) }
  }

  @Test func unknownNamesAreNamed() throws {
    #expect {
      try np.nanargmean(NDArray([1.0]))
    } throws: { error in
      "\(error)" == "AttributeError: module 'numpy' has no attribute 'nanargmean'"
    }
    #expect { try Double(np.linalg.missing) } throws: { "\($0)".contains("'missing'") }
    #expect("\(np.missing)".contains("missing"))
  }

  @Test func exceptionsKeepTypeAndMessage() throws {
    let singular = NDArray([[1.0, 2], [2, 4]])
    // Martlet's own error, and one of NumPy's.
    #expect(
      throws: MartletError.linearAlgebra(operation: "linalg.inv", detail: "Singular matrix")
    ) { try np.linalg.inv(singular) }
    #expect {
      try np.linalg.norm(singular, ord: "unheard")
    } throws: { error in
      guard case .python(type: "ValueError", let message) = error as? MartletError else {
        return false
      }
      return message.contains("norm order")
    }
  }

  // MARK: Arguments

  @Test func arguments() throws {
    // Everything goes through Python and back: a list of what arrives there.
    let python = try TestPython.module("builtins")
    let kinds = try [String](
      python.list(
        python.map(
          python.repr,
          Fallback.list(
            1, -2.5, true, "text", nil, Complex(1.0, -2.0), [1, 2], [[1.5], [2]], ["a": 1],
            Fallback.tuple(1, "b"), AxisIndex.slice(1, nil, 2), 1..<3, AxisIndex.ellipsis,
            Optional<Int>.none, Shape([2, 3]), DType.float32, [Int]()))))
    #expect(
      kinds == [
        "1", "-2.5", "True", "'text'", "None", "(1-2j)", "[1, 2]", "[[1.5], [2.0]]", "{'a': 1}",
        "(1, 'b')", "slice(1, None, 2)", "slice(1, 3, 1)", "Ellipsis", "None", "(2, 3)",
        "<class 'numpy.float32'>", "[]",
      ])
  }

  @Test func keywords() throws {
    let x = NDArray([1.0, 2, 3])
    let padded = try NDArray(np.pad(x, 2, mode: "reflect"))
    #expect(try padded.elements(as: Double.self) == [3, 2, 1, 2, 3, 2, 1])
    let ramp = try NDArray(np.pad(x, 1, mode: "linear_ramp", end_values: 0))
    #expect(try ramp.elements(as: Double.self) == [0, 1, 2, 3, 0])
    let counts = try NDArray(np.histogram(x, bins: 2, range: Fallback.tuple(1, 3))[0])
    #expect(try counts.elements(as: Int.self) == [1, 2])
  }

  @Test func everyDType() throws {
    for dtype in DType.allCases where dtype != .bfloat16 {
      let x = try wholeNumbers([3, 4], dtype)
      let back = try NDArray(np.rot90(x.T))
      #expect(back.dtype == dtype && back.shape == [3, 4])
      // The quarter turn of the transpose is the array upside down.
      let expected = try x.flipped([0]).asType(.complex128)
      let found = try back.asType(.complex128)
      #expect(try (expected .== found).all().item(as: Bool.self), "\(dtype)")
    }
    #expect {
      try np.polynomial.polynomial.polyder(NDArray.ones([2], .bfloat16))
    } throws: { "\($0)".contains("bfloat16") }
  }

  // MARK: Results

  @Test func conversions() throws {
    let scalar = try np.linalg.norm([3.0, 4.0])
    #expect(try Double(scalar) == 5)
    #expect(try NDArray(scalar).rank == 0)
    #expect(try Bool(np.array_equal([1, 2], [1, 2])))
    #expect(try Complex(np.trapezoid([Complex(0.0, 2.0), Complex(0.0, 2.0)])) == Complex(0, 2))
    #expect(try String(np.typename("d")) == "double precision")
    #expect(try String(np.info.__doc__).contains("help"))
    #expect(throws: MartletError.self) { try Int(np.linalg.norm([3.0, 4.0])) }
    #expect {
      try Double(np.get_printoptions())
    } throws: { "\($0)" == "[Double] a Python 'dict' does not convert to Double" }
    #expect {
      try NDArray(np.datetime64("2024-01-01"))
    } throws: { "\($0)".contains("datetime64") }
    let options = try [String: Fallback.Value](np.get_printoptions())
    #expect(try Int(options["precision"]!) == 8)
  }

  @Test func containers() throws {
    let x = NDArray([[2.0, 0], [0, 3]])
    let parts = try np.linalg.eigh(x)
    #expect(try NDArray(parts.eigenvalues).elements(as: Double.self) == [2, 3])
    #expect(try Double(parts.eigenvalues.sum()) == 5)
    #expect("\(parts.eigenvectors.shape)" == "(2, 2)")
    #expect(try Double(np.linalg.norm(parts.eigenvalues)) * 2 > 7)
    let (values, vectors) = (try NDArray(parts[0]), try NDArray(parts[-1]))
    #expect(values.shape == [2] && vectors.shape == [2, 2])
    let grids = try [NDArray](np.meshgrid([1, 2], [3, 4, 5]))
    #expect(grids.count == 2 && grids[1].shape == [3, 2])
    let unique = try np.unique([3, 1, 3], return_counts: true)
    #expect(try [Int](unique[1]) == [1, 2])
    #expect(throws: MartletError.indexOutOfBounds(index: 2, axis: 0, size: 2)) { try unique[2] }
  }

  @Test func unusualArrays() throws {
    #expect(try NDArray(np.nan_to_num(NDArray([] as [Double]))).shape == [0])
    let zero = try NDArray(np.nan_to_num(Double.nan))
    #expect(zero.rank == 0)
    // The bytes in the other order, elements where no number may stand, more axes than eight.
    let swapped = try NDArray(np.arange(3, dtype: ">i4"))
    #expect(try swapped.elements(as: Int32.self) == [0, 1, 2])
    let packed = try np.zeros(
      2, dtype: Fallback.list(Fallback.tuple("a", "i1"), Fallback.tuple("b", "f8")))
    #expect(try NDArray(packed["b"]).elements(as: Double.self) == [0, 0])
    let deep = try np.ones([1, 1, 1, 1, 1, 1, 1, 1, 2])
    #expect(throws: MartletError.rankLimit(operation: "NDArray", rank: 9)) { try NDArray(deep) }
    #expect(try NDArray(np.squeeze(deep)).shape == [2])
    // Each element of this result stands for several; writing one must not change others.
    let rows = try NDArray(np.broadcast_to([1.0, 2], [2, 2], subok: true))
    var changed = rows
    changed[0, 0] = NDArray(5.0)
    #expect(try changed.elements(as: Double.self) == [5, 2, 1, 2])
    // Negative strides.
    let reversed = try NDArray(np.nancumsum(NDArray([1.0, 2, 3]))[AxisIndex.slice(nil, nil, -1)])
    #expect(try reversed.elements(as: Double.self) == [6, 3, 1])
    #expect(try NDArray(np.trim_zeros(NDArray([3.0, 2, 1]).flipped())).strides == [-1])
  }

  @Test func objectsKeepTheirMethods() throws {
    let generator = try np.random.default_rng(7)
    let first = try NDArray(generator.integers(0, 10, size: [5]))
    let again = try NDArray(np.random.default_rng(7).integers(0, 10, size: [5]))
    #expect(try first.elements(as: Int.self) == again.elements(as: Int.self))
    let dates = try np.arange("2024-01-01", "2024-01-04", dtype: "datetime64[D]")
    #expect(try String(dates[1].__str__()) == "2024-01-02")
    #expect(try [Int](dates.shape) == [3])
  }

  @Test func itemsOfArraysNeedNoPython() throws {
    let x = try np.arange(12).reshape(3, 4)
    #expect(try Int(x[1, 2]) == 6)
    #expect(try NDArray(x[1..., 0]).elements(as: Int.self) == [4, 8])
    #expect(try [Int](x.shape) == [3, 4])
    #expect(try Int(x.T.shape[0]) == 4)
  }

  // MARK: Memory

  @Test func argumentsAndResultsAreNotCopied() throws {
    let x = NDArray((0..<5000).map(Double.init))
    let memory = Int(bitPattern: try x.pointer())
    let interface = try np.asanyarray(x).__array_interface__
    #expect(try Int(interface["data"][0]) == memory)
    #expect(try Bool(interface["data"][1]), "it is lent read-only")
    // A view of an argument is a view of the array.
    let view = try NDArray(np.lib.stride_tricks.sliding_window_view(x, 10))
    #expect(view.storage === x.storage && view.shape == [4991, 10] && view.strides == [1, 1])
    // A large result is NumPy's memory.
    let sum = try NDArray(np.trapezoid(NDArray.ones([2, 3000]), axis: 0))
    #expect(sum.storage.isReadOnly == false)
    #expect(try sum.elements(as: Double.self).allSatisfy { $0 == 1 })
  }

  @Test func valuesStayValues() throws {
    let x = NDArray([[1.0, 2], [3, 4]])
    #expect { try np.fill_diagonal(x, 0) } throws: { "\($0)".contains("read-only") }
    var grown = try NDArray(np.kron(x, NDArray.ones([40, 40])))
    let before = grown
    grown[0, 0] = NDArray(9.0)
    #expect(try before[0, 0].item(as: Double.self) == 1)
    #expect(try grown[0, 0].item(as: Double.self) == 9)
    // An array that others in Python hold is copied.
    let polynomial = try np.polynomial.Polynomial([1.0, 2])
    let coefficients = try NDArray(polynomial.coef)
    try polynomial.coef.fill(7)
    #expect(try coefficients.elements(as: Double.self) == [1, 2])
    #expect(try NDArray(polynomial.coef).elements(as: Double.self) == [7, 7])
  }

  @Test func writing() throws {
    var x = try NDArray.ones([3, 3])
    let other = x
    let memory = try Fallback.withWritable(&x) { a in
      try np.fill_diagonal(a, 0)
      try np.nancumsum([5.0, 6, 7], out: a[2])
      return try Int(a.ctypes.data)
    }
    #expect(Int(bitPattern: try x.pointer()) == memory)
    #expect(try x.elements(as: Double.self) == [0, 1, 1, 1, 0, 1, 5, 11, 18])
    #expect(try other.elements(as: Double.self) == [Double](repeating: 1, count: 9))
    // Who keeps the array keeps the memory; the Swift value moves out.
    let kept = try Fallback.withWritable(&x) { a in try a.reshape(-1) }
    try kept.fill(-1)
    #expect(try x.elements(as: Double.self) == [0, 1, 1, 1, 0, 1, 5, 11, 18])
    #expect(throws: MartletError.self) {
      try Fallback.withWritable(&x) { a in try np.putmask(a, [true], Fallback.list()) }
    }
    #expect(x.shape == [3, 3])
  }

  /// No object stays behind: Python's own count of blocks of memory does not grow.
  @Test func memoryStaysBounded() throws {
    let blocks = try TestPython.module("sys").getallocatedblocks
    let x = NDArray((0..<2000).map(Double.init))
    func round() throws {
      _ = try np.linalg.norm(x)
      _ = try NDArray(np.trapezoid(x.reshaped([2, 1000]), axis: 0))
      _ = try NDArray(np.kron(x, [1.0, 2]))
      _ = try np.unique(x, return_counts: true)
      _ = try np.polynomial.Polynomial([1.0, 2]).coef.shape
      _ = try? np.linalg.inv(x)
      _ = try? np.missing(x)
      _ = try [String: Fallback.Value](np.get_printoptions())
      _ = try np.lib.stride_tricks.sliding_window_view(x, 10)
    }
    // Exceptions and some of NumPy's functions leave cycles, which wait for the collector.
    let collect = try TestPython.module("gc").collect
    for _ in 0..<20 { try round() }
    // Other suites use the same interpreter meanwhile: a leak would show in every window.
    var smallest = Int.max
    for _ in 0..<10 where smallest > 100 {
      try collect()
      let before = try Int(blocks())
      for _ in 0..<100 { try round() }
      try collect()
      smallest = min(smallest, try Int(blocks()) - before)
    }
    #expect(smallest < 100, "\(smallest) blocks more after 100 rounds")
    // The array is no longer lent: what writes it writes in place.
    var own = x
    let memory = try own.pointer()
    _ = consume x
    try Python.use { _ throws(MartletError) in }
    own[0] = NDArray(5.0)
    #expect(try own.pointer() == memory)
  }

  @Test func largeResultsAreReleasedWithoutAnotherCall() throws {
    for _ in 0..<20 { _ = try NDArray(np.kron(NDArray.ones([1 << 18]), [1.0, 2])) }
    // 80 MB went through; a thread gives them back as they gather.
    #expect(DeadObjects.count < 4096)
  }

  @Test func threads() async throws {
    let x = NDArray((0..<3000).map { Double($0 % 7) })
    let total = try Double(np.linalg.norm(x))
    try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var sum = 0.0
          for _ in 0..<25 {
            let y = x * 1.0
            sum += try Double(Fallback.numpy.linalg.norm(y))
            _ = try NDArray(Fallback.numpy.kron(y, [1.0, 2])) + 1
          }
          return sum / 25
        }
      }
      for try await sum in group { #expect(abs(sum - total) < 1e-9 * total) }
    }
  }
}
