"""`vectorize`: a function of numbers as a ufunc, on the processor or another device.

With signatures the result is a ufunc of the extension, of the same type as `martlet.numpy.add`.
Without, it is a `DynamicUFunc`, which gets a loop for each combination of dtypes it is called with.
For a device it is a `DeviceUFunc` around either.
"""

import functools

import numpy

from martlet import _fallback, _grid, _martlet
from martlet._kernels import _pickling, _source, _types, _ufunc_methods
from martlet._kernels._jit import JIT_OPTIONS, checked_options, make_jitted, python_function
from martlet._kernels._placement import are_numpys, home_of, moved, on_device, placed
from martlet._kernels._signatures import is_signatures, signatures

_OPTIONS = {"nopython": True, "cache": False, "fastmath": False, "forceobj": False}
_IDENTITIES = (None, 0, 1, "reorderable")


def vectorize(
    ftylist_or_function=(), target="cpu", identity=None, *, signature=None, **options
):  # fmt: skip
    """Makes a function of numbers a ufunc: bare, or with one signature or a list of them.

    Loops are tried in the order of the signatures. Without signatures there is a loop for each
    combination of the arguments' dtypes.

    - `target`: "cpu", "parallel" (the same: large arrays are always shared among threads), "cuda",
      "opencl" or its name "roc", "simulator", "auto" (a CUDA device if there is one, else the CPU).
    - `identity`: what `reduce` of no elements gives: 0, 1, None, or "reorderable" for a function
      without one whose order does not matter.
    - `fastmath`: arithmetic may be rearranged, so the last bits of results can change.
    - `nopython`, `cache`: accepted; what cannot be compiled is always an error, and compiled code
      is always kept on disk.
    """
    options = checked_options("vectorize", options, _OPTIONS)
    if options["forceobj"]:
        raise TypeError("[vectorize] forceobj=True asks for Python's speed: use numpy.frompyfunc")
    if identity not in _IDENTITIES or isinstance(identity, bool):
        raise ValueError(f"[vectorize] identity is 0, 1, None or 'reorderable', not {identity!r}")
    placed("vectorize", target)
    given = ftylist_or_function if signature is None else signature
    make = functools.partial(_made, identity=identity, options=options, target=target)
    if given is None or is_signatures(given):
        wanted = signatures(given)
        for one in wanted:
            _check(one)
        return lambda function: make(python_function("vectorize", function), wanted)
    return make(python_function("vectorize", given), [])


def _check(signature):
    for kind in (*signature.args, signature.return_type):
        if kind is not None and not isinstance(kind, _types.ScalarType):
            raise TypeError(
                f"[vectorize] the signature '{signature}' has '{kind}' in it: a ufunc takes and "
                f"gives numbers; guvectorize takes arrays"
            )


def _made(function, signatures, identity, options, target):
    device = placed("vectorize", target)
    source = _source.Source(function, captures=False)
    source.signatures = tuple(signatures)
    source.made_by = (function, _made, signatures, identity, options, target)
    maker = _Maker(source, identity, options["fastmath"])
    if signatures:
        loops = [
            (
                tuple(kind.dtype.name for kind in signature.args),
                None if signature.return_type is None else signature.return_type.dtype.name,
            )
            for signature in signatures
        ]
        ufunc = maker.ufunc(loops)
    else:
        ufunc = DynamicUFunc(maker)
    if device is not None:
        ufunc = DeviceUFunc(ufunc, source, device)
    return ufunc


class _Maker:
    """Makes the extension's ufuncs from one function."""

    def __init__(self, source, identity, fastmath):
        self.source = source
        self.identity = identity
        self.fastmath = fastmath
        self._text = None

    def ufunc(self, loops):
        source = self.source
        if self._text is None:
            self._text = source()[0]
        made = _martlet.kernel_ufunc(
            source.name, source.doc, self._text, source.filename, loops, self.identity,
            self.fastmath,
        )  # fmt: skip
        _source.register(made, source)
        _fallback.written_ufuncs[id(made)] = functools.partial(_ufunc_methods.serve, made)
        return made


# MARK: Loops made at the call


