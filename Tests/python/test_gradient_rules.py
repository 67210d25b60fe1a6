"""Derivatives of NumPy's functions against differences, forward and reverse, to the second order.

The conventions at kinks are those of `docs/gradients.md`.
"""

import random
import sys
import warnings
from pathlib import Path

import numpy
import pytest
from subject import IS_NUMPY, LAZY_COUNT, mnp

if IS_NUMPY:
    pytest.skip("NumPy has no derivatives", allow_module_level=True)

from martlet import check_grads, grad, stop_gradient

np = mnp
sys.path.insert(0, str(Path(__file__).parents[2] / "Benchmarks"))
import drawn_rows  # noqa: E402
import recipes  # noqa: E402

rng = numpy.random.default_rng(5)
A = rng.standard_normal((3, 3))
S = A @ A.T + 3 * numpy.eye(3)
R = rng.standard_normal((4, 3))
W = rng.standard_normal((3, 4))
v = rng.standard_normal(3)
b2 = rng.standard_normal((3, 2))
B = rng.standard_normal((2, 3, 3)) + 2 * numpy.eye(3)
sing = numpy.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
sing1 = numpy.outer([1.0, 2, 3], [1.0, -1, 2])


def sym(x):
    return (x + np.swapaxes(x, -1, -2)) / 2


