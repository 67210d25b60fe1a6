import CMartlet
import Glibc
import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

extension KernelCache {
  /// The function of a text that is written already.
  func function(text: String, symbol: String) throws(MartletError) -> UnsafeRawPointer {
    try function(symbol: symbol) { _ in text }
  }
}

/// Loading objects without LLVM. Everything else that compiles kernels tests it too.
@Suite struct ObjectLoaderTests {
  /// Texts whose objects have every kind of part that real ones have.
  static let texts: [(name: String, text: String)] = [
    ("plain", "define void @f(ptr %b, ptr %i, i64 %from, i64 %to) nounwind {\n ret void\n}"),
    ("vectors", axpyText.replacing("@axpy", with: "@f")),
    ("import", importText), ("import twice", importTwiceText), ("constants", constantsText),
    ("jump table", jumpTableText), ("table", tableText),
  ]

  private static let importText = """
    declare ptr @memcpy(ptr, ptr, i64)
    define void @f(ptr %b, ptr %i, i64 %from, i64 %to) nounwind {
      %source = getelementptr i8, ptr %i, i64 8
      %r = call ptr @memcpy(ptr %i, ptr %source, i64 %to)
      ret void
    }
    """

  private static let importTwiceText = """
    declare ptr @memcpy(ptr, ptr, i64)
    declare double @fmod(double, double)
    define void @f(ptr %b, ptr %i, i64 %from, i64 %to) nounwind {
      %x = load double, ptr %i
      %y = call double @fmod(double %x, double 7.5)
      %z = call double @fmod(double %y, double 3.25)
      store double %z, ptr %i
      %target = getelementptr i8, ptr %i, i64 8
      %r = call ptr @memcpy(ptr %target, ptr %i, i64 %to)
      ret void
    }
    """

  private static let constantsText = """
    define void @f(ptr %b, ptr %i, i64 %from, i64 %to) nounwind {
      %x = load double, ptr %i
      %y = fmul double %x, 1.0e10
      %z = fadd double %y, 0.1
      store double %z, ptr %i
      %p = getelementptr float, ptr %i, i64 2
      %v = load float, ptr %p
      %w = fmul float %v, 1.25
      store float %w, ptr %p
      ret void
    }
    """

  private static let jumpTableText = """
    define void @f(ptr %b, ptr %i, i64 %from, i64 %to) nounwind {
      %x = load i64, ptr %i
      switch i64 %x, label %other [
        i64 0, label %a
        i64 1, label %c
        i64 2, label %d
        i64 3, label %e
        i64 4, label %g
      ]
    a: store i64 11, ptr %i
      ret void
    c: store i64 7, ptr %i
      %b0 = load volatile i64, ptr %i
      ret void
    d: store i64 23, ptr %i
      %b1 = load volatile i64, ptr %i
      %b2 = load volatile i64, ptr %i
      ret void
    e: store volatile i64 5, ptr %i
      store volatile i64 4, ptr %i
      ret void
    g: store volatile i64 9, ptr %i
      store volatile i64 8, ptr %i
      store volatile i64 3, ptr %i
      ret void
    other: ret void
    }
    """

  private static let tableText = """
    @table = private constant [6 x i64] [i64 3, i64 1, i64 4, i64 1, i64 5, i64 9]
    define void @f(ptr %b, ptr %i, i64 %from, i64 %to) nounwind {
      %x = load i64, ptr %i
      %p = getelementptr [6 x i64], ptr @table, i64 0, i64 %x
      %y = load i64, ptr %p
      store i64 %y, ptr %i
      ret void
    }
    """

  static func object(_ text: String, export: String = "f") throws -> [UInt8] {
    try LLVMCompiler.shared().object(from: text, symbol: "f", export: export)
  }

  private static func loaded(_ object: [UInt8]) -> Result<LoadedObject, ObjectFile.Refusal> {
    object.withUnsafeBytes { bytes in
      Result { () throws(ObjectFile.Refusal) in try LoadedObject(bytes, export: "f") }
    }
  }

  /// What a function makes of the words that it is given.
  private static func run(_ function: UnsafeRawPointer, _ words: [Int64]) -> [Int64] {
    var words = words
    var other = words
    words.withUnsafeMutableBytes { words in
      other.withUnsafeMutableBytes { other in
        martlet_call_kernel(
          function, [other.baseAddress, other.baseAddress],
          words.baseAddress?.assumingMemoryBound(to: Int64.self), 0, 4)
      }
    }
    return words + other
  }

  @Test(arguments: texts.indices)
  func bothLoadersGiveTheSame(_ n: Int) throws {
    let (name, text) = Self.texts[n]
    let own = try Self.loaded(Self.object(text)).get()
    defer { own.unload() }
    let export = "loader_test_\(n)"
    let other = try Self.object(text, export: export).withUnsafeBytes {
      try LLVMCompiler.shared().load(object: $0, export: export)
    }
    for first in [0, 1, 2, 3, 4, Int64(bitPattern: (1.5e300).bitPattern)] as [Int64] {
      if name == "table", first > 4 { continue }
      let words = [first, Int64(bitPattern: (-2.5).bitPattern), 0x3f80_0000_3fa0_0000, 77]
      #expect(Self.run(own.entry, words) == Self.run(other, words), "\(name), \(first)")
    }
  }

  @Test func theCacheRunsKernelsWithEitherLoader() throws {
    for usesOwnLoader in [true, false] {
      let cache = KernelCache(disk: DiskCache(directory: nil), usesOwnLoader: usesOwnLoader)
      let text = Self.tableText + "; by either loader"
      let function = try cache.function(text: text, symbol: "f")
      #expect(Self.run(function, [5, 0]).first == 9)
    }
  }

