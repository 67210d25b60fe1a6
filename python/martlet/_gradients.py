"""Derivatives of functions of arrays: what `martlet.grad` and its like are made of.

The core records what is computed from the arrays that a derivative is asked of, and plays it back;
here are the forms in which users ask. The conventions at kinks are on the page `docs/gradients.md`.
"""

import functools

import numpy

import martlet.numpy as np
from martlet import _martlet


def grad(f, argnum=0, *, conjugate=False):
    """The function that gives the gradient of `f`, as HIPS autograd's and MinPy's `grad`.

    Parameters
    ----------
    f
        A function of arrays and numbers, and of tuples, lists and dictionaries of them. A result
        that is no single number counts as the sum of its elements.
    argnum
        Which positional argument the derivative is taken by; of a list or tuple of them the result
        is a list or tuple of gradients.
    conjugate
        For a complex argument x + iy the gradient is d/dx - i d/dy, as HIPS autograd's; with this
        it is d/dx + i d/dy, the direction in which the result grows.

    What does not matter for the result has a gradient of zeros. What has no derivative raises
    `NotImplementedError`, which says why.
    """

    def gradient(*arguments, **keywords):
        tape, _ = _value(f, arguments, keywords, argnum)
        return tape.gradients(conjugate)

    return _named(gradient, f, "grad")


def value_and_grad(f, argnum=0, *, conjugate=False):
    """Like `grad`, but the function gives a pair: the result of `f`, and the gradient."""

    def both(*arguments, **keywords):
        tape, value = _value(f, arguments, keywords, argnum)
        return value, tape.gradients(conjugate)

    return _named(both, f, "value_and_grad")


def grad_and_loss(f, argnum=0, *, conjugate=False):
    """Like `grad`, but the function gives a pair, as MinPy's: the gradient, the result of `f`."""

    def both(*arguments, **keywords):
        tape, value = _value(f, arguments, keywords, argnum)
        return tape.gradients(conjugate), value

    return _named(both, f, "grad_and_loss")


def elementwise_grad(f, argnum=0):
    """The derivative of each element of the result by the element of the argument at its place."""
    return _named(grad(f, argnum), f, "elementwise_grad")


def make_vjp(f, argnum=0):
    """The function that gives a pair, as HIPS autograd's: the function from a cotangent of the
    result to that of the argument, which may be called many times, and the result of `f`."""

    def made(*arguments, **keywords):
        tape, value = _value(f, arguments, keywords, argnum)
        return tape.pull, value

    return _named(made, f, "make_vjp")


def vjp(f, *primals):
    """The result of `f`, and the function from its cotangent to a tuple of the arguments'.

    As JAX's `vjp`.
    """
    tape, value = _value(f, primals, {}, tuple(range(len(primals))))
    return value, tape.pull


def jvp(f, primals, tangents):
    """The result of `f`, and how it changes where the arguments change by the tangents, as JAX's.

    The pullback is linear in the cotangent, so what is pulled back through it is the tangent.
    """
    if len(primals) != len(tangents):
        raise ValueError(f"jvp takes a tangent for each of the {len(primals)} arguments")
    tape, value = _value(f, tuple(primals), {}, tuple(range(len(primals))))
    seeds = [np.zeros(result.shape, result.dtype) for result in tape.results]
    second = _Tape()
    try:
        seeds = [second.add(seed) for seed in seeds]
        pulled = tape.pull_all(seeds)
        second.close(pulled)
    except BaseException:
        second.end()
        raise
    wanted = [
        _seed(leaf, place) for leaf, place in zip(_leaves(tuple(tangents)), pulled, strict=True)
    ]
    tangent = second.pull_all(wanted)
    return value, tape.results_like(tangent)


def jacobian(f, argnum=0):
    """The function that gives the derivatives of all elements of the result: an array of the shape
    of the result followed by that of the argument."""

    def jacobian_of(*arguments, **keywords):
        tape, _ = _value(f, arguments, keywords, argnum)
        if len(tape.results) != 1:
            raise TypeError("jacobian takes a function whose result is one array")
        result = tape.results[0]
        rows = []
        for i in range(result.size):
            seed = np.zeros(result.size, result.dtype)
            seed[i] = 1
            rows.append(tape.pull_all([seed.reshape(result.shape)]))
        blocks = []
        for i, leaf in enumerate(tape.leaves):
            if rows:
                block = np.stack([np.conj(row[i]) for row in rows])
            else:
                block = np.zeros((0, *leaf.shape), leaf.dtype)
            blocks.append(_number(block.reshape(result.shape + leaf.shape)))
        return tape.like_arguments(blocks)

    return _named(jacobian_of, f, "jacobian")


