"""Runs the same call on NumPy and on the module under test, and compares all that it did."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from strategies import Sample
from subject import DEVICE, HAS_EVENTS, IS_NUMPY, mnp

# What rounds once, and so must have NumPy's bits.
EXACT = {
    *["absolute", "abs", "add", "bitwise_and", "bitwise_count", "bitwise_invert"],
    *["bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor"],
    *["ceil", "conj", "conjugate", "copysign", "divide", "divmod", "equal", "fabs", "floor"],
    *["floor_divide", "fmax", "fmin", "fmod", "frexp", "gcd", "greater", "greater_equal"],
    *["heaviside", "invert", "isfinite", "isinf", "isnan", "isnat", "lcm", "ldexp", "left_shift"],
    *["less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor"],
    *["maximum", "minimum", "mod", "modf", "multiply", "negative", "nextafter", "not_equal"],
    *["positive", "reciprocal", "remainder", "right_shift", "rint", "sign", "signbit", "spacing"],
    *["sqrt", "square", "subtract", "true_divide", "trunc"],
}
# Of these on complex numbers, NumPy's own bits depend on the processor it runs on.
COMPLEX_EXACT = {"add", "subtract", "negative", "positive", "conjugate", "conj", "rint"}

# Which of two zeros with unlike signs these give depends on how long NumPy's vectors are.
ANY_ZERO = {"maximum", "minimum", "fmax", "fmin"}
# NumPy takes the complex power through the logarithm, whose error the exponent multiplies.
COMPLEX_ULPS = {"power": 64, "pow": 64, "float_power": 64}
# NumPy computes these by way of numbers near 1, so near 0 only the absolute error is small.
ABSOLUTE = {"logaddexp", "logaddexp2"}
COMPLEX_ABSOLUTE = {"log1p"}

# Units in the last place, as NumPy's own tests allow for the functions that they check.
ULPS = {"float16": 1, "float32": 4, "float64": 4}
COMPLEX_RELATIVE = {"complex64": 2e-6, "complex128": 4e-15}

# Where the quotient overflows, NumPy subtracts the infinity from itself on the way and warns of
# that too, although no result is invalid.
INF_MINUS_INF = ("floor_divide", "divmod")

# NumPy's word that a result is no number: what stands for it among integers is the processor's
# choice.
INVALID = "invalid value encountered"


@dataclass
class Outcome:
    value: Any = None
    error: type | None = None
    message: str = ""
    warnings: set = field(default_factory=set)


def public_error(error: BaseException) -> type:
    """The exception's first class that a user can name: NumPy raises private subclasses."""
    for kind in type(error).__mro__:
        if kind.__module__ in ("builtins", "numpy.exceptions", "numpy.linalg"):
            return kind
    return type(error)


def computed(value):
    """Lazy results in full, in place in tuples, lists and dicts, so that their warnings show."""
    if isinstance(value, mnp.ndarray | np.ndarray):
        np.asarray(value)
    elif isinstance(value, tuple | list):
        for part in value:
            computed(part)
    elif isinstance(value, dict):
        for part in value.values():
            computed(part)
    return value


def run(module, call, arguments) -> Outcome:
    made = [a.make(module) if isinstance(a, Sample) else a for a in arguments]
    outcome = Outcome()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome.value = computed(call(module, *made))
        except Exception as error:
            outcome.error, outcome.message = public_error(error), f"{type(error)}: {error}"
    found = {
        (warning.category.__name__, str(warning.message))
        for warning in caught
        if issubclass(warning.category, RuntimeWarning | np.exceptions.ComplexWarning)
    }
    for name in INF_MINUS_INF:
        if ("RuntimeWarning", f"overflow encountered in {name}") in found:
            found.discard(("RuntimeWarning", f"invalid value encountered in {name}"))
    outcome.warnings = found
    return outcome


def check(call, *arguments, ulps=0, relative=None, check_warnings=True):
    """`call(module, *arguments)` does on the module under test what it does on NumPy.

    A Sample among the arguments is made into an array by each module. `ulps` is None for the
    dtype's usual bound, 0 for the same bits; `relative` is an error relative to the largest value.
    """
    expected = run(np, call, arguments)
    actual = run(mnp, call, arguments)
    if expected.error is not None:
        assert actual.error is not None, f"{expected.message} expected, got {actual.value!r}"
        assert issubclass(actual.error, expected.error), (expected.message, actual.message)
        return
    assert actual.error is None, actual.message
    if any(message.startswith(INVALID) for _, message in expected.warnings):
        expected.value, actual.value = without_integers(expected.value, actual.value)
    assert_same(expected.value, actual.value, ulps, relative)
    if check_warnings and HAS_EVENTS:
        assert actual.warnings == expected.warnings, f"{actual.warnings}, not {expected.warnings}"


def without_integers(expected, actual):
    """The same, but integers that came of an invalid conversion are all 0."""
    if isinstance(expected, tuple | list):
        pairs = [without_integers(*pair) for pair in zip(expected, actual, strict=True)]
        return type(expected)(p[0] for p in pairs), type(actual)(p[1] for p in pairs)
    if getattr(expected, "dtype", np.dtype(float)).kind in "iu":
        return expected * 0, actual * 0
    return expected, actual


