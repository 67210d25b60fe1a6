"""Calls of a jitted function after the first: they go a shorter way, and give the same."""

import sys
import threading
import time

import martlet
import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelFallbackWarning, jit, njit
from subject import needs_martlet

pytestmark = needs_martlet


@njit
def total(x, start):
    result = start
    for i in range(x.shape[0]):
        result += x[i]
    return result


@njit
def double(x):
    for i in range(x.shape[0]):
        x[i] *= 2


@njit
def plus(x, y):
    return x + y


@njit
def element(x, i):
    if i >= x.shape[0]:
        raise IndexError("there are fewer elements")
    return x[i]


def repeated(function, make, expected):
    """Calls with fresh arguments, several times."""
    for _ in range(3):
        result = function(*make())
        assert type(result) is type(expected) and result == expected


def test_numbers_of_every_kind():
    for _ in range(3):
        for a, b in [(1, 2), (1.5, 2.5), (True, 2), (1, 2.5), (2**40, 2**41), (-3, 1e300)]:
            result = plus(a, b)
            assert result == a + b and type(result) is type(a + b)
        assert plus(1j, 2) == 1j + 2
        # Integers stay whole; of one with a sign and one without, the result has one.
        assert plus(2**63 - 7, np.uint64(5)) == 2**63 - 2
        assert plus(2**63 + 5, 1) == 2**63 + 6 - 2**64
        assert plus(np.float64(1.5), 2.0) == 3.5
        assert plus(np.float32(1.5), np.float32(2.0)) == 3.5
        assert plus(np.int8(100), np.int8(27)) == 127
        assert plus(np.int64(2**40), 1) == 2**40 + 1
        with pytest.raises(martlet.KernelError):
            plus(2**70, 1)
        with pytest.raises(martlet.KernelError):
            plus("a", "b")


def test_more_types_than_are_kept():
    kinds = [np.int8, np.int16, np.int32, np.int64, np.float32, np.float64, np.uint8]
    for _ in range(3):
        for kind in kinds:
            assert total(np.arange(5).astype(kind), 1.0) == 11.0


def test_arrays_however_they_lie():
    whole = np.arange(24.0).reshape(4, 6)
    for _ in range(3):
        for key in np.s_[0, :], np.s_[2, ::2], np.s_[:, 1], np.s_[::-1, 2], np.s_[1:1, 0]:
            x = whole[key]
            assert total(x, 0.5) == 0.5 + x.sum()
            assert total(mnp.array(x), 0.5) == 0.5 + x.sum()
        assert total(mnp.array(whole)[:, 1], 0.5) == 0.5 + whole[:, 1].sum()
        unaligned = np.zeros(41, np.uint8)[1:].view(np.float64)
        with pytest.raises(martlet.KernelError):
            total(unaligned, 0.0)


def test_large_arrays():
    x = np.ones(200_000)
    for _ in range(3):
        assert total(x, 0.0) == 200_000
        assert total(mnp.array(x), 0.0) == 200_000
        assert total(x[:10], 0.0) == 10


def test_pending_arrays():
    x = mnp.ones(20_000)
    for _ in range(3):
        assert total(x * 2 + 1, 0.0) == 60_000


def test_what_is_written():
    x = np.arange(4.0)
    y = mnp.array(x)
    view = y[1:3]
    for i in range(3):
        double(x)
        double(y)
        double(view)
        expected = np.arange(4.0) * 2.0 ** (i + 1)
        assert np.array_equal(x, expected)
        expected[1:3] *= 2.0 ** (i + 1)
        assert np.array_equal(np.asarray(y), expected)


def test_a_copy_keeps_its_elements():
    x = mnp.arange(4.0)
    double(x)
    for _ in range(3):
        before = np.array(np.asarray(x))
        later = x + 1
        shared = mnp.array(x)
        lent = memoryview(x)
        double(x)
        assert np.array_equal(np.asarray(later), before + 1)
        assert np.array_equal(np.asarray(shared), before)
        assert np.array_equal(np.asarray(x), before * 2)
        assert np.array_equal(np.asarray(lent), before * 2)
        lent.release()


def test_read_only_arrays():
    x = np.arange(4.0)
    double(x)
    fixed = np.arange(4.0)
    fixed.flags.writeable = False
    mine = mnp.arange(4.0)
    mine.flags.writeable = False
    for _ in range(2):
        for array in (fixed, mine, mnp.arange(4.0)[:2]):
            if array.flags.writeable:
                double(array)
                continue
            with pytest.raises(ValueError, match="read-only"):
                double(array)
        assert np.array_equal(fixed, np.arange(4.0))
        assert np.array_equal(np.asarray(mine), np.arange(4.0))


