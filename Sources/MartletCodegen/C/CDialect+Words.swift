import MartletIR

/// What the dialects call the same things.
extension CDialect {
  var barrier: String {
    switch self {
    case .openCL: "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);"
    case .cuda: "__syncthreads();"
    }
  }

  func fence(_ scope: FenceScope) -> String {
    switch (self, scope) {
    // OpenCL C 1.2 has no other; the processors that we know make it one for the whole device.
    case (.openCL, _): "mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);"
    case (.cuda, .block): "__threadfence_block();"
    case (.cuda, .device): "__threadfence();"
    case (.cuda, .system): "__threadfence_system();"
    }
  }

  /// What stands in a declaration to have memory at a multiple of so many bytes.
  func aligned(_ bytes: Int?) -> String {
    guard let bytes else { return "" }
    return self == .openCL ? "__attribute__((aligned(\(bytes)))) " : "__align__(\(bytes)) "
  }

  /// What begins the declaration of a block's memory.
  var shared: String { self == .openCL ? "local " : "__shared__ " }

  /// What begins the type of what a pointer points to.
  func qualifier(_ space: BufferParameter.Space) -> String {
    guard self == .openCL else { return "" }
    switch space {
    case .global: return "global "
    case .shared: return "local "
    case .local, .address: return ""
    }
  }

  /// What begins a kernel function. A block of another size is refused where the size is known.
  func head(threads: Int?) -> String {
    switch self {
    case .openCL:
      "kernel " + (threads.map { "__attribute__((reqd_work_group_size(\($0), 1, 1))) " } ?? "")
        + "void"
    case .cuda:
      "extern \"C\" __global__ void" + (threads.map { " __launch_bounds__(\($0))" } ?? "")
    }
  }

  /// What begins a helper function.
  var helperHead: String {
    self == .openCL ? "static inline" : "static __device__ __forceinline__"
  }

  func index(_ index: GridIndex) -> String {
    let axis = index.rawValue.last! == "X" ? 0 : index.rawValue.last! == "Y" ? 1 : 2
    let (openCL, cuda) =
      switch index {
      case .threadX, .threadY, .threadZ: ("get_local_id", "threadIdx")
      case .blockX, .blockY, .blockZ: ("get_group_id", "blockIdx")
      case .blockSizeX, .blockSizeY, .blockSizeZ: ("get_local_size", "blockDim")
      case .gridSizeX, .gridSizeY, .gridSizeZ: ("get_num_groups", "gridDim")
      }
    return self == .openCL ? "(i64)\(openCL)(\(axis))" : "(i64)\(cuda).\(["x", "y", "z"][axis])"
  }

  /// The name of a function of floating numbers; `base` is C's name for `double`.
  func function(_ base: String, _ dtype: DType) -> String {
    self == .cuda && dtype == .float32 ? base + "f" : base
  }

  /// Types of fixed size. `long` has 64 bits in OpenCL only.
  static func integerTypes(_ dialect: CDialect) -> String {
    let (byte, long) = dialect == .openCL ? ("char", "long") : ("signed char", "long long")
    return """
      typedef \(byte) i8;
      typedef short i16;
      typedef int i32;
      typedef \(long) i64;
      typedef unsigned char u8;
      typedef unsigned short u16;
      typedef unsigned int u32;
      typedef unsigned \(long) u64;
      typedef float f32;

      """
  }
}

extension DType {
  /// The C type that holds a value, in registers and in memory: a bool is a byte, 0 or 1, and a half
  /// type its bits.
  var cName: String {
    switch self {
    case .bool, .uint8: "u8"
    case .uint16, .float16, .bfloat16: "u16"
    case .uint32: "u32"
    case .uint64: "u64"
    case .int8: "i8"
    case .int16: "i16"
    case .int32: "i32"
    case .int64: "i64"
    case .float32: "f32"
    case .float64: "f64"
    case .complex64: "c64"
    case .complex128: "c128"
    }
  }

  /// The unsigned type that integers of this type compute in, since signed ones may not overflow.
  var cWrapping: String { itemSize == 8 ? "u64" : "u32" }

  var isHalf: Bool { self == .float16 || self == .bfloat16 }
}
