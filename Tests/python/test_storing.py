"""Storing numbers in arrays: every way, every dtype, numbers at and beyond its limits."""

import math
import warnings

import numpy as np
import pytest
from subject import HAS_EVENTS, POSITIONS_TELL, mnp

DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]

PYTHON = [
    *[True, 0, 1, -1, 127, 128, 255, 256, -129, 32768, 65536, 2**31, 2**32, -(2**31) - 1],
    *[2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), 10**400],
    *[0.0, -0.0, 0.5, -1.5, 300.7, 1e10, 1e20, 1e39, 1e-50, 65519.0, 65520.0, 1e300],
    *[math.inf, -math.inf, math.nan, 1j, 2 + 0j, 1e39j, None, "a", "3"],
    *[[1], [1, 2], (1,), [], [300], [2.5], [1j], [2**64]],
]


def typed():
    for dtype in DTYPES:
        kind = np.dtype(dtype).type
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number in (0, 1, -1, 300, -300, 2**40, 2**63):
                if np.dtype(dtype).kind not in "iu" or (
                    np.iinfo(dtype).min <= number <= np.iinfo(dtype).max
                ):
                    yield kind(number)
            if np.dtype(dtype).kind in "fc":
                for number in (math.inf, -math.inf, math.nan, 1e30, 70000.0, 0.5, 1e-50):
                    yield kind(number)


VALUES = [*PYTHON, *typed()]

WAYS = {
    "element": lambda m, a, v: a.__setitem__(0, v),
    "slice": lambda m, a, v: a.__setitem__(slice(1, None), v),
    "all": lambda m, a, v: a.__setitem__(..., v),
    "list": lambda m, a, v: a.__setitem__([0, 1], v),
    "array": lambda m, a, v: a.__setitem__(m.array([0]), v),
    "mask": lambda m, a, v: a.__setitem__(a == a[1], v),
    "fill": lambda m, a, v: a.fill(v),
    "put": lambda m, a, v: a.put([0], v),
    "putmask": lambda m, a, v: m.putmask(a, a == a[0], v),
    "place": lambda m, a, v: m.place(a, a == a[0], v),
    "copyto": lambda m, a, v: m.copyto(a, v),
    "copyto unsafe": lambda m, a, v: m.copyto(a, v, casting="unsafe"),
    "flat": lambda m, a, v: a.flat.__setitem__(0, v),
}

MAKERS = {
    "full": lambda m, dtype, v: m.full(3, v, dtype),
    "full_like": lambda m, dtype, v: m.full_like(m.zeros(3, dtype), v),
    "array": lambda m, dtype, v: m.array(v, dtype),
    "array of a list": lambda m, dtype, v: m.array([v, v], dtype),
    "asarray": lambda m, dtype, v: m.asarray(v, dtype=dtype),
    "append": lambda m, dtype, v: m.append(m.zeros(2, dtype), v),
    "concatenate": lambda m, dtype, v: m.concatenate([m.zeros(2, dtype), v], axis=None),
    "where": lambda m, dtype, v: m.where([True, False], m.ones(2, dtype), v),
}


def outcome(module, call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call(module)
        except Exception as error:
            kind = next(k for k in type(error).__mro__ if k.__module__ == "builtins")
            return kind.__name__, None
    told = {(w.category.__name__, str(w.message)) for w in caught}
    result = np.asarray(result)
    if any("invalid value" in message for _, message in told) and result.dtype.kind in "iu":
        # What stands for a number that is none is the processor's choice.
        result = result * 0
    return (result.dtype, result.shape, repr(result.tolist())), told if HAS_EVENTS else None


def stored(module, way, dtype, value):
    array = module.array([1, 0, 1, 0]).astype(dtype)
    WAYS[way](module, array, value)
    return array


def check(call, *labels):
    assert outcome(mnp, call) == outcome(np, call), labels


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("way", WAYS)
def test_numbers_are_stored_as_numpy_stores_them(way, dtype):
    for value in VALUES:
        check(lambda m, value=value: stored(m, way, dtype, value), way, dtype, value)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("maker", MAKERS)
def test_arrays_are_made_of_numbers_as_numpy_makes_them(maker, dtype):
    for value in VALUES:
        if maker == "full" and type(value) is int and value >= 2**63 and dtype == "?":
            continue  # NumPy's own converts it by way of a C long, or not, as the release has it.
        check(lambda m, value=value: MAKERS[maker](m, dtype, value), maker, dtype, value)


@pytest.mark.parametrize("target", DTYPES)
@pytest.mark.parametrize("source", DTYPES)
def test_arrays_are_converted_on_assignment_as_in_numpy(source, target):
    numbers = [0, 1, 2, 100, 200, 300, 4e4, 7e4, 3e9, 1e18]
    if np.dtype(source).kind not in "ub":
        numbers += [-1, -200]
    if np.dtype(source).kind in "fc":
        numbers += [math.inf, -math.inf, math.nan, 0.5, 1e39, 65519, 65520]
    with np.errstate(all="ignore"):
        plain = np.array(numbers).astype(source)

    def assigned(module, key):
        array = module.zeros(len(plain), target)
        array[key(module)] = module.array(plain)
        return array

    check(lambda m: assigned(m, lambda _: slice(None)), "slice", source, target)
    if POSITIONS_TELL:
        check(lambda m: assigned(m, lambda m: m.arange(len(plain))), "positions", source, target)
    check(lambda m: assigned(m, lambda m: m.ones(len(plain), bool)), "mask", source, target)
    check(lambda m: m.array(plain).astype(target), "astype", source, target)
    check(lambda m: m.array(m.array(plain), target), "array", source, target)
    check(lambda m: m.zeros(len(plain), target).__setitem__(..., list(plain)), source, target)


def test_one_element_takes_no_sequence():
    for value in ([5], [5, 6], (), np.ones(1), np.ones((1, 1)), np.array(5)):
        for dtype in ("f8", "i4", "?"):

            def element(module, value=value, dtype=dtype):
                array = module.ones((2, 2), dtype)
                array[0, 1] = module.array(value) if isinstance(value, np.ndarray) else value
                return array

            def none(module, value=value, dtype=dtype):
                array = module.ones((), dtype)
                array[()] = module.array(value) if isinstance(value, np.ndarray) else value
                return array

            check(element, value, dtype)
            check(none, value, dtype)
