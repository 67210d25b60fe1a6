import CMartlet
import MartletIR

/// OpenCL's loader and what it leads to, opened at first use.
struct OpenCLLibrary: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; OpenCL's may be called from any thread,
  // those that set a kernel's arguments aside.

  /// OpenCL's functions, without the prefix `cl`.
  let functions: martlet_opencl

  static let shared: Result<OpenCLLibrary, MartletError> = {
    var reason = ""
    let table = withMessage(into: &reason) { martlet_opencl_open($0, $1) }
    guard let table else {
      return .failure(
        .libraryMissing(
          name: "OpenCL",
          hint: "Install the loader (Debian: ocl-icd-libopencl1) and a platform, such as "
            + "pocl-opencl-icd. \(reason)"))
    }
    return .success(OpenCLLibrary(functions: table.pointee))
  }()

  /// The file the loader was loaded from.
  var path: String { String(cString: functions.path) }

  // MARK: - Platforms and devices

  struct Platform {
    var reference: OpaquePointer
    var name: String
    var version: String
  }

  /// - Throws: `.device` where the loader finds none.
  func platforms() throws(MartletError) -> [Platform] {
    var count: UInt32 = 0
    let status = functions.GetPlatformIDs(0, nil, &count)
    // Without any, the loader answers with an error of an extension.
    if status == OpenCLStatus.noPlatform || (status == 0 && count == 0) { return [] }
    try OpenCLStatus.check(status, device: "opencl", operation: "discovery")
    var references = [OpaquePointer?](repeating: nil, count: Int(count))
    try OpenCLStatus.check(
      functions.GetPlatformIDs(count, &references, nil), device: "opencl", operation: "discovery")
    return references.compactMap { $0 }.map { reference in
      func text(_ parameter: Int32) -> String {
        Self.text { functions.GetPlatformInfo(reference, UInt32(parameter), $0, $1, $2) }
      }
      return Platform(
        reference: reference, name: text(MARTLET_CL_PLATFORM_NAME),
        version: text(MARTLET_CL_PLATFORM_VERSION))
    }
  }

  func devices(of platform: Platform) throws(MartletError) -> [OpaquePointer] {
    var count: UInt32 = 0
    let kind = UInt64(MARTLET_CL_DEVICE_TYPE_ALL)
    let status = functions.GetDeviceIDs(platform.reference, kind, 0, nil, &count)
    if status == OpenCLStatus.noDevice || (status == 0 && count == 0) { return [] }
    try OpenCLStatus.check(status, device: "opencl", operation: "discovery")
    var references = [OpaquePointer?](repeating: nil, count: Int(count))
    try OpenCLStatus.check(
      functions.GetDeviceIDs(platform.reference, kind, count, &references, nil), device: "opencl",
      operation: "discovery")
    return references.compactMap { $0 }
  }

  func text(of device: OpaquePointer, _ parameter: Int32) -> String {
    Self.text { functions.GetDeviceInfo(device, UInt32(parameter), $0, $1, $2) }
  }

  /// A number of `Number`'s size; 0 where the device does not know the question.
  func number<Number: FixedWidthInteger>(
    of device: OpaquePointer, _ parameter: Int32, as type: Number.Type
  ) -> Number {
    var value: Number = 0
    let status = functions.GetDeviceInfo(
      device, UInt32(parameter), MemoryLayout<Number>.size, &value, nil)
    return status == 0 ? value : 0
  }

  func sizes(of device: OpaquePointer, _ parameter: Int32, count: Int) -> [Int] {
    var values = [Int](repeating: 0, count: count)
    let status = functions.GetDeviceInfo(
      device, UInt32(parameter), MemoryLayout<Int>.stride * count, &values, nil)
    return status == 0 ? values : [Int](repeating: 1, count: count)
  }

  /// What one of OpenCL's functions for questions answers as text.
  static func text(
    _ ask: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32
  ) -> String {
    var byteCount = 0
    guard ask(0, nil, &byteCount) == 0, byteCount > 0 else { return "" }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    guard ask(byteCount, &bytes, nil) == 0 else { return "" }
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return String(text.drop { $0 == " " })
  }
}

/// OpenCL's error codes.
enum OpenCLStatus {
  static let noDevice: Int32 = -1
  static let outOfResources: Int32 = -5
  /// `CL_PLATFORM_NOT_FOUND_KHR`.
  static let noPlatform: Int32 = -1001

  /// Whether more free memory may help.
  static func isOutOfMemory(_ status: Int32) -> Bool {
    // Of the device, or of the host for the driver.
    status == -4 || status == -6
  }

  /// - Throws: `.device` with the code's name and what it means.
  static func check(
    _ status: Int32, device: String, operation: String
  ) throws(MartletError) {
    if status == 0 { return }
    throw .device(name: device, operation: operation, detail: sentence(status))
  }

