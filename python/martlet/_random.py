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
    members["__reduce__"] = lambda self: (wrap, (_plain(base, self),))
    return type(base.__name__, (base,), members)


def _plain(base, generator):
    """NumPy's generator on the same stream, with the same state."""
    if base is numpy.random.Generator:
        return base(generator.bit_generator)
    plain = base(generator._bit_generator)
    plain.set_state(generator.get_state(legacy=False))
    return plain


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
