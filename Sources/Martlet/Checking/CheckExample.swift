import MartletIR

/// What one comparison computes: a loop of an operation on inputs.
struct CheckExample: Sendable, Hashable {
  /// Which of the subject's loops.
  var loop: Int
  /// The shape that all inputs are broadcast to; of a user's operation the largest input's.
  var shape: Shape
  var inputs: [CheckInput]
  /// For operations along an axis; nil for all axes.
  var axis: Int?
  /// Whether all numbers are ordinary ones of the operation's domain, so that an inexact result can
  /// be held against another library's.
  var isOrdinary: Bool
  /// Whether inputs are broadcast to the shape; a user's operation gets them as they are.
  var isBroadcast = true

  var count: Int { shape.elementCount }

  /// The inputs on a device, broadcast where the operation broadcasts.
  func arrays(on device: Device) throws(MartletError) -> [NDArray] {
    var arrays: [NDArray] = []
    for input in inputs {
      let array = try input.array(on: device)
      arrays.append(isBroadcast ? try array.broadcast(to: shape) : array)
    }
    return arrays
  }
}

// MARK: - Smaller examples

extension CheckExample {
  /// Only the positions `range` of an axis.
  func part(axis: Int, _ range: Range<Int>) -> CheckExample {
    var result = self
    result.shape[axis] = range.count
    for (i, input) in inputs.enumerated() {
      let own = axis - (shape.rank - input.shape.rank)
      // A broadcast input stays.
      guard own >= 0, input.shape[own] == shape[axis], shape[axis] > 1 else { continue }
      result.inputs[i] = input.part(axis: own, range)
    }
    return result
  }

  /// The same elements along one axis; nil where an input is broadcast.
  var flattened: CheckExample? {
    guard shape.rank > 1, inputs.allSatisfy({ $0.shape == shape }) else { return nil }
    var result = self
    result.shape = [count]
    for i in inputs.indices { result.inputs[i].shape = [count] }
    return result
  }

  /// Without an axis of length one.
  func without(axis: Int) -> CheckExample {
    var result = self
    result.shape.remove(at: axis)
    for (i, input) in inputs.enumerated() {
      let own = axis - (shape.rank - input.shape.rank)
      if own >= 0 { result.inputs[i].shape.remove(at: own) }
    }
    if let reduced = self.axis, reduced > axis { result.axis = reduced - 1 }
    return result
  }
}

extension CheckInput {
  func part(axis: Int, _ range: Range<Int>) -> CheckInput {
    var result = self
    result.shape[axis] = range.count
    let layout = Layout(contiguous: shape)
      .sliced(axis: axis, start: range.lowerBound, count: range.count, step: 1)
    var places = LayoutPlaces(layout)
    result.values = (0..<layout.count).map { _ in values[places.next()] }
    return result
  }
}

// MARK: - As a line of source

/// The languages in which a failing example is written.
public enum CheckLanguage: Sendable {
  /// Python.
  case python
  /// Swift.
  case swift
}

extension CheckExample {
  /// A line that computes the example on a device. Python's stands after
  /// `import martlet.numpy as np`; what NumPy has no dtype for is written in Swift.
  func source(of subject: CheckSubject, on device: String, in language: CheckLanguage) -> String {
    let isPython = language == .python && !inputs.contains { $0.dtype == .bfloat16 }
    let arguments = inputs.map { input in
      if input.isNumber { return isPython ? input.values[0].python : input.values[0].swift }
      let target = isBroadcast ? shape : input.shape
      return isPython ? input.python(on: device, as: target) : input.swift(on: device, as: target)
    }
    var list = arguments.joined(separator: ", ")
    if subject.form == .alongAxis {
      list +=
        isPython ? ", axis=\(axis.map(String.init) ?? "None")" : axis.map { ", axis: \($0)" } ?? ""
    }
    if isPython {
      return subject.isNumPys ? "np.\(subject.name)(\(list))" : "\(subject.name)(\(list))"
    }
    guard subject.isNumPys else { return "try \(subject.name)(\(list))" }
    return subject.form == .elementwise
      ? "try NDArray.apply(\"\(subject.name)\", \(list))"
      : "try Fallback.numpy.\(subject.name)(\(list))"
  }
}

extension CheckInput {
  fileprivate func python(on device: String, as target: Shape) -> String {
    let (elements, _) = memory()
    let form = arrangement.memory(of: shape)
    var text: String
    if let first = elements.first, elements.count > 8, elements.allSatisfy({ $0 == first }) {
      text =
        "np.full(\(form.shape), \(first.python), \"\(dtype)\", device=\"\(device)\")"
    } else {
      let list = elements.map(\.python).joined(separator: ", ")
      text =
        "np.asarray(\(shape.rank == 0 ? list : "[\(list)]"), \"\(dtype)\", device=\"\(device)\")"
      if form.shape.rank > 1 {
        text += ".reshape(\(form.shape.map(String.init).joined(separator: ", ")))"
      }
    }
    if form.slices.contains(where: { $0 != .all }) {
      text += "[\(form.slices.map(\.python).joined(separator: ", "))]"
    }
    if form.isTransposed, shape.rank > 1 { text += ".T" }
    return shape == target ? text : "np.broadcast_to(\(text), \(target))"
  }

