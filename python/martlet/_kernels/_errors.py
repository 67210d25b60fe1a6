"""What is raised and told about kernels that users write."""

import builtins
import linecache

import numpy

from martlet._kernels._forms import quoted

# Exceptions that kernels raise and Python has not itself, by the name that the kernel has for them.
_exceptions = {"numpy.exceptions.AxisError": numpy.exceptions.AxisError}


class KernelError(Exception):
    """A function cannot become a kernel, or a kernel failed, at one place of the user's file.

    `msg` says why, `filename`, `lineno` and `offset` where, both counted from 1, and `text` is the
    line there. What is not known of the place is None.
    """

    def __init__(self, msg, filename=None, lineno=None, offset=None):
        super().__init__(msg, filename, lineno, offset)
        self.msg = msg
        self.filename = filename
        self.lineno = lineno
        self.offset = offset
        self.text = None
        if filename is not None and lineno is not None:
            self.text = linecache.getline(filename, lineno).rstrip("\n") or None

    def __str__(self):
        place = [self.filename, self.lineno, self.offset]
        if None in place:
            place = place[: place.index(None)]
        message = ":".join(str(part) for part in place) + ": " + self.msg if place else self.msg
        if self.text is None:
            return message
        shown = self.text.strip()
        lines = [message, "    " + shown]
        if self.offset is not None:
            indentation = len(self.text) - len(self.text.lstrip())
            column = min(max(self.offset - 1 - indentation, 0), len(shown))
            lines.append("    " + " " * column + "^")
        return "\n".join(lines)


class KernelFallbackWarning(UserWarning):
    """A jitted function has no kernel, so its calls run in Python, or on a slower device."""


class KernelPerformanceWarning(UserWarning):
    """A `prange` loop runs in order, since its iterations may depend on each other."""


# The arguments of exceptions that are raised with other than one text, by the name that the kernel
# has for them.
_raised = {}


def exception_name(kind):
    """The name under which a kernel raises exceptions of a class."""
    if getattr(builtins, kind.__name__, None) is kind:
        return kind.__name__
    name = f"{kind.__module__}.{kind.__qualname__}"
    while _exceptions.setdefault(name, kind) is not kind:
        name += "'"
    return name


def raised_name(kind, arguments):
    """The name under which a kernel raises an exception of a class with these arguments."""
    name = exception_name(kind)
    plain = arguments[0] if len(arguments) == 1 and type(arguments[0]) is str else ""
    # A message may have places for numbers in braces.
    if plain and "{" not in plain:
        return name
    name = f"{name}{arguments!r}"
    _raised[name] = kind, arguments
    return name


def raise_form(place, kind, message, arguments):
    """The form of a `raise`, with the names of the exception's classes, which handlers ask for."""
    classes = " ".join(quoted(exception_name(base)) for base in kind.__mro__[:-1])
    name = quoted(raised_name(kind, arguments))
    return f"(raise {place} {name} {quoted(message)} ({classes}))"


def exception(name, message):
    """An exception that a kernel raised by name, made as `raise` would make it."""
    if name in _raised:
        kind, arguments = _raised[name]
        return kind(*arguments)
    kind = _exceptions.get(name)
    if kind is None:
        return RuntimeError(f"{name}: {message}")
    return kind(message) if message else kind()