def hessian(f, argnum=0):
    """The function that gives all second derivatives of a number: an array of the shape of the
    argument twice."""
    return _named(jacobian(grad(f, argnum), argnum), f, "hessian")


def hvp(f, argnum=0):
    """The function of the arguments of `f` and, last, an array like the argument, which gives the
    product of the Hessian and that array."""
    gradient = grad(f, argnum)

    def product(*arguments, **keywords):
        *arguments, vector = arguments

        def slope(*inner, **keywords):
            parts = zip(_leaves(gradient(*inner, **keywords)), _leaves(vector), strict=True)
            return sum((np.sum(a * np.asarray(b)) for a, b in parts), np.asarray(0.0))

        return grad(slope, argnum)(*arguments, **keywords)

    return _named(product, f, "hvp")


def stop_gradient(x):
    """The same arrays as constants: nothing is differentiated through them."""
    leaves = _leaves(x)
    return _rebuild(
        x, iter([_martlet.untraced(leaf) if _is_traced(leaf) else leaf for leaf in leaves])
    )


def checkpoint(f):
    """The function `f` without what it keeps for the gradient: it runs again for that.

    A loop of n steps, in checkpoints of √n steps each, keeps √n of its states.
    """

    @functools.wraps(f)
    def run(*arguments, **keywords):
        inputs = [leaf for leaf in _leaves((arguments, keywords)) if _is_traced(leaf)]
        if not inputs:
            return f(*arguments, **keywords)

        def rule(*cotangents):
            def again(*traced):
                values = iter(traced)
                leaves = [
                    next(values) if _is_array(leaf) and id(leaf) in known else leaf
                    for leaf in _leaves((arguments, keywords))
                ]
                positional, named = _rebuild((arguments, keywords), iter(leaves))
                return f(*positional, **named)

            known = {id(leaf) for leaf in inputs}
            tape, _ = _value(again, tuple(kept), {}, tuple(range(len(kept))))
            return tape.pull_all(list(cotangents))

        kept = [leaf.copy() for leaf in inputs]
        plain = stop_gradient((arguments, keywords))
        value = f(*plain[0], **plain[1])
        return _recorded(f, value, inputs, rule)

    return run


# Users' rules ------------------------------------------------------------------------------------


class _Rule:
    """A function with a derivative of its own."""

    def __init__(self, function, rules, argnums, forward):
        functools.update_wrapper(self, function)
        self.function, self.forward = function, forward
        self.rules = dict(zip(argnums, rules, strict=True))

    def __call__(self, *arguments, **keywords):
        traced = [i for i, argument in enumerate(arguments) if _is_traced(argument)]
        if not traced:
            return self.function(*arguments, **keywords)
        name = getattr(self.function, "__name__", "function")
        for i in traced:
            if i not in self.rules:
                raise NotImplementedError(
                    f"[{name}] has no derivative by argument {i}: defvjp gave it none."
                )
        plain = stop_gradient(arguments)
        value = self.function(*plain, **keywords)

        def rule(cotangent):
            # The answer is a constant here, unless the derivative is differentiated in turn.
            again = any(_is_traced(argument) for argument in arguments)
            answer = self(*arguments, **keywords) if again else value
            cotangents = []
            for i in traced:
                made = self.rules[i]
                if self.forward:
                    cotangents.append(_transposed(made, answer, arguments, keywords, i, cotangent))
                elif made is None:
                    cotangents.append(None)
                else:
                    cotangents.append(made(answer, *arguments, **keywords)(cotangent))
            return cotangents

        return _recorded(self.function, value, [arguments[i] for i in traced], rule)


def defvjp(function, *rules, argnums=None):
    """The function with derivatives of its own, one for each argument.

    A rule takes the result and the arguments, and gives a function from the cotangent of the result
    to that of the argument, as HIPS autograd's; None stands for zero. Without `argnums` they are of
    the arguments 0, 1 and so on.

    >>> log1p = defvjp(lambda x: numpy.log1p(x), lambda answer, x: lambda g: g / (1 + x))
    """
    return _Rule(function, rules, argnums or range(len(rules)), forward=False)


