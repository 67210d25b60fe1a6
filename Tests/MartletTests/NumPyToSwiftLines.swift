import Martlet

// Written by Tools/numpy_to_swift.py: docs/numpy-to-swift.md, so that its lines compile.

private func mainLines0(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = abs(a)
  _ = arccos(a)
  _ = arccosh(a)
  _ = a + b
  _ = try a.all(axis: 0)
  _ = try allClose(a, b)
  _ = try a.max(axis: 0)
  _ = try a.min(axis: 0)
  _ = angle(z)
  _ = try a.any(axis: 0)
  _ = try NDArray.concatenate([a, b], axis: 0)
  _ = np.apply_along_axis
  _ = np.apply_over_axes
  _ = try NDArray.arange(0, 10, 2)
  _ = arcsin(a)
  _ = arcsinh(a)
  _ = arctan(a)
  _ = arctan2(a, b)
  _ = arctanh(a)
  _ = try a.argMax(axis: 0)
  _ = try a.argMin(axis: 0)
  _ = try a.argPartition(at: [2])
  _ = try a.argSort(axis: -1)
  _ = try a.argWhere()
  _ = try a.rounded(decimals: 2)
  _ = NDArray([[1.0, 2], [3, 4]])
  _ = a == b
  _ = np.array_equiv
  _ = try a.split(into: 3, axis: 0)
  _ = np.asarray_chkfinite
  _ = try a.copy()
  _ = np.asfortranarray
  _ = try a.asType(.float32)
  _ = np.atleast_1d
  _ = np.atleast_2d
  _ = np.atleast_3d
  _ = np.average
  _ = np.bartlett
  _ = try i.binCount(weights: v)
  _ = i & 3
}

private func mainLines40(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = bitCount(i)
  _ = ~i
  _ = i << 2
  _ = i | 3
  _ = i >> 2
  _ = i ^ 3
  _ = np.blackman
  _ = try NDArray.block([[m, m], [m, m]])
  _ = np.broadcast_arrays
  _ = try v.broadcast(to: [3, 4])
  _ = cbrt(a)
  _ = ceil(a)
  _ = np.choose
  _ = try a.clipped(0, 1)
  _ = try NDArray.columnStack([v, v])
  _ = a[mask]
  _ = conjugate(z)
  _ = try NDArray.convolve(v, v, mode: .same)
  _ = copysign(a, b)
  a[.ellipsis] = b
  _ = try m.correlation()
  _ = try NDArray.correlate(v, v)
  _ = cos(a)
  _ = cosh(a)
  _ = try a.countNonzero(axis: 0)
  _ = try m.covariance()
  _ = try a.cross(b)
  _ = try a.cumulativeProduct(axis: 0)
  _ = try a.cumulativeSum(axis: 0)
  _ = radians(a)
  _ = degrees(a)
  _ = try a.deleting([1], axis: 0)
  _ = try NDArray.diagonal(v)
  _ = np.diag_indices
  _ = np.diag_indices_from
  _ = np.diagflat
  _ = try m.diagonal(offset: 1)
  _ = try a.differences(n: 1, axis: -1)
  _ = try a.digitized(v)
  _ = a / b
}

private func mainLines80(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = np.divmod
  _ = try a.dot(b)
  _ = np.dsplit
  _ = np.dstack
  _ = np.ediff1d
  _ = try NDArray.einsum("ij,jk->ik", m, m)
  _ = np.einsum_path
  _ = try NDArray.zeros([2, 3])
  _ = try NDArray.zerosLike(a)
  _ = a .== b
  _ = try ErrorState.throwing { 1 / a }
  _ = exp(a)
  _ = exp2(a)
  _ = try a.expanded(at: 0)
  _ = expm1(a)
  _ = try NDArray.eye(3)
  _ = np.fill_diagonal
  _ = trunc(a)
  _ = np.flatnonzero
  _ = try a.flipped(axis: 0)
  _ = np.fliplr
  _ = np.flipud
  _ = np.float_power
  _ = floor(a)
  _ = try a.floorDivided(by: b)
  _ = fmax(a, b)
  _ = fmin(a, b)
  _ = fmod(a, b)
  _ = np.frexp
  _ = np.from_dlpack
  _ = try NDArray(rawContentsOf: path, .float64)
  _ = try NDArray.full([2, 3], 1.5)
  _ = try NDArray.fullLike(a, 1.5)
  _ = gcd(i, i)
  _ = try NDArray.geomspace(1, 1000, 4)
  _ = try a.gradient()
  _ = a .> b
  _ = a .>= b
  _ = np.hamming
  _ = np.hanning
}

