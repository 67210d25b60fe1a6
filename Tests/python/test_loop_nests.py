"""Nests of loops under `jit`: the iterations that run many at a time give what they give one by
one, bit for bit.

The Python functions say what is right. An argument that overlaps the output makes a call run one
iteration after another, which shows the same for types that Python's numbers don't have.
"""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from martlet import njit, prange
from numpy.lib.stride_tricks import as_strided
from subject import EXAMPLES

DTYPES = ["float64", "float32", "int64", "int32", "int16", "uint8", "complex128"]


def kernel_text(function):
    return "".join(function.inspect_kernel().values())


def copies(arguments):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]


def agrees(function, *arguments):
    """The call leaves arrays as Python does, to the last bit."""
    ours, theirs = copies(arguments), copies(arguments)
    assert function(*ours) == function.py_func(*theirs)
    for one, other in zip(ours, theirs, strict=True):
        if isinstance(one, np.ndarray):
            assert one.tobytes() == other.tobytes()


def numbers(dtype, *shape, seed=0):
    generator = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        return generator.integers(0, 100, shape).astype(dtype)
    real = generator.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        real = real + 1j * generator.standard_normal(shape)
    return real.astype(dtype)


# The family, by name. The last argument is not used: it may overlap what is written.


@njit
def convolve(f, g, h, other):
    vmax, wmax = f.shape
    smax, tmax = g.shape
    smid, tmid = smax // 2, tmax // 2
    xmax, ymax = h.shape
    for x in range(xmax):
        for y in range(ymax):
            s_from = max(smid - x, -smid)
            s_to = min((xmax - x) - smid, smid + 1)
            t_from = max(tmid - y, -tmid)
            t_to = min((ymax - y) - tmid, tmid + 1)
            value = f[0, 0] * 0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value


@njit
def five_points(f, g, h, other):
    n, m = f.shape
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            h[i, j] = f[i, j - 1] + f[i, j + 1] + f[i - 1, j] + f[i + 1, j] - 4 * f[i, j]


@njit
def around_the_edge(f, g, h, other):
    n, m = f.shape
    for i in range(n):
        for j in range(m):
            total = f[0, 0] * 0
            for k in range(3):
                total += f[i - k, j - k] * g[0, k]
            h[i, j] = total


@njit
def edges_apart(f, g, h, other):
    n, m = f.shape
    for i in range(n):
        for j in range(m):
            if i > 0 and i < n - 1 and j > 0 and j < m - 1:
                h[i, j] = f[i - 1, j - 1] + f[i + 1, j + 1]
            else:
                h[i, j] = f[i, j]


@njit
def edges_moved(f, g, h, other):
    n, m = f.shape
    for i in range(n):
        for j in range(m):
            if j > 0 and j < m - 1:
                h[i, j - 1] = f[i, j] + f[i, j - 1]
            else:
                h[i, j] = 7


@njit
def product(f, g, h, other):
    n, m = h.shape
    for i in range(n):
        for j in range(m):
            for k in range(min(f.shape[1], f.shape[0])):
                h[i, j] += f[i, k] * f[k, j]


@njit
def distances(f, g, h, other):
    n, m = h.shape
    for i in range(n):
        for j in range(m):
            total = f[0, 0] * 0
            for k in range(min(f.shape[1], 5)):
                difference = f[i % f.shape[0], k] - f[j % f.shape[0], k]
                total += difference * difference
            h[i, j] = total


@njit
def flattened(f, g, h, other):
    n, m = h.shape
    for i in range(n):
        for j in range(m):
            total = f[0, 0] * 0
            for k in range(3):
                total += f[0, (i * 2 + k * m + j) % f.shape[1]] + g[0, (i + j + k) * 0]
            h[i, j] = total


@njit
def triangle(f, g, h, other):
    n, m = h.shape
    for i in range(n):
        for j in range(m):
            total = f[0, 0] * 0
            for k in range(j):
                total += f[i, k]
            h[i, j] = total


@njit
def pooled(f, g, h, other):
    n, m = f.shape[0] // 2, f.shape[1] // 2
    for i in range(n):
        for j in range(m):
            total = f[0, 0] * 0
            for k in range(2):
                for q in range(2):
                    total += f[2 * i + k, 2 * j + q]
            h[i, j] = total


