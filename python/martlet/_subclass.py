"""Subclasses of `ndarray` that programs write: subclasses of NumPy's, whose rules hold for them.

`class Own(np.ndarray)` derives from `Array`, which is NumPy's type but for a few methods that must
know Martlet's arrays. What such a class computes is NumPy's. Its `__array_ufunc__` and
`__array_function__` are given Martlet's functions and arrays, whoever calls them.
"""

import abc
import functools

import numpy

from martlet import _martlet, _overrides

ndarray = _martlet.ndarray


def _given(value):
    """An argument as code on Martlet knows it."""
    return _martlet.adopt(value) if type(value) is numpy.ndarray else value


def viewed(view, args, kwargs):
    """What NumPy's method gives; Martlet's where it is asked for one of Martlet's classes."""
    given = (*args, *kwargs.values())
    if not any(isinstance(kind, type(ndarray)) for kind in given):
        return view(*args, **kwargs)
    args = [_numpys_class(kind) for kind in args]
    kwargs = {name: _numpys_class(kind) for name, kind in kwargs.items()}
    result = view(*args, **kwargs)
    return result if type(result) in given else _martlet.adopt(result)


def _numpys_class(kind):
    if kind is ndarray:
        return numpy.ndarray
    return getattr(kind, "__wrapped__", None) or kind


class Array(numpy.ndarray):
    """NumPy's type, where it must know Martlet's arrays."""

    __slots__ = ()
    __doc__ = numpy.ndarray.__doc__

    def view(self, *args, **kwargs):
        """As NumPy's; `view(np.ndarray)` is Martlet's array on the same memory."""
        return viewed(super().view, args, kwargs)

    def __array_wrap__(self, array, *args):
        if type(array) is ndarray:
            array = numpy.asarray(array)
        return super().__array_wrap__(array, *args)

    @property
    def base(self):
        """The array or object whose memory this one shows, or None."""
        return _given(super().base)

    def __array_namespace__(self, /, *, api_version=None):
        import martlet.numpy

        super().__array_namespace__(api_version=api_version)
        return martlet.numpy


class UFuncArray(Array):
    """The base of classes with an `__array_ufunc__`: what `super().__array_ufunc__` is there."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        for item in (*inputs, *kwargs.get("out", ()), kwargs.get("where")):
            if _overrides.overrides(type(item)):
                return NotImplemented
        return getattr(_overrides.function_of(ufunc), method)(*inputs, **kwargs)


class FunctionArray(Array):
    """The base of classes with an `__array_function__`, likewise."""

    __slots__ = ()

    def __array_function__(self, func, types, args, kwargs):
        return _overrides.run(func, types, args, kwargs)


# Their names are seen where a class's bases are printed.
for _kind in (Array, UFuncArray, FunctionArray):
    _kind.__name__ = _kind.__qualname__ = "ndarray"
    _kind.__module__ = "martlet.numpy"


def _ufunc_method(own):
    @functools.wraps(own)
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = map(_given, inputs)
        if "out" in kwargs:
            kwargs["out"] = tuple(map(_given, kwargs["out"]))
        return own(self, _overrides.function_of(ufunc), method, *inputs, **kwargs)

    return __array_ufunc__


def _function_method(own):
    @functools.wraps(own)
    def __array_function__(self, func, types, args, kwargs):
        types = tuple(ndarray if kind is numpy.ndarray else kind for kind in types)
        args, kwargs = _martlet.adopt((args, kwargs))
        return own(self, _overrides.function_of(func), types, args, kwargs)

    return __array_function__


_PROTOCOLS = {
    "__array_ufunc__": (UFuncArray, _ufunc_method),
    "__array_function__": (FunctionArray, _function_method),
}


def _defining(name, bases):
    """The class among the bases' own that has the protocol's method; None for NumPy's."""
    for base in bases:
        for kind in base.__mro__:
            if name in vars(kind):
                if kind is not numpy.ndarray and kind.__module__ != "martlet.numpy":
                    return kind
                break
    return None


def make(metaclass, name, bases, namespace, keywords):
    """The class of a statement `class name(np.ndarray)`."""
    bases = [Array if base is ndarray else base for base in bases]
    namespace = dict(namespace)
    inherited = {}
    is_array = any(issubclass(base, numpy.ndarray) for base in bases)
    for protocol, (kind, method) in _PROTOCOLS.items() if is_array else ():
        own = namespace.get(protocol)
        if own is not None and callable(own):
            namespace[protocol] = method(own)
        elif protocol not in namespace:
            found = _defining(protocol, bases)
            if found is None or isinstance(found, type(ndarray)):
                continue
            if not callable(getattr(found, protocol)):
                continue
            inherited[protocol] = method(getattr(found, protocol))
        else:
            continue
        if not any(issubclass(base, kind) for base in bases):
            bases = [base for base in bases if base is not Array] + [kind]
    made = abc.ABCMeta.__new__(metaclass, name, tuple(bases), namespace, **keywords)
    for protocol, method in inherited.items():
        setattr(made, protocol, method)
    return made
