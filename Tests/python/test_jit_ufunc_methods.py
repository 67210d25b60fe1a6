"""Methods of ufuncs in kernels, NumPy's and users': each gives and writes what it does outside."""

import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelError, njit, vectorize
from subject import needs_martlet

pytestmark = needs_martlet

MATRIX = np.random.default_rng(3).normal(size=(3, 4))
VECTOR = np.random.default_rng(4).normal(size=8)
INTEGERS = np.arange(8)


@vectorize(["float64(float64, float64)"])
def twice_added(a, b):
    return a + b * 2


@vectorize
def multiplied(a, b):
    return a * b


def reduced(a):
    return np.subtract.reduce(a), np.hypot.reduce(a, 0), np.subtract.reduce(a, -1, keepdims=True)


def accumulated(a):
    return np.subtract.accumulate(a), mnp.subtract.accumulate(a, -1)


def reduced_at(a):
    places = np.array([0, 2, 1])
    return np.add.reduceat(a, places), np.maximum.reduceat(a, places, -1)


def outside(a, b):
    return np.add.outer(a, b), np.less.outer(a, b), np.multiply.outer(2.0, b)


def of_users(a):
    return (
        twice_added.reduce(a), twice_added.accumulate(a), twice_added.outer(a, a[:3]),
        twice_added.reduceat(a, np.array([0, 3])), multiplied.reduce(a),
    )  # fmt: skip


def added_at(a, places, b):
    np.add.at(a, places, b)


def negated_at(a, places):
    np.negative.at(a, places)


def same(ours, theirs):
    if isinstance(theirs, tuple):
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
        return
    assert np.shape(ours) == np.shape(theirs)
    assert np.asarray(ours).dtype == np.asarray(theirs).dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-14)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (reduced, (MATRIX,)),
        (reduced, (VECTOR,)),
        (accumulated, (MATRIX,)),
        (accumulated, (INTEGERS,)),
        (reduced_at, (MATRIX,)),
        (reduced_at, (VECTOR,)),
        (outside, (VECTOR, MATRIX)),
        (outside, (INTEGERS, INTEGERS)),
        (of_users, (VECTOR,)),
    ],
)
def test_results_are_numpys(function, arguments):
    same(njit(function)(*arguments), function(*arguments))


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (added_at, (np.array([0, 0, 2]), 1.5)),
        (added_at, (np.array([0, 0, -1]), np.array([1.0, 2.0, 3.0]))),
        (added_at, (3, 9.0)),
        (negated_at, (np.array([0, 0, 2, 3]),)),
    ],
)
def test_at_changes_what_numpy_changes(function, arguments):
    ours, theirs = VECTOR.copy(), VECTOR.copy()
    njit(function)(ours, *arguments)
    function(theirs, *arguments)
    np.testing.assert_array_equal(ours, theirs)


def test_wrong_places_are_told():
    with pytest.raises(IndexError):
        njit(added_at)(VECTOR.copy(), np.array([8]), 1.0)
    with pytest.raises(IndexError):
        njit(reduced_at)(VECTOR[:2])
    with pytest.raises(ValueError, match="no identity"):
        njit(lambda a: np.subtract.reduce(a))(VECTOR[:0])


def test_what_is_missing_is_named():
    def typed(a):
        return np.subtract.reduce(a, dtype=np.float32)

    with pytest.raises(KernelError, match="'dtype' and 'out' of this 'reduce'"):
        njit(typed)(VECTOR)