@njit
def nearest(f, g, h, other):
    n, m = h.shape
    for i in range(n):
        for j in range(m):
            best = 0
            least = f[0, 0] * 0 + 100
            for k in range(g.shape[0]):
                distance = f[i, j] - g[k, 0]
                square = distance * distance
                if square < least:
                    least = square
                    best = k
            h[i, j] = best


@njit
def counted(f, g, h, other):
    for i in range(f.shape[0]):
        best = 0
        least = f[0, 0] * 0 + 100
        for k in range(min(g.shape[0], h.shape[0])):
            total = f[0, 0] * 0
            for j in range(min(f.shape[1], g.shape[1])):
                difference = f[i, j] - g[k, j]
                total += difference * difference
            if total < least:
                least = total
                best = k
        h[best, 0] += 1
        for j in range(f.shape[1]):
            h[best, j] += f[i, j]


@njit
def sums_of_rows(f, g, h, other):
    for i in range(f.shape[0]):
        for j in range(f.shape[1]):
            h[i, 0] += f[i, j]


@njit
def running(f, g, h, other):
    for i in range(1, f.shape[0]):
        for j in range(1, f.shape[1]):
            total = f[0, 0] * 0
            for k in range(2):
                total += h[i - k, j - 1]
            h[i, j] = total + f[i, j]


@njit
def found_early(f, g, h, other):
    n, m = h.shape
    for i in range(n):
        for j in range(m):
            total = f[0, 0] * 0
            for k in range(m):
                if k == 3:
                    break
                total += f[i, k]
            h[i, j] = total


FAMILY = [
    convolve, five_points, around_the_edge, edges_apart, edges_moved, product, distances,
    flattened, triangle, pooled, nearest, counted, sums_of_rows, running, found_early,
]  # fmt: skip
NAMES = [function.__name__ for function in FAMILY]
VECTORS = {
    "convolve", "five_points", "around_the_edge", "edges_apart", "edges_moved", "product",
    "nearest", "counted",
}  # fmt: skip
# numbers without an order, or whose squares Python does not wrap
UNORDERED = {"nearest": {"complex128", "uint8"}, "counted": {"complex128", "uint8"}}

SIZES = [(3, 3), (3, 5), (4, 8), (5, 17), (9, 40), (3, 75)]


@pytest.mark.parametrize("function", FAMILY, ids=NAMES)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_family_as_in_python(function, dtype):
    for n, m in SIZES:
        for filters in ((3, 3), (9, 5)):
            f, g = numbers(dtype, n, m), numbers(dtype, *filters, seed=1)
            agrees(function, f, g, np.zeros((n, m), dtype), np.zeros(1, dtype))


