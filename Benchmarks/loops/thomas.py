"""Tridiagonal systems by Thomas's algorithm: steps of implicit diffusion."""

import numpy as np

SIZES = (40, 1000)


def thomas(a, b, c, d):
    n = len(d)
    cp = np.zeros(n)
    dp = np.zeros(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * cp[i - 1]
        cp[i] = c[i] / m
        dp[i] = (d[i] - a[i] * dp[i - 1]) / m
    x = np.zeros(n)
    x[-1] = dp[-1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return x


def diffuse(u, steps, r):
    n = len(u)
    a = np.full(n, -r)
    b = np.full(n, 1 + 2 * r)
    c = np.full(n, -r)
    for _ in range(steps):
        u = thomas(a, b, c, u)
    return u


def prepare(size):
    u = np.zeros(size)
    u[size // 3 : size // 2] = 1.0
    return u, 30, 0.5


CORES = ["thomas", "diffuse"]


def run(size):
    return diffuse(*prepare(size))
