"""`guvectorize`: a function of small arrays, run for each of many by a layout: "(n),()->(n)".

The loops over the outer dimensions are written around the user's function, as one more function of
the same program: on the processor a loop nest, on a device one thread for each inner call.
"""

import ast
import functools
import math

import numpy

from martlet import _grid, _martlet
from martlet._kernels import _forms, _grid_kernel, _pickling, _source, _types
from martlet._kernels._errors import KernelError
from martlet._kernels._jit import _JitFunction, checked_options, python_function
from martlet._kernels._placement import are_numpys, home_of, moved, placed
from martlet._kernels._signatures import is_signatures, parse_layout, signatures

_OPTIONS = {
    "nopython": True,
    "cache": False,
    "fastmath": False,
    "boundscheck": None,
    "writable_args": (),
}
_THREADS = 128


def guvectorize(*arguments, target="cpu", identity=None, **options):
    """Makes a function of small arrays work along the last dimensions of larger ones.

    `guvectorize(signatures, layout)` or `guvectorize(layout)`, whose types are then those of the
    call, which gives the results as further arguments. The function's last parameters are the
    results, which it fills. The targets are those of `vectorize`.
    """
    options = checked_options("guvectorize", options, _OPTIONS)
    if len(arguments) == 1 and isinstance(arguments[0], str):
        wanted, layout = [], arguments[0]
    elif len(arguments) == 2 and is_signatures(arguments[0]) and isinstance(arguments[1], str):
        wanted, layout = signatures(arguments[0]), arguments[1]
    else:
        raise TypeError("[guvectorize] takes signatures and a layout such as '(n),()->(n)'")
    cores = parse_layout(layout)
    device = placed("guvectorize", target)
    for signature in wanted:
        _check(signature, layout, cores)

    def decorate(function):
        function = python_function("guvectorize", function)
        return GeneralizedUFunc(function, layout, cores, wanted, identity, options, target, device)

    return decorate


def _check(signature, layout, cores):
    operands = [*cores[0], *cores[1]]
    if len(signature.args) != len(operands):
        raise TypeError(
            f"[guvectorize] the signature '{signature}' has {len(signature.args)} arguments, the "
            f"layout '{layout}' has {len(operands)}"
        )
    if not isinstance(signature.return_type, (_types.NoneType, type(None))):
        raise TypeError(
            f"[guvectorize] the signature '{signature}' gives something: results are arguments "
            f"that the function fills"
        )
    for i, (kind, core) in enumerate(zip(signature.args, operands, strict=True)):
        ndim = kind.ndim if isinstance(kind, _types.ArrayType) else 0
        expected = max(len(core), 1) if i >= len(cores[0]) else len(core)
        if ndim != expected and not (ndim == 1 and not core):
            raise TypeError(
                f"[guvectorize] the signature '{signature}' has '{kind}' as argument {i + 1}, "
                f"where the layout '{layout}' has {len(core)} dimensions"
            )


class _Driver:
    """What the extension calls to get the program: the loops, and the user's function within."""

    def __init__(self, source, rank, cores, loop):
        self.source = source
        self.function = source.function
        self.rank = rank
        self.cores = cores
        self.loop = loop

    def __call__(self):
        program = _source.Program(grid=self.loop == "grid")
        program.functions.append(None)
        inner = program.add(self.source)
        place = self.source.place()
        names = [f"operand {i}" for i in range(len(self.cores))]
        captured = list(program.array_names.values())
        indices = [_forms.name(place, f"index {i}") for i in range(self.rank)]
        operands = [_forms.name(place, name) for name in names]
        arguments = [
            _part(place, operand, core, indices)
            for operand, core in zip(operands, self.cores, strict=True)
        ]
        arguments += [_forms.name(place, name) for name in captured]
        call = f"(expr {place} {_forms.call(place, inner, arguments)})"
        wrap = self._grid if self.loop == "grid" else self._nest
        body = wrap(place, operands[-1], indices, call)
        program.functions[0] = _forms.definition(place, self.source.name, names + captured, body)
        return program.source()

    def _nest(self, place, output, indices, call):
        """A loop for each outer dimension, whose sizes are those of the last result."""
        body = call
        for axis in reversed(range(self.rank)):
            first = axis == 0 and self.loop == "parallel"
            function = "martlet.prange" if first else "builtins.range"
            values = _forms.call(place, function, [_forms.size(place, output, axis)])
            body = _forms.loop(place, indices[axis], values, body)
        return body

    def _grid(self, place, output, indices, call):
        """One thread for each inner call; its number gives the indices, the last fastest."""
        number = _forms.name(place, "thread")
        axis = _forms.integer(place, 1)
        start = _forms.assign(place, number, _forms.call(place, "cuda.grid", [axis]))
        sizes = [_forms.size(place, output, axis) for axis in range(self.rank)]
        total = functools.reduce(lambda a, b: _forms.binary(place, "*", a, b), sizes, axis)
        inner = []
        rest = number
        for index, size in zip(reversed(indices), reversed(sizes), strict=True):
            inner.append(_forms.assign(place, index, _forms.binary(place, "%", rest, size)))
            rest = _forms.binary(place, "//", rest, size)
        test = f'(compare {place} {number} ("<" {total}))'
        return f"{start} (if {place} {test} ({' '.join([*inner, call])}) ())"


