"""Functions that make arrays, and those that change shape or put arrays together."""

import numpy as np
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import DTYPES, Sample, dtypes, samples, shapes
from subject import DEVICE, LAZY_COUNT

CREATION = [
    "np.zeros(3)", "np.zeros((2, 3), int)", "np.zeros(())", "np.ones((0, 2))", "np.ones(2, bool)",
    "np.full((2, 2), 7)", "np.full(3, 1.5, dtype='int8')", "np.full(2, 1j)", "np.empty((2, 0))",
    "np.full(2, True)", "np.full((2, 3), [1, 2, 3])", "np.full(2, 2**40)", "np.full(2, 2**63)",
    "np.arange(5)", "np.arange(1, 10, 3)", "np.arange(5.0)", "np.arange(0, 1, 0.1)", "np.arange(0)",
    "np.arange(5, 1)", "np.arange(5, 0, -2)", "np.arange(3, dtype='uint8')", "np.arange(1j)",
    "np.arange(0, 1, 0)", "np.arange(2.5, -1, -0.5, dtype='float32')", "np.arange(True)",
    "np.arange(-3, 3, dtype='complex64')", "np.arange('a')", "np.arange()", "np.arange(1, None)",
    "np.linspace(0, 1, 5)", "np.linspace(0, 1, 5, endpoint=False)", "np.linspace(1, 2, 1)",
    "np.linspace(0, 10, 4, dtype=int)", "np.linspace(0, 1, 3, retstep=True)",
    "np.linspace(0, 1, 0)", "np.linspace(0, 1j, 3)", "np.linspace([0, 1], [2, 3], 3)",
    "np.linspace(0, 1, -1)", "np.linspace(0, 1, 3, axis=-1)", "np.logspace(0, 2, 3)",
    "np.geomspace(1, 8, 4)", "np.eye(3)", "np.eye(2, 4, 1)", "np.eye(3, k=-1, dtype=bool)",
    "np.eye(0)", "np.identity(3)", "np.eye(3, k=5)", "np.diag([1, 2, 3])",
    "np.diag([[1, 2], [3, 4]])", "np.tri(3)", "np.eye(-1)", "np.tril(np.ones((3, 3)))",
    "np.triu(np.ones((2, 3)), 1)", "np.meshgrid([1, 2], [3, 4, 5])", "np.indices((2, 3))",
    "np.fromfunction(lambda i, j: i + j, (2, 3))", "np.vander([1, 2, 3])", "np.array(3)",
    "np.array([1, 2.5])", "np.array([[1, 2], [3, 4]], dtype='float32')", "np.array([True, 2])",
    "np.array([1, 1j])", "np.array([])", "np.array([[], []])", "np.array([[1, 2], [3]])",
    "np.array([1, 2], ndmin=3)", "np.array([300], dtype='uint8')", "np.array([-1], dtype='uint8')",
    "np.array(2**63)", "np.array([2**63, -1])", "np.array(1e400)", "np.array([1.5, 'a'])",
    "np.array([np.float32(1), 2])", "np.array((1, (2,)))", "np.array(None)",
    "np.array([np.arange(3), np.arange(3)])", "np.array(range(4))", "np.array({1, 2}).dtype",
    "np.array([np.array(1), 2.0])", "np.asarray([1, 2])", "np.asarray(1, dtype='f2')",
    "np.array([1, 2, 3], copy=False)", "np.array(b'ab').dtype", "np.array('text').dtype",
    "np.frombuffer(b'\\x01\\x02\\x03\\x04', dtype='int16')", "np.fromiter(range(4), float)",
    "np.zeros(-1)", "np.zeros((2, -3))", "np.zeros(2**62)", "np.zeros((2**40, 2**40))",
    "np.zeros(1.5)", "np.zeros('a')", "np.zeros((1,) * 65)", "np.zeros(3, dtype='nope')",
    "np.zeros((1,) * 64).ndim", "np.ones(3, order='X')", "np.zeros(None)",
    "np.array(1, 2, 3, 4, 5)", "np.zeros([2, 3])", "np.zeros(np.int64(3))",
    "np.zeros((np.int8(2), 3))", "np.ones(True)", "np.zeros(3, dtype=object)",
    "np.zeros(2, dtype='U3')", "np.zeros(2, dtype='M8[s]')", "np.zeros_like(np.arange(3))",
    "np.ones_like([1.5, 2])", "np.full_like(np.arange(3), 2.5)",
    "np.zeros_like(np.ones((2, 3)), dtype=bool)", "np.empty_like(np.ones((2, 0))).shape",
    "np.ones_like(3)", "np.full_like([1, 2], 3, dtype=float)",
    "np.zeros_like([1, 2], shape=(2, 2))", "np.array([[True], [2]])",
    "np.array([[1.5, 2], (3, 4j)])", "np.array([[[1], [2]], [[3], [4]]])", "np.array([[1], 2])",
    "np.array([1, [2]])", "np.array([[], 1])", "np.array([(), ()])", "np.array([[1, 2], []])",
    "np.array([np.int64(1), 2.5, np.True_])", "np.array([np.complex128(1j), np.float64(2)])",
    "np.array([2**62, 1.0])", "np.array([-(2**63)])", "np.array([1, 2], 'f4')",
    "np.array([1e300], 'f4')", "np.array([1.5], dtype=int)", "np.array([float('nan')], dtype=int)",
    "np.array([1j], dtype=float)", "np.array([2], dtype=bool)", "np.array([1, 2], dtype='c8')",
    "np.array([1e300j], dtype='c8')", "np.array([True], dtype='i2')",
    "np.array([np.arange(2), np.arange(2.0)])", "np.array([np.arange(2), np.arange(3)])",
    "np.array([np.arange(2), [1, 2]])", "np.array(np.float32(2.5))", "np.array(7, dtype='u1')",
    "np.array([[1, 2]], ndmin=3)",
    "np.arange(np.int64(4))", "np.arange(np.float64(2.5), 5)", "np.arange(np.int8(4))",
    "np.arange(-0.0, 3.0)", "np.arange(7, -8, -3, dtype='i2')", "np.arange(2.0, 9.0, 0.3, 'f4')",
    "np.arange(250, 260, dtype='u1')", "np.arange(0, 2**62, 2**61)", "np.arange(3, step=2)",
    "np.ones([2, 1], 'f4')", "np.ones(4, np.float16)", "np.ones((2, 2), 'c16')",
    "np.zeros((0, 3), 'u1')", "np.full((2, 2), np.float32(1.5))", "np.full(3, 300, 'u1')",
    "np.full(2, 1.5, int)", "np.full(2, 1e300, 'f4')", "np.full_like(np.ones(3, 'i2'), 7)",
    "np.full_like(np.ones(3), True)", "np.ones_like(np.ones((3, 2)).T)",
    "np.zeros_like(np.ones(6)[::2])", "np.eye(2, 3, -1, 'i4')", "np.eye(4, 2, -3)",
    "np.eye(3, k=-(2**62))", "np.linspace(2, -1, 7)", "np.linspace(0, 5e-324, 4)",
    "np.linspace(1, 1, 3)", "np.linspace(-0.0, 0.0, 3)", "np.linspace(0, 1, 1, endpoint=False)",
    "np.linspace(0, 9, 4, False, True)", "np.ndim(np.ones((2, 3)))", "np.shape(np.ones((2, 3)))",
    "np.size(np.ones((2, 3)))", "np.size(np.ones((2, 3)), 1)", "np.size(np.ones((2, 3)), 2)",
    "np.ndim([1])", "np.size(3)", "np.iscomplexobj(np.ones(2, 'c8'))", "np.isrealobj(np.ones(2))",
]  # fmt: skip
if DEVICE == "cpu":
    # A device's copies are in C order.
    CREATION += ["np.array(np.ones((2, 3)).T, copy=True).flags.f_contiguous"]


