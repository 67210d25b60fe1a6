"""k-means, principal components, nearest neighbours and a two-layer network, in plain NumPy."""

import numpy as np

rng = np.random.default_rng(12)
centres = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
points = np.concatenate([c + rng.normal(size=(50, 2)) for c in centres])
means = points[[0, 60, 120]].copy()
for _ in range(10):
    distance = ((points[:, None] - means) ** 2).sum(axis=2)
    labels = distance.argmin(axis=1)
    means = np.array([points[labels == k].mean(axis=0) for k in range(3)])
print(np.bincount(labels), means.round(5))

centred = points - points.mean(axis=0)
values, vectors = np.linalg.eigh(np.cov(centred.T))
print(values[::-1].round(5), np.abs(vectors[:, -1]).round(5))
near = np.argsort(np.linalg.norm(points - points[7], axis=1), kind="stable")[:5]
print(near, labels[near])

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
W1, b1 = rng.normal(size=(2, 8)), np.zeros(8)
W2, b2 = rng.normal(size=(8, 1)), np.zeros(1)
for _ in range(3000):
    hidden = np.tanh(X @ W1 + b1)
    out = 1 / (1 + np.exp(-(hidden @ W2 + b2)))
    slope = (out - y) / 4
    back = slope @ W2.T * (1 - hidden**2)
    W2 -= hidden.T @ slope
    b2 -= slope.sum(0)
    W1 -= X.T @ back
    b1 -= back.sum(0)
print((out > 0.5).astype(int).ravel(), out.ravel().round(2))
