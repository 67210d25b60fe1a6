"""The memory of jitted functions: what an iteration makes is freed at its end, what it leaves
behind stays; and what is assigned in place is what NumPy gives, bit for bit, however it
overlaps."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from martlet import KernelPerformanceWarning, njit, prange

# What iterations leave behind


@njit
def halves(x, least):
    count = 0
    while True:
        y = x * 0.5
        if y[0] < least:
            break
        x = y
        count += 1
    return x, y, count


@njit
def early(x, n):
    for i in range(n):
        y = x + i
        if y[0] > 5:
            return y[2:], y
    return x, x


@njit
def swapped(x, n):
    y = x * 0.0
    for i in range(n):
        z = x + y * i
        x, y = z[::-1], x
    return x, y


@njit
def nested(x, n):
    best = x
    for i in range(n):
        kept = x + i
        for j in range(i):
            noise = kept * j
            if noise[0] > kept[0]:
                kept = noise[1:]
                kept = np.append(kept, 1.0)
        best = np.maximum(best, kept)
    return best


@njit
def scaled(x, factor):
    if factor > 3:
        return x
    for _ in range(2):
        x = x * factor
    return x


@njit
def through_calls(x, n):
    total = x * 0.0
    for i in range(n):
        total = total + scaled(x, i)
    return total


@njit
def small(n):
    return np.arange(n)[2:], np.ones(n)[::2]


@njit
def sliced(x, start, stop, step):
    return x[start:stop:step]


def same(function, *arguments):
    ours = function(*[np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments])
    theirs = function.py_func(*arguments)
    for one, other in zip(
        *(r if isinstance(r, tuple) else (r,) for r in (ours, theirs)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("size", [3, 100, 10_000])
def test_what_leaves_an_iteration_stays(size):
    x = np.random.default_rng(size).random(size) + 1
    same(halves, x, 1e-3)
    same(early, x, 3)
    same(early, x, 30)
    for n in (0, 1, 2, 7):
        same(swapped, x, n)
        same(nested, x, n)
        same(through_calls, x, n)


@pytest.mark.parametrize("size", [0, 1, 5, 600, 100_000])
def test_results_of_all_sizes(size):
    same(small, size)


@given(*[st.integers(-15, 15)] * 2, st.integers(-3, 3).filter(bool))
def test_empty_views_are_results(start, stop, step):
    same(sliced, np.arange(10.0), start, stop, step)


# How much is taken

GROWTH = """
import numpy as np
from martlet import KernelError, KernelPerformanceWarning, njit, prange

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

@njit
def temporaries(a, n):
    total = 0.0
    for i in range(n):
        b = a + i
        total += b[0]
    return total

@njit
def steps(a, n):
    for _ in range(n):
        a = a + 0.5 * (a[::-1] - a)
    return a

@njit
def calls(a, n):
    total = 0.0
    while n > 0:
        total += np.sort(a)[0] + np.median(a * 2.0)
        n -= 1
    return total

@njit(parallel=True)
def shared(a, n):
    total = 0.0
    for i in prange(n):
        b = a * (i + 1.0)
        total += (b[::-1] + b)[0]
    return total

a = np.ones(50_000)
for function in (temporaries, steps, calls, shared):
    # A step's memory is a few arrays on each thread.
    function(a, 20)
    before = resident()
    function(a, 320)
    grown = (resident() - before) / a.nbytes
    assert grown < 40, (function.__name__, grown)
"""


def test_memory_does_not_grow_with_the_steps(tmp_path):
    # A process of its own, which keeps nothing from other tests.
    script = tmp_path / "growth.py"
    script.write_text(textwrap.dedent(GROWTH))
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


# In place

IN_PLACE = [
    "a[1:] = a[:-1]", "a[:-1] = a[1:]", "a[::-1] = a", "a[:] = a[::-1] + a", "a[1:] += a[:-1]",
    "a[:-1] += a[1:]", "a += a[::-1]", "a[::2] = a[1::2]", "a[::2] += a[::2]", "a[2:] = b[:-2]",
    "b[1:] = b[:-1] * 2", "a *= b", "a[:] = np.where(a > b, a, b)", "a[:] = np.sum(a)",
    "a[:] = a[0]", "a -= a[0:1]", "a[1:] -= a[1]", "c[0] = c[1]", "c[1:] = c[:-1]",
    "c[:, 1:] += c[:, :-1]", "c += c[0]", "c += c[:, :1]", "c[:] = c.T + c", "c += c.T",
    "c[1] += c[0] * c[2]", "c[:, 1] = c[:, 0] + c[:, 2]", "c[1, 1:] += c[0, :-1] + c[1, :-1]",
    "c[::-1] = c", "c[1:, 1:] = c[:-1, :-1]", "c[0] = c[:, 0]", "a[:] = c[0] + a",
    "c -= np.sum(c, axis=0)", "c[:] = np.max(c, axis=1)", "a[i] = a[::-1]", "a[i] += a[0]",
    "a[:] = a[i]", "a[i] = a[i[::-1]]", "a[1:] = a[i][:-1]", "a[i[:2]] += a[1:3]",
    "a, b = b * 1, a * 1; a[:] = b + a", "d = a[1:]; d[:] = a[:-1]", "d = c[:, 1]; c[0] = d",
    "d = a[::-1]; d += a", "d = a; d += b; d[1:] = a[:-1]",
]  # fmt: skip

SOURCE = """
import numpy as np
def changed(a, b, c, i):
    for n in range(2):
        {}
    return a, b, c
