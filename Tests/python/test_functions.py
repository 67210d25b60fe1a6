"""Functions that are rows of the table: their answers are NumPy's, and they are computed here."""

import martlet
import numpy
import pytest
from compare import check
from hypothesis import given
from hypothesis import strategies as st
from strategies import samples
from subject import needs_martlet

COMPARING = [
    "np.isclose(a, a)", "np.isclose(a, b)", "np.isclose(a, 1)", "np.isclose(2.5, a)",
    "np.isclose(a, b, rtol=0.5, atol=1)", "np.isclose(a, a, equal_nan=True)",
    "np.allclose(a, a)", "np.allclose(a, b, rtol=1)", "np.allclose(a, a, equal_nan=True)",
    "np.array_equal(a, a)", "np.array_equal(a, b)", "np.array_equal(a, a, equal_nan=True)",
    "np.array_equal(a, a[..., None])", "np.array_equiv(a, a[None])", "np.array_equiv(a, b)",
    "np.iscomplex(a)", "np.isreal(a)", "np.isposinf(a)", "np.isneginf(a)", "np.sort_complex(a)",
]  # fmt: skip


@pytest.mark.parametrize("expression", COMPARING)
@given(a=samples(shape=st.sampled_from([(), (3,), (2, 3), (0,)])), seed=st.integers(0, 3))
def test_comparing(expression, a, seed):
    def run(np, a):
        b = np.asarray(numpy.random.default_rng(seed).integers(-3, 3, numpy.shape(a)))
        return eval(expression, {"np": np, "a": a, "b": b})

    check(run, a, check_warnings=False)


POSITIONS = [
    "np.unravel_index(5, (2, 3))", "np.unravel_index([[5, 0], [1, 2]], (2, 3))",
    "np.unravel_index([5, 4], (2, 3), order='F')", "np.unravel_index(6, (2, 3))",
    "np.unravel_index(-1, (2, 3))", "np.unravel_index([], (2, 3))", "np.unravel_index(0, ())",
    "np.unravel_index(1.5, (2, 3))", "np.unravel_index(np.array([3], 'i2'), 7)",
    "np.unravel_index(1, (0, 2))", "np.unravel_index(1, (2, -2))",
    "np.ravel_multi_index(([0, 1], [2, 1]), (2, 3))",
    "np.ravel_multi_index((0, 1), (2, 3), order='F')",
    "np.ravel_multi_index(([0, 5], [2, 1]), (2, 3))",
    "np.ravel_multi_index(([0, 5], [-2, 1]), (2, 3), mode='wrap')",
    "np.ravel_multi_index(([0, 5], [-2, 1]), (2, 3), mode='clip')",
    "np.ravel_multi_index(([0, 5], [2, 1]), (2, 3), mode=('clip', 'raise'))",
    "np.ravel_multi_index(np.array([[0, 1], [2, 0]]), (3, 3))",
    "np.ravel_multi_index([[1, 0]], (2, 3))", "np.ravel_multi_index((1.5, 0), (2, 3))",
    "np.diag_indices(3)", "np.diag_indices(2, 3)", "np.diag_indices(0)", "np.diag_indices(-1)",
    "np.tril_indices(3)", "np.tril_indices(3, 1)", "np.tril_indices(3, -1, 5)",
    "np.tril_indices(2.0)",
    "np.triu_indices(3, 0.5)", "np.diag_indices(2.0)", "np.tril_indices_from(np.ones((2, 2)), 0.5)",
    "np.triu_indices(3)", "np.triu_indices(4, 1, 2)", "np.triu_indices(0)", "np.tril_indices(-1)",
    "np.tril_indices_from(np.zeros((2, 4)), 1)", "np.triu_indices_from(np.zeros((3, 3)))",
    "np.tril_indices_from(np.zeros(3))", "np.choose([0, 1, 1], ([1, 2, 3], [4, 5, 6]))",
    "np.choose([[0], [1]], ([1, 2, 3], 7.5))", "np.choose([0, 2], ([1, 2], [3, 4]))",
    "np.choose([0, 5], ([1, 2], [3, 4]), mode='clip')", "np.array([1, 0]).choose((5, [6, 7]))",
    "np.choose(1, (1, 2))", "np.choose([0, 1], ([1, 2, 3], [4, 5]))",
    *[f"np.{name}({n})" for name in ("bartlett", "blackman", "hamming", "hanning")
      for n in (-1, 0, 1, 2, 7, 12, 5.5)],
    "np.take_along_axis(np.arange(6).reshape(2, 3), np.array([[0, 2], [1, 1]]), 1)",
    "np.take_along_axis(np.arange(6).reshape(2, 3), np.array([[0, 1, 1]]), axis=0)",
    "np.take_along_axis(np.arange(6), np.array([5, -1]), axis=None)",
    "np.take_along_axis(np.arange(6), np.array([6]), axis=0)",
    "np.take_along_axis(np.arange(6), np.array([[0]]), axis=0)",
    "np.take_along_axis(np.arange(6), np.array([0.5]), axis=0)",
    "np.extract([[True, False], [False, True]], np.arange(4).reshape(2, 2))",
    "np.asarray_chkfinite([1, 2])", "np.asarray_chkfinite([1, float('nan')])",
    "np.asarray_chkfinite([1, 2], dtype='f4')",
]  # fmt: skip


@pytest.mark.parametrize("expression", POSITIONS)
def test_positions(expression):
    check(lambda np, a: eval(expression, {"np": np}), numpy.zeros(1), check_warnings=False)


