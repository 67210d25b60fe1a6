import CPythonABI
import Martlet
import MartletIR

/// The arrays of one call that NumPy serves: lent on the way there, taken over on the way back, and
/// the caller's own objects wherever NumPy returns what it was given.
struct Loan: ~Copyable {
  struct Entry {
    /// The caller's object and NumPy's array for it; the same one where the caller's is NumPy's.
    let original: Ref
    let lent: Ref
  }

  /// NumPy nests no deeper, and a list may contain itself.
  private static let deepest = 64

  private var entries: [Entry] = []
  /// Where the arrays of many stand among the entries: looking through all for each takes too long.
  private var places: [Ref: Int] = [:]
  private static let few = 32
  /// Made for the first result where arrays are many.
  private var index: LoanIndex?
  /// Where the first array lives that the host must fetch from a device; results go there.
  private(set) var device: Device?
  /// Bytes of the arrays that went there and came back.
  private(set) var byteCount = 0
  /// Elements of all arrays that went there, the caller's NumPy arrays too; no more than can be.
  private(set) var elementCount = 0

  // MARK: There

  /// The object as NumPy takes it: arrays in tuples, lists and dicts too. A new reference.
  mutating func out(_ object: Ref, depth: Int = 0) throws(PythonError) -> Ref {
    if ArrayObject.check(object) { return try lend(object) }
    if NumPyArray.check(object) {
      entries.append(Entry(original: retained(object), lent: retained(object)))
      note(NumPyArray.count(object))
      return retained(object)
    }
    if Loan.isPlain(object) { return retained(object) }
    if isSubclass(object, tupleFlag) || isType(object, py_list_type()) {
      return Loan.mayHoldArrays(object, depth) ? try sequence(object, depth) : retained(object)
    }
    if isType(object, py_dict_type()) {
      return Loan.mayHoldArrays(object, depth) ? try dictionary(object, depth) : retained(object)
    }
    if ServedFunction.isOurs(object) { return retained(ServedFunction.function(object)) }
    if Loan.standsForObject(object) {
      let held = try attribute(object, "_held")
      entries.append(Entry(original: retained(object), lent: retained(held)))
      return held
    }
    if isType(object, Python.hostMetaclass) {
      let type = try attribute(object, "__wrapped__")
      if type != py_none() { return type }
      py_release(type)
    }
    if let type = ArrayObject.type, object == py_object(type) {
      return retained(py_object(Python.numpyArrayType.unsafelyUnwrapped))
    }
    return retained(object)
  }

  private mutating func note(_ count: Int) {
    let (sum, overflows) = elementCount.addingReportingOverflow(count)
    elementCount = overflows ? .max : sum
  }

  private mutating func lend(_ object: Ref) throws(PythonError) -> Ref {
    if let place = place(of: object) { return retained(entries[place].lent) }
    let state = ArrayObject.state(object)
    if device == nil, let storage = ArrayObject.state(ArrayObject.root(object)).pointee.storage,
      !storage.isHosts
    {
      device = storage.device
    }
    let array = try NumPyArray.lent(object)
    byteCount &+= state.pointee.layout.count &* state.pointee.dtype.itemSize
    note(state.pointee.layout.count)
    if entries.count >= Loan.few { places[object] = entries.count }
    entries.append(Entry(original: retained(object), lent: array))
    return retained(array)
  }

  /// Where an array of ours stands that was lent already.
  private func place(of object: Ref) -> Int? {
    for i in 0..<min(entries.count, Loan.few) where entries[i].original == object { return i }
    return entries.count > Loan.few ? places[object] : nil
  }

  /// Whether the object is of a type that most arguments have and no array is in.
  @inline(__always)
  private static func isPlain(_ object: Ref) -> Bool {
    isType(object, py_float_type()) || isType(object, py_long_type())
      || isType(object, py_unicode_type()) || isType(object, py_bool_type()) || object == py_none()
  }

  /// Whether something in the container, or in containers within, is to be converted.
  private static func mayHoldArrays(_ object: Ref, _ depth: Int) -> Bool {
    if isPlain(object) { return false }
    guard depth < deepest else { return false }
    if isSubclass(object, tupleFlag) {
      for i in 0..<PyTuple_Size(object) {
        if let item = PyTuple_GetItem(object, i), mayHoldArrays(item, depth + 1) { return true }
      }
      return false
    }
    if isType(object, py_list_type()) {
      for i in 0..<PyList_Size(object) {
        if let item = PyList_GetItem(object, i), mayHoldArrays(item, depth + 1) { return true }
      }
      return false
    }
    if isType(object, py_dict_type()) {
      var position = 0
      var (key, value) = (Ref?.none, Ref?.none)
      while PyDict_Next(object, &position, &key, &value) != 0 {
        if let value, mayHoldArrays(value, depth + 1) { return true }
      }
      return false
    }
    return ArrayObject.check(object) || NumPyArray.check(object)
      || standsForObject(object) || ServedFunction.isOurs(object)
  }

