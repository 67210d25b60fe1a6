extension Profile {
  /// What became quicker and what slower since another profile: a table of the lines and what they
  /// did, the greatest difference first.
  ///
  /// - Parameters:
  ///   - before: the profile to compare with.
  ///   - limit: how many rows.
  public func comparison(with before: Profile, limit: Int = 20) -> String {
    struct Row {
      var before = 0.0
      var after = 0.0
      var counts = (0, 0)
    }
    var rows: [String: Row] = [:]
    func add(_ profile: Profile, _ change: (inout Row, Entry) -> Void) {
      for line in profile.lines {
        for entry in line.entries {
          let device = entry.device == "cpu" ? "" : " on \(entry.device)"
          let name = "\(line.place)  \(entry.kind.rawValue) \(entry.name)\(device)"
          change(&rows[name, default: Row()], entry)
        }
      }
    }
    add(before) {
      $0.before += $1.seconds
      $0.counts.0 += $1.count
    }
    add(self) {
      $0.after += $1.seconds
      $0.counts.1 += $1.count
    }
    var text = [
      "martlet profile: \(ProfileText.time(before.seconds)) before, \(ProfileText.time(seconds)) after"
        + Self.ratio(before.seconds, seconds),
      "    before      after    change        calls  what",
    ]
    let sorted = rows.sorted { a, b in
      (abs(b.value.after - b.value.before), a.key) < (abs(a.value.after - a.value.before), b.key)
    }
    for (name, row) in sorted.prefix(limit) {
      let change = row.after - row.before
      let counts =
        row.counts.0 == row.counts.1 ? "\(row.counts.0)" : "\(row.counts.0) → \(row.counts.1)"
      text.append(
        ProfileText.right(row.counts.0 == 0 ? "–" : ProfileText.time(row.before), 10)
          + ProfileText.right(row.counts.1 == 0 ? "–" : ProfileText.time(row.after), 11)
          + ProfileText.right((change < 0 ? "−" : "+") + ProfileText.time(abs(change)), 10)
          + ProfileText.right(counts, 13) + "  " + name)
    }
    if sorted.count > limit { text.append("  \(sorted.count - limit) more") }
    return text.joined(separator: "\n")
  }

  private static func ratio(_ before: Double, _ after: Double) -> String {
    guard before > 0, after > 0 else { return "" }
    let change = after / before - 1
    return " (\(change < 0 ? "−" : "+")\(ProfileText.percent(abs(change))))"
  }
}
