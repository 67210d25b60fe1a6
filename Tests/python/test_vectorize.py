"""`vectorize`: ufuncs from functions of numbers, against NumPy and the Python function."""

import math

import martlet
import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelError, float32, float64, int64, njit, vectorize

DEVICES = [name for name in martlet.devices() if name != "cpu"]
TARGETS = sorted({name.partition(":")[0] for name in DEVICES})
every_target = pytest.mark.parametrize("target", ["cpu", "parallel", "auto", *TARGETS])


def same(actual, expected, rtol=0.0):
    expected = np.asarray(expected)
    actual = np.asarray(actual)
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=rtol)


def plus(a, b):
    return a + b


def saturate(x, gain):
    y = x * gain
    if y > 1.0:
        return 1.0
    elif y < -1.0:
        return -1.0
    return y


SIGNATURES = ["int64(int64, int64)", "float32(float32, float32)", float64(float64, float64)]


def test_a_signature_makes_a_ufunc():
    f = vectorize(SIGNATURES)(plus)
    assert type(f) is type(mnp.add)
    assert (f.__name__, f.nin, f.nout, f.types) == ("plus", 2, 1, ["ll->l", "ff->f", "dd->d"])
    a, b = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    same(f(a, b), a + b)
    same(f(a.astype("f4"), b.astype("f4")), (a + b).astype("f4"))
    same(f(np.int32(2), 3), np.int64(5))


@every_target
def test_targets(target):
    f = vectorize(SIGNATURES, target=target)(plus)
    a = np.linspace(-2, 2, 24).reshape(4, 6)
    same(f(a, 0.75), a + 0.75)
    same(f(a[::2, ::-1], a[1::2]), a[::2, ::-1] + a[1::2])
    out = np.full((4, 6), 9.0)
    f(a, a, out, where=a > 0)
    same(out, np.where(a > 0, a + a, 9.0))
    assert np.asarray(f(a, a, out=out)) is not None
    same(out, a + a)


@every_target
def test_methods(target):
    f = vectorize(SIGNATURES, target=target, identity=0)(plus)
    a = np.arange(12.0).reshape(3, 4)
    same(f.reduce(a), np.add.reduce(a))
    same(f.reduce(a, axis=1, keepdims=True), np.add.reduce(a, axis=1, keepdims=True))
    same(f.accumulate(a, axis=1), np.add.accumulate(a, axis=1))
    same(f.reduceat(a, [0, 2], axis=1), np.add.reduceat(a, [0, 2], axis=1))
    same(f.outer(a[0], a[1]), np.add.outer(a[0], a[1]))
    b, c = a.copy(), a.copy()
    f.at(b, ([0, 0], [1, 1]), 5.0)
    np.add.at(c, ([0, 0], [1, 1]), 5.0)
    same(b, c)


@every_target
def test_control_flow(target):
    f = vectorize(["float64(float64, float64)"], target=target)(saturate)
    x = np.linspace(-1, 1, 101)
    same(f(x, 2.0), [saturate(value, 2.0) for value in x])


@every_target
def test_loops(target):
    @vectorize(["int64(complex128, int64)"], target=target)
    def mandelbrot(c, limit):
        z = c
        for i in range(limit):
            if z.real * z.real + z.imag * z.imag > 4.0:
                return i
            z = z * z + c
        return limit

    c = (np.linspace(-2, 1, 16)[None] + 1j * np.linspace(-1, 1, 8)[:, None]).ravel()
    expected = []
    for value in c:
        z, count = value, 30
        for i in range(30):
            if z.real * z.real + z.imag * z.imag > 4.0:
                count = i
                break
            z = z * z + value
        expected.append(count)
    same(mandelbrot(c, 30), np.array(expected))


@pytest.mark.parametrize("device", DEVICES)
def test_results_stay_with_the_arguments(device):
    f = vectorize(SIGNATURES, target=device.partition(":")[0])(plus)
    a = mnp.arange(4.0)
    assert f(a, 1.0).device == "cpu"
    assert f(a.to(device), 1.0).device == device
    same(f(a.to(device), 1.0).to("cpu"), np.arange(4.0) + 1)


