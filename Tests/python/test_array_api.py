"""The Python array API standard, version 2025.12, at the top of `martlet`."""

import importlib
import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subject import DEVICE, EXAMPLES, IS_NUMPY, LAZY_COUNT, needs_martlet

pytestmark = needs_martlet

xp = importlib.import_module("numpy" if IS_NUMPY else "martlet")

# The standard's functions by their signatures.
MAIN = {
    "(x, /)": (
        "abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 "
        "floor imag isfinite isinf isnan log log10 log1p log2 logical_not matrix_transpose "
        "negative nonzero positive real reciprocal round sign signbit sin sinh sqrt square "
        "tan tanh trunc unique_all unique_counts unique_inverse unique_values"
    ),
    "(x1, x2, /)": (
        "add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor "
        "copysign divide equal floor_divide greater greater_equal hypot less less_equal "
        "logaddexp logical_and logical_or logical_xor matmul maximum minimum multiply "
        "nextafter not_equal pow remainder subtract"
    ),
    "(x, /, *, axis=None, keepdims=False)": "all any argmax argmin count_nonzero max mean min",
    "(start, /, stop=None, step=1, *, dtype=None, device=None)": "arange",
    "(x, /, *, axis=-1, descending=False, stable=True)": "argsort sort",
    "(obj, /, *, dtype=None, device=None, copy=None)": "asarray",
    "(x, dtype, /, *, copy=True, device=None)": "astype",
    "(*arrays)": "broadcast_arrays",
    "(*shapes)": "broadcast_shapes",
    "(x, /, shape)": "broadcast_to",
    "(from_, to, /)": "can_cast",
    "(x, /, min=None, max=None)": "clip",
    "(arrays, /, *, axis=0)": "concat stack",
    "(x, /, *, axis=None, dtype=None, include_initial=False)": "cumulative_prod cumulative_sum",
    "(x, /, *, axis=-1, n=1, prepend=None, append=None)": "diff",
    "(shape, *, dtype=None, device=None)": "empty ones zeros",
    "(x, /, *, dtype=None, device=None)": "empty_like ones_like zeros_like",
    "(x, /, axis)": "expand_dims squeeze",
    "(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)": "eye",
    "(type, /)": "finfo iinfo",
    "(x, /, *, axis=None)": "flip",
    "(x, /, *, device=None, copy=None)": "from_dlpack",
    "(shape, fill_value, *, dtype=None, device=None)": "full",
    "(x, /, fill_value, *, dtype=None, device=None)": "full_like",
    "(dtype, kind)": "isdtype",
    "(x1, x2, /, *, invert=False)": "isin",
    "(start, stop, /, num, *, dtype=None, device=None, endpoint=True)": "linspace",
    "(*arrays, indexing='xy')": "meshgrid",
    "(x, source, destination, /)": "moveaxis",
    "(x, /, axes)": "permute_dims",
    "(x, /, *, axis=None, dtype=None, keepdims=False)": "prod sum",
    "(x, repeats, /, *, axis=None)": "repeat",
    "(x, /, shape, *, copy=None)": "reshape",
    "(*arrays_and_dtypes)": "result_type",
    "(x, /, shift, *, axis=None)": "roll",
    "(x1, x2, /, *, side='left', sorter=None)": "searchsorted",
    "(x, /, *, axis=None, correction=0.0, keepdims=False)": "std var",
    "(x, indices, /, *, axis=None)": "take",
    "(x, indices, /, *, axis=-1)": "take_along_axis",
    "(x1, x2, /, *, axes=2)": "tensordot",
    "(x, repetitions, /)": "tile",
    "(x, /, *, k=0)": "tril triu",
    "(x, /, *, axis=0)": "unstack",
    "(x1, x2, /, *, axis=-1)": "vecdot",
    "(condition, x1, x2, /)": "where",
}
LINALG = {
    "(x, /, *, upper=False)": "cholesky",
    "(x1, x2, /, *, axis=-1)": "cross vecdot",
    "(x, /)": "det eig eigh eigvals eigvalsh inv matrix_transpose slogdet svdvals",
    "(x, /, *, offset=0)": "diagonal",
    "(x1, x2, /)": "matmul outer solve",
    "(x, /, *, keepdims=False, ord='fro')": "matrix_norm",
    "(x, n, /)": "matrix_power",
    "(x, /, *, rtol=None)": "matrix_rank pinv",
    "(x, /, *, mode='reduced')": "qr",
    "(x, /, *, full_matrices=True)": "svd",
    "(x1, x2, /, *, axes=2)": "tensordot",
    "(x, /, *, offset=0, dtype=None)": "trace",
    "(x, /, *, axis=None, keepdims=False, ord=2)": "vector_norm",
}
FFT = {
    "(x, /, *, n=None, axis=-1, norm='backward')": "fft hfft ifft ihfft irfft rfft",
    "(n, /, *, d=1.0, dtype=None, device=None)": "fftfreq rfftfreq",
    "(x, /, *, s=None, axes=None, norm='backward')": "fftn ifftn irfftn rfftn",
    "(x, /, *, axes=None)": "fftshift ifftshift",
}

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128"
).split()


