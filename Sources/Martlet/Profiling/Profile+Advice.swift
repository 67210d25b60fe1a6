import MartletIR

extension Profile {
  /// Which lines cost most and what would help, a sentence or two for each, the costliest first.
  ///
  /// - Parameter limit: how many lines.
  public func advice(limit: Int = 3) -> [String] {
    let total = secondsInMartlet
    var found: [String] = []
    if seconds > 0, total < 0.5 * seconds {
      found.append(
        "\(ProfileText.time(seconds - total)) of \(ProfileText.time(seconds)) passed outside of "
          + "Martlet, in the program's own code or other libraries: Martlet cannot make that quicker. "
          + "`python -m martlet --line-profile` shows which lines of a script it is.")
    }
    for line in lines.prefix(limit) where total > 0 && line.seconds >= 0.05 * total {
      guard let worst = line.entries.first else { continue }
      let share = ProfileText.percent(line.seconds / total)
      found.append(
        "\(line.place) costs \(ProfileText.time(line.seconds)), \(share) of the time in Martlet. "
          + help(line, worst))
    }
    return found
  }

  private func help(_ line: Line, _ worst: Entry) -> String {
    let time = ProfileText.time(worst.seconds)
    let each = worst.count > 0 ? worst.bytes / worst.count : 0
    switch worst.kind {
    case .fallback:
      return "NumPy serves '\(worst.name)' there (\(worst.note)), which took \(time)"
        + (worst.count > 1 ? " in \(worst.count) calls" : "")
        + ". A function that Martlet has would be quicker: docs/coverage.md lists them."
    case .compile where worst.note == "compiled" || worst.note == "loaded from disk":
      return worst.note == "compiled"
        ? "\(time) of that went into compiling kernels, which is done once: from the second "
          + "run on they come from the disk cache."
        : "\(time) of that went into loading kernels from the disk cache, once for each process."
    case .compile: return "\(time) of that went into making kernels ready, once for each process."
    case .transfer:
      return "\(ProfileText.bytes(worst.bytes)) were copied (\(worst.name)) in "
        + "\(worst.count) copies, which took \(time). Keep arrays on one device, and bring back "
        + "only what is looked at."
    case .copy:
      return "\(ProfileText.bytes(worst.bytes / 2)) were copied because another array shared "
        + "the memory that was written. Write before the other array is made, or let go of it first."
    case .direct where worst.count >= 1000 && each < 1 << 16:
      return
        "\(worst.count) calls of '\(worst.name)' work on about \(ProfileText.bytes(each)) each, "
        + "so that the calls cost more than the arithmetic. Work on whole arrays at once, or make the "
        + "loop a kernel (in Python by `martlet.jit`, in Swift by `@Vectorized`)."
    case .call where worst.count >= 1000 && worst.seconds / Double(worst.count) < 1e-4:
      return "'\(worst.name)' is called \(worst.count) times for a little work each. Call it once, "
        + "with an axis more, or make the loop a kernel (in Python by `martlet.jit`)."
    case .launch, .direct: return launchHelp(line, worst)
    case .library:
      let share = MachineLimits.here?.share(of: worst)
      let reached = share.map { ", \(ProfileText.percent($0)) of what this machine can" } ?? ""
      if worst.name.contains("64") || worst.name.contains("complex128") {
        return "\(worst.name) took \(time)\(reached). Half the precision (float32) would take half."
      }
      return "\(worst.name) took \(time)\(reached). Only less arithmetic would be quicker."
    case .call: return "'\(worst.name)' took \(time) of that in \(counted(worst.count))."
    case .section: return "\(time) of that passed outside of Martlet."
    }
  }

  private func launchHelp(_ line: Line, _ worst: Entry) -> String {
    let launches = line.entries.filter { $0.kind == .launch }.reduce(0) { $0 + $1.count }
    var text = "'\(worst.name)' took \(ProfileText.time(worst.seconds)) in \(counted(worst.count))"
    if let limits = MachineLimits.here, let share = limits.share(of: worst), worst.bytes > 0 {
      let level = limits.level(of: worst.bytes / max(worst.count, 1))
      let speed = Double(worst.bytes) / worst.seconds
      text += ", at \(ProfileText.digits(speed / 1e9)) GB/s, \(ProfileText.percent(share)) of what "
      text += "\(level.name) gives"
      if share >= 0.5 {
        text += ". It waits for memory: fewer or narrower numbers (float32), or more of the work "
        text += "in one expression before something looks at it, would help"
      } else {
        text += ". The arithmetic is what takes long: cheaper functions, float32, or less of it "
        text += "would help"
      }
    }
    if launches > worst.count, line.entries.filter({ $0.kind == .launch }).count > 1 {
      text += ". The line makes \(launches) launches: what is looked at between them (print, item, "
      text += "an index, NumPy) keeps them from being fused"
    }
    return text + "."
  }

  private func counted(_ count: Int) -> String { count == 1 ? "one call" : "\(count) calls" }
}
