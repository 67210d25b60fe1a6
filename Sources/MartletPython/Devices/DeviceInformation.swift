import CPythonABI
import MartletIR
import MartletRuntime

/// What `martlet.devices()` tells of a device: what it is and can, and whether it works.
enum DeviceInformation {
  static let all: [DoorFunction] = [
    DoorFunction(
      "device_info", "(name, /)",
      "Processor, library (None for none), bytes of memory, free bytes, the dtypes that it lacks, "
        + "whether it runs grid kernels, and its library calls."
    ) { arguments throws(PythonError) in
      let device = try DeviceFunctions.parseDevice(arguments.required(0)).runtime
      let (text, memory, can) = (device.description, device.memoryInfo, device.capabilities)
      let lacking = DType.allCases.filter { !can.dtypes.contains($0) }.map(\.name)
      let calls = LibraryCall.Kind.allCases.filter(device.hasLibrary).map(\.rawValue)
      var library = Python.none
      if let name = text.library { library = try pythonString(name) }
      return try pythonTuple(owning: [
        try pythonString(text.processor), library, try pythonInt(memory.total),
        try pythonInt(memory.free), try strings(lacking), Python.bool(can.runsGridKernels),
        try strings(calls),
      ])
    },
    DoorFunction(
      "compute_capability", "(name, /)",
      "CUDA's version of a GPU as two numbers; None for a device that is none of CUDA's."
    ) { arguments throws(PythonError) in
      let device = try DeviceFunctions.parseDevice(arguments.required(0)).runtime
      guard let gpu = device as? CUDA else { return Python.none }
      return try pythonTuple(owning: [
        try pythonInt(gpu.capability / 10), try pythonInt(gpu.capability % 10),
      ])
    },
    DoorFunction(
      "device_self_test", "(name, /)",
      "None after a kernel was compiled, run and right on a device; else what went wrong."
    ) { arguments throws(PythonError) in
      let device = try DeviceFunctions.parseDevice(arguments.required(0)).runtime
      do throws(MartletError) {
        try DeviceSelfTest.run(on: device)
      } catch {
        return try pythonString(error.description)
      }
      return Python.none
    },
    DoorFunction("absent_devices", "()", "(kind, reason) for each kind of device not there.") {
      _ throws(PythonError) in
      var items: [Ref] = []
      for absent in DeviceRegistry.reasons {
        items.append(
          try pythonTuple(owning: [
            try pythonString(absent.kind), try pythonString(absent.reason),
          ]))
      }
      return try pythonList(owning: items)
    },
  ]

  private static func strings(_ texts: [String]) throws(PythonError) -> Ref {
    var items: [Ref] = []
    for text in texts { items.append(try pythonString(text)) }
    return try pythonList(owning: items)
  }
}
