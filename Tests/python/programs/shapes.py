"""Reshaping, joining, splitting, and views that share memory."""

import numpy as np

a = np.arange(24)
b = a.reshape(2, 3, -1)
print(b.shape, b.T.shape, b.swapaxes(0, 1)[0], b.ravel(order="F")[:5], b.flatten().base, sep="\n")
print(np.concatenate([b, b], axis=1).shape, np.stack([a, a]).shape, np.vstack([a[:3], a[3:6]]))
print(
    np.hstack([[1, 2], [3]]), np.dstack([[1, 2], [3, 4]]), np.block([[np.eye(2), np.ones((2, 1))]])
)
print([p.tolist() for p in np.split(a, 4)], [p.size for p in np.array_split(a, 5)])
print(
    np.squeeze(a.reshape(1, 24, 1)).shape,
    np.expand_dims(a, 0).shape,
    np.atleast_2d(5),
    np.r_[1:4, 9],
)
print(
    np.repeat([1, 2], [2, 3]),
    np.tile([1, 2], 2),
    np.roll(a[:5], 2),
    np.flipud(b[0]),
    np.c_[a[:2], a[2:4]],
)
c = a[2:10].reshape(2, 4)
c[0, 0] = -5
print(a[:4], c.base is a, c.flags.owndata, a.resize, sep="\n") if False else print(
    a[:4], c.flags.owndata
)
print(np.array([[1, 2], [3, 4]], order="F").flags.f_contiguous, np.ascontiguousarray(b.T).strides)
print(np.lib.stride_tricks.sliding_window_view(a[:6], 3).sum(axis=1), np.moveaxis(b, 0, -1).shape)
print(
    a.reshape(4, 6)[1:3, 2:4].copy().strides,
    np.asarray(a) is a,
    np.array(a) is a,
    a.astype("f4").dtype,
)
d = np.empty((2, 2))
d.fill(7)
d[0] = [1, 2]
d.T[0, 1] = 9
print(d, d.size, d.ndim, d.itemsize, d.nbytes, d.any(), d.all(), d.item(0), (d == d.T).tolist())
e, f = np.divmod(a[:5], 3)
print(e, f, np.full((2,), 3.5), np.zeros_like(d, dtype=int), np.identity(2), np.tri(3, dtype=int))
print(
    np.array_equal(a, a.copy()),
    np.may_share_memory(a, c),
    np.result_type("i4", "f4"),
    np.can_cast("f8", "i4"),
)
