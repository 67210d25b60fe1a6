"""How fast whole programs under `jit` are, against numba's from the same Python functions.

    python Benchmarks/jit_programs.py [NAME ...] [--rounds N] [--parallel]

Each program is written from the mathematics, some element by element and some by whole arrays.
Both libraries run it in turn in one process, on equal arguments, and what they give must agree
before anything is timed. `ratio` is numba's time over Martlet's: the least of the rounds of each.
numba must be installed, with SciPy, by which it multiplies matrices. With OPENBLAS_NUM_THREADS=1
and MARTLET_THREADS=1 both have one thread for that.
"""

import argparse
import math
import sys
import time
import types

import numpy as np

# Products of matrices


def gemm(alpha, beta, c, a, b):
    c[:] = alpha * a @ b + beta * c


def gemm_loops(alpha, beta, c, a, b):
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            c[i, j] *= beta
        for k in range(a.shape[1]):
            for j in range(c.shape[1]):
                c[i, j] += alpha * a[i, k] * b[k, j]


def two_mm(alpha, beta, a, b, c, d):
    d[:] = alpha * a @ b @ c + beta * d


def three_mm(a, b, c, d):
    return (a @ b) @ (c @ d)


def syrk(alpha, beta, c, a):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]


def syr2k(alpha, beta, c, a, b):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += a[: i + 1, k] * alpha * b[i, k] + b[: i + 1, k] * alpha * a[i, k]


def rank_updates(c, a):
    """The product of a matrix's transpose with it, a row at a time."""
    for k in range(a.shape[0]):
        row = a[k]
        for i in range(row.size):
            c[i] += row[i] * row


def trmm(alpha, a, b):
    for i in range(b.shape[0]):
        for j in range(b.shape[1]):
            b[i, j] += np.dot(a[i + 1 :, i], b[i + 1 :, j])
    b *= alpha


def symm(alpha, beta, c, a, b):
    temporary = np.empty(c.shape[1])
    c *= beta
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            c[:i, j] += alpha * b[i, j] * a[i, :i]
            temporary[j] = b[:i, j] @ a[i, :i]
        c[i] += alpha * b[i] * a[i, i] + alpha * temporary


def doitgen(a, c4):
    for r in range(a.shape[0]):
        for q in range(a.shape[1]):
            a[r, q] = a[r, q] @ c4


def small_products(a, b, out):
    for i in range(a.shape[0]):
        out[i] = a[i] @ b[i]


# Products with vectors


def atax(a, x):
    return a.T @ (a @ x)


def bicg(a, p, r):
    return r @ a, a @ p


def mvt(x1, x2, y1, y2, a):
    x1 += a @ y1
    x2 += a.T @ y2


def gesummv(alpha, beta, a, b, x):
    return alpha * a @ x + beta * b @ x


def gemver(alpha, beta, a, u1, v1, u2, v2, w, x, y, z):
    a += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ a + z
    w += alpha * a @ x


# Solvers and factors


def gram_schmidt(a):
    n = a.shape[1]
    q = np.zeros_like(a)
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = math.sqrt(np.dot(a[:, k], a[:, k]))
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, n):
            r[k, j] = np.dot(q[:, k], a[:, j])
            a[:, j] -= q[:, k] * r[k, j]
    return q, r


def lu(a):
    for i in range(a.shape[0]):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[:j, j]
            a[i, j] /= a[j, j]
        for j in range(i, a.shape[0]):
            a[i, j] -= a[i, :i] @ a[:i, j]


def lu_rows(a):
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]


def cholesky(a):
    a[0, 0] = math.sqrt(a[0, 0])
    for i in range(1, a.shape[0]):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[j, :j])
            a[i, j] /= a[j, j]
        a[i, i] -= np.dot(a[i, :i], a[i, :i])
        a[i, i] = math.sqrt(a[i, i])


def trisolv(low, x, b):
    for i in range(x.size):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]


def durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.size):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y


# Graphs and sequences


def floyd_warshall(path):
    for k in range(path.shape[0]):
        for i in range(path.shape[0]):
            path[i] = np.minimum(path[i], path[i, k] + path[k])


def floyd_warshall_loops(path):
    n = path.shape[0]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                path[i, j] = min(path[i, j], path[i, k] + path[k, j])


