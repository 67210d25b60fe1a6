"""LU with pivots, and Cholesky, element by element."""

import math

import numpy as np

SIZES = (12, 70)


def lu(a):
    a = a.copy()
    n = a.shape[0]
    pivots = np.zeros(n, dtype=np.int64)
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        pivots[k] = p
        if p != k:
            for j in range(n):
                a[k, j], a[p, j] = a[p, j], a[k, j]
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return a, pivots


def cholesky(a):
    n = a.shape[0]
    low = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            if i == j:
                if total <= 0:
                    raise ValueError("not positive definite")
                low[i, i] = math.sqrt(total)
            else:
                low[i, j] = total / low[j, j]
    return low


def both(a):
    factors, pivots = lu(a)
    return factors, pivots, cholesky(a)


def prepare(size):
    k = np.arange(size * size).reshape(size, size)
    a = (k * 7919 % 1009) / 1009
    return (a + a.T + 2 * size * np.eye(size),)


CORES = ["lu", "cholesky", "both"]


def run(size):
    return both(*prepare(size))
