"""Sums and extremes that leave NaN out."""

import numpy as np

from martlet._kernels._composites.shared import is_inexact


def nansum(a, axis=None):
    return np.sum(np.where(a != a, 0, a), axis)


def nanprod(a, axis=None):
    return np.prod(np.where(a != a, 1, a), axis)


def nancumsum(a, axis=None):
    return np.cumsum(np.where(a != a, 0, a), axis)


def nancumprod(a, axis=None):
    return np.cumprod(np.where(a != a, 1, a), axis)


def nanmin(a, axis=None):
    if not is_inexact(a):
        return np.min(a, axis)
    a = np.asarray(a)
    least = np.min(np.where(a != a, np.inf, a), axis)
    return np.where(np.all(a != a, axis), np.nan, least)


def nanmax(a, axis=None):
    if not is_inexact(a):
        return np.max(a, axis)
    a = np.asarray(a)
    greatest = np.max(np.where(a != a, -np.inf, a), axis)
    return np.where(np.all(a != a, axis), np.nan, greatest)


def nanmean(a, axis=None):
    if not is_inexact(a):
        return np.mean(a, axis)
    a = np.asarray(a)
    total = np.sum(np.where(a != a, 0, a), axis)
    return a.dtype(np.divide(total, np.sum(a == a, axis)))


def nanvar(a, ddof=0):
    a = np.asarray(a)
    if is_inexact(a):
        return a.dtype(variance(a, ddof))
    return variance(a, ddof)


def nanstd(a, ddof=0):
    return np.sqrt(np.nanvar(a, ddof))


def variance(a, ddof):
    n = 0
    total = 0.0
    for value in a.ravel():
        if value == value:
            n += 1
            total += value
    mean = np.divide(total, n)
    squares = 0.0
    for value in a.ravel():
        if value == value:
            squares += (value - mean) ** 2
    return np.divide(squares, n - ddof) if n > ddof else np.nan


def nan_to_num(x, copy=True, nan=0.0):
    if not is_inexact(x):
        return x * x.dtype(1)
    greatest = largest(x)
    finite = np.minimum(np.maximum(x, -greatest), greatest)
    return np.where(x != x, x.dtype(nan), finite)


def largest(x):
    if x.dtype == np.float32:
        return np.finfo(np.float32).max
    return np.finfo(np.float64).max