def named(table):
    return [(name, parameters) for parameters, names in table.items() for name in names.split()]


# MARK: Names


@pytest.mark.parametrize(("name", "parameters"), named(MAIN) + named(LINALG) + named(FFT))
def test_signatures(name, parameters):
    homes = [
        namespace
        for namespace, table in ((xp, MAIN), (xp.linalg, LINALG), (xp.fft, FFT))
        if (name, parameters) in named(table)
    ]
    for home in homes:
        function = getattr(home, name)
        assert str(inspect.signature(function)) == parameters
        assert function.__doc__ and name in dir(home)
        assert function.__module__ == home.__name__ and getattr(home, function.__name__) is function


def test_constants_and_dtypes():
    assert (xp.e, xp.pi, xp.inf, xp.newaxis) == (np.e, np.pi, np.inf, None) and np.isnan(xp.nan)
    for name in DTYPES:
        dtype = getattr(xp, name)
        assert xp.zeros(2, dtype=dtype).dtype == dtype == np.dtype(name)
        assert hash(dtype) == hash(np.dtype(name)) and name in dir(xp)
    assert xp.__array_api_version__ == "2025.12"
    with pytest.raises(AttributeError, match="martlet.*no_such_name"):
        _ = xp.no_such_name


def test_submodules_are_imported():
    assert importlib.import_module("martlet.linalg").svd is xp.linalg.svd
    assert importlib.import_module("martlet.fft").fft is xp.fft.fft
    assert set(xp.linalg.__all__) == {name for name, _ in named(LINALG)}
    assert set(xp.fft.__all__) == {name for name, _ in named(FFT)}


