"""`stencil`, against the same sums by slices."""

import martlet.numpy as mnp
import numpy as np
import pytest
from martlet import KernelError, njit, stencil


@stencil
def cross(a):
    return 0.25 * (a[0, 1] + a[1, 0] + a[0, -1] + a[-1, 0])


def image(shape=(6, 7)):
    return np.arange(np.prod(shape), dtype=float).reshape(shape) ** 2 % 17


def crossed(a):
    expected = np.zeros_like(a)
    expected[1:-1, 1:-1] = 0.25 * (a[1:-1, 2:] + a[2:, 1:-1] + a[1:-1, :-2] + a[:-2, 1:-1])
    return expected


def test_neighbours():
    a = image()
    result = cross(a)
    assert cross.neighborhood == ((-1, 1), (-1, 1))
    np.testing.assert_allclose(np.asarray(result), crossed(a), rtol=1e-15)
    np.testing.assert_allclose(np.asarray(cross(mnp.array(a))), crossed(a), rtol=1e-15)


def test_dtypes_follow_the_function():
    a = image().astype("f4")
    assert cross(a).dtype == np.float32
    double = stencil(lambda a: a[0] * 2)
    assert double(np.arange(3)).dtype == np.int64
    assert np.asarray(double(np.arange(3))).tolist() == [0, 2, 4]


def test_the_border():
    def f(a):
        return a[-1] + a[2]

    filled = stencil(cval=-1.0)(f)
    assert np.asarray(filled(np.arange(6.0))).tolist() == [-1, 3, 5, 7, -1, -1]
    out = np.full(6, 9.0)
    assert stencil(f)(np.arange(6.0), out=out) is out
    assert out.tolist() == [9, 3, 5, 7, 9, 9]
    assert np.asarray(filled(np.arange(2.0))).tolist() == [-1, -1]


def test_neighbourhoods_and_standard_indexing():
    @stencil(neighborhood=((-2, 0),), standard_indexing=("weights",))
    def average(a, weights, scale):
        total = 0.0
        for i in range(-2, 1):
            total += a[i] * weights[i + 2]
        return total * scale

    a, weights = np.arange(6.0), np.array([1.0, 2.0, 3.0])
    expected = np.zeros(6)
    for i in range(2, 6):
        expected[i] = (a[i - 2 : i + 1] * weights).sum() * 0.5
    np.testing.assert_allclose(np.asarray(average(a, weights, 0.5)), expected)


def test_several_arrays():
    @stencil
    def f(a, b):
        return a[0, 1] - b[-1, 0]

    a, b = image(), image()[::-1].copy()
    expected = np.zeros_like(a)
    expected[1:, :-1] = a[1:, 1:] - b[:-1, :-1]
    np.testing.assert_allclose(np.asarray(f(a, b)), expected)


def made(text, **options):
    return stencil(**options)(text)


def test_what_is_wrong():
    with pytest.raises(KernelError, match="the relative index 'i' is no number.*'neighborhood'"):

        @stencil
        def f(a):
            total = 0.0
            for i in range(3):
                total += a[i]
            return total

    with pytest.raises(KernelError, match="reads no array by a relative index"):
        stencil(lambda a: a + 1)
    with pytest.raises(KernelError, match="there are 2 relative indices here and 1 elsewhere"):
        stencil(lambda a: a[0] + a[0, 1])
    with pytest.raises(KernelError, match="standard_indexing names 'b', which is no parameter"):
        made(lambda a: a[0], standard_indexing=("b",))
    with pytest.raises(KernelError, match="does not assign elements"):

        @stencil
        def g(a):
            a[0] = 1

    with pytest.raises(ValueError, match="the mode is 'constant', the only one; not 'wrap'"):
        stencil("wrap")
    with pytest.raises(ValueError, match="neighborhood is for 2 dimensions; '<lambda>' reads 1"):
        made(lambda a: a[0], neighborhood=((0, 1), (0, 1)))
    with pytest.raises(ValueError, match="dimensions of 'a' is 1, of relative indices 2"):
        cross(np.zeros(3))
    with pytest.raises(TypeError, match="'a' is an array, not float"):
        cross(1.0)
    with pytest.raises(ValueError, match="cval is 0.5, which results of type int64 cannot hold"):
        made(lambda a: a[0], cval=0.5)(np.arange(3))


@stencil(cval=1.5)
def weighted(a, b, factor):
    return a[-1] * factor + b[0] * weights[1]


@stencil(neighborhood=((-2, 0),))
def behind(a):
    total = 0
    for i in range(-2, 1):
        total += a[i]
    return total


weights = np.array([1.0, 2.0])


@pytest.mark.parametrize("parallel", [False, True])
def test_kernels_call_stencils(parallel):
    @njit(parallel=parallel)
    def relaxed(a, steps):
        for _ in range(steps):
            a = cross(a)
        return a

    @njit(parallel=parallel)
    def mixed(a, b):
        return weighted(a, b, 3) + behind(a)

    @njit(parallel=parallel)
    def filled(a, out):
        weighted(a, a, 2.0, out=out)
        cross(out.reshape(2, 4))

    grid = np.random.default_rng(4).random((6, 7))
    expected = grid
    for _ in range(3):
        expected = cross(expected)
    np.testing.assert_array_equal(relaxed(grid, 3), expected)
    a, b = grid[0], grid[1]
    np.testing.assert_array_equal(mixed(a, b), weighted(a, b, 3) + behind(a))
    for n in (8, 1, 0):
        out, wanted = np.full(8, -1.0), np.full(8, -1.0)
        if n == 8:
            filled(np.arange(8.0), out)
            weighted(np.arange(8.0), np.arange(8.0), 2.0, out=wanted)
            np.testing.assert_array_equal(out, wanted)
        np.testing.assert_array_equal(mixed(a[:n], b), weighted(a[:n], b, 3) + behind(a[:n]))
    assert behind(np.arange(4)).dtype == njit(lambda a: behind(a))(np.arange(4)).dtype
    with pytest.raises(ValueError, match="'b' is smaller than 'a'"):
        mixed(a, b[:3])
