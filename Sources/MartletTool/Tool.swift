/// The command line: finds the command and hands it the rest.
enum Tool {
  struct Command {
    var name: String
    /// What may follow the name.
    var usage: String
    var summary: String
    var run: ([String]) throws(ToolError) -> String
  }

  static var commands: [Command] {
    [
      Command(
        name: "devices", usage: "",
        summary: "The processors Martlet computes on, and the libraries it found for them.",
        run: DevicesCommand.run),
      Command(
        name: "cache", usage: "[list | clear]",
        summary: "Where compiled kernels are kept: how many, each of them, or remove them all.",
        run: CacheCommand.run),
      Command(
        name: "operations", usage: "[NAME]",
        summary: "The table of operations, or one row of it in full.", run: OperationsCommand.run),
      Command(
        name: "check", usage: CheckCommand.usage,
        summary: "Run operations on every device, and compare with the Simulator and NumPy.",
        run: CheckCommand.run),
      Command(
        name: "inspect", usage: InspectCommand.usage,
        summary: "Look into a file of arrays: shape, numbers, pictures; a tree on a terminal.",
        run: InspectCommand.run),
    ]
  }

  /// What the command prints.
  static func run(_ arguments: [String]) throws(ToolError) -> String {
    guard let name = arguments.first else { throw .usage("A command is needed.\n\n\(help)") }
    if ["--help", "-h", "help"].contains(name) { return help }
    guard let command = commands.first(where: { $0.name == name }) else {
      let names = commands.map(\.name).joined(separator: ", ")
      throw .usage("There is no command '\(name)'. There are: \(names).")
    }
    let rest = Array(arguments.dropFirst())
    if rest.contains(where: { $0 == "--help" || $0 == "-h" }) { return help(command) }
    return try command.run(rest)
  }

  private static var help: String {
    let width = commands.map { call($0).count }.max() ?? 0
    let rows = commands.map { "  \(call($0).padded(to: width))  \($0.summary)" }
    return """
      Martlet: n-dimensional arrays, fused and compiled for the processor that is there.

      usage: martlet COMMAND

      \(rows.joined(separator: "\n"))

      It exits with 0, with 1 where something is missing or fails, and with 2 for a wrong command
      line. The environment variables it follows are in docs/environment.md.
      """
  }

  private static func help(_ command: Command) -> String {
    "usage: martlet \(call(command))\n\n\(command.summary)"
  }

  private static func call(_ command: Command) -> String {
    command.usage.isEmpty ? command.name : "\(command.name) \(command.usage)"
  }
}

/// Why the tool stops: a sentence, and the exit status.
struct ToolError: Error {
  var message: String
  var status: Int32

  /// The command line is wrong.
  static func usage(_ message: String) -> ToolError { ToolError(message: message, status: 2) }
  static func failure(_ message: String) -> ToolError { ToolError(message: message, status: 1) }

  /// Refuses what a command does not take.
  static func unexpected(_ argument: String, _ command: String) -> ToolError {
    .usage("'\(command)' does not take '\(argument)'. See: martlet \(command) --help")
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
