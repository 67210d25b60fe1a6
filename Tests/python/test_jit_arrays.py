"""What `jit` makes of whole arrays: products, running sums, other shapes, sorting, arrays as
indices. Each function runs jitted and as Python, and both must give and leave the same."""

import math

import martlet
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from martlet import KernelError, KernelPerformanceWarning, njit, prange


def outcome(function, arguments):
    """What a call gives and leaves, or the exception that it raises."""
    own = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    try:
        result = function(*own)
    except Exception as error:
        return type(error), str(error), own
    return "returned", result, own


def compare(actual, expected, tolerance):
    if isinstance(expected, tuple):
        assert isinstance(actual, tuple) and len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            compare(one, other, tolerance)
    elif expected is None:
        assert actual is None
    else:
        # Numbers come as Python's own, as numba gives them.
        assert np.ndim(expected) == 0 or actual.dtype == expected.dtype
        assert np.shape(actual) == np.shape(expected)
        np.testing.assert_allclose(actual, expected, rtol=tolerance, equal_nan=True)


def agrees(function, *arguments, tolerance=0, text=None):
    """The same values, types, shapes and changed arguments; or the same exception, whose text is
    `text` where it is not Python's."""
    ours = outcome(function, arguments)
    theirs = outcome(function.py_func, arguments)
    assert ours[0] == theirs[0], f"{ours[:2]}, not {theirs[:2]}"
    if ours[0] == "returned":
        compare(ours[1], theirs[1], tolerance)
        for one, other in zip(ours[2], theirs[2], strict=True):
            np.testing.assert_array_equal(one, other)
    else:
        assert ours[1] == (text or theirs[1])


def numbers(*shape, seed=7):
    return np.random.default_rng(seed).random(shape)


# Products: sums of at most 9 products, in another order than NumPy's.

ROUNDING = {"float32": 1e-6, "float64": 2e-15}


@njit
def product(a, b):
    return a @ b


@pytest.mark.parametrize("dtypes", [("float64",) * 2, ("float32",) * 2, ("int32", "int64")])
@pytest.mark.parametrize(
    "shapes", [((4, 5), (5, 3)), ((4, 5), (5,)), ((5,), (5, 3)), ((5,), (5,)), ((0, 5), (5, 2))]
)
def test_products(shapes, dtypes):
    a, b = (
        (10 * numbers(*shape)).astype(dtype) for shape, dtype in zip(shapes, dtypes, strict=True)
    )
    agrees(product, a, b, tolerance=ROUNDING.get(dtypes[0], 0))


def test_products_of_views_and_of_what_is_computed():
    @njit
    def gram(a):
        return np.dot(a.T + 1, a * 2)

    agrees(product, numbers(6, 8)[:, ::2], numbers(8, 3)[::2], tolerance=2e-15)
    agrees(gram, numbers(5, 3), tolerance=2e-15)


def test_products_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match="has 5 columns, and the second 4 rows"):
        product(numbers(4, 5), numbers(4, 5))
    with pytest.raises(KernelError, match="takes arrays of 1 or 2 dimensions"):
        product(numbers(2, 2, 2), numbers(2, 2))


# Running sums


@njit
def running_sum(a):
    return np.cumsum(a)


@njit
def running_sum_down(a):
    return a.cumsum(axis=0)


@njit
def running_product_along(a):
    return np.cumprod(a, axis=-1)


@pytest.mark.parametrize("function", [running_sum, running_sum_down, running_product_along])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "uint8", "bool"])
def test_running_sums(function, dtype):
    values = (4 * numbers(3, 4)).astype(dtype)
    for a in (values, values.T, values[::-1, ::2], values[:0]):
        agrees(function, a)


# Other shapes


@njit
def reshaped_and_written(a):
    b = a.reshape(2, -1)
    b[0, 0] = 7
    return b


@njit
def flat(a):
    r, f = a.ravel(), a.flatten()
    r[0], f[1] = 3, 9
    return r, f


@njit
def to_four_by_two(a):
    return np.reshape(a, (4, 2))


def test_other_shapes_are_views_where_numpys_are():
    for a in (np.arange(6.0), np.arange(12).reshape(3, 4)):
        agrees(reshaped_and_written, a)
        agrees(flat, a)
    # These are copies, so the argument stays.
    a = np.arange(12.0)[::2]
    before = a.copy()
    assert reshaped_and_written(a)[0, 0] == 7
    np.testing.assert_array_equal(a, before)
    agrees(flat, np.arange(12.0).reshape(3, 4).T)
    agrees(to_four_by_two, np.arange(8))
    agrees(
        to_four_by_two, np.arange(6),
        text="cannot reshape array of size 6 into a shape of 2 dimensions with 8 elements",
    )  # fmt: skip


