"""What is not native is NumPy's: results are Martlet's arrays, and every step is recorded."""

import types

import numpy as np
import pytest
from compare import check
from strategies import Sample
from subject import mnp, needs_martlet

MATRIX = Sample("float64", (4, 4), "C", 3, special=False)

CALLS = [
    "np.linalg.norm(a)", "np.linalg.inv(a)", "np.linalg.eigvalsh(a + a.T)", "np.linalg.det(a)",
    "np.linalg.solve(a, a[0])", "np.linalg.svd(a)[1]", "np.linalg.qr(a)", "np.fft.fft(a)",
    "np.fft.ifft(np.fft.fft(a)).real", "np.polyfit([0, 1, 2], [1, 3, 5], 1)", "np.cov(a)",
    "np.histogram(a, 3)", "np.nanmedian(a)", "np.quantile(a, [0.1, 0.9])", "np.kron(a[:2], a[:1])",
    "np.apply_along_axis(lambda x: x.sum(), 0, a)", "np.piecewise(a[0], [a[0] > 0], [1, 2])",
    "np.random.default_rng(1).multivariate_normal([0.0], [[1.0]])", "np.corrcoef(a)",
    "np.lib.stride_tricks.as_strided",
    "np.lib.stride_tricks.sliding_window_view(a[0], 2)", "np.ma.masked_where(a > 0, a).sum()",
    "np.vectorize(lambda x: x + 1)(a)", "np.einsum('ij->j', a)", "np.savez", "np.longdouble(1) + 1",
    "np.array(['a', 'b'])", "np.array([None, 1])", "np.datetime64('2026-01-01')",
    "np.iinfo('i4').max", "np.finfo(a.dtype).eps", "np.s_[1:2]", "np.nanargmin(a)",
    "np.unravel_index(5, (2, 3))", "np.add.reduceat(a[0], [0, 2])", "np.nditer(a).shape",
    "np.ndindex(2, 2).__next__()", "np.newaxis", "np.mgrid[0:2, 0:3]", "np.ogrid[0:2, 0:3]",
    "np.r_[1:3, 0]", "np.c_[[1, 2], [3, 4]]", "np.inf",
    "[x.sum() for x in np.nditer([a, a])] if False else 0", "np.testing.assert_allclose(a, a)",
]  # fmt: skip


@pytest.mark.parametrize("expression", CALLS)
def test_served_by_numpy(expression):
    if expression in ("np.savez", "np.lib.stride_tricks.as_strided"):
        assert callable(eval(expression, {"np": mnp}))
    else:
        check(lambda np, a: eval(expression, {"np": np, "a": a}), MATRIX, relative=1e-10)


def test_arguments_in_containers():
    check(lambda np, a: np.linalg.multi_dot([a, a, a]), MATRIX, relative=1e-10)
    check(lambda np, a: np.block([[a, a], [a, a]]), MATRIX)
    check(lambda np, a: np.einsum("ij,jk", *(a, a)), MATRIX, relative=1e-10)
    check(lambda np, a: np.select(condlist=[a > 0], choicelist=[a]), MATRIX)
    check(lambda np, a: np.meshgrid(a[0], a[1], indexing="ij"), MATRIX)


def test_out_is_filled_and_returned():
    def call(np, a):
        out = np.zeros(4)
        assert np.nanmedian(a, axis=0, out=out) is out
        return out

    check(call, MATRIX)


def test_an_error_of_numpy_is_raised_as_it_is():
    check(lambda np: np.linalg.inv(np.zeros((2, 2))))
    check(lambda np: np.linalg.solve(np.ones((2, 3)), np.ones(2)))
    with pytest.raises(AttributeError):
        mnp.no_such_name  # noqa: B018
    with pytest.raises(AttributeError):
        mnp.linalg.no_such_name  # noqa: B018
    with pytest.raises(TypeError):
        mnp.linalg()


def test_modules():
    assert isinstance(mnp.linalg, types.ModuleType)
    assert isinstance(mnp.matrixlib, types.ModuleType)
    assert mnp.pi is np.pi
    assert mnp.nan is np.nan
    assert mnp.int64 is np.int64
    assert mnp.ndarray is not None


def test_every_name_of_numpy_is_there():
    missing = [name for name in np.__all__ if not hasattr(mnp, name)]
    assert missing == []
    methods = [name for name in dir(np.ndarray) if not name.startswith("__")]
    assert [name for name in methods if not hasattr(mnp.ndarray, name)] == []


@pytest.mark.parametrize(
    "method", ["a.partition(1)", "a.dump", "a.setfield(1, 'f8')", "a.resize(2)"]
)
def test_methods_in_place(method):
    def call(np):
        a = np.array([3.0, 1.0, 2.0])
        eval(method, {"a": a})
        return a.size, a.min()

    check(call)


@needs_martlet
def test_the_step_is_recorded():
    import martlet

    martlet.clear_fallback_records()
    mnp.polynomial.polynomial.polyder(mnp.ones(4))
    record = next(r for r in martlet.fallback_records() if "polyder" in r.name)
    assert record.count == 1
    assert record.seconds > 0
    assert record.bytes == 32 + 24
    assert record.reason
    assert record.file == __file__
    assert "polyder" in martlet.fallback_report()


@needs_martlet
def test_views_from_numpy_stay_views():
    a = mnp.arange(6.0)
    windows = mnp.lib.stride_tricks.sliding_window_view(a, 3)
    a[0] = 100
    assert windows[0, 0] == 100


@needs_martlet
def test_the_fallback_mode_door():
    from martlet.fallback_mode import numpy as door

    a = door.ones((3, 4))
    assert door.argmin(a) == 0
    assert door.nanargmin(door.array([2.0, door.nan, 1.0])) == 2
