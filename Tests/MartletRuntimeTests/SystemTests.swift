import CMartlet
import Glibc
import MartletIR
import Testing

@testable import MartletRuntime

@Suite struct LibraryOpeningTests {
  @Test(arguments: ["./libm.so.6", "lib/libm.so.6", "../libm.so.6"])
  func refusesPathsThatDependOnTheWorkingDirectory(name: String) {
    var reason = ""
    let library = withMessage(into: &reason) { martlet_open_library(name, $0, $1) }
    #expect(library == nil)
    #expect(reason == "\(name) is not an absolute path")
  }

  @Test func refusesALibraryWithoutTheFunctions() {
    var reason = ""
    let table = withMessage(into: &reason) { message, bytes in
      martlet_blas_open("/lib/x86_64-linux-gnu/libm.so.6", message, bytes)
    }
    #expect(table == nil)
    #expect(!reason.isEmpty)
  }

  @Test func countsProcessors() { #expect(martlet_available_processors() >= 1) }
  @Test func knowsTheMemory() { #expect(martlet_physical_memory() > 1 << 26) }
}

@Suite struct FloatingPointTests {
  @Test(arguments: [0, 1, 2, 3])
  func raisesAndTakesFlags(bit: UInt32) {
    martlet_fp_clear()
    martlet_fp_raise(1 << bit)
    #expect(FloatingPointEvents.takeFromThread() == FloatingPointEvents(rawValue: 1 << bit))
    #expect(FloatingPointEvents.takeFromThread().isEmpty)
  }
}
