"""Puzzles of broadcasting: outer products, distances, one-hot, time tables, errors."""

import numpy as np

a = np.arange(4)
print(a[:, None] + a, (a[:, np.newaxis] == a).astype(int), sep="\n")
points = np.array([[0, 0], [3, 4], [6, 8], [-1, 1]], dtype=float)
d = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(-1))
print(d.round(3))
print(np.eye(5, dtype=int)[[0, 2, 4, 2]])
table = np.multiply.outer(np.arange(1, 6), np.arange(1, 6))
print(table, table.trace(), np.diag(table), np.triu(table, 1).sum())
x = np.ones((3, 1, 5)) * np.arange(4).reshape(1, 4, 1)
print(x.shape, x.sum(), x[1, 2], np.broadcast_shapes((3, 1), (1, 4), (4,)))
print(np.broadcast_to(a, (2, 4)), [b.shape for b in np.broadcast_arrays(a, a[:, None])])
try:
    np.ones((3, 4)) + np.ones((2, 4))
except ValueError as error:
    print("ValueError", error)
gx, gy = np.meshgrid(np.linspace(-1, 1, 3), np.linspace(0, 1, 2))
print(gx, gy, (gx**2 + gy).max(axis=0), sep="\n")
i, j = np.ogrid[:3, :4]
print((i * 10 + j) % 7, np.indices((2, 2)).tolist())
scores = np.array([[3.0, 1.0], [2.0, 8.0], [9.0, 4.0]])
print(scores - scores.mean(axis=0), scores / scores.sum(axis=1, keepdims=True))
e = np.exp(scores - scores.max(axis=1, keepdims=True))
print((e / e.sum(axis=1, keepdims=True)).round(8))
print(np.where(scores > 3, scores, -1), np.select([scores < 2, scores < 5], ["low", "mid"], "high"))
print(np.add.reduce(table, axis=1), np.maximum.accumulate([3, 1, 4, 1, 5]))
