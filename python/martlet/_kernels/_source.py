"""A Python function as the text that the extension reads, with every outside name looked up.

The text is lists in parentheses: what a thing is, its line, its column, its parts. The extension's
module `MartletFrontend` (`SourceTree.swift`, `SourceReader.swift`) says what there is.

A name that is no local is looked up once, when the text is made: numbers and strings become
constants, functions of NumPy, Martlet, `math` and the builtins become `known`, jitted functions
become further functions of the program, and arrays become parameters after the function's own.
"""

import functools

import numpy

from martlet import _martlet
from martlet._kernels import _values
from martlet._kernels._encoder import FunctionEncoder
from martlet._kernels._forms import quoted, unusable
from martlet._kernels._reading import read

# The types of decorated functions that have their source as `encode`. The decorators add theirs.
carriers = []

# Decorated functions that cannot say themselves what they were made from, by their id. The object
# is kept, so that no other takes its id.
_registered = {}


def register(value, source):
    """Remembers which source a ufunc was made from, so that kernels can call it."""
    _registered[id(value)] = (value, source)


def source_of(value):
    """The `Source` of a jitted, vectorized or device function; None for anything else."""
    if isinstance(value, tuple(carriers)):
        return value.encode
    entry = _registered.get(id(value))
    return entry[1] if entry is not None else None


# A list from around a function is a tuple; from here on an array, which has its elements looked up.
_LONG_LIST = 16


@functools.cache
def composite(path):
    """The source of a function of NumPy's that is written in terms of others; None for others."""
    if path.partition(".")[0] not in ("numpy", "random", "martlet"):
        # A loop over a range shouldn't wait for them to be read.
        return None
    from martlet._kernels import _composites

    function = _composites.find(path)
    return None if function is None else Source(function)


@functools.cache
def _method(ufunc, name, is_users):
    from martlet._kernels import _composites

    function = _composites.method(ufunc, name, is_users)
    if function is None:
        return None
    source = Source(function)
    source.constants = {"function": ufunc}
    return source


class Source:
    """A function that kernels are made from; calling it gives what `Program.source` does."""

    def __init__(self, function, captures=True, grid=False):
        self.function = function
        self.captures = captures
        self.grid = grid
        # Those that it was declared with.
        self.signatures = ()
        # Parameters that stand for functions, which a call gave.
        self.constants = {}
        self._written = None

    @property
    def name(self):
        return self.function.__name__

    @property
    def filename(self):
        return self.function.__code__.co_filename

    @property
    def doc(self):
        return self.function.__doc__

    def written(self):
        """The syntax tree, read once."""
        if self._written is None:
            self._written = read(self.function)
        return self._written

    def set_written(self, written):
        """Gives a function that was made here its tree."""
        self._written = written

    def place(self):
        """The line and column of the function, as the text has them."""
        line, column = self.written().position(self.written().node)
        return f"{line} {column}"

    def encoder(self, program, is_entry):
        """What translates this function as a part of a program."""
        encoder = FunctionEncoder(program, self.function, self.written(), is_entry)
        encoder.set_constants(self.constants)
        # Calls from Python are converted to the declared types before.
        encoder.signatures = () if is_entry else self.signatures
        return encoder

    def __call__(self):
        program = Program(self.captures, self.grid)
        program.add(self)
        return program.source()


