"""What stays NumPy's: its objects behind wrappers that give and take Martlet's arrays.

Arrays of strings, objects, dates and records are `HostArray`s. NumPy's own classes of arrays
(matrices, masked arrays, records, char arrays) and objects that hold arrays (polynomials and
iterators) each have a class here that stands for them: its instances hold one of NumPy's objects,
are instances of NumPy's class for `isinstance`, and arrays that come out are Martlet's. What they
compute is NumPy's, logged as any step down. Views of host arrays are host arrays too, whatever
their dtype, so that a field of records still is a view. All arrays count as instances of `ndarray`.
"""

import abc
import functools
import importlib
import inspect
import operator
import sys
import types
import weakref

import numpy

from martlet import _fallback, _martlet, _overrides

ndarray = _martlet.ndarray
REASON = "strings, objects, dates and records are NumPy's"
KINDS_REASON = "it is an object of NumPy's"

# By the held object's id; a wrapper keeps its object, so an id cannot come to mean another.
_known = weakref.WeakValueDictionary()


def wrap(value):
    """What stands for one of NumPy's objects: the same one as long as it lives."""
    found = _known.get(id(value))
    if found is None:
        found = object.__new__(_kinds[type(value)] or HostArray)
        HostObject._held.__set__(found, value)
        _known[id(value)] = found
    return found


def _wrap_array(value):
    """One of NumPy's arrays as a host array; anything else as it is."""
    return wrap(value) if type(value) is numpy.ndarray or _kinds[type(value)] else value


def _is_numpys(value):
    return isinstance(value, numpy.ndarray) and type(value) is not numpy.ndarray


def _plain(value):
    return value._held if isinstance(value, HostObject) else value


def _plain_values(keywords):
    return {name: _plain(value) for name, value in keywords.items()}


class HostObject(_martlet.host_buffer):
    """One of NumPy's objects, whose arrays are Martlet's."""

    __slots__ = ("__weakref__", "_held")

    def __reduce__(self):
        return wrap, (self._held,)

    def __copy__(self):
        import copy  # Whoever calls this has it; for all others it takes its time to load.

        return wrap(copy.copy(self._held))

    def __deepcopy__(self, memo):
        import copy

        return wrap(copy.deepcopy(self._held, memo))

    def __sizeof__(self):
        return object.__sizeof__(self) + self._held.__sizeof__()

    def __repr__(self):
        return repr(self._held)

    def __str__(self):
        return str(self._held)

    def __format__(self, spec):
        return format(self._held, spec)

    def __dir__(self):
        return dir(self._held)


# The versions of the array API standard whose functions `martlet` has.
_API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


def array_namespace(self, /, *, api_version=None):
    """The namespace of the array API standard: `martlet`."""
    import martlet

    if api_version is not None and api_version not in _API_VERSIONS:
        raise ValueError(f"the array API standard has no version {api_version!r} that is supported")
    return martlet


def alias(cls, item):
    """What a class of arrays is in annotations, with the types of its shape and its elements."""
    numpy.ndarray[item]  # Refuses what is no pair of types.
    return types.GenericAlias(cls, item)


