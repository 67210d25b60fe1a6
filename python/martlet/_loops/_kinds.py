"""What Python objects the numbers of a compiled loop stand for.

A number in compiled code is an `int64`, a `float64`, a `float32` or a bool; what Python would have
there is its *tag*: `int`, `float`, `bool`, or one of NumPy's scalars such as `np.float64`. A
variable may have several tags at one place (`s = 0`, then `s += a[i]`); then a second variable
holds which it is.
"""

import functools

import numpy

UNBOUND = "unbound"
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
# The codes that say at run time which tag a value has.
CODES = {
    tag: code
    for code, tag in enumerate(
        (UNBOUND, "int", "float", "bool", "np.bool", "np.float64", "np.float32",
         *(f"np.{name}" for name in _INTEGERS))
    )
}  # fmt: skip
TAGS = {code: tag for tag, code in CODES.items()}

INTEGERS = {"int", *(f"np.{name}" for name in _INTEGERS)}
FLOATS = {"float", "np.float64", "np.float32"}
BOOLS = {"bool", "np.bool"}
NUMPYS = {tag for tag in CODES if tag.startswith("np.")}

# The types of arrays' elements that compiled loops read and write.
DTYPES = {tag.removeprefix("np."): tag for tag in NUMPYS}

# Integers from around a loop are taken to be smaller than this, which saves most checks.
SMALL = 2**31

INT64 = (-(2**63), 2**63 - 1)
# Integers up to here are exact as `float64`.
EXACT = 2**53


def limits(tag):
    """The least and the greatest value of an integer type; Python's has that of `int64` here."""
    if tag == "int":
        return INT64
    info = numpy.iinfo(tag.removeprefix("np."))
    return int(info.min), int(info.max)


def storage(tags):
    """How compiled code holds a value that may have these tags: `i`, `f`, `g` (float32) or `b`.

    None for a mixture that it can't hold.
    """
    known = tags - {UNBOUND}
    if not known:
        return "i"
    if known <= BOOLS:
        return "b"
    if known <= INTEGERS:
        return "i"
    if known == {"np.float32"}:
        return "g"
    if known <= INTEGERS | FLOATS:
        return "f"
    return None


def tag_of(value):
    """The tag of a Python object; None for one that compiled code can't hold."""
    kind = type(value)
    if kind is int:
        return "int" if INT64[0] <= value <= INT64[1] else None
    if kind is float:
        return "float"
    if kind is bool:
        return "bool"
    if isinstance(value, numpy.generic) and kind.__module__ == "numpy":
        return DTYPES.get(value.dtype.name)
    return None


def make(tag, value):
    """The Python object for a number that compiled code gave."""
    if tag == "int":
        return int(value)
    if tag == "float":
        return float(value)
    if tag == "bool":
        return bool(value)
    if tag == "np.bool":
        return numpy.bool_(value)
    return getattr(numpy, tag.removeprefix("np."))(value)


@functools.cache
def _promoted(a, b):
    return f"np.{numpy.result_type(a.removeprefix('np.'), b.removeprefix('np.')).name}"


def _strong(tag, other):
    """A tag as NumPy's promotion takes it beside one of NumPy's: Python's numbers adapt."""
    if tag in NUMPYS:
        return tag
    if tag == "bool":
        return "np.bool"
    if tag == "int":
        return other if other in INTEGERS or other in FLOATS else "np.int64"
    return other if other in FLOATS else "np.float64"


@functools.cache
def result(operator, a, b):
    """The tag of the result of a binary operator; None where compiled code leaves it to Python."""
    if UNBOUND in (a, b):
        return None
    if a in NUMPYS or b in NUMPYS:
        strong_a, strong_b = _strong(a, b), _strong(b, a)
        tag = _promoted(strong_a, strong_b)
        if operator in "&|^":
            return tag if tag in INTEGERS or tag == "np.bool" else None
        if tag not in CODES or tag == "np.bool":
            return None
        if operator in ("<<", ">>"):
            return tag if tag in INTEGERS else None
        if operator == "/" and tag in INTEGERS:
            return "np.float64"
        if operator == "**" and tag in INTEGERS:
            return tag
        return tag
    if operator in ("&", "|", "^"):
        if "float" in (a, b):
            return None
        return "bool" if (a, b) == ("bool", "bool") else "int"
    if operator in ("<<", ">>"):
        return None if "float" in (a, b) else "int"
    if operator == "/" or "float" in (a, b):
        return "float"
    return "int"
