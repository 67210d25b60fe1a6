"""NumPy's protocols for operands with rules of their own: `__array_ufunc__`, `__array_function__`.

A class that a program wrote on Martlet is given Martlet's functions and arrays, which are what it
compares with and looks up: `func is np.sum`, `HANDLED[np.sum]`. A class that a library wrote on
NumPy is given NumPy's, and is asked by NumPy itself.
"""

import functools
import inspect
import operator
import os
import sys
import types
import weakref

import numpy
from numpy._core import _internal

from martlet import _martlet

ndarray = _martlet.ndarray
REASON = "an operand has rules of its own"
_DEFAULT = {
    "__array_ufunc__": numpy.ndarray.__array_ufunc__,
    "__array_function__": numpy.ndarray.__array_function__,
}
_Dispatcher = type(numpy.concatenate)
_Method = type(numpy.add.reduce)

# What an operator is among the ufuncs.
OPERATORS = {
    operator.add: "add",
    operator.sub: "subtract",
    operator.mul: "multiply",
    operator.truediv: "divide",
    operator.floordiv: "floor_divide",
    operator.mod: "remainder",
    divmod: "divmod",
    operator.pow: "power",
    operator.matmul: "matmul",
    operator.lshift: "left_shift",
    operator.rshift: "right_shift",
    operator.and_: "bitwise_and",
    operator.or_: "bitwise_or",
    operator.xor: "bitwise_xor",
    operator.lt: "less",
    operator.le: "less_equal",
    operator.eq: "equal",
    operator.ne: "not_equal",
    operator.gt: "greater",
    operator.ge: "greater_equal",
}
_IN_PLACE = {
    getattr(operator, "i" + function.__name__.strip("_")): name
    for function, name in OPERATORS.items()
    if hasattr(operator, "i" + function.__name__.strip("_"))
}
# The parameters of a ufunc's methods after their inputs.
_METHODS = {
    "reduce": (1, ("axis", "dtype", "out", "keepdims", "initial", "where")),
    "accumulate": (1, ("axis", "dtype", "out")),
    "reduceat": (2, ("axis", "dtype", "out")),
}


def ask(function, args, kwargs):
    """What operands with rules make of a call of NumPy's `function`, with Martlet's arrays.

    NotImplemented where there are none, or where NumPy is to ask them.
    """
    if isinstance(function, numpy.ufunc):
        return _ufunc(function, "__call__", args, kwargs)
    if function in OPERATORS:
        return _ufunc(getattr(numpy, OPERATORS[function]), "__call__", args, {})
    if function in _IN_PLACE:
        ufunc = getattr(numpy, _IN_PLACE[function])
        kwargs = {}
        if ufunc is numpy.matmul:
            row = args[0].ndim == 1
            kwargs["axes"] = [(-1,), (-2, -1), (-1,)] if row else [(-2, -1)] * 3
        return _ufunc(ufunc, "__call__", args, {**kwargs, "out": (args[0],)})
    if type(function) is _Method and isinstance(function.__self__, numpy.ufunc):
        return _ufunc(function.__self__, function.__name__, args, kwargs)
    if kwargs.get("like") is not None:
        return _like(function, args, kwargs)
    if type(function) is _Dispatcher:
        answer = _function(function, args, kwargs)
        if answer is not NotImplemented:
            return answer
    if any(map(_means_objects, (*args[1:], *kwargs.values()))):
        return _of_objects(function, args, kwargs)
    given = _with_own_arrays((args, kwargs))
    return NotImplemented if given is None else function_of(function)(*given[0], **given[1])


# MARK: Whose class it is


_known = weakref.WeakKeyDictionary()


def is_on_martlet(kind, name):
    """Whether the class's method `name` was written for Martlet's functions and arrays."""
    answers = _known.setdefault(kind, {})
    method = getattr(kind, name, None)
    answer = answers.get(name)
    if answer is None or answer[0] is not method:
        answers[name] = answer = method, _knows_martlet(kind, method)
    return answer[1]


