"""numpy.linalg and products of vectors: NumPy's bits where NumPy calls the same LAPACK.

Sizes are small: OpenBLAS has one thread for them on both sides, and so the same order of additions.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import layouts, seeds
from subject import DEVICE, IS_NUMPY, mnp, natively, needs_martlet

pytestmark = pytest.mark.skipif(
    DEVICE != "cpu", reason="devices have libraries of their own: test_devices"
)

TYPES = ["float32", "float64", "complex64", "complex128", "int64", "bool", "uint8"]
BATCHES = [(), (3,), (2, 1), (0,), (24,)]
EXACT, CLOSE = 0, 1e-9


def matrices(seed, dtype, shape, layout="C"):
    """NumPy's array of well-behaved matrices; the module's own `asarray` makes it an operand."""
    random = np.random.default_rng(seed)
    wide = (*shape[:-1], 2 * shape[-1]) if layout == "strided" else shape
    numbers = random.standard_normal(wide) * 3
    if np.dtype(dtype).kind == "c":
        numbers = numbers + 1j * random.standard_normal(wide)
    numbers = numbers.astype(dtype) if dtype != "uint8" else np.abs(numbers).astype(dtype)
    if layout == "strided":
        return numbers[..., ::2]
    if layout in ("F", "transposed"):
        return np.asfortranarray(numbers)
    return numbers[..., ::-1, :] if layout == "reversed" else numbers


def hermitian(a):
    return a + np.conj(np.swapaxes(a, -1, -2))


def natural(call, *arrays, relative=None, **keywords):
    """The call does without NumPy what it does on NumPy."""
    with natively():
        check(
            lambda np, *arrays: call(np, *map(np.asarray, arrays)),
            *arrays,
            relative=relative,
            **keywords,
        )


def tolerance(dtype, batch):
    """Many small systems are Martlet's own work; their last bits are."""
    if np.prod(batch, dtype=int) < 16 or np.dtype(dtype).kind == "c":
        return None
    return 1e-4 if dtype == "float32" else CLOSE


square = st.tuples(
    seeds, st.sampled_from(TYPES), st.sampled_from(BATCHES), st.integers(0, 6), layouts
)


@given(case=square, columns=st.integers(0, 3), is_vector=st.booleans())
def test_solve(case, columns, is_vector):
    seed, dtype, batch, n, layout = case
    a = matrices(seed, dtype, (*batch, n, n), layout)
    if np.dtype(dtype).kind in "iub":
        a = a + 7 * np.eye(n, dtype=a.dtype)
    b = matrices(seed + 1, "float32", (n,) if is_vector else (*batch, n, columns))
    natural(lambda np, a, b: np.linalg.solve(a, b), a, b, relative=tolerance(dtype, batch))


@given(case=square)
def test_inverse_and_determinant(case):
    seed, dtype, batch, n, layout = case
    a = matrices(seed, dtype, (*batch, n, n), layout)
    if np.dtype(dtype).kind in "iub":
        a = a + 7 * np.eye(n, dtype=a.dtype)
    close = tolerance(dtype, batch)
    for name in ("inv", "det"):
        natural(lambda np, a, name=name: getattr(np.linalg, name)(a), a, relative=close)
    natural(lambda np, a: np.linalg.slogdet(a), a)


@given(case=square)
def test_factorisations_of_square_matrices(case):
    seed, dtype, batch, n, layout = case
    a = matrices(seed, dtype, (*batch, n, n), layout)
    natural(lambda np, a: np.linalg.eig(a), a)
    natural(lambda np, a: np.linalg.eigvals(a), a)
    for side in "Ll", "U":
        natural(lambda np, a, side=side: np.linalg.eigh(a, side[0]), a)
        natural(lambda np, a, side=side: np.linalg.eigvalsh(a, UPLO=side[-1]), a)
    if np.dtype(dtype).kind in "fc":
        positive = np.swapaxes(a, -1, -2).conj() @ a + np.eye(n, dtype=dtype)
        natural(lambda np, a: np.linalg.cholesky(a), positive)
        natural(lambda np, a: np.linalg.cholesky(a, upper=True), positive)
        symmetric = hermitian(a)
        natural(lambda np, a: np.linalg.eig(a), symmetric)
        natural(lambda np, a: np.linalg.svd(a, hermitian=True), symmetric)
        natural(lambda np, a: np.linalg.svd(a, compute_uv=False, hermitian=True), symmetric)


