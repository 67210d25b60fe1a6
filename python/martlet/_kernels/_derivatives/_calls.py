"""Calls of kernels whose arguments are differentiated.

The values come from the kernel as it is, and the tape gets a rule that calls the function which
`_reverse` makes.
"""

import ast
import builtins
import inspect

import numpy

import martlet.numpy as np
from martlet import _martlet
from martlet._kernels import _source
from martlet._kernels._derivatives._kinds import (
    BOOL,
    INT,
    is_array,
    kind_of_dtype,
    load,
)  # fmt: skip
from martlet._kernels._derivatives._plain import Plain
from martlet._kernels._derivatives._reverse import Pullback, definition


class Derivatives:
    """The functions made for one kernel, by the kinds of arguments that came."""

    def __init__(self, source, options, make):
        self.source = source
        # Parameters that stand for functions, which the kernel was compiled for.
        self.constants = source.constants
        # A loop that is shared among threads may add to one element from several iterations.
        self._options = {**options, "parallel": False, "nopython": True}
        self._make = make
        self._made = {}
        # The kernel itself, for plain arguments.
        self.kernel = make(source.function, {**options, "nopython": True}, [])
        self.kernel.encode.set_written(source.written())
        self.kernel.encode.constants = source.constants

    def pullback(self, kinds, traced):
        """The jitted function that takes cotangents back, and the `Pullback` that tells of it."""
        key = tuple(sorted(kinds.items())), traced
        found = self._made.get(key)
        if found is None:
            function = self.source.function
            written = self.source.written()
            pullback = Pullback(Plain(function, written, kinds, self.constants), traced)
            made = _compiled(pullback.node, function, pullback.plain.outside)
            found = self._made[key] = self._jitted(made, written, pullback.node), pullback
        return found

    def _jitted(self, function, written, node):
        jitted = self._make(function, self._options, [])
        jitted.encode.set_written(written.of(node))
        return jitted


def _compiled(node, function, outside):
    """The Python function of a tree, which sees what the tree's names from outside stand for."""
    code = compile(ast.Module([node], []), function.__code__.co_filename, "exec")
    names = {"__builtins__": builtins, "__name__": function.__module__, **outside}
    exec(code, names)
    return names[node.name]


def call(derivatives, error, arguments, keywords):
    """The results of a call, on the tape of its arguments.

    Raises the error that there was, where nothing is differentiated after all, and
    `NotImplementedError` with the user's line for what has no derivative.
    """
    function = derivatives.source.function
    signature = inspect.signature(function)
    left = [one for one in signature.parameters.values() if one.name not in derivatives.constants]
    bound = signature.replace(parameters=left).bind(*arguments, **keywords)
    bound.apply_defaults()
    values = dict(bound.arguments)
    traced = tuple(name for name, value in values.items() if _is_traced(value))
    if not traced:
        raise error
    kinds = {name: _kind(function, name, value, error) for name, value in values.items()}
    # What cannot be compiled is told first.
    given = {name: _plain_value(value) for name, value in values.items()}
    result = derivatives.kernel(*given.values())
    jitted, pullback = derivatives.pullback(kinds, traced)
    return _Recording(jitted, pullback, values, traced).results(given, result)


def elementwise(function, options, make):
    """The function that gives the elements of a ufunc's result, one by one, as a kernel of its own.

    Its parameters are the result's elements, then those of the arguments.
    """
    written = _source.Source(function).written()
    count = function.__code__.co_argcount
    names = [f"x{i}" for i in range(count)]

    def at(name, context):
        return ast.Subscript(load(name), load("i"), context)

    own = ast.Name("function", ast.Load())
    value = ast.Call(own, [at(name, ast.Load()) for name in names], [])
    inner = ast.Assign([at("out", ast.Store())], value)
    size = ast.Subscript(
        ast.Attribute(load("out"), "shape", ast.Load()), ast.Constant(0), ast.Load()
    )
    loop = ast.For(ast.Name("i", ast.Store()), ast.Call(load("range"), [size], []), [inner], [])
    parameters = [ast.arg(name) for name in ("out", *names)]
    arguments = ast.arguments([], parameters, None, [], [], None, [])
    node = definition(function.__name__, arguments, [loop], written.node)
    made = _compiled(node, function, {"function": make(function, options, [])})
    jitted = make(made, options, [])
    jitted.encode.set_written(written.of(node))
    return jitted


