import MartletIR

/// The text of one LLVM function under construction.
struct LLVMText {
  /// What runs before everything else: allocas, slots, buffer addresses.
  private(set) var entry = ""
  private(set) var body = ""
  /// The label of the block that is being written.
  private(set) var block = "start"
  private var names = 0
  private var loops = 0
  private var usesScope = false
  private var callsSeldom = false
  private var callsSystem = false
  /// Whether a store bypasses the caches.
  private(set) var streams = false
  /// Beyond the numbers of loops, which come one by one.
  private static let streamingMark = 999_999
  /// Beyond that.
  private static let separateMark = 1_000_001
  /// The buffers that accesses were marked for, each with all that lie apart.
  private var separate: [Int: [Int]] = [:]
  private var declarations: Set<String> = []

  mutating func fresh(_ prefix: String = "t") -> String {
    names += 1
    return "\(prefix)\(names)"
  }

  mutating func line(_ text: String) { body += "  \(text)\n" }

  /// Writes an instruction and returns the name of its result.
  mutating func define(_ text: String) -> String {
    let name = "%" + fresh()
    body += "  \(name) = \(text)\n"
    return name
  }

  mutating func defineAtEntry(_ text: String) -> String {
    let name = "%" + fresh("e")
    entry += "  \(name) = \(text)\n"
    return name
  }

  mutating func lineAtEntry(_ text: String) { entry += "  \(text)\n" }

  /// Calls a function by its address, which is seldom reached and touches nothing of the kernel's
  /// own but what its argument leads to.
  mutating func callSeldom(_ function: String, _ argument: String) -> String {
    callsSeldom = true
    return define("call i64 \(function)(ptr \(argument)) #1")
  }

  /// Calls a function of the C library as it stands there: LLVM knows what these mean, and would
  /// make `pow(x, 2)` a product, whose last bit may differ.
  mutating func callSystem(_ name: String, _ arguments: [String]) -> String {
    callsSystem = true
    let list = arguments.map { "double \($0)" }.joined(separator: ", ")
    declare("double", name, arguments.map { _ in "double" })
    return define("call double @\(name)(\(list)) #2")
  }

  mutating func label(_ name: String) {
    body += "\(name):\n"
    block = name
  }

  mutating func branch(to label: String) { line("br label %\(label)") }

  mutating func branch(if condition: String, _ then: String, else otherwise: String) {
    line("br i1 \(condition), label %\(then), label %\(otherwise)")
  }

  /// Calls an intrinsic, which gets declared.
  mutating func call(
    _ result: String, _ name: String, _ arguments: [(type: String, value: String)],
    _ flags: String = ""
  ) -> String {
    declare(result, name, arguments.map(\.type))
    let list = arguments.map { "\($0.type) \($0.value)" }.joined(separator: ", ")
    return define("call\(flags) \(result) @\(name)(\(list))")
  }

  mutating func callVoid(
    _ name: String, _ arguments: [(type: String, value: String)], _ tail: String
  ) {
    declare("void", name, arguments.map(\.type))
    let list = arguments.map { "\($0.type) \($0.value)" }.joined(separator: ", ")
    line("call void @\(name)(\(list))\(tail)")
  }

  private mutating func declare(_ result: String, _ name: String, _ types: [String]) {
    declarations.insert("declare \(result) @\(name)(\(types.joined(separator: ", ")))")
  }

  /// The metadata of a loop that is as wide as it should be already.
  mutating func finishedLoop() -> String {
    loops += 1
    return ", !llvm.loop !\(4 + loops)"
  }

  /// Loads of one element by a whole vector loop never see the loop's stores: a buffer that is
  /// read at one place and written at another is two buffers that do not overlap. Saying so lets
  /// the load, and what is computed from it, move out of the loop.
  mutating func uniformLoadScope() -> String {
    usesScope = true
    return ", !alias.scope !4"
  }

  mutating func vectorStoreScope() -> String {
    usesScope = true
    return ", !noalias !4"
  }

  /// The metadata of an access to a buffer that lies apart from `others`, which lie apart from each
  /// other too. Each has three numbers: itself, the list of it alone, and the list of all others.
  mutating func separateScope(_ buffer: Int, of others: [Int]) -> String {
    separate[buffer] = others
    let number = Self.separateMark + 3 * buffer
    return ", !alias.scope !\(number + 1), !noalias !\(number + 2)"
  }

  private func separateScopes() -> String {
    if separate.isEmpty { return "" }
    let domain = Self.separateMark - 1
    var text = "!\(domain) = distinct !{!\(domain), !\"buffers\"}\n"
    for buffer in Set(separate.values.joined()).sorted() {
      let number = Self.separateMark + 3 * buffer
      text += "!\(number) = distinct !{!\(number), !\(domain)}\n"
      guard let others = separate[buffer] else { continue }
      let rest = others.filter { $0 != buffer }.map { "!\(Self.separateMark + 3 * $0)" }
      text += "!\(number + 1) = !{!\(number)}\n"
      text += "!\(number + 2) = !{\(rest.joined(separator: ", "))}\n"
    }
    return text
  }

