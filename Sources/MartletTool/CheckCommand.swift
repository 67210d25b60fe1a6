import Martlet
import MartletIR

import enum MartletRuntime.StandardError

/// `martlet check`: runs operations on every device and compares the results.
enum CheckCommand {
  static let usage = "[NAMES] [--device NAME]… [--examples N] [--seed N]"

  static func run(_ arguments: [String]) throws(ToolError) -> String {
    let request = try parse(arguments)
    let report: CheckReport
    do throws(MartletError) {
      report = try Check.run(
        request.names, devices: request.devices.isEmpty ? nil : request.devices,
        examples: request.examples, seed: request.seed
      ) { StandardError.print("checking \($0)") }
    } catch {
      throw .failure("\(error)")
    }
    let text = report.text(in: .python)
    if report.isOK { return text }
    print(text)
    let count = report.failures.count
    throw .failure("\(count) \(count == 1 ? "check" : "checks") failed.")
  }

  struct Request: Equatable {
    var names: [String] = []
    var devices: [Device.Name] = []
    var examples: Int?
    var seed: UInt64 = 0
  }

  static func parse(_ arguments: [String]) throws(ToolError) -> Request {
    var request = Request()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--device":
        guard let name = rest.popFirst() else { throw .usage("--device takes a device's name.") }
        request.devices.append(Device.Name(name))
      case "--examples":
        request.examples = Int(try number(rest.popFirst(), "--examples"))
      case "--seed":
        request.seed = UInt64(try number(rest.popFirst(), "--seed"))
      case let name where name.hasPrefix("-"): throw .unexpected(name, "check")
      default: request.names.append(argument)
      }
    }
    return request
  }

  private static func number(_ text: String?, _ option: String) throws(ToolError) -> UInt32 {
    guard let text, let number = UInt32(text) else {
      throw .usage("\(option) takes a whole number that is not negative.")
    }
    return number
  }
}