class HostArray(HostObject):
    """An array of NumPy's that Martlet's arrays cannot hold, behind NumPy's own interface."""

    __slots__ = ()
    __hash__ = None
    __array_priority__ = 0.0

    def __new__(cls, *args, **kwargs):
        raise TypeError("host arrays are made by the functions that make arrays")

    # What comes out of it: for NumPy's own classes another function.
    _view = staticmethod(_wrap_array)

    # Reading

    def __getitem__(self, key):
        if (type(key) is int and self._held.ndim == 1) or self._names_one_element(key):
            # An object is returned as it is, also an array; a record with a mask is not.
            value = self._held[key]
            return self._view(value) if type(self) is not HostArray and _is_numpys(value) else value
        if type(key) is int or type(key) is slice or type(key) is str:
            return self._view(self._held[key])
        return _fallback.call(operator.getitem, "operator getitem", (self, key), {}, REASON)

    def _names_one_element(self, key):
        return (
            type(key) is tuple
            and len(key) == self._held.ndim
            and all(isinstance(part, (int, numpy.integer)) for part in key)
        )

    def __iter__(self):
        array = self._held
        if array.ndim == 1 and type(self) is HostArray:
            return iter(array)
        if array.ndim == 0:
            array = iter(array)  # An error, unless it is a record with a mask.
        return (self._view(row) for row in array)

    def __len__(self):
        return len(self._held)

    def __bool__(self):
        return bool(self._held)

    def __contains__(self, value):
        return _plain(value) in self._held

    # Writing

    def __setitem__(self, key, value):
        if type(key) in (int, slice, str) and not isinstance(value, (ndarray, tuple, list)):
            self._held[key] = _plain(value)
        elif self._held.dtype == object and isinstance(value, (tuple, list)):
            # The objects in it go in, arrays as they are.
            originals = {}
            self._held[_plain(key)] = _overrides.standing(value, originals)
            if originals:
                _overrides.restore(self._held, originals)
        elif self._held.dtype == object and (type(key) is int or self._names_one_element(key)):
            # The object itself goes in, also when it is an array.
            self._held[key] = value
        else:
            _fallback.call(operator.setitem, "operator setitem", (self, key, value), {}, REASON)

    # NumPy's protocols

    def __array__(self, dtype=None, *, copy=None):
        if dtype is None and not copy:
            return self._held
        return numpy.array(self._held, dtype=dtype, copy=copy)

    @property
    def base(self):
        """The array whose memory this one shows, or None."""
        base = self._held.base
        if type(base) is numpy.ndarray and base.base is None:
            return wrap(base)
        return _martlet.adopt(base)

    def __dlpack__(self, **kwargs):
        return self._held.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self._held.__dlpack_device__()

    def __array_finalize__(self, obj, /):
        """What subclasses do with a new array; nothing here."""

    def __array_wrap__(self, array, context=None, return_scalar=False, /):
        return _martlet.adopt(self._held.__array_wrap__(_plain(array), context, return_scalar))

    def __setstate__(self, state):
        self._held.__setstate__(state)

    @property
    def _is_exported(self):
        """Whether NumPy reads the dtype back from the format of a buffer as it was."""
        return _told_by_buffer(self._held.dtype) is not False

    __array_namespace__ = array_namespace

    def resize(self, *new_shape, refcheck=True):
        """Another shape in place, as NumPy's."""
        held = self._held
        # Held here, there and by the call itself; all others are views of it.
        if refcheck and sys.getrefcount(held) > 3:
            raise ValueError(
                "cannot resize an array that references or is referenced\n"
                "by another array in this way.\n"
                "Use the np.resize function or refcheck=False"
            )
        if not held.flags.owndata or not held.flags.forc:
            held.resize(*new_shape, refcheck=False)  # NumPy's words, or another shape of the same.
            return
        # Another array, and this one as it was: NumPy may be reading it, where an index asked for
        # it.
        resized = held.copy("A")
        resized.resize(*new_shape, refcheck=False)
        _known.pop(id(held), None)
        HostObject._held.__set__(self, resized)
        _known[id(resized)] = self

    def item(self, *args):
        """One element as a Python object."""
        return self._held.item(*args)

    def tolist(self):
        """The elements as Python objects in nested lists."""
        return self._held.tolist()


# NumPy looks at a buffer first, then at these two, then at `__array__`. Each is shown only where it
# tells NumPy the very dtype.


@functools.cache
def _told_by_buffer(dtype):
    """Whether the format of a buffer tells the dtype; None where NumPy makes no buffer of it."""
    try:
        view = memoryview(numpy.empty(1, dtype))
    except ValueError:
        return None
    try:
        return numpy.asarray(view).dtype == dtype
    except (ValueError, RuntimeError):
        return False


@functools.cache
def _is_told_by(name, dtype):
    array = numpy.zeros(1, dtype)
    holder = type("Holder", (), {name: getattr(array, name)})()
    try:
        return numpy.asarray(holder).dtype == dtype
    except (TypeError, ValueError, RuntimeError):
        return False


