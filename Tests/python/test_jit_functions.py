"""Functions as values in kernels: arguments, nested functions, lambdas, `operator`, `*args`; and
Python's ranges, slices and rounding."""

import collections
import functools
import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from martlet import KernelError, cuda, device, njit, vectorize


@njit
def add(a, b):
    return a + b


@njit
def times(a, b):
    return a * b


@njit
def both(f, a, b):
    return f(f(a, b), b)


@njit
def mapped(f, values):
    out = np.empty_like(values)
    for i in range(values.size):
        out[i] = f(values[i])
    return out


@njit
def newton(f, derivative, x, tolerance=1e-12):
    while abs(f(x)) > tolerance:
        x -= f(x) / derivative(x)
    return x


@njit
def square_minus_two(x):
    return x * x - 2


@njit
def twice(x):
    return 2 * x


def test_jitted_functions_are_arguments():
    for f in (add, times, operator.add, operator.mul, operator.sub, max, math.pow, np.hypot):
        for _ in range(2):
            assert both(f, 2.0, 3.0) == f(f(2.0, 3.0), 3.0)
    assert both(b=3, a=2, f=add) == 8
    assert newton(square_minus_two, twice, 1.0) == pytest.approx(math.sqrt(2))
    np.testing.assert_array_equal(mapped(np.sqrt, np.arange(4.0)), np.sqrt(np.arange(4.0)))
    np.testing.assert_array_equal(mapped(twice, np.arange(4.0)), 2 * np.arange(4.0))


def test_types_are_arguments():
    @njit
    def made(n, dtype):
        return np.zeros(n, dtype)

    for dtype in (np.float32, np.int16, np.dtype("f8"), bool):
        assert made(3, dtype).dtype == dtype


def test_functions_are_called_through_others():
    @njit
    def outer(f, x):
        return both(f, x, x) + 1

    assert outer(add, 2) == 7 and outer(times, 2) == 9


def test_python_functions_as_arguments_are_an_error():
    def plain(a, b):
        return a

    with pytest.raises(KernelError, match="is of type function"):
        both(plain, 1, 2)


# Functions inside of functions


@njit
def nested(x, n):
    scale = 3

    def scaled(y, more=1):
        return y * scale + more

    shift = lambda y: y + scale  # noqa: E731
    total = scaled(x)
    scale = 5
    for i in range(n):
        total += scaled(i, 2) + shift(i)
    return total


@njit
def in_a_loop(n):
    total = 0
    for i in range(n):
        step = lambda x: x * i  # noqa: E731, B023
        total += both(step2(i), 1, 2) if i < 0 else step(2)
    return total


@njit
def step2(i):
    return i


@njit
def in_a_branch(x):
    if x > 0:

        def f(y):
            return y + x
    else:

        def f(y):
            return y - x

    return x


@njit
def with_loops(values):
    def norm(a):
        total = 0.0
        for i in range(a.shape[0]):
            if a[i] < 0:
                return -1.0
            total += a[i] ** 2
        return total**0.5

    return norm(values), norm(values[1:])


@njit
def factory(x):
    def adder(n):
        def inner(y):
            return y + n

        return inner

    one, two = adder(1), adder(2)
    return one(x), two(x), adder(3)(x)


@njit
def handed(x):
    return both(lambda a, b: a * 10 + b, x, 3)


@njit
def reduced(values, n):
    return (
        functools.reduce(add, values), functools.reduce(operator.mul, values, 2.0),
        functools.reduce(lambda a, b: a + b, range(n)), functools.reduce(max, (1, 5, 3)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (nested, (4, 3)), (in_a_branch, (1,)), (with_loops, (np.array([-1.0, 3, 4]),)),
        (factory, (10,)), (reduced, (np.array([1.5, 2, 4]), 5)),
    ],
)  # fmt: skip
def test_functions_inside_of_functions(function, arguments):
    assert function(*arguments) == function.py_func(*arguments)


def test_functions_inside_are_arguments():
    assert handed(2) == 233


def test_elementwise_functions_with_functions_inside():
    @vectorize
    def f(x, y):
        def scaled(z):
            total = 0.0
            for i in range(3):
                total += z * i
            return total

        return scaled(x) - (lambda z: z + 1)(y)

    np.testing.assert_array_equal(f(np.arange(3.0), 1.0), np.arange(3.0) * 3 - 2)


