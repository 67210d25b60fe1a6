"""Prices, options and time series of them."""

import math

import numpy as np
from martlet import njit, prange


@njit
def norm_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@njit
def black_scholes(S, K, T, r, sigma):
    n = S.shape[0]
    call = np.empty(n, dtype=np.float64)
    put = np.empty(n, dtype=np.float64)
    for i in range(n):
        d1 = (math.log(S[i] / K[i]) + (r + 0.5 * sigma**2) * T[i]) / (sigma * math.sqrt(T[i]))
        d2 = d1 - sigma * math.sqrt(T[i])
        disc = K[i] * math.exp(-r * T[i])
        call[i] = S[i] * norm_cdf(d1) - disc * norm_cdf(d2)
        put[i] = disc * norm_cdf(-d2) - S[i] * norm_cdf(-d1)
    return call, put


def market(n):
    r = np.random.default_rng(0)
    return r.uniform(50, 150, n), r.uniform(50, 150, n), r.uniform(0.1, 2, n), 0.03, 0.2


@njit
def binomial_american(S, K, T, r, sigma, n, is_put=True):
    dt = T / n
    u = math.exp(sigma * math.sqrt(dt))
    d = 1 / u
    p = (math.exp(r * dt) - d) / (u - d)
    disc = math.exp(-r * dt)
    values = np.zeros(n + 1)
    for i in range(n + 1):
        price = S * u**i * d ** (n - i)
        values[i] = max(K - price, 0) if is_put else max(price - K, 0)
    for step in range(n - 1, -1, -1):
        for i in range(step + 1):
            hold = disc * (p * values[i + 1] + (1 - p) * values[i])
            price = S * u**i * d ** (step - i)
            exercise = K - price if is_put else price - K
            values[i] = max(hold, exercise)
    return values[0]


@njit(parallel=True)
def asian_mc(paths, K, r, T):
    n, m = paths.shape
    total = 0.0
    for i in prange(n):
        avg = 0.0
        for j in range(m):
            avg += paths[i, j]
        avg /= m
        total += max(avg - K, 0.0)
    return math.exp(-r * T) * total / n


@njit
def ema(x, span):
    alpha = 2 / (span + 1)
    out = np.empty_like(x)
    out[0] = x[0]
    for i in range(1, x.size):
        out[i] = alpha * x[i] + (1 - alpha) * out[i - 1]
    return out


@njit
def implied_vol(price, S, K, T, r, tol=1e-10, max_iter=100):
    lo, hi = 1e-6, 5.0
    for it in range(max_iter):
        mid = (lo + hi) / 2
        d1 = (math.log(S / K) + (r + mid * mid / 2) * T) / (mid * math.sqrt(T))
        value = S * norm_cdf(d1) - K * math.exp(-r * T) * norm_cdf(d1 - mid * math.sqrt(T))
        if abs(value - price) < tol:
            return mid, it
        if value > price:
            hi = mid
        else:
            lo = mid
    raise ValueError("no convergence")


@njit
def rolling(x, window):
    n = len(x)
    mean = np.full(n, np.nan)
    std = np.full(n, np.nan)
    for i in range(window - 1, n):
        w = x[i - window + 1 : i + 1]
        mean[i] = w.mean()
        std[i] = w.std()
    return mean, std


@njit
def irr(cashflows):
    rate = 0.1
    for _ in range(100):
        npv = 0.0
        d = 0.0
        for t, c in enumerate(cashflows):
            npv += c / (1 + rate) ** t
            d -= t * c / (1 + rate) ** (t + 1)
        step = npv / d
        rate -= step
        if abs(step) < 1e-12:
            break
    return rate


p = np.cumprod(1 + np.random.default_rng(5).normal(0, 0.01, 200)) * 100
w = np.array([0.2, 0.3, 0.5])

# What a program is, its function, and what gives its arguments.
CASES = [
    ("black_scholes", black_scholes, lambda: market(20)),
    ("binomial_american", binomial_american, lambda: (100.0, 105.0, 1.0, 0.03, 0.2, 50)),
    (
        "asian_mc",
        asian_mc,
        lambda: (100 + np.random.default_rng(0).normal(size=(50, 12)), 100.0, 0.03, 1.0),
    ),
    ("ema", ema, lambda: (p, 20)),
    ("implied_vol", implied_vol, lambda: (10.0, 100.0, 100.0, 1.0, 0.02)),
    ("implied_vol_raises", implied_vol, lambda: (1000.0, 100.0, 100.0, 1.0, 0.02)),
    ("rolling", rolling, lambda: (p, 20)),
    ("irr", irr, lambda: (np.array([-1000.0, 300.0, 420.0, 680.0]),)),
]