def needleman_wunsch(first, second, gap):
    n, m = first.size, second.size
    score = np.zeros((n + 1, m + 1), np.int64)
    for i in range(n + 1):
        score[i, 0] = -gap * i
    for j in range(m + 1):
        score[0, j] = -gap * j
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            match = score[i - 1, j - 1] + (1 if first[i - 1] == second[j - 1] else -1)
            score[i, j] = max(match, max(score[i - 1, j], score[i, j - 1]) - gap)
    return score


def smith_waterman(first, second, gap):
    n, m = first.size, second.size
    above = np.zeros(m + 1, np.int64)
    row = np.zeros(m + 1, np.int64)
    best = 0
    for i in range(n):
        for j in range(1, m + 1):
            match = above[j - 1] + (2 if first[i] == second[j - 1] else -1)
            value = max(0, max(match, max(above[j], row[j - 1]) - gap))
            row[j] = value
            best = max(best, value)
        above, row = row, above
    return best


# Stencils


def jacobi_1d(steps, a, b):
    for _ in range(steps):
        b[1:-1] = 0.33333 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.33333 * (b[:-2] + b[1:-1] + b[2:])


def jacobi_2d(steps, a, b):
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (
            a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1]
        )
        a[1:-1, 1:-1] = 0.2 * (
            b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1]
        )


def seidel_2d(steps, a):
    n = a.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            a[i, 1:-1] += (
                a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:]
                + a[i + 1, :-2] + a[i + 1, 1:-1] + a[i + 1, 2:]
            )  # fmt: skip
            for j in range(1, n - 1):
                a[i, j] += a[i, j - 1]
                a[i, j] /= 9.0


def heat_3d(steps, a, b):
    for _ in range(steps):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
            + a[1:-1, 1:-1, 1:-1]
        )
        a[1:-1, 1:-1, 1:-1] = (
            0.125 * (b[2:, 1:-1, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[:-2, 1:-1, 1:-1])
            + 0.125 * (b[1:-1, 2:, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, :-2, 1:-1])
            + 0.125 * (b[1:-1, 1:-1, 2:] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, 1:-1, :-2])
            + b[1:-1, 1:-1, 1:-1]
        )


def fdtd_2d(ex, ey, hz, source):
    for t in range(source.size):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])


def adi(steps, n, u):
    v = np.empty_like(u)
    p = np.empty_like(u)
    q = np.empty_like(u)
    dx = 1.0 / n
    dt = 1.0 / steps
    mul1 = 2.0 * dt / (dx * dx)
    mul2 = dt / (dx * dx)
    a = -mul1 / 2.0
    b = 1.0 + mul1
    d = -mul2 / 2.0
    e = 1.0 + mul2
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -a / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (
                -d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - d * u[j, 2:] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + b)
        v[-1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = u[1:-1, 0]
        for j in range(1, n - 1):
            p[1:-1, j] = -d / (d * p[1:-1, j - 1] + e)
            q[1:-1, j] = (
                -a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - a * v[2:, j] - d * q[1:-1, j - 1]
            ) / (d * p[1:-1, j - 1] + e)
        u[1:-1, -1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]


def conv2d(image, weights, out):
    height, width = weights.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total = 0.0
            for y in range(height):
                for x in range(width):
                    total += image[i + y, j + x] * weights[y, x]
            out[i, j] = total


def conv2d_patches(image, weights, out):
    height, width = weights.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + height, j : j + width] * weights)


def heat_rebound(steps, u):
    """Explicit steps of a rod's temperature, each a new array."""
    for _ in range(steps):
        inner = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        new = np.empty_like(u)
        new[0] = u[0]
        new[-1] = u[-1]
        new[1:-1] = inner
        u = new
    return u


# Statistics


def covariance(data):
    means = np.zeros(data.shape[1])
    for j in range(data.shape[1]):
        means[j] = np.mean(data[:, j])
    data -= means
    out = np.zeros((data.shape[1], data.shape[1]))
    for i in range(data.shape[1]):
        out[i:, i] = data[:, i] @ data[:, i:] / (data.shape[0] - 1.0)
        out[i, i:] = out[i:, i]
    return out


def covariance_product(data):
    return np.cov(data)


def correlation(data):
    n, m = data.shape
    means = np.zeros(m)
    spread = np.zeros(m)
    for j in range(m):
        means[j] = np.mean(data[:, j])
        spread[j] = np.std(data[:, j])
    data -= means
    data /= np.sqrt(float(n)) * spread
    out = np.eye(m)
    for i in range(m - 1):
        out[i + 1 :, i] = data[:, i] @ data[:, i + 1 :]
        out[i, i + 1 :] = out[i + 1 :, i]
    return out


