import Glibc
import MartletRuntime

do throws(ToolError) {
  print(try Tool.run(Array(CommandLine.arguments.dropFirst())))
} catch {
  StandardError.print("martlet: \(error.message)")
  exit(error.status)
}
