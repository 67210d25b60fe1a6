"""Filters of signals, and random paths."""

import numpy as np
from program import Program, uniform


def fir(signal, taps):
    """A finite impulse response: a shifted, weighted copy of the signal for each tap."""
    count = signal.shape[0] - taps.shape[0] + 1
    out = np.zeros(count)
    for k in range(taps.shape[0]):
        out += taps[k] * signal[k : k + count]
    return out


def iir(channels):
    """A resonant filter of second order, one sample of all channels at a time."""
    b0, b1, b2, a1, a2 = 0.2, 0.3, 0.1, -1.2, 0.5
    samples = channels.shape[0]
    out = np.zeros_like(channels)
    z1, z2 = np.zeros(channels.shape[1]), np.zeros(channels.shape[1])
    for t in range(samples):
        x = channels[t]
        y = b0 * x + z1
        z1 = b1 * x - a1 * y + z2
        z2 = b2 * x - a2 * y
        out[t] = y
    return out


def moving_statistics(series, width):
    """Mean, deviation and crossings of a moving window along each series, by cumulative sums."""
    count, length = series.shape
    total, squares = np.zeros((count, length + 1)), np.zeros((count, length + 1))
    total[:, 1:] = np.cumsum(series, axis=1)
    squares[:, 1:] = np.cumsum(series * series, axis=1)
    mean = (total[:, width:] - total[:, :-width]) / width
    variance = (squares[:, width:] - squares[:, :-width]) / width - mean**2
    deviation = np.sqrt(np.maximum(variance, 0.0))
    score = (series[:, width - 1 :] - mean) / deviation
    above = score > 1.5
    crossings = (above[:, 1:] & ~above[:, :-1]).sum(axis=1)
    return mean, deviation, crossings, np.diff(mean, axis=1).mean(axis=1)


def kalman(measurements):
    """Position and speed of many objects, filtered from noisy positions."""
    steps, count = measurements.shape
    position, speed = measurements[0].copy(), np.zeros(count)
    p11, p12, p22 = np.ones(count), np.zeros(count), np.ones(count)
    dt, q, r = 0.1, 0.01, 0.5
    track = np.empty_like(measurements)
    for t in range(steps):
        position = position + dt * speed
        p11 = p11 + dt * (2.0 * p12 + dt * p22) + q
        p12 = p12 + dt * p22
        p22 = p22 + q
        error = measurements[t] - position
        gain = p11 + r
        k1, k2 = p11 / gain, p12 / gain
        position += k1 * error
        speed += k2 * error
        p22 = p22 - k2 * p12
        p12 = (1.0 - k1) * p12
        p11 = (1.0 - k1) * p11
        track[t] = position
    return track, speed


def random_walk_options(normals, strike):
    """An Asian option by Monte Carlo: the mean of each path decides what it pays."""
    steps, paths = normals.shape
    dt, rate, volatility = 1.0 / steps, 0.03, 0.2
    price = np.full(paths, 100.0)
    total = np.zeros(paths)
    for t in range(steps):
        growth = (rate - 0.5 * volatility**2) * dt + volatility * np.sqrt(dt) * normals[t]
        price *= np.exp(growth)
        total += price
    payoff = np.maximum(total / steps - strike, 0.0)
    return np.exp(-rate) * payoff.mean(), payoff.std() / np.sqrt(paths)


def black_scholes(price, strike, years, rate, volatility):
    """The value of European call options."""
    root = volatility * np.sqrt(years)
    d1 = (np.log(price / strike) + (rate + 0.5 * volatility**2) * years) / root
    d2 = d1 - root
    values = []
    for x in (d1, d2):
        # Zelen and Severo's polynomial (Abramowitz and Stegun 26.2.17), absolute error < 7.5e-8.
        k = 1.0 / (1.0 + 0.2316419 * np.abs(x))
        sum3 = 1.781477937 + k * (-1.821255978 + k * 1.330274429)
        polynomial = k * (0.319381530 + k * (-0.356563782 + k * sum3))
        tail = 0.3989422804014327 * np.exp(-0.5 * x * x) * polynomial
        values.append(np.where(x >= 0, 1.0 - tail, tail))
    return price * values[0] - strike * np.exp(-rate * years) * values[1]


def options(n):
    return {
        "price": uniform(n, low=10, high=50, seed=1),
        "strike": uniform(n, low=15, high=40, seed=2),
        "years": uniform(n, low=0.25, high=3, seed=3),
        "rate": 0.02,
        "volatility": 0.3,
    }


PROGRAMS = [
    Program(
        fir,
        lambda n: {"signal": uniform(n), "taps": uniform(64, seed=1)},
        (30_000, 500_000, 8_000_000),
        exact=True,
    ),
    Program(
        iir,
        lambda n: {"channels": uniform((n, n))},
        (250, 2500, 13_000),
        exact=True,
    ),
    Program(
        moving_statistics,
        lambda n: {"series": uniform((n, 1000)), "width": 50},
        (70, 1000, 20_000),
        exact=False,
    ),
    Program(
        kalman,
        lambda n: {"measurements": uniform((40, n))},
        (1500, 50_000, 1_000_000),
        exact=True,
    ),
    Program(
        random_walk_options,
        lambda n: {
            "normals": np.random.default_rng(1).standard_normal((50, n)),
            "strike": 101.0,
        },
        (4000, 180_000, 3_500_000),
        exact=False,
    ),
    Program(
        black_scholes,
        options,
        (50_000, 900_000, 6_000_000),
        exact=False,
    ),
]
