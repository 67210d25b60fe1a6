"""`cuda.fp16`: every function gives the half that NumPy gives, or is nearest to the true value."""

import numpy as np
import pytest
from martlet import cuda
from subject import needs_martlet

pytestmark = needs_martlet

ONE = {
    "hneg": np.negative, "habs": np.abs, "hsin": np.sin, "hcos": np.cos, "hlog": np.log,
    "hlog2": np.log2, "hlog10": np.log10, "hexp": np.exp, "hexp2": np.exp2, "hsqrt": np.sqrt,
    "hrcp": np.reciprocal, "hfloor": np.floor, "hceil": np.ceil, "hrint": np.rint,
    "htrunc": np.trunc,
    "hexp10": lambda x: np.float16(10.0 ** x.astype("f8")),
    "hrsqrt": lambda x: np.float16(1 / np.sqrt(x.astype("f8"))),
}  # fmt: skip
TWO = {
    "hadd": np.add, "hsub": np.subtract, "hmul": np.multiply, "hdiv": np.divide, "heq": np.equal,
    "hne": np.not_equal, "hge": np.greater_equal, "hgt": np.greater, "hle": np.less_equal,
    "hlt": np.less, "hmax": np.maximum, "hmin": np.minimum,
}  # fmt: skip
HALVES = np.array([1.5, 0.3, 2.5, 7, 0.001, 3.5, 100, 0.5], "f2")


@pytest.fixture(autouse=True)
def simulator(monkeypatch):
    monkeypatch.setenv("MARTLET_SIMULATOR", "1")


def computed(function, dtype, *arrays):
    count = len(arrays)
    result = np.zeros(arrays[0].shape, dtype)
    if count == 1:

        @cuda.jit
        def kernel(r, x):
            r[cuda.grid(1)] = function(x[cuda.grid(1)])
    elif count == 2:

        @cuda.jit
        def kernel(r, x, y):
            i = cuda.grid(1)
            r[i] = function(x[i], y[i])
    else:

        @cuda.jit
        def kernel(r, x, y, z):
            i = cuda.grid(1)
            r[i] = function(x[i], y[i], z[i])

    kernel[1, result.size](result, *arrays)
    return result


@pytest.mark.parametrize("name", ONE)
def test_of_one(name):
    with np.errstate(all="ignore"):
        expected = ONE[name](HALVES)
    got = computed(getattr(cuda.fp16, name), expected.dtype, HALVES)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", TWO)
def test_of_two(name):
    other = HALVES[::-1].copy()
    other[2] = HALVES[2]
    expected = TWO[name](HALVES, other)
    got = computed(getattr(cuda.fp16, name), expected.dtype, HALVES, other)
    np.testing.assert_array_equal(got, expected)


def test_a_product_and_a_sum_are_rounded_once():
    random = np.random.default_rng(1)
    a, b, c = (random.normal(size=200).astype("f2") for _ in range(3))
    expected = (a.astype("f8") * b.astype("f8") + c.astype("f8")).astype("f2")
    np.testing.assert_array_equal(computed(cuda.fp16.hfma, "f2", a, b, c), expected)
    assert np.any(expected != a * b + c)


def test_arguments_become_halves():
    got = computed(cuda.fp16.hadd, "f4", np.array([0.1], "f8"), np.array([3]))
    assert got[0] == np.float16(0.1) + np.float16(3)
