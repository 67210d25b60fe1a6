import Glibc

/// Where notices and debugging output go.
package enum StandardError {
  /// Writes the text and a line break, in one piece, so that threads' lines don't mix.
  package static func print(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, rest.count > 0 {
        let written = write(STDERR_FILENO, start, rest.count)
        // A closed standard error is no reason to stop.
        guard written > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
      }
    }
  }
}
