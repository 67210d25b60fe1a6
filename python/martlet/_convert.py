"""Arrays on their way between Martlet and NumPy, without copies where the memory allows it."""

import numpy

from martlet import _martlet

ndarray = _martlet.ndarray


class Loan:
    """The arguments of one NumPy call, and which of its results are the caller's own objects."""

    def __init__(self):
        self._arrays = []
        self._owners = {}
        self.bytes = 0

    def out(self, value):
        """`value` as NumPy takes it: arrays in tuples, lists and dicts too."""
        if isinstance(value, ndarray):
            view = _martlet.to_numpy(value)
            self._arrays.append(value)
            self._owners[id(view)] = (view, value)
            self.bytes += view.nbytes
            return view
        kind = type(value)
        if kind is tuple or kind is list:
            return kind([self.out(item) for item in value])
        if kind is dict:
            return {key: self.out(item) for key, item in value.items()}
        if isinstance(value, Fallback):
            return value.__wrapped__
        return value

    def back(self, box):
        """What the only item of `box` is for the caller; the box lets go of it."""
        value = box[0]
        if type(value) is numpy.ndarray:
            owner = self._owners.get(id(value))
            if owner is not None:
                return owner[1]
            self.bytes += value.nbytes
            del value
            adopted = _martlet.adopt(box)
            return box[0] if adopted is None else adopted
        if isinstance(value, tuple):
            kind = type(value)
            box.clear()
            items = list(value)
            del value
            converted = self._items(items)
            if kind is tuple:
                return converted if type(converted) is tuple else tuple(converted)
            make = getattr(kind, "_make", None)
            return kind(converted) if make is None else make(converted)
        if type(value) is list:
            return list(self._items(list(value)))
        if type(value) is dict:
            return {key: self.back([item]) for key, item in value.items()}
        return special(value)

    def _items(self, items):
        results = []
        while items:
            # Popped, so that an array which only this tuple held is known to be ours alone.
            box = [items.pop(0)]
            results.append(self.back(box))
        return tuple(results)

    def close(self):
        """Ends the loan: memory that NumPy or its results kept is shared from now on."""
        self._owners.clear()
        for array in self._arrays:
            _martlet.settle(array)


class Fallback:
    """Base of what stands for one of NumPy's own objects."""

    __slots__ = ("__wrapped__",)


def special(value):
    """Results that make arrays later, such as random generators, give Martlet's arrays then."""
    kind = type(value)
    if kind.__module__.startswith("numpy.random"):
        from martlet import _random

        return _random.wrap(value)
    return value
