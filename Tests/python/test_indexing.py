"""Getting and setting by ints, slices, ellipsis, new axes, integer arrays and boolean masks."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import Sample, dtypes, samples, seeds, shapes


@st.composite
def indices(draw, shape):
    """An index of the shape: mostly valid, sometimes out of range or of too many parts."""
    kind = draw(st.sampled_from(["basic", "basic", "integer", "mask", "mixed", "wrong"]))
    if kind == "basic" or not shape:
        return draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    if kind == "mask":
        ndim = draw(st.integers(1, len(shape)))
        return draw(hnp.arrays(bool, shape[:ndim]))
    if kind == "integer" and all(shape):
        ndim = draw(st.integers(1, len(shape)))
        return draw(
            hnp.integer_array_indices(
                shape[:ndim], result_shape=hnp.array_shapes(min_dims=0, max_dims=2, max_side=4)
            )
        )
    if kind == "wrong":
        return draw(
            st.sampled_from(
                [
                    shape[0],
                    -shape[0] - 1,
                    (0,) * (len(shape) + 1),
                    1.5,
                    "a",
                    [[0], [1, 2]],
                    (..., ...),
                    np.array([shape[0]]),
                    np.array([0.5]),
                    np.ones(shape[0] + 1, bool),
                    None,
                    (None, 0),
                    slice(None, None, 0),
                    slice("a"),
                    [],
                    (),
                    True,
                    np.True_,
                    [True] * shape[0],
                ]
            )
        )
    parts = []
    for side in shape[: draw(st.integers(1, len(shape)))]:
        choices = [slice(None), slice(None, None, -1), slice(1, None, 2), None, ...]
        if side:
            choices += [0, -1, side - 1, [0, -1, 0], np.array([0, side - 1]), np.array([[0]])]
        parts.append(draw(st.sampled_from(choices)))
    return tuple(parts)


def converted(np, index):
    """Index arrays as arrays of the module."""
    if isinstance(index, tuple):
        return tuple(converted(np, part) for part in index)
    import numpy

    return np.array(index) if isinstance(index, numpy.ndarray) else index


@given(data=st.data())
def test_get(data):
    a = data.draw(samples(shape=shapes(maximum=4)))
    for _ in range(3):
        index = data.draw(indices(a.shape))
        check(lambda np, a, index=index: a[converted(np, index)], a)


@given(data=st.data())
def test_set(data):
    a = data.draw(samples(shape=shapes(maximum=4)))
    index = data.draw(indices(a.shape))
    dtype = data.draw(st.sampled_from([a.dtype, a.dtype, data.draw(dtypes)]))
    value = data.draw(
        st.one_of(
            st.sampled_from([0, 1, -1, 2.5, True, 1j, float("nan"), 300, None, "x", [1, 2]]),
            samples(dtype, (), special=False),
            samples(dtype, st.sampled_from([(1,), (3,), (4,), (2, 3)]), special=False),
        )
    )

    def call(np, a, value):
        owned = np.array(a)
        owned[converted(np, index)] = value
        return owned

    check(call, a, value)


@given(data=st.data())
def test_set_through_the_index_of_a_value_that_fits(data):
    a = data.draw(samples(shape=shapes(maximum=4), special=False))
    index = data.draw(indices(a.shape))

    def call(np, a):
        owned = np.array(a)
        part = owned[converted(np, index)]
        owned[converted(np, index)] = part * 2 if part.dtype != bool else ~part
        return owned

    check(call, a, check_warnings=False)


@pytest.mark.parametrize("operator", ["+=", "*=", "-="])
@given(data=st.data())
def test_compound_assignment(operator, data):
    a = data.draw(samples(shape=shapes(maximum=4), special=False))
    index = data.draw(indices(a.shape))
    code = compile(f"a[i] {operator} 3", "<test>", "exec")

    def call(np, a):
        owned = np.array(a)
        exec(code, {"a": owned, "i": converted(np, index)})
        return owned

    check(call, a, check_warnings=False)


def test_repeated_indices_last_wins():
    def call(np):
        a = np.zeros(3)
        a[np.array([0, 1, 0])] = np.array([1.0, 2.0, 3.0])
        return a

    check(call)


@given(data=st.data())
def test_take_put_and_friends(data):
    a = data.draw(samples(shape=st.sampled_from([(5,), (3, 4), (2, 3, 4), (1,), (0,)])))
    index = data.draw(st.sampled_from([0, -1, [0, 0], [[0], [-1]], 9, [-9], [], np.array([0, 1])]))
    mode = data.draw(st.sampled_from(["raise", "wrap", "clip"]))
    axis = data.draw(st.sampled_from([None, 0, 1, -1]))
    check(lambda np, a: np.take(a, converted(np, index), axis=axis, mode=mode), a)
    check(lambda np, a: a.take(converted(np, index), axis=axis, mode=mode), a)


@given(a=samples(shape=shapes(maximum=3)))
def test_nonzero_and_masks(a):
    check(lambda np, a: np.nonzero(a), a)
    check(lambda np, a: np.flatnonzero(a), a)
    check(lambda np, a: np.argwhere(a), a)
    check(lambda np, a: a[a != 0], a)
    check(lambda np, a: np.count_nonzero(a), a)


@given(data=st.data())
def test_where(data):
    shape = data.draw(shapes(maximum=3))
    mask = data.draw(samples(data.draw(dtypes), shape))
    a, b = (
        data.draw(
            st.one_of(samples(shape=shape), samples(shape=()), st.sampled_from([0, 1.5, True, 1j]))
        )
        for _ in range(2)
    )
    check(lambda np, mask, a, b: np.where(mask, a, b), mask, a, b)


@given(data=st.data())
def test_clip(data):
    a = data.draw(samples())
    bounds = st.one_of(st.none(), st.sampled_from([-2, 0, 3, 1.5]), samples(a.dtype, ()))
    low, high = data.draw(bounds), data.draw(bounds)
    check(lambda np, a, low, high: np.clip(a, low, high), a, low, high, check_warnings=False)


@given(seed=seeds, dtype=st.sampled_from(["float64", "float32", "int16", "complex128"]))
def test_large_masks_and_gathers(seed, dtype):
    a = Sample(dtype, (100_001,), "C", seed)
    mask = Sample("bool", (100_001,), "C", seed + 1)
    check(lambda np, a, m: a[m], a, mask)
    check(lambda np, a, m: np.where(m, a, a[::-1]), a, mask)
    indices_ = np.random.default_rng(seed).integers(-100_001, 100_001, 70_000)
    check(lambda np, a: a[np.array(indices_)], a)

    def scatter(np, a, m):
        copy = a.copy()
        copy[m] = 0
        copy[np.array(indices_[:50_000])] = np.array(a[:50_000])
        return copy

    check(scatter, a, mask)


@given(a=samples(shape=shapes(minimum=1, maximum=3)))
def test_iteration_and_conversion(a):
    check(lambda np, a: list(a), a)
    check(lambda np, a: a.tolist(), a)
    check(lambda np, a: len(a), a)
    check(lambda np, a: [x for x in a.flat], a)
    check(lambda np, a: 1 in a, a)
    check(lambda np, a: a.item(0), a)
    check(lambda np, a: a.item(10**6), a)


@pytest.mark.parametrize("convert", [int, float, complex, bool, len, list, hash, np.asarray])
@given(a=samples(shape=st.sampled_from([(), (1,), (1, 1), (2,), (0,)]), special=False))
def test_python_conversions(convert, a):
    if convert is np.asarray:
        check(lambda np, a: np.asarray(a), a)
    else:
        check(lambda np, a: convert(a), a, check_warnings=False)


INDEX_DTYPES = ["int64", "int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64"]


@st.composite
def index_arrays(draw, side, shape=None):
    """Positions of an axis, now and then one outside it, as an array of any dtype and layout."""
    shape = (
        draw(st.sampled_from([(1,), (3,), (2, 3), (1, 3), (2, 1), (0,)]))
        if shape is None
        else shape
    )
    dtype = draw(st.sampled_from(INDEX_DTYPES))
    low = 0 if dtype.startswith("u") else -side
    high = side - 1 if draw(st.integers(0, 9)) else side
    return Sample(dtype, shape, draw(st.sampled_from(["C", "F", "reversed", "strided"])),
                  draw(seeds), False, low, max(high, low))  # fmt: skip


@given(data=st.data())
def test_index_arrays_among_other_parts(data):
    """Reading and writing through arrays, lists and masks beside slices, positions and new axes."""
    a = data.draw(samples(shape=st.sampled_from([(5,), (4, 6), (3, 1, 5), (2, 3, 2, 4)])))
    parts, arrays = [], []
    axis = 0
    while axis < len(a.shape):
        side = a.shape[axis]
        kind = data.draw(
            st.sampled_from(["array", "slice", "position", "list", "mask", "new", "end"])
        )
        if kind == "array":
            arrays.append(data.draw(index_arrays(side)))
            parts.append(len(arrays) - 1)
        elif kind == "mask":
            rank = data.draw(st.integers(1, len(a.shape) - axis))
            arrays.append(Sample("bool", a.shape[axis : axis + rank], "C", data.draw(seeds)))
            parts.append(len(arrays) - 1)
            axis += rank - 1
        elif kind == "list":
            parts.append(data.draw(st.lists(st.integers(-side, side - 1), max_size=3)))
        elif kind == "position":
            parts.append(np.int64(data.draw(st.integers(-side, side - 1))))
        elif kind == "slice":
            step = data.draw(st.sampled_from([None, -1, 2]))
            parts.append(slice(data.draw(st.sampled_from([None, 1])), None, step))
        elif kind == "new":
            parts.append(None)
            axis -= 1
        else:
            break
        axis += 1
        if len(parts) > 6:
            break
    if data.draw(st.booleans()):
        parts.insert(data.draw(st.integers(0, len(parts))), ...)

    def key(made):
        chosen = tuple(made[part] if type(part) is int else part for part in parts)
        return chosen[0] if len(chosen) == 1 and data_is_sole else chosen

    data_is_sole = data.draw(st.booleans())
    check(lambda np, a, *made: a[key(made)], a, *arrays)
    dtype = data.draw(st.sampled_from([a.dtype, "int8", "bool"]))
    values = data.draw(
        st.one_of(
            st.sampled_from([0, 2.5, True]),
            samples(dtype, st.sampled_from([(), (1,), (3,), (1, 1, 1, 3)]), special=False),
        )
    )

    def write(np, a, value, *made):
        owned = np.array(a)
        try:
            owned[key(made)] = value
        except (IndexError, ValueError) as error:
            # Whatever was wrong, nothing was written before it was found.
            return type(error).__name__, owned
        return owned

    check(write, a, values, *arrays, check_warnings=False)

    def write_selected(np, a, *made):
        owned = np.array(a)
        owned[key(made)] = owned[key(made)][..., ::-1]
        owned[key(made)] += owned[key(made)].dtype.type(1)
        return owned

    check(write_selected, a, *arrays, check_warnings=False)


@given(a=samples("float64", (9,), special=False), index=samples("int64", (9,), False, 0, 8))
def test_what_is_written_may_be_what_is_read(a, index):
    def call(np, a, index):
        owned, places = np.array(a), np.array(index)
        owned[places] = owned
        owned[places[::-1]] = owned[1]
        owned[owned > 0] = owned[owned > 0][::-1]
        view = owned[2:]
        view[places[:3] % 7] = owned[:3]
        # The places themselves.
        places[places] = places[::-1]
        places[places % 2 == 0] = 7
        return owned, places

    check(call, a, index, check_warnings=False)


def test_slices_that_change_the_array_are_read_first():
    """What a user's `__index__` does is done before any size or address is read."""

    class Growing:
        def __init__(self, array):
            self.array = array

        def __index__(self):
            self.array.resize(400, refcheck=False)
            return 1

    def call(np):
        a = np.arange(4)
        index = np.array([3, 0])
        wide = np.arange(12).reshape(3, 4)
        key = (slice(Growing(a), None), index)
        return wide[key], a.size, index

    check(call)


