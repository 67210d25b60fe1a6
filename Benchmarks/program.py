"""What a program of `programs/` is, how its inputs are made, and how it is loaded for a library.

The files of `programs/` are NumPy programs: they say `import numpy as np` and know nothing of
Martlet. For another library the same file is loaded once more, and `np` then names that library.
"""

import functools
import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy

FOLDER = Path(__file__).parent / "programs"


@dataclass
class Program:
    """A function of arrays and numbers.

    The three sizes take NumPy about 1 ms, 30 ms and 1 s. `exact` says that the result must have
    NumPy's bits: so it is where every operation is rounded as IEEE 754 has it, in the order that
    the program has. Sums, products of matrices and functions such as `exp` have no such bits; their
    programs must agree to `rtol`.
    """

    function: Callable
    inputs: Callable[[int], dict]
    sizes: tuple[int, int, int]
    exact: bool

    rtol = 1e-10
    single_rtol = 1e-4  # for float32

    @property
    def name(self) -> str:
        return self.function.__name__


def families() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py"))


@functools.cache
def load(family: str, library: ModuleType = numpy) -> ModuleType:
    """The family's module, whose `np` is the library."""
    path = FOLDER / f"{family}.py"
    spec = importlib.util.spec_from_file_location(f"programs.{family}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.np = library
    return module


@functools.cache
def compiled(family: str, jit: Callable) -> ModuleType:
    """The family's module with every function that is written in it compiled."""
    module = load.__wrapped__(family)
    for name, value in list(vars(module).items()):
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            setattr(module, name, jit(value))
    return module


def uniform(shape, dtype="float64", low=0.5, high=2.0, seed=0):
    return numpy.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def symmetric(n):
    matrix = uniform((n, n), low=0.0, high=1.0)
    return matrix + matrix.T


def diagonally_dominant(n):
    """A matrix whose factors need no pivoting."""
    return uniform((n, n), low=0.0, high=1.0) + n * numpy.eye(n)


def positive_definite(n):
    return symmetric(n) + 2.0 * n * numpy.eye(n)
