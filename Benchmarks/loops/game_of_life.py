"""The game of life on a torus, cell by cell."""

import numpy as np

SIZES = (16, 90)


def live(grid, generations):
    n, m = grid.shape
    for _ in range(generations):
        new = grid.copy()
        for i in range(n):
            for j in range(m):
                total = 0
                for di in range(-1, 2):
                    for dj in range(-1, 2):
                        if di != 0 or dj != 0:
                            total += grid[(i + di) % n, (j + dj) % m]
                if grid[i, j] == 1:
                    if total < 2 or total > 3:
                        new[i, j] = 0
                elif total == 3:
                    new[i, j] = 1
        grid = new
    return grid


def prepare(size):
    k = np.arange(size * size).reshape(size, size)
    return (k * 7919 % 1009 % 3 == 0).astype(np.int64), 10


CORES = ["live"]


def run(size):
    return live(*prepare(size))
