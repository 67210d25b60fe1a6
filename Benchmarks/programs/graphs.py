"""Sparse matrices, graphs and sequences."""

import numpy as np
from program import Program, uniform


def sparse_product(starts, columns, values, x):
    """A matrix in compressed rows times a vector: a gather and a product for each row."""
    y = np.zeros(starts.shape[0] - 1)
    for i in range(starts.shape[0] - 1):
        row = slice(starts[i], starts[i + 1])
        y[i] = values[row] @ x[columns[row]]
    return y


def pagerank(sources, targets, count, steps):
    """Ranks of pages, by what every link carries in a step."""
    degree = np.bincount(sources, minlength=count)
    rank = np.full(count, 1.0 / count)
    for _ in range(steps):
        share = np.where(degree > 0, rank / np.maximum(degree, 1), 0.0)
        lost = rank[degree == 0].sum()
        carried = np.bincount(targets, weights=share[sources], minlength=count)
        rank = 0.15 / count + 0.85 * (carried + lost / count)
    return rank


def floyd_warshall(distance):
    """All shortest paths: each vertex in turn may be passed through."""
    d = distance.copy()
    for k in range(d.shape[0]):
        d = np.minimum(d, d[:, k, None] + d[k])
    return d


def smith_waterman(first, second):
    """The best local alignment of two sequences, all cells of an anti-diagonal at once."""
    m, n = first.shape[0], second.shape[0]
    before = np.zeros(m + 1, dtype=np.int64)
    last = np.zeros(m + 1, dtype=np.int64)
    reverse = second[::-1]
    best = 0
    for d in range(2, m + n + 1):
        low, high = max(1, d - n), min(m, d - 1)
        now = np.zeros(m + 1, dtype=np.int64)
        # Cell (i, d - i) compares first[i - 1] with second[d - i - 1].
        same = first[low - 1 : high] == reverse[n - d + low : n - d + high + 1]
        diagonal = before[low - 1 : high] + np.where(same, 3, -3)
        gap = np.maximum(last[low - 1 : high], last[low : high + 1]) - 2
        now[low : high + 1] = np.maximum(np.maximum(diagonal, gap), 0)
        best = max(best, int(now.max()))
        before, last = last, now
    return best


def label_components(sources, targets, count):
    """Connected components: the least label travels along the edges until nothing changes."""
    label = np.arange(count)
    while True:
        least = label.copy()
        np.minimum.at(least, sources, label[targets])
        np.minimum.at(least, targets, label[sources])
        least = least[least]
        if np.array_equal(least, label):
            return label
        label = least


def sparse_inputs(n):
    generator = np.random.default_rng(1)
    starts = np.concatenate(([0], np.cumsum(generator.integers(5, 60, n))))
    return {
        "starts": starts,
        "columns": generator.integers(0, n, int(starts[-1])),
        "values": generator.random(int(starts[-1])),
        "x": generator.random(n),
    }


def links(n):
    generator = np.random.default_rng(2)
    return {
        "sources": generator.integers(0, n, 8 * n),
        "targets": (n * generator.random(8 * n) ** 2).astype(np.int64),
        "count": n,
    }


def few_edges(n):
    generator = np.random.default_rng(3)
    return {
        "sources": generator.integers(0, n, n),
        "targets": generator.integers(0, n, n),
        "count": n,
    }


def letters(n):
    generator = np.random.default_rng(4)
    return {"first": generator.integers(0, 4, n), "second": generator.integers(0, 4, n + n // 3)}


PROGRAMS = [
    Program(sparse_product, sparse_inputs, (700, 20_000, 600_000), exact=False),
    Program(
        pagerank,
        lambda n: {**links(n), "steps": 10},
        (3000, 100_000, 1_500_000),
        exact=False,
    ),
    Program(
        floyd_warshall,
        lambda n: {"distance": uniform((n, n), low=1.0, high=100.0)},
        (90, 350, 900),
        exact=True,
    ),
    Program(smith_waterman, letters, (70, 1300, 11_000), exact=True),
    Program(label_components, few_edges, (8000, 200_000, 2_000_000), exact=True),
]