def test_sizes_that_wrap_are_no_shape():
    @njit
    def wrapped(a, m, n):
        return a.reshape(m, n).sum()

    with pytest.raises(ValueError, match="cannot reshape array of size 0"):
        wrapped(np.zeros(0), 2**62, 4)
    with pytest.raises(ValueError, match="cannot reshape array of size 4"):
        wrapped(np.zeros(4), 2**63 - 1, -4)
    assert wrapped(np.ones(4), 2, 2) == 4


def test_nothing_is_read_of_arrays_that_could_not_be_made():
    @njit
    def added(a, b):
        return (a + b).sum()

    @njit
    def element(a, n):
        return a.reshape(n, n)[n - 1, n - 1]

    @njit
    def new(n):
        return np.zeros(n)[n - 1] + np.ones((n, n)).max()

    @njit
    def total(a):
        result = 0.0
        for i in range(a.shape[0]):
            result += a[i]
        a[a.shape[0] - 1] = result
        return result + a.mean()

    @njit
    def handed_on(a, n):
        return total(a.reshape(n))

    @njit
    def ordered(a, n):
        return np.sort(a.reshape(n))[0], np.cumsum(a.reshape(n))[-1]

    agrees(added, np.ones(4), np.ones(1))
    agrees(element, np.arange(4.0), 2)
    agrees(handed_on, np.arange(4.0), 4)
    agrees(ordered, np.arange(4.0)[::-1], 4)
    large = 2**40
    with pytest.raises(ValueError, match="could not broadcast an axis of size 3 to size 5000000"):
        added(np.ones(5_000_000), np.ones(3))
    for function in (element, handed_on, ordered):
        with pytest.raises(ValueError, match="cannot reshape array of size 4"):
            function(np.arange(4.0), large)
    with pytest.raises(MemoryError):
        new(large)
    with pytest.raises(ValueError, match="negative dimensions"):
        new(-5)


def test_a_view_written_in_a_parallel_loop():
    @njit(parallel=True)
    def fill(a):
        flat = a.reshape(-1)
        for i in prange(a.shape[0]):
            flat[i] = i

    @njit(parallel=True)
    def race(a):
        for i in prange(a.shape[0]):
            a.reshape(-1)[0] += i

    a = np.zeros((4, 4))
    with pytest.warns(KernelPerformanceWarning, match="may write the same"):
        race(a)
    assert a[0, 0] == 6
    a = np.zeros((4, 4))
    fill(a)
    np.testing.assert_array_equal(a[0], np.arange(4))


# Sorting


@njit
def sorted_copy(a):
    return np.sort(a)


@njit
def sorted_halves(a):
    a[::2].sort()
    a[1::2].sort()


@njit
def order(a):
    return np.argsort(a)


@settings(deadline=None)
@given(st.lists(st.floats(width=32), max_size=40))
def test_sorting_is_numpys(values):
    a = np.array(values, np.float32)
    np.testing.assert_array_equal(sorted_copy(a), np.sort(a))
    np.testing.assert_array_equal(order(a), np.argsort(a, kind="stable"))
    agrees(sorted_halves, a)


def test_rows_are_sorted():
    agrees(sorted_copy, np.random.default_rng(3).integers(-9, 9, (4, 2, 13)))


# Arrays as indices


@njit
def chosen(a, i):
    return a[i]


@njit
def columns(a, i):
    return a[:, i]


@njit
def pairs(a, i, j):
    return a[i, j]


@njit
def scattered(a, i, value):
    a[i] = value
    a[i] += 2


@njit
def negatives_away(a):
    a[a < 0] = 0
    return np.where(a > 1, a, -a)


def test_positions_gather():
    a = numbers(4, 5)
    for index in (
        np.array([0, -1, 2]), np.array([[0, 1], [2, 3]]), np.array([3, 0], np.uint8),
        np.array([], int),
    ):  # fmt: skip
        agrees(chosen, a, index)
        agrees(columns, a, index)
    agrees(pairs, a, np.array([0, -1, 2]), np.array([1, 1, 3]))
    agrees(pairs, a, np.array([[0], [1]]), np.array([1, 1, 3]))
    agrees(pairs, a, 1, np.array([1, 1, 3]))


def test_masks_choose():
    a = numbers(4, 5)
    agrees(chosen, a, a > 0.5)
    agrees(chosen, a, a[:, 0] > 0.5)
    agrees(chosen, a, np.array([True]))
    agrees(negatives_away, np.random.default_rng(5).normal(size=20))


def test_positions_and_masks_are_written():
    a = numbers(4, 5)
    agrees(scattered, a, np.array([0, 0, 2]), 1.5)
    agrees(scattered, a, np.array([3, 1]), numbers(2, 5, seed=8))
    agrees(scattered, a, a > 0.5, -1.0)
    agrees(scattered, a, a > 0.5, np.arange((a > 0.5).sum()) * 1.0)
    agrees(scattered, a, a > 0.5, np.zeros(3))


def test_an_array_may_be_its_own_index():
    @njit
    def reverse(a):
        a[a] = a[::-1]

    @njit
    def swap(a, i):
        a[i] = a[i[::-1]]

    agrees(reverse, np.array([2, 0, 1]))
    agrees(swap, numbers(5), np.array([0, 1, 4]))