class _Recording:
    """One call, as the tape keeps it."""

    def __init__(self, jitted, pullback, values, traced):
        self.jitted = jitted
        self.pullback = pullback
        self.traced = traced
        plain = pullback.plain
        # Arrays that the caller changes later are not what the kernel saw.
        self.values = {
            name: value.copy() if _is_any_array(value) else value for name, value in values.items()
        }
        self.originals = values
        self.outputs = [name for name in pullback.arrays if name in plain.changed]

    def results(self, given, result):
        """What the kernel gave and what it changed, each on the tape."""
        plain, pullback = self.pullback.plain, self.pullback
        for name in plain.changed:
            for other, value in self.originals.items():
                if other != name and _may_overlap(value, self.originals[name]):
                    raise NotImplementedError(
                        f"[{plain.function.__name__}] has no derivative: it changes '{name}', "
                        f"which may share memory with '{other}'; give it a copy"
                    )
        for name in self.outputs:
            if not _is_array(self.originals[name]):
                raise NotImplementedError(
                    f"[{plain.function.__name__}] has no derivative: it changes '{name}', an array "
                    "of NumPy's, which is on no tape"
                )
        items = list(result) if plain.gives_tuple else [result] if plain.results else []
        places = [i for i, name in enumerate(pullback.results) if name is not None]
        arrays = [_as_array(items[i]) for i in places]
        arrays += [_as_array(given[name]) for name in self.outputs]
        recorded = self._recorded(arrays)
        for i, array in zip(places, recorded, strict=False):
            items[i] = array
        for name, array in zip(self.outputs, recorded[len(places) :], strict=True):
            self.originals[name][...] = array
        for name in plain.changed - set(self.outputs):
            self.originals[name][...] = given[name]
        for i, name in enumerate(plain.results):
            if name in plain.parameters and is_array(plain.kinds[name]):
                items[i] = self.originals[name]
        if plain.gives_tuple:
            return tuple(items)
        return items[0] if items else None

    def _recorded(self, arrays):
        name = self.pullback.plain.function.__name__
        inputs = [self.values[name] for name in self.traced]
        shapes = [(array.shape, array.dtype) for array in arrays]

        def share(place):
            def rule(cotangent):
                parts = [np.zeros(shape, dtype) for shape, dtype in shapes]
                parts[place] = cotangent
                return self._pulled(parts)

            return rule

        return [
            _martlet.tape_record(name, array, inputs, share(place))
            for place, array in enumerate(arrays)
        ]

    def _pulled(self, cotangents):
        """The cotangents of the arguments that are differentiated."""
        pullback, kinds = self.pullback, self.pullback.plain.kinds
        given, bars = [], {}
        for name, value in self.values.items():
            if name in pullback.plain.changed:
                value = value.copy()
            elif _is_array(value) and value.ndim == 0 and not is_array(kinds[name]):
                value = value if _is_traced(value) else value[()]
            given.append(value)
        count = len(cotangents) - len(self.outputs)
        ends = dict(zip(self.outputs, cotangents[count:], strict=True))
        for name in pullback.arrays:
            start = ends.get(name)
            value = self.values[name]
            bars[name] = np.zeros(value.shape, value.dtype) if start is None else start.copy()
        seeds = [
            part.copy() if part.ndim else part if _is_traced(part) else part[()]
            for part in cotangents[:count]
        ]
        found = self.jitted(*given, *bars.values(), *seeds)
        if len(pullback.numbers) == 1:
            found = (found,)
        numbers = dict(zip(pullback.numbers, found or (), strict=True))
        return [
            bars[name] if name in bars else _as_array(numbers[name]).astype(self.values[name].dtype)
            for name in self.traced
        ]


def _kind(function, name, value, error):
    """The kind of an argument."""
    if _is_any_array(value):
        kind = kind_of_dtype(value.dtype)
        if kind is not None:
            # A number that is differentiated comes as an array without axes.
            return (kind, value.ndim) if value.ndim or not _is_traced(value) else kind
    elif isinstance(value, (bool, numpy.bool_)):
        return BOOL
    elif isinstance(value, (int, numpy.integer)):
        return INT
    elif isinstance(value, numpy.floating):
        return value.dtype.name
    elif isinstance(value, float):
        return "float64"
    raise NotImplementedError(
        f"[{function.__name__}] has no derivative: its argument '{name}' is of type "
        f"{type(value).__name__}, and kernels of numbers and arrays of real numbers are "
        "differentiated. martlet.defvjp gives a function one."
    ) from error


def _plain_value(value):
    """An argument on no tape; a copy of an array."""
    if _is_traced(value):
        value = _martlet.untraced(value)
        return value if value.ndim else value[()]
    return value.copy() if _is_any_array(value) else value


def _may_overlap(a, b):
    """Whether two arguments are parts of one array."""
    return _is_any_array(a) and _is_any_array(b) and _root(a) is _root(b)


def _root(array):
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def _as_array(value):
    if _is_array(value):
        return value
    value = numpy.asarray(value)
    array = np.empty(value.shape, value.dtype)
    array[...] = value
    return array


def _is_array(value):
    return type(value) is _martlet.ndarray


def _is_any_array(value):
    return isinstance(value, (numpy.ndarray, _martlet.ndarray))


def _is_traced(value):
    return _is_array(value) and _martlet.is_traced(value)
