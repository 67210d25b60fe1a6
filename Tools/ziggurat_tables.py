"""Writes the tables of the ziggurat method as `numpy.random.Generator` has them.

    python Tools/ziggurat_tables.py > Sources/Martlet/Random/ZigguratTables.swift

NumPy's streams depend on every bit of these tables, and the exact numbers, rounded, are not
NumPy's. So they are found out by asking: a bit generator whose words are chosen here drives
NumPy's own `standard_normal` and `standard_exponential`. A layer's width is what the word 1 gives,
its bound the first word after which another word is drawn. A height is only ever compared: of the
numbers near the density at the layer's width the first is taken that explains every answer.
The method: G. Marsaglia and W. W. Tsang, "The ziggurat method for generating random variables",
Journal of Statistical Software 5 (2000).
"""

import ctypes
import math
import sys
import threading

import numpy as np

LAYERS = 256
TRIES = 48


_libm = ctypes.CDLL("libm.so.6")
_libm.expf.restype, _libm.expf.argtypes = ctypes.c_float, [ctypes.c_float]


class _Interface(ctypes.Structure):
    _fields_ = [
        ("state", ctypes.c_void_p),
        ("next64", ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)),
        ("next32", ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p)),
        ("next_double", ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)),
        ("next_raw", ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)),
    ]


class Puppet:
    """A bit generator that gives what it is told, and counts how often it was asked."""

    def __init__(self):
        self.lock = threading.RLock()
        self.given = []
        self.place = 0
        kinds = [kind for _, kind in _Interface._fields_]
        word = self._next_word
        self._interface = _Interface(
            None, kinds[1](word), kinds[2](word), kinds[3](self._next_double), kinds[4](word)
        )
        make = ctypes.pythonapi.PyCapsule_New
        make.restype, make.argtypes = (
            ctypes.py_object,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
        )
        self._name = b"BitGenerator"
        self.capsule = make(ctypes.addressof(self._interface), self._name, None)

    def _next_word(self, _):
        return self._next(self.after)

    def _next_double(self, _):
        return self._next(0.5)

    def _next(self, after):
        self.place += 1
        # What comes after the words that matter ends every loop.
        return self.given[self.place - 1] if self.place <= len(self.given) else after

    def ask(self, draw, given, after):
        self.given, self.place, self.after = given, 0, after
        return draw(), self.place


puppet = Puppet()
generator = np.random.Generator(puppet)