def _part(place, operand, core, indices):
    """What the inner call takes of an operand: its element or its part at the outer indices."""
    if not indices and not core:
        return operand
    return _forms.index(place, operand, [*indices, *[_forms.whole(place)] * core])


class GeneralizedUFunc:
    """A function of small arrays that works along the last dimensions of its arguments."""

    def __init__(self, function, layout, cores, signatures, identity, options, target, device):
        self._source = _source.Source(function)
        self._inputs, self._outputs = cores
        self._signatures = signatures
        self._options = options
        self._loop = "grid" if device is not None else target
        self._device = device
        self._kernels = {}
        self._given_to_decorator = (layout, signatures, identity, options, target)
        self.signature = layout.replace(" ", "")
        self.identity = None if identity == "reorderable" else identity
        functools.update_wrapper(self, function)
        written = self._source.written()
        operands = len(self._inputs) + len(self._outputs)
        if function.__code__.co_argcount != operands:
            code = function.__code__
            raise KernelError(
                f"'{function.__name__}' has {code.co_argcount} parameters, and the layout "
                f"'{layout}' has {operands} operands",
                self._source.filename,
                *written.position(written.node),
            )
        names = [item.arg for item in (*written.node.args.posonlyargs, *written.node.args.args)]
        self._writable = self._writable_inputs(options["writable_args"], names)
        for node in ast.walk(written.node):
            if isinstance(node, ast.Return) and node.value is not None:
                raise KernelError(
                    f"'{function.__name__}' returns a value: results are arguments that "
                    f"the function fills",
                    self._source.filename,
                    *written.position(node),
                )
            name = _stored_name(node)
            if name in names[: self.nin] and names.index(name) not in self._writable:
                raise KernelError(
                    f"'{name}' is an argument that '{function.__name__}' only reads: "
                    f"writable_args=('{name}',) makes it one that is written",
                    self._source.filename,
                    *written.position(node),
                )

    def _writable_inputs(self, given, names):
        """The numbers of the arguments that the function may write, from names and numbers."""
        found = set()
        for item in given if isinstance(given, (tuple, list, set, frozenset)) else (given,):
            number = names.index(item) if item in names else item
            if (
                isinstance(number, bool)
                or not isinstance(number, int)
                or number not in range(self.nin)
            ):
                raise TypeError(
                    f"[guvectorize] writable_args has {item!r}, which is no argument of "
                    f"'{self.__name__}': there are {', '.join(names[: self.nin])}"
                )
            found.add(number)
        return found

    @property
    def py_func(self):
        return self._source.function

    @property
    def nin(self):
        return len(self._inputs)

    @property
    def nout(self):
        return len(self._outputs)

    @property
    def nargs(self):
        return self.nin + self.nout

    @property
    def types(self):
        def codes(kinds):
            return "".join(_scalar(kind).dtype.char for kind in kinds)

        return [
            f"{codes(signature.args[: self.nin])}->{codes(signature.args[self.nin :])}"
            for signature in self._signatures
        ]

    @property
    def ntypes(self):
        return len(self._signatures)

    def __reduce__(self):
        return _pickling.reduced(self, self.py_func, _again, *self._given_to_decorator)

    def __repr__(self):
        return f"<ufunc '{self.__name__}'>"

    def __call__(self, *arguments, out=None, **keywords):
        name = self.__name__
        if keywords:
            raise TypeError(f"[{name}] Martlet has no keyword {next(iter(keywords))!r}; it has out")
        if not self.nin <= len(arguments) <= self.nargs:
            raise TypeError(f"[{name}] takes {self.nin} arguments, not {len(arguments)}")
        given, outs = arguments[: self.nin], list(arguments[self.nin :])
        if out is not None:
            if outs:
                raise TypeError(f"[{name}] the results are given twice: as arguments and as out")
            outs = list(out) if isinstance(out, tuple) else [out]
        outs += [None] * (self.nout - len(outs))
        home = home_of((*given, *[array for array in outs if array is not None]))
        device = "cpu" if self._device is None else self._device()
        arrays = [_array(value) for value in given]
        weak = [type(value) if type(value) in _WEAK else None for value in given]
        signature = self._chosen(arrays, outs, weak)
        dtypes = [_scalar(kind).dtype for kind in signature.args]
        arrays = [
            moved(array if array.dtype == dtype else array.astype(dtype), device)
            for array, dtype in zip(arrays, dtypes, strict=False)
        ]
        sizes, outer = self._sizes(arrays, outs)
        results = [
            self._result(i, core, dtype, sizes, outer, outs[i], device)
            for i, (core, dtype) in enumerate(zip(self._outputs, dtypes[self.nin :], strict=True))
        ]
        for i in self._writable:
            arrays[i] = self._own(i, given[i], arrays[i], outer)
        self._launch(signature, arrays, results, outer, device)
        for i in self._writable:
            if arrays[i] is not given[i]:
                given[i][...] = moved(arrays[i], home_of((given[i],)))
        arrays_given = [value for value in (*given, *outs) if hasattr(value, "dtype")]
        return self._given(results, outs, outer, home, are_numpys(arrays_given))

    def _own(self, i, given, array, outer):
        """An argument that the function writes, in memory that it may write."""
        name = f"[{self.__name__}] argument {i + 1}"
        if not isinstance(given, numpy.ndarray) and not _grid.is_native(given):
            raise TypeError(f"{name} is written, so it is an array, not {given!r}")
        if not given.flags.writeable:
            raise ValueError(f"{name} is written, and read-only")
        shape = (*outer, *array.shape[array.ndim - len(self._inputs[i]) :])
        if tuple(array.shape) != shape:
            raise ValueError(
                f"{name} is written, so it cannot be broadcast from {tuple(array.shape)} to {shape}"
            )
        return array if array is given else array.copy()

    def _chosen(self, arrays, outs, weak):
        """The first signature that takes the arguments without loss; else what they are."""
        if not self._signatures:
            if any(array is None for array in outs):
                raise TypeError(
                    f"[{self.__name__}] has no signature, so the results' dtypes are not known: "
                    f"give the results as arguments"
                )
            kinds = []
            for value, core in zip([*arrays, *outs], self._inputs + self._outputs, strict=True):
                element = _types.NAMES[value.dtype.name]
                is_result = len(kinds) >= self.nin
                ndim = len(core) or int(is_result)
                kinds.append(_types.ArrayType(element, ndim) if ndim else element)
            return _types.Signature(None, kinds)
        for signature in self._signatures:
            wanted = [_scalar(kind).dtype for kind in signature.args]
            if all(
                _fits(array, kind, dtype)
                for array, kind, dtype in zip(arrays, weak, wanted, strict=False)
            ):
                return signature
        found = ", ".join(
            str(array.dtype) if kind is None else kind.__name__
            for array, kind in zip(arrays, weak, strict=True)
        )
        known = "; ".join(str(signature) for signature in self._signatures)
        raise TypeError(f"[{self.__name__}] no signature takes ({found}): there are {known}")

    def _sizes(self, arrays, outs):
        """The sizes of the layout's dimensions, and the outer shape."""
        sizes = {}
        shapes = []
        operands = [
            (array, core, f"argument {i + 1}")
            for i, (array, core) in enumerate(zip(arrays, self._inputs, strict=True))
        ] + [
            (array, core, f"result {i + 1}")
            for i, (array, core) in enumerate(zip(outs, self._outputs, strict=True))
            if array is not None
        ]
        for array, core, subject in operands:
            if array.ndim < len(core):
                raise ValueError(
                    f"[{self.__name__}] {subject} has {array.ndim} dimensions; the layout "
                    f"'{self.signature}' asks for {len(core)}"
                )
            split = array.ndim - len(core)
            shapes.append(tuple(array.shape[:split]))
            for dimension, size in zip(core, array.shape[split:], strict=True):
                if isinstance(dimension, int):
                    known, where = dimension, "the layout"
                else:
                    known, where = sizes.setdefault(dimension, (size, subject))
                if size != known:
                    raise ValueError(
                        f"[{self.__name__}] the dimension '{dimension}' is {size} in {subject} and "
                        f"{known} in {where}"
                    )
        try:
            outer = numpy.broadcast_shapes(*shapes)
        except ValueError:
            shown = ", ".join(str(shape) for shape in shapes)
            raise ValueError(
                f"[{self.__name__}] the outer shapes {shown} do not broadcast"
            ) from None
        return {name: size for name, (size, _) in sizes.items()}, outer

    def _result(self, i, core, dtype, sizes, outer, given, device):
        shape = []
        for dimension in core:
            size = dimension if isinstance(dimension, int) else sizes.get(dimension)
            if size is None:
                raise ValueError(
                    f"[{self.__name__}] the dimension '{dimension}' is a result's only: give the "
                    f"result as an argument"
                )
            shape.append(size)
        shape = (*outer, *shape)
        if given is None:
            return moved(_martlet.empty(shape, dtype=dtype, device=device), device)
        if tuple(given.shape) != shape:
            raise ValueError(
                f"[{self.__name__}] result {i + 1} has the shape {tuple(given.shape)}; {shape} is "
                f"needed"
            )
        if _grid.is_native(given) and given.dtype == dtype and given.device == device:
            return given
        return moved(given, device).astype(dtype)

    def _launch(self, signature, arrays, results, outer, device):
        rank = len(outer)
        operands = []
        cores = []
        kinds = signature.args
        for i, (array, core) in enumerate(
            zip([*arrays, *results], self._inputs + self._outputs, strict=True)
        ):
            if i < self.nin and i not in self._writable:
                array = _martlet.broadcast_to(
                    array, (*outer, *array.shape[array.ndim - len(core) :])
                )
            if isinstance(kinds[i], _types.ArrayType) and not core:
                # An array of one element, where the layout has a number.
                array = array.reshape((*array.shape, 1)) if i < self.nin else array[..., None]
                cores.append(1)
            else:
                cores.append(len(core))
            if array.ndim == 0:
                array = array[()]
            operands.append(array)
        key = (rank, tuple(cores))
        kernel = self._kernels.get(key)
        if kernel is None:
            kernel = self._kernels[key] = self._kernel(rank, cores)
        if math.prod(outer) == 0:
            return
        if self._loop != "grid":
            kernel(*operands)
            return
        blocks = -(-math.prod(outer) // _THREADS)
        _grid_kernel.run(kernel, (blocks, 1, 1), (_THREADS, 1, 1), 0, operands, device)

    def _kernel(self, rank, cores):
        source = self._source
        driver = _Driver(source, rank, cores, self._loop)
        options = {"fastmath": self._options["fastmath"]}
        if self._loop == "grid":
            return _martlet.GridKernel(source.name, source.doc, source.filename, driver, options)
        options |= {
            "nopython": True,
            "parallel": self._loop == "parallel",
            "boundscheck": self._options["boundscheck"],
            "error_model": "numpy",
        }
        return _JitFunction(source.name, source.doc, source.filename, driver, options, _raised)

    def _given(self, results, outs, outer, home, makes_numpys):
        given = []
        for result, out in zip(results, outs, strict=True):
            if out is not None and out is not result:
                out[...] = moved(result, home)
                result = out
            elif out is None:
                result = moved(result, home)
                if result.ndim == 0:
                    result = result[()]
                elif makes_numpys:
                    result = numpy.asarray(result)
            given.append(result)
        return given[0] if len(given) == 1 else tuple(given)


# Python's own numbers, which take the type of a signature that has one of their kind.
_WEAK = {bool: "b", int: "iu", float: "f", complex: "c"}


def _fits(array, kind, dtype):
    """Whether an argument goes into a signature's dtype without loss; `kind` is the class of one of
    Python's numbers, None for others."""
    if numpy.can_cast(array.dtype, dtype, "safe"):
        return True
    if kind is None or dtype.kind not in _WEAK[kind]:
        return False
    if kind is not int:
        return True
    limits = numpy.iinfo(dtype)
    return limits.min <= int(array) <= limits.max


def _stored_name(node):
    """The name of the array whose elements a statement sets; None for other nodes."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return node.value.id if isinstance(node.value, ast.Name) else None
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
        return node.target.value.id if isinstance(node.target.value, ast.Name) else None
    return None


def _again(function, layout, signatures, identity, options, target):
    """What `guvectorize` made."""
    cores, device = parse_layout(layout), placed("guvectorize", target)
    return GeneralizedUFunc(function, layout, cores, signatures, identity, options, target, device)


def _raised(error, arguments, keywords):
    raise error


def _scalar(kind):
    return kind.dtype if isinstance(kind, _types.ArrayType) else kind


def _array(value):
    if _grid.is_native(value):
        return value
    return _martlet.asarray(numpy.asarray(value), device="cpu")
