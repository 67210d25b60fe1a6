"""Derivatives of kernels that users write, against differences of the kernel in Python."""

import math
import random

import martlet.numpy as np
import numpy
import pytest
from martlet import (
    KernelFallbackWarning,
    check_grads,
    grad,
    hessian,
    jit,
    jvp,
    njit,
    value_and_grad,
    vectorize,
)  # fmt: skip


@njit
def convolution(image, kernel, out):
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total = 0.0
            for k in range(kernel.shape[0]):
                for m in range(kernel.shape[1]):
                    total += image[i + k, j + m] * kernel[k, m]
            out[i, j] = total


@njit
def gauss_seidel(x, right, steps):
    for _ in range(steps):
        for i in range(1, x.shape[0] - 1):
            x[i] = 0.5 * (x[i - 1] + x[i + 1] + right[i] * x[i])


@njit
def filtered(x, a, b):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = b * x[i]
        if i > 0:
            y[i] -= a * y[i - 1] ** 2
    return y


@njit
def jacobi(u, steps):
    other = u.copy()
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                other[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] * u[i, j + 1])
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = other[i, j]
    return u[1, 1] + u[2, 2]


@njit
def logistic(x, r, n):
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


@njit
def root(a, tolerance=1e-12):
    """Newton's steps: how many shows at run time."""
    x = a
    while abs(x * x - a) > tolerance:
        x = 0.5 * (x + a / x)
    return x


@njit
def bent(x, limit):
    if x > limit:
        return x * limit
    return math.sin(x) + max(x, 0.25) ** 3


@njit
def left_early(x, limit):
    total, product = 0.0, 1.0
    for i in range(len(x)):
        if x[i] < 0:
            continue
        total += bent(x[i], limit)
        product = product * x[i]
        if total > 4.0:
            break
    return total, product


@njit
def scattered(x, places, out):
    k = 0
    for i in range(len(x)):
        k = (k + places[i]) % len(out)
        out[k] += x[i] * x[i]
        out[(k + 1) % len(out)] *= x[i]


@njit
def swapped(x):
    a, b = x[0], x[1]
    for i in range(len(x)):
        a, b = b * x[i], a + np.exp(-b)
    return a * b


@njit
def applied(function, x):
    total = 0.0
    for i in range(len(x)):
        total += function(x[i], 0.5)
    return total


@jit
def with_dictionary(x):
    parts = {"a": x[0]}
    return parts["a"] * x[1]


def difference(f, arguments, place, step=1e-6):
    """The gradient of a number by one argument, by differences."""
    x = numpy.array(arguments[place], dtype=float)
    found = numpy.zeros_like(x)
    for index in numpy.ndindex(x.shape):
        sides = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * step
            given = [np.array(one) if numpy.ndim(one) else one for one in arguments]
            given[place] = np.array(moved) if x.ndim else float(moved)
            sides.append(float(f(*given)))
        found[index] = (sides[0] - sides[1]) / (2 * step)
    return found


def check(f, *arguments, places=None, tolerance=1e-6):
    for place in places or range(len(arguments)):
        given = [np.array(one) if numpy.ndim(one) else one for one in arguments]
        found = numpy.asarray(grad(f, place)(*given))
        wanted = difference(f, arguments, place)
        numpy.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


rng = numpy.random.default_rng(4)


def test_convolution():
    def f(image, kernel):
        out = np.zeros((4, 3))
        convolution(image, kernel, out)
        return (out * out).sum()

    check(f, rng.random((6, 5)), rng.random((3, 3)))


def test_in_place():
    def f(x, right):
        x = x * 1.0
        gauss_seidel(x, right, 5)
        return (x * x).sum()

    check(f, rng.random(8), rng.random(8))
    check(lambda u: jacobi(u, 4), rng.random((5, 5)))


def test_an_argument_that_changes_is_changed_once():
    x = np.array(rng.random(6))
    wanted = x.copy()
    gauss_seidel(wanted, wanted * 0, 3)

    def f(x):
        gauss_seidel(x, np.zeros(6), 3)
        return x.sum()

    value, _ = value_and_grad(f)(x)
    numpy.testing.assert_array_equal(x, wanted)
    assert value == pytest.approx(wanted.sum())


