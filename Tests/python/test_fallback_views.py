"""Across a step down arrays keep who they are: views, their bases, `out=`, and writing in place."""

import io
import warnings

import numpy as np
import pytest
from compare import check
from subject import IS_NUMPY, mnp, natively, needs_martlet

VIEWS = [
    "np.diagonal(a)",
    "a.diagonal(1)",
    "np.broadcast_arrays(a, a[0])[0]",
    "np.rot90(a)",
    "np.fliplr(a)",
    "np.flip(a)",
    "np.moveaxis(a, 0, 1)",
    "np.rollaxis(a, 1)",
    "np.array_split(a, 2)[1]",
    "np.hsplit(a, 2)[1]",
    "np.atleast_3d(a)",
    "np.real_if_close(a)",
    "a.view('int32')",
    "a.view('int64')",
    "a.getfield('float64')",
    "np.asfortranarray(a.T)",
    "np.require(a, requirements=['C'])",
    "np.ascontiguousarray(a)",
    "np.asanyarray(a)",
    "np.matrix_transpose(a)",
    "np.linalg.diagonal(a)",
    "np.linalg.matrix_transpose(a)",
    "np.trim_zeros(a[0])",
]


@pytest.mark.parametrize("expression", VIEWS)
def test_views_of_arguments(expression):
    """As NumPy's: whether it is a view, of what, and whether both see what is written."""

    def call(np):
        a = np.zeros((3, 4))
        a[...] = np.arange(12.0).reshape(3, 4) + 1
        view = eval(expression, {"np": np, "a": a})
        base = view.base is a, view is a
        a[...] = 5
        seen = view.copy()
        if view.flags.writeable:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a broadcast array may become read-only
                view[...] = 7
        return base, seen, a, view.strides, view.flags.writeable

    check(call, check_warnings=False)


def test_views_of_views():
    def call(np):
        a = np.arange(24.0)
        b = a[4:].reshape(4, 5)
        c = np.diagonal(b)
        d = np.lib.stride_tricks.sliding_window_view(c, 2)
        a[4] = -1
        return b.base is a, c.base is a, c, d

    check(call)


@needs_martlet
def test_views_by_strides():
    """NumPy gives these another base, which Martlet has no reason to."""
    a = mnp.arange(12.0).reshape(3, 4).copy()
    windows = mnp.lib.stride_tricks.sliding_window_view(a, 2, axis=1)
    steps = mnp.lib.stride_tricks.as_strided(a, (2, 2), (16, 8))
    assert windows.base is a
    assert steps.base is a
    assert not windows.flags.writeable
    steps[1, 0] = 100
    assert a[0, 2] == 100
    assert windows[0, 2, 0] == 100


STRIDED = [
    "f(a, (2, 2), (16, 8))", "f(a)", "f(a, (5,))", "f(a, (5,), (8,))", "f(a[::-1], (3,), (-32,))",
    "f(a[1:, 1:], (2, 2), (0, 16))", "f(a, (0, 3), (800, 8))", "f(a, (), ())", "f(a.T)",
    "f(a, (2,), (12,)).shape", "f(a, (2, 2), (8,))", "f(a, (-1,))", "f(a, strides=(8, 24))",
    "f(a, (3,), (8,), writeable=False)", "f([1.0, 2.0], (3, 2), (0, 8))",
    "np.broadcast_arrays(a, a[0], 1.5)", "np.broadcast_arrays()", "np.broadcast_arrays(a)[0] is a",
    "np.broadcast_arrays(a, [1, 2])", "np.broadcast_arrays(a[:, :1], a[:1], subok=True)",
]  # fmt: skip


@pytest.mark.parametrize("expression", STRIDED)
def test_elements_by_strides_and_in_one_shape(expression):
    def call(np):
        a = np.arange(12.0).reshape(3, 4)
        return eval(expression, {"np": np, "a": a, "f": np.lib.stride_tricks.as_strided})

    check(call, check_warnings=False)


@needs_martlet
def test_elements_by_strides_are_native():
    a = mnp.ones((3, 4))
    with natively():
        mnp.lib.stride_tricks.as_strided(a, (2, 2), (16, 8))
        assert mnp.broadcast_arrays(a, a[0])[1].base is a