@given(case=square, m=st.integers(0, 6))
def test_factorisations_of_any_matrices(case, m):
    seed, dtype, batch, n, layout = case
    a = matrices(seed, dtype, (*batch, m, n), layout)
    for mode in ("reduced", "complete", "r", "raw"):
        natural(lambda np, a, mode=mode: np.linalg.qr(a, mode), a)
    for full in (True, False):
        natural(lambda np, a, full=full: np.linalg.svd(a, full_matrices=full), a)
    natural(lambda np, a: np.linalg.svd(a, compute_uv=False), a)
    natural(lambda np, a: np.linalg.svdvals(a), a)


@given(case=square, m=st.integers(0, 6), columns=st.integers(0, 3), cutoff=st.booleans())
def test_least_squares(case, m, columns, cutoff):
    seed, dtype, _, n, layout = case
    a = matrices(seed, dtype, (m, n), layout)
    for shape in ((m, columns), (m,)):
        b = matrices(seed + 1, "float64", shape)
        natural(lambda np, a, b: np.linalg.lstsq(a, b, 0.2 if cutoff else None), a, b)


@given(case=square, m=st.integers(1, 5))
def test_what_is_made_of_singular_values(case, m):
    seed, dtype, batch, n, layout = case
    a = matrices(seed, dtype, (*batch, m, n), layout)
    close = 1e-4 if dtype in ("float32", "complex64") else CLOSE
    natural(lambda np, a: np.linalg.matrix_rank(a), a)
    natural(lambda np, a: np.linalg.matrix_rank(a, tol=2.0), a)
    natural(lambda np, a: np.linalg.matrix_rank(a, rtol=0.4), a)
    natural(lambda np, a: np.linalg.cond(a), a, relative=close)
    natural(lambda np, a: np.linalg.cond(a, -2), a, relative=close)
    if np.dtype(dtype).kind in "fc":
        natural(lambda np, a: np.linalg.pinv(a), a, relative=close)
        natural(lambda np, a: np.linalg.pinv(a, 1e-3), a, relative=close)
        natural(lambda np, a: np.linalg.pinv(a, rtol=None), a, relative=close)


VECTOR_ORDERS = [None, 0, 1, 2, 3, -1, -2.5, np.inf, -np.inf]
MATRIX_ORDERS = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]


@given(
    case=square,
    m=st.integers(1, 4),
    order=st.sampled_from(VECTOR_ORDERS),
    matrix_order=st.sampled_from(MATRIX_ORDERS),
    keep=st.booleans(),
    axis=st.sampled_from([0, -1]),
)
def test_norms(case, m, order, matrix_order, keep, axis):
    seed, dtype, batch, n, layout = case
    a = matrices(seed, dtype, (*batch, m, n), layout)
    close = 1e-5 if dtype in ("float32", "complex64") else CLOSE
    natural(lambda np, a: np.linalg.norm(a, keepdims=keep), a, relative=close)
    natural(
        lambda np, a: np.linalg.norm(a, order, axis=axis, keepdims=keep),
        a,
        relative=close,
        check_warnings=False,
    )
    natural(
        lambda np, a: np.linalg.norm(a, matrix_order, axis=(-1, -2), keepdims=keep),
        a,
        relative=close,
    )
    natural(
        lambda np, a: np.linalg.matrix_norm(a, ord=matrix_order or "fro", keepdims=keep),
        a,
        relative=close,
    )
    for axes in (None, axis, (0, -1)):
        natural(
            lambda np, a, axes=axes: np.linalg.vector_norm(
                a, axis=axes, keepdims=keep, ord=2 if order is None else order
            ),
            a,
            relative=close,
            check_warnings=False,
        )
    natural(lambda np, a: np.linalg.norm(a[..., 0].ravel()) if n else 0, a, relative=close)
    if m == n:
        natural(lambda np, a: np.linalg.cond(a, matrix_order), a, relative=1e-3)


