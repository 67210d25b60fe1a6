import CPythonABI
import Martlet
import MartletFrontend
import MartletIR
import MartletRuntime

/// The parameters of a native function, read from its signature as Python writes it, such as
/// `(a, /, axis=None, *, keepdims=False)`.
struct Signature {
  static let maximumCount = 16

  /// The whole text, for documentation.
  let text: String
  /// Interned, so that they are usually found by comparing addresses.
  private(set) var names = InlineArray<16, Ref?>(repeating: nil)
  private(set) var count = 0
  /// How many may be given by position.
  private(set) var positionalCount = 0
  /// How many come first that may not be given by name.
  private(set) var positionalOnlyCount = 0
  private(set) var requiredCount = 0
  /// Where `*name` stands, which takes all arguments given by position from there on.
  private(set) var restPosition: Int?
  /// Whether NumPy takes more keywords (`**kwargs`), which it then serves itself.
  private(set) var takesOthers = false

  init(_ text: String, shown: String? = nil) {
    self.text = shown ?? text
    var keywordOnly = false
    for part in FunctionParameter.split(text.dropFirst().dropLast()) {
      if part == "/" {
        positionalOnlyCount = count
        continue
      }
      if part == "*" {
        keywordOnly = true
        continue
      }
      if part.hasPrefix("**") {
        takesOthers = true
        continue
      }
      if part.hasPrefix("*") {
        restPosition = count
        count += 1
        keywordOnly = true
        continue
      }
      let name = part.prefix { $0 != "=" }
      guard count < Signature.maximumCount else { continue }
      names[count] = String(name).withCString { PyUnicode_InternFromString($0) }
      if !keywordOnly { positionalCount += 1 }
      if name.count == part.count, !keywordOnly { requiredCount += 1 }
      count += 1
    }
  }
}

/// The arguments of one call, in the order of the function's parameters.
///
/// They are passed on by value to whoever reads them, so they are a few words: those that were given
/// by position stay where the caller has them, and for those that were given by name `run` makes
/// room. All are borrowed, and good for the call.
struct Arguments {
  private let values: UnsafePointer<Ref?>?
  /// What `*name` takes, as the caller holds it.
  private let restOfCall: UnsafePointer<Ref>?
  private let given: Int32
  /// How many places of `values` may be looked at.
  private let placed: Int32
  private let restLength: Int32
  private let restPlace: Int32

  /// How many were given.
  @inline(__always)
  var count: Int { Int(given) }
  @inline(__always)
  var restCount: Int { Int(restLength) }

  func isRest(_ position: Int) -> Bool { position == Int(restPlace) }

  /// Borrowed.
  func rest(_ i: Int) -> Ref {
    precondition(i >= 0 && i < restCount, "an argument that is not there")
    return restOfCall.unsafelyUnwrapped[i]
  }

  /// Borrowed; nil where the caller gave nothing.
  @inline(__always)
  subscript(position: Int) -> Ref? {
    position < Int(placed) ? values.unsafelyUnwrapped[position] : nil
  }

  /// One that the signature says must be there.
  @inline(__always)
  func required(_ position: Int) -> Ref { values.unsafelyUnwrapped[position].unsafelyUnwrapped }

  /// The argument, unless it is missing or None.
  @inline(__always)
  func optional(_ position: Int) -> Ref? {
    guard let value = self[position], value != py_none() else { return nil }
    return value
  }

  func isMissing(_ position: Int) -> Bool { self[position] == nil }

  /// Runs a body with the arguments of a call of a function.
  @inline(__always)
  static func run(
    _ function: DoorFunction, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?,
    _ body: (borrowing Arguments) throws(PythonError) -> Ref
  ) throws(PythonError) -> Ref {
    var placed = count
    if count > function.signature.positionalCount {
      placed = function.signature.positionalCount
      if function.signature.restPosition == nil { throw tooMany(function, count) }
    }
    if let keywords, let given {
      return try named(function, given, count, placed, keywords, body)
    }
    if placed < function.signature.requiredCount {
      if function.signature.takesOthers { throw .notNative("arguments by other names") }
      throw try missing(function, placed)
    }
    // A pointer that is there has the same form as one that may not be.
    let values = UnsafeRawPointer(given)?.assumingMemoryBound(to: Ref?.self)
    return try body(
      Arguments(function, given, values, count: count, named: nil, positional: placed))
  }

