"""Calls on few elements, which go ways of their own: the answers, and what NumPy tells of them."""

import warnings

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subject import EXAMPLES, HAS_EVENTS, mnp, natively

SHAPES = [(1,), (7,), (40,), (1, 1), (3, 5), (5, 1), (2, 3, 4)]
DTYPES = ["float64", "float32", "int64", "int8", "bool", "complex128", "complex64"]
ARRANGEMENTS = ["plain", "strided", "reversed", "transposed", "broadcast"]


def arranged(np, shape, dtype, arrangement, seed=0):
    """An array of a library, the same numbers for each."""
    generator = numpy.random.default_rng(seed)
    wide = tuple(2 * side for side in shape) if arrangement == "strided" else shape
    if arrangement == "transposed":
        wide = shape[::-1]
    if arrangement == "broadcast":
        wide = shape[-1:]
    numbers = generator.integers(0 if dtype == "bool" else -4, 5, wide).astype(dtype)
    if dtype.startswith("complex"):
        numbers = numbers + (1j * generator.integers(-2, 3, wide)).astype(dtype)
    array = np.array(numbers)
    if arrangement == "strided":
        return array[(slice(None, None, 2),) * len(shape)]
    if arrangement == "reversed":
        return array[(slice(None, None, -1),) * len(shape)]
    if arrangement == "transposed":
        return array.T
    return np.broadcast_to(array, shape) if arrangement == "broadcast" else array


def told(run):
    """The result, or the error's type, and the warnings."""
    with warnings.catch_warnings(record=True) as caught, numpy.errstate(all="warn"):
        warnings.simplefilter("always")
        try:
            result = run()
        except TypeError:
            # NumPy's class for a missing loop depends on what it has looked for before.
            result = TypeError
        except Exception as error:
            result = type(error)
    return result, sorted(str(warning.message) for warning in caught)


def same(expected, found):
    if isinstance(expected, tuple):
        assert isinstance(found, tuple) and len(expected) == len(found)
        for one, other in zip(expected, found, strict=True):
            same(one, other)
    elif isinstance(expected, (numpy.ndarray, numpy.generic)):
        other = numpy.asarray(found)
        assert (other.dtype, other.shape) == (expected.dtype, expected.shape)
        if expected.ndim:
            assert expected.flags.c_contiguous == other.flags.c_contiguous
        numpy.testing.assert_allclose(other, expected, rtol=1e-6, atol=1e-6)
    else:
        assert expected == found


def steps(array):
    """The strides that matter."""
    sides = zip(array.shape, array.strides, strict=True)
    return tuple(stride for side, stride in sides if side != 1)


def compare(call, *arrays, tells=True, **names):
    """Runs a call for both libraries on their own arrays."""

    def run(np):
        return told(lambda: call(np, *[arranged(np, *array) for array in arrays], **names))

    (expected, tellings), (found, others) = run(numpy), run(mnp)
    same(expected, found)
    if HAS_EVENTS and tells:
        assert others == tellings
    return expected


arrays = st.tuples(st.sampled_from(SHAPES), st.sampled_from(DTYPES), st.sampled_from(ARRANGEMENTS))

RAISING = {
    "log": 1,
    "arccosh": 1,
    "arctanh": 1,
    "sqrt": 1,
    "reciprocal": 1,
    "exp": 1,
    "divide": 2,
    "floor_divide": 2,
    "remainder": 2,
    "fmod": 2,
    "divmod": 2,
    "power": 2,
    "logaddexp": 2,
}


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(
    st.sampled_from(sorted(RAISING)),
    st.sampled_from(SHAPES),
    st.sampled_from(["float64", "float32", "int64", "int8", "bool"]),
    st.sampled_from(ARRANGEMENTS),
)
def test_events_of_few_elements_are_numpys(name, shape, dtype, arrangement):
    def call(np, *operands):
        return getattr(np, name)(*operands)

    operands = [(shape, dtype, arrangement, seed) for seed in range(RAISING[name])]
    compare(call, *operands)


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(
    st.sampled_from(["log", "arccosh", "sqrt", "exp", "reciprocal"]),
    st.sampled_from(SHAPES),
    st.sampled_from(["float64", "float32", "int64", "bool"]),
)
def test_events_are_those_of_the_elements_that_a_mask_leaves(name, shape, dtype):
    def call(np, x, mask):
        out = np.zeros(shape, "float64")
        return getattr(np, name)(x, out=out, where=mask)

    compare(call, (shape, dtype, "plain"), (shape, "bool", "plain", 3))


def test_an_output_that_is_too_narrow_is_told_of():
    def call(np, x):
        return np.multiply(x * 1e30, 1e30, out=np.zeros(7, "float32"))

    compare(call, ((7,), "float64", "plain"))


