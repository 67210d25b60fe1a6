"""Flows: finite differences of the Navier-Stokes equations, and a lattice gas."""

import numpy as np
from program import Program, uniform


def burgers(speed, steps):
    """The viscous Burgers equation in two dimensions, upwind in space."""
    u, v = speed.copy(), speed.copy()
    dt, h, viscosity = 1e-3, 0.02, 0.01
    for _ in range(steps):
        un, vn = u.copy(), v.copy()
        for target, old in ((u, un), (v, vn)):
            target[1:-1, 1:-1] = (
                old[1:-1, 1:-1]
                - dt / h * un[1:-1, 1:-1] * (old[1:-1, 1:-1] - old[1:-1, :-2])
                - dt / h * vn[1:-1, 1:-1] * (old[1:-1, 1:-1] - old[:-2, 1:-1])
                + viscosity * dt / h**2 * (old[1:-1, 2:] - 2 * old[1:-1, 1:-1] + old[1:-1, :-2])
                + viscosity * dt / h**2 * (old[2:, 1:-1] - 2 * old[1:-1, 1:-1] + old[:-2, 1:-1])
            )
            target[0, :] = target[-1, :] = 1.0
            target[:, 0] = target[:, -1] = 1.0
    return u, v


def cavity(n, steps, sweeps):
    """A lid drags the fluid of a square box: velocity by steps, pressure by sweeps in each."""
    u, v, p = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    h, dt, density, viscosity = 2.0 / (n - 1), 1e-4, 1.0, 0.1
    source = np.zeros((n, n))
    for _ in range(steps):
        du = (u[1:-1, 2:] - u[1:-1, :-2]) / (2 * h)
        dv = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * h)
        cross = (u[2:, 1:-1] - u[:-2, 1:-1]) * (v[1:-1, 2:] - v[1:-1, :-2]) / (4 * h * h)
        source[1:-1, 1:-1] = density * ((du + dv) / dt - du**2 - 2 * cross - dv**2)
        for _ in range(sweeps):
            p[1:-1, 1:-1] = 0.25 * (
                p[1:-1, 2:] + p[1:-1, :-2] + p[2:, 1:-1] + p[:-2, 1:-1] - h * h * source[1:-1, 1:-1]
            )
            p[:, -1] = p[:, -2]
            p[0, :] = p[1, :]
            p[:, 0] = p[:, 1]
            p[-1, :] = 0.0
        un, vn = u.copy(), v.copy()
        uc, vc = un[1:-1, 1:-1], vn[1:-1, 1:-1]
        u[1:-1, 1:-1] = (
            uc
            - dt / h * (uc * (uc - un[1:-1, :-2]) + vc * (uc - un[:-2, 1:-1]))
            - dt / (2 * density * h) * (p[1:-1, 2:] - p[1:-1, :-2])
            + viscosity
            * dt
            / h**2
            * (un[1:-1, 2:] + un[1:-1, :-2] + un[2:, 1:-1] + un[:-2, 1:-1] - 4 * uc)
        )
        v[1:-1, 1:-1] = (
            vc
            - dt / h * (uc * (vc - vn[1:-1, :-2]) + vc * (vc - vn[:-2, 1:-1]))
            - dt / (2 * density * h) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + viscosity
            * dt
            / h**2
            * (vn[1:-1, 2:] + vn[1:-1, :-2] + vn[2:, 1:-1] + vn[:-2, 1:-1] - 4 * vc)
        )
        u[0, :] = u[:, 0] = u[:, -1] = 0.0
        v[0, :] = v[-1, :] = v[:, 0] = v[:, -1] = 0.0
        u[-1, :] = 1.0
    return u, v, p


def channel(n, steps):
    """A constant force drives a periodic flow between two plates, whose borders are rolled."""
    u, v = np.zeros((n, 2 * n)), np.zeros((n, 2 * n))
    v[1:-1] = 1e-3 * np.sin(np.linspace(0.0, 2 * np.pi, 2 * n, endpoint=False))
    h, dt, viscosity, force = 0.05, 1e-3, 0.1, 1.0
    for _ in range(steps):
        west_u, east_u = np.roll(u, 1, axis=1), np.roll(u, -1, axis=1)
        west_v, east_v = np.roll(v, 1, axis=1), np.roll(v, -1, axis=1)
        un = u[1:-1] - dt / h * (u[1:-1] * (u[1:-1] - west_u[1:-1]) + v[1:-1] * (u[1:-1] - u[:-2]))
        un += viscosity * dt / h**2 * (east_u[1:-1] + west_u[1:-1] + u[2:] + u[:-2] - 4.0 * u[1:-1])
        vn = v[1:-1] - dt / h * (u[1:-1] * (v[1:-1] - west_v[1:-1]) + v[1:-1] * (v[1:-1] - v[:-2]))
        vn += viscosity * dt / h**2 * (east_v[1:-1] + west_v[1:-1] + v[2:] + v[:-2] - 4.0 * v[1:-1])
        u[1:-1] = un + force * dt
        v[1:-1] = vn
    return u, v


def lattice_boltzmann(n, steps):
    """D2Q9 with single relaxation on a torus: a shear layer rolls up."""
    cx = np.array([0, 1, 0, -1, 0, 1, -1, -1, 1])
    cy = np.array([0, 0, 1, 0, -1, 1, 1, -1, -1])
    weights = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)
    y = np.arange(n) / n
    ux = 0.05 * np.tanh(20.0 * (0.25 - np.abs(y - 0.5)))[:, None] * np.ones(n)
    uy = 0.002 * np.sin(2 * np.pi * y) * np.ones((n, 1))
    density = np.ones((n, n))
    f = np.empty((9, n, n))
    equilibrium = np.empty((9, n, n))
    for step in range(steps + 1):
        square = 1.5 * (ux**2 + uy**2)
        for k in range(9):
            along = 3.0 * (cx[k] * ux + cy[k] * uy)
            equilibrium[k] = weights[k] * density * (1.0 + along + 0.5 * along**2 - square)
        if step == 0:
            f[:] = equilibrium
        f -= (f - equilibrium) / 0.6
        for k in range(9):
            f[k] = np.roll(np.roll(f[k], cx[k], axis=1), cy[k], axis=0)
        density = f.sum(axis=0)
        ux = (f * cx[:, None, None]).sum(axis=0) / density
        uy = (f * cy[:, None, None]).sum(axis=0) / density
    return density, ux, uy


PROGRAMS = [
    Program(
        burgers,
        lambda n: {"speed": uniform((n, n), low=1.0, high=2.0), "steps": 10},
        (65, 400, 1500),
        exact=False,
    ),
    Program(cavity, lambda n: {"n": n, "steps": 2, "sweeps": 25}, (50, 400, 1500), exact=False),
    Program(channel, lambda n: {"n": n, "steps": 8}, (45, 400, 1500), exact=False),
    Program(lattice_boltzmann, lambda n: {"n": n, "steps": 4}, (24, 280, 1200), exact=False),
]