  /// - Parameters:
  ///   - count: How many were given by position, of which `positional` are the parameters'.
  @inline(__always)
  private init(
    _ function: DoorFunction, _ given: UnsafePointer<Ref>?, _ values: UnsafePointer<Ref?>?,
    count: Int, named: Int?, positional: Int
  ) {
    self.values = values
    self.given = Int32(truncatingIfNeeded: count &+ (named ?? 0))
    placed = Int32(truncatingIfNeeded: named == nil ? positional : Signature.maximumCount)
    restPlace = Int32(truncatingIfNeeded: function.signature.restPosition ?? -1)
    restLength = Int32(truncatingIfNeeded: count &- positional)
    restOfCall = given.map { $0 + positional }
  }

  @inline(never)
  private static func named(
    _ function: DoorFunction, _ given: UnsafePointer<Ref>, _ count: Int, _ placed: Int,
    _ keywords: Ref, _ body: (borrowing Arguments) throws(PythonError) -> Ref
  ) throws(PythonError) -> Ref {
    var values = InlineArray<16, Ref?>(repeating: nil)
    for i in 0..<placed { values[unchecked: i] = given[i] }
    try match(function.name, function.signature, given + count, keywords, &values)
    for i in 0..<function.signature.requiredCount where values[unchecked: i] == nil {
      if function.signature.takesOthers { throw .notNative("arguments by other names") }
      throw try missing(function, i)
    }
    return try withUnsafePointer(to: &values) { values throws(PythonError) in
      try body(
        Arguments(
          function, given, UnsafeRawPointer(values).assumingMemoryBound(to: Ref?.self),
          count: count, named: PyTuple_Size(keywords), positional: placed))
    }
  }

  @inline(never)
  private static func tooMany(_ function: DoorFunction, _ count: Int) -> PythonError {
    .type(
      "\(function.name)() takes at most \(function.signature.positionalCount) positional arguments "
        + "(\(count) given)")
  }

  @inline(never)
  private static func missing(
    _ function: DoorFunction, _ position: Int
  ) throws(PythonError) -> PythonError {
    let name = try swiftString(function.signature.names[position].unsafelyUnwrapped)
    return .type("\(function.name)() missing required argument '\(name)' (pos \(position + 1))")
  }

  private static func match(
    _ name: String, _ signature: borrowing Signature, _ given: UnsafePointer<Ref>, _ keywords: Ref,
    _ values: inout InlineArray<16, Ref?>
  ) throws(PythonError) {
    for k in 0..<PyTuple_Size(keywords) {
      guard let keyword = PyTuple_GetItem(keywords, k) else { throw .raised }
      guard let position = Arguments.find(keyword, signature) else {
        if signature.takesOthers { throw .notNative("a keyword that only NumPy has") }
        let text = try swiftString(keyword)
        throw .type("\(name)() got an unexpected keyword argument '\(text)'")
      }
      if values[position] != nil {
        let text = try swiftString(keyword)
        throw .type("argument for \(name)() given by name ('\(text)') and position")
      }
      values[position] = given[k]
    }
  }

  @inline(__always)
  private static func find(_ keyword: Ref, _ signature: borrowing Signature) -> Int? {
    for i in signature.positionalOnlyCount..<signature.count where signature.names[i] == keyword {
      return i
    }
    for i in signature.positionalOnlyCount..<signature.count {
      // Strings made at run time are not interned.
      if let name = signature.names[i], PyObject_RichCompare(name, keyword, PY_EQ) == py_true() {
        return i
      }
    }
    return nil
  }
}

// MARK: - What arguments mean

/// An integer that fits a machine word. What other objects are in its place Python says, and what
/// others mean, as a size or a shift, NumPy.
func parseInt(_ object: Ref) throws(PythonError) -> Int {
  if isType(object, py_long_type()) {
    var overflow: Int32 = 0
    let value = PyLong_AsLongLongAndOverflow(object, &overflow)
    if overflow != 0 { throw .notNative("an integer of more than 64 bits") }
    return Int(value)
  }
  let value = PyNumber_AsSsize_t(object, py_exc_overflow_error())
  if value == -1, PyErr_Occurred() != nil {
    guard PyErr_ExceptionMatches(py_exc_overflow_error()) != 0 else { throw .raised }
    PyErr_Clear()
    throw .notNative("an integer of more than 64 bits")
  }
  return value
}