private func mainLines120(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = heaviside(a, 0.5)
  _ = try a.histogram(bins: 20)
  _ = np.histogram2d
  _ = np.histogram_bin_edges
  _ = np.histogramdd
  _ = np.hsplit
  _ = try NDArray.hstack([a, b])
  _ = hypot(a, b)
  _ = np.i0
  _ = z.imaginary
  _ = np.indices
  _ = try v.inner(v)
  _ = try a.inserting(b, at: 1, axis: 0)
  _ = try v.interpolated(from: v, v)
  _ = try NDArray.intersection(a, b)
  _ = try a.isClose(to: b)
  _ = np.iscomplex
  _ = np.iscomplexobj
  _ = isFinite(a)
  _ = try a.isIn(b)
  _ = isInfinite(a)
  _ = isNaN(a)
  _ = np.isneginf
  _ = np.isposinf
  _ = np.isreal
  _ = np.isrealobj
  _ = np.isscalar
  _ = np.iterable
  _ = np.ix_
  _ = np.kaiser
  _ = try a.kron(b)
  _ = lcm(i, i)
  _ = np.ldexp
  _ = a .< b
  _ = a .<= b
  _ = try NDArray.lexSort([v, v])
  _ = try NDArray.linspace(0, 1, 50)
  _ = try NDArray(contentsOf: path)
  _ = try NDArray(textContentsOf: path, delimiter: ",", skippedRows: 1)
  _ = log(a)
}

private func mainLines160(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = log10(a)
  _ = log1p(a)
  _ = log2(a)
  _ = logaddexp(a, b)
  _ = logaddexp2(a, b)
  _ = logicalAnd(a, b)
  _ = logicalNot(a)
  _ = logicalOr(a, b)
  _ = logicalXor(a, b)
  _ = try NDArray.logspace(0, 2, 3)
  _ = m %*% m
  _ = try m.swappingAxes(-1, -2)
  _ = try m.matvec(v)
  _ = maximum(a, b)
  _ = try a.mean(axis: 0)
  _ = try a.median(axis: 0)
  _ = try NDArray.meshgrid(v, v)
  _ = minimum(a, b)
  _ = a % b
  _ = np.modf
  _ = try a.movingAxis(0, to: -1)
  _ = a * b
  _ = try a.replacingInfinities(nan: 0)
  _ = try a.nanArgMax(axis: 0)
  _ = try a.nanArgMin(axis: 0)
  _ = try a.nanCumulativeProduct(axis: 0)
  _ = try a.nanCumulativeSum(axis: 0)
  _ = try a.nanMax(axis: 0)
  _ = try a.nanMean(axis: 0)
  _ = try a.median(axis: 0, omittingNaN: true)
  _ = try a.nanMin(axis: 0)
  _ = try a.percentile(90, axis: 0, omittingNaN: true)
  _ = try a.nanProduct(axis: 0)
  _ = try a.quantile(0.9, axis: 0, omittingNaN: true)
  _ = try a.nanStd(axis: 0)
  _ = try a.nanSum(axis: 0)
  _ = try a.nanVar(axis: 0)
  _ = np.ndarray
  _ = a.rank
  _ = -a
}

private func mainLines200(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = nextafter(a, b)
  _ = try a.nonzero()
  _ = a .!= b
  _ = try NDArray.ones([2, 3])
  _ = try NDArray.onesLike(a)
  _ = try v.outer(v)
  _ = try mask.packedBits(axis: 0)
  _ = try a.padded(by: 2, mode: .edge)
  _ = try a.partitioned(at: [2])
  _ = try a.percentile(90, axis: 0)
  _ = try a.transposed(1, 0)
  _ = np.piecewise
  a[mask] = 0
  _ = try Polynomials.fromRoots(v)
  _ = try Polynomials.sum(v, v)
  _ = try Polynomials.derivative(v)
  _ = np.polydiv
  _ = np.polyfit
  _ = np.polyint
  _ = try Polynomials.product(v, v)
  _ = try Polynomials.difference(v, v)
  _ = np.polyval
  _ = +a
  _ = a ** 2
  _ = try a.product(axis: 0)
  _ = np.ptp
  _ = np.put
  _ = np.put_along_axis
  _ = try a.quantile(0.9, axis: 0)
  _ = try a.raveled()
  _ = np.ravel_multi_index
  _ = z.real
  _ = np.real_if_close
  _ = reciprocal(a)
  _ = try a.repeated(2, axis: 0)
  _ = try a.reshaped(2, -1)
  _ = try a.repeated(toFill: [4, 4])
  _ = np.result_type
  _ = rint(a)
  _ = try a.rolled(1, axis: 0)
}

