"""Elements written in place, blocks and grids of coordinates, against NumPy."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import samples, shapes
from subject import IS_NUMPY, mnp, natively


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


WRITES = [
    lambda m, a: m.putmask(a, a > 3, 7),
    lambda m, a: m.putmask(a, a > 3, a * 0 + 1),
    lambda m, a: m.putmask(a, a > 3, m.arange(5).astype(a.dtype)),
    lambda m, a: m.putmask(a, a > 3, [1, 2]),
    lambda m, a: m.putmask(a, m.array([True, False]), 1),
    lambda m, a: m.putmask(a, a > 3, 2.5),
    lambda m, a: m.putmask(a, a > 3, m.array([2.5, 1])),
    lambda m, a: m.place(a, a > 3, m.arange(3).astype(a.dtype)),
    lambda m, a: m.place(a, a > 3, m.array(9).astype(a.dtype)),
    lambda m, a: m.place(a, a > 10**6, m.zeros(0, a.dtype)),
    lambda m, a: m.place(a, a > 3, m.zeros(0, a.dtype)),
    lambda m, a: m.put(a, [0, -1, 3], [7, 8]),
    lambda m, a: m.put(a, m.array([[0, 2], [0, 2]]), m.array([1, 2, 3, 4])),
    lambda m, a: m.put(a, [0, 99999999], 5),
    lambda m, a: m.put(a, [1, -7, 99], [5, 6], mode="wrap"),
    lambda m, a: m.put(a, [1, -7, 9999999], [5, 6], mode="clip"),
    lambda m, a: m.put(a, [1, 2], []),
    lambda m, a: m.put(a, [], [1]),
    lambda m, a: m.put(a, [0.5], 1),
    lambda m, a: a.put([1, 2], 9.5),
    lambda m, a: m.copyto(a, a[::-1]),
    lambda m, a: m.copyto(a, a[0]),
    lambda m, a: m.copyto(a, 5),
    lambda m, a: m.copyto(a, 2.5),
    lambda m, a: m.copyto(a, 10**6),
    lambda m, a: m.copyto(a, m.array([2.5]), casting="unsafe"),
    lambda m, a: m.copyto(a, m.array([2.5])),
    lambda m, a: m.copyto(a, m.ones((9, 9))),
    lambda m, a: m.copyto(a, [1] * a.shape[-1]),
    lambda m, a: m.copyto(a, a * 2, where=a > 3),
    lambda m, a: m.copyto(a, a[0], where=a[0] > 1),
    lambda m, a: m.copyto(a, 1, where=a > 3),
    lambda m, a: m.copyto(a, 1, where=m.ones((5, 5))),
    lambda m, a: m.copyto(a, True),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("size", [(4, 3), (7,), (200, 300)])
@pytest.mark.parametrize("dtype", ["int64", "float32", "int8"])
def test_writes(write, size, dtype):
    def call(m):
        a = (m.arange(np.prod(size)) % 50).astype(dtype).reshape(size)
        view = a[..., ::-1] if size == (7,) else a
        write(m, view)
        return a

    check(call, check_warnings=False)


@pytest.mark.parametrize("size", [(3, 4), (2, 3, 4), (5,), (300, 200), (0, 3), ()])
@pytest.mark.parametrize("k", [0, 1, -2, 99, -99])
def test_triangles(size, k):
    def call(m):
        a = m.arange(1, 1 + int(np.prod(size))).reshape(size)
        return m.tril(a, k), m.triu(a.astype("complex64"), k), m.tril(a > 3, k)

    if size:
        check(call)
        check(lambda m: m.triu(m.ones(size).T, k))
    else:
        check(lambda m: m.tril(m.ones(size), k))
    check(lambda m: (m.tri(3, 700, k), m.tri(5, k=k, dtype="int8"), m.diag(m.arange(400), k)))
    check(lambda m: m.diag(m.arange(12).reshape(3, 4), k))


@pytest.mark.parametrize(
    "call",
    [
        lambda m: (m.ndim([[1, 2]]), m.ndim(3), m.shape([[1, 2]]), m.shape(2.5), m.size([1, 2])),
        lambda m: (m.size(m.ones((2, 3)), 1), m.size(m.ones((2, 3)), (0, 1))),
        lambda m: m.size(m.ones((2, 3)), 2),
        lambda m: (m.iscomplexobj([1j]), m.iscomplexobj(2.0), m.isrealobj([1]), m.isrealobj(1j)),
        lambda m: (m.iterable([1]), m.iterable("ab"), m.iterable(5), m.iterable(None)),
        lambda m: (m.iterable({1: 2}), m.iterable(m.array(1)), m.iterable(iter([]))),
        lambda m: (m.isscalar(1), m.isscalar("a"), m.isscalar([1]), m.isscalar(None)),
        lambda m: (m.isscalar(m.array(1)), m.isscalar(np.float32(1)), m.isscalar(1j)),
        lambda m: m.result_type(m.ones(2, "int8"), m.ones(2, "float32")),
        lambda m: (m.result_type(m.ones(2, "int8"), 3), m.result_type(m.ones(2, "int8"), 3.5)),
        lambda m: (m.result_type("f4", "i8"), m.result_type(np.float32, 1j)),
        lambda m: m.result_type(),
        lambda m: m.meshgrid([1, 2], m.arange(3.0), indexing="ij"),
        lambda m: m.meshgrid(m.arange(3), m.arange(2), m.arange(4), sparse=True),
        lambda m: m.meshgrid(),
        lambda m: m.meshgrid(3),
        lambda m: m.meshgrid([1], indexing="x"),
        lambda m: m.meshgrid([1], nope=1),
        lambda m: m.arange(stop=3),
        lambda m: m.arange(),
        lambda m: m.arange(start=1, stop=4),
        lambda m: m.ravel(m.arange(6).reshape(2, 3), order="F"),
        lambda m: m.eye(3, k=1, dtype=int),
        lambda m: m.identity(2),
    ],
)
def test_facts_and_grids(call):
    check(call)


WEIGHTS = np.arange(1.0, 17)
DIFFERENTIABLE = [
    lambda m, x: m.block([[x, x * 2], [x, x]]).reshape(16),
    lambda m, x: m.pad(x, (2, 1)),
    lambda m, x: m.pad(x.reshape(2, 2), 1, constant_values=3).reshape(16),
    lambda m, x: m.pad(x, (2, 1), "mean"),
    lambda m, x: m.pad(x, 2, "linear_ramp"),
    lambda m, x: m.pad(x, 2, "reflect", reflect_type="odd"),
    lambda m, x: m.diag(x).reshape(16),
    lambda m, x: m.diag(x.reshape(2, 2)),
    lambda m, x: m.tril(x.reshape(2, 2)).reshape(4),
    lambda m, x: m.meshgrid(x, x)[0].reshape(16),
    lambda m, x: m.polyval(x, m.arange(3.0)),
    lambda m, x: m.polyval([1.0, 2, 3], x),
    lambda m, x: m.polyint(m.polyder(x)),
    lambda m, x: m.apply_along_axis(lambda row: row * 2, 0, x),
    lambda m, x: m.piecewise(x, [x > 2.5], [lambda v: v * 3, 0]),
]


@pytest.mark.skipif(IS_NUMPY, reason="NumPy has no derivatives")
@pytest.mark.parametrize("function", DIFFERENTIABLE)
def test_derivatives(function):
    import martlet

    def loss(x):
        y = function(mnp, x)
        return (y * mnp.array(WEIGHTS[: y.size])).sum()

    x = np.array([1.0, 2, 3, 4])
    slopes = np.asarray(martlet.grad(loss)(mnp.array(x)))
    for i in range(4):
        step = np.eye(4)[i] * 1e-6
        rise = float(loss(mnp.array(x + step))) - float(loss(mnp.array(x - step)))
        assert abs(slopes[i] - rise / 2e-6) < 1e-4
