"""Views in kernels: what is written through one, and what only reads."""

import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import njit, prange

COMPLEX = [np.complex64, np.complex128]
MAKE = {
    "whole": lambda a: a,
    "transposed": lambda a: a.T,
    "backwards": lambda a: a[::-1],
    "strided": lambda a: a[:, ::2],
}


def complex_array(dtype):
    return (np.arange(12.0) - 1j * np.arange(12.0)[::-1]).astype(dtype).reshape(3, 4)


@njit
def write_imag(a):
    x = a.imag
    x[:] = 7.0
    return a


@njit
def write_real(a):
    a.real[0] = 5
    np.imag(a)[1] += 2
    a.real *= 3
    return a


@njit
def read_later(a):
    b = a.real
    c = np.imag(a)
    a[0] = 5 - 6j
    return b[0] + c[0], b, c


@pytest.mark.parametrize("dtype", COMPLEX)
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@pytest.mark.parametrize("array", [np.array, mnp.array])
def test_halves_of_complex_numbers_are_views(dtype, make, array):
    for function in (write_imag, write_real):
        a, b = make(array(complex_array(dtype))), make(complex_array(dtype))
        result = function(a)
        np.testing.assert_array_equal(np.asarray(result), function.py_func(b))
        np.testing.assert_array_equal(np.asarray(a), b)
    a, b = make(array(complex_array(dtype))), make(complex_array(dtype))
    total, real, imag = read_later(a)
    np.testing.assert_array_equal(np.asarray(total), np.full(b[0].shape, -1.0))
    a[1] = 9j
    assert np.all(np.asarray(real)[1] == 0) and np.all(np.asarray(imag)[1] == 9)
    assert np.asarray(real).dtype == dtype(0).real.dtype


@njit
def halves_of_real(a):
    b = a.real
    b[0] = 9
    c = np.real(a)
    c[1] = 8
    return a, a.imag


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
def test_the_real_part_of_real_numbers_is_the_array(dtype):
    a = np.arange(3).astype(dtype)
    same, zeros = halves_of_real(a)
    assert a.tolist() == [9, 8, 2] and np.shares_memory(same, a)
    assert zeros.tolist() == [0, 0, 0] and zeros.dtype == dtype


@njit(parallel=True)
def conjugated(a):
    for i in prange(a.shape[0]):
        a.imag[i] = -a.imag[i]


def test_halves_in_a_parallel_loop():
    a = complex_array(np.complex128)
    wanted = a.conj()
    conjugated(a)
    np.testing.assert_array_equal(a, wanted)


# What is only read


@njit
def transposed(a):
    return a.T


@njit
def flattened(a):
    return a.ravel(), a.reshape(-1), a[::2]


@njit
def rebound(a, n):
    b = a
    total = 0.0
    for _ in range(n):
        b = b.T
        total += b[0, 1]
    return total


@njit
def looked_at(a):
    return np.median(a), np.histogram(a)[0], np.unique(a), np.percentile(a, 30.0)


@njit(parallel=True)
def shared(a):
    b = a.T
    total = 0.0
    for i in prange(b.shape[0]):
        total += b[i, 0]
    return total


@njit
def helper(b):
    return b[1].sum()


@njit
def handed_on(a):
    return helper(a.T)


def fixed(a):
    a.flags.writeable = False
    return a


def test_views_of_read_only_arrays_can_be_read():
    a = np.arange(6.0).reshape(2, 3)
    b = fixed(a.copy())
    for array in (b, mnp.array(a), np.broadcast_to(a[0], (2, 3))):
        plain = np.asarray(array)
        for function in (transposed, rebound, looked_at, shared, handed_on, flattened):
            arguments = (3,) if function is rebound else ()
            got = function(array, *arguments)
            wanted = function.py_func(plain, *arguments)
            for one, other in zip(
                got if isinstance(got, tuple) else (got,),
                wanted if isinstance(wanted, tuple) else (wanted,),
                strict=True,
            ):
                np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    assert not transposed(b).flags.writeable
    assert not flattened(b)[0].flags.writeable


@njit
def through_a_view(a):
    b = a.T
    b[0, 0] = 1


