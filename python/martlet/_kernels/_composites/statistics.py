"""Averages, spreads and the like, of arrays without missing values."""

import numpy as np

from martlet._kernels._composites.shared import (
    is_complex,
    is_inexact,
)


def ptp(a, axis=None):
    return np.max(a, axis) - np.min(a, axis)


def count_nonzero(a, axis=None):
    return np.sum(a != 0, axis)


def average(a, weights=None):
    if weights is None:
        return np.mean(a)
    if a.ndim != weights.ndim:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if a.shape != weights.shape:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    total = np.sum(weights)
    if total == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    if is_inexact(a):
        return np.sum(a * weights) / total
    return np.sum(a * 1.0 * weights) / total


def trapezoid(y, x=None, dx=1.0):
    if x is None:
        if y.ndim == 1:
            return np.sum(dx * (y[1:] + y[:-1]) / 2.0)
        return np.sum(dx * (y[..., 1:] + y[..., :-1]) / 2.0, -1)
    widths = np.diff(x)
    if y.ndim == 1 and x.ndim == 1:
        return np.sum(widths * (y[1:] + y[:-1]) / 2.0)
    return np.sum(widths * (y[..., 1:] + y[..., :-1]) / 2.0, -1)


trapz = trapezoid


# Elements rounded and kept between two


def round(a, decimals=0):
    if is_complex(a):
        return rounded(a.real, decimals) + 1j * rounded(a.imag, decimals)
    if is_inexact(a):
        return rounded(a, decimals)
    if a.dtype == np.bool_:
        return np.rint(a)
    if decimals < 0:
        return a.dtype(rounded(a * 1.0, decimals))
    return a * a.dtype(1)


def rounded(a, decimals):
    if decimals == 0:
        return np.rint(a)
    if decimals < 0:
        return np.rint(a / a.dtype(10.0 ** (-decimals))) * a.dtype(10.0 ** (-decimals))
    return np.rint(a * a.dtype(10.0**decimals)) / a.dtype(10.0**decimals)


def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    if low is None and high is None:
        return a + a.dtype(0)
    if low is None:
        return np.minimum(a, high)
    if high is None:
        return np.maximum(a, low)
    return np.minimum(np.maximum(a, low), high)


def sinc(x):
    y = np.pi * np.where(x == 0, 1.0e-20, x)
    return np.sin(y) / y


# Together


def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    freedom = (0 if bias else 1) if ddof is None else ddof
    if m.ndim == 1 and y is None:
        own = m - np.mean(m)
        return np.sum(own * conjugate(own)) * np.divide(1.0, max(0, m.size - freedom))
    rows = deviations(variables(m, rowvar)) if y is None else joined(m, y, rowvar)
    scale = np.divide(1.0, max(0, rows.shape[1] - freedom))
    return (rows @ conjugate(rows).T) * scale


def conjugate(a):
    if is_complex(a):
        return np.conj(a)
    return a


def variables(m, rowvar):
    """An array with a row for each variable, of at least 64 bits."""
    if m.ndim == 1:
        return m[None] * 1.0 * np.ones(1)
    return (m if rowvar else m.T) * np.ones(1)


def joined(m, y, rowvar):
    return deviations(np.concatenate((variables(m, rowvar), variables(y, rowvar))))


def deviations(rows):
    means = np.mean(rows, 1)
    return rows - means[:, None]


def corrcoef(x, y=None, rowvar=True):
    if x.ndim == 1 and y is None:
        own = np.cov(x)
        return np.divide(own, own)
    c = np.cov(x, y, rowvar)
    spread = np.sqrt(np.diag(c))
    c /= spread[:, None]
    c /= spread[None, :]
    return np.minimum(np.maximum(c, -1), 1)
