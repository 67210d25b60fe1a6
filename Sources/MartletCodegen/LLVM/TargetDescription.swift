/// The processor that compiled kernels run on, as LLVM names it.
package struct TargetDescription: Hashable, Sendable {
  /// For example `x86_64-pc-linux-gnu`.
  package let triple: String
  /// For example `znver4`.
  package let processor: String
  /// For example `+avx2,+fma`.
  package let features: String
  package let dataLayout: String
  /// The widest vector the processor computes with, in bytes: 16, 32 or 64.
  package let vectorBytes: Int
  /// LLVM's major version: its text format differs slightly between versions.
  package let llvmVersion: Int

  package init(
    triple: String, processor: String, features: String, dataLayout: String, llvmVersion: Int
  ) {
    self.triple = triple
    self.processor = processor
    self.features = features
    self.dataLayout = dataLayout
    self.llvmVersion = llvmVersion
    let present = Set(features.split(separator: ","))
    vectorBytes = present.contains("+avx512f") ? 64 : present.contains("+avx") ? 32 : 16
  }

  /// Whether the processor converts float16 by itself; elsewhere LLVM would call a library that
  /// the process may not have.
  var convertsHalf: Bool {
    !(triple.hasPrefix("x86_64") || triple.hasPrefix("i"))
      || features.split(separator: ",").contains("+f16c")
  }

  /// Whether a vector mask is a register of bits rather than a vector of 0 and -1.
  var hasMaskRegisters: Bool { vectorBytes == 64 }
}
