"""Dense linear algebra by rows and columns, written as the textbooks have it."""

import numpy as np
from program import Program, diagonally_dominant, positive_definite, symmetric, uniform


def lu(matrix):
    """Doolittle's factors without pivoting, in one matrix: a rank-1 update for each column."""
    a = matrix.copy()
    for k in range(a.shape[0] - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= a[k + 1 :, k, None] * a[k, k + 1 :]
    return a


def cholesky(matrix):
    """The lower factor, row by row: every element takes a product of two finished rows."""
    a = matrix.copy()
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[j, :j]) / a[j, j]
        a[i, i] = np.sqrt(a[i, i] - a[i, :i] @ a[i, :i])
        a[i, i + 1 :] = 0.0
    return a


def gram_schmidt(matrix):
    """The modified algorithm: each finished column is taken out of those after it."""
    q = matrix.copy()
    n = q.shape[1]
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.sum(q[:, k] * q[:, k]))
        q[:, k] /= r[k, k]
        for j in range(k + 1, n):
            r[k, j] = np.sum(q[:, k] * q[:, j])
            q[:, j] -= r[k, j] * q[:, k]
    return q, r


def triangular_solve(matrix, right):
    """Forward substitution by columns for many right-hand sides, then backward by rows."""
    n = matrix.shape[0]
    x = right.copy()
    for i in range(n):
        x[i] /= matrix[i, i]
        x[i + 1 :] -= matrix[i + 1 :, i, None] * x[i]
    for i in range(n - 1, -1, -1):
        x[i] = (x[i] - matrix[i + 1 :, i] @ x[i + 1 :]) / matrix[i, i]
    return x


def durbin(r):
    """The Yule-Walker equations of a stationary series, by Durbin's recursion."""
    n = r.shape[0]
    y = np.zeros(n)
    y[0] = -r[0]
    alpha, beta = -r[0], 1.0
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[k - 1 :: -1], y[:k])) / beta
        y[:k] += alpha * y[k - 1 :: -1]
        y[k] = alpha
    return y


def householder(matrix):
    """The factor R of a QR factorisation, by reflections of the trailing part."""
    a = matrix.copy()
    rows, columns = a.shape
    for k in range(min(rows - 1, columns)):
        v = a[k:, k].copy()
        v[0] += np.copysign(np.sqrt(np.sum(v * v)), v[0])
        v /= np.sqrt(np.sum(v * v))
        a[k:, k:] -= 2.0 * np.outer(v, v @ a[k:, k:])
    return a


def power_iteration(matrix, steps):
    """The dominant eigenvalue and its vector."""
    x = np.ones(matrix.shape[0]) / np.sqrt(matrix.shape[0])
    value = 0.0
    for _ in range(steps):
        y = matrix @ x
        value = x @ y
        x = y / np.sqrt(y @ y)
    return value, np.abs(x)


def conjugate_gradient(right, steps):
    """Poisson's equation on a square with zero borders, the operator written as slices."""
    x = np.zeros_like(right)
    r = right.copy()
    p = r.copy()
    q = np.zeros_like(right)
    rho = np.sum(r * r)
    for _ in range(steps):
        q[:] = 4.0 * p
        q[1:] -= p[:-1]
        q[:-1] -= p[1:]
        q[:, 1:] -= p[:, :-1]
        q[:, :-1] -= p[:, 1:]
        alpha = rho / np.sum(p * q)
        x += alpha * p
        r -= alpha * q
        rho, before = np.sum(r * r), rho
        p = r + (rho / before) * p
    return x


PROGRAMS = [
    Program(lu, lambda n: {"matrix": diagonally_dominant(n)}, (110, 380, 1200), exact=True),
    Program(
        cholesky,
        lambda n: {"matrix": positive_definite(n)},
        (38, 210, 1100),
        exact=False,
    ),
    Program(gram_schmidt, lambda n: {"matrix": uniform((2 * n, n))}, (20, 110, 450), exact=False),
    Program(
        triangular_solve,
        lambda n: {"matrix": diagonally_dominant(n), "right": uniform((n, n // 2), seed=1)},
        (110, 500, 1600),
        exact=False,
    ),
    Program(
        durbin,
        lambda n: {"r": 0.9 ** np.arange(1.0, n + 1) * uniform(n, low=0.4, high=0.5)},
        (350, 3500, 12_000),
        exact=False,
    ),
    Program(householder, lambda n: {"matrix": uniform((n, n))}, (50, 230, 800), exact=False),
    Program(
        power_iteration,
        lambda n: {"matrix": symmetric(n), "steps": 60},
        (280, 1300, 4500),
        exact=False,
    ),
    Program(
        conjugate_gradient,
        lambda n: {"right": uniform((n, n)), "steps": 40},
        (40, 230, 1300),
        exact=False,
    ),
]