func parseBool(_ object: Ref?, default value: Bool) throws(PythonError) -> Bool {
  guard let object else { return value }
  if object == py_true() { return true }
  if object == py_false() { return false }
  let truth = PyObject_IsTrue(object)
  try check(truth)
  return truth != 0
}

private let mostIntegers = 1 << 26

/// Integers of a tuple, list or other sequence, or a single one.
func parseInts(_ object: Ref) throws(PythonError) -> [Int] {
  // Arrays say that they are integers; those of some dimensions are sequences.
  var isNumber = PyIndex_Check(object) != 0
  if isNumber, isArray(object) { isNumber = try parseArray(object).rank == 0 }
  if isNumber { return [try parseInt(object)] }
  // Nobody means so many, and making a list of them would take for ever.
  let length = PySequence_Size(object)
  if length < 0 { PyErr_Clear() }
  if length > mostIntegers { throw .notNative("so many integers in a sequence") }
  let tuple = try check(PySequence_Tuple(object))
  defer { py_release(tuple) }
  var result: [Int] = []
  let count = PyTuple_Size(tuple)
  try core { () throws(MartletError) in
    try Room.check(bytes: MemoryLayout<Int>.stride * count)
  }
  result.reserveCapacity(count)
  for i in 0..<PyTuple_Size(tuple) {
    guard let item = PyTuple_GetItem(tuple, i) else { throw .raised }
    if item == py_none() { throw .notNative("None among integers") }
    result.append(try parseInt(item))
  }
  return result
}

/// A shape: an integer or a sequence of them, none negative.
func parseShape(_ object: Ref) throws(PythonError) -> Shape {
  if isType(object, py_long_type()) {
    let size = try parseInt(object)
    if size < 0 { throw .value("negative dimensions are not allowed") }
    return Shape(repeating: size, count: 1)
  }
  if isType(object, py_bool_type()) {
    throw .type("expected a sequence of integers or a single integer, got a truth value")
  }
  return try shape(try parseSizes(object), allowing: 0)
}

/// Integers that are sizes, among which truth values count for none.
func parseSizes(_ object: Ref) throws(PythonError) -> [Int] {
  let isList = isSubclass(object, listFlag)
  if isList || isSubclass(object, tupleFlag) {
    for i in 0..<(isList ? PyList_Size(object) : PyTuple_Size(object)) {
      let item = isList ? PyList_GetItem(object, i) : PyTuple_GetItem(object, i)
      guard let item else { throw .raised }
      if isType(item, py_bool_type()) { throw .type("an integer is required") }
    }
  }
  return try parseInts(object)
}

/// The sizes as a shape; `lowest` is -1 where one size may be left open.
func shape(_ sizes: [Int], allowing lowest: Int) throws(PythonError) -> Shape {
  guard sizes.count <= Shape.maximumRank else {
    throw .notNative("more dimensions than Martlet's arrays have")
  }
  for size in sizes where size < lowest { throw .value("negative dimensions are not allowed") }
  let result = Shape(sizes)
  // An open size is filled in later, from what an array has.
  guard Shape(sizes.map { max($0, 0) }).isPossible else {
    throw .notNative("more elements than Martlet's arrays have")
  }
  return result
}

/// `axis` from the front, checked against the number of dimensions.
func normalise(axis: Int, rank: Int) throws(PythonError) -> Int {
  guard axis >= -rank, axis < rank else {
    throw .martlet(.axisOutOfRange(operation: "axis", axis: axis, rank: rank))
  }
  return axis < 0 ? axis + rank : axis
}

/// The axes of an `axis=` argument from the front; nil for None. The rank is asked for once the
/// numbers are read, as reading them may run a user's code.
func parseAxes(
  _ object: Ref?, rank: @autoclosure () -> Int
) throws(PythonError) -> [Int]? {
  guard let object, object != py_none() else { return nil }
  if isSubclass(object, tupleFlag) {
    var axes: [Int] = []
    let given = try parseInts(object)
    let rank = rank()
    for axis in given {
      let axis = try normalise(axis: axis, rank: rank)
      if axes.contains(axis) { throw .value("duplicate value in 'axis'") }
      axes.append(axis)
    }
    return axes
  }
  let axis = try parseAxis(object)
  return [try normalise(axis: axis, rank: rank())]
}