@needs_martlet
def test_views_that_stay_pending_readers_right():
    a = mnp.arange(40_000.0)
    later = a * 2
    view = mnp.lib.stride_tricks.as_strided(a, (3,), (8,))
    view[...] = -1
    assert later[:3].tolist() == [0, 2, 4]
    assert a[:4].tolist() == [-1, -1, -1, 3]
    assert (view * 2).tolist() == [-2, -2, -2]


@needs_martlet
def test_a_lent_array_is_its_own_again():
    a = mnp.ones(40_000)
    mnp.nanmedian(a)
    assert (a + 1)._is_pending
    kept = mnp.lib.stride_tricks.sliding_window_view(a, 2)
    assert (a + 1)._is_pending
    assert kept.base is a


OUTS = [
    "np.nanmedian(a, axis=0, out=out)",
    "np.nanmax(a, 0, out)",
    "np.median(a, axis=0, out=out)",
    "np.add(a[0], a[1], out=(out,))",
    "np.add(a[0], a[1], out)",
    "np.einsum('ij->j', a, out=out)",
    "np.choose([0, 1, 0, 1], a[:2], out=out)",
    "np.compress([True], a[:1], axis=0, out=out.reshape(1, 4)).reshape(4).base",
    "np.quantile(a, 0.5, axis=0, out=out)",
    "np.linalg.multi_dot([a[0], np.eye(4)], out=out)",
    "a.trace(out=out[:1].reshape(()))",
]


@pytest.mark.parametrize("expression", OUTS)
def test_out_is_the_callers(expression):
    def call(np):
        a = np.arange(12.0).reshape(3, 4)
        out = np.zeros(4)
        result = eval(expression, {"np": np, "a": a, "out": out})
        return result is out, out, result

    check(call)


@needs_martlet
def test_out_of_numpy_is_the_callers():
    a = mnp.arange(12.0).reshape(3, 4)
    out = np.zeros(4)
    assert mnp.nanmedian(a, axis=0, out=out) is out
    assert out.tolist() == [4, 5, 6, 7]
    assert mnp.nanmax(a, 0, out) is out
    assert mnp.fft.fft(a[0], out=(held := np.zeros(4, complex))) is held
    whole, part = np.zeros(4), np.zeros(4)
    assert np.modf(a[0] + 0.5, out=(whole, part))[0] is whole
    assert part.tolist() == [0, 1, 2, 3]


IN_PLACE = [
    "np.putmask(a, a > 4, -1.0)",
    "np.put_along_axis(a, np.argmax(a, axis=1, keepdims=True), 99, axis=1)",
    "np.place(a, a > 4, [1, 2])",
    "np.copyto(a, 3)",
    "np.copyto(a, a[0], where=a > 3)",
    "np.fill_diagonal(a, 7)",
    "np.put(a, [0, 5], [8, 9])",
    "np.random.default_rng(1).shuffle(a)",
    "np.random.RandomState(1).shuffle(a)",
    "np.random.seed(1); np.random.shuffle(a)",
    "np.random.default_rng(2).random(out=a)",
    "np.random.default_rng(2).permuted(a, axis=1, out=a)",
    "np.nan_to_num(a, copy=False, posinf=1)",
    "a.byteswap(inplace=True); a.byteswap(True)",
    "a.byteswap(inplace=True)",
    "a.sort(axis=0)",
    "a.sort(kind='stable')",
    "a.partition(1); a.sort()",
    "a[::-1].partition(2, axis=0); a.sort(axis=0)",
    "a.put([1, 2], [5, 6])",
    "a.setfield(3, 'float64')",
    "a.fill(3)",
    "a.flat = [1, 2, 3]",
    "a.flat[3:6] = 0",
    "a.T.flat[2] = 77",
    "a.setflags(write=False)",
    "a.real = 4",
    "a |= 1",
    "np.add.at(a, [0, 0, 1], 1)",
    "np.ndarray.sort(a, axis=0)",
    "np.multiply.at(a, (slice(None), 1), 2)",
    "np.apply_along_axis(lambda row: row.sort(), 1, a)",
]


