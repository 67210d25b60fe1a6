"""What the type `ndarray` has beside its native methods: NumPy's, served by the fallback."""

import contextvars
import functools
import importlib
import types

import numpy

from martlet import _devices, _fallback, _flat, _host, _martlet

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


def _setflags(self, write=None, align=None, uic=None):
    """As NumPy's: whether the array may be written. It is aligned and no copy to write back."""
    if align is not None and not align:
        raise ValueError("Martlet's arrays are always aligned")
    if uic:
        raise ValueError("cannot set WRITEBACKIFCOPY flag to True")
    if write is not None:
        self._is_writable = bool(write)


def _attribute(name):
    def get(self):
        view = _martlet.to_numpy(self)
        value = getattr(view, name)
        del view
        # What still shows the memory, if anything does, makes it shared.
        _martlet.settle(self)
        return value

    return property(get, doc=getattr(numpy.ndarray, name).__doc__)


def _array(self, dtype=None, *, copy=None):
    if self.device != "cpu":
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        self = self.to("cpu")
    view = _martlet.to_numpy(self)
    if dtype is not None and numpy.dtype(dtype) != view.dtype:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return view.astype(dtype)
    if copy:
        return view.copy()
    _martlet.settle(self)
    return view


# The function of NumPy that is being looked for, so that arrays which NumPy finds where the
# fallback does not look (in a container of a type of its own) don't bring it back here for ever.
_dispatched = contextvars.ContextVar("dispatched", default=None)
_prototype = numpy.empty(0)


def _array_function(self, function, kinds, args, kwargs):
    native = _native(function)
    if native is None or native is function or _dispatched.get() is function:

        def implementation(*args, **kwargs):
            return _prototype.__array_function__(function, (numpy.ndarray,), args, kwargs)

        return _fallback.call(implementation, function.__name__, args, kwargs, "not native")
    token = _dispatched.set(function)
    try:
        return native(*args, **kwargs)
    finally:
        _dispatched.reset(token)


def _native(function):
    """What Martlet has under the name of NumPy's function, or None."""
    import martlet.numpy

    module = function.__module__ or "numpy"
    owner = martlet.numpy
    if module.startswith("numpy.") and not module.startswith("numpy._"):
        owner = importlib.import_module(f"martlet.{module}")
    return getattr(owner, function.__name__, None)


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


def _dlpack(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    if self.device != "cpu":
        return _devices.dlpack(self, stream, max_version, dl_device, copy)
    view = _martlet.to_numpy(self)
    given = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    # Older versions of NumPy don't know them all.
    capsule = view.__dlpack__(**{name: value for name, value in given.items() if value is not None})
    del view
    _martlet.settle(self)
    return capsule


def _complex(self):
    return complex(_martlet.to_numpy(self))


def _data(self):
    return memoryview(self)


@functools.cache
def complete():
    """Adds to the native type what only the facade can write, once."""
    own = set(vars(ndarray))
    additions = {
        "__array__": _array,
        "__array_function__": _array_function,
        "__reduce_ex__": _reduce_ex,
        "__format__": _format,
        "__copy__": _iterator_free_copy,
        "__deepcopy__": _iterator_free_copy,
        "__dlpack__": _dlpack,
        "__dlpack_device__": lambda self: _martlet.dlpack_device(self),
        "__complex__": _complex,
        "__class_getitem__": classmethod(types.GenericAlias),
        "flags": property(flagsobj),
        "data": property(_data),
        "setflags": _setflags,
        "flat": property(_flat.flatiter, _flat.set_flat, doc=numpy.ndarray.flat.__doc__),
        "__doc__": numpy.ndarray.__doc__,
    }
    for name, value in additions.items():
        setattr(ndarray, name, value)
    _martlet.set_array_ufunc(_array_ufunc)
    for name in dir(numpy.ndarray):
        if name.startswith("_") or name in own or name in additions:
            continue
        value = getattr(numpy.ndarray, name)
        if callable(value):
            setattr(ndarray, name, _martlet.served(value, f"ndarray.{name}", "not native"))
        else:
            setattr(ndarray, name, _attribute(name))
    ndarray.__module__ = "martlet.numpy"
    _host.complete(_array_function, _array_ufunc)