def test_namespace_of_arrays():
    x = xp.ones(3)
    for version in (None, "2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
        assert x.__array_namespace__(api_version=version) is xp
    for version in ("2020.12", 2025, ""):
        with pytest.raises(ValueError, match="version"):
            x.__array_namespace__(api_version=version)
    assert xp.sum(x).__array_namespace__() is xp
    assert xp.zeros((1,) * 9).__array_namespace__() is xp


# MARK: Values

# Expressions that mean the same to NumPy, which has the standard's names; `x` and `y` are matrices
# of numbers, `v` and `w` vectors, `i` and `b` of integers and truths, `s` square.
SAME = """
abs(x); acos(y); acosh(x + 20); add(x, y); add(x, 1); all(b, axis=0); any(b, keepdims=True)
arange(5); arange(1, 7.5, 2); argmax(x, axis=1, keepdims=True); argmin(x); argmin(v)
argsort(v); argsort(x, axis=0); asarray(3); asarray([1, 2.5]); asin(y); asinh(x); atan(x)
atan2(x, y); atanh(y); bitwise_and(i, 3); bitwise_invert(i); bitwise_left_shift(i, i)
bitwise_or(i, 4); bitwise_right_shift(i, 1); bitwise_xor(i, i); broadcast_to(v, (2, 4)); ceil(x)
clip(x, 0.5, 2.0); clip(x, min=1.0); clip(x, max=1.0); concat([x, y], axis=1)
concat([x, v], axis=None); conj(x * 1j); copysign(x, y); cos(x); cosh(y); count_nonzero(b, axis=0)
count_nonzero(b); cumulative_prod(v); cumulative_sum(x, axis=1, include_initial=True)
cumulative_sum(v, dtype="f4"); diff(v, n=2); divide(x, y + 3); empty((2, 0)); empty_like(x) * 0
equal(x, y); exp(y); expand_dims(x, (0, 3)); expm1(y); eye(3); floor(x); flip(x); flip(x, axis=1)
floor_divide(i, 2); full((2, 2), 7); full_like(x, 2.5); greater(x, y); greater_equal(x, 0.0)
hypot(x, y); imag(x * 1j); isfinite(x); isin(i, i[:2]); isin(i, i[:2], invert=True); isinf(x)
isnan(x); less(x, y); less_equal(x, y); linspace(0, 1, 5); linspace(0, 1, 5, endpoint=False)
log(abs(x) + 1); log10(abs(x) + 1); log1p(abs(x)); log2(abs(x) + 1); logaddexp(x, y)
logical_and(b, b); logical_not(b); logical_or(b, b); logical_xor(b, b); matmul(x, y.T)
matrix_transpose(x); max(x, axis=(0, 1)); max(x, axis=0); maximum(x, y); mean(x, axis=1); mean(x)
min(x, keepdims=True); minimum(x, 1.0); moveaxis(x, 0, 1); multiply(x, 2); negative(x)
nextafter(x, y); not_equal(x, y); ones(3); ones_like(i); permute_dims(x, (1, 0)); positive(x)
pow(x, 2); prod(v); prod(i, axis=0, dtype="f8"); real(x); reciprocal(v + 9); remainder(x, 2.0)
repeat(v, 2); repeat(x, 2, axis=0); reshape(x, (4, 3)); roll(x, 1); roll(x, (1, 2), axis=(0, 1))
round(x); searchsorted(v[:1], v); searchsorted(w, 2.0); sign(x); signbit(x); sin(x); sinh(y)
sort(x); sort(x, axis=0); sqrt(abs(x)); square(x); squeeze(x[None], 0)
stack([x, y], axis=1); std(x, axis=0)
std(x, correction=1); subtract(x, y); sum(x); sum(i, axis=0); sum(x, axis=1, keepdims=True)
take(x, i[:2] % 3, axis=0); take_along_axis(x, argsort(x, axis=1), axis=1); tan(y); tanh(x)
tensordot(x, y.T, axes=1); tensordot(x, y, axes=((0, 1), (0, 1))); tile(v, (2, 1)); tril(x, k=1)
triu(x); trunc(x); sort(unique_values(i)); var(x, axis=1, correction=1); vecdot(x, y)
vecdot(x, y, axis=0); where(b, x, y); where(b, 1.0, y); zeros((2, 3)); zeros_like(x)
nonzero(v); meshgrid(v, w); meshgrid(v, w, indexing="ij"); broadcast_arrays(v, x); unstack(x)
unstack(x, axis=1); unique_all(i); unique_counts(i); unique_inverse(i)
linalg.cholesky(s @ s.T + eye(3)); linalg.cholesky(s @ s.T + eye(3), upper=True)
linalg.cross(s, s[::-1]); linalg.det(s); linalg.diagonal(x, offset=1); linalg.inv(s)
linalg.matmul(x, x.T); linalg.matrix_norm(x); linalg.matrix_norm(x, ord=1, keepdims=True)
linalg.matrix_power(s, 3); linalg.matrix_rank(x); linalg.matrix_transpose(x); linalg.outer(v, w)
linalg.pinv(x); linalg.pinv(x, rtol=1e-3); linalg.slogdet(s); linalg.solve(s, v[:3])
linalg.svdvals(x); linalg.tensordot(x, y.T, axes=1); linalg.trace(x, offset=1); linalg.vecdot(x, y)
linalg.trace(i.reshape(2, 3), dtype="f4"); linalg.vector_norm(x)
linalg.vector_norm(x, axis=1, ord=1); linalg.eigvalsh(s + s.T)
fft.fft(v); fft.fft(x, n=8, axis=0, norm="ortho"); fft.ifft(v); fft.rfft(v); fft.irfft(v * 1j)
fft.hfft(v * 1j); fft.ihfft(v); fft.fftn(x); fft.ifftn(x, axes=(0,)); fft.rfftn(x)
fft.irfftn(x * 1j); fft.fftn(x, s=(2,), axes=(0,)); fft.fftfreq(7); fft.rfftfreq(8, d=0.5)
fft.fftshift(x); fft.ifftshift(v, axes=0)
"""
EXPRESSIONS = [one.strip() for line in SAME.split("\n") for one in line.split("; ") if one.strip()]


def values():
    r = np.random.default_rng(2)
    x, y = r.standard_normal((3, 4)) * 3, r.uniform(-0.9, 0.9, (3, 4))
    return {
        "x": x,
        "y": y,
        "v": r.standard_normal(4),
        "w": np.arange(1.0, 5.0),
        "i": np.array([3, 1, 4, 1, 5, 0]),
        "b": y > 0,
        "s": r.standard_normal((3, 3)),
    }


class Names(dict):
    """What an expression's names are: its values, else the namespace's."""

    def __init__(self, namespace, known):
        super().__init__(known)
        self.namespace = namespace

    def __missing__(self, name):
        return getattr(self.namespace, name)


def compare(ours, numpys):
    if isinstance(numpys, (tuple, list)):
        assert isinstance(ours, tuple) and len(ours) == len(numpys)
        if hasattr(numpys, "_fields"):
            assert ours._fields == numpys._fields
        for one, other in zip(ours, numpys, strict=True):
            compare(one, other)
        return
    assert type(ours) is xp.ndarray
    assert ours.dtype == np.asarray(numpys).dtype and ours.shape == np.shape(numpys)
    np.testing.assert_allclose(np.asarray(ours), numpys, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_values(expression):
    known = values()
    numpys = eval(expression, Names(np, known))
    ours = eval(expression, Names(xp, {name: xp.asarray(known[name]) for name in known}))
    compare(ours, numpys)


def test_every_function_has_its_values_tested():
    tested = {
        one.partition("(")[0] for one in EXPRESSIONS if "linalg." not in one and "fft." not in one
    }
    own = {
        "unique_values",
        "astype",
        "broadcast_shapes",
        "can_cast",
        "finfo",
        "from_dlpack",
        "iinfo",
        "isdtype",
    }
    assert {name for name, _ in named(MAIN)} - tested == own | {"result_type"}


def test_linear_algebra_in_parts():
    r = np.random.default_rng(5)
    a = r.standard_normal((2, 3, 3))
    x = xp.asarray(a)
    q, upper = xp.linalg.qr(x)
    np.testing.assert_allclose(np.asarray(q @ upper), a, atol=1e-12)
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    np.testing.assert_allclose(np.asarray((u * s[:, None, :]) @ vh), a, atol=1e-12)
    found = xp.linalg.eigh(x + xp.matrix_transpose(x))
    assert (
        found._fields == ("eigenvalues", "eigenvectors") and found.eigenvalues.dtype == xp.float64
    )
    # The dtype may not depend on the values: NumPy's would be real here.
    for made in (xp.linalg.eig(xp.eye(2))[0], xp.linalg.eigvals(xp.eye(2))):
        assert made.dtype == xp.complex128 and made.tolist() == [1, 1]
    assert xp.linalg.eigvals(xp.eye(2, dtype=xp.float32)).dtype == xp.complex64


# MARK: What the standard means otherwise


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=5),
    st.integers(-2, 1),
    st.sampled_from(["f8", "i4", "u1", "bool"]),
)
def test_descending_order_is_stable(rows, axis, dtype):
    a = np.array(rows).astype(dtype)
    x = xp.asarray(a)
    key = -a.astype(int)
    assert np.array_equal(xp.sort(x, axis=axis, descending=True), -np.sort(key, axis=axis))
    assert xp.sort(x, axis=axis, descending=True).dtype == a.dtype
    order = xp.argsort(x, axis=axis, descending=True)
    assert np.array_equal(order, np.argsort(key, axis=axis, stable=True))


