"""Whether arrays and numbers are the same, or nearly."""

import numpy as np

from martlet._kernels._composites.shared import is_complex, is_number, kind


def array_equal(a1, a2, equal_nan=False):
    if a1.ndim != a2.ndim:
        return False
    if a1.shape != a2.shape:
        return False
    if equal_nan:
        return np.all((a1 == a2) | ((a1 != a1) & (a2 != a2)))
    return np.all(a1 == a2)


def are_close(a, b, rtol, atol, equal_nan):
    near = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b)
    if equal_nan:
        return (a == b) | near | ((a != a) & (b != b))
    return (a == b) | near


def isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    return are_close(a, b, rtol, atol, equal_nan)


def allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    if is_number(a) and is_number(b):
        return are_close(a, b, rtol, atol, equal_nan)
    return np.all(are_close(a, b, rtol, atol, equal_nan))


# Kinds of numbers


def isneginf(x):
    if is_complex(x):
        raise TypeError("This operation is not supported for complex values")
    return np.logical_and(np.isinf(x), np.signbit(x))


def isposinf(x):
    if is_complex(x):
        raise TypeError("This operation is not supported for complex values")
    return np.logical_and(np.isinf(x), np.logical_not(np.signbit(x)))


def isreal(x):
    return np.imag(x) == 0 if is_complex(x) else np.logical_or(x == x, x != x)


def iscomplex(x):
    return np.imag(x) != 0 if is_complex(x) else np.logical_and(x == x, x != x)


def iscomplexobj(x):
    return is_complex(x)


def isrealobj(x):
    return not is_complex(x)


def isscalar(element):
    what = kind(element)
    return what == "constant" or what == "number" or what == "text"
