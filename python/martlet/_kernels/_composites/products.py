"""Differences, and products of other kinds than element by element."""

import numpy as np

from martlet._kernels._composites.shared import is_complex, is_number

# Differences


def diff(a):
    return a[..., 1:] - a[..., :-1]


def ediff1d(ary):
    return np.diff(ary.ravel())


# Products


def outer(a, b):
    return a.ravel()[:, None] * b.ravel()


def vdot(a, b):
    if is_complex(a):
        return np.dot(np.conj(a).ravel(), b.ravel())
    return np.dot(a.ravel(), b.ravel())


def kron(a, b):
    if is_number(a) or is_number(b):
        return a * b
    if a.ndim < b.ndim:
        return blocks(a, (1,) * (b.ndim - a.ndim) + a.shape, b, b.shape)
    return blocks(a, a.shape, b, (1,) * (a.ndim - b.ndim) + b.shape)


def blocks(a, a_shape, b, b_shape):
    # Each axis is one of the first array before one of the second.
    outer_shape = ()
    inner_shape = ()
    shape = ()
    for p, q in zip(a_shape, b_shape, strict=True):
        outer_shape = outer_shape + (p, 1)
        inner_shape = inner_shape + (1, q)
        shape = shape + (p * q,)
    return (a.reshape(outer_shape) * b.reshape(inner_shape)).reshape(shape)


def cross(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.shape[a.ndim - 1] != 3 or b.shape[b.ndim - 1] != 3:
        raise ValueError("cross takes vectors of 3 dimensions in kernels")
    model = a * b
    out = np.empty_like(model)
    out[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    out[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    out[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return out


# Sliding products


def convolve(a, v, mode="full"):
    check_mode(mode)
    a, v = np.asarray(a), np.asarray(v)
    if a.size == 0:
        raise ValueError("a cannot be empty")
    if v.size == 0:
        raise ValueError("v cannot be empty")
    if a.size >= v.size:
        return slid(a, v, mode)
    return slid(v, a, mode)


def correlate(a, v, mode="valid"):
    check_mode(mode)
    a, v = np.asarray(a), np.asarray(v)
    if a.size == 0:
        raise ValueError("first array argument cannot be empty")
    if v.size == 0:
        raise ValueError("second array argument cannot be empty")
    if a.size >= v.size:
        return slid(a, conjugated(v)[::-1], mode)
    return slid(conjugated(v), a[::-1], mode)[::-1]


def check_mode(mode):
    if mode != "full" and mode != "same" and mode != "valid":
        raise ValueError("mode must be one of 'valid', 'same', or 'full'")


def conjugated(v):
    if is_complex(v):
        return np.conj(v)
    return v


def slid(long, short, mode):
    """The sums of products of an array and another one, reversed, at each place of it."""
    n, m = long.size, short.size
    out = np.zeros(n + m - 1, dtype=(long[:1] * short[:1]).dtype)
    for j in range(m):
        for i in range(n):
            out[i + j] += long[i] * short[j]
    if mode == "valid":
        return out[m - 1 : n]
    if mode == "same":
        return out[m - 1 - m // 2 : m - 1 - m // 2 + n]
    return out