  /// Whether something in a list or tuple, or in such within, stands for one of NumPy's objects.
  static func holdsStandIns(_ object: Ref, _ depth: Int = 0) -> Bool {
    guard depth < deepest else { return false }
    let isTuple = isSubclass(object, tupleFlag)
    guard isTuple || isType(object, py_list_type()) else {
      return depth > 0 && !isPlain(object) && standsForObject(object)
    }
    for i in 0..<(isTuple ? PyTuple_Size(object) : PyList_Size(object)) {
      let item = isTuple ? PyTuple_GetItem(object, i) : PyList_GetItem(object, i)
      if let item, holdsStandIns(item, depth + 1) { return true }
    }
    return false
  }

  /// Whether the object stands for one of NumPy's: a host array, a matrix, a polynomial, …
  @inline(__always)
  static func standsForObject(_ object: Ref) -> Bool {
    if isType(object, Python.hostArrayType) { return true }
    guard let type = Python.hostObjectType else { return false }
    return PyType_IsSubtype(py_type(object), type) != 0
  }

  private mutating func sequence(_ object: Ref, _ depth: Int) throws(PythonError) -> Ref {
    let isTuple = isSubclass(object, tupleFlag)
    let count = isTuple ? PyTuple_Size(object) : PyList_Size(object)
    let copy = try check(isTuple ? PyTuple_New(count) : PyList_New(count))
    do throws(PythonError) {
      for i in 0..<count {
        let item = retained(
          try check(isTuple ? PyTuple_GetItem(object, i) : PyList_GetItem(object, i)))
        defer { py_release(item) }
        let converted = try out(item, depth: depth + 1)
        try check(
          isTuple ? PyTuple_SetItem(copy, i, converted) : PyList_SetItem(copy, i, converted))
      }
    } catch {
      py_release(copy)
      throw error
    }
    return copy
  }

  private mutating func dictionary(_ object: Ref, _ depth: Int) throws(PythonError) -> Ref {
    let copy = try check(PyDict_New())
    do throws(PythonError) {
      var position = 0
      var (key, value) = (Ref?.none, Ref?.none)
      while PyDict_Next(object, &position, &key, &value) != 0 {
        guard let key, let value else { continue }
        // What computes pending work may run a user's code, which may change the dictionary.
        let (ownKey, ownValue) = (retained(key), retained(value))
        defer {
          py_release(ownKey)
          py_release(ownValue)
        }
        let converted = try out(ownValue, depth: depth + 1)
        defer { py_release(converted) }
        try check(PyDict_SetItem(copy, ownKey, converted))
      }
    } catch {
      py_release(copy)
      throw error
    }
    return copy
  }

  // MARK: Back

  /// What NumPy's result is for the caller. Takes over the reference and gives one.
  mutating func back(_ value: Ref, depth: Int = 0) throws(PythonError) -> Ref {
    if NumPyArray.check(value) { return try array(value) }
    if Loan.isPlain(value) || depth == Loan.deepest { return value }
    if isSubclass(value, tupleFlag) { return try tuple(value, depth) }
    if isType(value, py_list_type()) { return try list(value, depth) }
    if isType(value, py_dict_type()) { return try values(ofDictionary: value, depth) }
    guard let converters = Python.resultConverters else { return value }
    // Not as a dictionary's: what is missing there is looked up by its class, or is None.
    guard let convert = PyObject_GetItem(converters, py_object(py_type(value))) else {
      py_release(value)
      throw .raised
    }
    defer { py_release(convert) }
    if convert == py_none() { return value }
    defer { py_release(value) }
    return try call(convert, value)
  }

  /// What the entries are found by; nil where they are few.
  private mutating func indexed() -> LoanIndex? {
    if entries.count <= Loan.few { return nil }
    if index?.count != entries.count { index = LoanIndex(entries) }
    return index
  }

  /// The caller's object for NumPy's array; nil if it was not lent. Borrowed.
  private mutating func original(of lent: Ref) -> Ref? {
    if let index = indexed() { return index.place(of: lent).map { entries[$0].original } }
    for entry in entries where entry.lent == lent { return entry.original }
    return nil
  }

