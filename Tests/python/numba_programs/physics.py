"""Particles, waves and differential equations."""

import math

import numpy as np
from martlet import njit, prange

SOFTENING = 1e-3


@njit
def acceleration(px, py, pz, mass):
    n = len(px)
    ax = np.zeros(n)
    ay = np.zeros(n)
    az = np.zeros(n)
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            dx = px[j] - px[i]
            dy = py[j] - py[i]
            dz = pz[j] - pz[i]
            r2 = dx * dx + dy * dy + dz * dz + SOFTENING**2
            inv = mass[j] / (r2 * math.sqrt(r2))
            ax[i] += dx * inv
            ay[i] += dy * inv
            az[i] += dz * inv
    return ax, ay, az


@njit
def leapfrog(px, py, pz, vx, vy, vz, mass, dt, steps):
    ax, ay, az = acceleration(px, py, pz, mass)
    for _ in range(steps):
        vx += 0.5 * dt * ax
        vy += 0.5 * dt * ay
        vz += 0.5 * dt * az
        px += dt * vx
        py += dt * vy
        pz += dt * vz
        ax, ay, az = acceleration(px, py, pz, mass)
        vx += 0.5 * dt * ax
        vy += 0.5 * dt * ay
        vz += 0.5 * dt * az
    return 0.5 * np.sum(mass * (vx**2 + vy**2 + vz**2))


def bodies(n):
    r = np.random.default_rng(1)
    return tuple(r.normal(size=n) for _ in range(6)) + (r.random(n), 0.01, 5)


@njit
def lennard_jones(pos, eps=1.0, sigma=1.0, cutoff=2.5):
    n = pos.shape[0]
    energy = 0.0
    forces = np.zeros_like(pos)
    for i in range(n - 1):
        for j in range(i + 1, n):
            d = pos[i] - pos[j]
            r2 = np.dot(d, d)
            if r2 > cutoff * cutoff:
                continue
            s6 = (sigma * sigma / r2) ** 3
            energy += 4 * eps * (s6 * s6 - s6)
            f = 24 * eps * (2 * s6 * s6 - s6) / r2
            forces[i] += f * d
            forces[j] -= f * d
    return energy, forces


@njit
def heat_1d(u, alpha, dx, dt, steps):
    u = u.copy()
    for _ in range(steps):
        new = u.copy()
        for i in range(1, len(u) - 1):
            new[i] = u[i] + alpha * dt / dx**2 * (u[i + 1] - 2 * u[i] + u[i - 1])
        u = new
    return u


@njit
def wave_2d(u, u_prev, c, steps):
    for _ in range(steps):
        lap = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        nxt = np.zeros_like(u)
        nxt[1:-1, 1:-1] = 2 * u[1:-1, 1:-1] - u_prev[1:-1, 1:-1] + c * c * lap
        u_prev = u
        u = nxt
    return u


@njit(parallel=True)
def jacobi(grid, steps):
    n, m = grid.shape
    a = grid.copy()
    b = grid.copy()
    for _ in range(steps):
        for i in prange(1, n - 1):
            for j in range(1, m - 1):
                b[i, j] = 0.25 * (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1])
        a, b = b, a
    return a


@njit
def ising(spins, beta, sweeps, seed):
    n = spins.shape[0]
    state = np.uint64(seed)
    for _ in range(sweeps):
        for i in range(n):
            for j in range(n):
                s = spins[i, j]
                nb = (
                    spins[(i + 1) % n, j]
                    + spins[i - 1, j]
                    + spins[i, (j + 1) % n]
                    + spins[i, j - 1]
                )
                de = 2 * s * nb
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                u = (state >> np.uint64(11)) / 9007199254740992.0
                if de <= 0 or u < math.exp(-beta * de):
                    spins[i, j] = -s
    return spins.mean()


def spins(n):
    return np.where(np.random.default_rng(2).random((n, n)) < 0.5, -1, 1).astype(np.int8)


u2 = np.random.default_rng(3).random((12, 14))

# What a program is, its function, and what gives its arguments.
CASES = [
    ("leapfrog", leapfrog, lambda: bodies(8)),
    ("lennard_jones", lennard_jones, lambda: (np.random.default_rng(0).random((10, 3)) * 3,)),
    ("heat_1d", heat_1d, lambda: (np.sin(np.linspace(0, 3, 30)), 0.1, 0.1, 0.01, 20)),
    ("wave_2d", wave_2d, lambda: (u2.copy(), u2.copy(), 0.3, 7)),
    ("jacobi", jacobi, lambda: (u2.copy(), 9)),
    ("ising", ising, lambda: (spins(8), 0.4, 3, 42)),
]
