"""Finds the wind that blows smoke into a picture: a fluid, written in place, is differentiated.

    python examples/fluid/fluid.py [--device cpu|opencl] [--rounds N] [--output FOLDER]

A band of smoke is carried for some steps by a wind that keeps its volume. What is looked for is
the first wind, such that the smoke ends as a ring. The simulation is array code with slices that
are written in place, and `martlet.grad` takes it as it stands. Leaves a picture of the smoke on its
way.
"""

import argparse
from pathlib import Path

import martlet
import martlet.numpy as np
from martlet import optim, value_and_grad
from PIL import Image

SIZE = 40
STEPS = 12


def without_divergence(u, v):
    """The wind, made to keep its volume: the slope of a pressure is taken off, which some rounds of
    Jacobi's method find (Stam, 1999)."""
    divergence = np.zeros_like(u)
    divergence[1:-1, 1:-1] = -0.5 * (u[1:-1, 2:] - u[1:-1, :-2] + v[2:, 1:-1] - v[:-2, 1:-1])
    pressure = np.zeros_like(u)
    for _ in range(10):
        pressure[1:-1, 1:-1] = 0.25 * (
            divergence[1:-1, 1:-1]
            + pressure[1:-1, 2:]
            + pressure[1:-1, :-2]
            + pressure[2:, 1:-1]
            + pressure[:-2, 1:-1]
        )
    u, v = u.copy(), v.copy()
    u[1:-1, 1:-1] -= 0.5 * (pressure[1:-1, 2:] - pressure[1:-1, :-2])
    v[1:-1, 1:-1] -= 0.5 * (pressure[2:, 1:-1] - pressure[:-2, 1:-1])
    for part in (u, v):  # still at the walls
        part[0] = part[-1] = 0
        part[:, 0] = part[:, -1] = 0
    return u, v


def carried(field, u, v):
    """A field after the wind has carried it: every place gets what was where its air comes from."""
    rows, columns = np.meshgrid(np.arange(float(SIZE)), np.arange(float(SIZE)), indexing="ij")
    y = np.clip(rows - v, 0, SIZE - 1.001)
    x = np.clip(columns - u, 0, SIZE - 1.001)
    top, left = np.floor(y), np.floor(x)
    below, right = y - top, x - left
    i, j = top.astype(int), left.astype(int)
    return (1 - below) * ((1 - right) * field[i, j] + right * field[i, j + 1]) + below * (
        (1 - right) * field[i + 1, j] + right * field[i + 1, j + 1]
    )


def simulated(u, v, smoke, frames=None):
    """The smoke after all steps; `frames` collects it on the way."""
    for _ in range(STEPS):
        u, v = without_divergence(u, v)
        u, v = carried(u, u, v), carried(v, u, v)
        smoke = carried(smoke, u, v)
        if frames is not None:
            frames.append(smoke)
    return smoke


def scene():
    """The smoke at first, a band; and at last, a ring."""
    rows, columns = np.meshgrid(np.arange(float(SIZE)), np.arange(float(SIZE)), indexing="ij")
    distance = np.hypot(rows - SIZE / 2, columns - SIZE / 2)
    band = np.exp(-(((rows - SIZE / 2) / 5) ** 2))
    ring = np.exp(-(((distance - SIZE / 4) / 3) ** 2))
    return band, ring * (band.sum() / ring.sum())


def search(rounds, report=print):
    """The wind that was found, and the loss of every round."""
    smoke, target = scene()

    def loss(wind):
        return np.mean((simulated(wind[0], wind[1], smoke) - target) ** 2)

    generator = np.random.default_rng(0)
    wind = 0.01 * generator.standard_normal((2, SIZE, SIZE))
    method = optim.adam(rate=0.05)
    state = method.start(wind)
    loss_and_slope = value_and_grad(loss)
    losses = []
    for number in range(rounds):
        value, slope = loss_and_slope(wind)
        wind, state = method.step(wind, slope, state)
        losses.append(float(value))
        if number % 10 == 0 or number == rounds - 1:
            report(f"round {number:3}: loss {losses[-1]:.5f}")
    return wind, losses


def draw(wind, path, scale=4):
    """The smoke on its way and the ring that it should be, side by side."""
    smoke, target = scene()
    frames = [smoke]
    simulated(wind[0], wind[1], smoke, frames)
    shown = [*frames[:: STEPS // 4], target]
    strip = np.clip(np.concatenate(shown, axis=1), 0, 1)
    pixels = (255 * (1 - np.repeat(np.repeat(strip, scale, axis=0), scale, axis=1))).astype("uint8")
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pixels.shape
    Image.frombytes("L", (width, height), pixels.tobytes()).save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--output", type=Path, default=Path("output/examples"))
    options = parser.parse_args()
    with martlet.device(options.device):
        wind, losses = search(options.rounds)
        draw(wind, options.output / "fluid.png")
    print(f"the loss fell to {losses[-1] / losses[0]:.0%}: {options.output / 'fluid.png'}")


if __name__ == "__main__":
    main()
