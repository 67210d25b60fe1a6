import MartletIR

/// The arguments of a call as one of the doors has them, by the positions of the signature.
///
/// Each is read when the row asks, as what the row asks for: a Python object may run its user's code
/// then. What is not of that kind raises what NumPy would raise, or is `.unsupported`.
package protocol FunctionArguments {
  func kind(_ position: Int) -> ArgumentKind
  func array(_ position: Int) throws(MartletError) -> NDArray
  /// Says that nothing else reads the array of this position after the call, if that is so: what is
  /// pending need not be kept then.
  func expectNoMoreReads(_ position: Int)
  /// The items of a sequence, or of all arguments that `*name` takes.
  func arrays(_ position: Int) throws(MartletError) -> [NDArray]
  /// Likewise, numbers as `operand` gives them.
  func operands(_ position: Int) throws(MartletError) -> [Operand]
  /// Arrays in nested lists.
  func blocks(_ position: Int) throws(MartletError) -> ArrayBlocks
  /// Plain numbers keep that they take the type of what they meet.
  func operand(_ position: Int) throws(MartletError) -> Operand
  func integer(_ position: Int) throws(MartletError) -> Int
  /// One integer or several.
  func integers(_ position: Int) throws(MartletError) -> [Int]
  /// Several such, of a sequence of sequences or integers.
  func integerLists(_ position: Int) throws(MartletError) -> [[Int]]
  func number(_ position: Int) throws(MartletError) -> Double
  func truth(_ position: Int) throws(MartletError) -> Bool
  func text(_ position: Int) throws(MartletError) -> String
  func dtype(_ position: Int) throws(MartletError) -> DType
  func file(_ position: Int) throws(MartletError) -> FileArgument
  /// How many items a list or tuple has.
  func itemCount(_ position: Int) throws(MartletError) -> Int
  func isFunction(_ place: ArgumentPlace) throws(MartletError) -> Bool
  /// What a function of the program's gives for arrays, and for the arguments that `*name` takes.
  func call(
    _ place: ArgumentPlace, _ inputs: [FunctionInput], rest: Int?
  ) throws(MartletError) -> FunctionAnswer
  /// Whether the argument is an array whose elements may be replaced.
  func isWritable(_ position: Int) -> Bool
  /// Puts a result in the place of an array's elements: of methods that work in place.
  func replace(_ position: Int, by result: NDArray) throws(MartletError)
  /// Values as they become elements of a type: numbers by the rules of storing one.
  func elements(_ place: ArgumentPlace, as dtype: DType) throws(MartletError) -> Operand
  /// Writes to places of an array, which has this type still.
  func assign(
    _ position: Int, _ dtype: DType, _ places: NDArray.Selection, _ values: Operand
  ) throws(MartletError)
  /// Likewise where a mask of the array's shape is true.
  func assign(
    _ position: Int, _ dtype: DType, mask: NDArray, _ values: Operand
  ) throws(MartletError)
  /// Runs work on so many elements that reads no argument: it may be long.
  func run<Result: Sendable>(
    elements: Int, _ work: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result
}

/// A file as a call names it.
package enum FileArgument {
  case path(String)
  /// An open one, whose next byte is where it is read or written.
  case stream(any ByteStream)
}

/// An argument, or an item of one that is a list or tuple.
package struct ArgumentPlace {
  package let position: Int
  package let item: Int?

  init(_ position: Int, item: Int? = nil) {
    self.position = position
    self.item = item
  }
}

/// What a function of the program's is given.
package enum FunctionInput {
  /// The argument at this position, seen through another layout: what is written to it is seen there.
  case view(of: Int, NDArray)
  case array(NDArray)
  case integer(Int)
}

/// What a function of the program's gave.
package struct FunctionAnswer {
  package let array: NDArray
  /// Whether it was an array, or one of NumPy's numbers, which knows its axes too.
  package let hasAxes: Bool

  package init(array: NDArray, hasAxes: Bool) {
    self.array = array
    self.hasAxes = hasAxes
  }
}

/// What an argument is, as far as a row has to know before it reads it.
package enum ArgumentKind: Sendable {
  case missing, none, truth, integer, number, text, array, sequence, other
}

/// One call of a row: what its body reads its arguments with.
package struct FunctionCall {
  package let function: NativeFunction
  let arguments: any FunctionArguments

  init(_ function: NativeFunction, _ arguments: any FunctionArguments) {
    self.function = function
    self.arguments = arguments
  }

  /// Sends the call on to NumPy; the reason becomes the record of it.
  func notNative(_ reason: String) -> MartletError {
    .unsupported(operation: function.path, detail: reason)
  }

  func invalid(_ detail: String) -> MartletError {
    .invalidArgument(operation: function.path, detail: detail)
  }

  // MARK: What there is

  /// Whether there is an argument other than None.
  func isGiven(_ position: Int) -> Bool {
    switch arguments.kind(position) {
    case .missing, .none: false
    default: true
    }
  }

  func isMissing(_ position: Int) -> Bool { arguments.kind(position) == .missing }

  func kind(_ position: Int) -> ArgumentKind { arguments.kind(position) }

  /// Arguments that are native only where they are left out.
  func reject(_ position: Int, _ reason: String) throws(MartletError) {
    if isGiven(position) { throw notNative(reason) }
  }

  // MARK: Reading

  /// An array, or what NumPy makes one of.
  func array(_ position: Int) throws(MartletError) -> NDArray {
    let array = try arguments.array(position)
    try check(array)
    return array
  }

  /// An array of which only the result of this call is wanted: `(x * y).sum()`.
  func arrayToConsume(_ position: Int) throws(MartletError) -> NDArray {
    let array = try array(position)
    arguments.expectNoMoreReads(position)
    return array
  }

  func array(_ position: Int, as dtype: DType) throws(MartletError) -> NDArray {
    let array = try array(position)
    return array.dtype == dtype ? array : try array.asType(dtype)
  }

  func optionalArray(_ position: Int) throws(MartletError) -> NDArray? {
    isGiven(position) ? try array(position) : nil
  }

  func arrays(_ position: Int) throws(MartletError) -> [NDArray] {
    let arrays = try arguments.arrays(position)
    for array in arrays { try check(array) }
    return arrays
  }

  func blocks(_ position: Int) throws(MartletError) -> ArrayBlocks {
    let blocks = try arguments.blocks(position)
    for array in blocks.arrays { try check(array) }
    return blocks
  }

  func operand(_ position: Int) throws(MartletError) -> Operand {
    let operand = try arguments.operand(position)
    if case .array(let array) = operand { try check(array) }
    return operand
  }

  func operands(_ position: Int) throws(MartletError) -> [Operand] {
    let operands = try arguments.operands(position)
    for case .array(let array) in operands { try check(array) }
    return operands
  }

  private func check(_ array: NDArray) throws(MartletError) {
    if case .host = function.places, !array.device.isHost {
      throw notNative("it runs on the host alone")
    }
  }

  func int(_ position: Int) throws(MartletError) -> Int { try arguments.integer(position) }

  func int(_ position: Int, default value: Int) throws(MartletError) -> Int {
    isMissing(position) ? value : try arguments.integer(position)
  }

  /// Nil for None and where there is none.
  func optionalInt(_ position: Int) throws(MartletError) -> Int? {
    isGiven(position) ? try arguments.integer(position) : nil
  }

  func ints(_ position: Int) throws(MartletError) -> [Int]? {
    isGiven(position) ? try arguments.integers(position) : nil
  }

  func intLists(_ position: Int) throws(MartletError) -> [[Int]] {
    try arguments.integerLists(position)
  }

  func double(_ position: Int, default value: Double) throws(MartletError) -> Double {
    isMissing(position) ? value : try arguments.number(position)
  }

  func bool(_ position: Int, default value: Bool) throws(MartletError) -> Bool {
    isMissing(position) ? value : try arguments.truth(position)
  }

  func string(_ position: Int) throws(MartletError) -> String? {
    isGiven(position) ? try arguments.text(position) : nil
  }

  func file(_ position: Int) throws(MartletError) -> FileArgument {
    try arguments.file(position)
  }

  func dtype(_ position: Int) throws(MartletError) -> DType? {
    isGiven(position) ? try arguments.dtype(position) : nil
  }

  /// One axis from the front.
  func axis(_ position: Int, rank: Int, default axis: Int) throws(MartletError) -> Int {
    try normalised(int(position, default: axis), rank: rank)
  }

  func optionalAxis(_ position: Int, rank: Int) throws(MartletError) -> Int? {
    isGiven(position) ? try normalised(arguments.integer(position), rank: rank) : nil
  }

  /// Axes from the front, none twice; nil for None.
  func axes(_ position: Int, rank: Int) throws(MartletError) -> [Int]? {
    guard isGiven(position) else { return nil }
    var axes: [Int] = []
    for axis in try arguments.integers(position) {
      let axis = try normalised(axis, rank: rank)
      if axes.contains(axis) { throw invalid("duplicate value in 'axis'") }
      axes.append(axis)
    }
    return axes
  }

  func normalised(_ axis: Int, rank: Int) throws(MartletError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw .axisOutOfRange(operation: function.path, axis: axis, rank: rank)
    }
    return axis < 0 ? axis + rank : axis
  }

  func shape(_ position: Int) throws(MartletError) -> Shape {
    let sizes = try arguments.integers(position)
    guard sizes.count <= Shape.maximumRank else {
      throw .rankLimit(operation: function.path, rank: sizes.count)
    }
    if sizes.contains(where: { $0 < 0 }) { throw invalid("negative dimensions are not allowed") }
    let shape = Shape(sizes)
    guard shape.isPossible else { throw .sizeLimit(shape: shape) }
    return shape
  }

  // MARK: Doing

  func isWritable(_ position: Int) -> Bool { arguments.isWritable(position) }

  func replace(_ position: Int, by result: NDArray) throws(MartletError) {
    try arguments.replace(position, by: result)
  }

  /// How an array lies that is written to. Nothing holds the array meanwhile, so that it is written
  /// in place.
  @inline(never)
  func target(_ position: Int) throws(MartletError) -> (layout: Layout, dtype: DType) {
    guard kind(position) == .array else { throw notNative("writing to other than an array") }
    let array = try array(position)
    return (array.layout, array.dtype)
  }

  func elements(_ position: Int, as dtype: DType) throws(MartletError) -> Operand {
    try arguments.elements(ArgumentPlace(position), as: dtype)
  }

  /// The places that indices select in an array that is seen through a layout.
  @inline(never)
  func selection(
    _ position: Int, _ indices: [AxisIndex], _ layout: Layout
  ) throws(MartletError) -> NDArray.Selection {
    try array(position).view(layout).selection(indices)
  }

  func assign(
    _ position: Int, _ dtype: DType, _ places: NDArray.Selection, _ values: Operand
  ) throws(MartletError) {
    try arguments.assign(position, dtype, places, values)
  }

  func assign(
    _ position: Int, _ dtype: DType, mask: NDArray, _ values: Operand
  ) throws(MartletError) {
    try arguments.assign(position, dtype, mask: mask, values)
  }

  /// Work that may be long: it can be stopped, and other threads of Python run meanwhile. Nothing
  /// inside may read an argument.
  func run<Result: Sendable>(
    elements: Int, _ work: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    try arguments.run(elements: elements, work)
  }
}

/// What a row's body gives.
package enum FunctionResult: Sendable {
  case array(NDArray)
  /// One without dimensions is a number in Python.
  case result(NDArray)
  /// The same elements as the argument at this position has, in other places: writing to one writes
  /// to the other, in Python.
  case view(of: Int, NDArray)
  /// The same, not to be written to.
  case readOnlyView(of: Int, NDArray)
  /// As a view of the argument at this position among those that `*name` takes.
  case viewOfRest(Int, NDArray)
  /// That argument itself.
  case rest(Int, NDArray)
  /// With the names of NumPy's named tuple, or none.
  case tuple([FunctionResult], Names? = nil)
  case list([FunctionResult])
  /// The archive of arrays that the first argument names, which the door opens.
  case archive
  case integer(Int)
  case truth(Bool)
  case dtype(DType)
  case nothing

  package struct Names: Sendable {
    /// Where NumPy has the class, such as `numpy.linalg._linalg` and `SVDResult`.
    package let module: StaticString
    package let type: StaticString
    package let fields: [String]

    init(_ module: StaticString, _ type: StaticString, _ fields: [String]) {
      self.module = module
      self.type = type
      self.fields = fields
    }
  }
}
