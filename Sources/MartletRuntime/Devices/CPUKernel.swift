import CMartlet
import MartletCodegen

/// A kernel for the CPU, ready to be called on pointers.
package final class CPUKernel: CompiledKernel, @unchecked Sendable {
  // Unchecked: the code that the address leads to never changes.

  private enum Code {
    case machine(UnsafeRawPointer)
    /// Where there is no LLVM.
    case interpreted(Interpreter)
  }

  package let name: String
  private let code: Code

  init(name: String, function: UnsafeRawPointer) {
    self.name = name
    code = .machine(function)
  }

  init(name: String, interpreter: Interpreter) {
    self.name = name
    code = .interpreted(interpreter)
  }

  /// The machine code, for callers that have no need of the workers; nil where the kernel is
  /// interpreted.
  package var directFunction: UnsafeRawPointer? {
    if case .machine(let function) = code { return function }
    return nil
  }

  /// Runs all tasks on the worker threads, `grain` of them at a time, and returns the events they
  /// raised. `buffers` holds the addresses of the elements at index zero. `watch` is asked while
  /// other threads work, where the kernel asks it too.
  package func launch(
    buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int, grain: Int,
    watch: UnsafeMutablePointer<martlet_watch>? = nil
  ) -> FloatingPointEvents {
    buffers.withUnsafeBufferPointer { buffers in
      slots.withUnsafeBufferPointer { slots in
        launch(
          buffers: buffers.baseAddress, slots: slots.baseAddress, tasks: tasks, grain: grain,
          watch: watch)
      }
    }
  }

  /// The same with tables that stay until it returns.
  package func launch(
    buffers: UnsafePointer<UnsafeMutableRawPointer?>?, slots: UnsafePointer<Int64>?, tasks: Int,
    grain: Int, watch: UnsafeMutablePointer<martlet_watch>? = nil
  ) -> FloatingPointEvents {
    switch code {
    case .machine(let function):
      return Workers.shared.launch(
        function: function, buffers: buffers, integers: slots, count: tasks, grain: grain,
        watch: watch)
    case .interpreted(let interpreter):
      // Both tables are only read, and outlive the call, as the watch does.
      nonisolated(unsafe) let (buffers, slots, watch) = (buffers, slots, watch)
      return Workers.shared.parallel(count: tasks, grain: grain, watch: watch) { begin, end in
        interpreter.run(buffers: buffers, slots: slots, begin: begin, end: end, watch: watch)
      }
    }
  }

  /// Runs tasks `begin ..< end` on this thread, which may be a worker in a task of its own.
  package func run(
    buffers: UnsafePointer<UnsafeMutableRawPointer?>?, slots: UnsafePointer<Int64>?, begin: Int,
    end: Int
  ) {
    switch code {
    case .machine(let function):
      martlet_call_kernel(function, buffers, slots, Int64(begin), Int64(end))
    case .interpreted(let interpreter):
      interpreter.run(buffers: buffers, slots: slots, begin: begin, end: end, watch: nil)
    }
  }
}
