/// A relocatable ELF object with a kernel, checked and reduced to what loading it needs.
///
/// libLLVM writes small objects: machine code, constants, a table of symbols, and references between
/// them. Only those are known here; anything else is `.unknown`, and LLVM's own loader takes it. The
/// file may come from the disk cache, so every number in it is checked before it is used.
struct ObjectFile {
  enum Refusal: Error, Equatable {
    /// The file breaks the rules of its format.
    case damaged(String)
    /// The file has something that is not known here.
    case unknown(String)
  }

  /// What is copied to memory.
  struct Section {
    /// Where its bytes are in the file.
    let contents: Range<Int>
    let isCode: Bool
    /// Where it lies in the image, in bytes.
    var offset = 0
    let alignment: Int
  }

  /// Four bytes that hold how far it is to what they refer to, in bytes.
  struct Reference {
    /// Where they are in the image.
    let offset: Int
    let distance: Int32
  }

  private(set) var sections: [Section] = []
  private(set) var references: [Reference] = []
  /// Names of functions that the code calls.
  private(set) var imports: [String] = []
  /// Where the exported function begins, in the image.
  private(set) var entry = 0
  /// How far the code reaches, in bytes; then come the jumps to `imports`, then the constants.
  private(set) var codeEnd = 0
  private(set) var constantsStart = 0
  private(set) var imageEnd = 0

  static let pageBytes = 4096
  static let importBytes = 16
  /// Far more than any kernel has.
  private static let imageLimit = 1 << 28

  #if arch(x86_64)
    private static let hostMachine: UInt16? = 62
  #else
    private static let hostMachine: UInt16? = nil
  #endif

  /// - Parameter export: the symbol of the function that is wanted.
  init(_ file: UnsafeRawBufferPointer, export: String) throws(Refusal) {
    let reader = Reader(file: file)
    let headers = try Self.sectionHeaders(reader)
    let symbols = try SymbolTable(headers, in: reader)
    let image = try place(headers, importLimit: try symbols.importCount)
    var numbers: [Int: Int] = [:]
    for header in headers where header.kind == .relocations {
      guard let section = image[Int(header.info)] else {
        guard headers.indices.contains(Int(header.info)) else {
          throw .damaged("relocations of a section that is not there")
        }
        continue  // Of something that is not loaded, such as debugging information.
      }
      try addReferences(header, to: sections[section], symbols, image, &numbers, reader)
    }
    entry = try symbols.place(of: export, sections, image)
  }

  // MARK: - Sections

  private struct Header {
    enum Kind: UInt32 {
      case none = 0
      case contents = 1
      case symbols = 2
      case strings = 3
      case relocations = 4
      case plainRelocations = 9
    }

    /// Nil for one that is not known here.
    let kind: Kind?
    let flags: UInt64
    let contents: Range<Int>
    let link: UInt32
    let info: UInt32
    let alignment: UInt64
    let entryBytes: UInt64

    var isLoaded: Bool { flags & Header.loaded != 0 }

    static let loaded: UInt64 = 2
    static let code: UInt64 = 4
    /// Loaded, code, and that equal constants or strings could be merged.
    static let known: UInt64 = 2 | 4 | 16 | 32
  }

  private static func sectionHeaders(_ reader: Reader) throws(Refusal) -> [Header] {
    // ELF, 64 bits, little-endian, version 1.
    guard try reader.number(UInt64.self, at: 0) & 0x00ff_ffff_ffff_ffff == 0x0001_0102_464c_457f
    else { throw .damaged("it is no ELF file of 64 bits") }
    guard try reader.number(UInt16.self, at: 16) == 1 else {
      throw .damaged("it is not relocatable")
    }
    guard try reader.number(UInt16.self, at: 18) == hostMachine else {
      throw .unknown("another processor")
    }
    let start = try reader.number(UInt64.self, at: 40)
    let bytes = try reader.number(UInt16.self, at: 58)
    let count = try reader.number(UInt16.self, at: 60)
    guard bytes == 64 else { throw .damaged("a section's header has \(bytes) bytes") }
    // A file without sections, or with so many that their number is elsewhere.
    guard count > 0 else { throw .unknown("no number of sections") }
    let table = try reader.range(at: start, count: UInt64(count) * 64)
    var headers: [Header] = []
    for at in stride(from: table.lowerBound, to: table.upperBound, by: 64) {
      let kind = Header.Kind(rawValue: try reader.number(UInt32.self, at: at + 4))
      let flags = try reader.number(UInt64.self, at: at + 8)
      let first = try reader.number(UInt64.self, at: at + 24)
      let size = try reader.number(UInt64.self, at: at + 32)
      let isInFile = kind != nil && kind != Header.Kind.none
      headers.append(
        Header(
          kind: kind, flags: flags,
          contents: isInFile ? try reader.range(at: first, count: size) : 0..<0,
          link: try reader.number(UInt32.self, at: at + 40),
          info: try reader.number(UInt32.self, at: at + 44),
          alignment: try reader.number(UInt64.self, at: at + 48),
          entryBytes: try reader.number(UInt64.self, at: at + 56)))
    }
    return headers
  }

