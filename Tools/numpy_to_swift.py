"""Writes docs/numpy-to-swift.md, what each of NumPy's functions is called in Swift.

python Tools/numpy_to_swift.py [--check]

The names are those of the rows (the native ones of docs/coverage.md). Each has its spelling here;
one without goes to `Fallback.numpy`, which calls the same row. Every line is Swift that stands in
Tests/MartletTests/NumPyToSwiftLines.swift too, written by this script, so that it compiles.
`--check` writes nothing, and fails where the files are not what would be written.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "numpy-to-swift.md"
LINES = ROOT / "Tests" / "MartletTests" / "NumPyToSwiftLines.swift"

# In the examples `a` and `b` are arrays, `m` a matrix, `v` a vector, `z` complex, `i` whole
# numbers, `mask` truth values. A name per line, then Swift; several names may have one line.
SPELLINGS = """
abs absolute fabs: abs(a)
acos arccos: arccos(a)
acosh arccosh: arccosh(a)
add: a + b
all: a.all(axis: 0)
allclose: allClose(a, b)
amax max: a.max(axis: 0)
amin min: a.min(axis: 0)
angle: angle(z)
any: a.any(axis: 0)
append concat concatenate: NDArray.concatenate([a, b], axis: 0)
arange: NDArray.arange(0, 10, 2)
arcsin asin: arcsin(a)
arcsinh asinh: arcsinh(a)
arctan atan: arctan(a)
arctan2 atan2: arctan2(a, b)
arctanh atanh: arctanh(a)
argmax: a.argMax(axis: 0)
argmin: a.argMin(axis: 0)
argpartition: a.argPartition(at: [2])
argsort: a.argSort(axis: -1)
argwhere: a.argWhere()
around round: a.rounded(decimals: 2)
array asarray asanyarray: NDArray([[1.0, 2], [3, 4]])
array_equal: a == b
array_split split: a.split(into: 3, axis: 0)
ascontiguousarray copy: a.copy()
astype: a.asType(.float32)
bincount: i.binCount(weights: v)
bitwise_and: i & 3
bitwise_count: bitCount(i)
bitwise_invert bitwise_not invert: ~i
bitwise_left_shift left_shift: i << 2
bitwise_or: i | 3
bitwise_right_shift right_shift: i >> 2
bitwise_xor: i ^ 3
block: NDArray.block([[m, m], [m, m]])
broadcast_to: v.broadcast(to: [3, 4])
cbrt: cbrt(a)
ceil: ceil(a)
clip: a.clipped(0, 1)
column_stack: NDArray.columnStack([v, v])
compress extract: a[mask]
conj conjugate: conjugate(z)
convolve: NDArray.convolve(v, v, mode: .same)
copysign: copysign(a, b)
copyto: a[.ellipsis] = b
corrcoef: m.correlation()
correlate: NDArray.correlate(v, v)
cos: cos(a)
cosh: cosh(a)
count_nonzero: a.countNonzero(axis: 0)
cov: m.covariance()
cross: a.cross(b)
cumprod cumulative_prod: a.cumulativeProduct(axis: 0)
cumsum cumulative_sum: a.cumulativeSum(axis: 0)
deg2rad radians: radians(a)
degrees rad2deg: degrees(a)
delete: a.deleting([1], axis: 0)
diag: NDArray.diagonal(v)
diagonal: m.diagonal(offset: 1)
diff: a.differences(n: 1, axis: -1)
digitize: a.digitized(v)
divide true_divide: a / b
dot: a.dot(b)
einsum: NDArray.einsum("ij,jk->ik", m, m)
empty zeros: NDArray.zeros([2, 3])
empty_like zeros_like: NDArray.zerosLike(a)
equal: a .== b
errstate: ErrorState.throwing { 1 / a }
exp: exp(a)
exp2: exp2(a)
expand_dims: a.expanded(at: 0)
expm1: expm1(a)
eye identity: NDArray.eye(3)
flip: a.flipped(axis: 0)
floor: floor(a)
floor_divide: a.floorDivided(by: b)
fmax: fmax(a, b)
fmin: fmin(a, b)
fmod: fmod(a, b)
fromfile: NDArray(rawContentsOf: path, .float64)
full: NDArray.full([2, 3], 1.5)
full_like: NDArray.fullLike(a, 1.5)
gcd: gcd(i, i)
geomspace: NDArray.geomspace(1, 1000, 4)
gradient: a.gradient()
greater: a .> b
greater_equal: a .>= b
heaviside: heaviside(a, 0.5)
histogram: a.histogram(bins: 20)
hstack: NDArray.hstack([a, b])
hypot: hypot(a, b)
imag: z.imaginary
inner: v.inner(v)
insert: a.inserting(b, at: 1, axis: 0)
interp: v.interpolated(from: v, v)
intersect1d: NDArray.intersection(a, b)
isclose: a.isClose(to: b)
isfinite: isFinite(a)
isin: a.isIn(b)
isinf: isInfinite(a)
isnan: isNaN(a)
kron: a.kron(b)
lcm: lcm(i, i)
less: a .< b
less_equal: a .<= b
lexsort: NDArray.lexSort([v, v])
linspace: NDArray.linspace(0, 1, 50)
load: NDArray(contentsOf: path)
loadtxt: NDArray(textContentsOf: path, delimiter: ",", skippedRows: 1)
log: log(a)
log10: log10(a)
log1p: log1p(a)
log2: log2(a)
logaddexp: logaddexp(a, b)
logaddexp2: logaddexp2(a, b)
logical_and: logicalAnd(a, b)
logical_not: logicalNot(a)
logical_or: logicalOr(a, b)
logical_xor: logicalXor(a, b)
logspace: NDArray.logspace(0, 2, 3)
matmul: m %*% m
matrix_transpose: m.swappingAxes(-1, -2)
matvec: m.matvec(v)
maximum: maximum(a, b)
mean: a.mean(axis: 0)
median: a.median(axis: 0)
meshgrid: NDArray.meshgrid(v, v)
minimum: minimum(a, b)
mod remainder: a % b
moveaxis: a.movingAxis(0, to: -1)
multiply: a * b
nan_to_num: a.replacingInfinities(nan: 0)
nanargmax: a.nanArgMax(axis: 0)
nanargmin: a.nanArgMin(axis: 0)
nancumprod: a.nanCumulativeProduct(axis: 0)
nancumsum: a.nanCumulativeSum(axis: 0)
nanmax: a.nanMax(axis: 0)
nanmean: a.nanMean(axis: 0)
nanmedian: a.median(axis: 0, omittingNaN: true)
nanmin: a.nanMin(axis: 0)
nanpercentile: a.percentile(90, axis: 0, omittingNaN: true)
nanprod: a.nanProduct(axis: 0)
nanquantile: a.quantile(0.9, axis: 0, omittingNaN: true)
nanstd: a.nanStd(axis: 0)
nansum: a.nanSum(axis: 0)
nanvar: a.nanVar(axis: 0)
ndim: a.rank
negative: -a
nextafter: nextafter(a, b)
nonzero: a.nonzero()
not_equal: a .!= b
ones: NDArray.ones([2, 3])
ones_like: NDArray.onesLike(a)
outer: v.outer(v)
packbits: mask.packedBits(axis: 0)
pad: a.padded(by: 2, mode: .edge)
partition: a.partitioned(at: [2])
percentile: a.percentile(90, axis: 0)
permute_dims transpose: a.transposed(1, 0)
poly: Polynomials.fromRoots(v)
polyadd: Polynomials.sum(v, v)
polyder: Polynomials.derivative(v)
polymul: Polynomials.product(v, v)
polysub: Polynomials.difference(v, v)
positive: +a
pow power: a ** 2
prod: a.product(axis: 0)
putmask place: a[mask] = 0
quantile: a.quantile(0.9, axis: 0)
ravel: a.raveled()
real: z.real
reciprocal: reciprocal(a)
repeat: a.repeated(2, axis: 0)
reshape: a.reshaped(2, -1)
resize: a.repeated(toFill: [4, 4])
rint: rint(a)
roll: a.rolled(1, axis: 0)
roots: Polynomials.roots(v)
rot90: m.rotated90()
save: a.write(to: path)
savetxt: a.write(textTo: path, delimiter: ",")
searchsorted: v.searchSorted(a, side: .right)
setdiff1d: NDArray.difference(a, b)
setxor1d: NDArray.symmetricDifference(a, b)
shape: a.shape
sign: sign(a)
signbit: signbit(a)
sin: sin(a)
sinh: sinh(a)
size: a.count
sort: a.sorted(axis: -1)
sqrt: sqrt(a)
square: square(a)
squeeze: a.squeezed()
stack: NDArray.stack([a, b], axis: 0)
std: a.std(axis: 0)
subtract: a - b
sum: a.sum(axis: 0)
swapaxes: a.swappingAxes(0, 1)
take: a.taking(i, axis: 0)
take_along_axis: a.takingAlong(i, axis: 0)
tan: tan(a)
tanh: tanh(a)
tensordot: a.tensorDot(b, axes: [1], [0])
tile: a.tiled([2, 3])
trace: m.trace()
trapezoid: v.trapezoid(step: 0.1)
tril: m.lowerTriangle()
trim_zeros: v.trimmingZeros()
triu: m.upperTriangle()
trunc fix: trunc(a)
union1d: NDArray.union(a, b)
unique unique_values: a.unique()
unique_all: a.uniqueAll()
unique_counts: a.uniqueCounts()
unique_inverse: a.uniqueInverse()
unpackbits: i.unpackedBits(axis: 0)
unwrap: v.unwrapped()
var: a.var(axis: 0)
vdot: a.vdot(b)
vecdot: a.vecdot(b)
vecmat: v.vecmat(m)
vstack: NDArray.vstack([a, b])
where: NDArray.where(mask, a, b)
linalg.cholesky: LinearAlgebra.cholesky(m)
linalg.cond: LinearAlgebra.condition(m)
linalg.cross: v.cross(v)
linalg.det: LinearAlgebra.determinant(m)
linalg.diagonal: m.diagonal()
linalg.eig: LinearAlgebra.eig(m)
linalg.eigh: LinearAlgebra.eigh(m)
linalg.eigvals: LinearAlgebra.eigvals(m)
linalg.eigvalsh: LinearAlgebra.eigvalsh(m)
linalg.inv: LinearAlgebra.inverse(m)
linalg.lstsq: LinearAlgebra.leastSquares(m, v)
linalg.matmul: m.matmul(m)
linalg.matrix_norm: LinearAlgebra.matrixNorm(m)
linalg.matrix_power: LinearAlgebra.power(m, 3)
linalg.matrix_rank: LinearAlgebra.rank(m)
linalg.matrix_transpose: m.swappingAxes(-1, -2)
linalg.multi_dot: LinearAlgebra.multiDot([m, m, m])
linalg.norm: LinearAlgebra.norm(v)
linalg.outer: v.outer(v)
linalg.pinv: LinearAlgebra.pseudoInverse(m)
linalg.qr: LinearAlgebra.qr(m)
linalg.slogdet: LinearAlgebra.signAndLogDeterminant(m)
linalg.solve: LinearAlgebra.solve(m, v)
linalg.svd: LinearAlgebra.svd(m, isFull: false)
linalg.svdvals: LinearAlgebra.svdvals(m)
linalg.tensordot: a.tensorDot(b, axes: [1], [0])
linalg.tensorinv: LinearAlgebra.tensorInverse(a)
linalg.tensorsolve: LinearAlgebra.tensorSolve(a, b)
linalg.trace: m.trace()
linalg.vecdot: a.vecdot(b)
linalg.vector_norm: LinearAlgebra.vectorNorm(v)
fft.fft: FFT.fft(v)
fft.ifft: FFT.ifft(v)
fft.rfft: FFT.rfft(v)
fft.irfft: FFT.irfft(v, count: 8)
fft.hfft: FFT.hfft(v)
fft.ihfft: FFT.ihfft(v)
fft.fft2 fft.fftn: FFT.fftn(m, axes: [-2, -1])
fft.ifft2 fft.ifftn: FFT.ifftn(m, axes: [-2, -1])
fft.rfft2 fft.rfftn: FFT.rfftn(m, axes: [-2, -1])
fft.irfft2 fft.irfftn: FFT.irfftn(m, axes: [-2, -1])
fft.fftfreq: FFT.fftfreq(8, spacing: 0.1)
fft.rfftfreq: FFT.rfftfreq(8, spacing: 0.1)
fft.fftshift: FFT.fftshift(v)
fft.ifftshift: FFT.ifftshift(v)
random.default_rng random.Generator: RandomGenerator(seed: 42)
random.random random.rand random.random_sample random.ranf random.sample: random.random(shape: [3])
random.uniform: random.uniform(in: -1..<1, shape: [3])
random.normal random.randn: random.normal(mean: 0, deviation: 1, shape: [3])
random.standard_normal: random.standardNormal(shape: [3])
random.randint: random.integers(in: 1...6, shape: [3])
random.permutation: random.permutation(10)
random.shuffle: random.shuffle(&a)
random.choice: random.choice(from: v, shape: [3])
random.bytes: random.bytes(8)
random.exponential: random.exponential(scale: 2, shape: [3])
random.standard_exponential: random.standardExponential(shape: [3])
random.beta: random.beta(a: 1, b: 2, shape: [3])
random.binomial: random.binomial(trials: 10, probability: 0.5, shape: [3])
random.chisquare: random.chiSquare(degrees: 2, shape: [3])
random.f: random.f(degrees: 2, 3, shape: [3])
random.gamma random.standard_gamma: random.gamma(form: 2, scale: 1, shape: [3])
random.geometric: random.geometric(probability: 0.5, shape: [3])
random.gumbel: random.gumbel(shape: [3])
random.hypergeometric: random.hypergeometric(good: 5, bad: 5, sample: 3, shape: [3])
random.laplace: random.laplace(shape: [3])
random.logistic: random.logistic(shape: [3])
random.lognormal: random.logNormal(shape: [3])
random.logseries: random.logSeries(p: 0.5, shape: [3])
random.negative_binomial: random.negativeBinomial(successes: 3, probability: 0.5, shape: [3])
random.noncentral_chisquare: random.noncentralChiSquare(degrees: 2, noncentrality: 1, shape: [3])
random.noncentral_f: random.noncentralF(degrees: 2, 3, noncentrality: 1, shape: [3])
random.pareto: random.pareto(exponent: 2, shape: [3])
random.poisson: random.poisson(mean: 4, shape: [3])
random.power: random.power(exponent: 2, shape: [3])
random.rayleigh: random.rayleigh(scale: 1, shape: [3])
random.standard_cauchy: random.cauchy(shape: [3])
random.standard_t: random.studentT(degrees: 2, shape: [3])
random.triangular: random.triangular(from: 0, mode: 1, to: 2, shape: [3])
random.vonmises: random.vonMises(mean: 0, concentration: 1, shape: [3])
random.wald: random.wald(mean: 1, scale: 1, shape: [3])
random.weibull: random.weibull(form: 2, shape: [3])
random.zipf: random.zipf(exponent: 2, shape: [3])
ndarray.T ndarray.mT: a.T
ndarray.all: a.all(axis: 0)
ndarray.any: a.any(axis: 0)
ndarray.argmax: a.argMax(axis: 0)
ndarray.argmin: a.argMin(axis: 0)
ndarray.argpartition: a.argPartition(at: [2])
ndarray.argsort: a.argSort(axis: -1)
ndarray.astype: a.asType(.float32)
ndarray.clip: a.clipped(0, 1)
ndarray.compress: a[mask]
ndarray.conj ndarray.conjugate: conjugate(z)
ndarray.copy: a.copy()
ndarray.cumprod: a.cumulativeProduct(axis: 0)
ndarray.cumsum: a.cumulativeSum(axis: 0)
ndarray.device: a.device
ndarray.diagonal: m.diagonal()
ndarray.dot: a.dot(b)
ndarray.dtype: a.dtype
ndarray.fill: a[.ellipsis] = 5
ndarray.flatten ndarray.ravel: a.raveled()
ndarray.imag: z.imaginary
ndarray.item: a[0, 0].item(as: Double.self)
ndarray.itemsize: a.dtype.itemSize
ndarray.max: a.max(axis: 0)
ndarray.mean: a.mean(axis: 0)
ndarray.min: a.min(axis: 0)
ndarray.nbytes: a.count * a.dtype.itemSize
ndarray.ndim: a.rank
ndarray.nonzero: a.nonzero()
ndarray.partition: a.partitioned(at: [2])
ndarray.prod: a.product(axis: 0)
ndarray.real: z.real
ndarray.repeat: a.repeated(2, axis: 0)
ndarray.reshape: a.reshaped(2, -1)
ndarray.resize: a.repeated(toFill: [4, 4])
ndarray.round: a.rounded(decimals: 2)
ndarray.searchsorted: v.searchSorted(a)
ndarray.shape: a.shape
ndarray.size: a.count
ndarray.sort: a.sorted(axis: -1)
ndarray.squeeze: a.squeezed()
ndarray.std: a.std(axis: 0)
ndarray.strides: a.strides
ndarray.sum: a.sum(axis: 0)
ndarray.swapaxes: a.swappingAxes(0, 1)
ndarray.take: a.taking(i, axis: 0)
ndarray.to_device: a.to(.openCL)
ndarray.tofile: a.write(rawTo: path)
ndarray.tolist: [Double](a)
ndarray.trace: m.trace()
ndarray.transpose: a.transposed(1, 0)
ndarray.var: a.var(axis: 0)
"""

TITLES = {
    "": "The main namespace",
    "linalg": "`linalg`",
    "fft": "`fft`",
    "random": "`random`",
    "lib.stride_tricks": "`lib.stride_tricks`",
    "ndarray": "Methods and attributes of `ndarray`",
}


def names() -> dict[str, list[str]]:
    """The native names of docs/coverage.md by their namespaces."""
    found = {}
    space = None
    for line in (ROOT / "docs" / "coverage.md").read_text().splitlines():
        if line.startswith("## "):
            space = next((key for key, title in TITLES.items() if line[3:] == title), None)
        elif line.startswith("**Native:**") and space is not None:
            found[space] = re.findall(r"`([^`]+)`", line)
        elif line.endswith("native.") and space is not None:
            found.setdefault(space, [])
    return found


def spellings() -> dict[str, str]:
    found = {}
    for line in SPELLINGS.strip().splitlines():
        given, swift = line.split(": ", 1)
        for name in given.split():
            assert name not in found, name
            found[name] = swift
    return found


def statement(name: str, swift: str) -> str:
    if re.search(r"(?<![=.!<>*])=(?!=)", re.sub(r"\([^()]*\)", "", swift)):
        return swift
    throwing = re.search(
        r"\.\w+\(|NDArray\(\w+Of|Polynomials|ErrorState|allClose|Fallback|np\.|NDArray\(con", swift
    )
    quiet = re.match(r"NDArray\.where|RandomGenerator\(|SeedSequence\(|NDArray\(\[", swift)
    quiet = quiet or ".bytes(" in swift
    return f"_ = {'try ' if throwing and not quiet else ''}{swift}"


def main() -> int:
    known = spellings()
    used = set()
    page = [
        "# NumPy's names in Swift",
        "",
        "Written by `Tools/numpy_to_swift.py`, a line for each name that Martlet serves itself;",
        "[swift-names.md](swift-names.md) has the rule. `a` and `b` are arrays, `m` is a matrix,",
        "`v` a vector, `z` complex, `i` whole numbers, `mask` truth values, and `np` is",
        "`Fallback.numpy`, by which names without a spelling of their own call the same row.",
        "",
    ]
    code = [
        "import Martlet",
        "",
        "// Written by Tools/numpy_to_swift.py: docs/numpy-to-swift.md, so that its lines compile.",
        "",
    ]
    for space, own in names().items():
        if not own:
            own = [n.split(".", 1)[1] for n in known if n.startswith(space + ".")]
        page += [f"## {TITLES[space]}", "", "| NumPy | Swift |", "|---|---|"]
        lines = []
        for name in own:
            path = f"{space}.{name}" if space else name
            swift = known.get(path)
            used.add(path)
            if swift is None:
                member = f"np.{path}" if space != "ndarray" else f"Fallback.list(a).{name}"
                if space == "ndarray":
                    continue
                swift = f"{member}(…)"
                lines.append(f"_ = {member}")
            else:
                lines.append(statement(path, swift))
            page.append(f"| `{name}` | `{swift}` |".replace(" | 3`", " \\| 3`"))
        page.append("")
        lines = list(dict.fromkeys(lines))
        label = re.sub(r"\W", "_", space) or "main"
        for part in range(0, len(lines), 40):
            code += [
                f"private func {label}Lines{part}(",
                "  _ b: NDArray, _ m: NDArray, _ v: NDArray, _ z: NDArray, _ i: NDArray,",
                "  _ mask: NDArray,",
                "  _ path: String, _ np: Fallback.Value, _ a: inout NDArray,",
                "  _ random: inout RandomGenerator",
                ") throws {",
                *[f"  {line}" for line in lines[part : part + 40]],
                "}",
                "",
            ]
    unknown = set(known) - used
    assert not unknown, f"no native names: {sorted(unknown)}"
    texts = {PAGE: "\n".join(page), LINES: "\n".join(code).rstrip() + "\n"}
    if "--check" in sys.argv:
        wrong = [path for path, text in texts.items() if path.read_text() != text]
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is not what {Path(__file__).name} writes")
        return 1 if wrong else 0
    for path, text in texts.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