def defjvp(function, *rules, argnums=None):
    """The function with derivatives of its own, one for each argument, in forward direction.

    A rule takes the tangent of the argument, the result and the arguments, and gives the tangent of
    the result, to which it must be linear, as HIPS autograd's.
    """
    return _Rule(function, rules, argnums or range(len(rules)), forward=True)


def _transposed(rule, answer, arguments, keywords, position, cotangent):
    """What a linear rule takes a cotangent to, backwards."""
    zeros = np.zeros(np.shape(arguments[position]), np.asarray(arguments[position]).dtype)
    tape, _ = _value(
        lambda tangent: rule(tangent, answer, *arguments, **keywords), (zeros,), {}, (0,)
    )
    return tape.pull_all([cotangent])[0]


def _recorded(function, value, inputs, rule):
    """A result, or a container of them, whose cotangents go to the inputs by a rule."""
    results = _leaves(value)
    name = getattr(function, "__name__", "function")
    if len(results) == 1:
        made = _array(results[0])
        return _rebuild(
            value,
            iter([_martlet.tape_record(name, made, list(inputs), lambda g: _list(rule(g)))]),
        )
    # Of several results each brings its own share.
    shapes = [(np.shape(result), np.asarray(result).dtype) for result in results]

    def share(position):
        def only(cotangent):
            parts = [np.zeros(shape, dtype) for shape, dtype in shapes]
            parts[position] = cotangent
            return _list(rule(*parts))

        return only

    made = [
        _martlet.tape_record(name, _array(result), list(inputs), share(i))
        for i, result in enumerate(results)
    ]
    return _rebuild(value, iter(made))


def _list(cotangents):
    return [None if part is None else _array(part) for part in cotangents]


# Checking ----------------------------------------------------------------------------------------


def check_grads(f, modes=("fwd", "rev"), order=2, tolerance=1e-5):
    """A function of the arguments of `f` that compares derivatives with differences, as HIPS's.

    Raises
    ------
    AssertionError
        Where a derivative is not what the differences say, with both numbers.
    """

    def check(*arguments):
        arguments = tuple(np.asarray(argument, dtype=float) for argument in arguments)
        rng = numpy.random.default_rng(0)
        _check(f, arguments, modes, order, tolerance, rng)

    return check


def _check(f, arguments, modes, order, tolerance, rng):
    tangents = tuple(np.asarray(rng.standard_normal(np.shape(a))) for a in arguments)
    step = 1e-6

    def moved(sign):
        return f(*(a + sign * step * t for a, t in zip(arguments, tangents, strict=True)))

    expected = (np.asarray(moved(1)) - np.asarray(moved(-1))) / (2 * step)

    def compare(found, wanted, mode):
        found, wanted = numpy.asarray(found), numpy.asarray(wanted)
        scale = 1 + numpy.abs(wanted)
        if not numpy.all(numpy.abs(found - wanted) <= tolerance * scale):
            raise AssertionError(
                f"the derivative ({mode}) is {found}, and differences give {wanted}"
            )

    if "fwd" in modes:
        compare(jvp(f, arguments, tangents)[1], expected, "forward")
    if "rev" in modes:
        value, pull = vjp(f, *arguments)
        seed = np.asarray(rng.standard_normal(np.shape(value)))
        found = sum(float(np.sum(a * t)) for a, t in zip(pull(seed), tangents, strict=True))
        compare(found, float(np.sum(seed * expected)), "reverse")
        if order > 1:
            for i in range(len(arguments)):
                _check(grad(f, i), arguments, modes, order - 1, tolerance, rng)


# Tapes -------------------------------------------------------------------------------------------