  private mutating func array(_ value: Ref) throws(PythonError) -> Ref {
    if let original = original(of: value) {
      py_release(value)
      return retained(original)
    }
    defer { py_release(value) }
    guard let dtype = try NumPyArray.dtype(value), let layout = NumPyArray.layout(value, dtype),
      layout.count == 0 || NumPyArray.fields(value).pointee.data != nil, !isOnHost(value)
    else { return try host(value) }
    if let lender = NumPyArray.lender(value), lender.isWhole { return retained(lender.object) }
    byteCount &+= layout.count &* dtype.itemSize
    if let view = try view(value, layout, dtype) { return view }
    let isOurs = NumPyArray.isSole(value)
    if let device {
      let (array, _) = try ForeignMemory.array(value, exclusively: isOurs)
      return try ArrayObject.make(try core { () throws(MartletError) in try array.to(device) })
    }
    if isOurs, layout.count &* dtype.itemSize <= 512,
      layout.isContiguous || layout.isFortranContiguous,
      let memory = NumPyArray.fields(value).pointee.data
    {
      return try smallCopy(value, memory, layout, dtype)
    }
    let (array, readOnly) = try ForeignMemory.array(value, exclusively: isOurs)
    return try ArrayObject.make(array, readOnly: readOnly)
  }

  /// Few elements are copied sooner than their memory is taken over.
  private func smallCopy(
    _ value: Ref, _ source: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType
  ) throws(PythonError) -> Ref {
    let byteCount = layout.count &* dtype.itemSize
    let (object, memory) = try ArrayObject.makePooled(byteCount)
    memory.copyMemory(from: source, byteCount: byteCount)
    let state = ArrayObject.state(object)
    state.pointee.layout =
      layout.isContiguous
      ? Layout(contiguous: layout.shape)
      : Layout(contiguous: Shape(layout.shape.reversed())).transposed
    state.pointee.dtype = dtype
    state.pointee.isReadOnly = !NumPyArray.isWritable(value)
    return object
  }

  /// The view that the value is of an array that was lent; nil where it is of none. While memory is
  /// lent nothing else can lie there, so the address tells.
  private mutating func view(
    _ value: Ref, _ layout: Layout, _ dtype: DType
  ) throws(PythonError) -> Ref? {
    let fields = NumPyArray.fields(value)
    guard fields.pointee.flags & NUMPY_OWNS_DATA == 0 else { return nil }
    if let index = indexed() {
      for i in fields.pointee.data.map({ index.entries(at: $0) }) ?? [] {
        if let found = try view(value, of: entries[i].original, layout, dtype) { return found }
      }
    } else {
      for entry in entries where ArrayObject.check(entry.original) {
        if let found = try view(value, of: entry.original, layout, dtype) { return found }
      }
    }
    // Memory that NumPy kept from an earlier call, as a matrix keeps that of its array.
    guard let lender = NumPyArray.lender(value) else { return nil }
    return try view(value, of: lender.object, layout, dtype)
  }

  private func view(
    _ value: Ref, of object: Ref, _ layout: Layout, _ dtype: DType
  ) throws(PythonError) -> Ref? {
    let root = ArrayObject.state(ArrayObject.root(object))
    guard let address = NumPyArray.fields(value).pointee.data,
      let storage = root.pointee.storage, let memory = storage.pointer, address >= memory,
      address < memory + storage.byteCount
    else { return nil }
    let distance = address - memory
    guard distance % dtype.itemSize == 0 else { return nil }
    var placed = layout
    placed.offset = distance / dtype.itemSize
    // Strides that someone made up may lead out of the memory; they are NumPy's to answer for.
    let extent = placed.extent
    guard extent.lowerBound >= 0, extent.upperBound * dtype.itemSize <= storage.byteCount
    else { return nil }
    return try ArrayObject.makeView(
      of: object, placed, dtype: dtype, readOnly: !NumPyArray.isWritable(value))
  }

  /// Whether the value shows memory of an array that lives on the host, such as a field of records.
  private mutating func isOnHost(_ value: Ref) -> Bool {
    guard NumPyArray.fields(value).pointee.flags & NUMPY_OWNS_DATA == 0 else { return false }
    let owner = NumPyArray.owner(value)
    if let index = indexed() { return index.isHosts(owner) }
    return entries.contains { entry in
      isType(entry.original, Python.hostArrayType) && NumPyArray.owner(entry.lent) == owner
    }
  }