def _protocol(name):
    def get(self):
        dtype = self._held.dtype
        if not _told_by_buffer(dtype) and not _is_told_by(name, dtype):
            raise AttributeError(f"an array of dtype {dtype} is not told by '{name}'")
        return getattr(self._held, name)

    return property(get, doc=getattr(numpy.ndarray, name).__doc__)


def _operators():
    unary = ("neg", "pos", "abs", "invert")
    comparisons = ("lt", "le", "eq", "ne", "gt", "ge")
    binary = (
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
        *("lshift", "rshift", "and_", "or_", "xor"),
    )
    for name in unary + comparisons + binary:
        function = getattr(operator, name)
        plain = name.strip("_")
        label = f"operator {plain}"
        if name in unary:
            yield f"__{plain}__", _martlet.served(function, label, REASON)
        if name in binary or name in comparisons:
            yield f"__{plain}__", _forward(function, label)
        if name in binary:
            yield f"__r{plain}__", _reflected(function, label)
            yield f"__i{plain}__", _martlet.served(getattr(operator, f"i{plain}"), label, REASON)
    yield "__divmod__", _forward(divmod, "divmod")
    yield "__rdivmod__", _reflected(divmod, "divmod")
    for name, function in (
        *(("__int__", int), ("__float__", float), ("__complex__", complex)),
        ("__index__", operator.index),
    ):
        yield name, lambda self, function=function: function(self._held)


def _forward(function, label):
    served = _martlet.served(function, label, REASON)

    def method(self, other):
        return NotImplemented if _overrides.leaves(other) else served(self, other)

    return method


def _reflected(function, label):
    def method(self, other):
        return _fallback.call(function, label, (other, self), {}, REASON)

    return method


def _attribute(name):
    def get(self):
        return _wrap_array(getattr(self._held, name))

    def set(self, value):
        setattr(self._held, name, _plain(value))

    return property(get, set, doc=getattr(numpy.ndarray, name).__doc__)


# MARK: NumPy's classes

# NumPy's classes that have something here to stand for them, and where NumPy shows them.
_CLASSES = {
    **dict.fromkeys(("matrix", "recarray", "memmap", "nditer"), "numpy"),
    **dict.fromkeys(("broadcast", "ndenumerate", "poly1d"), "numpy"),
    **dict.fromkeys(("Polynomial", "Chebyshev", "Hermite"), "numpy.polynomial"),
    **dict.fromkeys(("HermiteE", "Laguerre", "Legendre"), "numpy.polynomial"),
    "MaskedArray": "numpy.ma",
    "mvoid": "numpy.ma.core",
    "chararray": "numpy.char",
}


def is_one_of(kind, classes):
    """Whether a class is one of these of NumPy's, which are names with the modules that show them.

    The modules take long to import, so that is left to those who use them: where the class is there
    and NumPy's, its module is as good as imported.
    """
    module = classes.get(kind.__name__)
    if module is None or str(kind.__module__).partition(".")[0] != "numpy":
        return False
    return getattr(importlib.import_module(module), kind.__name__) is kind


def is_class(kind):
    """Whether it is one of NumPy's classes that have something here to stand for them."""
    return is_one_of(kind, _CLASSES)


class _Kinds(dict):
    """What stands for the instances of each of NumPy's classes, made when one is first met."""

    def __missing__(self, kind):
        if not is_class(kind):
            return None
        self[kind] = found = _kind(kind)
        return found


_kinds = _Kinds()
# NumPy's class and where it is shown, by what stands for it.
_originals = {}

# What every class has, or what `HostObject` does by itself.
_OWN = frozenset(dir(object)) - {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}
_NOT_SERVED = _OWN | {
    "__array__", "__array_finalize__", "__array_function__", "__array_interface__",
    "__array_priority__", "__array_struct__", "__array_ufunc__", "__array_wrap__", "__copy__",
    "__deepcopy__", "__dict__", "__getattr__", "__hash__", "__module__", "__next__", "__slots__",
    "__weakref__", "__setstate__",
}  # fmt: skip