@given(case=square, power=st.integers(-3, 6))
def test_powers(case, power):
    seed, dtype, batch, n, layout = case
    if power < 0 and np.dtype(dtype).kind not in "fc":
        return
    a = matrices(seed, dtype, (*batch, n, n), layout)
    close = 1e-3 if dtype in ("float32", "complex64") else 1e-8
    natural(lambda np, a: np.linalg.matrix_power(a, power), a, relative=close)


@given(seed=seeds, count=st.integers(2, 6), first=st.booleans(), last=st.booleans())
def test_chains(seed, count, first, last):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 7, count + 1)
    arrays = [random.standard_normal((m, n)) for m, n in zip(sizes, sizes[1:], strict=False)]
    if first:
        arrays[0] = arrays[0][0]
    if last:
        arrays[-1] = arrays[-1][:, 0]
    natural(lambda np, *arrays: np.linalg.multi_dot(arrays), *arrays, relative=1e-13)


def test_tensors():
    a = matrices(3, "float64", (2, 3, 6))
    natural(lambda np, a: np.linalg.tensorinv(a.reshape(6, 2, 3), ind=1), a)
    natural(lambda np, a: np.linalg.tensorinv(a.reshape(3, 2, 6)), a)
    natural(lambda np, a: np.linalg.tensorsolve(a.reshape(2, 3, 6), np.ones((2, 3))), a)
    natural(lambda np, a: np.linalg.tensorsolve(a.reshape(2, 6, 3), np.ones((2, 3)), axes=(1,)), a)


@given(
    seed=seeds,
    dtypes=st.tuples(st.sampled_from(TYPES), st.sampled_from(TYPES)),
    axis=st.sampled_from([-1, 0]),
)
def test_products_of_vectors(seed, dtypes, axis):
    a = matrices(seed, dtypes[0], (3, 3))
    b = matrices(seed + 1, dtypes[1], (3, 3))
    close = 1e-5
    for name in ("vecdot", "matvec", "vecmat", "kron", "outer", "inner", "vdot"):
        natural(lambda np, a, b, name=name: getattr(np, name)(a, b), a, b, relative=close)
    natural(lambda np, a, b: np.matvec(a, b[0]), a, b, relative=close)
    natural(lambda np, a, b: np.vecmat(a[0], b), a, b, relative=close)
    natural(lambda np, a, b: np.kron(a, b[0]), a, b, relative=close)
    natural(lambda np, a, b: np.linalg.vecdot(a, b, axis=axis), a, b, relative=close)
    natural(lambda np, a, b: np.linalg.matmul(a, b), a, b, relative=close)
    natural(lambda np, a, b: np.linalg.outer(a[0], b[1]), a, b, relative=close)
    natural(lambda np, a, b: np.linalg.trace(a), a, b)
    natural(lambda np, a, b: np.linalg.diagonal(a, offset=1), a, b)
    natural(lambda np, a, b: np.linalg.matrix_transpose(a), a, b)
    natural(lambda np, a, b: np.linalg.tensordot(a, b, axes=1), a, b, relative=close)
    for axes in (0, 1, (0, 1), ([1, 0], [0, 1]), [(1,), 0], ((), [])):
        natural(lambda np, a, b, axes=axes: np.tensordot(a, b, axes), a, b, relative=close)
    if "bool" not in dtypes:
        natural(lambda np, a, b: np.cross(a, b, axis=axis), a, b, relative=close)
        natural(lambda np, a, b: np.cross(a, b[0], axisa=0, axisc=0), a, b, relative=close)
        natural(lambda np, a, b: np.linalg.cross(a, b), a, b, relative=close)


