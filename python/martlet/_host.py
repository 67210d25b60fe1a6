"""Arrays that stay on the host: strings, objects, dates, records, and what else Martlet has not.

A `HostArray` stands for one of NumPy's plain arrays. What it computes is NumPy's, logged as any
step down, and numbers that come out are Martlet's arrays. Views of it are host arrays too, whatever
their dtype, so that a field of records still is a view. NumPy's own array classes (matrices, masked
arrays, records, char arrays) need no wrapper: they are NumPy's very objects. All of these count as
instances of `ndarray`.
"""

import abc
import operator
import weakref

import numpy

from martlet import _fallback, _martlet

ndarray = _martlet.ndarray
REASON = "strings, objects, dates and records are NumPy's"

# By the array's id; a host array keeps its array, so an id cannot come to mean another.
_known = weakref.WeakValueDictionary()


def wrap(array):
    """The host array of one of NumPy's arrays; the same one as long as it lives."""
    found = _known.get(id(array))
    if found is None:
        found = object.__new__(HostArray)
        found._array = array
        _known[id(array)] = found
    return found


def _plain(value):
    return value._array if type(value) is HostArray else value


class HostArray:
    """An array of NumPy's that Martlet's arrays cannot hold, behind NumPy's own interface."""

    __slots__ = ("__weakref__", "_array")
    __hash__ = None
    __array_priority__ = 1.0

    def __new__(cls, *args, **kwargs):
        raise TypeError("host arrays are made by the functions that make arrays")

    # Reading

    def __getitem__(self, key):
        if type(key) is int or type(key) is slice or type(key) is str:
            value = self._array[key]
        elif self._names_one_element(key):
            # An object may be an array itself: it is returned as it is.
            return self._array[key]
        else:
            return _fallback.call(operator.getitem, "operator getitem", (self, key), {}, REASON)
        if type(value) is not numpy.ndarray or (type(key) is int and self._array.ndim == 1):
            return value
        return wrap(value)

    def _names_one_element(self, key):
        return (
            type(key) is tuple
            and len(key) == self._array.ndim
            and all(isinstance(part, (int, numpy.integer)) for part in key)
        )

    def __iter__(self):
        array = self._array
        if array.ndim == 1:
            return iter(array)
        if array.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (wrap(row) for row in array)

    def __len__(self):
        return len(self._array)

    def __bool__(self):
        return bool(self._array)

    def __contains__(self, value):
        return _plain(value) in self._array

    # Writing

    def __setitem__(self, key, value):
        if type(key) in (int, slice, str) and not isinstance(value, (ndarray, tuple, list)):
            self._array[key] = _plain(value)
        elif self._array.dtype == object and (type(key) is int or self._names_one_element(key)):
            # The object itself goes in, also when it is an array.
            self._array[key] = value
        else:
            _fallback.call(operator.setitem, "operator setitem", (self, key, value), {}, REASON)

    # NumPy's protocols

    def __array__(self, dtype=None, *, copy=None):
        if dtype is None and not copy:
            return self._array
        return numpy.array(self._array, dtype=dtype, copy=copy)

    @property
    def base(self):
        """The array whose memory this one shows, or None."""
        base = self._array.base
        return wrap(base) if type(base) is numpy.ndarray else base

    def item(self, *args):
        """One element as a Python object."""
        return self._array.item(*args)

    def tolist(self):
        """The elements as Python objects in nested lists."""
        return self._array.tolist()

    # Copies

    def __copy__(self):
        return wrap(self._array.copy())

    def __deepcopy__(self, memo):
        return wrap(self._array.__deepcopy__(memo))

    def __reduce__(self):
        return wrap, (self._array,)

    # Words

    def __repr__(self):
        return repr(self._array)

    def __str__(self):
        return str(self._array)

    def __format__(self, spec):
        return format(self._array, spec)

    def __dir__(self):
        return dir(self._array)


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
        yield f"__{plain}__", _martlet.served(function, label, REASON)
        if name in binary:
            yield f"__r{plain}__", _reflected(function, label)
            yield f"__i{plain}__", _martlet.served(getattr(operator, f"i{plain}"), label, REASON)
    yield "__divmod__", _martlet.served(divmod, "divmod", REASON)
    yield "__rdivmod__", _reflected(divmod, "divmod")
    for name, function in (
        *(("__int__", int), ("__float__", float), ("__complex__", complex)),
        ("__index__", operator.index),
    ):
        yield name, lambda self, function=function: function(self._array)


def _reflected(function, label):
    def method(self, other):
        return _fallback.call(function, label, (other, self), {}, REASON)

    return method


def _attribute(name):
    def get(self):
        value = getattr(self._array, name)
        return wrap(value) if type(value) is numpy.ndarray else value

    def set(self, value):
        setattr(self._array, name, _plain(value))

    return property(get, set, doc=getattr(numpy.ndarray, name).__doc__)


class ArrayType(abc.ABCMeta):
    """The class of `ndarray`: NumPy's arrays and host arrays are instances of it too."""

    __slots__ = ()

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


def complete(array_function, array_ufunc):
    """Gives host arrays NumPy's operators, methods and attributes, and makes them arrays."""
    HostArray.__array_function__ = array_function
    HostArray.__array_ufunc__ = array_ufunc
    HostArray.__class_getitem__ = numpy.ndarray.__class_getitem__
    HostArray.__doc__ = numpy.ndarray.__doc__
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
    _martlet.set_host_array(HostArray, wrap)
    _martlet.set_metaclass(ArrayType)