def _knows_martlet(kind, method):
    # What stands nearer to the code counts before what its module has.
    function = getattr(method, "__func__", method)
    cells = [_content(cell) for cell in getattr(function, "__closure__", None) or ()]
    for values in (cells, list(getattr(function, "__globals__", {}).values())):
        if any(map(_is_martlets, values)):
            return True
        if any(map(_is_numpys, values)):
            return False
    module = sys.modules.get(kind.__module__)
    if not hasattr(function, "__globals__"):
        values = list(vars(module).values()) if module is not None else []
        if any(map(_is_martlets, values)):
            return True
        if any(map(_is_numpys, values)):
            return False
    return not is_library(getattr(module, "__file__", None))


def is_programs(value):
    """Whether an object's class was written for Martlet's arrays."""
    return is_on_martlet(type(value), "__array_priority__")


def leaves(other):
    """Whether an array leaves an operator to the operand on its right."""
    kind = type(other)
    if kind in _STANDING or isinstance(other, (numpy.generic, numpy.ndarray)):
        return False
    rules = getattr(kind, "__array_ufunc__", _MISSING)
    if rules is not _MISSING:
        return rules is None and is_programs(other)
    return getattr(other, "__array_priority__", -1) > 0 and is_programs(other)


_MISSING = object()


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # Not set yet.
        return None


def _module(value):
    if isinstance(value, types.ModuleType):
        return value.__name__
    return getattr(type(value), "__module__", None) or ""


def _is_martlets(value):
    if value is ndarray or isinstance(type(value), type(ndarray)):
        return True
    module = _module(value)
    if isinstance(value, types.ModuleType):
        return module.partition(".")[0] == "martlet"
    return isinstance(module, str) and module.startswith("martlet")


def _is_numpys(value):
    if value is numpy.ndarray or isinstance(value, (numpy.ufunc, _Dispatcher)):
        return True
    return isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] == "numpy"


@functools.cache
def _library_folders():
    import sysconfig  # It takes its time to load, and few programs come here.

    paths = sysconfig.get_paths()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple(os.path.join(os.path.realpath(paths[name]), "") for name in names)


def is_library(file):
    """Whether a file of Python code is a library's, as those that were installed are."""
    if file is None:
        return False
    path = os.path.realpath(file)
    parts = path.split(os.sep)
    return (
        "site-packages" in parts or "dist-packages" in parts or path.startswith(_library_folders())
    )


# MARK: NumPy's functions and Martlet's


_SERVED = _martlet.served_function
_NATIVE = (_martlet.function, _martlet.ufunc)


def numpys(function):
    """NumPy's function or ufunc for one of Martlet's; None where it has none."""
    if isinstance(function, _SERVED):
        return function.__wrapped__
    if not isinstance(function, _NATIVE):
        return function
    try:
        return operator.attrgetter(function.__qualname__)(numpy)
    except AttributeError:
        return None


_function_of = {}


def function_of(function):
    """Martlet's function for one of NumPy's; the function itself where Martlet has none."""
    try:
        return _function_of[function]
    except KeyError:
        found = _function_of[function] = _look_up(function)
        return found
    except TypeError:  # It cannot be hashed.
        return function


def _look_up(function):
    import importlib

    import martlet.numpy

    owner, real = martlet.numpy, numpy
    module = getattr(function, "__module__", None) or "numpy"
    if module.startswith("numpy.") and not module.startswith("numpy._"):
        owner, real = importlib.import_module(f"martlet.{module}"), sys.modules[module]
    name = getattr(function, "__name__", "")
    if getattr(real, name, None) is not function:
        return function
    return getattr(owner, name)


# MARK: __array_ufunc__


def overrides(kind):
    """Whether a type has an `__array_ufunc__` that is not an array's."""
    if kind is ndarray or kind in _STANDING:
        return False
    found = getattr(kind, "__array_ufunc__", _DEFAULT["__array_ufunc__"])
    return found is not _DEFAULT["__array_ufunc__"] and not issubclass(kind, _host_types())


_STANDING = frozenset({int, float, complex, bool, str, bytes, list, tuple, dict, type(None)})


def _host_types():
    from martlet import _host

    return _host.HostObject


