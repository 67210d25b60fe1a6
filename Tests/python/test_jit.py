"""`jit` and `njit`: what functions give, against the same functions in Python."""

import math
import subprocess
import sys
import tempfile
import warnings

import martlet
import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelError, KernelFallbackWarning, jit, njit, prange


def same(actual, expected):
    if expected is None:
        assert actual is None
        return
    if isinstance(expected, tuple):
        assert isinstance(actual, tuple) and len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            same(one, other)
        return
    assert type(actual) is type(expected) or isinstance(actual, (np.generic, float, int))
    np.testing.assert_allclose(actual, expected, rtol=1e-14, equal_nan=True)


def agrees(function, *arguments):
    """A jitted function and its Python function give the same, and leave arrays the same."""
    theirs = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    expected = function.py_func(*theirs)
    # Again, because later calls of the same types go another way.
    for _ in range(2):
        ours = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
        same(function(*ours), expected)
        for one, other in zip(ours, theirs, strict=True):
            if isinstance(one, np.ndarray):
                np.testing.assert_allclose(one, other, rtol=1e-14)


table = np.array([1.0, 10.0, 100.0])
FACTOR = 3


@njit
def square(x):
    return x * x


@njit
def hypotenuse(x, y):
    return math.sqrt(square(x) + square(y))


# Numbers


@pytest.mark.parametrize("arguments", [(3, 4), (3.0, 4), (-1.5, 2.0), (np.float32(3), 4)])
def test_numbers(arguments):
    agrees(hypotenuse, *arguments)


def test_operators_are_pythons():
    @njit
    def f(a, b):
        return a + b, a - b, a * b, a / b, a // b, a % b, a < b, a == b, -a, abs(a), a**2

    for a in (7, -7, 7.5, -7.5):
        for b in (2, -2, 2.5, -2.5):
            agrees(f, a, b)


def test_integers():
    @njit
    def f(a, b):
        return a & b, a | b, a ^ b, ~a, a << 2, a >> 1, min(a, b), max(a, b), divmod(a, b)

    for a, b in ((12, 10), (-12, 10), (5, -3)):
        agrees(f, a, b)


def test_loops_and_branches():
    @njit
    def collatz(n):
        steps = 0
        while n != 1:
            if n % 2 == 0:
                n //= 2
            else:
                n = 3 * n + 1
            steps += 1
        return steps

    @njit
    def search(n):
        for i in range(2, n):
            if n % i == 0:
                break
        else:
            return -1
        return i

    for n in (1, 7, 27, 97):
        agrees(collatz, n)
        agrees(search, n + 1)


def test_variables_widen():
    @njit
    def f(n):
        total = 0
        for i in range(n):
            total += 0.5 * i
        return total

    agrees(f, 5)


def test_math_and_builtins():
    @njit
    def f(x):
        return (
            math.sin(x) + math.exp(-x) + math.atan2(x, 2.0) + math.pi,
            math.floor(x),
            int(x),
            float(3),
            round(x),
            np.sqrt(x) + np.log1p(x),
        )

    for x in (0.5, 1.75, 3.0):
        agrees(f, x)


def test_tuples_defaults_and_keywords():
    @njit
    def f(pair, scale=2.0, *, shift=1):
        a, (b, c) = pair
        b, a = a, b
        return (a * scale + shift, b - c)

    same(f((1.0, (2.0, 3.0))), f.py_func((1.0, (2.0, 3.0))))
    same(f((1.0, (2, 3.0)), shift=4), f.py_func((1.0, (2, 3.0)), shift=4))
    same(f(scale=5, pair=(1, (2, 3))), f.py_func(scale=5, pair=(1, (2, 3))))
    with pytest.raises(TypeError):
        f()
    with pytest.raises(TypeError):
        f((1, (2, 3)), other=1)


# Arrays


def test_arrays_are_read_and_written():
    @njit
    def f(a, b):
        rows, columns = a.shape
        for i in range(rows):
            for j in range(columns):
                b[j, i] = 2 * a[i, j] + len(b)
            b[-1, i] -= 1
        return a.ndim, a.size

    agrees(f, np.arange(6.0).reshape(2, 3), np.zeros((3, 2)))
    agrees(f, np.arange(6.0).reshape(2, 3)[:, ::-1], np.zeros((3, 2)))


def test_martlets_arrays_are_written_in_place():
    @njit
    def f(a, i):
        a[i] = 7

    a = mnp.zeros(4)
    view = a[1:]
    f(view, 0)
    assert a.tolist() == [0, 7, 0, 0]
    f(a, 3)
    assert view.tolist() == [7, 0, 7]


