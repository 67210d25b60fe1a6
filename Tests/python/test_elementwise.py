"""Every elementwise row of the table against NumPy: values, dtype, shape, errors, warnings."""

from dataclasses import replace

import numpy as np
import pytest
from compare import COMPLEX_ULPS, check, ulps_of
from hypothesis import given
from hypothesis import strategies as st
from strategies import Sample, broadcastable, dtypes, layouts, python_numbers, samples, seeds
from subject import LAZY_COUNT, elementwise_names, mnp, operation_names

NAMES = elementwise_names()
BINARY = [name for name in NAMES if getattr(np, name).nin == 2 and getattr(np, name).nout == 1]

# Integer powers by Python numbers, and shifts, are undefined in C beyond the width: NumPy's own
# results there are whatever the processor gives.
WIDE_SHIFTS = {"left_shift", "right_shift", "bitwise_left_shift", "bitwise_right_shift"}


def tolerance(name, arrays):
    kinds = {np.dtype(a.dtype).kind if isinstance(a, Sample) else "" for a in arrays}
    if "c" in kinds or any(isinstance(a, complex) for a in arrays):
        return ulps_of(name, "c")
    return ulps_of(name)


def moderate(name, arrays):
    """Without extremes for complex powers: exponent and logarithm multiply NumPy's error there."""
    if name in COMPLEX_ULPS and any(np.dtype(a.dtype).kind == "c" for a in arrays):
        return [replace(a, special=False) for a in arrays]
    return arrays


def narrowest_error(dtypes):
    """Relative to the largest number, for the narrowest type that may have been computed in."""
    sizes = [
        np.dtype(d).itemsize // (2 if np.dtype(d).kind == "c" else 1)
        for d in dtypes
        if d is not None
    ]
    return {1: 4e-3, 2: 4e-3, 4: 4e-6, 8: 1e-13}[min(sizes)]


def warns_alike(name, arrays):
    """Whether NumPy's own warnings are the same on every processor, and for every type.

    `spacing` warns of a half's NaN and infinity but of no other's, and of an overflow that Martlet
    gives as the infinity it is.
    """
    return (
        name != "spacing"
        and not any(
            np.dtype(a.dtype).kind == "c" if isinstance(a, Sample) else isinstance(a, complex)
            for a in arrays
        )
        and ulps_of(name) == 0
    )


def test_every_ufunc_of_numpy_is_in_the_table():
    ufuncs = [ufunc for ufunc in vars(np).values() if isinstance(ufunc, np.ufunc)]
    names = {ufunc.__name__ for ufunc in ufuncs if ufunc.signature is None}
    # isnat is about dates, which stay NumPy's.
    assert names - operation_names() - {"isnat"} == set()


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_values(name, data):
    arrays = moderate(name, data.draw(broadcastable(getattr(np, name).nin)))
    check(
        lambda np, *a: getattr(np, name)(*a),
        *arrays,
        ulps=tolerance(name, arrays),
        check_warnings=warns_alike(name, arrays),
    )


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_values_of_one_dtype_without_specials(name, data):
    """Ordinary numbers of one dtype, where most operations are defined, so warnings must agree."""
    arrays = data.draw(broadcastable(getattr(np, name).nin, same_dtype=True, special=False))
    complex_numbers = np.dtype(arrays[0].dtype).kind == "c"
    check(
        lambda np, *a: getattr(np, name)(*a),
        *arrays,
        ulps=tolerance(name, arrays),
        check_warnings=not complex_numbers,
    )


@pytest.mark.parametrize("name", BINARY)
@given(array=samples(), number=python_numbers(), reflected=st.booleans())
def test_python_numbers(name, array, number, reflected):
    if name in WIDE_SHIFTS:
        number = (
            bool(number)
            if isinstance(number, complex)
            else min(abs(int(number)), 7)
            if (number == number and abs(number) < 1e9)
            else 1
        )
    operands = (number, array) if reflected else (array, number)
    check(
        lambda np, a, b: getattr(np, name)(a, b),
        *operands,
        ulps=tolerance(name, operands),
        check_warnings=warns_alike(name, operands),
    )