def has_rules_of_program(value):
    """Whether ufuncs ask an operand whose class the program wrote."""
    return overrides(type(value)) and is_on_martlet(type(value), "__array_ufunc__")


def asked(ufunc, method, args, kwargs):
    """What operands with rules make of a call of a program's ufunc; else NotImplemented."""
    return _ufunc(ufunc, method, args, kwargs)


def _ufunc(ufunc, method, args, kwargs):
    kwargs = dict(kwargs)
    inputs = args[: ufunc.nin] if method == "__call__" else args
    outputs = args[ufunc.nin :] if method == "__call__" else ()
    if method in _METHODS:
        count, names = _METHODS[method]
        inputs = args[:count]
        kwargs.update(zip(names, args[count:], strict=False))
    if "out" in kwargs:
        outputs = kwargs.pop("out")
        if not isinstance(outputs, tuple):
            outputs = (outputs,)
    if any(item is not None for item in outputs):
        kwargs["out"] = tuple(outputs)
    if "sig" in kwargs:
        kwargs["signature"] = kwargs.pop("sig")

    operands = []
    for item in (*inputs, *kwargs.get("out", ()), kwargs.get("where")):
        if overrides(type(item)) and all(type(item) is not type(known) for known in operands):
            operands.append(item)
    if not any(is_on_martlet(type(item), "__array_ufunc__") for item in operands):
        return NotImplemented
    for item in operands:
        if type(item).__array_ufunc__ is None:
            raise TypeError(
                f"operand '{type(item).__name__}' does not support ufuncs (__array_ufunc__=None)"
            )
    for item in _in_order(operands):
        known = function_of(ufunc) if is_on_martlet(type(item), "__array_ufunc__") else ufunc
        result = type(item).__array_ufunc__(item, known, method, *inputs, **kwargs)
        if result is not NotImplemented:
            return result
    raise TypeError(_internal.array_ufunc_errmsg_formatter(None, ufunc, method, *inputs, **kwargs))


def _in_order(operands):
    """From left to right, but those of subclasses before those of their classes."""
    rest = list(operands)
    while rest:
        for item in rest:
            later = rest[rest.index(item) + 1 :] if len(rest) > 1 else ()
            if not any(issubclass(type(other), type(item)) for other in later):
                break
        rest = [other for other in rest if other is not item]
        yield item


# MARK: __array_function__


def _function(function, args, kwargs):
    relevant = _martlet.relevant_arguments(function)
    if relevant is None:
        return NotImplemented
    operands, kinds = [], []
    for item in relevant(*args, **kwargs):
        kind = type(item)
        if kind in kinds or getattr(kind, "__array_function__", None) is None:
            continue
        # A subclass comes before its class.
        place = next((i for i, known in enumerate(kinds) if issubclass(kind, known)), len(kinds))
        operands.insert(place, item)
        kinds.insert(place, kind)
    own = [
        kind for kind in kinds if not _is_array(kind) and is_on_martlet(kind, "__array_function__")
    ]
    if not own:
        return NotImplemented
    known = function_of(function)
    public = tuple(ndarray if _is_array(kind) else kind for kind in kinds)
    for item in operands:
        kind = type(item)
        if _is_array(kind):
            result = run(function, public, args, kwargs)
        else:
            shown = known if is_on_martlet(kind, "__array_function__") else function
            result = kind.__array_function__(item, shown, public, args, kwargs)
        if result is not NotImplemented:
            return result
    raise _unimplemented(function, public)


def _is_array(kind):
    """Whether it is a class of arrays without rules of its own."""
    if kind is ndarray or issubclass(kind, _host_types()):
        return True
    return (
        issubclass(kind, numpy.ndarray)
        and kind.__array_function__ is _DEFAULT["__array_function__"]
    )


def run(function, kinds, args, kwargs):
    """What an array's `__array_function__` does: NumPy's implementation, if all are arrays."""
    if not all(issubclass(kind, ndarray) for kind in kinds):
        return NotImplemented
    return implementation(numpys(function))(*args, **kwargs)


def implementation(function):
    """NumPy's implementation of a function, which asks no operand, on Martlet's arrays."""
    found = getattr(function, "_implementation", function)
    return _martlet.served(found, function.__name__, REASON, False)