class DynamicUFunc:
    """A ufunc that gets its loops when it is called: one for each combination of dtypes.

    Numbers of Python are weak, as NumPy's promotion has it: one beside arrays of its kind takes
    their dtype; else an integer is `int64`, a float `float64`.
    """

    def __init__(self, maker):
        self._maker = maker
        self._loops = {}
        # The loop over elements, for derivatives.
        self._elements = None
        self.encode = maker.source
        functools.update_wrapper(self, maker.source.function)

    def _loop(self, dtypes, output=None):
        key = (dtypes, output)
        found = self._loops.get(key)
        if found is None:
            found = self._loops[key] = self._maker.ufunc([(dtypes, output)])
        return found

    def add(self, signature):
        """Makes the loop of a signature now."""
        for one in signatures(signature):
            _check(one)
            self._loop(tuple(kind.dtype.name for kind in one.args))

    def __call__(self, *arguments, **keywords):
        inputs = arguments[: self.nin]
        if len(inputs) < self.nin:
            raise TypeError(f"[{self.__name__}] takes {self.nin} arguments, not {len(inputs)}")
        wanted = keywords.get("dtype")
        if wanted is not None:
            loop = self._loop((numpy.dtype(wanted).name,) * self.nin)
            return _ufunc_methods.written(loop, "__call__", arguments, keywords)
        dtypes = _dtypes(inputs)
        # Strong, so that the loop that was made for them is the one that serves.
        inputs = [
            numpy.dtype(dtype).type(value) if type(value) in _WEAK else value
            for value, dtype in zip(inputs, dtypes, strict=True)
        ]
        arguments = (*inputs, *arguments[self.nin :])
        loop = self._loop(dtypes)
        try:
            return _ufunc_methods.written(loop, "__call__", arguments, keywords)
        except NotImplementedError:
            if keywords or len(arguments) != self.nin or not any(map(_is_differentiated, inputs)):
                raise
        return self._differentiated(loop, inputs)

    def _differentiated(self, loop, inputs):
        """The result for arguments on a tape, where the function is no single expression."""
        # Only what is differentiated needs these.
        import martlet.numpy as np
        from martlet._kernels._derivatives import _calls

        plain = [_martlet.untraced(x) if _is_differentiated(x) else x for x in inputs]
        value = np.asarray(loop(*plain))
        out = np.zeros(value.size, value.dtype)
        if self._elements is None:
            options = {**JIT_OPTIONS, "error_model": "numpy", "nopython": True}
            self._elements = _calls.elementwise(self.py_func, options, make_jitted)
        rows = [np.broadcast_to(np.asarray(x), value.shape).reshape(-1) for x in inputs]
        self._elements(out, *rows)
        return out.reshape(value.shape)

    def fold_loop(self, dtype):
        """The ufunc of two numbers of a dtype that gives one of it: the function alone might give
        a wider one."""
        name = numpy.dtype(dtype).name
        return self._loop((name, name), name)

    def _folded(self, method, array, dtype, arguments, keywords):
        if self.nin != 2:
            raise ValueError(f"[{self.__name__}] only a function of two numbers folds")
        loop = self.fold_loop(_dtype_of(array) if dtype is None else dtype)
        return _ufunc_methods.written(loop, method, arguments, keywords)

    def reduce(self, array, axis=0, dtype=None, *arguments, **keywords):
        """Folds the elements along an axis, as `numpy.ufunc.reduce`."""
        return self._folded("reduce", array, dtype, (array, axis, dtype, *arguments), keywords)

    def accumulate(self, array, axis=0, dtype=None, *arguments, **keywords):
        """Every step of folding along an axis, as `numpy.ufunc.accumulate`."""
        return self._folded("accumulate", array, dtype, (array, axis, dtype, *arguments), keywords)

    def reduceat(self, array, indices, axis=0, dtype=None, *arguments, **keywords):
        """Folds slices along an axis, as `numpy.ufunc.reduceat`."""
        arguments = (array, indices, axis, dtype, *arguments)
        return self._folded("reduceat", array, dtype, arguments, keywords)

    def outer(self, a, b, /, **keywords):
        """The function of all pairs, as `numpy.ufunc.outer`."""
        return self._loop(_dtypes((a, b))).outer(a, b, **keywords)

    def at(self, array, indices, *operands):
        """Changes elements in place, as `numpy.ufunc.at`."""
        loop = self._loop(_dtypes((array, *operands)))
        _ufunc_methods.written(loop, "at", (array, indices, *operands), {})

    @property
    def nin(self):
        return self.encode.function.__code__.co_argcount

    @property
    def nout(self):
        return next((loop.nout for loop in self._loops.values()), 1)

    @property
    def nargs(self):
        return self.nin + self.nout

    @property
    def types(self):
        return [text for loop in self._loops.values() for text in loop.types]

    @property
    def ntypes(self):
        return len(self.types)

    @property
    def identity(self):
        identity = self._maker.identity
        return None if identity == "reorderable" else identity

    @property
    def signature(self):
        return None

    @property
    def py_func(self):
        return self.encode.function

    def __reduce__(self):
        return _pickling.reduced(self, *self.encode.made_by)

    def __repr__(self):
        return f"<ufunc '{self.__name__}'>"


