"""Partitions, and the order that several keys give, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, Sample, samples, shapes
from subject import mnp, natively, needs_martlet


@pytest.mark.parametrize("name", ["partition", "argpartition"])
@given(data=st.data())
def test_partition(name, data):
    a = data.draw(samples(shape=shapes(1, 3), special=data.draw(st.booleans())))
    axis = data.draw(st.integers(-len(a.shape), len(a.shape) - 1))
    size = a.shape[axis]
    kth = data.draw(st.lists(st.integers(-size - 1, size), min_size=1, max_size=3))

    def call(np, a):
        found = getattr(np, name)(a, kth, axis=axis)
        if name == "argpartition":
            found = np.take_along_axis(a, found, axis)
        # The order among the others is nobody's promise: see below.
        return np.take(found, kth, axis=axis) + 0

    check(call, a, check_warnings=False)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "uint64", "complex128"])
@pytest.mark.parametrize("kind", ["random", "equal", "ascending", "descending", "organ pipe"])
def test_parts_are_on_their_sides(dtype, kind):
    generator = np.random.default_rng(1)
    for count in [1, 2, 17, 300, 5000, 40_000]:
        ramp = np.arange(count)
        numbers = {
            "random": generator.normal(size=count) * 100,
            "equal": np.full(count, 7),
            "ascending": ramp,
            "descending": ramp[::-1],
            "organ pipe": np.minimum(ramp, ramp[::-1]),
        }[kind].astype(dtype)
        kth = sorted({0, count // 3, count // 2, count - 1})
        with natively():
            found = np.asarray(mnp.partition(mnp.array(numbers), kth))
            places = np.asarray(mnp.argpartition(mnp.array(numbers), kth))
        expected = np.sort(numbers)
        np.testing.assert_array_equal(np.sort(found), expected)
        np.testing.assert_array_equal(np.sort(places), np.arange(count))
        for result in [found, numbers[places]]:
            for first, last in zip([0, *kth], [*kth, count], strict=True):
                np.testing.assert_array_equal(np.sort(result[first:last]), expected[first:last])


@pytest.mark.parametrize("length", [*range(1, 15), 16])
def test_the_network_sorts_every_pattern(length):
    """What sorts all rows of zeros and ones sorts everything (Knuth, TAOCP 3, 5.3.4)."""
    patterns = (np.arange(2**length) >> np.arange(length)[:, None] & 1).astype(np.uint8)
    with natively():
        check(lambda np, a: np.sort(a, axis=0), patterns)


@pytest.mark.parametrize("dtype", [d for d in DTYPES if not d.startswith("complex")])
@pytest.mark.parametrize("length", [2, 9, 17, 24, 31, 32, 33])
def test_many_short_rows(dtype, length):
    generator = np.random.default_rng(length)
    numbers = generator.integers(-9, 9, (5, length, 35)) * 1.5
    if dtype.startswith("float"):
        numbers[generator.random(numbers.shape) < 0.1] = np.nan
        numbers[generator.random(numbers.shape) < 0.1] = -np.inf
    with np.errstate(all="ignore"):
        numbers = numbers.astype(dtype)
    views = [
        (lambda a: a, 1),
        (lambda a: a[:, ::-1, ::2], 1),
        (lambda a: a.transpose(2, 0, 1)[3:], 2),
        (lambda a: a[:, :, 4:20], -2),
        (lambda a: np.asfortranarray(a), 1),
    ]
    for view, axis in views:
        for name in ["sort", "partition"]:

            def call(np, a, view=view, axis=axis, name=name):
                extra = [] if name == "sort" else [length // 2]
                found = getattr(np, name)(view(a), *extra, axis=axis)
                return found if name == "sort" else np.take(found, length // 2, axis=axis)

            check(call, numbers)


@given(data=st.data())
def test_lexsort(data):
    shape = data.draw(shapes(1, 3))
    count = data.draw(st.integers(1, 3))
    keys = [data.draw(samples(shape=shape, special=False, low=-1, high=1)) for _ in range(count)]
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    check(lambda np, *keys: np.lexsort(keys, axis=axis), *keys)


@needs_martlet
def test_native():
    for dtype in DTYPES:
        a = Sample(dtype, (30, 7), special=False).make(mnp)
        with natively():
            mnp.partition(a, 3)
            mnp.argpartition(a, [2, -1], axis=0)
            a.copy().partition(3)
            mnp.lexsort((a, a))


def test_errors():
    a = np.arange(5.0)
    check(lambda np, a: np.partition(a, 5), a)
    check(lambda np, a: np.argpartition(a, -6), a)
    check(lambda np, a: np.lexsort((a, a[:2])), a)
    check(lambda np, a: np.lexsort(()), a)
