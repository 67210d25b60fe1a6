import CPythonABI
import MartletIR

/// Describes a Python type and makes it.
///
/// CPython keeps pointers to the tables for as long as the type lives, which is the process's life:
/// they are allocated and never freed.
final class TypeBuilder {
  typealias Getter = @Sendable (_ object: Ref) throws(PythonError) -> Ref
  typealias Setter = @Sendable (_ object: Ref, _ value: Ref) throws(PythonError) -> Void

  private final class Accessor {
    let name: String
    let get: Getter
    let set: Setter?

    init(_ name: String, _ get: @escaping Getter, _ set: Setter?) {
      self.name = name
      self.get = get
      self.set = set
    }
  }

  private let name: String
  private let basicSize: Int
  private let flags: UInt32
  private var slots: [PyType_Slot] = []
  private var members: [PyMemberDef] = []
  private var accessors: [PyGetSetDef] = []

  init(_ name: String, basicSize: Int, flags: UInt32 = 0) {
    self.name = name
    self.basicSize = basicSize
    self.flags = flags | UInt32(PY_TYPE_DEFAULT)
  }

  @discardableResult
  func slot(_ number: Int, _ function: UnsafeMutableRawPointer) -> TypeBuilder {
    slots.append(PyType_Slot(slot: Int32(number), pfunc: function))
    return self
  }

  /// A member of CPython's own, such as the offset of the weak references.
  @discardableResult
  func member(_ name: String, offset: Int) -> TypeBuilder {
    members.append(
      PyMemberDef(
        name: name.permanentCString, type: PY_MEMBER_SSIZE, offset: offset,
        flags: PY_MEMBER_READ_ONLY, doc: nil))
    return self
  }

  /// An attribute that is a field or little more: CPython calls the function itself. It must not
  /// need NumPy, and sets the exception where it gives nil.
  @discardableResult
  func fact(_ name: String, set: Setter? = nil, _ get: @escaping FactSlot) -> TypeBuilder {
    attribute(name, set: set) { object throws(PythonError) in try check(get(object, nil)) }
    accessors[accessors.count - 1].get = get
    return self
  }

  @discardableResult
  func attribute(
    _ name: String, set: Setter? = nil, _ get: @escaping Getter
  ) -> TypeBuilder {
    let accessor = Accessor(name, get, set)
    var definition = PyGetSetDef()
    definition.name = name.permanentCString
    definition.closure = Unmanaged.passRetained(accessor).toOpaque()
    definition.get = { object, closure in
      guard let closure else { return nil }
      return Unmanaged<Accessor>.fromOpaque(closure)._withUnsafeGuaranteedRef { accessor in
        do throws(PythonError) { return try accessor.get(object) } catch {
          guard let reason = error.missingFeature else {
            setException(error)
            return nil
          }
          do throws(PythonError) {
            return try Fallback.call("ndarray.\(accessor.name)", [object], reason: reason)
          } catch {
            setException(error)
            return nil
          }
        }
      }
    }
    if set != nil {
      definition.set = { object, value, closure in
        guard let closure else { return -1 }
        return Unmanaged<Accessor>.fromOpaque(closure)._withUnsafeGuaranteedRef { accessor in
          do throws(PythonError) {
            guard let value else {
              throw PythonError.raise(
                py_exc_attribute_error(), "Cannot delete array \(accessor.name)")
            }
            try accessor.set.unsafelyUnwrapped(object, value)
            return 0
          } catch {
            setException(error)
            return -1
          }
        }
      }
    }
    accessors.append(definition)
    return self
  }

  /// `base` is what the type derives from, where that is not `object`.
  func build(base: TypeRef? = nil) throws(PythonError) -> TypeRef {
    var slots = self.slots
    if !members.isEmpty {
      slots.append(
        PyType_Slot(slot: Int32(PY_TP_MEMBERS), pfunc: Self.table(members, end: PyMemberDef())))
    }
    if !accessors.isEmpty {
      slots.append(
        PyType_Slot(slot: Int32(PY_TP_GETSET), pfunc: Self.table(accessors, end: PyGetSetDef())))
    }
    let table = Self.table(slots, end: PyType_Slot()).assumingMemoryBound(to: PyType_Slot.self)
    var spec = PyType_Spec(
      name: name.permanentCString, basicsize: Int32(basicSize), itemsize: 0, flags: flags,
      slots: table)
    let made = PyType_FromSpecWithBases(&spec, base.map { py_object($0) })
    return py_as_type(try check(made))
  }

  private static func table<Entry>(_ entries: [Entry], end: Entry) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutablePointer<Entry>.allocate(capacity: entries.count + 1)
    for (i, entry) in (entries + [end]).enumerated() { (memory + i).initialize(to: entry) }
    return UnsafeMutableRawPointer(memory)
  }
}

// The signatures of CPython's slots, so that closures get the right C type when they are cast.
typealias FactSlot = @convention(c) (Ref, UnsafeMutableRawPointer?) -> Ref?
typealias UnarySlot = @convention(c) (Ref) -> Ref?
typealias BinarySlot = @convention(c) (Ref, Ref) -> Ref?
typealias TernarySlot = @convention(c) (Ref, Ref, Ref?) -> Ref?
typealias TestSlot = @convention(c) (Ref) -> Int32
typealias LengthSlot = @convention(c) (Ref) -> Int
typealias CompareSlot = @convention(c) (Ref, Ref, Int32) -> Ref?
typealias StoreSlot = @convention(c) (Ref, Ref, Ref?) -> Int32
typealias ContainsSlot = @convention(c) (Ref, Ref) -> Int32
typealias ItemSlot = @convention(c) (Ref, Int) -> Ref?

extension TypeBuilder {
  @discardableResult
  func unary(_ number: Int, _ function: UnarySlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func binary(_ number: Int, _ function: BinarySlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func ternary(_ number: Int, _ function: TernarySlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func test(_ number: Int, _ function: TestSlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func size(_ number: Int, _ function: LengthSlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func compare(_ number: Int, _ function: CompareSlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func storing(_ number: Int, _ function: StoreSlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func contains(_ number: Int, _ function: ContainsSlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
  func item(_ number: Int, _ function: ItemSlot) -> TypeBuilder {
    slot(number, unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
}
