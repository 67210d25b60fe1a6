import CMartlet
import MartletIR

typealias InterpreterCells = UnsafeMutablePointer<UInt64>

/// Computes cell `d` of an arithmetic operation whose code does not say its type.
@inline(never)
func calculate(
  _ operation: UnsafePointer<InterpreterProgram.Operation>, _ cells: InterpreterCells
) {
  let operation = operation.pointee
  switch operation.code {
  case .cast:
    cells[Int(operation.d)] = converted(
      cells[Int(operation.a)], from: operation.type,
      to: DType(rawValue: UInt8(operation.count))!)
  default:
    switch operation.type {
    case .float64: calculate(operation, cells, Double.self)
    case .float32: calculate(operation, cells, Float.self)
    case .int64: calculate(operation, cells, Int64.self)
    case .uint64: calculate(operation, cells, UInt64.self)
    case .int32: calculate(operation, cells, Int32.self)
    case .uint32: calculate(operation, cells, UInt32.self)
    case .int16: calculate(operation, cells, Int16.self)
    case .uint16: calculate(operation, cells, UInt16.self)
    case .int8: calculate(operation, cells, Int8.self)
    case .uint8: calculate(operation, cells, UInt8.self)
    case .bool: calculateBool(operation, cells)
    case .float16, .bfloat16: calculateHalf(operation, cells)
    case .complex64, .complex128:
      preconditionFailure("The compiler takes complex numbers apart.")
    }
  }
}

// MARK: - Comparisons

@inline(__always)
private func compare<T: Comparable>(
  _ code: InterpreterProgram.Code, _ a: T, _ b: T
) -> Bool? {
  switch code {
  case .equal: a == b
  case .notEqual: a != b
  case .less: a < b
  case .lessEqual: a <= b
  case .greater: a > b
  case .greaterEqual: a >= b
  default: nil
  }
}

// MARK: - Integers

@inline(__always)
private func calculate<T: FixedWidthInteger>(
  _ operation: InterpreterProgram.Operation, _ cells: InterpreterCells, _: T.Type
) {
  let a = T(truncatingIfNeeded: cells[Int(operation.a)])
  let b = T(truncatingIfNeeded: cells[Int(operation.b)])
  let d = Int(operation.d)
  if let holds = compare(operation.code, a, b) {
    cells[d] = holds ? 1 : 0
    return
  }
  let result: T =
    switch operation.code {
    case .negate: 0 &- a
    case .not: ~a
    case .absolute: a < 0 ? 0 &- a : a
    case .countOnes: T(truncatingIfNeeded: a.nonzeroBitCount)
    case .add: a &+ b
    case .subtract: a &- b
    case .multiply: a &* b
    // The rows of the table guard the divisors that have no quotient; these forms don't trap.
    case .divide: a.dividedReportingOverflow(by: b).partialValue
    case .remainder: a.remainderReportingOverflow(dividingBy: b).partialValue
    case .and: a & b
    case .or: a | b
    case .xor: a ^ b
    case .shiftLeft: a &<< b
    case .shiftRight: a &>> b
    default: preconditionFailure("\(operation.code) of \(T.self)")
    }
  cells[d] = UInt64(truncatingIfNeeded: T.Magnitude(truncatingIfNeeded: result))
}

private func calculateBool(
  _ operation: InterpreterProgram.Operation, _ cells: InterpreterCells
) {
  let (a, b) = (cells[Int(operation.a)], cells[Int(operation.b)])
  let d = Int(operation.d)
  if let holds = compare(operation.code, a, b) {
    cells[d] = holds ? 1 : 0
    return
  }
  switch operation.code {
  case .not: cells[d] = a ^ 1
  case .and: cells[d] = a & b
  case .or: cells[d] = a | b
  case .xor: cells[d] = a ^ b
  default: preconditionFailure("\(operation.code) of bool")
  }
}

// MARK: - Floats

/// A floating type that a cell holds as its bits.
protocol CellFloat: BinaryFloatingPoint {
  init(cell: UInt64)
  var cell: UInt64 { get }
}

extension Double: CellFloat {
  @inline(__always) init(cell: UInt64) { self.init(bitPattern: cell) }
  @inline(__always) var cell: UInt64 { bitPattern }
}

extension Float: CellFloat {
  @inline(__always) init(cell: UInt64) { self.init(bitPattern: UInt32(truncatingIfNeeded: cell)) }
  @inline(__always) var cell: UInt64 { UInt64(bitPattern) }
}

/// Operations on the sign bit, which leave a NaN's payload alone and raise nothing.
@inline(__always)
private func signOperation(
  _ operation: InterpreterProgram.Operation, _ cells: InterpreterCells
) -> UInt64? {
  let a = cells[Int(operation.a)]
  let sign = operation.type.signBit
  switch operation.code {
  case .negate: return a ^ sign
  case .absolute: return a & ~sign
  case .copySign: return a & ~sign | cells[Int(operation.b)] & sign
  default: return nil
  }
}

