"""Random generators whose methods give Martlet's arrays. The numbers are NumPy's own."""

import functools

import numpy

from martlet import _martlet


def _subclass(base):
    members = {"__doc__": base.__doc__, "__module__": "martlet.numpy.random"}
    for name in dir(base):
        if name.startswith("_") or name in ("bit_generator", "spawn", "get_state", "set_state"):
            continue
        function = getattr(base, name)
        if callable(function):
            members[name] = _martlet.served(
                function, f"random.{base.__name__}.{name}", "random numbers are NumPy's"
            )
    return type(base.__name__, (base,), members)


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
        return generator_class(kind)(value._bit_generator)
    return value
