#!/usr/bin/env python3
"""Writes Tests/MartletIRTests/MathReferences.swift: arguments and correctly rounded results of the
functions of MathLibrary, computed with 400 digits. Needs mpmath."""

import math
import pathlib
import random
import struct

import mpmath as mp

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/MartletIRTests/MathReferences.swift"
COUNT = 14

REAL = [(0.01, 1), (0.5, 2), (1, 30)]
FUNCTIONS = {
    "exp": (mp.exp, REAL + [(30, 700)]),
    "exp2": (lambda x: mp.mpf(2) ** x, REAL + [(30, 1020)]),
    "expm1": (mp.expm1, REAL + [(1e-12, 1e-3), (30, 700)]),
    "log": (mp.log, [(0.5, 2), (0.99, 1.01), (1e-300, 1e300)]),
    "log2": (lambda x: mp.log(x) / mp.log(2), [(0.5, 2), (0.99, 1.01), (1e-300, 1e300)]),
    "log10": (lambda x: mp.log(x) / mp.log(10), [(0.5, 2), (0.99, 1.01), (1e-300, 1e300)]),
    "log1p": (mp.log1p, [(1e-12, 1e-3), (0.01, 0.9), (1, 1e300)]),
    "sin": (mp.sin, REAL + [(30, 1e6), (1e6, 1e300)]),
    "cos": (mp.cos, REAL + [(30, 1e6), (1e6, 1e300)]),
    "tan": (mp.tan, REAL + [(30, 1e6), (1e6, 1e300)]),
    "asin": (mp.asin, [(1e-8, 0.5), (0.5, 1), (0.99, 1)]),
    "acos": (mp.acos, [(1e-8, 0.5), (0.5, 1), (0.99, 1)]),
    "atan": (mp.atan, REAL + [(1e-8, 1e8)]),
    "sinh": (mp.sinh, REAL + [(1e-8, 0.1), (30, 700)]),
    "cosh": (mp.cosh, REAL + [(1e-8, 0.1), (30, 700)]),
    "tanh": (mp.tanh, REAL + [(1e-8, 0.1)]),
    "asinh": (mp.asinh, REAL + [(1e-8, 0.1), (30, 1e300)]),
    "acosh": (mp.acosh, [(1, 1.01), (1, 30), (30, 1e300)]),
    "atanh": (mp.atanh, [(1e-8, 0.1), (0.1, 0.9), (0.9, 1)]),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), REAL + [(1e-300, 1e300)]),
    "pow": (mp.power, [((0.1, 10), (0.1, 20)), ((0.9, 1.1), (1, 2000)), ((1e-30, 1e30), (0.1, 1))]),
    "atan2": (mp.atan2, [((0.1, 10), (0.1, 10)), ((1e-100, 1e100), (1e-100, 1e100))]),
    "hypot": (mp.hypot, [((0.1, 10), (0.1, 10)), ((1e-300, 1e300), (1e-300, 1e300))]),
}
POSITIVE = {"log", "log2", "log10", "acosh", "pow"}


def nearest(value, single):
    """The bits of the number of the type that is nearest to `value`."""
    bits, least = (24, -149) if single else (53, -1074)
    if value == 0:
        return 0
    exponent = max(int(mp.floor(mp.log(abs(value), 2))) - bits + 1, least)
    number = float(mp.ldexp(mp.nint(mp.ldexp(value, -exponent)), exponent))
    form = ("<f", "<I") if single else ("<d", "<Q")
    return struct.unpack(form[1], struct.pack(form[0], number))[0]


def argument(generator, low, high, single, positive):
    if single:
        low, high = max(low, 1e-36), min(high, 80.0 if 100 < high < 1100 else 1e37)
    value = math.exp(generator.uniform(math.log(low), math.log(high)))
    if not positive and generator.random() < 0.5:
        value = -value
    if low >= 1 and value < 1:  # the logarithm's rounding
        value = 1.0
    if single:
        value = struct.unpack("<f", struct.pack("<f", value))[0]
    return value


def rows(name, function, ranges, single):
    generator = random.Random(f"{name} {single}")
    positive = name in POSITIVE
    for number in range(COUNT):
        bounds = ranges[number % len(ranges)]
        pairs = bounds if isinstance(bounds[0], tuple) else (bounds,)
        if name == "log1p" and bounds[0] >= 1:
            arguments = [argument(generator, *bounds, single, True)]
        else:
            arguments = [
                argument(generator, low, high, single, positive and index == 0)
                for index, (low, high) in enumerate(pairs)
            ]
        result = function(*map(mp.mpf, arguments))
        yield [nearest(mp.mpf(x), single) for x in arguments] + [nearest(result, single)]


def main():
    mp.mp.dps = 400
    lines = []
    for name, (function, ranges) in FUNCTIONS.items():
        for single in (False, True):
            dtype = "float32" if single else "float64"
            lines.append(f"  MathReference(.{name}, .{dtype}, [")
            numbers = [
                f"0x{bits:x}" for row in rows(name, function, ranges, single) for bits in row
            ]
            width = 8 if single else 4
            for start in range(0, len(numbers), width):
                lines.append("    " + ", ".join(numbers[start : start + width]) + ",")
            lines.append("  ]),")
    OUTPUT.write_text(
        "// Written by Tools/coefficients/references.py; change that instead.\n\n"
        "import MartletIR\n\n"
        "/// Bits of the arguments, then of the correctly rounded result, call after call.\n"
        "struct MathReference: Sendable {\n"
        "  let function: MathFunction\n"
        "  let dtype: DType\n"
        "  let rows: [UInt64]\n\n"
        "  init(_ function: MathFunction, _ dtype: DType, _ rows: [UInt64]) {\n"
        "    self.function = function\n"
        "    self.dtype = dtype\n"
        "    self.rows = rows\n"
        "  }\n"
        "}\n\n"
        "let mathReferences: [MathReference] = [\n" + "\n".join(lines) + "\n]\n"
    )


if __name__ == "__main__":
    main()