/// One axis as it was given, not yet checked against a rank.
func parseAxis(_ object: Ref) throws(PythonError) -> Int {
  guard PyIndex_Check(object) != 0 else {
    throw .type("'\(try typeName(object))' object cannot be interpreted as an integer")
  }
  return try parseInt(object)
}

func typeName(_ object: Ref) throws(PythonError) -> String {
  let name = try attribute(py_object(py_type(object)), "__name__")
  defer { py_release(name) }
  return try swiftString(name)
}

func parseCasting(_ object: Ref?) throws(PythonError) -> Promotion.Casting {
  guard let object else { return .sameKind }
  if isSubclass(object, stringFlag),
    let casting = Promotion.Casting(rawValue: try swiftString(object))
  {
    return casting
  }
  throw .value("casting must be one of 'no', 'equiv', 'safe', 'same_kind', or 'unsafe'")
}

// MARK: - Operands

/// Anything that can be an operand: our arrays, Python and NumPy numbers, NumPy arrays, nested
/// lists. What only NumPy can hold is `notNative`.
@inline(__always)
func parseOperand(_ object: Ref) throws(PythonError) -> Operand {
  if ArrayObject.isExact(object) { return .array(ArrayObject.read(object)) }
  if isType(object, py_float_type()) {
    return .weak(.floating, Scalar(dtype: .float64, low: PyFloat_AsDouble(object).bitPattern))
  }
  return try parseOtherOperand(object)
}

func parseOtherOperand(_ object: Ref) throws(PythonError) -> Operand {
  if isType(object, py_long_type()) { return try parseWeakInteger(object) }
  if let scalar = NumPyScalar.value(of: object) { return .scalar(scalar) }
  if isType(object, py_bool_type()) {
    return .weak(.bool, Scalar(dtype: .bool, low: object == py_true() ? 1 : 0))
  }
  if isType(object, py_complex_type()) {
    return .weak(
      .complex,
      Scalar(
        real: PyComplex_RealAsDouble(object), imaginary: PyComplex_ImagAsDouble(object),
        .complex128))
  }
  return .array(try parseArray(object))
}

private func parseWeakInteger(_ object: Ref) throws(PythonError) -> Operand {
  var overflow: Int32 = 0
  let value = PyLong_AsLongLongAndOverflow(object, &overflow)
  if overflow == 0 { return .weak(.integer, Scalar(dtype: .int64, low: UInt64(bitPattern: value))) }
  if overflow > 0 {
    let large = PyLong_AsUnsignedLongLong(object)
    if PyErr_Occurred() == nil { return .weak(.integer, Scalar(dtype: .uint64, low: large)) }
    PyErr_Clear()
  }
  throw .notNative("the integer has more than 64 bits")
}

/// An array of the object's elements, as `numpy.asarray` takes it, without a copy where it has
/// memory of its own.
func parseArray(_ object: Ref) throws(PythonError) -> NDArray {
  if ArrayObject.check(object) { return ArrayObject.read(object) }
  if isType(object, Python.numpyArrayType) {
    // NumPy, which would compute with it else, has no derivatives.
    if Trace.isUsed, let dtype = try NumPyArray.dtype(object),
      NumPyArray.layout(object, dtype) == nil
    {
      return try copiedNumbers(object)
    }
    return try ForeignMemory.array(object, exclusively: false).0
  }
  if let type = Python.numpyArrayType, PyType_IsSubtype(py_type(object), type) != 0 {
    throw .notNative("matrices, masked and other special arrays are NumPy's")
  }
  if Loan.standsForObject(object), !isType(object, Python.hostArrayType) {
    throw .notNative("matrices, masked and other special arrays are NumPy's")
  }
  if let (shared, _) = try CUDAArrayInterface.array(object) { return shared }
  if Overrides.hasRules(object) { throw .notNative(Overrides.reason) }
  if isType(object, Python.hostArrayType) { return try hostNumbers(object) }
  return try convertedArray(object)
}

/// A copy of the numbers of an array that lies as Martlet's arrays cannot, such as a field of
/// records.
private func hostNumbers(_ object: Ref) throws(PythonError) -> NDArray {
  let held = try attribute(object, "_held")
  defer { py_release(held) }
  guard NumPyArray.check(held), try NumPyArray.dtype(held) != nil else {
    throw .notNative("strings, objects, dates and records are NumPy's")
  }
  return try copiedNumbers(held)
}