AVERAGES = [
    "np.average(a)", "np.average(a, axis=0)", "np.average(a, weights=w)",
    "np.average(a, axis=1, weights=w)", "np.average(a, axis=0, weights=w[:, 0])",
    "np.average(a, axis=(1, 0), weights=w.T)", "np.average(a, weights=w[0])",
    "np.average(a, axis=1, weights=w[:, 0])", "np.average(a, weights=w, returned=True)",
    "np.average(a, axis=0, returned=True)", "np.average(a, axis=0, weights=w, keepdims=True)",
    "np.average(a, weights=w * 0)", "np.average(a.astype('i4'), axis=0, weights=w)",
    "np.average(a, axis=5)", "np.diff(a, prepend=0)", "np.diff(a, append=w, axis=0)",
    "np.diff(a, 2, prepend=[[1], [2], [3], [4]])", "np.diff(a, prepend=0, append=1, axis=0)",
    "np.trace(a, 1)", "np.trace(a[None], axis1=1, axis2=2)", "np.trace(a[0])",
    "np.ptp(a, axis=0)", "np.ptp(a > 1)",
]  # fmt: skip


@pytest.mark.parametrize("expression", AVERAGES)
def test_averages_and_differences(expression):
    def run(np, a):
        a = np.asarray(a)
        return eval(expression, {"np": np, "a": a, "w": a % 4})

    check(run, numpy.arange(12.0).reshape(4, 3), relative=1e-15, check_warnings=False)


RANGES = [
    "np.linspace(0, 1, 5)", "np.linspace(2.5, -1, 7, endpoint=False)", "np.linspace(0, 1, 0)",
    "np.linspace(0, 1, 1)", "np.linspace(0, 5, 3, retstep=True)", "np.linspace(1, 1, 4)",
    "np.linspace(0, 10, 4, dtype=int)", "np.linspace(0, 10, 4, dtype='f4')",
    "np.linspace(np.float32(0), np.float32(1), 3)", "np.linspace([0, 1], [2, 5], 3)",
    "np.linspace([0, 1], [2, 5], 3, axis=1)", "np.linspace([[0], [1]], 5, 4, axis=-1)",
    "np.linspace(0, 1j, 5)", "np.linspace(0, 1, -1)", "np.linspace([0, 1], [1, 2, 3], 3)",
    "np.linspace([0, 1], [1, 1], 3, retstep=True)", "np.linspace(0, 5e-324, 4)",
    "np.linspace(0, 1, 3, axis=2)", "np.linspace(0, 1, 1, retstep=True)",
    "np.linspace(np.float64(1), 2, 3)", "np.linspace(-1, 1e300, 6)", "np.linspace(0, 1, 2.5)",
    "np.linspace(True, 3, 3)", "np.linspace(0, 1, 100000)",
    "np.logspace(0, 3, 4)", "np.logspace(0, 3, 4, base=2)", "np.logspace(0, 2, 3, dtype=int)",
    "np.logspace([0, 1], [2, 3], 3, axis=1)", "np.logspace(0, 3, 4, endpoint=False)",
    "np.logspace(0, 1, 2, base=[2, 3])", "np.geomspace(1, 1000, 4)", "np.geomspace(1000, 1, 4)",
    "np.geomspace(-1000, -1, 4)", "np.geomspace(1, 256, 9, dtype=int)", "np.geomspace(0, 1, 3)",
    "np.geomspace([1, 2], [8, 32], 4)", "np.geomspace([1, 2], [8, 32], 4, axis=1)",
    "np.geomspace(1, 8, 3, endpoint=False)", "np.geomspace(1, 8, 0)", "np.geomspace(1, 1j, 3)",
    "np.geomspace(1, 2, 1)",
]  # fmt: skip


@pytest.mark.parametrize("expression", RANGES)
def test_ranges(expression):
    """Powers by Martlet's own definition, which is within 4 units in the last place."""
    ulps = 0 if "linspace" in expression else 4
    check(
        lambda np, a: eval(expression, {"np": np}),
        numpy.zeros(1),
        relative=ulps * 2.3e-16 or None,
        check_warnings=False,
    )


WINDOWS = [
    "v(a, 2, axis=0)", "v(a, (2, 1))", "v(a, (2, 2), axis=(0, 0))", "v(a, 3, axis=-1)",
    "v(a, (1, 2, 1))", "v(a, 9, axis=0)", "v(a, -1, axis=0)", "v(a, (2, 2), axis=0)",
    "v(a, 1, axis=5)", "v(a, 2, axis=0).flags.writeable", "v(a, 2, axis=0, writeable=True)",
    "v(a, 0, axis=0)",
]  # fmt: skip


@pytest.mark.parametrize("expression", WINDOWS)
def test_windows(expression):
    def run(np, a):
        return eval(expression, {"v": np.lib.stride_tricks.sliding_window_view, "a": a})

    check(run, numpy.arange(12.0).reshape(4, 3))


@needs_martlet
@pytest.mark.parametrize(
    "expression",
    [
        *["np.isclose(a, a)", "np.allclose(a, 1)", "np.array_equal(a, a + 1)"],
        *["np.unravel_index(i, (2, 3))", "np.ravel_multi_index((i, i), (9, 9))"],
        *["np.tril_indices(3)", "np.hanning(9)", "np.choose(i % 2, (i, a))", "np.dsplit(c, 1)"],
        *["np.rot90(c)", "np.unstack(c)", "np.compress([True, False], c, axis=1)"],
        *["np.take_along_axis(a, i, 0)", "np.lib.stride_tricks.sliding_window_view(a, 2)"],
    ],
)
def test_they_are_computed_here(expression):
    import martlet.numpy as mnp

    names = {"np": mnp, "a": mnp.arange(4.0), "i": mnp.arange(4), "c": mnp.ones((2, 2, 2))}
    with martlet.errstate(fallback_mode="raise"):
        eval(expression, names)
