"""Sums and extremes that leave NaN out."""

import numpy as np

from martlet._kernels._composites.shared import is_complex, is_inexact

# Sums


def nansum(a, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    return np.sum(np.where(a != a, 0, a), axis, dtype, None, keepdims, initial, where)


def nanprod(a, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    return np.prod(np.where(a != a, 1, a), axis, dtype, None, keepdims, initial, where)


def nancumsum(a, axis=None, dtype=None):
    return np.cumsum(np.where(a != a, 0, a), axis, dtype)


def nancumprod(a, axis=None, dtype=None):
    return np.cumprod(np.where(a != a, 1, a), axis, dtype)


# Extremes


def nanmin(a, axis=None, keepdims=False, initial=None, where=None):
    if not is_inexact(a):
        return np.min(a, axis, None, keepdims, initial, where)
    a = np.asarray(a)
    least = np.min(np.where(a != a, np.inf, a), axis, None, keepdims, initial, where)
    if initial is not None:
        return least
    return np.where(np.all(a != a, axis, None, keepdims), np.nan, least)


def nanmax(a, axis=None, keepdims=False, initial=None, where=None):
    if not is_inexact(a):
        return np.max(a, axis, None, keepdims, initial, where)
    a = np.asarray(a)
    greatest = np.max(np.where(a != a, -np.inf, a), axis, None, keepdims, initial, where)
    if initial is not None:
        return greatest
    return np.where(np.all(a != a, axis, None, keepdims), np.nan, greatest)


def nanargmin(a, axis=None, keepdims=False):
    if not is_inexact(a):
        return np.argmin(a, axis, keepdims=keepdims)
    if np.any(np.all(a != a, axis)):
        raise ValueError("All-NaN slice encountered")
    return np.argmin(np.where(a != a, np.inf, a), axis, keepdims=keepdims)


def nanargmax(a, axis=None, keepdims=False):
    if not is_inexact(a):
        return np.argmax(a, axis, keepdims=keepdims)
    if np.any(np.all(a != a, axis)):
        raise ValueError("All-NaN slice encountered")
    return np.argmax(np.where(a != a, -np.inf, a), axis, keepdims=keepdims)


# Averages


def nanmean(a, axis=None, dtype=None, keepdims=False, where=None):
    if not is_inexact(a):
        return np.mean(a, axis, dtype, None, keepdims, where=where)
    a = np.asarray(a)
    total = np.sum(np.where(a != a, 0, a), axis, dtype, None, keepdims, None, where)
    if not is_inexact(total):
        raise NotImplementedError("a 'dtype' of nanmean that has no fractions")
    return total.dtype(np.divide(total, np.sum(a == a, axis, keepdims=keepdims, where=where)))


def nanvar(a, axis=None, dtype=None, ddof=0, keepdims=False, where=None, correction=None):
    if correction is not None:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        return nanvar_of(a, axis, dtype, correction, keepdims, where)
    return nanvar_of(a, axis, dtype, ddof, keepdims, where)


def nanvar_of(a, axis, dtype, ddof, keepdims, where):
    if not is_inexact(a):
        return np.var(a, axis, dtype, None, ddof, keepdims, where=where)
    a = np.asarray(a)
    counts = np.sum(a == a, axis, keepdims=True, where=where)
    sums = np.sum(np.where(a != a, 0, a), axis, dtype, None, True, None, where)
    if not is_inexact(sums):
        raise NotImplementedError("a 'dtype' of nanvar that has no fractions")
    means = sums.dtype(np.divide(sums, counts))
    total = np.sum(squares(a, means), axis, dtype, None, keepdims, None, where)
    freedom = np.sum(a == a, axis, keepdims=keepdims, where=where) - ddof
    return np.where(freedom > 0, total.dtype(np.divide(total, freedom)), np.nan)


def squares(a, means):
    """The squares of the deviations, 0 where there is NaN."""
    if is_complex(a):
        return np.where(a != a, 0, np.abs(a - means) ** 2)
    return np.where(a != a, 0, (a - means) ** 2)


def nanstd(a, axis=None, dtype=None, ddof=0, keepdims=False, where=None, correction=None):
    variance = np.nanvar(a, axis, dtype, None, ddof, keepdims, where=where, correction=correction)
    return variance.dtype(np.sqrt(variance))


# Numbers in the place of NaN


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if copy:
        return finite(x, nan, posinf, neginf)
    if np.ndim(x) == 0:
        return finite(x, nan, posinf, neginf)
    x[...] = finite(x, nan, posinf, neginf)
    return x


def finite(x, nan, posinf, neginf):
    if not is_inexact(x):
        return np.positive(x) if x.dtype != np.bool_ else np.logical_or(x, x)
    if is_complex(x):
        return of_parts(finite_real(x.real, nan, posinf, neginf),
                        finite_real(x.imag, nan, posinf, neginf))  # fmt: skip
    return finite_real(x, nan, posinf, neginf)


def of_parts(real, imaginary):
    """Complex numbers of these parts, whatever they are."""
    if np.ndim(real) == 0:
        return complex(real, imaginary)
    model = real[..., None][..., 0] * 1j
    out = np.empty(real.shape, dtype=model.dtype)
    flat, first, second = out.reshape(-1), real.ravel(), imaginary.ravel()
    for i in range(flat.size):
        flat[i] = complex(first[i], second[i])
    return out


def finite_real(x, nan, posinf, neginf):
    greatest = largest(x)
    top = greatest if posinf is None else posinf
    bottom = -greatest if neginf is None else neginf
    finite = np.where(x == np.inf, top, np.where(x == -np.inf, bottom, x))
    return x.dtype(np.where(x != x, nan, finite))


def largest(x):
    if x.dtype == np.float32:
        return np.finfo(np.float32).max
    if x.dtype == np.float16:
        return np.finfo(np.float16).max
    return np.finfo(np.float64).max
