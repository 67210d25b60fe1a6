"""`np.linalg` by elimination, in the order of the textbooks: sums are rounded otherwise than those
of LAPACK."""

import numpy as np

from martlet._kernels._composites.shared import is_complex, is_inexact


def norm(x, ord=None):
    if ord is None:
        return root_of_squares(x)
    if x.ndim == 1:
        return vector_norm(x, ord)
    return matrix_norm(x, ord)


def root_of_squares(x):
    if is_complex(x):
        return np.sqrt(np.sum(np.real(x) ** 2 + np.imag(x) ** 2))
    return np.sqrt(np.sum(x * x * scale(x)))


def scale(x):
    """One, in the type that norms of this array have."""
    if is_inexact(x):
        return np.abs(x.dtype(1))
    return np.float64(1)


def vector_norm(x, ord):
    sizes = np.abs(x) * scale(x)
    if ord == np.inf:
        return np.max(sizes)
    if ord == -np.inf:
        return np.min(sizes)
    if ord == 0:
        return scale(x) * np.sum(x != 0)
    if ord == 1:
        return np.sum(sizes)
    if ord == 2:
        return root_of_squares(x)
    return np.power(np.sum(np.power(sizes, ord)), np.divide(1.0, ord))


def matrix_norm(x, ord):
    sizes = np.abs(x) * scale(x)
    if ord == np.inf:
        return np.max(np.sum(sizes, 1))
    if ord == -np.inf:
        return np.min(np.sum(sizes, 1))
    if ord == 1:
        return np.max(np.sum(sizes, 0))
    if ord == -1:
        return np.min(np.sum(sizes, 0))
    raise ValueError("Invalid norm order for matrices.")


# Elimination


def checked(a):
    """A copy of a square matrix in floating point."""
    if a.ndim != 2:
        raise NotImplementedError("linear algebra of other arrays than single matrices")
    if a.shape[0] != a.shape[1]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    if is_inexact(a):
        return np.copy(a)
    return np.copy(a * 1.0)


def pivot(a, k):
    """The row at or below `k` whose element in that column is the greatest."""
    best = k
    for i in range(k + 1, a.shape[0]):
        if np.abs(a[i, k]) > np.abs(a[best, k]):
            best = i
    return best


def swap(a, i, j):
    for column in range(a.shape[1]):
        kept = a[i, column]
        a[i, column] = a[j, column]
        a[j, column] = kept


def subtract(a, i, k, factor, start):
    """Takes a multiple of row `k` from row `i`, one by one: rows of one array need a copy."""
    for j in range(start, a.shape[1]):
        a[i, j] -= factor * a[k, j]


def det(a):
    rows = checked(a)
    result = rows.dtype(1)
    for k in range(rows.shape[0]):
        best = pivot(rows, k)
        if best != k:
            swap(rows, best, k)
            result = -result
        result = result * rows[k, k]
        if rows[k, k] == 0:
            break
        for i in range(k + 1, rows.shape[0]):
            subtract(rows, i, k, np.divide(rows[i, k], rows[k, k]), k + 1)
    return result


def solve(a, b):
    rows = checked(a)
    if b.ndim == 1:
        out = np.empty((b.size, 1), dtype=(b[:1] * rows[0, :1]).dtype)
        out[:] = b[:, None]
        eliminate(rows, out)
        return out[:, 0]
    out = np.empty(b.shape, dtype=(b[:1, :1] * rows[:1, :1]).dtype)
    out[:] = b
    eliminate(rows, out)
    return out


def inv(a):
    rows = checked(a)
    out = np.eye(rows.shape[0], dtype=rows.dtype)
    eliminate(rows, out)
    return out


def eliminate(rows, out):
    """Solves rows @ x = out, in place of both."""
    n = rows.shape[0]
    if out.shape[0] != n:
        raise ValueError("solve: the right side has another number of rows than the matrix")
    for k in range(n):
        best = pivot(rows, k)
        if rows[best, k] == 0:
            raise np.linalg.LinAlgError("Singular matrix")
        if best != k:
            swap(rows, best, k)
            swap(out, best, k)
        for i in range(k + 1, n):
            factor = np.divide(rows[i, k], rows[k, k])
            if factor != 0:
                subtract(rows, i, k, factor, k + 1)
                subtract(out, i, k, factor, 0)
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            subtract(out, k, j, rows[k, j], 0)
        for j in range(out.shape[1]):
            out[k, j] = np.divide(out[k, j], rows[k, k])


def cholesky(a):
    rows = checked(a)
    n = rows.shape[0]
    out = np.zeros_like(rows)
    for i in range(n):
        for j in range(i + 1):
            total = rows[i, j]
            for k in range(j):
                total -= out[i, k] * np.conj(out[j, k])
            if i == j:
                if np.real(total) <= 0:
                    raise np.linalg.LinAlgError("Matrix is not positive definite")
                out[i, i] = np.sqrt(np.real(total))
            else:
                out[i, j] = np.divide(total, out[j, j])
    return out


def matrix_power(a, n):
    if a.ndim != 2:
        raise NotImplementedError("linear algebra of other arrays than single matrices")
    if a.shape[0] != a.shape[1]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    if is_inexact(a):
        base = np.copy(a)
        if n < 0:
            base = np.linalg.inv(a)
        return power(base, abs(n))
    if n < 0:
        # The type of the result is settled before the exponent is known.
        raise ValueError("matrix_power: integers take no negative exponent in kernels")
    return power(np.copy(a), n)


def power(base, n):
    out = np.eye(base.shape[0], dtype=base.dtype)
    left = n
    while left > 0:
        if left % 2 == 1:
            out = out @ base
        left //= 2
        if left > 0:
            base = base @ base
    return out
