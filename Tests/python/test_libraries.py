"""Other libraries with Martlet's arrays, each the real package."""

import pickle
import subprocess
import sys
import textwrap

import numpy as real
import pytest
from subject import mnp as np
from subject import needs_martlet


def needs(*names):
    import importlib.util

    missing = [name for name in names if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


A = np.arange(12.0).reshape(3, 4)
V = np.linspace(0, 1, 20)


# MARK: matplotlib

PLOTS = {
    "plot": lambda axes: axes.plot(V, np.sin(V)),
    "imshow": lambda axes: axes.imshow(A),
    "scatter": lambda axes: axes.scatter(V, V, c=V, s=V * 10),
    "histogram": lambda axes: axes.hist(V),
    "contours": lambda axes: axes.contourf(A),
    "mesh": lambda axes: axes.pcolormesh(A),
    "band": lambda axes: axes.fill_between(V, V, 2 * V),
    "error bars": lambda axes: axes.errorbar(V, V, yerr=V * 0.1),
    "bars": lambda axes: axes.bar(V, V, width=0.04),
    "boxes": lambda axes: axes.boxplot(A),
    "arrows": lambda axes: axes.quiver(A, A),
}


@needs("matplotlib")
@pytest.mark.parametrize("name", PLOTS)
def test_matplotlib_draws_the_same_picture(name):
    import matplotlib.figure
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    def picture(plot):
        figure = matplotlib.figure.Figure(figsize=(3, 2), dpi=50)
        plot(figure.subplots())
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return real.asarray(canvas.buffer_rgba())

    def numpys(axes):
        names = {"A": real.asarray(A), "V": real.asarray(V), "np": real}
        kept = {name: globals()[name] for name in names}
        globals().update(names)
        try:
            PLOTS[name](axes)
        finally:
            globals().update(kept)

    assert real.array_equal(picture(PLOTS[name]), picture(numpys))


# MARK: h5py, Pillow, pickle


@needs("h5py")
def test_h5py_reads_and_writes(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["whole"] = A
        part = file.create_dataset("part", (3, 4), dtype="f8")
        part[...] = A
        part[1] = A[0] * 2
        part.attrs["grid"] = V
        assert real.array_equal(file["whole"][:], A)
        assert real.array_equal(part[1], A[0] * 2)
        assert real.array_equal(part.attrs["grid"], V)
        # It wants a NumPy array to write into: one that shows Martlet's memory.
        into = np.empty((3, 4))
        file["whole"].read_direct(real.asarray(into))
        assert real.array_equal(into, A)


@needs("PIL")
def test_pillow_both_ways():
    from PIL import Image

    pixels = (A * 20).astype(np.uint8)
    picture = Image.fromarray(pixels)
    assert picture.size == (4, 3)
    assert np.array_equal(np.asarray(picture), pixels)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_keeps_order_and_dtype(protocol):
    for array in (np.asfortranarray(A).astype(np.float32), A[::2, ::-1], A.T):
        again = pickle.loads(pickle.dumps(array, protocol))
        assert type(again) is type(array) and again.dtype == array.dtype
        assert again.flags.f_contiguous == real.asarray(array).copy("K").flags.f_contiguous
        assert np.array_equal(again, array)


def test_a_pickle_that_came_at_an_odd_address():
    """What a network brings may begin anywhere; computing with it stays Martlet's."""
    buffers = []
    data = pickle.dumps(A, 5, buffer_callback=buffers.append)
    room = bytearray(A.nbytes + 1)
    room[1:] = buffers[0].raw()
    again = pickle.loads(data, buffers=[memoryview(room)[1:]])
    assert type(again) is type(A) and np.array_equal(again, A)
    assert real.asarray(again).flags.aligned


# MARK: xarray

XARRAY = [
    'xr.DataArray(a, dims=("x", "y")).mean("x")',
    '(xr.DataArray(a, dims=("x", "y")) * 2 + 1).sum()',
    'xr.DataArray(a, dims=("x", "y"), coords={"x": np.arange(3)}).sel(x=1)',
    'xr.Dataset({"t": (("x", "y"), a)}).t.groupby("x").mean()',
    'xr.DataArray(v, dims="x", coords={"x": np.arange(20)}).interp(x=[1.5, 2.5])',
    "xr.where(xr.DataArray(a) > 3, 1, 0)",
    'xr.concat([xr.DataArray(a, dims=("x", "y"))] * 2, "x")',
    'xr.DataArray(v, dims="x").rolling(x=3).mean()',
    'xr.DataArray(v, dims="x").pad(x=2)',
    'xr.DataArray(v, dims="x").quantile(0.25)',
    'xr.DataArray(v, dims="x", coords={"x": v}).differentiate("x")',
    'xr.DataArray(a, dims=("x", "y")).stack(z=("x", "y"))',
    'xr.dot(xr.DataArray(a, dims=("x", "y")), xr.DataArray(a, dims=("x", "y")), dim="y")',
    'xr.DataArray(a, dims=("x", "y")).isin([1.0, 2.0])',
]


@needs("xarray")
@pytest.mark.parametrize("statement", XARRAY)
def test_xarray_computes_what_it_does_with_numpy(statement):
    import xarray as xr

    ours = eval(statement, {"xr": xr, "np": np, "a": A, "v": V})
    names = {"xr": xr, "np": real, "a": real.asarray(A), "v": real.asarray(V)}
    expected = eval(statement, names)
    assert ours.dims == expected.dims
    real.testing.assert_allclose(ours.values, expected.values, rtol=1e-13)


# MARK: SciPy and scikit-learn by the array API

SCIPY = """
stats.zscore(v)
stats.gmean(v + 1)
stats.skew(v**2)
stats.entropy(v + 1)
vq.whiten(a)
fft.fft(v)
fft.rfftn(a)
signal.fftconvolve(v, v)
signal.convolve(v, v)
special.erf(v)
special.logsumexp(a, axis=0)
special.softmax(a, axis=0)
ndimage.gaussian_filter(a, 1)
integrate.trapezoid(a, axis=1)
integrate.simpson(a, axis=1)
"""

SKLEARN = """
PCA(2, svd_solver="full").fit_transform(x)
Ridge(solver="svd").fit(x, t).coef_
StandardScaler().fit_transform(x)
MinMaxScaler().fit_transform(x)
MaxAbsScaler().fit_transform(x)
Normalizer().fit_transform(x)
PolynomialFeatures().fit_transform(x)
GaussianMixture(2, init_params="random", random_state=0).fit(x).means_
LinearDiscriminantAnalysis().fit(x, y).predict(x)
train_test_split(x, random_state=0)[0]
metrics.pairwise.euclidean_distances(x)
metrics.pairwise.rbf_kernel(x)
"""

PROGRAM = """
import importlib, os, warnings
os.environ["SCIPY_ARRAY_API"] = "1"
import numpy as real
import martlet, martlet.numpy as np
warnings.simplefilter("ignore")

def compared(statements, ours, theirs):
    for statement in statements.strip().splitlines():
        found, expected = eval(statement, ours), eval(statement, theirs)
        is_ours = martlet.ndarray in type(found).__mro__ or np.ndim(found) == 0
        assert is_ours, (statement, type(found))
        real.testing.assert_allclose(real.asarray(found), expected, rtol=1e-9, atol=1e-12)
"""


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + textwrap.dedent(program)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


@needs_martlet
@needs("scipy")
def test_scipy_by_the_array_api():
    run(f'''
    from scipy import fft, integrate, ndimage, signal, special, stats
    from scipy.cluster import vq
    a, v = np.arange(12.0).reshape(3, 4) ** 1.5, np.linspace(0, 1, 20)
    compared("""{SCIPY}""", dict(globals()), globals() | dict(a=real.asarray(a), v=real.asarray(v)))
    ''')


@needs_martlet
@needs("scipy", "sklearn", "joblib")
def test_scikit_learn_by_the_array_api():
    run(f'''
    import sklearn
    from sklearn import metrics
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import Ridge
    from sklearn.mixture import GaussianMixture
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import (
        MaxAbsScaler, MinMaxScaler, Normalizer, PolynomialFeatures, StandardScaler)
    x = np.random.default_rng(0).random((60, 4))
    y, t = (x[:, 0] > 0.5).astype(np.int64), x @ np.asarray([1.0, 2, 3, 4])
    theirs = dict(x=real.asarray(x), y=real.asarray(y), t=real.asarray(t))
    with sklearn.config_context(array_api_dispatch=True):
        compared("""{SKLEARN}""", dict(globals()), globals() | theirs)
    ''')