private func copiedNumbers(_ array: Ref) throws(PythonError) -> NDArray {
  let copy = try callMethod(array, "copy")
  defer { py_release(copy) }
  return try ForeignMemory.array(copy, exclusively: true).0
}

/// Whether an object stands for an array of NumPy's whose elements are numbers of types that Martlet
/// has.
func isHostArrayOfNumbers(_ object: Ref) throws(PythonError) -> Bool {
  guard isType(object, Python.hostArrayType) else { return false }
  let held = try attribute(object, "_held")
  defer { py_release(held) }
  guard NumPyArray.check(held) else { return false }
  return try NumPyArray.dtype(held) != nil
}

/// An array of what `numpy.asarray` makes of an object, whatever rules its type has.
func convertedArray(_ object: Ref, dtype: DType? = nil) throws(PythonError) -> NDArray {
  if let joined = try TracedLists.array(object) {
    guard let dtype, dtype != joined.dtype else { return joined }
    return try core { () throws(MartletError) in try joined.asType(dtype) }
  }
  let converter = try attribute(Python.numpy, "asarray")
  defer { py_release(converter) }
  let target = try dtype.map { dtype throws(PythonError) in try dtypeObject(dtype) } ?? py_none()
  let converted: Ref
  do throws(PythonError) { converted = try call(converter, object, target) } catch {
    guard let array = try ownArray(of: object, after: error) else { throw error }
    guard let dtype, dtype != array.dtype else { return array }
    return try core { () throws(MartletError) in try array.asType(dtype) }
  }
  let isOurs = py_is_unique(converted) != 0 && ownsData(converted)
  defer { py_release(converted) }
  return try ForeignMemory.array(converted, exclusively: isOurs).0
}

/// After NumPy refused the object: the array of ours that its `__array__` gives, which NumPy does not
/// know. Nil, with the exception as it was, where it gives none.
private func ownArray(
  of object: Ref, after error: PythonError
) throws(PythonError) -> NDArray? {
  guard case .raised = error, PyErr_ExceptionMatches(py_exc_value_error()) != 0 else { return nil }
  // NumPy knows its own arrays where it does not know what stands for them.
  if Loan.holdsStandIns(object) {
    PyErr_Clear()
    throw .notNative("arrays of strings, objects, dates or records in a list")
  }
  var (type, value, traceback) = (Ref?.none, Ref?.none, Ref?.none)
  PyErr_Fetch(&type, &value, &traceback)
  var isInside = false
  if let given = Overrides.ownArray(of: object, &isInside) {
    defer { py_release(given) }
    for old in [type, value, traceback] { if let old { py_release(old) } }
    return ArrayObject.read(given)
  }
  if isInside {
    for old in [type, value, traceback] { if let old { py_release(old) } }
    throw .notNative("an element of a list becomes an array")
  }
  PyErr_Restore(type, value, traceback)
  return nil
}

/// Whether a NumPy array's memory is its own, not another object's.
func ownsData(_ numpyArray: Ref) -> Bool {
  guard let base = PyObject_GetAttrString(numpyArray, "base") else {
    PyErr_Clear()
    return false
  }
  defer { py_release(base) }
  return base == py_none()
}

/// As `parseArray`, also for Python numbers, which take their natural dtype or `dtype`.
func parseArray(_ object: Ref, dtype: DType?) throws(PythonError) -> NDArray {
  switch try parseOperand(object) {
  case .array(let array):
    guard let dtype, dtype != array.dtype else { return array }
    return try core { () throws(MartletError) in try array.asType(dtype) }
  case .scalar(let scalar):
    return try core { () throws(MartletError) in
      try NDArray(filled: Shape(), with: scalar.converted(to: dtype ?? scalar.dtype))
    }
  case .weak(let kind, let scalar):
    var natural = Promotion.natural(kind)
    if kind == .integer, scalar.dtype == .uint64 { natural = .uint64 }
    let target = dtype ?? natural
    return try core { () throws(MartletError) in
      try NDArray(filled: Shape(), with: scalar.converted(to: target))
    }
  }
}

extension NDArray {
  /// A contiguous array of one number; at once, as the number is there.
  init(filled shape: Shape, with scalar: Scalar) throws(MartletError) {
    try self.init(uninitialised: shape, scalar.dtype)
    let memory = try pointer()
    for i in 0..<count { NumPyScalar.write(scalar, to: memory + i * dtype.itemSize) }
  }
}
