"""Sorting, searching, ranking and sets."""

import numpy as np

rng = np.random.default_rng(11)
values = rng.integers(0, 50, 12)
order = np.argsort(values, kind="stable")
print(values, order, values[order], np.sort(values)[::-1])
ranks = np.empty_like(order)
ranks[order] = np.arange(len(order))
print("ranks", ranks, "searchsorted", np.searchsorted(np.sort(values), [0, 10, 25, 100]))
print("top", np.argpartition(values, -3)[-3:].size, np.partition(values, 2)[2])
m = rng.integers(0, 9, (3, 4))
print(m, np.sort(m, axis=0), np.sort(m, axis=None), m.argsort(axis=1, kind="stable"), sep="\n")
names = np.array(["eve", "bob", "alice", "dan"])
ages = np.array([30, 25, 30, 25])
print(names[np.lexsort((names, ages))], np.sort(names), names[ages.argmax()])
print(np.unique(values % 5, return_counts=True), np.unique([3, 1, 2, 3, 1]))
print(np.intersect1d([1, 2, 3], [2, 3, 4]), np.union1d([1], [2, 1]), np.setdiff1d([1, 2], [2]))
print(np.isin([1, 5, 9], [5, 9, 2]), np.flip(values), np.nonzero(m > 5), np.argwhere(m == m.max()))
values.sort()
print(values, np.diff(values), np.digitize([5, 15, 45], [10, 20, 40]))
print(np.sort(np.array([3.5, np.nan, -1, np.inf])), np.array([2, 1]).argsort(), max(values))
print(np.sort(np.array([True, False, True])), np.sort([2 + 1j, 1 + 5j, 1 + 2j]))