private func mainLines240(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = np.rollaxis
  _ = try Polynomials.roots(v)
  _ = try m.rotated90()
  _ = try a.write(to: path)
  _ = try a.write(textTo: path, delimiter: ",")
  _ = try v.searchSorted(a, side: .right)
  _ = np.select
  _ = try NDArray.difference(a, b)
  _ = try NDArray.symmetricDifference(a, b)
  _ = a.shape
  _ = sign(a)
  _ = signbit(a)
  _ = sin(a)
  _ = np.sinc
  _ = sinh(a)
  _ = a.count
  _ = try a.sorted(axis: -1)
  _ = np.sort_complex
  _ = np.spacing
  _ = sqrt(a)
  _ = square(a)
  _ = try a.squeezed()
  _ = try NDArray.stack([a, b], axis: 0)
  _ = try a.std(axis: 0)
  _ = a - b
  _ = try a.sum(axis: 0)
  _ = try a.swappingAxes(0, 1)
  _ = try a.taking(i, axis: 0)
  _ = try a.takingAlong(i, axis: 0)
  _ = tan(a)
  _ = tanh(a)
  _ = try a.tensorDot(b, axes: [1], [0])
  _ = try a.tiled([2, 3])
  _ = try m.trace()
  _ = try v.trapezoid(step: 0.1)
  _ = np.tri
  _ = try m.lowerTriangle()
  _ = np.tril_indices
  _ = np.tril_indices_from
  _ = try v.trimmingZeros()
}

private func mainLines280(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = try m.upperTriangle()
  _ = np.triu_indices
  _ = np.triu_indices_from
  _ = np.ufunc
  _ = try NDArray.union(a, b)
  _ = try a.unique()
  _ = try a.uniqueAll()
  _ = try a.uniqueCounts()
  _ = try a.uniqueInverse()
  _ = try i.unpackedBits(axis: 0)
  _ = np.unravel_index
  _ = np.unstack
  _ = try v.unwrapped()
  _ = np.vander
  _ = try a.var(axis: 0)
  _ = try a.vdot(b)
  _ = try a.vecdot(b)
  _ = try v.vecmat(m)
  _ = np.vsplit
  _ = try NDArray.vstack([a, b])
  _ = NDArray.where(mask, a, b)
}

private func linalgLines0(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = try LinearAlgebra.cholesky(m)
  _ = try LinearAlgebra.condition(m)
  _ = try v.cross(v)
  _ = try LinearAlgebra.determinant(m)
  _ = try m.diagonal()
  _ = try LinearAlgebra.eig(m)
  _ = try LinearAlgebra.eigh(m)
  _ = try LinearAlgebra.eigvals(m)
  _ = try LinearAlgebra.eigvalsh(m)
  _ = try LinearAlgebra.inverse(m)
  _ = try LinearAlgebra.leastSquares(m, v)
  _ = try m.matmul(m)
  _ = try LinearAlgebra.matrixNorm(m)
  _ = try LinearAlgebra.power(m, 3)
  _ = try LinearAlgebra.rank(m)
  _ = try m.swappingAxes(-1, -2)
  _ = try LinearAlgebra.multiDot([m, m, m])
  _ = try LinearAlgebra.norm(v)
  _ = try v.outer(v)
  _ = try LinearAlgebra.pseudoInverse(m)
  _ = try LinearAlgebra.qr(m)
  _ = try LinearAlgebra.signAndLogDeterminant(m)
  _ = try LinearAlgebra.solve(m, v)
  _ = try LinearAlgebra.svd(m, isFull: false)
  _ = try LinearAlgebra.svdvals(m)
  _ = try a.tensorDot(b, axes: [1], [0])
  _ = try LinearAlgebra.tensorInverse(a)
  _ = try LinearAlgebra.tensorSolve(a, b)
  _ = try m.trace()
  _ = try a.vecdot(b)
  _ = try LinearAlgebra.vectorNorm(v)
}

private func fftLines0(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = try FFT.fft(v)
  _ = try FFT.fftn(m, axes: [-2, -1])
  _ = try FFT.fftfreq(8, spacing: 0.1)
  _ = try FFT.fftshift(v)
  _ = try FFT.hfft(v)
  _ = try FFT.ifft(v)
  _ = try FFT.ifftn(m, axes: [-2, -1])
  _ = try FFT.ifftshift(v)
  _ = try FFT.ihfft(v)
  _ = try FFT.irfft(v, count: 8)
  _ = try FFT.irfftn(m, axes: [-2, -1])
  _ = try FFT.rfft(v)
  _ = try FFT.rfftn(m, axes: [-2, -1])
  _ = try FFT.rfftfreq(8, spacing: 0.1)
}

