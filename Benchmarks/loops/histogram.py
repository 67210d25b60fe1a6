"""A histogram by a loop, with its cumulative curve, and the image that it equalises."""

import numpy as np

SIZES = (30, 350)


def equalise(image):
    counts = np.zeros(256, dtype=np.int64)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            counts[image[i, j]] += 1
    total = 0
    curve = np.zeros(256, dtype=np.int64)
    for value in range(256):
        total += counts[value]
        curve[value] = total
    out = np.empty_like(image)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            out[i, j] = curve[image[i, j]] * 255 // image.size
    return counts, out


def prepare(size):
    k = np.arange(size * size).reshape(size, size)
    return ((k * 7919 % 1009 * k % 197).astype(np.uint8),)


CORES = ["equalise"]


def run(size):
    return equalise(*prepare(size))
