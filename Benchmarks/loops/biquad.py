"""A recursive filter of second order, in cascades, over a signal."""

import numpy as np

SIZES = (500, 60_000)


def biquad(x, sections):
    y = x.copy()
    for s in range(sections.shape[0]):
        b0, b1, b2, a1, a2 = sections[s]
        w1 = w2 = 0.0
        for n in range(len(y)):
            w0 = y[n] - a1 * w1 - a2 * w2
            y[n] = b0 * w0 + b1 * w1 + b2 * w2
            w2 = w1
            w1 = w0
    return y


def prepare(size):
    x = (np.arange(size) * 7919 % 1009) / 1009 - 0.5
    low = [0.2, 0.4, 0.2, -0.4, 0.2]
    high = [0.3, -0.6, 0.3, 0.1, 0.05]
    return x, np.array([low, high, low])


CORES = ["biquad"]


def run(size):
    return biquad(*prepare(size))