def stand_in(kind):
    """What stands for one of NumPy's classes, and is the class of what stands for its instances."""
    return _kinds[kind]


@functools.cache
def _base(kind):
    """What a program's subclasses of one of NumPy's classes derive from: their instances are
    NumPy's, and give NumPy's arrays."""
    from martlet import _subclass

    members = {"__doc__": kind.__doc__, "__module__": f"martlet.{kind.__module__}"}
    if issubclass(kind, numpy.ndarray):
        members["view"] = lambda self, *args, **kwargs: _subclass.viewed(
            functools.partial(kind.view, self), args, kwargs
        )
    return HostClass(kind.__name__, (kind,), members)


class ArrayType(_martlet.array_type, abc.ABCMeta):
    """The class of `ndarray`: NumPy's arrays and host arrays are instances of it too."""

    __slots__ = ()

    def __new__(cls, name, bases, namespace, **keywords):
        from martlet import _subclass

        return _subclass.make(cls, name, bases, namespace, keywords)

    def __instancecheck__(cls, instance):
        if cls is ndarray:
            return isinstance(instance, numpy.ndarray) or issubclass(
                type(instance), (ndarray, HostArray)
            )
        return super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass):
        if cls is ndarray:
            return type.__subclasscheck__(cls, subclass) or issubclass(
                subclass, (numpy.ndarray, HostArray)
            )
        return super().__subclasscheck__(subclass)


class HostClass(ArrayType):
    """The class of what stands for NumPy's classes; of their subclasses too, which are as usual."""

    def __new__(cls, name, bases, namespace, **keywords):
        bases = tuple(_base(_originals[base][0]) if base in _originals else base for base in bases)
        return super().__new__(cls, name, bases, namespace, **keywords)

    @property
    def __wrapped__(cls):
        return _originals.get(cls, (None,))[0]

    def __call__(cls, *args, **kwargs):
        found = _originals.get(cls)
        if found is None:
            return super().__call__(*args, **kwargs)
        return _fallback.call(*found, args, kwargs, KINDS_REASON)

    def __getattribute__(cls, name):
        found = _originals.get(cls)
        if found is None:
            return super().__getattribute__(name)
        if name.startswith("__"):
            return _of_either(cls, name) or super().__getattribute__(name)
        value = getattr(found[0], name)
        if callable(value):
            return _martlet.served(value, f"{found[1]}.{name}", KINDS_REASON)
        return _martlet.adopt(value)

    # By the lists of bases: asking NumPy's abstract classes would bring the question back here.

    def __instancecheck__(cls, instance):
        found = _originals.get(cls)
        if found is None:
            return super().__instancecheck__(instance)
        return found[0] in type(instance).__mro__ or found[0] in instance.__class__.__mro__

    def __subclasscheck__(cls, subclass):
        found = _originals.get(cls)
        if found is None:
            return super().__subclasscheck__(subclass)
        return found[0] in subclass.__mro__ or cls in subclass.__mro__


# What the class itself must have as it is: Python and NumPy find it there.
_NOT_SHOWN = {
    *("__class__", "__class_getitem__", "__dir__", "__doc__", "__getattribute__", "__getstate__"),
    *("__hash__", "__init_subclass__", "__setattr__", "__subclasshook__"),
}


@functools.cache
def _of_either(kind, name):
    """A special method by its class, as subclasses call it, whose instances are NumPy's; None where
    the class has it as it is."""
    original = _originals[kind][0]
    value = None if name in _NOT_SHOWN else getattr(original, name, None)
    if not inspect.isroutine(value):
        return None
    own = type.__getattribute__(kind, name)

    def method(*args, **kwargs):
        if name == "__new__":
            if args and args[0] is kind:
                return kind(*args[1:], **kwargs)
            return value(*map(_plain, args), **_plain_values(kwargs))
        is_own = args and isinstance(args[0], HostObject)
        return (
            own(*args, **kwargs) if is_own else value(*map(_plain, args), **_plain_values(kwargs))
        )

    return functools.update_wrapper(method, value)