class Program:
    """The functions of one kernel, and the arrays that its entry takes from around it."""

    def __init__(self, captures=True, grid=False):
        self.captures = captures
        # Whether the threads of a grid run it.
        self.grid = grid
        self.functions = []
        self.arrays = []
        self.array_names = {}
        self.calls_martlet = False
        self._indices = {}
        # The entry's file, and that of the function that is being translated.
        self._filename = None
        self._file = None

    def add(self, source, is_entry=True):
        """The index of a function, which is translated unless it is there already."""
        index = self._indices.get(id(source))
        if index is None:
            index = self._indices[id(source)] = len(self.functions)
            # The place is taken first: a function may call itself.
            self.functions.append(None)
            self.functions[index] = self._definition(source, is_entry)
        return index

    def _definition(self, source, is_entry):
        """The form of a function, with its file where that is not the first function's."""
        caller, self._file = self._file, source.filename
        if self._filename is None:
            self._filename = source.filename
        try:
            return self._filed(source.encoder(self, is_entry).definition())
        finally:
            self._file = caller

    def _filed(self, form):
        return form if self._file == self._filename else f"(file {quoted(self._file)} {form})"

    def add_composite(self, source, place, row):
        """The index of a function of `_composites`, which has the place of its call: that is where
        the user's mistakes are. Calls are bound by the row of this name, where there is one."""
        key = (id(source), place, self._file, row)
        index = self._indices.get(key)
        if index is None:
            index = self._indices[key] = len(self.functions)
            self.functions.append(None)
            encoder = FunctionEncoder(self, source.function, source.written(), False, place, row)
            encoder.set_constants(source.constants)
            self.functions[index] = self._filed(encoder.definition())
        return index

    def add_inner(self, around, node):
        """The index of a function that stands inside of another, which `around` translates."""
        index = len(self.functions)
        self.functions.append(None)
        encoder = FunctionEncoder(
            self,
            around.function,
            around.written,
            False,
            around.fixed_place,
            node=node,
            around=around,
        )
        self.functions[index] = self._filed(encoder.definition())
        return index

    def add_text(self, text):
        """The index of a function that was written here."""
        self.functions.append(text)
        return len(self.functions) - 1

    def source(self):
        """The text, the arrays, and whether what the functions make is Martlet's or NumPy's: as
        what they call is."""
        return self.text(), self.arrays, self.calls_martlet

    def text(self):
        return f"(python {' '.join(self.functions)})"

    # What outside values become

    def capture(self, array, name, is_entry):
        """The name of the parameter of the entry for an array from around a function.

        One that only called functions see has a name that is no local of the entry's.
        """
        if id(array) not in self.array_names:
            taken = self.array_names.values()
            chosen = name if is_entry else f"outer.{name}"
            if chosen in taken:
                chosen = f"{chosen}.{len(self.array_names)}"
            self.array_names[id(array)] = chosen
            self.arrays.append(array)
        return self.array_names[id(array)]

    def value(self, value, place, name, is_entry):
        """The form of an outside value; `place` is a line and column as text."""
        form = _values.number(value, place, name)
        if form is not None:
            return form
        if isinstance(value, str):
            return f"(string {place} {quoted(value)})"
        if isinstance(value, list) and self.captures and len(value) > _LONG_LIST:
            array = _values.number_array(value)
            if array is not None:
                return self._array(array, place, name, is_entry)
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
            return f"({' '.join(['record', place, *map(quoted, value._fields)])})"
        if isinstance(value, (tuple, list)):
            items = [self.value(item, place, name, is_entry) for item in value]
            if hasattr(value, "_fields"):
                kind = self.value(type(value), place, name, is_entry)
                return f"(call {place} {kind} ({' '.join(items)}) ())"
            return f"({' '.join(['tuple', place, *items])})"
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            items = [self.value(part, place, name, is_entry) for part in parts]
            return f'(call {place} (known {place} "builtins.slice") ({" ".join(items)}) ())'
        if isinstance(value, (numpy.ndarray, _martlet.ndarray)):
            return self._array(value, place, name, is_entry)
        dtype = _values.dtype_name(value)
        if dtype is not None:
            return f"(dtype {place} {dtype})"
        source = source_of(value)
        if source is not None:
            return f"(function {place} {self.add(source, is_entry=False)})"
        path = _values.known_path(value)
        if path is not None:
            self.calls_martlet |= isinstance(value, _values.MARTLETS)
            if self.grid and path.startswith(("numpy.random.", "random.")):
                return unusable(place, name, "a function whose state the threads would share")
            source = composite(path)
            if source is not None:
                return f"(function {place} {self.add_composite(source, place, path)})"
            return f"(known {place} {quoted(path)})"
        return unusable(place, name, _values.describe(value))

    def ufunc_method(self, owner, name, place):
        """The form of a method of a ufunc that is made of its calls; None for others."""
        is_users = source_of(owner) is not None and not isinstance(owner, _martlet.JitFunction)
        if not is_users and not isinstance(owner, (_martlet.ufunc, numpy.ufunc)):
            return None
        source = _method(owner, name, is_users)
        if source is None:
            return None
        self.calls_martlet |= isinstance(owner, _values.MARTLETS)
        return f"(function {place} {self.add_composite(source, place, None)})"

    def method(self, name, place):
        """The form of a method of arrays that is written as the function of its name is."""
        source = composite(f"numpy.{name}")
        return f"(function {place} {self.add_composite(source, place, f'ndarray.{name}')})"

    def _array(self, array, place, name, is_entry):
        if array.dtype.name not in _values.DTYPES:
            return unusable(place, name, f"an array of dtype {array.dtype}")
        if not self.captures:
            return unusable(place, name, "an array, where only numbers can be taken from outside")
        word = "name" if is_entry else "outer"
        return f"({word} {place} {quoted(self.capture(array, name, is_entry))})"
