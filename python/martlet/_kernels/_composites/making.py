"""Arrays made from sizes, and from the values of others."""

import numpy as np

from martlet._kernels._composites.shared import is_number

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
    if a.ndim != 2:
        raise NotImplementedError("a diagonal of other than 2 dimensions")
    rows, columns = a.shape
    out = np.empty(max(0, min(rows + min(0, k), columns - max(0, k))), dtype=a.dtype)
    for i in range(out.size):
        out[i] = a[i + max(0, -k), i + max(0, k)]
    return out


def trace(a, offset=0):
    return np.sum(diagonal_copy(a, offset))


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


def logspace(start, stop, num=50, base=10.0):
    return np.power(base, np.linspace(start, stop, num))


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


def meshgrid(x1, x2, x3=None, *, indexing="xy"):
    if x3 is None:
        return meshgrid_of_two(x1.ravel(), x2.ravel(), indexing)
    return meshgrid_of_three(x1.ravel(), x2.ravel(), x3.ravel(), indexing)


def meshgrid_of_two(x, y, indexing):
    if indexing == "xy":
        shape = (y.size, x.size)
        first, second = x[None, :], y[:, None]
    else:
        shape = (x.size, y.size)
        first, second = x[:, None], y[None, :]
    a, b = np.empty(shape, dtype=x.dtype), np.empty(shape, dtype=y.dtype)
    a[:] = first
    b[:] = second
    return a, b


def meshgrid_of_three(x, y, z, indexing):
    if indexing == "xy":
        shape = (y.size, x.size, z.size)
        first, second = x[None, :, None], y[:, None, None]
    else:
        shape = (x.size, y.size, z.size)
        first, second = x[:, None, None], y[None, :, None]
    a, b = np.empty(shape, dtype=x.dtype), np.empty(shape, dtype=y.dtype)
    c = np.empty(shape, dtype=z.dtype)
    a[:] = first
    b[:] = second
    c[:] = z
    return a, b, c
