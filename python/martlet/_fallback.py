"""The way to NumPy for what is not native: who is told of a step, and what is kept of it.

The extension lends the arrays, calls NumPy, takes the results over and logs the step. Only what is
missing gets here: what fails, natively or in NumPy, raises its own error.
"""

import collections
import contextvars
import operator
import os
import sys
import warnings

import numpy

from martlet import _martlet

MODES = ("ignore", "print", "warn", "raise")

Record = collections.namedtuple("Record", "name source target reason file line count bytes seconds")
Record.__doc__ = """Steps down of one kind at one place of the user's code.

`name` went from `source` (a device) to `target` for `reason`, `count` times, as `file` and `line`
asked. The target is "numpy", or "cpu" for what a device left to the host. `bytes` were lent and
taken over in all, which took `seconds`, the work itself included.
"""


class FallbackWarning(UserWarning):
    """A call was served by NumPy (mode "warn")."""


class FallbackError(RuntimeError, AttributeError):
    """A call would have been served by NumPy (mode "raise").

    What is missing is an AttributeError, so that `hasattr` and its like answer no.
    """


# MARK: Modes


def check_mode(value):
    """The mode, if it is one.

    Raises ValueError where it is none, and names those there are.
    """
    if value not in MODES:
        names = ", ".join(repr(name) for name in MODES)
        raise ValueError(f"fallback_mode must be one of {names}, not {value!r}")
    return value


def _initial_mode():
    value = os.environ.get("MARTLET_FALLBACK") or "ignore"
    try:
        return check_mode(value)
    except ValueError:
        names = ", ".join(MODES)
        warnings.warn(
            f"MARTLET_FALLBACK={value!r} is none of {names}; 'ignore' is used", stacklevel=2
        )
        return "ignore"


_initial = _initial_mode()
_mode = contextvars.ContextVar("fallback_mode", default=_initial)


def mode():
    """The mode of this thread and context."""
    return _mode.get()


def set_mode(value):
    """Sets the mode of this thread and context; returns what `reset_mode` takes."""
    if check_mode(value) != "ignore":
        _martlet.set_fallback_silent(False)
    return _mode.set(value)


def reset_mode(token):
    """Undoes a `set_mode`."""
    _mode.reset(token)


def tell(name, reason, server="NumPy"):
    """Tells the user of a step as the mode asks."""
    current = _mode.get()
    if current == "ignore":
        return
    message = f"'{name}' is served by {server}: {reason}"
    if current == "print":
        print(f"martlet: {message}")
    elif current == "warn":
        warnings.warn(message, FallbackWarning, stacklevel=_distance(sys._getframe(1)) + 1)
    else:
        raise FallbackError(message)


# MARK: Calls


def call(function, name, arguments, keywords, reason):
    """What NumPy's `function` gives, in Martlet's arrays."""
    return _martlet.serve(function, name, reason, arguments, keywords)


def resolve(path, reason):
    """What serves a function, a method or an operator that the extension asks for by its path."""
    where, _, rest = path.partition(".")
    if where == "operator":
        return _martlet.served(getattr(operator, rest), f"operator {rest.strip('_')}", reason)
    if where == "ufunc":
        return _ufunc_method(rest, reason)
    if where == "ndarray":
        found = getattr(numpy.ndarray, rest)
        return _martlet.served(found if callable(found) else found.__get__, path, reason)
    function = operator.attrgetter(path)(numpy)
    from martlet import _proxy  # It imports this module.

    if path in _proxy.CALLBACKS:
        return _proxy.with_callback(function, path, reason)
    return _martlet.served(function, path, reason)


# What serves the methods of ufuncs that users wrote, by the ufuncs' ids.
written_ufuncs = {}


def _ufunc_method(name, reason):
    def method(ufunc, *arguments, **keywords):
        if id(ufunc) in written_ufuncs:
            return written_ufuncs[id(ufunc)](name, *arguments, **keywords)
        function = getattr(getattr(numpy, ufunc.__name__), name)
        return call(function, f"{ufunc.__name__}.{name}", arguments, keywords, reason)

    return method


# MARK: Records


def _line(code, instruction):
    """The line of an instruction, given by its distance in bytes from the code's start."""
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= instruction < end:
            return line if number is None else number
        line = line if number is None else number
    return line


def _hand_over():
    """Brings what the extension logged by code objects to the records, which have lines."""
    places, rest = _martlet.take_fallback_log()
    for name, device, reason, code, instruction, *cost in places:
        file, line = ("", 0) if code is None else (code.co_filename, _line(code, instruction))
        note(name, device, "numpy", reason, file, line, *cost)
    if rest[0]:
        note("other names", "cpu", "numpy", "the log is full", "", 0, *rest)


note = _martlet.note_fallback


def records():
    """Every step down so far as a list of `Record`, the costliest first."""
    _hand_over()
    return [Record(*row) for row in _martlet.fallback_records()]


def clear():
    """Forgets the records."""
    _martlet.clear_fallback_log()


def report(limit=20):
    """A table of the costliest steps down: calls, seconds, megabytes, what, from where and why."""
    _hand_over()
    return _martlet.fallback_report(limit)


# MARK: Floating-point events

_EVENTS = {
    "divide": "divide by zero",
    "over": "overflow",
    "under": "underflow",
    "invalid": "invalid value",
}
_FLAGS = {"divide": 1, "over": 2, "under": 4, "invalid": 8}
LIBRARIES = tuple(
    os.path.dirname(os.path.abspath(file)) + os.sep for file in (__file__, numpy.__file__)
)


def _distance(frame):
    """How many frames up the user's code is: neither Martlet's nor NumPy's."""
    distance = 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(LIBRARIES):
        frame = frame.f_back
        distance += 1
    return distance


def floating_point_event(kind, operation):
    """Tells the user of an event as `numpy.seterr` asks for."""
    action = numpy.geterr()[kind]
    if action == "ignore":
        return
    message = f"{_EVENTS[kind]} encountered in {operation}"
    if action == "raise":
        raise FloatingPointError(message)
    if action == "warn":
        distance = _distance(sys._getframe(1))
        warnings.warn(message, RuntimeWarning, stacklevel=distance + 1)
    elif action == "print":
        print(f"Warning: {message}")
    else:
        handler = numpy.geterrcall()
        if handler is None:
            raise NameError(f"{action} specified for {message} but no function found.")
        if action == "call":
            handler(_EVENTS[kind], _FLAGS[kind])
        else:
            handler.write(f"Warning: {message}\n")


class Converters(dict):
    """What makes a result of NumPy's the caller's, by the result's class.

    Filled by those who know the classes. Where NumPy's module takes long to import, they give a
    function to `finders` that is asked for a class when an instance is first met: without the
    module there is none.
    """

    def __init__(self):
        self.finders = []

    def __missing__(self, kind):
        for find in self.finders:
            found = find(kind)
            if found is not None:
                self[kind] = found
                return found
        return None


converters = Converters()

_martlet.set_fallback(resolve, tell, _mode.get, converters, LIBRARIES)
_martlet.set_fallback_silent(_mode.get() == "ignore")
_martlet.set_error_handler(floating_point_event)
