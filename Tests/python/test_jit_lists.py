"""Lists in kernels, against the same functions in Python."""

import copy

import numpy as np
import pytest
from martlet import KernelError, cuda, device, njit, prange


def check(function, *arguments):
    """Runs a function compiled and in Python: results, their types, and what becomes of lists."""
    own, plain = copy.deepcopy(arguments), copy.deepcopy(arguments)
    wanted = function.py_func(*plain)
    for _ in range(2):
        own = copy.deepcopy(arguments)
        got = function(*own)
        same(got, wanted)
        for one, other in zip(own, plain, strict=True):
            same(one, other)


def same(got, wanted):
    if isinstance(wanted, (list, tuple)):
        assert type(got) is type(wanted) and len(got) == len(wanted)
        for one, other in zip(got, wanted, strict=True):
            same(one, other)
    elif isinstance(wanted, np.ndarray):
        np.testing.assert_array_equal(got, wanted)
    else:
        assert got == wanted and isinstance(got, bool) == isinstance(wanted, bool)


@njit
def names_share():
    a = [1]
    b = a
    a += [2]
    b.append(3)
    return len(b), a, b, a is b


@njit
def literal():
    return [1, 2, 3]


@njit
def mixed():
    return [1, 2.5], [True, False], [1j, 2]


@njit
def empty():
    return []


@njit
def grown(n):
    squares = []
    for i in range(n):
        squares.append(i * i)
    return squares


@njit
def floats_later(n):
    values = [0]
    for i in range(n):
        values.append(i / 2)
    return values


@njit
def stack(n):
    pending = [(0, n)]
    order = []
    while pending:
        low, high = pending.pop()
        if high - low < 2:
            order.append(low)
        else:
            middle = (low + high) // 2
            pending.append((middle, high))
            pending.append((low, middle))
    return order


@njit
def methods(values):
    values.append(7)
    values.insert(1, -1)
    values.insert(100, 8)
    values.insert(-100, 9)
    last = values.pop()
    first = values.pop(0)
    values.extend([4, 5])
    values.extend((6, 6))
    values.extend(range(3))
    values.remove(6)
    place = values.index(4)
    count = values.count(6)
    values.reverse()
    other = values.copy()
    values.sort()
    third = sorted(other, reverse=True)
    other[0] = 100
    other[-1] += 5
    return last, first, place, count, other, third, len(values), values[-2]


@njit
def cleared(values):
    values.clear()
    values.append(3)
    values += values
    return values


@njit
def slices(values, i, j, k):
    return values[i:j], values[::k], values[:], values[i], values[-1:]


@njit
def operators(a, b):
    return a + b, a * 2, 2 * b, a == b, a != a, 3 in a, 100 not in b, a + [1]


@njit
def measured(a):
    return len(a), min(a), max(a), sum(a), any(a), all(a), bool(a), not a


@njit
def looped(a):
    total = 0
    for x in a:
        total = total * 3 + x
    for i, x in enumerate(a):
        total += i * x
    for x, y in zip(a, a[1:]):  # noqa: B905
        total -= x * y
    for x in reversed(a):
        total = total * 2 + x
    for x in a:
        if x > 4:
            break
        if x == 2:
            continue
        total += 1
    else:
        total += 1000
    return total


@njit
def changed_while_looped(a):
    total = 0
    for x in a:
        if len(a) < 10:
            a.append(x + 1)
        total += x
    return total


@njit
def to_arrays(a):
    b = np.array(a)
    c = np.asarray(a)
    c[0] = 100
    return b, c, np.sum(a), np.mean(a), np.zeros(len(a))


@njit
def as_index(a):
    places = [0, 2]
    return a[[1, 1]], a[places]


@njit
def filled(a):
    a[:3] = [7, 8, 9]
    return a


@njit
def comprehensions(n, a):
    return (
        [i * i for i in range(n)], [x for x in a if x > 2], [i + j for i in range(3) for j in a],
        [len(a) for _ in a], sum([x / 2 for x in a]), sum(x * n for x in a),
        [(i, x) for i, x in enumerate(a)],
    )  # fmt: skip


