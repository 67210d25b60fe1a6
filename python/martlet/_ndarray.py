"""What the type `ndarray` has beside its native methods: NumPy's, served by the fallback."""

import contextvars
import functools
import operator
import sys

import numpy

from martlet import _devices, _fallback, _flags, _flat, _host, _martlet, _overrides

ndarray = _martlet.ndarray


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


def _array_function(self, func, types, args, kwargs):
    if not isinstance(args, tuple):
        raise TypeError("args must be a tuple.")
    if not isinstance(kwargs, dict):
        raise TypeError("kwargs must be a dict.")
    if not all(issubclass(kind, ndarray) for kind in types):
        return NotImplemented
    native = _overrides.function_of(func)
    if native is func or _dispatched.get() is func:
        return _overrides.run(func, types, args, kwargs)
    token = _dispatched.set(func)
    try:
        return native(*args, **kwargs)
    finally:
        _dispatched.reset(token)


def _array_ufunc(self, ufunc, method, *inputs, **kwargs):
    out = kwargs.get("out")
    if any(map(_overrides.has_rules_of_program, (*inputs, *(out or ())))):
        return NotImplemented  # Whoever asks goes on to it.
    if out is not None and any(type(item) is numpy.ndarray for item in out):
        # The caller wants the result in a NumPy array.
        return _fallback.call(
            getattr(ufunc, method), ufunc.__name__, inputs, kwargs, "out= is NumPy's"
        )
    if method == "__call__" and ufunc in _REFLECTED and isinstance(self, _host.HostArray):
        answer = _compared_as_operator(self, ufunc, inputs, kwargs)
        if answer is not NotImplemented:
            return answer
    native = _overrides.function_of(ufunc)
    if native is ufunc:
        return _fallback.call(getattr(ufunc, method), ufunc.__name__, inputs, kwargs, "not native")
    function = native if method == "__call__" else getattr(native, method)
    return function(*inputs, **kwargs)


# What the right operand of a comparison is asked, by what the left one's ufunc is.
_REFLECTED = {
    numpy.equal: operator.eq,
    numpy.not_equal: operator.ne,
    numpy.less: operator.gt,
    numpy.less_equal: operator.ge,
    numpy.greater: operator.lt,
    numpy.greater_equal: operator.le,
}


def _compared_as_operator(self, ufunc, inputs, kwargs):
    """A comparison whose left operand is NumPy's: Python asks a subclass of that one's class first,
    such as a masked array, but what stands for one it does not know as such."""
    left, right = inputs
    if kwargs or right is not self or type(self) is _host.HostArray:
        return NotImplemented
    if not isinstance(left, (numpy.generic, numpy.ndarray)):
        return NotImplemented
    return _REFLECTED[ufunc](right, left)


# MARK: Pickling


def _rebuild(data, shape, dtype, axes=None):
    """An array of the elements in some memory; shared with a buffer that came beside the pickle.

    The memory has C's order of the shape; `axes` says where each of the array's own is in it.
    """
    if "dask.array" in sys.modules:
        # A worker has its first chunk from another process: Dask must know what it is.
        import martlet.dask  # noqa: F401
    array = numpy.frombuffer(data, dtype=dtype).reshape(shape)
    # What came over a wire may begin anywhere.
    if isinstance(data, (bytes, bytearray)) or not array.flags.aligned:
        array = array.copy()
    return _martlet.asarray(array if axes is None else array.transpose(axes))


def _reduce_ex(self, protocol):
    view = _martlet.to_numpy(self)
    dtype = view.dtype.newbyteorder("<").str
    if protocol < 5 or self.device != "cpu":
        if not view.flags.fnc:
            return _rebuild, (view.astype(dtype, copy=False).tobytes(), view.shape, dtype)
        axes = tuple(reversed(range(view.ndim)))
        return _rebuild, (view.tobytes("F"), view.shape[::-1], dtype, axes)
    import pickle

    strides = view.strides
    del view
    axes = sorted(range(len(strides)), key=lambda axis: -strides[axis])
    ordered = self.transpose(axes)
    if not ordered.flags.c_contiguous:
        return _reduce_ex(self, 4)
    places = None if axes == sorted(axes) else tuple(map(axes.index, range(len(axes))))
    return _rebuild, (pickle.PickleBuffer(ordered), ordered.shape, dtype, places)


