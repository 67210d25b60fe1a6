"""Kernels that users write: `jit`, `vectorize`, `guvectorize`, `stencil`, and those of `cuda`.

A decorator keeps the function's source, which `_source` translates to the text that the extension
reads, with every outside name looked up. Types, errors and code are made there.
"""

from martlet import _ndarray

# Functions give Martlet's arrays to programs that never import `martlet.numpy`, which completes
# the type else: without this they had no `flags`, and could not be pickled.
_ndarray.complete()