t = numpy.array
CASES = {
    "inv": (lambda a: np.linalg.inv(a), A),
    "invB": (lambda a: np.linalg.inv(a), B),
    "solve": (lambda a, b: np.linalg.solve(a, b), A, b2),
    "solve1": (lambda a, b: np.linalg.solve(a, b), A, v),
    "solveB": (lambda a, b: np.linalg.solve(a, b), B, b2),
    "solveB1": (lambda a, b: np.linalg.solve(a, b), B, v),
    "det": (np.linalg.det, A),
    "detB": (np.linalg.det, B),
    "detsing": (np.linalg.det, sing),
    "detsing1": (np.linalg.det, sing1),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1], A),
    "chol": (lambda a: np.linalg.cholesky(sym(a)), S),
    "cholU": (lambda a: np.linalg.cholesky(sym(a), upper=True), S),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(sym(a)), S),
    "eigh": (lambda a: np.linalg.eigh(sym(a))[1] ** 2, S),
    "eighU": (lambda a: np.linalg.eigh(sym(a), UPLO="U")[0], S),
    "eigvals": (lambda a: np.real(np.linalg.eigvals(a) ** 2).sum(), A),
    "eigvalsS": (lambda a: np.linalg.eigvals(a), S),
    "eig": (lambda a: np.abs(np.linalg.eig(a)[1]) ** 2, S + 0.1 * A),
    "eigc": (
        lambda a: np.abs(np.linalg.eig(a)[1]) ** 2,
        t([[0.0, 2, 0.3], [-1.5, 0.1, 0.2], [0.3, 0.1, 1]]),
    ),
    "svdvals": (lambda a: np.linalg.svd(a, compute_uv=False), R),
    "svdU": (lambda a: np.linalg.svd(a, full_matrices=False)[0], R),
    "svdV": (lambda a: np.linalg.svd(a, full_matrices=False)[2], R),
    "svdUw": (lambda a: np.linalg.svd(a, full_matrices=False)[0], W),
    "svdVw": (lambda a: np.linalg.svd(a, full_matrices=False)[2], W),
    "svdsq": (lambda a: np.linalg.svd(a)[0] * np.linalg.svd(a)[2], A),
    "svdherm": (lambda a: np.linalg.svd(sym(a), hermitian=True)[0], S),
    "svdfullS": (lambda a: np.linalg.svd(a)[1], R),
    "svdvalsh": (lambda a: np.linalg.svdvals(a), R),
    "qrQ": (lambda a: np.linalg.qr(a)[0], R),
    "qrR": (lambda a: np.linalg.qr(a)[1], R),
    "qrQw": (lambda a: np.linalg.qr(a)[0], W),
    "qrRw": (lambda a: np.linalg.qr(a)[1], W),
    "qrr": (lambda a: np.linalg.qr(a, mode="r"), R),
    "qrc": (lambda a: np.linalg.qr(a, mode="complete")[1], R),
    "pinv": (np.linalg.pinv, R),
    "pinvw": (np.linalg.pinv, W),
    "pinvsq": (np.linalg.pinv, A),
    "pinvh": (lambda a: np.linalg.pinv(sym(a), hermitian=True), S),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b)[0], R, rng.standard_normal((4, 2))),
    "lstsq1": (lambda a, b: np.linalg.lstsq(a, b)[0], R, rng.standard_normal(4)),
    "lstsqw": (lambda a, b: np.linalg.lstsq(a, b)[0], W, v),
    "lstsqres": (lambda a, b: np.linalg.lstsq(a, b)[1], R, rng.standard_normal((4, 2))),
    "lstsqval": (lambda a, b: np.linalg.lstsq(a, b)[3], R, rng.standard_normal((4, 2))),
    "lstsqres1": (lambda a, b: np.linalg.lstsq(a, b)[1], R, rng.standard_normal(4)),
    "norm": (np.linalg.norm, R),
    "norm1": (lambda a: np.linalg.norm(a, 1), R),
    "norminf": (lambda a: np.linalg.norm(a, numpy.inf), R),
    "norm2": (lambda a: np.linalg.norm(a, 2), R),
    "norm-2": (lambda a: np.linalg.norm(a, -2), R),
    "nuc": (lambda a: np.linalg.norm(a, "nuc"), R),
    "fro": (lambda a: np.linalg.norm(a, "fro", axis=(0, 1)), R),
    "vn3": (lambda a: np.linalg.norm(a, 3, axis=0), R),
    "vninf": (lambda a: np.linalg.norm(a, numpy.inf, axis=0), R),
    "vn-1": (lambda a: np.linalg.norm(a, -1, axis=0), R),
    "vn2": (lambda a: np.linalg.norm(a, axis=1, keepdims=True), R),
    "vnorm": (lambda a: np.linalg.vector_norm(a), R),
    "vnorm25": (lambda a: np.linalg.vector_norm(a, ord=2.5), R),
    "mnorm": (lambda a: np.linalg.matrix_norm(a), R),
    "cond": (np.linalg.cond, A),
    "cond1": (lambda a: np.linalg.cond(a, 1), A),
    "condfro": (lambda a: np.linalg.cond(a, "fro"), A),
    "matpow": (lambda a: np.linalg.matrix_power(a, 5), A),
    "matpow-": (lambda a: np.linalg.matrix_power(a, -2), A),
    "multidot": (lambda a, b, c: np.linalg.multi_dot([a, b, c]), R, W, R),
    "multidot4": (lambda a, b, c: np.linalg.multi_dot([a, b, c, b]), R, W, R),
    "tinv": (lambda a: np.linalg.tensorinv(a.reshape(3, 3), ind=1), A),
    "tsolve": (lambda a, b: np.linalg.tensorsolve(a, b), A, v),
    "einsum": (lambda a, b: np.einsum("ij,jk->ik", a, b), R, W),
    "einsum3": (lambda a, b: np.einsum("ij,jk,kl->l", a, b, a), R, W),
    "einsumtr": (lambda a: np.einsum("ii->i", a), A),
    "einsumtr2": (lambda a: np.einsum("ii", a), A),
    "einsumb": (lambda a, b: np.einsum("...ij,...j->...i", a, b), B, b2.T),
    "einsumo": (lambda a, b: np.einsum("i,j->ij", a, b), v, v),
    "einsumd": (lambda a, b: np.einsum("ii,ij->j", a, b), A, A),
    "roll": (lambda a: np.roll(a, 1), R),
    "roll2": (lambda a: np.roll(a, (1, 2), (0, 1)), R),
    "pad": (lambda a: np.pad(a, ((1, 2), (0, 1))), R),
    "padc": (lambda a: np.pad(a, 1, constant_values=3), R),
    "pade": (lambda a: np.pad(a, 2, mode="edge"), R),
    "padr": (lambda a: np.pad(a, 2, mode="reflect"), R),
    "pads": (lambda a: np.pad(a, 2, mode="symmetric"), R),
    "padw": (lambda a: np.pad(a, 2, mode="wrap"), R),
    "padodd": (lambda a: np.pad(a, 2, mode="reflect", reflect_type="odd"), R),
    "padmean": (lambda a: np.pad(a, 2, mode="mean"), R),
    "padmed": (lambda a: np.pad(a, 2, mode="median"), R),
    "padmax": (lambda a: np.pad(a, 2, mode="maximum"), R),
    "padlin": (lambda a: np.pad(a, 2, mode="linear_ramp"), R),
    "repeat": (lambda a: np.repeat(a, 2), R),
    "repeat1": (lambda a: np.repeat(a, [1, 0, 2], axis=1), R),
    "tile": (lambda a: np.tile(a, (2, 1, 2)), R),
    "triu": (np.triu, R),
    "tril": (lambda a: np.tril(a, 1), R),
    "tril3": (np.tril, B),
    "triu1": (np.triu, v),
    "delete": (lambda a: np.delete(a, 1, axis=0), R),
    "insert": (lambda a, b: np.insert(a, 1, b, axis=0), R, v),
    "insert2": (lambda a, b: np.insert(a, [0, 2], b, axis=1), R, t([1.0, 2])),
    "append": (lambda a, b: np.append(a, b), R, v),
    "resize": (lambda a: np.resize(a, (5, 4)), R),
    "block": (lambda a, b: np.block([[a, b], [b, a]]), A, A),
    "diagflat": (np.diagflat, v),
    "diag": (np.diag, v),
    "diag2": (np.diag, A),
    "vander": (np.vander, v),
    "rot90": (np.rot90, R),
    "flipud": (np.flipud, R),
    "sort": (lambda a: np.sort(a, axis=0), R),
    "sortn": (lambda a: np.sort(a, axis=None), R),
    "part": (lambda a: np.partition(a, 2, axis=0), R),
    "median": (np.median, R),
    "median0": (lambda a: np.median(a, axis=0), R),
    "mediank": (lambda a: np.median(a, axis=1, keepdims=True), R),
    "pct": (lambda a: np.percentile(a, [20, 60], axis=0), R),
    "quant": (lambda a: np.quantile(a, 0.3), R),
    "quanth": (lambda a: np.quantile(a, 0.3, method="hazen"), R),
    "quantl": (lambda a: np.quantile(a, 0.3, method="lower"), R),
    "nanmedian": (lambda a: np.nanmedian(a, axis=0), R),
    "nanpct": (lambda a: np.nanpercentile(a, 30, axis=1), R),
    "unique": (np.unique, R),
    "uniquei": (lambda a: np.unique(a, return_index=True)[0], R),
    "sortc": (lambda a: np.real(np.sort_complex(a)), v),
    "fft": (lambda a: np.real(np.fft.fft(a)) + np.imag(np.fft.fft(a)), R),
    "fftn6": (lambda a: np.abs(np.fft.fft(a, 6)) ** 2, R),
    "fftcut": (lambda a: np.abs(np.fft.fft(a, 2, axis=0, norm="ortho")) ** 2, R),
    "ifft": (lambda a: np.imag(np.fft.ifft(a, norm="forward")), R),
    "rfft": (lambda a: np.abs(np.fft.rfft(a)) ** 2, R),
    "rfft6": (lambda a: np.imag(np.fft.rfft(a, 6, axis=0, norm="ortho")), R),
    "irfft": (lambda a: np.fft.irfft(a + 1j * a**2), R),
    "irfft5": (lambda a: np.fft.irfft(a + 1j * a**2, 5, axis=0), R),
    "hfft": (lambda a: np.fft.hfft(a + 1j * a**2), R),
    "ihfft": (lambda a: np.imag(np.fft.ihfft(a)), R),
    "fft2": (lambda a: np.abs(np.fft.fft2(a)) ** 2, R),
    "fftnn": (lambda a: np.abs(np.fft.fftn(a, (3, 5), (0, 1))) ** 2, R),
    "ifftn": (lambda a: np.real(np.fft.ifftn(a * (1 + 1j))), R),
    "rfftn": (lambda a: np.abs(np.fft.rfftn(a)) ** 2, R),
    "rfft2": (lambda a: np.abs(np.fft.rfft2(a)) ** 2, R),
    "irfftn": (lambda a: np.fft.irfftn(a + 1j * a**2), R),
    "irfft2": (lambda a: np.fft.irfft2(a + 1j * a**2), R),
    "shift": (np.fft.fftshift, R),
    "ishift": (lambda a: np.fft.ifftshift(a, axes=0), R),
    "conv": (lambda a, b: np.convolve(a, b), v, t([1.0, 2, 0.5, 3])),
    "convs": (lambda a, b: np.convolve(a, b, "same"), v, t([1.0, 2, 0.5, 3])),
    "convv": (lambda a, b: np.convolve(a, b, "valid"), t([1.0, 2, 0.5, 3]), v),
    "corr": (lambda a, b: np.correlate(a, b), v, t([1.0, 2, 0.5, 3])),
    "corrf": (lambda a, b: np.correlate(a, b, "full"), v, t([1.0, 2, 0.5, 3])),
    "corrs": (lambda a, b: np.correlate(a, b, "same"), t([1.0, 2, 0.5, 3]), v),
    "convc": (
        lambda a, b: np.abs(np.convolve(a + 1j * a * a, b * 1j + b * b)) ** 2,
        v,
        t([1.0, 2, 0.5, 3]),
    ),
    "interp": (lambda x, fp: np.interp(x, [0.0, 1, 2], fp), t([0.2, 1.5, 3, -1]), v),
    "interpxp": (
        lambda x, xp, fp: np.interp(x, xp, fp, left=9.0),
        t([0.2, 1.5, 3, -1]),
        t([0.0, 1, 2]),
        v,
    ),
    "interpp": (
        lambda x, fp: np.interp(x, [0.0, 1, 2], fp, period=2.5),
        t([0.2, 1.6, 3.1, -1.2]),
        v,
    ),
    "lae": (lambda a: np.logaddexp.reduce(a, axis=0), R),
    "laeall": (lambda a: np.logaddexp.reduce(a, axis=None), R),
    "subred": (lambda a: np.subtract.reduce(a), R),
    "hypred": (lambda a: np.hypot.reduce(a, axis=1), R),
    "laeacc": (lambda a: np.logaddexp.accumulate(a, axis=0), R),
    "maxacc": (lambda a: np.maximum.accumulate(a, axis=0), R),
    "minacc": (lambda a: np.minimum.accumulate(a, axis=1), R),
    "addat": (lambda a: np.add.reduceat(a, [0, 2], axis=0), R),
    "mulat": (lambda a: np.multiply.reduceat(a, [0, 2, 1], axis=0), R),
    "cmax": (lambda a: np.maximum.reduce(a, axis=1, initial=0.3), R),
    "unwrap": (lambda a: np.unwrap(a * 5), R),
    "divmod": (lambda a: np.divmod(a, 0.7)[1], R),
    "modf": (lambda a: np.modf(a)[0], R),
    "frexp": (lambda a: np.frexp(a)[0], R),
    "flat": (lambda a: a.flat[3] ** 2, R),
    "flat2": (lambda a: np.sum(a.flat[2:5] ** 2), R),
    "flatit": (lambda a: sum(x * x for x in a.flat), R),
    "subat": (lambda a: _subat(a), R),
    "nanmax": (lambda a: np.nanmax(a, axis=0), R),
    "nanstd": (lambda a: np.nanstd(a, axis=0), R),
    "nancumsum": (lambda a: np.nancumsum(a), R),
    "nanprod": (lambda a: np.nanprod(a), R),
    "nan_to_num": (lambda a: np.nan_to_num(a), R),
    "bincount": (lambda a: np.bincount([0, 1, 1, 3], weights=a), rng.standard_normal(4)),
    "hist": (lambda a: np.histogram([0.1, 0.2, 0.7], bins=3, weights=a)[0], v),
    "polyfit": (lambda a: np.polyfit([0.0, 1, 2, 4], a, 2), rng.standard_normal(4)),
    "polyval": (lambda a: np.polyval(a, t([1.0, 2])), v),
    "poly": (np.poly, v),
    "roots": (lambda a: np.real(np.roots(a)), t([1.0, -6, 11, -6])),
    "polymul": (np.polymul, v, v),
    "polydiv": (lambda a, b: np.polydiv(a, b)[0], rng.standard_normal(4), t([1.0, 2])),
    "polyint": (np.polyint, v),
    "polyder": (np.polyder, v),
    "cov": (np.cov, R),
    "corrcoef": (np.corrcoef, R),
    "cross": (np.cross, v, v + t([1.0, 0, 2])),
    "kron": (np.kron, A, b2),
    "apply": (lambda a: np.apply_along_axis(lambda r: np.sum(r * r), 0, a), R),
    "piecewise": (lambda a: np.piecewise(a, [a < 0], [lambda x: x * x, lambda x: x**3]), R),
    "choose": (lambda a, b: np.choose([0, 1, 0], [a, b]), v, v + 1),
    "select": (lambda a: np.select([a < 0], [a * a], a**3), R),
    "taka": (lambda a: np.take_along_axis(a, np.argsort(a, axis=0), axis=0), R),
    "compress": (lambda a: np.compress([1, 0, 1], a, axis=1), R),
    "extract": (lambda a: np.extract(a > 0, a), R),
    "gradient": (lambda a: np.gradient(a, axis=1), R),
    "diff": (lambda a: np.diff(a, 2, axis=0), R),
    "ediff": (np.ediff1d, v),
    "trapz": (lambda a: np.trapezoid(a, axis=0), R),
    "geom": (lambda a: np.geomspace(a[0], a[1], 5), t([1.0, 4])),
    "lin": (lambda a: np.linspace(a[0], a[1], 5), t([1.0, 4])),
    "logs": (lambda a: np.logspace(a[0], a[1], 5), t([1.0, 2])),
    "i0": (np.i0, v),
    "sinc": (np.sinc, v),
    "heav": (lambda a: np.heaviside(a, 0.5) + a, v),
    "trim": (np.trim_zeros, v),
    "meshgrid": (lambda a, b: np.meshgrid(a, b)[0], v, v),
    "average": (lambda a, w: np.average(a, axis=0, weights=np.abs(w)), R, rng.standard_normal(4)),
    "setdiff": (lambda a: np.setdiff1d(a, [0.0]), v),
    "intersect": (lambda a: np.intersect1d(a, a), v),
    "union": (lambda a, b: np.union1d(a, b), v, v + 1),
    "around": (lambda a: np.round(a, 2) + a, v),
    "fixx": (lambda a: np.fix(a) + a, v),
    "pow": (lambda a: np.float_power(np.abs(a), 2.5), v),
    "powers": (
        lambda a: np.stack(
            [np.abs(a) ** p for p in (-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2, 2.5, 3, 3.7)]
        ),
        v + 0.1,
    ),
    "vecdot": (np.vecdot, R, R + 1),
    "matvec": (np.matvec, R, v),
    "vecmat": (np.vecmat, v, W),
    "copyto": (lambda a: _copyto(a), R),
    "put": (lambda a: _put(a), R),
    "place": (lambda a: _place(a), R),
    "putmask": (lambda a: _putmask(a), R),
    "filldiag": (lambda a: _filldiag(a), A),
    "asort": (lambda a: _asort(a), R),
    "apart": (lambda a: _apart(a), R),
    "flatw": (lambda a: _flatw(a), R),
    "puta": (lambda a: _puta(a), R),
}


