"""Order statistics, reductions without NaN and covariance against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import FLOATS, INTEGERS, Sample, axes, samples, shapes
from subject import mnp, natively, needs_martlet

REAL = st.sampled_from(FLOATS + INTEGERS)
METHODS = [
    *["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "hazen", "weibull"],
    *["interpolated_inverted_cdf", "linear", "median_unbiased", "normal_unbiased"],
    *["lower", "higher", "midpoint", "nearest"],
]
NAN_SUMS = ["nansum", "nanprod", "nanmean", "nanvar", "nanstd"]
NAN_ORDERED = ["nanmin", "nanmax", "nanargmin", "nanargmax"]
RELATIVE = {"float16": 8e-2, "float32": 4e-5, "complex64": 1e-4}


def relative(dtype):
    return RELATIVE.get(dtype, 1e-11)


def probabilities(whole):
    number = st.floats(0, 1).map(lambda q: q * whole)
    some = st.lists(st.one_of(number, st.sampled_from([0.0, 0.5 * whole, 1.0 * whole])), max_size=4)
    return st.one_of(
        number, st.sampled_from([0, 1, whole / 4, np.float64(whole / 2)]), some, st.just([0, 1])
    )


@pytest.mark.parametrize("name", ["median", "nanmedian"])
@given(data=st.data())
def test_median(name, data):
    a = data.draw(samples(REAL, special=data.draw(st.booleans())))
    axis, keepdims = data.draw(axes(len(a.shape))), data.draw(st.booleans())
    check(
        lambda np, a: getattr(np, name)(a, axis=axis, keepdims=keepdims),
        a,
        ulps=1,
        check_warnings=False,
    )


@pytest.mark.parametrize("name", ["quantile", "percentile", "nanquantile", "nanpercentile"])
@given(data=st.data())
def test_quantiles(name, data):
    a = data.draw(samples(REAL, data.draw(shapes(0, 3)), special=data.draw(st.booleans())))
    axis, keepdims = data.draw(axes(len(a.shape))), data.draw(st.booleans())
    q = data.draw(probabilities(100 if "percentile" in name else 1))
    method = data.draw(st.sampled_from(METHODS))
    check(
        lambda np, a: getattr(np, name)(a, q, axis=axis, keepdims=keepdims, method=method),
        a,
        ulps=2,
        check_warnings=False,
    )


@pytest.mark.parametrize("name", ["quantile", "percentile", "nanquantile", "nanpercentile"])
@given(data=st.data())
def test_weighted_quantiles(name, data):
    shape = data.draw(st.sampled_from([(7,), (3, 5), (4, 2, 3)]))
    dtype = st.sampled_from(["float64", "float32", "int16"])
    a = data.draw(samples(dtype, shape, special=data.draw(st.booleans())))
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1)))
    is_row = axis is not None and data.draw(st.booleans())
    size = (shape[axis],) if is_row else shape
    weights = data.draw(samples(st.sampled_from(["float64", "int64"]), size, False, low=-1, high=4))
    q = data.draw(probabilities(100 if "percentile" in name else 1))
    method = data.draw(st.sampled_from(["inverted_cdf", "inverted_cdf", "linear"]))

    def call(np, a, weights):
        weights = np.abs(weights) if data_positive else weights
        return getattr(np, name)(a, q, axis=axis, weights=weights, method=method)

    data_positive = data.draw(st.integers(0, 4)) > 0
    check(call, a, weights, check_warnings=False)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 700, 5000, 70_000])
def test_quantiles_of_many(method, count):
    numbers = np.random.default_rng(count).normal(size=count)
    numbers[::9] = numbers[0]
    a = mnp.array(numbers)
    q = [0, 0.001, 0.25, 0.5, 0.501, 0.999, 1]
    with natively():
        found = mnp.quantile(a, q, method=method)
    np.testing.assert_array_equal(np.asarray(found), np.quantile(numbers, q, method=method))


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "int64", "uint64"])
def test_selection_in_long_lanes(dtype):
    generator = np.random.default_rng(3)
    for count in [1 << 16, (1 << 16) + 7]:
        for numbers in [
            generator.integers(0, 200, count),
            generator.integers(0, 2**62, count),
            np.full(count, 7),
        ]:
            numbers = numbers.astype(dtype)
            with natively():
                found = mnp.percentile(mnp.array(numbers), [0, 13, 50, 99, 100], method="nearest")
            expected = np.percentile(numbers, [0, 13, 50, 99, 100], method="nearest")
            np.testing.assert_array_equal(np.asarray(found), expected)


def test_nan_in_a_long_lane():
    numbers = np.random.default_rng(3).normal(size=100_000)
    numbers[::7] = np.nan
    a = mnp.array(numbers)
    with natively():
        assert np.isnan(mnp.median(a))
        assert mnp.nanmedian(a) == np.nanmedian(numbers)
        assert mnp.nanpercentile(a, 31) == np.nanpercentile(numbers, 31)


@pytest.mark.parametrize("name", NAN_SUMS + NAN_ORDERED)
@given(data=st.data())
def test_without_nan(name, data):
    a = data.draw(samples(special=data.draw(st.booleans()), low=-3, high=3))
    axis = data.draw(axes(len(a.shape)))
    options = {"keepdims": data.draw(st.booleans())}
    if name in ("nanvar", "nanstd"):
        options["ddof"] = data.draw(st.sampled_from([0, 1, 2]))
    check(
        lambda np, a: getattr(np, name)(a, axis=axis, **options),
        a,
        relative=relative(a.dtype) if name in NAN_SUMS else None,
        check_warnings=False,
    )


@pytest.mark.parametrize("name", ["nancumsum", "nancumprod"])
@given(data=st.data())
def test_cumulative_without_nan(name, data):
    a = data.draw(samples(special=data.draw(st.booleans()), low=-2, high=2))
    axis = data.draw(st.one_of(st.none(), st.integers(-2, 2)))
    check(
        lambda np, a: getattr(np, name)(a, axis=axis),
        a,
        relative=relative(a.dtype),
        check_warnings=False,
    )


@pytest.mark.parametrize("name", ["cov", "corrcoef"])
@given(data=st.data())
def test_covariance(name, data):
    shape = data.draw(st.sampled_from([(6,), (3, 5), (2, 7), (1, 4)]))
    dtype = st.sampled_from(["float32", "float64", "int32", "complex128"])
    a = data.draw(samples(dtype, shape, special=False))
    rowvar = data.draw(st.booleans())
    other = data.draw(st.booleans())
    options = {}
    if name == "cov":
        options["bias"] = data.draw(st.booleans())
        columns = shape[-1] if rowvar or len(shape) == 1 else shape[0]
        counts = [None, np.arange(columns), np.ones(columns, int), -np.ones(columns, int)]
        options["fweights"] = data.draw(st.sampled_from(counts))
        masses = [None, np.arange(columns) / 4, np.ones(columns + 1)]
        options["aweights"] = data.draw(st.sampled_from(masses))
        options["ddof"] = data.draw(st.sampled_from([None, 0, 1, 2]))
    check(
        lambda np, a: getattr(np, name)(a, a * 2 if other else None, rowvar=rowvar, **options),
        a,
        relative=1e-12,
        check_warnings=False,
    )


@needs_martlet
@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
def test_native(dtype):
    a = Sample(dtype, (30, 7), special=False).make(mnp)
    with natively():
        for name in NAN_SUMS + NAN_ORDERED + ["nancumsum", "median", "nanmedian", "cov"]:
            getattr(mnp, name)(a)
        for axis in [0, 1, (0, 1), None]:
            mnp.median(a, axis=axis, keepdims=True)
            mnp.quantile(a, 0.3, axis=axis)
            mnp.nanpercentile(a, [30, 60], axis=axis)
        mnp.median(a, axis=1, out=mnp.empty(30, mnp.median(a).dtype))
        mnp.corrcoef(a)


def test_errors():
    a = np.arange(5.0)
    check(lambda np, a: np.quantile(a, 1.5), a)
    check(lambda np, a: np.percentile(a, [-1, 50]), a)
    check(lambda np, a: np.quantile(a, np.nan), a)
    check(lambda np, a: np.median(a, axis=3), a)
    check(lambda np, a: np.quantile(a, 0.5, method="no such"), a)
    check(lambda np, a: np.quantile(a * 1j, 0.5), a)
    check(lambda np, a: np.nanargmax(a * np.nan), a)
    check(lambda np, a: np.median(a, axis=(0, 0)), a)
