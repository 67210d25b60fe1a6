"""`np.linalg` by elimination, in the order of the textbooks: sums are rounded otherwise than those
of LAPACK."""

import numpy as np

from martlet._kernels._composites.shared import is_complex, is_inexact, kind


def norm(x, ord=None, axis=None, keepdims=False):
    x = np.asarray(x)
    if kind(axis) == "tuple":
        if len(axis) == 2:
            return matrix_norms(x, ord, axis, keepdims)
        if len(axis) == 1:
            return vector_norms(x, ord, axis[0], keepdims)
        raise NotImplementedError("an 'axis' of norm of more than two axes")
    if axis is not None:
        return vector_norms(x, ord, axis, keepdims)
    if ord is None:
        return root_of_squares(x, None, keepdims)
    if x.ndim == 1:
        return vector_norms(x, ord, 0, keepdims)
    if x.ndim == 2:
        return matrix_norms(x, ord, (0, 1), keepdims)
    raise NotImplementedError("an 'ord' of norm for all of an array of more than 2 dimensions")


def root_of_squares(x, axis, keepdims):
    if is_complex(x):
        squares = np.real(x) ** 2 + np.imag(x) ** 2
    else:
        squares = x * x * scale(x)
    return np.sqrt(np.sum(squares, axis, keepdims=keepdims))


def scale(x):
    """One, in the type that norms of this array have."""
    if is_inexact(x):
        return np.abs(x.dtype(1))
    return np.float64(1)


def vector_norms(x, ord, axis, keepdims):
    if kind(ord) == "text":
        raise NotImplementedError("a text as 'ord' of norm for vectors")
    if ord is None:
        return root_of_squares(x, axis, keepdims)
    sizes = np.abs(x) * scale(x)
    if ord == np.inf:
        return np.max(sizes, axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(sizes, axis, keepdims=keepdims)
    if ord == 0:
        return scale(x) * np.sum(x != 0, axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(sizes, axis, keepdims=keepdims)
    if ord == 2:
        return root_of_squares(x, axis, keepdims)
    total = np.sum(np.power(sizes, ord), axis, keepdims=keepdims)
    return total.dtype(np.power(total, np.divide(1.0, ord)))


def matrix_norms(x, ord, axis, keepdims):
    if ord is None:
        return root_of_squares(x, axis, keepdims)
    if kind(ord) == "text":
        if ord == "fro":
            return root_of_squares(x, axis, keepdims)
        if ord != "nuc":
            raise NotImplementedError("an 'ord' of norm other than 'fro', 'nuc' and numbers")
        return norms_by_values(x, 3, axis, keepdims)
    planes = np.abs(np.moveaxis(x, axis, (-2, -1))) * scale(x)
    if ord == np.inf:
        return expanded(np.max(np.sum(planes, -1), -1), x, axis, keepdims)
    if ord == -np.inf:
        return expanded(np.min(np.sum(planes, -1), -1), x, axis, keepdims)
    if ord == 1:
        return expanded(np.max(np.sum(planes, -2), -1), x, axis, keepdims)
    if ord == -1:
        return expanded(np.min(np.sum(planes, -2), -1), x, axis, keepdims)
    if ord == 2:
        return norms_by_values(x, 2, axis, keepdims)
    if ord == -2:
        return norms_by_values(x, -2, axis, keepdims)
    raise ValueError("norm: an 'ord' that matrices have no norm for")


def expanded(norms, x, axis, keepdims):
    """The norms with the axes that they are along, if these are kept."""
    if keepdims:
        return np.asarray(norms).reshape(np.sum(x != x, axis, keepdims=True).shape)
    return norms


def norms_by_values(x, ord, axis, keepdims):
    """The greatest (2) or least (-2) singular value, or the sum of all (3)."""
    planes = np.moveaxis(x, axis, (-2, -1))
    leading = planes.shape[: planes.ndim - 2]
    stack = planes.reshape((-1, planes.shape[planes.ndim - 2], planes.shape[planes.ndim - 1]))
    out = np.empty(stack.shape[0], dtype=scale(x).dtype)
    for i in range(stack.shape[0]):
        values = singular_values(stack[i])
        if ord == 3:
            out[i] = np.sum(values)
        elif ord == 2:
            out[i] = np.max(values)
        else:
            out[i] = np.min(values)
    return expanded(out.reshape(leading) if len(leading) > 0 else out[0], x, axis, keepdims)


def singular_values(a):
    """By turning pairs of columns until all are at right angles: M. R. Hestenes, "Inversion of
    matrices by biorthogonalization and related results", J. SIAM 6 (1958)."""
    columns = tall(a * scale(a))
    n = columns.shape[1]
    for _ in range(60):
        turned = False
        for i in range(n - 1):
            for j in range(i + 1, n):
                turned = turn(columns, i, j) or turned
        if not turned:
            break
    values = np.empty(n, dtype=scale(a).dtype)
    for i in range(n):
        values[i] = root_of_squares(columns[:, i], None, False)
    return values


def tall(a):
    """A copy with as many rows as columns or more, which has the same singular values."""
    if a.shape[0] >= a.shape[1]:
        return np.copy(a)
    return np.copy(a.T)


def precision(x):
    if scale(x).dtype == np.float32:
        return np.finfo(np.float32).eps
    return np.finfo(np.float64).eps


def turn(columns, i, j):
    """Turns two columns to a right angle; whether they were at another."""
    unit = scale(columns)
    first, second = 0.0 * unit, 0.0 * unit
    product = columns.dtype(0)
    for k in range(columns.shape[0]):
        first += np.abs(columns[k, i]) ** 2
        second += np.abs(columns[k, j]) ** 2
        product += np.conj(columns[k, i]) * columns[k, j]
    size = np.abs(product)
    if size <= precision(columns) * np.sqrt(first * second) or size == 0:
        return False
    phase = np.divide(product, size)
    slope = np.divide(second - first, 2 * size)
    tangent = np.divide(1.0, np.abs(slope) + np.sqrt(1 + slope * slope))
    if slope < 0:
        tangent = -tangent
    cosine = np.divide(1.0, np.sqrt(1 + tangent * tangent))
    sine = tangent * cosine
    for k in range(columns.shape[0]):
        left, right = columns[k, i], columns[k, j]
        columns[k, i] = cosine * left - sine * np.conj(phase) * right
        columns[k, j] = sine * phase * left + cosine * right
    return True


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


def cholesky(a, upper=False):
    lower = lower_triangle(a)
    return np.conj(lower).T if upper else lower


def lower_triangle(a):
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