def _subat(a):
    x = a.copy()
    np.subtract.at(x, ([0, 0], [1, 1]), a[0, :2])
    return x


def _copyto(a):
    x = np.zeros((4, 3))
    np.copyto(x, a, where=a > 0)
    return x * a


def _put(a):
    x = a.copy()
    np.put(x, [0, 3], a[2, :2] * 2)
    return x * x


def _place(a):
    x = a.copy()
    np.place(x, a > 0, a[0])
    return x * x


def _putmask(a):
    x = a.copy()
    np.putmask(x, a > 0, a * 3)
    return x * x


def _filldiag(a):
    x = a.copy()
    np.fill_diagonal(x, a[0] * 2)
    return x * x


def _asort(a):
    x = a.copy()
    x.sort(axis=0)
    return x * np.arange(3.0)


def _apart(a):
    x = a.copy()
    x.partition(2, axis=0)
    return x * np.arange(3.0)


def _flatw(a):
    x = a.copy()
    x.flat[2:5] = a[0] * 2
    x.flat[7] = a[1, 1] ** 2
    return x * x


def _puta(a):
    x = a.copy()
    np.put_along_axis(x, np.argmax(a, axis=0)[None], a[:1] * 2, axis=0)
    return x * x


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_what_differences_say(name):
    function, *arguments = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_grads(function, tolerance=2e-4)(*[np.array(a) for a in arguments])