def test_results():
    check(lambda x, a, b: filtered(x, a, b).sum(), rng.random(7), 0.3, 1.5)
    check(lambda x: left_early(x, 0.7)[0] * left_early(x, 0.7)[1], rng.random(9) - 0.2)
    check(lambda x: left_early(x, 10.0)[0], 4 * rng.random(9))
    check(lambda x, r: logistic(x, r, 20), 0.3, 3.1)
    check(swapped, rng.random(5))


def test_functions_as_arguments():
    check(lambda x: applied(bent, x), rng.random(4))


def test_what_runs_in_python():
    with pytest.warns(KernelFallbackWarning):
        found = grad(with_dictionary)(np.array([2.0, 3.0]))
    numpy.testing.assert_array_equal(found, [3, 2])


def test_while():
    assert float(grad(root)(2.0)) == pytest.approx(0.5 / math.sqrt(2))
    assert float(grad(root)(0.04)) == pytest.approx(2.5)


def test_elements_that_are_written_several_times():
    places = numpy.array([3, 4, 0, 2, 2, 1])

    def f(x, start):
        out = start * 1.0
        scattered(x, places, out)
        return (out * np.arange(1.0, 6.0)).sum()

    check(f, rng.random(6), rng.random(5))


def test_higher_order():
    check(lambda x: grad(lambda y: logistic(y, 3.1, 6))(x), 0.3, tolerance=1e-4)
    x = rng.random(4)
    found = numpy.asarray(hessian(lambda x: filtered(x, 0.3, 1.5).sum())(np.array(x)))
    wanted = [
        difference(lambda x, i=i: grad(lambda x: filtered(x, 0.3, 1.5).sum())(x)[i], [x], 0)
        for i in range(4)
    ]
    numpy.testing.assert_allclose(found, wanted, atol=1e-5)
    check_grads(lambda x: left_early(x, 0.7)[0])(np.array(rng.random(5) + 0.1))


def test_forward():
    x, t = np.array(rng.random(5)), np.array(rng.random(5))
    step = 1e-6
    value, tangent = jvp(swapped, (x,), (t,))
    assert value == pytest.approx(swapped(x))
    wanted = (swapped(x + step * t) - swapped(x - step * t)) / (2 * step)
    assert float(tangent) == pytest.approx(wanted, rel=1e-6)


def test_single_precision():
    x = numpy.asarray(rng.random(5), dtype=numpy.float32)
    found = grad(lambda x: filtered(x, 0.3, 1.5).sum())(np.array(x))
    assert found.dtype == numpy.float32
    wanted = grad(lambda x: filtered(x, 0.3, 1.5).sum())(np.array(x, dtype=float))
    numpy.testing.assert_allclose(found, wanted, rtol=1e-5)


@njit
def whole(x):
    y = x[1:]
    return y[0]


@njit
def of_a_list(x):
    items = [x[0], x[1]]
    return items[0] * items[1]


@njit
def noisy(x):
    return x[0] + 0 * np.random.rand() + x[1] - 1


REFUSED = [(whole, "y = x[1:]"), (of_a_list, "items = [x[0]"), (noisy, "random.rand()")]


@pytest.mark.parametrize(("kernel", "line"), REFUSED)
def test_what_has_no_derivative_names_its_line(kernel, line):
    with pytest.raises(NotImplementedError, match="defvjp") as caught:
        grad(kernel)(np.array([1.0, 2.0]))
    assert line in str(caught.value)
    assert "test_kernel_gradients.py" in str(caught.value)
    assert kernel(np.array([1.0, 2.0])) == 2


def test_arrays_of_numpy_that_change():
    with pytest.raises(NotImplementedError, match="'out'"):
        grad(lambda x: convolution(x, np.ones((2, 2)), numpy.zeros((2, 2))))(np.ones((3, 3)))


def test_arguments_that_share_memory():
    def f(x):
        x = x * 1.0
        gauss_seidel(x[1:], x[:-1], 1)
        return x.sum()

    with pytest.raises(NotImplementedError, match="share memory"):
        grad(f)(np.ones(5))


@vectorize
def powers(x, y):
    total = x
    for i in range(3):
        total = total * y + x * i
    return total


