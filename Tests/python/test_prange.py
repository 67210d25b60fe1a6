"""`prange`: what iterations touch, loops that run in order, and results as Python's."""

import os
import subprocess
import sys
import warnings

import martlet
import numpy as np
import pytest
from martlet import njit, prange
from subject import needs_martlet

pytestmark = needs_martlet

N = 1000


def numbers(n=N, seed=1):
    return np.random.default_rng(seed).standard_normal(n)


# Each function writes its arguments or gives a number; its arguments are made below. A plain run in
# Python says what is right.


def evens(a, b):
    for i in prange(b.size // 2):
        a[2 * i] = b[i]


def pairs(a, b):
    for i in prange(b.size // 2):
        a[2 * i + 1] = b[2 * i]
        a[2 * i] = b[2 * i + 1] + 1.0


def read_between(a):
    for i in prange(a.size // 2 - 2):
        a[2 * i] = a[2 * i + 3] * 0.5


def halves(a, n):
    for i in prange(n):
        a[i + n] = a[i] + 1.0


def halves_of_its_size(a):
    n = a.shape[0] // 2
    for i in prange(n):
        a[i + n] = a[i] + 1.0


def shifted(a, n):
    for i in prange(a.size - n):
        a[i + n] = i


def backwards(a):
    for i in prange(a.size):
        a[a.size - 1 - i] = i * 0.5


def tiles(a, b):
    for k in prange(a.size // 4):
        total = 0.0
        for i in range(k * 4, k * 4 + 4):
            total += b[i]
            a[i] = total


def tile_slices(a, b):
    for k in prange(a.size // 4):
        a[k * 4 : k * 4 + 4] = b[k * 4 : k * 4 + 4] * 2.0


def tiles_of_a_size(a, b, c):
    for k in prange(a.size // c):
        for j in range(c):
            a[k * c + j] += b[k * c + j]


def every_other(a, step):
    for i in prange(0, a.size - 1, step):
        a[i] = i


def every_other_pair(a):
    for i in prange(0, a.size - 1, 2):
        a[i], a[i + 1] = a[i + 1], a[i]


def quotient_and_rest(a):
    n = a.shape[1]
    for k in prange(a.size):
        a[k // n, k % n] = k * 1.5


def quotient_of_seven(a):
    for k in prange(a.shape[0] * 7):
        a[k // 7, k % 7] += k


def columns(a, b):
    for i in prange(a.shape[1] - 1):
        for j in range(a.shape[0]):
            a[j, i + 1] = b[j, i] + 1.0


def rows_of_pairs(a):
    for i in prange(a.shape[0] // 2):
        a[2 * i + 1] = a[2 * i] * 2.0


def largest(b):
    m = b[0]
    for i in prange(b.size):
        if b[i] > m:
            m = b[i]
    return m


def smallest_from_the_left(b):
    m = 0.5
    for i in prange(b.size):
        if m > b[i]:
            m = b[i]
    return m


def largest_and_sum(a, b):
    m = -1
    total = 0
    for i in prange(a.size):
        if m < a[i]:
            m = a[i]
        total += a[i]
        b[i] = total * 0
    return m, total


def fresh(a, n):
    b = np.zeros(n)
    c = np.zeros(n)
    for i in prange(n):
        c[i] = a[i] * 2.0
        b[i] = c[i] + a[i + 1]
    return b


SHARED = {
    fresh: lambda: (numbers(), N - 1),
    evens: lambda: (np.zeros(N), numbers()),
    pairs: lambda: (np.zeros(N), numbers()),
    read_between: lambda: (numbers(),),
    halves: lambda: (numbers(), N // 2),
    halves_of_its_size: lambda: (numbers(),),
    shifted: lambda: (np.zeros(N), 7),
    backwards: lambda: (np.zeros(N),),
    tiles: lambda: (np.zeros(N), numbers()),
    tile_slices: lambda: (np.zeros(N), numbers()),
    tiles_of_a_size: lambda: (np.zeros(N), numbers(), 8),
    every_other: lambda: (np.zeros(N), 3),
    every_other_pair: lambda: (numbers(),),
    quotient_and_rest: lambda: (np.zeros((40, 25)),),
    quotient_of_seven: lambda: (np.zeros((40, 7)),),
    columns: lambda: (np.zeros((20, 50)), np.ones((20, 50))),
    rows_of_pairs: lambda: (numbers().reshape(100, 10),),
    largest: lambda: (numbers(),),
    smallest_from_the_left: lambda: (numbers(),),
}


def neighbours(a):
    for i in prange(a.size - 1):
        a[i + 1] = a[i] * 0.5 + 1.0


def overlapping_tiles(a):
    for k in prange(a.size // 4 - 1):
        for i in range(k * 4, k * 4 + 5):
            a[i] += k


def histogram(hist, b):
    for i in prange(b.size):
        hist[int(b[i] * b[i]) % hist.size] += 1.0


def weighted_histogram(hist, bins, w):
    for i in prange(w.size):
        k = bins[i]
        if k < len(hist):
            hist[k] += w[i]


def counts_of_a_matrix(hist, a):
    for i in prange(a.shape[0]):
        for j in range(a.shape[1]):
            hist[a[i, j]] += 1


def sums_and_differences(a, b, bins, hist):
    n = 0
    for i in prange(b.size):
        a[i] += b[i]
        hist[bins[i], 0] = hist[bins[i], 0] + b[i]
        hist[bins[i], 1] -= b[i]
        n += 1
    return n


def product_of_arrays(a):
    total = np.ones((2, 2))
    for i in prange(a.shape[0]):
        total *= a[i]
    return total


def largest_of_each(m, bins, b):
    for i in prange(b.size):
        m[bins[i]] = max(m[bins[i]], b[i])


def smallest_of_each(m, bins, b):
    for i in prange(b.size):
        if b[i] < m[bins[i]]:
            m[bins[i]] = b[i]


def bits_of_each(m, bins):
    for i in prange(bins.size):
        m[bins[i]] |= i
        m[bins[i]] |= bins[i] + 64


def one_element(a, b):
    for i in prange(b.size):
        a[0] = b[i]


def floyd_warshall(path):
    n = path.shape[0]
    for k in prange(n):
        for i in range(n):
            for j in range(n):
                path[i, j] = min(path[i, j], path[i, k] + path[k, j])


def sum_of_arrays(b):
    total = np.zeros(3)
    for i in prange(b.size):
        total += b[i]
    return total


def halves_in_integers(hist, bins):
    for i in prange(bins.size):
        hist[bins[i]] += 0.5


def added_through_a_view(a, bins):
    b = a[1:]
    for i in prange(bins.size):
        a[bins[i]] += b[i]


def added_and_read(hist, bins):
    for i in prange(bins.size):
        hist[bins[i]] += hist[0]


def two_rules(hist, bins):
    for i in prange(bins.size):
        hist[bins[i]] += 1.0
        hist[bins[i]] *= 0.5


def carried(a, b):
    s = 0.0
    for i in prange(b.size):
        s = s * 0.5 + b[i]
        a[i] = s
    return s


def last_value(b):
    last = 0.0
    for i in prange(b.size):
        last = b[i]
    return last


def where_it_is_largest(b):
    m = b[0]
    place = 0
    for i in prange(b.size):
        if b[i] > m:
            m = b[i]
            place = i
    return place


def first_negative(b):
    for i in prange(b.size):
        if b[i] < 0:
            break
    return i


def leaves_with_a_result(b):
    for i in prange(b.size):
        if b[i] < -1:
            return i
    return -1


def steps_back(a):
    for i in prange(1, a.size):
        a[i - 1] += a[i]


def permuted(a, order):
    for i in prange(a.size):
        a[order[i]] = i


def sum_that_is_read(a, b):
    total = 0.0
    for i in prange(b.size):
        total += b[i]
        a[i] = total
    return total


def two_ways(b):
    total = 1.0
    for i in prange(b.size):
        total += b[i]
        total *= 0.5
    return total


def divided(b):
    total = 1.0
    for i in prange(b.size):
        total /= b[i] * b[i] + 0.9
    return total


def subtracted_from(b):
    total = 1.0
    for i in prange(b.size):
        total = b[i] - total
    return total


def overlapping_rows(c):
    for i in prange(c.shape[0] - 1):
        c[i + 1, :] = c[i, :]


def through_a_view(a):
    b = a[1:]
    for i in prange(b.size):
        a[i] = b[i] * 0.5


def through_another_name(a):
    b = a
    for i in prange(a.size - 1):
        a[i] = b[i + 1] * 0.5


def places(n=N, count=10):
    return np.random.default_rng(3).integers(0, count, n)


ADDED = {
    histogram: lambda: (np.zeros(5), numbers()),
    overlapping_tiles: lambda: (numbers(),),
    sum_of_arrays: lambda: (numbers(),),
    weighted_histogram: lambda: (np.ones(8), places(), numbers()),
    counts_of_a_matrix: lambda: (np.zeros(7, np.int16), places(6000, 7).reshape(60, 100)),
    sums_and_differences: lambda: (np.zeros(N), numbers(), places(), np.ones((10, 2))),
    product_of_arrays: lambda: (1 + 0.1 * numbers(400).reshape(100, 2, 2),),
    largest_of_each: lambda: (np.zeros(10), places(), numbers()),
    smallest_of_each: lambda: (np.zeros(10, np.float32), places(), numbers().astype(np.float32)),
    bits_of_each: lambda: (np.zeros(10, np.uint16), places()),
}

ORDERED = {
    halves_in_integers: lambda: (np.full(10, -5), places()),
    added_through_a_view: lambda: (numbers(N + 1), places()),
    added_and_read: lambda: (np.ones(10), places(40)),
    two_rules: lambda: (np.ones(10), places()),
    through_a_view: lambda: (numbers(),),
    through_another_name: lambda: (numbers(),),
    permuted: lambda: (np.zeros(N), np.random.default_rng(2).integers(0, N, N)),
    sum_that_is_read: lambda: (np.zeros(N), numbers()),
    two_ways: lambda: (numbers(),),
    divided: lambda: (numbers(),),
    subtracted_from: lambda: (numbers(),),
    overlapping_rows: lambda: (numbers().reshape(100, 10),),
    neighbours: lambda: (numbers(),),
    one_element: lambda: (np.zeros(2), numbers()),
    floyd_warshall: lambda: (np.abs(numbers(400)).reshape(20, 20),),
    carried: lambda: (np.zeros(N), numbers()),
    last_value: lambda: (numbers(),),
    where_it_is_largest: lambda: (numbers(),),
    first_negative: lambda: (numbers(),),
    leaves_with_a_result: lambda: (numbers(),),
    steps_back: lambda: (numbers(),),
}


def outcome(function, arguments):
    result = function(*arguments)
    return [np.array(result)] + [np.array(a) for a in arguments]


def agrees(function, arguments, check=np.testing.assert_array_equal):
    own = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    expected = outcome(function, arguments)
    found = outcome(njit(parallel=True)(function), own)
    for x, y in zip(found, expected, strict=True):
        check(x, y)


def is_near(x, y):
    """Sums of parts are rounded otherwise."""
    if x.dtype.kind == "f":
        return np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("function", SHARED, ids=lambda f: f.__name__)
def test_iterations_that_never_meet_are_shared(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agrees(function, SHARED[function]())


@pytest.mark.parametrize("function", ADDED, ids=lambda f: f.__name__)
def test_arrays_that_are_only_added_to_are_shared(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agrees(function, ADDED[function](), is_near)


def test_what_is_added_to_an_array_has_the_same_bits_on_any_number_of_threads():
    program = (
        "import numpy as np, hashlib\n"
        "from martlet import njit\n"
        "from test_prange import weighted_histogram, places, numbers\n"
        "h = np.zeros(10)\n"
        "njit(parallel=True)(weighted_histogram)(h, places(200000), numbers(200000))\n"
        "print(h.tobytes().hex())\n"
    )
    texts = set()
    for threads in "1", "3":
        environment = {**os.environ, "MARTLET_THREADS": threads}
        texts.add(
            subprocess.run(
                [sys.executable, "-c", program],
                env=environment,
                cwd=os.path.dirname(__file__),
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    assert len(texts) == 1


def test_arguments_that_overlap_what_is_added_to_give_pythons_result():
    def over(a, bins, b):
        for i in prange(b.size):
            a[bins[i]] += b[i]

    own, expected = np.arange(N + 1.0), np.arange(N + 1.0)
    over(expected[1:], places(), expected[:-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        njit(parallel=True)(over)(own[1:], places(), own[:-1])
    np.testing.assert_array_equal(own, expected)


@pytest.mark.parametrize("function", ORDERED, ids=lambda f: f.__name__)
def test_what_cannot_be_proved_runs_in_order_with_a_warning(function):
    with pytest.warns(martlet.KernelPerformanceWarning, match="runs in order") as told:
        agrees(function, ORDERED[function]())
    assert len(told) == 1
    assert told[0].filename == __file__
    assert "prange" in open(__file__).read().split("\n")[told[0].lineno - 1]


def test_the_warning_says_why_and_comes_once():
    f = njit(parallel=True)(neighbours)
    with pytest.warns(martlet.KernelPerformanceWarning, match="that others write") as told:
        f(numbers())
    line = neighbours.__code__.co_firstlineno + 2
    assert f"(in 'neighbours', line {line})" in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(numbers())


def test_arguments_that_overlap_are_touched_in_order():
    def f(a, b):
        for i in prange(b.size):
            a[i] = b[i] * 0.5 + 1.0

    x, y = numbers(), numbers()
    njit(parallel=True)(f)(x[:-1], x[1:])
    f(y[:-1], y[1:])
    np.testing.assert_array_equal(x, y)
    njit(parallel=True)(f)(x[1:], x[:-1])
    f(y[1:], y[:-1])
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("n", [0, 1, 3, 7, 499, 500, 501, 999])
def test_what_shows_at_run_time_is_looked_at_then(n):
    """Parts that meet for some lengths and not for others."""

    def apart(a, n, d):
        for i in prange(n):
            a[i + d] = a[i] + 1.0

    for d in (0, 1, 2, n, n + 1, 500):
        if n + d <= N:
            agrees(apart, (numbers(), n, d))


@pytest.mark.parametrize("step", [1, 2, 3, 8, 1001])
@pytest.mark.parametrize("width", [0, 1, 2, 3, 8, 9])
def test_tiles_whose_size_shows_at_run_time(step, width):
    def tile(a, n, c, w):
        for k in prange(n):
            for i in range(k * c, k * c + w):
                a[i] = a[i] * 0.5 + k

    n = min(50, (N - width) // step + 1) if step else 50
    agrees(tile, (numbers(), n, step, width))


@pytest.mark.parametrize("d", [-3, -1, 0, 1])
def test_indices_that_count_from_the_end_are_looked_at(d):
    def wrapped(a, n, d):
        for i in prange(n):
            a[i + d] = i

    agrees(wrapped, (np.zeros(50), 50 - max(d, 0), d))


@pytest.mark.parametrize("step", [-3, -1, 1, 2, 5])
def test_ranges_of_any_step(step):
    def ranged(a, b, start, stop, step):
        for i in prange(start, stop, step):
            a[i] = b[i] * 2.0
            a[i] += i

    start, stop = (2, 900) if step > 0 else (900, 2)
    agrees(ranged, (np.zeros(N), numbers(), start, stop, step))


def test_the_largest_is_pythons():
    values = numbers()
    values[5] = np.nan
    agrees(largest, (values,))
    agrees(largest, (np.full(N, -np.inf),))
    agrees(largest, (np.array([3, 9, -4, 9]),))
    values[0] = np.nan
    agrees(largest, (values,))


def test_exceptions_come_from_the_first_iteration_that_raises():
    @njit(parallel=True)
    def f(a):
        for i in prange(a.size):
            if a[i] < 0:
                raise ValueError("negative")
            a[i] = -1.0

    a = np.array([1.0, 2.0, -3.0, 4.0])
    with pytest.warns(martlet.KernelPerformanceWarning, match="may be left by"):
        with pytest.raises(ValueError, match="negative"):
            f(a)
    np.testing.assert_array_equal(a, [-1, -1, -3, 4])


def test_the_warning_may_be_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(martlet.KernelPerformanceWarning):
            njit(parallel=True)(neighbours)(numbers())


def test_random_numbers_are_drawn_in_order():
    @njit(parallel=True)
    def draw(a):
        np.random.seed(3)
        for i in prange(a.size):
            a[i] = np.random.random()

    a = np.zeros(100)
    with pytest.warns(martlet.KernelPerformanceWarning):
        draw(a)
    np.testing.assert_array_equal(a, np.random.RandomState(3).random_sample(100))
