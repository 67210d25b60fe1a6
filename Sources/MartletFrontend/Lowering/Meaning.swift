import MartletIR

/// What an expression of a user's function stands for while it is lowered.
indirect enum Meaning {
  case scalar(Expression)
  /// A number without a type of its own, which takes the other operand's.
  case literal(Literal)
  case array(ArrayValue)
  case tuple([Meaning])
  /// A named tuple, and the class of such ones.
  case record([String], [Meaning])
  case recordType([String])
  /// A list in memory.
  case list(ListValue)
  /// A list that is written down, and that no name stands for yet.
  case display([Meaning])
  /// Python's `range`, as the numbers that it gives.
  case range(ArrayValue)
  /// Python's `slice`: where it starts and stops, and its step, as far as they are given.
  case slice(Meaning?, Meaning?, Meaning?)
  /// `a.flat`: the elements of an array in C order.
  case flat(ArrayValue)
  /// A function or value by its full name, such as `numpy.sqrt`.
  case known(String)
  /// A method of an array, `x.sum`.
  case method(ArrayValue, String)
  /// A method of a number, `z.conjugate`.
  case numberMethod(Expression, String)
  /// A method of a tuple, `x.index`.
  case tupleMethod([Meaning], String)
  /// A method of a list, `x.append`.
  case listMethod(ListValue, String)
  /// Another function of the program.
  case function(Int)
  /// One inside of a function, with the names around it.
  case closure(Int, Frame)
  case dtype(DType)
  case string(String)
  case none

  /// What it is, for messages.
  var description: String {
    switch self {
    case .scalar(let value): "a number of type \(value.dtype)"
    case .literal(.truth): "a truth value"
    case .literal(.integer(let value)): "the number \(value)"
    case .literal(.floating(let value)): "the number \(value)"
    case .literal(.complex): "a complex number"
    case .array(let array):
      "an array of \(array.rank == 1 ? "1 dimension" : "\(array.rank) dimensions") "
        + "of type \(array.dtype)"
    case .tuple(let items): "a tuple of \(items.count)"
    case .known(let name): "'\(name)'"
    case .method(_, let name), .numberMethod(_, let name), .listMethod(_, let name),
      .tupleMethod(_, let name):
      "the method '\(name)'"
    case .function, .closure: "a function"
    case .record(let names, _): "a named tuple of \(names.joined(separator: ", "))"
    case .recordType: "a class of named tuples"
    case .list: "a list"
    case .display(let items): "a list of \(items.count)"
    case .range: "a range"
    case .slice: "a slice"
    case .flat: "the elements of an array one by one"
    case .dtype(let dtype): "the dtype \(dtype)"
    case .string: "a string"
    case .none: "None"
    }
  }

  /// A named tuple as the tuple that it is; anything else as it is.
  var withoutNames: Meaning {
    if case .record(_, let items) = self { return .tuple(items) }
    return self
  }

  /// The type of a number.
  var dtype: DType? {
    switch self {
    case .scalar(let value): value.dtype
    case .literal(let literal): literal.natural
    default: nil
    }
  }
}

/// A number that was written down.
enum Literal: Hashable {
  case truth(Bool)
  case integer(Int64)
  case floating(Double)
  case complex(Double, Double)

  var weak: Promotion.Weak {
    switch self {
    case .truth: .bool
    case .integer: .integer
    case .floating: .floating
    case .complex: .complex
    }
  }

  /// The type that it has on its own.
  var natural: DType { Promotion.natural(weak) }

  var isTrue: Bool {
    switch self {
    case .truth(let value): value
    case .integer(let value): value != 0
    case .floating(let value): value != 0
    case .complex(let real, let imaginary): real != 0 || imaginary != 0
    }
  }

  var asDouble: Double {
    switch self {
    case .truth(let value): value ? 1 : 0
    case .integer(let value): Double(value)
    case .floating(let value): value
    case .complex(let real, _): real
    }
  }

