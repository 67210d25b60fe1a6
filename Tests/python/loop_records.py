"""What a program leaves behind, to the bit: its variables, exceptions, warnings and output.

`loop_programs.py` writes the programs; a process of its own runs them here, in a row:

    python [-m martlet] batch.py OUTPUT PROGRAM ...

where batch.py stands beside the programs and calls `main`. A line of JSON for each goes to OUTPUT.
"""

import contextlib
import importlib.util
import io
import json
import os
import resource
import sys
import types
import warnings

import numpy

# What a module has beside the program's own names.
HIDDEN = ("__", "_martlet", ".")


class Written:
    """Values as texts; arrays that are the same object, or share memory, have the same number."""

    def __init__(self):
        self._kept = []  # keeps objects alive, so that no two have the same id
        self._numbers = {}

    def _number(self, value):
        self._kept.append(value)
        return self._numbers.setdefault(id(value), len(self._numbers))

    def value(self, value):
        kind = type(value)
        name = kind.__name__
        if value is None or kind in (bool, str, bytes, range, slice):
            return f"{name} {value!r}"
        if kind is int:
            return f"int {value:#x}"
        if kind is float:
            return f"float {_hex(value)}"
        if kind is complex:
            return f"complex {_hex(value.real)} {_hex(value.imag)}"
        if isinstance(value, numpy.generic):
            return f"{kind.__module__}.{name} {_bits(numpy.asarray(value))}"
        if name == "ndarray":
            host = numpy.asarray(value)
            # An axis that has no second element has no stride either.
            strides = [s if n > 1 else 0 for s, n in zip(value.strides, value.shape, strict=True)]
            layout = f"{host.dtype.str} {value.shape} {strides if host.size else []}"
            return f"array#{self._number(value)} {layout} {_bits(host)}"
        if kind in (list, tuple, set, frozenset):
            items = sorted(value, key=repr) if kind in (set, frozenset) else value
            return f"{name}({', '.join(map(self.value, items))})"
        if kind is dict:
            items = (f"{self.value(k)}: {self.value(v)}" for k, v in value.items())
            return f"dict({', '.join(items)})"
        if isinstance(value, BaseException):
            return f"{name}: {self.value(value.args)}"
        if hasattr(value, "__dict__") and kind.__module__.startswith("program"):
            return f"{name} {self.names(vars(value))}"
        # Functions, classes, modules, iterators: only what they are called.
        return f"{name} {getattr(value, '__name__', '')}"

    def names(self, namespace, chosen=None):
        return {
            name: self.value(value)
            for name, value in sorted(namespace.items())
            if (name in chosen if chosen is not None else not name.startswith(HIDDEN))
            and not isinstance(value, types.ModuleType)
        }

    def aliases(self):
        """Which arrays share memory, as pairs of their numbers."""
        arrays = [numpy.asarray(x) for x in self._kept if type(x).__name__ == "ndarray"]
        return [
            (i, j)
            for i, first in enumerate(arrays)
            for j in range(i)
            if numpy.may_share_memory(first, arrays[j])
        ]


def _hex(number):
    """A float's bits; all NaNs are one, whose bits no one promises."""
    return "nan" if number != number else float.hex(number)


def _bits(array):
    if array.dtype.kind in "fc" and array.size:
        array = array.copy()
        parts = [array.real, array.imag] if array.dtype.kind == "c" else [array]
        for part in parts:
            part[...] = numpy.where(numpy.isnan(part), numpy.nan, part)
    return array.tobytes().hex()


def failure(error, folder, written):
    """The exception: type, text, and for each frame of the program's line and variables."""
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if os.path.dirname(code.co_filename) == folder and code.co_filename != __file__:
            own = code.co_varnames + code.co_cellvars + code.co_freevars
            state = {} if code.co_name == "<module>" else traceback.tb_frame.f_locals
            known = [name for name in own if not name.startswith(HIDDEN)]
            line = traceback.tb_lineno
            if isinstance(error, UnboundLocalError) and traceback.tb_next is None:
                # CPython 3.11 names the line before where it joined two instructions to one.
                line = None
            frames.append([code.co_name, line, written.names(state, known)])
        traceback = traceback.tb_next
    context = error.__context__ and type(error.__context__).__name__
    said = [str(error), *(type(argument).__name__ for argument in error.args)]
    return [type(error).__name__, said, frames, context]


def record(name, folder):
    """Runs a program, and says what it left."""
    written, out, failures, results = Written(), io.StringIO(), [], []
    # Martlet has floating-point settings of its own beside NumPy's.
    libraries = [sys.modules[name] for name in ("numpy", "martlet.numpy") if name in sys.modules]
    settings = [library.geterr() for library in libraries]
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(out):
        warnings.simplefilter("always")
        spec = importlib.util.find_spec(name)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            failures.append(failure(error, folder, written))
        for function, arguments in getattr(module, "CALLS", ()):
            try:
                results.append(written.value(function(*arguments)))
            except Exception as error:
                failures.append(failure(error, folder, written))
    for library, setting in zip(libraries, settings, strict=True):
        library.seterr(**setting)
    told = [
        [w.category.__name__, str(w.message), os.path.basename(w.filename), w.lineno]
        for w in caught
    ]
    names = written.names(vars(module))
    del sys.modules[name]
    return {
        "failures": failures,
        "results": results,
        "names": names,
        "aliases": written.aliases(),
        "warnings": told,
        "output": out.getvalue(),
    }


def main(folder):
    output, *names = sys.argv[1:]
    # A program without an end must not outlive the one who waits for it.
    resource.setrlimit(resource.RLIMIT_CPU, (600, 600))
    with open(output, "w") as file:
        for name in names:
            try:
                line = record(name, folder)
            except BaseException as error:  # what the program did must not end the others
                line = {"broken": f"{type(error).__name__}: {error}"}
            file.write(json.dumps({"program": name, **line}) + "\n")
            file.flush()
