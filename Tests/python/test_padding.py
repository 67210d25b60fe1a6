"""Every mode of `pad`, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import samples, shapes
from subject import mnp, natively

MODES = ["constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect"]
MODES += ["symmetric", "wrap"]
DTYPES = ["bool", "int8", "uint8", "int64", "float32", "float64", "complex128"]


def pairs(rank, least, most):
    number = st.integers(least, most)
    pair = st.tuples(number, number)
    each = st.lists(pair, min_size=rank, max_size=rank)
    return st.one_of(number, pair, each) if rank else number


@given(data=st.data())
def test_modes(data):
    dtype = data.draw(st.sampled_from(DTYPES))
    shape = data.draw(shapes(0, 3))
    a = data.draw(samples(dtype, shape, special=False, low=0, high=20))
    mode = data.draw(st.sampled_from(MODES))
    width = data.draw(pairs(len(shape), 0, 9))
    options = {}
    if mode in ("maximum", "minimum", "mean", "median") and data.draw(st.booleans()):
        options["stat_length"] = data.draw(st.one_of(st.none(), pairs(len(shape), 1, 4)))
    elif mode == "linear_ramp" and data.draw(st.booleans()):
        options["end_values"] = data.draw(pairs(len(shape), -3, 7))
    elif mode == "constant" and data.draw(st.booleans()):
        options["constant_values"] = data.draw(pairs(len(shape), 0, 7))
    elif mode in ("reflect", "symmetric") and data.draw(st.booleans()):
        options["reflect_type"] = data.draw(st.sampled_from(["even", "odd"]))
    exact = dtype in ("bool", "int8", "uint8", "int64") or mode in ("wrap", "edge", "constant")
    check(
        lambda np, a: np.pad(a, width, mode, **options),
        a,
        relative=None if exact else 1e-5,
        check_warnings=False,
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float64"])
def test_modes_are_native_and_keep_the_order(mode, dtype):
    a = np.arange(12, dtype=dtype).reshape(3, 4) ** 2
    with natively():
        for given, expected in ((a, "C"), (a.T, "F")):
            theirs = np.pad(given, ((1, 2), (7, 3)), mode)
            ours = mnp.pad(mnp.array(given, order="K"), ((1, 2), (7, 3)), mode)
            np.testing.assert_array_equal(ours, theirs, strict=True)
            assert ours.flags[f"{expected}_CONTIGUOUS"]
            assert theirs.flags[f"{expected}_CONTIGUOUS"]


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64"])
def test_odd_reflections_round_as_numpys(dtype):
    a = (np.array([0.1, 7.3, -2.9, 1e3, 1e-3]) * 10).astype(dtype)
    for mode in ("reflect", "symmetric"):
        with natively():
            ours = mnp.pad(mnp.array(a), (23, 11), mode, reflect_type="odd")
        np.testing.assert_array_equal(
            ours, np.pad(a, (23, 11), mode, reflect_type="odd"), strict=True
        )


def test_ramps_of_each_side():
    a = np.arange(6, dtype="float32").reshape(2, 3)
    for ends in (2, (1, 5), ((1, 2), (3, 4)), np.array([[1.5, 2.5], [3, 4]])):
        with natively():
            ours = mnp.pad(mnp.array(a), 3, "linear_ramp", end_values=ends)
        np.testing.assert_array_equal(ours, np.pad(a, 3, "linear_ramp", end_values=ends))


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.pad(m.zeros((0, 2)), 1, "mean"),
        lambda m: m.pad(m.ones(3), -1, "mean"),
        lambda m: m.pad(m.ones(3), 1, "mean", stat_length=-1),
        lambda m: m.pad(m.ones(3), 1, "maximum", stat_length=0),
        lambda m: m.pad(m.ones(3), 1, "linear_ramp", stat_length=1),
        lambda m: m.pad(m.ones(3), 1, "reflect", reflect_type=1),
        lambda m: m.pad(m.ones(3), 1, "reflect", reflect_type="other"),
        lambda m: m.pad(m.ones(3), 1, "nothing"),
        lambda m: m.pad(m.ones(3, "int8"), 1, constant_values=300),
        lambda m: m.pad(m.ones(3), [1, 2, 3], "mean"),
    ],
)
def test_refusals(call):
    check(call)


def padding_function(vector, width, axis, keywords):
    vector[: width[0]] = keywords.get("value", 7)
    if width[1]:
        vector[-width[1] :] = axis


def test_a_function_as_the_mode():
    check(lambda m: m.pad(m.arange(6).reshape(2, 3), 2, padding_function))
    check(lambda m: m.pad(m.arange(6.0).reshape(2, 3), 2, padding_function, value=3))