@pytest.mark.parametrize("statement", IN_PLACE)
@pytest.mark.parametrize("of", ["whole", "view"])
def test_in_place(statement, of):
    def call(np):
        root = np.zeros((4, 6))
        root[...] = (np.arange(24.0).reshape(4, 6) * 7) % 11
        a = root if of == "whole" else root[1:, ::2]
        names = {"np": np, "a": a}
        exec(statement, names)
        return names["a"] is a, a, root, a.flags.writeable

    check(call)


@pytest.mark.parametrize(
    "statement",
    [
        "a.resize(2, 2)",
        "a.resize((2, 5))",
        "a.resize(0)",
        "a.resize(3, 2)",
        "a.resize()",
        "a.resize(None)",
        "a.resize(-1)",
        "a.resize(4, nope=1)",
        "b = a; a.resize(3)",
        "b = a[1:]; a.resize(3)",
        "b = a[1:]; b.resize(3)",
        "a = a.reshape(2, 3).T.copy('F'); a.resize(2, 2)",
        "a = a[::2]; a.resize(2)",
    ],
)
def test_resize(statement):
    def call(np):
        names = {"np": np}
        lines = "; ".join(["a = np.ones(6)", "a[:] = np.arange(6.0)", statement])
        # In a function, so that the array has one reference, as in a program.
        exec(f"def body(np):\n  {lines}\n  return a, a.shape, a.strides", names)
        return names["body"](np)

    check(call)


@needs_martlet
def test_resize_leaves_views_their_memory():
    a = mnp.arange(1000.0)
    view = a[900:]
    a.resize(2, refcheck=False)
    assert a.tolist() == [0, 1]
    assert view.shape == (100,)
    view.tolist()
    a.resize(6, refcheck=False)
    assert a.tolist() == [0, 1, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="references"):
        held = np.asarray(a)
        a.resize(3, refcheck=False)
    assert held.shape == (6,)


def test_flat():
    def call(np):
        a = np.zeros((2, 3))
        a[...] = np.arange(6.0).reshape(2, 3)
        flat = a.flat
        first = [next(flat), next(flat)]
        found = [
            flat.index,
            flat.coords,
            flat.base is a,
            len(flat),
            flat[3],
            flat[1:4],
            flat[[0, 2]],
        ]
        flat[0] = 9
        a.flat[a.flat > 3] = -1
        rest = list(flat)
        return first, found, rest, a, a.T.flat.copy(), np.asarray(a.flat), a.flat == a.flat

    check(call)


@pytest.mark.parametrize(
    "expression",
    [
        "np.linalg.multi_dot((a, a, a))",
        "np.block([[a, a], [a, a]])",
        "np.select([a > 0, a < 0], [a, -a], default=np.zeros(4))",
        "np.piecewise(a, [a > 0], [lambda x: x * 2, 5])",
        "np.einsum('ij,jk,kl', a, a, a, optimize=True)",
        "np.meshgrid(a[0], a[1], sparse=True, indexing='ij')",
        "np.ix_(a[0] > 0, a[1] > 0)",
        "np.fromiter((x for x in a[0]), float)",
        "np.fromiter((row for row in a), np.dtype((float, 4)))",
        "np.concatenate([*(row for row in a)])",
        "np.vstack(tuple(a))",
        "np.array([a, [a[0], list(a[1]), a[2].tolist(), np.zeros(4)]])",
        "np.histogramdd([a[0], a[1]], bins=[np.linspace(-5, 5, 3), 2])",
        "np.linalg.svd(a, compute_uv=False)",
        "np.unique_counts(a[0])._fields",
        "np.linalg.eigh(a + a.T).eigenvalues",
        "np.apply_along_axis(np.linalg.norm, 0, a)",
        "np.apply_along_axis(np.sum, 0, a)",
        "np.apply_over_axes(np.sum, a, [0, 1])",
        "np.pad(a, [(1, 0), (0, 1)], constant_values=a[0, 0])",
        "np.nanmedian(a=a, axis=-1, keepdims=True)",
        "np.interp(x=a[0], xp=np.arange(3), fp=[1, 2, 3])",
        "np.lexsort([a[0], a[1]])",
        "np.r_[a[0], 1, a[1], 2:4]",
        "np.c_[a[0], a[1]]",
        "np.savetxt(buffer, a)",
        "np.save(buffer, a)",
        "np.asarray_chkfinite(a)",
        "np.unravel_index(np.argmax(a), a.shape)",
        "np.poly1d(a[0])(a[1])",
        "np.polynomial.Polynomial([1, 2, 3])(a)",
        "np.frompyfunc(lambda x, y: x + y, 2, 1)(a, a).astype(float)",
    ],
)
def test_arguments_and_results_of_any_shape(expression):
    def call(np):
        a = np.zeros((4, 4))
        a[...] = (np.arange(16.0).reshape(4, 4) * 5) % 7 - 3
        return eval(expression, {"np": np, "a": a, "buffer": io.BytesIO()})

    check(call, relative=1e-9)


