import CMartlet
import MartletIR
import MartletRuntime

/// Values on their way into Python and back, without a copy where the memory allows it, for one
/// call.
struct PythonConversion {
  let session: PythonSession
  /// The arrays that were lent: a result over the same memory is a view of one of them.
  private var lent: [NDArray] = []
  /// Bytes that were copied on the way.
  private(set) var byteCount = 0

  init(_ session: PythonSession) { self.session = session }

  /// Below this many bytes a copy costs less than taking memory over.
  private static let smallByteCount = 8192

  // MARK: - Into Python

  mutating func object(_ value: Fallback.Value) throws(MartletError) -> PythonOwned {
    let api = session.api
    switch value.content {
    case .nothing: return session.retained(api.pointee.none)
    case .bool(let truth): return try session.check(api.pointee.Bool_FromLong(truth ? 1 : 0))
    case .integer(let number): return try session.make(number)
    case .double(let number): return try session.check(api.pointee.Float_FromDouble(number))
    case .complex(let number):
      return try session.check(api.pointee.Complex_FromDoubles(number.real, number.imaginary))
    case .scalar(let number): return try object(number)
    case .string(let text): return try session.make(text)
    case .array(let array): return try lend(array)
    case .dtype(let dtype): return session.retained(try scalarType(dtype))
    case .index(let index): return try object(index)
    case .list(let items):
      return try session.list(items.count) { i throws(MartletError) in try object(items[i]) }
    case .tuple(let items, _):
      return try session.tuple(items.count) { i throws(MartletError) in try object(items[i]) }
    case .dictionary(let entries):
      let dictionary = try session.check(api.pointee.Dict_New())
      for (key, value) in entries {
        let key = try object(key)
        let value = try object(value)
        try session.check(
          api.pointee.Dict_SetItem(dictionary.object, key.object, value.object))
      }
      return dictionary
    case .object(let reference): return session.retained(reference.object)
    case .member(let member):
      if let known = try member.native() { return try object(known) }
      return try object(member)
    }
  }

  private mutating func lend(_ array: NDArray) throws(MartletError) -> PythonOwned {
    if !array.device.isHost { byteCount += array.count * array.dtype.itemSize }
    lent.append(array)
    return try LentMemory(array, isWritable: false).array(session)
  }

  private func scalarType(_ dtype: DType) throws(MartletError) -> OpaquePointer {
    if let type = session.objects.scalarTypes[Int(dtype.rawValue)] { return type }
    throw .unsupported(operation: "Fallback.numpy", detail: "NumPy has no \(dtype)")
  }

  private func object(_ number: Scalar) throws(MartletError) -> PythonOwned {
    let api = session.api
    let type = try scalarType(number.dtype)
    let plain =
      if number.dtype.isComplex {
        try session.check(api.pointee.Complex_FromDoubles(number.asDouble, number.imaginary))
      } else if number.dtype.isFloating {
        try session.check(api.pointee.Float_FromDouble(number.asDouble))
      } else if number.dtype == .uint64 {
        try session.check(api.pointee.Long_FromUnsignedLongLong(number.low))
      } else {
        try session.check(api.pointee.Long_FromLongLong(number.asInt64))
      }
    return try session.call(type, plain.object)
  }

  private mutating func object(_ index: AxisIndex) throws(MartletError) -> PythonOwned {
    switch index.kind {
    case .position(let place): return try session.make(place)
    case .ellipsis: return session.retained(session.api.pointee.ellipsis)
    case .newAxis: return session.retained(session.api.pointee.none)
    case .array(let array): return try lend(array)
    case .slice(let start, let stop, let step):
      let start = try object(start.fallbackValue)
      let stop = try object(stop.fallbackValue)
      let step = try object(step.fallbackValue)
      return try session.check(
        session.api.pointee.Slice_New(start.object, stop.object, step.object))
    }
  }

  private mutating func object(_ member: Fallback.Member) throws(MartletError) -> PythonOwned {
    var found: PythonOwned
    switch member.root {
    case .numpy: found = session.retained(session.objects.numpy)
    case .value(let value): found = try object(value)
    }
    for name in member.names { found = try session.attribute(found.object, name) }
    return found
  }