def histogram(values, bins):
    return np.histogram(values, bins)[0]


def histogram_loops(values, counts):
    low, high = values.min(), values.max()
    scale = counts.size / (high - low)
    for value in values:
        place = min(int((value - low) * scale), counts.size - 1)
        counts[place] += 1


def extremes(values):
    return np.min(values), np.max(values), np.argmax(values)


def k_means(points, centres, steps):
    n, d = points.shape
    k = centres.shape[0]
    labels = np.zeros(n, np.int64)
    for _ in range(steps):
        sums = np.zeros((k, d))
        counts = np.zeros(k)
        for i in range(n):
            best = 0
            least = np.inf
            for c in range(k):
                distance = 0.0
                for j in range(d):
                    distance += (points[i, j] - centres[c, j]) ** 2
                if distance < least:
                    least = distance
                    best = c
            labels[i] = best
            counts[best] += 1.0
            for j in range(d):
                sums[best, j] += points[i, j]
        for c in range(k):
            if counts[c] > 0.0:
                centres[c] = sums[c] / counts[c]
    return labels


def k_means_arrays(points, centres, steps):
    n = points.shape[0]
    k = centres.shape[0]
    labels = np.zeros(n, np.int64)
    for _ in range(steps):
        sums = np.zeros_like(centres)
        counts = np.zeros(k)
        for i in range(n):
            labels[i] = np.argmin(np.sum((points[i] - centres) ** 2, axis=1))
            sums[labels[i]] += points[i]
            counts[labels[i]] += 1.0
        for c in range(k):
            centres[c] = sums[c] / max(counts[c], 1.0)
    return labels


# Others


def spmv(rows, columns, values, x):
    y = np.empty(rows.size - 1)
    for i in range(rows.size - 1):
        first, last = rows[i], rows[i + 1]
        y[i] = values[first:last] @ x[columns[first:last]]
    return y


def n_body(positions, velocities, masses, steps, dt):
    n = positions.shape[0]
    for _ in range(steps):
        for i in range(n):
            fx = fy = fz = 0.0
            for j in range(n):
                dx = positions[j, 0] - positions[i, 0]
                dy = positions[j, 1] - positions[i, 1]
                dz = positions[j, 2] - positions[i, 2]
                square = dx * dx + dy * dy + dz * dz + 0.01
                factor = masses[j] / (square * math.sqrt(square))
                fx += dx * factor
                fy += dy * factor
                fz += dz * factor
            velocities[i, 0] += dt * fx
            velocities[i, 1] += dt * fy
            velocities[i, 2] += dt * fz
        positions += dt * velocities


def n_body_rows(positions, velocities, masses, steps, dt):
    for _ in range(steps):
        for i in range(positions.shape[0]):
            offsets = positions - positions[i]
            squares = np.sum(offsets * offsets, axis=1) + 0.01
            velocities[i] += dt * ((masses / (squares * np.sqrt(squares))) @ offsets)
        positions += dt * velocities


def mandelbrot(width, height, limit):
    out = np.zeros((height, width), np.int64)
    for i in range(height):
        for j in range(width):
            c = complex(-2.0 + 3.0 * j / width, -1.5 + 3.0 * i / height)
            z = 0j
            count = 0
            while count < limit and z.real * z.real + z.imag * z.imag < 4.0:
                z = z * z + c
                count += 1
            out[i, j] = count
    return out


def softmax(x):
    for i in range(x.shape[0]):
        row = np.exp(x[i] - np.max(x[i]))
        x[i] = row / np.sum(row)


def perceptron(x, w1, b1, w2, b2):
    hidden = np.maximum(x @ w1 + b1, 0.0)
    scores = hidden @ w2 + b2
    for i in range(scores.shape[0]):
        scores[i] = np.exp(scores[i] - np.max(scores[i]))
        scores[i] /= np.sum(scores[i])
    return scores


def conjugate_gradients(a, b, steps):
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    square = r @ r
    for _ in range(steps):
        product = a @ p
        alpha = square / (p @ product)
        x = x + alpha * p
        r = r - alpha * product
        new = r @ r
        p = r + (new / square) * p
        square = new
    return x


def lorenz(state, steps, dt):
    path = np.empty((steps, 3))
    for i in range(steps):
        x, y, z = state
        change = np.array([10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z])
        state = state + dt * change
        path[i] = state
    return path


