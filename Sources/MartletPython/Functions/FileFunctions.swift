import CPythonABI
import Martlet
import MartletIR

/// Files of Python's: what stands for them in the rows of the functions table, and archives.
enum FileFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "write_archive", "(path, names, arrays, is_compressed, /)", "Writes a .npz archive."
    ) { arguments throws(PythonError) in
      let path = try path(arguments.required(0))
      let names = try JoiningFunctions.items(arguments.required(1)) { name throws(PythonError) in
        try swiftString(name)
      }
      let arrays = try JoiningFunctions.list(arguments.required(2))
      let isCompressed = try parseBool(arguments.required(3), default: false)
      guard names.count == arrays.count else { throw .value("each array has one name") }
      let members = zip(names, arrays).map { (name: $0, array: $1) }
      let elements = arrays.reduce(0) { $0 &+ $1.count }
      try core { () throws(MartletError) in
        try Interruption.stoppable(elements: elements) { () throws(MartletError) in
          try NDArray.write(archive: members, to: path, isCompressed: isCompressed)
        }
      }
      return Python.none
    },
    DoorFunction(
      "read_member",
      "(descriptor, start, is_deflated, packed_size, size, checksum, name, limit, /)",
      "The array of a .npz archive's member; None where that is NumPy's matter."
    ) { arguments throws(PythonError) in
      let descriptor = try parseInt(arguments.required(0))
      let isDeflated = try parseBool(arguments.required(2), default: false)
      var numbers: [Int] = []
      for i in [1, 3, 4, 5, 7] { numbers.append(try parseInt(arguments.required(i))) }
      let name = try swiftString(arguments.required(6))
      let array = try core { () throws(MartletError) in
        try known { () throws(MartletError) in
          guard let file = try OpenFile(duplicating: descriptor, for: "load") else {
            throw .unsupported(operation: "load", detail: "an archive that is no regular file")
          }
          return try Interruption.stoppable(elements: max(numbers[2], 0) / 8) {
            () throws(MartletError) in
            try NDArray.archiveMember(
              of: file, start: numbers[0], isDeflated: isDeflated, packedSize: numbers[1],
              size: numbers[2], checksum: UInt32(truncatingIfNeeded: numbers[3]), name: name,
              limit: numbers[4])
          }
        }
      }
      return try array.map { array throws(PythonError) in try ArrayObject.make(array) }
        ?? Python.none
    },
  ]

  /// Nil where something is missing, for which NumPy is asked.
  private static func known<Result>(
    _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result? {
    do throws(MartletError) { return try body() } catch {
      switch error {
      case .unsupported, .libraryMissing, .rankLimit, .sizeLimit: return nil
      default: throw error
      }
    }
  }

  /// What a call's argument names: a path, or an object that is read or written like an open file.
  static func argument(_ object: Ref) throws(PythonError) -> FileArgument {
    for name: StaticString in ["read", "write"] {
      guard let method = try optionalAttribute(object, name) else { continue }
      py_release(method)
      return .stream(PythonStream(object))
    }
    return .path(try path(object))
  }

  /// The path of a str, of bytes or of an object that stands for one.
  private static func path(_ object: Ref) throws(PythonError) -> String {
    guard let named = PyOS_FSPath(object) else {
      PyErr_Clear()
      throw .notNative("what names no file")  // Lines of text, or what NumPy refuses.
    }
    defer { py_release(named) }
    if isSubclass(named, bytesFlag) { throw .notNative("a path of bytes") }
    let encoded = try check(PyUnicode_EncodeFSDefault(named))
    defer { py_release(encoded) }
    guard let bytes = PyBytes_AsString(encoded) else { throw .raised }
    let count = PyBytes_Size(encoded)
    let path = bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
      String(validating: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
    }
    guard let path else { throw .notNative("a path that is not UTF-8") }
    return path
  }

  /// What Python makes of an archive: NumPy's class for them, which reads a member when it is asked.
  static func archive(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let module = try importModule("martlet._files")
    defer { py_release(module) }
    let open = try attribute(module, "open_archive")
    defer { py_release(open) }
    var given: [Ref] = []
    for position in [0, 2, 3, 4, 5] {
      given.append(retained(arguments[position] ?? py_none()))
    }
    let tuple = try pythonTuple(owning: given)
    defer { py_release(tuple) }
    return try check(PyObject_CallObject(open, tuple))
  }
}

/// An object of Python's that has `read`, `write` or both. It lives in a call, which keeps the object.
private final class PythonStream: ByteStream {
  private let object: Ref

  init(_ object: Ref) { self.object = object }

  /// Bytes of one call, so that what is read is in memory once more only for a moment.
  private static let piece = 16 << 20

  func read(into memory: UnsafeMutableRawBufferPointer) throws(MartletError) -> Int {
    var got = 0
    while got < memory.count {
      let wanted = min(memory.count - got, Self.piece)
      let count = try Self.door { () throws(PythonError) in
        let size = try pythonInt(wanted)
        defer { py_release(size) }
        let bytes = try callMethod(object, "read", [size])
        defer { py_release(bytes) }
        guard isSubclass(bytes, bytesFlag), let start = PyBytes_AsString(bytes) else {
          throw .type("read() of the file gave \(try typeName(bytes)), not bytes")
        }
        let count = PyBytes_Size(bytes)
        guard count <= wanted else {
          throw .value("read() of the file gave \(count) bytes where \(wanted) were asked for")
        }
        memory.baseAddress?.advanced(by: got).copyMemory(from: start, byteCount: count)
        return count
      }
      if count == 0 { break }
      got += count
    }
    return got
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError) {
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, Self.piece)
      try Self.door { () throws(PythonError) in
        let start = bytes.baseAddress.map { ($0 + done).assumingMemoryBound(to: CChar.self) }
        // A copy: the object may keep it.
        let part = try check(PyBytes_FromStringAndSize(start, count))
        defer { py_release(part) }
        py_release(try callMethod(object, "write", [part]))
      }
      done += count
    }
  }

  func move(by distance: Int) throws(MartletError) {
    if distance == 0 { return }
    try Self.door { () throws(PythonError) in
      let (distance, whence) = (try pythonInt(distance), try pythonInt(1))
      defer {
        py_release(distance)
        py_release(whence)
      }
      py_release(try callMethod(object, "seek", [distance, whence]))
    }
  }

  func remaining() throws(MartletError) -> Int? {
    guard let here = try position("tell", []), let end = try position("seek", [0, 2]),
      try position("seek", [here, 0]) != nil
    else { return nil }
    return max(end - here, 0)
  }

  /// What a method says of a place; nil where the object has none.
  private func position(_ name: StaticString, _ numbers: [Int]) throws(MartletError) -> Int? {
    try Self.door { () throws(PythonError) in
      var arguments: [Ref] = []
      defer { for argument in arguments { py_release(argument) } }
      for number in numbers { arguments.append(try pythonInt(number)) }
      do throws(PythonError) {
        let place = try callMethod(object, name, arguments)
        defer { py_release(place) }
        return try parseInt(place)
      } catch {
        // It cannot tell: then the bytes are read as they come.
        if case .raised = error { PyErr_Clear() }
        return nil
      }
    }
  }

  private static func door<Result>(
    _ body: () throws(PythonError) -> Result
  ) throws(MartletError) -> Result {
    do throws(PythonError) { return try body() } catch {
      if case .martlet(let error) = error { throw error }
      throw .interrupted
    }
  }
}