REFUSED = [
    "np.linalg.inv(np.zeros((2, 2)))",
    "np.linalg.inv(np.ones((2, 3)))",
    "np.linalg.inv(np.ones(3))",
    "np.linalg.inv(np.ones((2, 2), 'float16'))",
    "np.linalg.inv(np.zeros((20, 3, 3)))",
    "np.linalg.solve(np.eye(3), np.ones(2))",
    "np.linalg.solve(np.eye(3), np.ones((2, 2)))",
    "np.linalg.solve(np.eye(3), 1.0)",
    "np.linalg.solve(np.ones((2, 3, 3)), np.ones((4, 3, 3)))",
    "np.linalg.cholesky(-np.eye(2))",
    "np.linalg.eigh(np.eye(2), UPLO='x')",
    "np.linalg.eig(np.array([[np.nan, 1], [1, 1]]))",
    "np.linalg.svd(np.ones(3))",
    "np.linalg.svd(np.full((3, 3), np.nan))",
    "np.linalg.cond(np.ones((0, 3)))",
    "np.linalg.norm(np.ones((2, 3, 4)), 2)",
    "np.linalg.norm(np.ones((2, 3)), axis=(0, 0))",
    "np.linalg.norm(np.ones((2, 3)), axis=5)",
    "np.linalg.norm(np.ones((2, 3)), 3, axis=(0, 1))",
    "np.linalg.norm(np.ones((2, 3)), 'fro', axis=0)",
    "np.linalg.norm(np.ones((0, 3)), -np.inf, axis=0)",
    "np.linalg.lstsq(np.ones((2, 3)), np.ones(3))",
    "np.linalg.lstsq(np.ones(3), np.ones(3))",
    "np.linalg.multi_dot([np.ones(3)])",
    "np.linalg.multi_dot([np.ones((2, 3)), np.ones((2, 3)), np.ones(3)])",
    "np.linalg.matrix_rank(np.eye(2), 1, rtol=1)",
    "np.linalg.pinv(np.eye(2), 1, rtol=1)",
    "np.linalg.tensorinv(np.ones((2, 3)), ind=0)",
    "np.linalg.tensorsolve(np.ones((2, 3)), np.ones(2))",
    "np.linalg.outer(np.ones((2, 2)), np.ones(2))",
    "np.linalg.cross(np.ones(3), np.ones(2))",
    "np.matvec(np.eye(3), np.ones(2))",
    "np.vecmat(1.0, np.ones(2))",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    """The same exception, with NumPy's words where they are its users'."""
    found = []
    for module in (np, mnp):
        with pytest.raises(Exception) as caught, natively():  # noqa: B017, PT011
            eval(text, {"np": module})
        found.append(caught.value)
    assert isinstance(found[1], type(found[0]).__mro__[0]), found
    assert str(found[0]) == str(found[1])


# An order that only NumPy refuses goes there.
@pytest.mark.parametrize(
    "text",
    [
        "np.linalg.qr(np.eye(2), mode='q')",
        "np.linalg.matrix_power(np.eye(2), 1.5)",
        "np.linalg.norm(np.ones(3), 'abc')",
        "np.linalg.eigh(np.eye(2), UPLO=3)",
    ],
)
def test_refused_by_numpy(text):
    for module in (np, mnp):
        with pytest.raises((ValueError, TypeError, AttributeError)):
            eval(text, {"np": module})


def test_singular_matrices():
    singular = np.zeros((3, 2, 2))
    natural(lambda np, a: np.linalg.det(a), singular)
    natural(lambda np, a: np.linalg.slogdet(a), singular)
    natural(lambda np, a: np.linalg.cond(a), singular)
    natural(lambda np, a: np.linalg.cond(a, 1), singular)
    natural(lambda np, a: np.linalg.det(a), np.zeros((30, 2, 2)))
    natural(lambda np, a: np.linalg.cond(a, 1), np.zeros((30, 2, 2)))
    with natively():
        assert mnp.linalg.lstsq(mnp.zeros((3, 2)), mnp.ones(3))[2] == 0


def test_determinants_that_are_too_large():
    natural(lambda np, a: np.linalg.det(a), 1e200 * np.eye(2))
    natural(lambda np, a: np.linalg.det(a), 1e200 * np.ones((20, 1, 1)) * np.eye(2))
    # What lies between is too large, the result is not.
    scales = np.array([1e200, 1e200, 1e-200, 1e-200])
    natural(lambda np, a: np.linalg.det(a), np.ones((20, 1, 1)) * np.diag(scales), relative=1e-12)


def test_named_results():
    a = mnp.array([[2.0, 1.0], [1.0, 3.0]])
    with natively():
        assert abs(mnp.linalg.svd(a).S[0] - mnp.linalg.eigvalsh(a)[1]) < 1e-14
        assert mnp.linalg.eigh(a)._fields == ("eigenvalues", "eigenvectors")
        assert type(mnp.linalg.qr(a)).__name__ == "QRResult"
        assert mnp.linalg.slogdet(a).sign == 1


def test_read_only_and_output():
    a = np.eye(3) * 2
    a.flags.writeable = False
    natural(lambda np, a: np.linalg.inv(a), a)
    assert not mnp.linalg.diagonal(mnp.eye(3)).flags.writeable
    with natively():
        out = mnp.empty((3, 3))
        assert mnp.linalg.multi_dot([mnp.eye(3)] * 3, out=out) is out
    assert out[1, 1] == 1


@needs_martlet
def test_many_small_systems_at_any_place():
    """A matrix has the same solution wherever it stands among the others."""
    random = np.random.default_rng(5)
    for n in (1, 3, 4, 16):
        a = random.standard_normal((103, n, n))
        b = random.standard_normal((103, n, 2))
        many = np.asarray(mnp.linalg.solve(mnp.array(a), mnp.array(b)))
        part = np.asarray(mnp.linalg.solve(mnp.array(a[5:40]), mnp.array(b[5:40])))
        assert (many[5:40] == part).all()
        np.testing.assert_allclose(many, np.linalg.solve(a, b), rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(
            np.asarray(mnp.linalg.det(mnp.array(a))), np.linalg.det(a), rtol=1e-9
        )


@needs_martlet
def test_one_singular_matrix_among_many():
    a = np.tile(np.eye(3), (50, 1, 1))
    a[33, 1] = 0
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        mnp.linalg.inv(mnp.array(a))
    determinants = np.asarray(mnp.linalg.det(mnp.array(a)))
    assert determinants[33] == 0 and determinants.sum() == 49


@pytest.mark.skipif(IS_NUMPY, reason="NumPy's own is the other side")
def test_float32_is_computed_in_double_precision():
    a = matrices(9, "float32", (60, 60))
    assert (np.asarray(mnp.linalg.inv(mnp.array(a))) == np.linalg.inv(a)).all()


LARGER = """
import numpy, martlet.numpy as np
random = numpy.random.default_rng(2)
for n in (70, 150):
    a = random.standard_normal((n, n))
    for name in ("inv", "det", "qr", "eig", "svd", "slogdet"):
        expected, found = getattr(numpy.linalg, name)(a), getattr(np.linalg, name)(np.array(a))
        pairs = zip(expected, found) if isinstance(found, tuple) else [(expected, found)]
        for one, other in pairs:
            assert numpy.asarray(one).tobytes() == numpy.asarray(other).tobytes(), (n, name)
"""


@needs_martlet
def test_larger_matrices_have_numpys_bits_on_one_thread():
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "MARTLET_THREADS": "1"}
    subprocess.run([sys.executable, "-c", LARGER], env=environment, check=True)