def test_slices_and_reductions():
    @njit
    def f(a):
        part = a[1:, ::2]
        part[0] = a[0, ::2]
        return part.sum(), a.max(), np.mean(a), a[0].min(), np.sum(a[:, 1])

    agrees(f, np.arange(12.0).reshape(3, 4))


def test_outside_arrays_and_numbers():
    @njit
    def f(i):
        return table[i] * FACTOR + table.sum()

    agrees(f, 1)


def test_naive_convolution():
    @njit
    def convolve(f, g, h):
        for x in range(h.shape[0]):
            for y in range(h.shape[1]):
                value = 0.0
                for s in range(g.shape[0]):
                    for t in range(g.shape[1]):
                        v = x - g.shape[0] // 2 + s
                        w = y - g.shape[1] // 2 + t
                        if 0 <= v < f.shape[0] and 0 <= w < f.shape[1]:
                            value += g[s, t] * f[v, w]
                h[x, y] = value

    random = np.random.default_rng(0)
    agrees(convolve, random.random((7, 8)), random.random((3, 3)), np.zeros((7, 8)))


def test_parallel_loops():
    @njit(parallel=True)
    def f(a, b):
        total = 0.0
        for i in prange(a.size):
            b[i] = a[i] * 2
            total += a[i]
        return total

    agrees(f, np.arange(1000.0), np.zeros(1000))


