"""Distinct elements and arrays as sets, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, Sample, samples, shapes
from subject import mnp, natively, needs_martlet

FLAGS = ["return_index", "return_inverse", "return_counts"]


@given(data=st.data())
def test_unique(data):
    options = {flag: data.draw(st.booleans()) for flag in FLAGS}
    options["equal_nan"] = data.draw(st.booleans())
    # Which of several NaNs comes first depends on NumPy's sorting.
    special = options["equal_nan"] and data.draw(st.booleans())
    a = data.draw(samples(special=special, low=-4, high=4))
    if data.draw(st.booleans()):
        options["sorted"] = True
    check(lambda np, a: np.unique(a, **options), a, check_warnings=False)


@given(data=st.data())
def test_unique_parts(data):
    dtype = st.sampled_from([name for name in DTYPES if "complex" not in name])
    shape = data.draw(st.sampled_from([(5,), (4, 2), (6, 1), (3, 2, 2), (0, 3), (3, 0), (1, 4)]))
    a = data.draw(samples(dtype, shape, special=False, low=-1, high=1))
    options = {flag: data.draw(st.booleans()) for flag in FLAGS}
    axis = data.draw(st.integers(-len(shape), len(shape)))
    check(
        lambda np, a: np.unique(np.rint(a) if a.dtype.kind == "f" else a, axis=axis, **options), a
    )


@pytest.mark.parametrize("name", ["unique_all", "unique_counts", "unique_inverse"])
@given(data=st.data())
def test_unique_for_the_standard(name, data):
    # Which of 0.0 and -0.0 stays, and which NaN comes first, depends on NumPy's sorting.
    a = data.draw(samples(special=False, low=-4, high=4))
    check(lambda np, a: getattr(np, name)(a + 0), a)
    check(lambda np, a: np.sort(np.unique_values(a + 0)), a)
    assert type(getattr(mnp, name)(mnp.ones(2))) is type(getattr(np, name)(np.ones(2)))


@pytest.mark.parametrize("name", ["isin", "intersect1d", "union1d", "setdiff1d", "setxor1d"])
@given(data=st.data())
def test_sets(name, data):
    dtype = data.draw(st.sampled_from(DTYPES))
    other = data.draw(st.sampled_from([dtype, dtype, *DTYPES]))
    # In a common type large integers are equal that were not, which NumPy's own sets confuse.
    special = None if dtype == other else False
    a = data.draw(samples(dtype, data.draw(shapes(0, 3)), special, low=-4, high=4))
    b = data.draw(samples(other, data.draw(shapes(0, 3)), special, low=-4, high=4))
    options = {}
    if name == "isin":
        options["invert"] = data.draw(st.booleans())
        options["kind"] = data.draw(st.sampled_from([None, None, "sort"]))
    if name == "intersect1d":
        options["return_indices"] = data.draw(st.booleans())

    def call(np, a, b):
        found = getattr(np, name)(a, b, **options)
        # Which of 0.0 and -0.0 stays, and which NaN, depends on NumPy's sorting.
        return found + 0 if isinstance(found, np.ndarray) and name != "isin" else found

    check(call, a, b, check_warnings=False)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int32", "float64", "float32", "int8"])
@pytest.mark.parametrize("spread", [100, 10**5, 2**40])
def test_many(dtype, spread):
    generator = np.random.default_rng(5)
    with np.errstate(all="ignore"):
        a = generator.integers(0, spread, 50_000).astype(dtype)
        b = generator.integers(0, spread, 5_000).astype(dtype)
    x, y = mnp.array(a), mnp.array(b)
    with natively():
        for flags in [{}, {"return_counts": True}, dict.fromkeys(FLAGS, True)]:
            found, expected = mnp.unique(x, **flags), np.unique(a, **flags)
            if not flags:
                found, expected = [found], [expected]
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(np.asarray(one), other)
        np.testing.assert_array_equal(np.asarray(mnp.isin(x, y)), np.isin(a, b))
        np.testing.assert_array_equal(np.asarray(mnp.setdiff1d(x, y)), np.setdiff1d(a, b))
        np.testing.assert_array_equal(np.asarray(mnp.intersect1d(x, y)), np.intersect1d(a, b))


def test_numbers_at_the_end_of_their_range():
    for dtype in ["int64", "uint64", "int8", "uint8"]:
        limits = np.iinfo(dtype)
        a = np.array([limits.max, limits.min, limits.max, 3], dtype)
        x = mnp.array(a)
        np.testing.assert_array_equal(np.asarray(mnp.unique(x)), np.unique(a))
        np.testing.assert_array_equal(np.asarray(mnp.isin(x, x[:2])), np.isin(a, a[:2]))


@needs_martlet
def test_native():
    for dtype in DTYPES:
        a = Sample(dtype, (30, 7), special=False).make(mnp)
        b = Sample(dtype, (9,), special=False, seed=1).make(mnp)
        with natively():
            mnp.unique(a, return_index=True)
            mnp.unique_all(a)
            for name in ["isin", "intersect1d", "union1d", "setdiff1d", "setxor1d"]:
                getattr(mnp, name)(a, b)
            mnp.intersect1d(a, b, return_indices=True)


def test_errors():
    a = np.arange(6.0).reshape(2, 3)
    check(lambda np, a: np.unique(a, axis=2), a)
    check(lambda np, a: np.isin(a, a, kind="other"), a)
    check(lambda np, a: np.isin(a, a, kind="table"), a)
