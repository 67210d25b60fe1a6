"""Boolean masks, integer arrays as indices, and writing through them."""

import numpy as np

a = np.arange(20).reshape(4, 5)
print(a[a % 3 == 0], a[[0, 2]], a[[0, 1, 2], [4, 3, 2]], a[:, [1, -1]], a[a[:, 0] > 4], sep="\n")
b = a.copy()
b[b > 15] = -1
b[1] += 100
b[:, 0] *= 2
b[[0, 0, 3], [1, 1, 1]] += 1
print(b, a[np.ix_([0, 2], [1, 3])], a[..., -1], a[1:3, ::-2], sep="\n")
np.add.at(b, ([0, 0], [1, 1]), 1000)
print(b[0], np.put(b, [0, 6], [7, 8]), b.ravel()[:8], np.take(a, [1, 3], axis=1))
mask = np.zeros((4, 5), dtype=bool)
mask[1:3, 1:4] = True
print(mask, a[mask], (~mask).sum(), np.where(mask, a, 0), np.count_nonzero(mask), sep="\n")
v = a[1:3]
v[:] = 0
print(
    a, v.base is not None, np.shares_memory(a, v), a.flags["C_CONTIGUOUS"], a.T.flags.f_contiguous
)
for bad in ("a[10]", "a[0, 9]", "a[[7]]", "a[1, 2, 3]", "a['x']", "a[1.5]", "a[np.ones(3, bool)]"):
    try:
        print(eval(bad))
    except (IndexError, TypeError) as error:
        print(type(error).__name__, error)
c = np.arange(6.0)
c[c > 2] = np.sqrt(c[c > 2])
c[[0, 1]] = c[[1, 0]]
print(
    c.round(4),
    np.compress([1, 0, 1], c),
    np.extract(c > 1, c),
    np.choose([0, 1, 0], [[1, 2, 3], [4, 5, 6]]),
)
print(np.delete(a, 1, axis=0), np.insert([1, 2, 3], 1, 9), np.append([1], [2, 3]), a.take([0, -1]))
row = iter(a)
print(
    next(row), [int(x) for x in a.flat][:6], list(np.ndindex(2, 2)), list(np.ndenumerate(a[:1, :2]))
)
