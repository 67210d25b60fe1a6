"""Levenshtein's distance of two texts, by the table of all prefixes."""

import numpy as np

SIZES = (60, 700)


def distance(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int64)
    for i in range(len(a) + 1):
        table[i, 0] = i
    for j in range(len(b) + 1):
        table[0, j] = j
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + cost)
    return table[len(a), len(b)]


def prepare(size):
    k = np.arange(size)
    return (k * k % 23 + 97).astype(np.uint8), (k * 3 % 19 + 97).astype(np.uint8)


CORES = ["distance"]


def run(size):
    return distance(*prepare(size))
