"""`stencil`: a function of the elements around each element, whose indices are relative.

The user's function becomes one that takes the place as further arguments, `a[-1, 0]` reading
`a[i - 1, j]`; a loop over the interior is written around it. The border holds `cval`.
"""

import ast
import functools

import numpy

from martlet import _grid, _martlet
from martlet._kernels import _errors, _forms, _source, _values
from martlet._kernels._encoder import UNKNOWN, FunctionEncoder
from martlet._kernels._errors import KernelError
from martlet._kernels._guvectorize import _raised
from martlet._kernels._jit import _JitFunction, checked_options, python_function
from martlet._kernels._placement import home_of, moved
from martlet._kernels._values import DTYPES

_DTYPES = sorted(DTYPES)

_OPTIONS = {
    "cval": None,
    "neighborhood": None,
    "standard_indexing": (),
    "index_offsets": None,
    "nopython": True,
    "parallel": True,
    "fastmath": False,
}


def stencil(func_or_mode="constant", **options):
    """Makes a function of relative indices one of whole arrays: bare, or with options.

    - `neighborhood`: for each dimension the lowest and the highest relative index; found from the
      function where its indices are numbers.
    - `cval`: what the border holds, 0 unless given. It is as wide as the neighbourhood reaches.
    - `standard_indexing`: the names of array arguments whose indices are not relative.
    - `index_offsets`: what is added to every relative index of a dimension.
    - `func_or_mode`: "constant", the only mode.
    - `parallel`: rows are shared among threads, unless False.
    """
    if not isinstance(func_or_mode, str):
        return Stencil(
            python_function("stencil", func_or_mode), checked_options("stencil", options, _OPTIONS)
        )
    if func_or_mode != "constant":
        raise ValueError(f"[stencil] the mode is 'constant', the only one; not {func_or_mode!r}")
    checked = checked_options("stencil", options, _OPTIONS)
    return lambda function: Stencil(python_function("stencil", function), checked)


def _index_name(axis):
    # No name of Python's, so it is none of the user's.
    return f"index {axis}"


class _PointEncoder(FunctionEncoder):
    """Translates the user's function with its place as further parameters."""

    def __init__(self, program, source, written, is_entry):
        super().__init__(program, source.function, written, is_entry)
        self.source = source

    def parameters(self):
        place = self.place(self.written.node)
        names = [_forms.quoted(_index_name(axis)) for axis in range(self.source.ndim)]
        return super().parameters() + [f"({name} {place})" for name in names]

    def subscript(self, node, place):
        if not self.source.is_relative(node):
            return super().subscript(node, place)
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        offsets = self.source.index_offsets or (0,) * self.source.ndim
        forms = []
        for axis, item in enumerate(items):
            where = self.place(item)
            if isinstance(item, ast.Slice):
                return _forms.unusable(place, ast.unparse(node), "a slice by relative indices")
            own = _forms.name(where, _index_name(axis))
            form = _forms.binary(where, "+", own, self.expression(item))
            if offsets[axis]:
                form = _forms.binary(where, "+", form, _forms.integer(where, offsets[axis]))
            forms.append(form)
        return _forms.index(place, self.expression(node.value), forms)


