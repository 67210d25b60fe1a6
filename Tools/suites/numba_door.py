"""What a test of numba's imports when Martlet stands in for numba.

Names of the public API are Martlet's. A name that Martlet lacks is there too, so that a test file
can be read, and says so when it is used. What the tests need of numba around its compiler (their
base classes, its configuration) is numba's own.
"""

import builtins
import itertools
import linecache

import martlet
import numba.core.config as config  # noqa: F401
import numba.core.utils as utils  # noqa: F401
import numpy
from martlet import KernelError, cuda, types  # noqa: F401


class Missing:
    """Stands for a name of numba's that Martlet lacks: it can be passed around, and not used."""

    def __init__(self, name):
        self.name = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.name}.{name}")

    def __call__(self, *arguments, **keywords):
        raise NotImplementedError(f"Martlet has no numba.{self.name}")

    __getitem__ = __call__
    __iter__ = __call__
    __mro_entries__ = lambda self, bases: ()  # noqa: E731


class Errors:
    """numba's `errors`: every error of the compiler is Martlet's."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("Warning"):
            return getattr(martlet, name, UserWarning)
        return KernelError


errors = Errors()
NumbaTypeError = TypingError = LoweringError = UnsupportedError = KernelError


class Kind(type):
    """numba's classes of types: Martlet's types of numbers belong to one by their dtype."""

    def __instancecheck__(cls, value):
        return isinstance(value, types.ScalarType) and value.dtype.kind in cls.kinds


KINDS = {"Boolean": "b", "Integer": "iu", "Float": "f", "Complex": "c", "Number": "iufc"}
CLASSES = {name: Kind(name, (), {"kinds": kinds}) for name, kinds in KINDS.items()}


class Types:
    """numba's `types`."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in CLASSES:
            return CLASSES[name]
        return getattr(types, name, None) or Missing(f"types.{name}")


def from_dtype(dtype):
    """The kernel type of a dtype."""
    return getattr(types, numpy.dtype(dtype).name)


def typeof(value, purpose=None):
    """The kernel type of a number, an array, or a tuple of them."""
    if isinstance(value, numpy.ndarray):
        order = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "A"
        return types.Array(from_dtype(value.dtype), value.ndim, order)
    if isinstance(value, tuple):
        return types.Tuple(tuple(typeof(item) for item in value))
    if value is None:
        return types.none
    if isinstance(value, (bool, int, float, complex, numpy.generic)):
        return from_dtype(numpy.asarray(value).dtype)
    raise NotImplementedError(f"Martlet has no type of {value!r}")


_numbers = itertools.count()


def execute(source, namespace=None, local=None):
    """`exec` whose functions keep their source, which Martlet's kernels are made from."""
    if isinstance(source, str):
        name = f"<source {next(_numbers)}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        source = compile(source, name, "exec")
    builtins.exec(source, namespace, local)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "types_":
        return Types()
    return getattr(martlet, name, None) or Missing(name)