  // MARK: - Out of Python

  /// A result; its arrays become Martlet's where nobody else can write them.
  mutating func value(_ result: consuming PythonOwned) throws(MartletError) -> Fallback.Value {
    if let known = try value(result.object, isExclusive: true) { return known }
    return Fallback.Value(.object(PythonReference(result)))
  }

  /// A value that needs no Python object; nil where one remains. `isExclusive` says that the caller
  /// and the container it names are all that refers to the object.
  private mutating func value(
    _ object: OpaquePointer, isExclusive: Bool
  ) throws(MartletError) -> Fallback.Value? {
    let api = session.api
    let known = session.objects
    if object == api.pointee.none { return Fallback.Value(.nothing) }
    let type = session.type(of: object)
    switch type {
    case known.array:
      return try takeOver(object, isExclusive: isExclusive).map { Fallback.Value(.array($0)) }
    case known.float: return Fallback.Value(.double(api.pointee.Float_AsDouble(object)))
    case known.bool: return Fallback.Value(.bool(api.pointee.Object_IsTrue(object) != 0))
    case known.int:
      var overflow: Int32 = 0
      let number = api.pointee.Long_AsLongLongAndOverflow(object, &overflow)
      return overflow == 0 ? Fallback.Value(.integer(Int(number))) : nil
    case known.string: return Fallback.Value(.string(try session.string(object)))
    case known.complex:
      return Fallback.Value(
        .complex(
          Complex(
            api.pointee.Complex_RealAsDouble(object), api.pointee.Complex_ImagAsDouble(object))))
    // NumPy's commonest scalar is a Python float besides.
    case known.float64:
      return Fallback.Value(.scalar(Scalar(api.pointee.Float_AsDouble(object), .float64)))
    case known.tuple: return try tuple(object, isExclusive, names: [])
    case known.list:
      // A list that others have may change.
      guard isExclusive, try session.referenceCount(object) == 1 else { return nil }
      return Fallback.Value(.list(try items(object, isTuple: false, isExclusive: true)))
    case known.dictionary:
      guard isExclusive, try session.referenceCount(object) == 1 else { return nil }
      return try dictionary(object)
    default: break
    }
    if UInt(api.pointee.Type_GetFlags(type)) & UInt(MARTLET_PYTHON_IS_TUPLE) != 0 {
      guard let fields = try session.optionalAttribute(type, "_fields") else { return nil }
      var names: [String] = []
      for i in 0..<api.pointee.Tuple_Size(fields.object) {
        guard let name = api.pointee.Tuple_GetItem(fields.object, i) else {
          throw session.takeError()
        }
        names.append(try session.string(name))
      }
      return try tuple(object, isExclusive, names: names)
    }
    guard api.pointee.Object_IsInstance(object, known.generic) == 1 else { return nil }
    return try scalar(object).map { Fallback.Value(.scalar($0)) }
  }

  private mutating func tuple(
    _ object: OpaquePointer, _ isExclusive: Bool, names: [String]
  ) throws(MartletError) -> Fallback.Value {
    let isOurs = isExclusive ? try session.referenceCount(object) == 1 : false
    return Fallback.Value(
      .tuple(try items(object, isTuple: true, isExclusive: isOurs), names: names))
  }

  private mutating func items(
    _ object: OpaquePointer, isTuple: Bool, isExclusive: Bool
  ) throws(MartletError) -> [Fallback.Value] {
    let api = session.api
    var items: [Fallback.Value] = []
    let count = isTuple ? api.pointee.Tuple_Size(object) : api.pointee.List_Size(object)
    for i in 0..<count {
      let item =
        isTuple ? api.pointee.Tuple_GetItem(object, i) : api.pointee.List_GetItem(object, i)
      guard let item else { throw session.takeError() }
      items.append(try contained(item, isExclusive))
    }
    return items
  }

