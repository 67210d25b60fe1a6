"""einsum, tensordot and other contractions."""

import numpy as np

a = np.arange(6.0).reshape(2, 3)
b = np.arange(12.0).reshape(3, 4)
c = np.arange(24.0).reshape(2, 3, 4)
print(np.einsum("ij,jk->ik", a, b), np.einsum("ij->ji", a), np.einsum("ij->", a), sep="\n")
print(np.einsum("ijk,ij->k", c, a), np.einsum("ii", np.eye(3)), np.einsum("...k->...", c))
print(np.tensordot(a, b, axes=1), np.tensordot(c, c, axes=([0, 1], [0, 1])).shape)
print(np.einsum("bij,bjk->bik", c, c.transpose(0, 2, 1)).sum(), np.inner(a, a))
batch = np.random.default_rng(0).normal(size=(8, 5))
print(
    np.einsum("ni,nj->ij", batch, batch).round(6)[:2], np.einsum("ni,ni->n", batch, batch).round(6)
)
print(np.tensordot(batch, batch, axes=((0,), (0,))).trace().round(6), np.vecdot(a, a))