@pytest.mark.parametrize("function", FAMILY, ids=NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_family_one_by_one(function, dtype):
    if dtype in UNORDERED.get(function.__name__, ()):
        return
    for n, m in ((5, 17), (20, 101), (3, 300), (600, 4)):
        f, g = numbers(dtype, n, m), numbers(dtype, 3, 3, seed=1)
        many, single = np.zeros((n, m), dtype), np.zeros((n, m), dtype)
        function(f, g, many, np.zeros(3, dtype))
        function(f, g, single, single[0])
        assert many.tobytes() == single.tobytes()
    assert not (function.__name__ in VECTORS and "vector for" not in kernel_text(function))


def test_some_loops_stay_as_they_are():
    for function in (running, triangle, found_early, sums_of_rows):
        f = numbers("float64", 9, 9)
        function(f, f, np.zeros((9, 9)), np.zeros(1))
        if function is not sums_of_rows:
            assert "vector for" not in kernel_text(function)


@pytest.mark.parametrize("filters", [(1, 1), (3, 3), (9, 9), (25, 31), (2, 4), (1, 7), (0, 0)])
def test_filters_larger_than_the_image(filters):
    for n, m in itertools.product((0, 1, 2, 8, 33), (0, 1, 2, 8, 33, 70)):
        f, g = numbers("float64", max(n, 1), max(m, 1)), numbers("float64", *filters, seed=1)
        ours, theirs = np.zeros((n, m)), np.zeros((n, m))
        try:
            convolve.py_func(f, g, theirs, g)
        except IndexError:
            # The tutorial's filters have a middle.
            continue
        convolve(f, g, ours, g)
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("function", FAMILY, ids=NAMES)
def test_output_overlaps_the_input(function):
    for shift in ((0, 0), (0, 1), (1, 0), (1, 3)):
        for n, m in ((6, 40), (12, 25)):
            base = numbers("float64", n + 2, m + 4)

            def run(function, base=base, n=n, m=m, shift=shift):
                memory = base.copy()
                out = memory[shift[0] : shift[0] + n, shift[1] : shift[1] + m]
                function(memory[:n, :m], base[:3, :3].copy(), out, np.zeros(1))
                return memory.tobytes()

            assert run(function) == run(function.py_func)


@pytest.mark.parametrize("function", FAMILY, ids=NAMES)
def test_layouts(function):
    n, m = 11, 37
    f, g = numbers("float64", n, m), numbers("float64", 3, 3, seed=1)

    def laid_out(array, layout):
        if layout == "F":
            return np.asfortranarray(array)
        if layout == "reversed":
            return array.copy()[::-1, ::-1][::1]
        if layout == "strided":
            wide = np.zeros((2 * n, 2 * m))
            wide[::2, ::2] = array
            return wide[::2, ::2]
        return array.copy()

    layouts = ["C", "F", "reversed", "strided"]
    for first, second in itertools.product(layouts, layouts):
        results = []
        for call in (function, function.py_func):
            out = laid_out(np.zeros((n, m)), second)
            call(laid_out(f, first), g, out, np.zeros(1))
            results.append(out.tobytes())
        assert results[0] == results[1], (first, second)


def test_output_overlaps_itself():
    def run(function):
        memory = np.zeros(80)
        out = as_strided(memory, (9, 40), (8, 8))
        function(numbers("float64", 9, 40), numbers("float64", 3, 3), out, np.zeros(1))
        still = as_strided(memory[50:], (9, 40), (0, 0))
        function(numbers("float64", 9, 40), numbers("float64", 3, 3), still, np.zeros(1))
        return memory.tobytes()

    for function in (convolve, product, edges_apart):
        assert run(function) == run(function.py_func)


@njit(parallel=True)
def rows_on_threads(f, h):
    own = np.zeros((h.shape[0], h.shape[1]))
    for i in prange(h.shape[0]):
        for j in range(h.shape[1]):
            total = 0.0
            for k in range(max(-2, -j), min(3, h.shape[1] - j)):
                total += f[i, j + k] * (k + 3)
            h[i, j] = total
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            total = 0.0
            for k in range(3):
                total += f[i, j - k]
            own[i, j] = total
    return own


def test_parallel_loops_and_arrays_of_their_own():
    for n, m in ((1, 3), (7, 60), (70, 33)):
        f = numbers("float64", n, m)
        ours, theirs = np.zeros((n, m)), np.zeros((n, m))
        assert rows_on_threads(f, ours).tobytes() == rows_on_threads.py_func(f, theirs).tobytes()
        assert ours.tobytes() == theirs.tobytes()
    assert "vector for" in kernel_text(rows_on_threads)


@njit
def moved(f, h, start, stop, shift):
    for i in range(h.shape[0]):
        for j in range(start, stop):
            total = 0.0
            for k in range(2):
                total += f[i, j + shift + k]
            h[i, j] = total


def test_numbers_near_the_end_of_integers():
    f = numbers("float64", 4, 60)
    huge = 2**63 - 1
    for start, stop, shift in (
        (0, 50, 0), (50, 0, 0), (huge, -huge, 0), (-huge, -huge, 5), (huge - 5, huge - 5, huge),
        (5, 5, huge), (-9, 20, 0), (-40, -2, 0),
    ):  # fmt: skip
        agrees(moved, f, np.zeros((4, 60)), start, stop, shift)


@njit(boundscheck=True)
def checked(f, h, shift):
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            total = 0.0
            for k in range(3):
                total += f[i, j + k + shift]
            h[i, j] = total


def test_exceptions_leave_what_came_before():
    f = numbers("float64", 4, 60)
    for shift in (0, 1, 30, -3, -70, 100):
        ours, theirs = np.zeros((4, 57)), np.zeros((4, 57))
        messages = []
        for call, out in ((checked, ours), (checked.py_func, theirs)):
            try:
                call(f, out, shift)
                messages.append(None)
            except IndexError as error:
                messages.append(str(error))
        assert messages[0] == messages[1]
        assert ours.tobytes() == theirs.tobytes()


@njit
def divided(f, h):
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            total = 0.0
            for k in range(3):
                total += 1.0 / f[i, j + k]
            h[i, j] = total


def test_division_by_zero_inside():
    f = numbers("float64", 4, 60)
    agrees(divided, f, np.zeros((4, 50)))
    f[2, 30] = 0
    out = np.zeros((4, 50))
    with pytest.raises(ZeroDivisionError):
        divided(f, out)
    assert out[2, 27] != 0 and out[2, 28] == 0


# Names that an iteration has for itself


@njit
def own_names(x, out):
    last = -1.0
    for i in range(x.shape[0]):
        if x[i] > 0:
            square = x[i] * x[i]
            last = square
        else:
            square = 0.5
        out[i] = square
        for square in range(2):
            out[i] += square
    return last


def test_names_of_an_iteration():
    agrees(own_names, numbers("float64", 30), np.zeros(30))
    agrees(own_names, np.zeros(0), np.zeros(0))


@njit
def sometimes_set(x):
    for i in range(x.shape[0]):
        if x[i] > 0:
            found = i
        if x[i] < 0:
            return found
    return -1


@njit
def after_the_loop(n):
    for i in range(n):
        last = i * i
    return last, i


@njit
def kept_over_iterations(x):
    for i in range(x.shape[0]):
        if i == 0:
            before = 1.0
        x[i] += before
        before = x[i] * 2.0
    while x[0] < 3.0:
        step = 1.0
        x[0] += step
    else:
        step = 7.0
    return step


@njit
def rows_that_change(x, out):
    row = x[0]
    out[0] = row[1]
    for i in range(x.shape[0]):
        row = x[i]
        for j in range(x.shape[1]):
            item = row[j]
            out[i] += item
        if i > 1:
            row = x[0]
            out[i] += row[0]


def test_names_that_may_not_be_set():
    assert sometimes_set(np.array([1.0, -1.0])) == 0
    with pytest.raises(UnboundLocalError, match="'found'"):
        sometimes_set(np.array([-1.0]))
    assert after_the_loop(3) == (4, 2)
    with pytest.raises(UnboundLocalError, match="'last'"):
        after_the_loop(0)
    agrees(kept_over_iterations, np.arange(5.0))
    agrees(rows_that_change, numbers("float64", 4, 3), np.zeros(4))


# Nests drawn at random


class Nest:
    """The text of a function drawn at random, and arrays to call it with."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        draw = self.random.choice
        self.dtype = draw(["float64", "float64", "int64"])
        zero = "0.0" if self.dtype == "float64" else "0"
        i_range = draw(["range(n)", "range(1, n - 1)", "range(c, n - c)", "range(n - 1, -1, -1)"])
        j_range = draw(["range(m)", "range(m)", "range(1, m - 1)", "range(c, m)", "range(0, m, 2)"])
        k_range, self.k_places = draw(
            [
                ("range(3)", ["j + k", "k", "i + k", "j - k", "k - j"]),
                ("range(b.shape[1])", ["j + k", "k", "j - k", "m - 1 - k"]),
                ("range(max(c - j, -c), min(m - j, c + 1))", ["j + k", "c + k", "c - k"]),
                ("range(max(0, j - c), min(m, j + c + 1))", ["k", "k - j + c", "j"]),
                ("range(max(c - i, -c), min(n - i, c + 1))", ["i + k", "j", "c + k"]),
                ("range(j)", ["k", "j - k", "j - k - 1"]),
                ("range(i, n)", ["k", "k - i", "j"]),
            ]
        )
        steps = [
            f"acc += a[{self.place()}, {self.place()}] * b[{self.small()}, {self.small()}]",
            f"acc = acc + a[{self.place()}, {self.place()}]",
            f"acc -= a[{self.place()}, {self.place()}] * w",
        ]
        body = [draw(steps)]
        if self.random.random() < 0.3:
            body = [f"x = a[{self.place()}, {self.place()}]"] + draw(
                [
                    ["if x > acc:", "    acc = x"],
                    ["if x > acc:", "    acc = x", "else:", "    acc = acc + w"],
                    ["acc = max(acc, x)"],
                    ["if k > 1:", "    acc += x * x"],
                    ["if acc > 50:", "    break", "acc += x"],
                    ["if x < 0:", "    continue", "acc += x"],
                ]
            )
        if self.random.random() < 0.3:
            loop = [
                f"for k in {k_range}:", f"    for q in range({draw(['2', 'c', 'k', 'i'])}):",
                *("        " + line for line in body),
            ]  # fmt: skip
        else:
            loop = [f"for k in {k_range}:", *("    " + line for line in body)]
        end = draw(
            ["out[i, j] = acc"] * 6
            + [
                "out[i, j] += acc", "out[i, m - 1 - j] = acc", "out[i, j - 1] = acc",
                "out[i, j] = acc + out[i, j - 1]", "out[i, 0] += acc", "out[0, j] += acc",
                "out[i, j // 2] = acc", "a[i, j] = acc",
            ]
        )  # fmt: skip
        if self.random.random() < 0.25:
            test = draw(
                ["0 < i and j < m - 1", "j > 2", "i == j", "not (j < 3 or j > m - 3)", "w > 0"]
            )
            loop = [f"if {test}:", *("    " + line for line in loop)]
            if self.random.random() < 0.5:
                loop += ["else:", "    acc = a[i, j]"]
        lines = [
            "def nest(a, b, out, other, c, w):", "    n, m = out.shape", f"    for i in {i_range}:",
            f"        for j in {j_range}:", f"            acc = {zero}",
            *("            " + line for line in loop), f"            {end}",
        ]  # fmt: skip
        self.text = "\n".join(lines) + "\n"

    def place(self):
        return self.random.choice(["i", "j", *self.k_places, *self.k_places, "i - 1", "j - 1"])

    def small(self):
        return self.random.choice(["0", "1", "-1", *self.k_places])

    def arguments(self):
        sizes = [0, 1, 3, 9, 17, 40, 70]
        n, m = self.random.choice([1, 2, 5, 12]), self.random.choice(sizes)
        side = max(n, m) + self.random.choice([0, 4, 8])
        a = numbers(self.dtype, side, side, seed=3)
        b = numbers(self.dtype, self.random.choice([3, 9]), self.random.choice([3, 9, 75]), seed=4)
        out = np.zeros((n, m), self.dtype)
        c = self.random.choice([0, 1, 2, 4, 30])
        return a, b, out, np.zeros(1, self.dtype), c, self.random.choice([-1, 2])


def made(text, folder, name):
    path = folder / f"{name}.py"
    path.write_text(text)
    names = {"np": np}
    exec(compile(text, str(path), "exec"), names)
    return njit(names["nest"])


@settings(max_examples=EXAMPLES * 2)
@given(seed=st.integers(0, 2**32))
def test_random_nests(tmp_path_factory, seed):
    nest = Nest(seed)
    function = made(nest.text, tmp_path_factory.mktemp("nests"), f"nest{seed}")
    for _ in range(4):
        arguments = nest.arguments()
        with np.errstate(all="ignore"):
            theirs = copies(arguments)
            try:
                function.py_func(*theirs)
            except IndexError:
                # Without boundscheck nothing is promised.
                continue
            ours = copies(arguments)
            function(*ours)
            for one, other in zip(ours[:3], theirs[:3], strict=True):
                assert one.tobytes() == other.tobytes(), nest.text
            # The same where the output lies within the input.
            results = []
            for call in (function.py_func, function):
                memory = arguments[0].copy()
                out = memory[: arguments[2].shape[0], : arguments[2].shape[1]]
                try:
                    call(memory, arguments[1], out, *arguments[3:])
                except IndexError:
                    break
                results.append(memory.tobytes())
            assert len(results) < 2 or results[0] == results[1], nest.text


def test_enough_random_nests_run_many_at_a_time(tmp_path):
    """The drawn programs are worth drawing."""
    count = 0
    for seed in range(40):
        nest = Nest(seed)
        function = made(nest.text, tmp_path, f"sample{seed}")
        tables = ", ".join(3 * [f"{nest.dtype}[:, ::1]"])
        try:
            function = njit(f"void({tables}, {nest.dtype}[::1], int64, int64)")(function.py_func)
        except Exception as error:
            raise AssertionError(nest.text) from error
        count += "vector for" in kernel_text(function)
    assert count >= 10
