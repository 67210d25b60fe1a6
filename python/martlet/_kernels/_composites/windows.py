"""Windows of signals."""

import numpy as np

# A window has no points where it is asked for fewer than one, and one alone is 1.


def bartlett(M):
    n = np.arange(float(1 - M), float(M), 2.0)
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    return np.where(n <= 0, 1 + n / (M - 1), 1 - n / (M - 1))


def blackman(M):
    n = np.arange(float(1 - M), float(M), 2.0)
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    return 0.42 + 0.5 * np.cos(np.pi * n / (M - 1)) + 0.08 * np.cos(2.0 * np.pi * n / (M - 1))


def hamming(M):
    n = np.arange(float(1 - M), float(M), 2.0)
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    return 0.54 + 0.46 * np.cos(np.pi * n / (M - 1))


def hanning(M):
    n = np.arange(float(1 - M), float(M), 2.0)
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    return 0.5 + 0.5 * np.cos(np.pi * n / (M - 1))


def kaiser(M, beta):
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    n = np.arange(0.0, float(M))
    alpha = (M - 1) / 2.0
    out = np.empty(n.size)
    for i in range(n.size):
        inner = 1 - ((n[i] - alpha) / alpha) ** 2
        out[i] = bessel(beta * np.sqrt(max(inner, 0.0))) / bessel(float(beta))
    return out


def i0(x):
    if np.ndim(x) == 0:
        return bessel(float(x))
    values = np.asarray(x)
    out = np.empty(values.shape)
    flat, results = values.ravel(), out.reshape(-1)
    for i in range(flat.size):
        results[i] = bessel(float(flat[i]))
    return out


def bessel(x):
    """The modified Bessel function of order 0, by its power series, whose terms are all positive:
    Abramowitz and Stegun, 9.6.12."""
    quarter = x * x / 4.0
    total, term, k = 1.0, 1.0, 0.0
    while term > total * 1e-18 and total < np.inf:
        k += 1.0
        term *= quarter / (k * k)
        total += term
    return np.nan if x != x else total
