import CMartlet
import Glibc
import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

/// What libLLVM said of the processor, in the disk cache.
@Suite struct TargetRecordTests {
  private func target(processor: String = "znver4", features: String = "+avx2") throws
    -> TargetDescription
  {
    let host = try LLVMCompiler.shared().target
    return TargetDescription(
      triple: host.triple, processor: processor, features: features, dataLayout: host.dataLayout,
      llvmVersion: host.llvmVersion)
  }

  /// A file that stands for libLLVM.
  private func withLibrary(_ body: (_ path: String) throws -> Void) throws {
    var template = Array("/tmp/martlet-library-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    try #require(file >= 0)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    #expect(write(file, "library", 7) == 7)
    close(file)
    try body(path)
  }

  #if arch(x86_64)
    @Test func isReadBack() throws {
      try withTemporaryCache { disk, _ in
        try withLibrary { library in
          #expect(TargetRecord.read(from: disk) == nil)
          let record = TargetRecord(target: try target(), library: library)
          record.write(to: disk)
          #expect(TargetRecord.read(from: disk) == record)
          #expect(TargetRecord.read(from: disk)?.target.vectorBytes == 16)
        }
      }
    }

    @Test func isForgottenWhenTheLibraryChanges() throws {
      try withTemporaryCache { disk, _ in
        try withLibrary { library in
          TargetRecord(target: try target(), library: library).write(to: disk)
          let file = open(library, O_WRONLY | O_APPEND)
          #expect(write(file, "!", 1) == 1)
          close(file)
          #expect(TargetRecord.read(from: disk) == nil)
        }
      }
    }

    @Test func isForgottenWhenTheLibraryIsGone() throws {
      try withTemporaryCache { disk, _ in
        try withLibrary { library in
          TargetRecord(target: try target(), library: library).write(to: disk)
          unlink(library)
          #expect(TargetRecord.read(from: disk) == nil)
        }
      }
    }

    @Test func aDamagedRecordIsWrittenAgain() throws {
      try withTemporaryCache { disk, _ in
        let name = try #require(TargetRecord.entryName)
        // Whole as files, and no records.
        let texts = ["", "x", "/\n\n\n\n\n\n", "\n\n19\n\n\n\n", "/bin\n1 2 3 4\n19\na\nb\nc\nd"]
        for text in texts {
          disk.write(Array((text + " ").utf8), as: name)
          #expect(TargetRecord.read(from: disk) == nil)
        }
        disk.write([0xff, 0xfe, 0, 10, 10, 10, 10, 10, 10], as: name)
        let kernels = KernelCache(disk: disk)
        _ = try kernels.function(text: axpyText + "; after damage", symbol: "axpy")
        #expect(TargetRecord.read(from: disk)?.target == (try LLVMCompiler.shared().target))
      }
    }

    /// As when another libLLVM is found than in the process that wrote the record.
    @Test func aRecordThatIsOutOfDateCostsNoMoreThanTime() throws {
      try withTemporaryCache { disk, _ in
        let library = try #require(LLVMCompiler.shared().libraryPath)
        let host = try LLVMCompiler.shared().target
        let old = try target(processor: "x86-64", features: "+sse2")
        TargetRecord(target: old, library: library).write(to: disk)
        let kernels = KernelCache(disk: disk)
        var written: [TargetDescription] = []
        _ = try kernels.function(symbol: "axpy") { target in
          written.append(target)
          return axpyText + "; for \(target.processor)"
        }
        #expect(written == [old, host])
        #expect(kernels.statistics == .init(memory: 0, disk: 0, compiled: 1))
        #expect(TargetRecord.read(from: disk) == TargetRecord(target: host, library: library))
      }
    }

    @Test func twoProcessorsHaveTwoRecords() {
      var words = [UInt32](repeating: 0, count: 64)
      let count = Int(martlet_processor_words(&words))
      #expect((1...64).contains(count))
      var again = [UInt32](repeating: 0, count: 64)
      #expect(Int(martlet_processor_words(&again)) == count && again == words)
      #expect(TargetRecord.entryName?.utf8.count == 64)
    }
  #endif

  @Test func hasNoLineBreaksInside() throws {
    try withLibrary { library in
      #expect(TargetRecord(target: try target(), library: library).text != nil)
      let broken = try target(features: "+a\n+b")
      #expect(TargetRecord(target: broken, library: library).text == nil)
      #expect(TargetRecord(target: try target(), library: "libLLVM.so").text == nil)
    }
  }
}
