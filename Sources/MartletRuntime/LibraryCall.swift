import MartletIR

/// Work that a device may have a library for. Operands lie in the device's memory, at addresses;
/// the dtypes are those of `LibraryCall.dtypes`, all sizes at least 1.
package enum LibraryCall: Sendable, Hashable {
  case product(MatrixProduct)
  case transform(FourierTransform)
  case factorisation(Factorisation)

  /// What a device lists.
  package enum Kind: String, Sendable, CaseIterable {
    case matmul, fft, linalg
  }

  /// The dtypes that libraries compute with.
  package static let dtypes: Set<DType> = [.float32, .float64, .complex64, .complex128]

  package var kind: Kind {
    switch self {
    case .product: .matmul
    case .transform: .fft
    case .factorisation: .linalg
    }
  }
}

/// `c = a b`, for `batch` triples of row-major matrices at equal distances.
package struct MatrixProduct: Sendable, Hashable {
  package struct Matrix: Sendable, Hashable {
    /// Of the first element.
    package var address: UInt
    /// Whether memory holds the transpose of what is multiplied.
    package var isTransposed: Bool
    /// How far apart the rows in memory are, in elements.
    package var leading: Int
    /// From one matrix to the next, in elements; 0 where all products use the same one.
    package var distance: Int

    package init(address: UInt, isTransposed: Bool = false, leading: Int, distance: Int = 0) {
      self.address = address
      self.isTransposed = isTransposed
      self.leading = leading
      self.distance = distance
    }
  }

  package var dtype: DType
  package var rows: Int
  package var columns: Int
  package var depth: Int
  package var batch: Int
  package var a: Matrix
  package var b: Matrix
  /// Not transposed.
  package var c: Matrix

  package init(
    _ dtype: DType, rows: Int, columns: Int, depth: Int, batch: Int = 1, _ a: Matrix, _ b: Matrix,
    into c: Matrix
  ) {
    self.dtype = dtype
    self.rows = rows
    self.columns = columns
    self.depth = depth
    self.batch = batch
    self.a = a
    self.b = b
    self.c = c
  }
}

/// Discrete Fourier transforms over all axes of `batch` contiguous arrays, not scaled.
package struct FourierTransform: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case complexToComplex, realToComplex, complexToReal
  }

  /// How many axes one call transforms at most.
  package static let maximumRank = 3

  package var kind: Kind
  /// `exp(+2πi …)` instead of `exp(-2πi …)`; what begins with real numbers never is, and what ends
  /// with them always.
  package var isInverse: Bool
  /// Of the complex numbers.
  package var dtype: DType
  /// The sizes of each transform, of the real side where there is one: the complex side holds only
  /// `n / 2 + 1` elements along the last axis then.
  package var sizes: [Int]
  package var batch: Int
  /// The library may overwrite it where the result is real.
  package var source: UInt
  package var target: UInt

  package init(
    _ kind: Kind, isInverse: Bool, _ dtype: DType, sizes: [Int], batch: Int, from source: UInt,
    to target: UInt
  ) {
    self.kind = kind
    self.isInverse = isInverse
    self.dtype = dtype
    self.sizes = sizes
    self.batch = batch
    self.source = source
    self.target = target
  }
}

/// A step of dense linear algebra on one column-major matrix without gaps between its columns,
/// which it overwrites.
package struct Factorisation: Sendable, Hashable {
  package enum Step: Sendable, Hashable {
    /// `a = l lᴴ`: the lower triangle of the result is `l`, the upper one is left as it was.
    case cholesky
    /// `a = p l u`; `pivots` are 32-bit integers, counted from 1, one for each of the lesser side's
    /// elements.
    case lu(pivots: UInt)
    /// Solves `a x = b` with what `lu` left in `a`; `x` overwrites `b`, `columns` wide.
    case solve(pivots: UInt, b: UInt, columns: Int)
    /// `a = q r`: `r` in the upper triangle, below it and in `tau` what `q` is made of.
    case qr(tau: UInt)
    /// The first `columns` columns of `q` from what `qr` left in the first `reflectors` ones.
    case q(tau: UInt, reflectors: Int)
    /// Of a Hermitian matrix, of which one triangle is read: its eigenvalues, rising, and in its
    /// place the eigenvectors.
    case eigen(values: UInt, isLower: Bool, vectors: Bool)
    /// `a = u s vᴴ` with as many rows as columns or more; `u` holds all its columns where
    /// `isFull`, else as many as `a`. Without `u` and `vh` only the singular values.
    case svd(values: UInt, u: UInt?, vh: UInt?, isFull: Bool)
  }

  package var step: Step
  package var dtype: DType
  package var rows: Int
  package var columns: Int
  /// The matrix's address.
  package var a: UInt
  /// Where a 32-bit integer becomes 0 for success, else what LAPACK reports.
  package var status: UInt

  package init(
    _ step: Step, _ dtype: DType, rows: Int, columns: Int, a: UInt, status: UInt
  ) {
    self.step = step
    self.dtype = dtype
    self.rows = rows
    self.columns = columns
    self.a = a
    self.status = status
  }
}
