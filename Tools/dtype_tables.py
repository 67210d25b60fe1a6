"""Writes Tests/MartletIRTests/NumPyTables.swift: what NumPy promotes and converts dtypes to.

Run from the repository's root: python Tools/dtype_tables.py
"""

import pathlib
import warnings

import numpy as np

NAMES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128"
).split()
DTYPES = [np.dtype(name) for name in NAMES]
OUTPUT = pathlib.Path("Tests/MartletIRTests/NumPyTables.swift")

REALS = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -1.5,
    2.5,
    -100.7,
    127.5,
    128.0,
    -129.0,
    256.0,
    -300.0,
    32768.0,
    -32769.0,
    65504.0,
    65519.9,
    65520.0,
    70000.0,
    2147483647.5,
    2147483648.0,
    -2147483648.9,
    -2147483649.0,
    4294967295.5,
    4294967296.0,
    5e9,
    -5e9,
    2.0**53 + 1,
    2.0**63 - 1024,
    2.0**63,
    2.0**63 + 4096,
    2.0**64,
    -(2.0**63),
    -1e19,
    3.5e38,
    1e300,
    1e-40,
    6e-8,
    2.98e-8,
    5e-324,
    float("inf"),
    float("-inf"),
    float("nan"),
]
COMPLEX = [
    0.0,
    -0.0,
    0.5,
    -1.5,
    100.7,
    300.0,
    -40000.0,
    3e9,
    -3e9,
    1e19,
    1e300,
    6e-8,
    5e-324,
    float("inf"),
    float("nan"),
]
INTEGERS = [
    0,
    1,
    2,
    3,
    100,
    127,
    128,
    200,
    255,
    256,
    257,
    2049,
    32767,
    32768,
    65504,
    65519,
    65520,
    65535,
    65536,
    16777217,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32,
    2**53 + 1,
    2**62 + 3,
    2**63 - 1,
    2**63,
    2**63 + 1025,
    2**64 - 1,
]


def samples(dtype):
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        information = np.iinfo(dtype)
        values = INTEGERS + [-value for value in INTEGERS]
        return np.array(
            sorted({v for v in values if information.min <= v <= information.max}), dtype
        )
    if dtype.kind == "f":
        return np.array(REALS).astype(dtype)
    reals = np.array(COMPLEX)
    result = np.empty(len(reals), dtype)
    result.real = reals
    result.imag = reals[::-1]
    return result


def parts(values):
    """The bits of each value: real parts, then imaginary parts."""
    if values.dtype.kind == "c":
        return parts(values.real.copy()) + parts(values.imag.copy())
    size = values.dtype.itemsize
    return [format(int(v), "x") for v in values.view(f"u{size}")]


def main():
    warnings.simplefilter("ignore")
    lines = [
        "// Written by Tools/dtype_tables.py from NumPy; do not edit.",
        "// swift-format-ignore-file",
        "",
        "/// What NumPy does with its dtypes.",
        "enum NumPyTables {",
        "  /// `numpy.promote_types` of all pairs, by row.",
        "  static let promotions: [String: String] = [",
    ]
    for a in DTYPES:
        row = " ".join(np.promote_types(a, b).name for b in DTYPES)
        lines.append(f'    "{a.name}":')
        half = row.split()
        for start, end in ((0, 7), (7, 14)):
            text = " ".join(half[start:end])
            lines.append(
                f'      "{text}{" " if start == 0 else ""}"' + (" +" if start == 0 else ",")
            )
    lines += [
        "  ]",
        "",
        "  /// The types that `numpy.can_cast` lets each type go to.",
    ]
    for casting in ("safe", "same_kind"):
        name = "safeCasts" if casting == "safe" else "sameKindCasts"
        lines.append(f"  static let {name}: [String: String] = [")
        for a in DTYPES:
            allowed = [b.name for b in DTYPES if np.can_cast(a, b, casting)]
            lines.append(f'    "{a.name}":')
            if len(allowed) > 7:
                lines.append(f'      "{" ".join(allowed[:7])} "')
                lines.append(f'      + "{" ".join(allowed[7:])}",')
            else:
                lines.append(f'      "{" ".join(allowed)}",')
        lines.append("  ]")
        lines.append("")
    lines += [
        "  /// Bits of numbers, of complex ones the real parts and then the imaginary parts.",
        "  static let samples: [String: String] = [",
    ]

    def text(key, bits):
        row = "      " + key
        for item in bits:
            if len(row) + 1 + len(item) > 96:
                lines.append(row + " \\")
                row = "       "
            row += " " + item
        lines.append(row)

    for a in DTYPES:
        lines.append(f'    "{a.name}": """')
        text("", parts(samples(a)))
        lines.append('      """,')
    lines += [
        "  ]",
        "",
        "  /// What `astype` makes of the samples: a line for each target.",
        "  static let conversions: [String: String] = [",
    ]
    for a in DTYPES:
        lines.append(f'    "{a.name}": """')
        for b in DTYPES:
            if a != b:
                # One at a time: for what does not fit in uint32, NumPy's result otherwise depends
                # on where in the array a number is.
                text(b.name, parts(np.concatenate([v.reshape(1).astype(b) for v in samples(a)])))
        lines.append('      """,')
    lines += ["  ]", "}", ""]
    OUTPUT.write_text("\n".join(lines))


main()
