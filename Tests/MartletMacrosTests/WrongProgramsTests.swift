import Glibc
import Testing

/// Programs that are wrong, most of them no kernels, with what the compiler says of them: `wrong_programs/*.txt` has a
/// caret below each place, and the messages after the program, in their order.
@Suite struct WrongProgramsTests {
  struct Program {
    var title: String
    var lines: [String] = []
    /// `line:column: message`.
    var errors: [String] = []
  }

  @Test(arguments: [("language", 16), ("signatures", 16), ("grid", 16), ("powers", 6)])
  func errorsAreWhereTheUserWroteThem(_ catalogue: String, least: Int) throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = try #require(contents(of: "/\(folder)/wrong_programs/\(catalogue).txt"))
    let programs = Self.programs(text)
    #expect(programs.count >= least)

    let scratch = "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/martlet-wrong-XXXXXX"
    var name = Array(scratch.utf8CString)
    try #require(mkdtemp(&name) != nil)
    let directory = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = run("rm -r '\(directory)'") }
    for (i, program) in programs.enumerated() {
      let file = try #require(fopen("\(directory)/\(i).swift", "w"))
      fputs((["import MartletKernels"] + program.lines).joined(separator: "\n") + "\n", file)
      fclose(file)
    }

    let output = try #require(run(try compiler() + " '\(directory)'/*.swift 2>&1"))
    var found: [Int: [String]] = [:]
    for line in output.split(separator: "\n") {
      // file:line:column: error: message
      let parts = line.split(separator: ":", maxSplits: 4)
      guard parts.count == 5, parts[3] == " error",
        let number = parts[0].split(separator: "/").last?.split(separator: ".").first,
        let file = Int(number), let row = Int(parts[1])
      else {
        #expect(!line.contains("error:"), "\(line)")
        continue
      }
      let message = String(parts[4]).split(separator: " (from macro").first ?? ""
      found[file, default: []].append("\(row - 1):\(parts[2]):\(message)")
    }
    for (i, program) in programs.enumerated() {
      #expect(found[i, default: []].sorted() == program.errors.sorted(), "\(program.title)")
    }
  }

  /// The compiler with the plugin and modules of this build, which lie beside the test.
  private func compiler() throws -> String {
    let own = CommandLine.arguments[0]
    let build = "/" + own.split(separator: "/").dropLast().joined(separator: "/")
    let plugin = "\(build)/MartletMacros-tool"
    try #require(access(plugin, X_OK) == 0, "\(plugin) is not built")
    return "swiftc -typecheck -wmo -swift-version 6 -diagnostic-style llvm "
      + "-I '\(build)/Modules' "
      + "-Xcc '-fmodule-map-file=\(build)/CMartlet.build/module.modulemap' "
      + "-load-plugin-executable '\(plugin)#MartletMacros'"
  }

  private func run(_ command: String) -> String? {
    guard let pipe = popen(command, "r") else { return nil }
    defer { pclose(pipe) }
    return Self.all(of: pipe)
  }

  private func contents(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    return Self.all(of: file)
  }

  private static func all(of file: UnsafeMutablePointer<FILE>) -> String {
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func programs(_ text: String) -> [Program] {
    var programs: [Program] = []
    var places: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("# ") {
        programs.append(Program(title: String(line.dropFirst(2))))
        places = []
      } else if line.hasPrefix("-> ") {
        let place = places.isEmpty ? "?" : places.removeFirst()
        programs[programs.count - 1].errors.append("\(place): \(line.dropFirst(3))")
      } else if line.allSatisfy({ $0 == " " || $0 == "^" }), let column = line.firstIndex(of: "^") {
        let number = line.distance(from: line.startIndex, to: column) + 1
        places.append("\(programs[programs.count - 1].lines.count):\(number)")
      } else if !line.isEmpty {
        programs[programs.count - 1].lines.append(String(line))
      }
    }
    return programs
  }
}