  /// What a code means, with the name that OpenCL's documentation has it under.
  static func sentence(_ status: Int32) -> String {
    guard let (name, meaning) = table[status] else {
      return "OpenCL reported error \(status)."
    }
    return "\(meaning) (CL_\(name))."
  }

  /// From the OpenCL specification 3.0, appendix B.
  private static let table: [Int32: (name: String, meaning: String)] = [
    -1: ("DEVICE_NOT_FOUND", "No device of this type was found"),
    -2: ("DEVICE_NOT_AVAILABLE", "The device is not available now"),
    -3: ("COMPILER_NOT_AVAILABLE", "The platform has no compiler"),
    -4: ("MEM_OBJECT_ALLOCATION_FAILURE", "The device has no memory left for a buffer"),
    -5: ("OUT_OF_RESOURCES", "The device has not the resources for this"),
    -6: ("OUT_OF_HOST_MEMORY", "The driver got no memory on the host"),
    -7: ("PROFILING_INFO_NOT_AVAILABLE", "Profiling is not switched on"),
    -8: ("MEM_COPY_OVERLAP", "Source and destination of a copy overlap"),
    -11: ("BUILD_PROGRAM_FAILURE", "The program did not compile"),
    -12: ("MAP_FAILURE", "A buffer could not be mapped"),
    -13: ("MISALIGNED_SUB_BUFFER_OFFSET", "A buffer's offset does not suit the device"),
    -14: ("EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", "Work that this waits for has failed"),
    -15: ("COMPILE_PROGRAM_FAILURE", "The program did not compile"),
    -16: ("LINKER_NOT_AVAILABLE", "The platform has no linker"),
    -17: ("LINK_PROGRAM_FAILURE", "The program did not link"),
    -30: ("INVALID_VALUE", "An argument has a value that OpenCL does not allow"),
    -31: ("INVALID_DEVICE_TYPE", "The type of device is unknown"),
    -32: ("INVALID_PLATFORM", "The platform is not valid"),
    -33: ("INVALID_DEVICE", "The device is not valid"),
    -34: ("INVALID_CONTEXT", "The context is not valid"),
    -35: ("INVALID_QUEUE_PROPERTIES", "The device has no queue of this kind"),
    -36: ("INVALID_COMMAND_QUEUE", "The queue is not valid; the device may have been lost"),
    -37: ("INVALID_HOST_PTR", "The host's memory is not valid"),
    -38: ("INVALID_MEM_OBJECT", "A buffer is not valid"),
    -40: ("INVALID_IMAGE_SIZE", "An image has a size that the device does not support"),
    -42: ("INVALID_BINARY", "The compiled program is not one for this device"),
    -43: ("INVALID_BUILD_OPTIONS", "The compiler does not know an option"),
    -44: ("INVALID_PROGRAM", "The program is not valid"),
    -45: ("INVALID_PROGRAM_EXECUTABLE", "The program was not built for this device"),
    -46: ("INVALID_KERNEL_NAME", "The program has no kernel of this name"),
    -47: ("INVALID_KERNEL_DEFINITION", "The kernel has another signature on this device"),
    -48: ("INVALID_KERNEL", "The kernel is not valid"),
    -49: ("INVALID_ARG_INDEX", "The kernel has not so many arguments"),
    -50: ("INVALID_ARG_VALUE", "An argument of the kernel is not valid"),
    -51: ("INVALID_ARG_SIZE", "An argument of the kernel has not the size that it declares"),
    -52: ("INVALID_KERNEL_ARGS", "An argument of the kernel is missing"),
    -53: ("INVALID_WORK_DIMENSION", "The launch has a wrong number of dimensions"),
    -54: ("INVALID_WORK_GROUP_SIZE", "The kernel cannot run in groups of this size"),
    -55: ("INVALID_WORK_ITEM_SIZE", "A group has too many threads along one dimension"),
    -56: ("INVALID_GLOBAL_OFFSET", "The launch begins at a place that is not allowed"),
    -57: ("INVALID_EVENT_WAIT_LIST", "The list of events to wait for is not valid"),
    -58: ("INVALID_EVENT", "The event is not valid"),
    -59: ("INVALID_OPERATION", "The operation is not allowed on this object"),
    -61: ("INVALID_BUFFER_SIZE", "The device has no buffers of this size"),
    -63: ("INVALID_GLOBAL_WORK_SIZE", "The launch has a size that the device does not support"),
    -64: ("INVALID_PROPERTY", "A property is not known"),
    -66: ("INVALID_COMPILER_OPTIONS", "The compiler does not know an option"),
    -1001: ("PLATFORM_NOT_FOUND_KHR", "No OpenCL platform is installed"),
  ]
}
