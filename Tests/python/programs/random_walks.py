"""Random walks by cumulative sums, and the reproducible streams of numpy.random."""

import numpy as np

rng = np.random.default_rng(42)
steps = rng.choice([-1, 1], size=(5, 1000))
walks = steps.cumsum(axis=1)
print(walks[:, -1], walks.max(axis=1), walks.min(axis=1))
crossed = np.abs(walks) >= 10
print("first passage", [int(c.argmax()) if c.any() else -1 for c in crossed])
print("returns to 0", (walks == 0).sum(axis=1))
plane = np.cumsum(rng.standard_normal((1000, 2)), axis=0)
distance = np.sqrt((plane**2).sum(axis=1))
print("2-d", plane[-1].round(6), distance.max().round(6), distance.argmax())
np.random.seed(3)
print(np.random.rand(3), np.random.randint(0, 10, 5), np.random.permutation(6))
state = np.random.RandomState(5)
print(state.uniform(-1, 1, (2, 2)), state.choice(["a", "b", "c"], 4))
deck = np.arange(10)
rng.shuffle(deck)
print("shuffled", deck, "sorted", np.sort(deck), rng.integers(0, 5, 6), rng.random())
inside = (rng.random((10_000, 2)) ** 2).sum(1) < 1
print("pi", 4 * inside.mean())
print("poisson", rng.poisson(3, 8), "normal", rng.normal(0, [1, 10, 100]).round(3))
