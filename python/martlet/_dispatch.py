"""`martlet.dispatch`: a user's own operation, with an implementation for each device.

An operation is declared with the implementation for the CPU; others are added when they are there.
A call checks the arguments against the signature, brings the arrays to the device that some of them
live on, and runs that device's implementation. Where there is none, the CPU's serves on copies and
the step is recorded, or the call is an error, as `martlet.policy` and the fallback mode say.
"""

import functools
import inspect
import sys
import threading
import time
from collections import namedtuple

import numpy

from martlet import _fallback, _grid, _martlet

_DTYPES = {
    name: numpy.dtype(name)
    for name in (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float16", "float32", "float64", "complex64", "complex128",
    )
}  # fmt: skip

# The kinds of device that an implementation for "gpu" serves.
_GPUS = ("opencl", "cuda", "simulator")

# Keyword-only parameters of an implementation that each call fills in.
_AUTOMATIC = ("grid", "shape")

_operations = {}
_lock = threading.Lock()


class Kind(namedtuple("Kind", "dtype rank")):
    """What one argument or result is: a dtype's name (None: any), and a rank (None: a number, -1:
    an array of any rank). With None for both it is anything."""

    __slots__ = ()

    @property
    def is_number(self):
        return self.rank is None and self.dtype is not None

    def __str__(self):
        name = self.dtype or "any"
        if self.rank is None:
            return name
        return f"{name}[...]" if self.rank < 0 else f"{name}[{','.join(':' * self.rank)}]"


class Signature:
    """A signature as it was written, such as `(float64[:,:], float64) -> float64[:,:]`.

    `arguments` is a tuple of (name or None, `Kind`), `results` a tuple of `Kind`; None where any
    are taken or given.
    """

    __slots__ = ("_text", "arguments", "results")

    def __init__(self, text):
        self._text, arguments, results = _martlet.parse_signature(text)
        self.arguments = self.results = None
        if arguments is not None:
            self.arguments = tuple((name, Kind(*kind)) for name, *kind in arguments)
        if results is not None:
            self.results = tuple(Kind(*kind) for kind in results)
        kinds = [kind for _, kind in self.arguments or ()] + list(self.results or ())
        if any(kind.dtype not in (None, *_DTYPES) for kind in kinds):
            raise ValueError(f"the signature '{self}' has a dtype that NumPy, and so Python, lacks")

    def __str__(self):
        return self._text

    def __repr__(self):
        return f"Signature({self._text!r})"

    def __eq__(self, other):
        return isinstance(other, Signature) and self._text == other._text

    def __hash__(self):
        return hash(self._text)


def dispatch(
    signature=None, /, *, gpu=None, opencl=None, cuda=None, simulator=None, name=None, domain=None,
    replace=False,
):  # fmt: skip
    """Makes a function the CPU's implementation of an operation, which is a row of the table.

        @martlet.dispatch("(float64[:,:], float64) -> float64[:,:]", gpu=None)
        def smooth(image, weight, *, grid): ...

        @smooth.implement("gpu")
        def _(image, weight, *, grid): ...

    The signature says dtypes by name and ranks by colons; a dtype without brackets is a number,
    `[...]` any rank, `any[:]` any dtype, `any` anything, `...` in place of a list any list.
    Without a signature the operation takes and gives anything. Arguments are converted by NumPy's
    same-kind rule; lists and NumPy's arrays are taken. Implementations get Martlet's arrays, on the
    device of the call.

    Keyword-only parameters `grid` and `shape` of an implementation are filled in: the grid of the
    first array that carries one (`martlet.with_grid`), else spacing 1 and origin 0. `gpu`,
    `opencl`, `cuda` and `simulator` are implementations that are there already. `name` is the
    function's unless given. `domain` is where `martlet.check` draws numbers: (low, high), or one
    such pair for each argument. `replace` lets a name be declared again, as when a cell of a
    notebook is run twice.
    """
    given = {"gpu": gpu, "opencl": opencl, "cuda": cuda, "simulator": simulator}

    def declare(function):
        operation = DispatchedOperation(function, text, name, domain)
        there = {target: item for target, item in given.items() if item is not None}
        for target, implementation in there.items():
            # What is wrong with one is said before the name is taken.
            _Implementation(operation, target, implementation)
        operation._register(replace)
        for target, implementation in there.items():
            operation.implement(target)(implementation)
        return operation

    if callable(signature):
        text = None
        return declare(signature)
    if signature is not None and not isinstance(signature, str):
        raise TypeError(f"dispatch takes a signature as a str, not {type(signature).__name__!r}")
    text = signature
    return declare


