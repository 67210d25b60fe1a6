"""Compound interest, moving averages, drawdowns, Black-Scholes and Monte Carlo."""

import math

import numpy as np

rng = np.random.default_rng(2024)
returns = rng.normal(0.0005, 0.01, 250)
prices = 100 * np.cumprod(1 + returns)
average = np.convolve(prices, np.ones(20) / 20, mode="valid")
print(prices[[0, 49, 99, -1]].round(6), average[:2].round(6), average.shape)
peak = np.maximum.accumulate(prices)
print(
    "drawdown",
    ((prices - peak) / peak).min().round(8),
    "sharpe",
    f"{returns.mean() / returns.std():.6f}",
)
windows = np.lib.stride_tricks.sliding_window_view(prices, 50)
print(windows.std(axis=1)[[0, -1]].round(8), windows.shape, np.gradient(prices)[:2].round(6))
balance = 1000.0
for rate in np.array([0.03, 0.05, 0.02]):
    balance *= 1 + rate
print(round(balance, 6), 1000 * np.prod(1 + np.array([0.03, 0.05, 0.02])))
S, K, T, r, sigma = np.array([90.0, 100.0, 110.0]), 100.0, 1.0, 0.05, 0.2
d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
normal = np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))))
print("call", (S * normal(d1) - K * np.exp(-r * T) * normal(d1 - sigma * np.sqrt(T))).round(8))
ends = 100 * np.exp((r - sigma**2 / 2) * T + sigma * rng.standard_normal(20_000))
print("monte carlo", (np.exp(-r * T) * np.maximum(ends - K, 0).mean()).round(6))
months = np.arange(1, 13)
payment = 1000 * 0.01 / (1 - 1.01**-12)
left = 1000 * 1.01**months - payment * (1.01**months - 1) / 0.01
print(
    payment, np.abs(left[-1]) < 1e-9, np.round(left[:4], 2), np.cumsum(np.full(4, payment)).round(2)
)
