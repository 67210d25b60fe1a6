"""Successive over-relaxation with red and black points, until the change is small."""

import numpy as np

SIZES = (16, 60)


def relax(u, f, omega, limit):
    n = u.shape[0]
    count = 0
    while count < 200:
        worst = 0.0
        for colour in range(2):
            for i in range(1, n - 1):
                for j in range(1 + (i + colour) % 2, n - 1, 2):
                    rest = u[i + 1, j] + u[i - 1, j] + u[i, j + 1] + u[i, j - 1] - f[i, j]
                    step = omega * (rest / 4 - u[i, j])
                    u[i, j] += step
                    if abs(step) > worst:
                        worst = abs(step)
        count += 1
        if worst < limit:
            break
    return u, count


def prepare(size):
    f = np.zeros((size, size))
    f[size // 3, size // 2] = -1.0
    f[size // 2, size // 4] = 0.5
    return np.zeros((size, size)), f, 1.8, 1e-9


CORES = ["relax"]


def run(size):
    return relax(*prepare(size))