def _like(function, args, kwargs):
    like = kwargs["like"]
    kind = type(like)
    if not is_on_martlet(kind, "__array_function__") or _is_array(kind):
        return NotImplemented
    if getattr(kind, "__array_function__", None) is None:
        return NotImplemented  # NumPy words the error.
    rest = {name: value for name, value in kwargs.items() if name != "like"}
    if isinstance(function, types.FunctionType):
        # NumPy's functions in Python hand on their defaults, by name.
        bound = inspect.signature(function).bind(*args, **rest)
        bound.apply_defaults()
        given = {name: value for name, value in bound.arguments.items() if name != "like"}
        required = [
            name
            for name in given
            if bound.signature.parameters[name].default is inspect.Parameter.empty
        ]
        args = tuple(given.pop(name) for name in required)
        rest = given
    result = kind.__array_function__(like, function_of(function), (kind,), args, rest)
    if result is NotImplemented:
        raise _unimplemented(function, (kind,))
    return result


def _unimplemented(function, kinds):
    return TypeError(
        f"no implementation found for '{function.__module__ or 'numpy'}.{function.__name__}' on "
        f"types that implement __array_function__: {list(kinds)}"
    )


# MARK: __array__


# As deep as NumPy nests; a list may contain itself.
_DEEPEST = 64


def _with_own_arrays(value, depth=0):
    """The arguments with Martlet's arrays for objects whose `__array__` gives such; None where none
    does. NumPy takes no other arrays than its own from `__array__`."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
        return _exchanged(value, type(value), depth)
    if type(value) is dict:
        return _exchanged(value.values(), lambda new: dict(zip(value, new, strict=True)), depth)
    kind = type(value)
    if (
        kind in _STANDING
        or kind is ndarray
        or isinstance(value, (type, numpy.ndarray, numpy.generic))
        or getattr(kind, "__array__", None) is None
        or getattr(kind, "__array_function__", None) is not None
        or issubclass(kind, _host_types())
        or not is_on_martlet(kind, "__array__")
    ):
        return None
    array = value.__array__()
    return array if isinstance(array, ndarray) and not isinstance(array, numpy.ndarray) else None


def _exchanged(items, make, depth):
    new = [_with_own_arrays(item, depth + 1) for item in items]
    if all(item is None for item in new):
        return None
    return make([old if item is None else item for old, item in zip(items, new, strict=True)])


# Where arrays of objects are made, the objects themselves go in, and NumPy asks them for their
# arrays to find the shape.


def _means_objects(dtype):
    if dtype is object or dtype is numpy.object_:
        return True
    if isinstance(dtype, str):
        return dtype in ("O", "object")
    return isinstance(dtype, numpy.dtype) and dtype.kind == "O"


class _Standing:
    """Stands for an object whose `__array__` gives an array of Martlet's, and gives NumPy's."""

    __slots__ = ("_given",)

    def __init__(self, given):
        self._given = given

    def __array__(self, dtype=None, copy=None):
        array = self._given.__array__()
        return numpy.array(array, dtype=dtype, copy=copy)


def standing(value, originals, depth=0):
    """The value with what stands for such objects, in lists and tuples too; `originals` gets what
    was exchanged, by the ids of the new ones."""
    kind = type(value)
    if depth > _DEEPEST:
        return value
    if kind in (tuple, list):
        items = [standing(item, originals, depth + 1) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        new = kind(items)
    elif _with_own_arrays(value) is None:
        return value
    else:
        new = _Standing(value)
    originals[id(new)] = new, value
    return new


def restore(array, originals):
    """Puts the objects themselves in the place of what stands for them."""
    for place, item in numpy.ndenumerate(array):
        if id(item) in originals:
            array[place] = originals[id(item)][1]


def _of_objects(function, args, kwargs):
    originals = {}
    new = [standing(item, originals) for item in args]
    if not originals:
        return NotImplemented
    result = _martlet.served(function, function.__name__, REASON)(*new, **kwargs)
    restore(numpy.asarray(result), originals)
    return result


_martlet.set_overrides(ask, is_programs)
