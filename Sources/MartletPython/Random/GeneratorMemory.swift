import CPythonABI
import Martlet
import MartletIR

/// Where NumPy's generators hold what numbers are drawn from.
///
/// Martlet draws from the states of NumPy's own objects. So they can be seeded, read, pickled and
/// shared as always, NumPy may go on where Martlet stops, and the other way round. What a `Generator`
/// draws with is a `bitgen_t` in its object, with functions for any bit generator. NumPy tells nobody
/// where that lies; it is found by its content, which the bit generator's capsule shows.
struct GeneratorMemory {
  /// `numpy.random.Generator` or `RandomState`.
  let type: TypeRef
  /// The offsets in its objects, of the `bitgen_t`, the bit generator's object and its lock.
  private let sourceOffset: Int
  private let ownerOffset: Int
  private let lockOffset: Int
  /// Of the second of a pair of normal numbers, in a `RandomState`.
  private let pairOffset: Int?

  func source(_ object: Ref) -> RandomSource {
    (UnsafeRawPointer(object) + sourceOffset).load(as: RandomSource.self)
  }

  /// The bit generator; borrowed.
  func owner(_ object: Ref) -> Ref { (UnsafeRawPointer(object) + ownerOffset).load(as: Ref.self) }

  /// Borrowed.
  func lock(_ object: Ref) -> Ref { (UnsafeRawPointer(object) + lockOffset).load(as: Ref.self) }

  func legacySource(_ object: Ref) -> LegacySource {
    LegacySource(
      bits: source(object),
      pair: pairOffset.map {
        (UnsafeMutableRawPointer(object) + $0).assumingMemoryBound(to: NormalPair.self)
      } ?? Self.noPair)
  }

  /// For generators that keep none; never used.
  nonisolated(unsafe) private static let noPair: UnsafeMutablePointer<NormalPair> = {
    let pair = UnsafeMutablePointer<NormalPair>.allocate(capacity: 1)
    pair.initialize(to: NormalPair(isThere: 0, second: 0))
    return pair
  }()

  // MARK: - Finding it

  // Written once, under the interpreter's lock.
  nonisolated(unsafe) private static var generators: GeneratorMemory??
  nonisolated(unsafe) private static var states: GeneratorMemory??

  /// Of `numpy.random.Generator`; nil where this NumPy's cannot be told.
  static func ofGenerators() throws(PythonError) -> GeneratorMemory? {
    if let found = generators { return found }
    let found = try GeneratorMemory("Generator", hasPair: false)
    generators = .some(found)
    return found
  }

  /// Of `numpy.random.RandomState`.
  static func ofStates() throws(PythonError) -> GeneratorMemory? {
    if let found = states { return found }
    let found = try GeneratorMemory("RandomState", hasPair: true)
    states = .some(found)
    return found
  }

  private init?(_ name: StaticString, hasPair: Bool) throws(PythonError) {
    let module = try importModule("numpy.random")
    defer { py_release(module) }
    let kind = try attribute(module, name)
    // The class lives as long as the process, as this reference does.
    type = py_as_type(kind)
    let seed = try pythonInt(1)
    defer { py_release(seed) }
    let owner = try callMethod(module, "MT19937", [seed])
    defer { py_release(owner) }
    let object = try call(kind, owner)
    defer { py_release(object) }
    let size = try attribute(kind, "__basicsize__")
    defer { py_release(size) }
    let bytes = try parseInt(size)
    let capsule = try attribute(owner, "capsule")
    defer { py_release(capsule) }
    guard let interface = PyCapsule_GetPointer(capsule, "BitGenerator") else { throw .raised }
    let lock = try attribute(owner, "lock")
    defer { py_release(lock) }

    let memory = UnsafeRawPointer(object)
    func places(_ words: [UInt]) -> [Int] {
      let last = bytes - 8 * words.count
      let start = MemoryLayout<PyObject>.size
      guard last >= start else { return [] }
      return stride(from: start, through: last, by: 8).filter { offset in
        words.indices.allSatisfy {
          memory.load(fromByteOffset: offset + 8 * $0, as: UInt.self) == words[$0]
        }
      }
    }
    let source = places((0..<5).map { interface.load(fromByteOffset: 8 * $0, as: UInt.self) })
    let owners = places([UInt(bitPattern: owner)])
    let locks = places([UInt(bitPattern: lock)])
    guard source.count == 1, let own = owners.first, let held = locks.first else { return nil }
    sourceOffset = source[0]
    ownerOffset = own
    lockOffset = held
    guard hasPair else {
      pairOffset = nil
      return
    }
    // Two states tell where the second number is, and whether there is one.
    var found: Int?
    for (isThere, number) in [(1, 0.62517), (0, 0.0), (1, -3.75)] {
      let state = try callMethod(object, "get_state", [py_false()])
      defer { py_release(state) }
      let flag = try pythonInt(isThere)
      defer { py_release(flag) }
      let second = try check(PyFloat_FromDouble(number))
      defer { py_release(second) }
      try check(PyDict_SetItemString(state, "has_gauss", flag))
      try check(PyDict_SetItemString(state, "gauss", second))
      py_release(try callMethod(object, "set_state", [state]))
      if found == nil {
        let places = places([UInt(number.bitPattern)])
        guard places.count == 1, places[0] >= 24 else { return nil }
        found = places[0] - 8
      }
      guard let found else { return nil }
      guard memory.load(fromByteOffset: found, as: Int32.self) == Int32(isThere),
        memory.load(fromByteOffset: found + 8, as: Double.self) == number
      else { return nil }
    }
    pairOffset = found
  }
}

/// The algorithms of NumPy's bit generators, told by their classes.
enum BitGenerators {
  private struct Known {
    let type: TypeRef
    /// Nil where its state is laid out otherwise than here.
    let generator: BitGenerator?
  }

  // Written under the interpreter's lock.
  nonisolated(unsafe) private static var known: [Known] = []

  /// The algorithm of a bit generator whose state Martlet can read; nil for others, which are drawn
  /// from by their functions.
  static func algorithm(_ owner: Ref) throws(PythonError) -> BitGenerator? {
    for kind in known where kind.type == py_type(owner) { return kind.generator }
    let found = try look(owner)
    // As long as the class is remembered it must live.
    py_retain(py_object(py_type(owner)))
    known.append(Known(type: py_type(owner), generator: found))
    return found
  }

  private static func look(_ owner: Ref) throws(PythonError) -> BitGenerator? {
    let module = try importModule("numpy.random")
    defer { py_release(module) }
    for generator in BitGenerator.allCases {
      guard let kind = generator.name.withCString({ PyObject_GetAttrString(module, $0) }) else {
        PyErr_Clear()
        continue
      }
      defer { py_release(kind) }
      guard py_as_type(kind) == py_type(owner) else { continue }
      let seed = try pythonInt(20)
      defer { py_release(seed) }
      let one = try call(kind, seed)
      defer { py_release(one) }
      let twin = try call(kind, seed)
      defer { py_release(twin) }
      return generator.isKnown(try source(one), try source(twin)) ? generator : nil
    }
    return nil
  }

  private static func source(_ owner: Ref) throws(PythonError) -> RandomSource {
    let capsule = try attribute(owner, "capsule")
    defer { py_release(capsule) }
    guard let interface = PyCapsule_GetPointer(capsule, "BitGenerator") else { throw .raised }
    return interface.load(as: RandomSource.self)
  }
}
