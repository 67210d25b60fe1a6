"""Learning from tables of data."""

import numpy as np
from program import Program, uniform


def k_means(points, clusters, steps):
    """Lloyd's algorithm: all distances by broadcasting, means by masks."""
    centres = points[:clusters]
    for _ in range(steps):
        distances = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        centres = np.stack([points[labels == k].mean(axis=0) for k in range(clusters)])
    return centres


def principal_components(data, wanted):
    """The leading components of centred data, by power iteration with deflation."""
    centred = data - data.mean(axis=0)
    centred /= centred.std(axis=0)
    covariance = centred.T @ centred / (data.shape[0] - 1)
    found = []
    for _ in range(wanted):
        v = np.ones(data.shape[1])
        for _ in range(30):
            v = covariance @ v
            v /= np.sqrt(v @ v)
        value = v @ covariance @ v
        covariance = covariance - value * np.outer(v, v)
        found.append(value)
    return np.array(found)


def logistic_regression(x, y, steps):
    """Gradient descent on the likelihood."""
    weights = np.zeros(x.shape[1])
    bias = 0.0
    for _ in range(steps):
        probability = 1.0 / (1.0 + np.exp(-(x @ weights + bias)))
        error = probability - y
        weights -= 0.5 * (x.T @ error) / x.shape[0]
        bias -= 0.5 * error.mean()
    loss = -np.mean(y * np.log(probability) + (1.0 - y) * np.log(1.0 - probability))
    return weights, bias, loss


def nearest_neighbours(known, labels, asked):
    """The class of most of the five nearest, for one point at a time."""
    answers = np.zeros(asked.shape[0], dtype=np.int64)
    for i in range(asked.shape[0]):
        distance = np.sqrt(((known - asked[i]) ** 2).sum(axis=1))
        nearest = np.argsort(distance)[:5]
        answers[i] = np.argmax(np.bincount(labels[nearest], minlength=4))
    return answers


def clustered(n):
    generator = np.random.default_rng(2)
    return generator.normal(size=(n, 8)) + 3.0 * generator.integers(0, 3, (n, 1))


def neighbours_inputs(n):
    generator = np.random.default_rng(3)
    return {
        "known": generator.random((10 * n, 4)),
        "labels": generator.integers(0, 4, 10 * n),
        "asked": generator.random((n, 4)),
    }


PROGRAMS = [
    Program(
        k_means,
        lambda n: {"points": clustered(n), "clusters": 6, "steps": 5},
        (500, 15_000, 350_000),
        exact=False,
    ),
    Program(
        principal_components,
        lambda n: {"data": clustered(n) @ uniform((8, 40)), "wanted": 3},
        (900, 30_000, 200_000),
        exact=False,
    ),
    Program(
        logistic_regression,
        lambda n: {
            "x": clustered(n) / 5.0,
            "y": np.random.default_rng(4).integers(0, 2, n).astype(float),
            "steps": 30,
        },
        (1500, 70_000, 1_500_000),
        exact=False,
    ),
    Program(nearest_neighbours, neighbours_inputs, (50, 240, 1200), exact=False),
]