"""


def written(text, folder):
    """A function of a file, as kernels are made from those."""
    path = folder / "changed.py"
    path.write_text(SOURCE.format(text.replace("; ", "\n        ")))
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    return space["changed"]


@pytest.mark.parametrize("dtype", ["float64", "int32"])
@pytest.mark.parametrize("text", IN_PLACE)
def test_assignments_that_overlap(text, dtype, tmp_path):
    function = written(text, tmp_path)
    jitted = njit(function)
    n = 5

    def fresh():
        draw = np.random.default_rng(3)
        return [
            (draw.random(shape) * 9).astype(dtype) for shape in (n, n, (n, n))
        ] + [np.array([3, 0, 4, 1, 2])]  # fmt: skip

    # Apart, of other layouts, and overlapping each other.
    def layouts():
        yield fresh()
        a, b, c, i = fresh()
        yield [np.repeat(a, 2)[::2], b[::-1], c.T, i]
        a, b, c, i = fresh()
        whole = c.ravel()
        yield [whole[2 : 2 + n], whole[4 : 4 + n], c, i]

    for ours, theirs in zip(layouts(), layouts(), strict=True):
        with np.errstate(all="ignore"):
            try:
                expected = function(*theirs)
            except (TypeError, ValueError) as error:
                # NumPy does not write floats to integers in place.
                pytest.skip(f"NumPy refuses: {error}")
            actual = jitted(*ours)
        for one, other in zip([*actual, *ours], [*expected, *theirs], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=text)


@settings(max_examples=30, deadline=None)
@given(*[st.integers(0, 6)] * 4, st.sampled_from([1, -1, 2]))
def test_slices_of_one_array(p, q, r, s, step):
    ours = np.arange(60.0).reshape(6, 10)
    theirs = ours.copy()
    shifted(ours, p, q, r, s, step)
    shifted.py_func(theirs, p, q, r, s, step)
    np.testing.assert_array_equal(ours, theirs)


@njit
def shifted(a, p, q, r, s, step):
    for k in range(3):
        a[k, p : p + 4] += a[k, q : q + 4]
        a[k, r : r + 4][::step] += 2 * a[k, s : s + 4][::step]
        a[:, p] = a[:, q] + a[:, r]
        a[p % 6] = a[q % 6] * 0.5 + a[r % 6, ::-1]
        a[1:, p : p + 3] += a[:-1, q : q + 3]


@njit(parallel=True)
def parallel_rows(a, b):
    for i in prange(a.shape[0]):
        row = a[i] * 2.0
        row[1:] += row[:-1]
        a[i] = row + a[i, ::-1]
        b[i, 1:] += b[i, :-1]


def test_threads_take_memory_for_themselves():
    a, b = np.random.default_rng(0).random((2, 300, 70))
    ours, theirs = [a.copy(), b.copy()], [a.copy(), b.copy()]
    parallel_rows(*ours)
    parallel_rows.py_func(*theirs)
    np.testing.assert_array_equal(ours, theirs)


# What is computed late


@njit
def first_changed(t, x):
    x[0] = 5.0
    return t[0]


@njit
def computed_argument(x):
    return first_changed(x + 0.0, x)


@njit
def gathered_argument(x, i):
    return first_changed(x[i], x)


@njit
def gathered_operand(x, i):
    return x[i] + first_changed(x, x)


@njit
def gathered_and_added(x, i):
    x[i] += first_changed(x, x)
    return x


def test_elements_are_those_of_their_moment():
    i = np.array([0, 1, 0])
    for function, rest in (
        (computed_argument, ()), (gathered_argument, (i,)), (gathered_operand, (i,)),
        (gathered_and_added, (i,)),
    ):  # fmt: skip
        same(function, np.arange(1.0, 4.0), *rest)


@njit(parallel=True)
def positions_that_others_write(order, x):
    for i in prange(order.size):
        order[i] = np.sum(x[order])


def test_positions_are_read_too():
    with pytest.warns(KernelPerformanceWarning, match="elements of an array that others write"):
        same(positions_that_others_write, np.arange(3), np.array([1, 0, 1]))