def _is_differentiated(value):
    return isinstance(value, _martlet.ndarray) and _martlet.is_traced(value)


_WEAK = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
_ORDER = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def _dtypes(values):
    """The names of the dtypes in which a function takes these values."""
    strong = [None if type(value) in _WEAK else _dtype_of(value) for value in values]
    return tuple(
        _weak(value, strong) if dtype is None else dtype.name
        for value, dtype in zip(values, strong, strict=True)
    )


def _dtype_of(value):
    if isinstance(value, (numpy.ndarray, numpy.generic)) or _grid.is_native(value):
        return value.dtype
    return numpy.asarray(value).dtype


def _weak(value, strong):
    """The dtype of one of Python's numbers: that of the others where they are of its kind."""
    own = _WEAK[type(value)]
    rank = _ORDER[numpy.dtype(own).kind]
    kinds = "iu" if type(value) is int else "f"
    peers = [dtype for dtype in strong if dtype is not None and dtype.kind in kinds]
    if rank in (0, 3) or not peers:
        if rank == 3 and any(dtype is not None and dtype.name == "float32" for dtype in strong):
            # As NumPy has it: complex beside float32 stays as narrow.
            if not any(dtype is not None and dtype.name == "float64" for dtype in strong):
                return "complex64"
        return own
    common = numpy.result_type(*peers)
    if type(value) is int and not numpy.iinfo(common).min <= value <= numpy.iinfo(common).max:
        return own
    return common.name


# MARK: Other devices


class DeviceUFunc:
    """A ufunc that computes on a device of its own.

    Arrays of the host go there, and results come back; where an argument lives on a device, the
    results stay there.
    """

    def __init__(self, ufunc, source, device):
        self._ufunc = ufunc
        self._device = device
        self.encode = source
        functools.update_wrapper(self, source.function)

    def _run(self, function, arguments, keywords):
        device = self._device()
        home = home_of((*arguments, *keywords.values()))
        makes_numpys = are_numpys((*arguments, *keywords.values()))
        out = keywords.pop("out", None)
        if out is None and self._ufunc.nin < len(arguments) and function is self._ufunc:
            out = arguments[self._ufunc.nin :]
            arguments = arguments[: self._ufunc.nin]
        arguments = [moved(value, device) for value in arguments]
        keywords = {name: moved(value, device) for name, value in keywords.items()}
        outs = out if isinstance(out, tuple) else (out,)
        with on_device(device):
            if any(array is not None for array in outs):
                # Where `where` leaves elements out, they are those that `out` had.
                copies = tuple(None if array is None else moved(array, device) for array in outs)
                keywords["out"] = copies
            result = function(*arguments, **keywords)
        results = result if isinstance(result, tuple) else (result,)
        given = []
        for value, array in zip(results, (*outs, *[None] * len(results)), strict=False):
            if array is None:
                value = moved(value, home)
                if makes_numpys and _grid.is_native(value):
                    value = numpy.asarray(value)
                given.append(value)
            else:
                if value is not array:
                    array[...] = moved(value, home)
                given.append(array)
        return tuple(given) if isinstance(result, tuple) else given[0]

    def __call__(self, *arguments, **keywords):
        return self._run(self._ufunc, arguments, keywords)

    def reduce(self, *arguments, **keywords):
        """As `numpy.ufunc.reduce`."""
        return self._run(self._ufunc.reduce, arguments, keywords)

    def accumulate(self, *arguments, **keywords):
        """As `numpy.ufunc.accumulate`."""
        return self._run(self._ufunc.accumulate, arguments, keywords)

    def reduceat(self, *arguments, **keywords):
        """As `numpy.ufunc.reduceat`."""
        return self._run(self._ufunc.reduceat, arguments, keywords)

    def outer(self, *arguments, **keywords):
        """As `numpy.ufunc.outer`."""
        return self._run(self._ufunc.outer, arguments, keywords)

    def at(self, array, indices, *operands):
        """As `numpy.ufunc.at`; the array is changed where it lives."""
        device = self._device()
        there = moved(array, device)
        with on_device(device):
            operands = [moved(value, device) for value in operands]
            self._ufunc.at(there, indices, *operands)
        if there is not array:
            array[...] = moved(there, home_of((array,)))

    def __reduce__(self):
        return _pickling.reduced(self, *self.encode.made_by)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._ufunc, name)

    def __repr__(self):
        return f"<ufunc '{self.__name__}'>"


_source.carriers += [DynamicUFunc, DeviceUFunc]


def _maker_of(ufunc):
    """What made a ufunc of the extension, if it is a user's."""
    return getattr(_source.source_of(ufunc), "made_by", None)


_pickling.copied_by(_martlet.ufunc, _maker_of)
