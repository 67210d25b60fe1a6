"""A loop compiled for the types of one moment, and what lies between its variables and Python's."""

import ast
import builtins
import linecache
import threading
import time
from itertools import starmap

import numpy

import martlet.numpy
from martlet import _martlet
from martlet._kernels._intrinsics import Intrinsic
from martlet._loops import _kinds
from martlet._loops._kinds import SMALL, TAGS, UNBOUND
from martlet._loops._translate import BROKE, DONE, FIRST_POINT, Translator
from martlet._loops._values import Array, Leave

_MISSING = object()
_lock = threading.Lock()
_made = 0

_SYSTEM_NAMES = (
    "exp", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cbrt", "erf", "erfc", "pow", "atan2",
)  # fmt: skip
_SPACE = {
    "np": martlet.numpy,
    **{
        f"c_{name}": Intrinsic(f"martlet.c.{name}", "a function of the C library")
        for name in _SYSTEM_NAMES
    },
}


def used_names(node):
    """The names that a loop reads, in the order of the text."""
    names = {}
    for item in ast.walk(node):
        if isinstance(item, ast.Name):
            names.setdefault(item.id)
    return tuple(names)


def array_of(name, value):
    """What an array is to a kernel; None for one that Python must handle."""
    kind = type(value)
    if kind is not _martlet.ndarray and kind is not numpy.ndarray:
        return None
    dtype = value.dtype
    tag = _kinds.DTYPES.get(dtype.name)
    if tag is None or not dtype.isnative or not 1 <= value.ndim <= 4:
        return None
    if kind is _martlet.ndarray and value.device != "cpu":
        return None
    return Array(name, tag, value.ndim)


class Moment:
    """What a loop's names stand for at one moment."""

    __slots__ = ("env", "key", "kinds", "large", "names", "space", "values")

    def __init__(self, names, assigned, env, space):
        self.env = env
        self.space = space
        self.kinds = {}
        self.values = {}
        self.large = set()
        key = []
        for name in names:
            value = env.get(name, _MISSING)
            if value is _MISSING:
                if name in assigned:
                    self.kinds[name] = UNBOUND
                    key.append(UNBOUND)
                    continue
                value = space.get(name, _MISSING)
                if value is _MISSING:
                    key.append(None)
                    continue
            tag = _kinds.tag_of(value)
            if tag is None:
                tag = array_of(name, value)
                if tag is None:
                    if name in assigned:
                        raise Leave(f"`{name}` is {_described(value)}")
                    key.append(None)
                    continue
                key.append((tag.tag, tag.rank))
            elif tag in _kinds.INTEGERS and not -SMALL < value < SMALL:
                self.large.add(name)
                key.append((tag,))
            else:
                key.append(tag)
            self.kinds[name] = tag
            self.values[name] = value
        self.key = tuple(key)

    def find(self, name, node):
        """Where a name that is neither number nor array is found, and what it stands for."""
        if name in self.env:
            return "local", self.env[name]
        if name in self.space:
            return "global", self.space[name]
        if hasattr(builtins, name):
            return "builtin", getattr(builtins, name)
        raise Leave(f"`{name}` is not there", node)


def _described(value):
    if type(value) is int:
        return "an integer beyond 64 bits"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