@njit
def listed(n, a, row):
    return (
        list(range(n)), list(a), list((1, 2)), list(row), list(zip(a, a)), list(enumerate(a)),  # noqa: B905
        list(reversed(a)), list(range(5, 0, -2)), list(),
    )  # fmt: skip


@njit
def chosen(flag, n):
    values = [0]
    if flag:
        values = [1.5]
        values.append(n)
    for i in range(n):
        if i == 2:
            values = [i]
        values.append(i)
    return values


@njit
def helper(values, x):
    values.append(x)
    return values


@njit
def handed_on():
    a = [1]
    b = helper(a, 2)
    helper(b, 3)
    return a, len(b)


@njit
def early(n):
    for i in range(n):
        row = [i]
        row.append(i * 2)
        if i == 3:
            return row
    return [n]


@njit
def unpacked(a):
    x, y, z = a
    [p, q] = [4, 5]
    return x, y, z, p, q


@njit
def in_tuples(n):
    pair = ([1], [2.0])
    pair[0].append(n)
    return pair


@njit
def argument_again(a, b):
    b.append(len(a))
    return a


@njit
def of_tuples(n):
    points = [(0, 0.5)]
    for i in range(n):
        points.append((i, i / 2))
    points[0] = (7, 7.0)
    x, y = points[-1]
    return points, x, y, points[1][0]


FIXED = [2, 3, 5]


@njit
def from_outside(i):
    total = 0
    for x in FIXED:
        total += x
    return total, FIXED[i], len(FIXED)