class _Tape:
    """One recording, from its inputs to its results."""

    def __init__(self):
        self.number = _martlet.tape_open()
        self.leaves = []
        self.results = []

    def add(self, array):
        """The array as an input of the tape: a new one, with the same elements."""
        array = _martlet.tape_input(self.number, array)
        self.leaves.append(array)
        return array

    def close(self, results):
        """Which inputs were written to."""
        self.results = results
        return _martlet.tape_close(self.number, results)

    def end(self):
        if self.number is not None:
            _martlet.tape_end(self.number)
            self.number = None

    def __del__(self):
        self.end()

    def pull_all(self, seeds):
        """The cotangents of all inputs, in the core's convention for complex numbers."""
        return _martlet.tape_pull(self.number, seeds)

    def gradients(self, conjugate):
        seeds = [np.ones(result.shape, result.dtype) for result in self.results]
        found = self.pull_all(seeds)
        if not conjugate:
            found = [np.conj(part) if part.dtype.kind == "c" else part for part in found]
        return self.like_arguments([_number(part) for part in found])

    def pull(self, cotangent):
        seeds = [
            _seed(leaf, result)
            for leaf, result in zip(_leaves(cotangent), self.results, strict=True)
        ]
        found = [np.conj(part) if part.dtype.kind == "c" else part for part in self.pull_all(seeds)]
        return self.like_arguments([_number(part) for part in found])

    def like_arguments(self, parts):
        """A part for every input, in the form of the arguments that were asked for."""
        return _rebuild(self.asked, iter(parts))

    def results_like(self, parts):
        return _rebuild(self.value, iter([_number(part) for part in parts]))


def _value(f, arguments, keywords, argnum):
    """Runs `f`, and gives its tape and its result."""
    positions = [argnum] if isinstance(argnum, int) else list(argnum)
    for position in positions:
        if not -len(arguments) <= position < len(arguments):
            raise TypeError(
                f"the derivative by argument {position} was asked for, and there are "
                f"{len(arguments)} positional arguments"
            )
    asked = [arguments[position] for position in positions]
    tape = _Tape()
    given = list(arguments)
    try:
        leaves = _leaves(asked)
        inputs = [tape.add(_input(leaf)) for leaf in leaves]
        made = _rebuild(asked, iter(inputs))
        for position, argument in zip(positions, made, strict=True):
            given[position] = argument
        value = f(*given, **keywords)
        results = _leaves(value)
        arrays = [_array(leaf) for leaf in results]
        for result in arrays:
            if result.dtype.kind not in "fc":
                raise TypeError(
                    f"the result of {getattr(f, '__name__', f)!s} is an array of {result.dtype}, "
                    "which has no derivative"
                )
        changed = tape.close(arrays)
    except BaseException:
        tape.end()
        raise
    # What the function wrote to its argument the caller sees, as after a plain call.
    for leaf, array, isChanged in zip(leaves, inputs, changed, strict=True):
        if isChanged and isinstance(leaf, numpy.ndarray | _martlet.ndarray):
            leaf[...] = array
    tape.asked = asked[0] if isinstance(argnum, int) else type(argnum)(asked)
    tape.value = value
    return tape, _rebuild(value, iter([_number(array) for array in arrays]))


def _input(leaf):
    """An argument as an array that a derivative can be taken by."""
    if isinstance(leaf, int) and not isinstance(leaf, bool):
        leaf = float(leaf)
    return _array(leaf)


def _seed(cotangent, result):
    """A cotangent as an array like the result, in the core's convention for complex numbers."""
    seed = np.zeros(result.shape, result.dtype)
    seed[...] = _array(cotangent)
    return np.conj(seed) if seed.dtype.kind == "c" else seed


def _number(array):
    """A result without axes as a number, unless it is differentiated further."""
    if array.ndim == 0 and not _martlet.is_traced(array):
        return array[()]
    return array


def _array(x):
    """A Martlet array of anything: a copy, where it is not one."""
    if _is_array(x):
        return x
    x = numpy.asarray(x)
    array = np.empty(x.shape, x.dtype)
    array[...] = x
    return array


def _is_array(x):
    # NumPy's own arrays count as instances, too.
    return type(x) is _martlet.ndarray


def _is_traced(x):
    return _is_array(x) and _martlet.is_traced(x)


def _leaves(x):
    """The arrays and numbers in tuples, lists and dictionaries, in order."""
    if isinstance(x, dict):
        return [leaf for value in x.values() for leaf in _leaves(value)]
    if isinstance(x, list | tuple):
        return [leaf for value in x for leaf in _leaves(value)]
    return [x]


def _rebuild(x, leaves):
    """The same containers around other leaves."""
    if isinstance(x, dict):
        return {key: _rebuild(value, leaves) for key, value in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*(_rebuild(value, leaves) for value in x))
    if isinstance(x, list | tuple):
        return type(x)(_rebuild(value, leaves) for value in x)
    return next(leaves)


def _named(function, f, prefix):
    name = getattr(f, "__name__", "function")
    function.__name__ = f"{prefix}({name})"
    function.__qualname__ = function.__name__
    function.__wrapped__ = f
    return function
