"""A walk on a grid by a linear congruential generator, and how often it was where."""

import numpy as np

SIZES = (1000, 200_000)


def walk(steps, seed, size):
    visits = np.zeros((size, size), dtype=np.int64)
    x = y = size // 2
    state = seed
    farthest = 0
    for _ in range(steps):
        state = (1103515245 * state + 12345) % 2147483648
        way = (state >> 16) & 3
        if way == 0:
            x += 1
        elif way == 1:
            x -= 1
        elif way == 2:
            y += 1
        else:
            y -= 1
        x %= size
        y %= size
        visits[x, y] += 1
        farthest = max(farthest, abs(x - size // 2) + abs(y - size // 2))
    return visits, farthest, state


def prepare(size):
    return size, 42, 64


CORES = ["walk"]


def run(size):
    return walk(*prepare(size))