def real_slope(f, z, direction):
    step = 1e-6
    return (float(f(z + step * direction)) - float(f(z - step * direction))) / (2 * step)


Z = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))
H = Z @ Z.conj().T + 3 * numpy.eye(3)
TALL = rng.standard_normal((4, 3)) + 1j * rng.standard_normal((4, 3))


def herm(z):
    return (z + np.conj(np.swapaxes(z, -1, -2))) / 2


def weigh(z):
    """A number of complex elements in which none has another's weight."""
    z = np.ravel(z)
    w = numpy.arange(1, z.size + 1)
    return np.sum(np.real(z) * w) + np.sum(np.imag(z) * numpy.cos(w))


COMPLEX = {
    "inv": (lambda z: weigh(np.linalg.inv(z)), Z),
    "solve": (lambda z: weigh(np.linalg.solve(z, z[0] ** 2)), Z),
    "det": (lambda z: weigh(np.linalg.det(z)), Z),
    "slogdet": (lambda z: weigh(np.linalg.slogdet(z)[0]) + np.linalg.slogdet(z)[1], Z),
    "cholesky": (lambda z: weigh(np.linalg.cholesky(herm(z))), H),
    "eigvalsh": (lambda z: weigh(np.linalg.eigvalsh(herm(z))), H),
    "eigh": (lambda z: weigh(np.abs(np.linalg.eigh(herm(z))[1]) ** 2), H),
    "eigvals": (lambda z: weigh(np.linalg.eigvals(z)), Z),
    "eig": (lambda z: weigh(np.abs(np.linalg.eig(z)[1]) ** 2), Z),
    "svdvals": (lambda z: weigh(np.linalg.svdvals(z)), TALL),
    "svd": (lambda z: weigh(np.abs(np.linalg.svd(z, full_matrices=False)[0]) ** 2), TALL),
    "svd product": (
        lambda z: weigh(
            np.linalg.svd(z, full_matrices=False)[0] @ np.linalg.svd(z, full_matrices=False)[2]
        ),
        TALL,
    ),
    "qr": (lambda z: weigh(np.linalg.qr(z)[0]) + weigh(np.linalg.qr(z)[1]), TALL),
    "pinv": (lambda z: weigh(np.linalg.pinv(z)), TALL),
    "lstsq": (lambda z: weigh(np.linalg.lstsq(z, z[:, 0] ** 2)[0]), TALL),
    "norm": (lambda z: np.linalg.norm(z), Z),
    "nuclear norm": (lambda z: np.linalg.norm(z, "nuc"), Z),
    "fft": (lambda z: weigh(np.fft.fft(z, 4)), Z),
    "ifftn": (lambda z: weigh(np.fft.ifftn(z)), Z),
    "irfft": (lambda z: np.sum(np.fft.irfft(z, 5) ** 3), Z),
    "hfft": (lambda z: np.sum(np.fft.hfft(z) ** 3), Z),
    "convolve": (lambda z: weigh(np.convolve(z[0], z[1])), Z),
    "correlate": (lambda z: weigh(np.correlate(z[0], z[1], "full")), Z),
    "absolute": (lambda z: np.sum(np.abs(z) ** 3), Z),
    "sign": (lambda z: weigh(np.sign(z)), Z),
    "einsum": (lambda z: weigh(np.einsum("ij,kj,k->i", z, np.conj(z), z[0])), Z),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_arguments_follow_hips_convention(name):
    f, z = COMPLEX[name]
    z = np.array(z)
    found = numpy.asarray(grad(f)(z))
    for _ in range(2):
        d = rng.standard_normal(z.shape)
        assert numpy.sum(found.real * d) == pytest.approx(real_slope(f, z, d), rel=1e-4, abs=1e-5)
        i = real_slope(f, z, 1j * d)
        assert numpy.sum(-found.imag * d) == pytest.approx(i, rel=1e-4, abs=1e-5)


@pytest.mark.filterwarnings("ignore:.*are equal")
def test_kinks():
    zeros = np.zeros(3)
    for f in (
        np.linalg.norm,
        lambda x: np.linalg.norm(x, axis=0),
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, numpy.inf),
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.linalg.norm(x[:, None] * x, 2),
        lambda x: np.linalg.norm(x[:, None] * np.ones(3), "nuc"),
    ):
        assert numpy.array_equal(numpy.asarray(grad(f)(zeros)), numpy.zeros(3))
        assert numpy.array_equal(numpy.asarray(grad(grad(f))(zeros)), numpy.zeros(3))
    # Equal elements stay in order, so each has its own weight.
    w = numpy.array([1.0, 10, 100])
    assert grad(lambda x: np.sum(np.sort(x) * w))(np.array([2.0, 2, 1])).tolist() == [10, 100, 1]
    assert grad(np.median)(np.array([1.0, 2, 2, 3])).tolist() == [0, 0.5, 0.5, 0]
    assert grad(lambda x: np.sum(np.unique(x)))(np.array([3.0, 1, 3])).tolist() == [1, 1, 0]
    # Positions are constants.
    f = lambda x: np.sum(x * np.argsort(x)) + np.searchsorted(x, 1.5) * x[0]  # noqa: E731
    assert grad(f)(np.array([1.0, 2, 3])).tolist() == [1, 1, 2]


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_determinants_of_singular_matrices_have_cofactors(rank):
    a = np.array(numpy.diag([2.0, 3, 0][:rank] + [0.0] * (3 - rank)))
    expected = numpy.zeros((3, 3))
    if rank == 2:
        expected[2, 2] = 6
    assert grad(np.linalg.det)(a) == pytest.approx(expected, abs=1e-12)
    check_grads(lambda a: np.linalg.det(a) + np.sum(a**2), tolerance=1e-4)(a)


