"""NumPy's names as Martlet has them: native ones first, else NumPy's own behind the fallback."""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types

import numpy

from martlet import _fallback
from martlet._convert import Fallback, Loan

PREFIX = "martlet.numpy"

# Classes that make arrays; all others are NumPy's very objects.
_CONVERTING = ("vectorize", "poly1d", "nditer", "ndenumerate", "broadcast", "flatiter")


class FallbackFunction(Fallback):
    """A function of NumPy that takes and gives Martlet's arrays."""

    __slots__ = ("_path", "_reason")

    def __init__(self, function, path, reason="not native"):
        self.__wrapped__ = function
        self._path = path
        self._reason = reason

    def __call__(self, *args, **kwargs):
        return _fallback.call(self.__wrapped__, self._path, args, kwargs, self._reason)

    def __getattr__(self, name):
        value = getattr(self.__wrapped__, name)
        return value if name.startswith("__") else wrap(value, f"{self._path}.{name}")

    @property
    def __doc__(self):
        return self.__wrapped__.__doc__

    def __repr__(self):
        return f"<numpy = {self.__wrapped__!r}, martlet = None>"


class FallbackIndexer(Fallback):
    """`numpy.r_`, `mgrid` and their like."""

    __slots__ = ("_path",)

    def __init__(self, indexer, path):
        self.__wrapped__ = indexer
        self._path = path

    def __getitem__(self, key):
        return _fallback.call(self.__wrapped__.__getitem__, self._path, (key,), {}, "not native")

    def __repr__(self):
        return f"<numpy = {self.__wrapped__!r}, martlet = None>"


def _class(value, path):
    if value.__module__.startswith("numpy.random"):
        if value in (numpy.random.Generator, numpy.random.RandomState):
            from martlet import _random

            return _random.generator_class(value)
        return value
    if value is numpy.vectorize:
        return _vectorize()
    return value


def _vectorize():
    class vectorize(numpy.vectorize):
        __doc__ = numpy.vectorize.__doc__

        def __call__(self, *args, **kwargs):
            function = super().__call__
            return _fallback.call(function, "vectorize", args, kwargs, "a Python function")

    return vectorize


def wrap(value, path):
    """What stands for one of NumPy's objects."""
    if isinstance(value, types.ModuleType):
        if value.__name__ == "numpy" or value.__name__.startswith("numpy."):
            # Its own name, which `numpy.emath` shows may be another than the path to it.
            return importlib.import_module(f"martlet.{value.__name__}")
        return value
    if isinstance(value, type):
        return _class(value, path)
    if callable(value) and not isinstance(value, (numpy.generic, numpy.ndarray)):
        return FallbackFunction(value, path)
    if hasattr(type(value), "__getitem__") and type(value).__module__.startswith("numpy.lib"):
        return FallbackIndexer(value, path)
    if type(value) is numpy.ndarray:
        return Loan().back([value])
    return value


class ProxyModule(types.ModuleType):
    """A submodule of NumPy, such as `linalg`, in Martlet's arrays."""

    def __getattr__(self, name):
        real = self.__dict__["__real__"]
        try:
            value = getattr(real, name)
        except AttributeError:
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'") from None
        path = f"{self.__name__[len(PREFIX) + 1 :]}.{name}"
        if isinstance(value, types.ModuleType) and value.__name__ != f"numpy.{path}":
            return value
        wrapped = wrap(value, path)
        if not name.startswith("__"):
            self.__dict__[name] = wrapped
        return wrapped

    def __dir__(self):
        return sorted(set(dir(self.__dict__["__real__"])))

    def __repr__(self):
        return f"<module '{self.__name__}' (numpy = {self.__dict__['__real__']!r})>"


# What Python says when one is called: 'module' object is not callable.
ProxyModule.__name__ = ProxyModule.__qualname__ = "module"


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports `martlet.numpy.linalg` and the other submodules that NumPy has."""

    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith(PREFIX + "."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        name = "numpy" + spec.name[len(PREFIX) :]
        try:
            real = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise ModuleNotFoundError(f"No module named '{spec.name}'", name=spec.name) from None
        module = ProxyModule(spec.name, real.__doc__)
        module.__dict__["__real__"] = real
        module.__dict__["__path__"] = []
        if hasattr(real, "__all__"):
            module.__dict__["__all__"] = list(real.__all__)
        return module

    def exec_module(self, module):
        pass


def install():
    """Lets `import martlet.numpy.<submodule>` work."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        # First, because the package's own path finder would look for files.
        sys.meta_path.insert(0, Finder())
