"""Bodies that attract each other, by two loops over all pairs."""

import math

import numpy as np

SIZES = (5, 40)


def advance(position, velocity, mass, dt, steps):
    n = len(mass)
    for _ in range(steps):
        for i in range(n):
            for j in range(i + 1, n):
                dx = position[i, 0] - position[j, 0]
                dy = position[i, 1] - position[j, 1]
                dz = position[i, 2] - position[j, 2]
                r2 = dx * dx + dy * dy + dz * dz + 0.01
                force = dt / (r2 * math.sqrt(r2))
                velocity[i, 0] -= dx * mass[j] * force
                velocity[i, 1] -= dy * mass[j] * force
                velocity[i, 2] -= dz * mass[j] * force
                velocity[j, 0] += dx * mass[i] * force
                velocity[j, 1] += dy * mass[i] * force
                velocity[j, 2] += dz * mass[i] * force
        for i in range(n):
            for k in range(3):
                position[i, k] += dt * velocity[i, k]
    return position, velocity


def prepare(size):
    k = np.arange(3 * size).reshape(size, 3)
    position = (k * 7919 % 1009) / 100
    return position, np.zeros((size, 3)), 1.0 + np.arange(size) % 3, 0.01, 50


CORES = ["advance"]


def run(size):
    return advance(*prepare(size))
