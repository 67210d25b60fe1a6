"""`numpy.fft` done natively: values, dtypes, memory order and errors as NumPy's."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from subject import EXAMPLES, mnp, natively

rng = np.random.default_rng(11)

LINES = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
SPACES = ["fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"]
REAL_ONLY = {"rfft", "ihfft", "rfft2", "rfftn"}
TYPES = ["?", "i1", "u2", "i4", "i8", "f2", "f4", "f8", "c8", "c16"]
# Every radix, sizes of several passes, primes that are a pass and primes that are not.
SIZES = [*range(1, 18), 20, 24, 30, 37, 53, 64, 97, 100, 101, 121, 243, 256, 510, 1000, 1024, 1032]
# Those of single precision, whose kernels differ in nothing else.
SINGLE = {1, 2, 7, 8, 16, 53, 64, 100, 101, 1024}


def numbers(shape, dtype):
    kind = np.dtype(dtype).kind
    values = rng.standard_normal(shape)
    if kind == "c":
        return (values + 1j * rng.standard_normal(shape)).astype(dtype)
    if kind == "f":
        return values.astype(dtype)
    return (values > 0) if dtype == "?" else np.abs(values * 20).astype(dtype)


def close(actual, expected):
    """Within what a transform's roundings may add up to."""
    actual = np.asarray(actual)
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    if expected.size == 0:
        return
    # An axis of one element has no neighbours.
    assert [s for n, s in zip(actual.shape, actual.strides, strict=True) if n > 1] == [
        s for n, s in zip(expected.shape, expected.strides, strict=True) if n > 1
    ]
    precision = {"e": 2e-3, "f": 1e-6, "F": 1e-6}.get(expected.dtype.char, 2e-15)
    wide = np.complex128 if expected.dtype.kind == "c" else np.float64
    difference = np.linalg.norm(actual.astype(wide).ravel() - expected.astype(wide).ravel())
    assert difference <= precision * np.linalg.norm(expected.astype(wide).ravel())


def check(name, array, *args, **kwargs):
    """The same of both, natively; the same error where NumPy has one."""
    try:
        expected = getattr(np.fft, name)(array, *args, **kwargs)
    except Exception as error:
        with pytest.raises(Exception) as raised:  # noqa: PT011
            getattr(mnp.fft, name)(mnp.asarray(array), *args, **kwargs)
        assert isinstance(raised.value, type(error)) or isinstance(error, type(raised.value))
        return
    with natively():
        close(getattr(mnp.fft, name)(mnp.asarray(array), *args, **kwargs), expected)


@pytest.mark.parametrize("size", SIZES)
def test_every_size(size):
    for precision in ("c16", "f8"), ("c8", "f4"):
        if precision[0] == "c8" and size not in SINGLE:
            return
        signal = numbers((2, size), precision[0])
        for name in ("fft", "ifft"):
            check(name, signal)
        for name in ("irfft", "hfft"):
            check(name, signal, size)
        check("fft", signal.T.copy(), axis=0)
        check("ifft", np.repeat(signal, 9, axis=0))
        signal = numbers((2, size), precision[1])
        for name in ("fft", "rfft", "ihfft"):
            check(name, signal)
        check("rfft", signal.T.copy(), axis=0)


