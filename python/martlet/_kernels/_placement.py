"""On which device a decorated function runs, and how its arrays get there and back."""

import os
import warnings

import numpy

from martlet import _grid, _martlet
from martlet._kernels._errors import KernelFallbackWarning
from martlet._kernels._values import DTYPES

_told = False


def simulated():
    """Whether the environment asks for the Simulator, by Martlet's name or numba's."""
    names = ("MARTLET_SIMULATOR", "NUMBA_ENABLE_CUDASIM")
    return any(os.environ.get(name, "0") not in ("", "0") for name in names)


def first(kind):
    """The first device of a kind; None where there is none."""
    if kind == "simulator":
        # It is made of the interpreter, so it is always there.
        return "simulator"
    return next((name for name in _martlet.devices() if name.partition(":")[0] == kind), None)


def grid_device():
    """Where grid kernels run: the device of this thread, else a GPU, else the Simulator."""
    if simulated():
        return "simulator"
    current = _martlet.current_device()
    if current != "cpu":
        return current
    return default_grid_device()


def default_grid_device():
    """The first CUDA or OpenCL device, or the Simulator, which is told once."""
    global _told
    if simulated():
        return "simulator"
    found = first("cuda") or first("opencl")
    if found is not None:
        return found
    if not _told:
        _told = True
        message = (
            "there is no CUDA or OpenCL device, so kernels run on the Simulator, which is slow: "
            "MARTLET_SIMULATOR=1 asks for it"
        )
        warnings.warn(message, KernelFallbackWarning, stacklevel=4)
    return "simulator"


_TARGETS = {
    "cuda": "cuda",
    "gpu": "cuda",
    "opencl": "opencl",
    "roc": "opencl",
    "simulator": "simulator",
}


def placed(decorator, target):
    """What gives the device of a decorator's `target` at a call; None for the processor.

    Raises ValueError for a target that Martlet does not know.
    """
    if target in ("cpu", "parallel"):
        return None
    if target == "auto":
        return None if first("cuda") is None else lambda: first("cuda")
    if target not in _TARGETS:
        names = ", ".join(repr(name) for name in ("cpu", "parallel", *_TARGETS, "auto"))
        raise ValueError(f"[{decorator}] target is one of {names}, not {target!r}")
    kind = _TARGETS[target]

    def device():
        if kind == "cuda" and simulated():
            return "simulator"
        current = _martlet.current_device()
        if current.partition(":")[0] == kind:
            return current
        found = first(kind)
        if found is None:
            raise RuntimeError(f"[{decorator}] target={target!r}: there is no {kind} device here")
        return found

    return device


class on_device:
    """`with on_device(name):` makes new arrays there."""

    __slots__ = ("_before", "_name")

    def __init__(self, name):
        self._name = name

    def __enter__(self):
        self._before = _martlet.enter_device(self._name)

    def __exit__(self, *exception):
        _martlet.leave_device(self._before)


def home_of(values):
    """Where results belong: on the device that an argument lives on, else on the host."""
    for value in values:
        if isinstance(value, tuple):
            found = home_of(value)
        else:
            found = value.device if _grid.is_native(value) else "cpu"
        if found != "cpu":
            return found
    return "cpu"


def are_numpys(values):
    """Whether all arrays among the values are NumPy's, and so are results; False without arrays."""
    found = False
    for value in values:
        if _grid.is_native(value):
            return False
        found = found or isinstance(value, numpy.ndarray)
    return found


def check_dtype(what, dtype):
    """Raises TypeError for a dtype that devices have no elements of."""
    if dtype.name not in DTYPES or not dtype.isnative:
        raise TypeError(f"[{what}] devices have arrays of numbers and truth values, not of {dtype}")


def moved(value, device):
    """The value with the arrays in it on a device; lists become arrays.

    Raises TypeError for arrays whose elements devices lack.
    """
    if _grid.is_native(value):
        return value if value.device == device else value.to(device)
    if isinstance(value, numpy.ndarray) or (isinstance(value, list) and device != "cpu"):
        array = numpy.asarray(value)
        if device != "cpu":
            check_dtype(device, array.dtype)
            if not array.flags.aligned or any(
                stride % array.itemsize for stride in array.strides if array.size
            ):
                # Elements between others', as a field of a record has them.
                array = array.copy()
        return _martlet.asarray(array, device=device)
    if isinstance(value, tuple):
        return tuple(moved(item, device) for item in value)
    return value
