"""`numpy.polynomial.polyutils`: coefficients of polynomials, the constant first."""

import numpy as np

from martlet._kernels._composites.shared import is_inexact


def trimseq(seq):
    n = len(seq)
    while n > 1 and seq[n - 1] == 0:
        n -= 1
    return seq[:n]


def one_series(c, trim=True):
    """The coefficients as floating-point numbers, in memory of their own."""
    a = np.atleast_1d(np.asarray(c))
    if a.ndim != 1:
        raise ValueError("Coefficient array is not 1-d")
    if a.size == 0:
        raise ValueError("Coefficient array is empty")
    values = np.array(a) if is_inexact(a) else np.array(a) * 1.0
    return trimseq(values) if trim else values
