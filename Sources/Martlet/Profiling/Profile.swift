import MartletIR
import MartletRuntime

/// What a piece of a program did with Martlet, line by line: `profile { … }` takes one.
///
///     let taken = try profile { try train(&model) }
///     print(taken)          // a table, the costliest line first
///     print(taken.advice().joined(separator: "\n"))
///     try taken.save("trace.json")
///
/// Operators cannot know the line that they stand in, so in Swift a line is the `profile` or `section`
/// around the work; at the Python door it is the user's own.
public struct Profile: Sendable {
  /// What one kind of work cost at one line.
  public struct Entry: Sendable, Hashable {
    /// What it was.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// A function of Martlet's, apart from what stands below it on its own.
      case call
      /// A compiled kernel, of everything that was fused.
      case launch
      /// Work on a few elements, done at once.
      case direct
      /// A call of BLAS, LAPACK or the Fourier transforms.
      case library
      /// A kernel that was made ready.
      case compile
      /// A copy between devices.
      case transfer
      /// A copy made because arrays share memory.
      case copy
      /// A call that NumPy served.
      case fallback
      /// What a `section` did outside of Martlet.
      case section
    }

    /// What kind of work it was.
    public var kind: Kind
    /// What ran: `multiply → add`, `BLAS gemm float64`, a function's name.
    public var name: String
    /// Where: `cpu`, `cuda:0`.
    public var device: String
    /// Why it was needed or where it came from, where there is something to say.
    public var note: String
    /// How often.
    public var count: Int
    /// Time, without what is an entry of its own.
    public var seconds: Double
    /// Bytes that were read and written, each operand counted once; 0 where nobody knows.
    public var bytes: Int
    /// Numbers that were computed: one for each operation and element, whatever one costs.
    public var operations: Int
  }

  /// A line of the program.
  public struct Line: Sendable, Hashable {
    /// The file, `Module/File.swift` or a Python file's path; empty where nobody knows.
    public var file: String
    /// The line, 0 where nobody knows.
    public var line: Int
    /// The name of the section, if it is one.
    public var label: String
    /// What it did, the costliest first.
    public var entries: [Entry]

    /// Time in Martlet.
    public var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }
    /// Bytes that were read and written.
    public var bytes: Int { entries.reduce(0) { $0 + $1.bytes } }
    /// Numbers that were computed.
    public var operations: Int { entries.reduce(0) { $0 + $1.operations } }

    /// `train.py:12`, with the section's name if there is one.
    public var place: String {
      let name = self.file.split(separator: "/").last.map { String($0) }
      let file = name ?? "(unknown)"
      let place = line > 0 ? "\(file):\(line)" : file
      return label.isEmpty ? place : "\(label) (\(place))"
    }
  }

  /// The lines, the costliest first.
  public let lines: [Line]
  /// How long the program ran meanwhile.
  public let seconds: Double
  /// Events that the timeline lacks, because there were more than it holds.
  public let unlisted: Int
  /// What no line has, because there were more kinds of work than are told apart.
  public let lost: Int
  let recording: Profiler.Recording

  /// Time that passed in Martlet.
  public var secondsInMartlet: Double { lines.reduce(0) { $0 + $1.seconds } }

  package init(_ recording: Profiler.Recording) {
    self.recording = recording
    var byPlace: [Int32: [Entry]] = [:]
    for (key, total) in recording.totals {
      byPlace[key.place, default: []].append(
        Entry(
          kind: Entry.Kind(key.kind), name: recording.names[Int(key.name)],
          device: recording.names[Int(key.device)], note: recording.names[Int(key.note)],
          count: total.count, seconds: Double(total.own) / 1e9, bytes: total.bytes,
          operations: total.operations))
    }
    lines = byPlace.map { place, entries in
      let place = recording.places[Int(place)]
      return Line(
        file: place.file, line: place.line, label: place.label,
        entries: entries.sorted {
          ($1.seconds, $0.kind.rawValue, $0.name) < ($0.seconds, $1.kind.rawValue, $1.name)
        })
    }.sorted { ($1.seconds, $0.file, $0.line) < ($0.seconds, $1.file, $1.line) }
    seconds = Double(recording.duration) / 1e9
    (unlisted, lost) = (recording.unlisted, recording.lost)
  }
}

extension Profile.Entry.Kind {
  init(_ kind: Profiler.Kind) {
    self =
      switch kind {
      case .call: .call
      case .launch: .launch
      case .direct: .direct
      case .library: .library
      case .compile: .compile
      case .transfer: .transfer
      case .copy: .copy
      case .fallback: .fallback
      case .section: .section
      }
  }
}

/// Runs `body` and tells what it did with Martlet.
///
/// Work is timed until it has ended, so devices are waited for after every launch. Only one profile is
/// taken at a time.
///
/// - Throws: `.unsupported` while another profile is being taken, and what `body` throws.
public func profile(
  fileID: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Void
) throws -> Profile {
  guard Profiler.start() else {
    throw MartletError.unsupported(
      operation: "profile", detail: "another profile is being taken; there is one at a time")
  }
  let place = Profiler.place(.init(file: "\(fileID)", line: Int(line)))
  let outcome = Result { try Profiler.pinning(place, body) }
  let taken = Profile(Profiler.stop())
  try outcome.get()
  return taken
}

/// Names a part of a program for profiles: its work is told under this name and line.
///
/// Without a profile it costs one look at a flag.
///
/// - Throws: What `body` throws.
public func section<Result, Failure: Error>(
  _ name: String, fileID: StaticString = #fileID, line: UInt = #line,
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  guard Profiler.isOn else { return try body() }
  let place = Profiler.place(.init(file: "\(fileID)", line: Int(line), label: name))
  let span = Profiler.begin()
  defer { Profiler.end(span, .section, name, at: place) }
  return try Profiler.pinning(place, body)
}