def _reduce(self):
    return _reduce_ex(self, 2)


def _to_numpy(self, dtype=None, copy=False):
    """NumPy's array of the elements, which shows the same memory where it can.

    The name is pandas's; libraries look for it in arrays that are not NumPy's (matplotlib).
    """
    return numpy.array(_martlet.to_numpy(self), dtype, copy=True if copy else None)


def _setstate(self, state):
    """NumPy's state of a pickled array: version, shape, dtype, order of Fortran, bytes."""
    made = numpy.ndarray.__new__(numpy.ndarray, (0,))
    made.__setstate__(state)
    self.resize(made.shape, refcheck=False)
    self[...] = made


def _format(self, spec):
    if _martlet.is_traced(self):  # Text does not say where it comes from.
        self = _martlet.untraced(self)
    return format(self[()] if self.ndim == 0 else _martlet.to_numpy(self), spec)


def _copy(self, memo=None):
    return self.copy("K")


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


def _array_struct(self):
    if self.device != "cpu":
        raise AttributeError(f"the array lives on {self.device}, which the host cannot read")
    return _martlet.to_numpy(self).__array_struct__


def _array_finalize(self, obj, /):
    """What subclasses do with a new array; nothing here."""


def _array_wrap(self, array, context=None, return_scalar=False, /):
    """A result of NumPy's as an array, or as a number where it has no dimensions."""
    if isinstance(array, numpy.ndarray):
        array = _martlet.adopt(numpy.asarray(array))
    elif not isinstance(array, ndarray):
        raise TypeError("can only be called with ndarray object")
    return array[()] if return_scalar else array


# What the class itself must have as it is: Python and NumPy find it there.
_NOT_SHOWN = {
    *("__array__", "__array_function__", "__array_ufunc__", "__class__", "__class_getitem__"),
    *("__dir__", "__doc__", "__getattribute__", "__getstate__", "__hash__", "__init__"),
    *("__init_subclass__", "__new__", "__setattr__", "__subclasshook__"),
}


def _show_methods():
    """Methods by their class, as subclasses call them, take NumPy's arrays too."""
    shown = {"__new__": _shown_new()}
    for name in dir(numpy.ndarray):
        value = getattr(numpy.ndarray, name)
        if name.startswith("__") and name not in _NOT_SHOWN and callable(value):
            shown[name] = _of_either(name, getattr(ndarray, name), value)
    _martlet.show_attributes(shown)


def _of_either(name, own, numpys):
    served = _martlet.served(numpys, f"ndarray.{name}", "an array of NumPy's")

    def method(self, *args, **kwargs):
        if isinstance(self, numpy.ndarray):
            return served(self, *args, **kwargs)
        return own(self, *args, **kwargs)

    return functools.update_wrapper(method, numpys)


def _shown_new():
    make = ndarray.__new__

    def __new__(cls, *args, **kwargs):
        if isinstance(cls, type) and numpy.ndarray in cls.__mro__:
            return numpy.ndarray.__new__(cls, *args, **kwargs)
        return make(cls, *args, **kwargs)

    return functools.update_wrapper(__new__, numpy.ndarray.__new__)


@functools.cache
def complete():
    """Adds to the native type what only the facade can write, once."""
    own = set(vars(ndarray))
    additions = {
        "__array__": _array,
        "__array_function__": _array_function,
        "__array_struct__": property(_array_struct),
        "__array_namespace__": _host.array_namespace,
        "__array_finalize__": _array_finalize,
        "__array_wrap__": _array_wrap,
        "__reduce__": _reduce,
        "__reduce_ex__": _reduce_ex,
        "__setstate__": _setstate,
        "__format__": _format,
        "__copy__": _copy,
        "__deepcopy__": _copy,
        "to_numpy": _to_numpy,
        "__dlpack__": _dlpack,
        "__dlpack_device__": lambda self: _martlet.dlpack_device(self),
        "__complex__": _complex,
        "__class_getitem__": classmethod(_host.alias),
        "flags": property(_flags.flagsobj),
        "data": property(_data),
        "setflags": _flags.setflags,
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
    _show_methods()
