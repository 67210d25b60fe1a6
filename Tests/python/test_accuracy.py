"""Accuracy in units in the last place: NumPy's own data files, and random numbers."""

import csv
from pathlib import Path

import numpy as np
import pytest
from compare import ulp_distance
from subject import mnp, needs_martlet

FOLDER = Path(np.__file__).parent / "_core" / "tests" / "data"
PREFIX = "umath-validation-set-"
FILES = sorted(FOLDER.glob(f"{PREFIX}*.csv"))
BITS = {"np.float16": np.uint16, "np.float32": np.uint32, "np.float64": np.uint64}


def read(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray, int]]:
    """dtype -> inputs, expected outputs, allowed ULP."""
    columns: dict[str, list] = {}
    with path.open() as file:
        for row in csv.reader(file):
            if len(row) == 4 and row[0] in BITS:
                columns.setdefault(row[0], []).append(row[1:])
    result = {}
    for dtype, rows in columns.items():
        inputs, outputs = (
            np.array([int(row[i], 16) for row in rows], BITS[dtype]).view(dtype[3:]) for i in (0, 1)
        )
        result[dtype] = inputs, outputs, max(int(row[2]) for row in rows)
    return result


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem.removeprefix(PREFIX))
def test_numpys_validation_sets(path):
    function = getattr(mnp, path.stem.removeprefix(PREFIX))
    for dtype, (inputs, outputs, allowed) in read(path).items():
        with np.errstate(all="ignore"):
            # Once as they are, and once often enough for the lazy, vectorised way.
            for repeats in (1, 64):
                actual = np.asarray(function(mnp.array(np.tile(inputs, repeats))))
                distance = ulp_distance(np.tile(outputs, repeats), actual)
                worst = np.argmax(distance)
                assert distance[worst] <= allowed, (
                    f"{dtype} {inputs[worst % len(inputs)]!r}: {distance[worst]} ULP"
                )


def test_the_data_files_are_there():
    assert len(FILES) >= 15


FUNCTIONS = {
    "exp": [(-80, 80), (-1, 1)], "exp2": [(-100, 100)], "expm1": [(-1, 1), (-30, 30)],
    "log": [(1e-3, 1e3), (0.5, 2)], "log2": [(1e-3, 1e3)], "log10": [(1e-3, 1e3)],
    "log1p": [(-0.5, 1), (0, 1e6)], "sin": [(-4, 4), (-1e4, 1e4)], "cos": [(-4, 4), (-1e4, 1e4)],
    "tan": [(-1.5, 1.5), (-100, 100)], "arcsin": [(-1, 1)], "arccos": [(-1, 1)],
    "arctan": [(-10, 10), (-1, 1)], "sinh": [(-10, 10), (-0.5, 0.5)], "cosh": [(-10, 10)],
    "tanh": [(-10, 10), (-0.5, 0.5)], "arcsinh": [(-100, 100)], "arccosh": [(1, 100)],
    "arctanh": [(-0.99, 0.99)], "cbrt": [(-1e6, 1e6)], "sqrt": [(0, 1e6)],
}  # fmt: skip


def error_in_ulps(result: np.ndarray, exact: np.ndarray) -> float:
    """The largest error against extended precision, in units of the result's type."""
    unit = np.spacing(np.abs(exact.astype(result.dtype))).astype(np.longdouble)
    return float((np.abs(result.astype(np.longdouble) - exact) / unit).max())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_random_numbers(name, dtype):
    """At most two units beyond NumPy's own error, and never more than four."""
    for low, high in FUNCTIONS[name]:
        x = np.random.default_rng(11).uniform(low, high, 50_000).astype(dtype)
        exact = getattr(np, name)(x.astype(np.longdouble))
        ours = error_in_ulps(np.asarray(getattr(mnp, name)(mnp.array(x))), exact)
        theirs = error_in_ulps(getattr(np, name)(x), exact)
        assert ours <= min(4, max(1, theirs + 2)), f"[{low}, {high}]: {ours}, NumPy {theirs}"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["power", "arctan2", "hypot", "logaddexp"])
def test_random_pairs(name, dtype):
    generator = np.random.default_rng(12)
    low = -20 if name in ("arctan2", "hypot") else 0.01
    x, y = generator.uniform(low, 20, (2, 50_000)).astype(dtype)
    exact = getattr(np, name)(x.astype(np.longdouble), y.astype(np.longdouble))
    ours = error_in_ulps(np.asarray(getattr(mnp, name)(mnp.array(x), mnp.array(y))), exact)
    theirs = error_in_ulps(getattr(np, name)(x, y), exact)
    assert ours <= min(4, max(1, theirs + 2)), f"{ours}, NumPy {theirs}"


@needs_martlet  # NumPy's own power differs between vectors and their tail
@pytest.mark.parametrize("name", ["exp", "sin", "tanh", "log", "power", "add", "divide"])
def test_a_value_does_not_depend_on_its_position(name):
    x = np.random.default_rng(13).uniform(0.1, 5, 50_021)
    function = getattr(mnp, name)
    arguments = (lambda a: (a, a[::-1])) if np.__dict__[name].nin == 2 else (lambda a: (a,))
    whole = np.asarray(function(*arguments(mnp.array(x))))
    for start, stop in ((0, 7), (3, 20), (50_000, 50_021), (1, 50_020)):
        parts = [np.asarray(part)[start:stop] for part in arguments(x)]
        part = np.asarray(function(*(mnp.array(p) for p in parts)))
        np.testing.assert_array_equal(part, whole[start:stop])