class Kernel:
    """A loop compiled for one signature."""

    def __init__(self, loop, moment, step, hoists=True):
        from martlet._kernels._jit import JIT_OPTIONS, make_jitted

        began = time.perf_counter()
        translator = Translator(
            loop, moment.kinds, moment.large, moment.find, step, moment.space, hoists
        )
        self.source = translator.translate()
        self.loop = loop
        self.step = step
        self.kinds = moment.kinds
        self.parameters = translator.parameters
        self.names = translator.names
        self.tags = [
            None if translator.has_tag(name) else next(iter(translator.unions[name]))
            for name in self.names
        ]
        self.points = translator.points
        self.depths = translator._depths()
        self.reasons = translator.reasons
        self.clips = translator.clips
        self.guards = list(translator.guards.items())
        self.attributes = list(translator.attributes.values())
        self.written = translator.written
        # Integers that it holds as `float64`.
        self.rounded = [
            name
            for name in self.names
            if moment.kinds.get(name) in _kinds.INTEGERS and translator.storage(name) == "f"
        ]
        self.has_inner = len(self.points) > 1
        # It leaves by itself when its time is up; ended anywhere else it would lose its variables.
        options = {**JIT_OPTIONS, "nopython": True, "error_model": "numpy", "unwatched": True}
        self.call = make_jitted(self._function(loop), options, [])
        self.seconds = time.perf_counter() - began
        # How much one call may do: about a fiftieth of a second.
        self.amount = 1 << 16

    def _function(self, loop):
        global _made
        with _lock:
            _made += 1
            filename = f"<compiled loop {_made} of {loop.filename}, line {loop.line}>"
        lines = self.source.splitlines(keepends=True)
        # The entry has no time of change, so nothing looks for such a file.
        linecache.cache[filename] = (len(self.source), None, lines, filename)
        space = dict(_SPACE)
        exec(compile(self.source, filename, "exec"), space)
        return space["loop"]

    def shown(self):
        """The types that it was made for, as text."""
        items = []
        for name, kind in self.kinds.items():
            if isinstance(kind, Array):
                items.append(f"{name}: {kind.tag.removeprefix('np.')} array of {kind.rank} axes")
            elif kind != UNBOUND:
                items.append(f"{name}: {kind}")
        return ", ".join(items)

    def is_valid(self, moment):
        """Whether what the kernel was made for still holds."""
        for (name, *_), (where, value) in (
            ((name,) if isinstance(name, str) else name, entry) for name, entry in self.guards
        ):
            if where == "local":
                found = moment.env.get(name, _MISSING)
            elif where == "global":
                found = moment.space.get(name, _MISSING) if name not in moment.env else _MISSING
            elif where == "builtin":
                hidden = name in moment.env or name in moment.space
                found = _MISSING if hidden else getattr(builtins, name, _MISSING)
            else:
                space = where[1].__globals__
                found = space.get(name, getattr(builtins, name, _MISSING))
            if found is not value:
                return False
        for owner, name, value in self.attributes:
            if getattr(owner, name, _MISSING) is not value:
                return False
        return True

    def can_write(self, moment):
        """Whether the arrays that it writes to may be written to, and no integer is rounded."""
        if any(abs(int(moment.values[name])) > 2**53 for name in self.rounded):
            return False
        return all(moment.values[name].flags.writeable for name in self.written)

    def call_into(self, box, session, moment):
        """Runs iterations, and appends what the kernel returns to a list.

        A signal's handler may raise as soon as that is there, so no line of Python must stand
        between the call and the list.
        """
        arguments = [0, 0]
        if session.left is not None:
            left = session.left
            stop = left.stop
            if not self.has_inner and len(left) > self.amount:
                stop = left[self.amount]
            arguments = [left.start, stop]
        arguments.append(self.amount)
        values = moment.values
        arguments.extend(values[name] for _, name in self.parameters)
        box.append(arguments[1])
        box.append(time.perf_counter())
        box.extend(starmap(self.call, (arguments,)))

    def take(self, box, session):
        """The variables' values as a dict, the check that failed, and the seconds that it took.
        The session goes on from where the kernel left."""
        stop, began, result = box
        took = time.perf_counter() - began
        if took < 0.01:
            self.amount = min(self.amount * 2, 1 << 40)
        elif took > 0.04:
            self.amount = max(self.amount // 2, 16)
        code, why = result[0], result[1]
        first = 2 + 2 * self.depths
        counters = result[2:first]
        out, at = {}, first
        for name, tag in zip(self.names, self.tags, strict=True):
            value = result[at]
            at += 1
            if tag is None:
                tag = TAGS[result[at]]
                at += 1
            if tag != UNBOUND:
                out[name] = _kinds.make(tag, value)
        if session.left is not None and code == DONE and stop != session.left.stop:
            session.left = range(stop, session.left.stop, self.step)
            session.chunk = ()
        else:
            self._go_on(session, code, why, counters)
        return out, why, took

    def _go_on(self, session, code, why, counters):
        """Puts a session where the kernel left."""
        if code in (DONE, BROKE):
            session.broke = code == BROKE
            session.chunk = ()
            session.end()
            return
        point = self.points[code - FIRST_POINT]
        target = point.loops[-1]
        is_root = len(point.loops) == 1
        stop = None if session.left is None else session.left.stop
        session.put(counters[0], stop, self.step, is_root and why == 0)
        if is_root:
            return
        session.resume = target.number
        for depth, loop in enumerate(point.loops[1:], 1):
            inner = loop.session()
            if loop is target and point.is_behind:
                inner.chunk = ()
                inner.end()
            else:
                step = loop.written_step() if isinstance(loop.node, ast.For) else None
                end = counters[2 * depth + 1] if step is not None else None
                inner.put(counters[2 * depth], end, step, loop is target and why == 0)
            if loop is not target:
                inner.resume = target.number
            loop.keep(inner)
