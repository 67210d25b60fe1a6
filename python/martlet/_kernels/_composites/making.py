"""Arrays made from sizes, and from the values of others."""

import numpy as np

from martlet._kernels._composites.shared import count, is_complex, is_inexact, is_number, kind

# Matrices of ones


def eye(N, M=None, k=0, dtype=np.float64):
    columns = N if M is None else M
    out = np.zeros((N, columns), dtype=dtype)
    for i in range(max(0, -k), min(N, columns - k)):
        out[i, i + k] = 1
    return out


def identity(n, dtype=np.float64):
    return np.eye(n, dtype=dtype)


def tri(N, M=None, k=0, dtype=np.float64):
    columns = N if M is None else M
    out = np.zeros((N, columns), dtype=dtype)
    for i in range(N):
        out[i, : max(0, i + k + 1)] = 1
    return out


def tril_indices(n, k=0, m=None):
    return np.nonzero(np.tri(n, m, k))


def triu_indices(n, k=0, m=None):
    return np.nonzero(np.tri(n, m, k - 1) == 0)


def tril_indices_from(arr, k=0):
    if np.ndim(arr) != 2:
        raise NotImplementedError("tril_indices_from of an 'arr' of other than 2 dimensions")
    return np.tril_indices(arr.shape[0], k, arr.shape[1])


def triu_indices_from(arr, k=0):
    if np.ndim(arr) != 2:
        raise NotImplementedError("triu_indices_from of an 'arr' of other than 2 dimensions")
    return np.triu_indices(arr.shape[0], k, arr.shape[1])


# Diagonals and triangles


def diag(v, k=0):
    v = np.asarray(v)
    if v.ndim == 1:
        out = np.zeros((v.size + abs(k), v.size + abs(k)), dtype=v.dtype)
        for i in range(v.size):
            out[i + max(0, -k), i + max(0, k)] = v[i]
        return out
    return diagonal_copy(v, k)


def diagflat(v, k=0):
    return np.diag(np.asarray(v).ravel(), k)


def diagonal_copy(a, k):
    """The diagonals of the last two axes, one after the other along the last axis."""
    if a.ndim < 2:
        raise NotImplementedError("a diagonal of fewer than 2 dimensions")
    rows, columns = a.shape[a.ndim - 2], a.shape[a.ndim - 1]
    size = max(0, min(rows + min(0, k), columns - max(0, k)))
    out = np.empty(a.shape[: a.ndim - 2] + (size,), dtype=a.dtype)
    for i in range(size):
        out[..., i] = a[..., i + max(0, -k), i + max(0, k)]
    return out


def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    if a.ndim < 2:
        raise NotImplementedError("a diagonal of fewer than 2 dimensions")
    if a.ndim == 2:
        planes = np.swapaxes(a, 0, 1) if axis1 % 2 == 1 else a
        if axis1 % 2 == axis2 % 2:
            raise ValueError("axis1 and axis2 cannot be the same")
        return np.sum(diagonal_copy(planes, offset), dtype=dtype)
    planes = np.moveaxis(a, (axis1, axis2), (-2, -1))
    return np.sum(diagonal_copy(planes, offset), -1, dtype)


def tril(m, k=0):
    m = repeated_rows(m) if m.ndim == 1 else np.asarray(m)
    out = np.zeros_like(m)
    for i in range(m.shape[m.ndim - 2]):
        out[..., i, : max(0, i + k + 1)] = m[..., i, : max(0, i + k + 1)]
    return out


def triu(m, k=0):
    m = repeated_rows(m) if m.ndim == 1 else np.asarray(m)
    out = np.zeros_like(m)
    for i in range(m.shape[m.ndim - 2]):
        out[..., i, max(0, i + k) :] = m[..., i, max(0, i + k) :]
    return out


def repeated_rows(m):
    out = np.empty((m.size, m.size), dtype=m.dtype)
    out[:] = m
    return out


def fill_diagonal(a, val, wrap=False):
    if is_number(val):
        put_on_diagonal(a, np.array((val,)), wrap)
    else:
        put_on_diagonal(a, val.ravel(), wrap)


def put_on_diagonal(a, values, wrap):
    if a.ndim == 1:
        raise ValueError("array must be at least 2-d")
    if values.size == 0:
        return
    if a.ndim == 2:
        # Below the square part the diagonal starts again, after a row without it.
        row = 0
        n = 0
        while a.shape[1] > 0 and row < a.shape[0]:
            if not wrap and row >= a.shape[1]:
                break
            if row % (a.shape[1] + 1) < a.shape[1]:
                a[row, row % (a.shape[1] + 1)] = values[n % values.size]
                n += 1
            row += 1
    else:
        for size in a.shape:
            if size != a.shape[0]:
                raise ValueError("All dimensions of input must be of equal length")
        for i in range(a.shape[0]):
            a[(i,) * a.ndim] = values[i % values.size]


# Sequences and grids


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    powers = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return powers if dtype is None else powers.astype(dtype)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    if start == 0 or stop == 0:
        raise ValueError("Geometric sequence cannot include zero")
    if is_complex(np.asarray(start)) or is_complex(np.asarray(stop)):
        raise NotImplementedError("geomspace of a complex 'start' or 'stop'")
    sign = np.sign(start * 1.0)
    first, last = start / sign, stop / sign
    result = np.logspace(np.log10(first), np.log10(last), num, endpoint, 10.0, None, axis)
    if num > 0:
        result[0] = first
        if num > 1 and endpoint:
            result[num - 1] = last
    result *= sign
    return result if dtype is None else result.astype(dtype)


def vander(x, N=None, increasing=False):
    x = np.asarray(x)
    columns = x.size if N is None else N
    # In at least 64 bits.
    first = x * np.ones(1, dtype=np.int64)
    out = np.empty((x.size, columns), dtype=first.dtype)
    for i in range(x.size):
        power = first.dtype(1)
        for j in range(columns):
            out[i, j if increasing else columns - 1 - j] = power
            power = first.dtype(power * first[i])
    return out


# Places


def indices(dimensions, dtype=int, sparse=False):
    if kind(dimensions) != "tuple":
        raise NotImplementedError("'dimensions' of indices that are no tuple")
    if sparse:
        raise NotImplementedError("'sparse' of indices")
    out = np.empty((len(dimensions),) + dimensions, dtype=dtype)
    before, after, axis = 1, count(dimensions), 0
    for size in dimensions:
        if after > 0:
            after //= size
            part = out[axis].reshape(before, size, after)
            for i in range(size):
                part[:, i] = i
            before *= size
        axis += 1
    return out


def asarray_chkfinite(a, dtype=None):
    values = np.asarray(a, dtype)
    if is_inexact(values) and not np.all(np.isfinite(values)):
        raise ValueError("array must not contain infs or NaNs")
    return values
