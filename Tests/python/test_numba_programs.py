"""Programs as numba's users write them, against the same functions in Python.

`numba_programs` has one file for each field; its `CASES` are what a program is called, its
function, and what gives its arguments. Sums are taken in the order of the loop, so floats differ by
a few roundings of NumPy's own sums and powers at most.
"""

import importlib
import pathlib

import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parent / "numba_programs"


def programs():
    for path in sorted(FOLDER.glob("*.py")):
        module = importlib.import_module(f"{FOLDER.name}.{path.stem}")
        for name, function, arguments in module.CASES:
            yield pytest.param(function, arguments, id=f"{path.stem}-{name}")


def outcome(function, arguments):
    """What a call gives, or the type and message of its exception."""
    try:
        return "gives", function(*arguments)
    except Exception as error:
        return "raises", (type(error).__name__, str(error))


def assert_same(actual, expected):
    if isinstance(expected, tuple):
        assert isinstance(actual, tuple) and len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, np.ndarray):
        actual = np.asarray(actual)
        assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
        if expected.dtype.kind in "fc":
            scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
            rounding = np.finfo(expected.dtype).eps
            np.testing.assert_allclose(actual, expected, rtol=0, atol=64 * rounding * scale)
        else:
            np.testing.assert_array_equal(actual, expected)
    elif isinstance(expected, float | complex | np.inexact):
        np.testing.assert_allclose(actual, expected, rtol=64 * np.finfo(float).eps)
    else:
        assert actual == expected


@pytest.mark.parametrize(("function", "arguments"), list(programs()))
def test_program(function, arguments):
    ours, theirs = arguments(), arguments()
    with np.errstate(over="ignore"):  # integers that wrap on purpose, as in a hash
        expected = outcome(function.py_func, theirs)
    actual = outcome(function, ours)
    assert actual[0] == expected[0], (actual, expected)
    assert_same(actual[1], expected[1])
    assert_same(ours, theirs)


def test_there_are_many():
    assert len(list(programs())) >= 80
