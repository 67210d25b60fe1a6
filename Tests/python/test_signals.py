"""Convolution, interpolation, slopes, integrals, windows and cleaned numbers, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import FLOATS, INTEGERS, Sample, samples, shapes
from subject import mnp, natively, needs_martlet

NUMBERS = st.sampled_from(["float32", "float64", "int8", "int64", "uint16", "complex128"])
REAL = st.sampled_from(["float32", "float64", "int32", "uint8"])
RELATIVE = 1e-5


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@given(data=st.data())
def test_convolution(name, data):
    dtype = data.draw(NUMBERS)
    sizes = st.sampled_from([1, 1, 2, 3, 4, 7, 20, 2100])
    a = data.draw(samples(dtype, (data.draw(sizes),), special=False))
    other = data.draw(st.sampled_from([dtype, "float64"]))
    b = data.draw(samples(other, (data.draw(sizes),), special=False))
    mode = data.draw(st.sampled_from([None, "full", "same", "valid"]))
    options = {} if mode is None else {"mode": mode}
    check(lambda np, a, b: getattr(np, name)(a, b, **options), a, b, relative=RELATIVE)


@given(data=st.data())
def test_interpolation(data):
    count = data.draw(st.integers(1, 6))
    x = data.draw(samples(data.draw(REAL), special=data.draw(st.booleans())))
    fp = data.draw(
        samples(st.sampled_from(["float64", "int16", "complex128"]), (count,), special=False)
    )
    ends = st.sampled_from([None, 1.5, -2, np.nan])
    options = {"left": data.draw(ends), "right": data.draw(ends)}
    if data.draw(st.integers(0, 3)) == 0:
        options = {"period": data.draw(st.sampled_from([5.0, -3, 360]))}
    steps = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=6, max_size=6))

    def call(np, x, fp):
        xp = np.cumsum(np.array(steps[:count])) - 4 + np.arange(count) * 0.25
        return np.interp(x, xp, fp, **options)

    check(call, x, fp, ulps=4, relative=1e-12, check_warnings=False)


@given(data=st.data())
def test_interpolation_with_infinite_values(data):
    values = st.lists(st.sampled_from([0.0, 1.0, np.inf, -np.inf, np.nan]), min_size=4, max_size=4)
    fp = np.array(data.draw(values))
    x = np.array([-1.0, 0.0, 0.3, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, np.nan, np.inf])
    check(lambda np, x: np.interp(x, np.arange(4.0), np.array(fp)), x, check_warnings=False)


@given(data=st.data())
def test_gradient(data):
    shape = data.draw(st.sampled_from([(5,), (2,), (3, 4), (6, 3), (3, 3, 4), (1, 4)]))
    f = data.draw(samples(NUMBERS, shape, special=False))
    axis = data.draw(st.sampled_from([None, *range(-len(shape), len(shape))]))
    count = len(shape) if axis is None else 1
    kind = data.draw(st.sampled_from(["none", "one", "each", "positions", "even"]))

    def call(np, f):
        each = [0.5 * (i + 1) for i in range(count)]
        sizes = shape if axis is None else [shape[axis]]
        spacing = {
            "none": [],
            "one": [2],
            "each": each,
            "positions": [np.arange(size) ** 2 * 0.5 + 1 for size in sizes],
            "even": [np.arange(size) * 0.25 for size in sizes],
        }[kind]
        return np.gradient(f, *spacing, axis=axis, edge_order=order)

    order = data.draw(st.sampled_from([1, 1, 2, 3]))
    check(call, f, relative=RELATIVE, check_warnings=False)


@given(data=st.data())
def test_trapezoid(data):
    y = data.draw(samples(NUMBERS, data.draw(shapes(1, 3)), special=False))
    axis = data.draw(st.integers(-len(y.shape) - 1, len(y.shape) - 1))
    dx = data.draw(st.sampled_from([1.0, 2, 0.25]))
    check(lambda np, y: np.trapezoid(y, dx=dx, axis=axis), y, relative=RELATIVE)
    check(lambda np, y: np.trapezoid(y, np.sqrt(np.arange(y.shape[-1]))), y, relative=RELATIVE)
    check(lambda np, y: np.trapezoid(y, y, axis=axis), y, relative=RELATIVE, check_warnings=False)


@given(data=st.data())
def test_differences_of_a_row(data):
    a = data.draw(samples(NUMBERS))
    ends = st.sampled_from([None, 1, [2, 3], 1.5, [[0, 1], [1, 0]]])
    options = {"to_end": data.draw(ends), "to_begin": data.draw(ends)}
    check(lambda np, a: np.ediff1d(a, **options), a, check_warnings=False)


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
@given(data=st.data())
def test_cumulative(name, data):
    a = data.draw(samples(special=False, low=-2, high=2))
    options = {"axis": data.draw(st.sampled_from([None, None, 0, -1, 1]))}
    options["include_initial"] = data.draw(st.booleans())
    options["dtype"] = data.draw(st.sampled_from([None, "float64"]))
    check(
        lambda np, a: getattr(np, name)(a, **options),
        a,
        relative=1e-2 if a.dtype == "float16" else RELATIVE,
        check_warnings=False,
    )


@given(data=st.data())
def test_unwrap(data):
    p = data.draw(samples(REAL, data.draw(shapes(1, 3)), special=False, low=-20, high=20))
    options = {"axis": data.draw(st.integers(-1, len(p.shape)))}
    if p.dtype.startswith("float"):
        options["period"] = data.draw(st.sampled_from([2 * np.pi, 4.0]))
        options["discont"] = data.draw(st.sampled_from([None, 5.0]))
    check(lambda np, p: np.unwrap(p, **options), p, relative=RELATIVE, check_warnings=False)


@given(data=st.data())
def test_cleaned_numbers(data):
    x = data.draw(samples())
    options = {"nan": data.draw(st.sampled_from([0.0, 7, -1.5]))}
    options["posinf"] = data.draw(st.sampled_from([None, 3, 2.5]))
    options["neginf"] = data.draw(st.sampled_from([None, -3.5]))
    check(lambda np, x: np.nan_to_num(x, **options), x, check_warnings=False)
    check(lambda np, x: np.real_if_close(x), x, check_warnings=False)
    check(lambda np, x: np.real_if_close(x * 0), x, check_warnings=False)


@pytest.mark.parametrize("name", ["isposinf", "isneginf", "fix", "sinc", "i0"])
@given(data=st.data())
def test_of_one_array(name, data):
    real = name in ("fix", "i0")
    x = data.draw(samples(st.sampled_from(FLOATS + INTEGERS)) if real else samples())
    check(lambda np, x: getattr(np, name)(x), x, relative=2e-3, check_warnings=False)


@pytest.mark.parametrize("count", [-1, 0, 1, 2, 5, 12, 101])
def test_windows(count):
    for name in ["bartlett", "blackman", "hamming", "hanning"]:
        found, expected = getattr(mnp, name)(count), getattr(np, name)(count)
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-13, atol=1e-16)
        assert found.dtype == expected.dtype
    for beta in [0, 1.5, 14]:
        found, expected = mnp.kaiser(count, beta), np.kaiser(count, beta)
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-13)


def test_bessel():
    x = np.concatenate([np.linspace(-30, 30, 1001), [0.0, 8.0, -8.0, 700.0]])
    with natively():
        found = mnp.i0(mnp.array(x))
    np.testing.assert_allclose(np.asarray(found), np.i0(x), rtol=4e-15)


@needs_martlet
@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
def test_native(dtype):
    a = Sample(dtype, (30,), special=False).make(mnp)
    with natively():
        for name in ["gradient", "trapezoid", "ediff1d", "cumulative_sum", "unwrap", "nan_to_num"]:
            getattr(mnp, name)(a)
        for name in ["convolve", "correlate"]:
            getattr(mnp, name)(a, a[:5], mode="same")
        mnp.interp(a, [0, 1, 2], [3, 4, 5], left=0, period=2)
        mnp.interp(0.5, [0, 1, 2], [3, 4, 5j])
        mnp.gradient(a.reshape(5, 6).astype(float), 2.0, mnp.arange(6.0) ** 2)
        mnp.trapezoid(a, a)
        mnp.sinc(a)
        mnp.kaiser(9, 5.0)
        mnp.hanning(12)


def test_errors():
    a = np.arange(5.0)
    check(lambda np, a: np.convolve(a, a[:0]), a)
    check(lambda np, a: np.convolve(a.reshape(1, 5), a), a)
    check(lambda np, a: np.convolve(a, a, mode="other"), a)
    check(lambda np, a: np.interp(a, a, a[:2]), a)
    check(lambda np, a: np.interp(a, a[:0], a[:0]), a)
    check(lambda np, a: np.gradient(a, 1.0, 2.0), a)
    check(lambda np, a: np.gradient(a, a[:2]), a)
    check(lambda np, a: np.trapezoid(a, a[:2]), a)
    check(lambda np, a: np.cumulative_sum(a.reshape(5, 1)), a)
    check(lambda np, a: np.i0(a * 1j), a)
    check(lambda np, a: np.isposinf(a * 1j), a)