def scaled_sums(a, b, steps):
    for _ in range(steps):
        a += b * 0.5
        a *= 0.99


def spd(generator, n):
    a = generator.random((n, n))
    return a @ a.T + n * np.eye(n)


def sparse(generator, n, width):
    rows = np.arange(0, n * width + 1, width)
    columns = np.sort(generator.integers(0, n, (n, width)), axis=1).ravel()
    return rows, columns, generator.random(n * width), generator.random(n)


def programs(g):
    """Each program with a maker of its arguments."""

    def square(*sizes):
        return tuple(g.random(size) for size in sizes)

    letters = g.integers(0, 4, 600), g.integers(0, 4, 600)
    return {
        gemm: lambda: (1.5, 1.2, *square((300, 320), (300, 280), (280, 320))),
        gemm_loops: lambda: (1.5, 1.2, *square((200, 220), (200, 180), (180, 220))),
        two_mm: lambda: (1.5, 1.2, *square((200, 220), (220, 180), (180, 210), (200, 210))),
        three_mm: lambda: square((200, 220), (220, 180), (180, 210), (210, 190)),
        syrk: lambda: (1.5, 1.2, *square((200, 200), (200, 160))),
        syr2k: lambda: (1.5, 1.2, *square((160, 160), (160, 130), (160, 130))),
        rank_updates: lambda: (np.zeros((150, 150)), g.random((300, 150))),
        trmm: lambda: (1.5, *square((120, 120), (120, 140))),
        symm: lambda: (1.5, 1.2, *square((100, 120), (100, 100), (100, 120))),
        doitgen: lambda: square((40, 50, 60), (60, 60)),
        small_products: lambda: square((20000, 4, 4), (20000, 4, 4), (20000, 4, 4)),
        atax: lambda: square((900, 1000), 1000),
        bicg: lambda: square((1000, 900), 900, 1000),
        mvt: lambda: square(900, 900, 900, 900, (900, 900)),
        gesummv: lambda: (1.5, 1.2, *square((700, 700), (700, 700), 700)),
        gemver: lambda: (1.5, 1.2, *square((600, 600), 600, 600, 600, 600, 600, 600, 600, 600)),
        gram_schmidt: lambda: square((180, 150)),
        lu: lambda: (spd(g, 160),),
        lu_rows: lambda: (spd(g, 200),),
        cholesky: lambda: (spd(g, 200),),
        trisolv: lambda: (np.tril(g.random((1000, 1000))) + np.eye(1000), *square(1000, 1000)),
        durbin: lambda: (g.random(1500) / 1500,),
        floyd_warshall: lambda: (g.integers(1, 1000, (160, 160)),),
        floyd_warshall_loops: lambda: (g.random((160, 160)),),
        needleman_wunsch: lambda: (*letters, 2),
        smith_waterman: lambda: (*letters, 2),
        jacobi_1d: lambda: (400, *square(4000, 4000)),
        jacobi_2d: lambda: (40, *square((200, 200), (200, 200))),
        seidel_2d: lambda: (10, g.random((160, 160))),
        heat_3d: lambda: (10, *square((40, 40, 40), (40, 40, 40))),
        fdtd_2d: lambda: square((200, 220), (200, 220), (200, 220), 30),
        adi: lambda: (10, 120, g.random((120, 120))),
        conv2d: lambda: square((260, 260), (5, 5), (256, 256)),
        conv2d_patches: lambda: square((132, 132), (5, 5), (128, 128)),
        heat_rebound: lambda: (2000, g.random(1000)),
        covariance: lambda: (g.random((260, 200)),),
        covariance_product: lambda: (g.random((100, 1000)),),
        correlation: lambda: (g.random((260, 200)),),
        histogram: lambda: (g.random(200_000), 50),
        histogram_loops: lambda: (g.random(200_000), np.zeros(50, np.int64)),
        extremes: lambda: (g.random(400_000),),
        k_means: lambda: (*square((20_000, 8), (6, 8)), 3),
        k_means_arrays: lambda: (*square((5_000, 8), (6, 8)), 2),
        spmv: lambda: sparse(g, 5000, 20),
        n_body: lambda: (*square((200, 3), (200, 3), 200), 5, 0.001),
        n_body_rows: lambda: (*square((200, 3), (200, 3), 200), 5, 0.001),
        mandelbrot: lambda: (200, 200, 100),
        softmax: lambda: (g.random((400, 300)),),
        perceptron: lambda: square((200, 150), (150, 120), 120, (120, 10), 10),
        conjugate_gradients: lambda: (spd(g, 150), g.random(150), 60),
        lorenz: lambda: (np.array([1.0, 1.0, 1.0]), 5000, 0.01),
        scaled_sums: lambda: (*square(1000, 1000), 2000),
    }