  /// Chooses where the sections go: code, room for jumps, constants on pages of their own. Returns
  /// the number in `sections` by the number in the file.
  private mutating func place(
    _ headers: [Header], importLimit: Int
  ) throws(Refusal) -> [Int: Int] {
    var image: [Int: Int] = [:]
    for (n, header) in headers.enumerated() where header.isLoaded {
      guard header.kind == .contents, header.flags & ~Header.known == 0 else {
        throw .unknown("a section that is neither code nor constants")
      }
      let alignment = max(1, header.alignment)
      guard alignment <= Self.pageBytes, alignment & (alignment - 1) == 0 else {
        throw .damaged("an alignment of \(alignment) bytes")
      }
      image[n] = sections.count
      sections.append(
        Section(
          contents: header.contents, isCode: header.flags & Header.code != 0,
          alignment: Int(alignment)))
    }
    codeEnd = try place(from: 0) { $0.isCode }
    let jumpsEnd = importsStart + importLimit * Self.importBytes
    constantsStart = (jumpsEnd + Self.pageBytes - 1) & ~(Self.pageBytes - 1)
    imageEnd = try place(from: constantsStart) { !$0.isCode }
    return image
  }

  private mutating func place(
    from start: Int, _ isMember: (Section) -> Bool
  ) throws(Refusal) -> Int {
    var end = start
    for i in sections.indices where isMember(sections[i]) {
      end = (end + sections[i].alignment - 1) & ~(sections[i].alignment - 1)
      sections[i].offset = end
      end += sections[i].contents.count
      // Sections may share bytes of the file, so the sum has a bound of its own.
      guard end <= Self.imageLimit else { throw .damaged("its sections are too large") }
    }
    return end
  }

  /// Where the jumps to `imports` begin, in the image.
  var importsStart: Int { (codeEnd + Self.importBytes - 1) & ~(Self.importBytes - 1) }

  // MARK: - References

  private mutating func addReferences(
    _ header: Header, to section: Section, _ symbols: SymbolTable, _ image: [Int: Int],
    _ numbers: inout [Int: Int], _ reader: Reader
  ) throws(Refusal) {
    guard header.entryBytes == 24, header.contents.count % 24 == 0 else {
      throw .damaged("the size of its relocations")
    }
    for at in stride(from: header.contents.lowerBound, to: header.contents.upperBound, by: 24) {
      let offset = try reader.number(UInt64.self, at: at)
      let kind = try reader.number(UInt32.self, at: at + 8)
      let number = Int(try reader.number(UInt32.self, at: at + 12))
      let addend = Int(try reader.number(Int64.self, at: at + 16))
      // R_X86_64_PC32 and R_X86_64_PLT32: 32 bits, relative to their own place.
      guard kind == 2 || kind == 4 else { throw .unknown("relocations of kind \(kind)") }
      guard section.contents.count >= 4, offset <= UInt64(section.contents.count - 4) else {
        throw .damaged("a relocation outside of its section")
      }
      let symbol = try symbols.symbol(number)
      let target: Int
      if symbol.isImported {
        guard kind == 4 else { throw .unknown("data of the process") }
        let known = numbers[number] ?? imports.count
        if known == imports.count {
          numbers[number] = known
          imports.append(try symbols.name(of: symbol))
        }
        target = importsStart + known * Self.importBytes
      } else {
        target = try symbol.place(sections, image)
      }
      let here = section.offset + Int(offset)
      let (distance, overflow) = addend.addingReportingOverflow(target - here)
      guard !overflow, let distance = Int32(exactly: distance) else {
        throw .damaged("a relocation that reaches too far")
      }
      references.append(Reference(offset: here, distance: distance))
    }
  }

