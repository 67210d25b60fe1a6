"""What composites share."""

import numpy as np


def in_place(function):
    """Makes a function of one expression stand in place of its calls, whose arguments are names or
    numbers: what is known when compiling stays so, which it would not through a call."""
    function.in_place = True
    return function


@in_place
def is_number(x):
    # Of a number these give the number itself; of an array a truth value and a sum.
    return np.any(x).dtype == np.sum(x).dtype


@in_place
def is_complex(a):
    return a.dtype == np.complex64 or a.dtype == np.complex128


@in_place
def is_inexact(a):
    return (
        a.dtype == np.float64
        or a.dtype == np.float32
        or a.dtype == np.float16
        or a.dtype == np.complex64
        or a.dtype == np.complex128
    )


def count(shape):
    """How many elements an array of this shape has."""
    result = 1
    for size in shape:
        result *= size
    return result


def folded(a, axis):
    """An array as one of three axes: those before one, that one, and those after it."""
    np.any(a, axis)
    before = count(a.shape[: axis % a.ndim])
    after = count(a.shape[axis % a.ndim + 1 :])
    return a.reshape(before, a.shape[axis % a.ndim], after)


def unfolded(a, shape, axis):
    """The shape of an array of this one's, but for the size of the middle axis of `a`."""
    return shape[: axis % len(shape)] + (a.shape[1],) + shape[axis % len(shape) + 1 :]