@njit
def through_a_name(a, n):
    b = np.zeros((2, 2))
    for i in range(n):
        if i == 1:
            b = a.T
        b[0, 0] += 1


@njit
def through_a_function(a):
    through_a_view(a.T)


@njit
def through_a_result(a):
    transposed(a)[0, 0] = 1


@njit(parallel=True)
def through_threads(a):
    b = a.T
    for i in prange(b.shape[0]):
        b[i, 0] = 1


@pytest.mark.parametrize(
    "function",
    [through_a_view, through_a_name, through_a_function, through_a_result, through_threads],
)
def test_views_of_read_only_arrays_are_not_written(function):
    arguments = (2,) if function is through_a_name else ()
    with pytest.raises(ValueError, match="read-only"):
        function(fixed(np.zeros((2, 2))), *arguments)
    a, b = np.zeros((2, 2)), np.zeros((2, 2))
    function(a, *arguments)
    function.py_func(b, *arguments)
    np.testing.assert_array_equal(a, b)
    assert a.any()


@njit
def sliced(a, start, stop, step):
    return a[start:stop:step]


def test_empty_views_anywhere():
    a = np.arange(10.0)
    for start in (-12, -3, 0, 5, 12):
        for stop in (-12, 0, 3, 12):
            for step in (-2, -1, 1, 3):
                got = sliced(a, start, stop, step)
                np.testing.assert_array_equal(got, a[start:stop:step])


def test_how_elements_lie():
    @njit
    def layout(a):
        flags = a.flags.c_contiguous, a.flags.f_contiguous
        return a.strides, a.nbytes, a.itemsize, flags

    a = np.ones((3, 4))
    for view in (a, a.T, a[::2], a[:, ::-1], a[0], a[:0], a[:1, :1], a.astype(np.float32)):
        flags = view.flags.c_contiguous, view.flags.f_contiguous
        assert layout(view) == (view.strides, view.nbytes, view.itemsize, flags)


def repeated(a):
    return np.broadcast_to(a, (3, a.size))


def of_the_same_shape(a):
    return np.broadcast_to(a, a.shape)


def part_of_repeated(a):
    return np.broadcast_to(a, (3, a.size))[1:, ::2].T


def in_tuples(a):
    b, c = np.broadcast_arrays(a, np.ones((2, 1)))
    return (a, b), c


def windows(a):
    return np.lib.stride_tricks.sliding_window_view(a, 2)


def on_one_way(a, n):
    b = np.ones((3, a.size))
    if n:
        b = np.broadcast_to(a, (3, a.size))
    return b


def in_a_loop(a, n):
    b = np.ones((3, a.size))
    for _ in range(n):
        b = np.broadcast_to(a, (3, a.size))
    return b


@njit
def returned_early(a, n):
    if n:
        return np.ones((3, a.size))
    return np.broadcast_to(a, (3, a.size))


def of_a_function(a, n):
    return returned_early(a, n)


def computed_from_repeated(a):
    return np.broadcast_to(a, (3, a.size)) + 1


def copied_from_repeated(a):
    return np.broadcast_to(a, (3, a.size)).copy()


@pytest.mark.parametrize("make", [np.arange, mnp.arange])
@pytest.mark.parametrize(
    ("function", "arguments", "writable"),
    [
        (repeated, (), False), (of_the_same_shape, (), False), (part_of_repeated, (), False),
        (windows, (), False), (on_one_way, (1,), False), (in_a_loop, (2,), False),
        (of_a_function, (0,), False), (computed_from_repeated, (), True),
        (copied_from_repeated, (), True),
    ],
)  # fmt: skip
def test_views_that_show_elements_several_times_are_read_only(function, arguments, writable, make):
    a = make(5.0)
    result = njit(function)(a, *arguments)
    assert result.flags.writeable is writable
    if not writable:
        with pytest.raises(ValueError, match="read-only"):
            result[0] = 9
    np.testing.assert_array_equal(result, function(np.arange(5.0), *arguments))
    assert a.flags.writeable


def test_those_in_tuples_too():
    a = np.arange(5.0)
    (own, seen), other = njit(in_tuples)(a)
    assert own is a
    assert (own.flags.writeable, seen.flags.writeable, other.flags.writeable) == (
        True, False, False,
    )  # fmt: skip
