"""Martlet: NumPy's arrays, fused and compiled for the processor that is there.

`import martlet.numpy as np` is the drop-in for NumPy. Here is what is Martlet's own: what fell back
to NumPy, what is native, and how evaluation is steered.
"""

__version__ = "0.1.0"

try:
    from martlet import _martlet
except ImportError as error:
    if "_is_gil_enabled" in dir(__import__("sys")) and not __import__("sys")._is_gil_enabled():
        raise ImportError("Martlet needs a CPython with a global interpreter lock") from error
    raise

from martlet._check import CheckReport, check
from martlet._devices import (
    device,
    devices,
    get_device,
    policy,
    set_device,
    synchronize,
    transfers,
)
from martlet._dispatch import dispatch, operations
from martlet._errors import errstate, geterr, seterr
from martlet._fallback import FallbackError, FallbackWarning
from martlet._fallback import clear as clear_fallback_records
from martlet._fallback import records as fallback_records
from martlet._fallback import report as fallback_report
from martlet._grid import Grid, with_grid

ndarray = _martlet.ndarray

__all__ = [
    "CheckReport",
    "FallbackError",
    "FallbackWarning",
    "Grid",
    "check",
    "clear_fallback_records",
    "device",
    "devices",
    "dispatch",
    "errstate",
    "evaluate",
    "fallback_records",
    "fallback_report",
    "get_device",
    "geterr",
    "ndarray",
    "operations",
    "policy",
    "set_device",
    "seterr",
    "synchronize",
    "transfers",
    "with_grid",
]


def evaluate(*arrays):
    """Runs what is pending for the arrays, so that later reads don't wait; returns them."""
    for array in arrays:
        _martlet.evaluate(array)
    return arrays[0] if len(arrays) == 1 else arrays
