import MartletIR
import MartletRuntime

// Swift's door to direct work. False always means that the general way must, which throws what there
// is to throw. Results are made where the caller wants them: an array is too large a value to be moved
// about.

extension NDArray {
  /// The result of an operation on one array.
  @inline(__always)
  static func direct(
    _ operation: ElementwiseOperation, _ a: borrowing NDArray,
    into result: UnsafeMutablePointer<NDArray>
  ) -> Bool {
    guard let memory = a.directMemory else { return false }
    return withUnsafePointer(to: a.layout) { layout in
      DirectCall.withCall(inputs: 1, outputs: 1) { call in
        call.pointee.set(0, memory, layout, a.dtype)
        return fresh(call, operation, into: result)
      }
    }
  }

  /// The result of an operation on two arrays.
  @inline(__always)
  static func direct(
    _ operation: ElementwiseOperation, _ a: borrowing NDArray, _ b: borrowing NDArray,
    into result: UnsafeMutablePointer<NDArray>
  ) -> Bool {
    guard let first = a.directMemory, let second = b.directMemory else { return false }
    return withUnsafePointer(to: a.layout) { aLayout in
      withUnsafePointer(to: b.layout) { bLayout in
        DirectCall.withCall(inputs: 2, outputs: 1) { call in
          call.pointee.set(0, first, aLayout, a.dtype)
          call.pointee.set(1, second, bLayout, b.dtype)
          return fresh(call, operation, into: result)
        }
      }
    }
  }

  /// The result of an operation on an array and a number, which may come first.
  @inline(__always)
  static func direct(
    _ operation: ElementwiseOperation, _ a: borrowing NDArray, _ number: Scalar,
    numberFirst: Bool, into result: UnsafeMutablePointer<NDArray>
  ) -> Bool {
    guard let memory = a.directMemory else { return false }
    return withUnsafePointer(to: a.layout) { layout in
      DirectCall.withCall(inputs: 2, outputs: 1) { call in
        call.pointee.set(numberFirst ? 1 : 0, memory, layout, a.dtype)
        call.set(numberFirst ? 0 : 1, number)
        return fresh(call, operation, into: result)
      }
    }
  }

  /// The result of an operation on operands as functions have them, of which the types are a loop's
  /// own; nil where the general way must.
  static func direct(
    _ operation: ElementwiseOperation, loop: Int, _ operands: [Operand]
  ) -> NDArray? {
    let count = operands.count
    let types = operation.loops[loop]
    guard count == operation.inputCount, count <= 3, operation.outputCount == 1,
      // A cast's result is no matter of its input; exponents are looked at.
      operation !== ElementwiseOperation.power, operation !== ElementwiseOperation.cast,
      // Kernels are found by the types of operands, which an earlier loop may take as well.
      !operation.loops[..<loop].contains(where: { earlier in
        zip(types.inputs, earlier.inputs).allSatisfy { Promotion.canCast($0, to: $1, .safe) }
      })
    else { return nil }
    return withUnsafeTemporaryAllocation(of: Layout.self, capacity: 3) { layouts -> NDArray? in
      DirectCall.withCall(inputs: count, outputs: 1) { call -> NDArray? in
        for (k, operand) in operands.enumerated() {
          switch operand {
          case .array(let array):
            guard array.dtype == types.inputs[k], let memory = array.directMemory,
              let place = layouts.baseAddress.map({ $0 + k })
            else { return nil }
            place.initialize(to: array.layout)
            call.pointee.set(k, memory, place, array.dtype)
          case .scalar(let number):
            guard number.dtype == types.inputs[k] else { return nil }
            call.set(k, number)
          case .weak: return nil
          }
        }
        return withUnsafeTemporaryAllocation(of: NDArray.self, capacity: 1) { result in
          guard let place = result.baseAddress, fresh(call, operation, into: place) else {
            return nil
          }
          return place.move()
        }
      }
    }
  }

  /// A literal in the type that it takes beside an array; nil where it does not fit.
  @inline(__always)
  static func directNumber(
    _ operation: ElementwiseOperation, _ kind: Promotion.Weak, _ value: Scalar, beside dtype: DType
  ) -> Scalar? {
    guard operation.selection != .literalsAnyNumber else { return nil }
    let target = Promotion.resolve(kind, beside: dtype)
    if value.dtype == target { return value }
    let number = value.converted(to: target)
    if kind == .integer, target.isInteger {
      guard number.converted(to: value.dtype) == value, target.isSigned || value.asInt64 >= 0 else {
        return nil
      }
    }
    return number
  }

  /// Where the first element is, of memory that is there.
  @inline(__always)
  var directMemory: UnsafeMutableRawPointer? {
    guard let pointer = storage.pointer else { return nil }
    return pointer + layout.offset &* dtype.itemSize
  }

