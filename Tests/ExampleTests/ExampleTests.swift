import Glibc
import Testing

/// The programs in `examples` as their users run them: each prints what `expected` has.
@Suite struct ExampleTests {
  static let names = [
    "ComplexNumbers", "GaussianBlur", "HeatEquation", "KMeans", "LinearRegression",
    "LinearSystems", "MonteCarloPi", "NumPyFiles", "PrincipalComponents", "SimulatorKernel",
    "SmallNetwork", "SortAndGroup", "Spectrum", "TasksAndActors",
  ]

  private static let folder =
    "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
  /// Executables lie beside the test.
  private static let build =
    "/" + CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/")

  @Test(arguments: names) func printsWhatItShould(_ name: String) throws {
    let (folder, build) = (Self.folder, Self.build)
    let expected = try #require(Self.contents(of: "\(folder)/expected/\(name).txt"))
    let scratch = "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/martlet-example-XXXXXX"
    var template = Array(scratch.utf8CString)
    try #require(mkdtemp(&template) != nil)
    let directory = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = Self.run("rm -r '\(directory)'") }
    let argument =
      switch name {
      case "LinearRegression": "'\(folder)/../../examples/linear-regression/houses.csv'"
      case "NumPyFiles": "'\(directory)'"
      default: ""
      }
    let output = try #require(
      Self.run("PATH=/nonexistent '\(build)/Example\(name)' \(argument) 2>&1"))
    let found = output.replacing(directory, with: "FOLDER")
    #expect(found == expected)
  }

  /// The digits come with scikit-learn, which the Python tests install.
  private static let digits: String? = run(
    "ls '\(folder)'/../../.venv/lib/python3*/site-packages/sklearn/datasets/data/digits.csv.gz")?
    .split(separator: "\n").first.map(String.init)

  @Test(.enabled(if: digits != nil)) func trainsOnDigits() throws {
    let picture = "/tmp/martlet-digits-\(getpid()).svg"
    defer { unlink(picture) }
    let output = try #require(
      Self.run("PATH=/nonexistent '\(Self.build)/ExampleDigits' '\(Self.digits ?? "")' \(picture)"))
    #expect(output.contains("epoch 8/8 [##############################] loss 0."))
    #expect(output.contains("unseen digits are read rightly: true"))
    #expect(try #require(Self.contents(of: picture)).contains("<polyline points=\"24.0,24.0 "))
  }

  private static func run(_ command: String) -> String? {
    guard let pipe = popen(command, "r") else { return nil }
    let text = all(of: pipe)
    return pclose(pipe) == 0 ? text : "\(text)the program failed\n"
  }

  private static func contents(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    return all(of: file)
  }

  private static func all(of file: UnsafeMutablePointer<FILE>) -> String {
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
