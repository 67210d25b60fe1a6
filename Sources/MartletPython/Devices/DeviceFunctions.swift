import CPythonABI
import Martlet
import MartletIR

/// Devices, placement and policy, for `martlet.device` and its like; none of it is NumPy's.
enum DeviceFunctions {
  static let all: [DoorFunction] = [
    DoorFunction("devices", "()", "The names of the devices of this machine.") {
      _ throws(PythonError) in
      try pythonList(
        owning: try map(Device.all) { d throws(PythonError) in
          try pythonString(d.name)
        })
    },
    DoorFunction(
      "set_device", "(name, /)", "Makes a device the one where new arrays are made."
    ) { arguments throws(PythonError) in
      let device = try parseDevice(arguments.required(0))
      Placement.setDefault(device)
      return try pythonString(device.name)
    },
    DoorFunction(
      "enter_device", "(name, /)",
      "Makes a device this thread's; returns what `leave_device` takes."
    ) { arguments throws(PythonError) in
      try pythonInt(Int(Placement.enter(try parseDevice(arguments.required(0)))))
    },
    DoorFunction("leave_device", "(before, /)", "Undoes `enter_device`.") {
      arguments throws(PythonError) in
      let number = try parseInt(arguments.required(0))
      guard Placement.restore(Int32(truncatingIfNeeded: number)) else {
        throw .value("leave_device takes what enter_device returned, not \(number)")
      }
      return Python.none
    },
    DoorFunction("current_device", "()", "The device where new arrays are made.") {
      _ throws(PythonError) in
      try pythonString(try core { () throws(MartletError) in try Placement.current.name })
    },
    DoorFunction("synchronize", "(name, /)", "Waits for a device's pending work.") {
      arguments throws(PythonError) in
      let device = try parseDevice(arguments.required(0))
      try core { () throws(MartletError) in try device.synchronise() }
      return Python.none
    },
    DoorFunction(
      "search_libraries", "(folders, /)",
      "Folders of packages where CUDA's libraries may lie too; before a device is used."
    ) { arguments throws(PythonError) in
      let folders = arguments.required(0)
      let list = try check(PySequence_Tuple(folders))
      defer { py_release(list) }
      var paths: [String] = []
      for i in 0..<PyTuple_Size(list) {
        paths.append(try swiftString(try check(PyTuple_GetItem(list, i))))
      }
      Device.searchLibraries(in: paths)
      return Python.none
    },
    DoorFunction("policy", "()", "What is done about what a device lacks.") {
      _ throws(PythonError) in try pythonString(Placement.policy.rawValue)
    },
    DoorFunction("set_policy", "(name, /)", "Sets what is done about what a device lacks.") {
      arguments throws(PythonError) in
      let name = try swiftString(arguments.required(0))
      guard let policy = Placement.Policy(rawValue: name) else {
        let names = Placement.Policy.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        throw .value("the policy is one of \(names), not '\(name)'")
      }
      Placement.policy = policy
      return Python.none
    },
    DoorFunction(
      "crossover", "(name, /)",
      "How many elements a new array must have for the policy 'auto' to make it on a device."
    ) { arguments throws(PythonError) in
      let device = try parseDevice(arguments.required(0))
      return try pythonInt(
        try core { () throws(MartletError) in
          try Placement.crossover(of: device)
        })
    },
    DoorFunction(
      "transfers", "()", "How many copies were made between devices, and of how many bytes."
    ) { _ throws(PythonError) in
      let statistics = Transfers.statistics
      return try pythonTuple(owning: [
        try pythonInt(statistics.count), try pythonInt(statistics.bytes),
      ])
    },
  ]

  /// `ndarray.to`, and the standard's name for it.
  static let methods: [DoorFunction] = ["to", "to_device"].map { name in
    DoorFunction(
      "ndarray.\(name)", "(self, device, /, *, stream=None)",
      "The array on a device: itself, or a copy there."
    ) { arguments throws(PythonError) in
      let object = try ArrayMethods.itself(arguments)
      if arguments.optional(2) != nil {
        throw .value("The stream argument in to_device() is not supported")
      }
      let device = try parseDevice(arguments.required(1))
      let array = ArrayObject.read(object)
      if array.device == device { return retained(object) }
      return try CreationFunctions.made { () throws(MartletError) in
        try withoutInterpreterLock(elements: array.count) { () throws(MartletError) in
          try array.to(device)
        }
      }
    }
  }

  /// The device of a name, as `cpu` or `opencl:0`.
  static func parseDevice(_ object: Ref) throws(PythonError) -> Device {
    guard isSubclass(object, stringFlag) else {
      throw .type(
        "a device is named by a str such as 'cpu' or 'opencl:0', not \(try typeName(object))")
    }
    let name = try swiftString(object)
    return try core { () throws(MartletError) in try Device(Device.Name(name)) }
  }

  /// Runs `body` with new arrays made on the device that a `device=` argument names, if any.
  static func onDevice(
    _ argument: Ref?, _ body: () throws(PythonError) -> Ref
  ) throws(PythonError) -> Ref {
    guard let argument else { return try body() }
    let device = try parseDevice(argument)
    let before = Placement.enter(device)
    defer { Placement.restore(before) }
    let result = try body()
    // The policy may prefer the host for it, but who names a device means it.
    guard ArrayObject.check(result), ArrayObject.read(result).device != device else {
      return result
    }
    defer { py_release(result) }
    return try ArrayObject.make(
      try core { () throws(MartletError) in try ArrayObject.read(result).to(device) })
  }

  private static func map(
    _ devices: [Device], _ body: (Device) throws(PythonError) -> Ref
  ) throws(PythonError) -> [Ref] {
    var result: [Ref] = []
    for device in devices { result.append(try body(device)) }
    return result
  }
}

extension ArrayObject {
  /// A root's elements that NumPy has in the host's memory for the moment.
  private struct Lent {
    /// Where the root lived.
    let device: Device
    /// Its memory there, where other libraries use that too: it must stay.
    let shared: Storage?
    /// Loans there were before.
    let exports: Int32
  }

  nonisolated(unsafe) private static var lent: [Ref: Lent] = [:]
  // Unsafe: only touched under the interpreter's lock.

  /// Moves a root's elements to the host, where NumPy may read and write them until `takeBack`.
  static func lend(_ object: Ref) throws(PythonError) {
    let root = root(object)
    guard let storage = state(root).pointee.storage, !storage.isHosts else { return }
    state(root).pointee.storage = try core { () throws(MartletError) in
      try storage.duplicated(on: .host)
    }
    lent[root] = Lent(
      device: storage.device, shared: storage.isPinned ? storage : nil,
      exports: state(root).pointee.exports)
  }

  /// Moves a lent root's elements back to their device, once nobody holds the host's memory.
  static func takeBack(_ object: Ref) throws(PythonError) {
    if lent.isEmpty { return }
    let root = root(object)
    guard let entry = lent[root], state(root).pointee.exports <= entry.exports,
      let storage = state(root).pointee.storage
    else { return }
    lent[root] = nil
    state(root).pointee.storage = try core { () throws(MartletError) in
      guard let shared = entry.shared else { return try storage.duplicated(on: entry.device) }
      if !shared.isReadOnly { try shared.overwrite(with: storage) }
      return shared
    }
  }
}
