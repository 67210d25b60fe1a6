"""The knapsack of greatest value, and what is in it."""

import numpy as np

SIZES = (10, 60)


def pack(weights, values, capacity):
    n = len(weights)
    best = np.zeros((n + 1, capacity + 1), dtype=np.int64)
    for i in range(1, n + 1):
        for w in range(capacity + 1):
            best[i, w] = best[i - 1, w]
            if weights[i - 1] <= w:
                taken = best[i - 1, w - weights[i - 1]] + values[i - 1]
                if taken > best[i, w]:
                    best[i, w] = taken
    chosen = np.zeros(n, dtype=np.bool_)
    w = capacity
    for i in range(n, 0, -1):
        if best[i, w] != best[i - 1, w]:
            chosen[i - 1] = True
            w -= weights[i - 1]
    return best[n, capacity], chosen


def prepare(size):
    k = np.arange(size)
    return k * 7919 % 101 + 5, k * 104729 % 211 + 10, size * 40


CORES = ["pack"]


def run(size):
    return pack(*prepare(size))
