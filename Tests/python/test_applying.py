"""Functions that call one of the program's for parts of an array, against NumPy."""

import numpy as np
import pytest
from compare import check
from subject import IS_NUMPY, mnp, natively


def calls():
    """Statements over `m`, a module."""
    yield lambda m: m.apply_along_axis(m.sum, 0, m.arange(12).reshape(3, 4))
    yield lambda m: m.apply_along_axis(m.sum, -1, m.arange(12.0).reshape(3, 2, 2))
    yield lambda m: m.apply_along_axis(lambda r: r[::-1], 1, m.arange(24).reshape(2, 3, 4))
    yield lambda m: m.apply_along_axis(m.outer, 1, m.arange(12).reshape(3, 4), m.arange(2))
    yield lambda m: m.apply_along_axis(lambda r: 1.5, 0, m.arange(3))
    yield lambda m: m.apply_along_axis(lambda r: [r[0], 2.5], 0, m.arange(6).reshape(3, 2))
    yield lambda m: m.apply_along_axis(len, 0, [[1, 2], [3, 4]])
    yield lambda m: m.apply_along_axis(m.var, 0, m.arange(6.0).reshape(3, 2), ddof=1)
    yield lambda m: m.apply_along_axis(m.diag, -1, m.arange(6).reshape(2, 3))
    yield lambda m: m.apply_along_axis(lambda r: m.arange(3)[: int(r[0])], 1, m.ones((2, 2)))
    yield lambda m: m.apply_along_axis(lambda r: r[: int(r[0])], 1, m.arange(6).reshape(2, 3))
    yield lambda m: m.apply_along_axis(lambda r: "text", 1, m.ones((2, 2)))
    yield lambda m: m.apply_along_axis(lambda r: 1 / 0, 1, m.ones((2, 2)))
    yield lambda m: m.apply_along_axis(m.sum, 2, m.ones((2, 2)))
    yield lambda m: m.apply_along_axis(m.sum, 0, m.ones((2, 0)))
    yield lambda m: m.apply_along_axis(m.sum, 1, m.ones((2, 0)))
    yield lambda m: m.apply_along_axis(m.sum, 0, m.ones(()))
    yield lambda m: m.apply_along_axis(5, 0, m.ones(2))
    yield lambda m: m.apply_over_axes(m.sum, m.arange(24).reshape(2, 3, 4), [0, 2])
    yield lambda m: m.apply_over_axes(m.sum, m.arange(24).reshape(2, 3, 4), -1)
    yield lambda m: m.apply_over_axes(m.cumsum, m.arange(6).reshape(2, 3), (1, 0))
    yield lambda m: m.apply_over_axes(m.sum, m.arange(6).reshape(2, 3), ())
    yield lambda m: m.apply_over_axes(lambda a, axis: a[0, 0], m.ones((2, 2)), [0])
    yield lambda m: m.apply_over_axes(lambda a, axis: 3.0, m.ones((2, 2)), [0])
    yield lambda m: m.apply_over_axes(m.sum, m.ones((2, 2)), [2])
    x = [-2.0, -1, 0, 1, 2]
    yield lambda m: m.piecewise(m.array(x), [m.array(x) < 0, m.array(x) > 0], [-1, lambda v: v * 3])
    yield lambda m: m.piecewise(m.array(x), [m.array(x) < 0], [abs, lambda v: -v])
    yield lambda m: m.piecewise(m.array(x), m.array(x) < 0, [5, 7])
    yield lambda m: m.piecewise(m.array(x), [m.array(x) < 0], [lambda v, k: v * k, 9], 4)
    yield lambda m: m.piecewise(m.array(x), [m.array(x) < 0], [lambda v, k: v * k, 9], k=4)
    yield lambda m: m.piecewise(m.arange(4), [m.arange(4) < 2], [lambda v: v / 2, 2.9])
    yield lambda m: m.piecewise(m.arange(4), [m.arange(4) < 2], [float("nan"), 1])
    yield lambda m: m.piecewise(m.arange(4, dtype="int8"), [m.arange(4) < 2], [300, 1])
    yield lambda m: m.piecewise(m.arange(4), [m.arange(4) < 2], [1, 2, 3])
    yield lambda m: m.piecewise(m.arange(4), [m.arange(4) < 2], [lambda v: [1, 2, 3], 0])
    yield lambda m: m.piecewise(m.arange(4), [m.arange(4) < 2], [lambda v: 1j, 0])
    yield lambda m: m.piecewise(m.arange(4), [m.zeros(4, bool)], [lambda v: 1 / 0, 0])
    yield lambda m: m.piecewise(m.arange(4), [[True, False, 1, 0]], [5, 6])
    yield lambda m: m.piecewise(m.arange(4), [True, False, True, False], [5, 6])
    yield lambda m: m.piecewise(3, [True], [5])
    yield lambda m: m.piecewise(
        m.arange(6).reshape(3, 2).T, [m.arange(6).reshape(3, 2).T > 2], [lambda v: v + 1]
    )


@pytest.mark.parametrize("call", list(calls()))
def test_calls(call):
    check(call)


def test_functions_see_the_modules_arrays_and_the_memory():
    seen = []

    def double(row, by):
        seen.append(type(row))
        row *= by
        return row.sum()

    a = mnp.arange(6.0).reshape(2, 3)
    with natively():
        assert mnp.apply_along_axis(double, 1, a, 2).tolist() == [6, 24]
        assert a.tolist() == [[0, 2, 4], [6, 8, 10]]
        mnp.apply_over_axes(lambda b, axis: seen.append(type(b)) or b.sum(axis), a, [0])
        mnp.piecewise(a, [a > 3], [lambda v: seen.append(type(v)) or v, 0])
    assert set(seen) == {mnp.ndarray}
    if IS_NUMPY:
        assert np.ndarray is mnp.ndarray


def test_a_function_that_resizes_its_array():
    a = mnp.arange(6.0)

    def shrink(row):
        a.resize((2,), refcheck=False)
        return row.sum()

    assert mnp.apply_along_axis(shrink, 0, a).shape == ()
