"""Steps towards a smaller loss: plain functions from weights and gradients to new ones.

Weights are arrays or tuples, lists and dictionaries of them, as `martlet.grad` takes them. A method
is a pair of functions: `start(weights)` gives its state, `step(weights, gradient, state)` the new
weights and state. Nothing is changed in place.
"""

from typing import NamedTuple

import martlet.numpy as np
from martlet._gradients import _leaves, _rebuild

__all__ = ["Method", "adam", "momentum", "rmsprop", "sgd"]


class Method(NamedTuple):
    """A way of descending."""

    start: object
    step: object


def sgd(rate=0.01):
    """Gradient descent: `w - rate * g`."""
    return _method(0, lambda w, g, count: (w - rate * g,))


def momentum(rate=0.01, mass=0.9):
    """Gradient descent with momentum (Polyak 1964): the velocity is `mass * v - rate * g`."""

    def step(w, g, count, velocity):
        velocity = mass * velocity - rate * g
        return w + velocity, velocity

    return _method(1, step)


def rmsprop(rate=0.001, decay=0.9, epsilon=1e-8):
    """Steps over the root of the mean of squared gradients (Tieleman and Hinton 2012)."""

    def step(w, g, count, squares):
        squares = decay * squares + (1 - decay) * g * g
        return w - rate * g / (np.sqrt(squares) + epsilon), squares

    return _method(1, step)


def adam(rate=0.001, first=0.9, second=0.999, epsilon=1e-8):
    """Adam (Kingma and Ba 2015), with the means corrected for their start at 0."""

    def step(w, g, count, mean, squares):
        mean = first * mean + (1 - first) * g
        squares = second * squares + (1 - second) * g * g
        root = np.sqrt(squares / (1 - second**count)) + epsilon
        return w - rate * (mean / (1 - first**count)) / root, mean, squares

    return _method(2, step)


def _method(kept, rule):
    """A method that keeps so many arrays for each weight."""

    def start(weights):
        zeros = [[np.zeros_like(np.asarray(w, dtype=float)) for w in _leaves(weights)]]
        return 0, zeros * kept

    def step(weights, gradient, state):
        count, arrays = state
        leaves, slopes = _leaves(weights), _leaves(gradient)
        if len(leaves) != len(slopes):
            raise ValueError(f"there are {len(leaves)} weights and {len(slopes)} gradients")
        moved = [
            rule(w, g, count + 1, *own) for w, g, *own in zip(leaves, slopes, *arrays, strict=True)
        ]
        columns = [list(column) for column in zip(*moved, strict=True)]
        return _rebuild(weights, iter(columns[0])), (count + 1, columns[1:])

    return Method(start, step)