def test_writing_through_an_index_leaves_copies_alone():
    def call(np):
        a = np.arange(6.0)
        b = a.copy()
        view = a[1:]
        view[np.array([0, 0, 4])] = [1.5, 2.5, 3.5]
        a[a > 3] += 1
        frozen = np.broadcast_to(b, (2, 6))
        with pytest.raises(ValueError):
            frozen[np.array([0])] = 1
        return a, b, view


@pytest.mark.parametrize("dtype", ["bool", "int16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("count", [7, 8192, 3 * 8192 + 13])
@pytest.mark.parametrize("density", [0.0, 0.03, 0.5, 0.97, 1.0])
def test_masks_of_any_density(dtype, count, density):
    """Eight that are all true or all false, and the ends of blocks, are ways of their own."""
    random = np.random.default_rng(count)
    values = random.integers(0, 100, count).astype(dtype)
    chosen = random.random(count) < density

    def call(np):
        a, m = np.array(values), np.array(chosen)
        picked = a[m]
        b = np.zeros(count, dtype)
        b[m] = picked
        b[~m] = a[~m]
        return picked, b, np.nonzero(m)[0], np.count_nonzero(m)

    check(call)


@pytest.mark.parametrize(
    "rows",
    [slice(None, None, -1), slice(1, None, 2), slice(None, 1, -1), slice(3, 0, -2), slice(2, 1)],
)
@pytest.mark.parametrize("columns", [[0, 2], [[1], [0]], [True, False, True]])
def test_a_slice_with_steps_beside_index_arrays(rows, columns):
    """Where such a slice begins is counted in the array's own steps."""

    def taken(module, first):
        array = module.arange(60.0).reshape(5, 3, 4)
        index = module.array(columns)
        return array[rows, index] if first else array[0][:, rows], array[:, index, rows]

    def stored(module):
        array = module.zeros((5, 3))
        array[rows, module.array(columns)] = 7
        array[module.array([0, 1])[:1], rows] = 9
        return array

    check(lambda module: taken(module, first=True))
    check(lambda module: taken(module, first=False))
    check(stored)
