/// What a kernel did wrong, as the interpreter saw it: what a GPU would have passed over, or answered
/// with another number each time.
public struct SimulationReport: Sendable, Hashable {
  public var kernel: String
  public var problem: Problem

  public init(kernel: String, problem: Problem) {
    self.kernel = kernel
    self.problem = problem
  }

  public enum Problem: Sendable, Hashable {
    /// An access to what is not there; `existing` are the elements that are, nil where the buffer's
    /// address lies in no memory of the device.
    case outOfBounds(Access, Element, existing: Range<Int>?)
    /// Two threads touch an element in no fixed order, and not both only read it or both are
    /// atomic.
    case dataRace(Element, Access, earlier: Access)
    /// Shared or local memory is read before anything was written there.
    case uninitialisedRead(Access, Element)
    /// A thread waits for all of its block, but one waits elsewhere or, where `otherPlace` is nil,
    /// has ended.
    case divergentBarrier(Thread, Place, other: Thread, otherPlace: Place?)
    /// A warp operation is called as no GPU allows.
    case warpMisuse(WarpMisuse)
    /// Every thread that still runs, of which this is one, repeats the same steps and changes
    /// nothing. The location is the loop's.
    case spinning(Thread, SourcePosition?)
    /// More steps than allowed were taken and no thread has ended meanwhile; `thread` was running
    /// at that location.
    case endless(steps: Int, thread: Thread?, SourcePosition?)
  }

  /// Along the three axes of a grid or block.
  public typealias Position = GridSize

  public struct Thread: Sendable, Hashable {
    public var block: Position
    /// Within the block.
    public var position: Position

    public init(block: Position, position: Position) {
      self.block = block
      self.position = position
    }
  }

  public struct Access: Sendable, Hashable {
    public enum Kind: UInt8, Sendable { case read, write, atomic }

    public var kind: Kind
    /// Who did it; nil in a kernel that runs by tasks.
    public var thread: Thread?
    /// Where the user wrote it, if that is known.
    public var location: SourcePosition?

    public init(kind: Kind, thread: Thread?, location: SourcePosition? = nil) {
      self.kind = kind
      self.thread = thread
      self.location = location
    }
  }

  /// A barrier of the kernel.
  public struct Barrier: Sendable, Hashable {
    /// Counted from 1 in the kernel's text.
    public var number: Int
    /// Where the user wrote it, if that is known.
    public var location: SourcePosition?

    public init(number: Int, location: SourcePosition? = nil) {
      self.number = number
      self.location = location
    }
  }

  /// An element of one of the kernel's buffers.
  public struct Element: Sendable, Hashable {
    public var buffer: Int
    public var space: BufferParameter.Space
    /// As the statement gives it.
    public var index: [Int]
    /// What the user calls the array, if that is known.
    public var name: String?
    /// How far from index zero, in elements.
    public var number: Int

    public init(
      buffer: Int, space: BufferParameter.Space, index: [Int], number: Int, name: String? = nil
    ) {
      self.buffer = buffer
      self.name = name
      self.space = space
      self.index = index
      self.number = number
    }
  }
}

extension SimulationReport {
  /// Where in the user's file it happened, if that is known.
  public var location: SourcePosition? {
    switch problem {
    case .outOfBounds(let access, _, _), .dataRace(_, let access, _),
      .uninitialisedRead(let access, _):
      access.location
    case .divergentBarrier(_, .barrier(let barrier), _, _): barrier.location
    case .divergentBarrier(_, .meeting(let meeting), _, _): meeting.location
    case .warpMisuse(let misuse): misuse.meeting.location
    case .spinning(_, let location), .endless(_, _, let location): location
    }
  }
}

// MARK: - Texts

extension SimulationReport: CustomStringConvertible {
  public var description: String { "[\(kernel)] \(problem)" }
}

extension SimulationReport.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .outOfBounds(let access, let element, let existing?):
      "\(access.who) \(access.verb) \(element)\(access.place): only elements \(existing.lowerBound) ..< "
        + "\(existing.upperBound) exist."
    case .outOfBounds(let access, let element, nil):
      "\(access.who) \(access.verb) \(element)\(access.place): the buffer's address lies in no memory of the "
        + "device."
    case .dataRace(let element, let access, let earlier):
      "Data race: \(access.whoInside) \(access.verb) \(element)\(access.place), and "
        + "\(earlier.whoInside) \(earlier.pastVerb) it\(earlier.place) "
        + (access.thread?.block == earlier.thread?.block
          ? "since the last barrier." : "in the same launch.")
    case .uninitialisedRead(let access, let element):
      "\(access.who) \(access.verb) \(element)\(access.place), where nothing has been written."
    case .divergentBarrier(let thread, let place, let other, let otherPlace):
      "The block's threads part: thread \(thread) waits at \(place), but thread "
        + "\(other.position) "
        + (otherPlace.map { "waits at \($0)." } ?? "has ended.")
    case .warpMisuse(let misuse): misuse.description
    case .spinning(let thread, let location):
      "Thread \(thread) waits\(location.map { " at line \($0.line)" } ?? "") for a change that no "
        + "thread will make: every thread of the block that still runs repeats the same steps."
    case .endless(let steps, let thread, let location):
      "The launch was stopped after \(steps) steps"
        + (thread.map { " in which no thread ended, in thread \($0)" } ?? "")
        + (location.map { " at line \($0.line)" } ?? "")
        + ": it seems not to end. MARTLET_SIMULATOR_STEPS sets the limit."
    }
  }
}

extension SimulationReport.Barrier: CustomStringConvertible {
  public var description: String {
    "barrier \(number)" + (location.map { " at line \($0.line)" } ?? "")
  }
}

extension SimulationReport.Access {
  fileprivate var place: String { location.map { " at line \($0.line)" } ?? "" }
  fileprivate var who: String { thread.map { "Thread \($0)" } ?? "A task" }
  fileprivate var whoInside: String { thread.map { "thread \($0)" } ?? "a task" }

  fileprivate var verb: String {
    switch kind {
    case .read: "reads"
    case .write: "writes"
    case .atomic: "updates atomically"
    }
  }

  fileprivate var pastVerb: String {
    switch kind {
    case .read: "has read"
    case .write: "has written"
    case .atomic: "has atomically updated"
    }
  }
}

extension SimulationReport.Element: CustomStringConvertible {
  public var description: String {
    let kind =
      switch space {
      case .global: ""
      case .shared: "shared "
      case .local: "local "
      case .address: "allocated "
      }
    let place =
      index == [number] ? "" : " (index (\(index.map(String.init).joined(separator: ", "))))"
    let what = name.map { "array '\($0)'" } ?? "buffer b\(buffer)"
    return "element \(number) of \(kind)\(what)\(place)"
  }
}

extension SimulationReport.Thread: CustomStringConvertible {
  public var description: String { "\(position) of block \(block)" }
}
