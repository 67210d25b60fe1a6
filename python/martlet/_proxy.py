"""NumPy's names as Martlet has them: native ones first, else NumPy's own behind the fallback."""

import functools
import importlib
import importlib.machinery
import inspect
import sys
import types

import numpy

from martlet import _adapters, _errors, _fallback, _host, _martlet, _overrides

PREFIX = "martlet.numpy"
REASON = "not native"

_numpys = _overrides.numpys


# MARK: Functions


def serve(function, path, reason=REASON):
    """A function of NumPy that takes and gives Martlet's arrays."""
    # As an attribute of a class it is a method if NumPy's is.
    return _martlet.served(function, path, reason, hasattr(type(function), "__get__"))


def _served_attribute(self, name):
    if name == "_implementation":
        return _overrides.implementation(self.__wrapped__)
    value = getattr(self.__wrapped__, name)
    return value if name.startswith("__") else wrap(value, f"{self._path}.{name}")


def _served_module(self):
    module = getattr(self.__wrapped__, "__module__", None) or "numpy"
    return f"martlet.{module}" if module.partition(".")[0] == "numpy" else module


def _pickled(self):
    # The name to be found by; pickle looks in the module that holds it.
    return self.__name__


def _complete_functions():
    """What only Python code asks of functions: their documentation, name, module and pickle."""
    for name, value in {
        "__doc__": property(lambda self: self.__wrapped__.__doc__),
        "__module__": property(_served_module),
        "__signature__": property(lambda self: inspect.signature(self.__wrapped__)),
        "__getattr__": _served_attribute,
        "__reduce__": _pickled,
        "__repr__": lambda self: f"<numpy = {self.__wrapped__!r}, martlet = None>",
    }.items():
        for kind in (_martlet.served_function, _martlet.served_method):
            setattr(kind, name, value)
    for native in (_martlet.function, _martlet.method_function, _martlet.ufunc):
        _show_both(native, native.__dict__["__doc__"].__get__, native.__repr__)
        native.__signature__ = property(_signature)
        native.__reduce__ = _pickled_by_path
    for native in (_martlet.function, _martlet.method_function):
        native.__getattr__ = _native_attribute
    _complete_ufuncs()


def _signature(self):
    found = _numpys(self)
    if found is None:
        raise AttributeError("__signature__")
    return inspect.signature(found)


def _pickled_by_path(self):
    return self.__qualname__


def _native_attribute(self, name):
    """What NumPy's function has beside: `_implementation`, or what makes a ufunc of `matmul`."""
    found = None if name.startswith("__") else _numpys(self)
    if found is None or not hasattr(found, name):
        raise AttributeError(
            f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self
        )
    if name == "_implementation":
        return _overrides.implementation(found)
    value = getattr(found, name)
    return serve(value, f"{self.__name__}.{name}") if callable(value) else value


class _UFuncType(type):
    """The class of `ufunc`: NumPy's ufuncs are instances of it too, and functions that are ufuncs
    there."""

    def __instancecheck__(cls, instance):
        if type.__instancecheck__(cls, instance) or isinstance(instance, numpy.ufunc):
            return True
        return isinstance(instance, _NATIVE) and isinstance(_numpys(instance), numpy.ufunc)

    def __subclasscheck__(cls, subclass):
        return type.__subclasscheck__(cls, subclass) or issubclass(subclass, numpy.ufunc)


_NATIVE = (_martlet.function, _martlet.served_function)


def _complete_ufuncs():
    """What NumPy's ufuncs tell of themselves, loops that Martlet leaves to NumPy included."""
    ufunc = _martlet.ufunc
    for name in ("types", "ntypes", "identity"):
        setattr(ufunc, name, _numpys_or_own(name, ufunc.__dict__[name].__get__))
    for name in ("resolve_dtypes", "_resolve_dtypes_and_context", "_get_strided_loop"):
        setattr(ufunc, name, _numpys_method(name))
    _martlet.set_metaclass(ufunc, _UFuncType)


def _numpys_or_own(name, own):
    def get(self):
        found = _numpys(self)
        return own(self) if found is None else getattr(found, name)

    return property(get)


def _numpys_method(name):
    def method(self, *args, **kwargs):
        found = _numpys(self)
        if found is None:
            raise AttributeError(f"the ufunc '{self.__name__}' has no '{name}'")
        return getattr(found, name)(*args, **kwargs)

    return functools.update_wrapper(method, getattr(numpy.ufunc, name))


def _show_both(native, own_text, own_words):
    native.__doc__ = property(lambda self: _documentation(self, own_text))
    native.__repr__ = lambda self: _both(self, own_words)


def _documentation(function, own):
    """NumPy's text; Martlet's own where NumPy has none."""
    found = _numpys(function)
    return found.__doc__ if found is not None and found.__doc__ else own(function)


def _both(function, own):
    found = _numpys(function)
    return own(function) if found is None else f"<numpy = {found!r}, martlet = {own(function)}>"


# Where NumPy's classes of them are.
_INDEXERS = ("numpy.lib", "numpy.ma")


