"""`numpy.polynomial` in kernels: each function gives what NumPy gives, or raises what it raises."""

import numpy as np
import pytest
from martlet import njit
from numpy.polynomial import polynomial as poly
from numpy.polynomial import polyutils
from subject import needs_martlet

pytestmark = needs_martlet

SERIES = [
    np.array([1, 2, 3]),
    np.array([1.0, 0, 2, 0, 0]),
    np.array([2.5]),
    np.array([0.0]),
    np.array([1j, 2]),
    np.arange(6, dtype=np.float32),
    np.array([]),
]


@njit
def added(a, b):
    return poly.polyadd(a, b)


@njit
def subtracted(a, b):
    return poly.polysub(a, b)


@njit
def multiplied(a, b):
    return poly.polymul(a, b)


@njit
def divided(a, b):
    return poly.polydiv(a, b)


@njit
def integrated(a):
    return poly.polyint(a), poly.polyint(a, 3)


@njit
def trimmed(a):
    return polyutils.trimseq(a)


@njit
def value(x, a):
    return poly.polyval(x, a)


def agrees(function, *arguments):
    try:
        theirs = function.py_func(*arguments)
    except (ValueError, ZeroDivisionError, IndexError) as error:
        with pytest.raises(type(error)):
            function(*arguments)
        return
    ours = function(*arguments)
    if not isinstance(theirs, tuple):
        ours, theirs = (ours,), (theirs,)
    for one, other in zip(ours, theirs, strict=True):
        assert np.shape(one) == np.shape(other)
        assert np.ndim(one) == 0 or one.dtype == other.dtype
        bound = 1e-6 if np.asarray(other).dtype.itemsize == 4 else 1e-12
        np.testing.assert_allclose(one, other, rtol=bound, atol=bound)


@pytest.mark.parametrize("function", [added, subtracted, multiplied, divided])
def test_arithmetic(function):
    for a in SERIES:
        for b in SERIES:
            if b.dtype == np.float64 or b is a:
                agrees(function, a, b)


def test_integrals_and_zeros_at_the_end():
    for a in SERIES:
        agrees(integrated, a)
    for a in SERIES[:-1]:
        agrees(trimmed, a)


def test_values():
    for a in SERIES[:-1]:
        for x in (2.0, 3, np.array([1.0, 2, -3])):
            agrees(value, x, a)