def test_black_scholes():
    @vectorize(["float64(float64, float64, float64)"])
    def call(price, strike, years):
        rate, volatility = 0.02, 0.3
        deviation = volatility * math.sqrt(years)
        d1 = (math.log(price / strike) + (rate + 0.5 * volatility**2) * years) / deviation
        d2 = d1 - deviation
        n1 = 0.5 * (1.0 + math.erf(d1 / math.sqrt(2.0)))
        n2 = 0.5 * (1.0 + math.erf(d2 / math.sqrt(2.0)))
        return price * n1 - strike * math.exp(-rate * years) * n2

    # By hand: d1 = 0.38764, d2 = 0.08764, N(d1) = 0.65086, N(d2) = 0.53492.
    assert abs(float(call(100.0, 95.0, 1.0)) - 15.2749) < 0.0001


def minus(a, b):
    return a - b


@every_target
def test_folds_keep_the_order_of_their_operands(target):
    f = vectorize(["float64(float64, float64)"], target=target)(minus)
    a = np.random.default_rng(0).integers(0, 9, (3, 4, 5)).astype(float)
    for axis in (0, 1, -1):
        same(f.reduce(a, axis), np.subtract.reduce(a, axis))
        same(f.reduceat(a, [2, 0, 1], axis), np.subtract.reduceat(a, [2, 0, 1], axis))
        same(f.accumulate(a, axis), np.subtract.accumulate(a, axis))
    same(f.reduce(a, initial=7.0, where=a > 4), np.subtract.reduce(a, initial=7.0, where=a > 4))
    b, c = a.copy(), a.copy()
    f.at(b, (0, [1, 1, 2]), a[1, 1])
    np.subtract.at(c, (0, [1, 1, 2]), a[1, 1])
    same(b, c)


@every_target
def test_folds_of_free_order(target):
    f = vectorize(SIGNATURES, target=target, identity="reorderable")(plus)
    a = np.arange(105.0).reshape(3, 5, 7)
    same(f.reduce(a, axis=(0, 2)), np.add.reduce(a, axis=(0, 2)))
    same(f.reduce(a, axis=None, keepdims=True), np.add.reduce(a, axis=None, keepdims=True))
    same(f.reduce(a, axis=2, initial=1.0), np.add.reduce(a, axis=2, initial=1.0))
    out = np.zeros((5, 7))
    f.reduce(a, out=out)
    same(out, a.sum(axis=0))


def test_folds_of_nothing():
    f = vectorize(SIGNATURES)(plus)
    with pytest.raises(ValueError, match="zero-size array to reduction operation plus which has"):
        f.reduce(np.zeros((0, 2)))
    assert f.reduce(np.zeros((2, 0))).shape == (0,)
    with pytest.raises(ValueError, match="is not reorderable, so at most one axis"):
        f.reduce(np.zeros((2, 2)), axis=None)
    with pytest.raises(ValueError, match="to use a where mask one has to specify 'initial'"):
        f.reduce(np.zeros(2), where=np.array([True, False]))
    assert float(vectorize(SIGNATURES, identity=0)(plus).reduce(np.zeros(0))) == 0
    with pytest.raises(TypeError):
        f.reduce(np.zeros(2, complex))


# Without signatures


def test_loops_are_made_at_the_call():
    f = vectorize(plus)
    assert f.types == [] and (f.nin, f.nout, f.__name__) == (2, 1, "plus")
    same(f(1, 2), np.int64(3))
    same(f(1.5, 2), np.float64(3.5))
    a = np.arange(3, dtype="f4")
    same(f(a, a), a + a)
    same(f(a, 2.5), a + np.float32(2.5))
    same(f(a, np.float64(1)), a + np.float64(1))
    same(f([1, 2], [3, 4]), np.array([4, 6]))
    assert "ff->f" in f.types and f.ntypes == len(f.types)


def test_dynamic_methods():
    f = vectorize(identity=0)(plus)
    a = np.arange(6, dtype="i4").reshape(2, 3)
    assert np.asarray(f.reduce(a)).tolist() == [3, 5, 7] and f.identity == 0
    same(f.accumulate(a.astype(float)), np.add.accumulate(a.astype(float)))
    same(f.outer(a[0].astype(float), [1.0, 2.0]), np.add.outer(a[0].astype(float), [1.0, 2.0]))
    b = np.zeros(3)
    f.at(b, [0, 0], 1.0)
    assert b.tolist() == [2, 0, 0]
    f.add("float32(float32, float32)")
    assert "ff->f" in f.types