  // MARK: - Symbols

  private struct Symbol {
    let name: UInt32
    let section: Int
    let value: UInt64

    /// Zero is the number of no section.
    var isImported: Bool { section == 0 }

    func place(_ sections: [Section], _ image: [Int: Int]) throws(Refusal) -> Int {
      guard let number = image[section] else { throw .unknown("a symbol that is in no section") }
      guard value <= UInt64(sections[number].contents.count) else {
        throw .damaged("a symbol outside of its section")
      }
      return sections[number].offset + Int(value)
    }
  }

  private struct SymbolTable {
    static let entryBytes = 24

    private let reader: Reader
    private let entries: Range<Int>
    private let strings: Range<Int>

    init(_ headers: [Header], in reader: Reader) throws(Refusal) {
      let tables = headers.filter { $0.kind == .symbols }
      guard tables.count == 1, let table = tables.first else {
        throw .damaged("it has \(tables.count) tables of symbols")
      }
      guard table.entryBytes == Self.entryBytes, table.contents.count % Self.entryBytes == 0,
        headers.indices.contains(Int(table.link)), headers[Int(table.link)].kind == .strings
      else { throw .damaged("its table of symbols") }
      guard !headers.contains(where: { $0.kind == .plainRelocations }) else {
        throw .unknown("relocations without addends")
      }
      self.reader = reader
      entries = table.contents
      strings = headers[Int(table.link)].contents
    }

    /// How many symbols are the process's.
    var importCount: Int {
      get throws(Refusal) {
        var count = 0
        for number in 0..<(entries.count / Self.entryBytes) where try symbol(number).isImported {
          count += 1
        }
        return count
      }
    }

    func symbol(_ number: Int) throws(Refusal) -> Symbol {
      guard number < entries.count / Self.entryBytes else {
        throw .damaged("a symbol that is not there")
      }
      let at = entries.lowerBound + number * Self.entryBytes
      return Symbol(
        name: try reader.number(UInt32.self, at: at),
        section: Int(try reader.number(UInt16.self, at: at + 6)),
        value: try reader.number(UInt64.self, at: at + 8))
    }

    func name(of symbol: Symbol) throws(Refusal) -> String {
      guard symbol.name < UInt32(clamping: strings.count),
        let end = reader.file[strings].dropFirst(Int(symbol.name)).firstIndex(of: 0)
      else { throw .damaged("the name of a symbol") }
      return String(
        decoding: reader.file[(strings.lowerBound + Int(symbol.name))..<end], as: UTF8.self)
    }

    /// Where the code of the symbol `export` is in the image.
    func place(
      of export: String, _ sections: [Section], _ image: [Int: Int]
    ) throws(Refusal) -> Int {
      for number in 0..<(entries.count / Self.entryBytes) {
        let symbol = try symbol(number)
        guard !symbol.isImported, let section = image[symbol.section], sections[section].isCode,
          symbol.value < UInt64(sections[section].contents.count),
          try name(of: symbol) == export
        else { continue }
        return try symbol.place(sections, image)
      }
      throw .damaged("it has no function \(export)")
    }
  }

  // MARK: - Numbers of the file

  private struct Reader {
    let file: UnsafeRawBufferPointer

    /// The bytes from `start`, if the file has that many.
    func range(at start: UInt64, count: UInt64) throws(Refusal) -> Range<Int> {
      let size = UInt64(file.count)
      guard start <= size, count <= size - start else { throw .damaged("it ends too early") }
      return Int(start)..<Int(start + count)
    }

    func number<T: FixedWidthInteger & BitwiseCopyable>(
      _ type: T.Type, at offset: Int
    ) throws(Refusal) -> T {
      guard offset <= file.count - MemoryLayout<T>.size else { throw .damaged("it ends too early") }
      return T(littleEndian: file.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
  }
}
