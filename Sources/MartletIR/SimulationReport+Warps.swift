extension SimulationReport {
  /// A place where threads meet: a warp operation or a barrier that tells something.
  public struct Meeting: Sendable, Hashable {
    public var operation: Collective
    /// Where the user wrote it, if that is known.
    public var location: SourcePosition?

    public init(operation: Collective, location: SourcePosition? = nil) {
      self.operation = operation
      self.location = location
    }
  }

  /// Where a thread waits for others.
  public enum Place: Sendable, Hashable {
    case barrier(Barrier)
    case meeting(Meeting)
  }

  /// A use of a warp operation whose result no GPU promises.
  public struct WarpMisuse: Sendable, Hashable {
    public enum Reason: Sendable, Hashable {
      /// The mask does not name the thread's own lane.
      case callerNotNamed
      /// A thread that the mask names waits elsewhere or, without a place, has ended.
      case absent(Thread, Place?)
      /// A thread that the mask names came with another mask.
      case otherMask(Thread, UInt32)
      /// The lane whose value is asked for is not named by the mask, or there is no such thread.
      case source(lane: Int, isNamed: Bool)
    }

    public var thread: Thread
    public var meeting: Meeting
    public var mask: UInt32
    public var reason: Reason

    public init(thread: Thread, meeting: Meeting, mask: UInt32, reason: Reason) {
      self.thread = thread
      self.meeting = meeting
      self.mask = mask
      self.reason = reason
    }
  }
}

// MARK: - Texts

extension SimulationReport.Meeting: CustomStringConvertible {
  public var description: String {
    operation.phrase + (location.map { " at line \($0.line)" } ?? "")
  }
}

extension SimulationReport.Place: CustomStringConvertible {
  public var description: String {
    switch self {
    case .barrier(let barrier): barrier.description
    case .meeting(let meeting): meeting.description
    }
  }
}

extension SimulationReport.WarpMisuse: CustomStringConvertible {
  public var description: String {
    let mask = Self.hexadecimal(mask)
    switch reason {
    case .callerNotNamed:
      return "Thread \(thread) takes part in \(meeting) with the mask \(mask), which does not name "
        + "its own lane."
    case .absent(let other, let place):
      return "Thread \(thread) waits in \(meeting) for the lanes of the mask \(mask), but thread "
        + "\(other.position), which it names, " + (place.map { "waits at \($0)." } ?? "has ended.")
    case .otherMask(let other, let otherMask):
      return "Thread \(thread) takes part in \(meeting) with the mask \(mask), but thread "
        + "\(other.position), which it names, with the mask \(Self.hexadecimal(otherMask))."
    case .source(let lane, let isNamed):
      return "Thread \(thread) reads from lane \(lane) in \(meeting), "
        + (isNamed
          ? "where the block has no thread." : "which the mask \(mask) does not name.")
    }
  }

  private static func hexadecimal(_ mask: UInt32) -> String {
    let digits = String(mask, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}

extension Collective {
  /// What it is, in a report.
  fileprivate var phrase: String {
    switch self {
    case .syncWarp: "a barrier of the warp"
    case .allLanes, .anyLane, .sameLanes: "a vote of the warp"
    case .ballot: "a ballot of the warp"
    case .matchAny, .matchAll: "a match of the warp"
    case .shuffle, .shuffleUp, .shuffleDown, .shuffleXor: "a shuffle"
    case .activeMask: "an active mask"
    case .countThreads, .allThreads, .anyThread: "a vote of the block"
    }
  }
}
