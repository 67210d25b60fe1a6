import Glibc
import MartletRuntime

/// What the inspector needs of a terminal; tests have one of their own.
protocol InspectionTerminal: AnyObject {
  var size: (rows: Int, columns: Int) { get }
  var hasColours: Bool { get }
  var hasUnicode: Bool { get }
  /// Takes the screen, and gives keys as they are pressed.
  func enter()
  /// Gives all back as it was.
  func leave()
  func write(_ text: String)
  /// Bytes of keys; none when nothing was pressed for a moment, nil when there will be no more.
  func read() -> [UInt8]?
}

/// The terminal of this process: no library and no handlers of signals, which are the program's.
package final class Terminal: InspectionTerminal {
  /// Runs what blocks, and says whether to go on.
  package typealias Waiting = (_ body: () -> Void) -> Bool

  private let input: Int32
  private let output: Int32
  private let waiting: Waiting
  private var before: termios?
  let hasColours: Bool
  let hasUnicode: Bool

  /// Nil where input or output is no terminal that can move its cursor.
  package init?(
    input: Int32 = 0, output: Int32 = 1,
    waiting: @escaping Waiting = {
      $0()
      return true
    }
  ) {
    guard isatty(input) == 1, isatty(output) == 1, Environment["TERM"] != "dumb" else { return nil }
    self.input = input
    self.output = output
    self.waiting = waiting
    // no-color.org: any value but the empty one.
    hasColours = Environment["NO_COLOR"] == nil
    let locale = Environment["LC_ALL"] ?? Environment["LC_CTYPE"] ?? Environment["LANG"] ?? ""
    let name = locale.uppercased()
    hasUnicode = name.hasSuffix("UTF-8") || name.hasSuffix("UTF8")
  }

  /// Asked anew for every picture, so a change of the window's size needs no signal.
  var size: (rows: Int, columns: Int) {
    var window = winsize()
    guard ioctl(output, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 else {
      return (24, 80)
    }
    return (Int(window.ws_row), Int(window.ws_col))
  }

  func enter() {
    var state = termios()
    if tcgetattr(input, &state) == 0 {
      before = state
      cfmakeraw(&state)
      tcsetattr(input, TCSADRAIN, &state)
    }
    // The other screen, without a cursor.
    write("\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J")
  }

  func leave() {
    write("\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l")
    if var before { tcsetattr(input, TCSADRAIN, &before) }
    before = nil
  }

  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(output, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        if count < 0, errno != EINTR, errno != EAGAIN { return }
        done += max(count, 0)
      }
    }
  }

  func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 256)
    var count = 0
    let (input, capacity) = (input, bytes.count)
    let goesOn = bytes.withUnsafeMutableBytes { buffer in
      waiting {
        var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        // Short enough that a new size shows at once.
        if poll(&descriptor, 1, 60) > 0 {
          let got = Glibc.read(input, buffer.baseAddress, capacity)
          count = got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)) ? max(got, 0) : -1
        }
      }
    }
    return goesOn && count >= 0 ? Array(bytes.prefix(count)) : nil
  }
}

/// Standard output as a stream of bytes.
enum StandardOutput {
  static func write(_ text: String) {
    // After what the program has printed until now.
    fflush(nil)
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(1, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        if count < 0, errno != EINTR { return }
        done += max(count, 0)
      }
    }
  }
}
