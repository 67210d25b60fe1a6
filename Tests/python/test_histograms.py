"""Elements counted in bins, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import Sample, samples, shapes
from subject import mnp, natively, needs_martlet

REAL = st.sampled_from(["float32", "float64", "int16", "int64", "uint8"])
ESTIMATORS = ["auto", "doane", "fd", "rice", "scott", "sqrt", "stone", "sturges"]


def bins():
    edges = st.lists(st.sampled_from([-20.0, -5.0, -1.0, 0.0, 0.5, 3.0, 9.0]), max_size=5)
    ascending = edges.map(sorted)
    return st.one_of(st.integers(-1, 12), ascending, edges, st.just(range(-3, 4)))


@pytest.mark.parametrize("name", ["histogram", "histogram_bin_edges"])
@given(data=st.data())
def test_histogram(name, data):
    a = data.draw(samples(REAL, data.draw(shapes(0, 3)), special=data.draw(st.integers(0, 4)) == 0))
    options = {"bins": data.draw(bins())}
    options["range"] = data.draw(st.sampled_from([None, None, (-3.0, 4.5), (0, 5), (2, 2), (4, 1)]))
    if name == "histogram":
        options["density"] = data.draw(st.sampled_from([None, False, True]))
    weighted = name == "histogram" and data.draw(st.integers(0, 2)) == 0

    def call(np, a):
        weights = {"weights": (a * 2).astype(float)} if weighted else {}
        return getattr(np, name)(a, **options, **weights)

    check(call, a, ulps=4, check_warnings=False)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("dtype", ["float64", "int64", "float32"])
@pytest.mark.parametrize("count", [1, 3, 50, 1000])
def test_estimators(name, dtype, count):
    numbers = (np.random.default_rng(count).normal(size=count) * 20).astype(dtype)
    check(lambda np, a: np.histogram(np.array(a), bins=name), numbers, ulps=4, check_warnings=False)
    check(
        lambda np, a: np.histogram_bin_edges(np.array(a), bins=name, range=(-5, 10)),
        numbers,
        ulps=4,
        check_warnings=False,
    )


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_many(dtype):
    numbers = (np.random.default_rng(1).normal(size=100_000) * 1000).astype(dtype)
    a = mnp.array(numbers)
    with natively():
        for count in [1, 10, 1000]:
            found, expected = mnp.histogram(a, count), np.histogram(numbers, count)
            np.testing.assert_array_equal(np.asarray(found[0]), expected[0])
            np.testing.assert_array_equal(np.asarray(found[1]), expected[1])
        edges = [-1000, -10, 0, 7, 7, 500]
        np.testing.assert_array_equal(
            np.asarray(mnp.histogram(a, edges)[0]), np.histogram(numbers, edges)[0]
        )


@given(data=st.data())
def test_bincount(data):
    dtype = st.sampled_from(["int64", "int8", "uint16", "uint64", "float64", "bool"])
    a = data.draw(samples(dtype, data.draw(shapes(0, 2)), special=False, low=-1, high=9))
    least = data.draw(st.sampled_from([0, 0, 3, 20, -1]))
    weighted = data.draw(st.booleans())
    check(lambda np, a: np.bincount(a, minlength=least), a)
    check(lambda np, a: np.bincount(a, a * 0.5 if weighted else None, least), a)


@given(data=st.data())
def test_digitize(data):
    a = data.draw(samples(data.draw(REAL)))
    edges = data.draw(st.sampled_from([[], [1.0], [-3.0, 0.0, 0.0, 4.0], [4, 1, -2], [1, 4, 2]]))
    right = data.draw(st.booleans())
    check(lambda np, a: np.digitize(a, np.array(edges), right=right), a)


@given(data=st.data())
def test_grids(data):
    count = data.draw(st.integers(0, 30))
    points = data.draw(samples("float64", (count, data.draw(st.integers(1, 3))), special=False))
    size = points.shape[1]
    options = {"bins": data.draw(st.sampled_from([4, [3] * size, [[-5.0, 0.0, 2.0, 7.0]] * size]))}
    options["density"] = data.draw(st.booleans())
    options["range"] = data.draw(st.sampled_from([None, [(-4, 4)] * size]))
    check(lambda np, a: np.histogramdd(a, **options), points, ulps=4, check_warnings=False)
    if size == 2:
        check(
            lambda np, a: np.histogram2d(a[:, 0], a[:, 1], **options),
            points,
            ulps=4,
            check_warnings=False,
        )


@needs_martlet
def test_native():
    a = Sample("float64", (300,), special=False).make(mnp)
    with natively():
        mnp.histogram(a, density=True, weights=a, range=(0, 1))
        mnp.histogram(a, "auto")
        mnp.histogram_bin_edges(a, [0, 1, 2])
        mnp.bincount(mnp.arange(9), mnp.arange(9) / 2, 30)
        mnp.digitize(a, [0, 1, 2])
        mnp.histogram2d(a, a, [3, 4], weights=a)
        mnp.histogramdd(a.reshape(100, 3), 3)


def test_errors():
    a = np.array([1.0, 2.0])
    check(lambda np, a: np.histogram(a, bins=0), a)
    check(lambda np, a: np.histogram(a, bins=[[1, 2]]), a)
    check(lambda np, a: np.histogram(a, bins=1.5), a)
    check(lambda np, a: np.histogram(a, bins="other"), a)
    check(lambda np, a: np.histogram(a * np.nan), a)
    check(lambda np, a: np.histogram(a, range=(0, np.inf)), a)
    check(lambda np, a: np.histogram(a, weights=a[:1]), a)
    check(lambda np, a: np.histogram(a * 1e308, 3), a, check_warnings=False)
    check(lambda np, a: np.histogram(np.array([-1.7e308, 1.7e308]), 3), a, check_warnings=False)
    check(lambda np, a: np.digitize(a * 1j, a), a)
    check(lambda np, a: np.bincount(np.array([-1, 2])), a)
    check(lambda np, a: np.bincount(np.array([1, 2]), [1.0]), a)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("scale, shift", [(1, 0), (1e-9, 1), (1e5, -1e6), (1e300, 0), (1, 1e6)])
def test_numbers_beside_edges(dtype, scale, shift):
    """The edges themselves, what lies next to them, and NaN among the elements of a group."""
    if dtype == "float32" and scale > 1e30:
        scale = 1e30
    rng = np.random.default_rng(3)
    for bins in (1, 7, 64, 1000):
        numbers = (rng.random(3000) * scale + shift).astype(dtype)
        low, high = float(numbers.min()), float(numbers.max())
        with np.errstate(all="ignore"):
            edges = np.linspace(low, high, bins + 1).astype(dtype)
        beside = [np.nextafter(edges, edges.dtype.type(side)) for side in (np.inf, -np.inf)]
        numbers = np.concatenate([numbers, edges, *beside, edges[::-1], numbers[:41]])
        for drawn in (numbers, numbers.clip(low, high)):
            check(_counted, drawn, bins, (low, high))
    holed = np.array([0.5, np.nan] * 50 + [0.1] * 64, dtype)
    check(lambda np: np.histogram(np.array(holed), 5, (0, 1))[0])


def _counted(np, numbers, bins, ends):
    return np.histogram(np.array(numbers), bins, ends)[0]
