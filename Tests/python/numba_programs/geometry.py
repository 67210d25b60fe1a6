"""Roots, areas, and small vectors as tuples."""

import math

import numpy as np
from martlet import njit


@njit
def newton(x0, tol=1e-12, maxiter=50):
    x = x0
    for i in range(maxiter):
        fx = x**3 - 2 * x - 5
        dfx = 3 * x**2 - 2
        step = fx / dfx
        x -= step
        if abs(step) < tol:
            return x, i, True
    return x, maxiter, False


@njit
def bisect(lo, hi):
    flo = math.cos(lo) - lo
    while hi - lo > 1e-12:
        mid = 0.5 * (lo + hi)
        f = math.cos(mid) - mid
        if f == 0:
            return mid
        elif (f > 0) == (flo > 0):
            lo = mid
        else:
            hi = mid
    return 0.5 * (lo + hi)


@njit
def polygon_area(poly):
    area = 0.0
    n = poly.shape[0]
    for i in range(n):
        j = (i + 1) % n
        area += poly[i, 0] * poly[j, 1] - poly[j, 0] * poly[i, 1]
    return abs(area) / 2


@njit
def cross3(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@njit
def dot3(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit
def triple_products(p):
    total = 0.0
    for i in range(p.shape[0] - 2):
        a = (p[i, 0], p[i, 1], p[i, 2])
        b = (p[i + 1, 0], p[i + 1, 1], p[i + 1, 2])
        total += dot3(a, cross3(b, p[i + 2]))
    return total


@njit
def sphere_trace(ox, oy, oz, dx, dy, dz, spheres):
    tmin = 1e30
    hit = -1
    for k in range(spheres.shape[0]):
        lx = ox - spheres[k, 0]
        ly = oy - spheres[k, 1]
        lz = oz - spheres[k, 2]
        b = lx * dx + ly * dy + lz * dz
        c = lx * lx + ly * ly + lz * lz - spheres[k, 3] ** 2
        disc = b * b - c
        if disc < 0:
            continue
        t = -b - disc**0.5
        if 1e-4 < t < tmin:
            tmin = t
            hit = k
    return hit, tmin


@njit
def render(w, h, spheres):
    img = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            dx = (x - w / 2) / w
            dy = (y - h / 2) / h
            n = math.sqrt(dx * dx + dy * dy + 1)
            hit, t = sphere_trace(0.0, 0.0, -3.0, dx / n, dy / n, 1 / n, spheres)
            if hit >= 0:
                img[y, x] = 1 / t
    return img


r = np.random.default_rng(9)
x = np.sin(np.linspace(0, 20, 64)) + 0.1 * r.random(64)
pts = r.random((30, 3))
poly = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]])
spheres = np.array([[0.0, 0, 0, 1.0], [1.0, 1.0, 1.0, 0.5]])

# What a program is, its function, and what gives its arguments.
CASES = [
    ("newton", newton, lambda: (2.0,)),
    ("bisect", bisect, lambda: (0.0, 2.0)),
    ("polygon_area", polygon_area, lambda: (poly,)),
    ("triple_products_tuples", triple_products, lambda: (pts,)),
    ("render_spheres", render, lambda: (12, 8, spheres)),
]
