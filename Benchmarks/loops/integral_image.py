"""Sums over all prefixes of an image, and a blur by a box from four of them."""

import numpy as np

SIZES = (24, 250)


def integral(image):
    n, m = image.shape
    total = np.zeros((n + 1, m + 1))
    for i in range(n):
        row = 0.0
        for j in range(m):
            row += image[i, j]
            total[i + 1, j + 1] = total[i, j + 1] + row
    return total


def blur(image, radius):
    n, m = image.shape
    total = integral(image)
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            top, bottom = max(i - radius, 0), min(i + radius + 1, n)
            left, right = max(j - radius, 0), min(j + radius + 1, m)
            area = (bottom - top) * (right - left)
            box = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
            out[i, j] = box / area
    return out


def prepare(size):
    k = np.arange(size * size).reshape(size, size)
    return (k * 7919 % 1009) / 1009, 4


CORES = ["integral", "blur"]


def run(size):
    return blur(*prepare(size))
