"""Martlet: NumPy's arrays, fused and compiled for the processor that is there.

`import martlet.numpy as np` is the drop-in for NumPy. Here is what is Martlet's own: what fell back
to NumPy, what is native, and how evaluation is steered. The names of the Python array API standard
are here too, for `import martlet as xp`.
"""

__version__ = "0.1.0"
__array_api_version__ = "2025.12"

try:
    from martlet import _martlet
except ImportError as error:
    if "_is_gil_enabled" in dir(__import__("sys")) and not __import__("sys")._is_gil_enabled():
        raise ImportError("Martlet needs a CPython with a global interpreter lock") from error
    raise

from martlet._devices import (
    crossover,
    device,
    devices,
    get_device,
    policy,
    set_device,
    synchronize,
    transfers,
)
from martlet._errors import errstate, geterr, seterr
from martlet._fallback import FallbackError, FallbackWarning
from martlet._fallback import clear as clear_fallback_records
from martlet._fallback import records as fallback_records
from martlet._fallback import report as fallback_report
from martlet._grid import Grid, with_grid
from martlet._ndarray import complete

ndarray = _martlet.ndarray
# A process may meet arrays without `martlet.numpy`, such as one that unpickles them.
complete()
del complete

__all__ = [
    "CheckReport",
    "FallbackError",
    "FallbackWarning",
    "Grid",
    "Profile",
    "check",
    "clear_fallback_records",
    "compile_loops",
    "compile_report",
    "crossover",
    "device",
    "devices",
    "dispatch",
    "errstate",
    "evaluate",
    "fallback_records",
    "fallback_report",
    "get_device",
    "geterr",
    "inspect",
    "inspect_dictionary",
    "inspect_object",
    "ndarray",
    "operations",
    "policy",
    "profile",
    "progress",
    "set_device",
    "seterr",
    "steps",
    "synchronize",
    "transfers",
    "with_grid",
]

_GRADIENTS = [
    "check_grads",
    "checkpoint",
    "defjvp",
    "defvjp",
    "elementwise_grad",
    "grad",
    "grad_and_loss",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "make_vjp",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
__all__ += _GRADIENTS

# Loaded at their first use: a program that needs none of them should not wait for them.
_LATER = {
    **dict.fromkeys(_GRADIENTS, "_gradients"),
    "CheckReport": "_check",
    "check": "_check",
    "Profile": "_profile",
    "profile": "_profile",
    "progress": "_progress",
    "steps": "_progress",
    "compile_loops": "_loops._program",
    "compile_report": "_loops._program",
    "dispatch": "_dispatch",
    "inspect": "_inspect",
    "inspect_dictionary": "_inspect",
    "inspect_object": "_inspect",
    "operations": "_dispatch",
    "KernelError": "_kernels._errors",
    "KernelFallbackWarning": "_kernels._errors",
    "KernelPerformanceWarning": "_kernels._errors",
    "guvectorize": "_kernels._guvectorize",
    "jit": "_kernels._jit",
    "njit": "_kernels._jit",
    "prange": "_kernels._intrinsics",
    "stencil": "_kernels._stencil",
    "vectorize": "_kernels._vectorize",
}


def __getattr__(name):
    if name.startswith("_"):  # Python asks for modules so, before it imports them.
        raise AttributeError(f"module 'martlet' has no attribute {name!r}", name=name)
    from importlib import import_module

    if name in _LATER:
        value = getattr(import_module(f"martlet.{_LATER[name]}"), name)
    elif name in ("cuda", "fft", "linalg", "random"):
        return import_module(f"martlet.{name}")
    else:
        # numba's names for the types of numbers, which are the standard's too, and all as `types`.
        types = import_module("martlet._kernels._types")
        if name == "types":
            value = types
        elif name in types.PUBLIC or name == "bool":
            value = types.NAMES[name]
        else:
            value = _standards(name)
    # From here on a standard name hides Python's own (`sum`, `any`) in this file.
    globals()[name] = value
    return value


# What libraries ask an array's namespace for beyond the standard (xarray, Dask), as NumPy has it.
_BEYOND = ("array", "cross", "einsum", "gradient", "lib", "pad", "quantile", "transpose")


def _standards(name):
    from importlib import import_module

    from martlet import _array_api

    for names in (_array_api.MAIN, _array_api.CONSTANTS):
        if name in names:
            return names[name]
    if name in _BEYOND:
        return getattr(import_module("martlet.numpy"), name)
    raise AttributeError(f"module 'martlet' has no attribute {name!r}", name=name)


def __array_namespace_info__():
    """What Martlet has of the array API standard: devices, dtypes and capabilities."""
    from martlet import _array_api

    return _array_api.__array_namespace_info__()


def __dir__():
    from martlet import _array_api
    from martlet._kernels import _types

    standards = {*_array_api.MAIN, *_array_api.CONSTANTS, "bool", "fft", "linalg"}
    return sorted({*globals(), *_LATER, *_types.PUBLIC, *standards, "cuda", "random", "types"})


def evaluate(*arrays):
    """Runs what is pending for the arrays, so that later reads don't wait; returns them."""
    for array in arrays:
        _martlet.evaluate(array)
    return arrays[0] if len(arrays) == 1 else arrays