  fileprivate func swift(on device: String, as target: Shape) -> String {
    let (elements, _) = memory()
    let form = arrangement.memory(of: shape)
    // Swift has no bfloat16: its numbers are exact in Float.
    let type = dtype == .bfloat16 ? "Float" : dtype.swiftName
    let list: String
    if let first = elements.first, elements.count > 8, elements.allSatisfy({ $0 == first }) {
      list = "[\(type)](repeating: \(first.swift), count: \(elements.count))"
    } else {
      list = "[\(elements.map(\.swift).joined(separator: ", "))] as [\(type)]"
    }
    var text = "NDArray(\(list))"
    if dtype == .bfloat16 { text += ".asType(.bfloat16)" }
    if form.shape.rank != 1 {
      text += ".reshaped([\(form.shape.map(String.init).joined(separator: ", "))])"
    }
    if device != "cpu" { text += ".to(\"\(device)\")" }
    if form.slices.contains(where: { $0 != .all }) {
      text += "[\(form.slices.map(\.swift).joined(separator: ", "))]"
    }
    if form.isTransposed, shape.rank > 1 { text += ".transposed()" }
    guard shape != target else { return text }
    return text + ".broadcast(to: [\(target.map(String.init).joined(separator: ", "))])"
  }
}

extension CheckArrangement.Slice {
  fileprivate var python: String {
    if step < 0 { return "::\(step)" }
    let bounds = "\(start == 0 ? "" : "\(start)"):\(stop.map(String.init) ?? "")"
    return step == 1 ? bounds : "\(bounds):\(step)"
  }

  fileprivate var swift: String {
    if self == .all { return ".all" }
    let first = step < 0 || start == 0 ? "nil" : "\(start)"
    return ".slice(\(first), \(stop.map(String.init) ?? "nil")\(step == 1 ? "" : ", \(step)"))"
  }
}

extension Scalar {
  /// As Python writes it, with every digit that counts.
  var python: String {
    switch dtype {
    case .bool: low == 0 ? "False" : "True"
    case .uint64: "\(low)"
    case let integer where integer.isInteger: "\(asInt64)"
    case let complex where complex.isComplex:
      "complex(\(parts.map(Self.python).joined(separator: ", ")))"
    default: Self.python(self)
    }
  }

  private static func python(_ number: Scalar) -> String {
    let value = number.asDouble
    if value.isNaN { return "np.nan" }
    if value.isInfinite { return value < 0 ? "-np.inf" : "np.inf" }
    return number.digits
  }

  /// As Swift writes it where the type is known.
  var swift: String {
    switch dtype {
    case .bool: low == 0 ? "false" : "true"
    case .uint64: "\(low)"
    case let integer where integer.isInteger: "\(asInt64)"
    case let complex where complex.isComplex:
      "Complex(\(parts.map(Self.swift).joined(separator: ", ")))"
    default: Self.swift(self)
    }
  }

  private static func swift(_ number: Scalar) -> String {
    let value = number.asDouble
    if value.isNaN { return ".nan" }
    if value.isInfinite { return value < 0 ? "-.infinity" : ".infinity" }
    return number.digits
  }

  /// A complex number's parts.
  var parts: [Scalar] {
    [Scalar(dtype: dtype.realType, low: low), Scalar(dtype: dtype.realType, low: high)]
  }

  /// The shortest digits that give this number back in its type.
  private var digits: String {
    switch dtype {
    case .float32: "\(Float(bitPattern: UInt32(truncatingIfNeeded: low)))"
    case .float16: "\(Float16(bitPattern: UInt16(truncatingIfNeeded: low)))"
    case .bfloat16: "\(Float(asDouble))"
    default: "\(asDouble)"
    }
  }
}

extension DType {
  /// The Swift type of an array's elements.
  fileprivate var swiftName: String {
    switch self {
    case .bool: "Bool"
    case .int8: "Int8"
    case .int16: "Int16"
    case .int32: "Int32"
    case .int64: "Int64"
    case .uint8: "UInt8"
    case .uint16: "UInt16"
    case .uint32: "UInt32"
    case .uint64: "UInt64"
    case .float16, .bfloat16: "Float16"
    case .float32: "Float"
    case .float64: "Double"
    case .complex64: "Complex<Float>"
    case .complex128: "Complex<Double>"
    }
  }
}