  /// The integer that it is, if it is one.
  var asInteger: Int64? {
    switch self {
    case .truth(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }

  /// The number in a type.
  func scalar(_ dtype: DType) -> Scalar {
    switch self {
    case .truth(let value): Scalar(value ? 1 as Int64 : 0, dtype)
    case .integer(let value): Scalar(value, dtype)
    case .floating(let value): Scalar(value, .float64).converted(to: dtype)
    case .complex(let real, let imaginary):
      Scalar(real: real, imaginary: imaginary, .complex128).converted(to: dtype)
    }
  }
}

/// An array inside a function: memory seen through indices, or elements still to be computed.
struct ArrayValue {
  /// An element's memory.
  struct Place {
    var buffer: Int
    var index: [Expression]
    /// Of memory that no two indices share an element of, the index along each axis: two elements
    /// of one buffer are different where one of these is.
    var axes: [Expression]?
  }

  var dtype: DType
  /// The sizes, as `int64`.
  var shape: [Expression]
  /// Where an element lies; nil for elements that are computed.
  var place: (([Expression]) -> Place)?
  /// The element at an index that is inside.
  var element: ([Expression]) throws(MartletError) -> Expression
  /// The memory that its elements are read from.
  var buffers: Set<Int>
  /// Whether an element is made only from elements at its own index, of arrays seen whole.
  var isWhole = false
  /// Where nothing has to be broadcast, which shows at run time: its elements then.
  var plain: Plain?
  /// What its elements are computed from, and the arrays that they are gathered from or scattered to.
  private var sources: [Source] = []
  /// Its number among the array arguments, if it is one, whole.
  var parameter: Int?
  /// In a parallel loop, which array from outside it is part of.
  var origin: Int?
  /// Whether it shows elements several times, so that nothing may be written to it.
  var isReadOnly = false
  /// In a parallel loop, whether it is a copy that is added to the array itself afterwards, and how.
  var accumulation: ParallelReduction?
  /// Whether it is memory whose neighbours along the last axis are known to lie side by side.
  var hasRows = false
  /// Whether its axes are in another order than those of the array that it is part of.
  var isReordered = false
  /// In a parallel loop, the places along axes of that array where it lies.
  var places: [OutsidePlace] = []

  /// An array in memory whose elements another one's are made of.
  struct Source {
    var array: ArrayValue
    /// Whether an element is made of the one at its own index.
    var isAligned: Bool
  }

  /// The elements on a condition.
  struct Plain {
    var condition: Expression
    var element: ([Expression]) throws(MartletError) -> Expression
  }

  /// What is read for its elements.
  var reads: [Source] {
    sources.isEmpty && place != nil ? [Source(array: self, isAligned: true)] : sources
  }

  /// What its elements are made of, at other indices than their own.
  var scatteredReads: [Source] {
    reads.map { Source(array: $0.array, isAligned: false) }
  }

  /// The element at an index where the condition of `plain` holds.
  var plainElement: ([Expression]) throws(MartletError) -> Expression { plain?.element ?? element }

  var rank: Int { shape.count }

  /// Memory.
  init(
    dtype: DType, shape: [Expression], buffers: Set<Int>, builder: KernelBuilder,
    place: @escaping ([Expression]) -> Place
  ) {
    self.dtype = dtype
    self.shape = shape
    self.place = place
    self.buffers = buffers
    isWhole = true
    element = { (index) throws(MartletError) in
      let place = place(index)
      return builder.load(place.buffer, place.index)
    }
  }

  /// Elements to compute from others.
  init(
    dtype: DType, shape: [Expression], reads sources: [Source], buffers: Set<Int>,
    element: @escaping ([Expression]) throws(MartletError) -> Expression
  ) {
    self.dtype = dtype
    self.shape = shape
    self.sources = sources
    self.buffers = buffers
    self.element = element
  }

  /// Says what the elements are read from, of an array that is not memory as it stands.
  mutating func setReads(_ sources: [Source]) { self.sources = sources }
}