  /// An array that stays on the host.
  private mutating func host(_ value: Ref) throws(PythonError) -> Ref {
    try restoreElements(value)
    guard let wrapper = Python.hostArrayWrapper else { return retained(value) }
    return try call(wrapper, value)
  }

  /// In a new array of objects, the caller's own arrays instead of those that were lent.
  private mutating func restoreElements(_ value: Ref) throws(PythonError) {
    let fields = NumPyArray.fields(value)
    guard !entries.isEmpty, fields.pointee.flags & NUMPY_OWNS_DATA != 0,
      fields.pointee.dtype == Python.numpyObjectDType,
      let elements = fields.pointee.data?.assumingMemoryBound(to: Ref?.self)
    else { return }
    // An array that owns its memory has all of it, so this is no more than bytes can be.
    var count = 1
    for i in 0..<Int(fields.pointee.rank) { count &*= fields.pointee.dimensions?[i] ?? 1 }
    for i in 0..<count {
      guard let element = elements[i], NumPyArray.check(element) else { continue }
      guard let original = original(of: element) else { continue }
      elements[i] = retained(original)
      py_release(element)
    }
  }

  // Containers that NumPy has just made are changed in place, so their type stays; what somebody
  // else holds too is left alone. Each item is taken out before it is converted, so that an array
  // that only its container held is known to be sole.

  private mutating func tuple(_ value: Ref, _ depth: Int) throws(PythonError) -> Ref {
    guard py_is_unique(value) != 0 else {
      // Somebody else's tuple stays as it is: the caller gets another.
      guard isType(value, py_tuple_type()) else { return value }
      defer { py_release(value) }
      let copy = try check(PyTuple_New(PyTuple_Size(value)))
      return try owning(copy) { (loan: inout Loan) throws(PythonError) in
        for i in 0..<PyTuple_Size(value) {
          let item = retained(try check(PyTuple_GetItem(value, i)))
          try check(PyTuple_SetItem(copy, i, try loan.back(item, depth: depth + 1)))
        }
      }
    }
    return try owning(value) { (loan: inout Loan) throws(PythonError) in
      for i in 0..<PyTuple_Size(value) {
        guard let item = PyTuple_GetItem(value, i), Loan.mayChange(item) else { continue }
        py_retain(item)
        try check(PyTuple_SetItem(value, i, Python.none))
        try check(PyTuple_SetItem(value, i, try loan.back(item, depth: depth + 1)))
      }
    }
  }

  private mutating func list(_ value: Ref, _ depth: Int) throws(PythonError) -> Ref {
    guard py_is_unique(value) != 0 else { return value }
    return try owning(value) { (loan: inout Loan) throws(PythonError) in
      for i in 0..<PyList_Size(value) {
        guard let item = PyList_GetItem(value, i), Loan.mayChange(item) else { continue }
        py_retain(item)
        try check(PyList_SetItem(value, i, Python.none))
        try check(PyList_SetItem(value, i, try loan.back(item, depth: depth + 1)))
      }
    }
  }

  private mutating func values(
    ofDictionary value: Ref, _ depth: Int
  ) throws(PythonError) -> Ref {
    guard py_is_unique(value) != 0 else { return value }
    return try owning(value) { (loan: inout Loan) throws(PythonError) in
      var position = 0
      var (key, item) = (Ref?.none, Ref?.none)
      while PyDict_Next(value, &position, &key, &item) != 0 {
        guard let key, let item, Loan.mayChange(item) else { continue }
        py_retain(item)
        // A dict may change while it is walked as long as its keys stay.
        try check(PyDict_SetItem(value, key, py_none()))
        let converted = try loan.back(item, depth: depth + 1)
        defer { py_release(converted) }
        try check(PyDict_SetItem(value, key, converted))
      }
    }
  }

  @inline(__always)
  private static func mayChange(_ item: Ref) -> Bool { !isPlain(item) }

  /// The object after `body` has changed it; released where that fails.
  private mutating func owning(
    _ object: Ref, _ body: (inout Loan) throws(PythonError) -> Void
  ) throws(PythonError) -> Ref {
    do throws(PythonError) { try body(&self) } catch {
      py_release(object)
      throw error
    }
    return object
  }

  // MARK: The end

  /// Ends the loan: memory that NumPy or its results kept is shared from now on.
  mutating func end() throws(PythonError) {
    let ended = entries
    entries = []
    for entry in ended { py_release(entry.lent) }
    defer { for entry in ended { py_release(entry.original) } }
    for entry in ended where ArrayObject.check(entry.original) {
      try ArrayObject.pinIfExported(entry.original)
    }
  }
}
