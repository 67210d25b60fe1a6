"""Operators between arrays of every dtype and Python's and NumPy's numbers."""

import operator
import warnings

import numpy as np
import pytest
from subject import mnp

DTYPES = ["?", "i1", "i8", "u1", "u8", "f2", "f4", "f8", "c8"]
OPERATORS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift"]
OPERATORS += ["and_", "or_", "xor", "lt", "le", "eq", "ne", "gt", "ge"]
IN_PLACE = ["iadd", "imod", "ipow", "ilshift"]
NUMBERS = [
    *[True, 0, 1, -1, 2, 3, 128, -129, 300, 2**31, 2**63, 2**64, 0.0, 0.5, 2.0, -1.0, 1j, 2 + 0j],
    *[np.bool_(True), np.int8(2), np.uint8(200), np.int64(2), np.float32(2), np.float64(0.5)],
]


def outcome(module, call, dtype, number, reflected):
    array = module.array([0, 1, 2, 3]).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call(number, array) if reflected else call(array, number)
        except Exception as error:
            return next(k for k in type(error).__mro__ if k.__module__ == "builtins").__name__
    plain = np.asarray(result)
    if plain.dtype.kind == "c":
        plain = plain + 0  # The sign of an imaginary part that is 0 depends on the way there.
    # What rounds more than once may differ in the last place.
    digits = {"f": 4, "c": 4}.get(plain.dtype.kind)
    shown = np.array2string(plain, precision=digits, floatmode="maxprec", suppress_small=False)
    return plain.dtype, plain.shape, shown


@pytest.mark.parametrize("name", OPERATORS + IN_PLACE)
def test_operators_with_numbers(name):
    call = getattr(operator, name)
    for dtype in DTYPES:
        for number in NUMBERS:
            for reflected in (False, True)[: 1 if name in IN_PLACE else 2]:
                where = (dtype, number, "reflected" if reflected else "")
                expected = outcome(np, call, dtype, number, reflected)
                assert outcome(mnp, call, dtype, number, reflected) == expected, where
