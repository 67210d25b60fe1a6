"""Mandelbrot's set: how many steps each point stays near, by a while loop."""

import numpy as np

SIZES = (20, 120)


def escape(c, limit):
    z = 0j
    n = 0
    while n < limit and z.real * z.real + z.imag * z.imag <= 4.0:
        z = z * z + c
        n += 1
    return n


def mandelbrot(size, limit):
    counts = np.zeros((size, size), dtype=np.int32)
    for i in range(size):
        y = -1.25 + 2.5 * i / size
        for j in range(size):
            x = -2.0 + 2.5 * j / size
            counts[i, j] = escape(complex(x, y), limit)
    return counts


def prepare(size):
    return size, 100


CORES = ["escape", "mandelbrot"]


def run(size):
    return mandelbrot(*prepare(size))