class Table:
    """One distribution in one precision."""

    def __init__(self, name, dtype, near=None):
        self.name, self.dtype, self.near = name, dtype, near
        self.is_normal = name == "normal"
        self.is_double = dtype is np.float64
        draw = generator.standard_normal if self.is_normal else generator.standard_exponential
        self.draw = lambda: draw(dtype=dtype)
        if self.is_normal:
            self.bits, self.shift = (52, 9) if self.is_double else (23, 9)
        else:
            self.bits, self.shift = (53, 11) if self.is_double else (23, 9)

    def word(self, layer, place):
        """The random word that means a place in a layer."""
        if self.is_normal:
            return layer | place << self.shift
        return (layer | place << 8) << (self.shift - 8)

    def uniform(self, number):
        """What is given for a uniform number: doubles as they are, floats as their bits."""
        if self.is_double:
            return number
        return int(number * (1 << 24)) << 8

    def is_inside(self, layer, place):
        return puppet.ask(self.draw, [self.word(layer, place)], self.after())[1] == 1

    def after(self):
        # A word for integers and for doubles alike; as a uniform number it is the least.
        return 0 if self.is_double else self.word(2, 1)

    def width(self, layer):
        value, _ = puppet.ask(self.draw, [self.word(layer, 1), self.uniform(0.0)], self.after())
        return self.dtype(value)

    def first(self, holds):
        """The first place that does not satisfy a condition that the first ones do."""
        low, high = -1, 1 << self.bits
        while high - low > 1:
            middle = (low + high) // 2
            if holds(middle):
                low = middle
            else:
                high = middle
        return high

    def bound(self, layer):
        return self.first(lambda place: self.is_inside(layer, place))

    def density(self, x):
        # As the C code computes it: normal numbers in double, the others in their own precision.
        if self.is_normal:
            x = float(x)
            return math.exp(-0.5 * x * x)
        return math.exp(-float(x)) if self.is_double else _libm.expf(-float(x))

    def answers(self, layer, bound, width):
        """For some uniform numbers the last density that NumPy accepts and the next one."""
        result = []
        for k in range(TRIES):
            u = 0.0 if k == 0 else (k * 0.6180339887498949) % 1.0
            if not self.is_double:
                u = math.floor(u * (1 << 24)) / (1 << 24)

            def is_taken(place, u=u):
                word = self.word(layer, place)
                # Where it is refused, another word is drawn.
                return (
                    place < bound
                    or puppet.ask(self.draw, [word, self.uniform(u)], self.after())[1] == 2
                )

            end = self.first(is_taken)
            x = [self.dtype(place) * width for place in (end - 1, end)]
            result.append(
                (u, end > bound, self.density(x[0]), end < 1 << self.bits, self.density(x[1]))
            )
        return result

    def following(self, chains, layer, bound, width):
        """The chains of heights down to the layer above, each with all that may come next."""
        near = self.near[layer]
        answers = self.answers(layer, bound, width)
        candidates = sorted(self.around(near), key=lambda number: abs(float(number) - near))
        result = [
            [*chain, number]
            for number in candidates
            for chain in chains
            if all(self.explains(number, chain[-1], answer) for answer in answers)
        ]
        if not result:
            raise SystemExit(f"{self.name} {self.dtype.__name__}: nothing explains layer {layer}")
        return result[:64]

    def around(self, near):
        low = high = self.dtype(near)
        yield low
        for _ in range(4):
            low, high = np.nextafter(low, self.dtype(0)), np.nextafter(high, self.dtype(2))
            yield low
            yield high

    def explains(self, number, above, answer):
        u, has_last, last, has_next, following = answer
        # In the table's own precision, compared in double.
        limit = float((above - number) * self.dtype(u) + number)
        return (not has_last or limit < last) and (not has_next or limit >= following)

    def made(self):
        widths = [self.width(layer) for layer in range(LAYERS)]
        bounds = [self.bound(layer) for layer in range(LAYERS)]
        if self.is_double:
            scale = 2.0**self.bits
            self.near = [self.density(scale * float(width)) for width in widths]
        chains = [[self.dtype(1)]]
        for layer in range(1, LAYERS):
            chains = self.following(chains, layer, bounds[layer], widths[layer])
        return widths, bounds, chains[0]


def words(values, digits, per_line):
    lines = []
    for i in range(0, len(values), per_line):
        lines.append(
            "    " + ", ".join(f"0x{value:0{digits}x}" for value in values[i : i + per_line]) + ","
        )
    return "\n".join(lines)


def written(table):
    widths, bounds, heights = table.made()
    unsigned, digits = (np.uint64, 16) if table.is_double else (np.uint32, 8)
    kind = "UInt64" if table.is_double else "UInt32"
    name = table.name + ("" if table.is_double else "32")
    per_line = 4 if table.is_double else 7
    bits = [[int(x.view(unsigned)) for x in part] for part in (widths, heights)]
    parts = {"Widths": bits[0], "Bounds": bounds, "Heights": bits[1]}
    return "\n\n".join(
        f"  static let {name}{part}: [{kind}] = [\n{words(values, digits, per_line)}\n  ]"
        for part, values in parts.items()
    )


def main():
    parts = []
    for name in ("normal", "exponential"):
        table = Table(name, np.float64)
        parts.append(written(table))
        parts.append(written(Table(name, np.float32, table.near)))
    text = "\n\n".join(parts)
    sys.stdout.write(
        "// Written by Tools/ziggurat_tables.py; not by hand.\n\n"
        "/// What the ziggurat method looks up, as the bits of NumPy's numbers: for each of 256\n"
        "/// layers the width of a step, the first step that may lie outside, and the density at\n"
        "/// its edge.\n"
        f"enum ZigguratTables {{\n{text}\n}}\n"
    )


main()
