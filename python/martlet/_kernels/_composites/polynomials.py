"""`numpy.polynomial.polynomial`: arithmetic on coefficients, the constant first."""

import numpy as np

from martlet._kernels._composites.series import one_series, trimseq
from martlet._kernels._composites.shared import is_inexact, is_number, kind


def polyadd(c1, c2):
    return added(one_series(c1), one_series(c2))


def polysub(c1, c2):
    return added(one_series(c1), -one_series(c2))


def added(a, b):
    out = np.zeros(max(a.size, b.size), dtype=(a[:1] + b[:1]).dtype)
    out[: a.size] += a
    out[: b.size] += b
    return trimseq(out)


def polymul(c1, c2):
    return trimseq(np.convolve(one_series(c1), one_series(c2)))


def polydiv(c1, c2):
    rest, divisor = one_series(c1), one_series(c2)
    n, m = rest.size, divisor.size
    if divisor[m - 1] == 0:
        raise ZeroDivisionError("polynomial division")
    quotient = np.zeros(max(n - m + 1, 1), dtype=(rest[:1] / divisor[:1]).dtype)
    left = rest * np.ones(1, dtype=quotient.dtype)
    # The highest coefficient of what is left goes with each step.
    last = n - 1
    while last >= m - 1:
        factor = left[last] / divisor[m - 1]
        quotient[last - m + 1] = factor
        for i in range(m - 1):
            left[last - m + 1 + i] -= divisor[i] * factor
        last -= 1
    if m == 1:
        return quotient, left[:1] * 0
    return quotient, trimseq(left[: last + 1])


def polyint(c, m=1, k=0, lbnd=0, scl=1):
    if kind(k) != "constant" or kind(lbnd) != "constant" or kind(scl) != "constant":
        raise NotImplementedError("'k', 'lbnd' and 'scl' of polyint")
    if k != 0 or lbnd != 0 or scl != 1:
        raise NotImplementedError("'k', 'lbnd' and 'scl' of polyint")
    if m < 0:
        raise ValueError("The order of integration must be non-negative")
    values = np.atleast_1d(np.asarray(c))
    if values.ndim != 1:
        raise NotImplementedError("polyint of more than one dimension")
    if m > 0 and values.size == 0:
        raise IndexError("index 0 is out of bounds for axis 0 with size 0")
    a = np.array(values) if is_inexact(values) else np.array(values) * 1.0
    for _ in range(m):
        if a.size == 1 and a[0] == 0:
            continue
        b = np.zeros(a.size + 1, dtype=a.dtype)
        for i in range(a.size):
            b[i + 1] = a[i] / (i + 1)
        a = b
    return a


def polyval(x, c, tensor=True):
    values = np.atleast_1d(np.asarray(c))
    if values.ndim != 1:
        raise NotImplementedError("polyval of coefficients of more than one dimension")
    a = np.array(values) if is_inexact(values) else np.array(values) * 1.0
    if is_number(x):
        total = a[a.size - 1] + x * 0
        for i in range(1, a.size):
            total = a[a.size - 1 - i] + total * x
        return total
    points = np.asarray(x)
    out = a[a.size - 1] + points * 0.0
    for i in range(1, a.size):
        out[...] = a[a.size - 1 - i] + out * points
    return out
