import Glibc
import MartletRuntime

do throws(ToolError) {
  let text = try Tool.run(Array(CommandLine.arguments.dropFirst()))
  if !text.isEmpty { print(text) }
} catch {
  StandardError.print("martlet: \(error.message)")
  exit(error.status)
}
