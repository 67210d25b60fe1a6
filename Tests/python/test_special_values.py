"""Infinities, NaNs, zeros of either sign: in sorting, where they are equal or unordered."""

import itertools

import numpy as np
import pytest
from subject import mnp

FLOATS = ["f2", "f4", "f8"]
NUMBERS = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, -np.nan]


def bits(result):
    """The elements' bits, so that zeros and NaNs tell each other apart."""
    plain = np.ascontiguousarray(np.asarray(result))
    return plain.dtype, plain.shape, plain.tobytes()


def check(call):
    assert bits(call(mnp)) == bits(call(np))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("repeats", [1, 3, 500])
def test_stable_sorting_keeps_equal_numbers_in_order(dtype, repeats):
    drawn = np.random.default_rng(1).choice(NUMBERS, 8 * repeats).astype(dtype)
    table = drawn.reshape(8, repeats)

    def in_place(m, axis, source):
        array = m.array(source)
        array.sort(axis=axis, kind="stable")
        return array

    for kind in ({"kind": "stable"}, {"kind": "mergesort"}, {"stable": True}):
        check(lambda m, kind=kind: m.sort(m.array(drawn), **kind))
        check(lambda m, kind=kind: m.argsort(m.array(drawn), **kind))
        for axis in (0, 1, -1, None):
            check(lambda m, kind=kind, axis=axis: m.sort(m.array(table), axis=axis, **kind))
            check(lambda m, kind=kind, axis=axis: m.sort(m.array(table).T, axis=axis, **kind))
            check(lambda m, kind=kind, axis=axis: m.argsort(m.array(table), axis=axis, **kind))
    check(lambda m: m.sort(m.array(drawn)[::-2], kind="stable"))
    check(lambda m: m.lexsort((m.array(drawn),)))
    check(lambda m: m.lexsort((m.array(drawn), m.array(drawn)[::-1])))
    for axis in (0, 1):
        check(lambda m, axis=axis: in_place(m, axis, table))
    check(lambda m: in_place(m, -1, drawn))


@pytest.mark.parametrize("dtype", ["c8", "c16"])
def test_complex_zeros_of_either_sign_are_equal(dtype):
    parts = [0.0, -0.0, 1.0, np.inf]
    numbers = [complex(a, b) for a, b in itertools.product(parts, parts)]
    drawn = np.random.default_rng(2).choice(numbers, 100).astype(dtype)
    check(lambda m: m.sort(m.array(drawn), kind="stable"))
    check(lambda m: m.argsort(m.array(drawn), kind="stable"))
    pairs = np.array([complex(0.0, 2), complex(-0.0, 1), complex(0.0, 1)]).astype(dtype)
    assert np.asarray(mnp.sort(mnp.array(pairs))).imag.tolist() == [1, 1, 2]


@pytest.mark.parametrize("dtype", FLOATS)
def test_nans_of_either_sign_come_last(dtype):
    numbers = np.array([-np.nan, np.nan, -np.inf, np.inf, -1, 1] * 50, dtype)
    ordered = np.asarray(mnp.sort(mnp.array(numbers)))
    np.testing.assert_array_equal(ordered, np.sort(numbers))
    zeros = mnp.array([0.0, -0.0], dtype=dtype)
    assert mnp.unique(zeros).shape == np.unique(np.asarray(zeros)).shape
