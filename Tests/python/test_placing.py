"""Elements written in place, blocks and grids of coordinates, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import samples, shapes
from subject import mnp, natively


def after(call):
    """What the first argument is after the call."""

    def changed(np, a, *rest):
        a = a.copy("K")
        assert call(np, a, *rest) is None
        return a

    return changed


@given(data=st.data())
def test_put_along_axis(data):
    shape = data.draw(shapes(1, 3))
    a = data.draw(samples(shape=shape, special=False, low=0, high=9))
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape))))
    seed = data.draw(st.integers(0, 9))
    kind = data.draw(st.sampled_from(["number", "same", "float", "list"]))

    def call(np, a):
        rng = np.random.default_rng(seed)
        size = a.size if axis is None else a.shape[axis] if -a.ndim <= axis < a.ndim else 1
        where = (3,) if axis is None else (*a.shape[:-1], 2)
        if axis is not None and a.ndim:
            where = list(a.shape)
            where[axis if -a.ndim <= axis < a.ndim else 0] = 2
        indices = (
            rng.permutation(max(size, 1))[: where[0]] if axis is None else np.zeros(where, int)
        )
        values = {"number": 3, "same": np.ones(np.shape(indices), a.dtype), "float": 2.0}.get(kind)
        np.put_along_axis(a, indices, [5] if kind == "list" else values, axis)

    check(after(call), a, check_warnings=False)


@given(data=st.data())
def test_fill_diagonal(data):
    shape = data.draw(
        st.sampled_from([(3, 3), (2, 5), (7, 2), (12, 3), (3, 0), (0, 3), (4, 1), (2, 2, 2), (3,)])
    )
    a = data.draw(samples(shape=shape, special=False, low=0, high=9))
    value = data.draw(st.sampled_from([1, 2.5, True, [1, 2], [[3, 4], [5, 6]], [], 1e3, -1]))
    wrap = data.draw(st.booleans())
    check(after(lambda np, a: np.fill_diagonal(a, value, wrap)), a, check_warnings=False)
    check(after(lambda np, a: np.fill_diagonal(a.T, np.arange(3), wrap)), a, check_warnings=False)


def test_writing_goes_to_the_memory_that_views_share():
    a = mnp.zeros((4, 6))
    with natively():
        mnp.fill_diagonal(a[:, ::2], 5)
        mnp.put_along_axis(a[1:3], mnp.array([[1], [3]]), 7, 1)
    expected = np.zeros((4, 6))
    np.fill_diagonal(expected[:, ::2], 5)
    np.put_along_axis(expected[1:3], np.array([[1], [3]]), 7, 1)
    np.testing.assert_array_equal(a, expected)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.fill_diagonal(m.zeros(3), 1),
        lambda m: m.fill_diagonal(m.zeros((2, 3, 2)), 1),
        lambda m: m.fill_diagonal(m.zeros((2, 2), "int8"), 300),
        lambda m: m.fill_diagonal(m.zeros((2, 2), "int8"), float("nan")),
        lambda m: m.fill_diagonal(m.broadcast_to(m.zeros(2), (2, 2)), 1),
        lambda m: m.put_along_axis(m.zeros(3), m.array([1.0]), 1, 0),
        lambda m: m.put_along_axis(m.zeros(3), m.array([[1]]), 1, 0),
        lambda m: m.put_along_axis(m.zeros(3), m.array([[1]]), 1, None),
        lambda m: m.put_along_axis(m.zeros(3), m.array([3]), 1, 0),
        lambda m: m.put_along_axis(m.zeros(3), m.array([1]), m.zeros(2), 0),
        lambda m: m.put_along_axis(m.zeros(3), m.array([1]), 1, 1),
        lambda m: m.block([[m.zeros(2)], m.zeros(2)]),
        lambda m: m.block([[m.zeros((2, 2)), m.zeros((3, 2))]]),
        lambda m: m.block([]),
        lambda m: m.block([[]]),
        lambda m: m.block((1, 2)),
        lambda m: m.ix_(m.zeros((2, 2), int)),
        lambda m: m.diag_indices_from(m.zeros(3)),
        lambda m: m.diag_indices_from(m.zeros((3, 2))),
        lambda m: m.indices((-1,)),
        lambda m: m.indices(3),
    ],
)
def test_refusals(call):
    check(call)


@given(data=st.data())
def test_block(data):
    rows = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    columns = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    dtypes = data.draw(st.lists(st.sampled_from(["int8", "float32", "bool"]), min_size=9))
    order = data.draw(st.sampled_from("CF"))

    def call(np):
        blocks = [
            [np.full((r, c), i + j, dtypes[i * 3 + j], order=order) for j, c in enumerate(columns)]
            for i, r in enumerate(rows)
        ]
        return np.block(blocks)

    check(call)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.block(m.arange(3)),
        lambda m: m.block(5),
        lambda m: m.block([1, 2.5, m.array([3, 4])]),
        lambda m: m.block([[1, 2], [3, 4]]),
        lambda m: m.block([m.ones((2, 2)), m.zeros((2, 1))]),
        lambda m: m.block([[[m.ones((1, 2, 2))]], [[m.zeros((3, 2, 2))]]]),
        lambda m: m.block([[m.ones(3)], [m.zeros(3)]]),
        lambda m: m.block([m.asfortranarray(m.ones((2, 2))), m.asfortranarray(m.ones((2, 2)))]),
        lambda m: m.indices((2, 3)),
        lambda m: m.indices((2, 0, 3), dtype="uint8"),
        lambda m: m.indices((2, 3), dtype="float32", sparse=True),
        lambda m: m.indices(()),
        lambda m: m.indices((300,), dtype="int8"),
        lambda m: m.ix_([0, 1], [True, False, True], m.arange(3)),
        lambda m: m.ix_(),
        lambda m: m.ix_([]),
        lambda m: m.diag_indices_from(m.zeros((3, 3, 3))),
        lambda m: m.atleast_3d(1, m.arange(3), m.zeros((2, 2)), m.zeros((1, 2, 3))),
        lambda m: m.atleast_3d(m.arange(3)),
        lambda m: m.atleast_1d(3),
        lambda m: m.atleast_2d([1, 2], 5),
        lambda m: m.atleast_1d(),
    ],
)
def test_calls(call):
    check(call)


def test_grids_are_native():
    with natively():
        big = mnp.block([[mnp.ones((300, 400)), mnp.zeros((300, 500))], [mnp.ones((2, 900))]])
        assert big.shape == (302, 900)
        assert big.sum() == 300 * 400 + 1800
        mnp.indices((3, 4))
        a = mnp.arange(5)
        assert mnp.atleast_1d(a) is a
        assert mnp.atleast_3d(mnp.zeros((1, 2, 3))).shape == (1, 2, 3)
        index = mnp.ix_(a, a)
        index[0][0] = 9
        assert a[0] == 9