def test_exceptions():
    x = np.arange(4.0)
    for _ in range(3):
        assert element(x, 2) == 2.0
        with pytest.raises(IndexError, match="there are fewer elements"):
            element(x, 4)
    with pytest.raises(TypeError, match="takes 2 positional arguments but 3 were given"):
        element(x, 1, 2)
    with pytest.raises(TypeError, match="missing a required argument: 'i'"):
        element(x)
    assert element(x, i=3) == element(i=3, x=x) == 3.0


def test_a_standard_value_and_a_captured_array():
    table = np.arange(3.0)

    @njit
    def scaled(x, factor=2.0):
        return x * factor + table[1]

    for _ in range(3):
        assert scaled(1.0) == 3.0
        assert scaled(1.0, 3.0) == 4.0
        table[1] += 0.0


def test_recompiled():
    scale = 2

    @njit
    def scaled(x):
        return x * scale

    repeated(scaled, lambda: (3,), 6)
    scale = 5
    repeated(scaled, lambda: (3,), 6)
    scaled.recompile()
    repeated(scaled, lambda: (3,), 15)


def test_what_runs_in_python():
    @jit
    def listed(x):
        return {x, 1}

    with pytest.warns(KernelFallbackWarning):
        assert listed(3) == {1, 3}
    assert listed(0) == {0, 1}


def test_references_are_kept_in_order():
    x = np.arange(4.0)
    number = 12345.678
    total(x, number)
    before = sys.getrefcount(x), sys.getrefcount(number)
    for _ in range(100):
        total(x, number)
        double(x)
        with pytest.raises(IndexError):
            element(x, 9)
    assert (sys.getrefcount(x), sys.getrefcount(number)) == before


def counted(call):
    """How often another thread got its turn while a call ran, and how long that took."""
    turns, ended = 0, False

    def run():
        nonlocal turns
        while not ended:
            turns += 1
            time.sleep(0.001)

    thread = threading.Thread(target=run)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        thread.start()
        time.sleep(0.02)
        first, begun = turns, time.perf_counter()
        call()
        found = turns - first, time.perf_counter() - begun
    finally:
        ended = True
        thread.join()
        sys.setswitchinterval(before)
    return found


def spin(count):
    state = 1
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
    return state


def test_other_threads_run_meanwhile_where_that_was_asked_for():
    free = njit(nogil=True)(spin)
    assert free(1000) == spin(1000)
    turns, seconds = counted(lambda: free(500_000_000))
    assert seconds > 0.05 and turns > 3


def test_other_threads_run_during_work_on_large_arrays():
    @njit
    def slow(x, rounds):
        result = 0.0
        for _ in range(rounds):
            for i in range(x.shape[0]):
                result = result * 0.5 + x[i]
        return result

    x = np.ones(100_000)
    slow(x, 1)
    turns, seconds = counted(lambda: slow(x, 2000))
    assert seconds > 0.05 and turns > 3


@njit
def shifted(a, b):
    for i in range(a.size):
        a[i] = b[i] + 1.0


@njit
def rows_shifted(a, b):
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            a[i, j] = b[i, j] + 1.0


def test_short_calls_see_overlap_too():
    # Loops run many iterations at a time where arrays are apart, and as written where they are not.
    for _ in range(3):
        for start in (0, 1, 3):
            memory, wanted = np.arange(40.0), np.arange(40.0)
            shifted(memory[start : start + 20], memory[:20])
            shifted.py_func(wanted[start : start + 20], wanted[:20])
            np.testing.assert_array_equal(memory, wanted)
            shifted(memory[:20][::-1], memory[start : start + 20])
            shifted.py_func(wanted[:20][::-1], wanted[start : start + 20])
            np.testing.assert_array_equal(memory, wanted)
        # An array that overlaps itself.
        memory, wanted = np.arange(40.0), np.arange(40.0)
        for target in (memory, wanted):
            own = np.lib.stride_tricks.as_strided(target, (6, 8), (16, 8))
            function = rows_shifted if target is memory else rows_shifted.py_func
            function(own, np.arange(48.0).reshape(6, 8))
            function(target[:24].reshape(3, 8)[:, :5], target[1:25].reshape(3, 8)[:, :5])
        np.testing.assert_array_equal(memory, wanted)
        a, b = np.zeros(30), np.arange(30.0)
        shifted(a, b)
        np.testing.assert_array_equal(a, b + 1)
        shifted(np.zeros(0), np.zeros(0))