class _Implementation:
    """A function, and which automatic keywords it takes."""

    __slots__ = ("automatic", "function", "target")

    def __init__(self, operation, target, function):
        if not callable(function):
            raise TypeError(f"[{operation.name}] an implementation is a function, not {function!r}")
        self.target = target
        self.function = function
        parameters = _parameters(function)
        self.automatic = tuple(
            name
            for name in _AUTOMATIC
            if parameters is not None
            and name in parameters
            and parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        )
        operation._check_parameters(function, parameters)

    def __call__(self, arguments, keywords, grid):
        grid = keywords.get("grid", grid)
        for name in self.automatic:
            if name not in keywords:
                keywords = {**keywords, name: grid if name == "grid" else grid.shape}
        return self.function(*arguments, **keywords)


def _parameters(function):
    """The function's parameters by name, or None for one written in C that doesn't tell them."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None


class DispatchedOperation:
    """An operation that users declare: see `martlet.dispatch`."""

    def __init__(self, function, signature, name, domain):
        functools.update_wrapper(self, function, updated=())
        self.name = getattr(function, "__name__", None) if name is None else name
        if self.name is None:
            raise TypeError(f"dispatch of {function!r}, which has no name, takes name=")
        self.summary = (inspect.getdoc(function) or "").partition("\n")[0]
        try:
            self.signature = Signature("(...) -> ..." if signature is None else signature)
        except ValueError as error:
            raise ValueError(f"[{self.name}] {error}") from None
        self.domain = self._pairs(domain)
        self._names = self._python = None
        self._implementations = {"cpu": _Implementation(self, "cpu", function)}
        self._name_arguments(function)

    def _register(self, replace):
        with _lock:
            try:
                _martlet.register_operation(self.name, str(self.signature), self.summary, replace)
            except ValueError as error:
                hint = "; pass replace=True to replace it" if self.name in _operations else ""
                raise ValueError(f"{error}{hint}") from None
            _operations[self.name] = self

    @property
    def implementations(self):
        """The implementations by what they are for: "cpu", "gpu", "opencl", "cuda:0", …"""
        return {target: item.function for target, item in self._implementations.items()}

    def implement(self, target, *, replace=False):
        """A decorator that adds the implementation for a device ("cuda:0"), for a kind of device
        ("opencl", "cuda", "simulator") or for every such device ("gpu")."""

        def add(function):
            implementation = _Implementation(self, target, function)
            with _lock:
                if _operations.get(self.name) is not self:
                    raise ValueError(f"[{self.name}] was declared anew: implement that one")
                if target in self._implementations and not replace:
                    raise ValueError(
                        f"[{self.name}] there is an implementation for {target} already; "
                        f"pass replace=True to replace it"
                    )
                _martlet.note_implementation(self.name, target)
                # Calls in other threads read one dictionary or the other.
                self._implementations = {**self._implementations, target: implementation}
            return function

        return add

    def __repr__(self):
        return f"<operation {self.name}{self.signature} for {', '.join(self._implementations)}>"

    def __reduce__(self):
        # Found by this name in the module that declares it.
        return getattr(self, "__qualname__", self.name)

    # What can be known at the declaration

    def _pairs(self, domain):
        if domain is None:
            return None
        arguments = self.signature.arguments
        if len(domain) == 2 and all(isinstance(item, (int, float)) for item in domain):
            domain = [domain] * (1 if arguments is None else len(arguments))
        pairs = tuple((float(low), float(high)) for low, high in domain)
        if arguments is not None and len(pairs) != len(arguments):
            raise ValueError(
                f"[{self.name}] the domain has {len(pairs)} ranges for {len(arguments)} arguments"
            )
        if not all(low <= high for low, high in pairs):
            raise ValueError(f"[{self.name}] a range of the domain is a pair (low, high)")
        return pairs

    def _check_parameters(self, function, parameters):
        """Whether an implementation can be called with the signature's arguments."""
        if parameters is None or self.signature.arguments is None:
            return
        kinds = inspect.Parameter
        ordered = [
            item
            for item in parameters.values()
            if item.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
        ]
        count = len(self.signature.arguments)
        more = [item for item in ordered[count:] if item.default is kinds.empty]
        less = len(ordered) < count
        if more or (less and all(p.kind is not kinds.VAR_POSITIONAL for p in parameters.values())):
            raise ValueError(
                f"[{self.name}] the signature {self.signature} has {count} arguments, but the "
                f"implementation takes {inspect.signature(function)}"
            )

    def _name_arguments(self, function):
        """Names the arguments as the CPU's implementation does, for keywords and errors."""
        arguments = self.signature.arguments
        if arguments is None:
            return
        parameters = _parameters(function)
        if parameters is None:
            self._names = [name for name, _ in arguments]
            return
        kinds = inspect.Parameter
        names = [
            name
            for name, item in parameters.items()
            if item.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
        ][: len(arguments)]
        names += [None] * (len(arguments) - len(names))
        for (declared, _), name in zip(arguments, names, strict=True):
            if declared is not None and name is not None and declared != name:
                raise ValueError(
                    f"[{self.name}] the signature calls an argument {declared!r} that the "
                    f"implementation calls {name!r}"
                )
        self._names = names
        self._python = inspect.signature(function)

    # Calling

    def __call__(self, *args, **kwargs):
        arguments, keywords = self._bind(args, kwargs)
        # Of the caller's objects: a converted array has none.
        grid = _grid_of([arguments, keywords])
        arguments, device = self._place(arguments, keywords)
        if grid is None:
            array = next(_arrays([arguments, keywords]), None)
            grid = _grid.plain(() if array is None else array.shape)
        found = self._implementation(device)
        if found is not None:
            return self._run(found, arguments, keywords, grid, device)
        if device == "cpu" or _martlet.policy() == "only_device":
            raise NotImplementedError(self._missing(device))
        return self._serve(arguments, keywords, grid, device)

    def _implementation(self, device):
        """The closest implementation: the device's own, its kind's, every GPU's."""
        table = self._implementations
        kind = device.partition(":")[0]
        return table.get(device) or table.get(kind) or (table.get("gpu") if kind in _GPUS else None)

    def _missing(self, device):
        kind = device.partition(":")[0]
        return (
            f"[{self.name}] has no implementation for {device}. Add one with "
            f'@{self.name}.implement("{kind}") or "gpu", or call it with arrays on the CPU.'
        )

    def _run(self, implementation, arguments, keywords, grid, device):
        arguments = [_moved(value, device) for value in arguments]
        if keywords:
            keywords = {key: _moved(value, device) for key, value in keywords.items()}
        if _martlet.current_device() == device:
            results = implementation(arguments, keywords, grid)
        else:
            before = _martlet.enter_device(device)
            try:
                results = implementation(arguments, keywords, grid)
            finally:
                _martlet.leave_device(before)
        return self._results(results, implementation.target, device)

    def _serve(self, arguments, keywords, grid, device):
        """The CPU's implementation on copies, with the results brought to the device."""
        reason = f"it has no implementation for {device}"
        _fallback.tell(self.name, reason, "the CPU")
        start = time.perf_counter_ns()
        moved = _bytes([arguments, keywords])
        try:
            results = self._run(self._implementations["cpu"], arguments, keywords, grid, "cpu")
            moved += _bytes(results)
            return _moved(results, device)
        finally:
            _note(self.name, device, reason, moved, time.perf_counter_ns() - start)

    # Arguments

    def _bind(self, args, kwargs):
        """The signature's arguments in order, and the keywords beside them."""
        expected = self.signature.arguments
        if expected is None:
            return list(args), kwargs
        names = self._names
        if len(args) == len(expected) and not any(name in kwargs for name in names):
            return list(args), kwargs
        if self._python is None or None in names:
            raise TypeError(
                f"[{self.name}] takes {len(expected)} arguments, {self.signature}, got {len(args)}"
            )
        automatic = {key: kwargs[key] for key in _AUTOMATIC if key in kwargs}
        rest = {key: value for key, value in kwargs.items() if key not in automatic}
        parameters = [
            item for item in self._python.parameters.values() if item.name not in _AUTOMATIC
        ]
        try:
            bound = self._python.replace(parameters=parameters).bind(*args, **rest)
        except TypeError as error:
            raise TypeError(f"[{self.name}] {error}") from None
        bound.apply_defaults()
        keywords = dict(bound.arguments)
        arguments = [keywords.pop(name) for name in names]
        for item in parameters:
            if item.kind is inspect.Parameter.VAR_KEYWORD:
                keywords.update(keywords.pop(item.name))
        return arguments, {**keywords, **automatic}

    def _place(self, arguments, keywords):
        """The arguments in the signature's types, and the device that the call runs on."""
        expected = self.signature.arguments
        kinds = [None] * len(arguments) if expected is None else [kind for _, kind in expected]
        arrays = []
        for value, kind in zip(arguments, kinds, strict=True):
            if kind is None or not kind.is_number:
                arrays += _arrays(value)
        arrays += _arrays(keywords)
        # What is no array of Martlet's yet joins those that are; alone, it goes where new ones do.
        home = "cpu" if arrays else None
        converted = [
            self._converted(value, kind, position, home)
            for position, (value, kind) in enumerate(zip(arguments, kinds, strict=True))
        ]
        if not arrays:
            arrays = list(_arrays(converted))
            if not arrays:
                policy = _martlet.policy()
                return converted, "cpu" if policy == "only_host" else _martlet.current_device()
        return converted, self._device(arrays)

    def _device(self, arrays):
        device = "cpu"
        for array in arrays:
            where = array.device
            if where == "cpu" or where == device:
                continue
            if device != "cpu":
                raise ValueError(
                    f"[{self.name}] The arrays live on {device} and {where}: move one of them "
                    f"with `to`."
                )
            device = where
        return "cpu" if device != "cpu" and _martlet.policy() == "only_host" else device

    def _converted(self, value, kind, position, home):
        if kind is None or kind == (None, None):
            return _adopted(value, home) if type(value) is numpy.ndarray else value
        if kind.is_number:
            return self._number(value, kind, position)
        if _grid.is_native(value):
            array = value
        else:
            try:
                array = numpy.asarray(value)
            except ValueError:
                raise self._mismatch(position, kind, type(value).__name__) from None
        fits = (kind.rank < 0 or array.ndim == kind.rank) and _casts(array.dtype, kind.dtype)
        if not fits or array.dtype.hasobject:
            raise self._mismatch(position, kind, _describe(array))
        if kind.dtype is not None and array.dtype != _DTYPES[kind.dtype]:
            array = array.astype(kind.dtype)
        if not _grid.is_native(array):
            array = _adopted(array, home)
            if not _grid.is_native(array):
                raise self._mismatch(position, kind, _describe(array))
        return array

    def _number(self, value, kind, position):
        """A number in the signature's dtype, as Python's own, which takes an array's dtype."""
        if _is_array(value):
            if value.ndim != 0 or not _casts(value.dtype, kind.dtype):
                raise self._mismatch(position, kind, _describe(value))
            number = value.item()
        elif isinstance(value, (bool, int, float, complex)):
            if not _literal_fits(value, kind.dtype):
                raise self._mismatch(position, kind, f"{type(value).__name__} {value!r}")
            number = value
        else:
            raise self._mismatch(position, kind, type(value).__name__)
        try:
            return _DTYPES[kind.dtype].type(number).item()
        except OverflowError:
            raise self._mismatch(position, kind, repr(number)) from None

    def _mismatch(self, position, kind, got):
        name = self._names[position] if self._names else None
        shown = "" if name is None else f" '{name}'"
        return TypeError(
            f"[{self.name}] argument {position + 1}{shown}: expected {kind}, got {got}."
        )

    # Results

    def _results(self, value, target, device):
        expected = self.signature.results
        if expected is None:
            return _moved(value, device, adopt=True)
        maker = f"the implementation for {target}"
        if len(expected) == 1:
            return self._result(value, expected[0], f"the result of {maker}", device)
        if not isinstance(value, (tuple, list)) or len(value) != len(expected):
            got = len(value) if isinstance(value, (tuple, list)) else type(value).__name__
            raise TypeError(f"[{self.name}] {maker}: expected {len(expected)} results, got {got}.")
        return tuple(
            self._result(item, kind, f"result {i} of {maker}", device)
            for i, (item, kind) in enumerate(zip(value, expected, strict=True), 1)
        )

    def _result(self, value, kind, subject, device):
        if kind == (None, None):
            return _moved(value, device, adopt=True)
        if _is_array(value):
            rank = 0 if kind.rank is None else kind.rank
            fits = (rank < 0 or value.ndim == rank) and (
                kind.dtype is None or value.dtype == _DTYPES[kind.dtype]
            )
        else:
            fits = (
                kind.rank is None
                and isinstance(value, (bool, int, float, complex))
                and _literal_fits(value, kind.dtype)
            )
        if not fits:
            got = _describe(value) if _is_array(value) else type(value).__name__
            raise TypeError(f"[{self.name}] {subject}: expected {kind}, got {got}.")
        if kind.rank is not None and isinstance(value, numpy.generic):
            value = numpy.asarray(value)
        return _moved(value, device, adopt=True)