NUMBERS = [3, 1, 2]
CASES = [
    (names_share,), (literal,), (mixed,), (empty,), (grown, 100), (grown, 0), (floats_later, 5),
    (stack, 20), (methods, NUMBERS), (cleared, NUMBERS), (slices, [1, 2, 3, 4], 1, 3, -1),
    (slices, [1.5, 2.0], -1, 7, 2), (operators, NUMBERS, [3]), (operators, [1.5], [2.5, 1.0]),
    (measured, NUMBERS), (measured, [0.0, 2.5]), (looped, NUMBERS), (looped, [1, 9, 2]),
    (changed_while_looped, [1, 2]), (to_arrays, [1.5, 2.5]), (to_arrays, NUMBERS),
    (as_index, np.arange(4)), (filled, np.zeros(5)), (comprehensions, 4, NUMBERS),
    (listed, 4, NUMBERS, np.arange(3.0)), (chosen, True, 4), (chosen, False, 1), (handed_on,),
    (early, 2), (early, 8), (unpacked, NUMBERS), (in_tuples, 3), (argument_again, [1, 2], [3.5]),
    (of_tuples, 3), (from_outside, -1),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_lists_are_pythons(case):
    check(*case)


def test_types_of_numbers_from_python():
    for numbers in ([1], [1.5], [True, False], [1j, 2 + 1j], [np.float32(1.5)], [np.uint8(3)]):
        check(slices, numbers, 0, 1, 1)
        check(helper, numbers, numbers[0])


def test_a_list_that_is_given_twice_is_one():
    @njit
    def both(a, b):
        a.append(9)
        return len(b), a is b

    values = [1]
    assert both(values, values) == (2, True) and values == [1, 9]
    assert both([1], [1]) == (1, False)


def test_a_list_that_is_given_back_is_the_same():
    values = [1, 2]
    assert helper(values, 3) is values and values == [1, 2, 3]
    result = argument_again(values, [1])
    assert result is values


def test_lists_are_reflected_where_the_function_fails():
    @njit
    def fails(a):
        a.append(5)
        return a[100]

    values = [1]
    with pytest.raises(IndexError, match="list index out of range"):
        fails(values)
    assert values == [1, 5]


@njit
def temporaries(n, m):
    total = 0
    kept = [0]
    for i in range(n):
        row = [i]
        for j in range(m):
            row.append(j)
        if i % 1000 == 7:
            kept = row
        total += len(row) + row[-1]
    kept.append(5)
    return total, kept


def test_lists_of_iterations_are_freed():
    check(temporaries, 100, 3)
    total, kept = temporaries(3008, 10000)
    assert total == 3008 * (10001 + 9999) and kept == [3007, *range(10000), 5]
    # 240 MB if each were kept.
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    temporaries(3000, 10000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 50_000


@njit(parallel=True)
def read_by_threads(values, out):
    for i in prange(out.shape[0]):
        own = [values[i % 3]]
        own.append(i)
        out[i] = own[0] + own[1] + len(values)


def test_lists_in_parallel_loops():
    out = np.zeros(100)
    read_by_threads([5, 6, 7], out)
    np.testing.assert_array_equal(out, np.arange(100) + np.resize([5, 6, 7], 100) + 3)

    @njit(parallel=True)
    def shared(values, n):
        for i in prange(n):
            values.append(i)

    with pytest.raises(KernelError, match="threads share it"):
        shared([1], 3)


# What goes wrong


@njit
def indexed(a, i):
    return a[i]


@njit
def assigned(a, i):
    a[i] = 1


@njit
def popped(a, i):
    return a.pop(i)


@njit
def removed(a, x):
    a.remove(x)


@njit
def found(a, x):
    return a.index(x)


@pytest.mark.parametrize(
    ("function", "argument", "kind", "message"),
    [
        (indexed, 3, IndexError, "list index out of range"),
        (indexed, -4, IndexError, "list index out of range"),
        (assigned, 3, IndexError, "list assignment index out of range"),
        (popped, 3, IndexError, "pop index out of range"),
        (removed, 5, ValueError, "x not in list"),
        (found, 5, ValueError, "not in list"),
    ],
)
def test_exceptions_are_pythons(function, argument, kind, message):
    values = [1, 2, 3]
    with pytest.raises(kind, match=message):
        function(values, argument)
    with pytest.raises(kind):
        function.py_func([1, 2, 3], argument)
    assert values == [1, 2, 3]


def test_pop_of_an_empty_list():
    @njit
    def emptied():
        a = [1]
        a.pop()
        a.pop()

    with pytest.raises(IndexError, match="pop from empty list"):
        emptied()


@njit
def nested():
    return [[1], [2]]


@njit
def joined_with_tuple(a):
    return a + (1, 2)


@njit
def sliced(a):
    a[0:1] = [5]


@njit
def widened(a):
    a.append(1.5)


@njit
def tuple_of(a):
    return tuple(a)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (nested, (), "a list of lists"),
        (joined_with_tuple, ([1],), "'[+]' of a list and a tuple of 2"),
        (sliced, ([1],), "one index is expected here"),
        (widened, ([1],), "takes none of type float64"),
        (tuple_of, ([1],), "'tuple' is not in the language"),
        (indexed, ([1, 2.5], 0), "a list of numbers of type int64 and float64"),
        (indexed, ([], 0), "an empty list"),
        (indexed, (["a"], 0), "something of type str"),
    ],
)
def test_what_lists_lack_is_named(function, arguments, message):
    with pytest.raises(KernelError, match=message):
        function(*arguments)


def test_lists_of_a_grid_do_not_change():
    @cuda.jit
    def kernel(out):
        a = [1, 2]
        b = a
        a += [3]
        out[0] = len(b)

    with device("simulator"), pytest.raises(KernelError, match="list"):
        kernel[1, 1](np.zeros(1))


@njit
def repeated_often(n):
    return len(list(range(3)) * n)


def test_lists_that_memory_cannot_hold_are_refused_at_once():
    assert repeated_often(-1) == 0
    assert repeated_often(2) == 6
    for n in (2**45, 2**58, 2**62, 2**63 - 1):
        with pytest.raises(MemoryError):
            repeated_often(n)
