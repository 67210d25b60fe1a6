"""Pictures: filters, histograms, resampling, fractals and cellular automata."""

import numpy as np
from program import Program, uniform


def convolution(image, kernel):
    """The part of the 2-D convolution that needs no padding, by shifted slices."""
    rows, columns = kernel.shape
    height, width = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    out = np.zeros((height, width))
    for i in range(rows):
        for j in range(columns):
            out += image[i : i + height, j : j + width] * kernel[i, j]
    return out


def edges(image):
    """Sobel's gradients of a smoothed picture, thinned by a threshold of their size."""
    padded = np.pad(image, 1, mode="edge")
    smooth = (
        padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] + 4.0 * image
    ) / 8.0
    gx = smooth[1:-1, 2:] - smooth[1:-1, :-2]
    gx = gx + 0.5 * (smooth[:-2, 2:] - smooth[:-2, :-2] + smooth[2:, 2:] - smooth[2:, :-2])
    gy = smooth[2:, 1:-1] - smooth[:-2, 1:-1]
    gy = gy + 0.5 * (smooth[2:, :-2] - smooth[:-2, :-2] + smooth[2:, 2:] - smooth[:-2, 2:])
    size = np.sqrt(gx * gx + gy * gy)
    threshold = size.mean() + size.std()
    return np.where(size > threshold, np.arctan2(gy, gx), 0.0), (size > threshold).sum()


def equalise(picture):
    """Spreads the grey levels of a picture evenly, by its cumulative histogram."""
    counts = np.bincount(picture.ravel(), minlength=256)
    cumulative = np.cumsum(counts)
    first = cumulative[np.nonzero(counts)[0][0]]
    table = np.round((cumulative - first) / (picture.size - first) * 255.0)
    return np.clip(table, 0, 255).astype(np.uint8)[picture]


def resize(image, factor):
    """Bilinear interpolation to another size."""
    height, width = image.shape
    y = np.linspace(0, height - 1, int(height * factor))
    x = np.linspace(0, width - 1, int(width * factor))
    top, left = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    dy, dx = (y - top)[:, None], x - left
    upper = image[top][:, left] * (1.0 - dx) + image[top][:, right] * dx
    lower = image[bottom][:, left] * (1.0 - dx) + image[bottom][:, right] * dx
    return upper * (1.0 - dy) + lower * dy


def median_filter(image):
    """The median of three by three points, which removes specks."""
    height, width = image.shape[0] - 2, image.shape[1] - 2
    stack = [image[i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.sort(np.stack(stack), axis=0)[4]


def mandelbrot(c, steps):
    """Escape counts, iterating only the points that have not escaped, by boolean masks."""
    z = np.zeros_like(c)
    counts = np.zeros(c.shape, dtype=np.int32)
    for _ in range(steps):
        inside = z.real * z.real + z.imag * z.imag <= 4.0
        z[inside] = z[inside] * z[inside] + c[inside]
        counts += inside
    return counts


def life(cells, steps):
    """Conway's game of life on a torus, by rolled copies."""
    for _ in range(steps):
        rows = cells + np.roll(cells, 1, 0) + np.roll(cells, -1, 0)
        neighbours = rows + np.roll(rows, 1, 1) + np.roll(rows, -1, 1) - cells
        cells = ((neighbours == 3) | ((neighbours == 2) & (cells == 1))).astype(np.uint8)
    return cells


def complex_plane(n):
    real, imaginary = np.linspace(-2, 0.5, n), np.linspace(-1.25, 1.25, n)
    return real + 1j * imaginary[:, None]


def grey(n):
    levels = np.random.default_rng(1).normal(110.0, 25.0, (n, n))
    return np.clip(levels, 0, 255).astype(np.uint8)


PROGRAMS = [
    Program(
        convolution,
        lambda n: {"image": uniform((n, n)), "kernel": uniform((7, 7), seed=1)},
        (180, 900, 2800),
        exact=True,
    ),
    Program(edges, lambda n: {"image": uniform((n, n))}, (200, 1100, 3000), exact=False),
    Program(equalise, lambda n: {"picture": grey(n)}, (600, 3000, 16_000), exact=True),
    Program(
        resize,
        lambda n: {"image": uniform((n, n)), "factor": 1.7},
        (200, 900, 3500),
        exact=True,
    ),
    Program(median_filter, lambda n: {"image": uniform((n, n))}, (140, 700, 3600), exact=True),
    Program(
        mandelbrot,
        lambda n: {"c": complex_plane(n), "steps": 30},
        (80, 450, 2000),
        exact=True,
    ),
    Program(
        life,
        lambda n: {"cells": np.random.default_rng(7).integers(0, 2, (n, n), "u1"), "steps": 20},
        (120, 1200, 6000),
        exact=True,
    ),
]