  @Test func codeIsNeverWritable() throws {
    let object = try Self.loaded(Self.object(Self.constantsText)).get()
    let entry = UInt(bitPattern: object.entry)
    #expect(try protection(at: entry) == "r-xp")
    // The constants are on the next page.
    #expect(try protection(at: entry + UInt(ObjectFile.pageBytes)) == "r--p")
    object.unload()
    #expect(try protection(at: entry) != "r-xp")
  }

  /// How the page of an address is mapped.
  private func protection(at address: UInt) throws -> String? {
    let file = try #require(fopen("/proc/self/maps", "re"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      let fields = text.split(separator: " ")
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if ends.count == 2, ends[0] <= address, address < ends[1] { return String(fields[1]) }
    }
    return nil
  }

  // MARK: - What is refused

  @Test(arguments: [
    "@state = internal global i64 0\ndefine void @f() {\n store volatile i64 1, ptr @state\n ret void\n}",
    "@there = external global i64\ndefine void @f(ptr %b, ptr %i) {\n %x = load i64, ptr @there\n"
      + " store i64 %x, ptr %i\n ret void\n}",
    "declare void @martlet_there_is_none()\ndefine void @f() {\n call void @martlet_there_is_none()\n"
      + " ret void\n}",
    "define void @f() uwtable {\n ret void\n}",
  ])
  func leavesToLLVMWhatItDoesNotKnow(_ text: String) throws {
    guard case .failure(.unknown) = Self.loaded(try Self.object(text)) else {
      Issue.record("loaded")
      return
    }
  }

  @Test func whatItDoesNotKnowRuns() throws {
    let cache = KernelCache(disk: DiskCache(directory: nil))
    let text = """
      @state = internal global i64 41
      define void @f(ptr %b, ptr %i, i64 %from, i64 %to) {
        %x = load volatile i64, ptr @state
        %y = add i64 %x, 1
        store volatile i64 %y, ptr @state
        store i64 %y, ptr %i
        ret void
      }
      """
    let function = try cache.function(text: text, symbol: "f")
    #expect(Self.run(function, [0]).first == 42)
    #expect(Self.run(function, [0]).first == 43)
  }

  @Test func wantsTheFunction() throws {
    let object = try Self.object(Self.tableText, export: "g")
    #expect {
      try Self.loaded(object).get()
    } throws: { error in
      error as? ObjectFile.Refusal == .damaged("it has no function f")
    }
  }

  /// The fuzz of a damaged or hostile file: it is refused, or what is made of it stays inside.
  @Test(arguments: texts.indices)
  func survivesDamage(_ n: Int) throws {
    let object = try Self.object(Self.texts[n].text)
    var random = SplitMix(state: UInt64(n))
    var accepted = 0
    for round in 0..<6000 {
      var damaged = object
      if round % 4 == 0 {
        damaged.removeLast(Int(random.next() % UInt64(object.count)))
      }
      for _ in 0..<(1 + random.next() % 4) where !damaged.isEmpty {
        // Half of the damage goes to the headers of the sections, at the end, or of the file.
        let isHeader = random.next() % 2 == 0
        let reach = min(damaged.count, isHeader ? 64 * 10 : damaged.count)
        var at = Int(random.next() % UInt64(reach))
        if isHeader, at > 64 { at = damaged.count - at }
        let bytes: [UInt8] = [0, 0xff, 0x7f, 0x80, 1, UInt8(truncatingIfNeeded: random.next())]
        damaged[at] = bytes[Int(random.next() % 6)]
      }
      if isSound(damaged) { accepted += 1 }
    }
    // Much of a file means nothing to loading, so some must have come through.
    #expect(accepted > 0)
  }

  @Test func survivesRandomBytesBehindAMagicNumber() throws {
    let object = try Self.object(Self.constantsText)
    var random = SplitMix(state: 7)
    for _ in 0..<2000 {
      var bytes = (0..<Int(random.next() % 2000)).map { _ in
        UInt8(truncatingIfNeeded: random.next())
      }
      for i in 0..<min(20, bytes.count) { bytes[i] = object[i] }
      _ = isSound(bytes)
    }
    #expect(!isSound([]))
  }

  /// Whether the file is accepted; then all that loading would do must be inside its memory.
  private func isSound(_ bytes: [UInt8]) -> Bool {
    let file = bytes.withUnsafeBytes { bytes in
      Result { () throws(ObjectFile.Refusal) in try ObjectFile(bytes, export: "f") }
    }
    guard case .success(let file) = file else {
      if case .success = Self.loaded(bytes) { Issue.record("loaded what was refused") }
      return false
    }
    #expect(file.codeEnd <= file.importsStart)
    let importsEnd = file.importsStart + file.imports.count * ObjectFile.importBytes
    #expect(importsEnd <= file.constantsStart && file.constantsStart <= file.imageEnd)
    for section in file.sections {
      let end = section.offset + section.contents.count
      #expect(section.offset >= 0 && section.contents.upperBound <= bytes.count)
      #expect(end <= (section.isCode ? file.codeEnd : file.imageEnd))
      #expect(section.isCode || section.offset >= file.constantsStart)
    }
    for reference in file.references {
      #expect(reference.offset >= 0 && reference.offset + 4 <= file.imageEnd)
    }
    #expect(file.entry >= 0 && file.entry < file.codeEnd)
    // Mapping it is part of the test; calling it is not.
    if case .success(let loaded) = Self.loaded(bytes) { loaded.unload() }
    return true
  }
}

/// Sebastiano Vigna's generator: small, and the same numbers everywhere.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
