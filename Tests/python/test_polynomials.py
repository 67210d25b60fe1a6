"""Polynomials as rows of coefficients, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import samples
from subject import mnp, natively

DTYPES = st.sampled_from(["int64", "int8", "float32", "float64", "complex128", "bool"])


def rows(least=1):
    shape = st.integers(least, 5).map(lambda n: (n,))
    return DTYPES.flatmap(lambda d: samples(d, shape, special=False, low=-3, high=3))


@given(p=rows(), x=DTYPES.flatmap(lambda d: samples(d, special=False, low=-3, high=3)))
def test_values(p, x):
    check(lambda np, p, x: np.polyval(p, x), p, x, relative=1e-5, check_warnings=False)


@given(a=rows(), b=rows(), m=st.integers(-1, 4))
def test_arithmetic(a, b, m):
    for name in ("polyadd", "polysub", "polymul"):
        check(lambda np, a, b, n=name: getattr(np, n)(a, b), a, b, relative=1e-6)
    check(lambda np, a: np.polyder(a, m), a)
    check(lambda np, a: np.polyint(a, m), a)
    check(lambda np, a: np.polyint(a, m, k=2), a)
    check(lambda np, a, b: np.polyint(a, m, k=b), a, b, check_warnings=False)


@given(a=rows(), b=rows())
def test_division(a, b):
    check(lambda np, a, b: np.polydiv(a, b), a, b, relative=1e-3, check_warnings=False)


@given(a=rows())
def test_roots(a):
    check(lambda np, a: np.poly(a), a, relative=1e-5)
    # In the order that LAPACK finds them in.
    check(lambda np, a: np.roots(a), a, relative=1e-3, check_warnings=False)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.polyval([1, 2, 3], 4),
        lambda m: m.polyval([1, 2, 3], [1.5, 2]),
        lambda m: m.polyval(m.array([1.0, 2]), m.arange(60_000.0)),
        lambda m: m.polyval([], m.arange(3)),
        lambda m: m.polyval(m.ones((2, 2)), m.arange(2)),
        lambda m: m.polyval(m.poly1d([1, 2]), m.arange(3)),
        lambda m: m.poly([[1.0, 2], [3, 4]]),
        lambda m: m.poly(m.ones((2, 3))),
        lambda m: m.poly([]),
        lambda m: m.roots([0, 0, 1, -3, 2, 0, 0]),
        lambda m: m.roots([0, 0]),
        lambda m: m.roots([[1, 2], [3, 4]]),
        lambda m: m.polydiv([1.0, 2, 3], [0, 1.0]),
        lambda m: m.polydiv([1.0, 2], [1.0, 2, 3]),
        lambda m: m.polymul([0, 0, 1, 2], [0, 3]),
        lambda m: m.polyder([1, 2, 3], -1),
        lambda m: m.polyint([1, 2, 3], 3, k=[1, 2]),
        lambda m: m.polyfit([1.0, 2], [1.0, 2], -1),
        lambda m: m.polyfit([1.0, 2], [1.0, 2, 3], 1),
        lambda m: m.polyfit([[1.0, 2]], [1.0, 2], 1),
        lambda m: m.polyfit([], [], 1),
        lambda m: m.polyfit([1.0, 1], [1.0, 2], 3),
        lambda m: m.polyfit([1.0, 2], [1.0, 2], 1, cov=True),
    ],
)
def test_calls(call):
    check(call, relative=1e-12)


@pytest.mark.parametrize("options", [{}, {"full": True}, {"cov": True}, {"cov": "unscaled"}])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("columns", [None, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_fits(options, dtype, columns, weighted):
    x = np.arange(9).astype(dtype)
    y = (np.sin(np.arange(9 * (columns or 1))) * 9).astype(dtype)
    if columns:
        y = y.reshape(9, columns)
    w = np.linspace(1, 2, 9) if weighted else None
    expected = np.polyfit(x, y, 3, w=w, **options)
    with natively():
        ours = mnp.polyfit(
            mnp.array(x), mnp.array(y), 3, w=None if w is None else mnp.array(w), **options
        )
    if not isinstance(expected, tuple):
        expected, ours = (expected,), (ours,)
    assert len(expected) == len(ours)
    for one, other in zip(expected, ours, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-10)


def test_they_are_native():
    with natively():
        p = mnp.array([1.0, -3, 2])
        mnp.polyval(p, mnp.arange(5))
        mnp.roots(p)
        mnp.poly(p)
        mnp.polyint(mnp.polyder(p))
        mnp.polydiv(mnp.polymul(p, p), p)
        mnp.polyadd(p, mnp.polysub(p, p))
