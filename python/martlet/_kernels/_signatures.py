"""Signatures as users write them: numba's notation in strings, type objects, layout strings."""

import re

from martlet._kernels import _types
from martlet._kernels._types import ArrayType, NoneType, Signature, TupleType, Type

_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][\w.]*)|(?P<number>\d+)|(?P<sign>->|[()\[\],:']))")

# What a name may begin with where users qualify it.
_PREFIXES = ("types.", "numba.types.", "numba.", "nb.", "martlet.types.", "martlet.")


class _Reader:
    """Tokens of a text, and errors at one of its characters."""

    def __init__(self, text, what):
        self.text = text
        self.what = what
        self.tokens = []
        position = 0
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            if found is None:
                position += len(text[position:]) - len(text[position:].lstrip())
                raise self.error(f"{text[position]!r} has no meaning there", position)
            kind = found.lastgroup
            self.tokens.append((kind, found.group(kind), found.start(kind)))
            position = found.end()
        self.next = 0

    def error(self, problem, position):
        return ValueError(
            f"the {self.what} '{self.text}' is wrong: {problem}.\n"
            f"    {self.text}\n    {' ' * position}^"
        )

    @property
    def position(self):
        return self.tokens[self.next][2] if self.next < len(self.tokens) else len(self.text)

    def peek(self, offset=0):
        index = self.next + offset
        return self.tokens[index][1] if index < len(self.tokens) else None

    def kind(self):
        return self.tokens[self.next][0] if self.next < len(self.tokens) else None

    def take(self):
        self.next += 1
        return self.tokens[self.next - 1][1]

    def accept(self, sign):
        if self.peek() != sign:
            return False
        self.next += 1
        return True

    def expected(self, what):
        found = "the end" if self.peek() is None else f"'{self.peek()}'"
        return self.error(f"{what} is expected, and there is {found}", self.position)

    def expect(self, sign):
        if not self.accept(sign):
            raise self.expected(f"'{sign}'")

    def end(self):
        if self.peek() is not None:
            raise self.expected("the end")


# MARK: Types


def _type(reader):
    position = reader.position
    if reader.kind() != "name":
        raise reader.expected("a type")
    written = reader.take()
    name = written
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    if name in ("Tuple", "UniTuple", "Array"):
        return _compound(reader, name)
    kind = _types.NAMES.get(name)
    if kind is None:
        raise reader.error(f"'{written}' is no type", position)
    if reader.peek() == "[":
        return _array(reader, kind, written, position)
    return kind


def _compound(reader, name):
    reader.expect("(")
    if name == "Tuple":
        reader.expect("(")
        kind = TupleType(_list(reader, ")"))
    elif name == "UniTuple":
        item = _type(reader)
        reader.expect(",")
        kind = TupleType([item] * _number(reader))
    else:
        item = _type(reader)
        reader.expect(",")
        ndim = _number(reader)
        reader.expect(",")
        reader.expect("'")
        if reader.peek() not in ("A", "C", "F"):
            raise reader.expected("'A', 'C' or 'F'")
        kind = ArrayType(item, ndim, reader.take())
        reader.expect("'")
    reader.expect(")")
    return kind


def _number(reader):
    if reader.kind() != "number":
        raise reader.expected("a number")
    return int(reader.take())


def _array(reader, element, name, position):
    if not isinstance(element, _types.ScalarType):
        raise reader.error(f"there are no arrays of '{name}'", position)
    reader.expect("[")
    adjacent = []
    while True:
        where = reader.position
        if not reader.accept(":"):
            raise reader.expected("':' or '::1'")
        step = reader.accept(":")
        if step:
            if reader.peek() != "1":
                raise reader.expected("'1'")
            reader.take()
        adjacent.append((step, where))
        if not reader.accept(","):
            break
    reader.expect("]")
    layout = "A"
    for index, (step, where) in enumerate(adjacent):
        if not step:
            continue
        if layout != "A" or index not in (0, len(adjacent) - 1):
            raise reader.error("only the first or the last dimension can be '::1'", where)
        layout = "C" if index == len(adjacent) - 1 else "F"
    return ArrayType(element, len(adjacent), layout)


def _list(reader, close):
    kinds = []
    while not reader.accept(close):
        kinds.append(_argument(reader))
        if not reader.accept(","):
            reader.expect(close)
            break
    return kinds


def _argument(reader):
    position = reader.position
    kind = _type(reader)
    if isinstance(kind, NoneType):
        raise reader.error("an argument cannot be void", position)
    return kind


def parse_type(text):
    """The type that a text such as "float64[:, ::1]" names.

    Raises ValueError that shows the character where it is wrong.
    """
    reader = _Reader(text, "type")
    kind = _type(reader)
    reader.end()
    return kind


# MARK: Signatures


def parse_signature(text):
    """The signature that a text gives: "float64(float64, int32[:])", "(float64,)", or types alone
    with commas between them, "float64, int32[:]".

    Raises ValueError that shows the character where it is wrong.
    """
    reader = _Reader(text, "signature")
    start = reader.next
    result = None if reader.peek() == "(" else _type(reader)
    if result is not None and reader.peek() == ",":
        reader.next = start
        result, arguments = None, [_argument(reader)]
        while reader.accept(","):
            arguments.append(_argument(reader))
    else:
        reader.expect("(")
        arguments = _list(reader, ")")
    reader.end()
    return Signature(result, arguments)


def signature(value):
    """One signature from a text, a `Signature`, or a tuple of arguments' types.

    Raises TypeError for anything else.
    """
    if isinstance(value, Signature):
        return value
    if isinstance(value, str):
        return parse_signature(value)
    if isinstance(value, tuple) and all(isinstance(item, Type) for item in value):
        return Signature(None, value)
    raise TypeError(
        f"a signature is a text such as 'float64(float64)', float64(float64), or a tuple of types; "
        f"not {value!r}"
    )


def is_signatures(value):
    """Whether a decorator's first argument is one or more signatures."""
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, (str, Signature, Type, tuple)) for item in value)
    return isinstance(value, (str, Signature))


def signatures(value):
    """Signatures from one, or from a list of them."""
    if value is None:
        return []
    if isinstance(value, list) or (
        isinstance(value, tuple) and not all(isinstance(item, Type) for item in value)
    ):
        return [signature(item) for item in value]
    return [signature(value)] if value != () else []


# MARK: Layouts


def parse_layout(text):
    """The core dimensions of a layout such as "(m,n),(n)->(m)": two lists of tuples of names and
    sizes, of the arguments and of the results.

    Raises ValueError that shows the character where it is wrong.
    """
    reader = _Reader(text, "layout")
    inputs = _cores(reader)
    reader.expect("->")
    outputs = _cores(reader)
    reader.end()
    return inputs, outputs


def _cores(reader):
    cores = []
    while True:
        reader.expect("(")
        names = []
        while not reader.accept(")"):
            if reader.kind() == "number":
                names.append(int(reader.take()))
            elif reader.kind() == "name":
                names.append(reader.take())
            else:
                raise reader.expected("a dimension's name")
            if not reader.accept(","):
                reader.expect(")")
                break
        cores.append(tuple(names))
        if not reader.accept(","):
            return cores