@pytest.mark.skipif(not HAS_EVENTS, reason="it has no events")
def test_an_event_may_be_an_error():
    with numpy.errstate(all="raise"):
        with pytest.raises(FloatingPointError, match="divide by zero encountered in log"):
            mnp.log(mnp.zeros(3))
        with pytest.raises(FloatingPointError):
            mnp.divmod(mnp.ones(3), mnp.zeros(3))
        with pytest.raises(FloatingPointError):
            mnp.arange(3) // mnp.zeros(3, "int64")


ORDERED = ["subtract", "divide", "fmax", "fmin", "hypot", "logaddexp", "copysign"]
ORDERED += ["floor_divide", "remainder", "left_shift", "greater", "not_equal", "nextafter"]


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(st.sampled_from(ORDERED), arrays, st.data())
def test_reducing_in_order(name, array, data):
    axis = data.draw(st.integers(-len(array[0]), len(array[0]) - 1))
    keeps = data.draw(st.booleans())

    def call(np, x):
        return np.array(getattr(np, name).reduce(x, axis=axis, keepdims=keeps), order="C")

    # Where the numbers are no numbers any more, only the first event counts.
    compare(call, array, tells=False)


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(
    st.sampled_from([*ORDERED, "add", "maximum", "logical_or", "bitwise_xor"]), arrays, st.data()
)
def test_reducing_slices(name, array, data):
    axis = data.draw(st.integers(-len(array[0]), len(array[0]) - 1))
    size = array[0][axis]
    starts = data.draw(st.lists(st.integers(0, size), min_size=1, max_size=5))
    as_array = data.draw(st.booleans())

    def call(np, x):
        positions = np.array(starts) if as_array else starts
        return np.ascontiguousarray(getattr(np, name).reduceat(x, positions, axis=axis))

    compare(call, array, tells=False)


def test_events_of_what_is_combined_in_order():
    for call in (
        lambda np, x: np.divide.reduce(x - x),
        lambda np, x: np.divide.reduceat(x - x, [0, 3]),
        lambda np, x: np.floor_divide.reduce((x - x).astype("int64")),
        lambda np, x: np.remainder.reduceat((x - x).astype("int64"), [0, 3]),
        lambda np, x: np.power.reduce((x - x - 1).astype("int64")),
    ):
        compare(call, ((7,), "float64", "plain"))