def test_pairs_of_equal_values_are_left_out_and_named():
    a = np.array(numpy.diag([1.0, 2, 2]))
    with pytest.warns(RuntimeWarning, match="1 and 2"):
        g = grad(lambda a: np.sum(np.linalg.eigh(a)[1] ** 2 * w3))(a)
    assert numpy.isfinite(g).all()
    with pytest.warns(RuntimeWarning, match="svd"):
        g = grad(lambda a: np.sum(np.linalg.svd(a)[0] ** 2 * w3))(a)
    assert numpy.isfinite(g).all()
    # Values alone need no vectors of their own.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert grad(lambda a: np.sum(np.linalg.eigvalsh(a)))(a) == pytest.approx(numpy.eye(3))


w3 = numpy.arange(9.0).reshape(3, 3)


def test_symmetric_arguments_get_symmetric_gradients():
    for f in (
        lambda a: np.sum(np.linalg.eigvalsh(a) ** 3),
        lambda a: np.sum(np.linalg.cholesky(a) * w3),
        lambda a: np.sum(np.linalg.eigh(a)[1] ** 2 * w3),
    ):
        g = numpy.asarray(grad(f)(np.array(S)))
        assert numpy.allclose(g, g.T)


def test_what_is_not_determined_has_no_derivative():
    for f in (
        lambda a: np.sum(np.linalg.svd(a)[0]),
        lambda a: np.sum(np.linalg.qr(a, mode="complete")[0]),
        lambda a: np.sum(np.linalg.qr(a, mode="raw")[0]),
    ):
        with pytest.raises(NotImplementedError, match="linalg"):
            grad(f)(np.array(R))
    # Columns that depend on each other: what would be divided by is rounding.
    for shape in ((3, 2), (2, 3)):
        dependent = np.array(numpy.outer(numpy.arange(1.0, shape[0] + 1), numpy.ones(shape[1])))
        for part in (0, 1):
            with pytest.raises(NotImplementedError, match="depend on each other"):
                grad(lambda a, part=part: np.sum(np.linalg.qr(a)[part]))(dependent)