@pytest.mark.parametrize("size", [20_000, 2**15, 65_537])
def test_long_lines(size):
    signal = numbers(size, "c16")
    check("fft", signal)
    check("ifft", signal.astype("c8"), norm="ortho")
    check("rfft", signal.real.copy())
    check("irfft", signal[: size // 2 + 1], size)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", LINES + SPACES)
def test_dtypes(name, dtype):
    array = numbers((4, 6), dtype)
    if name in REAL_ONLY and dtype[0] == "c":
        with pytest.raises(TypeError, match="not supported for the input types"):
            getattr(mnp.fft, name)(mnp.asarray(array))
        return
    for norm in (None, "backward", "ortho", "forward"):
        check(name, array, norm=norm)


@st.composite
def arranged(draw):
    shape = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    array = numbers(shape, draw(st.sampled_from(["f8", "c16", "f4", "c8", "i8"])))
    array = array.transpose(draw(st.permutations(range(array.ndim))))
    axis = draw(st.integers(0, array.ndim - 1))
    step = draw(st.sampled_from([1, 1, 2, -1, -2]))
    array = array[(slice(None),) * axis + (slice(None, None, step),)]
    if draw(st.integers(0, 7)) == 0:
        array = np.broadcast_to(array, (3, *array.shape))
    return array


@settings(max_examples=EXAMPLES * 4, deadline=None)
@given(st.data())
def test_lines_of_all_arrangements(data):
    array = data.draw(arranged())
    name = data.draw(st.sampled_from(LINES))
    if name in REAL_ONLY:
        array = array.real
    n = data.draw(st.one_of(st.none(), st.integers(-1, 20)))
    axis = data.draw(st.integers(-array.ndim, array.ndim - 1))
    norm = data.draw(st.sampled_from([None, "backward", "ortho", "forward"]))
    check(name, array, n, axis, norm)


@settings(max_examples=EXAMPLES * 4, deadline=None)
@given(st.data())
def test_several_axes(data):
    array = data.draw(arranged())
    name = data.draw(st.sampled_from(SPACES))
    if name in REAL_ONLY:
        array = array.real
    axes = data.draw(
        st.lists(st.integers(-array.ndim, array.ndim - 1), min_size=1, max_size=3).map(tuple)
    )
    sizes = data.draw(
        st.one_of(st.none(), st.tuples(*[st.sampled_from([-1, 1, 2, 5, 8, 11])] * len(axes)))
    )
    check(name, array, sizes, axes, data.draw(st.sampled_from([None, "ortho", "forward"])))
    if not name.endswith("2"):
        check(name, array)


@pytest.mark.parametrize(
    ("name", "array", "arguments"),
    [
        ("fft", np.ones(3), {"n": 0}),
        ("fft", np.ones(3), {"n": -4}),
        ("fft", np.ones(0), {}),
        ("fft", np.ones((0, 3)), {"axis": 0}),
        ("fft", np.ones((0, 3)), {}),
        ("irfft", np.ones(1), {}),
        ("hfft", np.ones(1), {}),
        ("fft", np.ones((2, 3)), {"axis": 2}),
        ("fft", np.ones((2, 3)), {"axis": 2, "n": 2}),
        ("fft", np.ones((2, 3)), {"axis": -3, "n": 2}),
        ("fft", np.float64(3), {}),
        ("fft", np.ones(3), {"norm": "no"}),
        ("ifft", np.ones(3), {"norm": "no"}),
        ("fft", np.ones(3), {"n": 2.0}),
        ("rfft", np.ones(3) * 1j, {}),
        ("fft2", np.ones(3), {}),
        ("fftn", np.float64(3), {}),
        ("rfftn", np.float64(3), {}),
        ("irfftn", np.float64(3), {}),
        ("fftn", np.ones((2, 3)), {"axes": ()}),
        ("rfftn", np.ones((2, 3)), {"axes": ()}),
        ("irfftn", np.ones((2, 3)), {"axes": ()}),
        ("fftn", np.ones((2, 3)), {"axes": (0, 0)}),
        ("fftn", np.ones((2, 3)), {"axes": (0, 2)}),
        ("fftn", np.ones((2, 3)), {"s": (2, 2), "axes": (0, 2)}),
        ("fftn", np.ones((2, 3)), {"s": (2, 2), "axes": (0,)}),
        ("fftn", np.ones((2, 3)), {"s": (0, 2), "axes": (0, 1)}),
        ("fft2", np.ones((2, 3)), {"s": (-1, 2)}),
        ("irfft2", np.ones((2, 3)), {"s": (2, -1)}),
        ("fftn", np.ones((0, 3)), {}),
    ],
)
def test_what_is_wrong_or_empty(name, array, arguments):
    expected, error = None, None
    try:
        expected = getattr(np.fft, name)(array, **arguments)
    except Exception as raised:
        error = raised
    if error is None:
        actual = np.asarray(getattr(mnp.fft, name)(mnp.asarray(array), **arguments))
        assert actual.dtype == expected.dtype
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual, expected)
        return
    with pytest.raises(Exception) as raised:  # noqa: PT011
        getattr(mnp.fft, name)(mnp.asarray(array), **arguments)
    assert isinstance(raised.value, type(error)) or isinstance(error, type(raised.value))
    if type(error) in (ValueError, TypeError):
        assert str(raised.value) == str(error)


def test_outputs():
    signal = numbers((3, 8), "c16")
    for name, target in [
        ("fft", np.zeros((3, 8), "c16")),
        ("ifft", np.zeros((3, 8), "c8")),
        ("irfft", np.zeros((3, 14), "f8")),
        ("irfft", np.zeros((3, 14), "f4")),
        ("fft2", np.zeros((3, 8), "c16")),
        ("fftn", np.zeros((3, 8), "c16")),
        ("irfft2", np.zeros((3, 14), "f8")),
    ]:
        out = mnp.asarray(target.copy())
        with natively():
            assert getattr(mnp.fft, name)(mnp.asarray(signal), out=out) is out
        expected = getattr(np.fft, name)(signal)
        np.testing.assert_allclose(np.asarray(out), expected, rtol=1e-5, atol=1e-5)
    # Into the signal itself.
    own = mnp.asarray(signal.copy())
    mnp.fft.fft(own, out=own)
    np.testing.assert_allclose(np.asarray(own), np.fft.fft(signal), atol=1e-12)
    with pytest.raises(ValueError, match="output array has wrong shape"):
        mnp.fft.fft(own, out=mnp.zeros((3, 9), complex))
    with pytest.raises(TypeError):
        mnp.fft.fft(own, out=mnp.zeros((3, 8)))


def test_numbers_that_are_not_finite():
    """Only the lines that have one."""
    signal = numbers((9, 16), "c16")
    signal[4, 3] = np.nan
    signal[6, 1] = np.inf
    for name, array in [("fft", signal), ("rfft", signal.real.copy()), ("irfft", signal)]:
        with natively():
            actual = np.asarray(getattr(mnp.fft, name)(mnp.asarray(array)))
        finite = np.isfinite(actual).all(axis=1)
        assert finite.tolist() == [line not in (4, 6) for line in range(9)]


def test_accuracy():
    """The errors of NumPy's are of this size too."""
    for size in (360, 512, 521):
        signal = numbers(size, "c16")
        turns = np.outer(np.arange(size), np.arange(size)) % size
        angles = -2 * np.pi * turns.astype(np.longdouble) / size
        exact = (np.cos(angles) + 1j * np.sin(angles)) @ signal.astype(np.clongdouble)
        error = np.asarray(mnp.fft.fft(mnp.asarray(signal))) - exact
        root_mean_square = np.sqrt((np.abs(error) ** 2).mean() / (np.abs(exact) ** 2).mean())
        assert root_mean_square < 6e-16


@pytest.mark.parametrize("count", [1, 2, 5, 8, 9])
def test_frequencies(count):
    for name in ("fftfreq", "rfftfreq"):
        for spacing in (1.0, 0.1, 3, np.float32(0.5), -2.0):
            with natively():
                actual = np.asarray(getattr(mnp.fft, name)(count, spacing))
            expected = getattr(np.fft, name)(count, float(spacing))
            assert actual.dtype == np.float64
            np.testing.assert_array_equal(actual, expected)
        with pytest.raises(ValueError, match="n should be an integer"):
            getattr(mnp.fft, name)(2.5)
        with pytest.raises(ZeroDivisionError):
            getattr(mnp.fft, name)(count, 0)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_shifts(data):
    array = data.draw(arranged())
    axes = data.draw(
        st.one_of(
            st.none(),
            st.integers(-array.ndim, array.ndim - 1),
            st.lists(st.integers(-array.ndim, array.ndim - 1), max_size=3).map(tuple),
        )
    )
    for name in ("fftshift", "ifftshift"):
        with natively():
            actual = np.asarray(getattr(mnp.fft, name)(mnp.asarray(array), axes))
        np.testing.assert_array_equal(actual, getattr(np.fft, name)(array, axes))
