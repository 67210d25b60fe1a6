"""Views of another dtype, grids of coordinates, and the options of selecting and searching."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, samples
from subject import DEVICE, mnp, natively

SHAPES = st.sampled_from([(6,), (4, 8), (2, 3, 4), (1,), (0, 4), (5, 2)])


@given(
    a=samples(shape=SHAPES),
    indices=st.lists(st.integers(-20, 20), max_size=5),
    mode=st.sampled_from(["raise", "wrap", "clip", "nope"]),
    axis=st.sampled_from([None, 0, -1]),
)
def test_take(a, indices, mode, axis):
    check(lambda np, a: np.take(a, indices, axis=axis, mode=mode), a)
    check(lambda np, a: a.take(np.array(indices, np.int32), axis, mode=mode), a)


@given(
    a=samples(shape=st.sampled_from([(1,), (9,), (64,)]), special=False),
    values=samples(shape=st.sampled_from([(), (3,), (2, 4)]), special=False),
    side=st.sampled_from(["left", "right"]),
)
def test_searchsorted_by_a_sorter(a, values, side):
    check(lambda np, a, v: np.searchsorted(a, v, side, np.argsort(a, kind="stable")), a, values)
    check(lambda np, a, v: a.searchsorted(v, sorter=np.argsort(a)[:-1]), a, values)
    check(lambda np, a, v: a.searchsorted(v, sorter=np.argsort(a) + 99), a, values)


@given(a=samples(shape=SHAPES, special=False), data=st.data())
def test_partition(a, data):
    """Where sorting would put the kth, no larger one before and no smaller one behind."""
    axis = data.draw(st.sampled_from([-1, 0, None]))
    size = a.shape[axis] if axis is not None else int(np.prod(a.shape))
    if size == 0:
        return
    positions = st.integers(-size, size - 1)
    kth = data.draw(st.one_of(positions, st.lists(positions, min_size=1, max_size=3)))
    one_axis = -1 if axis is None else axis

    def cut(np, parted):
        order = np.sort(np.array(parted), axis=one_axis)
        chosen = [k % size for k in ([kth] if isinstance(kth, int) else kth)]
        exact = [np.take(parted, k, axis=one_axis) for k in chosen]
        sides = [np.sort(np.take(parted, range(k), axis=one_axis), axis=one_axis) for k in chosen]
        return order, exact, sides

    def by_value(np, a):
        return cut(np, np.partition(a, kth, axis))

    def by_position(np, a):
        flat = a.ravel() if axis is None else a
        places = np.argpartition(a, kth, axis)
        assert places.dtype == np.intp
        return cut(np, np.take_along_axis(flat, places, one_axis))

    def in_place(np, a):
        a = np.array(a)
        assert a.partition(kth, one_axis) is None
        return cut(np, a)

    for call in (by_value, by_position, in_place) if axis is not None else (by_value, by_position):
        check(call, a)


@pytest.mark.parametrize(
    "expression",
    [
        "np.partition([3, 1, 2], 3)",
        "np.partition([3, 1, 2], -4)",
        "np.argpartition([3, 1, 2], 5)",
        "np.partition([3, 1, 2], 1, axis=1)",
        "np.partition([3, 1, 2], 1, kind='nope')",
        "np.partition([3, 1, 2], [])",
        "np.array([3, 1, 2]).partition(7)",
        "np.take([1, 2, 3], 3)",
        "np.take([1, 2, 3], [], mode='wrap')",
        "np.take([], 0, mode='clip')",
        "np.searchsorted([3, 1, 2], 2, sorter=[1.0, 2, 0])",
        "np.meshgrid([1, 2], indexing='nope')",
        "np.meshgrid([1, 2], nope=1)",
        "np.meshgrid()",
        "np.meshgrid(3, [1, 2], copy=False)",
        "np.meshgrid(3)",
        "np.zeros(3).view('c16')",
        "np.zeros((4, 2)).T.view('f4')",
        "np.zeros(()).view('f4')",
        "np.zeros(()).view('i8')",
        "np.zeros((2, 3), 'i1').view('i2')",
        "np.array([1, 0, 1], 'i1').view(bool)",
        "np.array([True, False]).view('u1')",
        "np.zeros(3).view(np.recarray).shape",
        "np.zeros(4, 'i4')[1:3].view('i8')",
        "np.arange(6, dtype='i4').reshape(3, 2)[:, :1].view('i8')",
        "np.arange(6, dtype='i4')[::2].view('f4')",
        "np.arange(6, dtype='i4')[::-1].view('f4')",
        "np.zeros(3).view('S8').dtype",
    ],
)
def test_edges(expression):
    code = compile(expression, "<edge>", "eval")
    check(lambda np: eval(code, {"np": np}))


@given(
    data=st.data(),
    count=st.integers(0, 4),
    options=st.fixed_dictionaries(
        {}, optional={"indexing": st.sampled_from(["xy", "ij"]), "sparse": st.booleans()}
    ),
)
def test_meshgrid(data, count, options):
    axes = [
        data.draw(samples(shape=st.sampled_from([(), (1,), (3,), (4,), (2, 2), (0,)])))
        for _ in range(count)
    ]
    check(lambda np, *axes: np.meshgrid(*axes, **options), *axes)


@pytest.mark.parametrize("target", DTYPES)
@given(a=samples(shape=SHAPES, special=False))
def test_view_as_another_dtype(target, a):
    if target != "bool" or a.dtype == "bool":  # other bytes than 0 and 1 are NumPy's
        check(lambda np, a: a.view(target).copy().view(np.uint8), a)


def test_view_shares_its_memory():
    def call(np):
        a = np.arange(6.0).reshape(2, 3)
        bits, parts, again = a.view(np.uint64), a.view("f4"), a.view()
        assert bits.base is a and parts.base is a and again.base is a
        bits[0, 1] = np.float64(7.5).view(np.uint64)
        parts[1, 0:2] = 0
        again[1, 2] = -1
        z = np.zeros(2, complex)
        z.view(float)[::2] = [1, 2]
        z.view(float).reshape(2, 2)[:, 1] += 5
        return a, bits, parts, z

    check(call)


REPLACING = [
    "np.copyto(a, b)", "np.copyto(a, 3)", "np.copyto(a, b, where=m)", "np.copyto(a, 2, where=m)",
    "np.copyto(a, b, casting='unsafe')", "np.copyto(a[::-1], a)", "np.copyto(a, [1], where=m)",
    "np.put(a, i, 3)", "np.put(a, i, b)", "a.put(i, b)", "a.put(i + 99, 1)", "np.put(a, i, [1, 2])",
    "np.put(a.T, i, 1)", "np.putmask(a, m, 2)", "np.putmask(a, m, b)", "np.putmask(a, m, b[:2])",
    "np.place(a, m, a[m])", "np.place(a, m, [1, 2])", "np.place(a, m, [])",
    "a.put(i, 1, mode='clip')", "np.putmask(a[::-1], m, a)", "np.putmask(a, m[1:], 0)",
    "np.put(a, i[:, None], 4)",
]  # fmt: skip


@pytest.mark.parametrize("statement", REPLACING)
@given(
    a=samples(shape=st.sampled_from([(9,), (3, 3)]), special=False),
    b=samples(shape=st.just((9,)), special=False),
    i=samples("int64", (9,), False, -9, 8),
    m=samples("bool", (9,)),
)
def test_replacing(statement, a, b, i, m):
    code = compile(statement, "<replacing>", "eval")

    def call(np, a, b, i, m):
        owned, mask = np.array(a), np.array(m).reshape(a.shape)
        values = np.array(b).reshape(a.shape) if "put(" not in statement else np.array(b)
        names = {"np": np, "a": owned, "b": values, "i": np.array(i), "m": mask}
        return eval(code, names), owned

    check(call, a, b, i, m, check_warnings=False)


LOOKING = [
    "np.asfortranarray(np.tile(a, (2, 1)))",
    "np.asfortranarray(a) is a",
    "np.ascontiguousarray(a[::-1])", "np.ascontiguousarray(a) is a",
    "np.tile(a, (2, 1)).transpose(1, 0)", "np.tile(a, (2, 1)).transpose(0, 0)", "a.transpose(1)",
    "np.tile(a, (2, 1)).transpose((-1, 0))", "np.count_nonzero(np.tile(m, 400))",
    "np.repeat(a, 20)", "np.repeat(np.tile(a, (2, 1)), 3, 1)", "np.count_nonzero(m)",
    "np.count_nonzero(m[::2])", "np.extract(m, a)", "np.extract(m[:5], a)",
    "np.take_along_axis(a, i, 0)", "np.bincount(k)", "np.take_along_axis(a, i, axis=None)",
    "np.bincount(k, minlength=12)", "np.bincount(i)", "np.bincount(k[:0])",
    "np.bincount(k, a.real)", "np.searchsorted(np.sort(a), a[::-1])",
    "np.searchsorted(np.sort(a), a, 'right')", "np.searchsorted(np.arange(5), 3)",
    "np.searchsorted(np.arange(5.0), 2.5, side='right')", "np.searchsorted(np.arange(5.0), 2)",
    "np.searchsorted(np.arange(3.0), np.array([np.nan, -np.inf, 1]), side='right')", "np.diag(a)",
    "np.diag(a, 2)", "np.diag(a[::-1], -1)", "np.diag(np.tile(a, (3, 1)), 1)", "np.tri(4)",
    "np.tri(3, 5, -1, int)", "np.tri(2, k=2**40)", "np.tril(np.tile(a, (4, 1)))",
    "np.triu(np.tile(a, (4, 1)), 1)", "np.triu(np.tile(a, (4, 1)).T, -2)", "np.tril(a)",
    "np.append(a, a)", "np.append(a, 1)", "np.append(a, [1.5])", "np.append(a, a, axis=0)",
    "np.append(np.tile(a, (2, 1)), 7)", "np.array_equal(a, a)", "np.array_equal(a, a[::-1])",
    "np.array_equal(a, a[1:])", "np.array_equal(a, [1])", "np.array_equal(a[:0], a[:0])",
    "np.result_type(a, i)", "np.result_type(a, np.float32)", "np.result_type(a, 3)", "a.tobytes()",
    "np.result_type(np.int8, a)", "a[::2].tobytes()", "a.tobytes('F')", "a.conj()", "a.conjugate()",
    "a.conj() is a", "np.isscalar(a)", "np.isscalar(3)", "np.isscalar('a')",
    "np.isscalar([])", "np.iterable(a)", "np.iterable(3)", "np.iterable(np.array(3))", "a.imag",
    "a.imag.flags.writeable", "np.copy(a)", "np.copy(a[::-1])", "np.copy([1, 2])", "a.strides",
    "np.atleast_1d(a)", "np.atleast_1d(3.5)", "np.atleast_2d(a, 1)", "np.atleast_2d(a)",
    "np.outer(a, i)", "np.outer(np.tile(a, (2, 1)), [1, 2])", "np.outer(a, 2)", "np.round(a)",
    "np.round(a, 3)", "np.round(a, -1)", "list(a)", "list(a[::-2])", "tuple(np.tile(a, (2, 1)))",
    "np.squeeze(a[None]).base is a", "np.ravel(a[::-1])", "np.ravel(a)[2:].base is a",
    "np.count_nonzero(a)", "np.tile(a, (2, 1)).T.tolist()",
]  # fmt: skip
if DEVICE == "cpu":
    # A device's copies are in C order, and an element of its array stays there.
    LOOKING += ["np.asfortranarray(np.tile(a, (2, 1))).flags.f_contiguous", "np.isscalar(a[0])"]


@pytest.mark.parametrize("expression", LOOKING)
@given(
    a=samples(shape=st.just((9,)), special=False),
    i=samples("int64", (9,), False, -9, 8),
    k=samples("int64", (9,), False, 0, 20),
    m=samples("bool", (9,)),
)
def test_looking(expression, a, i, k, m):
    code = compile(expression, "<looking>", "eval")

    def call(np, a, i, k, m):
        return eval(code, {"np": np, "a": a, "i": i, "k": k, "m": m})

    check(call, a, i, k, m, check_warnings=False)


def test_native():
    a = mnp.arange(12.0).reshape(3, 4)
    with natively():
        mnp.take(a, [5, -1], mode="wrap")
        a.take([9], axis=1, mode="clip")
        mnp.meshgrid(a[0], a[1], sparse=True)
        a.view("i8").view()
        # Sorting is the host's on every device: a step down too.
        if getattr(a, "device", "cpu") == "cpu":
            mnp.searchsorted(a[0], 2.5, sorter=mnp.array([0, 1, 2, 3]))
            mnp.partition(a, 2)
            a.argpartition([0, 1], axis=0)


@pytest.mark.parametrize("name", ["real", "imag"])
@pytest.mark.parametrize("value", [1, 2.5, 1 + 2j, True, [1 + 2j], np.float32(2), (1, 2)])
def test_parts_of_what_is_no_array(name, value):
    expected, found = getattr(np, name)(value), getattr(mnp, name)(value)
    assert np.array_equal(expected, found)
    assert isinstance(found, mnp.ndarray) == isinstance(expected, np.ndarray)
    if not isinstance(expected, np.ndarray):
        assert type(found) is type(expected)


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap", "maximum"])
@pytest.mark.parametrize(
    "keyword", ["constant_values", "end_values", "stat_length", "reflect_type"]
)
@pytest.mark.parametrize("value", [None, 1])
def test_pad_refuses_what_a_mode_does_not_take(mode, keyword, value):
    def call(module):
        return module.pad(module.array([1, 2, 3]), 1, mode, **{keyword: value})

    try:
        expected = call(np)
    except (ValueError, TypeError) as error:
        with pytest.raises(type(error)):
            call(mnp)
    else:
        assert np.array_equal(call(mnp), expected)