def test_grid_kernels_with_functions_inside():
    @cuda.jit
    def kernel(out):
        def f(x):
            return x + i

        i = cuda.grid(1)
        if i < out.size:
            out[i] = f(1) + operator.add(i, 1)

    out = np.zeros(5)
    with device("simulator"):
        kernel[1, 8](out)
    np.testing.assert_array_equal(out, 2 + 2 * np.arange(5))


@njit
def decorated(x):
    @njit
    def f(y):
        return y

    return f(x)


@njit
def returned(x):
    return lambda y: x + y


@njit
def without_locals(x):
    def f():
        nonlocal x
        x = 2

    f()
    return x


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (decorated, "a decorated function inside of a function"),
        (returned, "a function can't be kept or returned"),
        (without_locals, "a 'nonlocal' statement"),
    ],
)
def test_what_functions_inside_lack_is_named(function, message):
    with pytest.raises(KernelError, match=message):
        function(1)


# Arguments without a number


@njit
def counted(first, *rest, scale=1):
    total = first
    for x in rest:
        total += x * scale
    return total, len(rest)


@njit
def spread(values, pair):
    return counted(*pair), counted(1, *pair, scale=2), counted(*(1, 2), *pair), max(*pair)


def test_any_number_of_arguments():
    for arguments in ((1,), (1, 2.5), (1, 2, 3, 4)):
        assert counted(*arguments) == counted.py_func(*arguments)
    assert counted(1, 2, scale=3) == (7, 1)
    assert spread([1], (5, 6)) == spread.py_func([1], (5, 6))

    @njit
    def unknown(values):
        return counted(*values)

    with pytest.raises(KernelError, match="whose length is known when compiling"):
        unknown([1, 2])


# Ranges and slices


@njit
def ranges(n, i):
    r = range(n)
    s = range(10, 0, -3)
    return len(r), r[i], s[-1], len(s), list(s), sum(r), max(s), np.array(r), [x for x in r]


def test_ranges_are_values():
    got, wanted = ranges(5, -1), ranges.py_func(5, -1)
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(IndexError, match="range object index out of range"):
        ranges(5, 5)


@njit
def cut(a, s):
    t = slice(1, None)
    return a[s], a[t], a[slice(2)], a[slice(None, None, -1)], s.start


def test_slices_are_values():
    a = np.arange(6.0)
    for s in (slice(1, 4), slice(None, -1), slice(None, None, -2), slice(5, 1, -1)):
        got, wanted = cut(a, s), cut.py_func(a, s)
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(one, other)


# Named tuples

Point = collections.namedtuple("Point", "x y")
ORIGIN = Point(1, 2.5)


@njit
def measured(p, scale):
    q = Point(p.x * scale, y=p.y + ORIGIN.y)
    a, b = q
    total = 0.0
    for part in q:
        total += part
    return q.x, q[1], a - b, len(q), total, q == (a, b), max(q), tuple(q)


@cuda.jit
def placed(out, p):
    out[0] = p.x[1] + p.y


def test_named_tuples():
    for p in (Point(2, 3.5), Point(1.5, -1)):
        assert measured(p, 2) == measured.py_func(p, 2)
    out = np.zeros(1)
    with device("simulator"):
        placed[1, 1](out, Point(np.arange(3.0), 2))
    assert out[0] == 3

    @njit
    def lacks(p):
        return p.z

    @njit
    def returned(p):
        return p

    with pytest.raises(KernelError, match="has no 'z' in kernels"):
        lacks(ORIGIN)
    with pytest.raises(KernelError, match="a named tuple of x, y can't be kept or returned"):
        returned(ORIGIN)


# Rounding to digits


@njit
def rounded(x, n):
    return round(x, n)


@njit
def rounded_to_two(x):
    return round(x, 2)


@given(st.floats(), st.integers(-22, 22))
def test_rounding_is_pythons(x, n):
    wanted = round(x, n) if math.isfinite(x) else x
    got = rounded(x, n)
    assert got == wanted or (math.isnan(x) and math.isnan(got))
    assert math.copysign(1, got) == math.copysign(1, wanted)


