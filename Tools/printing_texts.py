"""Writes Tests/MartletTests/ArrayPrintingTexts.swift: arrays and how NumPy prints them.

Run it with NumPy 2.3 or later, from the repository's root: python Tools/printing_texts.py
"""

import pathlib

import numpy as np

HEADER = """// Written by Tools/printing_texts.py with NumPy {version}; do not edit.
// swift-format-ignore-file

/// An array by its elements' bits, and NumPy's `str` and `repr` of it.
struct PrintedArray: Sendable {{
  var dtype: String
  var shape: [Int]
  /// Each element's bits as an integer; a complex number's parts follow one another.
  var bits: [UInt64]
  var text: String
  var representation: String
}}

let printedArrays: [PrintedArray] = [
"""

FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def arrays():
    """Arrays that meet every rule of the format."""
    random = np.random.default_rng(7)
    values = [
        [],
        [0.0],
        [-0.0],
        [1.0],
        [1.0, -2.5],
        [0.1, 0.2, 0.3],
        [1 / 3],
        [1 / 3, 200.0],
        [1e-5, 1.0],
        [0.0001, 0.5],
        [0.00009],
        [1e8],
        [99999999.0, 1.0],
        [123456.7],
        [1e16],
        [1000.0],
        [999.0],
        [1.0, 1000.0],
        [1.0, 1001.0],
        [1e-300, 1e300],
        [1e100, 1.0],
        [np.nan],
        [np.inf, 1.0],
        [-np.inf, 1.5],
        [np.nan, np.inf, -np.inf],
        [np.nan, -1.25],
        [1e10, np.nan],
        [-1e-7, -np.inf],
        [0.5, 0.25, 0.125],
        [5e-324, 1.0],
        [65504.0, 1.0],
        # Digits that lie halfway between two of 8 digits: the exact number decides.
        [0.123456785],
        [1.000000005],
        [2.5e-9],
        [0.000000005, 1e-9],
        [1.234567885e10],
        [1.0000000149011612],
        [0.3000000119],
        [2**-30, 2**-29],
        [3 * 2**-27],
        [9.999999999, 1.0],
        [0.9999999999],
        [99999999.99999999],
        [1.9999999999e-5],
    ]
    for row in values:
        for dtype in FLOATS:
            with np.errstate(all="ignore"):
                yield np.array(row, np.float64).astype(dtype)
    for dtype in FLOATS:
        yield np.array(1.5, dtype)
        yield np.zeros((2, 0, 3), dtype)
        yield (random.standard_normal((3, 4)) * 10).astype(dtype)
        yield (random.standard_normal((2, 3, 4)) * 1e-3).astype(dtype)
        yield random.random(60).astype(dtype)
        yield (10.0 ** random.uniform(-6, 6, (4, 7))).astype(dtype)
    for scalar in [
        0.0,
        -0.0,
        1.0,
        1e16,
        1e15,
        1e-4,
        9e-5,
        123456.75,
        1e6,
        999999.0,
        1e3,
        5e-324,
        np.nan,
        np.inf,
        -np.inf,
        0.1,
    ]:
        for dtype in FLOATS:
            with np.errstate(all="ignore"):
                yield np.array(scalar, np.float64).astype(dtype)
    for dtype in INTEGERS:
        info = np.iinfo(dtype)
        yield np.array([info.min, info.max, 0, 7], dtype)
        yield np.array(info.max, dtype)
        yield np.arange(40, dtype=dtype).reshape(2, 4, 5)
    yield np.arange(1001)
    yield np.arange(1000)
    yield np.arange(12000).reshape(40, 300)
    yield np.arange(1200.0).reshape(3, 20, 20) / 8
    yield np.arange(2000, dtype=np.float32).reshape(2, 1000)
    yield np.array([True, False])
    yield np.array(True)
    yield np.array([], bool)
    yield np.array([[True, True], [False, True]])
    yield random.random(100) > 0.5
    for dtype in ["complex64", "complex128"]:
        for row in [
            [],
            [1 + 2j],
            [1.5 - 2j, -0.25 + 1e-3j],
            [0j],
            [1j],
            [complex(np.nan, np.inf)],
            [complex(-np.inf, np.nan), 1 + 1j],
            [1e10 + 1j, 1 + 1e-10j],
            [1 / 3 + 2j / 3],
        ]:
            yield np.array(row, dtype)
            if len(row) == 1:
                yield np.array(row[0], dtype)
        yield (random.standard_normal((3, 3)) + 1j * random.standard_normal((3, 3))).astype(dtype)
        yield np.array(complex(-0.0, -0.0), dtype)
        yield np.array(1e-5 + 2e7j, dtype)


def swift(text):
    """A Swift string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def row(array):
    flat = np.ascontiguousarray(array).reshape(-1)
    if array.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)
    bits = flat.view(f"u{flat.dtype.itemsize}")
    steps = np.diff(bits.astype(object)) if bits.size > 300 else []
    if len(steps) and all(step == steps[0] for step in steps):
        numbers = f"Array(0..<{bits.size})"
    else:
        numbers = "[" + ", ".join(str(int(b)) for b in bits) + "]"
    return (
        f'  PrintedArray(\n    dtype: "{array.dtype}", shape: {list(array.shape)},\n'
        f"    bits: {numbers},\n    text: {swift(str(array))},\n"
        f"    representation: {swift(repr(array))}),\n"
    )


def main():
    target = pathlib.Path("Tests/MartletTests/ArrayPrintingTexts.swift")
    rows = "".join(row(array) for array in arrays())
    target.write_text(HEADER.format(version=np.__version__) + rows + "]\n")


if __name__ == "__main__":
    main()