def test_descending_keeps_zeros_in_order():
    x = xp.asarray([0.0, -0.0, 1.0, 0.0])
    assert xp.signbit(xp.sort(x, descending=True)).tolist() == [False, False, True, False]


def test_dtype_functions():
    x = xp.ones(2, dtype=xp.float32)
    assert xp.astype(x, xp.float32, copy=False) is x and xp.astype(x, xp.float32) is not x
    assert xp.astype(x, xp.int8).dtype == xp.int8
    with pytest.raises(TypeError, match="real"):
        xp.astype(x * 1j, xp.float64)
    assert xp.astype(x * 1j, xp.bool).tolist() == [True, True]
    limits = xp.finfo(x)
    assert (limits.bits, limits.dtype) == (32, xp.float32) and type(limits.eps) is float
    assert limits.eps == np.finfo("f4").eps and limits.smallest_normal == np.finfo("f4").tiny
    assert xp.finfo(xp.complex64).dtype == xp.float32 and xp.finfo(xp.float64).min < -1e308
    limits = xp.iinfo(xp.uint8)
    assert (limits.bits, limits.min, limits.max, limits.dtype) == (8, 0, 255, xp.uint8)
    assert xp.can_cast(x, xp.float64) and not xp.can_cast(xp.float64, xp.float32)
    assert xp.result_type(x, xp.int8) == xp.float32 and xp.result_type(x, 1.0) == xp.float32
    assert xp.result_type(xp.int8, xp.uint8, xp.int32) == xp.int32


