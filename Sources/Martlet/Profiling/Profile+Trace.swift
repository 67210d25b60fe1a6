import Glibc
import MartletIR
import MartletRuntime

extension Profile {
  /// The events in the form of Chrome's trace viewer and Perfetto: devices are processes, threads are
  /// threads, copies between devices are arrows.
  package func trace() -> String {
    var rows: [String] = []
    var devices: [Int32: Int] = [:]
    let host = recording.names.firstIndex(of: "cpu").map { Int32($0) }
    for (number, event) in recording.events.enumerated() {
      let process = self.process(event.key.device, &devices, &rows)
      rows.append(slice(event, process))
      guard event.key.kind == .transfer, let host, event.key.device != host else { continue }
      // The host's side of a copy, and the arrow between both.
      let other = self.process(host, &devices, &rows)
      rows.append(slice(event, other))
      let toDevice = recording.names[Int(event.key.note)] != "cpu"
      let (from, to) = toDevice ? (other, process) : (process, other)
      let end = event.start + event.duration / 2
      for (phase, process, time) in [("s", from, event.start), ("f", to, end)] {
        rows.append(
          #"{"ph":"\#(phase)","name":"copy","cat":"transfer","id":\#(number),"pid":\#(process),"#
            + #""tid":\#(event.thread),"ts":\#(Self.microseconds(time))"#
            + (phase == "f" ? #","bp":"e"}"# : "}"))
      }
    }
    return "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"missing events\":\(unlisted)},"
      + "\"traceEvents\":[\n" + rows.joined(separator: ",\n") + "\n]}\n"
  }

  private func process(
    _ device: Int32, _ devices: inout [Int32: Int], _ rows: inout [String]
  ) -> Int {
    if let known = devices[device] { return known }
    let number = devices.count + 1
    devices[device] = number
    rows.append(
      #"{"ph":"M","name":"process_name","pid":\#(number),"tid":0,"#
        + #""args":{"name":\#(Self.quoted(recording.names[Int(device)]))}}"#)
    return number
  }

  private func slice(_ event: Profiler.Event, _ process: Int) -> String {
    let place = recording.places[Int(event.key.place)]
    var facts = [
      #""line":\#(Self.quoted(place.file.isEmpty ? "unknown" : "\(place.file):\(place.line)"))"#
    ]
    if event.bytes > 0 {
      facts.append(#""bytes":\#(event.bytes)"#)
      let speed = Double(event.bytes) / Double(max(event.duration, 1))
      facts.append(#""GB/s":\#(ProfileText.decimal(speed, 2))"#)
    }
    if event.operations > 0 { facts.append(#""operations":\#(event.operations)"#) }
    if event.key.note != 0 {
      facts.append(#""note":\#(Self.quoted(recording.names[Int(event.key.note)]))"#)
    }
    return #"{"ph":"X","name":\#(Self.quoted(recording.names[Int(event.key.name)])),"#
      + #""cat":"\#(Entry.Kind(event.key.kind).rawValue)","pid":\#(process),"#
      + #""tid":\#(event.thread),"ts":\#(Self.microseconds(event.start)),"#
      + #""dur":\#(Self.microseconds(event.duration)),"args":{\#(facts.joined(separator: ","))}}"#
  }

  private static func microseconds(_ nanoseconds: UInt64) -> String {
    let rest = "\(nanoseconds % 1000)"
    return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }

  /// A string of JSON.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Writes the profile to a file: a trace for `.json` (open it in Perfetto or chrome://tracing), the
  /// timeline as a picture for `.svg`, the table for `.txt`.
  ///
  /// - Throws: `.invalidArgument` for another ending, and where the file cannot be written.
  public func save(_ path: String) throws(MartletError) {
    let text: String
    if path.hasSuffix(".json") {
      text = trace()
    } else if path.hasSuffix(".svg") {
      text = timeline()
    } else if path.hasSuffix(".txt") {
      text = table() + "\n"
    } else {
      throw .invalidArgument(
        operation: "save", detail: "a profile is saved as .json, .svg or .txt, not as '\(path)'")
    }
    guard let file = fopen(path, "we") else {
      throw .invalidArgument(
        operation: "save", detail: "\(path): \(String(cString: strerror(errno)))")
    }
    let written = text.utf8CString.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count - 1, file) }
    guard fclose(file) == 0, written == text.utf8.count else {
      throw .invalidArgument(
        operation: "save",
        detail: "\(path) could not be written: \(String(cString: strerror(errno)))")
    }
  }
}
