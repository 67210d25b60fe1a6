"""Bodies that act on each other in pairs, by broadcasting."""

import numpy as np
from program import Program, uniform


def n_body(position, velocity, mass, steps):
    """Gravity between all pairs, leapfrog, by broadcasting over (bodies, bodies, 3)."""
    dt, softening = 1e-3, 1e-2
    for _ in range(steps):
        offset = position[None, :, :] - position[:, None, :]
        squared = (offset**2).sum(axis=2) + softening**2
        weight = mass * squared**-1.5
        velocity = velocity + dt * (offset * weight[:, :, None]).sum(axis=1)
        position = position + dt * velocity
    return position


def lennard_jones(position, steps):
    """A liquid in a periodic box, forces by rows of pairs within a radius, velocity Verlet."""
    n = position.shape[0]
    side, dt = n ** (1 / 3) * 1.2, 1e-4
    x = position * side
    velocity = np.zeros_like(x)
    energy = 0.0
    for _ in range(steps):
        force = np.zeros_like(x)
        energy = 0.0
        for i in range(n - 1):
            d = x[i] - x[i + 1 :]
            d -= side * np.round(d / side)
            squared = np.maximum((d**2).sum(axis=1), 0.7)
            near = squared < 6.25
            inverse = np.where(near, 1.0 / squared, 0.0)
            sixth = inverse**3
            energy += (4.0 * sixth * (sixth - 1.0)).sum()
            pull = (24.0 * inverse * sixth * (2.0 * sixth - 1.0))[:, None] * d
            force[i] += pull.sum(axis=0)
            force[i + 1 :] -= pull
        velocity += dt * force
        x = (x + dt * velocity) % side
    return x, energy


PROGRAMS = [
    Program(
        n_body,
        lambda n: {
            "position": uniform((n, 3), low=-1.0, high=1.0, seed=1),
            "velocity": uniform((n, 3), low=-0.1, high=0.1, seed=2),
            "mass": uniform(n, low=0.5, high=1.0, seed=3),
            "steps": 5,
        },
        (65, 220, 1400),
        exact=False,
    ),
    Program(
        lennard_jones,
        lambda n: {"position": uniform((n, 3), low=0.0, high=1.0), "steps": 1},
        (50, 750, 4200),
        exact=False,
    ),
]