@pytest.mark.parametrize("expression", CREATION)
def test_creation(expression):
    check(lambda np: eval(expression, {"np": np}), ulps=1)


SHAPE_CHANGES = [
    "a.reshape(-1)", "a.reshape((1,) + a.shape)", "a.reshape(a.shape[::-1])", "a.reshape(7)",
    "a.reshape(-1, -1)", "a.reshape(2, -1)", "np.reshape(a, -1, order='F')", "a.ravel()", "a.T",
    "a.ravel('F')", "a.flatten()", "a.flatten('F')", "a.transpose()", "np.transpose(a, (1, 0))",
    "a.transpose(0)", "a.swapaxes(0, -1)", "np.moveaxis(a, 0, -1)", "np.rollaxis(a, -1)", "a.mT",
    "np.expand_dims(a, 0)", "np.expand_dims(a, (0, -1))", "np.squeeze(a)", "a.squeeze(0)",
    "np.atleast_1d(a)", "np.atleast_2d(a)", "np.atleast_3d(a)", "np.flip(a)", "np.flip(a, 0)",
    "np.fliplr(a)", "np.flipud(a)", "np.rot90(a)", "np.roll(a, 1)", "np.roll(a, -2, axis=0)",
    "np.roll(a, (1, 2), axis=(0, 1))", "np.roll(a, 10**6, axis=-1)", "np.tile(a, 2)",
    "a.diagonal()", "np.tile(a, (2, 1))", "np.tile(a, (2, 1, 1))", "np.tile(a, 0)",
    "np.repeat(a, 2)", "np.trace(a)", "np.repeat(a, 3, axis=0)", "np.repeat(a, [1, 2], axis=0)",
    "a.repeat(0)", "np.repeat(a, -1)", "np.pad(a, 1)",
    "np.pad(a, ((1, 2),) * a.ndim, constant_values=3)", "np.pad(a, 1, mode='edge')",
    "np.pad(a, 1, mode='reflect')", "np.pad(a, 2, mode='wrap')", "np.pad(a, 1, mode='symmetric')",
    "np.broadcast_to(a, (2,) + a.shape)", "np.broadcast_to(a, (3, 3))", "np.split(a, 2)",
    "np.array_split(a, 3)", "np.split(a, [1, 2])", "np.hsplit(a, 2)", "np.vsplit(a, 1)",
    "np.concatenate((a, a))", "np.concatenate((a, a), axis=-1)",
    "np.concatenate((a, a), axis=None)", "np.concatenate([a])", "np.concatenate([])",
    "np.concatenate((a, a[:0]))", "np.stack((a, a))", "np.stack((a, a), axis=-1)",
    "np.vstack((a, a))", "np.hstack((a, a))", "np.dstack((a, a))", "np.column_stack((a, a))",
    "np.append(a, a)", "np.append(a, [[1]], axis=0)", "np.unstack(a)", "np.insert(a, 0, 5)",
    "np.delete(a, 0)", "np.resize(a, (3, 4))", "np.ravel(a)", "np.copy(a)",
    "np.ascontiguousarray(a)", "np.asfortranarray(a)", "np.concatenate((a, a.astype('f4')))",
    "np.concatenate((a, a), dtype='f8', casting='unsafe')", "np.block([[a, a], [a, a]])",
    "np.broadcast_arrays(a, 1)", "a.view('u1').shape", "a.byteswap()", "np.permute_dims(a)",
    "np.diagonal(a)", "a.diagonal(1)", "a.diagonal(-1, -1, 0)",
    "a.diagonal(0, 0, 0)", "a.diagonal().flags.writeable", "a.diagonal(0, 5)", "a.squeeze() is a",
    "np.tile(a, (3, 0))", "np.tile(a, ())", "np.repeat(a, 2, axis=-1)", "np.roll(a, 3, axis=-1)",
    "np.roll(a[::-1], -1)", "np.repeat(a.T, 2)", "np.repeat(a[..., ::-1], 2)",
    "np.stack((a, a), axis=1)", "np.stack((a, a), -4)", "np.hstack([a, a, a])",
    "np.vstack([a.T, a.T])", "np.concatenate((a, 1))", "np.stack([a, a[:1]])", "np.add.outer(a, a)",
    "np.subtract.outer(a[:1], a)", "np.compress(np.ones(len(a), bool), a)",
    "a.compress(a.astype(bool).ravel())", "a.reshape([-1, 1])", "a.reshape((-1,))",
    "a.T.reshape(-1)", "np.matrix_transpose(a)", "np.trim_zeros(a)",
    "a.reshape(a.shape, copy=False)", "a.fill(3)",
]  # fmt: skip