def _is_array(value):
    return _grid.is_native(value) or isinstance(value, (numpy.ndarray, numpy.generic))


def _adopted(array, home):
    """A NumPy array as Martlet's, on a device or, without, where new arrays are made."""
    if home is None or home == _martlet.current_device():
        return _martlet.asarray(array)
    return _martlet.asarray(array, device=home)


def _casts(dtype, name):
    if name is None:
        return True
    wanted = _DTYPES[name]
    return dtype is wanted or numpy.can_cast(dtype, wanted, "same_kind")


_KINDS = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def _literal_fits(value, name):
    """Whether one of Python's numbers may become that dtype without losing its kind."""
    order = 0 if isinstance(value, bool) else 1 if isinstance(value, int) else 2
    if isinstance(value, complex):
        order = 3
    return order <= _KINDS[_DTYPES[name].kind]


def _describe(array):
    return str(Kind(array.dtype.name, array.ndim))


def _arrays(value):
    """Martlet's arrays in a value, also within tuples, lists and dicts."""
    if _grid.is_native(value):
        yield value
    elif type(value) in (tuple, list):
        for item in value:
            yield from _arrays(item)
    elif type(value) is dict:
        yield from _arrays(list(value.values()))


def _moved(value, device, adopt=False):
    """The value with Martlet's arrays in it on a device; with `adopt` NumPy's arrays too."""
    if _grid.is_native(value):
        return value if value.device == device else value.to(device)
    kind = type(value)
    if adopt and kind is numpy.ndarray:
        return _adopted(value, device)
    if kind is tuple or kind is list:
        return kind([_moved(item, device, adopt) for item in value])
    if kind is dict:
        return {key: _moved(item, device, adopt) for key, item in value.items()}
    return value


