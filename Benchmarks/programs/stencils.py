"""Partial differential equations on grids: every step is shifted slices of the grid before."""

import numpy as np
from program import Program, uniform


def jacobi(plate, steps):
    """Relaxation of Laplace's equation, borders held; the new values are all from the old."""
    u = plate.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
    return u


def heat_3d(block, steps):
    """Explicit conduction in a block, from one array into the other and back."""
    a, b = block.copy(), block.copy()
    for _ in range(steps):
        for old, new in ((a, b), (b, a)):
            middle = old[1:-1, 1:-1, 1:-1]
            new[1:-1, 1:-1, 1:-1] = (
                0.125 * (old[2:, 1:-1, 1:-1] - 2.0 * middle + old[:-2, 1:-1, 1:-1])
                + 0.125 * (old[1:-1, 2:, 1:-1] - 2.0 * middle + old[1:-1, :-2, 1:-1])
                + 0.125 * (old[1:-1, 1:-1, 2:] - 2.0 * middle + old[1:-1, 1:-1, :-2])
                + middle
            )
    return a


def line_relaxation(plate, steps):
    """Gauss and Seidel's method by rows: a row uses the new values of the row above it."""
    u = plate.copy()
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            u[i, 1:-1] = 0.25 * (u[i - 1, 1:-1] + u[i + 1, 1:-1] + u[i, :-2] + u[i, 2:])
    return u


def fdtd(steps, n):
    """Maxwell's equations in two dimensions on Yee's grid, driven from the left border."""
    ex, ey, hz = np.zeros((n, n + 1)), np.zeros((n + 1, n)), np.zeros((n, n))
    for t in range(steps):
        ey[0, :] = np.sin(0.1 * t)
        ey[1:-1] -= 0.5 * (hz[1:] - hz[:-1])
        ex[:, 1:-1] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz -= 0.7 * (ex[:, 1:] - ex[:, :-1] + ey[1:] - ey[:-1])
    return ex, ey, hz


def adi(plate, steps):
    """Peaceman and Rachford: implicit along columns, then along rows, by Thomas's algorithm."""
    u = plate.copy()
    n = u.shape[0]
    a = 0.4
    p, q = np.zeros_like(u), np.zeros_like(u)
    for _ in range(steps):
        for _ in range(2):
            p[:, 0] = 0.0
            q[:, 0] = u[0]
            for j in range(1, n - 1):
                below = 1.0 / (1.0 + 2.0 * a - a * p[1:-1, j - 1])
                p[1:-1, j] = a * below
                explicit = u[j, 1:-1] + a * (u[j, :-2] - 2.0 * u[j, 1:-1] + u[j, 2:])
                q[1:-1, j] = (explicit + a * q[1:-1, j - 1]) * below
            v = u.T.copy()
            for j in range(n - 2, 0, -1):
                v[1:-1, j] = p[1:-1, j] * v[1:-1, j + 1] + q[1:-1, j]
            u = v
    return u


def wave(field, steps):
    """The wave equation with absorbing rim, leapfrog in time."""
    old, now = field.copy(), field.copy()
    n = field.shape[0]
    distance = np.minimum(np.arange(n), np.arange(n)[::-1])
    fade = np.minimum(distance / 10.0, 1.0)
    damping = 0.9 + 0.1 * np.minimum(fade[:, None], fade)
    for _ in range(steps):
        laplacian = np.zeros_like(now)
        laplacian[1:-1, 1:-1] = (
            now[2:, 1:-1] + now[:-2, 1:-1] + now[1:-1, 2:] + now[1:-1, :-2] - 4.0 * now[1:-1, 1:-1]
        )
        old, now = now, (2.0 * now - old + 0.25 * laplacian) * damping
    return now


PROGRAMS = [
    Program(
        jacobi,
        lambda n: {"plate": uniform((n, n)), "steps": 50},
        (80, 450, 1800),
        exact=True,
    ),
    Program(
        heat_3d,
        lambda n: {"block": uniform((n, n, n)), "steps": 8},
        (18, 60, 130),
        exact=True,
    ),
    Program(
        line_relaxation,
        lambda n: {"plate": uniform((n, n)), "steps": 6},
        (75, 1000, 8000),
        exact=True,
    ),
    Program(fdtd, lambda n: {"n": n, "steps": 40}, (55, 450, 1800), exact=False),
    Program(
        adi,
        lambda n: {"plate": uniform((n, n)), "steps": 1},
        (65, 900, 4000),
        exact=True,
    ),
    Program(wave, lambda n: {"field": uniform((n, n)), "steps": 40}, (50, 450, 1700), exact=True),
]