def test_vectorized_loops():
    check(lambda x, y: powers(x, y).sum(), rng.random((3, 4)), rng.random(4))
    check(lambda x, y: powers(x, y).sum(), rng.random((3, 1)), 0.7)


class Program:
    """A random function of a loop over an array, an array that it changes, and numbers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = [
            "@njit", f"def program_{seed}(x, y, a):", "    b, c, n = a, 0.5, 0",
            *self.block(1, 4, ()), "    return a * b + c",
        ]  # fmt: skip

    def number(self, depth, indices):
        choose = self.random.choice
        kind = self.random.randrange(7 if depth else 3)
        if kind == 0:
            return choose(["0.5", "1.25", "a", "b", "c"])
        if kind < 3:
            return f"{choose('xy')}[{self.index(indices)}]" if indices else choose("abc")
        parts = [self.number(depth - 1, indices) for _ in range(2)]
        if kind == 3:
            return f"math.sin({parts[0]})"
        if kind == 4:
            return f"({parts[0]} if {parts[1]} > 0.4 else {parts[1]} * 0.5)"
        if kind == 5:
            return f"({parts[0]} / (1.5 + {parts[1]} * {parts[1]}))"
        return f"({parts[0]} {choose('+-*')} {parts[1]})"

    def index(self, indices):
        return self.random.choice([*indices, f"({indices[-1]} + n) % 4", f"3 - {indices[0]}"])

    def block(self, depth, count, indices):
        return [line for _ in range(count) for line in self.statement(depth, indices)]

    def statement(self, depth, indices):
        space, kind = "    " * depth, self.random.randrange(9)
        value = self.number(2, indices)
        bounded = f"math.tanh({value})"
        if kind < 2:
            return [f"{space}{self.random.choice('abc')} = {bounded}"]
        if kind == 2:
            return [f"{space}{self.random.choice('abc')} {self.random.choice('+-')}= {bounded}"]
        if kind < 5 and indices:
            return [
                f"{space}y[{self.index(indices)}] {self.random.choice(['', '+', '*'])}= {bounded}"
            ]
        if kind == 5:
            return [f"{space}n += 1"]
        if depth > 2:
            return [f"{space}c = {bounded}"]
        inner = self.block(depth + 1, 3, indices)
        if kind == 6:
            other = self.block(depth + 1, 2, indices)
            leaving = []
            if indices and self.random.random() < 0.4:
                leaving = [f"{space}    {self.random.choice(['break', 'continue'])}"]
            return [f"{space}if {value} > 0.3:", *inner, *leaving, f"{space}else:", *other]
        name = f"i{depth}"
        inner = self.block(depth + 1, 3, (*indices, name))
        if kind == 7:
            start = [f"{space}{name} = 0", f"{space}while {name} < 3 and abs({value}) < 9:"]
            # The index moves first: the body may go on early.
            return [*start, f"{space}    {name} += 1", *inner]
        bounds = self.random.choice(["4", "1, 4", "3, -1, -1", "n % 4"])
        return [f"{space}for {name} in range({bounds}):", *inner]


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Random functions, in a file of their own, since kernels are read from files."""
    lines = ["import math", "from martlet import njit", ""]
    for seed in range(4):
        lines += [*Program(seed).lines, "", ""]
    path = tmp_path_factory.mktemp("programs") / "random_programs.py"
    path.write_text("\n".join(lines))
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    return names


@pytest.mark.parametrize("seed", range(4))
def test_random_programs(programs, seed):
    program = programs[f"program_{seed}"]

    def f(x, y, a):
        y = y * 1.0
        return program(x, y, a) + (y * np.array([1.0, 0.5, 2.0, -1.0])).sum()

    given = numpy.random.default_rng(seed)
    x, y = np.array(given.random(4)), np.array(given.random(4))
    found = grad(f, (0, 1, 2))(x, y, 0.8)

    def plain(x, y, a):
        y = numpy.array(y)
        value = program.py_func(numpy.array(x), y, a)
        return value + (y * [1.0, 0.5, 2.0, -1.0]).sum()

    for place, part in enumerate(found):
        wanted = difference(plain, [numpy.array(x), numpy.array(y), 0.8], place)
        numpy.testing.assert_allclose(part, wanted, rtol=1e-5, atol=1e-6)