def _bytes(value):
    """Bytes of the arrays in a value."""
    return sum(array.nbytes for array in _arrays(value))


def _note(name, device, reason, moved, nanoseconds):
    """Records a step to the CPU, with the line of the user's code that called the operation."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_fallback.LIBRARIES):
        frame = frame.f_back
    file, line = frame.f_code.co_filename, frame.f_lineno
    _fallback.note(name, device, "cpu", reason, file, line, 1, moved, nanoseconds)


def _grid_of(value):
    """The grid of the first array that carries one."""
    if not _grid.any_grids():
        return None
    return next((array.grid for array in _arrays(value) if array.grid is not None), None)


Operation = namedtuple("Operation", "name inputs outputs summary signature devices")


def operations():
    """Every elementwise operation of the table and every declared one, as named tuples.

    `devices` says what there are implementations for; "gpu" stands for OpenCL, CUDA and the
    Simulator.
    """
    rows = [
        Operation(
            *row, f"({', '.join(['any[...]'] * row[1])}) -> {_several(row[2])}", ("cpu", "gpu")
        )
        for row in _martlet.operations()
    ]
    for name, signature, summary, devices in _martlet.dispatched_operations():
        parsed = Signature(signature)
        inputs, outputs = (
            None if kinds is None else len(kinds) for kinds in (parsed.arguments, parsed.results)
        )
        rows.append(Operation(name, inputs, outputs, summary, signature, devices))
    return rows


def _several(count):
    kinds = ", ".join(["any[...]"] * count)
    return kinds if count == 1 else f"({kinds})"


def declared():
    """The operations that were declared in Python, by name."""
    return dict(_operations)
