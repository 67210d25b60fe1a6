import Glibc

/// Machine code of an object file in this process, which can be called.
///
/// This takes microseconds, and no libLLVM; opening that takes longer than all else in the first
/// call of a kernel from the disk cache. Code is never writable and executable at once.
struct LoadedObject {
  let entry: UnsafeRawPointer
  private let image: UnsafeMutableRawPointer
  private let byteCount: Int

  /// Copies the object's sections to new memory and lets them refer to each other.
  ///
  /// - Parameter export: the symbol of the function that is wanted.
  init(_ bytes: UnsafeRawBufferPointer, export: String) throws(ObjectFile.Refusal) {
    let file = try ObjectFile(bytes, export: export)
    var imports: [UInt] = []
    for name in file.imports {
      // A null handle is RTLD_DEFAULT: what the process itself would find.
      guard let address = dlsym(nil, name) else { throw .unknown("the function \(name)") }
      imports.append(UInt(bitPattern: address))
    }
    let page = Int(getpagesize())
    guard page == ObjectFile.pageBytes else { throw .unknown("pages of \(page) bytes") }
    let byteCount = (file.imageEnd + page - 1) & ~(page - 1)
    guard
      let image = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      image != MAP_FAILED
    else { throw .unknown("no memory for it") }

    // Every place below is inside the image, and every source inside the file: `ObjectFile` gives
    // no others.
    for section in file.sections where !section.contents.isEmpty {
      (image + section.offset).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[section.contents]).baseAddress!,
        byteCount: section.contents.count)
    }
    for (n, address) in imports.enumerated() {
      // A call reaches 2 GiB and the function may be farther away: jmp *(the eight bytes behind).
      let jump = image + file.importsStart + n * ObjectFile.importBytes
      jump.storeBytes(of: UInt64(0x25ff), as: UInt64.self)
      (jump + 6).storeBytes(of: UInt64(address), as: UInt64.self)
    }
    for reference in file.references {
      (image + reference.offset).storeBytes(of: reference.distance, as: Int32.self)
    }
    guard mprotect(image, file.constantsStart, PROT_READ | PROT_EXEC) == 0,
      file.constantsStart == byteCount
        || mprotect(image + file.constantsStart, byteCount - file.constantsStart, PROT_READ) == 0
    else {
      munmap(image, byteCount)
      throw .unknown("memory that may become code")
    }
    entry = UnsafeRawPointer(image + file.entry)
    self.image = image
    self.byteCount = byteCount
  }

  /// Gives the memory back; nothing may run or call the code any more.
  func unload() { munmap(image, byteCount) }
}
