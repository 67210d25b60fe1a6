"""NumPy's functions that kernels have in terms of simpler ones, written in the kernels' language.

A call of one in a kernel is a call of the function here, compiled with the kernel. Tests of a rank
or of a parameter that is left out are decided when the kernel is compiled, so each function serves
all of them. What NumPy's function takes beside these parameters is an error that names it.
"""

import numpy as np

# By full name, as `_values.known_path` gives it.
functions = {}


def _stands_for(*paths):
    def register(function):
        for path in paths:
            functions[path] = function
        return function

    return register


# Differences and products


@_stands_for("numpy.diff")
def diff(a):
    return a[..., 1:] - a[..., :-1]


@_stands_for("numpy.outer")
def outer(a, b):
    return a.ravel()[:, None] * b.ravel()


# Order


@_stands_for("numpy.median")
def median(a):
    ordered = np.sort(a.ravel())
    n = ordered.size
    if n == 0:
        return np.nan
    # NaN is last.
    if ordered[n - 1] != ordered[n - 1]:
        return ordered[n - 1] / 2
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


# Parts together


@_stands_for("numpy.vstack")
def vstack(tup):
    rows = ()
    for a in tup:
        rows = rows + ((a[None] if a.ndim == 1 else a),)
    return np.concatenate(rows)