@inline(__always)
private func floatResult<T: CellFloat>(
  _ code: InterpreterProgram.Code, _ a: T, _ b: T
) -> T {
  switch code {
  case .add: a + b
  case .subtract: a - b
  case .multiply: a * b
  case .divide: a / b
  case .squareRoot: a.squareRoot()
  case .floor: a.rounded(.down)
  case .ceiling: a.rounded(.up)
  case .truncate: a.rounded(.towardZero)
  case .roundEven: a.rounded(.toNearestOrEven)
  default: preconditionFailure("\(code) of \(T.self)")
  }
}

@inline(__always)
private func calculate<T: CellFloat>(
  _ operation: InterpreterProgram.Operation, _ cells: InterpreterCells, _: T.Type
) {
  let d = Int(operation.d)
  if let result = signOperation(operation, cells) {
    cells[d] = result
    return
  }
  let a = T(cell: cells[Int(operation.a)])
  let b = T(cell: cells[Int(operation.b)])
  if let holds = compare(operation.code, a, b) {
    cells[d] = holds ? 1 : 0
  } else if operation.code == .fusedMultiplyAdd {
    cells[d] = T(cell: cells[Int(operation.c)]).addingProduct(a, b).cell
  } else {
    cells[d] = floatResult(operation.code, a, b).cell
  }
}

/// Half types compute in `Float` and round each result.
private func calculateHalf(
  _ operation: InterpreterProgram.Operation, _ cells: InterpreterCells
) {
  let d = Int(operation.d)
  let type = operation.type
  if let result = signOperation(operation, cells) {
    cells[d] = result
    return
  }
  let a = halfValue(cells[Int(operation.a)], type)
  let b = halfValue(cells[Int(operation.b)], type)
  if let holds = compare(operation.code, a, b) {
    cells[d] = holds ? 1 : 0
  } else if operation.code == .fusedMultiplyAdd {
    let c = halfValue(cells[Int(operation.c)], type)
    cells[d] = halfBits(sumRoundedToOdd(Double(a) * Double(b), Double(c)), type)
  } else {
    cells[d] = halfBits(Double(floatResult(operation.code, a, b)), type)
  }
}

/// `a + b` cut to a double whose last bit says whether anything was cut off, so that rounding it
/// to a shorter type gives what rounding the exact sum would.
private func sumRoundedToOdd(_ a: Double, _ b: Double) -> Double {
  let sum = a + b
  guard sum.isFinite else { return sum }
  let part = sum - a
  let error = (a - (sum - part)) + (b - part)
  guard error != 0, sum.bitPattern & 1 == 0 else { return sum }
  return (error > 0) ? sum.nextUp : sum.nextDown
}

private func halfValue(_ cell: UInt64, _ type: DType) -> Float {
  let bits = UInt16(truncatingIfNeeded: cell)
  return type == .float16
    ? Float(HalfBits.float(float16: bits)) : Float(bitPattern: UInt32(bits) << 16)
}

/// Rounds to a half type, and raises the overflow that the processor would.
private func halfBits(_ value: Double, _ type: DType) -> UInt64 {
  let bits = type == .float16 ? HalfBits.float16(value) : HalfBits.bfloat16(value)
  let infinity: UInt16 = type == .float16 ? 0x7c00 : 0x7f80
  if bits & 0x7fff == infinity, value.isFinite { martlet_fp_raise(MARTLET_FP_OVERFLOW) }
  return UInt64(bits)
}

// MARK: - Conversions

/// As `Scalar.converted`, with the events that a processor's conversion raises.
private func converted(_ cell: UInt64, from source: DType, to target: DType) -> UInt64 {
  switch (source, target) {
  case (.int64, .float64): return Double(Int64(bitPattern: cell)).bitPattern
  case (.int64, .float32): return UInt64(Float(Int64(bitPattern: cell)).bitPattern)
  case (.float32, .float64): return Double(Float(cell: cell)).bitPattern
  case (.float64, .float32): return Float(Double(bitPattern: cell)).cell
  case (.float16, .float32): return halfValue(cell, .float16).cell
  case (.bfloat16, .float32): return halfValue(cell, .bfloat16).cell
  default: break
  }
  let scalar = Scalar(dtype: source, low: cell)
  if target == .float16 || target == .bfloat16 {
    // Long integers too are rounded through a double.
    return halfBits(scalar.asDouble, target)
  }
  if source.isFloating, target.isInteger {
    let value = scalar.asDouble
    let limit = target == .uint64 ? 0x1p64 : wideLimit(target)
    if !(value < limit && value > -wideLimit(target) - 1) { martlet_fp_raise(MARTLET_FP_INVALID) }
  }
  return scalar.converted(to: target).low & target.cellMask
}

/// Numbers below it fit the integer that a conversion to `target` goes through.
private func wideLimit(_ target: DType) -> Double {
  switch target {
  case .int64, .uint64, .uint32: 0x1p63
  default: 0x1p31
  }
}
