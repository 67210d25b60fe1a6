"""What composites share."""

import numpy as np

from martlet._kernels._intrinsics import Intrinsic

# What the compiler knows for these functions alone.
kind = Intrinsic("martlet.kind", "what a value is: a constant, number, array, text, dtype, tuple…")
rows = Intrinsic("martlet.rows", "the axes that a function works along as rows, and the others")


def in_place(function):
    """Makes a function of one expression stand in place of its calls, whose arguments are names or
    numbers: what is known when compiling stays so, which it would not through a call."""
    function.in_place = True
    return function


@in_place
def is_number(x):
    return np.ndim(x) == 0


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
    if kind(axis) == "number":
        raise NotImplementedError("an 'axis' that is not known when compiling")
    np.any(a, axis)
    before = count(a.shape[: axis % a.ndim])
    after = count(a.shape[axis % a.ndim + 1 :])
    return a.reshape(before, a.shape[axis % a.ndim], after)


def unfolded(a, shape, axis):
    """The shape of an array of this one's, but for the size of the middle axis of `a`."""
    return shape[: axis % len(shape)] + (a.shape[1],) + shape[axis % len(shape) + 1 :]


def shaped(results, shape, kept, keepdims):
    """The results for rows in the shape of the other axes, as `rows` tells it."""
    if keepdims:
        return results.reshape(kept)
    if len(shape) == 0:
        return results[0]
    return results.reshape(shape)