def _kind(original):
    """The class of what stands for the instances of one of NumPy's classes."""
    name = original.__name__
    path = f"{_CLASSES[name]}.{name}".partition(".")[2]
    is_array = issubclass(original, numpy.ndarray)

    members = {
        "__slots__": (),
        "__doc__": original.__doc__,
        "__module__": f"martlet.{original.__module__}",
        # What `isinstance` asks beside the type.
        "__class__": property(lambda self: original),
        "__getattr__": _get_any,
        "__setattr__": _set_any,
        "__delattr__": lambda self, name: delattr(self._held, name),
        "_view": staticmethod(_martlet.adopt),
    }
    for attribute in dir(original):
        special = attribute.startswith("__")
        if attribute in members or attribute in _NOT_SERVED or (is_array and special):
            continue
        value = inspect.getattr_static(original, attribute)
        if inspect.isroutine(value) and not isinstance(value, (classmethod, staticmethod)):
            members[attribute] = _martlet.served(value, f"{name}.{attribute}", KINDS_REASON)
        elif is_array and attribute != "base":
            members[attribute] = _forwarded(attribute, value.__doc__)
    if hasattr(original, "__next__"):
        # A step of an iterator is no call of its own.
        members["__next__"] = lambda self: _martlet.adopt(next(self._held))
    if not is_array:
        if original.__hash__ is not None:
            members["__hash__"] = lambda self: hash(self._held)
        if hasattr(original, "__array__"):
            members["__array__"] = lambda self, *args, **kwargs: self._held.__array__(
                *args, **kwargs
            )
        if hasattr(original, "__array_ufunc__"):
            members["__array_ufunc__"] = original.__array_ufunc__
    made = HostClass(name, (HostArray if is_array else HostObject,), members)
    _originals[made] = (original, path)
    return made


def _forwarded(name, documentation):
    return property(
        lambda self: _get_any(self, name),
        lambda self, value: _set_any(self, name, value),
        doc=documentation,
    )


def _get_any(self, name):
    if name.startswith("__"):
        # NumPy looks for its protocols, of which the wrapper has those that it means.
        raise AttributeError(name, name=name, obj=self)
    value = getattr(self._held, name)
    if inspect.isroutine(value):
        return _martlet.served(value, f"{type(self).__name__}.{name}", KINDS_REASON)
    return _martlet.adopt(value)


def _set_any(self, name, value):
    path = f"{type(self).__name__}.{name}"
    _fallback.call(setattr, path, (self, name, value), {}, KINDS_REASON)


def complete(array_function, array_ufunc):
    """Gives host arrays NumPy's operators, methods and attributes, and makes them arrays."""
    HostArray.__array_function__ = array_function
    HostArray.__array_ufunc__ = array_ufunc
    HostArray.__class_getitem__ = classmethod(alias)
    HostArray.__doc__ = numpy.ndarray.__doc__
    HostArray.__array_interface__ = _protocol("__array_interface__")
    HostArray.__array_struct__ = _protocol("__array_struct__")
    # Which name is seen where a program prints the class.
    HostArray.__name__ = HostArray.__qualname__ = "ndarray"
    HostArray.__module__ = "martlet.numpy"
    for name, method in _operators():
        setattr(HostArray, name, method)
    for name in dir(numpy.ndarray):
        if name.startswith("_") or name in vars(HostArray):
            continue
        value = getattr(numpy.ndarray, name)
        if callable(value):
            setattr(HostArray, name, _martlet.served(value, f"ndarray.{name}", REASON))
        else:
            setattr(HostArray, name, _attribute(name))
    _fallback.converters.finders.append(lambda kind: wrap if _kinds[kind] else None)
    _martlet.set_host_types(HostObject, HostArray, HostClass, wrap)
    _martlet.set_metaclass(ndarray, ArrayType)
