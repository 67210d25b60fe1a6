"""The median of each neighbourhood of nine, which a bubble sort puts in order."""

import numpy as np

SIZES = (12, 60)


def median(image):
    n, m = image.shape
    out = image.copy()
    window = np.zeros(9)
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            k = 0
            for di in range(-1, 2):
                for dj in range(-1, 2):
                    window[k] = image[i + di, j + dj]
                    k += 1
            for end in range(8, 0, -1):
                for at in range(end):
                    if window[at] > window[at + 1]:
                        window[at], window[at + 1] = window[at + 1], window[at]
            out[i, j] = window[4]
    return out


def prepare(size):
    k = np.arange(size * size).reshape(size, size)
    return ((k * 7919 % 1009) / 1009,)


CORES = ["median"]


def run(size):
    return median(*prepare(size))
