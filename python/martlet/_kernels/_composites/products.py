"""Differences, and products of other kinds than element by element."""

import numpy as np

from martlet._kernels._composites.shared import is_complex, is_number

# Differences


def diff(a, n=1, axis=-1, prepend=None, append=None):
    if n < 0:
        raise ValueError("order must be non-negative")
    values = np.moveaxis(a, axis, -1)
    if prepend is not None:
        values = np.concatenate((along_end(prepend, values, axis), values), -1)
    if append is not None:
        values = np.concatenate((values, along_end(append, values, axis)), -1)
    return np.moveaxis(differences(values, n), -1, axis)


def along_end(part, values, axis):
    """What is joined to an array along its last axis: a number for each row, or an array."""
    if is_number(part):
        column = np.empty(values[..., :1].shape, dtype=np.asarray(part).dtype)
        column[...] = part
        return column
    return np.moveaxis(part, axis, -1)


def differences(a, n):
    if n == 1:
        return a[..., 1:] ^ a[..., :-1] if a.dtype == np.bool_ else a[..., 1:] - a[..., :-1]
    result = np.copy(a)
    for _ in range(n):
        if a.dtype == np.bool_:
            result = result[..., 1:] ^ result[..., :-1]
        else:
            result = result[..., 1:] - result[..., :-1]
    return result


def ediff1d(ary, to_end=None, to_begin=None):
    ary = np.asarray(ary)
    steps = np.diff(ary.ravel())
    if to_end is None and to_begin is None:
        return steps
    if to_end is None:
        return np.concatenate((flat(to_begin), steps), dtype=steps.dtype)
    if to_begin is None:
        return np.concatenate((steps, flat(to_end)), dtype=steps.dtype)
    return np.concatenate((flat(to_begin), steps, flat(to_end)), dtype=steps.dtype)


def flat(part):
    return np.asarray(part).reshape(-1)


# Products


def outer(a, b):
    return a.ravel()[:, None] * b.ravel()


def inner(a, b):
    if is_number(a) or is_number(b):
        return a * b
    if np.ndim(b) == 1:
        return np.dot(a, b)
    return np.dot(a, b.T)


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


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    a, b = np.asarray(a), np.asarray(b)
    if axis is not None:
        return cross_along(np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1), axis)
    return cross_along(np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1), axisc)


def cross_along(a, b, axis):
    if a.shape[a.ndim - 1] != 3 or b.shape[b.ndim - 1] != 3:
        raise ValueError("cross takes vectors of 3 dimensions in kernels")
    out = np.empty_like(a * b)
    out[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    out[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    out[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return np.moveaxis(out, -1, axis)


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
