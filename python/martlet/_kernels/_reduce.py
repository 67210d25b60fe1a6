"""`cuda.reduce`: any associative function of two numbers as a reduction of arrays."""

import functools
import math

import numpy

from martlet import _grid, _martlet
from martlet._kernels import _grid_kernel
from martlet._kernels._jit import python_function
from martlet._kernels._placement import moved, on_device
from martlet._kernels._vectorize import vectorize

_ABSENT = object()


class Reduce:
    """Reduces arrays by a function, on the device where kernels run.

        @cuda.reduce
        def total(a, b):
            return a + b

        total(array)             # one number
        total(array, axis=0)     # an array

    The function must be associative; the order of its operands is kept.
    """

    def __init__(self, functor):
        function = python_function("cuda.reduce", functor)
        self._ufunc = vectorize(function)
        functools.update_wrapper(self, function)

    @property
    def py_func(self):
        return self._ufunc.py_func

    def __repr__(self):
        return f"<reduction '{self.__name__}'>"

    def __call__(self, arr, size=None, res=None, init=_ABSENT, stream=0, *, axis=None):
        """The reduction of `arr`, of its first `size` elements, or along `axis`.

        `init` is folded in before the first element. `res` is an array on the device that takes the
        result as its first element, without waiting for it. Nothing reduces to `init`, or 0.
        """
        if not isinstance(arr, numpy.ndarray) and not _grid.is_native(arr):
            arr = numpy.asarray(arr)
        if size is not None:
            if axis is not None:
                raise ValueError(f"[{self.__name__}] size and axis cannot be given together")
            arr = arr.reshape(-1)[:size]
        if init is _ABSENT and arr.size == 0:
            init = 0
        device = _grid_kernel._device((arr,))
        is_host = not (_grid.is_native(arr) and arr.device != "cpu")
        there = moved(arr, device)
        axes = tuple(range(arr.ndim)) if axis is None else _axes(axis, arr.ndim)
        kept = [i for i in range(arr.ndim) if i not in axes]
        with on_device(device):
            length = math.prod(arr.shape[i] for i in axes)
            rows = there.transpose(*kept, *axes).reshape((*(arr.shape[i] for i in kept), length))
            result = self._folded(rows, arr.dtype, init)
        if res is not None:
            res[:1] = result
            return None
        if axis is not None:
            return moved(result, "cpu") if is_host else result
        return moved(result, "cpu")[()]

    def _folded(self, x, dtype, init):
        """The last axis folded by pairs of neighbours, all at once, which keeps their order."""
        step = self._ufunc.fold_loop(dtype)
        count = x.shape[-1]
        while count > 1:
            half = count // 2
            y = step(x[..., 0 : 2 * half : 2], x[..., 1 : 2 * half : 2])
            if count % 2:
                y[..., half - 1] = step(y[..., half - 1], x[..., count - 1])
            x, count = y, half
        if count == 0:
            return _martlet.full(x.shape[:-1], init, dtype=dtype)
        return x[..., 0] if init is _ABSENT else step(dtype.type(init), x[..., 0])


def _axes(axis, rank):
    axes = axis if isinstance(axis, tuple) else (axis,)
    for one in axes:
        if not -rank <= one < rank:
            raise numpy.exceptions.AxisError(one, rank)
    return tuple(sorted(one % rank for one in axes))
