"""Libraries that ask whether an argument is one of NumPy's arrays, where one of Martlet's is meant.

Most of pandas and xarray takes anything with `__array__`. A few methods look at the class instead,
and take another one for a label, a list of labels, or an error: masks in square brackets above all.
These get NumPy's arrays on the same memory. They are changed when the library is imported.
"""

import functools
import importlib
import importlib.util
import sys

import numpy

from martlet import _martlet

ndarray = _martlet.ndarray

# By library, the modules' attributes that are changed: functions, and methods of classes.
_CHANGED = {
    "pandas": {
        "pandas": ("unique", "factorize"),
        "pandas.core.frame": (
            *("DataFrame.__init__", "DataFrame.__getitem__", "DataFrame.__setitem__"),
            *("DataFrame.set_index", "DataFrame._arith_method", "DataFrame._cmp_method"),
            *("DataFrame._logical_method", "DataFrame.groupby"),
        ),
        "pandas.core.series": ("Series.__getitem__", "Series.__setitem__", "Series.groupby"),
        "pandas.core.indexing": (
            *("_LocationIndexer.__getitem__", "_LocationIndexer.__setitem__"),
            *("_ScalarAccessIndexer.__getitem__", "_ScalarAccessIndexer.__setitem__"),
        ),
    },
    "xarray": {
        "xarray.core.dataset": ("Dataset.interp",),
        "xarray.core.dataarray": ("DataArray.interp",),
    },
}


def _plain(value, depth=0):
    """The argument with NumPy's arrays instead of Martlet's, in containers too."""
    kind = type(value)
    if kind is ndarray:
        return numpy.asarray(value)
    if depth < 3 and kind in (tuple, list) and any(type(item) in _KINDS for item in value):
        return kind(_plain(item, depth + 1) for item in value)
    if depth < 3 and kind is dict and any(type(item) in _KINDS for item in value.values()):
        return {name: _plain(item, depth + 1) for name, item in value.items()}
    held = getattr(kind, "_held", None)
    return value._held if held is not None and isinstance(value, ndarray) else value


_KINDS = {ndarray, tuple, list, dict}


def _taking_ours(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*map(_plain, args), **{name: _plain(x) for name, x in kwargs.items()})

    return call


def _change(library):
    for module, paths in _CHANGED[library].items():
        try:
            owner = importlib.import_module(module)
        except ImportError:
            continue  # Another version of the library keeps its classes elsewhere.
        for path in paths:
            holder, _, name = path.rpartition(".")
            place = getattr(owner, holder, None) if holder else owner
            function = getattr(place, name, None)
            if function is not None:
                setattr(place, name, _taking_ours(function))


class _Finder:
    """Waits for the libraries to be imported."""

    def __init__(self, libraries):
        self.libraries = set(libraries)

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self.libraries:
            return None
        self.libraries.discard(fullname)  # Whom the search goes on to must not come back here.
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, fullname)
        return spec


class _Loader:
    """Loads the library as it is, and changes it then."""

    def __init__(self, loader, library):
        self._loader = loader
        self._library = library

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        _change(self._library)


def install():
    """Changes the libraries that are there, and others when they come."""
    for library in _CHANGED:
        if library in sys.modules:
            _change(library)
    missing = [library for library in _CHANGED if library not in sys.modules]
    if missing:
        sys.meta_path.insert(0, _Finder(missing))
