"""Transforms and filters."""

import math

import numpy as np
from martlet import njit


@njit
def dft(x):
    n = x.size
    out = np.zeros(n, dtype=np.complex128)
    for k in range(n):
        for t in range(n):
            out[k] += x[t] * np.exp(-2j * np.pi * k * t / n)
    return out


@njit
def fft(x):
    n = len(x)
    a = x.astype(np.complex128)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            a[i], a[j] = a[j], a[i]
    length = 2
    while length <= n:
        ang = -2 * math.pi / length
        w_len = complex(math.cos(ang), math.sin(ang))
        for i in range(0, n, length):
            w = 1 + 0j
            for k in range(length // 2):
                u = a[i + k]
                v = a[i + k + length // 2] * w
                a[i + k] = u + v
                a[i + k + length // 2] = u - v
                w *= w_len
        length <<= 1
    return a


@njit
def fir(x, taps):
    n, m = x.size, taps.size
    y = np.zeros(n)
    for i in range(n):
        acc = 0.0
        for j in range(min(m, i + 1)):
            acc += taps[j] * x[i - j]
        y[i] = acc
    return y


@njit
def iir_biquad(x, b, a):
    y = np.zeros_like(x)
    x1 = x2 = y1 = y2 = 0.0
    for i in range(len(x)):
        y[i] = b[0] * x[i] + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
        x2, x1 = x1, x[i]
        y2, y1 = y1, y[i]
    return y


@njit
def peaks(x, threshold=0.0):
    idx = np.empty(x.size, np.int64)
    n = 0
    for i in range(1, x.size - 1):
        if x[i - 1] < x[i] >= x[i + 1] and x[i] > threshold:
            idx[n] = i
            n += 1
    return idx[:n]


@njit
def zero_crossings(x):
    return np.sum(np.sign(x[1:]) != np.sign(x[:-1]))


@njit
def kalman(zs, q, r):
    x, p = 0.0, 1.0
    out = np.empty_like(zs)
    for i, z in enumerate(zs):
        p = p + q
        k = p / (p + r)
        x = x + k * (z - x)
        p = (1 - k) * p
        out[i] = x
    return out


@njit
def savgol_matrix_literal(y):
    w = np.array([-3.0, 12.0, 17.0, 12.0, -3.0]) / 35.0
    out = y.copy()
    for i in range(2, len(y) - 2):
        out[i] = np.dot(w, y[i - 2 : i + 3])
    return out


r = np.random.default_rng(9)
x = np.sin(np.linspace(0, 20, 64)) + 0.1 * r.random(64)

# What a program is, its function, and what gives its arguments.
CASES = [
    ("dft", dft, lambda: (x,)),
    ("fft", fft, lambda: (x,)),
    ("fir", fir, lambda: (x, x[:5])),
    ("iir_biquad", iir_biquad, lambda: (x, np.array([0.2, 0.3, 0.2]), np.array([1.0, -0.5, 0.2]))),
    ("peaks", peaks, lambda: (x,)),
    ("zero_crossings", zero_crossings, lambda: (x,)),
    ("kalman", kalman, lambda: (x, 0.01, 0.1)),
    ("savgol", savgol_matrix_literal, lambda: (x,)),
]