def test_drawn_numbers_move_and_scale():
    def drawn(method, *parameters):
        generator = np.random.default_rng(3)
        return getattr(generator, method)(*parameters, size=(4, 3))

    for method in ("normal", "laplace", "logistic", "gumbel", "uniform", "lognormal"):
        low, high = np.array([0.1, 0.2, 0.3]), np.array(0.9)
        check_grads(lambda a, b, m=method: drawn(m, a, b) ** 2, tolerance=1e-4)(low, high)
    for method in ("exponential", "rayleigh"):
        check_grads(lambda a, m=method: drawn(m, a) ** 2, tolerance=1e-4)(np.array([0.5, 1, 2]))
    check_grads(lambda a: drawn("gamma", 2.0, a), tolerance=1e-4)(np.array([0.5, 1, 2]))
    with pytest.raises(NotImplementedError, match="shape"):
        grad(lambda a: np.sum(drawn("gamma", a, 1.0)))(np.array([0.5, 1, 2]))


# Every function of the table ---------------------------------------------------------------------


# The order within the parts is nobody's; conversions to float32 are too coarse for differences.
LEFT_OUT = ("partition(", "other")


def rows_of(subject, rows):
    rows = [
        row
        for row in rows
        if row.size <= 70
        and row.dtype == "float64"
        and not any(part in row.statement for part in ("random", *LEFT_OUT))
    ]
    return random.Random(1).sample(rows, min(len(rows), 6))


