"""What the type `ndarray` has beside its native methods: NumPy's, served by the fallback."""

import types

import numpy

from martlet import _fallback, _martlet
from martlet._convert import Loan

ndarray = _martlet.ndarray


class flagsobj:
    """How an array lies in memory, as NumPy's `flags`."""

    __slots__ = ("_array",)

    _NAMES = {
        "C": "c_contiguous", "C_CONTIGUOUS": "c_contiguous", "CONTIGUOUS": "c_contiguous",
        "F": "f_contiguous", "F_CONTIGUOUS": "f_contiguous", "FORTRAN": "f_contiguous",
        "W": "writeable", "WRITEABLE": "writeable", "A": "aligned", "ALIGNED": "aligned",
        "O": "owndata", "OWNDATA": "owndata", "X": "writebackifcopy",
        "WRITEBACKIFCOPY": "writebackifcopy", "FNC": "fnc", "FORC": "forc", "B": "behaved",
        "BEHAVED": "behaved", "CA": "carray", "CARRAY": "carray", "FA": "farray",
        "FARRAY": "farray",
    }  # fmt: skip

    def __init__(self, array):
        self._array = array

    @property
    def c_contiguous(self):
        return self._array._is_c_contiguous

    @property
    def f_contiguous(self):
        return self._array._is_f_contiguous

    contiguous = c_contiguous

    @property
    def writeable(self):
        return self._array._is_writable

    @writeable.setter
    def writeable(self, value):
        self._array._is_writable = bool(value)

    @property
    def owndata(self):
        return self._array.base is None

    aligned = property(lambda self: True)
    writebackifcopy = property(lambda self: False)
    fnc = property(lambda self: self.f_contiguous and not self.c_contiguous)
    forc = property(lambda self: self.f_contiguous or self.c_contiguous)
    behaved = property(lambda self: self.writeable)
    carray = property(lambda self: self.writeable and self.c_contiguous)
    farray = property(lambda self: self.behaved and self.fnc)

    def __getitem__(self, key):
        name = self._NAMES.get(key)
        if name is None:
            raise KeyError("Unknown flag")
        return getattr(self, name)

    def __setitem__(self, key, value):
        if self._NAMES.get(key) != "writeable":
            raise KeyError("Unknown flag")
        self.writeable = value

    def __eq__(self, other):
        names = ("c_contiguous", "f_contiguous", "owndata", "writeable")
        return isinstance(other, flagsobj) and all(
            getattr(self, name) == getattr(other, name) for name in names
        )

    __hash__ = None

    def __repr__(self):
        return (
            "\n".join(
                f"  {name.upper()} : {getattr(self, name)}"
                for name in (
                    "c_contiguous",
                    "f_contiguous",
                    "owndata",
                    "writeable",
                    "aligned",
                    "writebackifcopy",
                )  # fmt: skip
            )
            + "\n"
        )


def _method(name):
    function = getattr(numpy.ndarray, name)

    def method(self, *args, **kwargs):
        return _fallback.call(function, f"ndarray.{name}", (self, *args), kwargs, "not native")

    method.__name__ = name
    method.__qualname__ = f"ndarray.{name}"
    method.__doc__ = function.__doc__
    return method


def _attribute(name):
    def get(self):
        loan = Loan()
        try:
            return getattr(loan.out(self), name)
        finally:
            loan.close()

    return property(get, doc=getattr(numpy.ndarray, name).__doc__)


def _array(self, dtype=None, *, copy=None):
    view = _martlet.to_numpy(self)
    if dtype is not None and numpy.dtype(dtype) != view.dtype:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return view.astype(dtype)
    if copy:
        return view.copy()
    _martlet.settle(self)
    return view


def _array_function(self, function, kinds, args, kwargs):
    import martlet.numpy

    module = function.__module__ or "numpy"
    owner = martlet.numpy
    name = function.__name__
    if module.startswith("numpy.") and not module.startswith("numpy._"):
        owner = __import__(f"martlet.{module}", fromlist=[name])
    native = getattr(owner, name, None)
    if native is not None and native is not function:
        return native(*args, **kwargs)
    return _fallback.call(function, name, args, kwargs, "not native")


def _array_ufunc(self, ufunc, method, *inputs, **kwargs):
    import martlet.numpy

    out = kwargs.get("out")
    if out is not None and any(type(item) is numpy.ndarray for item in out):
        # The caller wants the result in a NumPy array.
        return _fallback.call(
            getattr(ufunc, method), ufunc.__name__, inputs, kwargs, "out= is NumPy's"
        )
    native = getattr(martlet.numpy, ufunc.__name__, None)
    if native is None or getattr(numpy, ufunc.__name__, None) is not ufunc:
        return _fallback.call(getattr(ufunc, method), ufunc.__name__, inputs, kwargs, "not native")
    function = native if method == "__call__" else getattr(native, method)
    return function(*inputs, **kwargs)


def _rebuild(data, shape, dtype):
    array = numpy.frombuffer(data, dtype=dtype).reshape(shape).copy()
    return _martlet.array(array)


def _reduce_ex(self, protocol):
    view = _martlet.to_numpy(self)
    order = view.dtype.newbyteorder("<")
    return _rebuild, (view.astype(order, copy=False).tobytes(), view.shape, order.str)


def _format(self, spec):
    return format(self[()] if self.ndim == 0 else _martlet.to_numpy(self), spec)


def _iterator_free_copy(self, memo=None):
    return self.copy()


def _dlpack(self, **kwargs):
    loan = Loan()
    try:
        return loan.out(self).__dlpack__(**kwargs)
    finally:
        loan.close()


def _complex(self):
    return complex(_martlet.to_numpy(self))


def _data(self):
    return memoryview(self)


def complete():
    """Adds to the native type what only the facade can write."""
    own = set(vars(ndarray))
    additions = {
        "__array__": _array,
        "__array_function__": _array_function,
        "__array_ufunc__": _array_ufunc,
        "__reduce_ex__": _reduce_ex,
        "__format__": _format,
        "__copy__": _iterator_free_copy,
        "__deepcopy__": _iterator_free_copy,
        "__dlpack__": _dlpack,
        "__dlpack_device__": lambda self: (1, 0),
        "__complex__": _complex,
        "__class_getitem__": classmethod(types.GenericAlias),
        "flags": property(flagsobj),
        "data": property(_data),
        "__doc__": numpy.ndarray.__doc__,
    }
    for name, value in additions.items():
        setattr(ndarray, name, value)
    for name in dir(numpy.ndarray):
        if name.startswith("_") or name in own or name in additions:
            continue
        value = getattr(numpy.ndarray, name)
        make = _method if callable(value) else _attribute
        setattr(ndarray, name, make(name))
    ndarray.__module__ = "martlet.numpy"
