"""Random generators whose methods give Martlet's arrays. The numbers are NumPy's own.

The states are NumPy's objects; most methods are native and draw from them (`random_functions`), the
others are NumPy's.
"""

import functools

import numpy

from martlet import _martlet

# What concerns the state, and so is NumPy's alone.
_STATE = ("bit_generator", "spawn", "get_state", "set_state", "seed")
_GENERATOR_MODULE = "numpy.random._generator"
REASON = "random numbers are NumPy's"


def _subclass(base):
    members = {"__doc__": base.__doc__, "__module__": "martlet.numpy.random"}
    native = _martlet.random_functions(base.__name__)
    for name in dir(base):
        if name.startswith("_") or name in _STATE:
            continue
        function = getattr(base, name)
        if name in native:
            members[name] = native[name]
        elif callable(function):
            path = f"random.{base.__name__}.{name}"
            members[name] = _martlet.served(function, path, REASON)
    members["__reduce__"] = _reduced
    return _GeneratorType(base.__name__, (base,), members)


class _GeneratorType(type):
    """The class of ours: NumPy's generators are instances of ours, as ours are of NumPy's."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.__base__)


def _reduced(self):
    # As NumPy's: from the bit generator, and the state that is not there.
    if isinstance(self, numpy.random.Generator):
        return _made, ("Generator", self.bit_generator), None
    return _made, ("RandomState", self._bit_generator), self.get_state(legacy=False)


def _made(name, bit_generator):
    return generator_class(getattr(numpy.random, name))(bit_generator)


@functools.cache
def generator_class(base):
    """The class whose methods give Martlet's arrays, for one of NumPy's two."""
    return _subclass(base)


def wrap(value):
    """A generator of NumPy's as one of ours on the same stream; anything else as it is."""
    kind = type(value)
    if kind is numpy.random.Generator:
        return generator_class(kind)(value.bit_generator)
    if kind is numpy.random.RandomState:
        made = generator_class(kind)(value._bit_generator)
        made.set_state(value.get_state(legacy=False))  # Half of a pair of normal numbers, too.
        return made
    return value


# MARK: The module's functions


def _seed(value):
    """A seed as NumPy knows it, which takes no others' arrays."""
    return numpy.asarray(value) if isinstance(value, _martlet.ndarray) else value


@functools.wraps(numpy.random.default_rng)
def default_rng(seed=None):
    return wrap(numpy.random.default_rng(_seed(seed)))


class _Seeded(type):
    """The class of what stands for one of NumPy's that takes a seed, and makes its instances."""

    # Whether calling the class makes an instance of NumPy's.
    makes_numpys = property(lambda cls: "__wrapped__" in vars(cls))

    def __call__(cls, *args, **kwargs):
        found = vars(cls).get("__wrapped__")
        args = map(_seed, args)
        kwargs = {name: _seed(value) for name, value in kwargs.items()}
        return super().__call__(*args, **kwargs) if found is None else found(*args, **kwargs)

    def __instancecheck__(cls, instance):
        found = vars(cls).get("__wrapped__")
        return super().__instancecheck__(instance) if found is None else isinstance(instance, found)

    def __subclasscheck__(cls, subclass):
        found = vars(cls).get("__wrapped__")
        return super().__subclasscheck__(subclass) if found is None else issubclass(subclass, found)


def seeded_class(original):
    """What stands for a bit generator's class: its instances are NumPy's, of any array as seed."""
    members = {
        "__doc__": original.__doc__,
        "__module__": "martlet.numpy.random",
        "__wrapped__": original,
    }
    return _Seeded(original.__name__, (original,), members)


_natives = {}


def function(value, path):
    """What stands for a function of `numpy.random`; None where NumPy serves it."""
    if not _natives:
        _natives.update(_martlet.random_functions("module"), default_rng=default_rng)
        for name in ("seed", "set_state", "get_bit_generator", "set_bit_generator"):
            if hasattr(numpy.random, name):
                _natives[name] = getattr(numpy.random, name)  # They take and give no arrays.
    name = path.partition(".")[2]
    # A program may have put something else there.
    is_numpys = getattr(value, "__module__", None) in (None, "numpy.random", _GENERATOR_MODULE)
    return _natives.get(name) if is_numpys else None
