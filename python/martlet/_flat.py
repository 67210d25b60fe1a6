"""`a.flat`: an array's elements in C order, as one dimension."""

import numpy

from martlet import _fallback, _martlet

REASON = "flat iterators are NumPy's"


def _get(array, key):
    return array.flat[key]


def _set(array, key, value):
    array.flat[key] = value


def _is_traced(value):
    return isinstance(value, _martlet.ndarray) and _martlet.is_traced(value)


def _put(array, key, value):
    """The same in steps that are recorded, for an array that is being differentiated."""
    from martlet import numpy as np

    places = np.arange(array.size)[key]
    if np.size(places):
        np.put(array, places, value)


def _compare(name):
    def compare(self, other):
        other = other._copied() if isinstance(other, flatiter) else other
        return getattr(self._copied(), name)(other)

    return compare


class flatiter:
    """As NumPy's, over one of Martlet's arrays."""

    __slots__ = ("_array", "_iterator", "_index")
    __hash__ = None

    def __init__(self, array):
        self._array = array
        self._iterator = None
        self._index = 0

    @property
    def base(self):
        """The array."""
        return self._array

    @property
    def index(self):
        """The place of the next element."""
        return self._index

    @property
    def coords(self):
        """The indices of the next element."""
        numbers = []
        rest = self.index
        for size in reversed(self._array.shape[1:]):
            numbers.append(rest % size)
            rest //= size
        return (rest, *reversed(numbers)) if self._array.ndim else ()

    def __len__(self):
        return self._array.size

    def __iter__(self):
        self._index = 0
        self._iterator = None
        return self

    def __next__(self):
        if _martlet.is_traced(self._array):
            if self._index >= self._array.size:
                raise StopIteration
            self._index += 1
            return self._array.reshape(-1)[self._index - 1]
        if self._iterator is None:
            # The elements as they are now, and as they become: the iterator looks at the memory.
            view = _martlet.to_numpy(self._array)
            self._iterator = view.flat
            del view
            _martlet.settle(self._array)
        value = next(self._iterator)
        self._index += 1
        return value

    def __getitem__(self, key):
        if _martlet.is_traced(self._array):
            found = self._array.reshape(-1)[key]
            return found.copy() if found.ndim else found
        return _fallback.call(_get, "ndarray.flat", (self._array, key), {}, REASON)

    def __setitem__(self, key, value):
        if _martlet.is_traced(self._array) or _is_traced(value):
            _put(self._array, key, value)
            return
        _fallback.call(_set, "ndarray.flat", (self._array, key, value), {}, REASON)

    def __delitem__(self, key):
        raise TypeError("Cannot delete iterator elements")

    def _copied(self):
        return self._array.flatten()

    def copy(self):
        """The elements in an array of one dimension."""
        return self._copied()

    def __array__(self, dtype=None, *, copy=None):
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        made = self._copied().__array__(dtype)
        # What is written there would not be seen here.
        if not self._array.flags.c_contiguous:
            made.flags.writeable = False
        return made

    __eq__ = _compare("__eq__")
    __ne__ = _compare("__ne__")
    __lt__ = _compare("__lt__")
    __le__ = _compare("__le__")
    __gt__ = _compare("__gt__")
    __ge__ = _compare("__ge__")

    def __repr__(self):
        return f"<martlet flatiter at {self.index} of {len(self)} elements>"


def of_numpy(iterator):
    """One of NumPy's, over Martlet's array, as far as that one has come."""
    made = flatiter(_martlet.adopt(iterator.base))
    made._iterator = iterator
    made._index = iterator.index
    return made


_fallback.converters[numpy.flatiter] = of_numpy


def set_flat(array, value):
    """`a.flat = value`: the values repeated over the array."""
    if _martlet.is_traced(array) or _is_traced(value):
        _put(array, slice(None), value)
        return
    _fallback.call(_set, "ndarray.flat", (array, slice(None), value), {}, REASON)