@given(st.integers(-(10**9), 10**9), st.integers(0, 12))
def test_decimal_numbers_are_rounded_as_python_has_it(mantissa, digits):
    x = mantissa / 10**digits
    for n in range(digits + 1):
        assert rounded(x, n) == round(x, n)


def test_halves_are_decided_by_the_exact_number():
    for x in (2.675, 1.005, 0.125, 0.375, 2.5, -2.675, 1e15 + 0.3, 5e-324, 1e300):
        assert rounded_to_two(x) == round(x, 2)
    for x in (15, 25, -15, 149, 150, 151, 2**60, -(2**62)):
        for n in (-19, -3, -2, -1, 0, 2):
            assert rounded(x, n) == round(x, n)
    with pytest.raises(ValueError, match="-22 to 22 digits"):
        rounded(1.5, 23)


# Methods of arrays


@njit
def items(a, i, j):
    return a.item(i), a.item(i, j), a.flat[i], len(a.flat)


@njit
def set_flat(a, i):
    a.flat[i] = 100
    a.flat[-1] += 5
    total = 0.0
    for x in a.flat:
        total = total * 2 + x
    return total


@njit
def seen(a):
    return a.view(np.uint64), a.view(np.uint8), a[0].view(np.int64)


@njit
def conjugates(a):
    return a.conj(), a.conjugate(), a.conj().imag


@njit
def positions(a):
    return np.where(a > 1)


@njit
def divided(a, b):
    return divmod(a, b), np.divmod(a, b), np.modf(a * 0.5)


@njit
def identical(a, b):
    return a is b, a is not b, a is a, a[:1] is b


def test_methods_of_arrays():
    for a in (
        np.arange(6.0).reshape(2, 3),
        np.arange(6.0).reshape(3, 2).T,
        np.ones((4, 6))[::2, ::2],
    ):
        assert items(a, 1, -1) == (a.item(1), a.item(1, -1), a.flat[1], 6)
        own, plain = a.copy(order="K"), a.copy(order="K")
        assert set_flat(own, 2) == set_flat.py_func(plain, 2)
        np.testing.assert_array_equal(own, plain)
        for one, other in zip(positions(a), np.where(a > 1), strict=True):
            np.testing.assert_array_equal(one, other)
        for one, other in zip(divided(a, 2.0), divided.py_func(a, 2.0), strict=True):
            np.testing.assert_array_equal(one, other)
    for function, arguments in ((items, (6, 0)), (items, (0, 3)), (set_flat, (6,))):
        with pytest.raises(IndexError, match="out of bounds"):
            function(np.zeros((2, 3)), *arguments)
    z = np.array([1 + 2j, 3 - 1j])
    for one, other in zip(conjugates(z), conjugates.py_func(z), strict=True):
        np.testing.assert_array_equal(one, other)
    a = np.array([1.5, -2.0])
    for one, other in zip(seen(a), seen.py_func(a), strict=True):
        np.testing.assert_array_equal(one, other)
    words = seen(a)[0]
    words[0] = 0
    assert a[0] == 0
    with pytest.raises(ValueError, match="last axis must be contiguous"):
        seen(np.arange(4.0)[::2])
    b = a.copy()
    assert identical(a, a) == (True, False, True, False)
    assert identical(a, b) == (False, True, True, False)


def test_operators_in_place():
    @njit
    def numbers(a, b):
        return (
            operator.iadd(a, b), operator.ifloordiv(a, b), operator.iand(a, b),
            operator.ior(a, b), operator.ixor(a, b), operator.ilshift(a, b),
            operator.contains((1, 2, a), b),
        )  # fmt: skip

    assert numbers(5, 3) == numbers.py_func(5, 3)
    assert numbers(2, 2) == numbers.py_func(2, 2)

    @njit
    def arrays(a, b):
        operator.imul(a, b)
        return operator.iadd(a, 1.0) is a

    a = np.ones(3)
    assert arrays(a, 3.0)
    np.testing.assert_array_equal(a, [4.0, 4.0, 4.0])


def test_the_exponent_of_ldexp_is_an_integer():
    @njit
    def scaled(x, n):
        return math.ldexp(x, n)

    for n in (3, np.int32(-2), np.int8(0)):
        assert scaled(1.5, n) == math.ldexp(1.5, int(n))
