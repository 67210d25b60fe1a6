"""Arrays, masks, slices and `...` as indices in kernels: what is read and written is NumPy's."""

import numpy as np
import pytest
from martlet import njit
from subject import needs_martlet

pytestmark = needs_martlet

A = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
I = np.array([0, 2])  # noqa: E741
J = np.array([1, 0])
M3 = np.array([True, False, True])
M4 = np.array([False, True, True, False])
M34 = np.random.default_rng(0).random((3, 4)) > 0.5
SOME = slice(1, 3)
FIXED = (0, ..., slice(1, 2))


@njit
def behind_a_number(a, m):
    return a[0, m]


@njit
def behind_a_slice(a, m):
    return a[:, m]


@njit
def behind_all(a, m):
    return a[..., m, 0]


@njit
def beside_positions(a, m, i):
    return a[:, m, i]


@njit
def between_new_axes(a, m):
    return a[None, :, m, None]


@njit
def before_a_slice(a, m):
    return a[:, m, 1:3]


@njit
def apart(a, i, j):
    return a[i[:1], :, j], a[:, i, :, j], a[0, :, i]


@njit
def written(a, m):
    b = a.copy()
    b[:, m] = 7.0
    return b


@njit
def written_apart(a, i, j):
    b = a.copy()
    b[:, i, :, j] = -1.0
    b[:, i, :, j] += 3
    return b


@njit
def written_rows(a, m, x):
    b = a.copy()
    b[0, m, 1] = x
    return b


@njit
def given(a, index):
    return a[index]


@njit
def written_at(a, index):
    b = a.copy()
    b[index] = 5.0
    return b


@njit
def from_outside(a):
    return a[:, SOME], a[FIXED], a[0, ...][SOME]


CASES = [
    (behind_a_number, (A, M3)),
    *((behind_a_slice, (A, m)) for m in (M3, M34, M4)),
    *((behind_all, (A, m)) for m in (M4, M34)),
    *((beside_positions, (A, m, i)) for m, i in ((M3, I), (M3, J[:1]), (M34, I[:1]))),
    (between_new_axes, (A, M3)),
    (before_a_slice, (A, M3)),
    (apart, (A, I, J)),
    (written, (A, M3)),
    (written, (A, M34)),
    (written_apart, (A, I, J)),
    (written_rows, (A, M3, np.arange(10.0).reshape(2, 5))),
    *(
        (function, (A, index))
        for function in (given, written_at)
        for index in (..., (0, ...), (..., 1), (slice(0, 1), ..., 2), (None, ..., slice(0, 5, 2)))
    ),
    (from_outside, (A,)),
]


@pytest.mark.parametrize(("function", "arguments"), CASES)
def test_indices_are_numpys(function, arguments):
    try:
        theirs = function.py_func(*arguments)
    except IndexError:
        with pytest.raises(IndexError):
            function(*arguments)
        return
    ours = function(*arguments)
    if not isinstance(theirs, tuple):
        ours, theirs = (ours,), (theirs,)
    for one, other in zip(ours, theirs, strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_array_equal(one, other)