def test_isdtype():
    kinds = {
        "bool": "b",
        "signed integer": "i",
        "unsigned integer": "u",
        "integral": "iu",
        "real floating": "f",
        "complex floating": "c",
        "numeric": "iufc",
    }
    for name in DTYPES:
        dtype = getattr(xp, name)
        for kind, codes in kinds.items():
            expected = np.dtype(name).kind in codes
            assert xp.isdtype(dtype, kind) == xp.isdtype(np.dtype(name), (kind,)) == expected
        assert xp.isdtype(dtype, dtype) and not xp.isdtype(dtype, (xp.float16,))
    with pytest.raises(ValueError, match="kind"):
        xp.isdtype(xp.int8, "no kind")


def test_arguments_that_numpy_reads_otherwise():
    x = xp.asarray([[3.0, 1.0], [4.0, 1.0]])
    assert xp.diff(x, prepend=x[:, :1], append=None).tolist() == [[0, -2], [0, -3]]
    assert xp.diff(x, axis=0).tolist() == [[1, 0]]
    with pytest.raises(ValueError, match="axis"):
        xp.take(x, xp.asarray([0]))
    assert xp.take(x[0], xp.asarray([1])).tolist() == [1]
    assert xp.broadcast_shapes((2, 1), (3,)) == (2, 3) and xp.broadcast_shapes() == ()
    transformed = xp.fft.fftn(x, s=(4,))
    np.testing.assert_allclose(np.asarray(transformed), np.fft.fft(np.asarray(x), 4), atol=1e-12)
    assert xp.fft.fftfreq(4, dtype=xp.float32).dtype == xp.float32
    assert xp.from_dlpack(np.arange(3)).tolist() == [0, 1, 2]
    assert xp.from_dlpack(x, copy=True).tolist() == x.tolist()


def test_names_hide_none_of_pythons():
    # The package's own code goes on after `sum`, `any` and their like were asked for.
    for name in ("abs", "all", "any", "bool", "max", "min", "pow", "round", "sum"):
        getattr(xp, name)
    assert xp.evaluate(xp.ones(2), xp.ones(3))[1].shape == (3,)
    assert "sum" in dir(xp) and xp.devices()


# MARK: Inspection and devices


def test_inspection():
    info = xp.__array_namespace_info__()
    assert info.capabilities() == {
        "boolean indexing": True,
        "data-dependent shapes": True,
        "max dimensions": 64,
    }
    assert info.default_device() == DEVICE and DEVICE in info.devices() and "cpu" in info.devices()
    assert type(info.devices()) is tuple
    found = info.default_dtypes()
    assert found == {
        "real floating": xp.float64,
        "complex floating": xp.complex128,
        "integral": xp.int64,
        "indexing": xp.int64,
    }
    assert list(info.dtypes(device="cpu")) == DTYPES
    assert set(info.dtypes(device="cpu", kind="unsigned integer")) == set(DTYPES[5:9])
    assert set(info.dtypes(device="cpu", kind=("bool", "complex floating"))) == {
        "bool",
        "complex64",
        "complex128",
    }
    for wrong in ({"kind": "text"}, {"device": "nowhere"}):
        with pytest.raises(ValueError, match=r"text|nowhere"):
            info.dtypes(**wrong)


