"""Pieces of the text that the extension reads; `place` is a line and a column as text."""


def quoted(text):
    """A string of the text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unusable(place, name, description):
    """Something that no kernel can use."""
    return f"(unusable {place} {quoted(name)} {quoted(description)})"


def name(place, text):
    """A local name or a parameter."""
    return f"(name {place} {quoted(text)})"


def integer(place, value):
    return f"(int {place} {value})"


def binary(place, sign, left, right):
    return f"(binary {place} {quoted(sign)} {left} {right})"


def call(place, function, arguments):
    """A call of a function, by its number or its full name."""
    callee = (
        f"(function {place} {function})"
        if isinstance(function, int)
        else f"(known {place} {quoted(function)})"
    )
    return f"(call {place} {callee} ({' '.join(arguments)}) ())"


def index(place, container, items):
    return f"({' '.join(['index', place, container, *items])})"


def whole(place):
    """The index `:`."""
    return f"(slice {place} - - -)"


def size(place, array, axis):
    """How many elements an array has along an axis."""
    return index(place, f'(attribute {place} {array} "shape")', [integer(place, axis)])


def assign(place, target, value):
    return f"(assign {place} ({target}) {value})"


def loop(place, target, values, body):
    return f"(for {place} {target} {values} ({body}) ())"


def definition(place, title, parameters, body):
    """A function; parameters are names, the body is statements as one text."""
    shown = " ".join(f"({quoted(parameter)} {place})" for parameter in parameters)
    return f"(def {place} {quoted(title)} ({shown}) ({body}))"