class _PointSource(_source.Source):
    """The user's function, and what its relative indices say."""

    def __init__(self, function, options):
        super().__init__(function)
        self.standard = options["standard_indexing"]
        if isinstance(self.standard, str):
            self.standard = (self.standard,)
        node = self.written().node
        self.parameter_names = [item.arg for item in node.args.posonlyargs + node.args.args]
        for name in self.standard:
            if name not in self.parameter_names:
                raise self.error(node, f"standard_indexing names '{name}', which is no parameter")
        self.accesses = [
            item for item in ast.walk(node) if isinstance(item, ast.Subscript) and self._reads(item)
        ]
        if not self.accesses:
            raise self.error(node, f"'{self.name}' reads no array by a relative index")
        self.relative = {item.value.id for item in self.accesses}
        if self.parameter_names[0] not in self.relative:
            raise self.error(node, "the first parameter of a stencil is read by a relative index")
        counts = {len(_items(item)) for item in self.accesses}
        self.ndim = len(_items(self.accesses[0]))
        if len(counts) > 1:
            other = next(item for item in self.accesses if len(_items(item)) != self.ndim)
            raise self.error(other, f"there are {len(_items(other))} relative indices here and "
                                    f"{self.ndim} elsewhere")  # fmt: skip
        for item in ast.walk(node):
            targets = getattr(item, "targets", [getattr(item, "target", None)])
            if any(isinstance(target, ast.Subscript) and self._reads(target) for target in targets):
                raise self.error(item, "a stencil returns its value; it does not assign elements")
        self.index_offsets = self._per_dimension("index_offsets", options["index_offsets"])
        self.neighborhood = self._per_dimension("neighborhood", options["neighborhood"])
        if self.neighborhood is None:
            self.neighborhood = self._found()

    def error(self, node, message):
        return KernelError(message, self.filename, *self.written().position(node))

    def _reads(self, node):
        return (
            isinstance(node.value, ast.Name)
            and node.value.id in self.parameter_names
            and node.value.id not in self.standard
        )

    def is_relative(self, node):
        return isinstance(node.value, ast.Name) and node.value.id in self.relative

    def _per_dimension(self, name, value):
        if value is None:
            return None
        value = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if len(value) != self.ndim:
            raise ValueError(
                f"[stencil] {name} is for {len(value)} dimensions; '{self.name}' reads {self.ndim}"
            )
        return value

    def _found(self):
        """The lowest and highest of the relative indices, which have to be numbers."""
        encoder = FunctionEncoder(_source.Program(), self.function, self.written(), True)
        bounds = [[0, 0] for _ in range(self.ndim)]
        for access in self.accesses:
            for axis, item in enumerate(_items(access)):
                value = _constant(item, encoder)
                if value is None:
                    if isinstance(item, ast.Constant):
                        reason = f"a relative index is an integer, not {item.value!r}"
                        raise self.error(item, reason)
                    shown = ast.unparse(item)
                    raise self.error(item, f"the relative index '{shown}' is no number, so the "
                                           f"stencil needs its option 'neighborhood'")  # fmt: skip
                bounds[axis] = [min(bounds[axis][0], value), max(bounds[axis][1], value)]
        if self.index_offsets is not None:
            bounds = [
                [min(0, low + offset), max(0, high + offset)]
                for (low, high), offset in zip(bounds, self.index_offsets, strict=True)
            ]
        return tuple(tuple(pair) for pair in bounds)

    def encoder(self, program, is_entry):
        return _PointEncoder(program, self, self.written(), is_entry)

    def loops(self, function, further, is_parallel):
        """The loops over the interior that give each element of 'result' its value.

        `further` are arguments of the function, by its number, that follow the indices.
        """
        place = self.place()
        own = [_forms.name(place, name) for name in self.parameter_names]
        indices = [_forms.name(place, _index_name(axis)) for axis in range(self.ndim)]
        target = _forms.index(place, _forms.name(place, "result"), indices)
        value = _forms.call(place, function, [*own, *indices, *further])
        body = _forms.assign(place, target, value)
        for axis in reversed(range(self.ndim)):
            low, high = self.neighborhood[axis]
            above = _forms.integer(place, max(0, high))
            stop = _forms.binary(place, "-", _forms.size(place, own[0], axis), above)
            kind = "martlet.prange" if axis == 0 and is_parallel else "builtins.range"
            bounds = [_forms.integer(place, max(0, -low)), stop]
            body = _forms.loop(place, indices[axis], _forms.call(place, kind, bounds), body)
        return body


def _items(node):
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _constant(node, encoder):
    """The integer that an index is; None where it is none that is known now."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _constant(node.operand, encoder)
        return None if value is None else -value if isinstance(node.op, ast.USub) else value
    value = encoder.static(node)
    if value is UNKNOWN or isinstance(value, bool) or not isinstance(value, (int, numpy.integer)):
        return None
    return int(value)


class _Driver:
    """What the extension calls to get the program: the loops, and the user's function within."""

    def __init__(self, source, parallel):
        self.source = source
        self.function = source.function
        self.parallel = parallel

    def __call__(self):
        source = self.source
        program = _source.Program()
        program.functions.append(None)
        inner = program.add(source)
        place = source.place()
        captured = list(program.array_names.values())
        further = [_forms.name(place, name) for name in captured]
        body = source.loops(inner, further, self.parallel)
        names = ["result", *source.parameter_names, *captured]
        program.functions[0] = _forms.definition(place, source.name, names, body)
        return program.source()


