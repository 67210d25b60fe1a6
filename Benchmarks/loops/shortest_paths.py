"""All shortest paths of a graph, by Floyd and Warshall's three loops."""

import numpy as np

SIZES = (14, 80)


def paths(weights):
    d = weights.copy()
    n = len(d)
    via = np.full((n, n), -1)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
                    via[i, j] = k
    return d, via


def prepare(size):
    k = np.arange(size * size).reshape(size, size)
    weights = (k * 7919 % 1009) / 10
    weights[weights > 70] = np.inf
    np.fill_diagonal(weights, 0)
    return (weights,)


CORES = ["paths"]


def run(size):
    return paths(*prepare(size))
