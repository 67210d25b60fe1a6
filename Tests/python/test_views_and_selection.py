"""Views of another dtype, grids of coordinates, and the options of selecting and searching."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, samples
from subject import mnp, natively

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
