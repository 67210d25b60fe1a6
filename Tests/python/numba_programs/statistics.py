"""Clusters, histograms and moments."""

import math

import numpy as np
from martlet import njit, prange


@njit
def kmeans(points, k, iters):
    n, d = points.shape
    centers = points[:k].copy()
    labels = np.zeros(n, dtype=np.int64)
    for _ in range(iters):
        for i in range(n):
            best = np.inf
            for c in range(k):
                dist = 0.0
                for j in range(d):
                    dist += (points[i, j] - centers[c, j]) ** 2
                if dist < best:
                    best = dist
                    labels[i] = c
        counts = np.zeros(k)
        centers[:] = 0.0
        for i in range(n):
            centers[labels[i]] += points[i]
            counts[labels[i]] += 1
        for c in range(k):
            if counts[c] > 0:
                centers[c] /= counts[c]
    return centers, labels


@njit
def knn(train, labels, x, k):
    n = train.shape[0]
    d = np.empty(n)
    for i in range(n):
        d[i] = np.sum((train[i] - x) ** 2)
    votes = np.zeros(labels.max() + 1, np.int64)
    for _ in range(k):
        j = d.argmin()
        votes[labels[j]] += 1
        d[j] = np.inf
    return votes.argmax()


@njit(parallel=True)
def pairwise(x):
    n, d = x.shape
    out = np.empty((n, n))
    for i in prange(n):
        for j in range(n):
            s = 0.0
            for k in range(d):
                t = x[i, k] - x[j, k]
                s += t * t
            out[i, j] = np.sqrt(s)
    return out


@njit
def welford(x):
    mean = 0.0
    m2 = 0.0
    for n, v in enumerate(x):
        delta = v - mean
        mean += delta / (n + 1)
        m2 += delta * (v - mean)
    return mean, m2 / (len(x) - 1)


@njit
def histogram(x, bins, lo, hi):
    h = np.zeros(bins, np.int64)
    width = (hi - lo) / bins
    for v in x:
        if lo <= v < hi:
            h[int((v - lo) / width)] += 1
        elif v == hi:
            h[-1] += 1
    return h, lo + width * np.arange(bins + 1)


@njit
def hist2d(x, y, n):
    h = np.zeros((n, n), dtype=np.uint32)
    for a, b in zip(x, y):  # noqa: B905 (as numba has it)
        i = int(a * n)
        j = int(b * n)
        if 0 <= i < n and 0 <= j < n:
            h[i, j] += 1
    return h


@njit
def linreg(x, y):
    n = len(x)
    sx = x.sum()
    sy = y.sum()
    sxx = (x * x).sum()
    sxy = (x * y).sum()
    slope = (n * sxy - sx * sy) / (n * sxx - sx**2)
    return slope, (sy - slope * sx) / n


@njit
def pearson(x, y):
    mx, my = x.mean(), y.mean()
    dx = x - mx
    dy = y - my
    return (dx * dy).sum() / math.sqrt((dx**2).sum() * (dy**2).sum())


@njit
def autocorr(x, lag):
    n = len(x)
    out = np.empty(lag)
    m = x.mean()
    v = ((x - m) ** 2).sum()
    for k in range(lag):
        out[k] = ((x[: n - k] - m) * (x[k:] - m)).sum() / v
    return out


@njit
def standardize(a):
    for j in range(a.shape[1]):
        col = a[:, j]
        a[:, j] = (col - col.mean()) / col.std()
    return a


@njit
def weighted_median_bisect(x, p):
    lo, hi = x.min(), x.max()
    for _ in range(60):
        mid = 0.5 * (lo + hi)
        if np.mean(x <= mid) < p:
            lo = mid
        else:
            hi = mid
    return hi


@njit
def groupby_mean(keys, values, n):
    s = np.zeros(n)
    c = np.zeros(n, np.int64)
    for k, v in zip(keys, values):  # noqa: B905 (as numba has it)
        s[k] += v
        c[k] += 1
    return np.where(c > 0, s / np.maximum(c, 1), np.nan)


@njit
def sum_bool(mask, values):
    s = 0.0
    for i in range(len(mask)):
        if mask[i]:
            s += values[i]
    return s, mask.sum()


r = np.random.default_rng(9)
x = np.sin(np.linspace(0, 20, 64)) + 0.1 * r.random(64)
pts = r.random((30, 3))
k5 = r.integers(0, 5, 64)

# What a program is, its function, and what gives its arguments.
CASES = [
    ("kmeans", kmeans, lambda: (pts, 3, 5)),
    ("knn", knn, lambda: (pts, np.arange(30) % 4, pts[3] + 0.01, 5)),
    ("pairwise", pairwise, lambda: (pts,)),
    ("welford", welford, lambda: (x,)),
    ("histogram", histogram, lambda: (x, 10, -1.0, 1.0)),
    ("hist2d", hist2d, lambda: (pts[:, 0], pts[:, 1], 4)),
    ("linreg", linreg, lambda: (x, x**2)),
    ("pearson", pearson, lambda: (x, x**2)),
    ("autocorr", autocorr, lambda: (x, 5)),
    ("standardize", standardize, lambda: (pts.copy(),)),
    ("quantile_bisect", weighted_median_bisect, lambda: (x, 0.3)),
    ("groupby_mean", groupby_mean, lambda: (k5, x, 6)),
    ("sum_bool", sum_bool, lambda: (x > 0, x)),
]
