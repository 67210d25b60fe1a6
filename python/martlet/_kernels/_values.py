"""What a value from around a function is to a kernel: a number, a dtype, a known function, or none
of these."""

import builtins
import cmath
import enum
import functools
import math
import operator
import sys
import types

import numpy

from martlet import _martlet
from martlet._kernels import _types
from martlet._kernels._forms import unusable
from martlet._kernels._intrinsics import Intrinsic, Namespace, prange

DTYPES = {kind.dtype.name for kind in _types.NAMES.values() if isinstance(kind, _types.ScalarType)}

# What functions of Martlet are, beside NumPy's own.
MARTLETS = (_martlet.ufunc, _martlet.function, _martlet.served_function)

# Names under which NumPy has a function twice.
_ALIASES = {"amax": "max", "amin": "min", "around": "round", "concat": "concatenate"}

# Where NumPy's functions are that are written in terms of others.
_COMPOSITES = "martlet._kernels._composites."


def number(value, place, name):
    """The form of a number or None; None for anything else."""
    if value is None:
        return f"(none {place})"
    if isinstance(value, numpy.generic):
        dtype = value.dtype.name
        return _scalar(value, place) if dtype in DTYPES else None
    if isinstance(value, bool):
        return f"(bool {place} {int(value)})"
    if isinstance(value, int):
        return integer(int(value), place, name)
    if isinstance(value, float):
        return f"(float {place} {float(value)!r})"
    if isinstance(value, complex):
        return f"(complex {place} {value.real!r} {value.imag!r})"
    return None


def number_array(values):
    """A list of numbers of one type as an array; None for any other."""
    kind = type(values[0])
    if kind not in (bool, int, float, complex) or any(type(item) is not kind for item in values):
        return None
    array = numpy.array(values)
    return array if array.dtype.name in DTYPES else None


def integer(value, place, name):
    """The form of an integer; those beyond `int64` are `uint64`, as NumPy has it, and those beyond
    that the nearest `float64`, for which operators on bits are an error."""
    if -(2**63) <= value < 2**63:
        return f"(int {place} {value})"
    if 0 <= value < 2**64:
        return f"(scalar {place} uint64 {value})"
    try:
        return f"(float {place} {float(value)!r})"
    except OverflowError:
        return unusable(place, name, "an integer beyond all floating-point numbers")


def _scalar(value, place):
    dtype = value.dtype
    if dtype.kind == "c":
        halves = numpy.array([value]).view(f"u{dtype.itemsize // 2}")
    else:
        halves = numpy.array([value]).view(f"u{dtype.itemsize}")
    return f"(scalar {place} {dtype.name} {' '.join(str(int(half)) for half in halves)})"


def dtype_name(value):
    """The name of the dtype that a value stands for."""
    if isinstance(value, _types.ScalarType):
        return value.dtype.name
    if isinstance(value, numpy.dtype):
        return value.name if value.name in DTYPES and value.isnative else None
    if isinstance(value, type) and issubclass(value, numpy.generic):
        try:
            name = numpy.dtype(value).name
        except TypeError:
            return None
        return name if name in DTYPES else None
    return None


def known_path(value):
    """The full name of a function that kernels may know, such as "numpy.sqrt"; None for others."""
    if isinstance(value, Intrinsic):
        return value.path
    if value is prange:
        return "martlet.prange"
    if isinstance(value, _martlet.served_function):
        return known_path(value.__wrapped__)
    if isinstance(value, _martlet.function):
        path = value.__qualname__
        return f"numpy.{_ALIASES.get(path, path)}"
    if isinstance(value, (_martlet.ufunc, numpy.ufunc)):
        name = value.__name__
        return f"numpy.{_ALIASES.get(name, name)}"
    name = getattr(value, "__name__", None)
    if not isinstance(name, str) or not callable(value):
        return None
    owner = getattr(value, "__self__", None)
    if isinstance(owner, (_martlet.ufunc, numpy.ufunc)):
        return f"numpy.{owner.__name__}.{name}"
    # Without the module there is no function of it, and to import it takes long.
    random = sys.modules.get("numpy.random.mtrand")
    if random is not None and getattr(value, "__self__", None) is random._rand:
        return f"numpy.random.{name}"
    random = sys.modules.get("random")
    if random is not None and getattr(value, "__self__", None) is random._inst:
        return f"random.{name}"
    module = getattr(value, "__module__", None)
    for candidate in (math, cmath, builtins, operator, functools):
        if module in (candidate.__name__, f"_{candidate.__name__}"):
            if getattr(candidate, name, None) is value:
                return f"{candidate.__name__}.{name}"
    if module == "martlet.numpy":
        return f"numpy.{name}"
    if isinstance(module, str) and module.partition(".")[0] == "numpy":
        return f"{module}.{_ALIASES.get(name, name)}"
    if isinstance(module, str) and module.startswith(_COMPOSITES):
        return f"{module}.{name}"
    return None


def followed(value):
    """Whether an attribute of a value can be looked up now."""
    if isinstance(value, (types.ModuleType, Namespace, enum.Enum, numpy.finfo, numpy.iinfo)):
        return True
    # A class that holds constants; those of Python and NumPy are functions to a kernel.
    return isinstance(value, type) and known_path(value) is None and dtype_name(value) is None


def describe(value):
    """What a value is that no kernel can use, with its article."""
    if isinstance(value, types.ModuleType):
        return "a module"
    if isinstance(value, _types.Type):
        return "the type of something that is no number"
    if isinstance(value, type):
        return "a class"
    if isinstance(value, (types.FunctionType, types.MethodType)):
        return "a Python function that is not jitted"
    if isinstance(value, types.BuiltinFunctionType):
        return "a function of a library"
    kind = type(value).__name__
    named = {"dict": "a dictionary", "list": "a list", "set": "a set", "bytes": "bytes"}
    if kind in named:
        return named[kind]
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind} object"