VALUES = [((1,), "plain"), ((3,), "plain"), ((40,), "reversed"), ((3, 5), "transposed")]


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(
    st.sampled_from(["put", "putmask", "place"]),
    st.sampled_from(SHAPES),
    st.sampled_from(DTYPES),
    st.sampled_from(["plain", "strided", "reversed", "transposed"]),
    st.sampled_from(VALUES),
    st.booleans(),
)
def test_placing_values(name, shape, dtype, arrangement, values, itself):
    def call(np, x, own, chosen):
        y = x if itself and name != "place" else own
        if name == "put":
            size = x.size
            np.put(x, np.array([0, -1, size // 2, -size]), y)
        else:
            getattr(np, name)(x, chosen, y)
        return np.array(x, order="C")

    own = (values[0], dtype, values[1], 5)
    compare(call, (shape, dtype, arrangement), own, (shape, "bool", "plain", 2))


def test_a_position_beyond_changes_nothing():
    x = mnp.arange(6.0)
    with pytest.raises(IndexError):
        mnp.put(x, mnp.array([0, 6]), mnp.ones(2))


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
@pytest.mark.parametrize("arrangement", ["plain", "strided", "transposed"])
def test_filling_a_diagonal(shape, arrangement):
    def call(np, x):
        np.fill_diagonal(x, 7)
        return np.array(x, order="C")

    compare(call, (shape, "float64", arrangement))
    compare(call, (shape, "int8", arrangement))


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(arrays, st.data())
def test_sorting_few_elements(array, data):
    axis = data.draw(st.integers(-len(array[0]), len(array[0]) - 1))

    def in_place(np, x):
        y = x.copy()[..., ::1]
        y.sort(axis=axis)
        return np.array(y, order="C")

    compare(in_place, array)
    compare(lambda np, x: np.array(np.sort(x, axis=axis), order="C"), array)
    compare(lambda np, x: np.argsort(x, axis=axis, kind="stable"), array)
    kth = data.draw(st.integers(0, array[0][axis] - 1))
    # What is beside the chosen element is any order's.
    compare(lambda np, x: np.array(np.partition(x, kth, axis=axis).take(kth, axis=axis)), array)
    with natively():
        x = arranged(mnp, *array)
        y = numpy.asarray(x)
        places = numpy.asarray(mnp.argpartition(x, kth, axis=axis))
    chosen = numpy.take_along_axis(y, places, axis).take(kth, axis=axis)
    assert (chosen == numpy.sort(y, axis=axis).take(kth, axis=axis)).all()


def test_complex_numbers_that_are_none_come_last():
    nan = float("nan")
    numbers = [complex(a, b) for a in (1.0, nan, -2.0) for b in (nan, 3.0, -1.0)]
    expected = numpy.sort(numpy.array(numbers))
    numpy.testing.assert_array_equal(numpy.asarray(mnp.sort(mnp.array(numbers))), expected)
    places = numpy.argsort(numpy.array(numbers), kind="stable")
    assert list(mnp.argsort(mnp.array(numbers), kind="stable")) == list(places)
    assert list(mnp.argsort(mnp.array(numbers))) == list(places)


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(
    st.sampled_from(DTYPES),
    st.sampled_from(["plain", "strided", "reversed"]),
    st.sampled_from(["left", "right"]),
)
def test_searching_few_elements(dtype, arrangement, side):
    def call(np, x, y):
        row = np.sort(x)
        if arrangement == "strided":
            row = np.repeat(row, 2)[::2]
        return np.searchsorted(row, y, side=side)

    compare(call, ((40,), dtype, "plain"), ((7,), dtype, arrangement, 4))


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(arrays, st.sampled_from([None, "float64", "float32", "complex128"]))
def test_copies_lie_as_numpys(array, dtype):
    def lies(result):
        return result, steps(result)

    if array[1].startswith("complex"):
        dtype = None
    for call in (
        lambda np, x: lies(np.ascontiguousarray(x, dtype=dtype)),
        lambda np, x: lies(np.asfortranarray(x, dtype=dtype)),
        lambda np, x: lies(np.asarray(x, dtype=dtype)),
        lambda np, x: lies(np.array(x, dtype=dtype, ndmin=3)),
        lambda np, x: lies(x.copy(order="F")),
        lambda np, x: lies(x.copy(order="A")),
        lambda np, x: lies(x.astype(dtype or x.dtype, order="F")),
    ):
        compare(call, array)


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(arrays, st.data())
def test_views_by_axes(array, data):
    rank = len(array[0])
    first, second = (data.draw(st.integers(-rank, rank - 1)) for _ in range(2))
    start = data.draw(st.integers(0, rank))
    for call in (
        lambda np, x: x.squeeze(),
        lambda np, x: np.squeeze(x),
        lambda np, x: x.swapaxes(first, second),
        lambda np, x: np.rollaxis(x, first, start),
        lambda np, x: x.diagonal(),
        lambda np, x: np.diagonal(x),
    ):
        expected = compare(call, array)
        if isinstance(expected, numpy.ndarray):
            ours = call(mnp, arranged(mnp, *array))
            assert steps(ours) == steps(expected)
            assert ours.flags.writeable == expected.flags.writeable


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(arrays)
def test_functions_of_one_operation_or_two(array):
    rank = len(array[0])

    def parts(np, x):
        return tuple(np.array(part) for part in np.unstack(x, axis=rank - 1))

    for call in (
        lambda np, x: np.fix(x),
        lambda np, x: np.fix(x, out=np.zeros(x.shape, x.dtype)),
        lambda np, x: np.isposinf(x / 0),
        lambda np, x: np.isneginf(np.log(abs(x) * 0.0)),
        lambda np, x: np.isposinf(x, out=np.ones(x.shape, bool)),
        lambda np, x: (np.iscomplex(x), np.array(np.isreal(x), order="C")),
        lambda np, x: np.polysub(x, x[::-1]) if rank == 1 else 0,
        lambda np, x: np.polyadd(x, x[::-1]) if rank == 1 else 0,
        lambda np, x: (np.atleast_1d(x), np.atleast_2d(x, x), np.atleast_3d(x)),
        lambda np, x: np.array(np.astype(x, "complex128"), order="C"),
        parts,
    ):
        compare(call, array)


def test_numbers_of_a_row_unstacked_are_numbers():
    first, *_ = mnp.unstack(mnp.arange(3))
    assert type(first) is numpy.int64
    row, *_ = mnp.unstack(mnp.ones((2, 3)))
    assert not row.flags.owndata and row.flags.writeable


@pytest.mark.parametrize("shape", [(6,), (2, 3), (2, 3, 4), (5, 0)])
def test_coordinates_of_positions(shape):
    for positions in ([0, 5, 2], [[1], [0]], [-1], [24], []):

        def call(np, positions=positions):
            found = np.unravel_index(np.array(positions, "int64"), shape)
            return tuple(np.array(part) for part in found)

        compare(call)


def test_lines_and_powers():
    for call in (
        lambda np: np.linspace(0.5, 3, 7, axis=0),
        lambda np: np.linspace(0.5, 3, 7, dtype="float32"),
        lambda np: np.linspace(1, 9, 4, dtype="int64"),
        lambda np: np.linspace(0.5, 3, 7, retstep=True, dtype="float32"),
        lambda np: np.linspace(0, 3, 7, axis=1),
        lambda np: np.logspace(0.5, 3, 7, axis=0),
        lambda np: np.logspace(0, 400, 3),
        lambda np: np.logspace(0.5, 3, 7, base=2),
        lambda np: np.logspace(0.5, 3, 7, False),
        lambda np: np.diag_indices(4),
        lambda np: np.full(3, 1 + 2j),
        lambda np: np.full(3, 1 + 2j, "complex64"),
        lambda np: np.full_like(np.zeros(3, complex), 2j),
    ):
        compare(call)


@pytest.mark.parametrize("key", [slice(None, None, 2), [0, 2], (Ellipsis,)])
def test_complex_numbers_are_stored(key):
    for dtype in ("complex128", "complex64", "float64"):

        def call(np, dtype=dtype):
            x = np.zeros(5, dtype)
            x[key] = 1 + 2j
            return x

        compare(call)


def test_nothing_squeezed_is_the_array_itself():
    x = mnp.ones((2, 3))
    assert x.squeeze() is x
    assert mnp.asanyarray(x) is x
    assert mnp.real_if_close(x) is x


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(arrays)
def test_facts_and_parts(array):
    for call in (
        lambda np, x: (x.shape, steps(x), x.ndim, x.size, x.itemsize, x.nbytes),
        lambda np, x: (x.dtype, x.base is None, x.device),
        lambda np, x: (np.real(x), np.imag(x), x.real, x.imag),
        lambda np, x: x.tobytes(),
        lambda np, x: (x.item(-1), x.item(0), x.item(x.size // 2)),
        lambda np, x: np.repeat(x, 3),
    ):
        compare(call, array)


def test_an_attribute_that_cannot_be_set_is_an_error():
    x = mnp.ones((2, 3))
    for name in ("ndim", "size", "itemsize", "nbytes", "base", "device"):
        with pytest.raises(AttributeError):
            setattr(x, name, 1)
    x.shape = (3, 2)
    assert x.shape == (3, 2)


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(
    st.sampled_from(["float64", "float32", "int64", "complex128", "bool"]),
    st.sampled_from([((4,), (4,)), ((3, 4), (3, 4)), ((3, 4), (4,)), ((4,), (3, 4))]),
    st.sampled_from(["plain", "strided", "reversed", "transposed"]),
)
def test_products_of_rows(dtype, shapes, arrangement):
    x, y = (shapes[0], dtype, arrangement, 1), (shapes[1], dtype, arrangement, 2)
    compare(lambda np, x, y: np.vecdot(x, y), x, y)
    if len(shapes[0]) == len(shapes[1]):
        compare(lambda np, x, y: np.vecdot(x, y, axis=0), x, y)
        compare(lambda np, x, y: np.vdot(x, y), x, y)
        compare(lambda np, x, y: np.vdot(x, np.array(y.T).T), x, y)
    if len(shapes[1]) == 1:
        compare(lambda np, x, y: np.matvec(x, y), x, y) if len(shapes[0]) == 2 else None
    if len(shapes[0]) == 1 and len(shapes[1]) == 1:
        for name in ("dot", "matmul", "vecdot"):
            compare(
                lambda np, x, y, name=name: getattr(np, name)(x, y, out=np.zeros((), dtype)), x, y
            )


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(arrays)
def test_taking_into_an_output(array):
    def call(np, x):
        out = np.zeros(5, x.dtype)[1:-1]
        given = np.take(x, np.array([0, -1, 0]), out=out)
        assert given is out
        return out

    compare(call, array)


def test_arguments_by_position_and_by_name():
    x = mnp.arange(6.0).reshape(2, 3)
    assert mnp.sum(x, 0).shape == mnp.sum(a=x, axis=0).shape == mnp.sum(x, axis=0).shape == (3,)
    assert mnp.sum(x, 0, keepdims=True).shape == (1, 3)
    for call in (
        lambda np: np.sum(),
        lambda np: np.sum(x, 0, axis=0),
        lambda np: np.swapaxes(x, 0),
        lambda np: np.rollaxis(axis=0),
        lambda np: np.ravel(x, "C", 3),
        lambda np: np.sum(x, other=1),
    ):
        with pytest.raises(TypeError):
            call(mnp)