  private mutating func dictionary(_ object: OpaquePointer) throws(MartletError) -> Fallback.Value {
    var entries: [(key: Fallback.Value, value: Fallback.Value)] = []
    var place = 0
    var key: OpaquePointer?
    var value: OpaquePointer?
    while session.api.pointee.Dict_Next(object, &place, &key, &value) != 0 {
      guard let key, let value else { break }
      entries.append((try contained(key, true), try contained(value, true)))
    }
    return Fallback.Value(.dictionary(entries))
  }

  private mutating func contained(
    _ item: OpaquePointer, _ isExclusive: Bool
  ) throws(MartletError) -> Fallback.Value {
    try value(item, isExclusive: isExclusive)
      ?? Fallback.Value(.object(PythonReference(session.retained(item))))
  }

  /// The number in a NumPy scalar; nil for types that Martlet lacks.
  private func scalar(_ object: OpaquePointer) throws(MartletError) -> Scalar? {
    try session.withBuffer(of: object) { buffer -> Scalar? in
      guard let memory = buffer.memory, buffer.rank == 0,
        let dtype = Self.dtype(format: buffer.format, itemSize: buffer.item_size)
      else { return nil }
      return Scalar(reading: memory, dtype)
    } ?? nil
  }

  // MARK: - Arrays

  /// Any Python object as an array of Martlet's, by a copy unless the memory can be taken over.
  mutating func array(_ object: OpaquePointer) throws(MartletError) -> NDArray {
    var array = try session.call(session.objects.asArray, object)
    if let taken = try copied(array.object) { return taken }
    // The bytes may be in the other order, or stand where no number may.
    let dtype = try session.attribute(array.object, "dtype")
    let order = try session.make("=")
    let change = try session.attribute(dtype.object, "newbyteorder")
    let native = try session.call(change.object, order.object)
    let convert = try session.attribute(array.object, "astype")
    array = try session.call(convert.object, native.object)
    if let taken = try copied(array.object) { return taken }
    let rank = try session.attribute(array.object, "ndim")
    let count = try session.int(rank.object)
    if count > Shape.maximumRank { throw .rankLimit(operation: "NDArray", rank: count) }
    let name = try session.check(session.api.pointee.Object_Str(dtype.object))
    throw .invalidType(
      operation: "NDArray",
      detail: "Martlet has no dtype for NumPy's '\(try session.string(name.object))'")
  }

  /// A copy of an array's elements; nil where Martlet has no such elements or layout.
  private mutating func copied(_ object: OpaquePointer) throws(MartletError) -> NDArray? {
    let made = try session.withBuffer(of: object) { buffer throws(MartletError) -> NDArray? in
      guard let view = View(buffer) else { return nil }
      return try view.copy()
    }
    guard let made = made ?? nil else { return nil }
    byteCount += made.count * made.dtype.itemSize
    return made
  }

  /// The array of a result, when nobody can write its memory but its owner; else nil.
  private mutating func takeOver(
    _ object: OpaquePointer, isExclusive: Bool
  ) throws(MartletError) -> NDArray? {
    let found = try session.withBuffer(of: object) { buffer -> View? in View(buffer) }
    guard let view = found ?? nil else { return nil }
    if let array = viewOfArgument(view) { return array }
    guard isExclusive, try isOnlyOwner(object) else { return nil }
    // What NumPy keeps from writing (a broadcast result) may hold one element for several.
    if view.byteCount < Self.smallByteCount || view.isReadOnly {
      byteCount += view.count * view.dtype.itemSize
      return try view.copy()
    }
    let kept = UnsafeMutableRawPointer(session.retained(object).taken())
    let release: Buffer.Release =
      view.byteCount >= DeadObjects.maximumByteCount
      ? { DeadObjects.append(array: $0, byteCount: DeadObjects.maximumByteCount) }
      : { DeadObjects.append(array: $0, byteCount: DeadObjects.maximumByteCount / 16) }
    return view.array(
      in: Buffer(
        foreign: view.memory, byteCount: view.byteCount, context: kept, release: release))
  }

  /// Whether an array that we refer to once, and the arrays that it is a view of, belong to nobody
  /// else.
  private func isOnlyOwner(_ object: OpaquePointer) throws(MartletError) -> Bool {
    guard try session.referenceCount(object) == 1 else { return false }
    let base = try session.attribute(object, "base")
    if base.object == session.api.pointee.none { return true }
    // One reference is the view's, one ours.
    guard session.type(of: base.object) == session.objects.array,
      try session.referenceCount(base.object) == 2
    else { return false }
    let next = try session.attribute(base.object, "base")
    return next.object == session.api.pointee.none
  }

