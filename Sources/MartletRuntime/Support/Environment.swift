import Glibc

/// Environment variables, read once by each of their users.
package enum Environment {
  package static subscript(name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// A positive number, or nil for anything else.
  package static func count(_ name: String) -> Int? {
    guard let value = self[name].flatMap({ Int($0) }), value > 0 else { return nil }
    return value
  }

  /// A number of bytes such as `512M`; `0` is allowed.
  static func bytes(_ name: String) -> Int? {
    self[name].flatMap(parseBytes)
  }

  static func parseBytes(_ text: String) -> Int? {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    guard let last = text.last else { return nil }
    let unit = units[Character(last.uppercased())]
    guard let number = Int(unit == nil ? text : String(text.dropLast())), number >= 0 else {
      return nil
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
    return overflow ? nil : bytes
  }
}