CREATED = [
    "xp.zeros(3, device=d)",
    "xp.ones(3, device=d)",
    "xp.empty(3, device=d)",
    "xp.full(3, 2.0, device=d)",
    "xp.arange(3, device=d)",
    "xp.eye(3, device=d)",
    "xp.linspace(0, 1, 3, device=d)",
    "xp.zeros_like(x, device=d)",
    "xp.ones_like(x, device=d)",
    "xp.empty_like(x, device=d)",
    "xp.full_like(x, 2, device=d)",
    "xp.asarray([1, 2], device=d)",
    "xp.asarray(x, device=d)",
    "xp.astype(x, xp.float32, device=d)",
    "xp.fft.fftfreq(8, device=d)",
    "xp.fft.rfftfreq(8, device=d)",
    "x.to_device(d)",
    "xp.zeros_like(x.to_device(d))",
    "xp.asarray(x.to_device(d))",
]


@pytest.mark.parametrize("expression", CREATED)
def test_devices(expression):
    for d in ("cpu", "simulator"):
        x = xp.ones(3, device="cpu")
        assert eval(expression, {"xp": xp, "x": x, "d": d}).device == d


# MARK: Laziness


def counters():
    return importlib.import_module("martlet._martlet").counters()


def launched(function):
    before = counters()["launches"]
    function()
    return counters()["launches"] - before


@pytest.mark.skipif(DEVICE != "cpu", reason="work on a device is all deferred")
@pytest.mark.parametrize("place", [0, 7, -1])
def test_looking_at_one_element_leaves_the_rest(place):
    a = np.arange(float(2 * LAZY_COUNT))
    x = xp.asarray(a)
    y = xp.sqrt(x * 2 + 1)
    # As array-api-compat looks whether an array is lazy.
    assert bool(xp.any(xp.reshape(y, (-1,))[place])) is True
    assert launched(lambda: xp.evaluate(y)) == 1, "all was computed before"
    assert np.array_equal(y, np.sqrt(a * 2 + 1))


@pytest.mark.skipif(DEVICE != "cpu", reason="work on a device is all deferred")
def test_who_looks_twice_wants_all():
    a = np.arange(float(2 * LAZY_COUNT)).reshape(-1, 2, 4)
    x = xp.asarray(a)
    y = x.transpose(2, 0, 1) * 3
    looks = [y[2, 5, 1], y[3, 0, 1], y[0, 1, 0]]
    assert looks == [a[5, 1, 2] * 3, a[0, 1, 3] * 3, a[1, 0, 0] * 3]
    assert launched(lambda: xp.evaluate(y)) == 0
    assert np.array_equal(y, a.transpose(2, 0, 1) * 3)


@pytest.mark.skipif(DEVICE != "cpu", reason="work on a device is all deferred")
def test_an_element_is_read_before_its_input_changes():
    x = xp.arange(float(LAZY_COUNT))
    y = x + 1
    assert y[3] == 4
    x[3] = 100
    assert y[3] == 4 and y[4] == 5 and (x + 1)[3] == 101


@pytest.mark.skipif(DEVICE != "cpu", reason="work on a device is all deferred")
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_elements_of_pending_views(data):
    shape = data.draw(
        st.sampled_from([(LAZY_COUNT,), (200, 210), (1, LAZY_COUNT, 1), (30, 40, 50)])
    )
    a = np.arange(float(np.prod(shape))).reshape(shape)
    x = xp.asarray(a)
    b, y = np.negative(a[::-1]), -x[::-1]
    if data.draw(st.booleans()):
        b, y = b.T, y.T
    if data.draw(st.booleans()):
        b, y = np.broadcast_to(b, (2, *b.shape)) + 1, xp.broadcast_to(y, (2, *b.shape)) + 1
    place = tuple(data.draw(st.integers(0, size - 1)) for size in b.shape)
    assert y[place] == b[place]
    assert np.array_equal(y, b)