private func randomLines0(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = RandomGenerator(seed: 42)
  _ = np.random.RandomState
  _ = try random.beta(a: 1, b: 2, shape: [3])
  _ = try random.binomial(trials: 10, probability: 0.5, shape: [3])
  _ = random.bytes(8)
  _ = try random.chiSquare(degrees: 2, shape: [3])
  _ = try random.choice(from: v, shape: [3])
  _ = np.random.dirichlet
  _ = try random.exponential(scale: 2, shape: [3])
  _ = try random.f(degrees: 2, 3, shape: [3])
  _ = try random.gamma(form: 2, scale: 1, shape: [3])
  _ = try random.geometric(probability: 0.5, shape: [3])
  _ = try random.gumbel(shape: [3])
  _ = try random.hypergeometric(good: 5, bad: 5, sample: 3, shape: [3])
  _ = try random.laplace(shape: [3])
  _ = try random.logistic(shape: [3])
  _ = try random.logNormal(shape: [3])
  _ = try random.logSeries(p: 0.5, shape: [3])
  _ = np.random.multinomial
  _ = np.random.multivariate_normal
  _ = try random.negativeBinomial(successes: 3, probability: 0.5, shape: [3])
  _ = try random.noncentralChiSquare(degrees: 2, noncentrality: 1, shape: [3])
  _ = try random.noncentralF(degrees: 2, 3, noncentrality: 1, shape: [3])
  _ = try random.normal(mean: 0, deviation: 1, shape: [3])
  _ = try random.pareto(exponent: 2, shape: [3])
  _ = try random.permutation(10)
  _ = try random.poisson(mean: 4, shape: [3])
  _ = try random.power(exponent: 2, shape: [3])
  _ = try random.random(shape: [3])
  _ = try random.integers(in: 1...6, shape: [3])
  _ = try random.rayleigh(scale: 1, shape: [3])
  _ = try random.shuffle(&a)
  _ = try random.cauchy(shape: [3])
  _ = try random.standardExponential(shape: [3])
  _ = try random.standardNormal(shape: [3])
  _ = try random.studentT(degrees: 2, shape: [3])
  _ = try random.triangular(from: 0, mode: 1, to: 2, shape: [3])
  _ = try random.uniform(in: -1..<1, shape: [3])
  _ = try random.vonMises(mean: 0, concentration: 1, shape: [3])
  _ = try random.wald(mean: 1, scale: 1, shape: [3])
}

private func randomLines40(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = try random.weibull(form: 2, shape: [3])
  _ = try random.zipf(exponent: 2, shape: [3])
}

private func lib_stride_tricksLines0(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = np.lib.stride_tricks.as_strided
  _ = np.lib.stride_tricks.sliding_window_view
}

private func ndarrayLines0(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = a.T
  _ = try a.all(axis: 0)
  _ = try a.any(axis: 0)
  _ = try a.argMax(axis: 0)
  _ = try a.argMin(axis: 0)
  _ = try a.argPartition(at: [2])
  _ = try a.argSort(axis: -1)
  _ = try a.asType(.float32)
  _ = try a.clipped(0, 1)
  _ = a[mask]
  _ = conjugate(z)
  _ = try a.copy()
  _ = try a.cumulativeProduct(axis: 0)
  _ = try a.cumulativeSum(axis: 0)
  _ = a.device
  _ = try m.diagonal()
  _ = try a.dot(b)
  _ = a.dtype
  a[.ellipsis] = 5
  _ = try a.raveled()
  _ = z.imaginary
  _ = try a[0, 0].item(as: Double.self)
  _ = a.dtype.itemSize
  _ = try a.max(axis: 0)
  _ = try a.mean(axis: 0)
  _ = try a.min(axis: 0)
  _ = a.count * a.dtype.itemSize
  _ = a.rank
  _ = try a.nonzero()
  _ = try a.partitioned(at: [2])
  _ = try a.product(axis: 0)
  _ = z.real
  _ = try a.repeated(2, axis: 0)
  _ = try a.reshaped(2, -1)
  _ = try a.repeated(toFill: [4, 4])
  _ = try a.rounded(decimals: 2)
  _ = try v.searchSorted(a)
  _ = a.shape
  _ = a.count
  _ = try a.sorted(axis: -1)
}

private func ndarrayLines40(
  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,
  _ mask: NDArray,
  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,
  _ random: inout RandomGenerator
) throws {
  _ = try a.squeezed()
  _ = try a.std(axis: 0)
  _ = a.strides
  _ = try a.sum(axis: 0)
  _ = try a.swappingAxes(0, 1)
  _ = try a.taking(i, axis: 0)
  _ = try a.to(.openCL)
  _ = try a.write(rawTo: path)
  _ = [Double](a)
  _ = try m.trace()
  _ = try a.transposed(1, 0)
  _ = try a.var(axis: 0)
}