class _ResultType:
    """A program that gives the place in `_DTYPES` of the type that a stencil's function has.

    The function is translated for its arguments, and not run.
    """

    def __init__(self, source):
        self.source = source
        self.function = source.function

    def __call__(self):
        source = self.source
        program = _source.Program()
        program.functions.append(None)
        inner = program.add(source)
        place = source.place()
        captured = list(program.array_names.values())
        names = ["is run", *source.parameter_names]
        zero = _forms.integer(place, 0)
        arguments = [_forms.name(place, name) for name in source.parameter_names]
        arguments += [zero] * source.ndim + [_forms.name(place, name) for name in captured]
        value = _forms.name(place, "value")
        made = _forms.call(place, inner, arguments)
        # A truth value takes the type of whatever it is beside.
        made = f"(if {place} {_forms.name(place, 'is run')} {made} (bool {place} 0))"
        own = f'(attribute {place} {value} "dtype")'
        answer = _forms.integer(place, len(_DTYPES))
        for number, dtype in enumerate(_DTYPES):
            test = f'(compare {place} {own} ("==" (dtype {place} {dtype})))'
            answer = f"(if {place} {test} {_forms.integer(place, number)} {answer})"
        body = f"{_forms.assign(place, value, made)} (return {place} {answer})"
        program.functions[0] = _forms.definition(place, source.name, names + captured, body)
        return program.source()


class _WholeSource(_source.Source):
    """A stencil as a function that kernels call: it makes the result, or fills `out`."""

    def __init__(self, source, options):
        super().__init__(source.function)
        self.source = source
        self.options = options

    def encoder(self, program, is_entry):
        return _WholeEncoder(program, self.source, self.options)


class _WholeEncoder:
    def __init__(self, program, source, options):
        self.program = program
        self.source = source
        self.options = options

    def definition(self):
        source, place = self.source, self.source.place()
        inner = self.program.add(source, is_entry=False)
        own = [_forms.name(place, name) for name in source.parameter_names]
        zeros = [_forms.integer(place, 0)] * source.ndim
        # The function is translated for its type here, and never run: no size is negative.
        first = _forms.size(place, own[0], 0)
        never = f'(compare {place} {first} ("<" {_forms.integer(place, 0)}))'
        value = _forms.call(place, inner, [*own, *zeros])
        value = _forms.assign(
            place, _forms.name(place, "value"), f"(if {place} {never} {value} (bool {place} 0))"
        )
        cval = self.options["cval"]
        border = _values.number(0 if cval is None else cval, place, "cval")
        shape = f'(attribute {place} {own[0]} "shape")'
        dtype = f'(attribute {place} {_forms.name(place, "value")} "dtype")'
        made = _forms.call(place, "numpy.full", [shape, border, dtype])
        result = _forms.name(place, "result")
        given = _forms.name(place, "out")
        taken = _forms.assign(place, result, given)
        if cval is not None:
            taken += "".join(
                " " + _forms.assign(place, _forms.index(place, result, part), border)
                for part in self._borders(place, own[0])
            )
        has_no_out = f'(compare {place} {given} ("is" (none {place})))'
        body = f"{value} (if {place} {has_no_out} ({_forms.assign(place, result, made)}) ({taken}))"
        body = f"{self._checks(place)} {body}"
        body += f" {source.loops(inner, [], self.options['parallel'])} (return {place} {result})"
        shown = " ".join(f"({_forms.quoted(name)} {place})" for name in source.parameter_names)
        shown += f' ("out" {place} (none {place}))'
        return f"(def {place} {_forms.quoted(source.name)} ({shown}) ({body}))"

    def _checks(self, place):
        """Statements that raise where an array is smaller than the first."""
        source, checks = self.source, []
        first, *others = source.parameter_names
        for name in others:
            if name in source.relative:
                for axis in range(source.ndim):
                    own = _forms.size(place, _forms.name(place, name), axis)
                    wanted = _forms.size(place, _forms.name(place, first), axis)
                    message = f"[{source.name}] '{name}' is smaller than '{first}'"
                    raised = _errors.raise_form(place, ValueError, message, (message,))
                    checks.append(
                        f'(if {place} (compare {place} {own} ("<" {wanted})) ({raised}) ())'
                    )
        return " ".join(checks)

    def _borders(self, place, array):
        """The indices of what lies outside of the interior."""
        for axis, (low, high) in enumerate(self.source.neighborhood):
            before = [_forms.whole(place)] * axis
            below, above = max(0, -low), max(0, high)
            yield [*before, f"(slice {place} - {_forms.integer(place, below)} -)"]
            size = _forms.size(place, array, axis)
            start = _forms.binary(place, "-", size, _forms.integer(place, above))
            # Of an array that is smaller than what is outside, all of it is.
            known = _forms.call(place, "builtins.max", [start, _forms.integer(place, 0)])
            yield [*before, f"(slice {place} {known} - -)"]


