import CMartlet
import MartletCodegen
import MartletIR
import Synchronization

/// Compiles LLVM IR text to machine code with a libLLVM opened at run time.
package final class LLVMCompiler: @unchecked Sendable {
  // Unchecked: LLVM's objects below are only used while `GlobalLocks.compiler` is held.
  private let llvm: martlet_llvm
  private let machine: OpaquePointer
  /// LLVM's loader, made when it is first needed.
  private var loader: (jit: OpaquePointer, library: OpaquePointer)?

  package let target: TargetDescription
  /// The name libLLVM was opened under, for `martlet devices`.
  package let libraryName: String
  /// The library's file, where the system says which it is.
  let libraryPath: String?

  /// The passes that run on every kernel. The emitter writes vectors itself, so what is left is
  /// inlining of its helper functions, cleaning up, and moving invariants out of loops; the
  /// default pipelines take three times as long for the same code.
  static let passes =
    "always-inline,globaldce,function(sroa,early-cse,simplifycfg,"
    + "loop-simplify,loop-mssa(licm),early-cse,dce)"

  /// The first line of a text that gets all of LLVM's passes: scalar loops, as users write them.
  static let thoroughMark = "; passes: default<O3>\n"

  private static func passes(for text: String) -> String {
    text.hasPrefix(thoroughMark) ? "default<O3>" : passes
  }

  /// What libLLVM takes when it is opened, and the most that compiling a kernel has taken. It ends
  /// the process where it gets no memory.
  private static let roomToOpen = 192 << 20
  private static let roomToCompile = 16 << 20
  private static let wasOpened = Atomic<Bool>(false)

  /// The process's compiler, or the reason why there is none.
  package static func shared() throws(MartletError) -> LLVMCompiler {
    if !isSwitchedOff, !wasOpened.load(ordering: .relaxed) { try Room.check(bytes: roomToOpen) }
    return try opened.get()
  }

  /// Whether the user wants the interpreter, by `MARTLET_LLVM=none`.
  package static let isSwitchedOff = Environment["MARTLET_LLVM"] == "none"

  private static let opened: Result<LLVMCompiler, MartletError> = {
    if isSwitchedOff {
      return .failure(
        .libraryMissing(name: "libLLVM", hint: "It is switched off by MARTLET_LLVM=none."))
    }
    GlobalLocks.prepareForFork()
    wasOpened.store(true, ordering: .relaxed)
    return GlobalLocks.compiler.withLock {
      do throws(MartletError) {
        return .success(try LLVMCompiler())
      } catch {
        return .failure(error)
      }
    }
  }()

  private convenience init() throws(MartletError) {
    var reason = ""
    let table = withMessage(into: &reason) { message, bytes in
      martlet_llvm_open(Environment["MARTLET_LLVM"], message, bytes)
    }
    guard let table else {
      throw .libraryMissing(
        name: "libLLVM",
        hint: "It compiles Martlet's kernels. Install LLVM 15 or later (Debian: libllvm19), or "
          + "set MARTLET_LLVM to its absolute path. \(reason)")
    }
    let llvm = table.pointee
    let triple = Self.take(llvm.GetDefaultTargetTriple(), llvm)
    let processor = Self.take(llvm.GetHostCPUName(), llvm)
    let features = Self.take(llvm.GetHostCPUFeatures(), llvm)
    try self.init(llvm, triple: triple, processor: processor, features: features)
  }

  private init(
    _ llvm: martlet_llvm, triple: String, processor: String, features: String
  ) throws(MartletError) {
    self.llvm = llvm
    libraryName = String(cString: llvm.name)
    let someFunction = unsafeBitCast(llvm.ContextCreate, to: UnsafeRawPointer.self)
    libraryPath = martlet_library_path(someFunction).map { String(cString: $0) }

    var targetReference: OpaquePointer?
    var message: UnsafeMutablePointer<CChar>?
    guard llvm.GetTargetFromTriple(triple, &targetReference, &message) == 0,
      let targetReference,
      let machine = llvm.CreateTargetMachine(
        targetReference, triple, processor, features, MARTLET_LLVM_OPTIMISE_DEFAULT,
        MARTLET_LLVM_RELOCATION_PIC, MARTLET_LLVM_CODE_MODEL_SMALL)
    else {
      throw .libraryMissing(
        name: "libLLVM for this processor",
        hint: "\(libraryName) cannot compile for \(triple). \(Self.take(message, llvm))")
    }
    self.machine = machine
    let layout = llvm.CreateTargetDataLayout(machine)
    target = TargetDescription(
      triple: triple, processor: processor, features: features,
      dataLayout: Self.take(llvm.CopyStringRepOfTargetData(layout), llvm),
      llvmVersion: Int(llvm.version))
    llvm.DisposeTargetData(layout)
  }

  /// A compiler for another processor of the same family, which can make objects.
  func other(processor: String, features: String) throws(MartletError) -> LLVMCompiler {
    try GlobalLocks.compiler.withLock { () throws(MartletError) in
      try LLVMCompiler(llvm, triple: target.triple, processor: processor, features: features)
    }
  }

  /// Compiles `text`, whose function `symbol` becomes the exported symbol `export`, to an object
  /// file.
  ///
  /// - Throws: `.compilation` with LLVM's message when the text doesn't parse or verify.
  package func object(
    from text: String, symbol: String, export: String
  ) throws(MartletError) -> [UInt8] {
    try Room.check(bytes: Self.roomToCompile + 64 * text.utf8.count)
    return try GlobalLocks.compiler.withLock { () throws(MartletError) in
      try withModule(text, name: symbol) { (module) throws(MartletError) in
        guard let function = llvm.GetNamedFunction(module, symbol),
          llvm.IsDeclaration(function) == 0
        else {
          throw .compilation(kernel: symbol, detail: "The text defines no function @\(symbol).")
        }
        llvm.SetValueName2(function, export, export.utf8.count)
        internalise(module, but: function)
        try optimise(module, name: symbol, Self.passes(for: text))
        return try emit(module, kind: MARTLET_LLVM_EMIT_OBJECT, name: symbol) { Array($0) }
      }
    }
  }

  /// The machine code that `text` becomes, in assembly language, for reading.
  package func assembly(of text: String) throws(MartletError) -> String {
    try GlobalLocks.compiler.withLock { () throws(MartletError) in
      try withModule(text, name: "assembly") { (module) throws(MartletError) in
        try optimise(module, name: "assembly", Self.passes(for: text))
        return try emit(module, kind: MARTLET_LLVM_EMIT_ASSEMBLY, name: "assembly") {
          String(decoding: $0, as: UTF8.self)
        }
      }
    }
  }

  /// `text` after the passes, for reading.
  package func optimised(_ text: String) throws(MartletError) -> String {
    try GlobalLocks.compiler.withLock { () throws(MartletError) in
      try withModule(text, name: "optimised") { (module) throws(MartletError) in
        try optimise(module, name: "optimised", Self.passes(for: text))
        return Self.take(llvm.PrintModuleToString(module), llvm)
      }
    }
  }

  /// Puts an object file into this process and returns the address of its symbol, which stays
  /// valid until the process ends. A symbol can be loaded only once. `LoadedObject` does the same
  /// for the objects that it knows, without libLLVM.
  package func load(
    object: UnsafeRawBufferPointer, export: String
  ) throws(MartletError) -> UnsafeRawPointer {
    try GlobalLocks.compiler.withLock { () throws(MartletError) in
      let bytes = object.bindMemory(to: CChar.self)
      guard let base = bytes.baseAddress else {
        throw .internalError(operation: "loading kernel \(export)", detail: "the object is empty")
      }
      let (jit, library) = try openedLoader()
      let buffer = llvm.CreateMemoryBufferWithMemoryRangeCopy(base, bytes.count, export)
      try Self.check(
        llvm.OrcLLJITAddObjectFile(jit, library, buffer), "loading kernel \(export)", llvm)
      var address: UInt64 = 0
      try Self.check(llvm.OrcLLJITLookup(jit, &address, export), "loading kernel \(export)", llvm)
      guard let pointer = UnsafeRawPointer(bitPattern: UInt(address)) else {
        throw .internalError(operation: "loading kernel \(export)", detail: "its address is null")
      }
      return pointer
    }
  }

  // MARK: - Steps; all under the lock

  private func openedLoader() throws(MartletError) -> (jit: OpaquePointer, library: OpaquePointer) {
    if let loader { return loader }
    var targetReference: OpaquePointer?
    var message: UnsafeMutablePointer<CChar>?
    // The JIT's builder consumes a machine, so it gets one of its own.
    guard llvm.GetTargetFromTriple(target.triple, &targetReference, &message) == 0,
      let targetReference,
      let jitMachine = llvm.CreateTargetMachine(
        targetReference, target.triple, target.processor, target.features,
        MARTLET_LLVM_OPTIMISE_DEFAULT, MARTLET_LLVM_RELOCATION_PIC, MARTLET_LLVM_CODE_MODEL_SMALL)
    else {
      throw .internalError(operation: "starting LLVM's JIT", detail: Self.take(message, llvm))
    }
    let builder = llvm.OrcCreateLLJITBuilder()
    llvm.OrcLLJITBuilderSetJITTargetMachineBuilder(
      builder, llvm.OrcJITTargetMachineBuilderCreateFromTargetMachine(jitMachine))
    var jit: OpaquePointer?
    try Self.check(llvm.OrcCreateLLJIT(&jit, builder), "starting LLVM's JIT", llvm)
    guard let jit else {
      throw .internalError(operation: "starting LLVM's JIT", detail: "it returned nothing")
    }
    let library = llvm.OrcLLJITGetMainJITDylib(jit)
    // Kernels may call memcpy, memset and the like, which the process has.
    var generator: OpaquePointer?
    try Self.check(
      llvm.OrcCreateDynamicLibrarySearchGeneratorForProcess(
        &generator, llvm.OrcLLJITGetGlobalPrefix(jit), nil, nil), "starting LLVM's JIT", llvm)
    if let generator { llvm.OrcJITDylibAddGenerator(library, generator) }
    loader = (jit, library)
    return (jit, library)
  }

  private func withModule<Result>(
    _ text: String, name: String, _ body: (OpaquePointer) throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    let context = llvm.ContextCreate()
    defer { llvm.ContextDispose(context) }
    var text = text
    let buffer = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { characters in
        withUnsafePointer(to: CChar(0)) { empty in
          llvm.CreateMemoryBufferWithMemoryRangeCopy(
            characters.baseAddress ?? empty, characters.count, name)
        }
      }
    }
    var parsed: OpaquePointer?
    var message: UnsafeMutablePointer<CChar>?
    // Parsing consumes the buffer.
    guard llvm.ParseIRInContext(context, buffer, &parsed, &message) == 0, let module = parsed
    else { throw .compilation(kernel: name, detail: Self.take(message, llvm)) }
    defer { llvm.DisposeModule(module) }
    llvm.SetTarget(module, target.triple)
    llvm.SetDataLayout(module, target.dataLayout)
    let broken = llvm.VerifyModule(module, MARTLET_LLVM_VERIFIER_RETURNS_STATUS, &message) != 0
    let complaint = Self.take(message, llvm)
    if broken { throw .compilation(kernel: name, detail: complaint) }
    return try body(module)
  }

  /// Hides all but one function: other kernels may define helpers of the same names.
  private func internalise(_ module: OpaquePointer, but exported: OpaquePointer) {
    var next = llvm.GetFirstFunction(module)
    while let function = next {
      if function != exported, llvm.IsDeclaration(function) == 0 {
        llvm.SetLinkage(function, MARTLET_LLVM_LINKAGE_INTERNAL)
      }
      next = llvm.GetNextFunction(function)
    }
    next = llvm.GetFirstGlobal(module)
    while let global = next {
      if llvm.IsDeclaration(global) == 0 { llvm.SetLinkage(global, MARTLET_LLVM_LINKAGE_INTERNAL) }
      next = llvm.GetNextGlobal(global)
    }
  }

  private func optimise(
    _ module: OpaquePointer, name: String, _ passes: String
  ) throws(MartletError) {
    let options = llvm.CreatePassBuilderOptions()
    defer { llvm.DisposePassBuilderOptions(options) }
    try Self.check(
      llvm.RunPasses(module, passes, machine, options), "optimising \(name)", llvm)
  }

  private func emit<Result>(
    _ module: OpaquePointer, kind: Int32, name: String,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(MartletError) -> Result {
    var message: UnsafeMutablePointer<CChar>?
    var emitted: OpaquePointer?
    guard llvm.TargetMachineEmitToMemoryBuffer(machine, module, kind, &message, &emitted) == 0,
      let buffer = emitted
    else { throw .compilation(kernel: name, detail: Self.take(message, llvm)) }
    defer { llvm.DisposeMemoryBuffer(buffer) }
    return body(
      UnsafeRawBufferPointer(
        start: llvm.GetBufferStart(buffer), count: llvm.GetBufferSize(buffer)))
  }

  /// The text of a message that LLVM allocated, which is freed.
  private static func take(
    _ message: UnsafeMutablePointer<CChar>?, _ llvm: martlet_llvm
  ) -> String {
    guard let message else { return "" }
    defer { llvm.DisposeMessage(message) }
    return String(cString: message)
  }

  private static func check(
    _ error: OpaquePointer?, _ operation: String, _ llvm: martlet_llvm
  ) throws(MartletError) {
    guard let error else { return }
    let message = llvm.GetErrorMessage(error)
    defer { llvm.DisposeErrorMessage(message) }
    throw .internalError(operation: operation, detail: String(cString: message))
  }
}

/// Runs `body` with room for a C message, and returns that message in `text`.
func withMessage<Result>(
  into text: inout String, _ body: (UnsafeMutablePointer<CChar>, Int32) -> Result
) -> Result {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { room in
    room.initialize(repeating: 0)
    guard let start = room.baseAddress else { preconditionFailure("512 is not 0") }
    let result = body(start, Int32(room.count))
    text = String(cString: start)
    return result
  }
}