def test_dtypes_may_be_texts_and_pythons_own():
    @njit
    def f(n, a):
        return (
            np.zeros(n, "f4"),
            np.ones((n, 2), float),
            np.full(n, 7, "int16"),
            np.zeros(n, dtype="complex64"),
            np.zeros_like(a, bool),
            a.astype(int),
            a.astype("float32"),
        )

    a = np.array([1.5, -2.5])
    for one, other in zip(f(2, a), f.py_func(2, a), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    for wrong in ("nonsense", "U3", ">f4"):
        with pytest.raises(KernelError, match="is no dtype"):
            njit(_from_file(f"def f(a):\n    return a.astype({wrong!r})\n", "f"))(a)


def test_results_are_whole_arrays_without_martlet_numpy():
    # The tests import `martlet.numpy`, which completes the type of arrays; programs may not.
    program = """
import copy, pickle, sys, tempfile
import numpy as np
from martlet import njit
with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
    file.write("def f(n): return np.arange(n) * 0.5")
    file.flush()
    names = {"np": np}
    exec(compile("def f(n): return np.arange(n) * 0.5", file.name, "exec"), names)
    x = njit(names["f"])(3)
assert "martlet.numpy" not in sys.modules
assert x.flags.c_contiguous and x.tobytes() == np.asarray(x).tobytes()
for made in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
    assert made.tolist() == [0, 0.5, 1]
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@njit
def assigned(a, b):
    a[:] = b


@njit
def added(a, b):
    a[:] = b + a
    a[1:] += b[:-1]


@njit
def mirrored(a, b):
    a[:, :] = b[::-1, :] * 2.0


@pytest.mark.parametrize("start", [0, 1, 3])
def test_arrays_that_overlap(start):
    # NumPy computes all of the right side before it changes an element.
    def run(call, shape):
        memory = np.arange(40.0)
        size = math.prod(shape)
        lower, upper = (memory[k : k + size].reshape(shape) for k in (0, start))
        call(upper, lower)
        call(lower, upper)
        call(lower, lower)
        return memory.tolist()

    for function, shape in ((assigned, (12,)), (added, (12,)), (mirrored, (4, 3))):
        assert run(function, shape) == run(function.py_func, shape)


# Errors


def test_exceptions():
    @njit(error_model="python")
    def f(x):
        if x > 9:
            raise ValueError("too large")
        assert x >= 0, "negative"
        return 1 / x

    same(f(2), 0.5)
    with pytest.raises(ValueError, match="^too large$"):
        f(10)
    with pytest.raises(AssertionError, match="negative"):
        f(-1)
    with pytest.raises(ZeroDivisionError):
        f(0)


def test_numpys_division():
    @njit(error_model="numpy")
    def f(x):
        return 1.0 / x

    assert f(0.0) == math.inf


def test_bounds_are_checked_on_request():
    @njit(boundscheck=True)
    def f(a, i):
        return a[i]

    assert f(np.arange(3.0), 2) == 2
    with pytest.raises(IndexError):
        f(np.arange(3.0), 3)


def unknown(x):
    return x + 1


def test_nopython_errors_are_at_the_users_line():
    @njit
    def f(x):
        return x + unknown(x)

    with pytest.raises(KernelError, match="'unknown' is a Python function that is not jitted") as e:
        f(1)
    line = f.py_func.__code__.co_firstlineno + 2
    assert (e.value.filename, e.value.lineno, e.value.offset) == (__file__, line, 20)
    assert e.value.text == "        return x + unknown(x)"


def test_without_nopython_a_call_runs_in_python_with_one_notice():
    @jit
    def f(x, y=1):
        return [x, unknown(x), y]

    with pytest.warns(KernelFallbackWarning, match="'f' runs in Python") as caught:
        assert f(1) == [1, 2, 1]
    assert len(caught) == 1 and caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(2, y=3) == [2, 3, 3]
    assert any(record.name == "f" for record in martlet.fallback_records())


def test_python_is_an_error_where_fallback_is():
    @jit
    def f(x):
        return unknown(x)

    with martlet.errstate(fallback_mode="raise"), pytest.raises(martlet.FallbackError):
        f(1)


def test_recursion_is_refused_or_right():
    @jit
    def factorial(n):
        return 1 if n <= 1 else n * factorial(n - 1)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KernelFallbackWarning)
        assert factorial(10) == 3628800


# The decorator


def test_signatures_are_compiled_at_once():
    @njit(["float64(float64)", martlet.float64(martlet.int64)])
    def f(x):
        return x * 2.0

    assert [str(one) for one in f.signatures] == ["(float64,)", "(int64,)"]
    same(f(3), 6.0)
    with pytest.raises(KernelError, match="not jitted"):

        @njit("float64(float64)")
        def g(x):
            return unknown(x)


def test_a_function_without_arguments_has_a_signature():
    @njit(())
    def f():
        return 3

    assert f.signatures == [()]
    same(f(), 3)
    assert f.overloads[()] is f


def test_forceobj_runs_in_python():
    seen = []

    @jit("float64(float64)", forceobj=True)
    def f(x):
        seen.append({x})
        return f"{x}"

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(2.0) == "2.0"
        assert f("a") == "a"
    assert seen == [{2.0}, {"a"}]
    assert f.signatures == []


def test_options():
    with pytest.raises(TypeError, match=r"\[jit\] Martlet has no option 'fast'; it has nopython"):
        jit(fast=True)
    with pytest.raises(TypeError, match=r"no option 'looplift' \(looplift=True\)"):
        jit(looplift=True)
    with pytest.raises(ValueError, match="forceobj asks for Python, and nopython for none"):
        njit(forceobj=True)
    with pytest.raises(ValueError, match="error_model is 'python' or 'numpy', not 'c'"):
        njit(error_model="c")
    with pytest.raises(ValueError, match="fastmath has no flag 'quick'"):
        njit(fastmath={"quick"})
    with pytest.raises(TypeError, match="a Python function is needed, not <built-in function len>"):
        njit(len)
    for options in ({"nogil": True}, {"cache": True}, {"fastmath": {"nnan"}}, {"inline": "always"}):
        same(njit(**options)(lambda x: x + 1)(1), 2)


def added_squares(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += square(x[i])
    return total


def test_fastmath():
    exact, fast = njit(added_squares), njit(fastmath=True)(added_squares)
    x = np.random.default_rng(0).standard_normal(10_007)
    in_order = 0.0
    for number in x.tolist():
        in_order += number * number
    assert exact(x) == in_order
    # Each order of n additions is off by at most n units of rounding of the sum of magnitudes, and
    # here all are positive.
    assert abs(fast(x) - in_order) <= 2 * x.size * np.finfo(float).eps * in_order
    assert "fadd fast" in "".join(fast.inspect_llvm().values())
    assert "fast" not in "".join(exact.inspect_llvm().values())

    def exponential(x):
        return math.exp(x)

    for number in (-700.0, -1e-9, 0.5, 3.0, 709.0):
        assert njit(fastmath=True)(exponential)(number) == njit(exponential)(number)


def test_attributes():
    @njit
    def documented(x):
        """A docstring."""
        return x + 1

    assert (documented.__name__, documented.__doc__) == ("documented", "A docstring.")
    assert documented.py_func(1) == 2
    assert documented.signatures == []
    documented(1)
    assert documented.signatures == [(martlet.int64,)] == documented.nopython_signatures
    documented(1.0)
    assert len(documented.signatures) == 2
    assert documented.inspect_llvm((martlet.int64,))
    assert set(documented.inspect_kernel()) == set(documented.signatures)
    with pytest.raises(NotImplementedError, match="inspect_cfg"):
        documented.inspect_cfg()


def test_types_are_shown(capsys):
    square(2)
    square.inspect_types()
    assert "square (int64)" in capsys.readouterr().out


def test_recompilation_sees_new_values():
    global FACTOR

    @njit
    def f():
        return FACTOR

    assert f() == 3
    FACTOR = 4
    try:
        assert f() == 3
        f.recompile()
        assert f() == 4
    finally:
        FACTOR = 3


def test_methods():
    class Holder:
        @staticmethod
        @njit
        def double(x):
            return x * 2

    assert Holder.double(2) == 4


def test_a_way_without_a_return_is_an_error():
    @njit
    def positive(x):
        if x > 0:
            return x

    assert positive(2.5) == 2.5
    with pytest.raises(TypeError, match="'positive' ended without a return"):
        positive(-1.0)

    @njit
    def first(limit):
        n = 0
        while True:
            n += 3
            if n > limit:
                return n

    assert first(10) == 12


def test_truth_values_stay_truth_values():
    @njit
    def both(x, low, high):
        return (x > low) & (x < high)

    assert both(1.0, 0.0, 2.0) is True
    assert both(3.0, 0.0, 2.0) is False


def test_powers_of_integers():
    @njit
    def power(a, b):
        return a**b

    assert power(3, 4) == 81
    assert power(2.0, -1) == 0.5
    with pytest.raises(ValueError, match="negative integer powers"):
        power(2, -1)


def test_hostile_arguments_are_errors():
    @njit
    def first(x):
        return x[0]

    nested = ()
    for _ in range(100_000):
        nested = (nested,)
    for hostile in (nested, (1,) * 2000, object(), "text", np.array(["a"]), 2**100):
        with pytest.raises((KernelError, OverflowError, TypeError)):
            first(hostile)
    for kinds in (
        [("float64", -1, "A")],
        [("float64", 99, "C")],
        [("nonsense", 1, "C")],
        [object()],
    ):
        with pytest.raises((ValueError, TypeError)):
            first.compile(kinds, None)


def test_extreme_numbers_in_programs_are_errors():
    @njit
    def shifted():
        return (-9223372036854775807 - 1) << 1

    assert shifted() == -(2.0**64)

    @njit
    def stepped(x):
        return x[:: -9223372036854775807 - 1]

    with pytest.raises(KernelError, match="larger than any array"):
        stepped(np.arange(3.0))

    lines = ["def long(x, y):", *["    x[0] = x[0] / y"] * 2000, "    return x[0]"]
    with pytest.raises(KernelError, match="statements in a row"):
        njit(_from_file("\n".join(lines), "long"))(np.ones(1), 2.0)


def _from_file(text, name):
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(text)
    names = {}
    exec(compile(text, file.name, "exec"), names)
    return names[name]


class Refused(Exception):
    pass


class Coded(ValueError):
    def __init__(self, code="none"):
        super().__init__(code)
        self.code = code


def test_exceptions_of_ones_own():
    @njit
    def check(x):
        if x > 2:
            raise Refused("too large")
        if x > 1:
            raise Coded
        return x

    assert check(1.0) == 1.0
    with pytest.raises(Refused, match="too large"):
        check(3.0)
    with pytest.raises(Coded) as caught:
        check(2.0)
    assert caught.value.code == "none"


def test_arrays_from_around_called_functions():
    @njit
    def scaled(i):
        return table[i] * FACTOR

    @njit
    def total(table):
        # The parameter is another than the array outside, which 'scaled' sees.
        result = 0.0
        for i in range(3):
            result += scaled(i) + table[i]
        return result

    @njit(parallel=True)
    def each(out):
        for i in prange(3):
            out[i] = scaled(i)

    agrees(total, np.array([5.0, 6.0, 7.0]))
    agrees(each, np.zeros(3))
    table[1] += 1
    agrees(total, np.zeros(3))
    table[1] -= 1


class Several(Exception):
    def __init__(self, first, second=2):
        super().__init__(first, second)


def test_exceptions_have_the_arguments_that_they_were_given():
    @njit
    def raises(i):
        if i == 0:
            raise ValueError(1)
        if i == 1:
            raise ValueError("a", 2.5)
        if i == 2:
            raise Several("x", 3)
        if i == 3:
            raise Several("y")
        if i == 4:
            raise ValueError("{0} x")
        if i == 5:
            raise KeyError(None)
        if i == 6:
            raise ValueError()
        if i == 7:
            raise ValueError
        raise ValueError("")

    for i in range(9):
        with pytest.raises(Exception) as theirs:  # noqa: B017, PT011
            raises.py_func(i)
        with pytest.raises(type(theirs.value)) as ours:
            raises(i)
        assert ours.value.args == theirs.value.args
