import Glibc

/// Whether a child of this process may start threads: not under the thread sanitizer.
let canFork = dlsym(nil, "__tsan_init") == nil

/// Runs `body` in a forked child and returns its exit code, or -1 if it did not end by itself.
///
/// A lock that another thread holds at that moment stays locked in the child, Swift's own among them.
/// So only a process that runs nothing else may fork: that of an exit test.
func forked(_ body: () -> Int32) -> Int32 {
  // Swift hides `fork`, since most code must not run in the child; this is one that has to.
  guard let symbol = dlsym(nil, "fork") else { return -1 }
  let fork = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)
  let child = fork()
  if child == 0 {
    // A child that waits for ever is not to keep the tests.
    alarm(60)
    _exit(body())
  }
  var status: Int32 = 0
  guard child > 0, waitpid(child, &status, 0) == child else { return -1 }
  return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
}
