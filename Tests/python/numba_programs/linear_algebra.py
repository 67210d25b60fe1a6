"""Matrices by loops and by slices."""

import math

import numpy as np
from martlet import njit


@njit
def matmul_plain(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for p in range(a.shape[1]):
                c[i, j] += a[i, p] * b[p, j]
    return c


@njit
def matmul_ikj(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for p in range(a.shape[1]):
            aip = a[i, p]
            for j in range(b.shape[1]):
                c[i, j] += aip * b[p, j]
    return c


@njit
def lu(a):
    n = a.shape[0]
    lu = a.copy()
    perm = np.arange(n)
    for k in range(n):
        p = k + np.argmax(np.abs(lu[k:, k]))
        if p != k:
            for j in range(n):
                lu[k, j], lu[p, j] = lu[p, j], lu[k, j]
            perm[k], perm[p] = perm[p], perm[k]
        for i in range(k + 1, n):
            lu[i, k] /= lu[k, k]
            lu[i, k + 1 :] -= lu[i, k] * lu[k, k + 1 :]
    return lu, perm


@njit
def cholesky(a):
    n = a.shape[0]
    L = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            s = 0.0
            for k in range(j):
                s += L[i, k] * L[j, k]
            if i == j:
                L[i, j] = np.sqrt(a[i, i] - s)
            else:
                L[i, j] = (a[i, j] - s) / L[j, j]
    return L


@njit
def thomas(a, b, c, d):
    n = len(d)
    cp = np.empty(n)
    dp = np.empty(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * cp[i - 1]
        cp[i] = c[i] / m
        dp[i] = (d[i] - a[i] * dp[i - 1]) / m
    x = np.empty(n)
    x[n - 1] = dp[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return x


@njit
def gram_schmidt(a):
    q = a.copy()
    n = q.shape[1]
    for j in range(n):
        for k in range(j):
            q[:, j] -= np.dot(q[:, k], q[:, j]) * q[:, k]
        q[:, j] /= math.sqrt(np.sum(q[:, j] ** 2))
    return q


@njit
def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace


@njit
def sum2d(arr):
    M, N = arr.shape
    result = 0.0
    for i in range(M):
        for j in range(N):
            result += arr[i, j]
    return result


r = np.random.default_rng(9)
x = np.sin(np.linspace(0, 20, 64)) + 0.1 * r.random(64)
M = r.random((6, 6)) + 6 * np.eye(6)
S = M @ M.T

# What a program is, its function, and what gives its arguments.
CASES = [
    ("matmul_ijk_in_place", matmul_plain, lambda: (M, M)),
    ("matmul_ikj", matmul_ikj, lambda: (M, M)),
    ("lu", lu, lambda: (M,)),
    ("cholesky", cholesky, lambda: (S,)),
    ("thomas", thomas, lambda: (np.ones(9), 4 * np.ones(9), np.ones(9), np.arange(9.0))),
    ("gram_schmidt", gram_schmidt, lambda: (M,)),
    ("go_fast", go_fast, lambda: (M,)),
    ("sum2d", sum2d, lambda: (M,)),
]
