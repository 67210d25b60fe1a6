import MartletIR

/// A list: memory that grows, which all names for it share.
///
/// Its header is five words: where the elements are, how many there are, how many there is room for,
/// whether they were changed, and one of the arena's. See `martlet_arena` in CMartlet.
struct ListValue {
  enum Word: Int { case data, count, capacity, changed }

  /// Under which its elements' form and types are noted.
  var key: String
  var element: ResultForm
  var layout: ListLayout
  /// The header's address, and the header as memory.
  var header: Expression
  var words: Int
  /// Whether threads share it.
  var isShared = false
}

/// How the numbers of an element lie in a list.
public struct ListLayout: Sendable, Hashable {
  public var dtypes: [DType]
  /// Where each number is, in bytes from the element's start, and the bytes of an element.
  public var offsets: [Int] = []
  public var stride = 0

  public init(_ dtypes: [DType]) {
    self.dtypes = dtypes
    // One number lies as in an array.
    if dtypes.count == 1 {
      offsets = [0]
      stride = dtypes[0].itemSize
      return
    }
    for dtype in dtypes {
      offsets.append(stride)
      stride += max(8, dtype.itemSize)
    }
    // Of an element without numbers.
    stride = max(stride, 8)
  }
}

/// What is known of the elements of a function's lists, by their keys.
struct ListTypes: Sendable {
  private var elements: [String: ResultForm] = [:]
  /// Keys of lists that one name stands for: another key that says the same.
  private var others: [String: String] = [:]
  /// Lists whose elements have types that can't become wider: arguments.
  private var fixed: Set<String> = []

  func canonical(_ key: String) -> String {
    var key = key
    while let other = others[key] { key = other }
    return key
  }

  func element(_ key: String) -> ResultForm? { elements[canonical(key)] }

  func isFixed(_ key: String) -> Bool { fixed.contains(canonical(key)) }

  mutating func set(_ form: ResultForm, for key: String, isFixed: Bool = false) {
    elements[canonical(key)] = form
    if isFixed { fixed.insert(canonical(key)) }
  }

  /// Makes two keys one; gives the key that stands for another from now on, nil where they are one.
  mutating func unify(_ a: String, _ b: String) -> (kept: String, dropped: String)? {
    let (a, b) = (canonical(a), canonical(b))
    if a == b { return nil }
    let (kept, dropped) = fixed.contains(b) ? (b, a) : (a, b)
    others[dropped] = kept
    if elements[kept] == nil { elements[kept] = elements[dropped] }
    return (kept, dropped)
  }
}