  /// Settles a call, makes the result and computes it.
  @inline(__always)
  private static func fresh(
    _ call: UnsafeMutablePointer<DirectCall>, _ operation: ElementwiseOperation,
    into result: UnsafeMutablePointer<NDArray>
  ) -> Bool {
    guard call.pointee.settle(), let kernel = call.pointee.kernel(operation, isFresh: true),
      let storage = try? Storage(byteCount: call.pointee.count &* kernel.result.itemSize),
      let memory = storage.pointer
    else { return false }
    let output = call.pointee.inputCount
    call.pointee.memories[unchecked: output] = memory
    call.pointee.dtypes[unchecked: output] = kernel.result
    let events = call.pointee.run(kernel)
    guard call.pointee.note(events, operation, kernel) else { return false }
    result.initialize(
      to: NDArray(storage: storage, layout: DirectCall.number.pointee, dtype: kernel.result))
    withUnsafeMutablePointer(to: &result.pointee.layout) { call.pointee.setResultLayout($0) }
    return true
  }

  // MARK: Writing

  /// Where the first element is, of memory that this value alone sees.
  @inline(__always)
  private mutating func directTarget() -> UnsafeMutableRawPointer? {
    guard isSole(), isPlainlyWritable else { return nil }
    return storage.pointer
  }

  /// Puts the result of an operation in place of this array's elements.
  @inline(__always)
  mutating func updateDirectly(
    _ operation: ElementwiseOperation, _ b: borrowing NDArray
  ) -> Bool {
    guard let second = b.directMemory, let target = directTarget() else { return false }
    let memory = target + layout.offset &* dtype.itemSize
    let dtype = dtype
    return withUnsafePointer(to: &layout) { own in
      withUnsafePointer(to: b.layout) { bLayout in
        DirectCall.withCall(inputs: 2, outputs: 1) { call in
          call.pointee.set(0, memory, own, dtype)
          call.pointee.set(1, second, bLayout, b.dtype)
          call.pointee.set(2, memory, own, dtype)
          return Self.computeInPlace(call, operation)
        }
      }
    }
  }

  @inline(__always)
  mutating func updateDirectly(
    _ operation: ElementwiseOperation, _ kind: Promotion.Weak, _ value: Scalar
  ) -> Bool {
    guard let number = Self.directNumber(operation, kind, value, beside: dtype),
      let target = directTarget()
    else { return false }
    let memory = target + layout.offset &* dtype.itemSize
    let dtype = dtype
    return withUnsafePointer(to: &layout) { own in
      DirectCall.withCall(inputs: 2, outputs: 1) { call in
        call.pointee.set(0, memory, own, dtype)
        call.set(1, number)
        call.pointee.set(2, memory, own, dtype)
        return Self.computeInPlace(call, operation)
      }
    }
  }

  private static func computeInPlace(
    _ call: UnsafeMutablePointer<DirectCall>, _ operation: ElementwiseOperation
  ) -> Bool {
    guard call.pointee.settleInto(), let kernel = call.pointee.kernel(operation, isFresh: false),
      call.pointee.isSafeInPlace(), call.pointee.mayOverwrite(kernel)
    else { return false }
    let events = call.pointee.run(kernel)
    return call.pointee.note(events, operation, kernel)
  }

  /// Writes a value, broadcast and converted, to the elements that `region` covers, a layout over
  /// this array's storage.
  mutating func assignDirectly(_ region: Layout, _ value: Operand) -> Bool {
    var region = region
    switch value {
    case .array(let array): return copyDirectly(to: &region, array)
    case .scalar(let number), .weak(_, let number): return fillDirectly(&region, number)
    }
  }

  /// The same of an array. The region is not changed.
  mutating func copyDirectly(to region: inout Layout, _ array: NDArray) -> Bool {
    guard let source = array.directMemory, let target = directTarget() else { return false }
    let memory = target + region.offset &* dtype.itemSize
    let dtype = dtype
    return withUnsafePointer(to: &region) { region in
      withUnsafePointer(to: array.layout) { layout in
        DirectCall.withCall(inputs: 1, outputs: 1) { call in
          call.pointee.set(1, memory, region, dtype)
          call.pointee.set(0, source, layout, array.dtype)
          return Self.convert(call)
        }
      }
    }
  }

  /// The same of a number.
  mutating func fillDirectly(_ region: inout Layout, _ number: Scalar) -> Bool {
    guard let target = directTarget() else { return false }
    let memory = target + region.offset &* dtype.itemSize
    let dtype = dtype
    return withUnsafePointer(to: &region) { region in
      DirectCall.withCall(inputs: 1, outputs: 1) { call in
        call.pointee.set(1, memory, region, dtype)
        call.set(0, number)
        return Self.convert(call)
      }
    }
  }

  private static func convert(_ call: UnsafeMutablePointer<DirectCall>) -> Bool {
    guard call.pointee.settleInto(), call.pointee.isSafeInPlace(),
      let kernel = call.pointee.kernel(.cast, isFresh: false)
    else { return false }
    return call.pointee.run(kernel).isEmpty
  }
}