@pytest.mark.parametrize("name", NAMES)
@given(seed=seeds, dtype=dtypes, layout=layouts)
def test_large_arrays(name, seed, dtype, layout):
    """What is computed lazily, by threads and in vectors with a tail, is the same."""
    count = getattr(np, name).nin
    shape = (LAZY_COUNT // 200 + 1, 203)
    arrays = [Sample(dtype, shape, layout, seed + i, special=i == 0) for i in range(count)]
    arrays = moderate(name, arrays)
    check(
        lambda np, *a: getattr(np, name)(*a),
        *arrays,
        ulps=tolerance(name, arrays),
        check_warnings=warns_alike(name, arrays),
    )


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_out_where_dtype(name, data):
    arrays = data.draw(broadcastable(getattr(np, name).nin, special=False))
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    out_dtype = data.draw(dtypes)
    mask = data.draw(st.one_of(st.just(True), samples("bool", shape)))
    casting = data.draw(st.sampled_from(["same_kind", "same_kind", "unsafe", "safe", "no"]))
    loop = data.draw(st.one_of(st.none(), dtypes))
    outputs = getattr(np, name).nout

    def call(np, mask, *inputs):
        out = tuple(np.zeros(shape, out_dtype) for _ in range(outputs))
        result = getattr(np, name)(*inputs, out=out, where=mask, casting=casting, dtype=loop)
        first = result[0] if outputs > 1 else result
        assert first is out[0]
        return out

    ulps = tolerance(name, arrays)
    if loop is not None and np.dtype(loop).kind == "c":
        ulps = ulps_of(name, "c")
    # What a narrow type was computed in shows in a wide output.
    relative = None if ulps in (0, 0.5) else narrowest_error([a.dtype for a in arrays] + [loop])
    check(call, mask, *arrays, ulps=ulps, relative=relative, check_warnings=False)


@pytest.mark.parametrize("name", NAMES)
def test_attributes(name):
    ours, theirs = getattr(mnp, name), getattr(np, name)
    for attribute in ("__name__", "nin", "nout", "nargs", "identity", "signature"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    assert ours.__doc__


OPERATORS = [
    *["a + b", "a - b", "a * b", "a / b", "a // b", "a % b", "a ** b", "divmod(a, b)"],
    *["a & b", "a | b", "a ^ b", "a << b", "a >> b", "-a", "+a", "~a", "abs(a)"],
    *["a < b", "a <= b", "a == b", "a != b", "a > b", "a >= b", "a @ b"],
]


def is_complex_power(expression, *arrays):
    return "**" in expression and any(np.dtype(a.dtype).kind == "c" for a in arrays)


@pytest.mark.parametrize("expression", OPERATORS)
@given(data=st.data())
def test_operators(expression, data):
    a, b = data.draw(broadcastable(2, special=False))
    compiled = compile(expression, "<operator>", "eval")
    check(
        lambda np, a, b: eval(compiled, {"a": a, "b": b}),
        a,
        b,
        ulps=COMPLEX_ULPS["power"] if is_complex_power(expression, a, b) else None,
        relative=1e-2 if "float16" in (a.dtype, b.dtype) else 1e-5 if "@" in expression else None,
        check_warnings=False,
    )


def test_divmod_warns_as_the_ufunc():
    check(lambda np: divmod(np.array([5.0, -1.0]), 0.0))
    check(lambda np: divmod(7.5, np.array([2.0, 0.0])))


@pytest.mark.parametrize("operator", ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|=", "^="])
@given(data=st.data())
def test_operators_in_place(operator, data):
    a, b = data.draw(broadcastable(2, special=False))
    code = compile(f"a {operator} b", "<operator>", "exec")

    def call(np, a, b):
        names = {"a": np.array(a), "b": b}
        before = names["a"]
        exec(code, names)
        assert names["a"] is before
        return names["a"]

    ulps = COMPLEX_ULPS["power"] if is_complex_power(operator, a, b) else None
    check(call, a, b, ulps=ulps, check_warnings=False)


@pytest.mark.parametrize("value", [None, "text", object(), [1], (2.5,), {}])
@pytest.mark.parametrize("operator", ["a + v", "v + a", "a == v", "a < v", "v - a", "a @ v"])
def test_operators_with_other_objects(operator, value):
    check(
        lambda np, a: eval(operator, {"a": a, "v": value}), Sample("float64", (1,), special=False)
    )


@pytest.mark.parametrize("count", [5, LAZY_COUNT])
@pytest.mark.parametrize("name", ["divide", "floor_divide", "log", "power", "arctanh", "remainder"])
def test_where_hides_what_is_not_computed(name, count):
    """The idiom `np.divide(a, b, out=c, where=b != 0)` does not warn."""

    def call(np):
        a = np.zeros(count)
        a[::2] = 0.5
        inputs = (a - 1, -a) if name == "power" else (np.ones(count), a)
        if getattr(np, name).nin == 1:
            inputs = (a * 0 - 1 if name == "log" else a * 0 + 1,)
        out = np.full(count, 7.0)
        return getattr(np, name)(*inputs, out=out, where=np.zeros(count, bool))

    check(call)