class FallbackIndexer:
    """`numpy.r_`, `mgrid` and their like."""

    __slots__ = ("__wrapped__", "_path")

    def __init__(self, indexer, path):
        self.__wrapped__ = indexer
        self._path = path

    def __getitem__(self, key):
        get = type(self.__wrapped__).__getitem__
        return _fallback.call(get, self._path, (self.__wrapped__, key), {}, REASON)

    def __getattr__(self, name):
        return getattr(self.__wrapped__, name)

    @property
    def __doc__(self):
        return self.__wrapped__.__doc__

    def __repr__(self):
        return f"<numpy = {self.__wrapped__!r}, martlet = None>"


# MARK: Classes


class vectorize(numpy.vectorize):
    """NumPy's, on Martlet's arrays."""

    __doc__ = numpy.vectorize.__doc__
    __module__ = PREFIX

    def __call__(self, *args, **kwargs):
        function = super().__call__
        if self.pyfunc is numpy._NoValue:
            return function(*args, **kwargs)  # As a decorator with arguments: no array yet.
        return _fallback.call(function, "vectorize", args, kwargs, "a Python function")


def _npz(value):
    from martlet import _files

    return _files.taken_over(value)


_fallback.converters[numpy.lib.npyio.NpzFile] = _npz


_GENERATORS = dict.fromkeys(("Generator", "RandomState"), "numpy.random")
# Those that take a seed.
_SEEDED = dict.fromkeys(
    ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "SeedSequence"), "numpy.random"
)


def _generator(value):
    from martlet import _random

    return _random.wrap(value)


_fallback.converters.finders.append(
    lambda kind: _generator if _host.is_one_of(kind, _GENERATORS) else None
)


def _random_function(function, path):
    from martlet import _random

    found = _random.function(function, path)
    return serve(function, path, _random.REASON) if found is None else found


_classes = {numpy.vectorize: vectorize}


def _operators_mixin(original):
    """`numpy.lib.mixins.NDArrayOperatorsMixin`, whose operators are Martlet's ufuncs."""

    def method(name, function, reflected=False, in_place=False):
        ufunc = getattr(_martlet, name, None) or importlib.import_module(PREFIX).__dict__[name]

        def operate(self, *others):
            if in_place:
                return ufunc(self, *others, out=(self,))
            for other in others:
                if getattr(other, "__array_ufunc__", ufunc) is None:
                    return NotImplemented
            return ufunc(*others, self) if reflected else ufunc(self, *others)

        operate.__name__ = function
        return operate

    members = {
        "__slots__": (),
        "__doc__": original.__doc__,
        "__module__": "martlet.numpy.lib.mixins",
    }
    for function, name in _overrides.OPERATORS.items():
        plain = function.__name__.strip("_")
        members[f"__{plain}__"] = method(name, f"__{plain}__")
        if plain not in ("lt", "le", "eq", "ne", "gt", "ge"):
            members[f"__r{plain}__"] = method(name, f"__r{plain}__", reflected=True)
            if plain != "divmod":
                members[f"__i{plain}__"] = method(name, f"__i{plain}__", in_place=True)
    for plain, name in {
        "neg": "negative",
        "pos": "positive",
        "abs": "absolute",
        "invert": "invert",
    }.items():
        members[f"__{plain}__"] = method(name, f"__{plain}__")
    return type(original.__name__, (original,), members)


def _class(value, path):
    """The class that stands for one of NumPy's: mostly itself."""
    if value in _classes:
        return _classes[value]
    found = value
    if value.__module__ == "numpy.lib.mixins":
        found = _operators_mixin(value)
    elif _host.is_class(value):
        found = _host.stand_in(value)
    elif _host.is_one_of(value, _GENERATORS):
        from martlet import _random

        found = _random.generator_class(value)
    elif _host.is_one_of(value, _SEEDED):
        from martlet import _random

        found = _random.seeded_class(value)
    _classes[value] = found
    return found


# Functions that write archives, and whether they compress.
_ARCHIVES = {"savez": False, "savez_compressed": True}


# Functions that call one of the caller's with arrays, and its place among the arguments.
CALLBACKS = {"apply_along_axis": 0, "apply_over_axes": 0, "fromfunction": 0}


def with_callback(function, path, reason=REASON):
    """A function of NumPy's whose callback is given, and gives, Martlet's arrays."""
    served, place = serve(function, path, reason), CALLBACKS[path]

    @functools.wraps(function)
    def call(*args, **kwargs):
        args = list(args)
        if len(args) > place and callable(args[place]):
            args[place] = _given_ours(args[place])
        return served(*args, **kwargs)

    call.__module__ = PREFIX
    return call


def _given_ours(function):
    @functools.wraps(function, updated=())
    def call(*args, **kwargs):
        args, kwargs = _martlet.adopt((args, kwargs))
        result = function(*args, **kwargs)
        return result._held if isinstance(result, _host.HostObject) else result

    return call


# MARK: Anything


