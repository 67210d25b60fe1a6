import MartletIR
import Synchronization

/// The row of a user's operation in the table.
public struct DispatchedRow: Sendable, Hashable {
  /// The operation's name.
  public var name: String
  /// What it takes and gives.
  public var signature: DispatchedOperation.Signature
  /// What it does, in one line.
  public var summary: String
  /// What there are implementations for, the CPU first.
  public var targets: [DispatchedOperation.Target]

  package init(
    name: String, signature: DispatchedOperation.Signature, summary: String,
    targets: [DispatchedOperation.Target]
  ) {
    self.name = name
    self.signature = signature
    self.summary = summary
    self.targets = targets
  }
}

extension OperationTable {
  private struct Entry: Sendable {
    var row: DispatchedRow
    /// Nil for one that was declared in Python, whose implementations are Python's.
    var operation: DispatchedOperation?
  }

  /// Guarded by its lock, so any thread may declare and add.
  private static let entries = Mutex<[String: Entry]>([:])

  /// The rows that users declared, by name.
  public static var dispatched: [DispatchedRow] {
    entries.withLock { entries in
      entries.values.map(\.row).sorted { $0.name < $1.name }
    }
  }

  /// The operation of this name that was declared in Swift.
  public static func dispatched(named name: String) -> DispatchedOperation? {
    entries.withLock { $0[name]?.operation }
  }

  /// Adds a row.
  ///
  /// - Throws: `.invalidArgument` where the name is none, is a built-in operation's, or was declared
  ///   before and is not to be replaced.
  package static func register(
    _ row: DispatchedRow, _ operation: DispatchedOperation?, replacing: Bool
  ) throws(MartletError) {
    guard let first = row.name.first, first.isLetter || first == "_",
      row.name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
    else {
      throw .invalidArgument(
        operation: row.name, detail: "an operation's name is an identifier, not '\(row.name)'")
    }
    let isBuiltIn =
      elementwise(named: row.name) != nil
      || ReductionOperation.rows.contains { $0.name == row.name }
    if isBuiltIn {
      throw .invalidArgument(
        operation: row.name,
        detail: "a built-in operation has this name: choose another for yours")
    }
    let isNew = entries.withLock { entries in
      if entries[row.name] != nil, !replacing { return false }
      entries[row.name] = Entry(row: row, operation: operation)
      return true
    }
    if !isNew {
      throw .invalidArgument(
        operation: row.name, detail: "an operation of this name was declared before")
    }
  }

  /// Notes an implementation in the row of this name, if that still belongs to `owner`.
  package static func note(
    _ target: DispatchedOperation.Target, of name: String, owner: DispatchedOperation?
  ) {
    entries.withLock { entries in
      guard var entry = entries[name], entry.operation === owner,
        !entry.row.targets.contains(target)
      else { return }
      entry.row.targets.append(target)
      entry.row.targets[1...].sort { $0.description < $1.description }
      entries[name] = entry
    }
  }
}
