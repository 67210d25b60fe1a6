import CPythonABI
import Martlet
import MartletIR

/// Reductions of small whole arrays without keywords, through a kernel that is ready.
enum SmallReduction {
  /// The result; nil where the call asks for more than all elements of a small contiguous array.
  @inline(__always)
  static func whole(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    let object = arguments.required(0)
    guard arguments.count == 1, ArrayObject.isExact(object) else { return nil }
    let state = ArrayObject.state(object)
    let count = state.pointee.layout.count
    guard count > 0, count <= SmallReductions.largest, state.pointee.layout.isContiguous,
      let memory = DirectDoor.address(state),
      let entry = SmallReductions.entry(operation, state.pointee.dtype),
      let function = entry.function
    else { return nil }
    var cell: (UInt64, UInt64) = (0, 0)
    let scalar = withUnsafeMutableBytes(of: &cell) { bytes -> Scalar? in
      guard let out = bytes.baseAddress else { return nil }
      let events = SmallReductions.call(function, memory, out, count: count, parameter: 0)
      return events.isEmpty ? NumPyScalar.read(entry.result, at: out) : nil
    }
    guard let scalar else { return nil }
    return try NumPyScalar.make(scalar)
  }
}
