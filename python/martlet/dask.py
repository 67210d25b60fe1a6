"""Dask's collections with chunks of Martlet's arrays: from one core to a cluster.

    import dask
    import martlet.dask

    with dask.config.set({"array.backend": "martlet"}):
        x = dask.array.random.random((20_000, 20_000), chunks=2_000)
        x.mean(axis=0).compute()

The package declares the backend, so the setting alone finds it. What Dask looks up by the type of
a chunk is registered when this module is imported: do so in a program that makes its chunks itself,
and in the functions that make them on the workers. A worker that gets chunks from another process
has it from the first one.
"""

import dask.array
import numpy
from dask.array import dispatch
from dask.array.backends import ArrayBackendEntrypoint, array_creation_dispatch
from dask.array.chunk_types import register_chunk_type
from dask.array.numpy_compat import divide
from dask.array.percentile import _percentile
from dask.sizeof import sizeof
from dask.utils import Dispatch

import martlet
import martlet.numpy as np

__all__ = ["MartletBackend", "to_martlet"]

if dask.array.array_expr_enabled():
    raise ImportError(
        "Martlet's chunks do not work with Dask's array expressions: set Dask's "
        "'array.query-planning' to False before dask.array is imported"
    )

to_martlet = Dispatch("to_martlet_dispatch")


@to_martlet.register((object, numpy.ndarray))
def _to_martlet(data, **kwargs):
    return np.asarray(data, **kwargs)


def _numel(x, axis=None, keepdims=False, dtype=numpy.float64, **_):
    """How many elements of a chunk a reduction over some axes takes, for each of its results."""
    axes = range(x.ndim) if axis is None else [axis] if numpy.ndim(axis) == 0 else axis
    axes = {int(i) % x.ndim for i in axes}
    count = numpy.prod([x.shape[i] for i in axes], dtype=dtype)
    kept = [1 if i in axes else n for i, n in enumerate(x.shape) if keepdims or i not in axes]
    return np.full(kept, count, dtype)


def _nannumel(x, **kwargs):
    return (~np.isnan(x)).sum(**kwargs)


def _register():
    register_chunk_type(martlet.ndarray)
    functions = {
        dispatch.concatenate_lookup: np.concatenate,
        dispatch.take_lookup: np.take,
        dispatch.tensordot_lookup: np.tensordot,
        dispatch.einsum_lookup: np.einsum,
        dispatch.empty_lookup: np.empty,
        dispatch.divide_lookup: divide,
        # It takes part of the sorted chunk by subscripts alone.
        dispatch.percentile_lookup: lambda a, q, method="linear": _percentile(a, q, method),
        dispatch.numel_lookup: _numel,
        dispatch.nannumel_lookup: _nannumel,
        dispatch.to_numpy_dispatch: lambda data, **_: numpy.asarray(data),
    }
    for lookup, function in functions.items():
        lookup.register(martlet.ndarray, function)

    array_creation_dispatch.register_backend("martlet", MartletBackend())
    # A view that shows elements more than once holds no more than its memory.
    sizeof.register(martlet.ndarray, lambda array: max(1, min(array.nbytes, _extent(array))))


def _extent(array) -> int:
    steps = zip(array.shape, array.strides, strict=True)
    return array.itemsize + sum(abs(step) * max(size - 1, 0) for size, step in steps)


class PCG64(numpy.random.PCG64):
    """NumPy's bit generator, by whose module Dask finds the library that draws from it."""


def _with_chunks(collection, **kwargs):
    meta = np.empty((0,) * collection.ndim, collection.dtype)
    return collection.map_blocks(to_martlet, meta=meta, **kwargs)


def _made(function, /, *args, **kwargs):
    """One of Dask's functions that make collections, with chunks of Martlet's."""
    kwargs.pop("meta", None)
    with dask.config.set({"array.backend": "numpy"}):
        return _with_chunks(getattr(dask.array, function)(*args, **kwargs))


class MartletBackend(ArrayBackendEntrypoint):
    """What `{"array.backend": "martlet"}` chooses."""

    @classmethod
    def to_backend_dispatch(cls):
        return to_martlet

    @classmethod
    def to_backend(cls, data, **kwargs):
        """The collection with Martlet's chunks."""
        # (`isinstance` takes NumPy's arrays for Martlet's.)
        is_ours = martlet.ndarray in type(data._meta).__mro__
        return data if is_ours else _with_chunks(data, **kwargs)

    @property
    def RandomState(self):
        return np.random.RandomState

    @property
    def default_bit_generator(self):
        return PCG64

    @staticmethod
    def ones(*args, **kwargs):
        return _made("ones", *args, **kwargs)

    @staticmethod
    def zeros(*args, **kwargs):
        return _made("zeros", *args, **kwargs)

    @staticmethod
    def empty(*args, **kwargs):
        return _made("empty", *args, **kwargs)

    @staticmethod
    def full(*args, **kwargs):
        return _made("full", *args, **kwargs)

    @staticmethod
    def arange(*args, **kwargs):
        return _made("arange", *args, **kwargs)


_register()
