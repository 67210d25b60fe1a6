import CMartlet
import MartletIR
import Synchronization

/// Records what happens while a profile is taken: what ran, for which line of the program, how long,
/// how many bytes and operations.
///
/// Who records asks `isOn` first, which is one relaxed load. A *span* has a beginning and an end, and
/// its own time is what no span inside of it took, so the times of a line add up. Totals are exact;
/// the list of single events, from which timelines are drawn, has an end.
package enum Profiler {
  @inline(__always)
  package static var isOn: Bool { martlet_is_profiling() }

  /// What a span was.
  package enum Kind: UInt8, Sendable, CaseIterable {
    /// A function of Martlet's, apart from what is recorded inside of it.
    case call
    /// A compiled kernel over an array, or work on a few elements done at once.
    case launch, direct
    /// BLAS, LAPACK, FFT.
    case library
    case compile
    /// A copy between devices, and one made because arrays share memory.
    case transfer, copy
    /// What NumPy served.
    case fallback
    /// A part of the program that it named itself.
    case section
  }

  /// What spans have in common that are counted together.
  package struct Key: Hashable, Sendable {
    package var kind: Kind
    package var name: Int32
    package var place: Int32
    package var device: Int32
    /// Why it was needed, or where to; 0 for nothing.
    package var note: Int32
  }

  package struct Total: Sendable {
    package var count = 0
    /// Nanoseconds, without and with what was recorded inside.
    package var own: UInt64 = 0
    package var whole: UInt64 = 0
    package var bytes = 0
    package var operations = 0
  }

  package struct Event: Sendable {
    package var key: Key
    package var thread: Int32
    /// Nanoseconds since the profile began.
    package var start: UInt64
    package var duration: UInt64
    package var bytes: Int
    package var operations: Int
  }

  /// A line of the program, or the place of a part that it named.
  package struct Place: Hashable, Sendable {
    package var file: String
    package var line: Int
    package var label: String

    package init(file: String, line: Int, label: String = "") {
      (self.file, self.line, self.label) = (file, line, label)
    }
  }

  /// What was recorded.
  package struct Recording: Sendable {
    package var totals: [Key: Total] = [:]
    package var events: [Event] = []
    /// Events that found no room in the list, and spans that found none among the totals.
    package var unlisted = 0
    package var lost = 0
    package var duration: UInt64 = 0
    package var names: [String] = []
    package var places: [Place] = []
  }

  /// A span that has begun.
  package struct Span: Sendable {
    fileprivate var start: UInt64
    fileprivate var outer: UInt64
  }

  // MARK: State

  private struct State {
    var start: UInt64 = 0
    var totals: [Key: Total] = [:]
    /// The events, in pieces of `chunk`, whose memory may not be there.
    var chunks: [UnsafeMutablePointer<Event>] = []
    var eventCount = 0
    var unlisted = 0
    var lost = 0
    // Names and places have the same numbers as long as the process runs.
    var names: [String] = [""]
    var numbers: [String: Int32] = ["": 0]
    var places: [Place] = [Place(file: "", line: 0)]
    var placeNumbers: [Place: Int32] = [:]
  }

  nonisolated(unsafe) private static var state = State()
  // Unsafe: only touched while `GlobalLocks.profile` is held.
  private static let threads = Atomic<Int32>(0)

  private static let chunk = 4096
  private static var chunkBytes: Int { chunk * MemoryLayout<Event>.stride }
  private static let mostEvents = 1 << 18
  private static let mostTotals = 50_000
  private static let mostNames = 100_000

  /// Finds the line of the program that this thread works for; set once, by the door.
  nonisolated(unsafe) package static var finder: (() -> Int32)?

  // MARK: Beginning and end

  /// Begins to record; false where somebody records already.
  package static func start() -> Bool {
    GlobalLocks.prepareForFork()
    return GlobalLocks.profile.withLock {
      if isOn { return false }
      state.totals = [:]
      (state.eventCount, state.unlisted, state.lost) = (0, 0, 0)
      state.start = martlet_nanoseconds()
      martlet_set_profiling(true)
      return true
    }
  }

  /// Ends it, and gives what was recorded.
  package static func stop() -> Recording {
    GlobalLocks.profile.withLock {
      let end = martlet_nanoseconds()
      martlet_set_profiling(false)
      var recording = Recording()
      recording.totals = state.totals
      recording.events.reserveCapacity(state.eventCount)
      for i in 0..<state.eventCount {
        recording.events.append(state.chunks[i / chunk][i % chunk])
      }
      (recording.unlisted, recording.lost) = (state.unlisted, state.lost)
      recording.duration = end - state.start
      (recording.names, recording.places) = (state.names, state.places)
      for memory in state.chunks { martlet_free(memory, chunkBytes) }
      state.chunks = []
      state.totals = [:]
      state.eventCount = 0
      return recording
    }
  }

  // MARK: Names and places

  /// The number of a name.
  package static func name(_ text: String) -> Int32 {
    GlobalLocks.profile.withLock { number(text) }
  }

  private static func number(_ text: String) -> Int32 {
    if let known = state.numbers[text] { return known }
    guard state.names.count < mostNames else { return 0 }
    let new = Int32(state.names.count)
    state.names.append(text)
    state.numbers[text] = new
    return new
  }

  /// The number of a place.
  package static func place(_ place: Place) -> Int32 {
    GlobalLocks.profile.withLock {
      if let known = state.placeNumbers[place] { return known }
      guard state.places.count < mostNames else { return 0 }
      let new = Int32(state.places.count)
      state.places.append(place)
      state.placeNumbers[place] = new
      return new
    }
  }

  /// The line of the program that this thread works for; 0 where nobody knows.
  package static func place() -> Int32 {
    let pinned = martlet_profile_current().pointee.pinned
    if pinned >= 0 { return pinned }
    return finder?() ?? 0
  }

  /// Lets `body` work for the line that is known now, where it cannot be looked up later.
  package static func pinningPlace<Result>(
    _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    try pinning(place(), body)
  }

  /// Lets `body` work for this line.
  package static func pinning<Result, Failure: Error>(
    _ place: Int32, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let thread = martlet_profile_current()
    let old = thread.pointee.pinned
    thread.pointee.pinned = place
    defer { thread.pointee.pinned = old }
    return try body()
  }

  /// Evaluates pending work that this line wrote.
  package static func evaluating<Result>(
    _ place: Int32, _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    let thread = martlet_profile_current()
    let old = thread.pointee.written
    thread.pointee.written = place
    defer { thread.pointee.written = old }
    return try body()
  }

  // MARK: Spans

  package static func begin() -> Span {
    let thread = martlet_profile_current()
    defer { thread.pointee.inner = 0 }
    return Span(start: martlet_nanoseconds(), outer: thread.pointee.inner)
  }

  /// Ends a span that failed, or that nobody wants to see.
  package static func drop(_ span: Span) {
    let thread = martlet_profile_current()
    thread.pointee.inner &+= span.outer
  }

  /// Ends a span, for the line that wrote what is evaluated, else for the one that runs.
  package static func end(
    _ span: Span, _ kind: Kind, _ name: String, on device: String = "cpu", note: String = "",
    bytes: Int = 0, operations: Int = 0
  ) {
    let written = martlet_profile_current().pointee.written
    let place = kind != .call && written > 0 ? written : place()
    end(span, kind, name, at: place, on: device, note: note, bytes: bytes, operations: operations)
  }

  package static func end(
    _ span: Span, _ kind: Kind, _ name: String, at place: Int32, on device: String = "cpu",
    note: String = "", bytes: Int = 0, operations: Int = 0
  ) {
    let thread = martlet_profile_current()
    let duration = martlet_nanoseconds() &- span.start
    let own = duration > thread.pointee.inner ? duration &- thread.pointee.inner : 0
    thread.pointee.inner = span.outer &+ duration
    if thread.pointee.number == 0 {
      thread.pointee.number = threads.add(1, ordering: .relaxed).newValue
    }
    let number = thread.pointee.number
    GlobalLocks.profile.withLock {
      // What began before this profile belongs to none.
      guard isOn, span.start >= state.start else { return }
      let key = Key(
        kind: kind, name: Self.number(name), place: place, device: Self.number(device),
        note: Self.number(note))
      if let found = state.totals.index(forKey: key) {
        add(&state.totals.values[found])
      } else if state.totals.count < mostTotals {
        var total = Total()
        add(&total)
        state.totals[key] = total
      } else {
        state.lost += 1
      }
      // Small work is only counted: there may be millions of it.
      if kind == .direct || (kind == .call && duration < shortest) { return }
      list(
        Event(
          key: key, thread: number, start: span.start - state.start, duration: duration,
          bytes: bytes, operations: operations))
    }

    func add(_ total: inout Total) {
      total.count &+= 1
      total.own &+= own
      total.whole &+= duration
      total.bytes &+= bytes
      total.operations &+= operations
    }
  }

  /// Calls of less nanoseconds are not drawn.
  private static let shortest: UInt64 = 20_000

  private static func list(_ event: Event) {
    if state.eventCount % chunk == 0, state.chunks.count <= state.eventCount / chunk {
      guard state.eventCount < mostEvents,
        let memory = martlet_allocate(chunkBytes)
      else {
        state.unlisted += 1
        return
      }
      state.chunks.append(memory.bindMemory(to: Event.self, capacity: chunk))
    }
    (state.chunks[state.eventCount / chunk] + state.eventCount % chunk).initialize(to: event)
    state.eventCount += 1
  }
}