def test_positions_outside_are_an_error_on_request():
    @njit(boundscheck=True)
    def careful(a, i):
        return a[i]

    agrees(careful, numbers(5), np.array([4, -5]))
    agrees(careful, numbers(5), np.array([1, 5]))
    agrees(careful, numbers(3, 2), np.array([[1, -4]]))


def test_indices_that_kernels_do_not_know_are_errors_at_the_line():
    with pytest.raises(KernelError, match="integers or truth values, not float64"):
        chosen(numbers(3), np.array([0.5]))


# Positions, parts together, every index


def test_arrays_have_at_most_eight_dimensions():
    @njit
    def longer(a):
        return a[None]

    @njit
    def computed(a):
        return a[None] + 1

    @njit
    def new():
        return np.zeros((1, 1, 1, 1, 1, 1, 1, 1, 1))

    eight, five = np.zeros((1,) * 8), np.zeros((1,) * 5)
    message = "an array has at most 8 dimensions in kernels, not "
    for function, arguments in (
        (longer, (eight,)), (computed, (eight,)), (new, ()), (chosen, (five, five.astype(int))),
    ):  # fmt: skip
        with pytest.raises(KernelError, match=message + "9"):
            function(*arguments)
    agrees(longer, five)


def test_nonzero_and_concatenation():
    @njit
    def places(a):
        rows, columns = np.nonzero(a)
        return rows * 100 + columns, np.flatnonzero(a)

    @njit
    def joined(a, b):
        return np.concatenate((a, b, a))

    @njit
    def joined_along(a, b):
        return np.concatenate((a, b), axis=1)

    agrees(places, np.random.default_rng(2).integers(0, 2, (4, 5)))
    agrees(joined, numbers(3), np.arange(2))
    agrees(joined, numbers(2, 3), numbers(4, 3))
    agrees(joined_along, numbers(2, 3), numbers(2, 1))
    with pytest.raises(ValueError, match="axis 1 has 3 elements in one array and 2 in another"):
        joined(numbers(2, 3), numbers(2, 2))


def test_every_index():
    @njit
    def walk(a):
        total = 0.0
        for i, j in np.ndindex(a.shape):
            total += a[i, j] * (i + 2 * j)
        for (i, _), x in np.ndenumerate(a):
            total -= x * i
        for i, j in np.ndindex(3, 2):
            total += i * j
        return total

    agrees(walk, numbers(3, 4))
    agrees(walk, numbers(3, 0))


# Functions that are made of others


@njit
def composed(a):
    return np.diff(a), np.median(a), np.vstack((a, a)), np.outer(a, a)


def test_functions_made_of_others():
    agrees(composed, numbers(7))
    agrees(composed, numbers(8))
    with pytest.raises(KernelError, match="'axis' of unique is not in the language") as caught:

        @njit
        def rows(a):
            return np.unique(a, axis=0)

        rows(numbers(3))
    # It stands where the user called it.
    assert caught.value.filename == __file__


def test_mistakes_in_other_files_stand_there(tmp_path, monkeypatch):
    (tmp_path / "elsewhere.py").write_text(
        "from martlet import njit\n\n@njit\ndef broken(x):\n    return x.nothing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    elsewhere = __import__("elsewhere")

    @njit
    def calls(x):
        return elsewhere.broken(x)

    with pytest.raises(KernelError, match="has no 'nothing' in kernels") as caught:
        calls(1.0)
    assert caught.value.filename == str(tmp_path / "elsewhere.py")
    assert (caught.value.lineno, caught.value.offset) == (5, 12)


# Functions of numbers


def test_gamma_functions():
    @njit
    def gamma(x):
        return math.gamma(x)

    @njit
    def log_gamma(x):
        return math.lgamma(x)

    # Python's own gamma is within 10 units in the last place of the right one, this within 12.
    for x in np.concatenate((np.linspace(0.01, 171, 500), np.linspace(-20.3, -0.3, 41))):
        agrees(gamma, x, tolerance=22 * 2.0**-52)
    for x in np.linspace(2.5, 1000, 400):
        agrees(log_gamma, x, tolerance=12 * 2.0**-52)
    assert [gamma(float(n)) for n in range(1, 24)] == [math.factorial(n) for n in range(23)]


def test_any_and_all():
    @njit
    def both(a, x, y):
        return any(a), all(a), any((x > 1, y > 2)), all((x > 1, y > 2))

    for a in ([0, 1], [0, 0], [2, 1], []):
        agrees(both, np.array(a), 2, 1)


def test_grid_kernels_refuse_what_needs_memory():
    @martlet.cuda.jit
    def kernel(a):
        a[0] = np.sort(a)[0]

    with martlet.device("simulator"), pytest.raises(KernelError, match="can't make an array"):
        kernel[1, 1](numbers(3))