def assert_same(expected, actual, ulps=0, relative=None):
    """Same kind of thing, dtype, shape and numbers."""
    if isinstance(expected, np.ndarray):
        assert isinstance(actual, mnp.ndarray), f"{type(actual)}, expected an array"
        # NumPy's arrays count as arrays too, but where numbers are computed they are a leak.
        leaks = type(actual) is np.ndarray and expected.dtype.kind in "biufc" and not IS_NUMPY
        assert not leaks, "an array of NumPy's own"
        assert_numbers(expected, np.asarray(actual), ulps, relative)
    elif isinstance(expected, np.generic) and DEVICE != "cpu" and isinstance(actual, mnp.ndarray):
        # A number of another device is not copied to the host until somebody asks.
        assert_numbers(np.asarray(expected), np.asarray(actual), ulps, relative)
    elif isinstance(expected, np.generic):
        assert type(actual) is type(expected), f"{type(actual)}, expected {type(expected)}"
        assert_numbers(np.asarray(expected), np.asarray(actual), ulps, relative)
    elif isinstance(expected, tuple | list):
        assert isinstance(actual, type(expected) if type(expected) in (tuple, list) else tuple)
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual, strict=True):
            assert_same(one, other, ulps, relative)
    elif isinstance(expected, dict):
        assert expected.keys() == actual.keys()
        for key, value in expected.items():
            assert_same(value, actual[key], ulps, relative)
    elif isinstance(expected, float) and expected != expected:
        assert actual != actual
    else:
        assert type(actual) is type(expected), f"{type(actual)}, expected {type(expected)}"
        assert actual == expected


def assert_numbers(expected: np.ndarray, actual: np.ndarray, ulps, relative):
    assert actual.dtype == expected.dtype, f"dtype {actual.dtype}, expected {expected.dtype}"
    assert actual.shape == expected.shape, f"shape {actual.shape}, expected {expected.shape}"
    if expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(actual, expected)
    elif relative is not None:
        assert_relative(expected, actual, relative)
    elif expected.dtype.kind == "c":
        assert_complex(expected, actual, ulps)
    else:
        assert_ulps(expected, actual, ULPS.get(expected.dtype.name, 4) if ulps is None else ulps)


def assert_relative(expected: np.ndarray, actual: np.ndarray, relative: float):
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(actual), finite)
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected))
    if not finite.any():
        return
    with np.errstate(all="ignore"):
        wide = np.result_type(expected.dtype, np.float64)
        scale = np.abs(expected[finite].astype(wide)).max()
        error = np.abs(actual[finite].astype(wide) - expected[finite].astype(wide)).max()
    assert error <= relative * max(scale, 1e-300), f"error {error}, scale {scale}"


def assert_ulps(expected: np.ndarray, actual: np.ndarray, ulps: float):
    distance = ulp_distance(expected, actual)
    if isinstance(ulps, Absolute):
        ulps = ULPS[expected.dtype.name]
        with np.errstate(all="ignore"):
            error = np.abs(expected.astype(np.float64) - actual.astype(np.float64))
        distance = np.where(error <= ulps * np.finfo(expected.dtype).eps, 0.0, distance)
    if distance.size and distance.max() > ulps:
        worst = np.unravel_index(np.argmax(distance), distance.shape)
        raise AssertionError(
            f"{distance.max():g} ULP apart (at most {ulps}) at {worst}:"
            f" {actual[worst]!r}, expected {expected[worst]!r}"
        )


def ulp_distance(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """How many floating-point numbers lie between; infinite between a nan and a number.

    Zeros of unlike sign are half a unit apart, so that a bound of 0 tells them apart.
    """
    signed = {2: np.int16, 4: np.int32, 8: np.int64}[expected.dtype.itemsize]

    def position(values):
        bits = np.ascontiguousarray(values).reshape(values.shape).view(signed)
        return np.where(bits < 0, np.iinfo(signed).min - bits, bits).astype(np.int64)

    one, other = position(expected), position(actual)
    # Exact in integers where it is small; far apart they would wrap around, and need not be exact.
    distance = np.abs(one.astype(np.float64) - other.astype(np.float64))
    distance = np.where(distance < 2**53, np.abs(one - other).astype(np.float64), distance)
    zeros = (expected == 0) & (actual == 0) & (np.signbit(expected) != np.signbit(actual))
    distance = np.where(zeros, 0.5, distance)
    both = np.isnan(expected) & np.isnan(actual)
    either = np.isnan(expected) ^ np.isnan(actual)
    return np.where(both, 0.0, np.where(either, np.inf, distance))


def assert_complex(expected: np.ndarray, actual: np.ndarray, ulps):
    if ulps == 0:
        assert_ulps(expected.real, actual.real, 0)
        assert_ulps(expected.imag, actual.imag, 0)
        return
    # Where a part overflows or is undefined, the parts depend on the order of operations.
    finite = np.isfinite(expected.real) & np.isfinite(expected.imag)
    one, other = expected[finite], actual[finite]
    tolerance = COMPLEX_RELATIVE[expected.dtype.name]
    least = np.finfo(expected.dtype).tiny * 4
    if isinstance(ulps, Absolute):
        least = tolerance
    elif ulps is not None:
        tolerance *= ulps / 4
    with np.errstate(all="ignore"):
        error = np.abs(one - other)
        bound = tolerance * np.abs(one) + least
    assert np.all(error <= bound), f"{other[error > bound][:3]}, expected {one[error > bound][:3]}"


class Absolute:
    """In place of a number of ULP: the dtype's bound, and as much beside 1."""


def ulps_of(name: str, dtype_kind: str = "f"):
    """The bound for an elementwise operation: 0 where it rounds once, else the dtype's own."""
    if name in ABSOLUTE or (dtype_kind == "c" and name in COMPLEX_ABSOLUTE):
        return Absolute()
    if dtype_kind == "c" and name in COMPLEX_ULPS:
        return COMPLEX_ULPS[name]
    if name in ANY_ZERO:
        return 0.5
    if dtype_kind == "c":
        return 0 if name in COMPLEX_EXACT else None
    return 0 if name in EXACT else None
