"""The module under test, and what it declares.

MARTLET_TEST_MODULE=numpy runs the suite on NumPy itself, which shows that the tests are right.
"""

import importlib
import os
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

MODULE = os.environ.get("MARTLET_TEST_MODULE", "martlet.numpy")
IS_NUMPY = MODULE == "numpy"

mnp = importlib.import_module(MODULE)

needs_martlet = pytest.mark.skipif(IS_NUMPY, reason="it is about Martlet alone")

# What was compiled when the extension was built, where it was (see Tools/kernel_pack.py).
PACKS = [] if IS_NUMPY else sorted(Path(mnp.__file__).parent.parent.glob("_kernels.*.pack"))
needs_pack = pytest.mark.skipif(
    not PACKS or os.environ.get("MARTLET_LLVM") == "none",
    reason="the extension was built without packs, or they are not used",
)

# The device that the suite runs on, by MARTLET_DEVICE.
DEVICE = "cpu" if IS_NUMPY else importlib.import_module("martlet").get_device()
# Only the processor has flags from which NumPy's warnings come.
HAS_EVENTS = DEVICE == "cpu"

# Known fault: where kernels use AVX-512, storing at positions converts without telling of what is
# lost.
POSITIONS_TELL = "avx512f" not in Path("/proc/cpuinfo").read_text()

# At least this many elements are computed lazily, so chains of them fuse.
LAZY_COUNT = 40_000

# How many examples each property test draws; more find more and take longer.
EXAMPLES = int(os.environ.get("MARTLET_TEST_EXAMPLES", "25"))


def operation_names() -> set[str]:
    """The rows of the operations table, by name; NumPy's ufuncs when NumPy is under test."""
    if IS_NUMPY:
        return {name for name in dir(np) if isinstance(getattr(np, name), np.ufunc)}
    return {row[0] for row in importlib.import_module("martlet").operations()}


def elementwise_names() -> list[str]:
    """The ufuncs of the table that NumPy has too, by every name that NumPy gives them."""
    rows = operation_names()
    return sorted(
        name
        for name, ufunc in vars(np).items()
        if isinstance(ufunc, np.ufunc) and ufunc.signature is None and ufunc.__name__ in rows
    )


def natively():
    """Meanwhile what only NumPy does is an error."""
    if IS_NUMPY:
        return nullcontext()
    return importlib.import_module("martlet.fallback_mode").numpy.errstate(fallback_mode="raise")