class Stencil:
    """A function of whole arrays that was written for one element and its neighbours."""

    def __init__(self, function, options):
        self._source = _PointSource(function, options)
        self._options = options
        self._kernels = None
        # What kernels that call it are made with.
        self.encode = _WholeSource(self._source, options)
        functools.update_wrapper(self, function)

    @property
    def py_func(self):
        """The Python function, whose indices are relative."""
        return self._source.function

    @property
    def neighborhood(self):
        """For each dimension the lowest and the highest relative index."""
        return self._source.neighborhood

    def __repr__(self):
        return f"<stencil '{self.__name__}'>"

    def _made(self):
        """What tells the result's type, and the loops."""
        if self._kernels is None:
            source = self._source
            options = {
                "nopython": True,
                "parallel": bool(self._options["parallel"]),
                "fastmath": self._options["fastmath"],
                # What the indices reach was found from them, unless it was given.
                "boundscheck": bool(self._options["neighborhood"] or source.standard),
                "error_model": "numpy",
            }
            about = (source.name, source.doc, source.filename)
            driver = _Driver(source, options["parallel"])
            self._kernels = (
                _JitFunction(
                    *about, _ResultType(source), {**options, "boundscheck": False}, _raised
                ),
                _JitFunction(*about, driver, options, _raised),
            )
        return self._kernels

    def __call__(self, *arguments, out=None):
        source = self._source
        names = source.parameter_names
        if len(arguments) != len(names):
            raise TypeError(f"[{source.name}] takes {len(names)} arguments, not {len(arguments)}")
        arguments = [
            _martlet.asarray(value, device="cpu")
            if isinstance(value, (numpy.ndarray, list))
            else value
            for value in arguments
        ]
        first = arguments[0]
        for name, value in zip(names, arguments, strict=True):
            if name in source.relative:
                self._check(name, value, first)
        home = home_of(arguments)
        arguments = [moved(value, "cpu") for value in arguments]
        kind, loops = self._made()
        if out is None:
            dtype = numpy.dtype(_DTYPES[kind(False, *self._samples(arguments))])
            result = self._filled(first.shape, dtype)
            loops(result, *arguments)
            return moved(result, home)
        self._check_result(out, first)
        if self._options["cval"] is not None:
            self._border(out, self._options["cval"])
        if isinstance(out, numpy.ndarray) or out.device == "cpu":
            loops(out, *arguments)
        else:
            there = out.to("cpu")
            loops(there, *arguments)
            out[...] = there.to(out.device)
        return out

    def _samples(self, arguments):
        """The arguments with small arrays for those that are read by relative indices."""
        source = self._source
        shape = [1 + max(0, high) - min(0, low) for low, high in source.neighborhood]
        return [
            _martlet.ones(shape, dtype=value.dtype, device="cpu")
            if name in source.relative
            else value
            for name, value in zip(source.parameter_names, arguments, strict=True)
        ]

    def _check(self, name, value, first):
        if not _grid.is_native(value):
            raise TypeError(f"[{self.__name__}] '{name}' is an array, not {type(value).__name__}")
        if value.ndim != self._source.ndim:
            raise ValueError(
                f"[{self.__name__}] the number of dimensions of '{name}' is {value.ndim}, of "
                f"relative indices {self._source.ndim}"
            )
        if any(own < size for own, size in zip(value.shape, first.shape, strict=True)):
            raise ValueError(
                f"[{self.__name__}] '{name}' has the shape {value.shape}, smaller than the first "
                f"argument's {first.shape}"
            )

    def _check_result(self, out, first):
        if not isinstance(out, (numpy.ndarray, _martlet.ndarray)):
            raise TypeError(f"[{self.__name__}] out is an array, not {type(out).__name__}")
        if tuple(out.shape) != tuple(first.shape):
            raise ValueError(
                f"[{self.__name__}] out has the shape {out.shape}, and the first argument "
                f"{first.shape}"
            )

    def _filled(self, shape, dtype):
        cval = self._options["cval"]
        value = 0 if cval is None else cval
        if not numpy.can_cast(numpy.min_scalar_type(value), dtype, "same_kind"):
            raise ValueError(
                f"[{self.__name__}] cval is {cval!r}, which results of type {dtype} cannot hold"
            )
        return _martlet.full(shape, value, dtype=dtype, device="cpu")

    def _border(self, out, value):
        """Sets what lies outside of the interior."""
        for axis, (low, high) in enumerate(self._source.neighborhood):
            before = (slice(None),) * axis
            out[(*before, slice(0, max(0, -low)))] = value
            if high > 0:
                out[(*before, slice(max(0, out.shape[axis] - high), None))] = value


_source.carriers.append(Stencil)
