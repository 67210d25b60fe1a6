import MartletIR

extension NDArray {
  /// The elements converted to `dtype`; deferred where the array is large, so that the conversion
  /// becomes part of the work around it.
  package func lazilyConverted(to dtype: DType) throws(MartletError) -> NDArray {
    if dtype == self.dtype { return self }
    // What a conversion to integers loses is noticed only when it runs at once.
    let isExact = dtype.isInexact || !self.dtype.isInexact || dtype == .bool
    guard count >= Graph.lazyCount, isExact, !(self.dtype.isComplex && !dtype.isComplex) else {
      return try asType(dtype)
    }
    let loop = ElementwiseOperation.castLoop(from: self.dtype, to: dtype)
    return try Elementwise.apply(.cast, loop: loop, [.array(self)])[0]
  }
}
