import MartletIR
import Synchronization
import Testing

@testable import Martlet

/// Modes, records and the report. Names are those of no other suite, which run at the same time.
@Suite(TestPython.isThere) struct FallbackRecordsTests {
  let np = Fallback.numpy

  @Test func everyStepIsRecorded() throws {
    let x = NDArray([1.0, 2, 3])
    let polyint = "polynomial.polynomial.polyint"
    for _ in 0..<3 { _ = try np.polynomial.polynomial.polyint(x) }
    let line: UInt = #line + 1
    _ = try Fallback.call(np.polynomial.polynomial.polyint, x, keywords: ["m": 2])
    let records = Fallback.records.filter { $0.name == polyint }
    let plain = try #require(records.first { $0.place == nil })
    #expect(plain.count == 3 && plain.seconds > 0 && plain.from == "cpu" && plain.to == "numpy")
    #expect(plain.reason == "Martlet has no function of this name")
    let placed = try #require(records.first { $0.place != nil })
    #expect(placed.place == "MartletTests/FallbackRecordsTests.swift:\(line)" && placed.count == 1)
    let report = Fallback.report(limit: .max)
    let place = "MartletTests/FallbackRecordsTests.swift:\(line)"
    #expect(report.contains("\(polyint) (cpu → numpy), \(place): "))
    #expect(report.hasPrefix("martlet: "))
  }

  @Test func whatFailsIsRecordedToo() throws {
    #expect(throws: MartletError.self) {
      try np.polynomial.polynomial.polyder(NDArray([1.0]), -1)
    }
    #expect(Fallback.records.contains { $0.name == "polynomial.polynomial.polyder" })
  }

  @Test func theReasonAndBytes() throws {
    let x = NDArray((0..<10).map(Double.init))
    _ = try np.nanprod(x, axis: 0, keepdims: true)
    _ = try np.cumsum(x, out: nil as Int?)
    _ = try np.polynomial.polynomial.polyfromroots(x)
    let record = try #require(
      Fallback.records.first { $0.name == "polynomial.polynomial.polyfromroots" })
    #expect(record.bytes == 88, "the small result is copied, nothing else is")
    #expect(!Fallback.records.contains { $0.name == "cumsum" }, "None is no output")
    // A method of an object is called what Python calls it.
    _ = try np.polynomial.Chebyshev([1.0, 2]).degree()
    #expect(Fallback.records.contains { $0.name == "Chebyshev.degree" })
  }

  /// Data goes to the host and comes back to where it was.
  @Test(arguments: Device.all.filter { !$0.isHost }) func devices(_ device: Device) throws {
    let x = try NDArray([3.0, 1, 2]).to(device)
    let spread = try np.nanstd(x, axis: 0, keepdims: true)
    #expect(try NDArray(spread).device == device)
    let shifted = try NDArray(np.polynomial.polynomial.polymulx(x))
    #expect(shifted.device == device)
    #expect(try shifted.elements(as: Double.self) == [0, 3, 1, 2])
    let record = try #require(
      Fallback.records.first {
        $0.name == "polynomial.polynomial.polymulx" && $0.from == device.name
      })
    #expect(record.bytes >= 48)
    var y = x
    try Fallback.withWritable(&y) { a in try a.sort() }
    #expect(y.device == device)
    #expect(try y.elements(as: Double.self) == [1, 2, 3])
    #expect(try x.elements(as: Double.self) == [3, 1, 2])
  }

  @Test func modes() async throws {
    let x = NDArray([1.0, 2])
    #expect(Fallback.mode == .ignore)
    try Fallback.withMode(.raise) { () throws in
      #expect(Fallback.mode == .raise)
      #expect {
        try np.polynomial.polynomial.polyder(x)
      } throws: { error in
        guard
          case .unsupported("polynomial.polynomial.polyder", let detail) = error as? MartletError
        else {
          return false
        }
        return detail.hasPrefix("Martlet has no function of this name")
      }
      try Fallback.withMode(.ignore) { _ = try np.polynomial.polynomial.polyder(x) }
      // Another thread has its own.
      #expect(Fallback.mode == .raise)
    }
    await Fallback.withMode(.warn) {
      await Task.yield()
      #expect(Fallback.mode == .warn)
      async let inherited = Fallback.mode
      #expect(await inherited == .warn)
    }
    #expect(Fallback.mode == .ignore)
  }
}

/// How Python is found.
struct PythonInstallationTests {
  @Test func versions() {
    #expect(PythonInstallation.isRecent("3.11") && PythonInstallation.isRecent("3.14.0rc1 (main)"))
    #expect(!PythonInstallation.isRecent("3.10.2") && !PythonInstallation.isRecent("2.7"))
  }

  @Test func withoutASharedLibrary() {
    let bare = PythonInstallation(
      executable: "/opt/bare/bin/python", version: "3.12", libraries: ["/opt/bare/lib/none.so"])
    #expect {
      try bare.open()
    } throws: { error in
      guard case .libraryMissing(name: "Python", let hint) = error as? MartletError else {
        return false
      }
      return hint.contains("'/opt/bare/bin/python' has no shared library")
        && hint.contains("libpython3.12")
    }
    let old = PythonInstallation(executable: "/usr/bin/python3", version: "3.9", libraries: [])
    #expect { try old.open() } throws: { "\($0)".contains("is Python 3.9") }
  }

  @Test(TestPython.isThere) func theCheckoutsOwn() throws {
    let found = try PythonInstallation.find()
    #expect(found.executable.hasSuffix(".venv/bin/python"))
    #expect(PythonInstallation.isRecent(found.version) && !found.libraries.isEmpty)
    // NumPy is that environment's.
    let file = try String(Fallback.numpy.__file__)
    #expect(file.contains("/.venv/"))
  }
}