# With threads: `prange` is each library's own


def prange(*bounds):
    raise NotImplementedError("stands for that of the library that compiles the function")


def fdtd_2d_threads(ex, ey, hz, source):
    n = hz.shape[0]
    for t in range(source.size):
        ey[0, :] = source[t]
        for i in prange(1, n):
            ey[i] -= 0.5 * (hz[i] - hz[i - 1])
        for i in prange(n):
            ex[i, 1:] -= 0.5 * (hz[i, 1:] - hz[i, :-1])
        for i in prange(n - 1):
            hz[i, :-1] -= 0.7 * (ex[i, 1:] - ex[i, :-1] + ey[i + 1, :-1] - ey[i, :-1])


def row_products(a, b, out):
    for i in prange(a.shape[0]):
        out[i] = a[i] @ b


def row_norms(a, out):
    for i in prange(a.shape[0]):
        scaled = a[i] * 2.0 + 1.0
        out[i] = np.sqrt(np.sum(scaled * scaled))


def threaded_programs(g):
    def square(*sizes):
        return tuple(g.random(size) for size in sizes)

    return {
        fdtd_2d_threads: lambda: square((300, 320), (300, 320), (300, 320), 30),
        row_products: lambda: square((2000, 200), (200, 60), (2000, 60)),
        row_norms: lambda: square((20000, 50), 20000),
    }


def compiled(library, function, has_threads):
    names = {**function.__globals__, "prange": library.prange}
    own = types.FunctionType(function.__code__, names, function.__name__)
    return library.njit(parallel=True)(own) if has_threads else library.njit(own)


def copies(arguments):
    return [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]


def flat(result):
    if isinstance(result, tuple):
        return [np.asarray(item) for item in result]
    return [] if result is None else [np.asarray(result)]


class Pair:
    """One program compiled by both."""

    def __init__(self, name, functions, arguments):
        self.name, self.functions, self.arguments = name, functions, arguments
        given = [copies(arguments), copies(arguments)]
        results = [flat(call(*own)) for call, own in zip(functions, given, strict=True)]
        for theirs, ours in zip(
            [*given[0], *results[0]], [*given[1], *results[1]], strict=True
        ):  # fmt: skip
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-11, err_msg=name)

    def least(self, rounds):
        """The least time of each, numba's first."""
        least = [math.inf, math.inf]
        for _ in range(rounds):
            for which, call in enumerate(self.functions):
                own = copies(self.arguments)
                start = time.perf_counter()
                call(*own)
                least[which] = min(least[which], time.perf_counter() - start)
        return least


def table(pairs, rounds):
    rows = []
    for make in pairs:
        try:
            pair = make()
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            continue
        theirs, ours = pair.least(rounds)
        rows.append((theirs / ours, pair.name, theirs, ours))
    print(f"{'':24} {'numba':>11} {'Martlet':>11} {'ratio':>7}")
    for ratio, name, theirs, ours in sorted(rows):
        print(f"{name:24} {1e6 * theirs:9.0f}us {1e6 * ours:9.0f}us {ratio:7.2f}")
    mean = math.exp(sum(math.log(row[0]) for row in rows) / len(rows))
    print(f"{'geometric mean':24} {len(rows):9} programs {'':6}{mean:7.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="the programs to run, instead of all")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is timed")
    parser.add_argument("--parallel", action="store_true", help="the programs with prange")
    chosen = parser.parse_args()
    try:
        import numba
    except ImportError:
        sys.exit("numba is not installed, and every row compares with it: pip install numba scipy")
    import martlet

    generator = np.random.default_rng(0)
    found = threaded_programs(generator) if chosen.parallel else programs(generator)
    pairs = []
    for function, arguments in found.items():
        name = function.__name__
        if not chosen.names or name in chosen.names:
            functions = [compiled(it, function, chosen.parallel) for it in (numba, martlet)]
            pairs.append(lambda n=name, f=functions, a=arguments: Pair(n, f, a()))
    table(pairs, chosen.rounds)


if __name__ == "__main__":
    main()