def _public(function):
    """The path by which NumPy shows a function, which may have others in its inner modules."""
    module = getattr(function, "__module__", None) or "numpy"
    name = getattr(function, "__name__", None)
    if not isinstance(name, str) or f"{module}.".startswith("numpy._") or module not in sys.modules:
        return None
    if (
        module.partition(".")[0] != "numpy"
        or getattr(sys.modules[module], name, None) is not function
    ):
        return None
    return f"{module}.{name}".partition(".")[2]


def attribute(path):
    """What Martlet has under a path of NumPy's."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"{PREFIX}.{module}" if module else PREFIX), name)


def wrap(value, path):
    """What stands for one of NumPy's objects."""
    if isinstance(value, types.ModuleType):
        if value.__name__ == "numpy" or value.__name__.startswith("numpy."):
            # Its own name, which `numpy.emath` shows may be another than the path to it.
            return importlib.import_module(f"martlet.{value.__name__}")
        return value
    if isinstance(value, type):
        return _martlet.ndarray if value is numpy.ndarray else _class(value, path)
    if isinstance(value, (numpy.generic, numpy.ndarray)):
        return _martlet.adopt(value)
    if isinstance(value, (types.GenericAlias, numpy.dtype)):
        return value
    if callable(value):
        public = _public(value)
        if public not in (None, path):
            return attribute(public)
        if path in _martlet.submodule_functions:
            return _martlet.submodule_functions[path]
        if path.startswith("random."):
            return _random_function(value, path)
        if path in _ARCHIVES:
            from martlet import _files

            return _files.saving(value, serve(value, path), _ARCHIVES[path])
        if path in CALLBACKS:
            return with_callback(value, path)
        return serve(value, path)
    if hasattr(type(value), "__getitem__") and type(value).__module__.startswith(_INDEXERS):
        return FallbackIndexer(value, path)
    return value


# MARK: Modules


# A module's names as they are.
_names = types.ModuleType.__dict__["__dict__"].__get__


class ProxyModule(types.ModuleType):
    """A submodule of NumPy, such as `linalg`, in Martlet's arrays."""

    @property
    def __dict__(self):
        """All names, as in NumPy's module; those that nobody asked for yet are looked up."""
        names = _names(self)
        for name in tuple(vars(names["__real__"])):
            if name not in names:
                try:
                    getattr(self, name)
                except AttributeError:
                    pass  # NumPy warns of it, or has it no more.
        return names

    def __getattr__(self, name):
        real = _names(self)["__real__"]
        try:
            value = getattr(real, name)
        except AttributeError as error:
            raise _missing(self, error, name) from None
        path = f"{self.__name__[len(PREFIX) + 1 :]}.{name}"
        if isinstance(value, types.ModuleType) and value.__name__ != f"numpy.{path}":
            return value
        wrapped = wrap(value, path)
        if not name.startswith("__"):
            _names(self)[name] = wrapped
        return wrapped

    def __dir__(self):
        return sorted(set(dir(_names(self)["__real__"])))

    def __repr__(self):
        return f"<numpy = {_names(self)['__real__']!r}, martlet = <module {self.__name__!r}>>"


# What Python says when one is called: 'module' object is not callable.
ProxyModule.__name__ = ProxyModule.__qualname__ = "module"


def _missing(module, error, name):
    """The error of NumPy's module for a name that it has not, as Martlet's."""
    real = _names(module)["__real__"].__name__
    message = str(error).replace(f"'{real}'", f"'{module.__name__}'", 1)
    return AttributeError(f"{message}, and neither has '{real}'", name=name, obj=module)


class Door(types.ModuleType):
    """The namespace of `martlet.numpy` that shows both sides."""

    def __getattr__(self, name):
        value = getattr(importlib.import_module(PREFIX), name)
        if not name.startswith("__"):
            self.__dict__[name] = value
        return value

    def __dir__(self):
        return dir(importlib.import_module(PREFIX))

    def __repr__(self):
        return f"<numpy = {numpy!r}, martlet = {importlib.import_module(PREFIX)!r}>"


Door.__name__ = Door.__qualname__ = "module"


def door():
    """A module with the names of `martlet.numpy`."""
    module = Door(PREFIX, numpy.__doc__)
    module.__dict__["__all__"] = list(numpy.__all__)
    module.__dict__["__version__"] = numpy.__version__
    # The mode is one of the settings here.
    module.__dict__["geterr"] = _errors.geterr
    module.__dict__["seterr"] = _errors.seterr
    return module


class Finder:
    """Imports `martlet.numpy.linalg` and the other submodules that NumPy has.

    It is a finder and a loader by its methods: the classes of `importlib.abc` take long to import.
    """

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
        names = _names(module)
        names["__real__"] = real
        names["__path__"] = []
        if hasattr(real, "__all__"):
            names["__all__"] = list(real.__all__)
        return module

    def exec_module(self, module):
        pass


def install():
    """Lets `import martlet.numpy.<submodule>` work, and gives functions what Python code asks."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        # First, because the package's own path finder would look for files.
        sys.meta_path.insert(0, Finder())
        _complete_functions()
        _adapters.install()
