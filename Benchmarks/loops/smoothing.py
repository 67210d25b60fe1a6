"""Exponential smoothing with trend (Holt's), and the error of its forecasts."""

import numpy as np

SIZES = (500, 150_000)


def smooth(series, alpha, beta):
    level = series[0]
    trend = series[1] - series[0]
    out = np.empty_like(series)
    error = 0.0
    for t in range(len(series)):
        forecast = level + trend
        error += (series[t] - forecast) ** 2
        last = level
        level = alpha * series[t] + (1 - alpha) * forecast
        trend = beta * (level - last) + (1 - beta) * trend
        out[t] = level
    return out, error / len(series)


def prepare(size):
    t = np.arange(size)
    return t * 0.01 + (t * 7919 % 1009) / 1009, 0.3, 0.1


CORES = ["smooth"]


def run(size):
    return smooth(*prepare(size))
