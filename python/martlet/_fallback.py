"""The way to NumPy for what is not native: convert, call, convert back, record the step."""

import contextvars
import operator
import os
import sys
import time
import warnings
from collections import namedtuple

import numpy

from martlet import _martlet
from martlet._convert import Loan

MODES = ("ignore", "print", "warn", "raise")

Record = namedtuple("Record", "name reason file line count bytes seconds")


class FallbackWarning(UserWarning):
    """A call was served by NumPy (mode "warn")."""


class FallbackError(RuntimeError):
    """A call would have been served by NumPy (mode "raise")."""


def _initial_mode():
    mode = os.environ.get("MARTLET_FALLBACK", "ignore")
    if mode not in MODES:
        warnings.warn(
            f"MARTLET_FALLBACK={mode!r} is none of {', '.join(MODES)}; 'ignore' is used",
            stacklevel=2,
        )
        return "ignore"
    return mode


_initial = _initial_mode()
mode = contextvars.ContextVar("fallback_mode", default=_initial)
_records = {}
_library = (
    os.path.dirname(os.path.abspath(__file__)) + os.sep,
    os.path.dirname(os.path.abspath(numpy.__file__)) + os.sep,
)


def user_frame(frame):
    """The innermost frame of code that is neither Martlet's nor NumPy's, and its distance."""
    distance = 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_library):
        frame = frame.f_back
        distance += 1
    return frame, distance


def call(function, name, arguments, keywords, reason):
    """What NumPy's `function` gives, in Martlet's arrays."""
    frame, distance = user_frame(sys._getframe(1))
    _notify(name, reason, distance)
    start = time.perf_counter()
    loan = Loan()
    try:
        args = [loan.out(item) for item in arguments]
        kwargs = {key: loan.out(item) for key, item in keywords.items()}
        box = [function(*args, **kwargs)]
        del args, kwargs
        return loan.back(box)
    finally:
        loan.close()
        _note(name, reason, frame, loan.bytes, time.perf_counter() - start)


def handle(path, arguments, keywords, reason):
    """The door's entry: `path` is a function of NumPy, a method or an operator."""
    where, _, rest = path.partition(".")
    if where == "operator":
        return call(getattr(operator, rest), _symbol(rest), arguments, keywords, reason)
    if where == "ufunc":
        # A method of the ufunc that comes first.
        ufunc, *arguments = arguments
        method = getattr(getattr(numpy, ufunc.__name__), rest)
        return call(method, f"{ufunc.__name__}.{rest}", arguments, keywords, reason)
    return call(_Path(path), path, arguments, keywords, reason)


class _Path:
    """A NumPy function by its dotted name; methods find their array as the first argument."""

    def __init__(self, path):
        self.path = path

    def __call__(self, *args, **kwargs):
        names = self.path.split(".")
        if names[0] == "ndarray":
            found = getattr(args[0], names[1])
            return found(*args[1:], **kwargs) if callable(found) else found
        found = numpy
        for name in names:
            found = getattr(found, name)
        return found(*args, **kwargs)


def _symbol(name):
    return f"operator {name.strip('_')}"


def _notify(name, reason, distance):
    current = mode.get()
    if current == "ignore":
        return
    message = f"'{name}' is served by NumPy: {reason}"
    if current == "print":
        print(f"martlet: {message}")
    elif current == "warn":
        warnings.warn(message, FallbackWarning, stacklevel=distance + 2)
    else:
        raise FallbackError(message)


def _note(name, reason, frame, moved, seconds):
    key = (name, reason, frame.f_code.co_filename, frame.f_lineno)
    count, old_bytes, old_seconds = _records.get(key, (0, 0, 0.0))
    _records[key] = (count + 1, old_bytes + moved, old_seconds + seconds)


def records():
    """Every step down to NumPy so far, as a list of `Record`: the costliest first."""
    found = [Record(*key, *values) for key, values in _records.items()]
    return sorted(found, key=lambda record: -record.seconds)


def clear():
    """Forgets the records."""
    _records.clear()


def report(limit=20):
    """A table of the costliest steps down to NumPy."""
    found = records()
    if not found:
        return "martlet: nothing fell back to NumPy."
    total = sum(record.seconds for record in found)
    calls = sum(record.count for record in found)
    lines = [f"martlet: {calls} calls were served by NumPy in {total:.3f} s"]
    lines.append(f"{'calls':>8} {'seconds':>9} {'MB':>9}  name, place and reason")
    for record in found[:limit]:
        place = f"{os.path.basename(record.file)}:{record.line}"
        lines.append(
            f"{record.count:8d} {record.seconds:9.3f} {record.bytes / 1e6:9.1f}"
            f"  {record.name} ({place}): {record.reason}"
        )
    if len(found) > limit:
        lines.append(f"… and {len(found) - limit} more places")
    return "\n".join(lines)


_EVENTS = {
    "divide": "divide by zero",
    "over": "overflow",
    "under": "underflow",
    "invalid": "invalid value",
}
_FLAGS = {"divide": 1, "over": 2, "under": 4, "invalid": 8}


def floating_point_event(kind, operation):
    """Tells the user of an event as `numpy.seterr` asks for."""
    action = numpy.geterr()[kind]
    if action == "ignore":
        return
    message = f"{_EVENTS[kind]} encountered in {operation}"
    if action == "raise":
        raise FloatingPointError(message)
    if action == "warn":
        _, distance = user_frame(sys._getframe(1))
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


_martlet.set_fallback_handler(handle)
_martlet.set_error_handler(floating_point_event)
