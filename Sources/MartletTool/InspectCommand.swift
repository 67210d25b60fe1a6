import Martlet
import MartletIR

/// `martlet inspect FILE`: what is in a file of arrays, as a tree in the terminal or as text.
enum InspectCommand {
  static let usage = "FILE.npy|FILE.npz [--plain]"

  static func run(_ arguments: [String]) throws(ToolError) -> String {
    let files = arguments.filter { $0 != "--plain" }
    guard let path = files.first else { throw .usage("'inspect' takes a file: \(usage)") }
    if files.count > 1 { throw .unexpected(files[1], "inspect") }
    let root: InspectionNode
    do throws(MartletError) { root = try FileInspection.node(path) } catch {
      throw .failure("\(error)")
    }
    if !arguments.contains("--plain"), let terminal = Terminal() {
      guard let chosen = InspectionBrowser(root, on: terminal).run() else { return "" }
      return chosen.path
    }
    return root.plainText()
  }
}
