"""Kernels that users write: `jit`, `vectorize`, `guvectorize`, `stencil`, and those of `cuda`.

A decorator keeps the function's source, which `_source` translates to the text that the extension
reads, with every outside name looked up. Types, errors and code are made there.
"""