SUBJECTS = {
    subject: found
    for subject, rows in recipes.subjects().items()
    if (found := rows_of(subject, rows))
}


def total(answer, weights):
    """A number of all floats of an answer, or None where there are none."""
    parts = answer if isinstance(answer, tuple | list) else [answer]
    sums = []
    for part in parts:
        if hasattr(part, "dtype") and part.dtype.kind == "f" and numpy.size(part):
            w = weights[: numpy.size(part)]
            sums.append((np if isinstance(part, np.ndarray) else numpy).sum(part.reshape(-1) * w))
    return sum(sums[1:], sums[0]) if sums else None


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_row_has_the_right_derivative_or_says_why_not(subject):
    weights = numpy.cos(numpy.arange(5000.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in SUBJECTS[subject]:
            try:
                theirs, ours = drawn_rows.prepare(row, mnp)
            except drawn_rows.NotThere:
                continue
            names = [n for n, v in ours.items() if isinstance(v, np.ndarray) and v.dtype == float]
            if not names:
                continue
            x, given = names[0], numpy.array(theirs[names[0]])
            direction = numpy.random.default_rng(0).standard_normal(given.shape)

            def value(moved, row=row, x=x, theirs=theirs):
                names = {
                    n: v.copy() if isinstance(v, numpy.ndarray) else v for n, v in theirs.items()
                }
                names[x] = moved
                exec(row.run, names)
                return total(names.get("answer"), weights)

            def traced(moved, row=row, x=x, ours=ours):
                names = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in ours.items()}
                names[x] = moved
                exec(row.run, names)
                return total(names.get("answer"), weights)

            if value(given.copy()) is None:
                continue
            try:
                g = numpy.asarray(grad(traced)(np.array(given)))
            except NotImplementedError as error:
                assert "no derivative" in str(error), row.name
                continue
            slope, other = (
                (value(given + step * direction) - value(given - step * direction)) / (2 * step)
                for step in (1e-6, 4e-6)
            )
            if not numpy.isfinite(slope) or not numpy.isfinite(g).all():
                continue
            scale = max(1, abs(slope))
            if abs(slope - other) > 1e-3 * scale:
                continue  # A jump is near.
            assert abs(numpy.sum(g * direction) - slope) <= 1e-3 * scale, row.name


IN_PLACE = [
    f"{name}.at"
    for name in (
        "subtract multiply divide power maximum minimum fmax hypot arctan2 logaddexp float_power "
        "remainder copysign negative exp sqrt square"
    ).split()
]


@pytest.mark.parametrize("name", IN_PLACE)
@pytest.mark.parametrize("where", ["some more often than others", "a column", "with a slice"])
def test_updates_at_indices_are_differentiated(name, where):
    """`ufunc.at` of any row: an element that is chosen again is computed again, in order."""
    ufunc = name.removesuffix(".at")
    places, shape = {
        "some more often than others": (([0, 2, 2, 0, 2, -1], [1, 0, 0, 1, 0, 2]), (6,)),
        "a column": (([3, 1, 3],), (3, 1)),
        "with a slice": ((slice(1, 3), [0, 2, 0]), (2, 3)),
    }[where]

    def update(x, b, numpy_or_ours=np):
        x = abs(x) + 0.5
        values = () if getattr(numpy, ufunc).nin == 1 else (abs(b) + 0.25,)
        getattr(numpy_or_ours, ufunc).at(x, places, *values)
        return x

    own = numpy.random.default_rng(11)
    x, b = own.standard_normal((4, 3)), own.standard_normal(shape)
    seen = []
    grad(lambda x, b: seen.append(stop_gradient(update(x, b))) or np.sum(x))(
        np.array(x), np.array(b)
    )
    assert numpy.allclose(seen[0], update(x, b, numpy), rtol=1e-14)
    check_grads(update, tolerance=2e-4)(np.array(x), np.array(b))
    if getattr(numpy, ufunc).nin == 2:
        # Where only the values are differentiated the array becomes one of their program.
        check_grads(lambda b: update(np.array(x), b), tolerance=2e-4)(np.array(b))


def test_updates_of_what_is_pending_are_differentiated():
    """An array that is computed lazily has no memory yet when its elements are updated."""
    x = np.array(numpy.arange(LAZY_COUNT + 2.0))

    def update(x):
        x = x * 2
        np.square.at(x, [3, 1, 3])
        return np.sum(x)

    slope = numpy.full(x.size, 2.0)
    slope[1], slope[3] = 2 * 2 * 2, 4 * 6**3 * 2
    assert numpy.array_equal(numpy.asarray(grad(update)(x)), slope)


def test_updates_at_wrong_places_are_errors_under_differentiation():
    x = np.ones(3)
    for places, values, error in (([3], 2.0, IndexError), ([0, 1], np.ones(3), ValueError)):
        with pytest.raises(error):
            grad(lambda x, p=places, v=values: np.multiply.at(x, p, v) or np.sum(x))(x)
    assert grad(lambda x: np.multiply.at(x, [], 2.0) or np.sum(x))(x).tolist() == [1, 1, 1]
