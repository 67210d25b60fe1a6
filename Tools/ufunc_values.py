"""Writes Tests/MartletTests/UFuncValues.swift: what NumPy gives at the edges of types.

Run from the repository's root with the NumPy that Martlet follows:

    python3 Tools/ufunc_values.py > Tests/MartletTests/UFuncValues.swift
"""

import numpy as np

np.seterr(all="ignore")

# Operations whose rules at the edges are NumPy's own, and the types to look at.
INTEGERS = [
    "floor_divide",
    "remainder",
    "fmod",
    "power",
    "left_shift",
    "right_shift",
    "gcd",
    "lcm",
]
COMPARISONS = ["less", "less_equal", "equal", "greater"]
FLOATS = [
    "floor_divide",
    "remainder",
    "fmod",
    "heaviside",
    "maximum",
    "fmin",
    "copysign",
    "less",
]
UNARY = ["absolute", "negative", "sign", "reciprocal", "bitwise_count", "invert", "square"]


def edges(code):
    if code == "d":
        values = [0.0, -0.0, 1.0, -1.0, 2.5, -3.0, 1e-308, 1e308, np.inf, -np.inf, np.nan]
        return np.array(values)
    limits = np.iinfo(code)
    values = [0, 1, 2, 7, limits.bits, limits.max]
    if limits.min:
        values += [limits.min, -1, -5]
    return np.array(values, code)


def bits(array):
    """Each value as the signed integer of the same bits."""
    array = np.asarray(array)
    if array.dtype == bool:
        return [int(v) for v in array.ravel()]
    if array.dtype == np.float64:
        # One NaN stands for all.
        array = np.where(np.isnan(array), np.nan, array)
    return [int(v) for v in array.ravel().view(f"i{array.dtype.itemsize}")]


def swift(values, indent):
    lines = [indent]
    for value in values:
        text = f"{value}, "
        if len(lines[-1]) + len(text) > 100:
            lines.append(indent)
        lines[-1] += text
    return "\n".join(line.rstrip() for line in lines)


def row(name, codes):
    grids = list(np.meshgrid(*[edges(code) for code in codes], indexing="ij"))
    if name == "power":
        # A negative exponent is an error; the test leaves it out too.
        grids[1] = np.where(grids[1] < 0, 0, grids[1]).astype(codes[1])
    result = getattr(np, name)(*grids)
    print(f'    Row(name: "{name}", inputs: "{codes}", results: [')
    print(swift(bits(result), "      "))
    print("    ]),")


def main():
    print("// Written by Tools/ufunc_values.py; do not edit.")
    print()
    print(
        f"/// What NumPy {np.__version__} gives at the edges of types, as integers of the same "
        "bits."
    )
    print("enum UFuncValues {")
    print("  /// By type code; every pair of them is an operation's input, in C order.")
    print("  static let edges: [Character: [Int64]] = [")
    for code in "blLd":
        print(f'    "{code}": [')
        print(swift(bits(edges(code)), "      "))
        print("    ],")
    print("  ]")
    print()
    print("  struct Row {")
    print("    var name: String")
    print("    var inputs: String")
    print("    var results: [Int64]")
    print("  }")
    print()
    print("  static let rows: [Row] = [")
    for code in "blL":
        for name in UNARY:
            row(name, code)
        for name in INTEGERS:
            row(name, code * 2)
    for codes in ("lL", "Ll", "bb"):
        for name in COMPARISONS:
            row(name, codes)
    for name in FLOATS:
        row(name, "dd")
    print("  ]")
    print("}")


main()