def test_integers_stay_integers_beside_floats():
    @vectorize
    def power(x, n):
        result = 1.0
        for _ in range(n):
            result *= x
        return result

    same(power(np.array([2.0, 3.0]), 3), np.array([8.0, 27.0]))


# Fusion with the rest, and other functions


def test_jitted_functions_are_called():
    @njit
    def helper(x):
        return x * x

    @vectorize(["float64(float64)"])
    def f(x):
        return helper(x) + 1.0

    same(f(np.arange(3.0)), np.arange(3.0) ** 2 + 1)

    @njit
    def g(x):
        return f(x) * 2

    assert g(3.0) == 20.0


def test_they_join_lazy_expressions():
    f = vectorize(["float64(float64, float64)"])(plus)
    a = mnp.arange(100_000.0)
    b = f(mnp.sqrt(a), a) * 2
    same(b, (np.sqrt(np.arange(100_000.0)) + np.arange(100_000.0)) * 2, rtol=1e-15)


# What is wrong


def unknown(x):
    return x


def test_errors():
    with pytest.raises(KernelError, match="not jitted") as caught:

        @vectorize(["float64(float64)"])
        def f(x):
            return unknown(x)

    assert caught.value.filename == __file__ and caught.value.offset == 20
    with pytest.raises(TypeError, match=r"'float64\[:\]' in it: a ufunc takes and gives numbers"):
        vectorize(["float64(float64[:])"])
    with pytest.raises(ValueError, match="target is one of 'cpu', .* not 'tpu'"):
        vectorize(target="tpu")
    with pytest.raises(ValueError, match="identity is 0, 1, None or 'reorderable', not 2"):
        vectorize(identity=2)
    with pytest.raises(TypeError, match="no option 'speed'"):
        vectorize(speed=1)
    with pytest.raises(ValueError, match="'float46' is no type"):
        vectorize(["float46(float64)"])
    with pytest.raises(TypeError, match="a Python function is needed"):
        vectorize(["float64(float64)"])(3)
    f = vectorize(["int64(int64, int64)"])(plus)
    with pytest.raises(TypeError):
        f(1.5, 2.5)
    assert float32 is martlet.f4 and int64 is martlet.i8


def test_few_elements_of_numpys():
    f = vectorize(SIGNATURES)(plus)
    row = np.arange(1.0, 9.0)
    fixed = row.copy()
    fixed.flags.writeable = False
    square = np.arange(1.0, 17.0).reshape(4, 4)
    for x in (row, fixed, row[::-1], row[::2], row[:0], square, square.T, np.array(3.0)):
        for y in (2.0, 3, x, mnp.array(x), np.float64(0.5), np.float32(0.5)):
            # Again, because the first call makes the kernel.
            for function in (f, mnp.add):
                for _ in range(2):
                    result = function(x, y)
                    # A user's ufunc gives what it is given, Martlet's own give Martlet's arrays.
                    is_numpys = function is f and type(y) is not mnp.ndarray
                    kind = np.ndarray if is_numpys else mnp.ndarray
                    assert type(result) in (kind, np.float64)
                    same(result, x + np.asarray(y))
                    same(function(y, x), np.asarray(y) + x)
    same(f(row, square[:, :1]), row + square[:, :1])
    result = f(row, 1.0)
    result[0] = -5.0
    assert row[0] == 1.0 and result[0] == -5.0
    same(mnp.sqrt(row), np.sqrt(row))
    same(mnp.negative(row.astype("i2")), -row.astype("i2"))
    same(mnp.sqrt(row.astype(">f8")), np.sqrt(row))
    with pytest.warns(RuntimeWarning, match="invalid value encountered in sqrt"):
        mnp.sqrt(-row)
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide"):
        mnp.divide(row, np.zeros(8))
    with pytest.raises(ValueError, match="could not be broadcast"):
        mnp.add(row, np.zeros(3))