  /// Marks a store whose memory need not stay in caches.
  mutating func streaming() -> String {
    streams = true
    return ", !nontemporal !\(Self.streamingMark)"
  }

  /// The module with this function.
  func module(name: String, target: TargetDescription) -> String {
    var text = ""
    if !target.dataLayout.isEmpty { text += "target datalayout = \"\(target.dataLayout)\"\n" }
    if !target.triple.isEmpty { text += "target triple = \"\(target.triple)\"\n" }
    text += "\ndefine void @\(Self.quoted(name))(ptr noalias readonly %buffers, "
    text += "ptr noalias readonly %slots, i64 %begin, i64 %end) #0 {\nentry:\n"
    text += entry
    text += "  br label %start\nstart:\n"
    text += body
    text += "  ret void\n}\n\n"
    for declaration in declarations.sorted() { text += declaration + "\n" }
    text += "\nattributes #0 = { nounwind"
    if !target.processor.isEmpty { text += " \"target-cpu\"=\"\(target.processor)\"" }
    if !target.features.isEmpty { text += " \"target-features\"=\"\(target.features)\"" }
    text += " \"prefer-vector-width\"=\"\(target.vectorBytes * 8)\""
    text += " \"min-legal-vector-width\"=\"\(target.vectorBytes * 8)\" }\n"
    if callsSeldom {
      text += "attributes #1 = { cold nounwind inaccessiblemem_or_argmemonly }\n"
    }
    if callsSystem {
      text += "attributes #2 = { nobuiltin nounwind willreturn readnone }\n"
    }
    if loops > 0 || usesScope {
      text += "\n!0 = !{!\"llvm.loop.unroll.disable\"}\n"
      text += "!1 = !{!\"llvm.loop.vectorize.enable\", i1 false}\n"
      text += "!2 = distinct !{!2, !\"kernel\"}\n!3 = distinct !{!3, !2, !\"uniform loads\"}\n"
      text += "!4 = !{!3}\n"
    }
    if streams { text += "!\(Self.streamingMark) = !{i32 1}\n" }
    text += separateScopes()
    for loop in 0..<loops { text += "!\(5 + loop) = distinct !{!\(5 + loop), !0, !1}\n" }
    return text
  }

  private static func quoted(_ name: String) -> String {
    var text = "\""
    for byte in name.utf8 {
      let character = Character(UnicodeScalar(byte))
      if byte < 0x80, character.isLetter || character.isNumber || "_.$-".contains(character) {
        text.append(character)
      } else {
        let digits = String(byte, radix: 16)
        text += "\\" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return text + "\""
  }
}

extension DType {
  /// The type of one value in a register; half types are held as exactly representable floats, and
  /// a complex number as two registers of its parts.
  var registerType: String {
    switch self {
    case .bool: "i1"
    case .float16, .bfloat16, .float32, .complex64: "float"
    case .float64, .complex128: "double"
    default: "i\(itemSize * 8)"
    }
  }

  /// The type of one element (of a complex number: of a part) in memory.
  var memoryType: String {
    switch self {
    case .bool: "i8"
    case .float16, .bfloat16: "i16"
    default: registerType
    }
  }

  /// Bytes of one element (of a complex number: of a part) in memory.
  var memorySize: Int { isComplex ? itemSize / 2 : itemSize }

  /// Bytes of one value in a vector register.
  var registerSize: Int { registerType == "float" ? 4 : memorySize }

  var partCount: Int { isComplex ? 2 : 1 }

  /// How intrinsics name the type of a value in a register, `f64` for example.
  var registerMangling: String { Self.mangling(registerType) }
  var memoryMangling: String { Self.mangling(memoryType) }

  static func mangling(_ type: String) -> String {
    switch type {
    case "float": "f32"
    case "double": "f64"
    default: type
    }
  }
}

/// `<8 x double>`, or `double` for one lane.
func vectorType(_ type: String, _ lanes: Int) -> String {
  lanes == 1 ? type : "<\(lanes) x \(type)>"
}

/// `v8f64`, or `f64` for one lane.
func vectorMangling(_ mangling: String, _ lanes: Int) -> String {
  lanes == 1 ? mangling : "v\(lanes)\(mangling)"
}

/// `<double 1.0, double 1.0>`, or `1.0` for one lane.
func splatLiteral(_ type: String, _ literal: String, _ lanes: Int) -> String {
  if lanes == 1 { return literal }
  return vectorLiteral(type, Array(repeating: literal, count: lanes))
}

func vectorLiteral(_ type: String, _ literals: [String]) -> String {
  "<" + literals.map { "\(type) \($0)" }.joined(separator: ", ") + ">"
}

/// The mask of a `shufflevector`.
func shuffleMask(_ indices: [Int]) -> String {
  "<\(indices.count) x i32> " + vectorLiteral("i32", indices.map { String($0) })
}