  /// A result over the memory of an array that was lent: a view of it, as in NumPy.
  private func viewOfArgument(_ view: View) -> NDArray? {
    for array in lent where view.count > 0 {
      guard let start = array.storage.pointer else { continue }
      let offset = view.memory - start
      guard offset >= 0, offset + view.byteCount <= array.storage.byteCount,
        offset % view.dtype.itemSize == 0
      else { continue }
      var layout = view.layout
      layout.offset += offset / view.dtype.itemSize
      return NDArray(storage: array.storage, layout: layout, dtype: view.dtype)
    }
    return nil
  }

  /// What a Python buffer shows, in Martlet's terms.
  private struct View {
    /// The lowest element's address.
    var memory: UnsafeMutableRawPointer
    var byteCount: Int
    var layout: Layout
    var dtype: DType
    var isReadOnly: Bool
    var count: Int { layout.count }

    /// Nil where Martlet has no such elements or layout.
    init?(_ buffer: martlet_python_buffer) {
      guard let first = buffer.memory, buffer.rank <= Shape.maximumRank,
        let dtype = PythonConversion.dtype(format: buffer.format, itemSize: buffer.item_size),
        Int(bitPattern: first) % dtype.realType.itemSize == 0
      else { return nil }
      var layout = Layout(shape: Shape(), strides: Shape())
      for i in 0..<Int(buffer.rank) {
        guard let size = buffer.shape?[i], let stride = buffer.strides?[i] else { return nil }
        guard stride % dtype.itemSize == 0 || size <= 1 else { return nil }
        layout.shape.append(size)
        layout.strides.append(stride / dtype.itemSize)
      }
      guard layout.isPossible else { return nil }
      self.dtype = dtype
      isReadOnly = buffer.read_only != 0
      // With negative strides element 0 is not the lowest.
      let extent = layout.extent
      memory = first + extent.lowerBound * dtype.itemSize
      byteCount = (extent.upperBound - extent.lowerBound) * dtype.itemSize
      layout.offset = -extent.lowerBound
      self.layout = layout
    }

    func copy() throws(MartletError) -> NDArray {
      if layout.isContiguous {
        let result = try NDArray(uninitialised: layout.shape, dtype)
        try result.pointer().copyMemory(
          from: memory + layout.offset * dtype.itemSize, byteCount: byteCount)
        return result
      }
      return try array(
        in: Buffer(foreign: memory, byteCount: byteCount, context: nil, release: nil)
      ).copy()
    }

    func array(in buffer: Buffer) -> NDArray {
      NDArray(storage: Storage(buffer), layout: layout, dtype: dtype)
    }
  }

  /// The dtype of a format of the `struct` module; nil for what Martlet lacks, other byte orders
  /// included.
  private static func dtype(format: UnsafePointer<CChar>?, itemSize: Int) -> DType? {
    guard var code = format else { return nil }
    func letter(_ place: Int) -> Unicode.Scalar { Unicode.Scalar(UInt8(bitPattern: code[place])) }
    // Little-endian, with native or standard sizes.
    if letter(0) == "<" || letter(0) == "=" || letter(0) == "@" { code += 1 }
    if letter(0) == "Z" {
      return letter(1) == "f" ? .complex64 : letter(1) == "d" ? .complex128 : nil
    }
    guard letter(0) != "\0", letter(1) == "\0" else { return nil }
    switch letter(0) {
    case "?": return .bool
    case "e": return .float16
    case "f": return .float32
    case "d": return .float64
    // C's integer types have several names for one size.
    case "b", "h", "i", "l", "q", "n":
      return DType.allCases.first { $0.isSigned && $0.itemSize == itemSize }
    case "B", "H", "I", "L", "Q", "N":
      return DType.allCases.first { $0.isUnsigned && $0.itemSize == itemSize }
    default: return nil
    }
  }
}