def test_lists_that_contain_themselves():
    def call(np):
        endless = [1]
        endless.append(endless)
        return np.nanmax(endless)

    with pytest.raises((ValueError, TypeError)):
        call(np)
    with pytest.raises((ValueError, TypeError)):
        call(mnp)


def test_containers_of_other_types():
    class Rows(list):
        pass

    class Sequence:
        def __init__(self, rows):
            self.rows = rows

        def __len__(self):
            return len(self.rows)

        def __getitem__(self, i):
            return self.rows[i]

    def call(np, kind):
        rows = kind([np.eye(2), np.ones((2, 2)) * 2])
        return np.linalg.multi_dot(rows), np.nanmax(rows)

    check(lambda np: call(np, Rows))
    check(lambda np: call(np, Sequence))


@needs_martlet
def test_protocols_do_not_recurse():
    a = mnp.ones((2, 2))
    assert type(np.linalg.norm(a)) is np.float64
    assert type(np.nanmedian(a, axis=0)) is mnp.ndarray
    assert type(np.concatenate([a, np.ones((2, 2))])) is mnp.ndarray
    assert type(np.where(a > 0, a, 1)) is mnp.ndarray

    class Rows(list):
        pass

    result = np.block(Rows([Rows([a, a])]))
    assert result.shape == (2, 4)


@needs_martlet
def test_fortran_results_and_large_ones_are_shared_not_copied():
    a = mnp.random.default_rng(1).normal(size=(300, 200))
    for result in (mnp.linalg.pinv(a), mnp.linalg.inv(a.T @ a).T):
        assert type(result) is mnp.ndarray
        assert (result + 1)._is_pending  # nobody else can write it


@pytest.mark.skipif(IS_NUMPY, reason="it is about Martlet alone")
def test_archives_hold_martlets_arrays(tmp_path):
    mnp.savez(tmp_path / "file.npz", a=mnp.ones(3), names=mnp.array(["x"]))
    with mnp.load(tmp_path / "file.npz") as archive:
        assert type(archive["a"]) is mnp.ndarray
        assert sorted(archive) == ["a", "names"]
        assert isinstance(archive, np.lib.npyio.NpzFile)
        assert archive["names"].tolist() == ["x"]


@needs_martlet
def test_many_results_of_many_arrays():
    """Each is the caller's own array, or a view of it."""
    whole = mnp.arange(400.0)
    arrays = [mnp.arange(4.0) + i for i in range(50)] + [
        whole[4 * i : 4 * i + 4] for i in range(50)
    ]
    own = mnp.broadcast_arrays(*arrays)
    assert all(a is b for a, b in zip(own, arrays, strict=True))
    views = mnp.broadcast_arrays(*arrays, mnp.zeros((3, 1)))
    for view, array in zip(views, arrays, strict=False):
        assert np.shares_memory(np.asarray(view), np.asarray(array))
        assert view.base is (whole if array.base is whole else array)
        np.testing.assert_array_equal(view[2], array)
    arrays[7][0] = whole[0] = -5
    assert views[7][1, 0] == -5 and views[50][1, 0] == -5