@pytest.mark.parametrize("expression", SHAPE_CHANGES)
@given(
    a=samples(
        shape=st.one_of(shapes(maximum=3), st.sampled_from([(2, 3), (4,), (4, 4), (1, 3, 1)])),
        special=False,
    )
)
def test_shape_changes(expression, a):
    check(lambda np, a: eval(expression, {"np": np, "a": a}), a, check_warnings=False)


@given(data=st.data())
def test_concatenate_dtypes(data):
    parts = data.draw(
        st.lists(samples(shape=st.sampled_from([(2, 3), (1, 3), (0, 3)])), min_size=1, max_size=4)
    )
    axis = data.draw(st.sampled_from([0, 1, -1, None, 2]))
    check(lambda np, *parts: np.concatenate(parts, axis=axis), *parts)


@pytest.mark.parametrize("name", ["roll", "flip", "tile", "repeat", "pad", "concatenate", "stack"])
@pytest.mark.parametrize("dtype", ["float64", "uint8", "complex64"])
def test_large_shape_changes(name, dtype):
    second = {"flip": 0, "concatenate": 0, "stack": 1}.get(name, 2)
    a = Sample(dtype, (LAZY_COUNT // 64, 64))

    def call(np, a):
        first = (a + a, a) if name in ("concatenate", "stack") else a + a
        return getattr(np, name)(first, second) * 2

    check(call, a, check_warnings=False)


@given(
    a=samples(),
    dtype=dtypes,
    copy=st.booleans(),
    casting=st.sampled_from(["unsafe", "unsafe", "same_kind", "safe", "equiv", "no"]),
)
def test_astype(a, dtype, copy, casting):
    # What becomes of numbers beyond an integer's range is the processor's choice in NumPy.
    if np.dtype(dtype).kind in "iu" and np.dtype(a.dtype).kind in "fc":
        a = Sample(a.dtype, a.shape, a.layout, a.seed, False, low=0.0, high=100.0)
    check(lambda np, a: a.astype(dtype, copy=copy, casting=casting), a)


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_astype_large(source, target):
    a = Sample(source, (203, 211), "C", 3, special=False, low=0.0, high=100.0)
    check(lambda np, a: (a + a).astype(target), a)


SORTING = [
    "np.sort(a)", "np.sort(a, axis=0)", "np.sort(a, axis=None)", "np.sort(a, kind='stable')",
    "np.argsort(a, kind='stable')", "np.argsort(a, axis=0, kind='stable')", "np.sort(a, axis=5)",
    "np.unique(a)", "np.median(a)", "np.searchsorted(np.sort(a, axis=None), a)", "a.argmax()",
    "np.searchsorted(np.sort(a, axis=None), 0, side='right')", "np.lexsort((a.ravel(),))",
    "np.searchsorted([1, 2, 3], a)", "np.digitize(a, [0, 1])", "np.sort(a, kind='nope')",
    "np.sort(a[::-1])", "np.partition(a, 0)[..., :1]", "np.argmax(a, axis=-1)", "np.argmin(a)",
    "np.bincount(np.abs(a.real.astype(int)).ravel())", "np.histogram(a.real, 4, (-5, 5))[0]",
    "np.percentile(a, 50)", "np.isin(a, [1, 2])", "np.unique(a, return_counts=True)",
    "np.sort_complex(a)", "np.extract(a > 0, a)", "np.select([a > 0, a < 0], [a, -a])",
    "np.choose(a.real.astype(int) % 2, [a, a])", "np.compress([True, False], a, axis=0)",
    "np.interp(a, [0, 1, 2], [0, 10, 20])", "np.convolve(a.ravel(), [1, 2])", "np.gradient(a)",
    "np.array_equal(a, a)", "np.allclose(a, a)", "np.cross([1, 2, 3], [4, 5, 6])", "np.round(a, 1)",
    "a.round()", "np.fix(a)", "np.real(a)", "np.imag(a)", "np.angle(a)", "a.real", "a.imag",
    "a.conj()", "np.nan_to_num(a)", "np.iscomplexobj(a)", "np.sinc(a)", "np.i0(a)", "np.sign(a)",
]  # fmt: skip


@pytest.mark.parametrize("expression", SORTING)
@given(a=samples(shape=st.one_of(shapes(maximum=3), st.just((50,))), special=False))
def test_sorting_and_functions(expression, a):
    check(
        lambda np, a: eval(expression, {"np": np, "a": a}),
        a,
        relative=1e-2 if a.dtype == "float16" else 1e-5,
        check_warnings=False,
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_sort_large(dtype):
    a = Sample(dtype, (60_000,), "C", 5)
    # The two zeros are equal: in which order they come out is nobody's promise. NumPy's addition
    # warns of the NaN that its own sort of halves leaves.
    check(lambda np, a: np.sort(a) + 0, a, check_warnings=False)
    check(lambda np, a: np.argsort(a, kind="stable"), a)
    check(lambda np, a: np.searchsorted(np.sort(a), a[:500]), a)


@given(a=samples(st.sampled_from(["float16", "float32", "float64", "complex128"]), (40,), True))
def test_sort_puts_nan_last(a):
    check(lambda np, a: np.sort(np.where(np.isnan(a), np.nan, a) + 0), a, check_warnings=False)
