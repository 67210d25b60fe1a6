import CPythonABI
import Martlet
import MartletIR

/// NumPy's advanced indexing: integer arrays, masks and lists among the entries of a subscript.
struct AdvancedIndex {
  private var entries: [AxisIndex] = []
  /// An array without dimensions counts as an integer, but what it selects is a copy.
  private var hasScalarArray = false

  static let accepted =
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean "
    + "arrays are valid indices"

  private static let mostPositions = 1 << 36

  init(_ key: Ref) throws(PythonError) {
    guard isSubclass(key, tupleFlag) else {
      try append(key)
      return
    }
    let count = PyTuple_Size(key)
    entries.reserveCapacity(count)
    for i in 0..<count {
      guard let item = PyTuple_GetItem(key, i) else { throw .raised }
      try append(item)
    }
  }

  private mutating func append(_ item: Ref) throws(PythonError) {
    if item == py_ellipsis() {
      entries.append(.ellipsis)
    } else if item == py_none() {
      entries.append(.newAxis)
    } else if isType(item, py_slice_type()) {
      var start = 0
      var stop = 0
      var step = 0
      try check(PySlice_Unpack(item, &start, &stop, &step))
      entries.append(.slice(start, stop, step))
    } else if item == py_true() || item == py_false() {
      try append(truth: item == py_true())
    } else if item == NumPyScalar.trueObject || item == NumPyScalar.falseObject {
      try append(truth: item == NumPyScalar.trueObject)
    } else if try BasicIndex.isInteger(item) {
      entries.append(AxisIndex(.position(try Self.integer(item))))
    } else {
      try append(array: try Self.array(item))
    }
  }

  private mutating func append(truth: Bool) throws(PythonError) {
    let array = try core { () throws(MartletError) in
      try NDArray.scalar(Scalar(dtype: .bool, low: truth ? 1 : 0))
    }
    entries.append(AxisIndex(.array(array)))
  }

  private mutating func append(array: NDArray) throws(PythonError) {
    guard array.dtype == .bool || array.dtype.isInteger else {
      throw .index("arrays used as indices must be of integer (or boolean) type")
    }
    // NumPy says what so many mean, which it mostly refuses; walking through them takes hours.
    if array.count > Self.mostPositions { throw .notNative("more positions than memory holds") }
    if array.rank == 0, array.dtype.isInteger {
      hasScalarArray = true
      let number = try core { () throws(MartletError) in try array.item() }
      guard number.dtype != .uint64 || number.low <= UInt64(Int.max) else {
        throw .notNative("an index of more than 63 bits")
      }
      entries.append(AxisIndex(.position(Int(number.asInt64))))
    } else {
      entries.append(AxisIndex(.array(array)))
    }
  }

  private static func integer(_ object: Ref) throws(PythonError) -> Int {
    let value = PyNumber_AsSsize_t(object, py_exc_index_error())
    if value == -1, PyErr_Occurred() != nil { throw .raised }
    return value
  }

  /// An array, or the elements of a list, which is one of integers where it is empty.
  private static func array(_ object: Ref) throws(PythonError) -> NDArray {
    if ArrayObject.check(object) { return ArrayObject.read(object) }
    let isArray = isType(object, Python.numpyArrayType)
    guard isArray || PySequence_Check(object) != 0 || Overrides.givesArray(object),
      !isSubclass(object, stringFlag),
      !isSubclass(object, bytesFlag)
    else { throw .index(accepted) }
    let array = try parseArray(object)
    guard !isArray, array.count == 0, array.dtype == .float64 else { return array }
    return try core { () throws(MartletError) in try NDArray.zeros(array.shape, .int64) }
  }

  // MARK: Getting and setting

  /// `object[key]`.
  static func get(_ object: Ref, _ key: Ref) throws(PythonError) -> Ref {
    let index = try AdvancedIndex(key)
    let array = ArrayObject.read(object)
    let result = try core { () throws(MartletError) in
      try withoutInterpreterLock(elements: index.size(of: array)) { () throws(MartletError) in
        let selected = try array.indexed(index.entries, outward: true)
        return index.hasScalarArray && selected.storage === array.storage
          ? try selected.copy() : selected
      }
    }
    return try pythonResult(result)
  }

  /// About how many elements are looked at.
  private func size(of array: NDArray) -> Int {
    entries.reduce(array.isPending ? array.count : 0) { size, entry in
      if case .array(let index) = entry.kind { max(size, index.count) } else { size }
    }
  }

  /// `object[key] = value`.
  static func set(_ object: Ref, _ key: Ref, _ value: Ref) throws(PythonError) {
    let index = try AdvancedIndex(key)
    let dtype = ArrayObject.state(object).pointee.dtype
    var operand = try parseElements(value, as: dtype)
    try checkStorable(operand, as: dtype, converting: true)
    if case .array(let array) = operand {
      // A leading dimension of 1 says nothing; with it the value may seem to have too many.
      operand = .array(withoutLeadingOnes(array, downTo: 0))
    }
    if let mask = index.mask(for: object) {
      // Converted first, so that what is lost is told of.
      if case .array(let array) = operand, array.dtype != dtype {
        operand = .array(try core { () throws(MartletError) in try array.asType(dtype) })
      }
      let region = ArrayObject.state(object).pointee.layout
      try ArrayObject.mutate(object) { (array) throws(MartletError) in
        try array.assign(mask: mask, within: region, operand)
      }
      return
    }
    let selection = try index.selection(of: object)
    try ArrayObject.mutate(object) { (array) throws(MartletError) in
      try array.assign(selection, operand)
    }
  }

  /// The only entry, where it is a mask of the whole array.
  private func mask(for object: Ref) -> NDArray? {
    guard entries.count == 1, case .array(let array) = entries[0].kind, array.dtype == .bool,
      array.rank > 0, array.shape == ArrayObject.state(object).pointee.layout.shape
    else { return nil }
    return array
  }

  /// Its own function, so that the array that it looks at is gone when the memory is written.
  @inline(never)
  func selection(of object: Ref) throws(PythonError) -> NDArray.Selection {
    let array = ArrayObject.read(object)
    return try core { () throws(MartletError) in try array.selection(entries) }
  }
}
